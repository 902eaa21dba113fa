"""Every route, every role: docs/access.md is the law; the marks on the views and the answers follow it."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.core.actor import WATCHERS, Actor, Duty, Role
from app.web.access import access_of
from app.web.access_table import permissions_of, table_of
from tests.factories.identity import make_actor, make_district
from tests.factories.projects import make_household
from tests.web.linting import LintingClient

LAW = Path(__file__).resolve().parents[2] / "docs" / "access.md"
NOWHERE = "FY-22222-22222"


def routes(app: Flask) -> list[tuple[str, str, frozenset[Role]]]:
    """Every (method, address with made-up references, roles)."""
    found = []
    for rule in app.url_map.iter_rules():
        if rule.endpoint == "static":
            continue
        demand = access_of(app, rule.endpoint)
        assert demand is not None, f"{rule.endpoint} says nothing about access"
        address = re.sub(r"<any\((\w+)[^>]*>", r"\1", rule.rule)
        address = re.sub(r"<[^>]+>", NOWHERE, address)
        methods = {"GET", "POST"} & (rule.methods or set())
        found += [(method, address, demand.roles) for method in sorted(methods)]
    return found


def test_the_table_in_the_docs_is_the_table_of_the_views(app: Flask) -> None:
    law = LAW.read_text(encoding="utf-8")
    assert permissions_of(app) in law, "run `flask access table` and review the change"
    assert table_of(app) in law, "run `flask access table` and review the change"


def test_every_view_says_in_a_sentence_what_it_does(app: Flask) -> None:
    rows = permissions_of(app).splitlines()[2:]
    for row in rows:
        thing, action, role, condition = (cell.strip() for cell in row.strip("|").split("|"))
        assert thing, row
        assert action[:1].isupper(), row
        assert role, row
        assert (role == "anybody") == (not condition), row
    acts = {rule.endpoint for rule in app.url_map.iter_rules() if "POST" in (rule.methods or ())}
    assert len(rows) >= len(acts)


def test_the_inspector_may_what_the_auditor_may_and_neither_changes_anything(app: Flask) -> None:
    for method, address, allowed in routes(app):
        assert (Role.AUDITOR in allowed) == (Role.INSPECTOR in allowed), address
        if method == "POST" and not address.startswith("/account/"):
            assert not set(WATCHERS) & allowed, address


def test_a_duty_narrows_what_a_developers_people_may(app: Flask) -> None:
    narrowed = {
        rule.endpoint: demand.duties
        for rule in app.url_map.iter_rules()
        if (demand := access_of(app, rule.endpoint)) and demand.duties != set(Duty)
    }
    assert narrowed["developer.change_price_post"] == {Duty.MANAGER, Duty.SALES}
    assert all(Duty.MANAGER in duties for duties in narrowed.values())


@pytest.fixture
def everybody(transaction: Callable[[], AbstractContextManager[Session]]) -> dict[Role, Actor]:
    with transaction() as session:
        district = make_district(session)
        officer = make_actor(session, role=Role.OFFICER, district=district)
        household = make_household(session, officer=officer)
        people = {
            role: make_actor(session, role=role, district=district)
            for role in Role
            if role not in (Role.HOUSEHOLD, Role.DEVELOPER)
        }
        people[Role.DEVELOPER] = make_actor(session, role=Role.DEVELOPER)
        people[Role.HOUSEHOLD] = make_actor(
            session, role=Role.HOUSEHOLD, district=district, household_id=household.id
        )
    return people


def test_a_passer_by_is_sent_to_sign_in_wherever_a_role_is_demanded(client: LintingClient) -> None:
    for method, address, allowed in routes(client.application):
        response = client.open(address, method=method, data={} if method == "POST" else None)
        response.close()
        sent_away = response.status_code == 302 and "/account/sign-in" in (response.location or "")
        assert sent_away == bool(allowed), f"{method} {address}: {response.status_code}"


@pytest.mark.parametrize("role", list(Role))
def test_each_role_enters_its_own_rooms_and_no_other(
    role: Role, everybody: dict[Role, Actor], enter: Callable[[Actor], LintingClient]
) -> None:
    visitor = enter(everybody[role])
    for method, address, allowed in routes(visitor.application):
        if method == "POST" and address.startswith("/account/"):
            continue  # they end this very sign-in; tests/web/account tries them
        response = visitor.open(address, method=method, data={} if method == "POST" else None)
        response.close()
        refused = response.status_code == 403
        assert refused == bool(allowed and role not in allowed), f"{method} {address}: {response.status_code}"
        assert response.status_code != 500, f"{method} {address}"


def test_an_address_with_a_nul_finds_nothing(
    transaction: Callable[[], AbstractContextManager[Session]],
    enter: Callable[[Actor], LintingClient],
) -> None:
    with transaction() as session:
        developer = make_actor(session, role=Role.DEVELOPER)
    browser = enter(developer)
    for address in ("/pictures/FY-22222-2222%00/WJ-1", "/developer/homes/FY-22222-2222%00"):
        assert browser.get(address).status_code == 404, address
