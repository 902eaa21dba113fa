"""What changes of purchases after their contracts: officers prepare, checkers decide."""

from typing import Final

from flask import Response, render_template, url_for
from flask.typing import ResponseReturnValue

from app.core.actor import WATCHERS, Role
from app.extensions import db
from app.redemptions import change_queries as queries
from app.redemptions.change_models import PurchaseChange
from app.redemptions.change_states import CHANGE, OPEN, Kind, Move
from app.redemptions.queries import get_redemption
from app.redemptions.service import changes as service
from app.redemptions.service.wishes import Wish
from app.web import changes as words
from app.web import redemptions as purchase_words
from app.web.access import actor, roles
from app.web.acting import do_or_ask_again
from app.web.authority import bp
from app.web.authority.cases import CaseDesk, Step
from app.web.change_whose import gives_back_by_agreement
from app.web.files import hand_out, takes_files
from app.web.forms.authority import StateFilterForm
from app.web.forms.base import Form
from app.web.forms.changes import (
    MOST_SENT,
    ApproveChangeForm,
    OfficeAskForm,
    PrepareAgreedForm,
    PrepareForm,
    PriceForm,
    RefuseForm,
)
from app.web.language import gettext as _
from app.web.language import lazy_gettext as _l
from app.web.listing import list_page, offer_states

_STEPS: Final = {
    Move.PREPARE: Step(
        _l("核对后提交复核"),
        _l("提交复核"),
        _l("由另一个人复核，通过以后才动钱。"),
        _l("已提交复核。"),
        PrepareForm,
    ),
    Move.APPROVE: Step(
        _l("复核通过"),
        _l("通过"),
        _l("批准以后马上按上面的数办，不能撤回。"),
        _l("已通过，已经办完。"),
        ApproveChangeForm,
    ),
    Move.REFUSE: Step(
        _l("不批准"),
        _l("确认不批准"),
        _l("购房和金额一切照旧，理由双方都会看到。"),
        _l("没有批准，一切照旧。"),
        RefuseForm,
        warning=True,
    ),
}


@bp.get("/changes/")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def changes() -> ResponseReturnValue:
    """List what is asked about purchases after their contracts: what is open, or one state."""
    form = StateFilterForm()
    offer_states(form.state, words.STATES, blank=_l("还没有办完的"))
    return list_page(
        "authority/changes.html",
        form,
        count=queries.count_changes,
        rows=queries.list_changes,
        wanted=lambda: {"states": form.states(OPEN)},
        words=words,
        purchase_words=purchase_words,
    )


@bp.get("/changes/<ref>")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def change(ref: str) -> ResponseReturnValue:
    """Show a change: who asks, the answer, papers, sums before and after, what may be done."""
    seen = _seen(_get(ref))
    acts = _desk.offered(ref, lambda move: move in seen.may)
    return render_template("authority/change.html", seen=seen, acts=acts, words=purchase_words)


@bp.get("/changes/<ref>/papers/<paper>")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def change_paper(ref: str, paper: str) -> Response:
    """Hand out a paper of a change."""
    return hand_out(queries.get_paper(db.session(), _get(ref), ref=paper), public=False, opens=True)


@bp.get("/redemptions/<ref>/ask/<any(price, reject):kind>")
@roles(Role.OFFICER)
def ask_change(ref: str, kind: str) -> ResponseReturnValue:
    """Ask for the corrected price, or why the write-off was wrong."""
    return _ask_page(ref, kind, _form(kind))


@bp.post("/redemptions/<ref>/ask/<any(price, reject):kind>")
@roles(Role.OFFICER, when="written off, nothing else is asked about it; a checker decides")
@takes_files(most=MOST_SENT)
def ask_change_post(ref: str, kind: str) -> ResponseReturnValue:
    """Put it before a checker."""
    form = _form(kind)

    def ask() -> None:
        price_fen, source = (
            (form.price.value, form.source.value or None) if isinstance(form, PriceForm) else (None, None)
        )
        wish = Wish(Kind(kind), form.reason.value, price_fen=price_fen, source=source, papers=form.sent)
        service.ask(db.session(), actor=actor(), redemption_ref=ref, wish=wish)

    to = url_for("authority.redemption", ref=ref)
    return do_or_ask_again(form, ask, again=lambda: _ask_page(ref, kind, form), done=_("已提交复核。"), to=to)


def _get(ref: str) -> PurchaseChange:
    return queries.get_change(db.session(), actor=actor(), ref=ref)


def _seen(found: PurchaseChange) -> words.Seen:
    session, who = db.session(), actor()
    redemption = get_redemption(session, actor=who, ref=found.redemption.ref)
    return words.seen(session, found, redemption, role=who.role)


def _form(kind: str) -> OfficeAskForm:
    return PriceForm() if kind == Kind.PRICE else OfficeAskForm()


def _ask_page(ref: str, kind: str, form: OfficeAskForm) -> str:
    session = db.session()
    found = get_redemption(session, actor=actor(), ref=ref)
    return render_template(
        "authority/ask-change.html",
        redemption=found,
        title_=words.KINDS[kind],
        notes=words.consequences(session, found, Kind(kind)),
        form=form,
        words=purchase_words,
    )


def _page(found: PurchaseChange, move: Move, form: Form) -> str:
    return render_template(
        "authority/change-act.html", seen=_seen(found), step=_STEPS[move], form=form, words=purchase_words
    )


def _may(found: PurchaseChange, move: Move) -> bool:
    return move in _seen(found).may


def _step_form(found: PurchaseChange, step: Step) -> Form:
    is_asked = step is _STEPS[Move.PREPARE] and gives_back_by_agreement(found)
    return PrepareAgreedForm() if is_asked else step.form()


_desk: Final = CaseDesk("change", "/changes", _STEPS, _get, _page, _may, _step_form, kind=CHANGE)


@_desk.step(
    Move.PREPARE,
    Role.OFFICER,
    when="the other side answered, or its time is over; not by who asked at the counter",
)
def _prepare(found: PurchaseChange, form: PrepareForm) -> None:
    """Ask a checker to decide."""
    evidence = form.found if isinstance(form, PrepareAgreedForm) else None
    service.prepare(
        db.session(), actor=actor(), change_ref=found.ref, note=form.reason.value, evidence=evidence
    )


@_desk.step(Move.APPROVE, Role.CHECKER, when="not by the officer who prepared it")
def _approve(found: PurchaseChange, form: ApproveChangeForm) -> None:
    """Carry it out."""
    service.approve(db.session(), actor=actor(), change_ref=found.ref, seen=form.seen.value)


@_desk.step(
    Move.REFUSE,
    Role.OFFICER,
    Role.CHECKER,
    when="an officer before it is prepared, then a checker who did not prepare it",
)
def _refuse(found: PurchaseChange, form: RefuseForm) -> None:
    """Leave everything as it is."""
    service.refuse(
        db.session(),
        actor=actor(),
        change_ref=found.ref,
        reason=form.reason.value,
        seen=form.seen.value,
    )
