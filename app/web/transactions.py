"""One request, one transaction.

GET and HEAD read on the reader. Everything else commits before it answers, unless the answer is a refusal (a
status from 400 up, such as a form shown again with its errors): that one rolls back. A form that carries a
request id is carried out once: its twin, the same to the letter, gets the first answer.
"""

import hashlib
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid5

from flask import Flask, Response, redirect, request
from flask import session as cookie
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from werkzeug.datastructures import FileStorage

from app.core import replay
from app.core.errors import Busy, DomainError
from app.core.failures import is_busy
from app.extensions import db
from app.web.templating import PageEnvironment

READING = frozenset({"GET", "HEAD", "OPTIONS"})


class TransactionalFlask(Flask):
    """Flask whose dispatch is one database transaction, repeated once when the database was busy."""

    jinja_environment = PageEnvironment

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Return a function as it is: none of ours is a coroutine, and Flask would ask twenty a request."""
        return func

    def preprocess_request(self) -> ResponseReturnValue | None:
        """Route the session before anything reads: who is signed in is looked up on the same engine."""
        if request.method in READING:
            db.session().info["reader"] = True
        return super().preprocess_request()

    def dispatch_request(self) -> ResponseReturnValue:
        """Run the view inside its transaction and return its finished response."""
        if request.method in READING:
            return super().dispatch_request()
        try:
            return self._write()
        except Busy:
            return self._write()

    def _write(self) -> Response:
        try:
            response = self._write_once()
            if response.status_code < 400:
                commit(db.session())
            else:
                db.session.rollback()
        except DBAPIError as error:
            db.session.rollback()
            if is_busy(error):
                raise Busy from error
            raise
        except BaseException:
            db.session.rollback()
            raise
        return response

    def _write_once(self) -> Response:
        request_id = _request_id()
        if request_id is None:
            return self.make_response(super().dispatch_request())
        session, sender = db.session(), _sender()
        earlier = replay.earlier_result(session, request_id=request_id, sender=sender)
        if earlier is not None:
            return self.make_response(redirect(earlier, 303))
        try:
            response = self.make_response(super().dispatch_request())
        except DomainError:
            twin = _twins_result(session, request_id, sender)
            if twin is None:
                raise
            return self.make_response(redirect(twin, 303))
        if response.status_code >= 400:
            twin = _twins_result(session, request_id, sender)
            return self.make_response(redirect(twin, 303)) if twin else response
        if response.status_code // 100 != 3:
            return response
        location = response.location or ""
        if not replay.keep_result(session, request_id=request_id, sender=sender, location=location):
            twin = _twins_result(session, request_id, sender)
            return self.make_response(redirect(twin or location, 303))
        return response


def commit(session: Session) -> None:
    """Commit what a request did. What it read is kept: the log asks once more who did it, and nobody else."""
    session.expire_on_commit = False
    try:
        session.commit()
    finally:
        session.expire_on_commit = True


def _twins_result(session: Session, request_id: UUID, sender: str) -> str | None:
    """Undo what was begun and return where a twin led that committed while this request waited behind it."""
    session.rollback()
    return replay.earlier_result(session, request_id=request_id, sender=sender)


def _request_id() -> UUID | None:
    """Return the key of this very sending: the form's id, its address and all that was typed.

    Whoever goes back, changes a value or picks another file and sends again means something new; a doubled
    click means the same.
    """
    asked = request._get_current_object()  # type: ignore[attr-defined]  # a proxy
    form, address = asked.form, asked.full_path
    try:
        form_id = UUID(form.get("request_id", ""))
    except ValueError:
        return None
    typed = sorted((name, value) for name, value in form.items(multi=True) if name != "csrf_token")
    sent = sorted((name, _digest(file)) for name, file in asked.files.items(multi=True))
    return uuid5(form_id, repr((address, typed, sent) if sent else (address, typed)))


def _digest(file: FileStorage) -> str:
    """Return a hash of a file that was sent, which is then at its start again."""
    digest = hashlib.sha256()
    while piece := file.stream.read(1024 * 1024):
        digest.update(piece)
    file.stream.seek(0)
    return digest.hexdigest()


def _sender() -> str:
    """Whose request it is, without storing the token that signs them in."""
    return hashlib.sha256(str(cookie.get("_user_id", "")).encode()).hexdigest()
