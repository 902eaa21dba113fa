"""Signals of what a run of the monitor found: opened, brought up to date, or lapsed (docs/signals.md)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.cases import evidence
from app.cases.area_evidence import AreaEvidence, read_area
from app.cases.models import Signal, SignalEvidence
from app.cases.service import note, step
from app.core import locks
from app.core.actor import system_actor
from app.core.ids import new_ref

LEVELS: Final = ("info", "review", "flag")
"""The weakest first."""

_VANISHED: Final = "最近一次核对没有再发现"
_ENDED: Final = ("dismissed", "lapsed")


@dataclass(frozen=True, slots=True)
class Subject:
    """What a signal is about, and by which test; ``development_id`` is None for a developer's homes."""

    kind: str
    developer_id: int
    development_id: int | None = None
    home_id: int | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """One finding that is worth a signal."""

    subject: Subject
    evidence: AreaEvidence


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of a run's findings."""

    opened: tuple[Signal, ...]
    updated: int
    """Signals that were there, with new figures."""
    unchanged: int
    """Signals that were there, with the same figures."""
    kept_dismissed: int
    """Findings that a person dismissed before and that have not grown since."""
    lapsed: int


def record(
    session: Session,
    *,
    district_id: int,
    run_id: int,
    found: Sequence[Found],
    untested: Collection[Subject],
    tested_kinds: Collection[str],
) -> Recorded:
    """Bring a district's grade B signals to what a run found.

    ``untested`` are subjects of which the run cannot tell: their signals stay as they are; so do all of a
    kind that is not among ``tested_kinds``. The caller holds the run, so one run a district is recorded at a
    time. The same run recorded twice changes nothing.
    """
    known = _known(session, district_id)
    changed: dict[str, int] = {"updated": 0, "unchanged": 0, "kept": 0, "lapsed": 0}
    opened: list[Signal] = []
    for one in found:
        signals = known.get(one.subject, [])
        live = next((signal for signal in signals if signal.state not in _ENDED), None)
        if live is not None:
            changed["updated" if _update(session, live, run_id, one.evidence) else "unchanged"] += 1
        elif signals and signals[0].state == "dismissed" and not has_grown(signals[0], one.evidence):
            changed["kept"] += 1
        else:
            opened.append(_open(session, district_id, run_id, one, earlier=len(signals)))
    again = {one.subject for one in found} | set(untested)
    for subject, signals in known.items():
        if subject in again or subject.kind not in tested_kinds or signals[0].state in _ENDED:
            continue
        changed["lapsed"] += _lapse(session, signals[0])
    session.flush()
    return Recorded(
        tuple(opened), changed["updated"], changed["unchanged"], changed["kept"], changed["lapsed"]
    )


def has_grown(dismissed: Signal, now: AreaEvidence) -> bool:
    """Tell whether a finding is materially more than the one that was dismissed.

    Its premium is larger by more than the materiality, or its level is higher.
    """
    before = read_area(dismissed.evidence)
    growth = now.difference_bp - before.difference_bp
    return growth > now.run.materiality_bp or LEVELS.index(now.level) > LEVELS.index(before.level)


def _known(session: Session, district_id: int) -> dict[Subject, list[Signal]]:
    """Return the signals of each subject, the newest first, locked."""
    mine = select(Signal.id).where(Signal.district_id == district_id, Signal.grade == "B")
    found: dict[Subject, list[Signal]] = {}
    for signal in reversed(locks.lock_all(session, Signal, session.scalars(mine))):
        found.setdefault(_subject(signal), []).append(signal)
    return found


def _subject(signal: Signal) -> Subject:
    return Subject(signal.kind, signal.developer_id, signal.development_id, signal.home_id)


def _open(session: Session, district_id: int, run_id: int, one: Found, *, earlier: int) -> Signal:
    subject, found = one.subject, one.evidence
    about = subject.home_id or subject.development_id or subject.developer_id
    signal = Signal(
        district_id=district_id,
        ref=new_ref("XS"),
        grade="B",
        kind=subject.kind,
        level=found.level,
        held=found.held,
        home_id=subject.home_id,
        development_id=subject.development_id,
        developer_id=subject.developer_id,
        run_id=run_id,
        natural_key=f"{subject.kind}/{found.rule_version}:{about}:{earlier + 1}",
        evidence=evidence.write(found),
        state="signal",
        opened_at=found.found_at,
    )
    session.add(signal)
    session.flush()
    _keep(session, signal, run_id, found)
    note(session, system_actor(district_id), signal, "find", None, None)
    return signal


def _update(session: Session, signal: Signal, run_id: int, found: AreaEvidence) -> bool:
    """Give a waiting signal its newest evidence, an open case one more to read; return whether it differs."""
    if signal.run_id == run_id:
        return False
    newest = _newest(session, signal)
    signal.run_id = run_id
    if newest.figures == found.figures:
        return False
    if signal.state != "opened":
        signal.evidence, signal.level, signal.held = evidence.write(found), found.level, found.held
    _keep(session, signal, run_id, found)
    return True


def _newest(session: Session, signal: Signal) -> AreaEvidence:
    statement = select(SignalEvidence.evidence).where(SignalEvidence.signal_id == signal.id)
    return read_area(session.scalars(statement.order_by(SignalEvidence.id.desc()).limit(1)).one())


def _keep(session: Session, signal: Signal, run_id: int, found: AreaEvidence) -> None:
    session.add(
        SignalEvidence(
            district_id=signal.district_id,
            signal_id=signal.id,
            run_id=run_id,
            level=found.level,
            evidence=evidence.write(found),
            found_at=found.found_at,
        )
    )


def _lapse(session: Session, signal: Signal) -> int:
    """Let a signal that nobody decided lapse; an open case is a person's. Return how many lapsed."""
    if signal.state == "opened":
        return 0
    step(session, system_actor(signal.district_id), signal, "lapse", _VANISHED)
    return 1
