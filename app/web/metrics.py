"""/metrics: figures for Prometheus, in its text format.

All are read from the database when they are asked for, so every process gives the same ones. They are for the
district's own watch: whoever has the token, or without one the machine itself, reads them.
"""

import hmac
from collections.abc import Iterator
from ipaddress import ip_address
from typing import Final

from flask import Blueprint, Response, current_app, request

from app.extensions import db, limiter
from app.search.standing import Standing, standings
from app.web.access import public

bp = Blueprint("metrics", __name__)

SCRAPER: Final = "METRICS_SCRAPER"
"""The key of the app's configuration that holds the token, or None."""


@bp.get("/metrics")
@public
@limiter.limit("60 per minute")
def metrics() -> Response:
    """Answer figures for Prometheus, to its token or this machine: how far the search is behind."""
    if not _may_read():
        refused = Response("Needs the bearer token of ANJU_METRICS_TOKEN.\n", 401, content_type="text/plain")
        refused.headers["WWW-Authenticate"] = "Bearer"
        return refused
    lines = "\n".join(_of_search(standings(db.session())))
    return Response(lines + "\n", content_type="text/plain; version=0.0.4; charset=utf-8")


def _may_read() -> bool:
    token: str | None = current_app.config[SCRAPER]
    if token is not None:
        given = request.authorization
        typed = given.token if given and given.type == "bearer" else None
        return hmac.compare_digest((typed or "").encode(), token.encode())
    # What a proxy that we were not told of passes on comes from its machine, and is not of it.
    sender = request.remote_addr
    return sender is not None and [*request.access_route] == [sender] and ip_address(sender).is_loopback


def _of_search(found: list[Standing]) -> Iterator[str]:
    yield from _gauge("anju_search_index_lag_seconds", "Age of the oldest change that is not in the index.")
    for one in found:
        yield f'anju_search_index_lag_seconds{{engine="{one.engine}"}} {one.lag.total_seconds():.0f}'
    yield from _gauge("anju_search_drift_homes", "Homes that the last comparison found to differ.")
    for one in found:
        if one.check:
            for kind in ("missing", "late", "wrong"):
                count = getattr(one.check, kind)
                yield f'anju_search_drift_homes{{engine="{one.engine}",kind="{kind}"}} {count}'
    yield from _gauge("anju_search_checked_timestamp_seconds", "When that comparison ended.")
    for one in found:
        if one.check:
            moment = one.check.checked_at.timestamp()
            yield f'anju_search_checked_timestamp_seconds{{engine="{one.engine}"}} {moment:.0f}'


def _gauge(name: str, told: str) -> Iterator[str]:
    yield f"# HELP {name} {told}"
    yield f"# TYPE {name} gauge"
