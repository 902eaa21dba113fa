"""Reading what could be listed: free homes outside the pool, each fit for it or with the reason why not."""

import hashlib
from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.errors import Conflict, DomainError
from app.homes import rules, stock
from app.homes.models import Building, Development
from app.homes.queries import is_admitted
from app.homes.stock import StockHome


@dataclass(frozen=True, slots=True)
class Candidates:
    """Homes outside the pool: those that may be listed now, and those that may not with the refusal."""

    fit: list[StockHome]
    unfit: list[tuple[StockHome, DomainError]]

    @property
    def versions(self) -> dict[int, int]:
        """The version of each home that may be listed, by its id."""
        return {row.home.id: row.home.doc_version for row in self.fit}

    @property
    def seen(self) -> str:
        """A mark of what is shown: another one once a home changed, joined or left."""
        text = ",".join(f"{home_id}:{version}" for home_id, version in sorted(self.versions.items()))
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def candidates(
    session: Session, *, actor: Actor, development: Development, building: Building | None
) -> Candidates:
    """Return the free homes of the actor's development, or of one building, that do not stand listed."""
    admitted = is_admitted(session, district_id=development.district_id, developer_id=actor.organisation)
    found = Candidates([], [])
    for row in stock.list_free_unlisted(
        session, development_id=development.id, building_id=building.id if building else None
    ):
        refusal = _refusal(row, admitted, development.district.name)
        if refusal is None:
            found.fit.append(row)
        else:
            found.unfit.append((row, refusal))
    return found


def _refusal(row: StockHome, admitted: bool, district: str) -> DomainError | None:
    if row.home.claimed_at is not None:
        return Conflict("home_claimed_offline")
    try:
        rules.check_listing(
            status=row.home.status, amounts=row.prices.amounts, admitted=admitted, district=district
        )
    except DomainError as refusal:
        return refusal
    return None
