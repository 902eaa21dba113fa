"""The only writer of extensions of many vouchers at once: proposed, decided as a whole, carried out by a job.

Every voucher is judged by itself, under its own policy. What a voucher meets between the proposal and the job
leaves that one out, with the reason on record, and hinders no other.
"""

from collections.abc import Collection, Mapping, Sequence
from functools import partial
from typing import Any, Final, cast

from sqlalchemy import Table, insert, select, update
from sqlalchemy.orm import Session

from app.approvals import queries as decisions
from app.approvals import service as approvals
from app.core import audit, clock, ids, locks
from app.core.actor import Actor, Role
from app.core.db import unless_taken
from app.core.errors import Conflict, DomainError, stated
from app.core.queue import enqueue
from app.policies.bands import Used
from app.vouchers import extension_queries as queries
from app.vouchers import extensions
from app.vouchers.extension_models import ExtensionBatch, VoucherExtension
from app.vouchers.extension_queries import Fit
from app.vouchers.extension_rules import Obstacle
from app.vouchers.models import Voucher

BATCH: Final = "voucher.extend_batch"
"""Kind of the approval of a batch as a whole; each extension's own is decided with it."""
_PAYLOAD_SCHEMA: Final = 1
AT_A_TIME: Final = 50
"""Vouchers in one transaction of the job: each is locked no longer than these take."""


def propose(
    session: Session,
    *,
    actor: Actor,
    project_id: int,
    months: int,
    issued_ref: str | None,
    reason: str,
    evidence: str,
    seen: str,
) -> ExtensionBatch:
    """Propose so many months more, as an officer, for all vouchers of a project that may have them.

    ``issued_ref`` limits it to those that were issued in that batch; ``seen`` is the mark of the preview that
    the officer looked at. Raises Forbidden, NotFound, DomainError at ``reason`` or ``evidence`` without one,
    DomainError("extension_batch_empty"), Conflict when what was seen is not what is there, or somebody else
    proposed an extension of one of them at the same moment.
    """
    actor.demand(Role.OFFICER)
    reason = stated(reason)
    if not evidence.strip():
        raise DomainError("evidence_missing", "evidence")
    look = partial(
        queries.preview, session, actor=actor, project_id=project_id, months=months, issued_ref=issued_ref
    )
    locks.lock_all(session, Voucher, [fit.voucher.id for fit in look().fits])
    found = look()  # again, now that nobody can change them
    if found.mark != seen:
        raise Conflict("extension_batch_changed")
    if not found.fits:
        raise DomainError("extension_batch_empty")
    ends = [fit.standing.longer_until for fit in found.fits]
    batch = ExtensionBatch(
        district_id=actor.district,
        ref=ids.new_ref("YP"),
        project_id=project_id,
        state="proposed",
        months=months,
        reason=reason,
        evidence=evidence.strip(),
        count=len(found.fits),
        sum_fen=found.sum_fen,
        earliest_at=min(ends),
        latest_at=max(ends),
        sha256=found.mark,
        proposed_at=clock.now(),
    )
    session.add(batch)
    session.flush()
    used = {fit.voucher.id: fit.standing.used for fit in found.fits}
    _request(session, actor, batch, _insert(session, batch, found.fits), used)
    _note(session, actor, batch, "extension_batch.propose")
    return batch


def _request(
    session: Session,
    actor: Actor,
    batch: ExtensionBatch,
    rows: Sequence[VoucherExtension],
    used: Mapping[int, Used | None],
) -> None:
    """Ask a checker about a batch, and with it about each of its vouchers."""
    # The batch's own request comes first: requests are locked in the order of their ids.
    approvals.request(session, actor=actor, kind=BATCH, subject_id=batch.id, payload=_payload(batch))
    asked = {row.id: extensions.payload_of(row, used[row.voucher_id]) for row in rows}
    approvals.request_many(session, actor=actor, kind=extensions.EXTEND, payloads=asked)


def approve(session: Session, *, actor: Actor, batch_ref: str, seen: str | None = None) -> ExtensionBatch:
    """Approve a batch as a checker: a job lengthens the terms, and says which it could not.

    ``seen`` as in ``approvals.decide``. Raises Forbidden, NotFound, Conflict when it was decided, SamePerson
    for whoever proposed it.
    """
    batch, rows = _take(session, actor, batch_ref)
    asked = approvals.decide(session, actor=actor, kind=BATCH, subject_id=batch.id, approve=True, seen=seen)
    subjects = [row.id for row in rows]
    each = approvals.decide_many(
        session, actor=actor, kind=extensions.EXTEND, subject_ids=subjects, approve=True
    )
    if asked.payload != _payload(batch) or any(
        not extensions.is_as_asked(row, each[row.id].payload) for row in rows
    ):
        raise Conflict("extension_changed")
    _move(session, batch, "proposed", state="approved")
    _note(session, actor, batch, "extension_batch.approve")
    enqueue(session, "vouchers.extend_batch", batch_id=batch.id)
    return batch


def send_back(
    session: Session, *, actor: Actor, batch_ref: str, reason: str, seen: str | None = None
) -> ExtensionBatch:
    """Return a batch as a checker, with the reason; every term stays. Raises as ``approve``."""
    batch, rows = _take(session, actor, batch_ref)
    approvals.decide(
        session, actor=actor, kind=BATCH, subject_id=batch.id, approve=False, reason=reason, seen=seen
    )
    approvals.decide_many(
        session,
        actor=actor,
        kind=extensions.EXTEND,
        subject_ids=[row.id for row in rows],
        approve=False,
        reason=reason,
    )
    for row in rows:
        row.state = "returned"
    _move(session, batch, "proposed", state="returned")
    _note(session, actor, batch, "extension_batch.return")
    return batch


def list_waiting(session: Session, *, batch_id: int, but: Collection[int]) -> Sequence[int]:
    """Return the next extensions of an approved batch that are to be carried out, without some."""
    batch = session.get_one(ExtensionBatch, batch_id)
    if batch.state != "approved":
        return []
    return queries.list_waiting(session, batch=batch, but=but, limit=AT_A_TIME)


def carry_out(session: Session, batch_id: int, extension_ids: Sequence[int]) -> None:
    """Lengthen these terms of an approved batch, each once, or leave out what met something, with the reason.

    It goes on record as the act of the checker who approved it.
    """
    checker = _checker(session, session.get_one(ExtensionBatch, batch_id))
    places = select(VoucherExtension.voucher_id).where(VoucherExtension.id.in_(extension_ids))
    vouchers = {one.id: one for one in locks.lock_all(session, Voucher, session.scalars(places))}
    ending, used = queries.ending_among(session, vouchers), extensions.asked_use(session, vouchers.values())
    for row in queries.list_proposed(session, extension_ids=extension_ids):
        voucher = vouchers[row.voucher_id]
        obstacle = _met(voucher, row, is_ending=voucher.id in ending, used=used.get(voucher.id))
        if obstacle is None:
            extensions.grant(session, actor=checker, extension=row, voucher=voucher)
            continue
        row.state, row.obstacle = "returned", obstacle
        session.flush()
        extensions.note(session, checker, row, "extension.leave_out")


def end(session: Session, *, batch_id: int) -> None:
    """Note that an approved batch is done, if nothing of it is left."""
    batch = session.get_one(ExtensionBatch, batch_id, populate_existing=True)
    if batch.state == "approved" and not list_waiting(session, batch_id=batch_id, but=()):
        _move(session, batch, "approved", state="done", done_at=clock.now())
        _note(session, _checker(session, batch), batch, "extension_batch.done")


def _met(voucher: Voucher, row: VoucherExtension, *, is_ending: bool, used: Used | None) -> Obstacle | None:
    """Return what a voucher met since it was proposed; it is locked."""
    if is_ending:
        return Obstacle.ENDING
    if extensions.is_unused(voucher, used):
        return Obstacle.UNUSED
    return None if voucher.expires_at == row.from_expires_at else Obstacle.CHANGED


def _checker(session: Session, batch: ExtensionBatch) -> Actor:
    whole = Actor(user_id=None, role=None, district_id=batch.district_id)
    decision = decisions.find_latest(session, actor=whole, kind=BATCH, subject_id=batch.id)
    decided_by = decision.decided_by_id if decision else None
    return Actor(user_id=decided_by, role=Role.CHECKER, district_id=batch.district_id)


def _insert(session: Session, batch: ExtensionBatch, fits: Sequence[Fit]) -> Sequence[VoucherExtension]:
    values = [
        {
            "district_id": batch.district_id,
            "ref": ids.new_ref("YC"),
            "voucher_id": fit.voucher.id,
            "batch_id": batch.id,
            "state": "proposed",
            "months": batch.months,
            "before_months": fit.standing.granted_months,
            "most_months": fit.standing.most_months,
            "from_expires_at": fit.standing.expires_at,
            "to_expires_at": fit.standing.longer_until,
            "reason": batch.reason,
            "evidence": batch.evidence,
            "proposed_at": batch.proposed_at,
        }
        for fit in fits
    ]
    statement = insert(cast(Table, VoucherExtension.__table__)).returning(VoucherExtension.__table__.c.id)
    with unless_taken(session, "uq_voucher_extensions_step", Conflict("extension_batch_changed")):
        session.execute(statement, values)
    return queries.list_of_batch(session, batch=batch)


def _take(session: Session, actor: Actor, ref: str) -> tuple[ExtensionBatch, Sequence[VoucherExtension]]:
    """Return a batch that waits for the checker, with its extensions; their vouchers are locked."""
    actor.demand(Role.CHECKER)
    batch = queries.get_batch(session, actor=actor, ref=ref)
    rows = queries.list_of_batch(session, batch=batch)
    locks.lock_all(session, Voucher, [row.voucher_id for row in rows])
    session.refresh(batch, ["state"])
    if batch.state != "proposed":
        raise Conflict("extension_decided")
    return batch, rows


def _move(session: Session, batch: ExtensionBatch, before: str, **values: Any) -> None:
    """Move a batch on by one conditional statement. Raises Conflict when somebody else was first."""
    session.flush()
    statement = (
        update(ExtensionBatch)
        .where(ExtensionBatch.id == batch.id, ExtensionBatch.state == before)
        .values(values)
        .returning(ExtensionBatch.id)
    )
    if session.scalar(statement) is None:
        raise Conflict("extension_decided")
    session.refresh(batch)


def _payload(batch: ExtensionBatch) -> dict[str, Any]:
    """Return what a checker is asked about a batch, frozen."""
    return {
        "schema": _PAYLOAD_SCHEMA,
        "sha256": batch.sha256,
        "count": batch.count,
        "sum_fen": batch.sum_fen,
        "months": batch.months,
    }


def _note(session: Session, actor: Actor, batch: ExtensionBatch, action: str) -> None:
    audit.record(
        session,
        actor=actor,
        action=action,
        object_type="extension_batch",
        object_id=batch.id,
        project_id=batch.project_id,
        count=batch.count,
        sum_fen=batch.sum_fen,
        months=batch.months,
        sha256=batch.sha256,
    )
