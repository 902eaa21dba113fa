"""One home from several vouchers of kin: asked, consented to, frozen, held, and given back."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.core.actor import Role
from app.core.clock import FixedClock
from app.core.errors import Conflict, DomainError, Forbidden, NotFound
from app.homes.models import Home
from app.ledger import queries as ledger
from app.notices.models import Notice
from app.redemptions import kin, queries, service, snapshot
from app.redemptions.errors import ActedAtCounter, AskedBySame, BuyerNotKin, NotBuyer, VoucherNotUsable
from app.redemptions.models import KinConsent, Redemption
from app.vouchers.queries import wallet
from tests.factories.identity import make_actor
from tests.factories.redemptions import Buyer, Shop, contract, make_buyer, make_home, redeem

WAN = 1_000_000


@pytest.fixture
def buyer(session: Session, shop: Shop) -> Buyer:
    return make_buyer(session, shop.desk, faces=(20 * WAN,))


@pytest.fixture
def helper(session: Session, shop: Shop) -> Buyer:
    return make_buyer(session, shop.desk, faces=(90 * WAN,))


def ask(session: Session, buyer: Buyer, helper: Buyer, home: Home, most: int = 15 * WAN) -> KinConsent:
    consent = service.ask_kin(
        session,
        actor=buyer.actor,
        home_ref=home.ref,
        voucher_ref=helper.vouchers[0].ref,
        relation="child",
        most_fen=most,
    )
    session.commit()
    return consent


def give(session: Session, helper: Buyer, consent: KinConsent) -> None:
    service.give_consent(session, actor=helper.actor, consent_ref=consent.ref, seen_fen=consent.most_fen)
    session.commit()


def buy(session: Session, buyer: Buyer, helper: Buyer, home: Home) -> Redemption:
    parts = [*buyer.parts(), (helper.vouchers[0].ref, None)]
    quote = service.quote(session, actor=buyer.actor, home_ref=home.ref, parts=parts)
    session.commit()
    redemption = service.reserve(session, actor=buyer.actor, quote_ref=quote.ref)
    session.commit()
    return redemption


def held(session: Session, who: Buyer) -> tuple[int, int]:
    purse = wallet(session, household_id=who.household.id)[0]
    return purse.available_fen, purse.held_fen


def sound(session: Session) -> bool:
    return ledger.verify(session) == [] and queries.verify(session) == []


def told(session: Session, who: Buyer) -> list[str]:
    kinds = select(Notice.kind).where(Notice.household_id == who.household.id).order_by(Notice.id)
    return [kind for kind in session.scalars(kinds) if kind.startswith("kin_")]


def test_two_households_pay_for_one_home(session: Session, home: Home, buyer: Buyer, helper: Buyer) -> None:
    consent = ask(session, buyer, helper, home)
    give(session, helper, consent)
    redemption = buy(session, buyer, helper, home)
    first, second = snapshot.read(redemption.quote.snapshot).parts
    # 20 万 with 20 % pay 24 of 46.2 万; the helper's 15 万 pay 18; the rest is topped up.
    assert (first.spent_fen, first.kin) == (20 * WAN, None)
    assert (second.spent_fen, second.bonus_fen, second.available_fen) == (15 * WAN, 3 * WAN, 15 * WAN)
    assert redemption.top_up_fen == 4_200_000
    assert second.kin is not None
    assert (second.kin.consent_ref, second.kin.relation, second.kin.way) == (consent.ref, "child", "self")
    assert consent.shown is not None
    assert (consent.shown["available_fen"], consent.shown["left_fen"]) == (90 * WAN, 75 * WAN)
    assert held(session, helper) == (75 * WAN, 15 * WAN)
    seen = queries.list_redemptions(session, actor=helper.actor)
    assert [one.ref for one in seen] == [redemption.ref]
    with pytest.raises(NotBuyer):
        service.cancel(session, actor=helper.actor, redemption_ref=redemption.ref)
    session.rollback()
    assert sound(session)


def test_what_came_to_nothing_goes_back_and_what_is_done_stays(
    session: Session, shop: Shop, home: Home, buyer: Buyer, helper: Buyer
) -> None:
    give(session, helper, ask(session, buyer, helper, home))
    redemption = buy(session, buyer, helper, home)
    service.cancel(session, actor=buyer.actor, redemption_ref=redemption.ref)
    session.commit()
    assert held(session, helper) == (90 * WAN, 0)
    with pytest.raises(NotFound):  # a consent is good for one lock
        buy(session, buyer, helper, home)
    session.rollback()
    give(session, helper, ask(session, buyer, helper, home))
    refused = buy(session, buyer, helper, home)
    contract(session, shop, refused)
    service.refuse(session, actor=shop.desk.officer, redemption_ref=refused.ref, reason="不符")
    session.commit()
    assert held(session, helper) == (90 * WAN, 0)
    give(session, helper, ask(session, buyer, helper, home))
    redeem(session, shop, buy(session, buyer, helper, home))
    assert held(session, helper) == (75 * WAN, 0)
    assert told(session, helper) == [
        *("kin_asked", "kin_lock_made", "kin_money_back"),
        *("kin_asked", "kin_lock_made", "kin_money_back"),
        *("kin_asked", "kin_lock_made", "kin_purchase_done"),
    ]
    assert sound(session)


def test_without_consent_nobody_pays_for_others(
    session: Session, shop: Shop, home: Home, buyer: Buyer, helper: Buyer
) -> None:
    with pytest.raises(NotFound):
        buy(session, buyer, helper, home)
    session.rollback()
    consent = ask(session, buyer, helper, home)
    with pytest.raises(NotFound):
        buy(session, buyer, helper, home)
    session.rollback()
    give(session, helper, consent)
    with pytest.raises(NotFound):  # for this home alone
        buy(session, buyer, helper, make_home(session, shop))
    session.rollback()


def test_a_consent_is_withdrawn_before_the_lock_and_has_an_end(
    session: Session, shop: Shop, home: Home, buyer: Buyer, helper: Buyer, clock: FixedClock
) -> None:
    consent = ask(session, buyer, helper, home)
    give(session, helper, consent)
    parts = [*buyer.parts(), (helper.vouchers[0].ref, None)]
    quote = service.quote(session, actor=buyer.actor, home_ref=home.ref, parts=parts)
    session.commit()
    service.end_consent(session, actor=helper.actor, consent_ref=consent.ref)
    session.commit()
    with pytest.raises(VoucherNotUsable, match="consent_not_there"):
        service.reserve(session, actor=buyer.actor, quote_ref=quote.ref)
    session.rollback()
    second = ask(session, buyer, helper, home)
    clock.advance(timedelta(days=4))
    with pytest.raises(Conflict, match="consent_over"):
        give(session, helper, second)
    session.rollback()
    give(session, helper, ask(session, buyer, helper, home))
    redemption = buy(session, buyer, helper, home)
    used = kin.list_consents(session, actor=helper.actor)[0]
    assert used.redemption_id == redemption.id
    with pytest.raises(Conflict, match="consent_used"):
        service.end_consent(session, actor=helper.actor, consent_ref=used.ref)


def test_who_may_ask_and_give(session: Session, shop: Shop, home: Home, buyer: Buyer, helper: Buyer) -> None:
    asked = {
        "actor": buyer.actor,
        "home_ref": home.ref,
        "voucher_ref": helper.vouchers[0].ref,
        "most_fen": WAN,
    }
    with pytest.raises(BuyerNotKin):
        service.ask_kin(session, **asked, relation="sibling")
    with pytest.raises(NotFound):
        service.ask_kin(session, **{**asked, "voucher_ref": buyer.vouchers[0].ref}, relation="child")
    consent = ask(session, buyer, helper, home)
    with pytest.raises(Conflict, match="kin_asked_already"):
        service.ask_kin(session, **asked, relation="child")
    session.rollback()
    with pytest.raises(Forbidden):
        give(session, buyer, consent)
    with pytest.raises(NotFound):
        give(session, make_buyer(session, shop.desk), consent)
    with pytest.raises(DomainError, match="consent_sum"):
        service.give_consent(session, actor=helper.actor, consent_ref=consent.ref, seen_fen=1)
    session.rollback()
    rich = ask(session, helper, buyer, make_home(session, shop), most=21 * WAN)
    with pytest.raises(DomainError, match="consent_sum"):
        give(session, buyer, rich)


def test_a_clerk_does_not_stand_on_both_sides(
    session: Session, shop: Shop, home: Home, buyer: Buyer, helper: Buyer
) -> None:
    """Who asked at the counter does not consent there, and who consented there verifies nothing of it."""
    first, second = (make_actor(session, role=Role.OFFICER, district=shop.desk.district) for _ in range(2))
    asking = replace(buyer, actor=replace(buyer.actor, user_id=first.user_id))
    consent = ask(session, asking, helper, home)
    same, other = (replace(helper.actor, user_id=clerk.user_id) for clerk in (first, second))
    with pytest.raises(AskedBySame):
        service.give_consent(session, actor=same, consent_ref=consent.ref, seen_fen=consent.most_fen)
    session.rollback()
    service.give_consent(session, actor=other, consent_ref=consent.ref, seen_fen=consent.most_fen)
    session.commit()
    redemption = buy(session, buyer, helper, home)
    contract(session, shop, redemption)
    for clerk in (first, second):
        with pytest.raises(ActedAtCounter):
            service.verify_first(session, actor=clerk, redemption_ref=redemption.ref)
        session.rollback()
    service.verify_first(session, actor=shop.desk.officer, redemption_ref=redemption.ref)


def test_a_basket_takes_kin_for_their_home_alone(
    session: Session, shop: Shop, home: Home, buyer: Buyer, helper: Buyer
) -> None:
    second = make_home(session, shop, voucher_fen=20 * WAN)
    give(session, helper, ask(session, buyer, helper, home, most=38_500_000))
    parts = [(helper.vouchers[0].ref, None), *buyer.parts()]
    basket = service.quote_basket(session, actor=buyer.actor, home_refs=[second.ref, home.ref], parts=parts)
    session.commit()
    locked = service.reserve_basket(session, actor=buyer.actor, basket_ref=basket.ref)
    session.commit()
    frozen = [snapshot.read(one.quote.snapshot) for one in locked]
    assert [part.spent_fen for part in frozen[0].parts] == [0, 16_666_667]
    assert [part.spent_fen for part in frozen[1].parts] == [38_500_000, 0]
    assert sound(session)


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ("owner_id = household_id", "ck_kin_consents_two_households"),
        (
            "given_by_id = asked_by_id, given_at = asked_at, way = 'self', shown = '{}'",
            "ck_kin_consents_second_person",
        ),
        ("state = 'given'", "ck_kin_consents_given"),
        ("state = 'used'", "ck_kin_consents"),
        ("most_fen = 0", "ck_kin_consents_sums"),
        ("way = 'self'", "ck_kin_consents_evidence"),
    ],
)
def test_the_table_holds_on_its_own(
    session: Session, home: Home, buyer: Buyer, helper: Buyer, change: str, constraint: str
) -> None:
    consent = ask(session, buyer, helper, home)
    with pytest.raises(IntegrityError, match=constraint), session.begin_nested():
        session.execute(text(f"UPDATE kin_consents SET {change} WHERE id = {consent.id}"))


def test_the_proof_finds_a_voucher_that_pays_for_strangers(
    session: Session, home: Home, buyer: Buyer, helper: Buyer
) -> None:
    give(session, helper, ask(session, buyer, helper, home))
    redemption = buy(session, buyer, helper, home)
    session.execute(
        text(f"UPDATE kin_consents SET most_fen = most_fen - 1 WHERE redemption_id = {redemption.id}")
    )
    assert {breach.rule for breach in queries.verify(session)} == {
        "vouchers pay for their own household, or by consent"
    }
