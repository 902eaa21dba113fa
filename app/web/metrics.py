"""/metrics: figures for Prometheus, in its text format.

All are read from the database when they are asked for, so every process gives the same ones.
"""

from collections.abc import Iterator

from flask import Blueprint, Response

from app.extensions import db
from app.search.standing import Standing, standings
from app.web.access import public

bp = Blueprint("metrics", __name__)


@bp.get("/metrics")
@public
def metrics() -> Response:
    """Answer figures for Prometheus: how far the search is behind; counts and ages alone."""
    lines = "\n".join(_of_search(standings(db.session())))
    return Response(lines + "\n", content_type="text/plain; version=0.0.4; charset=utf-8")


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
