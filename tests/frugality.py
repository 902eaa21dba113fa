"""How many statements a block may send to the database."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy.orm import Session

from app.core.driver import LeanCursor


@contextmanager
def at_most(session: Session, most: int) -> Iterator[None]:
    """Fail when the block, with its commit, sends more statements.

    The session has nothing in hand before; its two savepoints, which stand for a transaction here, count.
    """
    session.expunge_all()
    sent: list[str] = []

    class Noting(LeanCursor):
        """Counts at the driver, which some statements are asked through past SQLAlchemy."""

        def execute(self, query: Any, *others: Any, **options: Any) -> Any:
            sent.append(query)
            return super().execute(query, *others, **options)

    driver: Any = session.connection().connection.driver_connection
    driver.cursor_factory = Noting
    try:
        yield
        session.commit()
    finally:
        driver.cursor_factory = LeanCursor
    if len(sent) > most:
        pytest.fail(
            f"{len(sent)} statements and not {most}:\n"
            + "\n".join(" ".join(one.split())[:120] for one in sent)
        )
