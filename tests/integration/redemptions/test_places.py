"""A list of developments in a policy: adopted where they are there, asked at the quote, proved."""

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.core.errors import Conflict, DomainError
from app.policies import bodies
from app.redemptions import queries
from app.reports.policy_trial import stock_on_offer
from tests.factories import homes as homes_of
from tests.factories.policies import HAILING, make_policy_version
from tests.factories.redemptions import Shop, make_buyer, make_home, make_quote, make_redemption, make_shop
from tests.factories.vouchers import Desk

RULE = "a voucher buys in the districts and developments that its policy names"


def listing(*refs: str) -> str:
    return HAILING.replace("transfers: 1", f"transfers: 1\nareas: [{', '.join(refs)}]")


def desk_of(session: Session, shop: Shop, text: str) -> Desk:
    version = make_policy_version(session, district=shop.desk.district, text=text)
    session.commit()
    return Desk(shop.desk.district, shop.desk.officer, shop.desk.checker, version)


def test_homes_of_a_listed_development_can_be_had_and_no_others(session: Session) -> None:
    shop = make_shop(session)
    listed = shop.building.development
    other = homes_of.make_development(session, developer=shop.developer, district=shop.desk.district)
    building = homes_of.make_building(session, developer=shop.developer, development=other)
    session.commit()
    elsewhere = Shop(shop.desk, shop.developer, building)
    buyer = make_buyer(session, desk_of(session, shop, listing(listed.ref)))
    with pytest.raises(DomainError, match="voucher_not_for_area"):
        make_quote(session, buyer, make_home(session, elsewhere))
    session.rollback()
    make_redemption(session, buyer, make_home(session, shop))
    assert queries.verify(session) == []
    move = "UPDATE developments SET ref = 'DV-22222-22222' WHERE id = :id"
    session.execute(text(move), {"id": listed.id})
    assert RULE in {one.rule for one in queries.verify(session)}
    session.rollback()


@pytest.mark.parametrize("where", ["areas", "bonus.areas"])
def test_a_development_that_is_not_there_is_not_adopted(session: Session, where: str) -> None:
    shop = make_shop(session)
    ref, gone = shop.building.development.ref, "DV-22222-22222"
    said = listing(ref, gone)
    if where == "bonus.areas":
        said = HAILING.replace("  fixed_by: lock", f"  fixed_by: lock\n  areas: [{ref}, {gone}]")
    with pytest.raises(Conflict, match="policy_place_unknown") as found:
        make_policy_version(session, district=shop.desk.district, text=said)
    assert found.value.params["paths"] == f"{where}[1] ({gone})"
    session.rollback()
    assert make_policy_version(session, district=shop.desk.district, text=said.replace(f", {gone}", "")).id


def test_a_trial_counts_the_homes_of_a_listed_development_alone(session: Session) -> None:
    shop = make_shop(session)
    listed = shop.building.development
    other = homes_of.make_development(session, developer=shop.developer, district=shop.desk.district)
    building = homes_of.make_building(session, developer=shop.developer, development=other)
    session.commit()
    make_home(session, shop, voucher_fen=50_000_000)
    make_home(session, Shop(shop.desk, shop.developer, building), voucher_fen=30_000_000)
    policy, code = bodies.parse(listing(listed.ref)), shop.desk.district.code
    found = {one.development: one.cheapest_fen for one in stock_on_offer(session, [policy])}
    assert found == {listed.ref: 50_000_000, None: 30_000_000}
    (whole,) = stock_on_offer(session)
    assert (whole.district, whole.count, whole.development) == (code, 2, None)
