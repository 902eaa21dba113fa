"""GET /api/v1/openapi.json: what the API promises, made from its views and the models of their answers."""

import http
import inspect
import re
from collections.abc import Iterator
from typing import Any, Final

from flask import Flask, Response, current_app, jsonify
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema
from werkzeug.routing import Rule

from app.identity.tokens import Scope
from app.web.access import Access, access_of
from app.web.api import bp
from app.web.api.answers import REF
from app.web.api.operations import JSON, PROBLEM, Operation, mark, open_to_all, operation_of
from app.web.api.writing import KEY
from app.web.problems import Problem

ABOUT: Final = """\
The homes that housing vouchers (房票) can buy, as the public search shows them: no sign-in is needed.
And, below /developer, a developer's own stock for its own programs. A program meets the same rules
and refusals as a person: `code` names a refusal, `parameter` or `field` what it is about, `detail`
says it in Chinese. A token acts for who made it. Money is integer fen (1 yuan = 100 fen) in
answers; bounds of a search are typed in yuan. Values of one filter widen it, filters narrow each
other. A cursor belongs to the filters and the order it came from. What was read carries an ETag:
sent back in If-None-Match it is answered with 304 while it still stands."""

_PREFIX: Final = "/api/v1"
_REF: Final = "#/components/schemas/{model}"
_WHY: Final = {
    400: "An unknown parameter or field, or a value that it does not accept.",
    401: "The token is missing, unknown, expired or revoked (token_unknown).",
    403: "The token lacks the scope (missing_scope).",
    404: "Not there, or another company's.",
    406: "The answer is JSON, and Accept does not take it.",
    409: "It has moved on since it was read.",
    413: "The body is larger than 16 KiB.",
    415: "The body is not application/json.",
    422: "A rule refuses it; `code` names which.",
    429: "Too many requests; Retry-After says for how many seconds to wait.",
    503: "The database was busy; nothing happened, and the request may be sent again.",
}
_IN_PATH: Final[dict[str, dict[str, Any]]] = {"ref": {"type": "string", "pattern": REF.format("FY")}}
"""What stands in addresses, where the route does not say it."""

_COUNTED: Final = {
    "RateLimit-Limit": "Requests that may be made in the present window.",
    "RateLimit-Remaining": "How many of them are left.",
    "RateLimit-Reset": "Seconds until the next window.",
}


@bp.get("/openapi.json")
@open_to_all(passers_by=120, known=600)
@mark(Operation(None))
def openapi() -> Response:
    """Return the description of the API."""
    return jsonify(describe(current_app._get_current_object()))  # type: ignore[attr-defined]  # a proxy


def describe(app: Flask) -> dict[str, Any]:
    """Return the description of every operation of the app's API, in OpenAPI 3.1."""
    paths: dict[str, dict[str, Any]] = {}
    models: set[type[BaseModel]] = {Problem}
    for rule in app.url_map.iter_rules():
        if not rule.endpoint.startswith(f"{bp.name}."):
            continue
        operation = operation_of(app.view_functions[rule.endpoint])
        models |= {model for model in (operation.answers, operation.sends) if model is not None}
        path = paths.setdefault(_path(rule), {})
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            path[method.lower()] = _operation(app, rule, operation)
    by_name = sorted(models, key=lambda model: model.__name__)
    _, schemas = models_json_schema([(model, "validation") for model in by_name], ref_template=_REF)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Anju (安居)", "version": "1", "description": ABOUT},
        "servers": [{"url": _PREFIX}],
        "paths": paths,
        "components": {
            "schemas": schemas["$defs"],
            "responses": {_phrase(status): _refusal(status) for status in _WHY},
            "securitySchemes": {"token": _token()},
        },
    }


def _operation(app: Flask, rule: Rule, operation: Operation) -> dict[str, Any]:
    demand = access_of(app, rule.endpoint) or Access(frozenset())
    summary, _, rest = (inspect.getdoc(app.view_functions[rule.endpoint]) or "").partition("\n")
    found: dict[str, Any] = {
        "operationId": rule.endpoint.rpartition(".")[2],
        "summary": summary.rstrip("."),
        "security": _security(demand),
        "parameters": [*_in_path(rule), *operation.asks, *([_key()] if operation.writes else [])],
        "responses": {**_success(operation), **_refusals(rule, demand, operation)},
    }
    if rest.strip():
        found["description"] = rest.strip()
    if operation.sends is not None and operation.sends.model_fields:
        required = any(field.is_required() for field in operation.sends.model_fields.values())
        found["requestBody"] = {"required": required, "content": {JSON: {"schema": _named(operation.sends)}}}
    return found


def _path(rule: Rule) -> str:
    address = re.sub(r"<(?:[^<>:]+:)?(\w+)>", r"{\1}", rule.rule)
    return address.removeprefix(_PREFIX)


def _in_path(rule: Rule) -> Iterator[dict[str, Any]]:
    for name in re.findall(r"<(?:[^<>:]+:)?(\w+)>", rule.rule):
        choices = getattr(rule._converters[name], "items", None)
        schema = {"type": "string", "enum": sorted(choices)} if choices else _IN_PATH[name]
        yield {"name": name, "in": "path", "required": True, "schema": schema}


def _key() -> dict[str, Any]:
    return {
        "name": KEY,
        "in": "header",
        "description": "1 to 100 visible ASCII characters. The same key with the same request gets the first "
        "answer again, refusals too (with `Idempotency-Replayed: true`); with another request it is a 422 "
        "(idempotency_key_reused). Keys are the company's own and are kept for 7 days.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 100, "pattern": "^[!-~]+$"},
    }


def _security(demand: Access) -> list[dict[str, list[str]]]:
    if demand.scope is None:
        return []
    needed = [{"token": [demand.scope.value]}]
    return needed if demand.token_only else [{}, *needed]


def _success(operation: Operation) -> dict[str, Any]:
    schema = {"type": "object"} if operation.answers is None else _named(operation.answers)
    headers = _headers(_COUNTED, "integer")
    if operation.writes:
        answer = {"description": "Done.", "headers": headers, "content": {JSON: {"schema": schema}}}
        return {str(operation.status): answer}
    headers |= _headers({"ETag": "A mark of this very answer."}, "string")
    return {
        str(operation.status): {
            "description": "As it stands now.",
            "headers": headers,
            "content": {JSON: {"schema": schema}},
        },
        "304": {"description": "What was read before still stands.", "headers": headers},
    }


def _refusals(rule: Rule, demand: Access, operation: Operation) -> dict[str, Any]:
    statuses = {406, 429, *operation.refuses}
    if demand.scope is not None:
        statuses |= {400, 401, 403}
    if rule.arguments:
        statuses.add(404)
    if operation.writes:
        statuses |= {400, 404, 409, 413, 415, 422, 503}
    return {str(status): {"$ref": f"#/components/responses/{_phrase(status)}"} for status in sorted(statuses)}


def _refusal(status: int) -> dict[str, Any]:
    found: dict[str, Any] = {
        "description": _WHY[status],
        "content": {PROBLEM: {"schema": _named(Problem)}},
    }
    if status == http.HTTPStatus.TOO_MANY_REQUESTS:
        found["headers"] = _headers({"Retry-After": "Seconds."}, "integer")
    if status == http.HTTPStatus.UNAUTHORIZED:
        found["headers"] = _headers({"WWW-Authenticate": "Bearer."}, "string")
    return found


def _headers(told: dict[str, str], kind: str) -> dict[str, Any]:
    return {
        name: {"description": words, "required": True, "schema": {"type": kind}}
        for name, words in told.items()
    }


def _phrase(status: int) -> str:
    return re.sub(r"\W", "", http.HTTPStatus(status).phrase.title())


def _named(model: type[BaseModel]) -> dict[str, str]:
    return {"$ref": _REF.format(model=model.__name__)}


def _token() -> dict[str, str]:
    return {
        "type": "http",
        "scheme": "bearer",
        "description": f"`Authorization: Bearer anju_...`. Scopes: {', '.join(Scope)}.",
    }
