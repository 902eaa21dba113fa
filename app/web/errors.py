"""Refusals become answers here and nowhere else: a status, and a page (or problem+json for the API)."""

import http
from collections.abc import Mapping
from typing import Final

import structlog
from flask import Flask, Response, render_template, request
from werkzeug.exceptions import HTTPException, InternalServerError, SecurityError

from app.core.errors import Busy, Conflict, DomainError, Forbidden, NotFound, TooMany, Unauthorised
from app.web.messages import MESSAGES, message_of
from app.web.problems import problem
from app.web.ways import way_back

log = structlog.get_logger()

API: Final = "/api/"
"""Where addresses begin whose answers are for programs."""

Answered = tuple[Response | str, int, dict[str, str]]

_STATUS: list[tuple[type[DomainError], int]] = [
    (NotFound, 404),
    (Unauthorised, 401),
    (Forbidden, 403),
    (Conflict, 409),
    (TooMany, 429),
    (Busy, 503),
]


def status_of(error: DomainError) -> int:
    """Return the HTTP status of a refusal; 422 where its class says nothing."""
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 422)


def _answer(
    status: int, code: str, detail: str, field: str | None = None, headers: Mapping[str, str] | None = None
) -> Answered:
    more = dict(headers or {})
    if request.path.startswith(API):
        if status == http.HTTPStatus.UNAUTHORIZED:
            more["WWW-Authenticate"] = "Bearer"
        return problem(status, code, detail, field=field), status, more
    way = way_back(lost=status == 404) if status < 500 else None
    return render_template("errors/error.html", status=status, detail=detail, way_back=way), status, more


def refusal(error: DomainError, status: int | None = None) -> Answered:
    """Return the answer to a refusal, with the status of its kind unless another is given."""
    headers = {"Retry-After": str(wait)} if (wait := _seconds_to_wait(error)) else None
    return _answer(status or status_of(error), error.code, message_of(error), error.field, headers)


def _seconds_to_wait(error: DomainError) -> int | None:
    if isinstance(error, TooMany):
        return int(error.params["minutes"]) * 60
    return 1 if isinstance(error, Busy) else None


def _http_error(error: HTTPException) -> Answered | HTTPException:
    if error.code is None or error.code < 400:
        return error
    known = {
        404: "not_found",
        403: "wrong_role",
        405: "wrong_method",
        406: "only_json",
        413: "sent_too_large",
        415: "not_json",
        429: "too_many",
    }.get(error.code, "bad_request")
    allowed = getattr(error, "valid_methods", None)
    headers = {"Allow": ", ".join(sorted(allowed))} if allowed else None
    return _answer(error.code, known, str(MESSAGES[known]), headers=headers)


def _foreign_host(_error: SecurityError) -> Answered:
    """Answer in plain words: a page's links could not be built for a host that is not ours."""
    if request.path.startswith(API):
        return _answer(400, "foreign_host", str(MESSAGES["foreign_host"]))
    return f"{MESSAGES['foreign_host']}\n", 400, {"Content-Type": "text/plain; charset=utf-8"}


def _unexpected(error: InternalServerError) -> Answered:
    log.error("unexpected", exc_info=error.original_exception)
    return _answer(500, "unexpected", str(MESSAGES["unexpected"]))


def register(app: Flask) -> None:
    """Attach the handlers. Under test the catch-all is left off, so that a true exception surfaces."""
    app.register_error_handler(DomainError, refusal)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(SecurityError, _foreign_host)
    if not app.testing:
        app.register_error_handler(InternalServerError, _unexpected)
