"""What is earned once by a household's agreements is not earned again by whom a part was given to."""

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.policies import bodies
from app.redemptions import queries
from app.redemptions.bonus_proofs import BONUSES
from app.redemptions.models import Redemption
from app.reports.simulation import scenario
from app.reports.simulation.run import play
from app.vouchers.models import Voucher
from tests.factories.moves import actor_of, carry_out, other_of, split_of, transfer_of
from tests.factories.policies import HAILING
from tests.factories.redemptions import Buyer, Shop, make_buyer, make_home, make_redemption, make_shop, redeem
from tests.factories.vouchers import make_desk

WAN = 1_000_000
MOVING = HAILING.replace("transfers: 1", "transfers: 1\nsplits: 1")
HEAD, REST = MOVING.split("bonus:", 1)
TIER = "bonus: {base: BASE, fixed_by: lock, tiers: [{from_month: 1, to_month: 12, PAYS}]}\n"


def once(base: str, pays: str) -> str:
    """Return a policy that pays something once a household, and lets vouchers be split and given away."""
    return HEAD + TIER.replace("BASE", base).replace("PAYS", pays) + REST[REST.index("\nhold:") + 1 :]


def parted(session: Session, shop: Shop, buyer: Buyer) -> Buyer:
    """Split half a voucher off and give that to somebody else; return both as buyers, the taker last."""
    _stays, part = carry_out(session, shop.desk, buyer.actor, split_of(buyer.vouchers[0], 50 * WAN))
    (given,) = carry_out(session, shop.desk, buyer.actor, transfer_of(part), other_of(7))
    return Buyer(actor_of(session, shop.desk, given.household), given.household, [given])


def _stays(session: Session, buyer: Buyer) -> Voucher:
    return session.get_one(Voucher, session.get_one(Voucher, buyer.vouchers[0].id).successor_id)


def bonus(redemption: Redemption) -> int:
    return sum(part.bonus_fen for part in redemption.allocations)


PLAYED = """
scenario: 1
steps:
  - issue: {voucher: A, on: 2018-03-01, face: 1200000}
  - buy: {home: H1, voucher: A, on: 2018-03-02, price: 300000}
  - split: {voucher: A, on: 2018-03-03, into: [{voucher: P, amount: 500000}]}
  - transfer: {voucher: P, on: 2018-03-04, to: child}
  - buy: {home: H2, voucher: P, on: 2018-03-05, price: 300000}
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
    assert len(session.execute(text(BONUSES[wrong])).all()) == 1


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
        Buyer(buyer.actor, buyer.household, [_stays(session, buyer)]),
        make_home(session, shop, voucher_fen=30 * WAN),
    )
    assert (bonus(earned), bonus(late)) == (3 * WAN, 0)
    assert queries.verify(session) == []
