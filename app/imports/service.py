"""The only writer of import runs: each step of a file's way into the stock, for a person or for a worker."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final, Literal

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.core import audit, clock, locks
from app.core.actor import Actor, Role, system_actor
from app.core.errors import DomainError, NotFound
from app.core.ids import new_ref
from app.core.queue import enqueue
from app.gateways.files import StoredFile
from app.homes import service as homes
from app.homes.models import Development
from app.identity import places
from app.imports import agreements, lines, registering, states
from app.imports.errors import OrdererGone
from app.imports.heads import Head, Sample
from app.imports.models import ImportColumns, ImportFault, ImportRow, ImportRun
from app.imports.plan import Plan
from app.imports.queries import is_own
from app.imports.staging import wishes

BureauKind = Literal["filings", "sales"]
OfficeKind = Literal["lines", "agreements"]

_ROLES: Final = {"homes": Role.DEVELOPER, "lines": Role.OFFICER, "agreements": Role.OFFICER}
"""Who orders which kind; a regulator the others."""
LONGEST_NAME = 120
MOST_TRIES = 3
"""A file at which a worker dies every time is given up."""


def start(
    session: Session, *, actor: Actor, development_id: int, stored: StoredFile, file_name: str
) -> ImportRun:
    """Begin with a file for one of the actor's developments; a worker looks at it first.

    Raises NotFound for somebody else's development.
    """
    development = session.get(Development, development_id)
    if development is None or development.developer_id != actor.organisation:
        raise NotFound("development_not_found")
    return _start(session, actor, "homes", stored, file_name, development_id=development_id)


def start_for_bureau(
    session: Session, *, actor: Actor, kind: BureauKind, stored: StoredFile, file_name: str
) -> ImportRun:
    """Begin with a bureau's file for its district: filed prices or registered contracts.

    Raises Forbidden for anybody but a regulator.
    """
    actor.demand(Role.REGULATOR)
    return _start(session, actor, kind, stored, file_name, district_id=actor.district)


def start_for_office(
    session: Session, *, actor: Actor, kind: OfficeKind, stored: StoredFile, file_name: str
) -> ImportRun:
    """Begin with an office's file: signed agreements, or the lines of those on record.

    Raises Forbidden for anybody but an officer.
    """
    actor.demand(Role.OFFICER)
    return _start(session, actor, kind, stored, file_name, district_id=actor.district)


def _start(
    session: Session, actor: Actor, kind: str, stored: StoredFile, file_name: str, **where: int
) -> ImportRun:
    run = ImportRun(
        ref=new_ref("DR"),
        kind=kind,
        organisation_id=actor.organisation,
        **where,
        created_by_id=actor.user_id,
        created_at=clock.now(),
        state="looking",
        file_sha256=stored.sha256,
        file_name=_tidy_name(file_name),
        done=0,
        total=0,
        tries=0,
        moved=False,
        leave_out=False,
    )
    session.add(run)
    session.flush()
    audit.record(
        session,
        actor=actor,
        action="imports.start",
        object_type="import_run",
        object_id=run.id,
        file_sha256=stored.sha256,
        size=stored.size,
    )
    enqueue(session, "imports.look", lock=_lane(run), urgent=True, run_id=run.id)
    return run


def _tidy_name(file_name: str) -> str:
    """Return the last part of a name, printable and not too long: it is only ever shown."""
    last = file_name.replace("\\", "/").rpartition("/")[2]
    return "".join(sign for sign in last if sign.isprintable())[-LONGEST_NAME:] or "-"


def show(session: Session, *, run_id: int, samples: Sequence[Sample], notices: Sequence[str]) -> None:
    """Keep what the first look found; a person plans now."""
    run = locks.lock(session, ImportRun, run_id)
    run.state = states.after(run.state, "show")
    run.samples = {"sheets": [sample.as_json() for sample in samples], "notices": list(notices)}
    run.tries = 0


def set_plan(session: Session, *, actor: Actor, ref: str, plan: Plan, heads: Sequence[Head]) -> ImportRun:
    """Read the file as planned, and remember the columns under each head for the sender's next file.

    Raises NotFound, ImportMoved.
    """
    run = _lock_own(session, actor, ref)
    run.state = states.after(run.state, "plan")
    run.plan, run.moved = plan.as_json(), False
    _restart(run)
    for head, sheet in zip(heads, plan.sheets, strict=True):
        columns = {str(position): choice for position, choice in sheet.columns.items()}
        _remember(session, run, head.signature, columns)
    enqueue(session, "imports.read", lock=_lane(run), urgent=True, run_id=run.id)
    return run


def _remember(session: Session, run: ImportRun, signature: str, columns: dict[str, str]) -> None:
    fresh = {"columns": columns, "used_at": clock.now()}
    keys = {"organisation_id": run.organisation_id, "kind": run.kind, "signature": signature}
    session.execute(
        insert(ImportColumns)
        .values(**keys, **fresh)
        .on_conflict_do_update(index_elements=list(keys), set_=fresh)
    )


def begin_step(session: Session, *, run_id: int, state: str) -> ImportRun | None:
    """Return the run if a worker has the word in this state; None when the step was done before.

    Counts the tries. Raises DomainError when it was tried too often: the worker must have died each time.
    """
    run = locks.lock(session, ImportRun, run_id)
    if run.state != state:
        return None
    run.tries += 1
    if run.tries > MOST_TRIES:
        raise DomainError("import_gave_up")
    return run


def begin_rows(session: Session, *, run_id: int, total: int) -> None:
    """Forget what an earlier reading staged."""
    session.execute(delete(ImportRow).where(ImportRow.run_id == run_id))
    session.execute(delete(ImportFault).where(ImportFault.run_id == run_id))
    session.execute(update(ImportRun).where(ImportRun.id == run_id).values(done=0, total=total))


def note_progress(session: Session, *, run_id: int, done: int) -> None:
    """Tell how many rows were read."""
    session.execute(update(ImportRun).where(ImportRun.id == run_id).values(done=done))


def preview(session: Session, *, run_id: int, counts: Mapping[str, Any]) -> None:
    """Note that all rows are staged; a person decides now."""
    run = locks.lock(session, ImportRun, run_id)
    run.state = states.after(run.state, "preview")
    run.counts, run.tries = dict(counts), 0


def order(session: Session, *, actor: Actor, ref: str, reason: str, leave_out: bool) -> ImportRun:
    """Have the good rows applied; ``leave_out`` is the explicit choice to go on without the bad ones.

    ``reason`` goes with a developer's prices; a bureau's filing or contract is its own reason. Raises
    NotFound, ImportMoved, DomainError at ``leave_out`` while there are bad rows and nobody chose, when there
    is nothing to apply, or at ``reason`` when it is missing.
    """
    run = _lock_own(session, actor, ref)
    if run.kind == "homes" and not reason.strip():
        raise DomainError("price_reason_missing", "reason")
    counts = run.counts or {}
    if counts.get("bad") and not leave_out:
        raise DomainError("import_bad_rows", "leave_out", bad=counts["bad"])
    if not counts.get("new") and not counts.get("changed"):
        raise DomainError("import_nothing_to_do")
    run.state = states.after(run.state, "order")
    run.reason = reason.strip() if run.kind == "homes" else None
    run.leave_out, run.ordered_by_id = leave_out, actor.user_id
    run.done, run.total, run.tries = 0, sum(counts.get(some, 0) for some in ("new", "changed", "same")), 0
    enqueue(session, "imports.apply", lock=_lane(run), urgent=True, run_id=run.id)
    return run


def apply(session: Session, *, run_id: int, patient: bool = False) -> bool:
    """Write the good rows of a run into the stock, in the caller's transaction; tell whether that was all.

    Homes and filed prices are written whole, contracts a part at a time. Raises HomesMoved when the stock
    changed since the preview, OrdererGone when whoever ordered it has left the company, Busy when somebody
    works on one of the homes and nobody is ``patient``; then nothing of this transaction may be kept.
    """
    run = session.get_one(ImportRun, run_id)
    if run.kind != "sales":
        written = _write(session, run, patient=patient)
        _finish(session, _hold_ordered(session, run_id), written)
        return True
    part = registering.carry_out_part(session, actor=orderer(run), run=run)
    run = _hold_ordered(session, run_id)
    if part.is_last:
        _finish(session, run, homes.Written(0, (run.counts or {}).get("changed", 0), []))
    else:
        run.done, run.tries = part.done, 0
        session.flush()
    return part.is_last


def _write(session: Session, run: ImportRun, *, patient: bool) -> homes.Written:
    actor, wanted = orderer(run), wishes(run.id)
    if run.kind == "lines":
        return homes.Written(0, lines.propose_all(session, actor=actor, run_id=run.id), [])
    if run.kind == "agreements":
        return homes.Written(0, agreements.enter_all(session, actor=actor, run_id=run.id), [])
    if run.development_id is None:
        return homes.write_filings(session, actor=actor, wishes=wanted, patient=patient)
    return homes.write_homes(
        session,
        actor=actor,
        development_id=run.development_id,
        wishes=wanted,
        reason=run.reason or "",
        patient=patient,
    )


def _hold_ordered(session: Session, run_id: int) -> ImportRun:
    """Return the run under its lock, after all others. Raises OrdererGone."""
    run = locks.lock(session, ImportRun, run_id)
    place = places.find_held_at(session, user_id=run.ordered_by_id, organisation_id=run.organisation_id)
    if place is None:
        raise OrdererGone
    return run


def _finish(session: Session, run: ImportRun, written: homes.Written) -> None:
    run.state = states.after(run.state, "finish")
    run.left_out, run.finished_at = (run.counts or {}).get("bad", 0), clock.now()
    audit.record(
        session,
        actor=orderer(run),
        action="imports.apply",
        object_type="import_run",
        object_id=run.id,
        file_sha256=run.file_sha256,
        new=written.new,
        changed=written.changed,
        left_out=run.left_out,
        listings_out=written.listings_out,
    )


def orderer(run: ImportRun) -> Actor:
    """Return who ordered a run, in the role in which it was ordered."""
    role = _ROLES.get(run.kind, Role.REGULATOR)
    return Actor(run.ordered_by_id, role, district_id=run.district_id, organisation_id=run.organisation_id)


def compare_again(session: Session, *, run_id: int) -> None:
    """Read the file once more against the stock as it is now; a person looks again before it counts."""
    run = locks.lock(session, ImportRun, run_id)
    run.state = states.after(run.state, "compare_again")
    run.moved = True
    _restart(run)
    enqueue(session, "imports.read", lock=_lane(run), urgent=True, run_id=run.id)


def fail(session: Session, *, run_id: int, refusal: DomainError) -> None:
    """Give a file up, with the reason that its sender will read."""
    run = locks.lock(session, ImportRun, run_id)
    run.state = states.after(run.state, "fail")
    run.failure, run.failure_params, run.finished_at = refusal.code, refusal.params, clock.now()
    audit.record(
        session,
        actor=system_actor(),
        action="imports.fail",
        object_type="import_run",
        object_id=run.id,
        code=refusal.code,
    )


def begin_again(session: Session, run_id: int) -> None:
    """Let workers try the present step of a run as often as at first, because a person says so."""
    locks.lock(session, ImportRun, run_id).tries = 0
    session.flush()


def end(session: Session, run_id: int, reason: str) -> None:
    """Give a file up because a person says so, with the reason that its sender will read."""
    fail(session, run_id=run_id, refusal=DomainError("import_ended", reason=reason))


def discard(session: Session, *, actor: Actor, ref: str) -> ImportRun:
    """Drop a run before it was applied. Raises NotFound, ImportMoved."""
    run = _lock_own(session, actor, ref)
    run.state = states.after(run.state, "discard")
    run.finished_at = clock.now()
    session.execute(delete(ImportRow).where(ImportRow.run_id == run.id))
    session.execute(delete(ImportFault).where(ImportFault.run_id == run.id))
    audit.record(session, actor=actor, action="imports.discard", object_type="import_run", object_id=run.id)
    return run


def tidy(session: Session) -> None:
    """Forget what was staged for runs that ended, or that nobody touched, 30 days ago; the runs stay."""
    old = clock.now() - timedelta(days=30)
    ended = func.coalesce(ImportRun.finished_at, ImportRun.created_at)
    stale = session.scalars(
        select(ImportRun.id).where(ended < old, ImportRun.state.not_in(states.WORKING))
    ).all()
    waiting = ImportRun.state.in_(("planning", "ready"))
    session.execute(
        update(ImportRun)
        .where(ImportRun.id.in_(stale), waiting)
        .values(state="discarded", finished_at=clock.now())
        .execution_options(synchronize_session=False)
    )
    for table in (ImportRow, ImportFault):
        session.execute(delete(table).where(table.run_id.in_(stale)))


def _restart(run: ImportRun) -> None:
    run.done = run.total = run.tries = 0
    run.counts = None


def _lock_own(session: Session, actor: Actor, ref: str) -> ImportRun:
    run_id = session.scalar(select(ImportRun.id).where(ImportRun.ref == ref, is_own(actor)))
    if run_id is None:
        raise NotFound("import_not_found")
    return locks.lock(session, ImportRun, run_id)


def _lane(run: ImportRun) -> str:
    """Jobs of one development's imports run one after the other, and those of one district's bureaus."""
    return f"imports:{run.development_id or f'district:{run.district_id}'}"
