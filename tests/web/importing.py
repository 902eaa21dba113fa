"""Sending a file for import and seeing it through, page by page, as a person and a worker do."""

import io
import re
from typing import Any

from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from app import jobs
from tests.web.linting import LintingClient
from tests.web.sending import form_of, text_of, token_of


def upload(browser: LintingClient, address: str, content: bytes, name: str) -> TestResponse:
    """Send a file by the form that stands at an address."""
    token = {"csrf_token": token_of(browser.get(address)), "request_id": ""}
    # Encoded here: the client's own encoding leaves a temporary file open behind a large one.
    file = FileStorage(io.BytesIO(content), filename=name, name="file")
    boundary, body = encode_multipart({**token, "file": file})
    return browser.post(address, data=body, content_type=f"multipart/form-data; boundary={boundary}")


def sent(browser: LintingClient, address: str, content: bytes, name: str) -> str:
    """Send a file, let a worker look at it, and return the address of its run."""
    answer = upload(browser, address, content, name)
    assert answer.status_code == 303, text_of(answer)
    jobs.run_waiting(browser.application)
    return str(answer.location)


def planned(browser: LintingClient, address: str, **typed: Any) -> TestResponse:
    """Confirm the columns as they were guessed, but for what is typed, and let a worker read."""
    page = browser.get(f"{address}/columns")
    answer = browser.post(f"{address}/columns", data={**selects(page), **typed})
    if answer.status_code == 303:
        jobs.run_waiting(browser.application)
    return answer


def selects(page: TestResponse) -> dict[str, Any]:
    """Return what the page's form would send untouched, chosen options included."""
    _action, kept = form_of(page)
    body = page.get_data(as_text=True)
    for name, options in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', body, re.DOTALL):
        chosen = re.search(r'<option value="([^"]*)" selected', options)
        kept[name] = chosen[1] if chosen else ""
    return kept


def order(browser: LintingClient, address: str, **typed: Any) -> TestResponse:
    """Order what the preview shows, and let a worker carry it out."""
    token = token_of(browser.get(address))
    answer = browser.post(f"{address}/apply", data={"csrf_token": token, **typed})
    if answer.status_code == 303:
        jobs.run_waiting(browser.application)
    return answer
