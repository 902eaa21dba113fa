"""Payment batches: approved claims out of one source, the table for the bank, and its receipt."""

from collections.abc import Sequence
from typing import Final

from flask import Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.approvals.queries import find_latest, mark_of
from app.core.actor import WATCHERS, Role
from app.core.errors import DomainError, NotFound
from app.core.sidelog import write_apart
from app.core.spreadsheet import Cell
from app.extensions import db
from app.identity.queries import names_of
from app.settlements import bank_file, bank_table, funds, payable, receipts, releases, taken, terms
from app.settlements import batch_queries as queries
from app.settlements import batches as service
from app.settlements.payable import Payable
from app.settlements.payment_models import SettlementPayment
from app.settlements.receipts import Mismatch, ReceiptMismatch
from app.web import formatting
from app.web import settlements as words
from app.web.access import actor, roles
from app.web.acting import do_or_ask_again
from app.web.authority import bp
from app.web.errors import status_of
from app.web.export import csv_response, xlsx_response
from app.web.files import takes_files
from app.web.forms.base import Choice
from app.web.forms.endings import ReturnedForm
from app.web.forms.settlements import MOST_SENT, BankReceiptForm, BatchForm, DecideBatchForm, FailedForm
from app.web.language import gettext as _
from app.web.pages import paginate

TAKEN_SHOWN: Final = 20
"""How many downloads of the table for the bank a batch's page tells of."""


@bp.get("/settlements/batches/")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def payment_batches() -> ResponseReturnValue:
    """List the batches, the newest first, with what the bank has not answered."""
    session, who = db.session(), actor()
    pages = paginate(queries.count_batches(session, actor=who))
    rows = queries.list_batches(session, actor=who, limit=pages.size, offset=pages.offset)
    return render_template(
        "authority/payment-batches.html",
        rows=rows,
        pages=pages,
        sent=queries.count_sent(session, rows),
        payable=payable.look(session, actor=who),
        words=words,
    )


@bp.get("/settlements/batches/new")
@roles(Role.OFFICER)
def new_payment_batch() -> ResponseReturnValue:
    """Ask which approved claims are paid out of which source."""
    return _new_page(BatchForm())


@bp.post("/settlements/batches/new")
@roles(Role.OFFICER, when="approved claims whose payee has an account, within what the source holds")
def new_payment_batch_post() -> ResponseReturnValue:
    """Promise the claims' sums out of the source."""
    session, form = db.session(), BatchForm()
    _offer(form)
    if form.only_adds_up:
        form.tick(form.claims)
        return _new_page(form)
    return do_or_ask_again(
        form,
        lambda: service.make(
            session, actor=actor(), source_ref=form.source.value, claim_refs=form.claims.values
        ),
        again=lambda: _new_page(form),
        done=_("批次已经做好，金额已经占用。请复核人核对放行，放行以后才能下载给银行的表。"),
        to=lambda made: url_for("authority.payment_batch", ref=made.ref),
    )


@bp.get("/settlements/batches/<ref>")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def payment_batch(ref: str) -> ResponseReturnValue:
    """Show a batch with its payments, and take the bank's receipt."""
    return _page(ref, BankReceiptForm())


@bp.post("/settlements/batches/<ref>/decision")
@roles(Role.CHECKER, when="not who made it; every sum is owed, and every account in use, as when it was made")
def decide_payment_batch(ref: str) -> ResponseReturnValue:
    """Release a batch to the bank, or send it back."""
    form, session = DecideBatchForm(), db.session()

    def decide() -> None:
        if form.agrees:
            releases.release(session, actor=actor(), ref=ref, seen=form.seen.value)
        else:
            releases.refuse(session, actor=actor(), ref=ref, reason=form.reason.value, seen=form.seen.value)

    return do_or_ask_again(
        form,
        decide,
        again=lambda: _page(ref, form),
        done=lambda _made: (
            _("已放行。经办人可以下载给银行的表了。") if form.agrees else _("已退回，占用的资金放开了。")
        ),
        to=url_for("authority.payment_batch", ref=ref),
    )


@bp.post("/settlements/batches/<ref>")
@roles(Role.OFFICER, when="the batch is released; every line fits its payment by reference, sum and account")
@takes_files(most=MOST_SENT)
def take_bank_receipt(ref: str) -> ResponseReturnValue:
    """Mark what the bank's receipt says."""
    session, form = db.session(), BankReceiptForm()
    if not form.accept():
        return _page(ref, form), 422
    try:
        receipts.take_in(
            session,
            actor=actor(),
            batch_ref=ref,
            content=form.file.stream.read(),
            name=form.file.filename,
        )
    except NotFound:
        raise
    except ReceiptMismatch as error:
        session.rollback()
        form.apply(error)
        return _page(ref, form, error.mismatches), 422
    except DomainError as error:
        session.rollback()
        form.apply(error)
        return _page(ref, form), status_of(error)
    flash(_("银行回单已经登记。"))
    return redirect(url_for("authority.payment_batch", ref=ref), 303)


@bp.get("/settlements/batches/<ref>.<any(xlsx, csv):kind>")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def payment_batch_file(ref: str, kind: str) -> Response:
    """Give the table for the bank, in the bank's own columns; that it was taken goes on record first."""
    session, who = db.session(), actor()
    batch = queries.get_batch(session, actor=who, ref=ref)
    names = terms.columns_of(session, district_id=batch.district_id)
    head = [names[column] for column in bank_file.SENT]
    payments = bank_table.for_bank(session, batch)
    rows = [_bank_row(one) for one in payments]
    write_apart(
        db.session.session_factory,
        lambda apart: taken.note(
            apart, actor=who, of=batch, kind=kind, sums_fen=[one.amount_fen for one in payments]
        ),
    )
    respond = xlsx_response if kind == "xlsx" else csv_response
    return respond(batch.ref, head, rows)


@bp.get("/settlements/payments/<ref>/fail")
@roles(Role.OFFICER)
def fail_payment(ref: str) -> ResponseReturnValue:
    """Ask why a payment was not made."""
    return _payment_page(ref, FailedForm())


@bp.post("/settlements/payments/<ref>/fail")
@roles(Role.OFFICER, when="the bank has not answered about it")
def fail_payment_post(ref: str) -> ResponseReturnValue:
    """Note that it was not made; its claim may be paid anew."""
    form, batch = FailedForm(), queries.get_payment(db.session(), actor=actor(), ref=ref).batch.ref

    def fail() -> None:
        service.fail(db.session(), actor=actor(), payment_ref=ref, reason=form.reason.value)

    to = url_for("authority.payment_batch", ref=batch)
    done = _("已登记没有付成，占用的资金放开了。")
    return do_or_ask_again(form, fail, again=lambda: _payment_page(ref, form), done=done, to=to)


@bp.get("/settlements/payments/<ref>/return")
@roles(Role.OFFICER)
def return_payment(ref: str) -> ResponseReturnValue:
    """Ask when, under which reference and why the bank sent a payment back."""
    return _payment_page(ref, ReturnedForm())


@bp.post("/settlements/payments/<ref>/return")
@roles(Role.OFFICER, when="it was paid; it is owed again, and its source has it again")
def return_payment_post(ref: str) -> ResponseReturnValue:
    """Note that the bank sent it back."""
    form, batch = ReturnedForm(), queries.get_payment(db.session(), actor=actor(), ref=ref).batch.ref

    def give_back() -> None:
        service.note_returned(
            db.session(),
            actor=actor(),
            payment_ref=ref,
            reference=form.reference.value,
            returned_on=form.returned_on.value,
            reason=form.reason.value,
        )

    to = url_for("authority.payment_batch", ref=batch)
    done = _("退汇已登记，这笔钱要重新付。")
    return do_or_ask_again(form, give_back, again=lambda: _payment_page(ref, form), done=done, to=to)


def _bank_row(one: SettlementPayment) -> list[Cell]:
    purpose = _("房票购房款 %(ref)s", ref=one.claim.ref)
    return [one.ref, one.holder_name, one.bank, one.number, formatting.file_yuan(one.amount_fen), purpose]


def _offer(form: BatchForm) -> Payable:
    """Offer sources and claims; return what waits, also what somebody else has to do something about."""
    session, who = db.session(), actor()
    found = payable.look(session, actor=who)
    form.source.choices = [
        Choice(
            held.source.ref,
            held.source.name,
            hint=_("可用 %(sum)s", sum=formatting.yuan(held.balance.available_fen)),
        )
        for held in funds.list_sources(session, actor=who)
    ]
    form.claims.choices = [
        Choice(
            one.ref,
            _("%(name)s，%(sum)s", name=one.developer.name, sum=formatting.yuan(one.total_fen)),
            hint=_(
                "%(payee)s；申请 %(ref)s",
                payee=one.development.name if one.development else words.PAYEES[one.payee],
                ref=one.ref,
            ),
            fen=one.total_fen,
        )
        for one in found.open[: service.MOST_CLAIMS]
    ]
    return found


def _new_page(form: BatchForm) -> str:
    found = _offer(form)
    chosen = form.claims.values
    ticked = [choice.fen or 0 for choice in form.claims.choices if choice.value in chosen]
    return render_template("authority/new-payment-batch.html", form=form, ticked=ticked, payable=found)


def _page(ref: str, form: BankReceiptForm | DecideBatchForm, mismatches: Sequence[Mismatch] = ()) -> str:
    session, who = db.session(), actor()
    batch = queries.get_batch(session, actor=who, ref=ref)
    may_decide = who.role is Role.CHECKER and batch.state == "made" and batch.made_by_id != who.user_id
    if may_decide and not isinstance(form, DecideBatchForm):
        form = DecideBatchForm()
    if isinstance(form, DecideBatchForm):  # before all that is shown: what changes meanwhile is refused
        asked = find_latest(session, actor=who, kind=service.RELEASE, subject_id=batch.id)
        form.seen.data = mark_of(asked)
    payments = queries.payments_of(session, batch)
    outdated = bank_table.outdated(session, payments)
    waits = [one for one in payments if one.state == "sent"]
    took = taken.list_of(session, batch, limit=TAKEN_SHOWN)
    return render_template(
        "authority/payment-batch.html",
        batch=batch,
        payments=payments,
        names=names_of(session, (batch.made_by_id, batch.decided_by_id, *(one.user_id for one in took))),
        taken=took,
        outdated=outdated,
        receipts=receipts.list_receipts(session, batch),
        mismatches=mismatches,
        has_table=batch.state == "released" and any(one.id not in outdated for one in waits),
        may_answer=who.role is Role.OFFICER and batch.state == "released" and bool(waits),
        may_decide=may_decide,
        form=form,
        words=words,
    )


def _payment_page(ref: str, form: FailedForm | ReturnedForm) -> str:
    found = queries.get_payment(db.session(), actor=actor(), ref=ref)
    return render_template(
        "authority/end-payment.html", payment=found, form=form, returned=isinstance(form, ReturnedForm)
    )
