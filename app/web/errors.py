"""Refusals become answers here and nowhere else: a status, and a page (or problem+json for the API)."""

import http
from typing import Any

import structlog
from flask import Flask, Response, jsonify, render_template, request
from werkzeug.exceptions import HTTPException, InternalServerError, SecurityError

from app.core.errors import Busy, Conflict, DomainError, Forbidden, NotFound, TooMany, Unauthorised
from app.web.messages import MESSAGES, message_of
from app.web.ways import way_back

log = structlog.get_logger()

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


def problem(status: int, code: str, detail: str, **more: Any) -> Response:
    """Return an application/problem+json answer (RFC 9457)."""
    body = {"type": "about:blank", "title": http.HTTPStatus(status).phrase, "status": status, "code": code}
    response = jsonify({**body, "detail": detail, **more})
    response.status_code = status
    response.mimetype = "application/problem+json"
    return response


def _answer(status: int, code: str, detail: str, field: str | None = None) -> tuple[Response | str, int]:
    if request.path.startswith("/api/"):
        answer = problem(status, code, detail, **({"field": field} if field else {}))
        if status == http.HTTPStatus.UNAUTHORIZED:
            answer.headers["WWW-Authenticate"] = "Bearer"
        return answer, status
    way = way_back(lost=status == 404) if status < 500 else None
    return render_template("errors/error.html", status=status, detail=detail, way_back=way), status


def refusal(error: DomainError, status: int | None = None) -> tuple[Response | str, int]:
    """Return the answer to a refusal, with the status of its kind unless another is given."""
    return _answer(status or status_of(error), error.code, message_of(error), error.field)


def _http_error(error: HTTPException) -> tuple[Response | str, int] | HTTPException:
    if error.code is None or error.code < 400:
        return error
    known = {
        404: "not_found",
        403: "wrong_role",
        413: "sent_too_large",
        415: "not_json",
        429: "too_many",
    }.get(error.code, "bad_request")
    return _answer(error.code, known, str(MESSAGES[known]))


def _foreign_host(_error: SecurityError) -> tuple[str, int, dict[str, str]]:
    """Answer in plain words: a page's links could not be built for a host that is not ours."""
    return f"{MESSAGES['foreign_host']}\n", 400, {"Content-Type": "text/plain; charset=utf-8"}


def _unexpected(error: InternalServerError) -> tuple[Response | str, int]:
    log.error("unexpected", exc_info=error.original_exception)
    return _answer(500, "unexpected", str(MESSAGES["unexpected"]))


def register(app: Flask) -> None:
    """Attach the handlers. Under test the catch-all is left off, so that a true exception surfaces."""
    app.register_error_handler(DomainError, refusal)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(SecurityError, _foreign_host)
    if not app.testing:
        app.register_error_handler(InternalServerError, _unexpected)
