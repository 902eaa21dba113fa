"""What every writing request of a program has in common: its body, its key, and its token at the end."""

import functools
import re
from collections.abc import Callable
from typing import Any, Final

from flask import Response, jsonify, request
from pydantic import BaseModel

from app.core import idempotency, sidelog
from app.core.errors import Busy, DomainError, Unauthorised
from app.core.idempotency import Answer, Keyed
from app.extensions import csrf, db, limiter
from app.identity import tokens
from app.identity.tokens import Scope
from app.web import bearer
from app.web.access import by_token
from app.web.api.body import BadBody, Sent, demand_known, read_body, understand
from app.web.api.operations import Answering, Operation, mark, operation_of
from app.web.errors import status_of
from app.web.messages import message_of
from app.web.problems import problem

LIMIT: Final = "300 per minute"
KEY: Final = "Idempotency-Key"
_KEY: Final = re.compile(r"[!-~]{1,100}", re.ASCII)


def writes(
    scope: Scope, sends: type[Sent], *, answers: type[BaseModel], status: int = 200
) -> Callable[[Callable[..., BaseModel]], Answering]:
    """Make a view of an act ``(body, **address) -> answer``, for programs with a token of that scope.

    The act commits with its answer under the request's key, and last of all the token
    is looked at again; a refusal rolls back, and is kept under the key as well.
    """
    operation = Operation(answers, sends=sends, writes=True, status=status)

    def make(act: Callable[..., BaseModel]) -> Answering:
        @functools.wraps(act)
        def view(**address: str) -> Response:
            values = read_body()
            keyed = _keyed(values)
            earlier = idempotency.earlier_answer(db.session(), keyed) if keyed else None
            if earlier is not None:
                return _response(earlier, replayed=True)
            try:
                done = act(understand(sends, values), **address)
            except Busy:
                raise
            except DomainError as refusal:
                return _refused(refusal, keyed)
            return _done(Answer(status, done.model_dump(mode="json")), keyed)

        exempt: Answering = csrf.exempt(reads(scope)(mark(operation)(view)))
        return exempt

    return make


def reads(scope: Scope) -> Callable[[Answering], Answering]:
    """Open a view to programs with a token of that scope; it takes the parameters it names and no others."""

    def make(view: Answering) -> Answering:
        known = {one["name"] for one in operation_of(view).asks}

        @functools.wraps(view)
        def strict(**address: str) -> Response:
            for name in request.args:
                demand_known(name, known)
            return view(**address)

        limited: Answering = limiter.limit(LIMIT, key_func=bearer.token_key)(strict)
        return by_token(scope)(limited)

    return make


def _keyed(values: dict[str, Any]) -> Keyed | None:
    key = request.headers.get(KEY)
    if key is None:
        return None
    if not _KEY.fullmatch(key):
        raise DomainError("idempotency_key_bad", KEY)
    sender = f"organisation:{bearer.actor().organisation}"
    return Keyed(sender, key, idempotency.hash_of(request.method, request.path, values))


def _done(answer: Answer, keyed: Keyed | None) -> Response:
    session = db.session()
    if keyed and not idempotency.keep_answer(session, keyed, answer):
        return _of_twin(keyed) or _response(answer)
    tokens.hold_live(session, token_id=bearer.token().id)
    return _response(answer)


def _refused(refusal: DomainError, keyed: Keyed | None) -> Response:
    """Answer a refusal; under a key that a twin carried out meanwhile, with the twin's answer."""
    db.session.rollback()
    if keyed is None or isinstance(refusal, Unauthorised):
        raise refusal
    twin = _of_twin(keyed)
    if twin is not None:
        return twin
    status = 400 if isinstance(refusal, BadBody) else status_of(refusal)
    told = problem(status, refusal.code, message_of(refusal), field=refusal.field)
    body: dict[str, Any] = told.get_json()
    answer = Answer(told.status_code, body)
    sidelog.write_apart(
        db.session.session_factory, lambda session: idempotency.keep_answer(session, keyed, answer)
    )
    return told


def _of_twin(keyed: Keyed) -> Response | None:
    """Undo what was begun and return the answer of a twin that committed first."""
    session = db.session()
    session.rollback()
    earlier = idempotency.earlier_answer(session, keyed)
    return _response(earlier, replayed=True) if earlier else None


def _response(answer: Answer, *, replayed: bool = False) -> Response:
    response = jsonify(answer.body)
    response.status_code = answer.status
    if answer.status >= 400:
        response.mimetype = "application/problem+json"
    if replayed:
        response.headers["Idempotency-Replayed"] = "true"
    return response
