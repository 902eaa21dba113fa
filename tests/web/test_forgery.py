"""A form that no page of ours made for this very visitor is carried out for nobody (CSRF)."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core.actor import Actor, Role
from app.core.audit import AuditRow
from app.web.access import access_of
from tests.factories.identity import make_actor, make_district
from tests.factories.projects import make_household
from tests.web.linting import LintingClient
from tests.web.sending import token_of

NOWHERE = "FY-22222-22222"
ELSEWHERE = {"Origin": "https://elsewhere.example", "Sec-Fetch-Site": "cross-site"}
Begin = Callable[[], AbstractContextManager[Session]]


def posts_of(visitor: LintingClient, role: Role) -> list[str]:
    """Return the addresses that take a form of this role; programs bring a token or signature instead."""
    app = visitor.application
    found = []
    for rule in app.url_map.iter_rules():
        demand = access_of(app, rule.endpoint) if rule.endpoint != "static" else None
        if demand is None or "POST" not in (rule.methods or ()) or rule.rule.startswith(("/api/", "/hooks/")):
            continue
        if not demand.roles or role in demand.roles:
            address = re.sub(r"<any\((\w+)[^>]*>", r"\1", rule.rule)
            found.append(re.sub(r"<[^>]+>", NOWHERE, address))
    return found


@pytest.mark.parametrize("role", list(Role))
def test_no_form_is_taken_without_the_visitors_own_token(
    role: Role, transaction: Begin, enter: Callable[[Actor], LintingClient]
) -> None:
    with transaction() as session:
        district = make_district(session)
        officer = make_actor(session, role=Role.OFFICER, district=district)
        person = make_actor(
            session,
            role=role,
            district=None if role is Role.DEVELOPER else district,
            household_id=make_household(session, officer=officer).id if role is Role.HOUSEHOLD else None,
        )
    visitor = enter(person)
    strange = token_of(enter(officer).get("/account/password"))
    addresses = posts_of(visitor, role)
    assert len(addresses) > 5
    with transaction() as session:
        before = session.scalar(select(func.count()).select_from(AuditRow))
    for address in addresses:
        for token in ("", strange):
            answer = visitor.post(address, data={"csrf_token": token}, headers=ELSEWHERE)
            answer.close()
            assert answer.status_code == 400, f"{address} with {token and 'a stranger’s'} token"
    with transaction() as session:
        assert session.scalar(select(func.count()).select_from(AuditRow)) == before
