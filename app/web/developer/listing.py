"""Many homes into the pool at once: the homes of a development or a building that are ready, named first."""

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.core.actor import Role
from app.extensions import db
from app.homes import listing, service, stock
from app.homes.errors import CandidatesChanged
from app.homes.listing import Candidates
from app.homes.models import Building, Development
from app.web import stock as words
from app.web.access import SELLING, actor, roles
from app.web.acting import do_or_ask_again
from app.web.developer import bp
from app.web.forms.developer import PublishManyForm
from app.web.language import gettext as _
from app.web.messages import message_of
from app.web.pages import paginate

HOMES_A_PAGE = 50


@bp.get("/developments/<ref>/publish")
@roles(Role.DEVELOPER, duties=SELLING)
def publish_many(ref: str) -> ResponseReturnValue:
    """Name the homes that are ready for the pool, and those that are not; ``?building=`` names one."""
    return _page(*_open(ref), PublishManyForm())


@bp.post("/developments/<ref>/publish")
@roles(Role.DEVELOPER, duties=SELLING, when="admitted to the pool; voucher price not above cash or filed")
def publish_many_post(ref: str) -> ResponseReturnValue:
    """List the homes that were named, all or none."""
    session, form = db.session(), PublishManyForm()
    found, building, candidates = _open(ref)

    def publish() -> int:
        if form.seen.value != candidates.seen:
            raise CandidatesChanged
        return service.publish_many(session, actor=actor(), development_id=found.id, seen=candidates.versions)

    return do_or_ask_again(
        form,
        publish,
        again=lambda: _page(*_open(ref), form),
        done=lambda count: _("%(count)d 套房源已上架，持房票的住户很快就能查到。", count=count),
        to=url_for("developer.development", ref=ref, building=building.name if building else None),
    )


def _open(ref: str) -> tuple[Development, Building | None, Candidates]:
    session, who = db.session(), actor()
    found = stock.get_development(session, actor=who, ref=ref)
    named = {one.name: one for one in stock.list_buildings(session, development_id=found.id)}
    building = named.get(request.args.get("building", ""))
    candidates = listing.candidates(session, actor=who, development=found, building=building)
    return found, building, candidates


def _page(
    found: Development, building: Building | None, candidates: Candidates, form: PublishManyForm
) -> str:
    form.show(candidates.seen)
    pages = paginate(len(candidates.fit), size=HOMES_A_PAGE)
    return render_template(
        "developer/publish-many.html",
        development=found,
        buildings=stock.list_buildings(db.session(), development_id=found.id),
        chosen=building,
        candidates=candidates,
        fit=[words.candidate_row(row) for row in candidates.fit[pages.offset : pages.offset + pages.size]],
        unfit=[[words.name_of(row), message_of(refusal)] for row, refusal in candidates.unfit],
        form=form,
        pages=pages,
    )
