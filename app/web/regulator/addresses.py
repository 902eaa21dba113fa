"""Homes at the address of one that is bought or sold: seen by the district, decided by the regulator."""

from typing import Any, Final

from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from app.core.actor import WATCHERS, Role
from app.extensions import db
from app.sales import addresses as doubts
from app.sales import service
from app.web import sales as words
from app.web.access import actor, roles
from app.web.acting import do_or_ask_again
from app.web.forms.sales import AddressFilterForm, AddressForm
from app.web.language import gettext as _
from app.web.language import lazy_gettext as _l
from app.web.pages import paginate
from app.web.regulator import bp

STATES: Final[dict[str, tuple[Any, str]]] = {
    "waiting": (_l("等核对"), "wait"),
    "same": (_l("就是那套房"), "bad"),
    "other": (_l("是另一套房"), "good"),
    "moved": (_l("房企已更正地址"), "plain"),
    "yielded": (_l("另一套已放开"), "plain"),
}


@bp.get("/addresses/")
@roles(Role.REGULATOR, *WATCHERS)
def addresses() -> ResponseReturnValue:
    """List homes at a taken address: those that wait, or all there were."""
    session, who, form = db.session(), actor(), AddressFilterForm()
    if not form.accept():
        return render_template("regulator/addresses.html", form=form, rows=None), 400
    waiting = form.state.value != "all"
    pages = paginate(doubts.count_doubts(session, actor=who, waiting=waiting))
    rows = doubts.list_doubts(session, actor=who, waiting=waiting, limit=pages.size, offset=pages.offset)
    return render_template(
        "regulator/addresses.html", form=form, rows=rows, pages=pages, words=words, states=STATES
    )


@bp.get("/addresses/<ref>")
@roles(Role.REGULATOR, *WATCHERS)
def address(ref: str) -> ResponseReturnValue:
    """Show both homes, and ask what the new one is while nobody has said so."""
    return _page(ref, AddressForm())


@bp.post("/addresses/<ref>")
@roles(Role.REGULATOR, when="while it waits; with a reason")
def address_post(ref: str) -> ResponseReturnValue:
    """Decide whether it is the very home that is bought or sold."""
    form = AddressForm()
    told = {
        "same": _("已认定：就是那套房，不能上架，也不能买。房企会收到理由。"),
        "other": _("已认定：是另一套房，可以上架，买它的照常办理。"),
    }

    def decide() -> service.AddressOutcome:
        outcome: service.AddressOutcome = "same" if form.outcome.value == "same" else "other"
        service.decide_address(
            db.session(), actor=actor(), doubt_ref=ref, outcome=outcome, reason=form.reason.value
        )
        return outcome

    return do_or_ask_again(
        form,
        decide,
        again=lambda: _page(ref, form),
        done=told.__getitem__,
        to=url_for("regulator.address", ref=ref),
    )


def _page(ref: str, form: AddressForm) -> str:
    found = doubts.get_doubt(db.session(), actor=actor(), ref=ref)
    return render_template("regulator/address.html", doubt=found, form=form, words=words, states=STATES)
