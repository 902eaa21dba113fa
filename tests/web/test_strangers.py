"""Everything of the demo district, tried by people of the same roles from elsewhere: nothing of it is theirs.

The demo's people follow every link they have. Whatever address holds a reference is then opened by a stranger
of that role, and every act on the same thing is tried: all of it answers as if nothing were there.
"""

import re
from collections import Counter, deque
from collections.abc import Iterator, Set
from dataclasses import dataclass
from html import unescape
from typing import Any, Final
from urllib.parse import urldefrag, urljoin, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.core import clock as business_clock
from app.core.actor import Actor, Role
from app.core.clock import FixedClock
from app.demo.accounts import DEMO_ACCOUNTS, DEMO_PASSWORD, DemoAccount
from app.extensions import db
from app.identity.models import User
from app.web.access import access_of
from tests.database import Cluster
from tests.e2e.demo import FilledDistrict, filled_district, open_copy
from tests.e2e.prepared.buying import ask_kin, fill_a_basket, lock_a_home, make_a_quote
from tests.e2e.prepared.following import print_lists
from tests.e2e.prepared.paying import list_payments
from tests.e2e.prepared.people import ask_for_changes, tell_and_visit
from tests.e2e.prepared.stock import preview_of_prices, send_a_table
from tests.factories.identity import PASSWORD, make_actor, make_district
from tests.factories.projects import make_household
from tests.web.sending import token_of

ENOUGH: Final = 3
"""How many addresses of one kind are tried: the tenth home is no other case than the first."""

HREF: Final = re.compile(r'<a\b[^>]*\shref="([^"]+)"')
REF: Final = re.compile(r"\b([A-Z]{2})-[2-9A-Z]{5}-[2-9A-Z]{5}\b")

Found = dict[str, list[tuple[str, dict[str, Any]]]]
"""Addresses that hold a reference, with what they hold, by endpoint."""

FREE_FOR_ALL: Final = frozenset(
    {
        "household.choose",
        "household.make_quote",
        "household.ask_kin",
        "household.ask_kin_post",
        "household.add_to_basket",
        "household.remove_from_basket",
        "household.move_in_basket",
        "household.spaces",
        "household.spaces_alone",
        "household.add_favourite",
        "household.remove_favourite",
        "developer.apply",
        "developer.apply_post",
        "authority.trial_balance",
        "authority.trial_balance_csv",
    }
)
"""Homes are offered across districts, to any household; every company may ask into any pool; a day names
nothing of anybody, and shows to each district its own."""


@dataclass(frozen=True)
class Town:
    """The demo district, with people from elsewhere who can sign in."""

    app: Flask
    strangers: dict[Role, str]
    typed: dict[Role, list[str]]
    """Addresses that no link leads to: they come from filling in a form."""


@pytest.fixture(scope="module")
def filled(cluster: Cluster) -> FilledDistrict:
    return filled_district(cluster)


@pytest.fixture(scope="module")
def prepared(cluster: Cluster, filled: FilledDistrict) -> Iterator[Town]:
    """One town for all: nobody here changes anything, they walk and are refused."""
    with open_copy(cluster, filled) as app:
        business_clock.use(FixedClock(filled.ends_at))
        basket = fill_a_basket(app)
        lock_a_home(app)
        ask_for_changes(app)
        tell_and_visit(app)
        print_lists(app)
        send_a_table(app)
        list_payments(app)
        typed = {
            Role.HOUSEHOLD: [make_a_quote(app), basket, ask_kin(app)],
            Role.DEVELOPER: [preview_of_prices(app)],
        }
        yield Town(app, strangers(app), typed)


@pytest.fixture
def town(prepared: Town, filled: FilledDistrict, clock: FixedClock) -> Town:
    clock.moment = filled.ends_at
    return prepared


def strangers(app: Flask) -> dict[Role, str]:
    """Make a person of each role in another district; return their sign-in names."""
    with app.app_context():
        session = db.session()
        elsewhere = make_district(session)
        household = make_household(
            session, officer=make_actor(session, role=Role.OFFICER, district=elsewhere)
        )
        people: dict[Role, Actor] = {
            role: make_actor(
                session,
                role=role,
                district=None if role is Role.DEVELOPER else elsewhere,
                household_id=household.id if role is Role.HOUSEHOLD else None,
            )
            for role in Role
        }
        names = {role: session.get_one(User, who.user_id).username for role, who in people.items()}
        session.commit()
    return names


def enter(app: Flask, username: str, password: str) -> FlaskClient:
    client = FlaskClient(app, app.response_class)
    token = token_of(client.get("/account/sign-in"))
    sent = {"username": username, "password": password, "csrf_token": token}
    assert client.post("/account/sign-in", data=sent).status_code == 303
    return client


def walk(app: Flask, client: FlaskClient, *starts: str, refs: dict[str, str] | None = None) -> Found:
    """Follow every link; return the addresses of pages for some roles only that hold a reference.

    ``refs`` gets one reference of each kind that stands anywhere on these pages.
    """
    routes = app.url_map.bind("localhost")
    found: Found = {}
    counts: Counter[str] = Counter()
    seen, waiting = set[str](), deque(starts)
    while waiting:
        address = waiting.popleft()
        path = urlsplit(address).path
        if path in seen:
            continue
        seen.add(path)
        endpoint, arguments = routes.match(path)
        demand = access_of(app, endpoint) if endpoint != "static" else None
        counts[endpoint] += 1
        if demand is None or not demand.roles or counts[endpoint] > ENOUGH:
            continue
        if arguments:
            found.setdefault(endpoint, []).append((path, dict(arguments)))
        answer = client.get(address)
        assert answer.status_code in {200, 302}, address
        if answer.mimetype == "text/html":
            page = answer.get_data(as_text=True)
            waiting.extend(links(page, address))
            if refs is not None:
                refs.update({one.group(1): one.group() for one in REF.finditer(page)})
    return found


def links(page: str, address: str) -> list[str]:
    whole = [
        urldefrag(urljoin(f"http://localhost{address}", unescape(href))).url for href in HREF.findall(page)
    ]
    return [one.removeprefix("http://localhost") for one in whole if one.startswith("http://localhost/")]


def acts_on(app: Flask, found: Found) -> Iterator[tuple[str, str]]:
    """Return every act on the things found: what is posted below their address, with their reference."""
    routes = app.url_map.bind("localhost")
    rules = {rule.endpoint: rule for rule in app.url_map.iter_rules()}
    for rule in rules.values():
        if "POST" not in (rule.methods or ()):
            continue
        for endpoint, places in found.items():
            if rule.rule.startswith(rules[endpoint].rule) and rule.arguments == rules[endpoint].arguments:
                for _path, arguments in places:
                    yield rule.endpoint, routes.build(rule.endpoint, arguments)


def acts_with(app: Flask, role: Role, refs: dict[str, str], known: Set[str]) -> Iterator[tuple[str, str]]:
    """Return every other act of a role on a reference than those known, with one reference of every kind.

    No page stands above them, only a button somewhere tells what they take: one of these references is it.
    """
    routes = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        is_asked = rule.arguments == {"ref"} and rule.endpoint not in known
        demand = access_of(app, rule.endpoint) if is_asked else None
        if demand is not None and role in demand.roles and "POST" in (rule.methods or ()):
            for ref in refs.values():
                yield rule.endpoint, routes.build(rule.endpoint, {"ref": ref})


@pytest.mark.parametrize("role", list(Role))
def test_nothing_of_the_district_is_a_strangers(town: Town, role: Role) -> None:
    account = next(one for one in DEMO_ACCOUNTS if one.role is role)
    starts = [
        "/authority/",
        "/regulator/",
        f"/{role}/",
        "/account/",
        "/account/people/",
        "/authority/accounts",
    ]
    starts = [one for one in starts if may_start(town.app, role, one)]
    own = enter(town.app, account.username, DEMO_PASSWORD)
    refs: dict[str, str] = {}
    found = walk(town.app, own, *starts, *town.typed.get(role, []), refs=refs)
    stranger = enter(town.app, town.strangers[role], PASSWORD)
    token = token_of(stranger.get("/account/"))
    tried, opened = 0, []
    for endpoint, places in found.items():
        for path, _arguments in places:
            tried += 1
            if endpoint not in FREE_FOR_ALL and stranger.get(path).status_code != 404:
                opened.append(f"GET {path}: {stranger.get(path).status_code}")
    acts = set(acts_on(town.app, found))
    acts.update(acts_with(town.app, role, refs, {endpoint for endpoint, _address in acts}))
    for endpoint, address in sorted(acts):
        if endpoint in FREE_FOR_ALL:
            continue
        tried += 1
        status = stranger.post(address, data={"csrf_token": token}).status_code
        if status not in {403, 404}:
            opened.append(f"POST {address}: {status}")
    assert not opened, "\n".join(opened)
    assert tried >= len(found)
    assert found


@pytest.mark.parametrize("account", [one for one in DEMO_ACCOUNTS if one.duty], ids=lambda one: one.duty)
def test_a_duty_is_shown_no_link_that_it_may_not_follow(town: Town, account: DemoAccount) -> None:
    own = enter(town.app, account.username, account.password)
    assert walk(town.app, own, "/developer/", "/account/")


def may_start(app: Flask, role: Role, address: str) -> bool:
    try:
        endpoint, _ = app.url_map.bind("localhost").match(address)
    except Exception:  # noqa: BLE001  # no such folder
        return False
    demand = access_of(app, endpoint)
    return demand is not None and role in demand.roles
