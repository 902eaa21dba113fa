"""What an ending took of a bonus that was not kept in the end: it goes back, and is paid once."""

from datetime import timedelta

import pytest
from sqlalchemy import inspect, text
from sqlalchemy.orm import Session

from app.core.clock import FixedClock
from app.core.errors import DomainError
from app.redemptions.change_states import Kind
from app.vouchers import claw_backs, endings, lapses
from app.vouchers.ending_models import VoucherEnding
from app.vouchers.ending_rules import frozen_rules
from app.vouchers.proofs import ENDINGS
from app.vouchers.purchases import Less
from app.vouchers.queries import wallet
from tests.factories.coming_back import (
    WAN,
    approved,
    bought,
    cheaper,
    end,
    found_back,
    newest,
    proved,
)
from tests.factories.endings import PARTING, PAYING, approve, ask, pay, payee


@pytest.mark.parametrize("late", [True, False], ids=["paid before", "asked before, paid after"])
def test_what_a_payout_took_of_a_bonus_that_was_not_kept_is_not_paid_twice(
    session: Session, clock: FixedClock, late: bool
) -> None:
    """Undone after the payout, or while the payout waits: what was taken is the household's own.

    Of the purchase's money the rule pays nothing: of a voucher of which nothing was spent 0% are paid.
    """
    shop, buyer, redemption = bought(session, PAYING)
    asked = ask(session, buyer)
    taken = asked.returned_fen
    assert taken > 0
    if late:
        pay(session, shop.desk, approve(session, shop.desk, asked))
    clock.advance(timedelta(hours=1))
    lost = {part.voucher_id: Less(part.bonus_fen) for part in redemption.allocations}
    foreseen = claw_backs.foreseen(session, redemption.id, lost)
    assert {one.id: fen for one, fen in foreseen.items()} == ({asked.id: taken} if late else {})
    end(session, shop, buyer, redemption, Kind.REJECT)
    assert claw_backs.foreseen(session, redemption.id, lost) == {}, "what went back is not foreseen again"
    if not late:
        pay(session, shop.desk, approve(session, shop.desk, asked))
    proved(session)
    found = found_back(session)
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
    approved(session, shop, found)
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
    shop, buyer, redemption = bought(session, PARTING)
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
    cheaper(session, shop, redemption)
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


def test_verify_finds_what_goes_back_of_a_claw_back_without_a_reason(session: Session) -> None:
    shop, buyer, _ = bought(session, PAYING)
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
