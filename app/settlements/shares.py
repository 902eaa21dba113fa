"""Reading what is owed for written-off homes, voucher by voucher, and how it stands."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVarTuple

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, aliased, joinedload

from app.core import clock
from app.homes.models import Development, Home
from app.homes.pool_models import PoolMembership
from app.identity.models import District
from app.ledger.models import LedgerTransfer
from app.policies.models import PolicyVersion
from app.policies.queries import policy_of
from app.policies.settling import SettlementRule, ask_for_place, counted_days, rule_for
from app.policies.tiers import HOME
from app.projects.models import Household
from app.redemptions.change_models import ChangePart
from app.redemptions.models import Allocation, Quote, Redemption, RedemptionMove
from app.settlements import terms
from app.settlements.models import SettlementMilestone
from app.settlements.money_models import SettlementClaim, SettlementLine
from app.settlements.payment_models import SettlementPayment
from app.settlements.rules import LineKind, Part, Taken, parts_of
from app.vouchers.models import Voucher

Columns = TypeVarTuple("Columns")


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose shares: of a district, and of one developer, household, project, or of some purchases."""

    district_id: int
    developer_id: int | None = None
    household_id: int | None = None
    project_id: int | None = None
    redemption_ids: Collection[int] | None = None


@dataclass(frozen=True, slots=True)
class Share:
    """What one voucher and its bonus gave for one written-off home, as the ledger has it now, in fen.

    ``rule`` is None where neither the voucher's policy nor the district says how developers are paid.
    """

    redemption_id: int
    redemption_ref: str
    voucher_id: int
    voucher_ref: str
    developer_id: int
    development_id: int
    home_id: int
    household_id: int
    project_id: int
    owed_fen: int
    rule: SettlementRule | None
    by_default: bool
    """Whether the rule is the district's own, because the policy says nothing."""
    days: dict[str, date]
    parts: Sequence[Part]

    @property
    def key(self) -> tuple[int, int]:
        """Which share it is: purchase and voucher."""
        return self.redemption_id, self.voucher_id

    @property
    def paid_fen(self) -> int:
        """What of it was paid."""
        return sum(part.paid_fen for part in self.parts)


def list_shares(session: Session, scope: Scope, *, today: date | None = None) -> list[Share]:
    """Return the shares of a scope with their parts as they stand, oldest write-off first."""
    day = today or clock.today()
    rows = session.execute(_statement(scope)).all()
    taken = _taken(session, scope)
    policies = _rules(session, {row.policy_version_id for row in rows})
    defaults = terms.list_confirmed(session, district_id=scope.district_id)
    days = _milestone_days(session, scope)
    places = _places(session, scope) if any(map(ask_for_place, policies.values())) else {}
    found = []
    for row in rows:
        kind, stage = places.get(row.id, (HOME, None))
        said = rule_for(policies[row.policy_version_id], kind=kind, stage=stage)
        found.append(_share(row, taken, said, defaults, days.get(row.id, {}), day))
    return found


def _share(
    row: Any,
    taken: dict[tuple[int, int], list[Taken]],
    said: SettlementRule | None,
    defaults: Sequence[terms.Confirmed],
    reached: dict[str, date],
    today: date,
) -> Share:
    verified_at: datetime = row.verified_at or row.ended_at
    rule = said or terms.rule_at(defaults, verified_at)
    days = {
        "contract": row.contract_signed_on,
        "filed": clock.legal_day(row.filed_at) if row.filed_at else row.contract_signed_on,
        "verified": clock.legal_day(verified_at),
        **reached,
    }
    known = counted_days({event: day for event, day in days.items() if day is not None})
    owed_fen = int(row.owed_fen)
    lines = taken.get((row.id, row.voucher_id), [])
    return Share(
        redemption_id=row.id,
        redemption_ref=row.ref,
        voucher_id=row.voucher_id,
        voucher_ref=row.voucher_ref,
        developer_id=row.developer_id,
        development_id=row.development_id,
        home_id=row.home_id,
        household_id=row.household_id,
        project_id=row.project_id,
        owed_fen=owed_fen,
        rule=rule,
        by_default=said is None,
        days=known,
        parts=parts_of(rule, owed_fen=owed_fen, days=known, taken=lines, today=today) if rule else [],
    )


def _statement(scope: Scope) -> Select[*tuple[Any, ...]]:
    """Build the question for the shares: what was spent and added, less what went back since."""
    spent, bonus = aliased(LedgerTransfer), aliased(LedgerTransfer)
    statement = (
        select(
            Redemption.id,
            Redemption.ref,
            Redemption.developer_id,
            Redemption.home_id,
            Redemption.household_id,
            Redemption.contract_signed_on,
            Redemption.ended_at,
            Home.development_id,
            Household.project_id,
            Allocation.voucher_id,
            Voucher.ref.label("voucher_ref"),
            Voucher.policy_version_id,
            (spent.amount_fen + func.coalesce(bonus.amount_fen, 0) - _back()).label("owed_fen"),
            _first("enter_contract").label("filed_at"),
            _first("verify_second").label("verified_at"),
        )
        .join(Allocation, Allocation.redemption_id == Redemption.id)
        .join(Voucher, Voucher.id == Allocation.voucher_id)
        .join(Home, Home.id == Redemption.home_id)
        .join(Household, Household.id == Redemption.household_id)
        .join(spent, (spent.pending_id == Allocation.transfer_id) & (spent.kind == "post"))
        .outerjoin(bonus, (bonus.pending_id == Allocation.bonus_transfer_id) & (bonus.kind == "post"))
        .order_by(Redemption.ended_at, Redemption.id, Allocation.id)
    )
    return _within(statement, scope)


def _back() -> Any:
    """Return what corrections moved back of a share since, in fen."""
    moved = LedgerTransfer.id.in_((ChangePart.transfer_id, ChangePart.bonus_transfer_id))
    return (
        select(func.coalesce(func.sum(LedgerTransfer.amount_fen), 0))
        .join(ChangePart, moved)
        .where(ChangePart.allocation_id == Allocation.id)
        .scalar_subquery()
    )


def _first(action: str) -> Any:
    """Return when a step of a purchase was taken first."""
    return (
        select(func.min(RedemptionMove.at))
        .where(RedemptionMove.redemption_id == Redemption.id, RedemptionMove.action == action)
        .scalar_subquery()
    )


def _within(statement: Select[*Columns], scope: Scope) -> Select[*Columns]:
    statement = statement.where(Redemption.district_id == scope.district_id)
    if scope.developer_id is not None:
        statement = statement.where(Redemption.developer_id == scope.developer_id)
    if scope.household_id is not None:
        statement = statement.where(Redemption.household_id == scope.household_id)
    if scope.project_id is not None:
        own = select(Household.id).where(Household.project_id == scope.project_id)
        statement = statement.where(Redemption.household_id.in_(own))
    if scope.redemption_ids is not None:
        statement = statement.where(Redemption.id.in_(scope.redemption_ids))
    return statement


def _milestone_days(session: Session, scope: Scope) -> dict[int, dict[str, date]]:
    """Return the days of confirmed handovers and certificates, by purchase."""
    wanted = (
        select(SettlementMilestone.redemption_id, SettlementMilestone.kind, SettlementMilestone.happened_on)
        .join(Redemption, Redemption.id == SettlementMilestone.redemption_id)
        .where(SettlementMilestone.state == "confirmed")
    )
    found: dict[int, dict[str, date]] = defaultdict(dict)
    for redemption_id, kind, day in session.execute(_within(wanted, scope)):
        found[redemption_id][kind] = day
    return found


def _taken(session: Session, scope: Scope) -> dict[tuple[int, int], list[Taken]]:
    """Return the lines of claims that stand, by purchase and voucher."""
    wanted = (
        select(
            SettlementLine.redemption_id,
            SettlementLine.voucher_id,
            SettlementLine.kind,
            SettlementLine.place,
            SettlementLine.amount_fen,
            SettlementLine.due_on,
            SettlementPayment.paid_on,
            SettlementClaim.submitted_at,
        )
        .join(Redemption, Redemption.id == SettlementLine.redemption_id)
        .join(SettlementClaim, SettlementClaim.id == SettlementLine.claim_id)
        .outerjoin(
            SettlementPayment,
            (SettlementPayment.claim_id == SettlementClaim.id) & (SettlementPayment.state == "paid"),
        )
        .where(SettlementLine.stands)
    )
    found: dict[tuple[int, int], list[Taken]] = defaultdict(list)
    rows = session.execute(_within(wanted, scope))
    for redemption_id, voucher_id, kind, place, amount_fen, due_on, paid_on, sent_at in rows:
        line = Taken(LineKind(kind), place, amount_fen, due_on, paid_on, clock.legal_day(sent_at))
        found[redemption_id, voucher_id].append(line)
    return found


def _rules(session: Session, version_ids: Collection[int]) -> dict[int, tuple[SettlementRule, ...]]:
    versions = session.scalars(select(PolicyVersion).where(PolicyVersion.id.in_(version_ids)))
    return {version.id: policy_of(version).settlements for version in versions}


def _places(session: Session, scope: Scope) -> dict[int, tuple[str, str]]:
    """Return of each purchase which kind of stock it is, and how far it was built at the lock.

    A quote from before that counted does not say the latter: then it is as it is now.
    """
    home = Quote.snapshot["home"]
    wanted = (
        select(Redemption.id, home["kind"].astext, func.coalesce(home["stage"].astext, Development.stage))
        .join(Quote, Quote.id == Redemption.quote_id)
        .join(Home, Home.id == Redemption.home_id)
        .join(Development, Development.id == Home.development_id)
    )
    return {row_id: (kind, stage) for row_id, kind, stage in session.execute(_within(wanted, scope))}


def list_districts(session: Session, *, developer_id: int) -> Sequence[District]:
    """Return the districts whose pool a developer is or was in: those that may owe it something."""
    own = select(PoolMembership.district_id).where(PoolMembership.developer_id == developer_id)
    return session.scalars(select(District).where(District.id.in_(own)).order_by(District.name)).all()


def purchases_of(session: Session, ids: Collection[int]) -> dict[int, Redemption]:
    """Return purchases by id, with home, place, developer and household."""
    wanted = (
        select(Redemption)
        .where(Redemption.id.in_(ids))
        .options(
            joinedload(Redemption.home).joinedload(Home.building),
            joinedload(Redemption.home).joinedload(Home.development).joinedload(Development.developer),
            joinedload(Redemption.household),
        )
    )
    return {one.id: one for one in session.scalars(wanted)}
