"""Reading printed lists (纸质清单): a household's own, and those of the authority's district."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Session, joinedload

from app.core.actor import Actor, Role
from app.core.errors import NotFound
from app.following.models import Change, SavedSearch
from app.following.paper_models import PrintedList
from app.following.paper_rules import Step, net
from app.following.rules import Telling
from app.projects.models import Household, Project


@dataclass(frozen=True, slots=True)
class Waiting:
    """A project with how many households asked for paper, and for how many of them there is news."""

    project: Project
    asked: int
    waiting: int


@dataclass(frozen=True, slots=True)
class Pile:
    """Lists that were printed together: how many, and how many of these were brought or taken back."""

    ref: str
    printed_at: datetime
    printed: int
    delivered: int
    taken_back: int

    @property
    def waiting(self) -> int:
        """How many are still to be brought."""
        return self.printed - self.delivered - self.taken_back


_ON_PAPER = SavedSearch.telling == Telling.PAPER
_PENDING = (
    select(PrintedList.id)
    .where(
        PrintedList.household_id == Household.id,
        PrintedList.delivered_at.is_(None),
        PrintedList.taken_back_at.is_(None),
    )
    .correlate(Household)
    .exists()
)
_FRESH = Change.printed_list_id.is_(None)


def list_projects(session: Session, *, actor: Actor) -> list[Waiting]:
    """Return the projects of the actor's district with households that asked for paper, by name."""
    asked = select(SavedSearch.id).where(SavedSearch.household_id == Household.id, _ON_PAPER).exists()
    statement = (
        select(Project, func.array_agg(Household.id), func.array_agg(Household.id).filter(~_PENDING))
        .join(Household, Household.project_id == Project.id)
        .where(Project.district_id == actor.district, asked)
        .group_by(Project.id)
        .order_by(Project.name)
    )
    news = _with_news(session, SavedSearch.district_id == actor.district, _ON_PAPER)
    return [
        Waiting(project, len(households), len(news.intersection(free or ())))
        for project, households, free in session.execute(statement)
    ]


def list_waiting(session: Session, *, actor: Actor, project_id: int) -> Sequence[Household]:
    """Return the households of a project that asked for paper, have news and are to be brought no list."""
    there = select(Household.id).where(
        Household.project_id == project_id, Household.district_id == actor.district, ~_PENDING
    )
    news = _with_news(session, SavedSearch.household_id.in_(there), _ON_PAPER)
    statement = select(Household).where(Household.id.in_(news)).order_by(Household.id)
    return session.scalars(statement.options(joinedload(Household.project))).all()


def _with_news(session: Session, *wanted: ColumnElement[bool]) -> set[int]:
    """Return the households for whom changes that no list has yet come to something."""
    first, last = Change.id.asc(), Change.id.desc()
    steps = (
        func.array_agg(aggregate_order_by(column, order))[1]
        for order in (first, last)
        for column in (Change.kind, Change.before_fen, Change.after_fen)
    )
    statement = (
        select(SavedSearch.household_id, *steps)
        .join(SavedSearch, SavedSearch.id == Change.saved_search_id)
        .where(_FRESH, *wanted)
        .group_by(SavedSearch.household_id, Change.saved_search_id, Change.home_id)
    )
    return {
        household_id
        for household_id, *ends in session.execute(statement)
        if net([Step(*ends[:3]), Step(*ends[3:])]) is not None
    }


def list_piles(session: Session, *, actor: Actor, project_id: int, limit: int = 20) -> list[Pile]:
    """Return the piles that were printed for a project, the newest first."""
    statement = (
        select(
            PrintedList.pile_ref,
            func.min(PrintedList.printed_at),
            func.count(),
            func.count(PrintedList.delivered_at),
            func.count(PrintedList.taken_back_at),
        )
        .join(Household, Household.id == PrintedList.household_id)
        .where(
            PrintedList.district_id == actor.district,
            Household.project_id == project_id,
            PrintedList.pile_ref.is_not(None),
        )
        .group_by(PrintedList.pile_ref)
        .order_by(func.max(PrintedList.id).desc())
        .limit(limit)
    )
    return [
        Pile(str(ref), at, printed, delivered, taken_back)
        for ref, at, printed, delivered, taken_back in session.execute(statement)
    ]


def get_pile(session: Session, *, actor: Actor, pile_ref: str) -> Sequence[PrintedList]:
    """Return the lists of a pile of the actor's district, in the order they were printed. Raises NotFound."""
    own = (PrintedList.pile_ref == pile_ref, PrintedList.district_id == actor.district)
    found = session.scalars(_whole(*own).order_by(PrintedList.id)).all()
    if not found:
        raise NotFound("printed_list_gone")
    return found


def get_list(session: Session, *, actor: Actor, ref: str) -> PrintedList:
    """Return a printed list: a household's own, or one of the actor's district. Raises NotFound."""
    own = (PrintedList.ref == ref, PrintedList.district_id == actor.district)
    statement = _whole(*own)
    if actor.role is Role.HOUSEHOLD:
        statement = statement.where(PrintedList.household_id == actor.household)
    found = session.scalars(statement).first()
    if found is None:
        raise NotFound("printed_list_gone")
    return found


def list_of_household(
    session: Session, *, actor: Actor, household_id: int, limit: int = 20
) -> Sequence[PrintedList]:
    """Return the lists of a household of the actor's district that were not taken back, the newest first."""
    own = (
        PrintedList.household_id == household_id,
        PrintedList.district_id == actor.district,
        PrintedList.taken_back_at.is_(None),
    )
    return session.scalars(_whole(*own).order_by(PrintedList.id.desc()).limit(limit)).all()


def has_news(session: Session, *, actor: Actor) -> bool:
    """Tell whether there is anything to print for the acting household."""
    return bool(_with_news(session, SavedSearch.household_id == actor.household))


def list_unprinted(session: Session, *, household_id: int, on_paper_alone: bool) -> Sequence[Change]:
    """Return the changes of a household's searches that no list has yet, oldest first."""
    statement = (
        select(Change)
        .join(SavedSearch, SavedSearch.id == Change.saved_search_id)
        .where(SavedSearch.household_id == household_id, _FRESH)
        .order_by(Change.id)
    )
    return session.scalars(statement.where(_ON_PAPER) if on_paper_alone else statement).all()


def last_printed_at(session: Session, *, household_id: int) -> datetime | None:
    """Return when a household's latest list was printed that was not taken back; None for none."""
    statement = select(func.max(PrintedList.printed_at)).where(
        PrintedList.household_id == household_id, PrintedList.taken_back_at.is_(None)
    )
    return session.scalars(statement).one()


def is_waiting(one: PrintedList) -> bool:
    """Tell whether a list was neither brought nor taken back."""
    return one.delivered_at is None and one.taken_back_at is None


def _whole(*wanted: ColumnElement[bool]) -> Select[PrintedList]:
    whose = (PrintedList.printed_by, PrintedList.delivered_by)
    household = joinedload(PrintedList.household).joinedload(Household.project)
    return select(PrintedList).where(*wanted).options(household, *(joinedload(one) for one in whose))
