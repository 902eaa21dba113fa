"""What a plan's homes would cost now, one after the other, as a quote over the basket would freeze it.

There is no arithmetic of its own here: ``redemptions.quoting`` foresees the outcomes, and nothing is written.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy.orm import Session

from app.core import clock
from app.core.actor import Actor, Role
from app.core.errors import Conflict, DomainError
from app.following.plan_models import BuyingPlan, PlannedHome
from app.homes.queries import current_prices
from app.policies.bands import Used
from app.policies.spared import Earned
from app.redemptions import quoting
from app.redemptions.answering import earned_by
from app.redemptions.market import look
from app.redemptions.purchase_book import PurchaseBook
from app.redemptions.queries import find_obstacle, list_held
from app.redemptions.rules import is_full
from app.redemptions.snapshot import PartSeen, Snapshot
from app.search import source
from app.search.documents import HomeFacts
from app.vouchers.queries import WalletVoucher, purse_of
from app.vouchers.together import used_with

_TAKEN: Final = frozenset({"home_sold", "home_locked", "home_not_listed"})
"""What ``redemptions.rules.obstacle`` says of a home, whichever voucher is to pay."""


@dataclass(frozen=True, slots=True)
class Line:
    """One home of a plan as it is now, and what a quote would say; sums in fen.

    Without a voucher that can pay, ``frozen`` is None and ``refusal`` tells only of the home itself.
    """

    row: PlannedHome
    home: HomeFacts
    frozen: Snapshot | None
    refusal: DomainError | None

    @property
    def is_free(self) -> bool:
        """Whether the home can be had, with some voucher."""
        return self.refusal is None or self.refusal.code not in _TAKEN

    @property
    def part(self) -> PartSeen | None:
        """What the voucher gives to it."""
        return self.frozen.parts[0] if self.frozen else None

    @property
    def price_fen(self) -> int:
        """What a voucher buyer pays for it now."""
        return self.frozen.price_fen if self.frozen else self.home.voucher_net.payable_fen


@dataclass(frozen=True, slots=True)
class Foreseen:
    """A plan as it stands now: its voucher, or why that cannot pay, and its homes in order.

    ``most`` is how many homes the policy lets the household hold at once, where these would be too many
    together with the ``held`` ones; else None. ``earlier`` is the bonus of earlier purchases, ``together``
    what all vouchers of the household did, where the policy counts them.
    """

    purse: WalletVoucher | None
    refusal: DomainError | None
    lines: Sequence[Line]
    held: int
    most: int | None
    earlier: Earned
    together: Used | None = None

    @property
    def frozen(self) -> list[Snapshot]:
        """The homes that a quote would take now."""
        return [line.frozen for line in self.lines if line.frozen]

    @property
    def price_fen(self) -> int:
        """What those cost together."""
        return sum(one.price_fen for one in self.frozen)

    @property
    def spent_fen(self) -> int:
        """What the voucher spends on them."""
        return sum(one.spent_fen for one in self.frozen)

    @property
    def bonus_fen(self) -> int:
        """What the district adds."""
        return sum(one.bonus_fen for one in self.frozen)

    @property
    def earned(self) -> Earned:
        """The bonus of earlier purchases and of these, what is paid in cash too, as endings take of it."""
        policies = [self.purse.policy] if self.purse else []
        parts = [line.part for line in self.lines if line.part]
        return sum((earned_by(policy, part) for policy in policies for part in parts), self.earlier)

    @property
    def top_up_fen(self) -> int:
        """What the household adds."""
        return sum(one.top_up_fen for one in self.frozen)


def foresee(session: Session, plan: BuyingPlan) -> Foreseen:
    """Return what the homes of a plan would cost with its voucher, whoever reads it."""
    # The sums are the household's, also where somebody else reads them by a shared link.
    owner = Actor(None, Role.HOUSEHOLD, district_id=plan.district_id, household_id=plan.household_id)
    purse, refusal, outcomes = _with_voucher(session, plan, owner)
    facts = source.load(session, [row.home_id for row in plan.homes])
    lines = [
        Line(
            row,
            facts[row.home_id],
            outcome if isinstance(outcome, Snapshot) else None,
            outcome if isinstance(outcome, DomainError) else None,
        )
        for row, outcome in zip(plan.homes, outcomes, strict=True)
    ]
    held = len(list_held(session, household_id=plan.household_id, moment=clock.now()))
    most, more = purse.policy.hold_homes if purse else None, sum(line.frozen is not None for line in lines)
    return Foreseen(
        purse=purse,
        refusal=refusal,
        lines=lines,
        held=held,
        most=most if more and is_full(held, most, more=more) else None,
        earlier=PurchaseBook().answered(session, [purse.id])[purse.id] if purse else Earned(),
        together=used_with(session, purse) if purse else None,
    )


def _with_voucher(
    session: Session, plan: BuyingPlan, owner: Actor
) -> tuple[WalletVoucher | None, DomainError | None, Sequence[Snapshot | DomainError | None]]:
    """Return the voucher, why it cannot pay, and the outcome of each home."""
    moment, homes = clock.now(), [row.home for row in plan.homes]
    voucher = plan.voucher if plan.voucher and plan.voucher.household_id == plan.household_id else None
    purse, refusal = purse_of(session, voucher) if voucher else None, None
    if purse is not None:
        try:
            chosen = quoting.choose(
                session,
                actor=owner,
                home_ids=[home.id for home in homes],
                parts=[(purse.ref, None)],
                moment=moment,
            )
        except DomainError as error:
            refusal = error
        else:
            if not homes:
                return purse, None, []
            market = look(session, actor=owner, homes=homes, moment=moment)
            found = quoting.outcomes(
                session, actor=owner, homes=homes, chosen=chosen, market=market, beside={}
            )
            return purse, None, found
    prices = current_prices(session, [home.id for home in homes])
    codes = [
        find_obstacle(session, district_id=plan.district_id, home=home, prices=prices[home.id], moment=moment)
        for home in homes
    ]
    return purse, refusal, [Conflict(code) if code else None for code in codes]
