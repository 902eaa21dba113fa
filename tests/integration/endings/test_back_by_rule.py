"""What comes back after an ending is paid by that ending's rule; what others undid may be paid whole."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.approvals.queries import find_latest
from app.core.clock import FixedClock
from app.core.errors import DomainError
from app.redemptions.change_states import Kind
from app.vouchers import endings
from app.vouchers.back_proofs import BACKS
from app.vouchers.coming_back import Due, due_of
from app.vouchers.ending_rules import frozen_rules
from app.web.endings import rules_text
from tests.factories.coming_back import (
    HALVED,
    WAN,
    approved,
    bought,
    came_back,
    cheaper,
    end,
    found_back,
    lapsed,
    proved,
)
from tests.factories.endings import VOIDING, approve, ask, pay, payee
from tests.factories.moves import carry_out, split_of
from tests.factories.redemptions import Buyer

ABOVE = "of what came back more than its rule pays is paid only for what others undid, with a reason"


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
    approved(session, shop, found)
    pay(session, shop.desk, found)
    proved(session)


@pytest.mark.parametrize("kind", [Kind.CANCEL, Kind.REJECT])
def test_what_others_undid_may_be_paid_whole_with_a_reason(
    session: Session, clock: FixedClock, kind: Kind
) -> None:
    """At least what the rule pays; the sums, who undid it and the reason are frozen, and proved."""
    shop, found = came_back(session, clock, kind, "烂尾，住建局通报")
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
    approved(session, shop, found)
    assert (found.paid_fen, found.forfeited_fen) == (70 * WAN, 20 * WAN)
    pay(session, shop.desk, found)
    proved(session)
    session.execute(text("UPDATE purchase_changes SET kind = 'withdraw', is_own = true, evidence = NULL"))
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


def test_a_lower_price_and_then_a_home_given_back_add_up(session: Session, clock: FixedClock) -> None:
    """Of what the price gave back all may be paid; of the rest what the rule pays, that still spent."""
    shop, buyer, redemption = bought(session, VOIDING)
    lapsed(session, clock)
    cheaper(session, shop, redemption)
    end(session, shop, buyer, redemption, Kind.WITHDRAW)
    found = found_back(session)
    priced, given, rule = frozen_rules(found.shown)
    sums = {one.figures["kind"]: one.figures["back_fen"] for one in (priced, given)}
    assert sum(map(int, sums.values())) == found.leftover_fen
    assert rule.figures["most_fen"] == rule.figures["others_fen"] == sums["price"]
    assert due_of(found) == Due(("void", "cash"), 0, 0, int(sums["price"]))
    proved(session)


def test_a_split_before_the_ending_does_not_lead_around_its_rule(session: Session, clock: FixedClock) -> None:
    """What comes back to the voucher that was split goes by the ending of what stays of it."""
    policy = HALVED.replace("transfers: 1", "transfers: 1\nsplits: 1")
    shop, buyer, redemption = bought(session, policy, home_fen=108 * WAN)
    stays, _part = carry_out(session, shop.desk, buyer.actor, split_of(buyer.vouchers[0], 2 * WAN))
    asked = ask(session, Buyer(buyer.actor, buyer.household, [stays]))
    assert asked.paid_fen == 8 * WAN
    pay(session, shop.desk, approve(session, shop.desk, asked))
    clock.advance(timedelta(hours=1))
    end(session, shop, buyer, redemption, Kind.REJECT)
    found = found_back(session)
    assert (found.voucher_id, found.leftover_fen) == (buyer.vouchers[0].id, 90 * WAN)
    assert due_of(found) == Due(("cash",), 41 * WAN, 0, 90 * WAN)  # half of 98 万, less 8 万
    proved(session)
