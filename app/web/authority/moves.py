"""Transfers, splits, merges and inheritances at the office: prepared, approved by another, registered."""

from collections.abc import Sequence
from typing import Final

from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from app.approvals.queries import find_latest, names_of
from app.core import clock
from app.core.actor import WATCHERS, Role
from app.core.spreadsheet import Cell
from app.documents.queries import get_document, list_documents
from app.documents.rules import MOST_BYTES, Access
from app.extensions import db
from app.projects.persons import holder_numbers
from app.reports.move_paper import render_move
from app.vouchers import move_queries as queries
from app.vouchers import move_states as states
from app.vouchers import moves as service
from app.vouchers.move_models import VoucherMove
from app.vouchers.move_reveals import reveal_numbers
from app.vouchers.move_states import OPEN, Action
from app.web import heirs as heir_words
from app.web import joining as joining_words
from app.web import move_register as register
from app.web import moves as words
from app.web.access import actor, roles
from app.web.authority import bp
from app.web.authority.cases import CaseDesk, Step
from app.web.export import csv_response, pdf_response, xlsx_response
from app.web.files import hand_out
from app.web.forms.authority import ReasonForm, SendBackForm
from app.web.forms.base import Choice, Form
from app.web.forms.moves import ApproveMoveForm, MoveFilterForm, PrepareMoveForm, WitnessForm
from app.web.language import lazy_gettext as _l
from app.web.listing import list_page, offer_states
from app.web.pages import paginate
from app.web.stops import evidence_of

_STEPS: Final = {
    Action.WITNESS: Step(
        _l("对方当面签字"),
        _l("登记同意"),
        _l("受让人在本区还没有房票，或者要被合并的一家不自己登录，由经办人当面核对身份证。"),
        _l("对方的同意已登记。"),
        WitnessForm,
    ),
    Action.PREPARE: Step(
        _l("核对材料，提交复核"),
        _l("提交复核"),
        _l("由另一个人看过材料、逐项复核，通过以后立即换发。"),
        _l("已提交复核。"),
        PrepareMoveForm,
    ),
    Action.REFUSE: Step(
        _l("退回这个申请"),
        _l("确认退回"),
        _l("什么都不变，原来的房票照旧。"),
        _l("申请已退回。"),
        ReasonForm,
        warning=True,
    ),
    Action.APPROVE: Step(
        _l("复核通过"),
        _l("通过，换发新房票"),
        _l("原来的房票和它的纸质房票立即作废，余额转到新的房票上，不能撤回。"),
        _l("已通过复核，新房票已经换发，请打印纸质的。"),
        ApproveMoveForm,
    ),
    Action.SEND_BACK: Step(
        _l("退回经办人"),
        _l("确认退回"),
        _l("由经办人补正材料以后重新提交；房票仍然不能买房。"),
        _l("已退回经办人。"),
        SendBackForm,
        warning=True,
    ),
}


@bp.get("/moves/")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def moves() -> ResponseReturnValue:
    """List transfers, splits, merges and inheritances: those that are under way, or one state and kind."""
    form = MoveFilterForm()
    offer_states(form.state, words.STATES)
    form.kind.choices = [Choice(kind, str(text)) for kind, text in words.KINDS.items()]
    return list_page(
        "authority/moves.html",
        form,
        count=queries.count_moves,
        rows=queries.list_moves,
        wanted=lambda: {
            "states": form.states(OPEN),
            "kinds": [form.kind.value] if form.kind.value else [],
        },
        words=words,
    )


@bp.get("/moves/register")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def move_register() -> ResponseReturnValue:
    """Show the register of transfers: who holds by real name what was somebody else's."""
    pages = paginate(queries.count_given(db.session(), actor=actor()))
    rows = register.cells_of(_register(pages.offset, pages.size))
    return render_template(
        "authority/move-register.html", rows=rows, pages=pages, columns=register.PAGE_COLUMNS
    )


@bp.get("/moves/register.csv")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def move_register_csv() -> ResponseReturnValue:
    """Give out the register of transfers as CSV."""
    return csv_response("transfers", register.COLUMNS, _register())


@bp.get("/moves/register.xlsx")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def move_register_xlsx() -> ResponseReturnValue:
    """Give out the register of transfers as a workbook."""
    return xlsx_response("transfers", register.COLUMNS, _register())


@bp.get("/moves/<ref>")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def move(ref: str) -> ResponseReturnValue:
    """Show a move: both sides, every voucher before and after, the papers, and who did what."""
    session, who = db.session(), actor()
    found = queries.get_move(session, actor=who, ref=ref)
    asked = find_latest(session, actor=who, kind=service.MOVE, subject_id=found.id)
    new = queries.list_made(session, move=found)
    before, after = words.shown_rows(found, new)
    return render_template(
        "authority/move.html",
        move=found,
        asked=asked,
        names=names_of(session, asked),
        before=before,
        after=after,
        new=new,
        papers=list_documents(session, service.owner_of(found)),
        acts=_desk.offered(ref, lambda act: _may(found, act)),
        words=words,
        heir_words=heir_words,
        joining=joining_words,
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


def _get(ref: str) -> VoucherMove:
    return queries.get_move(db.session(), actor=actor(), ref=ref)


@bp.post("/moves/<ref>/number")
@roles(Role.CHECKER, when="the move waits for the decision, and names somebody else; it goes on record")
def reveal_move_number(ref: str) -> ResponseReturnValue:
    """Show the ID numbers of who else is named whole, to compare them with the scans."""
    form = ApproveMoveForm(formdata=None)
    if not Form().accept():
        return _page(_desk.marked(ref, form), Action.APPROVE, form), 422
    _desk.marked(ref, form)
    numbers = reveal_numbers(db.session(), actor=actor(), move_ref=ref)
    return _page(_get(ref), Action.APPROVE, form, numbers=numbers)


def _page(found: VoucherMove, act: Action, form: Form, *, numbers: Sequence[str] = ()) -> str:
    before, after = words.shown_rows(found)
    names_others = found.other_name is not None or bool(found.heirs or found.owners)
    if isinstance(form, ApproveMoveForm):
        form.on.data = clock.today().isoformat()
    return render_template(
        "authority/move-act.html",
        move=found,
        scans=list_documents(db.session(), service.owner_of(found)) if act is Action.APPROVE else [],
        step=_STEPS[act],
        papers=evidence_of(words.papers_of(found)) if act in (Action.PREPARE, Action.APPROVE) else [],
        before=before,
        after=after,
        form=form,
        reveal=Form(formdata=None) if act is Action.APPROVE and names_others and not numbers else None,
        numbers=numbers,
        address=url_for(f"authority.{act}_move", ref=found.ref),
        words=words,
        heir_words=heir_words,
        joining=joining_words,
    )


def _may(found: VoucherMove, act: Action) -> bool:
    """Tell whether a step may be taken; only who has no account here signs at the counter."""
    may_witness = found.other_household_id is None and (found.other_name is not None or bool(found.owners))
    return states.may(actor().role, found.state, act) and (act is not Action.WITNESS or may_witness)


_desk: Final = CaseDesk("move", "/moves", _STEPS, _get, _page, _may, kind=service.MOVE)


@_desk.step(
    Action.WITNESS,
    Role.OFFICER,
    when="the other party holds no voucher of the district; not the clerk who asked",
)
def _witness(found: VoucherMove, form: WitnessForm) -> None:
    """Note that the other party signed."""
    service.witness(db.session(), actor=actor(), move_ref=found.ref, other=form.typed)


@_desk.step(
    Action.PREPARE,
    Role.OFFICER,
    when="the other party consented; not the clerk who asked; it is as it was shown",
    most=3 * MOST_BYTES,
)
def _prepare(found: VoucherMove, form: PrepareMoveForm) -> None:
    """Ask a checker to approve it."""
    service.prepare(
        db.session(),
        actor=actor(),
        move_ref=found.ref,
        evidence=form.evidence.value,
        papers=form.papers,
    )


@_desk.step(Action.REFUSE, Role.OFFICER, when="it was not prepared yet")
def _refuse(found: VoucherMove, form: ReasonForm) -> None:
    """Refuse the wish: everything stays as it is."""
    service.refuse(db.session(), actor=actor(), move_ref=found.ref, reason=form.reason.value)


@_desk.step(
    Action.APPROVE, Role.CHECKER, when="not by who prepared it or pressed for a side, and as it was shown"
)
def _approve(found: VoucherMove, form: ApproveMoveForm) -> None:
    """Let new vouchers stand for the old ones."""
    service.approve(db.session(), actor=actor(), move_ref=found.ref, on=form.day, seen=form.seen.value)


@_desk.step(Action.SEND_BACK, Role.CHECKER, when="not by the officer who prepared it")
def _send_back(found: VoucherMove, form: SendBackForm) -> None:
    """Return it to the officer."""
    service.send_back(
        db.session(),
        actor=actor(),
        move_ref=found.ref,
        reason=form.reason.value,
        seen=form.seen.value,
    )


def _register(offset: int = 0, limit: int | None = None) -> list[list[Cell]]:
    session, who = db.session(), actor()
    found = queries.list_given(session, actor=who, offset=offset, limit=limit)
    joint = {one.household_id for one in found if one.owners}
    numbers = holder_numbers(session, household_ids=joint) if joint else {}
    return register.rows_of([(one, queries.list_made(session, move=one)) for one in found], numbers)
