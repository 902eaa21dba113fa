"""The page that lists many homes at once."""

from sqlalchemy import select

from app.homes import service
from app.homes.pool_models import PoolListing
from tests.factories.homes import make_home
from tests.web.developer.conftest import Begin, Company
from tests.web.developer.test_promotions import fill
from tests.web.linting import LintingClient
from tests.web.sending import text_of


def test_ready_homes_are_named_and_listed_and_a_changed_list_is_shown_again(
    browser: LintingClient, company: Company, transaction: Begin
) -> None:
    with transaction() as session:
        homes = [
            make_home(session, developer=company.actor, building=company.building, room=room)
            for room in ("301", "302")
        ]
        make_home(session, developer=company.actor, building=company.building, room="303", voucher_fen=None)
    place = browser.get(f"/developer/developments/{company.development.ref}")
    assert "批量上架" in text_of(place)
    url = f"/developer/developments/{company.development.ref}/publish"
    page = browser.get(f"{url}?building={company.building.name}")
    assert "确认上架 2 套" in text_of(page)
    assert "还不能上架的房源（1 套）" in text_of(page)
    with transaction() as session:
        service.set_price(
            session,
            actor=company.actor,
            home_id=homes[0].id,
            kind="voucher",
            amount_fen=54_000_000,
            reason="降价",
        )
    stale = fill(browser, url, page=page)
    assert stale.status_code == 409
    assert "一套也没有上架" in text_of(stale)
    done = fill(browser, url, page=stale)
    assert done.status_code == 303
    assert "2 套房源已上架" in text_of(browser.get(done.location))
    with transaction() as session:
        ids = set(session.scalars(select(PoolListing.home_id).where(PoolListing.state == "listed")))
    assert ids == {home.id for home in homes}
    assert "还不能上架的房源（1 套）" in text_of(browser.get(url))
