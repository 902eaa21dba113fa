"""Reading batches: what one would hold, what it holds, and how far its checker has come."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from app.core.actor import Actor
from app.core.apart import Due
from app.core.errors import Conflict, NotFound
from app.policies.faces import Face
from app.policies.queries import policy_of
from app.policies.rules import Policy
from app.projects import roster
from app.projects.models import Agreement, Election, Household
from app.projects.roster import Entry
from app.vouchers.batch_rules import LeftOut, Taken, digest, sample, why_left_out
from app.vouchers.models import BatchHousehold, BatchOpening, Voucher, VoucherBatch
from app.vouchers.service import face_under


@dataclass(frozen=True, slots=True)
class Preview:
    """What a batch of a project's roster would hold now, and what it leaves out; sums in fen."""

    entries: Sequence[Entry]
    left_out: Sequence[tuple[Entry, LeftOut]]
    """What the policy stands against, then gravest reason first; each in the order of the roster."""

    @property
    def sum_fen(self) -> int:
        """What the vouchers of the batch are worth together."""
        return sum(entry.sum_fen for entry in self.entries)

    @property
    def largest(self) -> Entry | None:
        """The line with the largest sum, the first of several; None for an empty batch."""
        return max(self.entries, key=lambda entry: entry.sum_fen, default=None)

    @property
    def mark(self) -> str:
        """What tells this preview from any other: whoever submits submits what they saw."""
        rows = [(entry.agreement_id or 0, entry.sum_fen) for entry in self.entries]
        return digest(rows, policy_sha256="", salt="preview")

    def without(self, unable: Mapping[int, LeftOut]) -> "Preview":
        """Return the same with the agreements left out that no voucher can be issued over, by their ids."""
        judged = [(entry, unable.get(entry.agreement_id or 0)) for entry in self.entries]
        entries = [entry for entry, reason in judged if reason is None]
        left_out = [(entry, reason) for entry, reason in judged if reason is not None]
        return Preview(entries, [*left_out, *self.left_out])


@dataclass(frozen=True, slots=True)
class Checked:
    """A voucher of a batch beside what its roster says now."""

    voucher: Voucher
    entry: Entry | None
    """None when the agreement is no longer on the roster."""
    face: Face | None
    """What its face would be now, with what makes it; None where something that it needs is missing."""

    @property
    def faults(self) -> list[str]:
        """What does not fit any more: ``sum``, ``cash``, ``dispute``."""
        if self.entry is None:
            return ["sum"]
        found = {
            "sum": self.face is None
            or self.face.compensation_fen != self.entry.sum_fen
            or (self.face.fen, self.face.additions) != (self.voucher.face_fen, self.voucher.additions),
            "cash": self.entry.elects is Election.CASH,
            "dispute": self.entry.dispute is not None,
        }
        return [fault for fault, applies in found.items() if applies]


@dataclass(frozen=True, slots=True)
class Member:
    """A voucher of a batch, in short."""

    id: int
    ref: str
    agreement_id: int


Drawn = TypeVar("Drawn", Voucher, Member)


def preview(session: Session, *, actor: Actor, project_id: int) -> Preview:
    """Return what a batch of a project of the actor's district would hold now."""
    entries = roster.list_entries(session, actor=actor, project_id=project_id)
    taken = _taken(session, project_id)
    judged = [(entry, why_left_out(entry, taken)) for entry in entries]
    order = {reason: place for place, reason in enumerate(LeftOut)}
    left_out = [(entry, reason) for entry, reason in judged if reason is not None]
    return Preview(
        entries=[entry for entry, reason in judged if reason is None],
        left_out=sorted(left_out, key=lambda pair: order[pair[1]]),
    )


def get_batch(session: Session, *, actor: Actor, ref: str) -> VoucherBatch:
    """Return a batch of the actor's district. Raises NotFound."""
    statement = (
        select(VoucherBatch)
        .where(VoucherBatch.ref == ref, VoucherBatch.district_id == actor.district)
        .options(joinedload(VoucherBatch.project), joinedload(VoucherBatch.policy_version))
    )
    batch = session.scalars(statement).first()
    if batch is None:
        raise NotFound("issue_batch_gone")
    return batch


def list_batches(
    session: Session, *, actor: Actor, project_id: int | None = None, state: str | None = None
) -> Sequence[VoucherBatch]:
    """Return the district's batches, newest first: all, of one project, or in one state."""
    statement = select(VoucherBatch).where(VoucherBatch.district_id == actor.district)
    if project_id is not None:
        statement = statement.where(VoucherBatch.project_id == project_id)
    if state is not None:
        statement = statement.where(VoucherBatch.state == state)
    statement = statement.options(joinedload(VoucherBatch.project))
    return session.scalars(statement.order_by(VoucherBatch.id.desc())).all()


def list_vouchers(session: Session, *, batch: VoucherBatch) -> Sequence[Voucher]:
    """Return the vouchers of a batch in the order of its roster, each with agreement and household."""
    whole = (joinedload(Voucher.agreement), joinedload(Voucher.household).joinedload(Household.project))
    return session.scalars(members(batch).options(*whole)).all()


def named(session: Session, voucher_ids: Sequence[int]) -> list[Due[int]]:
    """Return what a person finds these vouchers by."""
    statement = select(Voucher.id, Voucher.district_id, Voucher.ref).where(Voucher.id.in_(voucher_ids))
    return [Due(*one) for one in session.execute(statement.order_by(Voucher.id))]


def members(batch: VoucherBatch) -> Select[Voucher]:
    """Return what selects the vouchers of a batch, in the order of its roster."""
    return select(Voucher).where(Voucher.batch_id == batch.id).order_by(Voucher.id)


def check(session: Session, *, actor: Actor, batch: VoucherBatch) -> list[Checked]:
    """Return every voucher of a batch with its household beside its roster, those that do not fit first."""
    policy = policy_of(batch.policy_version)
    reckoned_by = joinedload(Voucher.agreement).options(
        selectinload(Agreement.lines), joinedload(Agreement.household)
    )
    vouchers = session.scalars(members(batch).options(joinedload(Voucher.household), reckoned_by)).all()
    entries = roster.list_entries(
        session,
        actor=actor,
        project_id=batch.project_id,
        agreement_ids=[voucher.agreement_id for voucher in vouchers],
    )
    by_agreement = {entry.agreement_id: entry for entry in entries}
    rows = [
        Checked(voucher, by_agreement.get(voucher.agreement_id), _face_now(policy, voucher))
        for voucher in vouchers
    ]
    return sorted(rows, key=lambda row: not row.faults)


def _face_now(policy: Policy, voucher: Voucher) -> Face | None:
    try:
        return face_under(policy, voucher.agreement)
    except Conflict:
        return None


def list_members(session: Session, *, batch: VoucherBatch) -> list[Member]:
    """Return the vouchers of a batch in the same order, as far as its sample is drawn from them."""
    narrow = members(batch).with_only_columns(Voucher.id, Voucher.ref, Voucher.agreement_id)
    return [Member(*row) for row in session.execute(narrow)]


def sample_of(batch: VoucherBatch, vouchers: Sequence[Drawn]) -> list[Drawn]:
    """Return the vouchers that a checker must open before approving, in the order they were drawn."""
    by_agreement = {voucher.agreement_id: voucher for voucher in vouchers}
    return [by_agreement[one] for one in sample(by_agreement, batch.sha256)]


def openings(session: Session, *, batch: VoucherBatch) -> dict[tuple[int, int], datetime]:
    """Return when a voucher of a batch was opened, by voucher and checker."""
    statement = select(BatchOpening.voucher_id, BatchOpening.user_id, BatchOpening.at)
    rows = session.execute(statement.where(BatchOpening.batch_id == batch.id))
    return {(row.voucher_id, row.user_id): row.at for row in rows}


def count_waiting(session: Session, *, actor: Actor) -> int:
    """Return how many batches wait for a checker of the actor's district."""
    statement = select(func.count(VoucherBatch.id)).where(
        VoucherBatch.district_id == actor.district, VoucherBatch.state == "submitted"
    )
    return session.scalars(statement).one()


def _taken(session: Session, project_id: int) -> Taken:
    states = (
        select(Voucher.agreement_id, Voucher.state)
        .join(Household, Household.id == Voucher.household_id)
        .where(Household.project_id == project_id, Voucher.state != "rejected")
    )
    batched = (
        select(BatchHousehold.household_id)
        .join(Household, Household.id == BatchHousehold.household_id)
        .where(Household.project_id == project_id, BatchHousehold.ended_at.is_(None))
    )
    return Taken(
        {row.agreement_id: row.state for row in session.execute(states)},
        frozenset(session.scalars(batched)),
    )
