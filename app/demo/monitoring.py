"""The monitor's first run over the demo, in the transaction that fills it."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.monitor import runs


def run_monitor(session: Session, *, district_id: int) -> None:
    """Run the monitor over a district that nobody else sees yet; each of its commits is a savepoint.

    Nobody waits for this transaction, so it may be idle while arrays are worked on.
    """
    session.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
    # The libraries of the arrays are slow to load, and the web loads every command.
    from app.cases.watching import Store, run_district  # noqa: PLC0415

    @contextmanager
    def writing() -> Iterator[Session]:
        yield session
        session.commit()

    ordered = runs.order(session, district_id=district_id)
    session.commit()
    store = Store(lambda: nullcontext(session), writing, lambda _name: nullcontext(enter_result=True))
    run_district(store, run_id=ordered.id)
