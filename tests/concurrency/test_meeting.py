"""What the races rest on: who meets goes on together, whom a lock keeps away is not waited for."""

import pytest
from sqlalchemy import Engine, func, select, text
from sqlalchemy.orm import Session

from app.core.errors import DomainError
from app.identity.models import District
from tests.concurrency.race import Act, NoLocks, race

AT = "INSERT INTO districts "


def writing(code: str, *, locks: bool = False) -> Act:
    def act(session: Session) -> None:
        if locks:
            session.execute(text("SELECT pg_advisory_xact_lock(7)"))
        session.execute(text(f"{AT}(code, name) VALUES (:code, :code)"), {"code": code})

    return act


def reading(session: Session) -> None:
    session.execute(text("SELECT 1"))


def counted(engine: Engine) -> int | None:
    with Session(engine) as session:
        return session.scalar(select(func.count(District.id)))


def test_all_meet_who_are_not_kept_apart(engine: Engine) -> None:
    assert race(engine, [writing("a"), writing("b")], policy=NoLocks(), meet_at=AT) == ["done"] * 2
    assert counted(engine) == 2


def test_whom_a_lock_keeps_away_is_not_waited_for(engine: Engine) -> None:
    acts = [writing("a", locks=True), writing("b", locks=True), writing("c", locks=True)]
    assert race(engine, acts, meet_at=AT) == ["done"] * 3
    with pytest.raises(AssertionError, match="nobody met"):
        race(engine, [writing(code, locks=True) for code in "de"], policy=NoLocks(), meet_at=AT)
    assert counted(engine) == 5


def test_a_control_to_which_one_never_comes_shows_nothing(engine: Engine) -> None:
    with pytest.raises(AssertionError, match="nobody met"):
        race(engine, [writing("a"), reading], policy=NoLocks(), meet_at=AT)


def test_whoever_meets_after_a_refusal_meets_as_before(engine: Engine) -> None:
    def refused(code: str) -> Act:
        def act(session: Session) -> None:
            writing(code)(session)
            raise DomainError("no")

        return act

    for _ in range(2):
        assert race(engine, [refused("a"), refused("b")], policy=NoLocks(), meet_at=AT) == ["no"] * 2
    with pytest.raises(AssertionError, match="nobody came"):
        race(engine, [reading, reading], meet_at=AT)
