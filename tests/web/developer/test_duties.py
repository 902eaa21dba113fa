"""A developer's finance people read; sales and managers change what is offered."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from sqlalchemy.orm import Session

from app.core.actor import Actor, Duty, Role
from app.identity.models import Organisation
from tests.factories.homes import make_listed_home
from tests.factories.identity import make_actor
from tests.web.linting import LintingClient

Transaction = Callable[[], AbstractContextManager[Session]]
Enter = Callable[[Actor], LintingClient]


@pytest.fixture
def home(transaction: Transaction) -> tuple[str, int]:
    """The reference of a home, and its developer."""
    with transaction() as session:
        developer, home = make_listed_home(session)
        return home.ref, developer.organisation


def colleague(transaction: Transaction, organisation_id: int, duty: Duty) -> Actor:
    with transaction() as session:
        organisation = session.get_one(Organisation, organisation_id)
        return make_actor(session, role=Role.DEVELOPER, duty=duty, organisation=organisation)


@pytest.mark.parametrize(("duty", "may"), [(Duty.MANAGER, True), (Duty.SALES, True), (Duty.FINANCE, False)])
def test_who_sees_the_way_to_change_a_price_may_go_it(
    home: tuple[str, int], transaction: Transaction, enter: Enter, duty: Duty, may: bool
) -> None:
    ref, organisation_id = home
    client = enter(colleague(transaction, organisation_id, duty))
    page = client.get(f"/developer/homes/{ref}")
    assert page.status_code == 200
    assert ("修改价格" in page.get_data(as_text=True)) == may
    for path in ("prices", "publish", "withdraw"):
        assert (client.get(f"/developer/homes/{ref}/{path}").status_code == 403) != may
        assert (client.post(f"/developer/homes/{ref}/{path}").status_code == 403) != may


def test_finance_is_told_who_may(home: tuple[str, int], transaction: Transaction, enter: Enter) -> None:
    ref, organisation_id = home
    client = enter(colleague(transaction, organisation_id, Duty.FINANCE))
    told = client.get(f"/developer/homes/{ref}/prices").get_data(as_text=True)
    assert "由贵公司的销售人员或负责人办理" in told
    assert "房企 · 财务" in told
