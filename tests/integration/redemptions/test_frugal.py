"""What the steps that everybody takes ask of the database: no more statements than they need."""

from sqlalchemy.orm import Session

from app.homes.models import Home
from app.redemptions import service
from tests.factories.contracts import typed
from tests.factories.redemptions import Buyer, Shop, contract, make_home, make_redemption, verify_first
from tests.frugality import at_most


def test_a_quote_and_its_lock_ask_little(session: Session, home: Home, buyer: Buyer) -> None:
    asked = {"home_ref": home.ref, "parts": buyer.parts()}
    with at_most(session, 9):
        quote_ref = service.quote(session, actor=buyer.actor, **asked).ref
    with at_most(session, 21):  # the district's first lock, which opens its control accounts by six of them
        service.reserve(session, actor=buyer.actor, quote_ref=quote_ref)


def test_a_basket_and_its_lock_ask_little(session: Session, shop: Shop, buyer: Buyer) -> None:
    refs = [make_home(session, shop).ref for _ in range(2)]
    for ref in refs:
        with at_most(session, 5):
            service.add_home(session, actor=buyer.actor, home_ref=ref)
    with at_most(session, 11):
        basket_ref = service.quote_basket(session, actor=buyer.actor, home_refs=refs, parts=buyer.parts()).ref
    with at_most(session, 31):  # as above
        for one in service.reserve_basket(session, actor=buyer.actor, basket_ref=basket_ref):
            assert one.home.kind == "home"


def test_entering_a_contract_asks_little(session: Session, shop: Shop, home: Home, buyer: Buyer) -> None:
    locked = make_redemption(session, buyer, home)
    ref, paper = locked.ref, typed(locked)
    with at_most(session, 11):
        entry_ref = service.prepare_contract(
            session, actor=shop.developer, redemption_ref=ref, typed=paper
        ).ref
    with at_most(session, 11):
        service.send_contract(session, actor=shop.developer, redemption_ref=ref, entry_ref=entry_ref)


def test_verifying_asks_little(session: Session, shop: Shop, home: Home, buyer: Buyer) -> None:
    ref = contract(session, shop, make_redemption(session, buyer, home)).ref
    with at_most(session, 10):
        service.verify_case(session, actor=shop.desk.officer, redemption_ref=ref, opens_next=False)


def test_writing_off_asks_little(session: Session, shop: Shop, home: Home, buyer: Buyer) -> None:
    ref = verify_first(session, shop, contract(session, shop, make_redemption(session, buyer, home))).ref
    with at_most(session, 14):
        service.verify_case(session, actor=shop.desk.checker, redemption_ref=ref, opens_next=False)
