"""Writing developments and buildings."""

from datetime import date

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.core import audit, clock
from app.core.actor import Actor
from app.core.errors import DomainError, NotFound
from app.core.ids import new_ref
from app.homes import rules
from app.homes.models import Building, Development


def create_development(
    session: Session,
    *,
    actor: Actor,
    district_id: int,
    name: str,
    address: str,
    stage: str,
    sales_phone: str,
    presale_permit: str | None = None,
    supervised_account: str | None = None,
    delivery_on: date | None = None,
    lat: float | None = None,
    lon: float | None = None,
) -> Development:
    """Create a development of the actor's company; ``stage`` is finished (现房) or presale (期房).

    The point is in WGS-84 degrees. Raises DomainError at ``name`` when the company has one of that name, at
    ``presale_permit`` or ``delivery_on`` when homes not yet built lack them, at ``sales_phone``, ``lat`` or
    ``lon`` when they cannot be right.
    """
    rules.check_presale(stage=stage, presale_permit=presale_permit, delivery_on=delivery_on)
    rules.check_point(lat, lon)
    values = {
        "ref": new_ref("DV"),
        "developer_id": actor.organisation,
        "district_id": district_id,
        "name": name.strip(),
        "address": address,
        "lat": lat,
        "lon": lon,
        "stage": stage,
        "presale_permit": presale_permit or None,
        "supervised_account": supervised_account or None,
        "delivery_on": delivery_on,
        "sales_phone": rules.tidy_phone(sales_phone),
        "created_at": clock.now(),
    }
    unique = [Development.developer_id, Development.name]
    statement = insert(Development).values(values).on_conflict_do_nothing(index_elements=unique)
    development = session.scalars(statement.returning(Development)).first()
    if development is None:
        raise DomainError("development_name_taken", "name")
    audit.record(
        session,
        actor=actor,
        action="homes.create_development",
        object_type="development",
        object_id=development.id,
    )
    return development


def create_building(
    session: Session,
    *,
    actor: Actor,
    development_id: int,
    name: str,
    storeys: int,
    units: int | None = None,
    has_lift: bool | None = None,
) -> Building:
    """Create a building of one of the actor's developments; ``storeys`` counts those above ground.

    Raises NotFound for somebody else's development, DomainError at ``name`` when it has one of that name.
    """
    development = session.get(Development, development_id)
    if development is None or development.developer_id != actor.organisation:
        raise NotFound("development_not_found")
    values = {
        "development_id": development_id,
        "name": name.strip(),
        "storeys": storeys,
        "units": units,
        "has_lift": has_lift,
    }
    unique = [Building.development_id, Building.name]
    statement = insert(Building).values(values).on_conflict_do_nothing(index_elements=unique)
    building = session.scalars(statement.returning(Building)).first()
    if building is None:
        raise DomainError("building_name_taken", "name")
    audit.record(
        session, actor=actor, action="homes.create_building", object_type="building", object_id=building.id
    )
    return building
