"""The made-up Stripe over HTTP: what is asked of the real one, a hosted page, and faults on purpose."""

import contextlib
import json
import re
import socket
import sys
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from app.demo.stripe_server import pages
from app.demo.stripe_server.books import Books, Thing, Wrong, shown
from app.demo.stripe_server.courier import Courier

CUT_BEFORE, CUT_AFTER, ERROR, WRONG_KEY = "cut before", "cut after", "error", "wrong key"
"""Faults: the connection breaks before anything happened, or after; or Stripe says that it is broken, or that
it does not know our key."""
_LARGEST_BODY: Final = 1_000_000


def unflatten(pairs: list[tuple[str, str]]) -> Thing:
    """Return a form as Stripe's client writes it, ``a[b][0]``, as what it stands for."""
    found: Any = {}
    for name, value in pairs:
        first, *rest = re.findall(r"[^\[\]]+", name)
        place, key = found, first
        for step in rest:
            place = place.setdefault(key, {})
            key = step
        place[key] = value
    listed: Thing = _lists(found)
    return listed


def _lists(thing: Any) -> Any:
    if not isinstance(thing, dict):
        return thing
    inner = {name: _lists(value) for name, value in thing.items()}
    return list(inner.values()) if inner and all(name.isdigit() for name in inner) else inner


class StripeServer:
    """Serves until it is closed. ``faults`` are used up one for each request of the API."""

    def __init__(self, books: Books, *, port: int = 0, courier: Courier | None = None) -> None:
        self.books, self.courier = books, courier
        self.faults: list[str] = []
        self.asked: list[tuple[str, str, Thing]] = []
        """Every request of the API: method, path, parameters."""
        self.done: Callable[[str], object] = lambda _request: None
        """Told each request of the API, as ``POST /v1/refunds``, once it is done, before it is answered."""
        owner = self

        class Handler(_Handler):
            server_of = owner

        self._http = _Listener(("127.0.0.1", port), Handler)
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}"

    def start(self) -> None:
        """Serve from a thread of its own."""
        threading.Thread(target=self._http.serve_forever, name="stripe", daemon=True).start()

    def serve(self) -> None:
        """Serve until the process ends."""
        self._http.serve_forever()

    def close(self) -> None:
        """Stop serving."""
        self._http.shutdown()
        self._http.server_close()

    def tell(self, how: str = "once") -> None:
        """Have the courier bring what has not been told; without one it is kept for whoever asks."""
        if self.courier is not None:
            events, self.books.events = self.books.events, []
            self.courier.send(events, how)


class _Listener(ThreadingHTTPServer):
    daemon_threads, block_on_close = True, False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Print what went wrong here, but not that whoever asked has gone: processes die, and are killed."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    server_of: StripeServer
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # its base's name
        """Say nothing: the demo's log is for what goes wrong."""

    def do_GET(self) -> None:  # the base's name
        """Answer what is asked."""
        self._serve({})

    def do_POST(self) -> None:
        """Do what is asked."""
        length = min(int(self.headers.get("Content-Length", 0)), _LARGEST_BODY)
        self._serve(unflatten(parse_qsl(self.rfile.read(length).decode())))

    def _serve(self, asked: Thing) -> None:
        owner, where = self.server_of, urlsplit(self.path)
        if not where.path.startswith("/v1/"):
            self._person(where.path, asked)
            return
        asked = asked or unflatten(parse_qsl(where.query))
        owner.asked.append((self.command, where.path, dict(asked)))
        fault = owner.faults.pop(0) if owner.faults else None
        if fault == CUT_BEFORE:
            self._cut()
            return
        try:
            answer, status = self._api(where.path, asked, fault), 200
        except Wrong as error:
            answer, status = {"error": {"type": "invalid_request_error", "code": error.code}}, error.status
        owner.tell()
        if status == 200:
            owner.done(f"{self.command} {where.path}")
        if fault == CUT_AFTER:
            self._cut()
        else:
            self._answer(status, "application/json", json.dumps(answer))

    def _api(self, path: str, asked: Thing, fault: str | None) -> Thing:
        if fault == ERROR:
            raise Wrong("api_error", 503)
        if fault == WRONG_KEY:
            raise Wrong("api_key_expired", 401)
        with self.server_of.books.lock:
            self.server_of.books.pass_time()
            answer = self._do(path, asked)
            self.server_of.books.keep()
        return answer

    def _do(self, path: str, asked: Thing) -> Thing:
        books, expand = self.server_of.books, asked.pop("expand", [])
        if self.command == "GET" and path in {"/v1/balance_transactions", "/v1/refunds"}:
            return self._listed(path, asked, expand)
        key = self.headers.get("Idempotency-Key")
        address = f"http://{self.headers['Host']}"
        made: dict[str, Callable[[], Thing]] = {
            "/v1/checkout/sessions": lambda: books.open_checkout(asked, address),
            "/v1/refunds": lambda: books.refund(asked),
        }
        if self.command == "POST" and path in made:
            return shown(books, books.once(key, asked, made[path]), expand)
        thing_id = path.split("/")[4 if "sessions" in path else 3]
        if path.endswith("/expire"):
            return shown(books, books.end_checkout(thing_id), expand)
        return shown(books, books.get(thing_id), expand)

    def _listed(self, path: str, asked: Thing, expand: list[str]) -> Thing:
        """Return one page of a list, as Stripe gives it."""
        books = self.server_of.books
        if path == "/v1/refunds":
            found = [one for one in books.of("refund") if one["payment_intent"] == asked["payment_intent"]]
        else:
            found = books.movements(int(asked["created"]["gte"]), int(asked["created"]["lt"]))
        if after := asked.get("starting_after"):
            found = found[[one["id"] for one in found].index(after) + 1 :]
        most = int(asked.get("limit", 10))
        inner = [name.removeprefix("data.") for name in expand]
        data = [shown(books, one, inner) for one in found[:most]]
        return {"object": "list", "url": path, "has_more": len(found) > most, "data": data}

    def _person(self, path: str, asked: Thing) -> None:
        """Show the hosted page or the bank's desk, or do what somebody pressed there."""
        books = self.server_of.books
        try:
            with books.lock:
                books.pass_time()
                if path == "/":
                    self._press_desk(asked)
                    self._answer(200, "text/html", pages.desk(books))
                elif match := re.fullmatch(r"/c/pay/(\w+)", path):
                    self._press_pay(books.get(match[1]), asked)
                else:
                    self._answer(404, "text/plain", "not found")
                books.keep()
        except Wrong as error:
            self._answer(409, "text/plain", error.code)
        self.server_of.tell(asked.get("how", "once"))

    def _press_pay(self, checkout: Thing, asked: Thing) -> None:
        act = asked.get("act")
        if act in {"pay", "cut"}:
            self.server_of.books.pay(checkout["id"])
        if act == "pay":
            self.send_response(303)
            self.send_header("Location", checkout["success_url"])
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif act == "cut":
            self._answer(200, "text/html", pages.cut_page())
        else:
            note = "没有付成：银行没有批准。可以换一种方式再试。" if act == "fail" else ""
            self._answer(200, "text/html", pages.pay_page(checkout, note))

    def _press_desk(self, asked: Thing) -> None:
        books = self.server_of.books
        acts: dict[str, Callable[[str], Any]] = {
            "dispute": books.dispute,
            "won": lambda one: books.decide(one, won=True),
            "lost": lambda one: books.decide(one, won=False),
            "succeed": lambda one: books.end_refund(one, failed=False),
            "fail_refund": lambda one: books.end_refund(one, failed=True),
        }
        pressed = asked.get("act", "")
        if pressed in {CUT_BEFORE, CUT_AFTER, ERROR}:
            self.server_of.faults.append(pressed)
        elif act := acts.get(pressed):
            act(asked["id"])

    def _answer(self, status: int, kind: str, text: str) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        with contextlib.suppress(ConnectionError):  # what was done is told all the same
            self.end_headers()
            self.wfile.write(body)

    def _cut(self) -> None:
        """Break the connection without a word."""
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)
