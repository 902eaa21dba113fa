"""What the package of vouchers is told of their purchases: what they earned, spent and gave back."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction

from sqlalchemy import Select, false, func, or_, select
from sqlalchemy.orm import Session

from app.core import clock
from app.homes.models import DWELLING, Home
from app.policies.bands import Used
from app.policies.queries import policy_of
from app.policies.spared import Earned, spared_paths
from app.redemptions import parted
from app.redemptions.answering import of_purchases
from app.redemptions.change_models import ChangePart, PurchaseChange
from app.redemptions.change_states import OPEN
from app.redemptions.change_states import State as ChangeState
from app.redemptions.models import Allocation, Quote, Redemption
from app.redemptions.past import households, line_of
from app.redemptions.states import ACTIVE, COUNTING, State
from app.vouchers.ending_rules import parts_bonus
from app.vouchers.models import Voucher
from app.vouchers.purchases import InSmall, Less, Returned


class PurchaseBook:
    """Tells the package of vouchers what their purchases earned."""

    def earned(self, session: Session, voucher_ids: Collection[int]) -> dict[int, int]:
        """Return the bonus in fen that each voucher's purchases were paid or promised, by voucher id.

        What is paid in cash is among it.
        """
        if not voucher_ids:
            return {}
        line = line_of(Voucher.id.in_(voucher_ids), of_household=False)
        cash_fen = Allocation.cash_fen - Allocation.cash_back_fen
        earned_fen = Allocation.bonus_fen - Allocation.bonus_back_fen + cash_fen
        statement = (
            select(line.c.of, func.sum(earned_fen))
            .join(Allocation, Allocation.voucher_id == line.c.id)
            .join(Redemption, Redemption.id == Allocation.redemption_id)
            .where(Redemption.state.in_(COUNTING))
            .group_by(line.c.of)
        )
        found = {voucher_id: int(fen) for voucher_id, fen in session.execute(statement)}
        return {voucher_id: found.get(voucher_id, 0) for voucher_id in voucher_ids}

    def answered(
        self,
        session: Session,
        voucher_ids: Collection[int],
        *,
        in_parts: Collection[int] | None = None,
        less: Mapping[tuple[int, int], Less] | None = None,
    ) -> dict[int, Earned]:
        """Return the bonus of which an ending of each voucher takes back or not, by voucher id.

        ``in_parts`` are those of which it takes a share; None: as their policies say. ``less`` is how much
        less of it counts, by purchase and paying voucher.
        """
        vouchers = [session.get_one(Voucher, one) for one in voucher_ids]
        if in_parts is None:
            in_parts = [one.id for one in vouchers if parts_bonus(one)]
        found = parted.answered(session, in_parts, less or {}) if in_parts else {}
        whole = [one for one in vouchers if one.id not in found]
        if not less and not any(spared_paths(policy_of(one.policy_version)) for one in whole):
            sums = self.earned(session, [one.id for one in whole])
            return found | {of: Earned(fen) for of, fen in sums.items()}
        return found | self._answered_whole(session, [one.id for one in whole], less or {})

    def _answered_whole(
        self, session: Session, voucher_ids: Collection[int], less: Mapping[tuple[int, int], Less]
    ) -> dict[int, Earned]:
        line = line_of(Voucher.id.in_(voucher_ids), of_household=False)
        rows = session.execute(select(line.c.of, line.c.id)).all()
        earned = of_purchases(session, {row.id for row in rows}, less)
        found = dict.fromkeys(voucher_ids, Earned())
        for of, one in rows:
            found[of] = sum(earned[one], found[of])
        return found

    def spent_before(self, session: Session, voucher_ids: Collection[int]) -> dict[int, int]:
        """Return what the vouchers that each came of by moves spent and did not get back, in fen."""
        if not voucher_ids:
            return {}
        line = line_of(Voucher.id.in_(voucher_ids), of_household=False)
        statement = (
            select(line.c.of, func.sum(Allocation.spent_fen - Allocation.back_fen))
            .join(Allocation, Allocation.voucher_id == line.c.id)
            .join(Redemption, Redemption.id == Allocation.redemption_id)
            .where(Redemption.state.in_(COUNTING), line.c.id != line.c.of)
            .group_by(line.c.of)
        )
        return {voucher_id: int(fen) for voucher_id, fen in session.execute(statement)}

    def parted(self, session: Session, voucher_ids: Collection[int]) -> dict[int, InSmall]:
        """Return how vouchers of which a split parted the past count as those that they came of in small."""
        return parted.in_small(session, voucher_ids) if voucher_ids else {}

    def weights(self, session: Session, voucher_id: int) -> Mapping[int, Fraction]:
        """Return which part of what each voucher did counts with one that came of it, by voucher id."""
        return parted.weights(session, voucher_id)

    def are_used(self, session: Session, voucher_ids: Collection[int]) -> bool:
        """Tell whether a home was ever locked with one of the vouchers, or can be by a quote that runs."""
        ever = select(Allocation.id).where(Allocation.voucher_id.in_(voucher_ids))
        running = select(Quote.id).where(
            Quote.expires_at > clock.now(),
            or_(false(), *(Quote.snapshot.contains({"parts": [{"voucher_id": one}]}) for one in voucher_ids)),
        )
        return any(session.scalars(one.limit(1)).first() is not None for one in (ever, running))

    def blameless(self, session: Session, voucher_ids: Collection[int]) -> frozenset[int]:
        """Return the vouchers to which money came back after their term, for what nobody blames on them.

        Or whose promise was set free then, as the contract was undone before it was written off.
        """
        of_vouchers = (
            select(Allocation.voucher_id)
            .join(PurchaseChange, PurchaseChange.redemption_id == Allocation.redemption_id)
            .join(Voucher, Voucher.id == Allocation.voucher_id)
            .where(Allocation.voucher_id.in_(voucher_ids), PurchaseChange.is_own.is_(False))
        )
        back = of_vouchers.join(
            ChangePart,
            (ChangePart.change_id == PurchaseChange.id) & (ChangePart.allocation_id == Allocation.id),
        ).where(ChangePart.back_fen > 0, ChangePart.at >= Voucher.expires_at)
        freed = of_vouchers.where(
            PurchaseChange.state == ChangeState.DONE,
            PurchaseChange.from_state.in_((State.CONTRACTED, State.CHECKED)),
            PurchaseChange.ended_at >= Voucher.expires_at,
        )
        return frozenset(session.scalars(back.union_all(freed)))

    def returned(self, session: Session, voucher_id: int) -> Sequence[Returned]:
        """Return all that purchases ever gave back to a voucher, the newest first."""
        back = (
            select(PurchaseChange.kind, PurchaseChange.is_own, ChangePart.back_fen)
            .join(ChangePart, ChangePart.change_id == PurchaseChange.id)
            .join(Allocation, Allocation.id == ChangePart.allocation_id)
            .where(Allocation.voucher_id == voucher_id, ChangePart.back_fen > 0)
            .order_by(ChangePart.transfer_id.desc())
        )
        rows = session.execute(back).all()
        return [Returned(kind, is_own, int(fen)) for kind, is_own, fen in rows]

    def of_household(
        self, session: Session, voucher_ids: Collection[int], *, before: datetime | None = None
    ) -> dict[int, Used]:
        """Return what all vouchers that each one's household holds have and spent, by voucher id.

        On homes locked before a moment, where one is given.
        """
        found = households(session, voucher_ids, before=before)
        return {of: Used(spent.face_fen, sum(spent.kinds.values())) for of, spent in found.items()}

    def are_open(
        self, session: Session, voucher_ids: Collection[int], *, before: datetime | None = None
    ) -> bool:
        """Tell whether one of them buys a home, locked before a moment, or has a purchase being changed.

        Or one of those that they came of.
        """
        line = line_of(Voucher.id.in_(voucher_ids), of_household=False)
        changing = select(PurchaseChange.id).where(
            PurchaseChange.redemption_id == Redemption.id, PurchaseChange.state.in_(OPEN)
        )
        found = (
            select(Redemption.id)
            .join(Allocation, Allocation.redemption_id == Redemption.id)
            .join(line, line.c.id == Allocation.voucher_id)
            .where(or_(Redemption.state.in_(ACTIVE), changing.exists()))
        )
        if before is not None:
            found = found.where(Redemption.locked_at < before)
        return session.scalars(found.limit(1)).first() is not None

    def handed_back(self, session: Session, voucher_ids: Collection[int], *, since: datetime) -> bool:
        """Tell whether their household itself gave a home back that one of them paid, since a moment.

        What came back to the vouchers that they came of counts, too.
        """
        line = line_of(Voucher.id.in_(voucher_ids), of_household=False)
        found = (
            select(ChangePart.change_id)
            .join(Allocation, Allocation.id == ChangePart.allocation_id)
            .join(line, line.c.id == Allocation.voucher_id)
            .join(PurchaseChange, PurchaseChange.id == ChangePart.change_id)
            .where(PurchaseChange.is_own, ChangePart.back_fen > 0, ChangePart.at >= since)
        )
        return session.scalars(found.limit(1)).first() is not None

    def settled_on(self, session: Session, voucher_id: int, *, begun_by: date) -> date | None:
        """Return when the last home that a voucher had begun to buy by a day was bought, or was no more.

        None where there was none; what is still being bought is left out.
        """
        ended = (
            select(func.max(Redemption.ended_at))
            .join(Allocation, Allocation.redemption_id == Redemption.id)
            .where(Allocation.voucher_id == voucher_id, Redemption.locked_at < clock.end_of_day(begun_by))
        )
        moment = session.scalar(ended)
        return clock.legal_day(moment) if moment else None

    def changing(self) -> Select[int]:
        """Return what selects the ids of vouchers of which a purchase has an open change.

        Those that came of them by a move are among them.
        """
        paying = (
            select(Allocation.voucher_id.label("id"))
            .join(PurchaseChange, PurchaseChange.redemption_id == Allocation.redemption_id)
            .where(PurchaseChange.state.in_(OPEN))
            .cte("changing", recursive=True)
        )
        moved = select(Voucher.successor_id).join(paying, paying.c.id == Voucher.id)
        line = paying.union(moved.where(Voucher.successor_id.is_not(None)))
        return select(line.c.id)

    def homes_m2(self, session: Session, household_id: int) -> Decimal:
        """Return the area in ㎡ of the homes that a household has bought, under contract or more."""
        statement = (
            select(func.coalesce(func.sum(Home.area_m2), 0))
            .join(Redemption, Redemption.home_id == Home.id)
            .where(
                DWELLING,
                Redemption.household_id == household_id,
                Redemption.state.in_((State.CONTRACTED, State.CHECKED, State.REDEEMED)),
            )
        )
        return Decimal(session.scalars(statement).one())
