"""What every state machine over the database shares: one transaction for a whole life, and patience."""

from typing import ClassVar

from flask import Flask
from hypothesis.stateful import RuleBasedStateMachine
from sqlalchemy import Connection, text
from sqlalchemy.orm import Session

from app.core import clock as business_clock
from app.core.clock import FixedClock
from app.extensions import db
from app.wiring import TEST_MOMENT

_PATIENT = (
    "SET LOCAL idle_in_transaction_session_timeout = 0",
    "SET LOCAL statement_timeout = 0",
    "SET LOCAL lock_timeout = 0",
)


def be_patient(connection: Connection) -> None:
    """Let a busy machine think in this transaction as long as it likes.

    What a timeout broke off once goes on when it is tried again, and Hypothesis, which tries everything
    that failed again, says "Inconsistent data generation" instead of what happened.
    """
    for setting in _PATIENT:
        connection.execute(text(setting))


class Machine(RuleBasedStateMachine):
    """A life in a transaction of its own, which is undone at its end, and a clock that stands still."""

    app: ClassVar[Flask]
    done: ClassVar[set[str]]

    def __init__(self) -> None:
        super().__init__()
        self.clock = FixedClock(TEST_MOMENT)
        business_clock.use(self.clock)
        with self.app.app_context():
            self.connection = db.engine.connect()
        self.outer = self.connection.begin()
        be_patient(self.connection)
        self.session = Session(self.connection, join_transaction_mode="create_savepoint")

    def teardown(self) -> None:
        """Prove what is proven once, and leave nothing behind."""
        try:
            self.prove()
        finally:
            self.session.close()
            self.outer.rollback()
            self.connection.close()

    def prove(self) -> None:
        """The slow proofs, which read everything that ever happened."""
