"""Two entries of one dwelling, made before either is taken: one is bought, the other is set aside."""

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.core.actor import Actor, Role
from app.core.errors import Conflict
from app.homes import queries
from app.homes.models import Home
from app.notices.models import Notice
from app.redemptions import service as buying
from app.redemptions.models import Redemption
from app.sales import addresses, service
from app.sales.address_models import AddressDoubt
from tests.factories.identity import make_actor
from tests.factories.redemptions import (
    Buyer,
    Shop,
    contract,
    make_buyer,
    make_home,
    make_redemption,
    redeem,
    verify_first,
)
from tests.factories.sales import report_sale


@pytest.fixture
def bureau(session: Session, shop: Shop) -> Actor:
    return make_actor(session, role=Role.REGULATOR, district=shop.desk.district)


@pytest.fixture
def twin(session: Session, shop: Shop, home: Home) -> Home:
    return make_twin(session, shop, home)


def make_twin(session: Session, shop: Shop, home: Home) -> Home:
    """Return a listed home at the address of another, written otherwise, with nothing said about it yet."""
    twin = make_home(session, shop)
    twin.unit, twin.room, twin.storey = f"0{home.unit}", home.room, home.storey
    session.commit()
    return twin


def settle(session: Session) -> list[int]:
    """Do the jobs that wait, as the worker would; return which homes they were about."""
    taken = text(
        "DELETE FROM procrastinate_jobs WHERE task_name = :name RETURNING coalesce(args ->> 'home_id', '0'), "
        "jsonb_path_query_array(args, '$.home_ids[*]')"
    )
    looked = [
        one for _, several in session.execute(taken, {"name": "sales.look_for_twins"}) for one in several
    ]
    service.settle_if_twins(session, home_ids=looked)
    session.commit()
    settled = session.execute(taken, {"name": "sales.settle_twins"})
    found = sorted({int(home_id) for home_id, _ in settled})
    session.commit()
    for home_id in found:
        service.settle_twins(session, home_id=home_id)
        session.commit()
    session.expire_all()
    return found


def is_offered(session: Session, home: Home) -> bool:
    return home.id in queries.offers(session, home_ids=[home.id])


def decide(session: Session, bureau: Actor, home: Home, outcome: service.AddressOutcome) -> None:
    ref = session.scalars(select(AddressDoubt.ref).where(AddressDoubt.home_id == home.id)).one()
    service.decide_address(session, actor=bureau, doubt_ref=ref, outcome=outcome, reason="现场看过")
    session.commit()


def told(session: Session) -> set[str]:
    return set(session.scalars(select(Notice.kind)))


def verifying(session: Session, shop: Shop, redemption: Redemption) -> str:
    """Return what verifying a contracted purchase is refused with; nothing where it is verified."""
    try:
        verify_first(session, shop, redemption)
    except Conflict as refused:
        session.rollback()
        return refused.code
    return ""


@pytest.mark.parametrize("taken", ["locked", "bought", "sold"])
def test_when_one_is_taken_the_other_leaves_the_pool(
    session: Session, shop: Shop, buyer: Buyer, home: Home, twin: Home, bureau: Actor, taken: str
) -> None:
    assert is_offered(session, twin)
    if taken == "sold":
        report_sale(session, shop, home)
    else:
        locked = make_redemption(session, buyer, home)
        if taken == "bought":
            redeem(session, shop, locked)
    assert home.id in settle(session)
    assert not is_offered(session, twin)
    assert twin.claimed_at is not None
    assert {"developer_address_doubted", "address_waits"} <= told(session)
    service.settle_twins(session, home_id=home.id)
    session.commit()
    decide(session, bureau, twin, "other")
    assert is_offered(session, twin)
    service.settle_twins(session, home_id=home.id)
    assert is_offered(session, twin), "the regulator has said that they are two"


def test_of_two_that_are_locked_only_the_first_is_verified_before_and_after_the_job(
    session: Session, shop: Shop, buyer: Buyer, home: Home, twin: Home, bureau: Actor
) -> None:
    first = contract(session, shop, make_redemption(session, buyer, home))
    other = make_buyer(session, shop.desk)
    second = contract(session, shop, make_redemption(session, other, twin))
    assert verifying(session, shop, second) == "address_in_doubt"
    settle(session)
    assert (first.disputed_at, second.disputed_at is None) == (None, False)
    assert "lock_address_doubted" in told(session)
    assert verifying(session, shop, second) == "redemption_disputed"
    assert verifying(session, shop, first) == ""
    decide(session, bureau, twin, "other")
    assert "lock_address_over" in told(session)
    assert verifying(session, shop, second) == ""


def test_a_room_is_found_however_it_is_written(session: Session, shop: Shop, home: Home) -> None:
    written = ["1101", "1101室", "１１０１", "01101", "一一〇一"]
    same = [home, *(make_home(session, shop) for _ in written[1:])]
    other, free = make_home(session, shop), make_home(session, shop)
    for one, room in zip([*same, other, free], [*written, "1102", "1101号"], strict=True):
        one.unit, one.room, one.storey = home.unit, room, 11
        one.status = "free" if one is free else "locked"
    session.commit()
    for one in same:
        assert addresses.taken_at_address_of(session, one.id) == [twin.id for twin in same]
    assert addresses.taken_at_address_of(session, other.id) == [other.id]
    for one in (*same, free):
        assert addresses.with_namesakes(session, [one.id, other.id]) == [one.id]


def test_the_second_goes_on_when_the_first_is_given_up_and_the_first_home_waits(
    session: Session, shop: Shop, buyer: Buyer, home: Home, twin: Home, bureau: Actor
) -> None:
    first = make_redemption(session, buyer, home)
    second = make_redemption(session, make_buyer(session, shop.desk), twin)
    settle(session)
    decide(session, bureau, twin, "same")
    assert "lock_address_same" in told(session)
    assert second.disputed_at is not None
    buying.cancel(session, actor=buyer.actor, redemption_ref=first.ref)
    session.commit()
    settle(session)
    assert (second.disputed_at, is_offered(session, home)) == (None, False)
    assert session.scalars(select(AddressDoubt.state).order_by(AddressDoubt.id)).all() == [
        "yielded",
        "waiting",
    ]
    assert verifying(session, shop, contract(session, shop, second)) == ""


def test_a_sale_of_the_twin_disputes_the_lock_until_it_is_taken_back(
    session: Session, shop: Shop, buyer: Buyer, home: Home, twin: Home
) -> None:
    locked = contract(session, shop, make_redemption(session, buyer, home))
    sale = report_sale(session, shop, twin)
    assert verifying(session, shop, locked) == "address_in_doubt"
    settle(session)
    assert locked.disputed_at is not None
    service.undo(session, actor=shop.developer, sale_ref=sale.ref, reason="点错了")
    session.commit()
    settle(session)
    assert (locked.disputed_at, twin.claimed_at is None) == (None, False)
    assert verifying(session, shop, locked) == ""


def test_homes_of_other_addresses_are_left_alone(
    session: Session, shop: Shop, buyer: Buyer, home: Home
) -> None:
    neighbour = make_home(session, shop)
    locked = contract(session, shop, make_redemption(session, buyer, home))
    settle(session)
    assert is_offered(session, neighbour)
    assert session.scalars(select(AddressDoubt)).all() == []
    assert verifying(session, shop, locked) == ""
