"""What a policy has for one voucher in yuan its heirs have once together, and the proof knows it."""

import pytest
from sqlalchemy import inspect, text
from sqlalchemy.orm import Session

from app.redemptions import queries
from app.vouchers.ending_models import VoucherEnding
from app.vouchers.family_proofs import FAMILIES
from app.vouchers.move_rules import Share
from tests.factories.endings import approve as approve_ending
from tests.factories.endings import ask as ask_ending
from tests.factories.inheritances import approve, ask, note_death, prepare
from tests.factories.moves import actor_of
from tests.factories.policies import ROOMY
from tests.factories.redemptions import Buyer, Shop, make_buyer, make_home, make_redemption, make_shop, redeem
from tests.factories.vouchers import make_desk

WAN = 1_000_000
HEIRS = "inheritance: {heirs: [spouse, parent, child], term: suspended, most_days: 150}\n"
MOST = ROOMY + "leftover: [{spent_from: 0%, rate: 100%, most_yuan: 100000}]\n" + HEIRS
SMALL = ROOMY + (
    "leftover: [{spent_from: 0%, rate: 0%}, {spent_from: 0%, left_up_to: 500000, rate: 100%}]\n" + HEIRS
)
LIMITED = ROOMY + "limits: [{kinds: [home], yuan: 150000}]\n" + HEIRS
CAPPED = (
    ROOMY.replace("  fixed_by: lock", "  fixed_by: lock\n  caps: [{of: voucher, yuan: 60000}]", 1) + HEIRS
)


def inherited(session: Session, shop: Shop, buyer: Buyer, *fen: int) -> list[Buyer]:
    """Let heirs have a voucher in these sums; return them as buyers."""
    stop = note_death(session, shop.desk, buyer.vouchers[0])
    move = ask(session, shop.desk, stop, [Share(one, kin="child") for one in fen])
    prepare(session, shop.desk, move)
    parts = approve(session, shop.desk, move)
    return [Buyer(actor_of(session, shop.desk, one.household), one.household, [one]) for one in parts]


def shop_of(session: Session, policy: str) -> Shop:
    return make_shop(session, desk=make_desk(session, policy=policy))


@pytest.mark.parametrize("policy", [MOST, SMALL])
def test_heirs_are_paid_once_what_one_holder_is(session: Session, policy: str) -> None:
    """10 万 are a third each, and 40 万 left of 50 万 a third of it each."""
    shop = shop_of(session, policy)
    buyer = make_buyer(session, shop.desk, faces=(120 * WAN,))
    left = 120 * WAN
    if policy == SMALL:
        redeem(session, shop, make_redemption(session, buyer, make_home(session, shop, voucher_fen=96 * WAN)))
        left = 40 * WAN
    third = left // 3
    heirs = inherited(session, shop, buyer, left - 2 * third, third, third)
    paid = [ask_ending(session, heir) for heir in heirs]
    if policy == MOST:
        assert [one.paid_fen for one in paid] == [3_333_333] * 3
    else:
        assert sum(one.paid_fen for one in paid) == left
    assert queries.verify(session) == []
    for one in paid:
        approve_ending(session, shop.desk, one)
    assert queries.verify(session) == []
    # What left the voucher before they had it counts, too.
    wrong = text(FAMILIES["all that came of one voucher is paid out no more than its bands pay out for one"])
    names = [one.key for one in inspect(VoucherEnding).column_attrs if one.key not in ("id", "ref")]
    kept = {name: getattr(paid[0], name) for name in names if "transfer" not in name}
    session.add(VoucherEnding(**kept | {"voucher_id": buyer.vouchers[0].id, "ref": "DF-0"}))
    session.flush()
    assert len(session.execute(wrong).all()) == 1


def test_what_was_much_is_not_little_to_heirs(session: Session) -> None:
    shop = shop_of(session, SMALL)
    buyer = make_buyer(session, shop.desk, faces=(120 * WAN,))
    for heir in inherited(session, shop, buyer, 40 * WAN, 40 * WAN, 40 * WAN):
        with pytest.raises(Exception, match="ending_pays_nothing"):
            ask_ending(session, heir)
        session.rollback()
    assert session.query(VoucherEnding).count() == 0


@pytest.mark.parametrize("policy", [LIMITED, CAPPED])
def test_heirs_buy_and_earn_once_what_one_holder_may(session: Session, policy: str) -> None:
    """15 万 in all, 6 万 of them before: of three each has 3 万; of 6 万 of bonus what is left of them."""
    shop = shop_of(session, policy)
    buyer = make_buyer(session, shop.desk, faces=(120 * WAN,))
    first = make_home(session, shop, voucher_fen=7_200_000)
    before = redeem(session, shop, make_redemption(session, buyer, first))
    spent = [before.allocations[0].spent_fen]
    earned = [before.allocations[0].bonus_fen]
    third = 30 * WAN
    left = 120 * WAN - spent[0]
    for heir in inherited(session, shop, buyer, left - 2 * third, third, third):
        found = make_redemption(session, heir, make_home(session, shop, voucher_fen=20 * WAN))
        spent.append(found.allocations[0].spent_fen)
        earned.append(found.allocations[0].bonus_fen)
    if policy == LIMITED:
        assert 15 * WAN - 3 <= sum(spent) <= 15 * WAN
    else:
        assert 6 * WAN - 3 <= sum(earned) <= 6 * WAN
    assert queries.verify(session) == []
    more = "UPDATE allocations SET spent_fen = spent_fen + 100, bonus_fen = bonus_fen + 100 "
    session.execute(text(more + "WHERE redemption_id = :id"), {"id": found.id})
    rules = {breach.rule for breach in queries.verify(session)}
    told = {
        LIMITED: "all that came of one voucher spends no more on a kind of stock than its policy has for one",
        CAPPED: "what came of one voucher earns no more of its face than the policy has for one",
    }
    assert told[policy] in rules
