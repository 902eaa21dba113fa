"""What all answers of the API have in common: how long they keep, how many are left, how it says no."""

import re
import shlex
from collections.abc import Iterator
from html import unescape
from itertools import pairwise

import pytest
from flask import Flask
from sqlalchemy import select, update

from app.core.actor import Actor, Role
from app.identity import tokens
from app.identity.models import ApiToken
from app.identity.tokens import Scope
from app.search import engine
from app.search.engine import Hits
from app.search.request import SearchRequest
from tests.database import beside
from tests.factories.identity import make_actor
from tests.factories.search import Stock
from tests.web.api.promise import Promise
from tests.web.linting import LintingClient
from tests.web.stocked import Shop
from tests.web.town import saved

READ = ("/api/v1/homes?size=2", "/api/v1/suggest?q=滨江", "/api/v1/openapi.json")


def bearer(shop: Shop, actor: Actor) -> tuple[dict[str, str], str]:
    with saved(shop.app) as session:
        secret, row = tokens.create_token(
            session, actor=actor, name="比价", scopes=[Scope.READ_SEARCH], days=1
        )
        return {"Authorization": f"Bearer {secret}"}, row.ref


@pytest.fixture(scope="module")
def reader(shop: Shop) -> Actor:
    with saved(shop.app) as session:
        return make_actor(session, role=Role.HELPER)


@pytest.mark.parametrize("address", READ)
def test_what_is_had_already_is_not_sent_again(client: LintingClient, stock: Stock, address: str) -> None:
    first = client.get(address)
    again = client.get(address, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.get_data()) == (304, b"")
    for name in ("ETag", "Cache-Control", "Vary"):
        assert again.headers[name] == first.headers[name]
    Promise(client.application).check(again, "GET", address.removeprefix("/api/v1"))
    other = client.get(address, headers={"If-None-Match": '"another"'})
    assert (other.status_code, other.get_data()) == (200, first.get_data())


def test_another_answer_has_another_mark(client: LintingClient, stock: Stock) -> None:
    marks = [client.get(f"/api/v1/homes?size={size}").headers["ETag"] for size in (1, 2)]
    assert marks[0] != marks[1]
    head = client.head("/api/v1/homes?size=1")
    assert (head.headers["ETag"], head.get_data()) == (marks[0], b"")


def test_an_answer_to_somebody_who_is_signed_in_is_kept_by_nobody_else(
    client: LintingClient, stock: Stock
) -> None:
    """It may renew their cookie, and who gets that is signed in as them."""
    with client.session_transaction() as cookie:
        cookie["_user_id"], cookie["_fresh"] = "of a session", True
    renewing, answer = client.get("/api/v1/homes"), client.get("/api/v1/homes")
    assert ("Set-Cookie" in renewing.headers, renewing.headers["Cache-Control"]) == (True, "no-store")
    assert (answer.cache_control.private, answer.cache_control.public) == (True, False)


def test_only_a_passer_bys_answer_may_be_kept_on_the_way(
    shop: Shop, client: LintingClient, reader: Actor
) -> None:
    anonymous = client.get("/api/v1/homes")
    assert (anonymous.cache_control.public, anonymous.cache_control.max_age) == (True, 10)
    assert "Authorization" in anonymous.headers["Vary"]
    assert "Set-Cookie" not in anonymous.headers
    headers, _ = bearer(shop, reader)
    known = client.get("/api/v1/homes", headers=headers)
    assert (known.cache_control.private, known.cache_control.public) == (True, False)
    assert known.get_data() == anonymous.get_data()
    assert client.get("/api/v1/homes?size=0").headers["Cache-Control"] == "no-store"


def test_a_token_that_is_sent_has_to_be_good(shop: Shop, client: LintingClient, reader: Actor) -> None:
    revoked, ref = bearer(shop, reader)
    expired, late = bearer(shop, reader)
    assert client.get("/api/v1/homes", headers=revoked).status_code == 200
    with saved(shop.app) as session:
        tokens.revoke_token(session, actor=reader, ref=ref)
        day = session.scalars(select(ApiToken.made_at).where(ApiToken.ref == late)).one()
        session.execute(
            update(ApiToken)
            .where(ApiToken.ref == late)
            .values(made_at=day.replace(year=2001), expires_at=day.replace(year=2002))
        )
    for headers in (revoked, expired, {"Authorization": "Bearer anju_x"}, {"Authorization": "Basic eDp5"}):
        for address in READ:
            refused = client.get(address, headers=headers)
            assert (refused.status_code, refused.get_json()["code"]) == (401, "token_unknown")
            assert refused.headers["WWW-Authenticate"] == "Bearer"


def test_every_way_to_ask_wrongly_is_a_problem(client: LintingClient, stock: Stock) -> None:
    for method, address, headers, status, code in (
        ("GET", "/api/v1/nothing", {}, 404, "not_found"),
        ("GET", "/api/v1/", {}, 404, "not_found"),
        ("GET", "/api/v1/homes/", {}, 404, "not_found"),
        ("GET", "/api/v1/a%00b", {}, 404, "not_found"),
        ("POST", "/api/v1/homes", {}, 405, "wrong_method"),
        ("DELETE", "/api/v1/suggest", {}, 405, "wrong_method"),
        ("GET", "/api/v1/homes", {"Accept": "text/html"}, 406, "only_json"),
        ("GET", "/api/v1/homes", {"Accept": "application/xml;q=1, text/csv"}, 406, "only_json"),
        ("GET", "/api/v1/homes?after=" + "A" * 32, {}, 400, "search_bad_cursor"),
        ("GET", "/api/v1/developer/homes", {}, 401, "token_unknown"),
    ):
        answer = client.open(address, method=method, headers=headers)
        assert (answer.status_code, answer.mimetype) == (status, "application/problem+json"), address
        assert answer.get_json()["code"] == code
        assert "ETag" not in answer.headers
    assert "GET" in client.post("/api/v1/homes").headers["Allow"]
    for accepted in ("*/*", "application/*", "text/html, */*;q=0.1", "application/problem+json", ""):
        assert client.get("/api/v1/homes", headers={"Accept": accepted}).status_code == 200, accepted


class Failing:
    """An engine with a fault."""

    def search(self, request: SearchRequest) -> Hits:
        raise RuntimeError(request.q)

    def count(self, request: SearchRequest) -> int:
        raise RuntimeError(request.q)


def test_a_foreign_host_and_a_fault_of_ours_are_problems_too(shop: Shop) -> None:
    with beside(shop.app, mode="production", trusted_hosts=["localhost"]) as app:
        foreign = app.test_client().get("/api/v1/homes", headers={"Host": "evil.example"})
        assert (foreign.status_code, foreign.mimetype) == (400, "application/problem+json")
        engine.use(engine.own(), answering=Failing())
        fault = app.test_client().get("/api/v1/homes?q=x")
        assert (fault.status_code, fault.mimetype) == (500, "application/problem+json")
        assert fault.get_json()["code"] == "unexpected"


@pytest.fixture
def limited(shop: Shop) -> Iterator[Flask]:
    """The app as it runs for real: under test there are no limits."""
    with beside(shop.app, limits=True) as app:
        yield app


def test_what_is_left_is_told_and_who_asks_too_much_when_to_come_back(limited: Flask, stock: Stock) -> None:
    client = limited.test_client()
    answers = [client.get("/api/v1/homes?size=1") for _ in range(121)]
    assert {answer.status_code for answer in answers[:120]} == {200}
    assert [answer.headers["RateLimit-Limit"] for answer in answers[:2]] == ["120", "120"]
    assert [answer.headers["RateLimit-Remaining"] for answer in answers[:2]] == ["119", "118"]
    assert 0 < int(answers[0].headers["RateLimit-Reset"]) <= 61
    last = answers[-1]
    assert (last.status_code, last.mimetype) == (429, "application/problem+json")
    assert last.headers["RateLimit-Remaining"] == "0"
    assert last.headers["Retry-After"] == last.headers["RateLimit-Reset"]
    Promise(limited).check(last, "GET", "/homes")


def test_tokens_of_one_person_share_a_higher_limit(
    shop: Shop, limited: Flask, reader: Actor, stock: Stock
) -> None:
    client = limited.test_client()
    (one, _), (other, _) = bearer(shop, reader), bearer(shop, reader)
    with saved(shop.app) as session:
        someone = make_actor(session, role=Role.HELPER)
    stranger, _ = bearer(shop, someone)
    answers = [client.get("/api/v1/homes?size=1", headers=headers) for headers in (one, other, stranger)]
    assert answers[0].headers["RateLimit-Limit"] == "600"
    assert [answer.headers["RateLimit-Remaining"] for answer in answers] == ["599", "598", "599"]


def test_the_commands_that_people_are_told_do_what_is_said(client: LintingClient, stock: Stock) -> None:
    page = unescape(client.get("/api").get_data(as_text=True))
    commands = [shlex.split(found) for found in re.findall(r"<code>(curl .*?)</code>", page, re.DOTALL)]
    answers = []
    for words in commands:
        (address,) = (word for word in words if word.startswith("http://localhost/"))
        options = pairwise(words)
        typed = [value.split("=", 1) for name, value in options if name in {"--data", "--data-urlencode"}]
        answers.append(client.get(address, query_string=typed).status_code)
    assert answers == [200, 200, 200, 200, 200, 400]


def test_any_text_gets_an_answer_or_a_clear_no(client: LintingClient, stock: Stock) -> None:
    for text in (
        "滨" * 10_000,
        "🏠🏠 🏠",
        'a AND (b OR "c) & | ! <-> :*',
        "%_\\",
        "' OR 1=1 --",
        "\u202e滨江",
    ):
        for address in ("homes", "developments", "suggest"):
            for asked in ({"q": text}, {"q": text, "words": "literal"}, {"developer": text}):
                answer = client.get(f"/api/v1/{address}", query_string=asked)
                Promise(client.application).check(answer, "GET", f"/{address}")
                assert answer.status_code == (400 if len(text) > 100 else 200), (address, asked)
