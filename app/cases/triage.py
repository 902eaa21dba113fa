"""What people do with signals besides deciding them: watch, merge, assign, note, ask the company.

Each takes several signals, all or none: the same list page chooses one or twenty.
"""

from collections.abc import Sequence
from datetime import date
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.cases import states, telling
from app.cases.errors import DayPast, IsMain, NoColleague, NotAlike, TooManySignals
from app.cases.models import Signal
from app.cases.queries import find_colleague
from app.cases.service import mine, said, step
from app.core import clock, locks
from app.core.actor import Actor
from app.core.errors import Busy

MOST: Final = 50
"""The most signals that one act takes."""
ANSWER_DAYS: Final = 5
"""Working days that a company usually has to answer (domain clocks: information 5)."""


def watch(
    session: Session, *, actor: Actor, signal_refs: Sequence[str], until: date, reason: str
) -> list[Signal]:
    """Set signals aside (关注) until a day on which they wait again; return them.

    Raises SignalGone, SignalMerged, SignalDecided, ReasonMissing, DayPast at ``until``, TooManySignals.
    """
    told = said(reason)
    _check_ahead(until, "until")
    signals = _lock(session, actor, signal_refs)
    for signal in signals:
        signal.watch_until = until
        step(session, actor, signal, "watch", told, until=until)
    return signals


def assign(
    session: Session, *, actor: Actor, signal_refs: Sequence[str], username: str | None
) -> list[Signal]:
    """Give signals to a colleague by their sign-in name, or to nobody; return them. The colleague is told.

    Raises SignalGone, SignalMerged, SignalDecided, NoColleague, TooManySignals.
    """
    colleague = find_colleague(session, actor=actor, username=username) if username else None
    if username and colleague is None:
        raise NoColleague
    signals = _lock(session, actor, signal_refs)
    user_id = colleague.id if colleague else None
    given = [signal for signal in signals if signal.assignee_id != user_id]
    for signal in given:
        signal.assignee_id = user_id
    moves = [step(session, actor, signal, "assign", None, assignee_id=user_id) for signal in given]
    if moves and user_id not in (None, actor.user_id):
        telling.tell_assigned(session, given[0], moves[0], count=len(given))
    return signals


def remark(session: Session, *, actor: Actor, signal_ref: str, text: str) -> Signal:
    """Note something for colleagues and auditors; the company never reads it.

    Raises SignalGone, SignalDecided, ReasonMissing.
    """
    told = said(text)
    (signal,) = _lock(session, actor, [signal_ref])
    step(session, actor, signal, "remark", told)
    return signal


def ask(session: Session, *, actor: Actor, signal_ref: str, question: str, due: date) -> Signal:
    """Ask the company to answer by the end of a day, and tell it; a later question takes the place.

    Raises SignalGone, SignalMerged, SignalDecided, ReasonMissing, DayPast at ``due``.
    """
    told = said(question)
    _check_ahead(due, "due")
    (signal,) = _lock(session, actor, [signal_ref])
    signal.answer_due = due
    move = step(session, actor, signal, "ask", told, until=due)
    telling.tell_asked(session, signal, move)
    return signal


def merge(
    session: Session, *, actor: Actor, signal_refs: Sequence[str], main_ref: str, reason: str
) -> Signal:
    """Merge signals of one company into one of them, whose decision they follow; return the main one.

    Raises SignalGone, SignalMerged, SignalDecided, ReasonMissing, NotAlike for signals of several companies
    or fewer than two, IsMain when one of them has others in it, TooManySignals.
    """
    told = said(reason)
    refs = sorted({*signal_refs, main_ref})
    if len(refs) < 2:
        raise NotAlike
    signals = _lock(session, actor, refs)
    main = next(signal for signal in signals if signal.ref == main_ref)
    if len({signal.developer_id for signal in signals}) > 1:
        raise NotAlike
    rest = [signal for signal in signals if signal is not main]
    states.after(main.state, "merge")  # what could not be merged itself takes in no others either
    full = select(Signal.id).where(Signal.merged_into_id.in_([signal.id for signal in rest])).limit(1)
    if session.scalar(full) is not None:
        raise IsMain
    for signal in rest:
        signal.merged_into_id = main.id
        step(session, actor, signal, "merge", told, other_id=main.id)
    return main


def split(session: Session, *, actor: Actor, signal_ref: str, reason: str) -> Signal:
    """Take a signal out of the one it was merged into, while that one is undecided; it waits again.

    Raises SignalGone, SignalDecided, ReasonMissing.
    """
    told = said(reason)
    (signal_id,) = mine(session, actor, [signal_ref])
    main_id = session.scalar(select(Signal.merged_into_id).where(Signal.id == signal_id))
    ids = [signal_id] if main_id is None else [signal_id, main_id]
    signals = {one.id: one for one in locks.lock_all(session, Signal, ids)}
    signal = signals[signal_id]
    if signal.merged_into_id != main_id:
        raise Busy
    signal.merged_into_id = None
    step(session, actor, signal, "split", told, other_id=main_id)
    return signal


def _lock(session: Session, actor: Actor, refs: Sequence[str]) -> list[Signal]:
    if not 0 < len(set(refs)) <= MOST:
        raise TooManySignals(MOST)
    return locks.lock_all(session, Signal, mine(session, actor, refs))


def _check_ahead(day: date, field: str) -> None:
    if day <= clock.today():
        raise DayPast(field)


def usual_due() -> date:
    """Return the usual last day for an answer that is asked for today."""
    return clock.add_working_days(clock.today(), ANSWER_DAYS)
