"""A household locks a home while its developer sells it offline: one of them has it, or a conflict is known.

Both meet between what they check and what they write. With locks one of them cannot get that far.
"""

from collections.abc import Callable

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from app.core import clock, locks
from app.core.locks import LockPolicy
from app.homes.models import Home
from app.redemptions import queries, service
from app.redemptions.models import Redemption
from app.sales import service as sales
from app.sales.models import CashSale
from tests.concurrency.race import Act, NoLocks, Outcome, queue_up, race
from tests.factories.contracts import typed
from tests.factories.redemptions import (
    Buyer,
    Shop,
    make_buyer,
    make_home,
    make_quote,
    make_redemption,
)


def reserving(setting: Session, buyer: Buyer, home: Home) -> Act:
    ref = make_quote(setting, buyer, home).ref
    return lambda session: service.reserve(session, actor=buyer.actor, quote_ref=ref)


def selling(shop: Shop, home: Home, number: str = "现-1") -> Act:
    return lambda session: sales.report(
        session,
        actor=shop.developer,
        home_id=home.id,
        contract_number=number,
        signed_on=clock.today(),
    )


def holders(setting: Session, home: Home) -> tuple[list[str], list[str]]:
    """Return the states of what holds the home and of the contracts that name it."""
    setting.expire_all()
    held = select(Redemption.state).where(Redemption.home_id == home.id, Redemption.ended_at.is_(None))
    sold = select(CashSale.state).where(CashSale.home_id == home.id)
    return list(setting.scalars(held)), list(setting.scalars(sold))


@pytest.mark.parametrize("lock_first", [True, False])
def test_whoever_comes_second_is_told(
    engine: Engine,
    setting: Session,
    shop: Shop,
    home: Home,
    buyer: Buyer,
    check_sound: Callable[[], None],
    lock_first: bool,
) -> None:
    acts = [reserving(setting, buyer, home), selling(shop, home)]
    holding: Act = lambda session: locks.lock(session, Home, home.id)  # noqa: E731  # as the other races have it
    outcomes = queue_up(engine, holding, acts if lock_first else acts[::-1])
    if lock_first:
        assert outcomes == ["done", "done"]
        assert holders(setting, home) == (["locked"], ["conflict"])
    else:
        assert outcomes == ["done", "home_sold"]
        assert holders(setting, home) == ([], ["standing"])
    check_sound()


def test_many_at_once_leave_one_owner(
    engine: Engine, setting: Session, shop: Shop, home: Home, check_sound: Callable[[], None]
) -> None:
    buyers = [make_buyer(setting, shop.desk) for _ in range(5)]
    acts = [reserving(setting, buyer, home) for buyer in buyers]
    acts += [selling(shop, home, f"现-{number}") for number in range(5)]
    outcomes = race(engine, acts)
    assert not any(isinstance(outcome, Exception) for outcome in outcomes), outcomes
    held, sold = holders(setting, home)
    assert (held, sold) in ((["locked"], ["conflict"]), (["locked"], []), ([], ["standing"]))
    check_sound()


TRIGGERS = [
    ("homes_one_buyer", "homes"),
    ("homes_claimed", "homes"),
    ("pool_listings_claimed", "pool_listings"),
]
"""Each refuses a home that a buyer by voucher and a contract would both have."""

CONTROLS = [
    pytest.param(None, False, id="locks and trigger"),
    pytest.param(None, True, id="locks alone"),
    pytest.param(NoLocks(), False, id="trigger alone"),
    pytest.param(NoLocks(), True, id="neither: the race"),
]


@pytest.mark.parametrize(("policy", "drop_trigger"), CONTROLS)
def test_lock_and_trigger_each_prevent_the_race_and_without_them_it_happens(
    engine: Engine,
    setting: Session,
    shop: Shop,
    home: Home,
    buyer: Buyer,
    as_owner: Callable[[str], None],
    policy: LockPolicy | None,
    drop_trigger: bool,
) -> None:
    acts = [reserving(setting, buyer, home), selling(shop, home)]
    if drop_trigger:
        for trigger, table in TRIGGERS:
            as_owner(f"DROP TRIGGER {trigger} ON {table}")
    outcomes = race(engine, acts, policy=policy, meet_at="UPDATE homes ")
    held, sold = holders(setting, home)
    both = held == ["locked"] and sold == ["standing"]
    raced = policy is not None and drop_trigger
    assert both == raced, (outcomes, held, sold)
    rule = "a home is locked, sold or free as its redemptions say"
    assert {breach.rule for breach in queries.verify(setting)} == ({rule} if raced else set())
    if policy is not None and not drop_trigger:
        assert sum(map(refused_by_the_trigger, outcomes)) == 1


def refused_by_the_trigger(outcome: Outcome) -> bool:
    said = str(outcome)
    return "never held or bought by a voucher" in said or "a home that a contract claims" in said


def contracting(setting: Session, shop: Shop, buyer: Buyer, home: Home, number: str) -> Act:
    locked = make_redemption(setting, buyer, home)
    ref, paper = locked.ref, typed(locked, number=number)
    return lambda session: service.enter_contract(
        session,
        actor=shop.developer,
        redemption_ref=ref,
        typed=paper,
    )


def numbers(setting: Session) -> list[str]:
    """Return what is on record of contracts, of vouchers and of cash buyers."""
    setting.expire_all()
    entered = select(Redemption.contract_number).where(Redemption.contract_number.is_not(None))
    reported = select(CashSale.contract_number)
    return [number for found in (entered, reported) for number in setting.scalars(found) if number]


@pytest.mark.parametrize("guarded", [True, False])
def test_one_contract_never_pays_for_two_homes_and_without_its_guard_it_does(
    engine: Engine,
    setting: Session,
    shop: Shop,
    home: Home,
    buyer: Buyer,
    as_owner: Callable[[str], None],
    guarded: bool,
) -> None:
    if not guarded:
        as_owner("DROP TRIGGER redemptions_one_payer ON redemptions")
        as_owner("DROP TRIGGER cash_sales_one_payer ON cash_sales")
    acts = [
        contracting(setting, shop, buyer, home, "网签-9"),
        selling(shop, make_home(setting, shop), "网签-9"),
    ]
    # By then both have looked for the number; a contract is entered in one statement with its purchase.
    written = ("WITH entered ", "INSERT INTO cash_sales ")
    outcomes = race(engine, acts, meet_at=written)
    assert len(numbers(setting)) == (1 if guarded else 2), outcomes
    refusals = {"contract_number_taken", "sale_number_taken"}
    assert len(refusals.intersection(map(str, outcomes))) == (1 if guarded else 0), outcomes
