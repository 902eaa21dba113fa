"""Reading projects, households and agreements: always within the actor's district."""

from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, exists, func, or_, select
from sqlalchemy.orm import Session, joinedload

from app.core.actor import Actor
from app.core.errors import NotFound
from app.core.ids import normalise_ref
from app.projects.models import Agreement, Household, Project


def get_project(session: Session, *, actor: Actor, project_id: int) -> Project:
    """Return a project of the actor's district. Raises NotFound."""
    statement = select(Project).where(Project.id == project_id, Project.district_id == actor.district)
    project = session.scalars(statement).first()
    if project is None:
        raise NotFound("project_gone")
    return project


def get_household_by_id(session: Session, *, actor: Actor, household_id: int) -> Household:
    """Return a household of the actor's district by its internal id. Raises NotFound."""
    statement = select(Household).where(Household.id == household_id, Household.district_id == actor.district)
    household = session.scalars(statement.options(joinedload(Household.project))).first()
    if household is None:
        raise NotFound("household_gone")
    return household


def households_by_id(
    session: Session, *, actor: Actor, household_ids: Collection[int]
) -> dict[int, Household]:
    """Return households of the actor's district by their internal ids; others are absent."""
    statement = select(Household).where(
        Household.id.in_(household_ids), Household.district_id == actor.district
    )
    return {household.id: household for household in session.scalars(statement)}


def get_household(session: Session, *, actor: Actor, ref: str) -> Household:
    """Return a household of the actor's district by its public reference. Raises NotFound."""
    statement = select(Household).where(Household.ref == ref, Household.district_id == actor.district)
    household = session.scalars(statement.options(joinedload(Household.project))).first()
    if household is None:
        raise NotFound("household_gone")
    return household


def list_without_agreement(session: Session, *, actor: Actor) -> list[tuple[str, str]]:
    """Return reference and holder of the households of the actor's district that signed nothing yet."""
    signed = exists().where(
        Agreement.district_id == Household.district_id, Agreement.household_id == Household.id
    )
    statement = select(Household.ref, Household.holder_name).where(
        Household.district_id == actor.district, ~signed
    )
    ordered = statement.order_by(Household.project_id, Household.id)
    return [(ref, holder) for ref, holder in session.execute(ordered)]


def get_agreement(session: Session, *, actor: Actor, number: str) -> Agreement:
    """Return an agreement of the actor's district by its number. Raises NotFound."""
    statement = select(Agreement).where(Agreement.number == number, Agreement.district_id == actor.district)
    agreement = session.scalars(
        statement.options(joinedload(Agreement.household).joinedload(Household.project))
    ).first()
    if agreement is None:
        raise NotFound("agreement_gone")
    return agreement


def get_agreement_by_id(session: Session, *, actor: Actor, agreement_id: int) -> Agreement:
    """Return an agreement of the actor's district by its internal id. Raises NotFound."""
    statement = select(Agreement).where(Agreement.id == agreement_id, Agreement.district_id == actor.district)
    agreement = session.scalars(statement).first()
    if agreement is None:
        raise NotFound("agreement_gone")
    return agreement


def list_agreements(session: Session, *, actor: Actor, household_id: int) -> Sequence[Agreement]:
    """Return a household's agreements, oldest first."""
    statement = (
        select(Agreement)
        .where(Agreement.household_id == household_id, Agreement.district_id == actor.district)
        .order_by(Agreement.signed_on, Agreement.id)
    )
    return session.scalars(statement).all()


def count_households(session: Session, *, actor: Actor, words: str = "") -> int:
    """Return how many households ``list_households`` would list without a limit."""
    return session.scalars(select(func.count(Household.id)).where(*_matching(actor, words))).one()


def list_households(
    session: Session, *, actor: Actor, words: str = "", offset: int = 0, limit: int = 20
) -> Sequence[Household]:
    """Return the households of the actor's district whose holder, old address, reference or agreement match.

    ``words`` empty lists all; ordered by the holder's name, in code point order, then by reference.
    """
    statement = (
        select(Household)
        .where(*_matching(actor, words))
        .options(joinedload(Household.project))
        .order_by(Household.holder_name.collate("C"), Household.ref.collate("C"))
    )
    return session.scalars(statement.offset(offset).limit(limit)).all()


def _matching(actor: Actor, words: str) -> list[ColumnElement[bool]]:
    district = Household.district_id == actor.district
    if not words:
        return [district]
    numbered = select(Agreement.household_id).where(
        Agreement.district_id == actor.district, func.upper(Agreement.number) == words.upper()
    )
    hit = or_(
        Household.holder_name.contains(words, autoescape=True),
        Household.old_address.contains(words, autoescape=True),
        Household.ref == (normalise_ref(words) or words),
        Household.id.in_(numbered),
    )
    return [district, hit]
