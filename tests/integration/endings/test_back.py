"""Money of a purchase that comes back too late to be spent: nobody loses it without two people's word."""

from datetime import timedelta

import pytest
from sqlalchemy import inspect, select, text
from sqlalchemy.orm import Session

from app.approvals.queries import find_latest
from app.core.clock import FixedClock
from app.core.errors import Conflict, DomainError
from app.ledger import queries as ledger
from app.redemptions import queries
from app.redemptions.change_states import Kind
from app.redemptions.models import Redemption
from app.redemptions.service import changes
from app.redemptions.service.wishes import Wish
from app.vouchers import claw_backs, endings, lapses
from app.vouchers.back_proofs import BACKS
from app.vouchers.coming_back import Due, due_of
from app.vouchers.ending_models import VoucherEnding
from app.vouchers.ending_queries import outlook
from app.vouchers.ending_rules import frozen_rules
from app.vouchers.ending_states import Kind as Ending
from app.vouchers.models import Voucher
from app.vouchers.proofs import ENDINGS
from app.vouchers.queries import wallet
from app.web.endings import rules_text
from tests.factories.contracts import upload
from tests.factories.endings import LEAVING, PARTING, PAYING, VOIDING, approve, ask, pay, payee
from tests.factories.moves import carry_out, split_of
from tests.factories.policies import HAILING
from tests.factories.redemptions import (
    PRICE_FEN,
    Buyer,
    Shop,
    make_buyer,
    make_home,
    make_redemption,
    make_shop,
    redeem,
)
from tests.factories.vouchers import make_desk

WAN = 1_000_000


def bought(session: Session, policy: str, *, face: int) -> tuple[Shop, Buyer, Redemption]:
    shop = make_shop(session, desk=make_desk(session, policy=policy))
    buyer = make_buyer(session, shop.desk, faces=(face,))
    return shop, buyer, redeem(session, shop, make_redemption(session, buyer, make_home(session, shop)))


def end(session: Session, shop: Shop, buyer: Buyer, redemption: Redemption, kind: Kind) -> None:
    """Undo a purchase, whoever asks."""
    askers = {Kind.WITHDRAW: (buyer.actor, shop.developer), Kind.CANCEL: (shop.developer, buyer.actor)}
    asker, other = askers.get(kind, (shop.desk.officer, None))
    wish = Wish(kind, "退", papers=[upload()])
    change = changes.ask(session, actor=asker, redemption_ref=redemption.ref, wish=wish)
    session.commit()
    if other is not None:
        changes.answer(session, actor=other, change_ref=change.ref, agrees=True)
        session.commit()
        changes.prepare(session, actor=shop.desk.officer, change_ref=change.ref)
        session.commit()
    changes.approve(session, actor=shop.desk.checker, change_ref=change.ref)
    session.commit()


def newest(session: Session) -> VoucherEnding:
    return session.scalars(select(VoucherEnding).order_by(VoucherEnding.id.desc())).all()[0]


def proved(session: Session) -> None:
    assert ledger.verify(session) == []
    assert queries.verify(session) == []


def test_a_gap_after_the_leftover_was_paid_is_paid_by_two_people(session: Session, clock: FixedClock) -> None:
    shop, buyer, redemption = bought(session, PAYING, face=50 * WAN)
    pay(session, shop.desk, approve(session, shop.desk, ask(session, buyer)))
    clock.advance(timedelta(hours=1))
    wish = Wish(Kind.PRICE, "更正", price_fen=PRICE_FEN - WAN)
    change = changes.ask(session, actor=shop.desk.officer, redemption_ref=redemption.ref, wish=wish)
    session.commit()
    changes.approve(session, actor=shop.desk.checker, change_ref=change.ref)
    session.commit()
    proved(session)
    assert lapses.lapse_due(session) == 1
    session.commit()
    assert lapses.lapse_due(session) == 0
    late = newest(session)
    back = sum(part.back_fen for part in redemption.allocations)
    # With it a fifth of the bonus that was not kept: so much of it the payout had taken.
    over = sum(part.bonus_back_fen for part in redemption.allocations) // 5
    assert (late.kind, late.state, late.leftover_fen) == ("back", "undecided", back + over)
    proved(session)
    endings.decide(
        session, actor=shop.desk.officer, ending_ref=late.ref, effect="cash", reason="差价", payee=payee()
    )
    session.commit()
    endings.approve(session, actor=shop.desk.checker, ending_ref=late.ref)
    session.commit()
    pay(session, shop.desk, late)
    (purse,) = wallet(session, household_id=buyer.household.id)
    assert (purse.available_fen, purse.spent_fen + purse.left_fen) == (0, purse.face_fen)
    proved(session)


@pytest.mark.parametrize(("kind", "expected"), [(Kind.WITHDRAW, "lapse"), (Kind.REJECT, "back")])
def test_a_term_that_ran_out_is_held_against_nobody_who_cannot_help_it(
    session: Session, clock: FixedClock, kind: Kind, expected: str
) -> None:
    """The policy voids what is left after the term: of what the household gave back itself, and no more."""
    shop, buyer, redemption = bought(session, VOIDING, face=20 * WAN)
    clock.advance(timedelta(days=800))
    end(session, shop, buyer, redemption, kind)
    proved(session)
    assert lapses.lapse_due(session) == 1
    session.commit()
    found = newest(session)
    assert (found.kind, found.leftover_fen) == (expected, 20 * WAN)
    assert (found.state == "closed") == (kind is Kind.WITHDRAW)
    proved(session)


def test_a_voucher_does_not_lapse_while_its_purchase_may_yet_be_undone(
    session: Session, clock: FixedClock
) -> None:
    _, buyer, redemption = bought(session, PAYING, face=100 * WAN)
    change = changes.ask(
        session, actor=buyer.actor, redemption_ref=redemption.ref, wish=Wish(Kind.WITHDRAW, "退")
    )
    session.commit()
    clock.advance(timedelta(days=2000))
    assert lapses.lapse_due(session) == 0
    changes.withdraw(session, actor=buyer.actor, change_ref=change.ref)
    assert lapses.lapse_due(session) == 1
    session.commit()
    proved(session)


@pytest.mark.parametrize("late", [True, False], ids=["paid before", "asked before, paid after"])
def test_what_a_payout_took_of_a_bonus_that_was_not_kept_is_not_paid_twice(
    session: Session, clock: FixedClock, late: bool
) -> None:
    """Undone after the payout, or while the payout waits: what was taken is the household's own.

    Of the purchase's money the rule pays nothing: of a voucher of which nothing was spent 0% are paid.
    """
    shop, buyer, redemption = bought(session, PAYING, face=100 * WAN)
    asked = ask(session, buyer)
    taken = asked.returned_fen
    assert taken > 0
    if late:
        pay(session, shop.desk, approve(session, shop.desk, asked))
    clock.advance(timedelta(hours=1))
    lost = {part.voucher_id: part.bonus_fen for part in redemption.allocations}
    foreseen = claw_backs.foreseen(session, lost)
    assert {one.id: fen for one, fen in foreseen.items()} == ({asked.id: taken} if late else {})
    end(session, shop, buyer, redemption, Kind.REJECT)
    assert claw_backs.foreseen(session, lost) == {}, "what went back is not foreseen again"
    if not late:
        pay(session, shop.desk, approve(session, shop.desk, asked))
    proved(session)
    assert lapses.lapse_due(session) == 1
    session.commit()
    found = newest(session)
    back = sum(part.back_fen for part in redemption.allocations)
    assert (found.kind, found.leftover_fen) == ("back", back + taken)
    rules = {rule.code: rule.figures for rule in frozen_rules(found.shown)}
    assert rules["home_back"]["back_fen"] == back
    over = rules["claw_back_over"]
    assert (over["over_fen"], over["kept_fen"], over["owed_fen"]) == (taken, 0, 0)
    how = {"actor": shop.desk.officer, "ending_ref": found.ref, "reason": "退"}
    with pytest.raises(DomainError, match="void_takes_own"):
        endings.decide(session, effect="void", **how)
    endings.decide(session, effect="cash", payee=payee(), **how)
    session.commit()
    endings.approve(session, actor=shop.desk.checker, ending_ref=found.ref)
    session.commit()
    pay(session, shop.desk, found)
    (purse,) = wallet(session, household_id=buyer.household.id)
    assert (purse.available_fen, purse.spent_fen, purse.left_fen) == (0, 0, purse.face_fen)
    assert (found.paid_fen, found.forfeited_fen) == (taken, back)
    proved(session)


@pytest.mark.parametrize("lapsed", [False, True], ids=["paid out", "lapsed"])
def test_a_part_of_the_bonus_is_taken_back_of_what_is_kept_of_it(
    session: Session, clock: FixedClock, lapsed: bool
) -> None:
    """As much of it as is left of the face; once the home costs less, as much of the lesser bonus."""
    shop, buyer, redemption = bought(session, PARTING, face=100 * WAN)
    (part,) = redemption.allocations
    if lapsed:
        clock.advance(timedelta(days=400))
        assert lapses.lapse_due(session) == 1
        session.commit()
        asked = newest(session)
        assert asked.state == "asked"
    else:
        asked = ask(session, buyer)
    left = 100 * WAN - part.spent_fen
    assert asked.leftover_fen == left
    assert asked.returned_fen == part.bonus_fen * left // (100 * WAN) > 0
    assert asked.paid_fen == left - asked.returned_fen
    pay(session, shop.desk, approve(session, shop.desk, asked))
    clock.advance(timedelta(hours=1))
    wish = Wish(Kind.PRICE, "更正", price_fen=PRICE_FEN - WAN)
    change = changes.ask(session, actor=shop.desk.officer, redemption_ref=redemption.ref, wish=wish)
    session.commit()
    changes.approve(session, actor=shop.desk.checker, change_ref=change.ref)
    session.commit()
    proved(session)
    assert lapses.lapse_due(session) == 1
    session.commit()
    session.refresh(part)
    over = asked.returned_fen - (part.bonus_fen - part.bonus_back_fen) * left // (100 * WAN)
    assert over > 0
    assert newest(session).leftover_fen == part.back_fen + over
    rule = frozen_rules(newest(session).shown)[1]
    assert (rule.figures["left_fen"], rule.figures["over_fen"]) == (left, over)
    proved(session)
    wrong = text(ENDINGS["an ending takes of a bonus the share that its policy says"])
    more = {"returned_fen": asked.returned_fen + 1, "paid_fen": asked.paid_fen - 1, "state": "withdrawn"}
    more |= dict.fromkeys(("bank_reference", "paid_on", "paid_at", "paid_by_id"))
    names = [one.key for one in inspect(VoucherEnding).column_attrs if one.key not in ("id", "ref")]
    kept = {name: getattr(asked, name) for name in names}
    session.add(VoucherEnding(**kept | more | {"ref": "DF-0"}))
    session.flush()
    assert len(session.execute(wrong).all()) == 1


def test_who_gave_the_home_back_after_asking_for_the_rest_asks_anew(
    session: Session, clock: FixedClock
) -> None:
    """What was used of the voucher chose the band; of a home that was given back nothing is used."""
    shop, buyer, redemption = bought(session, PAYING, face=100 * WAN)
    asked = ask(session, buyer)
    clock.advance(timedelta(hours=1))
    end(session, shop, buyer, redemption, Kind.WITHDRAW)
    with pytest.raises(Conflict, match="ending_handed_back"):
        endings.prepare(session, actor=shop.desk.officer, ending_ref=asked.ref)
    session.rollback()
    endings.refuse(session, actor=shop.desk.officer, ending_ref=asked.ref, reason="退房以后金额变了")
    session.commit()
    seen = outlook(session, session.get_one(Voucher, asked.voucher_id), Ending.PAYOUT)
    assert seen.figures.spent_fen == 0
    assert seen.parts.paid_fen < asked.paid_fen + sum(part.back_fen for part in redemption.allocations)
    proved(session)


ABOVE = "of what came back more than its rule pays is paid only for what others undid, with a reason"
HALVED = HAILING + "leftover: [{spent_from: 0%, rate: 50%}, {spent_from: 80%, rate: 100%}]\n"


def came_back(
    session: Session, clock: FixedClock, kind: Kind, policy: str = HALVED
) -> tuple[Shop, VoucherEnding]:
    """Return what came back of 90 万 of 100 万, after the other 10 万 were paid in full."""
    shop = make_shop(session, desk=make_desk(session, policy=policy))
    buyer = make_buyer(session, shop.desk, faces=(100 * WAN,))
    home = make_home(session, shop, voucher_fen=108 * WAN)
    redemption = redeem(session, shop, make_redemption(session, buyer, home))
    asked = ask(session, buyer)
    assert asked.paid_fen == 10 * WAN
    pay(session, shop.desk, approve(session, shop.desk, asked))
    clock.advance(timedelta(hours=1))
    end(session, shop, buyer, redemption, kind)
    assert lapses.lapse_due(session) == 1
    session.commit()
    found = newest(session)
    assert (found.kind, found.state, found.leftover_fen) == ("back", "undecided", 90 * WAN)
    return shop, found


def test_what_the_household_gave_back_itself_is_paid_by_the_rule_to_the_fen(
    session: Session, clock: FixedClock
) -> None:
    """90 万 of 100 万 spent, 10 万 paid in full; never used 50 万 would be paid: so 40 of the 90 万."""
    shop, found = came_back(session, clock, Kind.WITHDRAW)
    (rule,) = frozen_rules(found.shown)
    said = {"rules_fen": 40 * WAN, "effect": "cash"}
    assert (rule.code, rule.figures) == ("by_the_ending", said)
    assert "400,000" in rules_text((rule,))[0]
    assert "最多" not in rules_text((rule,))[0]
    proved(session)
    how = {"actor": shop.desk.officer, "ending_ref": found.ref, "reason": "退"}
    for effect in ("void", "agreement"):
        with pytest.raises(DomainError, match="back_by_rule"):
            endings.decide(session, effect=effect, **how)
    for fen in (40 * WAN - 1, 40 * WAN + 1):
        with pytest.raises(DomainError, match="back_above_rule"):
            endings.decide(session, effect="cash", payee=payee(), paid_fen=fen, **how)
    endings.decide(session, effect="cash", payee=payee(), **how)
    session.commit()
    assert (found.paid_fen, found.forfeited_fen) == (40 * WAN, 50 * WAN)
    endings.approve(session, actor=shop.desk.checker, ending_ref=found.ref)
    session.commit()
    pay(session, shop.desk, found)
    proved(session)


@pytest.mark.parametrize("kind", [Kind.CANCEL, Kind.REJECT])
def test_what_others_undid_may_be_paid_whole_with_a_reason(
    session: Session, clock: FixedClock, kind: Kind
) -> None:
    """At least what the rule pays; the sums, who undid it and the reason are frozen, and proved."""
    shop, found = came_back(session, clock, kind)
    undone, rule = frozen_rules(found.shown)
    assert (undone.code, undone.figures) == ("undone_by", {"kind": kind, "back_fen": 90 * WAN})
    others = {"own_rules_fen": 0, "others_fen": 90 * WAN, "most_fen": 90 * WAN}
    assert rule.figures == {"rules_fen": 40 * WAN, "effect": "cash", **others}
    told = rules_text((undone, rule))
    assert "不是被征收人的原因" in told[0]
    assert "400,000" in told[1]
    assert "900,000" in told[1]
    how = {"actor": shop.desk.officer, "ending_ref": found.ref, "payee": payee()}
    for fen in (40 * WAN - 1, 90 * WAN + 1):
        with pytest.raises(DomainError, match="back_above_rule"):
            endings.decide(session, effect="cash", paid_fen=fen, reason="烂尾", **how)
    with pytest.raises(DomainError, match="back_by_rule"):
        endings.decide(session, effect="void", reason="烂尾", **how)
    with pytest.raises(DomainError, match="reason_missing"):
        endings.decide(session, effect="cash", paid_fen=70 * WAN, reason=" ", **how)
    session.rollback()
    endings.decide(session, effect="cash", paid_fen=70 * WAN, reason="烂尾", **how)
    session.commit()
    asked = find_latest(session, actor=shop.desk.officer, kind=endings.END, subject_id=found.id)
    assert asked is not None
    assert asked.payload["reason"] == "烂尾", "a checker approves sum and reason"
    endings.approve(session, actor=shop.desk.checker, ending_ref=found.ref)
    session.commit()
    assert (found.paid_fen, found.forfeited_fen) == (70 * WAN, 20 * WAN)
    pay(session, shop.desk, found)
    proved(session)
    session.execute(text("UPDATE purchase_changes SET kind = 'withdraw'"))
    assert len(session.execute(text(BACKS[ABOVE])).all()) == 1
    session.rollback()


def test_verify_finds_more_than_the_rule_paid_without_a_reason(session: Session, clock: FixedClock) -> None:
    shop, found = came_back(session, clock, Kind.REJECT)
    how = {"actor": shop.desk.officer, "ending_ref": found.ref, "payee": payee()}
    endings.decide(session, effect="cash", reason="按规则", **how)
    session.commit()
    assert found.paid_fen == 40 * WAN, "the rule's sum where nobody says another"
    assert session.execute(text(BACKS[ABOVE])).all() == []
    session.execute(
        text(
            "UPDATE voucher_endings SET paid_fen = paid_fen + 1, forfeited_fen = forfeited_fen - 1 "
            "WHERE kind = 'back'"
        )
    )
    assert len(session.execute(text(BACKS[ABOVE])).all()) == 1


@pytest.mark.parametrize("paid", [0, 30 * WAN, None], ids=["void", "a part", "all"])
def test_a_home_that_others_took_after_a_void_lapse_may_yet_be_paid(
    session: Session, clock: FixedClock, paid: int | None
) -> None:
    """The voucher was used in time: the platform takes the money away by no rule of its own."""
    shop, buyer, redemption = bought(session, VOIDING, face=100 * WAN)
    clock.advance(timedelta(days=800))
    assert lapses.lapse_due(session) == 1
    session.commit()
    clock.advance(timedelta(hours=1))
    end(session, shop, buyer, redemption, Kind.CANCEL)
    assert lapses.lapse_due(session) == 1
    session.commit()
    found = newest(session)
    how = {"actor": shop.desk.officer, "ending_ref": found.ref, "reason": "烂尾", "payee": payee()}
    with pytest.raises(DomainError, match="back_by_rule"):
        endings.decide(session, effect="agreement", **how)
    for fen in (None, 0, found.leftover_fen + 1):
        with pytest.raises(DomainError, match="back_above_rule"):
            endings.decide(session, effect="cash", paid_fen=fen, **how)
    session.rollback()
    fen = found.leftover_fen if paid is None else paid
    endings.decide(session, effect="cash" if fen else "void", paid_fen=fen or None, **how)
    session.commit()
    endings.approve(session, actor=shop.desk.checker, ending_ref=found.ref)
    session.commit()
    assert (found.state, found.paid_fen) == ("approved" if fen else "closed", fen)
    proved(session)


def test_of_a_home_that_was_given_back_after_a_void_lapse_nothing_is_paid(
    session: Session, clock: FixedClock
) -> None:
    shop, buyer, redemption = bought(session, VOIDING, face=100 * WAN)
    clock.advance(timedelta(days=800))
    assert lapses.lapse_due(session) == 1
    session.commit()
    clock.advance(timedelta(hours=1))
    end(session, shop, buyer, redemption, Kind.WITHDRAW)
    assert lapses.lapse_due(session) == 1
    session.commit()
    found = newest(session)
    how = {"actor": shop.desk.officer, "ending_ref": found.ref, "reason": "作废"}
    for effect in ("cash", "agreement"):
        with pytest.raises(DomainError, match="back_by_rule"):
            endings.decide(session, effect=effect, payee=payee(), paid_fen=WAN, **how)
    endings.decide(session, effect="void", **how)
    session.commit()
    forged = "SET effect = 'cash', paid_fen = leftover_fen, forfeited_fen = 0 WHERE kind = 'back'"
    session.execute(text(f"UPDATE voucher_endings {forged}"))
    for rule in BACKS.values():
        assert len(session.execute(text(rule)).all()) == 1
    session.rollback()
    endings.approve(session, actor=shop.desk.checker, ending_ref=found.ref)
    session.commit()
    assert (found.state, found.paid_fen) == ("closed", 0)
    proved(session)


def test_a_lower_price_and_then_a_home_given_back_add_up(session: Session, clock: FixedClock) -> None:
    """Of what the price gave back all may be paid; of the rest what the rule pays, that still spent."""
    shop = make_shop(session, desk=make_desk(session, policy=VOIDING))
    buyer = make_buyer(session, shop.desk, faces=(100 * WAN,))
    redemption = redeem(session, shop, make_redemption(session, buyer, make_home(session, shop)))
    clock.advance(timedelta(days=800))
    assert lapses.lapse_due(session) == 1
    session.commit()
    clock.advance(timedelta(hours=1))
    wish = Wish(Kind.PRICE, "更正", price_fen=PRICE_FEN - WAN)
    change = changes.ask(session, actor=shop.desk.officer, redemption_ref=redemption.ref, wish=wish)
    session.commit()
    changes.approve(session, actor=shop.desk.checker, change_ref=change.ref)
    session.commit()
    end(session, shop, buyer, redemption, Kind.WITHDRAW)
    assert lapses.lapse_due(session) == 1
    session.commit()
    found = newest(session)
    priced, given, rule = frozen_rules(found.shown)
    sums = {one.figures["kind"]: one.figures["back_fen"] for one in (priced, given)}
    assert sum(map(int, sums.values())) == found.leftover_fen
    assert rule.figures["most_fen"] == rule.figures["others_fen"] == sums["price"]
    assert due_of(found) == Due(("void", "cash"), 0, 0, int(sums["price"]))
    proved(session)


def test_under_the_agreement_two_people_set_the_sum_and_no_more_than_came_back(
    session: Session, clock: FixedClock
) -> None:
    shop, buyer, redemption = bought(session, LEAVING, face=100 * WAN)
    clock.advance(timedelta(days=800))
    assert lapses.lapse_due(session) == 1
    session.commit()
    clock.advance(timedelta(hours=1))
    end(session, shop, buyer, redemption, Kind.REJECT)
    assert lapses.lapse_due(session) == 1
    session.commit()
    found = newest(session)
    how = {"actor": shop.desk.officer, "ending_ref": found.ref, "reason": "原协议"}
    with pytest.raises(DomainError, match="back_above_rule"):
        endings.decide(session, effect="agreement", paid_fen=found.leftover_fen + 1, **how)
    endings.decide(session, effect="agreement", paid_fen=found.leftover_fen - WAN, **how)
    session.commit()
    endings.approve(session, actor=shop.desk.checker, ending_ref=found.ref)
    session.commit()
    assert (found.paid_fen, found.forfeited_fen) == (found.leftover_fen - WAN, WAN)
    proved(session)


def test_a_split_before_the_ending_does_not_lead_around_its_rule(session: Session, clock: FixedClock) -> None:
    """What comes back to the voucher that was split goes by the ending of what stays of it."""
    policy = HALVED.replace("transfers: 1", "transfers: 1\nsplits: 1")
    shop = make_shop(session, desk=make_desk(session, policy=policy))
    buyer = make_buyer(session, shop.desk, faces=(100 * WAN,))
    home = make_home(session, shop, voucher_fen=108 * WAN)
    redemption = redeem(session, shop, make_redemption(session, buyer, home))
    stays, _part = carry_out(session, shop.desk, buyer.actor, split_of(buyer.vouchers[0], 2 * WAN))
    asked = ask(session, Buyer(buyer.actor, buyer.household, [stays]))
    assert asked.paid_fen == 8 * WAN
    pay(session, shop.desk, approve(session, shop.desk, asked))
    clock.advance(timedelta(hours=1))
    end(session, shop, buyer, redemption, Kind.REJECT)
    assert lapses.lapse_due(session) == 1
    session.commit()
    found = newest(session)
    assert (found.voucher_id, found.leftover_fen) == (buyer.vouchers[0].id, 90 * WAN)
    assert due_of(found) == Due(("cash",), 41 * WAN, 0, 90 * WAN)  # half of 98 万, less 8 万
    proved(session)


def test_verify_finds_what_goes_back_of_a_claw_back_without_a_reason(session: Session) -> None:
    shop, buyer, _ = bought(session, PAYING, face=100 * WAN)
    pay(session, shop.desk, approve(session, shop.desk, ask(session, buyer)))
    proved(session)
    forged = """
        INSERT INTO ledger_transfers (district_id, kind, debit_account_id, credit_account_id, amount_fen,
                                      code, idempotency_key, at)
        SELECT b.district_id, 'single', b.id, v.account_id, 900, 'ending.bonus.back', 'forged', now()
        FROM ledger_accounts b, vouchers v WHERE b.kind = 'bonus'
    """
    session.execute(text(forged))
    wrong = "an ending took of a bonus what its rule takes of the bonus that was kept"
    assert len(session.execute(text(ENDINGS[wrong])).all()) == 1
