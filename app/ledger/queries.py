"""Reading the ledger, and proving it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, bindparam, case, func, literal, or_, select
from sqlalchemy.orm import Session, aliased

from app.core import clock
from app.core.prepared import Among
from app.core.proofs import Breach, find_breaches
from app.ledger import trial
from app.ledger.models import LedgerAccount, LedgerTransfer
from app.ledger.rules import BACK, GUARDED, Balance, TransferKind, balance_of

CONTROL_ACCOUNTS: Final = select(func.jsonb_object_agg(LedgerAccount.kind, LedgerAccount.id)).where(
    LedgerAccount.district_id == bindparam("district_id"), LedgerAccount.owner == ""
)
"""The ids of a district's control accounts by kind, as an object; null while there are none."""


@dataclass(frozen=True, slots=True)
class Movement:
    """One line of an account's statement, in fen; ``amount_fen`` is below zero when it leaves the account."""

    transfer_id: int
    at: datetime
    kind: TransferKind
    code: str
    amount_fen: int
    pending_id: int | None
    """For an end: the promise it ends."""
    open: bool
    """A promise that has not ended."""


def balances(session: Session, account_ids: Iterable[int]) -> dict[int, Balance]:
    """Return the balances of guarded accounts by id; accounts that do not exist are absent."""
    return {
        account_id: standing_of(standing)
        for account_id, *standing in _BALANCES.rows(session, set(account_ids))
    }


def standing_of(standing: Sequence[Any]) -> Balance:
    """Return the balance of what was read as ``STANDING``."""
    credited, debited, promised, back_fen = standing
    return balance_of(
        credits_posted=credited, debits_posted=debited, debits_pending=promised, back_fen=int(back_fen)
    )


_BACK: Final = select(func.coalesce(func.sum(LedgerTransfer.amount_fen), 0)).where(
    LedgerTransfer.credit_account_id == LedgerAccount.id, LedgerTransfer.code.endswith(BACK)
)
STANDING: Final[tuple[ColumnElement[int], ...]] = (
    LedgerAccount.credits_posted.expression,
    LedgerAccount.debits_posted.expression,
    LedgerAccount.debits_pending.expression,
    _BACK.scalar_subquery(),
)
"""What of a guarded account its balance is made of, for a statement that reads more beside it."""
_BALANCES: Final = Among(
    LedgerAccount.id,
    lambda among: select(LedgerAccount.id, *STANDING).where(among, LedgerAccount.guarded),
)


def balance(session: Session, account_id: int) -> Balance:
    """Return the balance of one guarded account. Raises LookupError for any other."""
    found = balances(session, [account_id])
    if account_id not in found:
        raise LookupError(f"ledger account {account_id}")
    return found[account_id]


def movements(session: Session, account_id: int) -> Sequence[Movement]:
    """Return everything that touched an account, oldest first."""
    end = aliased(LedgerTransfer)
    signed = case(
        (LedgerTransfer.debit_account_id == account_id, -LedgerTransfer.amount_fen),
        else_=LedgerTransfer.amount_fen,
    )
    statement = (
        select(LedgerTransfer, signed, end.id)
        .outerjoin(end, end.pending_id == LedgerTransfer.id)
        .where(
            or_(LedgerTransfer.debit_account_id == account_id, LedgerTransfer.credit_account_id == account_id)
        )
        .order_by(LedgerTransfer.id)
    )
    return [
        Movement(
            transfer_id=row.id,
            at=row.at,
            kind=TransferKind(row.kind),
            code=row.code,
            amount_fen=amount_fen,
            pending_id=row.pending_id,
            open=row.kind == TransferKind.PENDING and end_id is None,
        )
        for row, amount_fen, end_id in session.execute(statement)
    ]


def days_kept(session: Session, transfer_ids: Iterable[int]) -> dict[int, date]:
    """Return the legal days on which promises were kept, by the promise's transfer id.

    Whoever reckons to the day of a step goes by this: midnight may come within the transaction.
    """
    kept = select(LedgerTransfer.pending_id, LedgerTransfer.at).where(
        LedgerTransfer.pending_id.in_(set(transfer_ids)), LedgerTransfer.kind == TransferKind.POST
    )
    return {promise_id: clock.legal_day(at) for promise_id, at in session.execute(kept) if promise_id}


def control_balance(session: Session, *, district_id: int, kind: str) -> int:
    """Return what a district's control account was credited less what it was debited, in fen.

    Promises are left out. Summed from its transfers: a control account stores nothing.
    """
    account = select(LedgerAccount.id).where(
        LedgerAccount.district_id == district_id, LedgerAccount.kind == kind, ~LedgerAccount.guarded
    )
    moved = LedgerTransfer.kind.in_((TransferKind.SINGLE, TransferKind.POST))
    total = func.coalesce(func.sum(LedgerTransfer.amount_fen), literal(0))
    credited = select(total).where(moved, LedgerTransfer.credit_account_id.in_(account)).scalar_subquery()
    debited = select(total).where(moved, LedgerTransfer.debit_account_id.in_(account)).scalar_subquery()
    return int(session.execute(select(credited - debited)).scalar_one())


def count_transfers(session: Session) -> int:
    """Return how many transfers the ledger holds."""
    return session.scalars(select(func.count(LedgerTransfer.id))).one()


_SUMS: Final = """
    WITH sums AS (
        SELECT account_id,
               coalesce(sum(amount_fen) FILTER (WHERE debit AND moved), 0) AS debits_posted,
               coalesce(sum(amount_fen) FILTER (WHERE debit AND promised), 0) AS debits_pending,
               coalesce(sum(amount_fen) FILTER (WHERE NOT debit AND moved), 0) AS credits_posted,
               coalesce(sum(amount_fen) FILTER (WHERE NOT debit AND promised), 0) AS credits_pending
        FROM (
            SELECT entry.account_id, entry.debit, t.amount_fen, t.kind IN ('single', 'post') AS moved,
                   t.kind = 'pending' AND ended.pending_id IS NULL AS promised
            FROM ledger_transfers t
            LEFT JOIN (SELECT DISTINCT pending_id FROM ledger_transfers) AS ended ON ended.pending_id = t.id
            CROSS JOIN LATERAL (VALUES (t.debit_account_id, true), (t.credit_account_id, false))
                AS entry (account_id, debit)
        ) AS entries
        GROUP BY account_id
    )
"""
"""What the transfers alone make of each account."""

_PROOFS: Final = {
    "stored sums are those of the transfers": """
        SELECT a.district_id, 'account', a.id,
               format('stored %s/%s/%s/%s, transfers %s/%s/%s/%s',
                      a.debits_posted, a.debits_pending, a.credits_posted, a.credits_pending,
                      coalesce(s.debits_posted, 0), coalesce(s.debits_pending, 0),
                      coalesce(s.credits_posted, 0), coalesce(s.credits_pending, 0))
        FROM ledger_accounts a LEFT JOIN sums s ON s.account_id = a.id
        WHERE a.guarded AND (a.debits_posted, a.debits_pending, a.credits_posted, a.credits_pending)
              IS DISTINCT FROM (coalesce(s.debits_posted, 0), coalesce(s.debits_pending, 0),
                                coalesce(s.credits_posted, 0), coalesce(s.credits_pending, 0))
    """,
    "control accounts store nothing": """
        SELECT district_id, 'account', id, 'stores a sum' FROM ledger_accounts
        WHERE NOT guarded AND (debits_posted, debits_pending, credits_posted, credits_pending) <> (0, 0, 0, 0)
    """,
    "guarded accounts are those of the guarded kinds": """
        SELECT district_id, 'account', id, kind FROM ledger_accounts
        WHERE guarded <> (kind = ANY ('{KINDS}'))
    """.replace("KINDS", ",".join(sorted(GUARDED))),
    "no guarded account was ever overdrawn": """
        SELECT district_id, 'account', account_id, format('%s fen below zero by transfer %s', -available, id)
        FROM (
            SELECT t.district_id, a.id AS account_id, t.id,
                   sum(CASE WHEN t.credit_account_id = a.id
                            THEN CASE WHEN t.kind IN ('single', 'post') THEN t.amount_fen ELSE 0 END
                            ELSE CASE t.kind WHEN 'post' THEN 0 WHEN 'void' THEN t.amount_fen
                                             ELSE -t.amount_fen END
                       END) OVER (PARTITION BY a.id ORDER BY t.id) AS available
            FROM ledger_accounts a
            JOIN ledger_transfers t ON a.id IN (t.debit_account_id, t.credit_account_id)
            WHERE a.guarded
        ) AS history WHERE available < 0
    """,
    "every end ends a promise of the same accounts and amount": """
        SELECT e.district_id, 'transfer', e.id, format('ends %s', e.pending_id)
        FROM ledger_transfers e LEFT JOIN ledger_transfers p ON p.id = e.pending_id
        WHERE e.kind IN ('post', 'void') AND
              (p.kind, p.district_id, p.debit_account_id, p.credit_account_id, p.amount_fen)
              IS DISTINCT FROM
              ('pending', e.district_id, e.debit_account_id, e.credit_account_id, e.amount_fen)
    """,
    "only ends name a promise": """
        SELECT district_id, 'transfer', id, kind FROM ledger_transfers
        WHERE kind NOT IN ('post', 'void') AND pending_id IS NOT NULL
    """,
    "a promise ends once": """
        SELECT min(district_id), 'transfer', pending_id, format('%s ends', count(*))
        FROM ledger_transfers WHERE pending_id IS NOT NULL GROUP BY pending_id HAVING count(*) > 1
    """,
    "a key names one transfer": """
        SELECT district_id, 'transfer', min(id), idempotency_key
        FROM ledger_transfers GROUP BY district_id, idempotency_key HAVING count(*) > 1
    """,
    "amounts are above zero": """
        SELECT district_id, 'transfer', id, amount_fen::text FROM ledger_transfers WHERE amount_fen <= 0
    """,
    "kinds are known": """
        SELECT district_id, 'transfer', id, kind FROM ledger_transfers
        WHERE kind NOT IN ('single', 'pending', 'post', 'void')
    """,
    "a transfer moves between two accounts of its own district": """
        SELECT t.district_id, 'transfer', t.id,
               format('from %s to %s', t.debit_account_id, t.credit_account_id)
        FROM ledger_transfers t
        LEFT JOIN ledger_accounts d ON d.id = t.debit_account_id AND d.district_id = t.district_id
        LEFT JOIN ledger_accounts c ON c.id = t.credit_account_id AND c.district_id = t.district_id
        WHERE d.id IS NULL OR c.id IS NULL OR d.id = c.id
    """,
    "a district's debits equal its credits": """
        SELECT district_id, 'district', district_id,
               format('posted %s and %s, pending %s and %s', sum(debits_posted), sum(credits_posted),
                      sum(debits_pending), sum(credits_pending))
        FROM (
            SELECT district_id, debits_posted, credits_posted, debits_pending, credits_pending
            FROM ledger_accounts WHERE guarded
            UNION ALL
            SELECT a.district_id, s.debits_posted, s.credits_posted, s.debits_pending, s.credits_pending
            FROM ledger_accounts a JOIN sums s ON s.account_id = a.id WHERE NOT a.guarded
        ) AS sides
        GROUP BY district_id
        HAVING (sum(debits_posted), sum(debits_pending)) <> (sum(credits_posted), sum(credits_pending))
    """,
}
"""They read the transfers alone and trust neither constraints nor triggers, which somebody may have dropped.
"""


def verify(session: Session) -> list[Breach]:
    """Return everything that breaks a rule of the ledger; nothing, when it holds."""
    return find_breaches(session, _PROOFS, given=_SUMS) + trial.find_wrong(session)
