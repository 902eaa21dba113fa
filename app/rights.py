"""What the app's database role may do: the one list, for the demo, the tests and a real district alike.

The role reads and writes every table that the models know. It changes no append-only row, removes rows only
where the code does, and truncates nothing, so whoever steals its password can delete neither a transfer nor
an audit row. Triggers and constraints say the same; rights are what no statement gets around.
Two functions of the owner's empty and index the search index that is being built, and nothing else.
"""

from typing import Final

import psycopg
from psycopg import sql

from app.core.db import APPEND_ONLY_TABLES, Base

REMOVED: Final = frozenset(
    {
        *("buildings", "developments", "homes", "price_versions"),  # typed in by mistake, never listed
        "home_comparisons",  # of homes that are listed no more
        "basket_homes",  # taken out by the household that put them in
        *("favourites", "saved_searches", "viewed_homes"),  # as long as the household wants them
        *("buying_plans", "planned_homes"),
        *("handled_requests", "kept_answers", "phone_codes", "rate_counters"),  # kept for a while
        *("import_rows", "import_faults"),  # staged: read anew, or dropped with their run
        *("second_factors", "user_phones"),  # turned off by its owner, or lost
        *("search_documents_blue", "search_documents_green", "search_names"),  # built anew
    }
)
"""Tables whose rows the code deletes; the queue's own tables are the only others."""

SUMS: Final = ("debits_posted", "debits_pending", "credits_posted", "credits_pending")
DECIDED: Final = ("state", "decided_by_id", "decided_at", "replaced_at", "reason")
RETURNED: Final = (
    *("returned_reference", "returned_on", "reason", "returned_at", "returned_by_id", "back_transfer_id"),
)
ANSWERED: Final = ("state", "answered_by_id", "answered_at", "visit_id", "reason")
DECIDED_TWICE: Final = ("state", "decided_by_id", "decided_at", "reason")
CLAIMED: Final = (
    *("state", "account_id", "checked_by_id", "checked_at", "approved_by_id", "approved_at", "reason"),
)
COLUMNS: Final = {
    "ledger_accounts": SUMS,
    "supervised_accounts": DECIDED,
    "settlement_milestones": ANSWERED,
    "kinship_proofs": ("state", "decided_at", "decided_by_id", "reason"),
    "late_handovers": (*("state", "waits_since", "promised_on", "answer", "broken_count", "ended_at"),),
    **dict.fromkeys(("developer_accounts", "settlement_terms"), DECIDED_TWICE),
    "payment_batches": DECIDED_TWICE,
    "fund_receipts": (*DECIDED_TWICE, "transfer_id"),
    "settlement_claims": CLAIMED,
    "settlement_lines": ("stands", "transfer_id", "back_transfer_id"),
    "settlement_payments": ("state", "paid_on", "bank_reference", "reason", "undone_by_id"),
    "pay_lists": ("state", "given_up_by_id", "given_up_at", "reason"),
    "pay_lines": (*("state", "reason", "closed_by_id", "closed_at", "bank_payment_id", "receipt_id"),),
    "top_ups": ("ended_at", "adjusted_fen"),
    "bank_payments": RETURNED,
    "card_payments": (
        *("state", "look_at", "checkout_id", "checkout_url", "intent_id", "captured_fen", "captured_at"),
        *("paid_at", "transfer_id", "refunded_fen"),
    ),
    "card_refunds": (
        *("state", "approved_by_id", "approved_at", "stripe_id", "moved_at", "settled_at", "failure"),
        *("back_transfer_id", "rejected_by_id", "rejected_at", "reason"),
    ),
    "card_disputes": (
        *("held_fen", "status", "due_by", "outcome", "ended_at"),
        *("closed_at", "closed_by_id", "close_reason"),
    ),
    "card_dispute_holds": ("state", "back_transfer_id"),
    "bank_statements": DECIDED_TWICE,
}
"""Where not every column may be changed.

An account keeps owner, kind and district, a supervised one name, bank and number, a top-up its first sum,
a statement what its file said, a batch and its payments what is paid, a handover its day, one online and
its refund their sums.
"""

QUEUE: Final = "procrastinate_"
READ_ONLY: Final = frozenset({"alembic_version"})


def rights_on(table: str) -> str:
    """Return what the app's role may do with a table, as GRANT writes it; empty for a table not ours."""
    if table in READ_ONLY:
        return "SELECT"
    if table.startswith(QUEUE):
        return "SELECT, INSERT, UPDATE, DELETE"
    if table not in Base.metadata.tables:
        return ""
    rights = ["SELECT", "INSERT"]
    if table in COLUMNS:
        rights.append(f"UPDATE ({', '.join(COLUMNS[table])})")
    elif table not in APPEND_ONLY_TABLES:
        rights.append("UPDATE")
    if table in REMOVED:
        rights.append("DELETE")
    return ", ".join(rights)


def grant(owner: psycopg.Connection, role: str) -> int:
    """Give a role exactly these rights on the tables there are, as their owner; return on how many tables.

    In one transaction, so that a running app never goes without. Repeat it after every migration.
    """
    name = sql.Identifier(role)
    with owner.transaction():
        for kind in ("TABLES", "SEQUENCES"):
            owner.execute(
                sql.SQL("REVOKE ALL ON ALL {} IN SCHEMA public FROM {}").format(sql.SQL(kind), name)
            )
            withdrawn = "ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE ALL ON {} FROM {}"
            owner.execute(sql.SQL(withdrawn).format(sql.SQL(kind), name))
        owner.execute(sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(name))
        tables = [table for table in _names(owner, "pg_tables", "tablename") if rights_on(table)]
        for table in tables:
            command = sql.SQL("GRANT {} ON {} TO {}")
            owner.execute(command.format(sql.SQL(rights_on(table)), sql.Identifier(table), name))
        for sequence in _names(owner, "pg_sequences", "sequencename"):
            if sequence.startswith(QUEUE):  # ours are identities, which need no right of their own
                command = sql.SQL("GRANT USAGE ON SEQUENCE {} TO {}")
                owner.execute(command.format(sql.Identifier(sequence), name))
    return len(tables)


def _names(owner: psycopg.Connection, view: str, column: str) -> list[str]:
    query = sql.SQL("SELECT {} FROM {} WHERE schemaname = 'public' ORDER BY 1")
    return [name for (name,) in owner.execute(query.format(sql.Identifier(column), sql.Identifier(view)))]
