"""What is earned once by a household's agreements is not earned again by whom a part was given to."""

from dataclasses import replace
from decimal import Decimal

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.policies import bodies
from app.redemptions import queries, service
from app.redemptions.models import Redemption
from app.reports.simulation import scenario
from app.reports.simulation.run import play
from app.vouchers.models import Voucher
from app.vouchers.move_outlooks import outlook
from tests.factories.moves import actor_of, carry_out, merge_of, other_of, split_of, transfer_of
from tests.factories.policies import HAILING, make_policy_version, with_bonus
from tests.factories.redemptions import Buyer, Shop, make_buyer, make_home, make_redemption, make_shop, redeem
from tests.factories.vouchers import make_desk, make_voucher

WAN = 1_000_000
MOVING = HAILING.replace("transfers: 1", "transfers: 1\nsplits: 1")
TIER = "bonus: {base: BASE, fixed_by: lock, tiers: [{from_month: 1, to_month: 12, PAYS}]}\n"


def once(base: str, pays: str) -> str:
    """Return a policy that pays something once a household, and lets vouchers be split and given away."""
    return with_bonus(TIER.replace("BASE", base).replace("PAYS", pays), MOVING)


def parted(session: Session, shop: Shop, buyer: Buyer) -> Buyer:
    """Split half a voucher off and give that to somebody else; return both as buyers, the taker last."""
    _stays, part = carry_out(session, shop.desk, buyer.actor, split_of(buyer.vouchers[0], 50 * WAN))
    (given,) = carry_out(session, shop.desk, buyer.actor, transfer_of(part), other_of(7))
    return Buyer(actor_of(session, shop.desk, given.household), given.household, [given])


def stays_of(session: Session, buyer: Buyer) -> Voucher:
    """Return what stays of the first voucher of a buyer that was split."""
    return session.get_one(Voucher, session.get_one(Voucher, buyer.vouchers[0].id).successor_id)


def bonus(redemption: Redemption) -> int:
    return sum(part.bonus_fen for part in redemption.allocations)


PLAYED = """
scenario: 1
household: {old_area: 61.25, entitled_area: 80, residents: 2}
steps:
  - issue: {voucher: A, on: 2018-03-01, compensation: 1200000}
  - buy: {home: H1, voucher: A, on: 2018-03-02, price: 300000, area: 60}
  - split: {voucher: A, on: 2018-03-03, into: [{voucher: P, amount: 500000}]}
  - transfer: {voucher: P, on: 2018-03-04, to: child}
  - buy: {home: H2, voucher: P, on: 2018-03-05, price: 300000, area: 60}
"""


@pytest.mark.parametrize(
    ("base", "pays", "fen"),
    [("compensation", "rate: 5%", 6 * WAN), ("fixed", "yuan: 30000", 3 * WAN)],
)
def test_a_part_in_other_hands_earns_it_no_second_time(
    session: Session, base: str, pays: str, fen: int
) -> None:
    policy = once(base, pays)
    shop = make_shop(session, desk=make_desk(session, policy=policy))
    buyer = make_buyer(session, shop.desk, faces=(120 * WAN,))
    first = redeem(
        session, shop, make_redemption(session, buyer, make_home(session, shop, voucher_fen=30 * WAN))
    )
    taker = parted(session, shop, buyer)
    second = make_redemption(session, taker, make_home(session, shop, voucher_fen=30 * WAN))
    assert (bonus(first), bonus(second)) == (fen, 0)
    assert queries.verify(session) == []
    played = [
        line for step in play(bodies.parse(policy), scenario.read(PLAYED)) for line in step.outcome.lines
    ]
    assert [line.fen for line in played if line.of == "bonus"] == [fen, 0]
    session.execute(text("UPDATE allocations SET bonus_fen = bonus_fen + 1 WHERE bonus_fen > 0"))
    wrong = "what is earned once by the agreements of a household is, whoever holds their vouchers"
    assert [one.rule for one in queries.verify(session)].count(wrong) == 1


def test_who_takes_a_part_over_of_which_nothing_was_earned_earns_it_beside_their_own(
    session: Session,
) -> None:
    """It is once by the agreements behind the voucher: the taker's own agreement has a bonus of its own."""
    shop = make_shop(session, desk=make_desk(session, policy=once("fixed", "yuan: 30000")))
    buyer = make_buyer(session, shop.desk, faces=(120 * WAN,))
    taker = parted(session, shop, buyer)
    earned = make_redemption(session, taker, make_home(session, shop, voucher_fen=30 * WAN))
    late = make_redemption(
        session,
        Buyer(buyer.actor, buyer.household, [stays_of(session, buyer)]),
        make_home(session, shop, voucher_fen=30 * WAN),
    )
    assert (bonus(earned), bonus(late)) == (3 * WAN, 0)
    assert queries.verify(session) == []


WITHIN = "no bonus is paid for more ㎡ than its policy pays it for"
OF_CAPS = "no purchase earns more than the caps of its bonus, nor all bonuses more than theirs"
OF_TIER = "no purchase earns more than the caps of its tier"


@pytest.mark.parametrize(
    ("base", "pays", "fens", "wrong"),
    [
        # 60 of 61.25 ㎡ at 10% of 30 万; then 1.25 of 60 ㎡.
        ("price, within_area: old", "rate: 10%", [3 * WAN, WAN // 16], WITHIN),
        # 3% of 120 万 whoever buys: 3 万 of 30 万, and what is left of 3.6 万.
        (
            "price, caps: [{of: household, share_of_compensation: 3%}]",
            "rate: 10%",
            [3 * WAN, WAN * 6 // 10],
            OF_CAPS,
        ),
        # 3.6 万 a household, in whatever hands.
        (
            "price, caps: [{of: household, yuan: 36000}]",
            "rate: 10%",
            [3 * WAN, WAN * 6 // 10],
            OF_CAPS,
        ),
        # 600 元 for each of 61.25 ㎡.
        (
            "price",
            "rate: 10%, caps: [{of: household, yuan_per_m2: 600}]",
            [3 * WAN, 675_000],
            OF_TIER,
        ),
    ],
)
def test_a_part_in_other_hands_uses_no_area_and_no_cap_anew(
    session: Session, base: str, pays: str, fens: list[int], wrong: str
) -> None:
    policy = once(base, pays)
    shop = make_shop(session, desk=make_desk(session, policy=policy))
    buyer = make_buyer(session, shop.desk, faces=(120 * WAN,))
    area = Decimal("60.00")
    home, other = (make_home(session, shop, voucher_fen=30 * WAN, area_m2=area) for _ in range(2))
    first = redeem(session, shop, make_redemption(session, buyer, home))
    taker = parted(session, shop, buyer)
    second = make_redemption(session, taker, other)
    assert [bonus(first), bonus(second)] == fens
    assert queries.verify(session) == []
    played = [
        line for step in play(bodies.parse(policy), scenario.read(PLAYED)) for line in step.outcome.lines
    ]
    assert [line.fen for line in played if line.of == "bonus"] == fens
    session.execute(
        text("UPDATE allocations SET bonus_fen = bonus_fen + 1 WHERE id = (SELECT max(id) FROM allocations)")
    )
    assert [one.rule for one in queries.verify(session)].count(wrong) == 1


MERGING = "merges: {times: 2, of: anybody}\n"


@pytest.mark.parametrize(
    ("base", "pays", "is_refused"),
    [
        ("fixed", "yuan: 30000", True),
        ("spent, caps: [{of: household, yuan: 30000}]", "rate: 10%", True),
        ("price, within_area: old", "rate: 10%", True),
        ("spent", "rate: 10%", False),
    ],
)
def test_what_another_agreement_has_yet_to_earn_is_not_merged_away(
    session: Session, base: str, pays: str, is_refused: bool
) -> None:
    """Merged with what a parent gave, the child's own voucher would stand on the parent's agreement alone."""
    shop = make_shop(session, desk=make_desk(session, policy=once(base, pays) + MERGING))
    buyer, own = (make_buyer(session, shop.desk, faces=(120 * WAN,)) for _ in range(2))
    redeem(session, shop, make_redemption(session, buyer, make_home(session, shop, voucher_fen=30 * WAN)))
    taker = parted(session, shop, buyer)
    wish = merge_of(own.vouchers[0], taker.vouchers[0])
    looked = outlook(session, [own.vouchers[0], taker.vouchers[0]], wish)
    assert (looked.block == "merge_agreements") is is_refused
    earned = make_redemption(session, own, make_home(session, shop, voucher_fen=30 * WAN))
    assert bonus(earned) > 2 * WAN
    assert outlook(session, [stays_of(session, buyer), taker.vouchers[0]], wish).block != "merge_agreements"
    assert queries.verify(session) == []


def test_homes_of_one_basket_earn_it_once(session: Session) -> None:
    shop = make_shop(session, desk=make_desk(session, policy=once("fixed", "yuan: 30000")))
    buyer = make_buyer(session, shop.desk, faces=(120 * WAN,))
    homes = [make_home(session, shop, voucher_fen=30 * WAN) for _ in range(2)]
    basket = service.quote_basket(
        session, actor=buyer.actor, home_refs=[home.ref for home in homes], parts=buyer.parts()
    )
    session.commit()
    locked = service.reserve_basket(session, actor=buyer.actor, basket_ref=basket.ref)
    session.commit()
    assert [bonus(one) for one in locked] == [3 * WAN, 0]
    assert queries.verify(session) == []


@pytest.mark.parametrize("together", [False, True])
def test_a_basket_counts_for_the_agreement_what_a_voucher_under_another_policy_bought(
    session: Session, *, together: bool
) -> None:
    """60 of 61.25 ㎡ are bought with a voucher that asks for no agreement; its neighbour has 1.25 left."""
    within = once("price, within_area: old", "rate: 10%")
    shop = make_shop(session, desk=make_desk(session, policy=within))
    buyer = make_buyer(session, shop.desk, faces=(60 * WAN,))
    plain = make_policy_version(
        session, district=shop.desk.district, text=once("spent", "rate: 10%").replace("code: ", "code: b-")
    )
    other = make_voucher(
        session,
        desk=replace(shop.desk, policy_version=plain),
        household=buyer.household,
        face_fen=60 * WAN,
    )
    session.commit()
    taken = [
        carry_out(session, shop.desk, buyer.actor, transfer_of(one), other_of(7))[0]
        for one in (other, buyer.vouchers[0])
    ]
    taker = Buyer(actor_of(session, shop.desk, taken[0].household), taken[0].household, taken)
    homes = [make_home(session, shop, voucher_fen=66 * WAN, area_m2=Decimal("60.00")) for _ in range(2)]
    if together:
        refs = [home.ref for home in homes]
        basket = service.quote_basket(session, actor=taker.actor, home_refs=refs, parts=taker.parts())
        session.commit()
        locked = service.reserve_basket(session, actor=taker.actor, basket_ref=basket.ref)
        session.commit()
    else:
        locked = [
            make_redemption(session, Buyer(taker.actor, taker.household, [one]), home)
            for one, home in zip(taken, homes, strict=True)
        ]
    # Of 66 万 10% for 1.25 of 60 ㎡; the first is paid by 60 万 and a tenth.
    assert [bonus(one) for one in locked] == [6 * WAN, 137_500]
    assert queries.verify(session) == []
