"""Structured logs: one line a request, without personal data; its id stands on every line."""

import secrets
import time

import structlog
from flask import Flask, Response, g, request

from app.core.actor import WATCHERS
from app.core.sidelog import note_read
from app.extensions import db
from app.web.access import find_actor

log = structlog.get_logger()
HEADER = "X-Request-ID"


def _begin() -> None:
    kept = g._get_current_object()
    kept.started = time.perf_counter()
    asked = request.headers.get(HEADER, "")
    kept.request_id = asked if asked.isalnum() and len(asked) <= 64 else secrets.token_hex(8)
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=kept.request_id)


def _end(response: Response) -> Response:
    kept, asked = g._get_current_object(), request._get_current_object()  # type: ignore[attr-defined]  # a proxy
    response.headers[HEADER] = kept.request_id
    who = find_actor() if asked.endpoint not in (None, "static") else None
    log.info(
        "request",
        method=asked.method,
        route=asked.url_rule.rule if asked.url_rule else None,
        status=response.status_code,
        ms=round((time.perf_counter() - kept.started) * 1000, 1),
        role=who.role if who else None,
        district_id=who.district_id if who else None,
    )
    return response


def _note_audited_reads(response: Response) -> Response:
    """Auditors and inspectors read everything and change nothing: what they opened stays on record."""
    who = find_actor() if request.endpoint not in (None, "static") else None
    if who and who.role in WATCHERS and response.status_code == 200 and request.method == "GET":
        note_read(db.session.session_factory, actor=who, path=_path())
    return response


def _path() -> str:
    """Return what was opened; of an address that ends with a secret only what kind it is."""
    if request.url_rule is not None and "token" in request.url_rule.arguments:
        return request.url_rule.rule
    return request.path


def register(app: Flask) -> None:
    """Attach the request log."""
    app.before_request(_begin)
    app.after_request(_note_audited_reads)
    app.after_request(_end)
