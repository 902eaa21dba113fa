"""From a refusal one gets back to a page of ours that one may open, and to no other site."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from sqlalchemy.orm import Session

from app.core.actor import Actor, Role
from tests.factories.identity import make_actor, make_district
from tests.web.linting import LintingClient
from tests.web.sending import links

HERE = "http://localhost"


@pytest.mark.parametrize(
    ("origin", "way"),
    [
        (f"{HERE}/homes?rooms=2", "/homes?rooms=2"),
        ("https://evil.example/homes", "/homes"),
        ("http://localhost.evil.example/homes", "/homes"),
        ("javascript:alert(1)", "/homes"),
        (f"{HERE}/nothing/here", "/homes"),
        (f"{HERE}/household/", "/homes"),
        (f"{HERE}/homes/FY-22222-22222", "/homes"),
        ("", "/homes"),
    ],
)
def test_a_page_not_found_leads_back(client: LintingClient, origin: str, way: str) -> None:
    page = client.get("/homes/FY-22222-22222", headers={"Referer": origin} if origin else {})
    assert page.status_code == 404
    assert links(page)["返回上一页"] == way


def test_a_refused_role_is_led_to_no_page_that_refuses_it_again(
    transaction: Callable[[], AbstractContextManager[Session]], enter: Callable[[Actor], LintingClient]
) -> None:
    with transaction() as session:
        officer = make_actor(session, role=Role.OFFICER, district=make_district(session))
    page = enter(officer).get("/regulator/signals/", headers={"Referer": f"{HERE}/regulator/"})
    assert page.status_code == 403
    assert "返回上一页" not in links(page)
    page = enter(officer).get("/regulator/signals/", headers={"Referer": f"{HERE}/authority/?page=2"})
    assert links(page)["返回上一页"] == "/authority/?page=2"
