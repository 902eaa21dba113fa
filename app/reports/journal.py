"""The whole journal (序时账) of a district, in lines that can be added up by whoever has nothing else.

Accounts are named by the voucher, top-up, source of money or claim they belong to, others and transfers by a
mark: no id of ours leaves the server.
"""

import csv
import hashlib
import io
from collections.abc import Iterable, Iterator
from dataclasses import astuple, dataclass, fields
from datetime import UTC, date, datetime
from itertools import chain
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, case, cast, func, select
from sqlalchemy.dialects.postgresql import BYTEA
from sqlalchemy.orm import Session, aliased
from sqlalchemy.orm.attributes import InstrumentedAttribute

from app.core import clock
from app.ledger.models import LedgerAccount, LedgerTransfer
from app.ledger.rules import AccountKind
from app.payments.models import TopUp
from app.vouchers.models import Voucher

AT_A_TIME: Final = 2_000
_MARK_SIGNS: Final = 16


@dataclass(frozen=True, slots=True)
class JournalLine:
    """One transfer: an amount moves from the debit to the credit account, is promised, or is not any more."""

    mark: str
    """Names the transfer within its district."""
    at: datetime
    kind: str
    code: str
    debit: str
    debit_of: str
    """What the account belongs to by its reference, or a mark; empty: the district's own."""
    credit: str
    credit_of: str
    amount_fen: int
    ends: str
    """For the end of a promise: the promise's mark, else empty."""


HEADER: Final = tuple(field.name for field in fields(JournalLine))


def journal(session: Session, *, district_id: int, first: date, last: date) -> Iterator[JournalLine]:
    """Yield a district's transfers of these legal days, both included, oldest first.

    Read a batch at a time, and only what was there when the first one was read.
    """
    within = _within(district_id, first, last)
    lowest, highest = func.min(LedgerTransfer.id), func.max(LedgerTransfer.id)
    # Where there is nothing, the highest comes before the lowest.
    ends = select(func.coalesce(lowest, 1) - 1, func.coalesce(highest, 0)).where(*within)
    after, high = session.execute(ends).one()
    while after < high:
        batch = _LINES.where(*within, LedgerTransfer.id > after, LedgerTransfer.id <= high).limit(AT_A_TIME)
        for transfer_id, *told in session.execute(batch):
            after = transfer_id
            yield JournalLine(*told)


def count_lines(session: Session, *, district_id: int, day: date) -> int:
    """Return how many transfers a legal day has."""
    within = _within(district_id, day, day)
    return session.scalars(select(func.count(LedgerTransfer.id)).where(*within)).one()


def list_lines(
    session: Session, *, district_id: int, day: date, limit: int, offset: int
) -> list[JournalLine]:
    """Return some of a legal day's transfers, oldest first."""
    statement = _LINES.where(*_within(district_id, day, day)).limit(limit).offset(offset)
    return [JournalLine(*told) for _, *told in session.execute(statement)]


def as_csv(lines: Iterable[JournalLine]) -> Iterator[str]:
    """Yield a CSV file line by line: a heading, the transfers, and at last the SHA-256 of all before."""
    total = hashlib.sha256()
    for cells in chain((HEADER,), map(_cells, lines)):
        text = _csv_line(cells)
        total.update(text.encode())
        yield text
    yield _csv_line(("sha256", total.hexdigest()))


def _cells(line: JournalLine) -> tuple[str, ...]:
    return tuple(
        value.astimezone(UTC).isoformat() if isinstance(value, datetime) else str(value)
        for value in astuple(line)
    )


def _csv_line(cells: Iterable[str]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerow(cells)
    return out.getvalue()


def _mark(key: InstrumentedAttribute[str]) -> ColumnElement[str]:
    return func.left(func.encode(func.sha256(cast(key, BYTEA)), "hex"), _MARK_SIGNS)


def _within(district_id: int, first: date, last: date) -> tuple[ColumnElement[bool], ...]:
    return (
        LedgerTransfer.district_id == district_id,
        LedgerTransfer.at >= clock.start_of_day(first),
        LedgerTransfer.at < clock.end_of_day(last),
    )


def _lines() -> Select[*tuple[Any, ...]]:
    promise = aliased(LedgerTransfer)
    sides, columns = [], []
    for key in (LedgerTransfer.debit_account_id, LedgerTransfer.credit_account_id):
        account, voucher, top_up = aliased(LedgerAccount), aliased(Voucher), aliased(TopUp)
        sides += [
            (account, account.id == key),
            (voucher, voucher.account_id == key),
            (top_up, top_up.ledger_account_id == key),
        ]
        named = account.kind.in_((AccountKind.FUND, AccountKind.CLAIM))
        other = case(
            (account.owner == "", ""),
            # Their owner is "fund:" or "claim:" and the reference that people know.
            (named, func.split_part(account.owner, ":", 2)),
            else_=_mark(account.owner),
        )
        columns += [account.kind, func.coalesce(voucher.ref, top_up.ref, other)]
    statement = select(
        LedgerTransfer.id,
        _mark(LedgerTransfer.idempotency_key),
        LedgerTransfer.at,
        LedgerTransfer.kind,
        LedgerTransfer.code,
        *columns,
        LedgerTransfer.amount_fen,
        func.coalesce(_mark(promise.idempotency_key), ""),
    ).outerjoin(promise, promise.id == LedgerTransfer.pending_id)
    for entity, condition in sides:
        statement = statement.outerjoin(entity, condition)
    return statement.order_by(LedgerTransfer.id)


_LINES: Final = _lines()
