"""Who looks at what is asked on a connection: through SQLAlchemy, or past it by what is prepared."""

from collections.abc import Callable
from typing import Any

from app.core.driver import KeptCursor
from app.core.prepared import CURSOR


def is_watched(connection: Any) -> bool:
    """Tell whether somebody looks at what is asked on a pool's connection."""
    return hasattr(connection.driver_connection.cursor_factory, "is_watched")


def watch(connection: Any, look: Callable[[Any], object]) -> Callable[[], None]:
    """Call ``look`` with each statement about to be asked on a pool's connection; return what ends that.

    The cursor that prepared statements keep is made past the driver's factory, so it is put there.
    """
    driver, kept = connection.driver_connection, connection.info
    plain = driver.cursor_factory

    def watched(base: Any) -> Any:
        class Watched(base):  # type: ignore[misc]
            is_watched = True

            def execute(self, query: Any, *given: Any, **more: Any) -> Any:
                look(query)
                return super().execute(query, *given, **more)

            def executemany(self, query: Any, *given: Any, **more: Any) -> Any:
                look(query)
                return super().executemany(query, *given, **more)

        return Watched

    def restore() -> None:
        driver.cursor_factory = plain
        kept.pop(CURSOR, None)

    driver.cursor_factory = watched(plain)
    kept[CURSOR] = watched(KeptCursor)(driver)
    return restore
