"""/api/v1/developer: what it promises; strangers, replays, nonsense."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app.core import audit
from app.core.actor import Actor
from app.core.audit import AuditRow
from app.core.idempotency import KeptAnswer
from app.homes.models import Home, PriceVersion
from app.identity import tokens
from app.identity.models import ApiToken, Membership
from app.identity.tokens import Scope
from app.sales.models import CashSale
from tests.database import beside
from tests.factories.redemptions import make_home, make_redemption, make_shop
from tests.web.api.promise import Promise
from tests.web.town import Town, make_town, saved

Begin = Callable[[], AbstractContextManager[Session]]


@dataclass(frozen=True)
class Program:
    """A developer's program with a token."""

    app: Flask
    secret: str

    def __call__(
        self, method: str, path: str, body: object = None, *, key: str | None = None, **more: Any
    ) -> TestResponse:
        headers = {"Authorization": f"Bearer {self.secret}", **more.pop("headers", {})}
        if key:
            headers["Idempotency-Key"] = key
        sent: dict[str, Any] = {} if body is None else {"json": body}
        answer = self.app.test_client().open(
            f"/api/v1/developer/{path}", method=method, headers=headers, **sent, **more
        )
        Promise(self.app).check(answer, method, f"/developer/{path}")
        assert "Set-Cookie" not in answer.headers
        return answer


@pytest.fixture
def town(committed_app: Flask) -> Town:
    return make_town(committed_app)


def make_token(app: Flask, actor: Actor, *scopes: Scope, days: int = 30) -> tuple[Program, str]:
    with saved(app) as session:
        secret, row = tokens.create_token(
            session, actor=actor, name="销售系统", scopes=scopes or list(Scope), days=days
        )
        session.commit()
        return Program(app, secret), row.ref


@pytest.fixture
def program(committed_app: Flask, town: Town) -> Program:
    return make_token(committed_app, town.shop.developer)[0]


def code_of(answer: TestResponse) -> tuple[int, str]:
    return answer.status_code, answer.get_json()["code"]


def count(app: Flask, model: Any) -> int:
    with saved(app) as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def home_path(town: Town, rest: str = "") -> str:
    return f"homes/{town.home.ref}{rest}"


# --- the four things a program does ---


def test_all_homes_come_page_by_page(committed_app: Flask, town: Town, program: Program) -> None:
    with saved(committed_app) as session:
        made = [town.home.ref, *(make_home(session, town.shop).ref for _ in range(4))]
        make_home(session, make_shop(session, desk=town.shop.desk))
    found: list[str] = []
    cursor = ""
    while True:
        page = program("GET", f"homes?size=2{cursor}").get_json()
        found += [home["ref"] for home in page["homes"]]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert found == made
    assert program("GET", home_path(town)).get_json()["voucher_price_fen"] == 46_200_000


def test_a_price_is_set_by_the_rules_of_the_page(committed_app: Flask, town: Town, program: Program) -> None:
    done = program("PUT", home_path(town, "/prices/voucher"), {"amount_fen": 46_000_000, "reason": "调价"})
    assert (done.status_code, done.get_json()["voucher_price_fen"]) == (200, 46_000_000)
    above = program("PUT", home_path(town, "/prices/voucher"), {"amount_fen": 47_200_001, "reason": "涨"})
    told = above.get_json()
    assert (above.status_code, told["code"], told["field"]) == (422, "voucher_above_cash", "amount_fen")
    assert "472,000" in told["detail"]
    with saved(committed_app) as session:
        row = session.scalars(select(AuditRow).where(AuditRow.action == "homes.set_price")).one()
        assert row.detail["token_id"] == session.scalars(select(ApiToken.id)).one()
        assert row.user_id == town.shop.developer.user_id
        assert audit.verify(session)[1] == []


def test_a_price_on_what_has_changed_is_refused(town: Town, program: Program) -> None:
    seen = program("GET", home_path(town)).get_json()["version"]
    body = {"amount_fen": 46_000_000, "reason": "调价", "version": seen}
    assert program("PUT", home_path(town, "/prices/voucher"), body).status_code == 200
    again = program("PUT", home_path(town, "/prices/voucher"), {**body, "amount_fen": 45_000_000})
    assert code_of(again) == (409, "home_changed")


def test_a_home_leaves_the_pool_and_comes_back(town: Town, program: Program) -> None:
    out = program("DELETE", home_path(town, "/listing")).get_json()
    assert (out["listing"], out["out_reason"]) == ("out", "withdrawn")
    assert code_of(program("DELETE", home_path(town, "/listing"))) == (409, "not_listed")
    assert program("PUT", home_path(town, "/listing"), {}).get_json()["listing"] == "listed"
    assert code_of(program("PUT", home_path(town, "/listing"))) == (409, "already_listed")


def test_a_sale_is_reported_and_a_lock_makes_it_a_conflict(
    committed_app: Flask, town: Town, program: Program
) -> None:
    body = {"contract_number": "现-1", "signed_on": "2016-06-01", "price_fen": 47_000_000, "payment": "full"}
    sold = program("POST", home_path(town, "/sales"), body)
    assert (sold.status_code, sold.get_json()["state"]) == (201, "standing")
    assert program("GET", home_path(town)).get_json()["status"] == "sold"
    with saved(committed_app) as session:
        assert session.scalars(select(CashSale.source)).one() == "api"
        held = make_home(session, town.shop)
        make_redemption(session, town.buyer, held)
    claim = program("POST", f"homes/{held.ref}/sales", {**body, "contract_number": "现-2"})
    assert (claim.status_code, claim.get_json()["state"]) == (201, "conflict")
    twice = program("POST", f"homes/{held.ref}/sales", {**body, "contract_number": "现-3"})
    assert code_of(twice) == (409, "sale_in_conflict")


# --- who may ---


def test_a_token_is_wanted_in_the_header_and_nowhere_else(
    committed_app: Flask, town: Town, program: Program
) -> None:
    client = committed_app.test_client()
    for headers, query in (
        ({}, ""),
        ({}, f"?token={program.secret}&access_token={program.secret}"),
        ({"Authorization": program.secret}, ""),
        ({"Authorization": "Bearer "}, ""),
        ({"Authorization": f"Basic {program.secret}"}, ""),
        ({"Authorization": f"Bearer {program.secret}x"}, ""),
        ({"Authorization": f"Bearer {'x' * 100_000}"}, ""),
        ({"Authorization": "Bearer \u00e9".encode().decode("latin-1")}, ""),
        ({"Cookie": f"session={program.secret}"}, ""),
    ):
        answer = client.get(f"/api/v1/developer/homes{query}", headers=headers)
        assert code_of(answer) == (401, "token_unknown"), headers
        assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_a_signed_in_person_is_no_program(committed_app: Flask, town: Town, enter: Any) -> None:
    browser = enter(town.shop.developer)
    assert browser.get("/api/v1/developer/homes").status_code == 401
    assert browser.put(f"/api/v1/developer/{home_path(town, '/listing')}", json={}).status_code == 401


def test_each_scope_opens_its_own_door(committed_app: Flask, town: Town) -> None:
    doors = {
        Scope.READ_STOCK: [("GET", "homes"), ("GET", home_path(town))],
        Scope.WRITE_PRICES: [("PUT", home_path(town, "/prices/cash"))],
        Scope.WRITE_LISTINGS: [("PUT", home_path(town, "/listing")), ("DELETE", home_path(town, "/listing"))],
        Scope.REPORT_SALES: [("POST", home_path(town, "/sales"))],
    }
    for scope in Scope:
        program, _ = make_token(committed_app, town.shop.developer, scope)
        for other, ways in doors.items():
            for method, path in ways:
                answer = program(method, path, {} if method != "GET" else None)
                refused = answer.status_code == 403
                assert refused == (other is not scope), (scope, method, path)
                if refused:
                    assert answer.get_json()["code"] == "missing_scope"


def test_another_companys_home_is_not_there(committed_app: Flask, town: Town) -> None:
    with saved(committed_app) as session:
        stranger = make_shop(session, desk=town.shop.desk).developer
    program, _ = make_token(committed_app, stranger)
    sale = {"contract_number": "1", "signed_on": "2016-06-01"}
    price = {"amount_fen": 1, "reason": "x"}
    for method, path, body in (
        ("GET", home_path(town), None),
        ("PUT", home_path(town, "/prices/cash"), price),
        ("PUT", home_path(town, "/listing"), {}),
        ("DELETE", home_path(town, "/listing"), None),
        ("POST", home_path(town, "/sales"), sale),
    ):
        assert code_of(program(method, path, body)) == (404, "home_not_found"), path
    assert code_of(program("GET", f"homes?cursor={town.home.ref}")) == (422, "bad_cursor")
    assert count(committed_app, CashSale) == 0


def test_a_revoked_expired_or_orphaned_token_is_unknown(committed_app: Flask, town: Town) -> None:
    revoked, ref = make_token(committed_app, town.shop.developer)
    expired, _ = make_token(committed_app, town.shop.developer, days=1)
    orphaned, _ = make_token(committed_app, town.shop.developer)
    assert revoked("GET", "homes").status_code == 200
    with saved(committed_app) as session:
        tokens.revoke_token(session, actor=town.shop.developer, ref=ref)
    with saved(committed_app) as session:
        row = session.scalars(select(ApiToken).order_by(ApiToken.id).offset(1).limit(1)).one()
        row.made_at -= timedelta(days=3)
        row.expires_at -= timedelta(days=2)
    assert code_of(revoked("GET", "homes")) == (401, "token_unknown")
    assert code_of(expired("GET", "homes")) == (401, "token_unknown")
    assert orphaned("GET", "homes").status_code == 200
    with saved(committed_app) as session:
        membership = session.scalars(
            select(Membership).where(Membership.user_id == town.shop.developer.user_id)
        ).one()
        membership.ended_at = audit.clock.system_now()
    assert code_of(orphaned("GET", "homes")) == (401, "token_unknown")


def test_last_use_is_noted_and_the_secret_is_not_kept(
    committed_app: Flask, town: Town, program: Program
) -> None:
    program("GET", "homes")
    with saved(committed_app) as session:
        row = session.scalars(select(ApiToken)).one()
        assert row.last_used_at is not None
        assert program.secret.encode() not in row.token_hash
        rows = session.scalars(select(AuditRow.detail).where(AuditRow.action == "identity.create_token"))
        assert program.secret not in json.dumps(rows.all())


# --- keys ---


def test_the_same_key_and_request_get_the_first_answer(
    committed_app: Flask, town: Town, program: Program
) -> None:
    path = home_path(town, "/prices/voucher")
    first = program("PUT", path, {"amount_fen": 46_000_000, "reason": "调价"}, key="k1")
    again = program("PUT", path, {"reason": "调价", "amount_fen": 46_000_000}, key="k1")
    assert (again.status_code, again.get_json()) == (200, first.get_json())
    assert again.headers["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first.headers
    with saved(committed_app) as session:
        prices = select(func.count()).where(PriceVersion.amount_fen == 46_000_000)
        assert session.scalar(prices) == 1


def test_a_refusal_is_the_same_answer_again(town: Town, program: Program) -> None:
    path = home_path(town, "/prices/voucher")
    body = {"amount_fen": 99_000_000, "reason": "涨"}
    first = program("PUT", path, body, key="k1")
    assert code_of(first) == (422, "voucher_above_cash")
    # Now it would be allowed; the key still stands for what was answered.
    program(
        "PUT",
        home_path(town, "/prices/filed"),
        {"amount_fen": 99_900_000, "reason": "x", "filing_number": "1"},
    )
    program("PUT", home_path(town, "/prices/cash"), {"amount_fen": 99_900_000, "reason": "x"})
    again = program("PUT", path, body, key="k1")
    assert (again.status_code, again.get_json(), again.mimetype) == (422, first.get_json(), first.mimetype)
    assert program("PUT", path, body, key="k2").status_code == 200


def test_a_key_with_another_request_is_refused(town: Town, program: Program) -> None:
    path = home_path(town, "/prices/voucher")
    program("PUT", path, {"amount_fen": 46_000_000, "reason": "调价"}, key="k1")
    other = program("PUT", path, {"amount_fen": 45_000_000, "reason": "调价"}, key="k1")
    assert code_of(other) == (422, "idempotency_key_reused")
    elsewhere = program("DELETE", home_path(town, "/listing"), key="k1")
    assert code_of(elsewhere) == (422, "idempotency_key_reused")


def test_a_name_that_no_database_can_hold_is_refused_with_a_key_too(town: Town, program: Program) -> None:
    path = home_path(town, "/prices/voucher")
    for number, name in enumerate(("\0", "a\0b", "\ud800")):
        for key in (None, f"k{number}", f"k{number}"):
            assert code_of(program("PUT", path, {name: 1}, key=key)) == (400, "unknown_field")


def test_keys_are_each_companys_own(committed_app: Flask, town: Town, program: Program) -> None:
    with saved(committed_app) as session:
        other_shop = make_shop(session, desk=town.shop.desk)
        home = make_home(session, other_shop)
    other, _ = make_token(committed_app, other_shop.developer)
    program("DELETE", home_path(town, "/listing"), key="k1")
    mine = other("DELETE", f"homes/{home.ref}/listing", key="k1")
    assert (mine.status_code, mine.get_json()["ref"]) == (200, home.ref)


def test_a_key_that_is_none(town: Town, program: Program) -> None:
    for key in ("x" * 101, "a b", "é", "\t"):
        headers = {"Idempotency-Key": key.encode().decode("latin-1")}
        answer = program("DELETE", home_path(town, "/listing"), headers=headers)
        assert code_of(answer) == (422, "idempotency_key_bad"), key


def test_an_unknown_request_leaves_no_answer(committed_app: Flask, town: Town, program: Program) -> None:
    stranger = replace(program, secret="anju_none")
    assert stranger("DELETE", home_path(town, "/listing"), key="k1").status_code == 401
    assert count(committed_app, KeptAnswer) == 0


# --- nonsense ---


WRONG_BODIES: list[tuple[dict[str, Any], str, str]] = [
    ({"amount_fen": 1}, "field_missing", "reason"),
    ({"amount_fen": None, "reason": "x"}, "field_missing", "amount_fen"),
    ({"amount_fen": "1", "reason": "x"}, "field_bad", "amount_fen"),
    ({"amount_fen": True, "reason": "x"}, "field_bad", "amount_fen"),
    ({"amount_fen": 1.5, "reason": "x"}, "field_bad", "amount_fen"),
    ({"amount_fen": 0, "reason": "x"}, "field_bad", "amount_fen"),
    ({"amount_fen": 10**16, "reason": "x"}, "field_bad", "amount_fen"),
    ({"amount_fen": 1, "reason": "x" * 301}, "field_bad", "reason"),
    ({"amount_fen": 1, "reason": "a\0b"}, "field_bad", "reason"),
    ({"amount_fen": 1, "reason": " "}, "field_bad", "reason"),
    ({"amount_fen": 1, "reason": ["x"]}, "field_bad", "reason"),
    ({"amount_fen": 1, "reason": "x", "version": "1"}, "field_bad", "version"),
    ({"amount_fen": 1, "reason": "x", "author_id": 1}, "unknown_field", "author_id"),
    ({"amount_fen": 1, "reason": "x", "status": "free"}, "unknown_field", "status"),
    ({"amount_fen": 1, "reason": "x", "developer_id": 7}, "unknown_field", "developer_id"),
]


def test_a_wrong_body_is_a_400_that_names_the_field(
    committed_app: Flask, town: Town, program: Program
) -> None:
    for number, (body, code, field) in enumerate(WRONG_BODIES):
        for key in (None, f"k{number}"):
            answer = program("PUT", home_path(town, "/prices/cash"), body, key=key)
            assert code_of(answer) == (400, code), body
            assert answer.get_json()["field"] == field, body
    with saved(committed_app) as session:
        assert session.get_one(Home, town.home.id).status == "free"


NO_REQUESTS = [
    (b"", 400),
    (b"null", 400),
    (b"[]", 400),
    (b"{", 400),
    (b'{"amount_fen": NaN, "reason": "x"}', 400),
    (b'{"amount_fen": 1, "amount_fen": 2, "reason": "x"}', 400),
    (b'{"amount_fen": ' + b"9" * 5000 + b', "reason": "x"}', 400),
    (b"[" * 15_000, 400),
    (b'{"amount_fen": 1, "reason": "\\ud800"}', 400),
    (b"\xff\xfe", 400),
    (b'{"reason": "' + b"x" * 17_000 + b'"}', 413),
    (b"x" * 2_000_000, 413),
]


def test_bytes_that_are_no_request(town: Town, program: Program) -> None:
    for content, status in NO_REQUESTS:
        answer = program(
            "PUT", home_path(town, "/prices/cash"), data=content, content_type="application/json"
        )
        assert answer.status_code == status, content[:60]


def test_another_content_type_is_a_415(town: Town, program: Program) -> None:
    content = b'{"amount_fen": 1, "reason": "x", "request_id": "0"}'
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""):
        answer = program("PUT", home_path(town, "/prices/cash"), data=content, content_type=kind)
        assert code_of(answer) == (415, "not_json"), kind


def test_other_kinds_sizes_and_days_are_refused(town: Town, program: Program) -> None:
    price = {"amount_fen": 1, "reason": "x"}
    assert program("PUT", home_path(town, "/prices/gold"), price).status_code == 404
    for size in ("0", "101", "x", "-1", "9" * 5000, "0001" + "9" * 5000, "00999999", "１"):
        assert code_of(program("GET", f"homes?size={size}")) == (400, "field_bad")
    assert code_of(program("GET", "homes?cursor=1")) == (400, "bad_cursor")
    for day in ("2016-6-1", "2016-02-30", "20160601", 20160601):
        sale = {"contract_number": "1", "signed_on": day}
        assert code_of(program("POST", home_path(town, "/sales"), sale)) == (400, "field_bad")
    ahead = program("POST", home_path(town, "/sales"), {"contract_number": "1", "signed_on": "2016-06-02"})
    assert (code_of(ahead), ahead.get_json()["field"]) == ((422, "contract_day_ahead"), "signed_on")
    priced = program(
        "POST",
        home_path(town, "/sales"),
        {"contract_number": "1", "signed_on": "2016-06-01", "price_fen": 5, "payment": "gold"},
    )
    assert (code_of(priced), priced.get_json()["field"]) == ((422, "sale_payment_missing"), "payment")


# --- limits ---


@pytest.fixture
def limited(committed_app: Flask) -> Iterator[Flask]:
    """The app with its limits, beside the one without."""
    with beside(committed_app, limits=True) as app:
        yield app


def test_the_301st_request_of_a_token_is_refused_and_another_token_goes_on(
    committed_app: Flask, town: Town, limited: Flask
) -> None:
    one, other = (make_token(committed_app, town.shop.developer)[0] for _ in range(2))
    program, second = Program(limited, one.secret), Program(limited, other.secret)
    answers = [program("GET", "homes?size=1").status_code for _ in range(301)]
    assert (set(answers[:300]), answers[300]) == ({200}, 429)
    assert second("GET", "homes?size=1").status_code == 200


def test_who_guesses_tokens_has_to_wait(committed_app: Flask, town: Town, limited: Flask) -> None:
    program = Program(limited, "anju_guess")
    answers = [program("GET", "homes").status_code for _ in range(61)]
    assert (set(answers[:60]), answers[60]) == ({401}, 429)


def test_the_description_names_every_route(committed_app: Flask) -> None:
    described = {
        (method.upper(), path)
        for path, ways in Promise(committed_app).document["paths"].items()
        for method in ways
        if path.startswith("/developer")
    }
    served = {
        (method, re.sub(r"<(?:[^<>:]+:)?(\w+)>", r"{\1}", rule.rule.removeprefix("/api/v1")))
        for rule in committed_app.url_map.iter_rules()
        if rule.rule.startswith("/api/v1/developer")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert described == served
