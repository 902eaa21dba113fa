"""Places beside homes while spaces are locked, under the lock of the home's purchase: none is given twice."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.errors import Conflict
from app.redemptions import beside, queries
from app.redemptions.models import Redemption
from app.redemptions.snapshot import Snapshot


def bought_ids(session: Session, household_id: int, frozen: Sequence[Snapshot]) -> set[int]:
    """Return the household's purchases that spaces of these quotes are to stand beside.

    Those that are locked together with them are not among these.
    """
    own = {one.home.ref for one in frozen}
    refs = {one.beside.home_ref for one in frozen if one.beside} - own
    if not refs:
        return set()
    return set(session.scalars(beside.standing(select(Redemption.id), household_id, refs)))


class Spots:
    """The purchases that spaces may be locked beside: those of homes bought before, and locked just now."""

    def __init__(self, session: Session, bought: Sequence[Redemption], moment: datetime) -> None:
        """Read what stands beside purchases that are locked; those past their deadline are none."""
        standing = [
            one for one in bought if one.state in beside.STANDING and not queries.is_over(one, moment)
        ]
        ids = {one.home.ref: one.id for one in standing}
        payers = beside.payers(session, ids.values()) if ids else {}
        taken = beside.places(session, ids.values()) if ids else {}
        self._homes = {ref: (row_id, payers[row_id], taken[row_id]) for ref, row_id in ids.items()}

    def add(self, frozen: Snapshot, redemption: Redemption) -> None:
        """Take in a home that was locked just now; spaces are none."""
        if frozen.is_home:
            paying = frozenset(part.voucher_id for part in frozen.used_parts)
            self._homes[frozen.home.ref] = (redemption.id, paying, set())

    def take(self, frozen: Snapshot) -> tuple[int | None, int | None]:
        """Return beside which purchase a quote is locked, and in which place; nothing for one that is alone.

        Raises Conflict when the home's purchase does not stand, another voucher pays than for the home, or as
        many spaces stand beside it as may.
        """
        if frozen.beside is None:
            return None, None
        if frozen.beside.home_ref not in self._homes:
            raise Conflict("space_home_not_bought")
        beside_id, payers, taken = self._homes[frozen.beside.home_ref]
        if not {part.voucher_id for part in frozen.used_parts} <= payers:
            raise Conflict("space_vouchers_other")
        place = next(place for place in range(1, len(taken) + 2) if place not in taken)
        if frozen.beside.most is not None and place > frozen.beside.most:
            raise Conflict("spaces_full", most=frozen.beside.most)
        taken.add(place)
        return beside_id, place
