"""Counting what may be guessed: passwords and codes. Only tries that went wrong stay counted."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from flask import current_app, request

from app.core.errors import TooMany
from app.core.rates import Bucket, give_back, take
from app.extensions import db
from app.web import stopped


@contextmanager
def counted(buckets: Sequence[Bucket], *, username: str) -> Iterator[None]:
    """Count one try of the block; given back unless the block raises.

    Raises TooMany, before the block runs, once a count is full; the first such refusal of a window goes on
    record, whether or not somebody has that name.
    """
    if not current_app.config["RATELIMIT_ENABLED"]:
        yield
        return
    db.session.rollback()  # nothing is written yet; the counts take a connection, so this one is given back
    full = take(buckets)
    if full is not None:
        stopped.note(full, username=username)
        raise TooMany("too_many_tries", minutes=full.bucket.seconds // 60)
    yield
    give_back(buckets)


def address() -> str:
    """Return where the request comes from, behind as many proxies as the settings name."""
    return request.remote_addr or ""
