"""Spaces beside homes: bought with the home's vouchers, never alone or ahead, and gone when the home goes."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.approvals.models import ApprovalRequest
from app.core import apart
from app.core import clock as business_clock
from app.core.clock import FixedClock
from app.core.errors import Conflict, DomainError, NotFound
from app.homes.models import Home
from app.homes.rules import StockKind
from app.ledger import queries as ledger
from app.ledger import service as money
from app.redemptions import beside as spaces
from app.redemptions import flows, queries, queues, service, snapshot
from app.redemptions.change_queries import list_changes, list_led
from app.redemptions.change_states import OPEN, Kind
from app.redemptions.checking import Turn
from app.redemptions.errors import BasketRefused
from app.redemptions.models import Allocation, Redemption
from app.redemptions.service import changes
from app.redemptions.service.wishes import Wish
from app.redemptions.states import State
from app.vouchers.queries import purse_of
from tests.factories.policies import WITH_SPACES
from tests.factories.redemptions import (
    Buyer,
    Shop,
    contract,
    make_buyer,
    make_home,
    make_shop,
    make_space,
    redeem,
    verify_first,
)
from tests.factories.vouchers import make_desk

WAN = 1_000_000
GIVE_BACK = Wish(Kind.WITHDRAW, reason="不买了")


@pytest.fixture
def shop(session: Session) -> Shop:
    return make_shop(session, desk=make_desk(session, policy=WITH_SPACES))


def lock(session: Session, buyer: Buyer, *wanted: Home, beside: dict[str, str]) -> list[Redemption]:
    refs = [home.ref for home in wanted]
    basket = service.quote_basket(
        session, actor=buyer.actor, home_refs=refs, parts=buyer.parts(), beside=beside
    )
    session.commit()
    locked = service.reserve_basket(session, actor=buyer.actor, basket_ref=basket.ref)
    session.commit()
    return locked


def pair(session: Session, shop: Shop, buyer: Buyer) -> tuple[Redemption, Redemption]:
    home, space = make_home(session, shop), make_space(session, shop)
    bought, beside = lock(session, buyer, home, space, beside={space.ref: home.ref})
    return bought, beside


def refused(session: Session, act: Callable[[], object]) -> str:
    with pytest.raises(BasketRefused) as found:
        act()
    session.rollback()
    return found.value.refusals[0].error.code


def state_of(session: Session, redemption: Redemption) -> str:
    session.expire_all()
    return session.get_one(Redemption, redemption.id).state


def available(session: Session, buyer: Buyer) -> list[int]:
    session.expire_all()
    return [purse.available_fen for one in buyer.vouchers if (purse := purse_of(session, one)) is not None]


def sound(session: Session) -> bool:
    return ledger.verify(session) == [] and queries.verify(session) == []


def test_a_space_is_quoted_after_its_home_and_bound_to_it(session: Session, shop: Shop) -> None:
    home, space = make_home(session, shop), make_space(session, shop)
    buyer = make_buyer(session, shop.desk, faces=(60 * WAN,))
    # Asked for in front of its home: homes are paid first all the same.
    basket = service.quote_basket(
        session,
        actor=buyer.actor,
        home_refs=[space.ref, home.ref],
        parts=buyer.parts(),
        beside={space.ref: home.ref},
    )
    session.commit()
    first, second = (snapshot.read(one.snapshot) for one in basket.quotes)
    assert (first.home.ref, first.beside) == (home.ref, None)
    assert second.beside == snapshot.BesideSeen(home.ref, first.home.line, 2)
    # 46.2 万 at 20 % take 38.5 万 of 60 万; 8 万 take 6.67 万 of the rest.
    assert [one.spent_fen for one in (first, second)] == [38_500_000, 6_666_667]
    assert second.home.line.endswith("号车位")
    bought, beside = service.reserve_basket(session, actor=buyer.actor, basket_ref=basket.ref)
    session.commit()
    assert (bought.beside_id, beside.beside_id, beside.beside_place) == (None, bought.id, 1)
    assert available(session, buyer) == [60 * WAN - 38_500_000 - 6_666_667]
    assert sound(session)


def test_a_space_is_added_while_the_purchase_of_its_home_stands(session: Session, shop: Shop) -> None:
    home, space, store = make_home(session, shop), make_space(session, shop), None
    buyer = make_buyer(session, shop.desk)
    (bought,) = lock(session, buyer, home, beside={})
    redeem(session, shop, bought)
    store = make_space(session, shop, kind=StockKind.STORAGE, voucher_fen=2 * WAN)
    first, second = lock(session, buyer, space, store, beside={space.ref: home.ref, store.ref: home.ref})
    assert [(one.beside_id, one.beside_place) for one in (first, second)] == [(bought.id, 1), (bought.id, 2)]
    third = make_space(session, shop)
    told = refused(session, lambda: lock(session, buyer, third, beside={third.ref: home.ref}))
    assert told == "voucher_spaces_full"
    service.cancel(session, actor=buyer.actor, redemption_ref=first.ref)
    session.commit()
    (again,) = lock(session, buyer, third, beside={third.ref: home.ref})
    assert again.beside_place == 1, "the place that was given up"
    redeem(session, shop, again)
    assert sound(session)


def test_a_space_counts_as_no_home(session: Session, shop: Shop) -> None:
    """Three homes may be held, and as many spaces beside them as there may be."""
    buyer = make_buyer(session, shop.desk, faces=(300 * WAN,))
    homes = [make_home(session, shop) for _ in range(3)]
    spaces = [make_space(session, shop) for _ in range(3)]
    beside = {space.ref: home.ref for space, home in zip(spaces, homes, strict=True)}
    assert len(lock(session, buyer, *homes, *spaces, beside=beside)) == 6
    assert len(queries.list_held(session, household_id=buyer.household.id, moment=business_clock.now())) == 3


@pytest.mark.parametrize(
    ("beside", "code"),
    [("nothing", "space_alone"), ("another", "space_home_not_bought"), ("elsewhere", "space_elsewhere")],
)
def test_a_space_is_not_had_alone_or_elsewhere(session: Session, shop: Shop, beside: str, code: str) -> None:
    buyer, space, home = make_buyer(session, shop.desk), make_space(session, shop), make_home(session, shop)
    other = make_home(session, make_shop(session, desk=shop.desk))
    beside_of = {"nothing": {}, "another": {space.ref: home.ref}, "elsewhere": {space.ref: other.ref}}[beside]
    wanted = [other, space] if beside == "elsewhere" else [space]
    assert refused(session, lambda: lock(session, buyer, *wanted, beside=beside_of)) == code
    with pytest.raises(NotFound):
        service.quote(session, actor=buyer.actor, home_ref=space.ref, parts=buyer.parts())


def test_only_vouchers_that_pay_for_the_home_pay_for_the_space(session: Session, shop: Shop) -> None:
    home, space = make_home(session, shop), make_space(session, shop)
    buyer = make_buyer(session, shop.desk, faces=(40 * WAN, 60 * WAN))
    _, beside = lock(session, buyer, home, space, beside={space.ref: home.ref})
    # The first voucher alone pays for the home: 1.5 万 are left of it, the rest of the space is a top-up.
    assert [part.voucher_id for part in beside.allocations] == [buyer.vouchers[0].id]
    assert beside.top_up_fen == 8 * WAN - 1_500_000 * 12 // 10


def test_a_policy_that_says_nothing_buys_no_space(session: Session) -> None:
    shop = make_shop(session)
    home, space = make_home(session, shop), make_space(session, shop)
    buyer = make_buyer(session, shop.desk)
    told = refused(session, lambda: lock(session, buyer, home, space, beside={space.ref: home.ref}))
    assert told == "voucher_not_for_kind"


def test_a_space_earns_nothing_that_is_paid_for_the_first_homes(session: Session) -> None:
    first = WITH_SPACES.replace("  base: spent\n", "  base: spent\n  first_homes: {most: 9, of: voucher}\n")
    shop = make_shop(session, desk=make_desk(session, policy=first))
    bought, beside = pair(session, shop, make_buyer(session, shop.desk))
    assert [one.allocations[0].bonus_fen for one in (bought, beside)] == [7_700_000, 0]
    assert sound(session)


def test_an_officer_is_given_a_space_once_its_home_is_verified(session: Session, shop: Shop) -> None:
    bought, beside = pair(session, shop, make_buyer(session, shop.desk))
    for one in (bought, beside):
        contract(session, shop, one)
    waiting = queues.decidable(shop.desk.officer, Turn.FIRST)
    assert [row.ref for row in session.execute(waiting)] == [bought.ref]
    verify_first(session, shop, bought)
    assert [row.ref for row in session.execute(waiting)] == [beside.ref]
    waiting = queues.decidable(shop.desk.checker, Turn.SECOND)
    verify_first(session, shop, beside)
    assert [row.ref for row in session.execute(waiting)] == [bought.ref]


def test_a_space_is_never_ahead_of_its_home(session: Session, shop: Shop) -> None:
    buyer = make_buyer(session, shop.desk)
    bought, beside = pair(session, shop, buyer)
    with pytest.raises(Conflict, match="space_before_home"):
        contract(session, shop, beside)
    session.rollback()
    contract(session, shop, bought)
    contract(session, shop, beside)
    with pytest.raises(Conflict, match="space_before_home"):
        verify_first(session, shop, beside)
    session.rollback()
    verify_first(session, shop, bought)
    verify_first(session, shop, beside)
    with pytest.raises(Conflict, match="space_before_home"):
        service.verify_second(session, actor=shop.desk.checker, redemption_ref=beside.ref)
    session.rollback()
    for one in (bought, beside):
        service.verify_second(session, actor=shop.desk.checker, redemption_ref=one.ref)
        session.commit()
    assert {state_of(session, one) for one in (bought, beside)} == {"redeemed"}
    assert sound(session)


def test_what_is_not_written_off_falls_with_its_home(session: Session, shop: Shop) -> None:
    buyer = make_buyer(session, shop.desk)
    before = available(session, buyer)
    bought, beside = pair(session, shop, buyer)
    for one in (bought, beside):
        contract(session, shop, one)
    for one in (bought, beside):
        verify_first(session, shop, one)
    service.refuse(session, actor=shop.desk.checker, redemption_ref=bought.ref, reason="合同有误")
    session.commit()
    with pytest.raises(Conflict, match="space_before_home"):
        service.verify_second(session, actor=shop.desk.checker, redemption_ref=beside.ref)
    session.rollback()
    assert [one.ref for one in service.due_spaces(session)] == [beside.ref]
    assert flows.let_spaces_go(session) == []
    assert service.due_spaces(session) == []
    assert state_of(session, beside) == State.CANCELLED
    assert session.get_one(Home, beside.home_id).status == "free"
    asked = select(ApprovalRequest.state).where(ApprovalRequest.subject_id == beside.id)
    assert session.scalars(asked).all() == ["lapsed"]
    assert available(session, buyer) == before
    assert sound(session)


def test_a_home_is_given_back_with_the_space_beside_it_in_one_act(session: Session, shop: Shop) -> None:
    buyer = make_buyer(session, shop.desk)
    bought, beside = pair(session, shop, buyer)
    for one in (bought, beside):
        redeem(session, shop, one)
    undo = update(Redemption).where(Redemption.id == bought.id).values(state="reversed")
    with pytest.raises(IntegrityError, match="redemption_leaves_no_space"), session.begin_nested():
        session.execute(undo)
    asked = changes.ask(session, actor=buyer.actor, redemption_ref=bought.ref, wish=GIVE_BACK)
    session.commit()
    (led,) = list_led(session, asked)
    assert (led.redemption_id, led.kind, led.state) == (beside.id, "withdraw", "asked")
    assert [one.ref for one in list_changes(session, actor=buyer.actor, states=OPEN)] == [asked.ref]
    with pytest.raises(Conflict, match="change_led"):
        changes.withdraw(session, actor=buyer.actor, change_ref=led.ref)
    session.rollback()
    changes.answer(session, actor=shop.developer, change_ref=asked.ref, agrees=True)
    session.commit()
    changes.prepare(session, actor=shop.desk.officer, change_ref=asked.ref)
    session.commit()
    assert sound(session)
    changes.approve(session, actor=shop.desk.checker, change_ref=asked.ref)
    session.commit()
    assert {state_of(session, one) for one in (bought, beside)} == {"reversed"}
    assert available(session, buyer) == [130_550_000]
    assert sound(session)


@pytest.mark.parametrize("prepared_first", [False, True])
def test_a_space_written_off_since_it_was_asked_goes_along_until_it_is_prepared(
    session: Session, shop: Shop, *, prepared_first: bool
) -> None:
    buyer, checker = make_buyer(session, shop.desk), shop.desk.checker
    bought, beside = pair(session, shop, buyer)
    redeem(session, shop, bought)
    asked = changes.ask(session, actor=buyer.actor, redemption_ref=bought.ref, wish=GIVE_BACK)
    changes.answer(session, actor=shop.developer, change_ref=asked.ref, agrees=True)
    session.commit()
    steps = [
        lambda: changes.prepare(session, actor=shop.desk.officer, change_ref=asked.ref),
        lambda: redeem(session, shop, beside),
    ]
    for step in steps if prepared_first else reversed(steps):
        step()
        session.commit()
    if prepared_first:
        with pytest.raises(Conflict, match="space_stands"):
            changes.approve(session, actor=checker, change_ref=asked.ref)
        session.rollback()
        changes.refuse(session, actor=checker, change_ref=asked.ref, reason="车位刚刚核销，请一起退")
    else:
        changes.approve(session, actor=checker, change_ref=asked.ref)
    session.commit()
    assert (
        state_of(session, bought)
        == state_of(session, beside)
        == ("redeemed" if prepared_first else "reversed")
    )
    assert sound(session)


@pytest.mark.parametrize("values", [{"beside_id": None, "beside_place": None}, {"state": "contracted"}])
def test_the_database_refuses_a_space_alone_or_ahead(
    session: Session, shop: Shop, values: dict[str, object]
) -> None:
    _, beside = pair(session, shop, make_buyer(session, shop.desk))
    contracted = {
        "contract_number": "网签-1",
        "contract_signed_on": beside.locked_at.date(),
        "contract_area_m2": 12,
        "contract_price_fen": beside.price_fen,
    }
    ahead = update(Redemption).where(Redemption.id == beside.id)
    with pytest.raises(IntegrityError, match="redemption_stands_beside"), session.begin_nested():
        session.execute(ahead.values(**values, **(contracted if "state" in values else {})))


STEPS = (contract, verify_first)


@settings(
    max_examples=12,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(
    faces=st.lists(st.integers(5 * WAN, 70 * WAN), min_size=1, max_size=2),
    home_fen=st.integers(20 * WAN, 60 * WAN),
    space_fens=st.lists(st.integers(1 * WAN, 9 * WAN), min_size=1, max_size=2),
    far=st.integers(0, 2),
    first=st.booleans(),
)
def test_home_and_spaces_add_up_and_give_every_fen_back(
    session: Session,
    shop: Shop,
    faces: list[int],
    home_fen: int,
    space_fens: list[int],
    far: int,
    first: bool,
) -> None:
    """Whatever is bought, each price is paid to the fen; undone in any order, every voucher has its face."""
    buyer = make_buyer(session, shop.desk, faces=tuple(faces))
    home = make_home(session, shop, voucher_fen=home_fen)
    spaces = [make_space(session, shop, voucher_fen=fen) for fen in space_fens]
    try:
        bought, *besides = lock(
            session, buyer, home, *spaces, beside={space.ref: home.ref for space in spaces}
        )
    except DomainError:
        session.rollback()
        assert available(session, buyer) == faces
        return
    for one in (bought, *besides):
        paid = sum(part.spent_fen + part.bonus_fen for part in one.allocations)
        assert paid + one.top_up_fen == one.price_fen
    spent = sum(part.spent_fen for one in (bought, *besides) for part in one.allocations)
    assert sum(available(session, buyer)) == sum(faces) - spent
    for step in STEPS[:far]:
        for one in (bought, *besides):
            step(session, shop, one)
    gone = [bought] if first else [*reversed(besides), bought]
    for one in gone:
        if far:
            who = shop.desk.checker if far == len(STEPS) else shop.desk.officer
            service.refuse(session, actor=who, redemption_ref=one.ref, reason="合同有误")
        else:
            service.cancel(session, actor=buyer.actor, redemption_ref=one.ref)
        session.commit()
    flows.let_spaces_go(session)
    assert available(session, buyer) == faces
    assert {session.get_one(Home, one.home_id).status for one in (bought, *besides)} == {"free"}
    assert sound(session)


def test_a_space_whose_home_went_is_shown_as_over_before_the_job_wrote_it_down(
    session: Session, shop: Shop
) -> None:
    buyer = make_buyer(session, shop.desk)
    bought, beside = pair(session, shop, buyer)
    assert spaces.state_shown(beside, business_clock.now()) is State.LOCKED
    service.cancel(session, actor=buyer.actor, redemption_ref=bought.ref)
    session.commit()
    assert state_of(session, beside) == State.LOCKED
    assert spaces.state_shown(beside, business_clock.now()) is State.CANCELLED
    flows.let_spaces_go(session)
    assert state_of(session, beside) == State.CANCELLED


def spoil(session: Session, redemption: Redemption) -> None:
    """Drop a purchase's promise behind its back: nobody can release it any more."""
    transfer_id = session.scalars(
        select(Allocation.transfer_id).where(Allocation.redemption_id == redemption.id)
    ).one()
    money.void(session, transfer_id=transfer_id, key=f"spoil:{redemption.id}")
    session.commit()


def test_one_that_cannot_be_released_holds_up_none_behind_it(
    session: Session, shop: Shop, clock: FixedClock
) -> None:
    buyers = [make_buyer(session, shop.desk) for _ in range(2)]
    pairs = []
    for buyer in buyers:
        pairs.append(pair(session, shop, buyer))
        session.commit()
        service.cancel(session, actor=buyer.actor, redemption_ref=pairs[-1][0].ref)
        session.commit()
    torn, fine = (beside for _bought, beside in pairs)
    spoil(session, torn)
    assert flows.let_spaces_go(session) == flows.let_spaces_go(session) == [torn.ref]
    assert (state_of(session, torn), state_of(session, fine)) == (State.LOCKED, State.CANCELLED)
    late = []
    for buyer in buyers:
        late += lock(session, buyer, make_home(session, shop), beside={})
        session.commit()
    spoil(session, late[0])
    clock.advance(timedelta(days=60))
    assert set(flows.expire_overdue(session)) == {torn.ref, late[0].ref}
    assert state_of(session, late[1]) == State.EXPIRED
    stuck = apart.list_stuck(session, actor=shop.desk.officer, limit=10)
    assert [(one.task, one.ref, one.tries) for one in stuck] == [
        ("redemptions.let_spaces_go", torn.ref, 2),
        *(("redemptions.expire", one.ref, 1) for one in (torn, late[0])),
    ]
