"""Every page that somebody can reach by following links, found by asking for them one after the other."""

from collections import Counter, deque
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urldefrag, urljoin, urlsplit

from flask import Flask
from playwright.sync_api import APIRequestContext
from werkzeug.exceptions import HTTPException

from app.core.actor import Role
from app.web.access import access_of

ENOUGH = 12
"""How many addresses of one kind are asked for: a list of homes leads to hundreds."""
NO_PAGES = ("api.", "health.", "static")


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        href = dict(attrs).get("href")
        if tag == "a" and href:
            self.found.append(href)


@dataclass
class Crawled:
    """What links lead to, by endpoint: the first address of each."""

    pages: dict[str, str] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)


def crawl(app: Flask, client: APIRequestContext, url: str, *starts: str) -> Crawled:
    """Follow every link from the starts; return what they lead to. Fails at a dead link."""
    routes = app.url_map.bind(urlsplit(url).netloc)
    found = Crawled()
    counts: Counter[str] = Counter()
    seen, waiting = set[str](), deque((start, "the start") for start in starts)
    while waiting:
        address, source = waiting.popleft()
        path = urlsplit(address).path
        if path in seen:
            continue
        seen.add(path)
        try:
            endpoint, _arguments = routes.match(path)
        except HTTPException as error:
            raise AssertionError(f"{source} leads to {address}: {error}") from error
        counts[endpoint] += 1
        if counts[endpoint] > ENOUGH or endpoint == "static":
            continue
        answer = client.get(urljoin(url, address))
        assert answer.status == 200, f"{source} leads to {address}: {answer.status}"
        if not answer.headers["content-type"].startswith("text/html"):
            found.files.setdefault(endpoint, address)
            continue
        found.pages.setdefault(endpoint, address)
        waiting.extend((link, address) for link in _links(answer.text(), url, address))
    return found


def _links(text: str, url: str, address: str) -> list[str]:
    """Return the addresses of our own that a page links to."""
    reader = _Links()
    reader.feed(text)
    whole = [urldefrag(urljoin(urljoin(url, address), href)).url for href in reader.found]
    return [one.removeprefix(url) or "/" for one in whole if one.startswith(url)]


def pages_of(app: Flask, role: Role | None) -> set[str]:
    """Return the endpoints of all pages that are made for a role, or for a passer-by."""
    made_for = set()
    for rule in app.url_map.iter_rules():
        demand = access_of(app, rule.endpoint)
        if "GET" not in (rule.methods or ()) or demand is None or rule.endpoint.startswith(NO_PAGES):
            continue
        if (role in demand.roles) if role else not demand.roles:
            made_for.add(rule.endpoint)
    return made_for
