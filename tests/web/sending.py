"""Filling in the form of a page as a browser does: what is hidden, what stood in the boxes, what is typed."""

from collections.abc import Mapping
from typing import Any

from werkzeug.test import TestResponse

from tests.web.linting import LintingClient, parsed


def text_of(response: TestResponse) -> str:
    """Return the words of the page's main part, blanks folded."""
    page = parsed(response.get_data(as_text=True))
    return " ".join(page.query_one("main").to_text().split())


def links(response: TestResponse) -> dict[str, str]:
    """Return every link of the main part: words to address."""
    page = parsed(response.get_data(as_text=True))
    return {" ".join(link.to_text().split()): link.attrs["href"] for link in page.query("main a")}


def token_of(response: TestResponse) -> str:
    """Return the page's token against forgery; the sign-out button in its head carries one."""
    page = parsed(response.get_data(as_text=True))
    return str(page.query("input[name=csrf_token]")[0].attrs["value"])


def form_of(response: TestResponse) -> tuple[str, dict[str, Any]]:
    """Return where the page's posted form goes ("" for its own address) and what it would send untouched."""
    page = parsed(response.get_data(as_text=True))
    (form,) = page.query("main form[method=post]")
    return form.attrs.get("action") or "", _sent(form)


def form_to(response: TestResponse, action: str) -> dict[str, Any]:
    """Return what one of several forms of the page would send untouched; the one that goes to ``action``."""
    page = parsed(response.get_data(as_text=True))
    forms = page.query("main form[method=post]")
    return _sent(next(form for form in forms if (form.attrs.get("action") or "") == action))


def _sent(form: Any) -> dict[str, Any]:
    sent: dict[str, Any] = {}
    for control in form.query("input, textarea"):
        name, kind = control.attrs.get("name"), control.attrs.get("type")
        many = kind == "hidden" and len(form.query(f'input[name="{name}"]')) > 1
        if (kind == "checkbox" and "checked" in control.attrs) or many:
            sent.setdefault(name, []).append(control.attrs.get("value"))
        elif kind == "radio" and "checked" in control.attrs:
            sent[name] = control.attrs.get("value")
        elif kind not in {"checkbox", "radio"}:
            sent[name] = control.to_text() if control.name == "textarea" else control.attrs.get("value") or ""
    return sent


def send(client: LintingClient, address: str, typed: Mapping[str, Any] | None = None) -> TestResponse:
    """Open a page, fill in its form and send it."""
    page = client.get(address)
    assert page.status_code == 200, page.status_code
    action, sent = form_of(page)
    return client.post(action or address, data={**sent, **(typed or {})})


def send_late(client: LintingClient, address: str, typed: Mapping[str, Any] | None = None) -> TestResponse:
    """Send what somebody would whose page was open before it was decided: now it shows no form any more."""
    page = client.get(address)
    assert page.status_code == 409, page.status_code
    assert "已经有人办过了" in text_of(page)
    return client.post(address, data={"csrf_token": token_of(page), **(typed or {})})


def press(
    client: LintingClient, address: str, action: str, typed: Mapping[str, Any] | None = None
) -> TestResponse:
    """Open a page and send the one of its forms that goes to ``action`` ("": to the page itself)."""
    page = client.get(address)
    assert page.status_code == 200, page.status_code
    return client.post(action or address, data={**form_to(page, action), **(typed or {})})
