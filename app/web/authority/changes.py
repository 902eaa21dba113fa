"""What changes of purchases after their contracts: officers prepare, checkers decide."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from flask import Response, render_template, url_for
from flask.typing import ResponseReturnValue

from app.core.actor import WATCHERS, Role
from app.extensions import db
from app.redemptions import change_queries as queries
from app.redemptions.change_states import OPEN, Kind, Move, State
from app.redemptions.queries import get_redemption
from app.redemptions.service import changes as service
from app.redemptions.service.wishes import Wish
from app.web import changes as words
from app.web import redemptions as purchase_words
from app.web.access import actor, roles
from app.web.acting import do_or_ask_again
from app.web.authority import bp
from app.web.files import hand_out, takes_files
from app.web.forms.authority import StateFilterForm
from app.web.forms.base import Choice, Form
from app.web.forms.changes import MOST_SENT, AskForm, PrepareForm, PriceForm, RefuseForm
from app.web.language import gettext as _
from app.web.language import lazy_gettext as _l
from app.web.pages import paginate


@dataclass(frozen=True, slots=True)
class _Page:
    """What the page of an act says."""

    title: Any
    button: Any
    after: Any
    done: Any
    warning: bool = False


_PAGES: Final = {
    Move.PREPARE: _Page(
        _l("核对后提交复核"), _l("提交复核"), _l("由另一个人复核，通过以后才动钱。"), _l("已提交复核。")
    ),
    Move.APPROVE: _Page(
        _l("复核通过"),
        _l("通过"),
        _l("批准以后马上按上面的数办，不能撤回。"),
        _l("已通过，已经办完。"),
        warning=True,
    ),
    Move.REFUSE: _Page(
        _l("不批准"),
        _l("确认不批准"),
        _l("购房和金额一切照旧，理由双方都会看到。"),
        _l("没有批准，一切照旧。"),
        warning=True,
    ),
}


@bp.get("/changes/")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def changes() -> ResponseReturnValue:
    """List what is asked about purchases after their contracts: what is open, or one state."""
    session, who, form = db.session(), actor(), StateFilterForm()
    form.state.choices = [Choice(state, str(text)) for state, (text, _tone) in words.STATES.items()]
    form.state.blank = _l("还没有办完的")
    rows, pages = None, None
    if form.accept():
        wanted = [State(form.state.value)] if form.state.value else list(OPEN)
        pages = paginate(queries.count_changes(session, actor=who, states=wanted))
        rows = queries.list_changes(session, actor=who, states=wanted, offset=pages.offset, limit=pages.size)
    page = render_template(
        "authority/changes.html",
        form=form,
        rows=rows,
        pages=pages,
        words=words,
        purchase_words=purchase_words,
    )
    return page, 422 if rows is None else 200


@bp.get("/changes/<ref>")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def change(ref: str) -> ResponseReturnValue:
    """Show a change: who asks, the answer, papers, sums before and after, what may be done."""
    seen = _seen(ref)
    acts = [
        (_PAGES[move].title, _address(move, ref), _PAGES[move].warning) for move in _PAGES if move in seen.may
    ]
    return render_template("authority/change.html", seen=seen, acts=acts, words=purchase_words)


@bp.get("/changes/<ref>/papers/<paper>")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def change_paper(ref: str, paper: str) -> Response:
    """Hand out a paper of a change."""
    session = db.session()
    found = queries.get_change(session, actor=actor(), ref=ref)
    return hand_out(queries.get_paper(session, found, ref=paper), public=False, opens=True)


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


@bp.get("/changes/<ref>/prepare")
@roles(Role.OFFICER)
def prepare_change(ref: str) -> ResponseReturnValue:
    """Put the sums before the officer, and ask for a word to the checker."""
    return _act_page(ref, Move.PREPARE, PrepareForm())


@bp.post("/changes/<ref>/prepare")
@roles(Role.OFFICER, when="the other side answered, or its time is over; not by who asked at the counter")
def prepare_change_post(ref: str) -> ResponseReturnValue:
    """Ask a checker to decide."""
    form = PrepareForm()
    return _act(
        ref,
        Move.PREPARE,
        form,
        lambda: service.prepare(db.session(), actor=actor(), change_ref=ref, note=form.reason.value),
    )


@bp.get("/changes/<ref>/approve")
@roles(Role.CHECKER)
def approve_change(ref: str) -> ResponseReturnValue:
    """Put the sums before the checker once more."""
    return _act_page(ref, Move.APPROVE, Form())


@bp.post("/changes/<ref>/approve")
@roles(Role.CHECKER, when="not by the officer who prepared it")
def approve_change_post(ref: str) -> ResponseReturnValue:
    """Carry it out."""
    return _act(
        ref,
        Move.APPROVE,
        Form(),
        lambda: service.approve(db.session(), actor=actor(), change_ref=ref),
    )


@bp.get("/changes/<ref>/refuse")
@roles(Role.OFFICER, Role.CHECKER)
def refuse_change(ref: str) -> ResponseReturnValue:
    """Ask why not."""
    return _act_page(ref, Move.REFUSE, RefuseForm())


@bp.post("/changes/<ref>/refuse")
@roles(
    Role.OFFICER, Role.CHECKER, when="an officer before it is prepared, then a checker who did not prepare it"
)
def refuse_change_post(ref: str) -> ResponseReturnValue:
    """Leave everything as it is."""
    form = RefuseForm()
    return _act(
        ref,
        Move.REFUSE,
        form,
        lambda: service.refuse(db.session(), actor=actor(), change_ref=ref, reason=form.reason.value),
    )


def _seen(ref: str) -> words.Seen:
    session, who = db.session(), actor()
    found = queries.get_change(session, actor=who, ref=ref)
    redemption = get_redemption(session, actor=who, ref=found.redemption.ref)
    return words.seen(session, found, redemption, role=who.role)


def _act(ref: str, move: Move, form: Form, act: Callable[[], object]) -> ResponseReturnValue:
    queries.get_change(db.session(), actor=actor(), ref=ref)
    to = url_for("authority.change", ref=ref)
    return do_or_ask_again(
        form, act, again=lambda: _act_page(ref, move, form), done=str(_PAGES[move].done), to=to
    )


def _act_page(ref: str, move: Move, form: Form) -> str:
    return render_template(
        "authority/change-act.html", seen=_seen(ref), page=_PAGES[move], form=form, words=purchase_words
    )


def _form(kind: str) -> AskForm:
    return PriceForm() if kind == Kind.PRICE else AskForm()


def _ask_page(ref: str, kind: str, form: AskForm) -> str:
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


def _address(move: Move, ref: str) -> str:
    return url_for(f"authority.{move.value}_change", ref=ref)
