"""Purchases under policies whose bonus is not of the sum spent, or that limit what a voucher buys."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.core import clock as clocks
from app.core.clock import FixedClock
from app.core.errors import Conflict, DomainError
from app.ledger import queries as ledger
from app.policies.queries import policy_of
from app.redemptions import queries, service, snapshot
from app.redemptions.models import Redemption
from app.redemptions.past import cover_together, covers, prospects
from app.redemptions.rules import answer_by
from app.redemptions.snapshot import PartSeen
from app.vouchers import service as vouchers
from app.vouchers.queries import wallet
from tests.factories.contracts import typed
from tests.factories.policies import HAILING, NANJING, TONGZHOU, WUXI, make_policy_version
from tests.factories.redemptions import (
    Shop,
    contract,
    make_buyer,
    make_home,
    make_quote,
    make_redemption,
    make_shop,
    redeem,
)
from tests.factories.vouchers import make_desk, submit_voucher


def shop_under(session: Session, policy: str) -> Shop:
    return make_shop(session, desk=make_desk(session, policy=policy))


def first_part(stored: dict[str, object]) -> PartSeen:
    return snapshot.read(stored).parts[0]


def assert_proven(session: Session) -> None:
    assert ledger.verify(session) == []
    assert queries.verify(session) == []


def test_a_bonus_of_the_face_is_paid_once_and_given_back_with_a_cancelled_home(session: Session) -> None:
    shop = shop_under(session, NANJING)
    buyer = make_buyer(session, shop.desk, faces=(100_000_000,))
    (purse,) = wallet(session, household_id=buyer.household.id)
    assert covers(session, [purse]) == {purse.ref: 110_000_000}
    first = make_redemption(session, buyer, make_home(session, shop, voucher_fen=12_000_000))
    part = first_part(first.quote.snapshot)
    # The bonus of 10 万 is more than this home lets it be: half of the price, the sum spent.
    assert (part.base, part.spent_fen, part.bonus_fen) == ("face", 6_000_000, 6_000_000)
    assert [rule.code for rule in part.rules][:2] == ["face", "not_above_spent"]
    second = make_quote(session, buyer, make_home(session, shop, voucher_fen=60_000_000))
    assert first_part(second.snapshot).bonus_fen == 4_000_000
    service.cancel(session, actor=buyer.actor, redemption_ref=first.ref)
    session.commit()
    again = make_redemption(session, buyer, make_home(session, shop, voucher_fen=60_000_000))
    assert first_part(again.quote.snapshot).bonus_fen == 10_000_000
    redeem(session, shop, again)
    assert_proven(session)
    (purse,) = wallet(session, household_id=buyer.household.id)
    assert covers(session, [purse]) == {purse.ref: 50_000_000}


def test_two_quotes_cannot_both_lock_the_same_bonus(session: Session) -> None:
    shop = shop_under(session, NANJING)
    buyer = make_buyer(session, shop.desk, faces=(100_000_000,))
    quotes = [make_quote(session, buyer, make_home(session, shop, voucher_fen=30_000_000)) for _ in range(2)]
    assert [first_part(quote.snapshot).bonus_fen for quote in quotes] == [10_000_000] * 2
    service.reserve(session, actor=buyer.actor, quote_ref=quotes[0].ref)
    session.commit()
    with pytest.raises(Conflict, match="quote_past_changed"):
        service.reserve(session, actor=buyer.actor, quote_ref=quotes[1].ref)
    session.rollback()
    assert_proven(session)


def test_a_bonus_of_the_price_is_capped_by_the_face(session: Session) -> None:
    shop = shop_under(session, WUXI)
    buyer = make_buyer(session, shop.desk, faces=(100_000_000, 20_000_000))
    bought = make_redemption(session, buyer, make_home(session, shop, voucher_fen=120_000_000))
    first, second = snapshot.read(bought.quote.snapshot).parts
    # 5% of 120 万 are 6 万: the first voucher's face caps it at 5 万, the second adds the one that is left.
    assert (first.spent_fen, first.bonus_fen) == (100_000_000, 5_000_000)
    assert (second.spent_fen, second.bonus_fen) == (14_000_000, 1_000_000)
    assert [rule.code for rule in first.rules] == ["price", "cap_voucher"]
    redeem(session, shop, bought)
    assert_proven(session)


def test_a_bonus_by_the_old_area_is_counted_once_for_two_vouchers(session: Session) -> None:
    policy = HAILING.replace("base: spent", "base: old_area")
    for rate in ("20%", "16%", "12%"):
        policy = policy.replace(f"rate: {rate}", "yuan_per_m2: 300.50")
    shop = shop_under(session, policy)
    buyer = make_buyer(session, shop.desk, faces=(20_000_000, 20_000_000))
    once = int(30_050 * buyer.household.old_area_m2)
    purses = wallet(session, household_id=buyer.household.id)
    assert set(covers(session, purses).values()) == {20_000_000 + once}
    assert cover_together(session, purses) == 40_000_000 + once
    bought = make_redemption(session, buyer, make_home(session, shop))
    parts = snapshot.read(bought.quote.snapshot).parts
    assert [part.bonus_fen for part in parts] == [once, 0]
    assert_proven(session)


SEVERAL = HAILING.replace(
    HAILING[HAILING.index("bonus:") : HAILING.index("hold:")],
    """bonus:
  - {base: spent, fixed_by: lock, tiers: [{from_month: 1, to_month: 18, rate: 10%}]}
  - base: fixed
    fixed_by: agreement
    tiers: [{from_day: 2016-01-01, to_day: 2016-06-30, yuan: 30000}]
  - base: home_area
    fixed_by: lock
    home_area: {up_to: 90}
    tiers: [{from_month: 1, to_month: 18, yuan_per_m2: 200}]
bonus_caps: [{of: household, yuan: 90000}]
""",
)


def test_several_bonuses_pay_one_price_each_by_its_own_rule_and_past(session: Session) -> None:
    shop = shop_under(session, SEVERAL)
    buyer = make_buyer(session, shop.desk, faces=(60_000_000, 60_000_000))
    quotes = [make_quote(session, buyer, make_home(session, shop, voucher_fen=40_000_000)) for _ in range(2)]
    part = first_part(quotes[0].snapshot)
    # s + 0.1 s + 3 万 + 200 yuan for each of 89.5 ㎡ = 40 万.
    assert (part.spent_fen, part.bonuses) == (
        32_009_091,
        {"bonus[0]": 3_200_909, "bonus[1]": 3_000_000, "bonus[2]": 1_790_000},
    )
    assert [one.rules[0].code for one in part.each] == ["spent", "fixed", "home_area"]
    first = service.reserve(session, actor=buyer.actor, quote_ref=quotes[0].ref)
    session.commit()
    with pytest.raises(Conflict, match="quote_past_changed"):
        service.reserve(session, actor=buyer.actor, quote_ref=quotes[1].ref)
    session.rollback()
    # 3 万 were earned, and of 9 万 together 1.009 万 are left: the cap takes from the later ones.
    second = first_part(make_quote(session, buyer, make_home(session, shop, voucher_fen=40_000_000)).snapshot)
    assert second.bonuses == {"bonus[0]": 1_009_091, "bonus[1]": 0, "bonus[2]": 0}
    assert [rule.code for rule in second.joint_rules] == ["cap_household"]
    redeem(session, shop, first)
    assert_proven(session)


@pytest.mark.parametrize(
    ("forged", "rule"),
    [
        ("bonuses = '{\"bonus[0]\": 9000000}'", "vouchers give what the quote said"),
        ("bonuses = bonuses || '{\"bonus[1]\": 3000001}'", "no bonus of several is more than its tier pays"),
        ("bonus_fen = 9000001", "a voucher earns no more than its policy's caps"),
    ],
)
def test_proofs_find_what_is_wrong_with_one_of_several_bonuses(
    session: Session, forged: str, rule: str
) -> None:
    shop = shop_under(session, SEVERAL.replace("of: household", "of: voucher"))
    make_redemption(session, make_buyer(session, shop.desk), make_home(session, shop))
    session.execute(text(f"UPDATE allocations SET {forged}"))
    assert rule in {breach.rule for breach in queries.verify(session)}
    session.rollback()


def test_proofs_find_more_bonus_than_the_caps(session: Session) -> None:
    shop = shop_under(session, WUXI)
    make_redemption(session, make_buyer(session, shop.desk), make_home(session, shop))
    session.execute(text("UPDATE allocations SET bonus_fen = 6527501"))
    found = {breach.rule for breach in queries.verify(session)}
    assert "a voucher earns no more than its policy's caps" in found
    session.rollback()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (("transfers: 1", "homes: 1"), "voucher_homes_full"),
        (("transfers: 1", "areas: [elsewhere]"), "voucher_not_for_area"),
        (("transfers: 1", "top_up: []"), "top_up_not_allowed"),
    ],
)
def test_what_a_policy_limits_is_refused_with_its_reason(
    session: Session, change: tuple[str, str], code: str
) -> None:
    shop = shop_under(session, HAILING.replace(*change))
    buyer = make_buyer(session, shop.desk, faces=(40_000_000,))
    if code == "voucher_homes_full":
        make_redemption(session, buyer, make_home(session, shop, voucher_fen=12_000_000))
    with pytest.raises(DomainError, match=code):
        make_quote(session, buyer, make_home(session, shop, voucher_fen=60_000_000))
    session.rollback()


def test_a_policy_without_bonus_pays_the_price_alone(session: Session) -> None:
    shop = shop_under(session, TONGZHOU)
    buyer = make_buyer(session, shop.desk, faces=(100_000_000,))
    (purse,) = wallet(session, household_id=buyer.household.id)
    assert (covers(session, [purse]), prospects(session, purse)) == ({purse.ref: 100_000_000}, [])
    bought = make_redemption(session, buyer, make_home(session, shop, voucher_fen=60_000_000))
    part = first_part(bought.quote.snapshot)
    assert (part.spent_fen, part.bonus_fen, part.rules[0].code) == (60_000_000, 0, "no_bonus")
    redeem(session, shop, bought)
    assert_proven(session)


def test_a_term_from_the_agreement_counts_from_its_day(session: Session, clock: FixedClock) -> None:
    desk = make_desk(session, policy=HAILING.replace("from: issue", "from: agreement"))
    shop = make_shop(session, desk=desk)
    buyer = make_buyer(session, desk)
    (voucher,) = buyer.vouchers
    signed_on: date = voucher.agreement.signed_on
    assert voucher.expires_at == clocks.end_of_day(clocks.add_months(signed_on, 18))
    (purse,) = wallet(session, household_id=buyer.household.id)
    assert (purse.starts_on, purse.issued_on) == (signed_on, clocks.today())
    clock.moment = clocks.end_of_day(clocks.add_months(signed_on, 3)) + timedelta(hours=2)
    bought = make_redemption(session, buyer, make_home(session, shop))
    assert first_part(bought.quote.snapshot).rate_bp == 1600
    assert_proven(session)


def test_a_scheme_that_is_over_issues_no_more(session: Session, clock: FixedClock) -> None:
    ended = HAILING.replace("months: 18", "until: 2016-08-31").replace("to_month: 18", "to_month: 60")
    desk = make_desk(session, policy=ended)
    waiting = submit_voucher(session, desk=desk)
    session.commit()
    clock.moment = datetime(2016, 8, 31, 16, tzinfo=UTC)
    with pytest.raises(Conflict, match="policy_over"):
        vouchers.approve(session, actor=desk.checker, voucher_id=waiting.id)
    session.rollback()


def test_words_that_nothing_carries_out_yet_are_not_adopted(session: Session) -> None:
    desk = make_desk(session)
    more = HAILING.replace("fixed_by: lock", "fixed_by: filed\n  delay: counts")
    with pytest.raises(Conflict, match="policy_not_carried_out") as refused:
        make_policy_version(session, district=desk.district, text=more)
    assert refused.value.params == {"paths": "bonus.delay"}


def test_late_settlement_as_a_reason_is_adopted(session: Session) -> None:
    said = HAILING + "equal_treatment: {late_settlement: may_raise}\n"
    adopted = make_policy_version(session, district=make_desk(session).district, text=said)
    assert policy_of(adopted).may_late_settlement_raise


def test_a_closed_scheme_issues_nothing(session: Session, clock: FixedClock) -> None:
    desk = make_desk(session, policy=HAILING + "scheme: {issue_until: 2016-08-31}\n")
    waiting = submit_voucher(session, desk=desk)
    session.commit()
    clock.moment = datetime(2016, 8, 31, 16, tzinfo=UTC)
    with pytest.raises(Conflict, match="policy_scheme_closed"):
        vouchers.approve(session, actor=desk.checker, voucher_id=waiting.id)
    session.rollback()


def by_contract(more: str = "") -> str:
    return HAILING.replace("fixed_by: lock", f"fixed_by: contract{more}")


def rate_of(redemption: Redemption) -> int:
    return first_part(redemption.quote.snapshot).rate_bp


def test_where_the_contract_decides_a_hold_ends_with_the_tier(session: Session, clock: FixedClock) -> None:
    shop = shop_under(session, by_contract())
    buyer = make_buyer(session, shop.desk)
    # Issued on 1 June, so the first tier ends on 1 September; the policy's own hold is 15 days.
    clock.moment = datetime(2016, 8, 29, 4, tzinfo=UTC)
    late = make_redemption(session, buyer, make_home(session, shop))
    in_time = make_redemption(session, buyer, make_home(session, shop))
    assert {clocks.legal_day(one.deadline_at) for one in (late, in_time)} == {date(2016, 9, 2)}
    assert [rate_of(one) for one in (late, in_time)] == [2000, 2000]
    clock.moment = in_time.deadline_at - timedelta(seconds=1)
    redeem(session, shop, in_time)
    clock.moment = late.deadline_at
    assert service.expire_overdue(session) == 1
    session.commit()
    again = make_redemption(session, buyer, make_home(session, shop))
    assert (rate_of(again), again.deadline_at - clock.moment) == (1600, timedelta(days=16))
    assert_proven(session)


@pytest.mark.parametrize(("delay", "days"), [("", 16), ("\n  delay: counts", 7)])
def test_a_developer_who_does_not_answer_costs_no_tier(
    session: Session, clock: FixedClock, delay: str, days: int
) -> None:
    shop = shop_under(session, by_contract(delay))
    buyer = make_buyer(session, shop.desk)
    clock.moment = datetime(2016, 8, 22, 4, tzinfo=UTC)
    locked = make_redemption(session, buyer, make_home(session, shop))
    clock.moment = answer_by(locked.locked_at)
    service.extend(session, actor=buyer.actor, redemption_ref=locked.ref)
    session.commit()
    # Lengthened past the tier's end on 1 September, and still at its rate; unless the delay counts.
    assert (locked.deadline_at - clock.moment).days == days
    clock.moment = locked.deadline_at - timedelta(seconds=1)
    redeem(session, shop, locked)
    assert rate_of(locked) == 2000
    assert_proven(session)


def test_a_correction_cannot_move_a_contract_beyond_its_hold(session: Session, clock: FixedClock) -> None:
    shop = shop_under(session, by_contract())
    locked = make_redemption(session, make_buyer(session, shop.desk), make_home(session, shop))
    contract(session, shop, locked)
    clock.advance(timedelta(days=16))
    late = typed(locked, number="网签-9", signed_on=clocks.today())
    with pytest.raises(DomainError, match="contract_day_after_hold"):
        service.prepare_contract(session, actor=shop.developer, redemption_ref=locked.ref, typed=late)


def test_a_filing_whose_delay_counts_cannot_be_adopted(session: Session) -> None:
    said = HAILING.replace("fixed_by: lock", "fixed_by: filed\n  delay: counts")
    with pytest.raises(Conflict, match="policy_not_carried_out"):
        shop_under(session, said)


def of_parts(face_fen: int) -> list[tuple[str, int]]:
    return [("home", face_fen - 5_000_000), ("moving", 6_000_000), ("deduction", -1_000_000)]


def test_a_bonus_of_the_homes_own_value_is_earned_once_a_household(session: Session) -> None:
    said = HAILING.replace("base: spent", "base: compensation\n  parts: [home]")
    shop = shop_under(session, said + "\nface: [{rate: 10%, parts: [moving, deduction]}]\n")
    buyer = make_buyer(session, shop.desk, faces=(55_000_000, 15_000_000), lines=of_parts)
    # 10% of what moving comes to, less the deduction.
    assert [one.face_fen for one in buyer.vouchers] == [55_500_000, 15_500_000]
    bought = make_redemption(session, buyer, make_home(session, shop, voucher_fen=80_000_000))
    first, second = snapshot.read(bought.quote.snapshot).parts
    # 20% of both homes' value, 60 万, once for both vouchers.
    assert (first.spent_fen, first.bonus_fen) == (55_500_000, 12_000_000)
    assert (second.spent_fen, second.bonus_fen) == (12_500_000, 0)
    redeem(session, shop, bought)
    assert_proven(session)


def test_no_voucher_by_parts_over_an_agreement_without_them(session: Session) -> None:
    desk = make_desk(session, policy=HAILING + "\nface: [{rate: 10%, parts: [home]}]\n")
    with pytest.raises(Conflict, match="agreement_parts_missing"):
        submit_voucher(session, desk=desk)


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        ([], "agreement_parts_missing"),
        ([("moving", 130_550_000)], "agreement_nothing_in_face"),
        ([("home", 1_000), ("moving", 130_550_000), ("deduction", -1_000)], "agreement_nothing_in_face"),
    ],
)
def test_no_voucher_over_what_is_to_be_paid_in_cash(
    session: Session, lines: list[tuple[str, int]], code: str
) -> None:
    desk = make_desk(session, policy=HAILING + "\nface_without: [moving]\nface: [{yuan: 5000}]\n")
    with pytest.raises(Conflict, match=code):
        submit_voucher(session, desk=desk, lines=lines)


def test_a_contract_in_the_grace_of_its_tier_has_the_tier_of_the_lock(
    session: Session, clock: FixedClock
) -> None:
    shop = shop_under(session, by_contract("\n  grace_days: 5"))
    buyer = make_buyer(session, shop.desk, faces=(100_000_000,))
    (purse,) = wallet(session, household_id=buyer.household.id)
    edge = purse.spans()[0].last_day
    clock.moment = clocks.start_of_day(edge) + timedelta(hours=12)
    locked = make_redemption(session, buyer, make_home(session, shop))
    assert clocks.legal_day(locked.deadline_at) == edge + timedelta(days=6)  # 24:00 of the fifth day
    clock.advance(timedelta(days=5))
    contract(session, shop, locked)
    assert (locked.state, rate_of(locked)) == ("contracted", 2000)
    assert_proven(session)


def test_a_grace_of_working_days_ends_with_the_last_of_them(session: Session, clock: FixedClock) -> None:
    shop = shop_under(session, by_contract("\n  grace_working_days: 5"))
    buyer = make_buyer(session, shop.desk, faces=(100_000_000,))
    (purse,) = wallet(session, household_id=buyer.household.id)
    edge = purse.spans()[0].last_day
    last = clocks.add_working_days(edge, 5)
    assert last > edge + timedelta(days=5), "a weekend lies between"
    clock.moment = clocks.start_of_day(edge) + timedelta(hours=12)
    locked = make_redemption(session, buyer, make_home(session, shop))
    assert locked.deadline_at == clocks.end_of_day(last)
    clock.moment = clocks.start_of_day(last) + timedelta(hours=12)
    contract(session, shop, locked)
    assert (locked.state, rate_of(locked)) == ("contracted", 2000)
    assert_proven(session)


def test_the_first_home_takes_a_least_part_of_the_voucher(session: Session) -> None:
    shop = shop_under(session, HAILING + "first_purchase: 60%\n")
    buyer = make_buyer(session, shop.desk, faces=(100_000_000,))
    with pytest.raises(DomainError) as refusal:
        make_quote(session, buyer, make_home(session, shop, voucher_fen=71_000_000))
    assert (refusal.value.code, refusal.value.params["least_fen"]) == ("first_purchase_low", 60_000_000)
    session.rollback()
    first = make_quote(session, buyer, make_home(session, shop, voucher_fen=72_000_000))
    service.reserve(session, actor=buyer.actor, quote_ref=first.ref)
    session.commit()
    second = make_redemption(session, buyer, make_home(session, shop, voucher_fen=1_000_000))
    assert second.state == "locked"


def test_a_second_home_quoted_beside_the_first_is_refused_once_that_is_given_up(session: Session) -> None:
    shop = shop_under(session, HAILING + "first_purchase: 60%\n")
    buyer = make_buyer(session, shop.desk, faces=(100_000_000,))
    first = make_redemption(session, buyer, make_home(session, shop, voucher_fen=72_000_000))
    second = make_quote(session, buyer, make_home(session, shop, voucher_fen=1_000_000))
    service.cancel(session, actor=buyer.actor, redemption_ref=first.ref)
    session.commit()
    with pytest.raises(Conflict, match="quote_past_changed"):
        service.reserve(session, actor=buyer.actor, quote_ref=second.ref)


def test_proofs_find_more_bonus_than_a_tiers_caps(session: Session) -> None:
    capped = HAILING.replace("rate: 20%}", "rate: 20%, caps: [{of: voucher, yuan: 30000}]}")
    shop = shop_under(session, capped)
    buyer = make_buyer(session, shop.desk, faces=(100_000_000,))
    bought = make_redemption(session, buyer, make_home(session, shop, voucher_fen=60_000_000))
    assert first_part(bought.quote.snapshot).bonus_fen == 3_000_000
    assert_proven(session)
    session.execute(text("UPDATE allocations SET bonus_fen = 3000001"))
    assert "no purchase earns more than the caps of its tier" in {
        breach.rule for breach in queries.verify(session)
    }
    session.rollback()
