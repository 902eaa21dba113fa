"""The driver's cursor, leaner."""

from typing import Any

from psycopg import Cursor
from psycopg.pq import ExecStatus


class LeanCursor(Cursor[Any]):
    """Tells of a result's columns what the standard demands, as plain tuples: name and type.

    SQLAlchemy asks after every statement, and psycopg makes an object of each column and looks its type up:
    with the columns of a home or a voucher a quarter of what reading one costs.
    """

    @property
    def description(self) -> list[Any] | None:
        """What columns the current result has; None when it is none of rows."""
        result = self.pgresult
        if result is None or not (result.nfields or result.status == ExecStatus.TUPLES_OK):
            return None
        return [
            ((result.fname(place) or b"").decode(), result.ftype(place), None, None, None, None, None)
            for place in range(result.nfields)
        ]
