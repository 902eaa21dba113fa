"""What the evidence says of a home and of its prices, taken from the stock as it is now."""

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.cases.described import HomeFacts
from app.cases.evidence import PriceFacts
from app.homes.models import Home, PriceVersion
from app.identity.models import Membership

Roles = dict[int, list[tuple[int | None, str]]]
"""The memberships of each author, the newest last: organisation and role."""


def home_facts(home: Home) -> HomeFacts:
    """Return what a home is and where it stands."""
    return HomeFacts(
        ref=home.ref,
        development_ref=home.development.ref,
        development=home.development.name,
        address=home.development.address,
        building=home.building.name,
        unit=home.unit,
        storey=home.storey,
        room=home.room,
        rooms=home.rooms,
        area_m2=home.area_m2,
    )


def price_facts(version: PriceVersion, developer_id: int, roles: Roles) -> PriceFacts:
    """Return a price, and in which role its author gave it."""
    return PriceFacts(
        version_id=version.id,
        amount_fen=version.amount_fen,
        effective_from=version.effective_from,
        author_role=_role(roles.get(version.author_id or 0, []), developer_id),
        reason=version.reason,
        filing_number=version.filing_number,
    )


def author_roles(session: Session, versions: Iterable[PriceVersion]) -> Roles:
    """Return the memberships of all who gave these prices."""
    authors = {version.author_id for version in versions if version.author_id is not None}
    statement = (
        select(Membership.user_id, Membership.organisation_id, Membership.role)
        .where(Membership.user_id.in_(authors))
        .order_by(Membership.id)
    )
    roles: Roles = {}
    for user_id, organisation_id, role in session.execute(statement):
        roles.setdefault(user_id, []).append((organisation_id, role))
    return roles


def _role(memberships: list[tuple[int | None, str]], developer_id: int) -> str | None:
    """Return the role an author has with the home's developer, else the newest one."""
    own = [role for organisation_id, role in memberships if organisation_id == developer_id]
    return own[-1] if own else memberships[-1][1] if memberships else None
