"""The bank's receipts about lists of payments to households: read first, then each line that fits is marked.

What a file says is kept as it was read; what fits is judged anew whenever it is shown, and before it is done.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import audit, clock
from app.core.actor import Actor, Role
from app.core.db import unless_taken
from app.core.errors import Conflict
from app.core.ids import new_ref
from app.documents.rules import tidy_name
from app.ledger import bank
from app.ledger.bank_models import BankPayment
from app.redemptions import cash
from app.settlements import household_sums, pay_given_up, pay_lists, receipt_file, terms
from app.settlements import pay_list_queries as queries
from app.settlements.bank_file import ReceiptLine
from app.settlements.pay_list_models import PayLine, PayList, PayReceipt
from app.vouchers import payouts
from app.vouchers.ending_models import VoucherEnding

_Used = dict[str, tuple[int, date]]
_LONGEST: Final = 60
"""Signs of a reference or a serial, as many as somebody can type; the table's own are shorter."""


@dataclass(frozen=True, slots=True)
class Said:
    """What one line of a receipt says, without the number of the account: whether it is the approved one."""

    row: int
    reference: str
    amount_fen: int
    serial: str
    paid_on: date | None
    failure: str
    is_unclear: bool
    is_same_account: bool
    end: str
    """The last four digits of the account, for whoever looks for the reason."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A line of a receipt beside the line of the list; ``code`` says what stands against marking it.

    None: it fits; ``done``: it is marked already. ``due_fen`` is what the order comes to since, or what was
    noted, where that is the reason; ``elsewhere`` the bank's number or the list by which its sum is paid
    instead.
    """

    said: Said
    line: PayLine | None
    code: str | None
    due_fen: int | None = None
    elsewhere: str | None = None


def read(session: Session, *, actor: Actor, list_ref: str, content: bytes, name: str) -> PayReceipt:
    """Read a receipt about a list as an officer, and keep what it says; nothing is marked by it.

    The same file again is the same receipt, and a list that was given up has one too: the bank may have paid
    all the same. Raises Forbidden, NotFound, DomainError at ``file`` for what is no receipt.
    """
    actor.demand(Role.OFFICER)
    found = queries.get_list(session, actor=actor, ref=list_ref)
    sha256 = receipt_file.hash_of(content)
    if (known := _known(session, found, sha256)) is not None:
        return known
    columns = terms.columns_of(session, district_id=found.district_id)
    lines = receipt_file.read(content, name, columns)
    accounts = {
        line.ref: household_sums.account_of(queries.owner_of(line))
        for line in queries.lines_of(session, found)
    }
    made = PayReceipt(
        district_id=found.district_id,
        ref=new_ref("HB"),
        list_id=found.id,
        sha256=sha256,
        name=tidy_name(name),
        lines={"schema": 1, "lines": [_kept(one, accounts) for one in lines]},
        read_by_id=actor.user_id,
        read_at=clock.now(),
    )
    with unless_taken(session, "uq_pay_receipts_list_id_sha256", Conflict("pay_receipt_known", "file")):
        session.add(made)
    audit.record(
        session,
        actor=actor,
        action="settlements.read_pay_receipt",
        object_type="pay_list",
        object_id=found.id,
        count=len(lines),
        sha256=sha256,
    )
    return made


def _known(session: Session, found: PayList, sha256: str) -> PayReceipt | None:
    wanted = select(PayReceipt).where(PayReceipt.list_id == found.id, PayReceipt.sha256 == sha256)
    return session.scalars(wanted).first()


def _kept(line: ReceiptLine, accounts: dict[str, str | None]) -> dict[str, Any]:
    too_long = len(line.reference) > _LONGEST or len(line.serial) > _LONGEST
    return {
        "row": line.row,
        "reference": line.reference[:_LONGEST],
        "fen": line.amount_fen,
        "serial": line.serial[:_LONGEST],
        "paid_on": line.paid_on.isoformat() if line.paid_on else None,
        "failure": line.failure[:200],
        "is_unclear": line.is_unclear or too_long,
        "is_same_account": accounts.get(line.reference) == line.number,
        "end": line.number[-4:],
    }


def lines_said(receipt: PayReceipt) -> list[Said]:
    """Return what a receipt said, line by line."""
    return [
        Said(
            row=one["row"],
            reference=one["reference"],
            amount_fen=one["fen"],
            serial=one["serial"],
            paid_on=date.fromisoformat(one["paid_on"]) if one["paid_on"] else None,
            failure=one["failure"],
            is_unclear=one["is_unclear"],
            is_same_account=one["is_same_account"],
            end=one["end"],
        )
        for one in receipt.lines["lines"]
    ]


def judge(session: Session, receipt: PayReceipt, *, only: int | None = None) -> list[Judged]:
    """Return each line of a receipt, or ``only`` one row of it, with what stands against marking it now.

    ``unknown``, ``other_list``: no line of this list is called so; ``double``: the file names it twice;
    ``unclear``: it says neither that it was paid nor that it was not; ``answered``: another answer is noted;
    ``closed``: its account was recalled, or its list given up and not paid; ``twice``, ``listed_anew``: given
    up, and the bank paid it all the same, beside another payment or order; ``noted``: given up, and its
    payment noted by hand as one of another sum; ``sum``, ``account``: another one
    than was listed; ``day``: before its approval, or to come; ``since``: it comes to another sum since it was
    listed; ``serial``: the bank's number stands twice, or pays something else.
    """
    every = lines_said(receipt)
    wanted = [one for one in every if only is None or one.row == only]
    lines = {
        line.ref: line
        for line in queries.lines_called(
            session, district_id=receipt.district_id, refs={one.reference for one in wanted}
        )
    }
    times = Counter(one.reference for one in every)
    serials = Counter(_tidy(one) for one in every if not one.failure)
    used = _used(session, receipt.district_id, {_tidy(one) for one in wanted})
    found = []
    for one in wanted:
        line = lines.get(one.reference)
        code, due_fen = _against(receipt, one, line, times[one.reference] > 1), None
        elsewhere = None
        if code is None and line is not None and line.state == "given_up":
            code, elsewhere = pay_given_up.against(session, line, serial=_tidy(one), paid_on=one.paid_on)
            due_fen = queries.owner_of(line).sent_fen if code == "noted" else None
        if code is None and line is not None and not one.failure:
            code, due_fen = _against_payment(session, one, line)
            if code is None and (serials[_tidy(one)] > 1 or _tidy(one) in used):
                code = "serial"
        elif code == "closed" and line is not None and line.state in ("paid", "failed"):
            code = "done" if _is_same(line, one, used) else "answered"
        found.append(Judged(one, line, code, due_fen, elsewhere))
    return found


def _against(receipt: PayReceipt, one: Said, line: PayLine | None, is_double: bool) -> str | None:
    if line is None:
        return "unknown"
    if line.list_id != receipt.list_id:
        return "other_list"
    if is_double:
        return "double"
    if one.is_unclear:
        return "unclear"
    if line.state != "listed" and (line.state != "given_up" or one.failure):
        return "closed"
    if one.amount_fen != line.amount_fen:
        return "sum"
    return None if one.is_same_account else "account"


def _against_payment(session: Session, one: Said, line: PayLine) -> tuple[str | None, int | None]:
    first = clock.legal_day(line.approved_at)
    if one.paid_on is None or not first <= one.paid_on <= clock.today():
        return "day", None
    # The bank carries the order out when it likes: its sum is that of the order's day.
    due_fen = household_sums.fen_on(session, queries.owner_of(line), line.pay_list.pay_on)
    return ("since", due_fen) if due_fen != line.amount_fen else (None, None)


def _is_same(line: PayLine, one: Said, used: _Used) -> bool:
    if line.state == "failed":
        return bool(one.failure)
    is_as_listed = one.is_same_account and one.amount_fen == line.amount_fen
    return not one.failure and is_as_listed and used.get(_tidy(one)) == (line.bank_payment_id, one.paid_on)


def _tidy(one: Said) -> str:
    return bank.tidy_reference(one.serial, field="file") if one.serial.strip() else ""


def _used(session: Session, district_id: int, serials: set[str]) -> _Used:
    """Return which of these numbers of the bank pay something already, which payment each is, and its day."""
    wanted = select(BankPayment.reference, BankPayment.id, BankPayment.paid_on).where(
        BankPayment.district_id == district_id, BankPayment.reference.in_(serials - {""})
    )
    return {reference: (payment_id, day) for reference, payment_id, day in session.execute(wanted)}


def mark(session: Session, *, actor: Actor, receipt_ref: str, row: int) -> None:
    """Mark as an officer what one line of a receipt says, by the rules of a payment noted by hand.

    Raises Forbidden, NotFound, Conflict("pay_row_misfit") for a line that does not fit now, DomainError as
    ``payouts.pay`` and ``cash.pay``.
    """
    actor.demand(Role.OFFICER)
    receipt = queries.get_receipt(session, actor=actor, ref=receipt_ref)
    refs = [one.reference for one in lines_said(receipt) if one.row == row]
    for line in queries.lines_called(session, district_id=receipt.district_id, refs=refs):
        pay_lists.lock_line(session, line)
    fits = [one for one in judge(session, receipt, only=row) if one.code is None]
    if len(fits) != 1 or fits[0].line is None:
        raise Conflict("pay_row_misfit")
    said, line = fits[0].said, fits[0].line
    if said.failure or said.paid_on is None:
        pay_lists.fail(session, actor=actor, line=line, receipt_id=receipt.id, reason=said.failure)
        return
    if line.state == "given_up":  # the line stays as it was; the bank carried its order out all the same
        queries.owner_of(line).ordered_on = line.pay_list.pay_on
    else:
        line.receipt_id = receipt.id
    session.flush()
    _pay(session, actor, line, said.serial, said.paid_on)


def _pay(session: Session, actor: Actor, line: PayLine, serial: str, paid_on: date) -> None:
    owner = queries.owner_of(line)
    told: dict[str, Any] = {"actor": actor, "bank_reference": serial, "paid_on": paid_on}
    if isinstance(owner, VoucherEnding):
        payouts.pay(session, ending_ref=owner.ref, **told)
    else:
        cash.pay(session, ref=owner.ref, **told)


def rows_that_fit(session: Session, *, actor: Actor, receipt_ref: str) -> Sequence[int]:
    """Return the rows of a receipt that can be marked now. Raises NotFound, Forbidden."""
    actor.demand(Role.OFFICER)
    receipt = queries.get_receipt(session, actor=actor, ref=receipt_ref)
    return [one.said.row for one in judge(session, receipt) if one.code is None]
