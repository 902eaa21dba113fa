"""Limits on guessing, for real: counted in the database that all processes share."""

import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.core.actor import Role
from app.core.audit import AuditRow
from app.core.rates import RateCounter
from app.extensions import db
from app.identity.models import User
from tests.database import ROOT, beside
from tests.factories.identity import PASSWORD, make_actor, make_district
from tests.web.sending import token_of

Transaction = Callable[[], AbstractContextManager[Session]]
HOME, STRANGER = "203.0.113.7", "198.51.100.9"


@pytest.fixture
def limited(committed_app: Flask) -> Iterator[Flask]:
    with beside(committed_app, limits=True) as app:
        yield app


@pytest.fixture
def username(transaction: Transaction) -> str:
    with transaction() as session:
        regulator = make_actor(session, role=Role.REGULATOR, district=make_district(session))
        return session.get_one(User, regulator.user_id).username


def attempt(client: FlaskClient, username: str, password: str, address: str = STRANGER) -> Any:
    token = token_of(client.get("/account/sign-in"))
    return client.post(
        "/account/sign-in",
        data={"username": username, "password": password, "csrf_token": token},
        environ_overrides={"REMOTE_ADDR": address},
    )


def guess(app: Flask, username: str, *, times: int, address: str = STRANGER) -> Counter[int]:
    return Counter(
        attempt(app.test_client(), username, f"wrong-{number}", address).status_code
        for number in range(times)
    )


def test_one_address_gets_six_wrong_guesses_at_a_name(limited: Flask, username: str) -> None:
    assert guess(limited, username, times=9) == {422: 6, 429: 3}
    told = attempt(limited.test_client(), username, PASSWORD).get_data(as_text=True)
    assert "试错的次数太多，请 5 分钟后再试" in told


def test_the_owner_elsewhere_is_not_locked_out_by_a_stranger(limited: Flask, username: str) -> None:
    guess(limited, username, times=40)
    assert attempt(limited.test_client(), username, PASSWORD, HOME).status_code == 303


def test_from_many_addresses_only_devices_that_were_there_before_get_in(
    limited: Flask, username: str
) -> None:
    known = limited.test_client()
    assert attempt(known, username, PASSWORD, HOME).status_code == 303
    spread = Counter[int]()
    for number in range(8):
        spread += guess(limited, username, times=6, address=f"192.0.2.{number}")
    assert spread == {422: 30, 429: 18}
    assert attempt(limited.test_client(), username, PASSWORD, HOME).status_code == 429
    known.delete_cookie("session")
    assert attempt(known, username, PASSWORD, HOME).status_code == 303


def test_a_known_device_guesses_ten_times_and_opens_no_other_name(
    limited: Flask, username: str, transaction: Transaction
) -> None:
    with transaction() as session:
        other = make_actor(session, role=Role.AUDITOR, district=make_district(session))
        other_name = session.get_one(User, other.user_id).username
    known = limited.test_client()
    attempt(known, username, PASSWORD, HOME)
    known.delete_cookie("session")
    answers = Counter(attempt(known, username, f"wrong-{n}", HOME).status_code for n in range(12))
    assert answers == {422: 10, 429: 2}
    assert Counter(attempt(known, other_name, f"wrong-{n}", HOME).status_code for n in range(8)) == {
        422: 6,
        429: 2,
    }


def test_a_made_up_device_cookie_counts_for_nothing(limited: Flask, username: str) -> None:
    statuses = Counter[int]()
    for number in range(9):
        client = limited.test_client()
        client.set_cookie("anju_device", f"W1siYSIsImIiXV0.forged{number}", path="/account/")
        statuses[attempt(client, username, "wrong").status_code] += 1
    assert statuses == {422: 6, 429: 3}


def test_one_subscriber_of_ipv6_is_one_address(limited: Flask, username: str) -> None:
    statuses = Counter[int]()
    for number in range(9):
        statuses += guess(limited, username, times=1, address=f"2001:db8:1:2::{number}")
    assert statuses == {422: 6, 429: 3}


def test_one_address_cannot_go_through_many_names(limited: Flask) -> None:
    statuses = Counter(
        attempt(limited.test_client(), f"name{number}", "wrong").status_code for number in range(34)
    )
    assert statuses == {422: 30, 429: 4}


def test_right_passwords_are_not_counted(limited: Flask, username: str) -> None:
    for _ in range(8):
        assert attempt(limited.test_client(), username, PASSWORD).status_code == 303


def test_the_wait_ends(limited: Flask, username: str, transaction: Transaction) -> None:
    guess(limited, username, times=7)
    with transaction() as session:
        session.execute(update(RateCounter).values(expires_at=RateCounter.expires_at - timedelta(minutes=5)))
    assert attempt(limited.test_client(), username, PASSWORD).status_code == 303


def test_unknown_names_are_refused_at_the_same_count(limited: Flask, username: str) -> None:
    assert guess(limited, "nobody", times=9, address="192.0.2.1") == guess(
        limited, username, times=9, address="192.0.2.2"
    )


def test_being_stopped_is_on_record_once_without_the_name(
    limited: Flask, username: str, transaction: Transaction
) -> None:
    guess(limited, username, times=10)
    guess(limited, "nobody", times=10)
    with transaction() as session:
        rows = session.scalars(
            select(AuditRow).where(AuditRow.action == "identity.stopped_guessing").order_by(AuditRow.chain)
        ).all()
        owner = session.scalars(select(User.id).where(User.username == username)).one()
        counters = session.scalars(select(RateCounter.key)).all()
    assert sorted(row.object_id or 0 for row in rows) == [0, owner]
    assert {row.detail["kind"] for row in rows} == {"sign-in-address-name"}
    assert username not in str([row.detail for row in rows])
    assert not any(username in key or STRANGER in key for key in counters)


@pytest.mark.parametrize("page", ["/account/invitation", "/account/reset"])
def test_codes_are_guessed_ten_times_from_one_address(limited: Flask, page: str) -> None:
    client = limited.test_client()
    typed = {
        "username": "x",
        "secret_code": "7K2M-9QX4-HT3B-W8RD",
        "new_password": PASSWORD,
        "password_again": PASSWORD,
    }
    statuses = Counter(
        client.post(page, data={**typed, "csrf_token": token_of(client.get(page))}).status_code
        for _ in range(13)
    )
    assert statuses == {422: 10, 429: 3}


GUESSER = """
import json, sys
from app import create_app
from config import Settings
app = create_app(Settings.model_validate_json(sys.argv[1]))
statuses = []
for number in range(12):
    client = app.test_client()
    page = client.get("/account/sign-in").get_data(as_text=True)
    token = page.split('name="csrf_token"')[1].split('value="')[1].split('"')[0]
    data = {"username": sys.argv[2], "password": f"wrong-{number}", "csrf_token": token}
    statuses.append(client.post("/account/sign-in", data=data).status_code)
print(json.dumps(statuses))
"""


def test_processes_at_once_get_no_more_guesses_than_one(limited: Flask, username: str) -> None:
    settings = limited.config["ANJU"]
    shown = settings.model_dump(mode="json", by_alias=True, exclude={"field_keys", "field_key_id"})
    given = shown | {
        "SECRET_KEY": settings.secret_key.get_secret_value(),
        "audit_keys": {name: key.get_secret_value() for name, key in settings.audit_keys.items()},
    }
    with limited.app_context():
        given["DATABASE_URL"] = db.engine.url.set(drivername="postgresql").render_as_string(
            hide_password=False
        )
    command = [sys.executable, "-c", GUESSER, json.dumps(given), username]
    running = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    statuses = Counter[int]()
    for process in running:
        output, _ = process.communicate(timeout=300)
        statuses += Counter(json.loads(output.splitlines()[-1]))
    assert statuses == {422: 6, 429: 18}
