"""Answers while the engine that should answer does not: PostgreSQL's, on a pool of its own.

Searches so can neither wait for a dead server one after the other nor take the connections that redemptions
need.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final, TypeVar

import structlog
from elasticsearch import ApiError, TransportError
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolIsBusy
from sqlalchemy.orm import Session

from app.core.errors import Busy
from app.search.engine import Answers, Hits
from app.search.errors import EngineFailed
from app.search.places import Places
from app.search.postgres import PostgresEngine
from app.search.request import SearchRequest

PAUSE_SECONDS: Final = 5.0
"""How long a server that failed is left alone; then one search tries it again."""

SECONDS: Final = 1.0
"""What PostgreSQL has for a page instead, its counts included."""

_log: Final = structlog.get_logger(__name__)
_Answer = TypeVar("_Answer")


class WithStandIn:
    """Asks ``first``; while that fails, PostgreSQL on ``database``, read-only and with short timeouts.

    ``monotonic`` tells seconds that only grow. Threads may share it.
    """

    def __init__(self, first: Answers, database: Engine, monotonic: Callable[[], float]) -> None:
        self._first = first
        self._database = database
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._left_alone_until = 0.0

    def search(self, request: SearchRequest) -> Hits:
        """Return the page that the request asks for. Raises Busy when neither can answer in time.

        Of a page that PostgreSQL answers nothing is counted where that does not come within the second.
        """
        return self._ask(
            lambda engine: engine.search(request),
            lambda engine: replace(engine.search(request), stand_in=True),
        )

    def page(self, request: SearchRequest) -> Hits:
        """Return the page, with nothing counted. Raises Busy when neither can answer in time."""
        return self._ask(
            lambda engine: engine.page(request), lambda engine: replace(engine.page(request), stand_in=True)
        )

    def count(self, request: SearchRequest) -> int:
        """Return how many homes match, whatever the page. Raises Busy when neither can answer in time."""
        return self._ask(lambda engine: engine.count(request))

    def places(self, request: SearchRequest) -> Places:
        """Return what is found of each development. Raises Busy when neither can answer in time."""
        return self._ask(lambda engine: engine.places(request))

    def firsts(self, request: SearchRequest, refs: Sequence[str]) -> dict[str, tuple[int, ...]]:
        """Return the first homes of developments. Raises Busy when neither can answer in time."""
        return self._ask(lambda engine: engine.firsts(request, refs))

    def _ask(
        self, ask: Callable[[Answers], _Answer], ask_instead: Callable[[Answers], _Answer] | None = None
    ) -> _Answer:
        """Return what the first one says, else what PostgreSQL does, to ``ask_instead`` if it is given."""
        if self._may_try():
            try:
                answer = ask(self._first)
            except (ApiError, TransportError, EngineFailed) as error:
                self._leave_alone()
                _log.warning("search.fell_back", error=type(error).__name__)
            else:
                self._trust_again()
                return answer
        try:
            with Session(self._database) as session:
                return (ask_instead or ask)(PostgresEngine(lambda: session, count_within=SECONDS))
        except (OperationalError, PoolIsBusy) as error:
            raise Busy from error

    def _may_try(self) -> bool:
        """Tell whether to try the first one: after a failure only one search does, once in a while."""
        with self._lock:
            now = self._monotonic()
            if now < self._left_alone_until:
                return False
            if self._left_alone_until:
                self._left_alone_until = now + PAUSE_SECONDS
            return True

    def _trust_again(self) -> None:
        with self._lock:
            self._left_alone_until = 0.0

    def _leave_alone(self) -> None:
        with self._lock:
            self._left_alone_until = self._monotonic() + PAUSE_SECONDS
