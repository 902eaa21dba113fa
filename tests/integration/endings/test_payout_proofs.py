"""What `flask ledger verify` works out of every ending by itself: sums, bonus, additions, and the day."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.core import clock as business_clock
from app.core.clock import FixedClock
from app.core.errors import Conflict
from app.core.proofs import find_breaches
from app.redemptions.change_states import Kind as Change
from app.vouchers import endings
from app.vouchers.back_sum_proofs import BACK_SUMS
from app.vouchers.ending_models import VoucherEnding
from app.vouchers.ending_states import Kind
from app.vouchers.payout_proofs import PAYOUTS
from tests.factories.coming_back import (
    WAN,
    approved,
    bought,
    came_back,
    cheaper,
    end,
    found_back,
    lapsed,
    paid_out,
    proved,
)
from tests.factories.endings import PARTING, PAYING, ask, pay, payee
from tests.factories.forging import unguard
from tests.factories.midnight import at_every_look
from tests.factories.policies import HAILING

PAYS, *_ = PAYOUTS
SUM, UNDONE = BACK_SUMS
LOSING = (
    HAILING
    + """
face:
  - {yuan: 100000, lost_on: [leftover], kept_from: 90%, lost: part}
  - {rate: 5%, lost_on: [lapse, give_up], kept_above: 45%}
  - {yuan: 30000, lost_on: [leftover, lapse]}
leftover: [{spent_from: 0%, rate: 90.01%, rate_up_to: 20%, rate_beyond: 50%, claw_back: 33.33%}]
lapse: {effect: cash, rate: 80%, bonus: returned, give_up: {effect: agreement, bonus: part}}
payout_rounding: yuan
"""
)
NEAREST = LOSING.replace("payout_rounding: yuan", "payout_rounding: nearest_ten_yuan")
LATER = HAILING + (
    "leftover: [{spent_from: 0%, rate: 50%}, {spent_from: 0%, from_month: 3, to_month: 4, rate: 100%}]\n"
)


def broken(session: Session) -> set[str]:
    return {one.rule for one in find_breaches(session, {**PAYOUTS, **BACK_SUMS})}


def doctor(session: Session, change: str) -> set[str]:
    """Return which rules a row breaks that was changed behind the platform's back."""
    proved(session)
    unguard(session, "voucher_endings")
    session.execute(
        text(f"UPDATE voucher_endings SET {change} WHERE id = (SELECT max(id) FROM voucher_endings)")
    )
    return broken(session)


def ended(session: Session, clock: FixedClock, policy: str, kind: Kind) -> VoucherEnding:
    """Return how the rest of a voucher ends that bought a home for less than half of it."""
    _, buyer, _ = bought(session, policy, home_fen=50_000_023)
    if kind is Kind.LAPSE:
        return lapsed(session, clock)
    clock.advance(timedelta(days=70))
    return ask(session, buyer, kind=kind)


@pytest.mark.parametrize("kind", [Kind.PAYOUT, Kind.LAPSE, Kind.GIVE_UP])
@pytest.mark.parametrize(
    "change",
    [
        "paid_fen = paid_fen + 100, forfeited_fen = forfeited_fen - 100",
        "paid_fen = paid_fen - 1, forfeited_fen = forfeited_fen + 1",
        "paid_fen = paid_fen + returned_fen, returned_fen = 0",
        "returned_fen = returned_fen - 1, forfeited_fen = forfeited_fen + 1",
        "effect = CASE effect WHEN 'cash' THEN 'agreement' ELSE 'cash' END",
        "effect = NULL, state = 'undecided', paid_fen = 0, returned_fen = 0, forfeited_fen = 0",
    ],
)
def test_every_sum_of_an_ending_is_worked_out(
    session: Session, clock: FixedClock, kind: Kind, change: str
) -> None:
    made = ended(session, clock, LOSING, kind)
    assert made.paid_fen > 0
    assert made.returned_fen > 0
    assert any(rule["code"] == "face_lost" for rule in made.shown["rules"])
    assert doctor(session, change) == {PAYS}


@pytest.mark.parametrize("kind", [Kind.PAYOUT, Kind.LAPSE])
@pytest.mark.parametrize("fen", [1_000, -1_000, 1, -1])
def test_a_payout_half_up_is_worked_out(session: Session, clock: FixedClock, kind: Kind, fen: int) -> None:
    made = ended(session, clock, NEAREST, kind)
    assert made.paid_fen % 1_000 == 0
    (rule,) = [rule for rule in made.shown["rules"] if rule["path"] == "payout_rounding"]
    assert rule["code"] == "nearest"
    change = f"paid_fen = paid_fen + {fen}, forfeited_fen = forfeited_fen - {fen}"
    assert doctor(session, change) == {PAYS}


def test_what_is_lost_of_the_face_is_worked_out(session: Session, clock: FixedClock) -> None:
    """Of a voucher that says it was added to by less than it was, less is lost."""
    ended(session, clock, LOSING, Kind.PAYOUT)
    proved(session)
    unguard(session, "vouchers")
    session.execute(text("""UPDATE vouchers SET additions = additions || '{"face[0]": 0}'"""))
    assert broken(session) == {PAYS}


def test_a_claw_back_that_an_ending_left_out_is_found(session: Session, clock: FixedClock) -> None:
    """Also where no rule was shown that takes of the bonus, and nothing was taken."""
    for policy, kind in ((PAYING, Kind.PAYOUT), (PARTING, Kind.LAPSE)):
        made = ended(session, clock, policy, kind)
        assert made.returned_fen > 0
        kept = "SELECT jsonb_agg(one) FROM jsonb_array_elements(shown -> 'rules') one"
        taken = "one ->> 'code' IN ('claw_back', 'claw_back_part')"
        change = "paid_fen = paid_fen + returned_fen, returned_fen = 0"
        assert doctor(
            session, f"{change}, shown = jsonb_set(shown, '{{rules}}', ({kept} WHERE NOT {taken}))"
        ) == {PAYS}
        session.execute(text("DROP TABLE pg_temp.voucher_endings"))


@pytest.mark.parametrize(("days", "is_open"), [(-25, False), (0, True), (50, True), (60, False)])
def test_the_day_on_which_it_was_asked_for_chooses_the_band(
    session: Session, clock: FixedClock, days: int, is_open: bool
) -> None:
    """Asked for on the 70th day, in the third month; a day outside the months of its band is found."""
    made = ended(session, clock, LATER, Kind.PAYOUT)
    assert made.paid_fen == made.leftover_fen
    assert doctor(session, f"asked_at = asked_at + interval '{days} days'") == (set() if is_open else {PAYS})


def figures(name: str, more: int) -> str:
    """Return what changes a figure of the rule by which what came back is paid, which is told last."""
    path = f"{{rules,-1,figures,{name}}}"
    return f"shown = jsonb_set(shown, '{path}', to_jsonb((shown #>> '{path}')::bigint + {more}))"


@pytest.mark.parametrize(
    ("kind", "change", "rules"),
    [
        (Change.WITHDRAW, figures("rules_fen", 1), {SUM}),
        (Change.REJECT, figures("rules_fen", -1), {SUM}),
        (Change.REJECT, figures("most_fen", -1), {SUM}),
        (Change.REJECT, figures("own_rules_fen", 1), {SUM}),
        (Change.REJECT, figures("others_fen", -WAN), {SUM, UNDONE}),
        (Change.REJECT, """shown = jsonb_set(shown, '{rules,-1,figures,effect}', '"agreement"')""", {SUM}),
    ],
)
def test_what_may_be_paid_of_what_came_back_is_worked_out(
    session: Session, clock: FixedClock, kind: Change, change: str, rules: set[str]
) -> None:
    """The rule's share of what the household gave back, and all of what others undid, to the fen."""
    came_back(session, clock, kind)
    assert doctor(session, change) == rules


def test_what_came_back_in_pieces_is_worked_out_piece_by_piece(session: Session, clock: FixedClock) -> None:
    shop, buyer, redemption = bought(session, PAYING)
    paid_out(session, clock, shop, buyer)
    for _ in range(2):
        cheaper(session, shop, redemption, 7 * WAN + 11)
        found = found_back(session)
        how = {"effect": "cash", "reason": "差价", "payee": payee()}
        endings.decide(session, actor=shop.desk.officer, ending_ref=found.ref, **how)
        session.commit()
        pay(session, shop.desk, approved(session, shop, found))
        clock.advance(timedelta(hours=1))
    end(session, shop, buyer, redemption, Change.WITHDRAW)
    assert found_back(session).kind == "back"
    assert doctor(session, figures("rules_fen", 1)) == {SUM}


def test_the_day_is_one_wherever_midnight_falls_while_it_is_asked_for(
    session: Session, clock: FixedClock
) -> None:
    """On the last day before a band opens: what was worked out on one day is not asked for on the next."""
    _, buyer, _ = bought(session, LATER, home_fen=50_000_023)
    started = business_clock.today()
    opens = business_clock.add_months(started, 2) + timedelta(days=1)
    clock.advance(business_clock.end_of_day(opens - timedelta(days=1)) - clock.now() - timedelta(hours=1))
    paid, refusals = set[int](), set[str]()

    def act(inner: Session) -> None:
        try:
            ask(inner, buyer)
        except Conflict as refused:
            refusals.add(refused.code)
            inner.rollback()

    for seen in at_every_look(session, clock, act):
        assert broken(seen) == set()
        paid |= set(seen.scalars(select(VoucherEnding.paid_fen)))
    assert len(paid) == 2, "half before midnight, and all after it"
    assert refusals == {"ending_changed"}
