"""What households are to be paid (待拨付): lists for the bank, their tables, and the bank's receipts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from flask import Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.core import clock
from app.core.actor import WATCHERS, Role
from app.core.errors import Conflict, DomainError, NotFound
from app.core.sidelog import write_apart
from app.extensions import db
from app.identity.queries import names_of
from app.settlements import bank_file, flows, household_sums, pay_receipts, pay_table, taken, terms
from app.settlements import pay_list_queries as queries
from app.settlements import pay_lists as service
from app.settlements.household_sums import Owed, Owner
from app.settlements.pay_list_models import PayLine, PayList, PayReceipt
from app.web import formatting
from app.web import pay_lists as words
from app.web.access import actor, roles
from app.web.acting import do_or_ask_again
from app.web.authority import bp
from app.web.errors import status_of
from app.web.export import csv_response, xlsx_response
from app.web.files import takes_files
from app.web.forms.base import Choice, Form
from app.web.forms.pay_lists import GiveUpListForm, MarkReceiptForm, PayListForm, PayReceiptForm
from app.web.forms.settlements import MOST_SENT
from app.web.language import gettext as _
from app.web.pages import paginate

_TAKEN_SHOWN: Final = 20


@dataclass(frozen=True, slots=True)
class _Waiting:
    """What is approved and on no list: what the reader may list now, and what is held, with the reason."""

    free: Sequence[Owed]
    held: Sequence[Owed]
    undone: Mapping[Owner, PayLine]
    """Which of them a list named before, and were noted as not paid: nobody lists those without a look."""


@bp.get("/pay-lists/")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def pay_lists() -> ResponseReturnValue:
    """Show what households are to be paid, what is held and why, and the lists that were made."""
    form = PayListForm()
    form.pay_on.data = clock.today()
    found = _waiting(clock.today())
    offered = found.free[: service.MOST_LINES]
    form.sums.data = [one.owner.ref for one in offered if one.owner not in found.undone]
    return _index(form, found)


@bp.post("/pay-lists/")
@roles(Role.OFFICER, when="each is approved, on no open list, and held by no stop, death or heirs")
def make_pay_list() -> ResponseReturnValue:
    """Put approved sums on a list for the bank."""
    form = PayListForm()
    day = _day_of(form)
    found = _waiting(day)
    _offer(form, found)
    if form.only_adds_up:
        form.tick(form.sums)
        return _index(form, found)
    offered = {choice.value for choice in form.sums.choices}
    if not offered.issuperset(form.sums.values):  # another officer was quicker, or something holds it since
        form.apply(Conflict("pay_sums_moved", "sums" if offered else None))
        return _index(form, found), 409

    def make() -> PayList:
        return service.make(
            db.session(),
            actor=actor(),
            refs=form.sums.values,
            pay_on=form.pay_on.value,
            shown_on=form.shown,
        )

    return do_or_ask_again(
        form,
        make,
        again=lambda: _index(form, _waiting(day)),
        done=_("清单已经做好。请下载给银行的表；银行付过以后，在这里导入回单。"),
        to=lambda made: url_for("authority.pay_list", ref=made.ref),
    )


@bp.get("/pay-lists/<ref>")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def pay_list(ref: str) -> ResponseReturnValue:
    """Show a list with its lines, its tables and receipts."""
    return _list_page(ref, GiveUpListForm() if actor().role is Role.CHECKER else PayReceiptForm())


@bp.get("/pay-lists/<ref>.<any(xlsx, csv):kind>")
@roles(Role.OFFICER, Role.CHECKER)
def pay_list_file(ref: str, kind: str) -> Response:
    """Give the table for the bank, in the bank's own columns; that it was taken goes on record first."""
    session, who = db.session(), actor()
    found = queries.get_list(session, actor=who, ref=ref)
    names = terms.columns_of(session, district_id=found.district_id)
    lines = pay_table.for_bank(session, found)
    rows = [words.bank_row(line) for line in lines]
    write_apart(
        db.session.session_factory,
        lambda apart: taken.note(
            apart, actor=who, of=found, kind=kind, sums_fen=[line.amount_fen for line in lines]
        ),
    )
    respond = xlsx_response if kind == "xlsx" else csv_response
    return respond(found.ref, [names[column] for column in bank_file.SENT], rows)


@bp.post("/pay-lists/<ref>/receipts")
@roles(Role.OFFICER, when="nothing is marked before it is confirmed")
@takes_files(most=MOST_SENT)
def read_pay_receipt(ref: str) -> ResponseReturnValue:
    """Read the bank's receipt, and lead to what it says line by line."""
    session, form = db.session(), PayReceiptForm()
    if not form.accept():
        return _list_page(ref, form), 422
    content, name = form.file.stream.read(), form.file.filename
    try:
        made = pay_receipts.read(session, actor=actor(), list_ref=ref, content=content, name=name)
    except NotFound:
        raise
    except DomainError as error:
        session.rollback()
        form.apply(error)
        return _list_page(ref, form), status_of(error)
    return redirect(url_for("authority.pay_receipt", ref=made.ref), 303)


@bp.get("/pay-lists/receipts/<ref>")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def pay_receipt(ref: str) -> ResponseReturnValue:
    """Show line by line what fits of a receipt, and why the rest does not."""
    return _receipt_page(ref, MarkReceiptForm())


@bp.post("/pay-lists/receipts/<ref>")
@roles(Role.OFFICER, when="each line that fits its own by reference, sum, account and day; the others stay")
def mark_pay_receipt(ref: str) -> ResponseReturnValue:
    """Mark what fits, each as if it were noted by itself."""
    form = MarkReceiptForm()

    def mark() -> None:
        marked = flows.mark_receipt(db.session(), actor=actor(), receipt_ref=ref)
        if not marked.done and not marked.left:
            raise Conflict("pay_receipt_nothing")
        flash(_("已登记 %(count)d 笔。", count=marked.done))
        if marked.left:
            flash(_("有 %(count)d 笔刚才没有登记上，请看下面的原因，或者再登记一次。", count=marked.left))

    return do_or_ask_again(
        form,
        mark,
        again=lambda: _receipt_page(ref, form),
        to=url_for("authority.pay_receipt", ref=ref),
    )


@bp.post("/pay-lists/<ref>/give-up")
@roles(Role.CHECKER, when="not who made it; the bank does not pay what it has not answered about")
def give_up_pay_list(ref: str) -> ResponseReturnValue:
    """Give up what the bank has not answered about: it may stand on another list."""
    form = GiveUpListForm()
    return do_or_ask_again(
        form,
        lambda: service.give_up(db.session(), actor=actor(), ref=ref, reason=form.reason.value),
        again=lambda: _list_page(ref, form),
        done=_("清单里没有回音的各笔已经作废，可以放进另一份清单。"),
        to=url_for("authority.pay_list", ref=ref),
    )


def _day_of(form: PayListForm) -> date:
    """Return the day by which the sums of a form are: the one typed, today while that is none for a list."""
    today = clock.today()
    typed: date | None = form.pay_on.data
    is_one = typed is not None and today <= typed <= today + timedelta(days=service.DAYS_AHEAD)
    return typed if typed is not None and is_one else today


def _waiting(day: date) -> _Waiting:
    """Return what is approved and on no list, each sum as of a day."""
    session, who = db.session(), actor()
    beside = [words.owner_of(line) for line in queries.listed(session, district_id=who.district)]
    approved = household_sums.approved(session, district_id=who.district, day=day, beside=beside)
    free = [one for one in approved if one.held is None]
    undone = queries.undone(session, [one.owner for one in free])
    is_officer = who.role is Role.OFFICER
    own = {owner for owner, line in undone.items() if is_officer and line.closed_by_id == who.user_id}
    held = [
        *(Owed(one.owner, one.fen, "undone") for one in free if one.owner in own),
        *(one for one in approved if one.held is not None),
        *household_sums.without_account(session, district_id=who.district),
    ]
    return _Waiting([one for one in free if one.owner not in own], held, undone)


def _offer(form: PayListForm, found: _Waiting) -> None:
    form.sums.choices = [
        Choice(
            one.owner.ref,
            _("%(name)s，%(sum)s", name=words.name_of(one.owner), sum=formatting.yuan(one.fen)),
            hint=_hint(one.owner, found.undone.get(one.owner)),
            fen=one.fen,
            alone=one.owner in found.undone,
        )
        for one in found.free[: service.MOST_LINES]
    ]


def _hint(owner: Owner, before: PayLine | None) -> str:
    hint = _(
        "%(what)s %(ref)s；%(account)s",
        what=words.what_of(owner),
        ref=owner.ref,
        account=words.account_of(owner),
    )
    if before is None:
        return hint
    state, _tone = words.LINE_STATES[before.state]
    said = _(
        "；曾列入清单 %(list)s（%(state)s），请先核实银行确实没有付过", list=before.pay_list.ref, state=state
    )
    return hint + said


def _index(form: PayListForm, found: _Waiting) -> str:
    session, who = db.session(), actor()
    pages = paginate(queries.count_lists(session, actor=who))
    rows = queries.list_lists(session, actor=who, limit=pages.size, offset=pages.offset)
    _offer(form, found)
    form.shown_on.data = _day_of(form).isoformat()
    chosen = set(form.sums.values)
    return render_template(
        "authority/pay-lists.html",
        form=form,
        waiting=found,
        most=service.MOST_LINES,
        ticked=[choice.fen or 0 for choice in form.sums.choices if choice.value in chosen],
        may_make=who.role is Role.OFFICER,
        rows=rows,
        pages=pages,
        listed=queries.count_listed(session, rows),
        words=words,
    )


def _list_page(ref: str, form: Form) -> str:
    session, who = db.session(), actor()
    found = queries.get_list(session, actor=who, ref=ref)
    lines = queries.lines_of(session, found)
    out = pay_table.left_out(session, lines)
    waits = [line for line in lines if line.state == "listed"]
    took = taken.list_of(session, found, limit=_TAKEN_SHOWN)
    people = (found.made_by_id, found.given_up_by_id, *(one.user_id for one in took))
    return render_template(
        "authority/pay-list.html",
        found=found,
        lines=lines,
        left_out=out,
        waits=waits,
        has_table=len(waits) > len(out) and who.role in (Role.OFFICER, Role.CHECKER),
        may_answer=(bool(waits) or found.state == "given_up") and who.role is Role.OFFICER,
        may_give_up=bool(waits) and who.role is Role.CHECKER and found.made_by_id != who.user_id,
        receipts=queries.list_receipts(session, found),
        taken=took,
        names=names_of(session, people),
        form=form,
        words=words,
    )


def _receipt_page(ref: str, form: MarkReceiptForm) -> str:
    session, who = db.session(), actor()
    found: PayReceipt = queries.get_receipt(session, actor=who, ref=ref)
    judged = pay_receipts.judge(session, found)
    fits = [one for one in judged if one.code is None]
    return render_template(
        "authority/pay-receipt.html",
        receipt=found,
        fits=fits,
        fits_fen=sum(one.said.amount_fen for one in fits if not one.said.failure),
        done=[one for one in judged if one.code == "done"],
        misfits=[one for one in judged if one.code not in (None, "done")],
        may_mark=bool(fits) and who.role is Role.OFFICER,
        names=names_of(session, (found.read_by_id,)),
        form=form,
        words=words,
    )
