"""A browser as far as forms go: cookies, pages, forms filled in and sent, redirects, and seconds of each."""

import html
import http.client
import re
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http.cookies import SimpleCookie
from typing import Final
from urllib.parse import urlencode, urljoin, urlsplit
from uuid import uuid4

from tests.replay.wire import Wire

TIMEOUT: Final = 60
_KEPT_SECONDS: Final = 3
"""The server closes a connection that was idle for five."""
_MOST_REDIRECTS: Final = 5
_TRIES: Final = 4
"""Who is told that it is busy presses the button again."""
_BOUNDARY: Final = "----a-form-of-the-replay"
_FORM: Final = re.compile(r"<form\b([^>]*)>(.*?)</form>", re.DOTALL)
_INPUT: Final = re.compile(r"<input\b([^>]*)>", re.DOTALL)
_SELECT: Final = re.compile(r"<select\b([^>]*)>(.*?)</select>", re.DOTALL)
_OPTION: Final = re.compile(r"<option\b([^>]*)>", re.DOTALL)
_ATTRIBUTE: Final = re.compile(r'([a-z-]+)(?:="([^"]*)")?')
_REF: Final = re.compile(r"/[A-Z]{2}-[0-9A-Z]{5}-[0-9A-Z]{5}")
_TOKEN: Final = re.compile(r'name="csrf_token"[^>]*? value="([^"]+)"')
_MAIN: Final = re.compile(r"<main.*?</main>", re.DOTALL)
_ERROR: Final = re.compile(r'(?<=govuk-error-summary__body">).*?(?=</div>)', re.DOTALL)


Fields = Mapping[str, str | Sequence[str]]
"""What is typed, by the name of the box; several values for one are ticks."""
Files = Mapping[str, tuple[str, bytes]]
"""Names and contents of files, by the name of the box."""


class Unexpected(Exception):
    """The site answered otherwise than it must; the text is for the list of errors."""


class Figures:
    """What all browsers together saw: seconds of each request by route, and troubles by kind."""

    def __init__(self) -> None:
        self.seconds: dict[str, list[float]] = defaultdict(list)
        self.spans: list[tuple[float, float]] = []
        """When each request began and when it was answered."""
        self.troubles: Counter[str] = Counter()
        self.failures = 0
        """How many of the troubles ended what somebody was doing."""
        self._lock = threading.Lock()

    def took(self, route: str, began: float, ended: float) -> None:
        """Note one request; both by the same clock, in seconds."""
        with self._lock:
            self.seconds[route].append(ended - began)
            self.spans.append((began, ended))

    def note(self, trouble: str, *, failed: bool = True) -> None:
        """Note something that went wrong, or only had to be tried again."""
        with self._lock:
            self.troubles[trouble] += 1
            self.failures += failed

    @property
    def requests(self) -> int:
        """How many requests were answered."""
        return sum(map(len, self.seconds.values()))

    def slowest(self, count: int) -> list[tuple[str, int, float, float]]:
        """Return the slowest routes by their 95th percentile: requests, and seconds at the 50th and 95th."""
        found = []
        for route, times in self.seconds.items():
            ordered = sorted(times)
            middle, high = (ordered[int(len(ordered) * part)] for part in (0.5, 0.95))
            found.append((route, len(ordered), middle, high))
        return sorted(found, key=lambda row: row[3], reverse=True)[:count]


@dataclass(frozen=True)
class Page:
    """A page as it was answered: its address, its status, its text."""

    path: str
    status: int
    text: str

    def form(self, action: str = "") -> dict[str, str]:
        """Return what a browser would send of the form with that action, untouched.

        Raises Unexpected for a page that has no such form.
        """
        for head, body in _FORM.findall(self.text):
            if _attributes(head).get("action", "") == action:
                return _values(body)
        raise Unexpected(f"no form {_route(action) or 'of its own'} on {_route(self.path)}: {self.refusal}")

    def find(self, pattern: str | re.Pattern[str]) -> list[str]:
        """Return the distinct addresses on the page that a pattern's group finds, in order."""
        return list(dict.fromkeys(html.unescape(one) for one in re.findall(pattern, self.text)))

    def links(self, pattern: str) -> dict[str, str]:
        """Return what a pattern's group finds in the addresses of links, by the words of the link."""
        found = re.findall(rf'<a\b[^>]*href="{pattern}"[^>]*>([^<]+)</a>', self.text)
        return {" ".join(html.unescape(words).split()): part for part, words in found}

    @property
    def refusal(self) -> str:
        """What the page says is wrong, in short."""
        found = _ERROR.search(self.text) or _MAIN.search(self.text)
        words = re.sub(r"<[^>]+>|[A-Z]{2}-\w{5}-\w{5}", " ", found[0] if found else self.text)
        return " ".join(words.split())[:160]


class Browser:
    """One person's browser, on a machine with an address of its own."""

    def __init__(self, port: int, figures: Figures, *, machine: int = 1) -> None:
        self._port = port
        self._figures = figures
        self._source = f"127.0.0.{machine}"
        self._cookies: dict[str, str] = {}
        self._connection: Wire | None = None
        self._used = 0.0
        self._token = ""

    def open(self, path: str) -> Page:
        """Open a page; what is busy is tried again. Raises Unexpected unless it is there."""
        for _ in range(_TRIES):
            page = self._follow("GET", path, None)
            if page.status == http.client.OK:
                self._token = next(iter(page.find(_TOKEN)), self._token)
                return page
            if page.status != http.client.SERVICE_UNAVAILABLE:
                break
            self._figures.note(f"busy, tried again: GET {_route(path)}", failed=False)
        raise Unexpected(f"{page.status} GET {_route(path)}: {page.refusal}")

    def send(
        self,
        page: Page,
        fields: Fields | None = None,
        *,
        action: str = "",
        files: Files | None = None,
    ) -> Page:
        """Fill in a page's form, send it, and return where that leads; what is busy is sent again.

        ``files`` are name and content by field. Raises Unexpected unless the answer leads to a page that is
        there.
        """
        path = action or page.path
        sent = _encoded({**page.form(action), **(fields or {})}, files or {})
        for _ in range(_TRIES):
            answer = self._follow("POST", path, sent)
            if answer.status == http.client.OK:
                return answer
            if answer.status != http.client.SERVICE_UNAVAILABLE:
                break
            self._figures.note(f"busy, sent again: POST {_route(path)}", failed=False)
        raise Unexpected(f"{answer.status} POST {_route(path)}: {answer.refusal}")

    def post(
        self,
        path: str,
        fields: Fields | None = None,
        files: Files | None = None,
    ) -> str:
        """Send a form whose page is not opened, and return where the answer leads, without going there.

        It carries the token of the page last opened, which is good for as long as the sign-in, and an id of
        its own as every rendering of a form does. What is busy is sent again. Raises Unexpected unless the
        answer leads on: a form that is refused is shown again, and leads nowhere.
        """
        given = {"csrf_token": self._token, "request_id": str(uuid4()), **(fields or {})}
        sent = _encoded(given, files or {})
        for _ in range(_TRIES):
            status, text, location = self._ask("POST", path, sent)
            if location is not None and not location.startswith("/account/sign-in"):
                return location
            if status != http.client.SERVICE_UNAVAILABLE:
                break
            self._figures.note(f"busy, sent again: POST {_route(path)}", failed=False)
        raise Unexpected(f"{status} POST {_route(path)}: {Page(path, status, text).refusal or location}")

    def close(self) -> None:
        """Close the window."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _follow(self, method: str, path: str, sent: tuple[str, bytes] | None) -> Page:
        for _ in range(_MOST_REDIRECTS):
            status, text, location = self._ask(method, path, sent)
            if location is None:
                return Page(path, status, text)
            target = urlsplit(urljoin(path, location))
            path = f"{target.path}?{target.query}" if target.query else target.path
            method, sent = "GET", None
        raise Unexpected(f"{_route(path)} leads round in circles")

    def _ask(self, method: str, path: str, sent: tuple[str, bytes] | None) -> tuple[int, str, str | None]:
        connection = self._connect()
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items())}
        kind, body = sent or (None, None)
        if kind is not None:
            headers["Content-Type"] = kind
        route = f"{method} {_route(path)}"
        headers["X-Replay-Route"] = route.encode("ascii", "replace").decode()
        began = time.perf_counter()
        answer = connection.ask(method, path, headers, body)
        text = answer.body.decode()
        self._figures.took(route, began, time.perf_counter())
        self._used = time.monotonic()
        for line in answer.all("set-cookie"):
            self._cookies |= {name: morsel.value for name, morsel in SimpleCookie(line).items()}
        location = answer.get("location") if 300 <= answer.status < 400 else None
        return answer.status, text, location

    def _connect(self) -> Wire:
        kept = self._connection
        if kept is not None and kept.is_open and time.monotonic() - self._used < _KEPT_SECONDS:
            return kept
        self.close()
        self._connection = Wire(self._port, source=self._source, timeout=TIMEOUT)
        return self._connection


def _route(path: str) -> str:
    """Return an address without what is only of one thing: its reference, its name, its query."""
    plain = _REF.sub("/<ref>", path.partition("?")[0])
    return re.sub(r"/projects/[^/]+/", "/projects/<name>/", plain)


def _encoded(fields: Fields, files: Files) -> tuple[str, bytes]:
    """Return the type and the body of what is posted."""
    if not files:
        return "application/x-www-form-urlencoded", urlencode(fields, doseq=True).encode()
    parts = [(f'name="{name}"', str(value).encode()) for name, value in fields.items()]
    parts += [(f'name="{name}"; filename="{title}"', content) for name, (title, content) in files.items()]
    lines = [
        f"--{_BOUNDARY}\r\nContent-Disposition: form-data; {head}\r\n\r\n".encode() + content + b"\r\n"
        for head, content in parts
    ]
    return f"multipart/form-data; boundary={_BOUNDARY}", b"".join([*lines, f"--{_BOUNDARY}--\r\n".encode()])


def _attributes(tag: str) -> dict[str, str]:
    return {name: html.unescape(value) for name, value in _ATTRIBUTE.findall(tag)}


def _values(body: str) -> dict[str, str]:
    """Return the values that a form's boxes hold: text as it stands, ticks only where they are set."""
    found: dict[str, str] = {}
    for head, options in _SELECT.findall(body):
        chosen = [_attributes(tag) for tag in _OPTION.findall(options)]
        values = [given.get("value", "") for given in chosen if "selected" in given]
        found[_attributes(head).get("name", "")] = values[0] if values else ""
    for tag in _INPUT.findall(body):
        given = _attributes(tag)
        ticked = given.get("type") not in {"checkbox", "radio", "file"} or "checked" in given
        if ticked and "name" in given:
            found[given["name"]] = given.get("value", "")
    return found
