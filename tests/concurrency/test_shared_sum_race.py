"""Two homes locked at one moment that share what a policy gives once; without locks each has all of it."""

import itertools
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from app.core.locks import LockPolicy
from app.redemptions import queries
from app.redemptions.models import Allocation, Redemption
from tests.concurrency.buying import locking, locking_by_consent
from tests.concurrency.race import PURCHASE, Act, NoLocks, race
from tests.factories.policies import NANJING, ROOMY
from tests.factories.redemptions import make_buyer, make_shop
from tests.factories.vouchers import make_desk

WAN: Final = 1_000_000
EARNED: Final = select(func.sum(Allocation.bonus_fen))
SPENT: Final = select(func.sum(Allocation.spent_fen))
BOUGHT: Final = select(func.count(Redemption.id))
OVER_CAPS: Final = "no purchase earns more than the caps of its bonus, nor all bonuses more than theirs"
LIMITED: Final = ROOMY + "limits: [{kinds: [home], yuan: 200000, of: household}]\n"
OVER_LIMIT: Final = "the vouchers of a household spend no more on a kind of stock than its policy lets them"


@dataclass(frozen=True)
class Shared:
    """A policy, how much of ``measured`` it gives once, and what proofs find where that was had twice."""

    policy: str
    measured: Any
    once: int
    rules: frozenset[str]
    faces: tuple[int, ...] = (50 * WAN, 50 * WAN)
    area_m2: Decimal = Decimal("89.50")


def only_one(said: str) -> str:
    """Return a policy that says so and nothing else of how many homes are bought."""
    return f"{ROOMY}{said}\n".replace("\nhomes: any", "")


SHARED: Final = {
    # Both homes are paid with the one voucher.
    "a bonus of the face": Shared(
        NANJING,
        EARNED,
        10 * WAN,
        frozenset({"a voucher earns no more than its policy's caps", OVER_CAPS}),
        faces=(100 * WAN,),
    ),
    # 20% of 25 万 would be 5 万 each; 3% of both faces together are 3 万.
    "a cap by all faces": Shared(
        ROOMY.replace(
            "  fixed_by: lock\n", "  fixed_by: lock\n  caps: [{of: household, share_of_faces: 3%}]\n"
        ),
        EARNED,
        3 * WAN,
        frozenset({OVER_CAPS}),
        faces=(70 * WAN, 30 * WAN),
    ),
    # 20% of the price for the ㎡ of the old home, of which the factories' have 61.25.
    "the area that earns": Shared(
        ROOMY.replace("  base: spent\n", "  base: price\n  within_area: old\n"),
        EARNED,
        6 * WAN,
        frozenset({"no bonus is paid for more ㎡ than its policy pays it for"}),
        faces=(70 * WAN, 30 * WAN),
        area_m2=Decimal("60.00"),
    ),
    "homes": Shared(
        only_one("homes: {most: 1, of: household}"),
        BOUGHT,
        1,
        frozenset({"no more homes are bought than a policy lets a voucher, or a household, buy"}),
    ),
    "a number of a kind": Shared(
        only_one("limits: [{kinds: [home], number: 1, of: household}]"),
        BOUGHT,
        1,
        frozenset({"no more of a kind of stock is bought than a policy lets a voucher, or a household, buy"}),
    ),
    "yuan of a kind": Shared(LIMITED, SPENT, 20 * WAN, frozenset({OVER_LIMIT})),
}
OUTCOMES: Final = (
    ("policy", "expected", "times"),
    [
        pytest.param(None, ["done", "quote_past_changed"], 1, id="locks"),
        pytest.param(NoLocks(), ["done", "done"], 2, id="none: the race"),
    ],
)


def raced(
    engine: Engine, setting: Session, shared: Shared, acts: list[Act], policy: LockPolicy | None
) -> tuple[list[str], int]:
    """Return how two locks at once ended, and how much they had; the proofs find the race."""
    outcomes = race(engine, acts, policy=policy, meet_at=PURCHASE)
    found = {breach.rule for breach in queries.verify(setting)}
    assert found == (shared.rules if policy else set())
    return sorted(map(str, outcomes)), setting.scalars(shared.measured).one()


@pytest.mark.parametrize("shared", SHARED.values(), ids=SHARED)
@pytest.mark.parametrize(*OUTCOMES)
def test_two_homes_at_once_do_not_both_have_what_is_given_once(
    engine: Engine,
    setting: Session,
    shared: Shared,
    policy: LockPolicy | None,
    expected: list[str],
    times: int,
) -> None:
    shop = make_shop(setting, desk=make_desk(setting, policy=shared.policy))
    buyer = make_buyer(setting, shop.desk, faces=shared.faces)
    refs = itertools.islice(itertools.cycle(voucher.ref for voucher in buyer.vouchers), 2)
    how = {"voucher_fen": 30 * WAN, "area_m2": shared.area_m2}
    acts = [locking(setting, shop, buyer, ref, **how) for ref in refs]
    assert raced(engine, setting, shared, acts, policy) == (expected, times * shared.once)


@pytest.mark.parametrize(*OUTCOMES)
def test_nor_do_two_households_that_each_have_one_of_them_by_consent(
    engine: Engine, setting: Session, policy: LockPolicy | None, expected: list[str], times: int
) -> None:
    shared = SHARED["yuan of a kind"]
    shop = make_shop(setting, desk=make_desk(setting, policy=shared.policy))
    owner = make_buyer(setting, shop.desk, faces=shared.faces)
    refs = [voucher.ref for voucher in owner.vouchers]
    acts = [locking_by_consent(setting, shop, owner, ref, voucher_fen=30 * WAN) for ref in refs]
    assert raced(engine, setting, shared, acts, policy) == (expected, times * shared.once)
