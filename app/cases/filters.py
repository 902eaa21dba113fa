"""Which signals a reader sees and wants, in which order, and how many there are of each kind."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Final, Literal

from sqlalchemy import BigInteger, ColumnElement, Select, Text, case, cast, func, select
from sqlalchemy.orm import Session

from app.cases.models import Signal, SignalMove
from app.core import clock
from app.core.actor import WATCHERS, Actor, Role
from app.core.errors import Forbidden
from app.core.ids import normalise_ref
from app.homes.models import Building, Development, Home
from app.identity.models import Organisation

Facet = Literal["state", "grade", "level", "kind", "developer", "development", "assigned", "answer"]


@dataclass(frozen=True, slots=True)
class SignalFilter:
    """Which signals are wanted; an empty text wants all."""

    state: str = ""
    """As ``standing`` tells it: a watched one whose day has come waits."""
    grade: str = ""
    level: str = ""
    kind: str = ""
    developer: str = ""
    """A company's name."""
    development: str = ""
    """A development's reference."""
    assigned: str = ""
    """``me``, ``nobody`` or ``others``."""
    answer: str = ""
    """``owed`` or ``overdue``: what the company was asked for and has not answered."""
    first: date | None = None
    last: date | None = None
    """The legal days on which it was found."""
    words: str = ""
    """Each must occur in the reference, the company's, development's or home's name."""


def standing() -> ColumnElement[str]:
    """Return how a signal stands today: its state, but a watched one waits again from its day on."""
    due = (Signal.state == "watched") & (Signal.watch_until <= clock.today())
    return case((due, "signal"), else_=Signal.state)


def _number(name: str) -> ColumnElement[int]:
    return cast(Signal.evidence[name].astext, BigInteger)


_LEVEL_ORDER: Final = case((Signal.level == "flag", 0), (Signal.level == "review", 1), else_=2)


def order_of(sort: str) -> tuple[ColumnElement[Any], ...]:
    """Return an order of ``SORTS`` for a statement."""
    newest = (Signal.opened_at.desc(), Signal.id.desc())
    return {
        "waiting": (standing() != "signal", *newest),
        "new": newest,
        "old": (Signal.opened_at.asc(), Signal.id.asc()),
        "gap": (_number("difference_fen").desc().nulls_last(), Signal.id.desc()),
        "level": (_LEVEL_ORDER, *newest),
        "rate": (_number("difference_bp").desc().nulls_last(), Signal.id.desc()),
    }[sort]


SORTS: Final = ("waiting", "new", "old", "gap", "rate", "level")
"""The orders of a list: undecided, newest, oldest, largest difference in money, in per cent, surest first."""


def visible(actor: Actor) -> ColumnElement[bool]:
    """Return which signals the actor may see: of the own district, or of the own company."""
    if actor.role is Role.DEVELOPER:
        # A mere hint is for a regulator to judge first: the company sees it once it is asked about it.
        asked = select(SignalMove.signal_id).where(SignalMove.action == "ask")
        told = Signal.level.in_(("review", "flag")) | Signal.id.in_(asked)
        return (Signal.developer_id == actor.organisation) & told
    if actor.role in {Role.REGULATOR, *WATCHERS}:
        return Signal.district_id == actor.district
    raise Forbidden("wrong_role")


def select_ids(actor: Actor, wanted: SignalFilter) -> Select[int]:
    """Return the statement for the ids of the signals that are wanted."""
    statement: Select[int] = _joined(select(Signal.id))
    return statement.where(visible(actor), *_conditions(actor, wanted))


def count_by(session: Session, *, actor: Actor, wanted: SignalFilter, facet: Facet) -> dict[str, int]:
    """Return how many signals there are of each value of a facet, whichever one the filter names."""
    key = {
        "state": standing(),
        "grade": Signal.grade,
        "level": Signal.level,
        "kind": Signal.kind,
        "developer": Organisation.name,
        "development": Development.ref,
        "assigned": _assigned(actor),
        "answer": _answer(),
    }[facet]
    others: dict[str, Any] = {facet: ""}
    conditions = _conditions(actor, replace(wanted, **others))
    statement = _joined(select(key, func.count())).where(visible(actor), *conditions).group_by(key)
    return {str(value): count for value, count in session.execute(statement)}


def _assigned(actor: Actor) -> ColumnElement[str]:
    return case(
        (Signal.assignee_id.is_(None), "nobody"), (Signal.assignee_id == actor.user_id, "me"), else_="others"
    )


def _answer() -> ColumnElement[str]:
    return case(
        (Signal.answer_due < clock.today(), "overdue"), (Signal.answer_due.is_not(None), "owed"), else_=""
    )


def _joined(statement: Any) -> Any:
    return (
        statement.select_from(Signal)
        .join(Organisation, Organisation.id == Signal.developer_id)
        .outerjoin(Signal.home)
        .outerjoin(Home.building)
        .outerjoin(Signal.development)
    )


def _conditions(actor: Actor, wanted: SignalFilter) -> list[ColumnElement[bool]]:
    asked: list[tuple[object, ColumnElement[bool]]] = [
        (wanted.state, standing() == wanted.state),
        (wanted.grade, Signal.grade == wanted.grade),
        (wanted.level, Signal.level == wanted.level),
        (wanted.kind, Signal.kind == wanted.kind),
        (wanted.developer, Organisation.name == wanted.developer),
        (wanted.development, Development.ref == wanted.development),
        (wanted.assigned, _assigned(actor) == wanted.assigned),
        (wanted.answer, _answer() == wanted.answer),
    ]
    conditions = [condition for value, condition in asked if value]
    if wanted.first:
        conditions.append(Signal.opened_at >= clock.start_of_day(wanted.first))
    if wanted.last:
        conditions.append(Signal.opened_at < clock.start_of_day(wanted.last + timedelta(days=1)))
    return conditions + [_text().icontains(_word(word), autoescape=True) for word in wanted.words.split()]


def _word(word: str) -> str:
    return normalise_ref(word) or word


def _text() -> ColumnElement[str]:
    return func.concat_ws(
        " ",
        Signal.ref,
        Organisation.name,
        Development.name,
        func.concat(Building.name, Home.unit, "单元", Home.room, "室"),
        Home.ref,
        type_=Text,
    )
