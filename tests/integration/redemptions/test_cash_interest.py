"""Interest on what was spent that runs on after the lock: paid with the bonus in cash, and proven."""

from datetime import timedelta

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import clock as business_clock
from app.core.clock import FixedClock, today
from app.core.errors import DomainError
from app.notices.models import Notice
from app.redemptions import beyond, queries, service
from app.redemptions.cash_models import CashBonus
from app.wiring import TEST_MOMENT
from tests.factories import cash
from tests.factories.cash import (
    WAN,
    assert_proven,
    bearing,
    broken,
    buy,
    lock,
    moved,
    owed,
    pay,
)
from tests.factories.midnight import at_every_look
from tests.factories.played import rolled_back
from tests.factories.policies import with_bonus
from tests.factories.redemptions import (
    contract,
    redeem,
    verify_first,
)
from tests.unit.policies.played import steps_of


@pytest.mark.parametrize(("to", "days"), [("contract", 3), ("filed", 3), ("verified", 3), ("paid", 8)])
def test_it_is_paid_with_what_the_lock_promised(
    session: Session, clock: FixedClock, to: str, days: int
) -> None:
    shop, _ = buy(session, clock, bearing(to), lock_after=10, file_after=3)
    found = owed(session)
    # 40 万 bear 40 yuan a day: 10 days to the lock, and from then on.
    assert (found.fen, found.interest_fen) == (40_000, 0)
    assert beyond.interest_now(session, found) == 3 * 4_000
    told = session.scalars(select(Notice.text).where(Notice.kind == "cash_bonus_owed")).one()
    assert "520 元" in told
    assert "其中锁定以后的利息 120 元" in told
    assert_proven(session)
    clock.advance(timedelta(days=5))
    found = pay(session, shop)
    assert (found.due_fen, found.interest_fen) == (40_000, days * 4_000)
    assert moved(session, "cash_bonus.paid") == [40_000 + days * 4_000]
    assert moved(session, "cash_bonus.interest") == [days * 4_000]
    assert_proven(session)
    assert {
        "interest beyond the lock is what the policy bears on what was spent",
        "interest of a bonus in cash moves with its payment",
    } <= broken(session, "UPDATE cash_bonuses SET interest_fen = interest_fen - 1")
    rules = broken(session, "UPDATE cash_bonuses SET runs_on = false, runs_to = NULL, interest_fen = 0")
    assert "interest on what was spent runs on as the quote said" in rules


def test_a_payment_that_came_back_bears_anew(session: Session, clock: FixedClock) -> None:
    shop, _ = buy(session, clock, bearing("paid"), lock_after=10, file_after=3)
    pay(session, shop)
    clock.advance(timedelta(days=1))
    cash.come_back(session, shop)
    assert owed(session).interest_fen == 0
    assert_proven(session)
    clock.advance(timedelta(days=4))
    assert pay(session, shop, "网银-2").interest_fen == 8 * 4_000
    assert moved(session, "cash_bonus.interest") == [12_000, 32_000]
    assert moved(session, "cash_bonus.interest_back") == [12_000]
    assert moved(session, "cash_bonus.paid") == [52_000, 72_000]
    assert_proven(session)


def test_who_buys_on_the_first_day_is_paid_what_is_borne_after_it(
    session: Session, clock: FixedClock
) -> None:
    shop, purchase = buy(session, clock, bearing("paid"))
    assert (owed(session).fen, purchase.allocations[0].cash_fen) == (0, 0)
    assert_proven(session)
    with pytest.raises(DomainError, match="cash_bonus_nothing"):
        pay(session, shop)
    session.rollback()
    clock.advance(timedelta(days=7))
    cash.carried_out(session, shop)
    assert moved(session, "cash_bonus.paid") == [7 * 4_000]
    assert_proven(session)


def test_a_contract_of_the_locks_day_owes_nothing_more(session: Session, clock: FixedClock) -> None:
    buy(session, clock, bearing("contract"))
    assert session.scalars(select(CashBonus)).all() == []
    assert_proven(session)


def test_what_was_written_off_on_the_locks_day_is_paid_later_without_more(
    session: Session, clock: FixedClock
) -> None:
    shop, _ = buy(session, clock, bearing("verified"), lock_after=10)
    clock.advance(timedelta(days=5))
    found = pay(session, shop)
    assert (found.due_fen, found.interest_fen) == (40_000, 0)
    assert_proven(session)


def test_a_sum_that_a_year_of_360_days_brings_exactly_is_no_breach(
    session: Session, clock: FixedClock
) -> None:
    held = (
        "{base: held, paid: cash, fixed_by: lock, counted_from: issue, tiers: [{from_month: 1, to_month: 18,"
    )
    policy = with_bonus(f"""bonus:
  - {{base: spent, fixed_by: lock, tiers: []}}
  - {held} interest: {{rate: 7%, days_in_year: 360}}}}]}}
""")
    buy(session, clock, policy, lock_after=12, voucher_fen=45 * WAN)
    assert owed(session).fen == 105_000  # 45 万 x 7% x 12 / 360
    assert_proven(session)


BORNE = [
    "rate: 1.75%",
    "rate: 1.4999%, days_in_year: 360",
    "rate: 0.0055%, per: day",
    "rate: 1.5%, count: begun_months",
    "rate: 0.2%, per: month",
    "rates: [{from_day: 2016-01-01, rate: 1.75%}, {from_day: 2016-07-02, rate: 1.5%}]",
    "terms: [{months: 0, rate: 0.35%}, {months: 1, rate: 1.1%}, {months: 3, rate: 1.35%}]",
    "slices: [{months: 0, rate: 0.35%}, {months: 1, rate: 1.1%}]",
]


@pytest.mark.parametrize(
    ("on", "fen"),
    # A month from 1 June 2016: 30 days of 45 万 at 3.6%, or still at 0.36%.
    [("", 133_150), ("terms_on: last_day, ", 133_150), ("terms_on: day_after, ", 13_315)],
)
def test_the_last_day_of_a_term_counts_as_the_policy_says(
    session: Session, clock: FixedClock, on: str, fen: int
) -> None:
    terms = "terms: [{months: 0, rate: 0.36%}, {months: 1, rate: 3.6%}]"
    policy = bearing("lock").replace("rate: 3.65%", on + terms)
    buy(session, clock, policy, lock_after=30, voucher_fen=45 * WAN)
    assert owed(session).fen == fen
    assert_proven(session)


@pytest.mark.usefixtures("clock")
@settings(max_examples=12, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
@given(
    borne=st.sampled_from(BORNE),
    to=st.sampled_from(["contract", "filed", "verified", "paid"]),
    rounding=st.sampled_from(["fen", "yuan"]),
    days=st.tuples(st.integers(0, 100), st.integers(0, 14), st.integers(0, 60)),
    price=st.integers(500_000, 45 * WAN),
)
def test_it_is_paid_as_it_is_played(
    app: Flask, borne: str, to: str, rounding: str, days: tuple[int, int, int], price: int
) -> None:
    policy = (
        bearing(to).replace("rate: 3.65%", borne).replace("paid: cash", f"paid: cash\n  rounding: {rounding}")
    )
    clock = FixedClock(TEST_MOMENT)
    business_clock.use(clock)
    issued = today()
    with rolled_back(app) as session:
        shop, locked = lock(session, clock, policy, after=days[0], voucher_fen=price)
        locked_on = today()
        clock.advance(timedelta(days=days[1]))
        signed = today()
        redeem(session, shop, locked)
        clock.advance(timedelta(days=days[2]))
        on = f"contract: {signed}, filed: {signed}, verified: {signed}, paid: {today()}"
        _, home = steps_of(
            policy,
            f"issue: {{voucher: A, on: {issued}, face: 600000}}",
            f"buy: {{home: H, voucher: A, on: {locked_on}, price: {price / 100:.2f}, {on}}}",
        )
        played = {one["of"]: one["fen"] for one in home["amounts"]}
        there = session.scalars(select(CashBonus)).all()
        if played["bonus in cash"] + played["interest on spent"]:
            found = pay(session, shop)
            assert (found.fen, found.interest_fen) == (
                played["bonus in cash"],
                played["interest on spent"],
            )
        else:
            assert not there or beyond.interest_now(session, there[0]) == 0
        assert_proven(session)


def test_midnight_may_come_within_the_write_off(session: Session, clock: FixedClock) -> None:
    """To the write-off interest runs to the day on which the money left, at whichever look a day ends."""
    shop, found = lock(session, clock, bearing("verified"))
    clock.advance(timedelta(days=3))
    verify_first(session, shop, contract(session, shop, found))
    seen = set()
    for done in at_every_look(
        session,
        clock,
        lambda inner: service.verify_second(inner, actor=shop.desk.checker, redemption_ref=found.ref),
    ):
        seen.add(owed(done).runs_to)
        assert queries.verify(done) == []
    assert len(seen) == 2


@pytest.mark.parametrize("word", ["each_day", "last_day"])
def test_the_rate_of_the_payments_day_is_proven(session: Session, clock: FixedClock, word: str) -> None:
    """40 yuan a day at 3.65%, 80 at 7.3% from the day after the lock on."""
    raised = (TEST_MOMENT + timedelta(days=11)).date()
    table = f"rates: [{{from_day: 2016-01-01, rate: 3.65%}}, {{from_day: {raised}, rate: 7.3%}}]"
    policy = bearing("paid").replace("rate: 3.65%", f"{table}, rates_on: {word}")
    shop, _ = buy(session, clock, policy, lock_after=10)
    clock.advance(timedelta(days=5))
    assert owed(session).fen == 40_000
    beyond_lock = 5 * 8_000 if word == "each_day" else 15 * 8_000 - 40_000
    assert pay(session, shop).interest_fen == beyond_lock
    assert_proven(session)
    rules = broken(session, "UPDATE cash_bonuses SET interest_fen = interest_fen + 1")
    assert "interest beyond the lock is what the policy bears on what was spent" in rules
