"""The only writer of batches: an officer submits one, a checker approves or returns it, a job issues it."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, joinedload, selectinload

from app.approvals import queries as decisions
from app.approvals import service as approvals
from app.core import audit, clock, ids, locks
from app.core.actor import Actor, Role
from app.core.errors import Conflict, DomainError, NotFound
from app.core.queue import enqueue
from app.ledger import service as ledger
from app.ledger.rules import AccountKind
from app.policies.faces import Face
from app.policies.queries import get_version, policy_of
from app.policies.rules import Policy
from app.projects.errors import RosterOpen
from app.projects.models import Agreement
from app.projects.queries import get_project
from app.vouchers import batch_queries as queries
from app.vouchers import entitling, service, telling
from app.vouchers.batch_rules import LeftOut, digest
from app.vouchers.errors import AlreadyVouched, BatchChanged, BatchMismatch, BatchUnable, SampleUnopened
from app.vouchers.models import OF_AGREEMENT, BatchHousehold, BatchOpening, Voucher, VoucherBatch
from app.vouchers.service import ISSUE, SUBMIT

BATCH: Final = "voucher.batch"
"""Kind of the approval of a batch as a whole; each voucher's own is decided with it."""
_PAYLOAD_SCHEMA: Final = 1
TOLD_AT_A_TIME: Final = 100


def submit(
    session: Session, *, actor: Actor, project_id: int, policy_version_id: int, seen: str
) -> VoucherBatch:
    """Submit a voucher for every line of a locked roster that nothing stands against.

    ``seen`` is the mark of the preview that the officer looked at. Raises Forbidden for anybody but an
    officer, NotFound, RosterOpen, DomainError("issue_batch_empty"), BatchChanged when the roster is not the
    one that was seen, BatchUnable when no voucher can be issued over some of it under the policy, unless it
    was seen without them, AlreadyVouched when somebody else submits one of the agreements at the same moment.
    """
    actor.demand(Role.OFFICER)
    project = get_project(session, actor=actor, project_id=project_id)
    version = get_version(session, district_id=actor.district, version_id=policy_version_id)
    if project.roster_locked_at is None:
        raise RosterOpen
    found = queries.preview(session, actor=actor, project_id=project_id)
    if not found.entries:
        raise DomainError("issue_batch_empty")
    agreement_ids = [entry.agreement_id or 0 for entry in found.entries]
    entitling.keep(session, agreement_ids)
    faces, unable = _faces(session, policy_of(version), agreement_ids)
    whole, found = found, found.without(unable)
    if unable and (whole.mark == seen or not faces):
        numbers = [entry.agreement_number or "" for entry in whole.entries if entry.agreement_id in unable]
        raise BatchUnable(unable, numbers, is_all=not faces)
    if found.mark != seen:
        raise BatchChanged
    rows = [(agreement_id, face.fen) for agreement_id, face in faces.items()]
    ref = ids.new_ref("PC")
    batch = VoucherBatch(
        district_id=actor.district,
        ref=ref,
        project_id=project.id,
        policy_version_id=version.id,
        state="submitted",
        count=len(rows),
        sum_fen=sum(sum_fen for _, sum_fen in rows),
        largest_fen=max(sum_fen for _, sum_fen in rows),
        sha256=digest(rows, policy_sha256=version.sha256, salt=ref),
        created_at=clock.now(),
        told=0,
    )
    session.add(batch)
    session.flush()
    households = [entry.household_id for entry in found.entries]
    vouchers = _insert(session, batch, list(zip(households, faces.items(), strict=True)))
    _request(session, actor, batch, {one.id: service.payload_of(one, version) for one in vouchers})
    for voucher in vouchers:
        service.note(session, actor, voucher, SUBMIT)
    _note(session, actor, batch, "batch.submit")
    return batch


def _request(
    session: Session, actor: Actor, batch: VoucherBatch, vouchers: Mapping[int, dict[str, Any]]
) -> None:
    """Ask a checker about a batch, and with it about each of its vouchers."""
    payload = {
        "schema": _PAYLOAD_SCHEMA,
        "sha256": batch.sha256,
        "count": batch.count,
        "sum_fen": batch.sum_fen,
    }
    # The batch's own request comes first: requests are locked in the order of their ids.
    approvals.request(session, actor=actor, kind=BATCH, subject_id=batch.id, payload=payload)
    approvals.request_many(session, actor=actor, kind=ISSUE, payloads=vouchers)


def open_sample(session: Session, *, actor: Actor, batch_ref: str, voucher_ref: str) -> None:
    """Record that a checker opened a voucher of a batch's sample and compared it; again it changes nothing.

    Raises Forbidden for anybody but a checker, NotFound for a voucher that is not in the sample, Conflict
    for a batch that was decided.
    """
    batch = _checkable(session, actor, batch_ref)
    drawn = queries.sample_of(batch, queries.list_members(session, batch=batch))
    voucher = next((one for one in drawn if one.ref == voucher_ref), None)
    if voucher is None:
        raise NotFound("voucher_gone")
    statement = insert(BatchOpening).values(
        district_id=batch.district_id,
        batch_id=batch.id,
        voucher_id=voucher.id,
        user_id=actor.user_id,
        at=clock.now(),
    )
    opened = session.scalar(statement.on_conflict_do_nothing().returning(BatchOpening.id))
    if opened is not None:
        _note(session, actor, batch, "batch.open", voucher_id=voucher.id)


def approve(session: Session, *, actor: Actor, batch_ref: str) -> VoucherBatch:
    """Approve a batch: every one of its vouchers will be issued, by a job that this puts into the queue.

    Raises Forbidden for anybody but a checker, NotFound, Conflict when it was decided already, SamePerson
    when the actor submitted it, BatchMismatch while any voucher does not fit its agreement or its household's
    choice or when the policy's term or scheme is over, SampleUnopened until this checker has opened the whole
    sample.
    """
    batch = _checkable(session, actor, batch_ref)
    vouchers = _locked(session, batch)
    if any(service.term_end(voucher, clock.now()) <= clock.now() for voucher in vouchers):
        raise Conflict("policy_over")
    service.check_scheme(vouchers[0], clock.now())
    faults = sum(bool(row.faults) for row in queries.check(session, actor=actor, batch=batch))
    if faults:
        raise BatchMismatch(faults)
    opened = queries.openings(session, batch=batch)
    left = [one for one in queries.sample_of(batch, vouchers) if (one.id, actor.user_id) not in opened]
    if left:
        raise SampleUnopened(len(left))
    asked = approvals.decide(session, actor=actor, kind=BATCH, subject_id=batch.id, approve=True)
    each = approvals.decide_many(
        session, actor=actor, kind=ISSUE, subject_ids=[one.id for one in vouchers], approve=True
    )
    rows = [(one.agreement_id, one.face_fen) for one in vouchers]
    now = digest(rows, policy_sha256=batch.policy_version.sha256, salt=batch.ref)
    if now != asked.payload["sha256"] or any(
        service.frozen(one) != service.asked(each[one.id].payload) for one in vouchers
    ):
        raise BatchMismatch(1)
    _move(session, batch, "submitted", state="approved")
    _note(session, actor, batch, "batch.approve")
    enqueue(session, "vouchers.issue_batch", urgent=True, batch_id=batch.id)
    return batch


def send_back(session: Session, *, actor: Actor, batch_ref: str, reason: str) -> VoucherBatch:
    """Return a batch to its officer with a reason; its households may be submitted again.

    Raises as ``approve``, and DomainError("reason_missing", field="reason") without a reason.
    """
    batch = _checkable(session, actor, batch_ref)
    vouchers = _locked(session, batch)
    approvals.decide(session, actor=actor, kind=BATCH, subject_id=batch.id, approve=False, reason=reason)
    subjects = [one.id for one in vouchers]
    approvals.decide_many(
        session, actor=actor, kind=ISSUE, subject_ids=subjects, approve=False, reason=reason
    )
    for voucher in vouchers:
        voucher.state = "rejected"
        service.note(session, actor, voucher, "voucher.reject")
    ended = update(BatchHousehold).where(BatchHousehold.batch_id == batch.id)
    session.execute(ended.values(ended_at=clock.now()))
    _move(session, batch, "submitted", state="returned")
    _note(session, actor, batch, "batch.return")
    return batch


def issue(session: Session, *, batch_id: int) -> None:
    """Credit every voucher of an approved batch, in this one transaction: all of them or none.

    Repeated it changes nothing. The checker's decision is carried out and goes on record as theirs.
    """
    batch = session.get_one(VoucherBatch, batch_id)
    vouchers = _locked(session, batch)
    if batch.state != "approved":
        return
    service.keep_days(session, vouchers)
    whole = Actor(user_id=None, role=None, district_id=batch.district_id)
    decision = decisions.find_latest(session, actor=whole, kind=BATCH, subject_id=batch.id)
    decided_by = decision.decided_by_id if decision else None
    checker = Actor(user_id=decided_by, role=Role.CHECKER, district_id=batch.district_id)
    (issue_id,) = ledger.control_accounts(session, district_id=batch.district_id, kinds=[AccountKind.ISSUE])
    for voucher in vouchers:
        service.credit(session, actor=checker, voucher=voucher, issue_id=issue_id)
    _move(session, batch, "approved", state="issued", issued_at=clock.now())
    _note(session, checker, batch, "batch.issue")


def list_untold(session: Session, *, batch_id: int) -> list[list[int]]:
    """Return the vouchers of an issued batch whose households are to be told, in order, some at a time."""
    batch = session.get_one(VoucherBatch, batch_id)
    if batch.state != "issued":
        return []
    untold = [voucher.id for voucher in queries.list_vouchers(session, batch=batch)][batch.told :]
    return [untold[start : start + TOLD_AT_A_TIME] for start in range(0, len(untold), TOLD_AT_A_TIME)]


def tell(session: Session, voucher_ids: Sequence[int]) -> None:
    """Tell households that these vouchers were issued; once, however often this is repeated."""
    wanted = select(Voucher).where(Voucher.id.in_(voucher_ids)).options(joinedload(Voucher.household))
    for voucher in session.scalars(wanted.order_by(Voucher.id)):
        telling.tell_issued(session, voucher)


def note_told(session: Session, *, batch_id: int, left: int) -> None:
    """Note that all households of a batch are told but so many, the last ones."""
    batch = session.get_one(VoucherBatch, batch_id)
    batch.told = batch.count - left
    session.flush()


def _faces(
    session: Session, policy: Policy, agreement_ids: list[int]
) -> tuple[dict[int, Face], dict[int, LeftOut]]:
    """Return what the face of each agreement's voucher is, in the given order, and why it can have none."""
    statement = select(Agreement).where(Agreement.id.in_(agreement_ids))
    reckoned_by = (joinedload(Agreement.household), selectinload(Agreement.lines))
    by_id = {one.id: one for one in session.scalars(statement.options(*reckoned_by))}
    faces, unable = dict[int, Face](), dict[int, LeftOut]()
    for agreement_id in agreement_ids:
        try:
            faces[agreement_id] = service.face_under(policy, by_id[agreement_id])
        except Conflict as refusal:
            unable[agreement_id] = LeftOut(refusal.code)
    return faces, unable


def _insert(session: Session, batch: VoucherBatch, rows: list[tuple[int, tuple[int, Face]]]) -> list[Voucher]:
    """Insert a batch's households and vouchers; two officers at once are told apart by the indexes."""
    households = [
        {"batch_id": batch.id, "household_id": household_id, "district_id": batch.district_id}
        for household_id in sorted({row[0] for row in rows})
    ]
    joined = insert(BatchHousehold).on_conflict_do_nothing().returning(BatchHousehold.household_id)
    if len(session.scalars(joined, households).all()) != len(households):
        raise AlreadyVouched
    values = [
        {
            "district_id": batch.district_id,
            "ref": ids.new_ref("FP"),
            "household_id": household_id,
            "agreement_id": agreement_id,
            "policy_version_id": batch.policy_version_id,
            "batch_id": batch.id,
            "face_fen": face.fen,
            "additions": face.additions,
            "state": "submitted",
            "created_at": batch.created_at,
        }
        for household_id, (agreement_id, face) in rows
    ]
    statement = (
        insert(Voucher)
        .on_conflict_do_nothing(index_elements=["agreement_id"], index_where=text(OF_AGREEMENT))
        .returning(Voucher, sort_by_parameter_order=True)
    )
    vouchers = list(session.scalars(statement, values))
    if len(vouchers) != len(values):
        raise AlreadyVouched
    return vouchers


def _checkable(session: Session, actor: Actor, batch_ref: str) -> VoucherBatch:
    actor.demand(Role.CHECKER)
    batch = queries.get_batch(session, actor=actor, ref=batch_ref)
    if batch.state != "submitted":
        raise Conflict("issue_batch_decided")
    return batch


def _locked(session: Session, batch: VoucherBatch) -> list[Voucher]:
    """Return the vouchers of a batch, locked: they stand for the batch, whose state is then read again."""
    members = queries.members(batch)
    locks.lock_all(session, Voucher, session.scalars(members.with_only_columns(Voucher.id)))
    session.refresh(batch, ["state", "told"])
    # A lock forgets what belongs to its rows: read together what their terms stand on, not for each.
    terms = (joinedload(Voucher.agreement), selectinload(Voucher.policy_version))
    return list(session.scalars(members.options(*terms)))


def _move(session: Session, batch: VoucherBatch, before: str, **values: Any) -> None:
    """Move a batch on by one conditional statement. Raises Conflict when somebody else was first."""
    statement = (
        update(VoucherBatch)
        .where(VoucherBatch.id == batch.id, VoucherBatch.state == before)
        .values(values)
        .returning(VoucherBatch.id)
    )
    if session.scalar(statement) is None:
        raise Conflict("issue_batch_decided")
    session.refresh(batch)


def _note(session: Session, actor: Actor, batch: VoucherBatch, action: str, **detail: int) -> None:
    audit.record(
        session,
        actor=actor,
        action=action,
        object_type="voucher_batch",
        object_id=batch.id,
        project_id=batch.project_id,
        count=batch.count,
        sum_fen=batch.sum_fen,
        sha256=batch.sha256,
        **detail,
    )
