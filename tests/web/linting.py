"""A test client that reads every page it gets as a strict proofreader, so no page test has to say it again.

`app.test_client_class = LintingClient`; a bad page raises BadPage with all that is wrong with it.
"""

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import lru_cache
from html.parser import HTMLParser
from itertools import pairwise
from typing import Any, Final
from urllib.parse import urlsplit

from flask.testing import FlaskClient
from justhtml import JustHTML
from werkzeug.test import TestResponse

VOID: Final = frozenset({"br", "hr", "img", "input", "link", "meta", "source", "wbr", "col", "area"})
# What may stand directly inside; an element not named may hold anything. Parsers mend the rest silently.
CHILDREN: Final = {
    "ul": {"li"},
    "ol": {"li"},
    "dl": {"dt", "dd", "div"},
    "table": {"caption", "colgroup", "thead", "tbody", "tfoot"},
    "thead": {"tr"},
    "tbody": {"tr"},
    "tfoot": {"tr"},
    "tr": {"th", "td"},
    "select": {"option", "optgroup"},
}
PHRASING_ONLY: Final = frozenset({"p", "span", "label", "h1", "h2", "h3", "h4", "button", "strong", "em"})
BLOCKS: Final = frozenset(
    {"div", "p", "ul", "ol", "dl", "table", "form", "fieldset", "section", "h1", "h2", "h3"}
)
INTERACTIVE: Final = frozenset({"a", "button", "input", "select", "textarea"})
REFERENCES: Final = ("for", "aria-describedby", "aria-labelledby", "aria-controls")


_TOKEN: Final = re.compile(r'(?<=name="csrf_token")((?: type="hidden")? value=")[^"]+')
"""What differs from one sending of a page to the next, besides the nonce."""
_FAULTLESS: Final = set[bytes]()


class BadPage(AssertionError):
    """A page breaks a rule that holds for all pages."""


class LintingClient(FlaskClient):
    """Flask's client, that raises BadPage for a bad page. It follows no redirect unless told to."""

    language = "zh-CN"

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        """Send the request and proofread what comes back."""
        response = super().open(*args, **kwargs)
        # A large upload lies in a temporary file, which nobody else closes.
        response.request.environ["wsgi.input"].close()
        body = response.get_data(as_text=True) if response.mimetype == "text/html" else ""
        if body and response.status_code // 100 != 3:
            policy = response.headers.get("Content-Security-Policy", "")
            nonces = re.findall(r"'nonce-([^']+)'", policy)
            found = self._read(body, nonces[0] if nonces else None)
            if found:
                listed = "\n".join(f"  - {problem}" for problem in found)
                raise BadPage(f"{response.request.path} ({response.status_code}):\n{listed}")
        return response

    def _read(self, body: str, nonce: str | None) -> list[str]:
        """Proofread a page, unless the very same was found right before: refusals come by the thousand."""
        same = _TOKEN.sub(r"\1", body if nonce is None else body.replace(nonce, "nonce"))
        read = hashlib.sha256(f"{self.language} {nonce is None} {same}".encode()).digest()
        if read in _FAULTLESS:
            return []
        found = problems(body, nonce=nonce, language=self.language)
        if not found:
            _FAULTLESS.add(read)
        return found


@lru_cache(maxsize=4)
def parsed(html: str) -> JustHTML:
    """Return the tree of a page; a test reads in it what was proofread right before."""
    return JustHTML(html, sanitize=False, collect_errors=True)


class _Elements(list[Any]):
    """All elements of a page in their order, and those of each name: a page is walked once."""

    def __init__(self, page: JustHTML) -> None:
        super().__init__(page.query("*"))
        self._named = defaultdict[str, list[Any]](list)
        for element in self:
            self._named[element.name].append(element)

    def named(self, name: str) -> list[Any]:
        return self._named.get(name, [])


def problems(html: str, *, nonce: str | None, language: str = "zh-CN") -> list[str]:
    """Return everything that is wrong with a page, in words; an empty list for a good one."""
    page = parsed(html)
    elements = _Elements(page)
    checks = (
        _structure(html),
        _frame(elements, language),
        _error_marks(elements),
        _references(elements),
        _controls(elements),
        _groups(elements),
        _links(elements),
    )
    found = [f"not valid HTML: {error.message} (line {error.line})" for error in page.errors]
    for check in checks:
        found.extend(check)
    found.extend(_inline_code(elements, nonce))
    return found


class _Nesting(HTMLParser):
    """Follows tags as written, because a parser of HTML mends what it can and says nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        parent = self.open[-1] if self.open else ""
        if tag not in CHILDREN.get(parent, {tag}):
            self._note(f"<{tag}> may not stand in <{parent}>")
        if parent in PHRASING_ONLY and tag in BLOCKS:
            self._note(f"<{tag}> is a block and may not stand in <{parent}>")
        if tag in INTERACTIVE and {"a", "button"} & set(self.open):
            self._note(f"<{tag}> may not stand in a link or button")
        if tag == "form" and "form" in self.open:
            self._note("a form stands in a form")
        repeated = [name for name, count in Counter(name for name, _ in attrs).items() if count > 1]
        if repeated:
            self._note(f"<{tag}> has {', '.join(repeated)} twice")
        # Inside <svg> elements close themselves; the parser's own check covers them.
        if tag not in VOID and "svg" not in self.open:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if "svg" in self.open and tag != "svg":
            return
        if self.open and self.open[-1] == tag:
            self.open.pop()
        elif tag in self.open:
            self._note(f"</{tag}> closes while <{self.open[-1]}> is open")
            while self.open.pop() != tag:
                pass
        else:
            self._note(f"</{tag}> closes nothing")

    def handle_data(self, data: str) -> None:
        parent = self.open[-1] if self.open else ""
        if data.strip() and parent in CHILDREN:
            self._note(f"text stands directly in <{parent}>: {data.strip()[:30]!r}")

    def _note(self, text: str) -> None:
        self.found.append(f"{text} (line {self.getpos()[0]})")


def _structure(html: str) -> Iterator[str]:
    nesting = _Nesting()
    nesting.feed(html)
    nesting.close()
    yield from nesting.found
    for tag in nesting.open:
        yield f"<{tag}> is never closed"


def _text(element: Any) -> str:
    return " ".join(element.to_text().split())


# Selectors walk the page anew each, which took most of the time.
def _carrying(elements: list[Any], attribute: str) -> list[Any]:
    return [element for element in elements if attribute in element.attrs]


def _of_class(elements: list[Any], name: str) -> list[Any]:
    return [element for element in elements if name in (element.attrs.get("class") or "").split()]


def _frame(elements: _Elements, language: str) -> Iterator[str]:
    """One title, one h1 that the title names, headings without gaps, the language."""
    (root,) = elements.named("html")
    if root.attrs.get("lang") != language:
        yield f"lang is {root.attrs.get('lang')!r}, not {language!r}"
    titles = [_text(title) for title in _titles(elements)]
    if len(titles) != 1 or not titles[0]:
        yield "there must be one title"
    headings = elements.named("h1")
    if len(headings) != 1:
        yield f"there are {len(headings)} h1, not one"
    elif not _text(headings[0]):
        yield "the h1 is empty"
    elif titles and _text(headings[0]) not in titles[0]:
        yield f"the title {titles[0]!r} does not hold the h1 {_text(headings[0])!r}"
    if len(elements.named("main")) != 1:
        yield "there must be one main"
    levels = [
        int(element.name[1])
        for main in elements.named("main")
        for element in main.query("*")
        if element.name in {"h1", "h2", "h3", "h4", "h5"}
    ]
    # An error summary or a notice comes before the h1 with an h2 of its own.
    for before, level in pairwise(levels):
        if level > before + 1:
            yield f"after an h{before} comes an h{level}"


def _titles(elements: _Elements) -> list[Any]:
    return [title for title in elements.named("title") if _within(title, "head")]


def _error_marks(elements: _Elements) -> Iterator[str]:
    """Errors are told in the title, in a summary and at the field, or nowhere."""
    titles = [_text(title) for title in _titles(elements)]
    has_summary = bool(_of_class(elements, "govuk-error-summary"))
    if titles and has_summary != titles[0].startswith(("错误：", "Error: ")):
        yield "the title says 错误： exactly when there is an error summary"
    if _of_class(elements, "govuk-error-message") and not has_summary:
        yield "a field has an error message, but there is no error summary"


def _references(elements: _Elements) -> Iterator[str]:
    """No id twice; whatever points to an id finds it."""
    ids = Counter(element.attrs["id"] for element in _carrying(elements, "id"))
    for name, count in ids.items():
        if count > 1 or not name or re.search(r"\s", name):
            yield f"id {name!r} stands {count} times, or is no id"
    for attribute in REFERENCES:
        for element in _carrying(elements, attribute):
            for name in (element.attrs[attribute] or "").split():
                if name not in ids:
                    yield f"{attribute}={name!r} on <{element.name}> points to nothing"
    for link in [
        link for words in _of_class(elements, "govuk-error-summary__list") for link in words.query("a")
    ]:
        target = (link.attrs.get("href") or "").removeprefix("#")
        controls = [element for element in _carrying(elements, "id") if element.attrs["id"] == target]
        if not any(control.name in {"input", "select", "textarea"} for control in controls):
            yield f"the error summary leads to {target!r}, which is no field"


def _controls(elements: _Elements) -> Iterator[str]:
    """Every control, button and image has a name that is read out."""
    labelled = {label.attrs.get("for") for label in elements.named("label") if _text(label)}
    for control in [*elements.named("input"), *elements.named("select"), *elements.named("textarea")]:
        if control.attrs.get("type") in {"hidden", "submit", "button"}:
            continue
        spoken = control.attrs.get("aria-label") or control.attrs.get("aria-labelledby")
        if control.attrs.get("id") not in labelled and not spoken and not _within(control, "label"):
            yield f"<{control.name} name={control.attrs.get('name')!r}> has no label"
    for button in elements.named("button"):
        if not _text(button) and not button.attrs.get("aria-label"):
            yield "a button says nothing"
    for image in elements.named("img"):
        if "alt" not in image.attrs:
            yield f"the image {image.attrs.get('src')!r} has no alt"


def _groups(elements: _Elements) -> Iterator[str]:
    """Choices of one name share a legend; posts carry a token."""
    radios = [field for field in elements.named("input") if field.attrs.get("type") == "radio"]
    for name in sorted({radio.attrs.get("name") or "" for radio in radios}):
        groups = {id(_within(radio, "fieldset")) for radio in radios if radio.attrs.get("name") == name}
        if len(groups) > 1 or id(None) in groups:
            yield f"the choices {name!r} share no fieldset"
    for fieldset in elements.named("fieldset"):
        legend = fieldset.query_one("legend")
        if legend is None or not _text(legend):
            yield "a fieldset has no legend"
    for form in elements.named("form"):
        posts = (form.attrs.get("method") or "get").lower() == "post"
        if posts and not any(field.attrs.get("name") == "csrf_token" for field in form.query("input")):
            yield f"the form to {form.attrs.get('action')!r} carries no token"


def _within(element: Any, name: str) -> Any:
    while element is not None and element.name != name:
        element = element.parent
    return element


def _links(elements: _Elements) -> Iterator[str]:
    """Every link says something and leads somewhere."""
    ids = {element.attrs["id"] for element in _carrying(elements, "id")}
    for link in elements.named("a"):
        address = (link.attrs.get("href") or "").strip()
        parts = urlsplit(address)
        if not address or address == "#" or {"None", "none", "undefined"} & set(re.split(r"[/?=&]", address)):
            yield f"the link {_text(link)!r} leads to {address!r}"
        elif parts.scheme == "javascript":
            yield f"the link {_text(link)!r} is a script"
        elif address.startswith("#") and address[1:] not in ids:
            yield f"the link {_text(link)!r} leads to {address!r}, which is not on the page"
        pictured = any((image.attrs.get("alt") or "").strip() for image in link.query("img"))
        if not _text(link) and not pictured and not link.attrs.get("aria-label"):
            yield f"the link to {address!r} says nothing"


def _inline_code(elements: list[Any], nonce: str | None) -> Iterator[str]:
    """What our content security policy would block."""
    for element in elements:
        if element.name not in {"script", "style"}:
            continue
        own_file = element.name == "script" and element.attrs.get("src")
        if not own_file and (nonce is None or element.attrs.get("nonce") != nonce):
            yield f"an inline <{element.name}> without the response's nonce"
    for element in elements:
        for name in element.attrs:
            if name == "style" or name.startswith(("on", "hx-on")):
                yield f"<{element.name}> has an inline {name}"
