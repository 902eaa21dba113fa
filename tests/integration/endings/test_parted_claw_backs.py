"""What was earned before a split is taken back of each part, as it is played, and goes back to each."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.core.clock import FixedClock
from app.policies import bodies
from app.redemptions import queries as redemptions
from app.redemptions.change_states import Kind
from app.redemptions.models import Redemption
from app.reports.simulation import scenario
from app.reports.simulation.book import Book
from app.reports.simulation.run import play_in
from app.vouchers import claw_backs
from app.vouchers.ending_models import VoucherEnding
from app.vouchers.models import Voucher
from app.vouchers.purchases import Less
from tests.factories.coming_back import WAN, cheaper, end, proved
from tests.factories.endings import approve, ask, pay
from tests.factories.forging import unguard
from tests.factories.moves import actor_of, carry_out, merge_of, other_of, split_of, transfer_of
from tests.factories.redemptions import Buyer, Shop, make_buyer, make_home, make_redemption, make_shop, redeem
from tests.factories.vouchers import make_desk

POLICY = """schema: 4
code: taken
title: 奖励收回
source: 试
valid: {months: 12, from: issue}
bonus:
  - {base: spent, fixed_by: lock, tiers: [{from_month: 1, to_month: 12, rate: 10%}]}
  - {base: spent, fixed_by: lock, paid: cash, tiers: [{from_month: 1, to_month: 12, rate: 1%}]}
usable_on: [home]
buyers: [self, spouse, parent, child]
leftover: [{spent_from: 0%, rate: 100%, claw_back: BACK}]
transfers: 2
splits: {times: 3, past: parted}
merges: 3
"""
PLAYED = """
scenario: 1
steps:
  - issue: {voucher: A, on: 2018-03-01, face: 1000000}
  - buy: {home: H1, voucher: A, on: 2018-03-02, price: 555555.55}
  - split:
      voucher: A
      on: 2018-03-03
      into: [{voucher: B, amount: 200000.01}, {voucher: C, amount: 33333.33}]
  - buy: {home: H2, voucher: B, on: 2018-03-03, price: 70000}
  - merge: {vouchers: [B, C], on: 2018-03-04, into: M}
  - split: {voucher: M, on: 2018-03-05, into: [{voucher: N, amount: 77777.77}]}
  - transfer: {voucher: N, on: 2018-03-06, to: child}
  - payout: {voucher: A, on: 2018-03-08}
  - payout: {voucher: M, on: 2018-03-08}
  - payout: {voucher: N, on: 2018-03-08}
"""
SPARED = {
    "": ("", ""),
    "price": ("rate: 10%}]", "rate: 10%}], claw_back: never"),
    "cash": ("rate: 1%}]", "rate: 1%}], claw_back: never"),
}
"""Which of the two bonuses no ending takes back."""
WRONG = "an ending took of a bonus what its rule takes of the bonus that was kept"
OF_ALL = "an ending is of all that was not spent"


def buy(session: Session, shop: Shop, owner: Buyer, voucher: Voucher, fen: int) -> Redemption:
    own = Buyer(owner.actor, owner.household, [voucher])
    return redeem(session, shop, make_redemption(session, own, make_home(session, shop, voucher_fen=fen)))


def holder(session: Session, shop: Shop, owner: Buyer, voucher: Voucher) -> Buyer:
    household = session.get_one(Voucher, voucher.id).household
    actor = owner.actor if household.id == owner.household.id else actor_of(session, shop.desk, household)
    return Buyer(actor, household, [voucher])


def told(session: Session) -> set[str]:
    return {one.rule for one in redemptions.verify(session)}


@pytest.mark.parametrize("spared", ["", "price", "cash"])
@pytest.mark.parametrize("back", ["100%", "20%", "part"])
def test_each_part_pays_back_what_the_simulation_says(
    session: Session, clock: FixedClock, back: str, spared: str
) -> None:
    policy = POLICY.replace("BACK", back).replace(*SPARED[spared])
    shop = make_shop(session, desk=make_desk(session, policy=policy))
    owner = make_buyer(session, shop.desk, faces=(100 * WAN,))
    book = Book(bodies.parse(policy), scenario.read(PLAYED))
    assert [step.outcome.refused_by for step in play_in(book)] == [None] * 10
    first = buy(session, shop, owner, owner.vouchers[0], 55_555_555)
    a, b, c = carry_out(session, shop.desk, owner.actor, split_of(owner.vouchers[0], 20_000_001, 3_333_333))
    buy(session, shop, owner, b, 7 * WAN)
    (m,) = carry_out(session, shop.desk, owner.actor, merge_of(b, c))
    m, n = carry_out(session, shop.desk, owner.actor, split_of(m, 7_777_777))
    (n,) = carry_out(session, shop.desk, owner.actor, transfer_of(n), other_of(7))
    endings = {}
    for voucher, name in ((a, "A"), (m, "M"), (n, "N")):
        own = holder(session, shop, owner, voucher)
        endings[name] = pay(session, shop.desk, approve(session, shop.desk, ask(session, own)))
        assert endings[name].paid_fen == book.accounts[name].paid_out_fen, name
        assert endings[name].returned_fen > 0
        assert bool(spared) == any(one["code"] == "bonus_spared" for one in endings[name].shown["rules"])
    proved(session)
    clock.advance(timedelta(hours=1))
    lost = {part.voucher_id: Less(part.bonus_fen, part.cash_fen) for part in first.allocations}
    foreseen = {one.id: fen for one, fen in claw_backs.foreseen(session, first.id, lost).items()}
    end(session, shop, owner, first, Kind.REJECT)
    went = claw_backs.given_back(session, endings.values())
    assert {one.id: went[one.voucher_id] for one in endings.values()} == foreseen
    assert len(foreseen) == 3
    proved(session)


def test_a_lower_price_gives_back_to_each_part_its_share(session: Session, clock: FixedClock) -> None:
    shop = make_shop(session, desk=make_desk(session, policy=POLICY.replace("BACK", "100%")))
    owner = make_buyer(session, shop.desk, faces=(100 * WAN,))
    first = buy(session, shop, owner, owner.vouchers[0], 55 * WAN)
    a, b = carry_out(session, shop.desk, owner.actor, split_of(owner.vouchers[0], 30 * WAN))
    (given,) = carry_out(session, shop.desk, owner.actor, transfer_of(b), other_of(7))
    taken = []
    for voucher in (a, given):
        asked = ask(session, holder(session, shop, owner, voucher))
        taken.append(pay(session, shop.desk, approve(session, shop.desk, asked)))
    # 5.5 万 were earned of 50 万 spent: two and three fifths.
    assert [one.returned_fen for one in taken] == [2_200_000, 3_300_000]
    clock.advance(timedelta(hours=1))
    session.refresh(first)
    cheaper(session, shop, first, 11 * WAN)
    went = claw_backs.given_back(session, taken)
    assert [went[one.voucher_id] for one in taken] == [440_000, 660_000]
    proved(session)
    found = session.scalars(select(VoucherEnding).where(VoucherEnding.kind == "back")).all()
    assert found == []


def test_verify_works_the_shares_out_by_itself(session: Session) -> None:
    shop = make_shop(session, desk=make_desk(session, policy=POLICY.replace("BACK", "100%")))
    owner = make_buyer(session, shop.desk, faces=(100 * WAN,))
    buy(session, shop, owner, owner.vouchers[0], 55 * WAN)
    _a, b = carry_out(session, shop.desk, owner.actor, split_of(owner.vouchers[0], 30 * WAN))
    approve(session, shop.desk, ask(session, Buyer(owner.actor, owner.household, [b])))
    assert told(session) == set()
    session.execute(text("UPDATE allocations SET bonus_fen = bonus_fen - 10000"))
    assert {OF_ALL, WRONG} <= told(session)


def test_what_went_back_of_a_price_is_not_taken_of_what_is_left_alone(
    session: Session, clock: FixedClock
) -> None:
    """5 万 and 2.5 万 are earned, of which no ending takes; what a lower price costs is of the 5 万."""
    two = POLICY.replace("paid: cash, ", "").replace("rate: 1%}]", "rate: 5%}], claw_back: never")
    shop = make_shop(session, desk=make_desk(session, policy=two.replace("BACK", "100%")))
    owner = make_buyer(session, shop.desk, faces=(100 * WAN,))
    first = buy(session, shop, owner, owner.vouchers[0], 575_000_00)
    ended = pay(session, shop.desk, approve(session, shop.desk, ask(session, owner)))
    assert (ended.bonus_fen, ended.returned_fen) == (5_000_000, 5_000_000)
    proved(session)
    clock.advance(timedelta(hours=1))
    session.refresh(first)
    cheaper(session, shop, first, 115_000_00)
    # A fifth of 7.5 万 goes back, and counts as gone of what endings take of: 3.5 of 5 万 are kept.
    assert claw_backs.given_back(session, [ended])[ended.voucher_id] == 1_500_000
    proved(session)


def test_verify_knows_what_no_ending_takes(session: Session) -> None:
    policy = POLICY.replace("BACK", "100%").replace(*SPARED["cash"])
    shop = make_shop(session, desk=make_desk(session, policy=policy))
    owner = make_buyer(session, shop.desk, faces=(100 * WAN,))
    buy(session, shop, owner, owner.vouchers[0], 55 * WAN)
    approve(session, shop.desk, ask(session, owner))
    assert told(session) == set()
    unguard(session, "policy_versions")
    session.execute(text("UPDATE policy_versions SET body = body #- '{bonus,1,claw_back}'"))
    assert told(session) == {OF_ALL}
    never = """jsonb_set(body, '{bonus,0,claw_back}', '"never"')"""
    session.execute(text(f"UPDATE policy_versions SET body = {never}"))
    assert {OF_ALL, WRONG} <= told(session)
