"""Unbound extensions, and the session that picks its engine."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask_babel import Babel
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_login import LoginManager
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session as FlaskSession
from flask_wtf.csrf import CSRFProtect
from sqlalchemy import Connection, Engine
from sqlalchemy.orm import Session

from app.core.db import Base

READER = "reader"
"""Bind key of the engine for GET and HEAD: autocommit, and read-only by the server's own check."""


BESIDE = "beside"
"""Bind key of the engine for what a request asks while it holds a connection of its session: rate counters,
and the demo's clock. From the same pool, as many requests as it has connections would each hold one and wait
for another until all of them fail."""


SEARCH = "search"
"""Bind key of the engine for searches that another engine should have answered: a few read-only connections
with short timeouts, so that they never take those that redemptions need."""


class RoutedSession(FlaskSession):
    """The request's session: the writing engine, or the reader's once ``info["reader"]`` is set."""

    def get_bind(self, *args: Any, **kwargs: Any) -> Engine | Connection:
        """Return the engine that this session was routed to."""
        if self.info.get("reader"):
            return self._db.engines[READER]
        return super().get_bind(*args, **kwargs)


db = SQLAlchemy(metadata=Base.metadata, session_options={"class_": RoutedSession})


@contextmanager
def reading() -> Iterator[Session]:
    """Open a session beside the request's or the job's that only reads, without a transaction."""
    with Session(db.engines[READER], expire_on_commit=False) as session:
        yield session


@contextmanager
def writing() -> Iterator[Session]:
    """Open a session beside the request's or the job's; it commits when the block ends, unless it raises."""
    with Session(db.engine, expire_on_commit=False) as session, session.begin():
        yield session


migrate = Migrate()
login_manager = LoginManager()
csrf = CSRFProtect()
babel = Babel()


class ViewLimiter(Limiter):
    """Counts where a view says so, and nowhere else: no limit of ours is for all pages or a whole blueprint.

    The library looks for such limits before each request, and twice more for who is exempt from them.
    """

    def _check_request_limit(self, callable_name: str | None = None, in_middleware: bool = True) -> None:
        """Count a request by the limits of the view that asks."""
        if not in_middleware:
            super()._check_request_limit(callable_name, in_middleware)


limiter = ViewLimiter(key_func=get_remote_address)
