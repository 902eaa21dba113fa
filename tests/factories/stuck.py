"""Steps that fail for some rows, and what became of those rows and of the others."""

from collections.abc import Callable
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.apart import StuckRow
from app.notices.models import Notice


def stuck(session: Session) -> list[tuple[str, str]]:
    """Return which rows are stuck: task and reference."""
    wanted = select(StuckRow.task, StuckRow.ref).where(StuckRow.ended_at.is_(None))
    return [(task, ref) for task, ref in session.execute(wanted.order_by(StuckRow.id))]


def told(session: Session, kind: str) -> list[int | None]:
    """Return the households that messages of a kind were written to."""
    wanted = select(Notice.household_id).where(Notice.kind == kind)
    return list(session.scalars(wanted.order_by(Notice.id)))


@contextmanager
def torn(module: Any, name: str, is_torn: Callable[..., bool]) -> Any:
    """Let a step of ours fail for the rows that are torn."""
    whole = getattr(module, name)

    def step(*given: Any, **named: Any) -> Any:
        if is_torn(*given, **named):
            raise LookupError(name)
        return whole(*given, **named)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, name, step)
        yield
