"""Plans: what they foresee is what a basket's quote freezes; who reads them, and until when."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.clock import FixedClock
from app.core.errors import Conflict, NotFound
from app.following import plan_queries as queries
from app.following import plans
from app.following.foreseen import Foreseen, foresee
from app.following.plan_models import BuyingPlan
from app.following.rules import Way
from app.homes import service as homes
from app.homes.models import Home
from app.redemptions import service as redemptions
from app.redemptions import snapshot
from app.redemptions.basket_queries import list_basket
from app.redemptions.models import Redemption
from tests.factories.redemptions import Buyer, Shop, make_buyer, make_home, make_redemption


@pytest.fixture
def buyer(session: Session, shop: Shop) -> Buyer:
    return make_buyer(session, shop.desk, faces=(110_000_000,))


@pytest.fixture
def stock(session: Session, shop: Shop) -> list[Home]:
    return [make_home(session, shop, voucher_fen=fen) for fen in (46_200_000, 51_333_333, 47_111_101)]


def make_plan(session: Session, buyer: Buyer, stock: list[Home]) -> BuyingPlan:
    plan = plans.create_plan(
        session, actor=buyer.actor, name=" 两套  小的 ", voucher_ref=buyer.vouchers[0].ref
    )
    plans.add_homes(session, actor=buyer.actor, ref=plan.ref, home_refs=[home.ref for home in stock])
    return read(session, buyer, plan.ref)


def read(session: Session, buyer: Buyer, ref: str) -> BuyingPlan:
    return queries.get_plan(session, actor=buyer.actor, ref=ref)


def seen(session: Session, buyer: Buyer, ref: str) -> Foreseen:
    return foresee(session, read(session, buyer, ref))


def order(session: Session, buyer: Buyer, ref: str) -> list[str]:
    return [row.home.ref for row in read(session, buyer, ref).homes]


def test_it_foresees_to_the_fen_what_a_quote_over_the_basket_freezes(
    session: Session, buyer: Buyer, stock: list[Home]
) -> None:
    plan = make_plan(session, buyer, stock)
    foreseen = foresee(session, plan)
    made = redemptions.quote_basket(
        session, actor=buyer.actor, home_refs=[home.ref for home in stock], parts=buyer.parts()
    )
    assert [line.frozen for line in foreseen.lines] == [
        snapshot.read(quote.snapshot) for quote in made.quotes
    ]
    assert foreseen.spent_fen + foreseen.bonus_fen + foreseen.top_up_fen == foreseen.price_fen
    left = foreseen.purse.available_fen if foreseen.purse else 0
    for line in foreseen.lines:
        assert line.part is not None
        left -= line.part.spent_fen
        assert line.part.leftover_fen == left >= 0
    assert foreseen.top_up_fen > 0, "the third home takes more than is left"
    assert not session.scalars(select(Redemption)).all()


def test_a_home_that_is_gone_takes_nothing_and_a_new_price_shows(
    session: Session, shop: Shop, buyer: Buyer, stock: list[Home]
) -> None:
    plan = make_plan(session, buyer, stock)
    before = foresee(session, plan)
    make_redemption(session, make_buyer(session, shop.desk), stock[0])
    homes.set_price(
        session,
        actor=shop.developer,
        home_id=stock[1].id,
        kind="voucher",
        amount_fen=51_000_000,
        reason="调价",
    )
    after = seen(session, buyer, plan.ref)
    gone, cheaper, _last = after.lines
    assert gone.refusal is not None
    assert (gone.refusal.code, gone.is_free, gone.part) == ("home_locked", False, None)
    assert cheaper.part is not None
    assert cheaper.part.available_fen == before.lines[0].part.available_fen  # type: ignore[union-attr]
    assert cheaper.price_fen - cheaper.row.seen_fen == -333_333


def test_a_voucher_that_is_gone_is_told_once_and_homes_keep_their_prices(
    session: Session, buyer: Buyer, stock: list[Home], clock: FixedClock
) -> None:
    plan = make_plan(session, buyer, stock)
    clock.advance(timedelta(days=3660))
    late = seen(session, buyer, plan.ref)
    assert late.refusal is not None
    assert late.refusal.code == "voucher_lapsed"
    assert [(line.frozen, line.refusal) for line in late.lines] == [(None, None)] * 3
    assert [line.price_fen for line in late.lines] == [row.seen_fen for row in plan.homes]


def test_homes_go_up_down_and_out_and_come_in_once(session: Session, buyer: Buyer, stock: list[Home]) -> None:
    plan, (one, two, three) = make_plan(session, buyer, stock), [home.ref for home in stock]
    actor = buyer.actor
    assert plan.name == "两套 小的"
    for home_ref, way in ((three, Way.UP), (one, Way.DOWN), (three, Way.UP), (two, Way.DOWN)):
        plans.move_home(session, actor=actor, ref=plan.ref, home_ref=home_ref, way=way)
    assert order(session, buyer, plan.ref) == [three, one, two]
    plans.remove_home(session, actor=actor, ref=plan.ref, home_ref=one)
    assert plans.add_homes(session, actor=actor, ref=plan.ref, home_refs=[two, one, one]) == 1
    assert order(session, buyer, plan.ref) == [three, two, one]
    with pytest.raises(NotFound):
        plans.remove_home(session, actor=actor, ref=plan.ref, home_ref="FY-22222-22222")


def test_nine_homes_and_five_plans_are_the_most(
    session: Session, shop: Shop, buyer: Buyer, stock: list[Home]
) -> None:
    plan = make_plan(session, buyer, stock)
    more = [make_home(session, shop).ref for _ in range(7)]
    with pytest.raises(Conflict, match="plan_full"):
        plans.add_homes(session, actor=buyer.actor, ref=plan.ref, home_refs=more)
    assert len(read(session, buyer, plan.ref).homes) == 3
    assert plans.add_homes(session, actor=buyer.actor, ref=plan.ref, home_refs=more[:6]) == 6
    for _ in range(4):
        plans.create_plan(session, actor=buyer.actor, name="又一个", voucher_ref=None)
    with pytest.raises(Conflict, match="plans_full"):
        plans.create_plan(session, actor=buyer.actor, name="第六个", voucher_ref=None)


def test_a_link_opens_it_until_it_is_taken_back_replaced_or_over(
    session: Session, buyer: Buyer, stock: list[Home], clock: FixedClock
) -> None:
    plan, actor = make_plan(session, buyer, stock), buyer.actor
    first = plans.share_plan(session, actor=actor, ref=plan.ref, with_sums=True)
    assert queries.get_shared(session, token=first).id == plan.id
    second = plans.share_plan(session, actor=actor, ref=plan.ref, with_sums=False)
    assert first != second
    assert len(second) == 32, "24 random bytes"
    assert not queries.get_shared(session, token=second).shares_sums
    with pytest.raises(NotFound):
        queries.get_shared(session, token=first)
    clock.advance(timedelta(days=90))
    with pytest.raises(NotFound):
        queries.get_shared(session, token=second)
    third = plans.share_plan(session, actor=actor, ref=plan.ref, with_sums=True)
    plans.end_share(session, actor=actor, ref=plan.ref)
    with pytest.raises(NotFound):
        queries.get_shared(session, token=third)


def test_the_free_ones_go_into_the_basket_in_order(
    session: Session, shop: Shop, buyer: Buyer, stock: list[Home]
) -> None:
    plan = make_plan(session, buyer, stock)
    make_redemption(session, make_buyer(session, shop.desk), stock[1])
    assert plans.into_basket(session, actor=buyer.actor, ref=plan.ref) == (2, 1)
    in_it = [row.home_id for row in list_basket(session, actor=buyer.actor)]
    assert in_it == [stock[0].id, stock[2].id]


def test_it_is_nobody_elses_and_takes_nobody_elses_voucher(
    session: Session, shop: Shop, buyer: Buyer, stock: list[Home]
) -> None:
    plan, other = make_plan(session, buyer, stock), make_buyer(session, shop.desk)
    for act in (plans.delete_plan, plans.end_share, plans.into_basket):
        with pytest.raises(NotFound):
            act(session, actor=other.actor, ref=plan.ref)
    with pytest.raises(NotFound):
        plans.create_plan(session, actor=buyer.actor, name="借来的", voucher_ref=other.vouchers[0].ref)
    plans.delete_plan(session, actor=buyer.actor, ref=plan.ref)
    assert queries.list_plans(session, actor=buyer.actor) == []
