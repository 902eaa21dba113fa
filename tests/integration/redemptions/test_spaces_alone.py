"""Spaces alone (单独购买车位): where policies say so, a space is a purchase that no home takes along."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.core import clock as business_clock
from app.core.errors import Conflict
from app.homes.models import Home
from app.ledger import queries as ledger
from app.redemptions import flows, queries, queues, service, snapshot
from app.redemptions.beside import has_fallen
from app.redemptions.change_states import Kind
from app.redemptions.checking import Turn
from app.redemptions.errors import BasketRefused, HoldsFull, SpacesHeldFull
from app.redemptions.models import BasketHome, Redemption
from app.redemptions.service import changes
from app.redemptions.service.wishes import Wish
from app.redemptions.states import State
from app.vouchers.models import Voucher
from app.vouchers.queries import purse_of
from tests.factories.played import LIMITED, PLAIN, living
from tests.factories.policies import WITH_SPACES, make_policy_version
from tests.factories.redemptions import (
    Buyer,
    Shop,
    contract,
    make_buyer,
    make_home,
    make_redemption,
    make_shop,
    make_space,
    redeem,
    verify_first,
)
from tests.factories.vouchers import make_desk, make_voucher

WAN = 1_000_000
GIVE_BACK = Wish(Kind.WITHDRAW, reason="不买了")
ALONE = WITH_SPACES + "spaces: alone\n"


@pytest.fixture
def shop(session: Session) -> Shop:
    return make_shop(session, desk=make_desk(session, policy=ALONE))


def lock(
    session: Session, buyer: Buyer, *wanted: Home, beside: dict[str, str] | None = None
) -> list[Redemption]:
    refs = [home.ref for home in wanted]
    asked = {"actor": buyer.actor, "home_refs": refs, "parts": buyer.parts(), "beside": beside or {}}
    basket = service.quote_basket(session, **asked)
    session.commit()
    locked = service.reserve_basket(session, actor=buyer.actor, basket_ref=basket.ref)
    session.commit()
    return locked


def refused(session: Session, act: Callable[[], object]) -> str:
    with pytest.raises(BasketRefused) as found:
        act()
    session.rollback()
    return found.value.refusals[0].error.code


def available(session: Session, buyer: Buyer) -> list[int]:
    session.expire_all()
    return [purse.available_fen for one in buyer.vouchers if (purse := purse_of(session, one)) is not None]


def sound(session: Session) -> bool:
    return ledger.verify(session) == [] and queries.verify(session) == []


def test_what_is_left_after_a_home_buys_a_space_elsewhere(session: Session, shop: Shop) -> None:
    """Of 46.8 万 a home takes 38.5 万; a space at 8 万 elsewhere takes 6.67 万 of what is left."""
    buyer = make_buyer(session, shop.desk, faces=(46_800_000,))
    bought = make_redemption(session, buyer, make_home(session, shop))
    elsewhere = make_shop(session, desk=shop.desk)
    (alone,) = lock(session, buyer, make_space(session, elsewhere))
    assert (alone.beside_id, alone.beside_place) == (None, None)
    assert [part.spent_fen for part in alone.allocations] == [6_666_667]
    assert available(session, buyer) == [46_800_000 - 38_500_000 - 6_666_667]
    frozen = snapshot.read(alone.quote.snapshot)
    assert (frozen.is_home, frozen.beside) == (False, None)
    # It waits for no home, and goes with none.
    redeem(session, elsewhere, alone)
    service.cancel(session, actor=buyer.actor, redemption_ref=bought.ref)
    session.commit()
    assert flows.let_spaces_go(session) == []
    assert (alone.state, has_fallen(alone)) == (State.REDEEMED, False)
    assert sound(session)


def test_a_voucher_that_pays_nothing_for_the_home_buys_a_space_there(session: Session, shop: Shop) -> None:
    buyer, home = make_buyer(session, shop.desk, faces=(40 * WAN, 20 * WAN)), make_home(session, shop)
    make_redemption(session, buyer, home, 40 * WAN)
    space = make_space(session, shop)
    of_other = {"actor": buyer.actor, "home_refs": [space.ref], "parts": [(buyer.vouchers[1].ref, None)]}
    told = refused(session, lambda: service.quote_basket(session, **of_other, beside={space.ref: home.ref}))
    assert told == "space_vouchers_other"
    basket = service.quote_basket(session, **of_other)
    (alone,) = service.reserve_basket(session, actor=buyer.actor, basket_ref=basket.ref)
    session.commit()
    assert alone.beside_id is None
    assert sound(session)


def test_a_voucher_whose_policy_wants_a_home_gives_nothing_to_a_space_alone(
    session: Session, shop: Shop
) -> None:
    """Two vouchers of one household under two policies: one of them pays, whatever the other has."""
    buyer = make_buyer(session, shop.desk, faces=(4 * WAN,))
    other = make_policy_version(session, district=shop.desk.district, text=WITH_SPACES)
    desk = replace(shop.desk, policy_version=other)
    wanting = make_voucher(session, desk=desk, household=buyer.household, face_fen=20 * WAN)
    session.commit()
    buyer.vouchers.append(wanting)
    (alone,) = lock(session, buyer, make_space(session, shop))
    assert [(part.voucher_id, part.spent_fen) for part in alone.allocations] == [
        (buyer.vouchers[0].id, 4 * WAN)
    ]
    assert available(session, buyer) == [0, 20 * WAN]
    told = refused(session, lambda: lock_with(session, buyer, 1, make_space(session, shop)))
    assert told == "space_alone"


def lock_with(session: Session, buyer: Buyer, place: int, space: Home) -> None:
    parts = [(buyer.vouchers[place].ref, None)]
    service.quote_basket(session, actor=buyer.actor, home_refs=[space.ref], parts=parts)


def test_a_space_alone_is_no_home(session: Session) -> None:
    """It takes none of the three that may be held, nothing is bought beside it, and it needs no place."""
    any_spaces = ALONE.replace("  homes: 3", "  homes: 3\n  spaces: any")
    shop = make_shop(session, desk=make_desk(session, policy=any_spaces))
    buyer = make_buyer(session, shop.desk, faces=(300 * WAN,))
    spaces = [make_space(session, shop) for _ in range(4)]
    locked = lock(session, buyer, *spaces)
    assert [one.beside_place for one in locked] == [None] * 4, "spaces_a_home is of those beside a home"
    lock(session, buyer, *(make_home(session, shop) for _ in range(3)))
    assert len(queries.list_held(session, household_id=buyer.household.id, moment=business_clock.now())) == 3
    with pytest.raises(HoldsFull):
        make_redemption(session, buyer, make_home(session, shop))
    session.rollback()
    lock(session, buyer, make_space(session, shop))
    beside = {make_space(session, shop).ref: spaces[0].ref}
    wanted = session.scalars(select(Home).where(Home.ref.in_(beside))).one()
    assert refused(session, lambda: lock(session, buyer, wanted, beside=beside)) == "space_home_not_bought"
    both = make_space(session, shop), make_space(session, shop)
    together = {both[1].ref: both[0].ref}
    assert refused(session, lambda: lock(session, buyer, *both, beside=together)) == "space_home_not_bought"


def test_a_basket_takes_a_space_alone_where_a_voucher_buys_it(session: Session, shop: Shop) -> None:
    buyer, space = make_buyer(session, shop.desk), make_space(session, shop)
    service.add_home(session, actor=buyer.actor, home_ref=space.ref)
    session.commit()
    (row,) = session.scalars(select(BasketHome))
    assert (row.home_id, row.beside_id) == (space.id, None)
    other = make_buyer(session, make_desk(session, policy=WITH_SPACES))
    with pytest.raises(Conflict, match="space_alone"):
        service.add_home(session, actor=other.actor, home_ref=space.ref)


def test_a_space_alone_is_verified_in_its_turn_and_given_back_by_itself(session: Session, shop: Shop) -> None:
    buyer = make_buyer(session, shop.desk, faces=(10 * WAN,))
    (alone,) = lock(session, buyer, make_space(session, shop))
    contract(session, shop, alone)
    waiting = session.execute(queues.decidable(shop.desk.officer, Turn.FIRST))
    assert [row.ref for row in waiting] == [alone.ref]
    verify_first(session, shop, alone)
    service.verify_second(session, actor=shop.desk.checker, redemption_ref=alone.ref)
    session.commit()
    assert alone.state == State.REDEEMED
    asked = changes.ask(session, actor=buyer.actor, redemption_ref=alone.ref, wish=GIVE_BACK)
    changes.answer(session, actor=shop.developer, change_ref=asked.ref, agrees=True)
    session.commit()
    changes.prepare(session, actor=shop.desk.officer, change_ref=asked.ref)
    session.commit()
    changes.approve(session, actor=shop.desk.checker, change_ref=asked.ref)
    session.commit()
    assert alone.state == State.REVERSED
    assert available(session, buyer) == [10 * WAN]
    assert sound(session)


def test_the_books_know_who_may_buy_one_alone(session: Session, shop: Shop) -> None:
    """A space alone whose voucher wants a home beside it is found by ``flask ledger verify``."""
    buyer = make_buyer(session, shop.desk)
    (alone,) = lock(session, buyer, make_space(session, shop))
    rule = "a space stands beside a home of its household, paid with vouchers that pay for it, or alone"
    assert queries.verify(session) == []
    other = make_policy_version(session, district=shop.desk.district, text=WITH_SPACES)
    session.execute(update(Voucher).values(policy_version_id=other.id))
    assert (rule, alone.id) in {(one.rule, one.object_id) for one in queries.verify(session)}


def test_the_database_lets_one_alone_where_every_policy_that_pays_says_so(
    session: Session, shop: Shop
) -> None:
    buyer, other = (
        make_buyer(session, shop.desk),
        make_policy_version(session, district=shop.desk.district, text=WITH_SPACES),
    )
    home, space = make_home(session, shop), make_space(session, shop)
    _, beside = lock(session, buyer, home, space, beside={space.ref: home.ref})
    apart = update(Redemption).where(Redemption.id == beside.id).values(beside_id=None, beside_place=None)
    with session.begin_nested() as nested:
        session.execute(apart)
        nested.rollback()
    buyer = make_buyer(session, replace(shop.desk, policy_version=other))
    home, space = make_home(session, shop), make_space(session, shop)
    _, beside = lock(session, buyer, home, space, beside={space.ref: home.ref})
    apart = update(Redemption).where(Redemption.id == beside.id).values(beside_id=None, beside_place=None)
    with pytest.raises(IntegrityError, match="redemption_stands_beside"), session.begin_nested():
        session.execute(apart)


purchases = st.lists(
    st.fixed_dictionaries(
        {
            "kind": st.sampled_from(["home", "parking", "parking", "storage"]),
            "price": st.integers(WAN, 40 * WAN),
            "order": st.sampled_from([(0,), (1,), (0, 1), (1, 0)]),
            "most": st.sampled_from([None, None, 3 * WAN]),
            "cancelled": st.sampled_from([False, False, True]),
        }
    ),
    min_size=1,
    max_size=4,
)
SPACED = LIMITED.replace("usable_on: [home]", "usable_on: [home, parking, storage]")
POLICIES = [
    SPACED + "spaces: alone\nfirst_purchase: 30%\nhomes: 1\n",
    SPACED.replace("limits: [", "limits: [{kinds: [parking], after: {kinds: [home]}}, ") + "spaces: alone\n",
    SPACED.replace("limits: [", "limits: [{kinds: [parking, storage], number: 1, of: household}, ")
    + "spaces: alone\n",
    SPACED + "spaces: beside\n",
]


@settings(
    max_examples=16,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(policy=st.sampled_from(POLICIES), bought=purchases)
def test_spaces_alone_are_carried_out_as_they_are_played(
    app: Flask, policy: str, bought: list[dict[str, Any]]
) -> None:
    """Whatever is bought in whichever order, the platform and the simulation say the same to the fen."""
    with living(app, policy) as life:
        for one in bought:
            life.buy({**PLAIN, **one})
        life.redeem_all()
        for one in life.named.values():
            paid = sum(part.spent_fen + part.bonus_fen for part in one.allocations)
            assert paid + one.top_up_fen == one.price_fen
        held = [life.book.accounts[name].available_fen for name in "01"]
        assert available(life.session, life.buyer) == held
        assert ledger.verify(life.session) == []
        assert queries.verify(life.session) == []


def held_full(session: Session, buyer: Buyer, *wanted: Home) -> SpacesHeldFull:
    with pytest.raises(SpacesHeldFull) as found:
        lock(session, buyer, *wanted)
    session.rollback()
    return found.value


@pytest.mark.parametrize(
    ("said", "most"), [("  homes: 3\n  spaces: 1", 1), ("  homes: 2", 2), ("  homes: any", 3)]
)
def test_so_many_spaces_alone_are_held_at_once(session: Session, said: str, most: int) -> None:
    """Unsaid as many as homes; where those are any, three: without a number nobody locks a whole garage."""
    shop = make_shop(session, desk=make_desk(session, policy=ALONE.replace("  homes: 3", said)))
    buyer = make_buyer(session, shop.desk, faces=(200 * WAN,))
    home = make_home(session, shop)
    make_redemption(session, buyer, home)
    lock(session, buyer, make_space(session, shop), beside={})
    for _ in range(most - 1):
        lock(session, buyer, make_space(session, shop))
    full = held_full(session, buyer, make_space(session, shop))
    assert (full.code, len(full.params["spaces"]), full.params["most"]) == ("spaces_held_full", most, most)
    beside = make_space(session, shop)
    lock(session, buyer, beside, beside={beside.ref: home.ref})
    assert lock(session, make_buyer(session, shop.desk), make_space(session, shop))
    assert sound(session)


def test_more_spaces_alone_than_may_be_held_go_into_no_quote(session: Session, shop: Shop) -> None:
    buyer = make_buyer(session, shop.desk, faces=(200 * WAN,))
    four = [make_space(session, shop) for _ in range(4)]
    assert (full := held_full(session, buyer, *four)).code == "spaces_at_once"
    assert full.params == {"most": 3}
    first, *_rest = lock(session, buyer, *four[:3])
    held_full(session, buyer, four[3])
    contract(session, shop, first)
    assert lock(session, buyer, four[3])


def test_spaces_take_no_room_of_homes_and_the_proof_knows_it(session: Session, shop: Shop) -> None:
    buyer = make_buyer(session, shop.desk, faces=(300 * WAN,))
    lock(session, buyer, *(make_space(session, shop) for _ in range(3)))
    for _ in range(3):
        make_redemption(session, buyer, make_home(session, shop), 40 * WAN)
    assert sound(session)
