"""Programs at the door: the token in the Authorization header, never in an address, and no cookie."""

from typing import Final

from flask import current_app, g, request
from flask_limiter.util import get_remote_address

from app.core import sidelog
from app.core.actor import Actor
from app.core.errors import Forbidden, TooMany, Unauthorised
from app.core.rates import Bucket, take
from app.extensions import db
from app.identity import tokens
from app.identity.models import ApiToken
from app.identity.tokens import Scope
from app.web import stopped

MISSES_A_MINUTE: Final = 60
"""Wrong tokens from one address, after which it is told to wait."""


def enter(scope: Scope) -> None:
    """Let a program in by its token. Raises Unauthorised without a live one, Forbidden without the scope."""
    kind, _, secret = request.headers.get("Authorization", "").partition(" ")
    try:
        g.api_token, g.api_actor = tokens.authenticate(
            db.session(), secret=secret.strip() if kind.lower() == "bearer" else ""
        )
    except Unauthorised:
        _count_miss()
        raise
    if scope.value not in g.api_token.scopes:
        raise Forbidden("missing_scope", scope=scope.value)
    if tokens.is_use_due(g.api_token):
        _note_use(g.api_token.id)


def entered() -> bool:
    """Tell whether a program entered by a token."""
    return "api_token" in g


def token() -> ApiToken:
    """Return the token by which the program entered."""
    found: ApiToken = g.api_token
    return found


def token_key() -> str:
    """Return what a program's requests are counted by."""
    return f"token:{token().id}"


def reader_key() -> str:
    """Return what reading requests are counted by: the person behind the token, or the address."""
    return f"reader:{actor().user_id}" if entered() else get_remote_address()


def actor() -> Actor:
    """Return for whom the program acts."""
    found: Actor = g.api_actor
    return found


def _note_use(token_id: int) -> None:
    db.session.rollback()  # nothing is written yet; the note takes a connection, so this one is given back
    sidelog.write_apart(
        db.session.session_factory, lambda session: tokens.note_use(session, token_id=token_id)
    )


def _count_miss() -> None:
    if not current_app.config["RATELIMIT_ENABLED"]:
        return
    bucket = Bucket(f"token-miss:{request.remote_addr}", MISSES_A_MINUTE, 60)
    if (full := take([bucket])) is not None:
        stopped.note(full)
        raise TooMany("too_many", minutes=1)
