"""How many requests are left: said in the headers of every answer that is counted."""

from datetime import UTC, datetime

from flask import Flask, Response

from app.core import clock
from app.extensions import limiter


def _tell(response: Response) -> Response:
    """Add RateLimit-Limit, -Remaining and -Reset (in seconds), and Retry-After to whoever has to wait."""
    counted = limiter.current_limit
    if counted is None:
        return response
    left = datetime.fromtimestamp(counted.reset_at, UTC) - clock.system_now()
    seconds = max(1, int(left.total_seconds()))
    response.headers["RateLimit-Limit"] = str(counted.limit.amount)
    response.headers["RateLimit-Remaining"] = str(max(0, counted.remaining))
    response.headers["RateLimit-Reset"] = str(seconds)
    if counted.breached:
        response.headers["Retry-After"] = str(seconds)
    return response


def register(app: Flask) -> None:
    """Attach the headers."""
    app.after_request(_tell)
