"""Transfers, splits and merges at the office: prepared with papers, approved by another, registered."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from app.approvals.queries import find_latest, names_of
from app.core.actor import WATCHERS, Role
from app.documents.queries import get_document, list_documents
from app.documents.rules import MOST_BYTES, Access
from app.extensions import db
from app.reports.move_paper import render_move
from app.vouchers import move_queries as queries
from app.vouchers import move_states as states
from app.vouchers import moves as service
from app.vouchers.move_models import VoucherMove
from app.vouchers.move_states import OPEN, Action
from app.web import moves as words
from app.web.access import actor, roles
from app.web.acting import do_or_ask_again
from app.web.authority import bp
from app.web.export import csv_response, pdf_response, xlsx_response
from app.web.files import hand_out, takes_files
from app.web.forms.authority import ReasonForm
from app.web.forms.base import Choice, Form
from app.web.forms.moves import ApproveMoveForm, MoveFilterForm, PrepareMoveForm, WitnessForm
from app.web.language import lazy_gettext as _l
from app.web.pages import paginate
from app.web.stops import evidence_of


@dataclass(frozen=True)
class _Page:
    """What the page of one act says; ``fields`` are those of its form, in order."""

    title: Any
    button: Any
    after: Any
    done: Any
    fields: tuple[str, ...] = ("checked",)
    warning: bool = False
    has_files: bool = False


_PAGES: Final = {
    Action.WITNESS: _Page(
        _l("受让人当面签字"),
        _l("登记同意"),
        _l("受让人在本区还没有房票，由经办人当面核对身份证。以后按这个姓名和号码实名登记。"),
        _l("受让人的同意已登记。"),
        ("name", "id_number", "checked"),
    ),
    Action.PREPARE: _Page(
        _l("核对材料，提交复核"),
        _l("提交复核"),
        _l("由另一个人看过材料、逐项复核，通过以后立即换发。"),
        _l("已提交复核。"),
        ("evidence", "paper_1", "paper_2", "paper_3", "checked"),
        has_files=True,
    ),
    Action.REFUSE: _Page(
        _l("退回这个申请"),
        _l("确认退回"),
        _l("什么都不变，房票在使用期限内可以继续用。"),
        _l("申请已退回。"),
        ("reason",),
        warning=True,
    ),
    Action.APPROVE: _Page(
        _l("复核通过"),
        _l("通过，换发新房票"),
        _l("原来的房票和它的纸质房票立即作废，余额转到新的房票上，不能撤回。"),
        _l("已通过复核，新房票已经换发，请打印纸质的。"),
    ),
    Action.SEND_BACK: _Page(
        _l("退回经办人"),
        _l("确认退回"),
        _l("由经办人补正材料以后重新提交；房票仍然不能买房。"),
        _l("已退回经办人。"),
        ("reason",),
        warning=True,
    ),
}


@bp.get("/moves/")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def moves() -> ResponseReturnValue:
    """List transfers, splits and merges: those that are under way, or one state and kind."""
    session, who, form = db.session(), actor(), MoveFilterForm()
    form.state.choices = [Choice(state, str(text)) for state, (text, _tone) in words.STATES.items()]
    form.kind.choices = [Choice(kind, str(text)) for kind, text in words.KINDS.items()]
    rows, pages = None, None
    if form.accept():
        wanted = {
            "states": [form.state.value] if form.state.value else [state.value for state in OPEN],
            "kinds": [form.kind.value] if form.kind.value else [],
        }
        pages = paginate(queries.count_moves(session, actor=who, **wanted))
        rows = queries.list_moves(session, actor=who, offset=pages.offset, limit=pages.size, **wanted)
    page = render_template("authority/moves.html", form=form, rows=rows, pages=pages, words=words)
    return page, 422 if rows is None else 200


@bp.get("/moves/register")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def move_register() -> ResponseReturnValue:
    """Show the register of transfers: who holds by real name what was somebody else's."""
    pages = paginate(queries.count_given(db.session(), actor=actor()))
    rows = words.register_rows(_given(pages.offset, pages.size))
    return render_template("authority/move-register.html", rows=rows, pages=pages, words=words)


@bp.get("/moves/register.csv")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def move_register_csv() -> ResponseReturnValue:
    """Give out the register of transfers as CSV."""
    return csv_response("transfers", words.REGISTER, words.register_rows(_given()))


@bp.get("/moves/register.xlsx")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def move_register_xlsx() -> ResponseReturnValue:
    """Give out the register of transfers as a workbook."""
    return xlsx_response("transfers", words.REGISTER, words.register_rows(_given()))


@bp.get("/moves/<ref>")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def move(ref: str) -> ResponseReturnValue:
    """Show a move: both sides, every voucher before and after, the papers, and who did what."""
    session, who = db.session(), actor()
    found = queries.get_move(session, actor=who, ref=ref)
    asked = find_latest(session, actor=who, kind=service.MOVE, subject_id=found.id)
    new = queries.list_made(session, move=found)
    before, after = words.shown_rows(found, new)
    acts = [act for act in _PAGES if states.may(who.role, found.state, act)]
    if found.other_household_id is not None or found.other_name is None:
        acts = [act for act in acts if act is not Action.WITNESS]
    return render_template(
        "authority/move.html",
        move=found,
        asked=asked,
        names=names_of(session, [asked]) if asked else {},
        before=before,
        after=after,
        new=new,
        papers=list_documents(session, service.owner_of(found)),
        acts=[(_PAGES[act].title, _address(act, ref), _PAGES[act].warning) for act in acts],
        words=words,
    )


@bp.get("/moves/<ref>/form.pdf")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def move_paper(ref: str) -> ResponseReturnValue:
    """Give the form that both sides sign."""
    session = db.session()
    found = queries.get_move(session, actor=actor(), ref=ref)
    return pdf_response(found.ref, render_move(session, move=found))


@bp.get("/moves/<ref>/papers/<paper>")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def move_document(ref: str, paper: str) -> ResponseReturnValue:
    """Give out one of the papers that the officer looked at."""
    session = db.session()
    owner = service.owner_of(queries.get_move(session, actor=actor(), ref=ref))
    return hand_out(get_document(session, owner, ref=paper, access=Access.PARTIES), public=False)


@bp.get("/moves/<ref>/witness")
@roles(Role.OFFICER)
def witness_move(ref: str) -> ResponseReturnValue:
    """Ask what the ID card of the person at the counter says."""
    return _act_page(ref, Action.WITNESS, WitnessForm())


@bp.post("/moves/<ref>/witness")
@roles(Role.OFFICER, when="the other party holds no voucher of the district; not the clerk who asked")
def witness_move_post(ref: str) -> ResponseReturnValue:
    """Note that the other party signed."""
    form = WitnessForm()

    def act(found: VoucherMove) -> None:
        service.witness(db.session(), actor=actor(), move_ref=found.ref, other=form.typed)

    return _act(ref, Action.WITNESS, form, act)


@bp.get("/moves/<ref>/prepare")
@roles(Role.OFFICER)
def prepare_move(ref: str) -> ResponseReturnValue:
    """Ask which papers were looked at, with their scans."""
    return _act_page(ref, Action.PREPARE, PrepareMoveForm())


@bp.post("/moves/<ref>/prepare")
@takes_files(most=3 * MOST_BYTES)
@roles(Role.OFFICER, when="the other party consented; not the clerk who asked; it is as it was shown")
def prepare_move_post(ref: str) -> ResponseReturnValue:
    """Ask a checker to approve it."""
    form = PrepareMoveForm()

    def act(found: VoucherMove) -> None:
        service.prepare(
            db.session(),
            actor=actor(),
            move_ref=found.ref,
            evidence=form.evidence.value,
            papers=form.papers,
        )

    return _act(ref, Action.PREPARE, form, act)


@bp.get("/moves/<ref>/refuse")
@roles(Role.OFFICER)
def refuse_move(ref: str) -> ResponseReturnValue:
    """Ask why the wish is refused."""
    return _act_page(ref, Action.REFUSE, ReasonForm())


@bp.post("/moves/<ref>/refuse")
@roles(Role.OFFICER, when="it was not prepared yet")
def refuse_move_post(ref: str) -> ResponseReturnValue:
    """Refuse the wish: everything stays as it is."""
    form = ReasonForm()

    def act(found: VoucherMove) -> None:
        service.refuse(db.session(), actor=actor(), move_ref=found.ref, reason=form.reason.value)

    return _act(ref, Action.REFUSE, form, act)


@bp.get("/moves/<ref>/approve")
@roles(Role.CHECKER)
def approve_move(ref: str) -> ResponseReturnValue:
    """Put both sides and every voucher before the checker once more."""
    return _act_page(ref, Action.APPROVE, ApproveMoveForm())


@bp.post("/moves/<ref>/approve")
@roles(Role.CHECKER, when="not by who prepared it or pressed for a side, and as it was shown")
def approve_move_post(ref: str) -> ResponseReturnValue:
    """Let new vouchers stand for the old ones."""

    def act(found: VoucherMove) -> None:
        service.approve(db.session(), actor=actor(), move_ref=found.ref)

    return _act(ref, Action.APPROVE, ApproveMoveForm(), act)


@bp.get("/moves/<ref>/send-back")
@roles(Role.CHECKER)
def send_back_move(ref: str) -> ResponseReturnValue:
    """Ask what is wrong."""
    return _act_page(ref, Action.SEND_BACK, ReasonForm())


@bp.post("/moves/<ref>/send-back")
@roles(Role.CHECKER, when="not by the officer who prepared it")
def send_back_move_post(ref: str) -> ResponseReturnValue:
    """Return it to the officer."""
    form = ReasonForm()

    def act(found: VoucherMove) -> None:
        service.send_back(db.session(), actor=actor(), move_ref=found.ref, reason=form.reason.value)

    return _act(ref, Action.SEND_BACK, form, act)


def _given(offset: int = 0, limit: int | None = None) -> list[tuple[VoucherMove, Any]]:
    session, who = db.session(), actor()
    found = queries.list_given(session, actor=who, offset=offset, limit=limit)
    return [(one, queries.list_made(session, move=one)) for one in found]


def _act(ref: str, action: Action, form: Form, act: Callable[[VoucherMove], None]) -> ResponseReturnValue:
    return do_or_ask_again(
        form,
        lambda: act(queries.get_move(db.session(), actor=actor(), ref=ref)),
        again=lambda: _act_page(ref, action, form),
        done=str(_PAGES[action].done),
        to=url_for("authority.move", ref=ref),
    )


def _act_page(ref: str, action: Action, form: Form) -> str:
    session = db.session()
    found = queries.get_move(session, actor=actor(), ref=ref)
    before, after = words.shown_rows(found)
    return render_template(
        "authority/move-act.html",
        move=found,
        scans=list_documents(session, service.owner_of(found)) if action is Action.APPROVE else [],
        page=_PAGES[action],
        papers=evidence_of("divorce" if found.is_divorce else found.kind)
        if action in (Action.PREPARE, Action.APPROVE)
        else [],
        before=before,
        after=after,
        form=form,
        words=words,
    )


def _address(action: Action, ref: str) -> str:
    return url_for(f"authority.{action.value}_move", ref=ref)
