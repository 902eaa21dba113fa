"""Co-owners and residents on a contract, and who must be among its buyers; where spaces are bought."""

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.core.errors import DomainError
from app.redemptions import queries, service
from app.redemptions.buyers import BuyerTyped
from app.redemptions.errors import BasketRefused
from app.redemptions.models import Redemption
from app.web.messages import message_of
from tests.factories import contracts
from tests.factories.policies import HAILING, WITH_SPACES, make_policy_version
from tests.factories.projects import make_id_number
from tests.factories.redemptions import (
    Shop,
    contract,
    make_buyer,
    make_home,
    make_redemption,
    make_shop,
    make_space,
)
from tests.factories.vouchers import make_desk

RULE = "one of those stands on a contract of whom its policies want one"
USUAL = "buyers: [self, spouse, parent, child]"
NAMED = "buyers: [self, co_owner, resident]"


def sister() -> BuyerTyped:
    return BuyerTyped("王小红", "co_owner", make_id_number(8), contracts.upload(b"%PDF-1.7 title"))


def tenant() -> BuyerTyped:
    return BuyerTyped("李四", "resident", make_id_number(9), contracts.upload(b"%PDF-1.7 agreement"))


def locked_under(session: Session, said: str) -> tuple[Shop, Redemption]:
    policy = HAILING.replace(USUAL, said)
    assert policy != HAILING
    shop = make_shop(session, desk=make_desk(session, policy=policy))
    return shop, make_redemption(session, make_buyer(session, shop.desk), make_home(session, shop))


def test_a_co_owner_and_a_resident_stand_on_a_contract_by_their_papers(session: Session) -> None:
    shop, locked = locked_under(session, NAMED)
    signed = contract(session, shop, locked, buyers=[sister(), tenant()])
    assert [(one.relation, one.basis) for one in signed.contract.buyers] == [
        ("co_owner", "proof"),
        ("resident", "proof"),
    ]
    assert queries.verify(session) == []


def test_nobody_else_does(session: Session) -> None:
    shop, locked = locked_under(session, "buyers: [self, resident]")
    with pytest.raises(DomainError) as refusal:
        contract(session, shop, locked, buyers=[sister()])
    assert message_of(refusal.value).startswith("按海陵区房票安置办法")
    assert "只能是房票持有人的本人、安置人口；王小红是原房屋的共有人" in message_of(refusal.value)


def test_one_of_those_whom_the_policy_wants_must_be_among_the_buyers(session: Session) -> None:
    shop, locked = locked_under(session, NAMED + "\none_buyer_of: [self]")
    with pytest.raises(DomainError) as refusal:
        contract(session, shop, locked, buyers=[sister(), tenant()])
    assert (refusal.value.code, refusal.value.field) == ("buyers_without", "relation_1")
    assert "买受人里至少要有一位是房票持有人的本人" in message_of(refusal.value)
    session.rollback()
    contract(session, shop, locked, buyers=[contracts.holder_of(locked), sister()])
    assert queries.verify(session) == []
    wanted = HAILING.replace(USUAL, NAMED + "\none_buyer_of: [resident]")
    other = make_policy_version(session, district=shop.desk.district, text=wanted)
    session.execute(text("UPDATE vouchers SET policy_version_id = :other"), {"other": other.id})
    assert RULE in {breach.rule for breach in queries.verify(session)}
    session.rollback()


def test_a_space_is_bought_only_where_its_kind_is(session: Session) -> None:
    said = WITH_SPACES + "areas_of: [{kinds: [parking], areas: [elsewhere]}]\n"
    shop = make_shop(session, desk=make_desk(session, policy=said))
    buyer = make_buyer(session, shop.desk)
    home, space = make_home(session, shop), make_space(session, shop)
    make_redemption(session, buyer, home)
    with pytest.raises(BasketRefused) as refused:
        service.quote_basket(
            session,
            actor=buyer.actor,
            home_refs=[space.ref],
            parts=buyer.parts(),
            beside={space.ref: home.ref},
        )
    assert refused.value.refusals[0].error.code == "voucher_not_for_area"
    session.rollback()
    assert queries.verify(session) == []
