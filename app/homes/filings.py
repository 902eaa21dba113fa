"""Reading filed prices: what the bureau registered beside what the developer typed, for both to see."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session, joinedload

from app.core.actor import Actor
from app.core.errors import NotFound
from app.homes.models import DWELLING, Building, Development, Home, PriceVersion


@dataclass(frozen=True, slots=True)
class Filed:
    """The filed price of a home from either side; None where a side never gave one."""

    bureau: PriceVersion | None = None
    """What is in force, once the bureau registered one."""
    own: PriceVersion | None = None
    """The developer's last figure, in force only while the bureau has none."""

    @property
    def differs(self) -> bool:
        """Whether both sides gave a sum and they are not the same."""
        if self.bureau is None or self.own is None:
            return False
        return self.bureau.amount_fen != self.own.amount_fen


@dataclass(frozen=True, slots=True)
class FiledHome:
    """A home of a building, with its filed price from either side."""

    home: Home
    filed: Filed


def filed_of(session: Session, home_ids: Iterable[int]) -> dict[int, Filed]:
    """Return the filed prices of these homes from either side; every id asked for is in the answer."""
    found: dict[int, dict[str, PriceVersion]] = {home_id: {} for home_id in home_ids}
    statement = (
        select(PriceVersion)
        .where(PriceVersion.home_id.in_(found), PriceVersion.kind == "filed")
        .ext(distinct_on(PriceVersion.home_id, PriceVersion.source))
        .order_by(PriceVersion.home_id, PriceVersion.source, PriceVersion.id.desc())
    )
    for version in session.scalars(statement):
        found[version.home_id]["bureau" if version.source == "bureau" else "own"] = version
    return {home_id: Filed(**sides) for home_id, sides in found.items()}


def count_developments(session: Session, *, actor: Actor) -> int:
    """Return how many developments stand in the actor's district."""
    here = Development.district_id == actor.district
    return session.scalar(select(func.count()).select_from(Development).where(here)) or 0


def list_developments(
    session: Session, *, actor: Actor, limit: int | None, offset: int = 0
) -> Sequence[Development]:
    """Return the developments of the actor's district by name, with their developers; no ``limit``: all."""
    statement = (
        select(Development)
        .where(Development.district_id == actor.district)
        .options(joinedload(Development.developer))
        .order_by(Development.name, Development.id)
    )
    return session.scalars(statement.limit(limit).offset(offset)).all()


def count_unfiled(session: Session, development_ids: Iterable[int]) -> dict[int, int]:
    """Return how many homes of these developments the bureau has registered no price for."""
    ids = list(development_ids)
    filed = select(PriceVersion.home_id).where(
        PriceVersion.source == "bureau", PriceVersion.effective_to.is_(None)
    )
    statement = (
        select(Home.development_id, func.count())
        .where(Home.development_id.in_(ids), Home.id.not_in(filed), DWELLING)
        .group_by(Home.development_id)
    )
    counted = dict(list(session.execute(statement)))
    return {one: counted.get(one, 0) for one in ids}


def get_development(session: Session, *, actor: Actor, ref: str) -> Development:
    """Return a development of the actor's district with its developer. Raises NotFound for any other."""
    statement = (
        select(Development)
        .where(Development.ref == ref, Development.district_id == actor.district)
        .options(joinedload(Development.developer))
    )
    development = session.scalars(statement).first()
    if development is None:
        raise NotFound("development_not_found")
    return development


def list_homes(session: Session, building: Building) -> list[FiledHome]:
    """Return a building's homes by unit, storey and room, with their filed prices."""
    order = (Home.unit, Home.storey, Home.room)
    statement = select(Home).where(Home.building_id == building.id).order_by(*order)
    homes = session.scalars(statement, execution_options={"populate_existing": True}).all()
    filed = filed_of(session, [home.id for home in homes])
    return [FiledHome(home, filed[home.id]) for home in homes]
