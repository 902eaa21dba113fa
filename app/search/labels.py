"""What the values of two facets are called: districts, and the commonest developments of nearly every page.

Each process keeps what it read for a minute, so among the filters a new name may show that much later. The
homes of a page are read again each time.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from sqlalchemy import Function, Text, any_, bindparam, func, literal, select, union_all
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from app.core.prepared import Prepared
from app.homes.models import Development
from app.identity.models import District

NAMED: Final = ("district", "development")
"""The facets whose values have names."""
KEPT_SECONDS: Final = 60.0

_LINE: Final = "\n"
"""What no code, reference or name holds."""

Names = dict[tuple[str, str], str]
"""Names by facet and value."""


def joined(texts: Sequence[str]) -> str:
    """Return texts as ``lines`` takes them: the driver takes longer over a list than PostgreSQL over this."""
    return _LINE.join(texts)


def lines(name: str) -> Function[list[str]]:
    """Return the texts of a parameter, which is given them ``joined``."""
    return func.string_to_array(bindparam(name), _LINE, type_=ARRAY(Text))


class Labels:
    """Names that were read, all forgotten together after a minute. Threads may share them.

    ``monotonic`` tells seconds that only grow.
    """

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._until = 0.0
        self._kept: Names = {}

    def of(self, session: Session, values: Mapping[str, Sequence[str]]) -> Names:
        """Return what values are called, by facet and value; those without a name may be absent."""
        if self._monotonic() >= self._until:
            self._kept, self._until = {}, self._monotonic() + KEPT_SECONDS
        kept = self._kept
        unknown = {facet: [one for one in values[facet] if (facet, one) not in kept] for facet in NAMED}
        if any(unknown.values()):
            asked = {facet: joined(missing) for facet, missing in unknown.items()}
            kept.update({(facet, value): name for facet, value, name in _NAMES.rows(session, **asked)})
        return kept


_NAMES: Final = Prepared(
    union_all(
        select(literal("district"), District.code, District.name).where(
            District.code == any_(lines("district"))
        ),
        select(literal("development"), Development.ref, Development.name).where(
            Development.ref == any_(lines("development"))
        ),
    )
)
