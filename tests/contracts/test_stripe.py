"""What is asked of Stripe, and what the made-up one answers, held against Stripe's own mock of its API.

The mock knows every parameter and every field, keeps no state and tells nothing: an unknown parameter is a
refusal there. The made-up Stripe keeps state, so what it says may have no field and no type of its own.
"""

import http.client
import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from app.core import clock
from app.demo.stripe_server.courier import sign
from app.demo.stripe_server.server import CUT_AFTER, CUT_BEFORE, ERROR, StripeServer
from app.gateways.stripe import Access, Forged, Order, Refused, Stripe, StripeApi, Unanswered
from tests.contracts.stripe_mock import StripeMock
from tests.factories.cards import SECRET, made_up_stripe

METHODS = ("card", "alipay", "wechat_pay")


@pytest.fixture(scope="module")
def mock() -> Iterator[StripeMock]:
    mock = StripeMock()
    mock.wait()
    yield mock
    mock.close()


@pytest.fixture(scope="module")
def server() -> Iterator[StripeServer]:
    with made_up_stripe() as server:
        yield server


def gateway_to(url: str) -> StripeApi:
    return StripeApi(Access("sk_test_contract", SECRET, METHODS, url))


def order(ref: str = "KF-22222-22222", fen: int = 99_999_999) -> Order:
    return Order(
        ref=ref,
        amount_fen=fen,
        title="自付差价",
        success_url="http://127.0.0.1/back",
        cancel_url="http://127.0.0.1/back",
        expires_at=datetime.fromtimestamp(int(time.time()) + 3600, UTC),
    )


CALLS: dict[str, Callable[[Stripe], Any]] = {
    "open": lambda gateway: gateway.open_checkout(order()),
    "fetch": lambda gateway: gateway.fetch_checkout("cs_test_1"),
    "end": lambda gateway: gateway.end_checkout("cs_test_1"),
    "refund": lambda gateway: gateway.refund(ref="KT-22222-22222", intent_id="pi_1", amount_fen=100),
    "fetch refund": lambda gateway: gateway.fetch_refund("re_1"),
    "dispute": lambda gateway: gateway.fetch_dispute("du_1"),
    "movements": lambda gateway: list(
        gateway.list_movements(clock.system_now() - timedelta(days=1), clock.system_now())
    ),
}


@pytest.mark.parametrize("name", CALLS)
def test_stripe_takes_what_is_asked(name: str, mock: StripeMock) -> None:
    CALLS[name](gateway_to(mock.url))


def test_an_unknown_parameter_would_be_refused(mock: StripeMock) -> None:
    """The control: the mock looks at what it is asked."""
    answer = requests.post(
        f"{mock.url}/v1/checkout/sessions", {"no_such": "x"}, auth=("sk_test_contract", ""), timeout=5
    )
    assert answer.status_code == 400


def walk(gateway: StripeApi, server: StripeServer) -> None:
    """Pay, give back, contest: every call, and every kind of object that comes back."""
    opened = gateway.open_checkout(order())
    server.books.pay(opened.id)
    paid = gateway.fetch_checkout(opened.id)
    gateway.end_checkout(opened.id)
    given = gateway.refund(ref="KT-22222-22222", intent_id=str(paid.intent_id), amount_fen=100)
    gateway.fetch_refund(given.id)
    gateway.fetch_dispute(server.books.dispute(str(paid.intent_id))["id"])
    span = (clock.system_now() - timedelta(days=1), clock.system_now() + timedelta(days=1))
    list(gateway.list_movements(*span))


def test_the_made_up_stripe_is_asked_the_same(server: StripeServer, mock: StripeMock) -> None:
    """Every request it was asked is one that Stripe takes, at the same address."""
    walk(gateway_to(server.url), server)
    assert {path.split("/")[2] for _, path, _ in server.asked} == {
        *("checkout", "refunds", "disputes", "balance_transactions")
    }
    for method, path, asked in server.asked:
        answer = requests.request(
            method,
            mock.url + path,
            data=flat(asked) if method == "POST" else None,
            params=flat(asked) if method == "GET" else None,
            headers={"Content-Type": "application/x-www-form-urlencoded"},
            auth=("sk_test_contract", ""),
            timeout=60,
        )
        assert answer.status_code == 200, (path, asked, answer.text)


def flat(asked: Any, name: str = "") -> dict[str, str]:
    """Return parameters as a form has them."""
    if not isinstance(asked, dict | list):
        return {name: asked}
    inner = asked.items() if isinstance(asked, dict) else enumerate(asked)
    found: dict[str, str] = {}
    for key, value in inner:
        found |= flat(value, f"{name}[{key}]" if name else str(key))
    return found


WHERE = {
    "checkout.session": "checkout/sessions/cs_1",
    "payment_intent": "payment_intents/pi_1",
    "charge": "charges/ch_1",
    "refund": "refunds/re_1",
    "dispute": "disputes/du_1",
    "balance_transaction": "balance_transactions/txn_1",
    "event": "events/evt_1",
}


@pytest.mark.parametrize("kind", WHERE)
def test_the_made_up_stripe_has_no_field_of_its_own(
    kind: str, server: StripeServer, mock: StripeMock
) -> None:
    if not server.books.things:
        walk(gateway_to(server.url), server)
    theirs = requests.get(f"{mock.url}/v1/{WHERE[kind]}", auth=("sk_test_contract", ""), timeout=60).json()
    found = server.books.events if kind == "event" else server.books.of(kind)
    assert found
    for one in found:
        for name, value in one.items():
            if name == "title":
                continue  # of the hosted page alone; public() leaves it out
            assert name in theirs, f"{kind}.{name}"
            known = theirs[name]
            if None not in (known, value) and not isinstance(known, dict):
                assert type(known) is type(value), f"{kind}.{name}: {value!r}, not like {known!r}"


def test_the_same_order_opens_one_page(server: StripeServer) -> None:
    gateway, asked = gateway_to(server.url), order("KF-SAME2-22222")
    assert gateway.open_checkout(asked).id == gateway.open_checkout(asked).id


def test_what_was_cut_off_is_asked_again(server: StripeServer) -> None:
    gateway, asked = gateway_to(server.url), order("KF-CUT22-22222")
    server.faults += [CUT_BEFORE, CUT_AFTER, ERROR]
    for _ in range(3):
        with pytest.raises(Unanswered):
            gateway.open_checkout(asked)
    opened = gateway.open_checkout(asked)
    made = [one for one in server.books.of("checkout.session") if one["client_reference_id"] == asked.ref]
    assert [one["id"] for one in made] == [opened.id]


@contextmanager
def asking(server: StripeServer) -> Iterator[socket.socket]:
    """Ask something, and go on with that connection; when the block ends, whoever answers has ended, too."""
    others = set(threading.enumerate())  # who answers connections that other tests left open
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc)
    connection.request("GET", "/nowhere")
    connection.getresponse().read()
    answering = [one for one in threading.enumerate() if one not in others]
    yield connection.sock
    connection.close()
    for thread in answering:
        thread.join()


def test_that_somebody_was_killed_is_not_printed(
    server: StripeServer, capsys: pytest.CaptureFixture[str]
) -> None:
    with asking(server) as broken_off:
        broken_off.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    assert capsys.readouterr().err == ""


def test_a_fault_is_printed(server: StripeServer, capsys: pytest.CaptureFixture[str]) -> None:
    with asking(server) as odd:
        odd.sendall(b"POST / HTTP/1.1\r\nContent-Length: much\r\n\r\n")
    assert "ValueError" in capsys.readouterr().err


def test_too_much_is_refused(server: StripeServer) -> None:
    with pytest.raises(Refused, match="amount_too_large"):
        gateway_to(server.url).open_checkout(order("KF-BIG22-22222", fen=100_000_000))


def test_an_event_is_believed_by_its_signature_alone(server: StripeServer) -> None:
    gateway = gateway_to(server.url)
    if not server.books.events:
        walk(gateway, server)
    body = json.dumps(server.books.events[0]).encode()
    now = int(time.time())
    event = gateway.read_event(body, sign(body, SECRET, now))
    assert event.id == server.books.events[0]["id"]
    for changed, signature in (
        (body.replace(b"evt_", b"evt-"), sign(body, SECRET, now)),
        (body, sign(body, "whsec_other", now)),
        (body, sign(body, SECRET, now - 3600)),
        (b"[]", sign(b"[]", SECRET, now)),
        (body, ""),
        (body, f"t={now},v1=\xe9"),
    ):
        with pytest.raises(Forged):
            gateway.read_event(changed, signature)
