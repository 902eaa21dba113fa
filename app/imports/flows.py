"""What workers do with a file: look at it, read it against the stock, apply it.

Each step is a few transactions and may be repeated: a worker that was killed left either the step undone or
the run in its next state. Nothing is locked while a file is read.
"""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy.orm import Session

from app.core import clock
from app.core.errors import Busy, DomainError
from app.gateways.files import FileStore
from app.homes.errors import HomesMoved
from app.imports import heads, queries, registering, service
from app.imports.errors import FileRefused, OrdererGone
from app.imports.heads import Sample
from app.imports.kinds import open_kind
from app.imports.models import ImportRun
from app.imports.plan import Plan
from app.imports.reading import Reading
from app.imports.sources import open_source

MOST_ROWS: Final = 200_000


@dataclass(frozen=True, slots=True)
class _Step:
    """What a step needs of its run, read once: no transaction stays open while a file is read."""

    file_sha256: str
    file_name: str
    plan: dict[str, Any]
    samples: dict[str, Any]


def look(session: Session, store: FileStore, *, run_id: int) -> None:
    """Look at a file for the first time and keep a sample of each sheet for the person who plans."""
    step = _begin(session, run_id, "looking")
    if step is None:
        return
    try:
        with closing(store.open(step.file_sha256)) as content:
            source = open_source(content, step.file_name)
            samples = [heads.take_sample(source, index) for index in range(len(source.sheets))]
            _check_size(samples)
    except FileRefused as refusal:
        _fail(session, run_id, refusal)
        return
    service.show(session, run_id=run_id, samples=samples, notices=source.notices)
    session.commit()


def _check_size(samples: Sequence[Sample]) -> None:
    if not any(sample.rows and not sample.hidden for sample in samples):
        raise FileRefused("import_empty")
    if sum(sample.count for sample in samples) > MOST_ROWS:
        raise FileRefused("import_too_many_rows", most=MOST_ROWS)


def read(session: Session, store: FileStore, *, run_id: int) -> None:
    """Read a file as planned, hold each row against the stock, and stage what came of it."""
    step = _begin(session, run_id, "reading")
    if step is None:
        return
    plan = Plan.from_json(step.plan)
    total = sum(step.samples["sheets"][one.index]["count"] for one in plan.sheets)
    service.begin_rows(session, run_id=run_id, total=total)
    session.commit()
    try:
        with closing(store.open(step.file_sha256)) as content:
            source = open_source(content, step.file_name)
            kind = open_kind(session, session.get_one(ImportRun, run_id), plan)
            session.commit()
            reading = Reading(session, run_id, kind, plan, source)
            for _batch in reading.stage(total):
                session.commit()
            outcomes = registering.foresee(session, run_id=run_id)
            session.commit()
    except FileRefused as refusal:
        session.rollback()
        _fail(session, run_id, refusal)
        return
    counts = queries.count_rows(session, run_id=run_id, moment=clock.now())
    service.preview(session, run_id=run_id, counts={**counts, **outcomes, "skipped": reading.skipped})
    session.commit()


def apply(session: Session, *, run_id: int) -> None:
    """Write a run into the stock; where the stock changed meanwhile, compare it anew instead.

    Homes and filed prices whole or not at all; contracts part by part, and a run that was cut short goes on
    where it stopped. It fails when whoever ordered it has left: then nothing more is written.
    """
    if _begin(session, run_id, "applying") is None:
        return
    try:
        while not _apply(session, run_id):
            pass
    except HomesMoved:
        session.rollback()
        service.compare_again(session, run_id=run_id)
        session.commit()
    except OrdererGone as refusal:
        session.rollback()
        _fail(session, run_id, refusal)


def _apply(session: Session, run_id: int) -> bool:
    """Apply a run or its next part, and tell whether that was all.

    It gives way to whoever is at work on one of the homes, twice; then it waits for them.
    """
    for _ in range(2):
        try:
            is_last = service.apply(session, run_id=run_id)
        except Busy:
            session.rollback()
        else:
            session.commit()
            return is_last
    is_last = service.apply(session, run_id=run_id, patient=True)
    session.commit()
    return is_last


def _begin(session: Session, run_id: int, state: str) -> "_Step | None":
    try:
        run = service.begin_step(session, run_id=run_id, state=state)
    except DomainError as refusal:
        session.rollback()
        _fail(session, run_id, refusal)
        return None
    step = None if run is None else _Step(run.file_sha256, run.file_name, run.plan or {}, run.samples or {})
    session.commit()
    return step


def _fail(session: Session, run_id: int, refusal: DomainError) -> None:
    service.fail(session, run_id=run_id, refusal=refusal)
    session.commit()
