"""Reading supervised accounts."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from app.core.actor import Actor, Role
from app.core.errors import NotFound
from app.homes.models import Development
from app.identity import queries as identity
from app.payments.account_models import SupervisedAccount


def find_current(session: Session, *, development_id: int) -> SupervisedAccount | None:
    """Return the account that a development's households pay into now, or None."""
    return _find(session, development_id, "current")


def find_current_of(
    session: Session, development_refs: Collection[str]
) -> dict[str, SupervisedAccount | None]:
    """Return the account in use, or None, of each development, by the development's reference."""
    wanted = (
        select(Development.ref, SupervisedAccount)
        .join(SupervisedAccount, SupervisedAccount.development_id == Development.id)
        .where(Development.ref.in_(development_refs), SupervisedAccount.state == "current")
    )
    found: dict[str, SupervisedAccount] = dict(session.execute(wanted).all())
    return {ref: found.get(ref) for ref in development_refs}


def find_proposed(session: Session, *, development_id: int) -> SupervisedAccount | None:
    """Return the account of a development that waits for a second person, or None."""
    return _find(session, development_id, "proposed")


def _find(session: Session, development_id: int, state: str) -> SupervisedAccount | None:
    wanted = select(SupervisedAccount).where(
        SupervisedAccount.development_id == development_id, SupervisedAccount.state == state
    )
    return session.scalars(wanted).first()


def get_told(session: Session, *, development_id: int, ref: str) -> SupervisedAccount:
    """Return an account that a development's households are, or were, told to pay into. Raises NotFound."""
    wanted = select(SupervisedAccount).where(
        SupervisedAccount.development_id == development_id,
        SupervisedAccount.ref == ref,
        SupervisedAccount.state.in_(("current", "replaced")),
    )
    found = session.scalars(wanted).first()
    if found is None:
        raise NotFound("account_gone")
    return found


def list_told(session: Session, *, actor: Actor) -> Sequence[SupervisedAccount]:
    """Return the accounts of the actor's district, those in use and former ones, by development."""
    wanted = (
        select(SupervisedAccount)
        .join(Development, Development.id == SupervisedAccount.development_id)
        .where(SupervisedAccount.district_id == actor.district)
        .where(SupervisedAccount.state.in_(("current", "replaced")))
        .options(joinedload(SupervisedAccount.development))
        .order_by(Development.name, SupervisedAccount.state, SupervisedAccount.id)
    )
    return session.scalars(wanted).all()


@dataclass(frozen=True, slots=True)
class Entry:
    """One account of a development's history, with the names of who entered and who decided it."""

    account: SupervisedAccount
    entered_by: str | None
    decided_by: str | None


def list_history(session: Session, *, development_id: int) -> list[Entry]:
    """Return all accounts a development ever had or was to have, the newest first."""
    wanted = select(SupervisedAccount).where(SupervisedAccount.development_id == development_id)
    accounts = session.scalars(wanted.order_by(SupervisedAccount.id.desc())).all()
    people = (one for account in accounts for one in (account.entered_by_id, account.decided_by_id))
    names = identity.names_of(session, people)
    return [Entry(one, names.get(one.entered_by_id), names.get(one.decided_by_id)) for one in accounts]


def get_development(session: Session, *, actor: Actor, ref: str) -> Development:
    """Return a development whose account the actor may see: the company's own, or in the actor's district.

    Raises NotFound.
    """
    wanted = select(Development).where(Development.ref == ref)
    if actor.role is Role.DEVELOPER:
        wanted = wanted.where(Development.developer_id == actor.organisation)
    else:
        wanted = wanted.where(Development.district_id == actor.district)
    found = session.scalars(wanted).first()
    if found is None:
        raise NotFound("development_not_found")
    return found


@dataclass(frozen=True, slots=True)
class Place:
    """A development of the district: the account it has, and the one that waits."""

    development: Development
    current: SupervisedAccount | None
    proposed: SupervisedAccount | None


def list_places(session: Session, *, actor: Actor, limit: int = 20, offset: int = 0) -> list[Place]:
    """Return the district's developments with their accounts, those with something to decide first."""
    waits = select(func.count(SupervisedAccount.id)).where(
        SupervisedAccount.development_id == Development.id, SupervisedAccount.state == "proposed"
    )
    wanted = (
        select(Development)
        .where(Development.district_id == actor.district)
        .options(joinedload(Development.developer))
        .order_by(waits.scalar_subquery().desc(), Development.name, Development.id)
    )
    found = session.scalars(wanted.limit(limit).offset(offset)).all()
    accounts = session.scalars(
        select(SupervisedAccount).where(
            SupervisedAccount.development_id.in_([one.id for one in found]),
            SupervisedAccount.state.in_(("current", "proposed")),
        )
    )
    by_place = {(one.development_id, one.state): one for one in accounts}
    return [
        Place(one, by_place.get((one.id, "current")), by_place.get((one.id, "proposed"))) for one in found
    ]


def count_places(session: Session, *, actor: Actor) -> int:
    """Return how many developments stand in the actor's district."""
    wanted = select(func.count(Development.id)).where(Development.district_id == actor.district)
    return session.scalars(wanted).one()


def list_proposed(session: Session, *, actor: Actor) -> Sequence[SupervisedAccount]:
    """Return the accounts of the actor's district that wait for a second person, the oldest first."""
    wanted = (
        select(SupervisedAccount)
        .where(SupervisedAccount.district_id == actor.district, SupervisedAccount.state == "proposed")
        .options(joinedload(SupervisedAccount.development))
        .order_by(SupervisedAccount.id)
    )
    return session.scalars(wanted).all()
