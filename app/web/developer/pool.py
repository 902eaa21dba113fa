"""Joining the pools of districts: applying, what is asked, sending again, and how it stands."""

from flask import Response, render_template, url_for
from flask.typing import ResponseReturnValue

from app.core.actor import Duty, Role
from app.core.errors import NotFound
from app.documents.queries import get_document, list_documents
from app.documents.rules import MOST_BYTES, Access
from app.extensions import db
from app.homes import membership, service
from app.homes.undertaking import CURRENT, UNDERTAKINGS
from app.identity.models import District
from app.web import pool as words
from app.web.access import actor, roles
from app.web.acting import do_or_ask_again
from app.web.developer import bp
from app.web.files import hand_out, takes_files
from app.web.forms.pool import ApplyForm, PapersForm
from app.web.language import gettext as _

BINDING = (Duty.MANAGER,)
"""Who may bind the company."""


@bp.get("/pool/")
@roles(Role.DEVELOPER)
def pools() -> ResponseReturnValue:
    """List every district, with the company's place in its pool."""
    rows = membership.list_own(db.session(), actor=actor())
    return render_template("developer/pools.html", rows=rows, words=words)


@bp.get("/pool/apply/<district>")
@roles(Role.DEVELOPER, duties=BINDING)
def apply(district: str) -> ResponseReturnValue:
    """Show the undertaking and ask for the papers."""
    return _apply_page(_district(district), ApplyForm())


@bp.post("/pool/apply/<district>")
@roles(Role.DEVELOPER, duties=BINDING)
@takes_files(most=3 * MOST_BYTES)
def apply_post(district: str) -> ResponseReturnValue:
    """Send the application."""
    found, form = _district(district), ApplyForm()
    return do_or_ask_again(
        form,
        lambda: service.apply(
            db.session(),
            actor=actor(),
            district_id=found.id,
            undertaking_version=form.accepted_version,
            accepted_by_name=form.accepted_by_name.value,
            papers=form.papers(),
        ),
        again=lambda: _apply_page(found, form),
        done=_("入库申请已提交，请等%(district)s征收办核对。", district=found.name),
        to=lambda made: url_for("developer.pool", ref=made.ref),
    )


@bp.get("/pool/<ref>")
@roles(Role.DEVELOPER)
def pool(ref: str) -> ResponseReturnValue:
    """Show how the application stands, what is asked, and what was promised."""
    session = db.session()
    found = membership.get_membership(session, actor=actor(), ref=ref)
    return render_template(
        "developer/pool.html",
        membership=found,
        undertaking=UNDERTAKINGS[found.undertaking_version],
        papers=list_documents(session, membership.owner_of(found)),
        history=words.timeline(membership.list_steps(session, found), names=False),
        words=words,
    )


@bp.get("/pool/<ref>/papers/<paper>")
@roles(Role.DEVELOPER)
def pool_paper(ref: str, paper: str) -> Response:
    """Hand out a paper of the company's own application."""
    session = db.session()
    found = membership.get_membership(session, actor=actor(), ref=ref)
    owner = membership.owner_of(found)
    return hand_out(get_document(session, owner, ref=paper, access=Access.PARTIES), public=False)


@bp.get("/pool/<ref>/again")
@roles(Role.DEVELOPER, duties=BINDING)
def send_again(ref: str) -> ResponseReturnValue:
    """Show what is asked, and take the new papers."""
    return _again_page(ref, PapersForm())


@bp.post("/pool/<ref>/again")
@roles(Role.DEVELOPER, duties=BINDING)
@takes_files(most=3 * MOST_BYTES)
def send_again_post(ref: str) -> ResponseReturnValue:
    """Send the application again."""
    form = PapersForm()
    return do_or_ask_again(
        form,
        lambda: service.send_again(db.session(), actor=actor(), ref=ref, papers=form.papers()),
        again=lambda: _again_page(ref, form),
        done=_("补正后的申请已重新提交。"),
        to=url_for("developer.pool", ref=ref),
    )


def _district(code: str) -> District:
    """Return the district of this code. Raises NotFound."""
    for district, _found in membership.list_own(db.session(), actor=actor()):
        if district.code == code:
            return district
    raise NotFound("not_found")


def _apply_page(district: District, form: ApplyForm) -> str:
    own = membership.list_own(db.session(), actor=actor())
    standing = next(found for one, found in own if one.id == district.id)
    form.version.data = str(CURRENT.version)
    return render_template(
        "developer/apply.html",
        district=district,
        standing=standing,
        undertaking=CURRENT,
        form=form,
        words=words,
    )


def _again_page(ref: str, form: PapersForm) -> str:
    session = db.session()
    found = membership.get_membership(session, actor=actor(), ref=ref)
    papers = list_documents(session, membership.owner_of(found))
    return render_template(
        "developer/send-again.html", membership=found, papers=papers, form=form, words=words
    )
