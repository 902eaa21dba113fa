"""Reading price signals: the regulator's and auditor's of their district, the developer's own."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import BigInteger, ColumnElement, Select, Text, cast, func, select
from sqlalchemy.orm import Session

from app.cases import evidence
from app.cases.errors import SignalGone
from app.cases.evidence import AnyEvidence
from app.cases.models import Signal, SignalMove
from app.cases.states import STATES
from app.core.actor import WATCHERS, Actor, Role
from app.core.errors import Forbidden
from app.core.ids import normalise_ref
from app.homes.models import Building, Development, Home
from app.identity.models import Organisation, User


@dataclass(frozen=True, slots=True)
class SignalFilter:
    """Which signals are wanted; an empty text wants all. ``developer`` is a company's name."""

    state: str = ""
    grade: str = ""
    developer: str = ""
    words: str = ""
    """Each must occur in the reference, the company's, development's or home's name."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a signal; ``by`` names a person of the authorities, never to a developer."""

    action: str
    at: datetime
    by: str | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class SignalView:
    """A signal with its evidence read, and its steps, oldest first."""

    signal: Signal
    evidence: AnyEvidence
    steps: tuple[Step, ...]

    @property
    def decision(self) -> Step | None:
        """The step by which a person decided it; None while it waits."""
        return next((step for step in self.steps if step.action in ("dismiss", "open")), None)


def _number(name: str) -> ColumnElement[int]:
    return cast(Signal.evidence[name].astext, BigInteger)


SORTS: Final[dict[str, tuple[ColumnElement[Any], ...]]] = {
    "waiting": (Signal.state != "signal", Signal.opened_at.desc(), Signal.id.desc()),
    "new": (Signal.opened_at.desc(), Signal.id.desc()),
    "old": (Signal.opened_at.asc(), Signal.id.asc()),
    "gap": (_number("difference_fen").desc(), Signal.id.desc()),
    "rate": (_number("difference_bp").desc(), Signal.id.desc()),
}
"""The orders of a list: undecided, newest, oldest, largest difference in money, in per cent first."""


def count_signals(session: Session, *, actor: Actor, wanted: SignalFilter) -> int:
    """Return how many signals ``list_signals`` would list without a limit."""
    return session.scalars(select(func.count()).select_from(_ids(actor, wanted).subquery())).one()


def count_by_state(session: Session, *, actor: Actor, wanted: SignalFilter) -> dict[str, int]:
    """Return how many signals stand in each state, whichever state the filter names."""
    ids = _ids(actor, replace(wanted, state=""))
    statement = select(Signal.state, func.count()).where(Signal.id.in_(ids)).group_by(Signal.state)
    found = dict(session.execute(statement).all())
    return {state: found.get(state, 0) for state in STATES}


def list_signals(
    session: Session,
    *,
    actor: Actor,
    wanted: SignalFilter,
    sort: str = "waiting",
    limit: int | None = None,
    offset: int = 0,
) -> list[SignalView]:
    """Return signals in one of the ``SORTS``; all of them without a limit."""
    statement = select(Signal).where(Signal.id.in_(_ids(actor, wanted))).order_by(*SORTS[sort])
    return _views(session, actor, session.scalars(statement.limit(limit).offset(offset)).all())


def get_signal(session: Session, *, actor: Actor, ref: str) -> SignalView:
    """Return a signal with its steps. Raises SignalGone for one that is not the actor's to see."""
    signal = session.scalars(select(Signal).where(Signal.ref == ref, _visible(actor))).first()
    if signal is None:
        raise SignalGone
    return _views(session, actor, [signal])[0]


def list_developers(session: Session, *, actor: Actor) -> Sequence[str]:
    """Return the names of the companies that have signals the actor may see."""
    seen = select(Signal.developer_id).where(_visible(actor))
    statement = select(Organisation.name).where(Organisation.id.in_(seen)).order_by(Organisation.name)
    return session.scalars(statement).all()


def count_opened_by(session: Session, *, user_id: int, district_id: int) -> int:
    """Return how many cases of a district stand open that this person opened."""
    theirs = select(SignalMove.signal_id).where(SignalMove.user_id == user_id, SignalMove.action == "open")
    statement = select(func.count()).where(
        Signal.district_id == district_id, Signal.state == "opened", Signal.id.in_(theirs)
    )
    return session.scalars(statement).one()


def _visible(actor: Actor) -> ColumnElement[bool]:
    if actor.role is Role.DEVELOPER:
        return Signal.developer_id == actor.organisation
    if actor.role in {Role.REGULATOR, *WATCHERS}:
        return Signal.district_id == actor.district
    raise Forbidden("wrong_role")


def _ids(actor: Actor, wanted: SignalFilter) -> Select[int]:
    statement = select(Signal.id).where(_visible(actor))
    if wanted.state:
        statement = statement.where(Signal.state == wanted.state)
    if wanted.grade:
        statement = statement.where(Signal.grade == wanted.grade)
    if wanted.developer or wanted.words:
        statement = statement.join(Organisation, Organisation.id == Signal.developer_id)
    if wanted.developer:
        statement = statement.where(Organisation.name == wanted.developer)
    if wanted.words:
        statement = statement.join(Signal.home).join(Home.building).join(Home.development)
        text = func.concat_ws(
            " ",
            Signal.ref,
            Organisation.name,
            Development.name,
            func.concat(Building.name, Home.unit, "单元", Home.room, "室"),
            Home.ref,
            type_=Text,
        )
        for word in wanted.words.split():
            statement = statement.where(text.icontains(normalise_ref(word) or word, autoescape=True))
    return statement


def _views(session: Session, actor: Actor, signals: Sequence[Signal]) -> list[SignalView]:
    steps = _steps(session, [signal.id for signal in signals])
    views = []
    for signal in signals:
        shown = steps[signal.id]
        if actor.role is Role.DEVELOPER:
            shown = [_for_developer(step, signal.state) for step in shown]
        views.append(SignalView(signal, evidence.read(signal.evidence), tuple(shown)))
    return views


def _for_developer(step: Step, state: str) -> Step:
    """A company reads why its signal was dismissed or lapsed, not what a case looks into, nor who decides."""
    kept = state == "dismissed" or step.action in ("lapse", "note")
    return replace(step, by=None, reason=step.reason if kept else None)


def _steps(session: Session, signal_ids: Iterable[int]) -> dict[int, list[Step]]:
    found: dict[int, list[Step]] = {signal_id: [] for signal_id in signal_ids}
    statement = (
        select(SignalMove, User.display_name)
        .outerjoin(User, User.id == SignalMove.user_id)
        .where(SignalMove.signal_id.in_(found))
        .order_by(SignalMove.id)
    )
    for move, by in session.execute(statement):
        found[move.signal_id].append(Step(move.action, move.at, by, move.reason))
    return found
