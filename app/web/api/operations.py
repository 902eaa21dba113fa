"""What every operation of the API has in common: its mark, its answer in JSON, how long an answer keeps.

The description of the API is made from the marks: a view without one has no place in it, and the app does not
answer for it.
"""

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from flask import Response, request
from pydantic import BaseModel
from werkzeug.exceptions import NotAcceptable

from app.extensions import limiter
from app.identity.tokens import Scope
from app.web import bearer
from app.web.access import public_or_token
from app.web.api.body import Body

JSON: Final = "application/json"
PROBLEM: Final = "application/problem+json"
FRESH: Final = 10
"""Seconds for which an answer may be given again without asking: homes are chosen meanwhile."""

_MARK: Final = "__operation__"

View = Callable[..., BaseModel]
Answering = Callable[..., Response]


@dataclass(frozen=True)
class Operation:
    """What a view takes and gives, as far as its route and its access do not say it."""

    answers: type[BaseModel] | None
    """The model of the answer; None for JSON of any shape."""
    asks: tuple[Mapping[str, Any], ...] = ()
    """The parameters in the query, as OpenAPI has them."""
    sends: type[Body] | None = None
    writes: bool = False
    status: int = 200
    refuses: frozenset[int] = field(default_factory=frozenset)
    """Statuses besides those that follow from what it is."""


def operation_of(view: Callable[..., Any]) -> Operation:
    """Return what a view said of itself. Raises AttributeError for one that said nothing."""
    found: Operation = getattr(view, _MARK)
    return found


def mark(operation: Operation) -> Callable[[Answering], Answering]:
    """Say of a view what it takes and gives."""

    def make(view: Answering) -> Answering:
        setattr(view, _MARK, operation)
        return view

    return make


def answers(
    model: type[BaseModel], *, asks: tuple[Mapping[str, Any], ...] = (), refuses: tuple[int, ...] = ()
) -> Callable[[View], Answering]:
    """Make a view of a function that reads and returns its answer."""

    def make(view: View) -> Answering:
        @functools.wraps(view)
        def answer(**address: str) -> Response:
            return Response(view(**address).model_dump_json(), mimetype=JSON)

        return mark(Operation(model, asks, refuses=frozenset(refuses)))(answer)

    return make


def open_to_all(passers_by: int, known: int) -> Callable[[Answering], Answering]:
    """Open a view to everybody, so many requests a minute from an address, so many for a person's tokens."""

    def make(view: Answering) -> Answering:
        def most() -> str:
            return f"{known if bearer.entered() else passers_by} per minute"

        limited: Answering = limiter.limit(most, key_func=bearer.reader_key)(view)
        return public_or_token(Scope.READ_SEARCH)(limited)

    return make


def demand_json() -> None:
    """Before a request: refuse to answer in what is not JSON. Raises NotAcceptable (406)."""
    wanted = request.accept_mimetypes
    if wanted and not wanted.best_match([JSON, PROBLEM]):
        raise NotAcceptable


def keep_for_a_moment(response: Response) -> Response:
    """After a request: give what was read a mark, and answer 304 to whoever has it already.

    A passer-by's answer may be kept by anybody on the way. One to a token, or to a cookie, only by whoever
    sent it: the answer may renew that cookie.
    """
    if request.method not in {"GET", "HEAD"} or response.status_code != 200:
        return response
    kept = response.cache_control
    if bearer.entered() or request.cookies:
        kept.private = True
    else:
        kept.public = True
    kept.max_age = FRESH
    response.vary.add("Authorization")
    response.add_etag()
    response.make_conditional(request)
    return response
