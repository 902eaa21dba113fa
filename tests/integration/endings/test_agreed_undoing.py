"""What developer and household agree on is the household's own doing, unless two people find otherwise."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.core.clock import FixedClock
from app.core.errors import Conflict, DomainError
from app.redemptions import queries
from app.redemptions.change_models import PurchaseChange
from app.redemptions.change_proofs import CHANGES
from app.redemptions.change_states import Kind
from app.redemptions.models import Redemption
from app.redemptions.service import changes
from app.redemptions.service.wishes import Wish
from app.vouchers import endings, lapses
from app.vouchers.coming_back import Due, due_of
from app.vouchers.ending_rules import frozen_rules
from app.vouchers.proofs import ENDINGS
from app.web.endings import rules_text
from tests.factories import contracts
from tests.factories.coming_back import (
    HALVED,
    WAN,
    bought,
    came_back,
    cheaper,
    end,
    found_back,
    newest,
    paid_out,
    proved,
)
from tests.factories.endings import PAYING, VOIDING, ask, payee
from tests.factories.forging import unguard
from tests.factories.redemptions import (
    Buyer,
    Shop,
    contract,
    make_buyer,
    make_home,
    make_redemption,
    make_shop,
)
from tests.factories.vouchers import make_desk

SOMETHING = "an ending of what came back has something that came back"
WHOSE = "what was agreed on counts as the household's own doing, unless two people found otherwise"


def test_a_cancellation_that_both_agree_on_brings_what_giving_back_brings(
    session: Session, clock: FixedClock
) -> None:
    """Of 90 万 of 100 万, 10 万 paid in full, half of all by the rule: 40 万, and two people add nothing."""
    shop, found = came_back(session, clock, Kind.CANCEL)
    (rule,) = frozen_rules(found.shown)
    assert rule.figures == {"rules_fen": 40 * WAN, "effect": "cash"}
    assert due_of(found) == Due(("cash",), 40 * WAN, 0, 40 * WAN)
    with pytest.raises(DomainError, match="back_above_rule"):
        endings.decide(
            session,
            actor=shop.desk.officer,
            ending_ref=found.ref,
            effect="cash",
            payee=payee(),
            paid_fen=40 * WAN + 1,
            reason="烂尾",
        )
    session.rollback()
    proved(session)


@pytest.mark.parametrize("evidence", [None, "住建局 2017 年第 8 号通报"])
def test_an_agreed_cancellation_after_a_term_does_not_escape_its_lapse(
    session: Session, clock: FixedClock, evidence: str | None
) -> None:
    """Void is void; where two people found the developer at fault, two people decide."""
    shop, buyer, redemption = bought(session, VOIDING, face_fen=40 * WAN)
    assert buyer.vouchers[0].face_fen == redemption.allocations[0].spent_fen, "nothing is left to lapse"
    clock.advance(timedelta(days=800))
    end(session, shop, buyer, redemption, Kind.CANCEL, evidence)
    ended = found_back(session)
    undecided = ("back", "undecided", None)
    assert (ended.kind, ended.state, ended.effect) == (undecided if evidence else ("lapse", "closed", "void"))
    proved(session)


@pytest.mark.parametrize("evidence", [None, "住建局 2017 年第 8 号通报"])
def test_nor_does_one_before_the_write_off_but_for_what_the_developer_is_at_fault(
    session: Session, clock: FixedClock, evidence: str | None
) -> None:
    """Nothing came back by a change: the promise was set free."""
    shop = make_shop(session, desk=make_desk(session, policy=VOIDING))
    buyer = make_buyer(session, shop.desk, faces=(40 * WAN,))
    redemption = contract(session, shop, make_redemption(session, buyer, make_home(session, shop)))
    clock.advance(timedelta(days=800))
    assert lapses.lapse_due(session) == 0
    end(session, shop, buyer, redemption, Kind.CANCEL, evidence)
    ended = found_back(session)
    undecided = ("back", "undecided", None)
    assert (ended.kind, ended.state, ended.effect) == (undecided if evidence else ("lapse", "closed", "void"))
    proved(session)
    unguard(session, "voucher_endings")
    session.execute(text("UPDATE voucher_endings SET kind = 'back'"))
    assert bool(session.execute(text(ENDINGS[SOMETHING])).all()) == (evidence is None)


def test_who_agrees_to_cancel_asks_for_its_leftover_anew(session: Session, clock: FixedClock) -> None:
    """The home had chosen the band."""
    shop, buyer, redemption = bought(session, PAYING)
    asked = ask(session, buyer)
    clock.advance(timedelta(hours=1))
    end(session, shop, buyer, redemption, Kind.CANCEL)
    with pytest.raises(Conflict, match="ending_handed_back"):
        endings.prepare(session, actor=shop.desk.officer, ending_ref=asked.ref)


def test_a_lower_price_that_both_agree_on_is_the_households_own_doing(
    session: Session, clock: FixedClock
) -> None:
    """Beside a price that the authority corrected the page says of each whose doing it is."""
    shop, buyer, redemption = bought(session, HALVED, home_fen=108 * WAN)
    paid_out(session, clock, shop, buyer)
    _agree_on_price(session, shop, buyer, redemption, redemption.present_price_fen - 12 * WAN)
    cheaper(session, shop, redemption, 12 * WAN)
    found = found_back(session)
    rules = frozen_rules(found.shown)
    said = {rule.figures["kind"]: rule.figures for rule in rules if rule.code == "undone_by"}
    assert set(said) == {"contract", "price"}
    assert "own" in said["contract"]
    assert rules[-1].figures["others_fen"] == said["price"]["back_fen"]
    assert any("商量好减少房款" in line for line in rules_text(rules))
    proved(session)


def test_two_people_find_otherwise_only_with_evidence(session: Session, clock: FixedClock) -> None:
    """The checker approves exactly what the officer found; a forged finding is named."""
    shop, buyer, redemption = bought(session, VOIDING)
    with pytest.raises(DomainError, match="change_evidence_missing"):
        end(session, shop, buyer, redemption, Kind.CANCEL, " ")
    session.rollback()
    change = session.query(PurchaseChange).one()
    changes.prepare(session, actor=shop.desk.officer, change_ref=change.ref, evidence="判决书 12 号")
    session.commit()
    assert (change.shown or {})["evidence"] == "判决书 12 号"
    session.execute(text("UPDATE purchase_changes SET evidence = '别的'"))
    session.expire_all()
    assert [row[2] for row in session.execute(text(CHANGES[WHOSE]))] == [change.id]
    with pytest.raises(Conflict, match="change_moved"):
        changes.approve(session, actor=shop.desk.checker, change_ref=change.ref)
    session.rollback()
    changes.approve(session, actor=shop.desk.checker, change_ref=change.ref)
    session.commit()
    assert queries.verify(session) == []
    session.execute(text("UPDATE purchase_changes SET is_own = true, evidence = NULL"))
    assert [row[2] for row in session.execute(text(CHANGES[WHOSE]))] == [change.id]


@pytest.mark.parametrize("kind", [Kind.WITHDRAW, Kind.REJECT])
def test_nobody_finds_whose_doing_it_is_where_the_kind_says_it(session: Session, kind: Kind) -> None:
    shop, buyer, redemption = bought(session, VOIDING)
    end(session, shop, buyer, redemption, kind, "判决书 12 号")
    change = session.query(PurchaseChange).one()
    assert (change.is_own, change.evidence) == (kind == Kind.WITHDRAW, None)
    assert "is_own" not in (change.shown or {})
    proved(session)


def test_what_was_prepared_before_anybody_said_whose_doing_stays_as_it_was_shown(
    session: Session, clock: FixedClock
) -> None:
    shop, buyer, redemption = bought(session, HALVED, home_fen=108 * WAN)
    paid_out(session, clock, shop, buyer)
    wish = Wish(Kind.CANCEL, "退", papers=[contracts.upload()])
    change = changes.ask(session, actor=shop.developer, redemption_ref=redemption.ref, wish=wish)
    changes.answer(session, actor=buyer.actor, change_ref=change.ref, agrees=True)
    changes.prepare(session, actor=shop.desk.officer, change_ref=change.ref)
    session.execute(text("UPDATE approval_requests SET payload = payload - 'is_own' WHERE state = 'pending'"))
    session.execute(text("UPDATE purchase_changes SET is_own = false, shown = shown - 'is_own'"))
    session.commit()
    session.expire_all()
    changes.approve(session, actor=shop.desk.checker, change_ref=change.ref)
    session.commit()
    found_back(session)
    assert frozen_rules(newest(session).shown)[-1].figures["others_fen"] == 90 * WAN
    proved(session)


def _agree_on_price(
    session: Session, shop: Shop, buyer: Buyer, redemption: Redemption, price_fen: int
) -> None:
    """Change the contract by a supplementary agreement at a lower price."""
    changed = contracts.typed(
        redemption,
        number="网签-变更-1",
        price_fen=price_fen,
        scan=contracts.upload(b"%PDF-1.7 changed"),
    )
    wish = Wish(Kind.CONTRACT, "补充协议", contract=changed)
    change = changes.ask(session, actor=shop.developer, redemption_ref=redemption.ref, wish=wish)
    session.commit()
    changes.answer(session, actor=buyer.actor, change_ref=change.ref, agrees=True)
    changes.prepare(session, actor=shop.desk.officer, change_ref=change.ref)
    session.commit()
    changes.approve(session, actor=shop.desk.checker, change_ref=change.ref)
    session.commit()
