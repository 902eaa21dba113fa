"""Reading extensions of many vouchers: what one would lengthen, and how far one has come."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session, joinedload

from app.core import clock
from app.core.actor import Actor
from app.core.apart import Due
from app.core.errors import NotFound
from app.ledger.models import LedgerAccount
from app.policies.queries import policy_of
from app.projects.models import Household
from app.vouchers.ending_models import VoucherEnding
from app.vouchers.ending_states import LIVE
from app.vouchers.extension_models import ExtensionBatch, VoucherExtension
from app.vouchers.extension_rules import Obstacle, Standing, digest, find_obstacle
from app.vouchers.extensions import asked_use, is_unused, term_end
from app.vouchers.models import Voucher, VoucherBatch


@dataclass(frozen=True, slots=True)
class Fit:
    """A voucher with what decides about it; its household is loaded."""

    voucher: Voucher
    standing: Standing


@dataclass(frozen=True, slots=True)
class Preview:
    """Which vouchers would have a longer term now, and which would not and why; sums in fen."""

    fits: Sequence[Fit]
    left_out: Sequence[tuple[Fit, Obstacle]]
    """Gravest reason first."""

    @property
    def sum_fen(self) -> int:
        """What is left on those that would."""
        return sum(fit.standing.left_fen for fit in self.fits)

    @property
    def reasons(self) -> Mapping[Obstacle, int]:
        """How many are left out for each reason, in the order of the list."""
        return Counter(obstacle for _fit, obstacle in self.left_out)

    @property
    def mark(self) -> str:
        """What tells this preview from any other: whoever proposes proposes what they saw."""
        return digest(
            (fit.voucher.id, fit.standing.granted_months, fit.standing.longer_until) for fit in self.fits
        )


def preview(
    session: Session, *, actor: Actor, project_id: int, months: int, issued_ref: str | None = None
) -> Preview:
    """Return what so many months more would do to a project's issued vouchers, or to one issued batch's."""
    where = [Voucher.district_id == actor.district, Household.project_id == project_id]
    if issued_ref is not None:
        where.append(VoucherBatch.ref == issued_ref)
    found = _standing(session, where, months)
    moment = clock.now()
    judged = [(fit, find_obstacle(fit.standing, months=months, moment=moment)) for fit in found]
    order = {obstacle: place for place, obstacle in enumerate(Obstacle)}
    left_out = [(fit, obstacle) for fit, obstacle in judged if obstacle is not None]
    return Preview(
        [fit for fit, obstacle in judged if obstacle is None],
        sorted(left_out, key=lambda pair: order[pair[1]]),
    )


def ending_among(session: Session, voucher_ids: Collection[int]) -> set[int]:
    """Return which of these vouchers are ending, or have ended."""
    statement = select(VoucherEnding.voucher_id).where(
        VoucherEnding.voucher_id.in_(voucher_ids), VoucherEnding.state.in_(LIVE)
    )
    return set(session.scalars(statement))


def get_batch(session: Session, *, actor: Actor, ref: str) -> ExtensionBatch:
    """Return a batch of the actor's district. Raises NotFound."""
    statement = (
        select(ExtensionBatch)
        .where(ExtensionBatch.ref == ref, ExtensionBatch.district_id == actor.district)
        .options(joinedload(ExtensionBatch.project))
    )
    found = session.scalars(statement).first()
    if found is None:
        raise NotFound("extension_gone")
    return found


def find_batch(session: Session, *, extension: VoucherExtension) -> ExtensionBatch | None:
    """Return the batch that an extension was proposed with; None for a single one."""
    return session.get(ExtensionBatch, extension.batch_id) if extension.batch_id else None


def list_batches(session: Session, *, actor: Actor, state: str | None = None) -> Sequence[ExtensionBatch]:
    """Return the district's batches, the newest first: all, or those in one state."""
    statement = select(ExtensionBatch).where(ExtensionBatch.district_id == actor.district)
    if state is not None:
        statement = statement.where(ExtensionBatch.state == state)
    statement = statement.options(joinedload(ExtensionBatch.project)).order_by(ExtensionBatch.id.desc())
    return session.scalars(statement).all()


def list_of_batch(
    session: Session, *, batch: ExtensionBatch, offset: int = 0, limit: int | None = None
) -> Sequence[VoucherExtension]:
    """Return the extensions of a batch with their households, those that were left out first."""
    statement = _of(batch).order_by(VoucherExtension.obstacle.is_(None), VoucherExtension.voucher_id)
    return session.scalars(statement.offset(offset).limit(limit)).all()


def list_waiting(
    session: Session, *, batch: ExtensionBatch, but: Collection[int], limit: int
) -> Sequence[int]:
    """Return the ids of the next extensions of a batch that are not carried out, without some."""
    waiting = (
        VoucherExtension.batch_id == batch.id,
        VoucherExtension.state == "proposed",
        VoucherExtension.id.not_in(but),
    )
    statement = select(VoucherExtension.id).where(*waiting).order_by(VoucherExtension.voucher_id)
    return session.scalars(statement.limit(limit)).all()


def list_proposed(session: Session, *, extension_ids: Sequence[int]) -> Sequence[VoucherExtension]:
    """Return those of these extensions that are not carried out, as they are now, with their households."""
    whole = joinedload(VoucherExtension.voucher).joinedload(Voucher.household)
    statement = (
        select(VoucherExtension)
        .where(VoucherExtension.id.in_(extension_ids), VoucherExtension.state == "proposed")
        .options(whole)
        .order_by(VoucherExtension.voucher_id)
    )
    return session.scalars(statement, execution_options={"populate_existing": True}).all()


def named(session: Session, extension_ids: Sequence[int]) -> list[Due[int]]:
    """Return what a person finds these extensions by: their vouchers."""
    statement = (
        select(VoucherExtension.id, VoucherExtension.district_id, Voucher.ref)
        .join(Voucher, Voucher.id == VoucherExtension.voucher_id)
        .where(VoucherExtension.id.in_(extension_ids))
    )
    return [Due(*one) for one in session.execute(statement.order_by(Voucher.id))]


def count_of_batch(session: Session, *, batch: ExtensionBatch) -> Mapping[str, int]:
    """Return how many extensions of a batch are in each state."""
    statement = select(VoucherExtension.state, func.count()).where(VoucherExtension.batch_id == batch.id)
    return {row[0]: row[1] for row in session.execute(statement.group_by(VoucherExtension.state))}


def _of(batch: ExtensionBatch) -> Select[VoucherExtension]:
    whole = joinedload(VoucherExtension.voucher).joinedload(Voucher.household)
    return select(VoucherExtension).where(VoucherExtension.batch_id == batch.id).options(whole)


def _standing(session: Session, where: Sequence[ColumnElement[bool]], months: int) -> list[Fit]:
    left = LedgerAccount.credits_posted - LedgerAccount.debits_posted
    statement = (
        select(Voucher, left)
        .join(Household, Household.id == Voucher.household_id)
        .join(LedgerAccount, LedgerAccount.id == Voucher.account_id)
        .outerjoin(VoucherBatch, VoucherBatch.id == Voucher.batch_id)
        .where(Voucher.state == "issued", *where)
        .options(
            joinedload(Voucher.household), joinedload(Voucher.agreement), joinedload(Voucher.policy_version)
        )
        .order_by(Voucher.id)
    )
    found = [
        (row[0], row[1]) for row in session.execute(statement, execution_options={"populate_existing": True})
    ]
    voucher_ids = [voucher.id for voucher, _left in found]
    ending, granted = ending_among(session, voucher_ids), _granted(session, voucher_ids)
    waits, used = _waiting(session, voucher_ids), asked_use(session, [voucher for voucher, _left in found])
    fits = []
    for voucher, left_fen in found:
        if voucher.expires_at is None:
            continue
        before = voucher.extended_months + granted.get(voucher.id, 0)
        standing = Standing(
            expires_at=voucher.expires_at,
            longer_until=term_end(voucher, before + months, granted=before),
            most_months=policy_of(voucher.policy_version).extension_months,
            granted_months=before,
            left_fen=left_fen,
            is_ending=voucher.id in ending,
            is_moving=voucher.is_moving,
            waits=voucher.id in waits,
            used=used.get(voucher.id),
            is_unused=is_unused(voucher, used.get(voucher.id)),
        )
        fits.append(Fit(voucher, standing))
    return fits


def _granted(session: Session, voucher_ids: Collection[int]) -> dict[int, int]:
    statement = (
        select(VoucherExtension.voucher_id, func.sum(VoucherExtension.months))
        .where(VoucherExtension.voucher_id.in_(voucher_ids), VoucherExtension.state == "approved")
        .group_by(VoucherExtension.voucher_id)
    )
    return {row[0]: int(row[1]) for row in session.execute(statement)}


def _waiting(session: Session, voucher_ids: Collection[int]) -> set[int]:
    statement = select(VoucherExtension.voucher_id).where(
        VoucherExtension.voucher_id.in_(voucher_ids), VoucherExtension.state == "proposed"
    )
    return set(session.scalars(statement))
