"""Limits, caps and shares of the face are carried out as they are played."""

import pytest
from flask import Flask
from sqlalchemy import update

from app.core.clock import FixedClock
from app.homes.models import Development
from app.ledger import queries as ledger
from app.redemptions import queries
from app.redemptions.models import Allocation, Redemption
from app.vouchers.ending_states import Kind
from app.vouchers.models import Voucher
from tests.factories.played import LIMITED, PLAIN, SUMS, begin, living, parts_of, rolled_back
from tests.factories.redemptions import (
    make_shop,
)


def test_limits_of_face_and_price_are_carried_out_as_they_are_played(app: Flask) -> None:
    with living(app, LIMITED) as life:
        session = life.session
        for price, order in (
            (20_000_003, (0, 1)),
            (10_000_000, (0,)),
            (30_000_001, (1, 0)),
            (9_000_000, (0,)),
        ):
            life.buy(PLAIN | {"price": price, "order": order})
        spent = [life.book.accounts[name].spent_fen for name in "01"]
        assert spent == [24_000_000, 15_000_004], "60% of each face, and no more"
        life.buy(PLAIN | {"price": 9_000_000, "order": (0,)})
        life.redeem_all()
        life.end(0, Kind.PAYOUT)
        assert ledger.verify(session) == []
        assert queries.verify(session) == []


def test_a_fen_of_bonus_over_a_share_of_the_price_is_no_breach(app: Flask) -> None:
    """Of 83,886.09 vouchers may pay 67,117.25 by their limit: 61,015.70 with a tenth, less a fen."""
    with living(app, LIMITED) as life:
        life.buy(PLAIN | {"price": 8_388_609, "order": (0,)})
        life.redeem_all()
        (part,) = life.named["H1"].allocations
        assert (part.spent_fen, part.bonus_fen) == (6_101_570, 610_156)
        assert queries.verify(life.session) == []


STAGED = LIMITED[: LIMITED.index("limits:")] + "limits: [{stage: presale, share_of_price: 80%}]\n"


@pytest.mark.parametrize(("stage", "paid_fen"), [("presale", 8_000_000), ("finished", 10_000_000)])
def test_a_share_of_the_price_at_one_stage_is_carried_out_as_it_is_played(
    app: Flask, stage: str, paid_fen: int
) -> None:
    """By the stage of the lock: a home built meanwhile changes nothing, and the proof asks the quote."""
    with living(app, STAGED) as life:
        session = life.session
        session.execute(update(Development).values(stage=stage))
        session.refresh(life.shop.building.development)
        life.buy(PLAIN | {"price": 10_000_000, "order": (0,)})
        life.redeem_all()
        (part,) = life.named["H1"].allocations
        assert part.spent_fen + part.bonus_fen == paid_fen
        session.execute(update(Development).values(stage="presale"))
        assert queries.verify(session) == []
        rule = "vouchers pay no more of a price than their policies let them"
        if stage == "presale":
            session.execute(update(Redemption).values(top_up_fen=Redemption.top_up_fen - 1))
            assert rule in {breach.rule for breach in queries.verify(session)}


SHARED = LIMITED[: LIMITED.index("limits:")] + (
    "limits: [{share_of_face: 40%, of: household}]\nleftover: [{spent_from: 0%, rate: 100%}]\n"
)


def test_a_limit_of_all_vouchers_of_a_household_is_carried_out_as_it_is_played(app: Flask) -> None:
    with living(app, SHARED) as life:
        session = life.session
        for price, order in ((10_000_000, (0,)), (15_000_000, (1,)), (30_000_001, (1, 0))):
            life.buy(PLAIN | {"price": price, "order": order})
        spent = [life.book.accounts[name].spent_fen for name in "01"]
        assert sum(spent) == sum(SUMS) * 4 // 10, "of both faces together, whoever spends it"
        life.buy(PLAIN | {"price": 9_000_000, "order": (0,)})
        life.redeem_all()
        assert queries.verify(session) == []
        life.end(0, Kind.PAYOUT)
        life.end(1, Kind.PAYOUT)
        assert ledger.verify(session) == []
        assert queries.verify(session) == []
        less = update(Voucher).where(Voucher.id == life.buyer.vouchers[0].id)
        session.execute(less.values(face_fen=Voucher.face_fen - 100))
        broken = {one.rule for one in queries.verify(session)}
        assert (
            "the vouchers of a household spend no more on a kind of stock than its policy lets them" in broken
        )


OF_COMPENSATION = LIMITED[: LIMITED.index("limits:")].replace(
    "fixed_by: lock",
    "fixed_by: lock, caps: [{of: household, share_of_compensation: 1%, parts: [home]}]",
)


def test_a_cap_by_the_compensation_is_carried_out_as_it_is_played(app: Flask) -> None:
    with living(app, OF_COMPENSATION) as life:
        session = life.session
        for price, order in ((5_000_003, (0,)), (20_000_000, (1, 0))):
            life.buy(PLAIN | {"price": price, "order": order})
        of_home = sum(parts_of(fen)["home"] for fen in SUMS)
        assert sum(one.earned.total() for one in life.book.accounts.values()) == of_home // 100
        life.redeem_all()
        assert queries.verify(session) == []
        session.execute(update(Allocation).values(bonus_fen=Allocation.bonus_fen + 1))
        broken = {one.rule for one in queries.verify(session)}
        rule = "no purchase earns more than the caps of its bonus, nor all bonuses more than theirs"
        assert rule in broken


@pytest.mark.parametrize("word", ["areas", "bonus.areas"])
def test_a_list_of_developments_is_asked_as_it_is_played(app: Flask, clock: FixedClock, word: str) -> None:
    with rolled_back(app) as session:
        ref = make_shop(session).building.development.ref
        listed = LIMITED + f"areas: [{ref}]\n"
        if word == "bonus.areas":
            listed = LIMITED.replace("fixed_by: lock", f"fixed_by: lock, areas: [{ref}]")
        life = begin(session, listed, clock)
        life.buy(PLAIN | {"price": 10_000_000, "order": (0,)})
        spent = {"areas": 0, "bonus.areas": 8_001_000}[word]
        assert (life.book.accounts["0"].spent_fen, life.book.accounts["0"].earned.total()) == (spent, 0)
        named = update(Development).where(Development.ref == ref).values(ref="DV-22222-22222")
        session.execute(named)
        here = update(Development).where(Development.id == life.shop.building.development_id)
        session.execute(here.values(ref=ref))
        session.refresh(life.shop.building.development)
        life.buy(PLAIN | {"price": 10_000_000, "order": (1,)})
        assert life.book.accounts["1"].earned.total() > 0
        life.redeem_all()
        assert queries.verify(session) == []
