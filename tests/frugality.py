"""How many statements a block may send to the database."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy.orm import Session

from tests.cursors import watch


@contextmanager
def at_most(session: Session, most: int) -> Iterator[None]:
    """Fail when the block, with its commit, sends more statements.

    The session has nothing in hand before; its two savepoints, which stand for a transaction here, count.
    """
    session.expunge_all()
    sent: list[str] = []

    restore = watch(session.connection().connection, sent.append)
    try:
        yield
        session.commit()
    finally:
        restore()
    if len(sent) > most:
        pytest.fail(
            f"{len(sent)} statements and not {most}:\n"
            + "\n".join(" ".join(one.split())[:120] for one in sent)
        )
