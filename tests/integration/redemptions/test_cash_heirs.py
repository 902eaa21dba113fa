"""A bonus in cash of a holder who died: paid by papers to one whom the heirs sent, and never stuck."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.core.clock import FixedClock, today
from app.core.errors import Conflict, DomainError
from app.notices.models import Notice
from app.redemptions import cash, cash_queries
from app.redemptions.cash_models import CashBonus
from app.redemptions.payee_proofs import PAYEES
from app.vouchers.estate_papers import Estate
from app.vouchers.models import Voucher
from app.vouchers.move_rules import Share
from tests.factories import cash as bonuses
from tests.factories.cash import WAN, assert_proven, owed
from tests.factories.contracts import upload
from tests.factories.endings import payee
from tests.factories.inheritances import INHERITED, approve, ask, note_death, prepare
from tests.factories.moves import carry_out, make_holder, other_of, transfer_of
from tests.factories.redemptions import Buyer, Shop, make_home, make_redemption, make_shop, redeem
from tests.factories.stops import suspend
from tests.factories.vouchers import Desk, make_desk

CASH = INHERITED.replace("base: spent", "base: spent\n  paid: cash")
"""A bonus in cash on what is spent of a voucher that heirs may have."""
HEIRS = (Share(70 * WAN - 5, kin="spouse"), Share(10 * WAN + 5, kin="child"))
"""How two heirs, 李建国 and 李红, part what is left of 120 万 once 40 万 are spent."""


@pytest.fixture
def shop(session: Session) -> Shop:
    return make_shop(session, desk=make_desk(session, policy=CASH))


@pytest.fixture
def owner(session: Session, shop: Shop) -> Buyer:
    return make_holder(session, shop.desk, number=7, faces=(120 * WAN,))


def bought(session: Session, shop: Shop, owner: Buyer, price_fen: int) -> None:
    redeem(session, shop, make_redemption(session, owner, make_home(session, shop, voucher_fen=price_fen)))


def estate(died_on: date | None = None, *, evidence: str = "公证书；推举书", files: int = 1) -> Estate:
    """Return that somebody died, today unless said, and the papers of the heirs."""
    return Estate(died_on or today(), evidence, [upload(b"%PDF-1.7\n% heirs\n%%EOF\n")] * files)


def send(session: Session, desk: Desk, name: str = "李红", papers: Estate | None = None) -> CashBonus:
    """Let the officer note the account of one whom the heirs sent."""
    known = {"actor": desk.officer, "ref": owed(session).ref, "payee": payee(name)}
    found = cash.prepare(session, estate=papers or estate(), **known)
    session.commit()
    return found


def inherited(session: Session, desk: Desk, voucher: Voucher) -> None:
    """Let two heirs have what is left."""
    move = ask(session, desk, note_death(session, desk, voucher), HEIRS)
    prepare(session, desk, move)
    approve(session, desk, move)


def refused(session: Session, act: Callable[[], object]) -> str:
    """Return the code of what stands against an act, which is undone."""
    with pytest.raises((Conflict, DomainError)) as caught:
        act()
    session.rollback()
    return caught.value.code


def told(session: Session, kind: str) -> list[tuple[int | None, str]]:
    found = select(Notice.household_id, Notice.text).where(Notice.kind == kind).order_by(Notice.id)
    return [(household_id, words) for household_id, words in session.execute(found)]


def test_of_a_voucher_that_is_spent_it_is_paid_while_the_stop_for_the_death_stands(
    session: Session, shop: Shop, owner: Buyer, clock: FixedClock
) -> None:
    """Nothing is left to inherit, so no move ever ends the stop; the bonus is owed all the same."""
    bought(session, shop, owner, 120 * WAN)
    stop = note_death(session, shop.desk, owner.vouchers[0])
    assert refused(session, lambda: ask(session, shop.desk, stop, (Share(1, kin="child"),))) == (
        "move_nothing_left"
    )
    known = {"actor": shop.desk.officer, "ref": owed(session).ref}
    cash.prepare(session, payee=payee(owner.household.holder_name), **known)
    session.commit()
    assert refused(session, lambda: bonuses.approve(session, shop)) == "voucher_stopped"
    bonuses.send_back(session, shop)
    clock.advance(timedelta(hours=1))
    found = send(session, shop.desk)
    assert (found.state, found.payee_name, found.died_on) == ("prepared", "李红", today())
    bonuses.approve(session, shop)
    assert "代领人李**尾号 4567" in bonuses.texts(session, "cash_bonus_approved")[-1]
    due_fen = owed(session).due_fen
    paid = bonuses.carried_out(session, shop)
    assert (paid.state, bonuses.moved(session, "cash_bonus.paid")) == ("paid", [due_fen])
    assert told(session, "cash_bonus_heir")[0][0] == owner.household.id
    assert_proven(session)
    session.refresh(stop)
    assert stop.ended_at is None, "what comes back of the purchase waits for the heirs"


def test_one_of_several_heirs_has_it_only_by_their_papers(
    session: Session, shop: Shop, owner: Buyer, clock: FixedClock
) -> None:
    desk = shop.desk
    bought(session, shop, owner, 40 * WAN)
    inherited(session, desk, owner.vouchers[0])
    ref = owed(session).ref
    for name in ("李红", "李建国", owner.household.holder_name):
        plain = {"actor": desk.officer, "ref": ref, "payee": payee(name)}
        assert refused(session, lambda known=plain: cash.prepare(session, **known)) == (
            "cash_bonus_heirs_several"
        )
    send(session, desk, "李红")
    heirs = {voucher.household.holder_name: voucher.household_id for voucher in made(session)}
    ((household_id, words),) = told(session, "cash_bonus_other_heir")
    assert household_id == heirs["李建国"], "who receives it was asked anyway"
    assert "李**替全体继承人代领" in words
    clock.advance(timedelta(seconds=1))
    bonuses.approve(session, shop)
    assert_proven(session)
    wrong = "UPDATE cash_bonuses SET died_on = NULL, evidence = NULL"
    assert bonuses.broken(session, wrong) == set(PAYEES)


def made(session: Session) -> list[Voucher]:
    return list(session.scalars(select(Voucher).where(Voucher.move_id.is_not(None))))


def test_a_sole_heir_needs_no_papers_again(session: Session, shop: Shop, owner: Buyer) -> None:
    bought(session, shop, owner, 40 * WAN)
    desk = shop.desk
    move = ask(session, desk, note_death(session, desk, owner.vouchers[0]), (Share(80 * WAN, kin="spouse"),))
    prepare(session, desk, move)
    approve(session, desk, move)
    known = {"actor": desk.officer, "ref": owed(session).ref}
    assert refused(session, lambda: cash.prepare(session, payee=payee("李红"), **known)) == "payee_not_holder"
    cash.prepare(session, payee=payee("李建国"), **known)
    session.commit()
    bonuses.approve(session, shop)
    assert_proven(session)
    assert bonuses.broken(session, "UPDATE cash_bonuses SET payee_name = '李红'") == set(PAYEES)


def test_an_account_that_was_typed_before_heirs_had_the_voucher_is_not_paid(
    session: Session, shop: Shop, owner: Buyer
) -> None:
    """No bank pays to the account of somebody who died."""
    desk = shop.desk
    bought(session, shop, owner, 40 * WAN)
    ref = owed(session).ref
    cash.prepare(session, actor=desk.officer, ref=ref, payee=payee(owner.household.holder_name))
    session.commit()
    inherited(session, desk, owner.vouchers[0])
    assert refused(session, lambda: bonuses.approve(session, shop)) == "cash_bonus_heirs_since"
    bonuses.send_back(session, shop)
    send(session, desk)
    bonuses.approve(session, shop)
    assert_proven(session)


def test_another_stop_holds_it_as_ever(session: Session, shop: Shop, owner: Buyer) -> None:
    bought(session, shop, owner, 120 * WAN)
    note_death(session, shop.desk, owner.vouchers[0])
    suspend(session, shop.desk, owner.vouchers[0].ref)
    send(session, shop.desk)
    assert refused(session, lambda: bonuses.approve(session, shop)) == "voucher_stopped"
    assert cash_queries.stopped_voucher(session, owed(session)) is not None


def test_nobody_is_paid_for_heirs_without_their_papers(
    session: Session, shop: Shop, owner: Buyer, clock: FixedClock
) -> None:
    desk, name = shop.desk, owner.household.holder_name
    bought(session, shop, owner, 120 * WAN)
    note_death(session, desk, owner.vouchers[0])
    for who, papers, code in (
        ("李红", estate(today() + timedelta(days=1)), "stop_day_to_come"),
        (name, estate(), "cash_bonus_payee_dead"),
        ("李红", estate(evidence=" "), "evidence_missing"),
        ("李红", estate(files=0), "cash_bonus_papers_missing"),
    ):
        assert refused(session, lambda who=who, papers=papers: send(session, desk, who, papers)) == code
    send(session, desk)
    found = bonuses.send_back(session, shop, "账号少一位")
    assert (found.state, found.payee_name, found.died_on, found.evidence) == ("owed", None, None, None)
    again = send(session, desk, "李建国", estate())
    assert again.payee_name == "李建国", "the paper of the first look may come again"
    bonuses.approve(session, shop)
    assert_proven(session)
    assert bonuses.broken(session, f"UPDATE cash_bonuses SET payee_name = '{name}'") == set(PAYEES)
    late = "UPDATE cash_bonuses SET died_on = :day"
    session.execute(text(late), {"day": today() + timedelta(days=3)})
    assert len(session.execute(text(*PAYEES.values())).all()) == 1
    session.rollback()


def test_of_who_gave_the_voucher_away_and_died_it_is_paid_by_papers_alone(
    session: Session, shop: Shop, owner: Buyer
) -> None:
    """Nothing of theirs can be stopped any more, nor inherited."""
    bought(session, shop, owner, 40 * WAN)
    carry_out(session, shop.desk, owner.actor, transfer_of(owner.vouchers[0]), other_of(9))
    send(session, shop.desk)
    bonuses.approve(session, shop)
    bonuses.carried_out(session, shop)
    assert_proven(session)
