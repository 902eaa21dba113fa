"""Forms that carry more than their page asked: what a form does not name is never read."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from app.core.actor import Actor, Role
from app.homes.models import Home, PriceVersion
from app.homes.pool_models import PoolListing
from app.identity.models import Membership
from app.ledger import queries as ledger
from app.redemptions import queries
from app.redemptions.models import Quote, Redemption
from app.vouchers.models import Voucher
from tests.factories.homes import make_building, make_development
from tests.factories.identity import make_actor
from tests.factories.redemptions import make_shop
from tests.web.contracting import enter_contract
from tests.web.linting import LintingClient
from tests.web.sending import send
from tests.web.town import Town, make_town, saved

Enter = Callable[[Actor], LintingClient]

MORE: Final = {
    **dict.fromkeys(
        ("id", "household_id", "owner_id", "developer_id", "district_id", "organisation_id"), "1"
    ),
    **dict.fromkeys(("user_id", "actor", "author_id", "made_by_id", "voucher_id", "home_id"), "1"),
    **dict.fromkeys(("price_fen", "top_up_fen", "net_fen", "spent_fen", "bonus_fen", "face_fen"), "1"),
    **dict.fromkeys(("amount_fen", "contract_price_fen", "available_fen", "rate_bp", "price_fen[]"), "1"),
    **dict.fromkeys(
        ("locked_at", "deadline_at", "expires_at", "made_at", "issued_at"), "2030-01-01T00:00:00Z"
    ),
    **dict.fromkeys(("status", "state"), "redeemed"),
    "claimed_at": "",
    "disputed_at": "",
    "listed": "1",
    "role": "administrator",
    "duty": "manager",
    "is_admin": "1",
    "doc_version": "99",
    "version": "99",
    "source": "bureau",
    "snapshot": "{}",
    "approved": "1",
    "__class__": "x",
    "household": "HH-22222-22222",
    "district": "elsewhere",
}
"""Names of columns and of everything somebody might hope for; none is a box of the pages below."""


@dataclass(frozen=True)
class Greedy:
    """A browser that adds all of it to whatever it sends."""

    client: LintingClient

    def get(self, address: str) -> TestResponse:
        """Open a page."""
        return self.client.get(address)

    def post(self, address: str, *, data: Mapping[str, Any]) -> TestResponse:
        """Send a form, and more."""
        return self.client.post(address, data={**MORE, **data})


@pytest.fixture
def town(committed_app: Flask) -> Town:
    return make_town(committed_app)


@pytest.fixture
def greedy(enter: Enter) -> Enter:
    """Give people browsers that ask for more."""
    return lambda actor: cast(LintingClient, Greedy(enter(actor)))


def test_a_purchase_is_what_its_quote_says_whatever_else_was_sent(
    greedy: Enter, town: Town, committed_app: Flask
) -> None:
    household, developer = greedy(town.buyer.actor), greedy(town.shop.developer)
    with saved(committed_app) as session:
        make_shop(session)  # another district with people and homes of its own, whose ids are not these
    made = send(household, f"/household/homes/{town.home.ref}/quote")
    locked = send(household, made.location)
    assert locked.status_code == 303
    with saved(committed_app) as session:
        redemption = session.scalars(select(Redemption)).one()
        quote = session.scalars(select(Quote)).one()
        own = (town.shop.desk.district.id, town.buyer.household.id, town.home.id)
        assert (quote.district_id, quote.household_id, quote.home_id) == own
        assert (redemption.district_id, redemption.household_id, redemption.home_id) == own
        assert (redemption.state, redemption.price_fen) == ("locked", 46_200_000)
        assert redemption.deadline_at.year == 2016
        ref = redemption.ref
    assert enter_contract(developer, ref).status_code == 303
    for person, state in ((town.shop.desk.officer, "checked"), (town.shop.desk.checker, "redeemed")):
        with saved(committed_app) as session:
            before = session.scalars(select(Redemption)).one()
            assert before.state != state
        assert send(greedy(person), f"/authority/redemptions/{ref}/verify", {}).status_code == 303
        with saved(committed_app) as session:
            after = session.scalars(select(Redemption)).one()
            assert (after.state, after.contract_price_fen, after.top_up_fen) == (state, 46_200_000, 0)
    with saved(committed_app) as session:
        assert queries.verify(session) == []
        assert ledger.verify(session) == []
        faces = session.scalars(select(Voucher.face_fen).order_by(Voucher.id)).all()
        assert list(faces) == [30_000_000, 20_000_000]


def test_a_new_home_is_free_unlisted_and_its_companys_own(
    greedy: Enter, town: Town, committed_app: Flask
) -> None:
    with saved(committed_app) as session:
        development = make_development(
            session, developer=town.shop.developer, district=town.shop.desk.district
        )
        session.commit()
        make_building(session, developer=town.shop.developer, development=development, name="9幢")
    typed = {
        "building": "9幢",
        "unit": "1",
        "storey": "3",
        "room": "301",
        "rooms": "3",
        "area_m2": "89.50",
        "filed_price": "60万",
        "filing_number": "备1",
        "cash_price": "57万",
        "voucher_price": "55万",
    }
    sent = send(greedy(town.shop.developer), f"/developer/developments/{development.ref}/homes/new", typed)
    assert sent.status_code == 303, sent.get_data(as_text=True)
    with saved(committed_app) as session:
        home = session.scalars(
            select(Home).where(Home.room == "301", Home.development_id == development.id)
        ).one()
        assert (home.status, home.claimed_at, home.doc_version) == ("free", None, 1)
        assert session.scalars(select(PoolListing).where(PoolListing.home_id == home.id)).all() == []
        prices = session.scalars(select(PriceVersion).where(PriceVersion.home_id == home.id)).all()
        assert {price.source for price in prices} == {"developer"}
        assert {price.author_id for price in prices} == {town.shop.developer.user_id}


def test_a_new_colleague_gets_the_duty_that_was_chosen_and_no_role(
    greedy: Enter, town: Town, committed_app: Flask
) -> None:
    with saved(committed_app) as session:
        regulator = make_actor(session, role=Role.REGULATOR, district=town.shop.desk.district)
        before = session.scalars(select(Membership.role).order_by(Membership.id)).all()
    for person in (regulator, town.buyer.actor, town.shop.developer):
        browser = greedy(person)
        password = {"old": "x", "new": "y", "again": "y"}
        assert send(browser, "/account/password", password).status_code == 422
    with saved(committed_app) as session:
        assert session.scalars(select(Membership.role).order_by(Membership.id)).all() == before
