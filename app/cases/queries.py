"""Reading price signals: the regulator's and auditor's of their district, the developer's own."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, aliased, selectinload

from app.cases import evidence
from app.cases.errors import SignalGone
from app.cases.evidence import AnyEvidence
from app.cases.filters import SignalFilter, order_of, select_ids, visible
from app.cases.models import Signal, SignalMove
from app.core import clock
from app.core.actor import Actor, Role
from app.homes.models import Development
from app.identity.models import Membership, Organisation, User


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a signal; ``by`` and ``assignee`` name people of the authorities, never to a developer."""

    id: int
    action: str
    at: datetime
    by: str | None
    reason: str | None
    until: date | None = None
    assignee: str | None = None
    other: str | None = None
    """The reference of the signal it was merged into or taken out of."""


@dataclass(frozen=True, slots=True)
class SignalView:
    """A signal with its evidence read, and its steps, oldest first."""

    signal: Signal
    evidence: AnyEvidence
    steps: tuple[Step, ...]

    @property
    def decision(self) -> Step | None:
        """The step by which a person decided it; None while it waits."""
        return next((step for step in self.steps if step.action in DECISIONS), None)

    @property
    def standing(self) -> str:
        """How it stands today: its state, but a watched one waits again from its day on."""
        return "signal" if self.looks_again else self.signal.state

    @property
    def looks_again(self) -> bool:
        """Tell whether it was set aside until a day that has come."""
        until = self.signal.watch_until
        return until is not None and until <= clock.today()

    @property
    def is_overdue(self) -> bool:
        """Tell whether the company has let the day for its answer pass."""
        due = self.signal.answer_due
        return due is not None and due < clock.today()

    @property
    def answers(self) -> list[Step]:
        """What the company answered, oldest first."""
        return [step for step in self.steps if step.action == "answer"]

    @property
    def asked(self) -> Step | None:
        """The question that still waits for the company's answer."""
        questions = [step for step in self.steps if step.action == "ask"]
        return questions[-1] if questions and self.signal.answer_due else None


DECISIONS: Final = ("dismiss", "open", "dismiss_along", "open_along")
_TO_COMPANY: Final = (*DECISIONS, "find", "lapse", "note", "merge", "split", "ask", "answer")
"""The steps that a company sees; who works on its signal, and what they note, it does not."""


def count_signals(session: Session, *, actor: Actor, wanted: SignalFilter) -> int:
    """Return how many signals ``list_signals`` would list without a limit."""
    return session.scalars(select(func.count()).select_from(select_ids(actor, wanted).subquery())).one()


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
    statement = _loaded().where(Signal.id.in_(select_ids(actor, wanted))).order_by(*order_of(sort))
    return _views(session, actor, session.scalars(statement.limit(limit).offset(offset)).all())


def get_signal(session: Session, *, actor: Actor, ref: str) -> SignalView:
    """Return a signal with its steps. Raises SignalGone for one that is not the actor's to see."""
    return get_signals(session, actor=actor, refs=[ref])[0]


def get_signals(session: Session, *, actor: Actor, refs: Sequence[str]) -> list[SignalView]:
    """Return signals with their steps, oldest first. Raises SignalGone when one is not the actor's to see."""
    statement = _loaded().where(Signal.ref.in_(refs), visible(actor)).order_by(Signal.id)
    signals = session.scalars(statement).all()
    if len(signals) != len(set(refs)):
        raise SignalGone
    return _views(session, actor, signals)


def list_merged(session: Session, *, actor: Actor, view: SignalView) -> list[SignalView]:
    """Return the signals that were merged into one, oldest first."""
    statement = _loaded().where(Signal.merged_into_id == view.signal.id, visible(actor)).order_by(Signal.id)
    return _views(session, actor, session.scalars(statement).all())


def list_developers(session: Session, *, actor: Actor) -> Sequence[str]:
    """Return the names of the companies that have signals the actor may see."""
    seen = select(Signal.developer_id).where(visible(actor))
    statement = select(Organisation.name).where(Organisation.id.in_(seen)).order_by(Organisation.name)
    return session.scalars(statement).all()


def list_developments(session: Session, *, actor: Actor) -> list[tuple[str, str]]:
    """Return reference and name of the developments that have signals the actor may see, by name."""
    seen = select(Signal.development_id).where(visible(actor))
    statement = select(Development.ref, Development.name).where(Development.id.in_(seen))
    return [
        (ref, name) for ref, name in session.execute(statement.order_by(Development.name, Development.id))
    ]


def list_colleagues(session: Session, *, actor: Actor) -> Sequence[User]:
    """Return the people of the district's regulators who work there now, by name."""
    return session.scalars(_colleagues(actor).order_by(User.display_name, User.id)).all()


def find_colleague(session: Session, *, actor: Actor, username: str) -> User | None:
    """Return the colleague of that sign-in name, or None."""
    return session.scalars(_colleagues(actor).where(User.username == username)).first()


def count_opened_by(session: Session, *, user_id: int, district_id: int) -> int:
    """Return how many cases of a district stand open that this person opened."""
    theirs = select(SignalMove.signal_id).where(SignalMove.user_id == user_id, SignalMove.action == "open")
    statement = select(func.count()).where(
        Signal.district_id == district_id, Signal.state == "opened", Signal.id.in_(theirs)
    )
    return session.scalars(statement).one()


def _colleagues(actor: Actor) -> Select[User]:
    return (
        select(User)
        .join(Membership, Membership.user_id == User.id)
        .where(
            Membership.role == Role.REGULATOR,
            Membership.district_id == actor.district,
            Membership.ended_at.is_(None),
            User.active,
        )
    )


def _loaded() -> Select[Signal]:
    return select(Signal).options(selectinload(Signal.assignee), selectinload(Signal.merged_into))


def _views(session: Session, actor: Actor, signals: Sequence[Signal]) -> list[SignalView]:
    steps = _steps(session, [signal.id for signal in signals])
    views = []
    for signal in signals:
        shown = steps[signal.id]
        if actor.role is Role.DEVELOPER:
            shown = [_for_company(step, signal.state) for step in shown if step.action in _TO_COMPANY]
        views.append(SignalView(signal, evidence.read(signal.evidence), tuple(shown)))
    return views


def _for_company(step: Step, state: str) -> Step:
    """A company reads why its signal was dismissed or lapsed, not what a case looks into, nor who decides."""
    kept = state == "dismissed" or step.action in ("lapse", "note", "ask", "answer")
    by = step.by if step.action == "answer" else None
    return replace(step, by=by, reason=step.reason if kept else None)


def _steps(session: Session, signal_ids: Iterable[int]) -> dict[int, list[Step]]:
    found: dict[int, list[Step]] = {signal_id: [] for signal_id in signal_ids}
    assignee, other = aliased(User), aliased(Signal)
    statement = (
        select(SignalMove, User.display_name, assignee.display_name, other.ref)
        .outerjoin(User, User.id == SignalMove.user_id)
        .outerjoin(assignee, assignee.id == SignalMove.assignee_id)
        .outerjoin(other, other.id == SignalMove.other_id)
        .where(SignalMove.signal_id.in_(found))
        .order_by(SignalMove.id)
    )
    for move, by, to, other_ref in session.execute(statement):
        found[move.signal_id].append(
            Step(move.id, move.action, move.at, by, move.reason, move.until, to, other_ref)
        )
    return found
