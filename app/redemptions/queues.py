"""What waits for the first and for the second person, in what order, and how fast it goes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeVarTuple

from sqlalchemy import ColumnElement, Select, and_, case, exists, false, func, or_, select, tuple_
from sqlalchemy.orm import Session, aliased

from app.core import clock
from app.core.actor import Actor
from app.homes.models import Building, Development, Home
from app.homes.rules import home_name
from app.identity.models import User
from app.ledger.models import LedgerAccount
from app.payments.models import TopUp
from app.payments.money import NET
from app.redemptions.checking import (
    BLOCKED,
    FAST_SECONDS,
    LARGE_FEN,
    MANY_OF_HOUSEHOLD,
    STATE_OF,
    Oddity,
    Turn,
)
from app.redemptions.checking_models import CaseLease, CheckBatch, CheckBatchCase
from app.redemptions.contract_models import ContractBuyer, ContractEntry
from app.redemptions.kinship_queries import is_unproved
from app.redemptions.models import Redemption, RedemptionMove
from app.redemptions.rules import TOP_UP_OWNER
from app.redemptions.states import Action, State

Columns = TypeVarTuple("Columns")


@dataclass(frozen=True, slots=True)
class Case:
    """One purchase that waits: which, since when, what is odd about it, and who has it open."""

    ref: str
    home: str
    price_fen: int
    since: datetime
    oddities: tuple[Oddity, ...]
    held_by: str | None
    in_batch: bool


@dataclass(frozen=True, slots=True)
class Pile:
    """What waits in one development: how many, how many of them odd, and since when the oldest."""

    development_ref: str
    development: str
    count: int
    odd: int
    oldest: datetime


def _since(turn: Turn) -> ColumnElement[datetime]:
    """When a purchase came to this turn."""
    came = RedemptionMove.redemption_id == Redemption.id, RedemptionMove.to_state == STATE_OF[turn]
    return select(func.max(RedemptionMove.at)).where(*came).scalar_subquery()


def _was_first(*more: ColumnElement[bool]) -> ColumnElement[bool]:
    looked = (CaseLease.redemption_id == Redemption.id, CaseLease.turn == Turn.FIRST)
    return exists().where(*looked, CaseLease.outcome == "verified", *more)


def oddities(turn: Turn) -> dict[Oddity, ColumnElement[bool]]:
    """Return what makes a purchase odd for a turn, as conditions on it; for the first what blocks it."""
    blocked: dict[Oddity, ColumnElement[bool]] = {
        Oddity.DISPUTED: Redemption.disputed_at.is_not(None),
        Oddity.UNPAID: _is_unpaid(),
        Oddity.UNPROVED: is_unproved(),
    }
    if turn is Turn.FIRST:
        return blocked
    moved = RedemptionMove.redemption_id == Redemption.id
    other = aliased(Redemption)
    under_way = other.state.in_((State.CONTRACTED, State.CHECKED))
    took = func.extract("epoch", CaseLease.ended_at - CaseLease.began_at)
    entered = (ContractEntry.redemption_id == Redemption.id, ContractEntry.state == "current")
    return blocked | {
        Oddity.BUYERS: ~exists().where(*entered, ~ContractEntry.buyers_differ),
        Oddity.MINOR: exists().where(
            *entered, ContractBuyer.entry_id == ContractEntry.id, ContractBuyer.is_minor
        ),
        Oddity.EXPLAINED: exists().where(
            moved, RedemptionMove.action == Action.VERIFY_FIRST, RedemptionMove.reason.is_not(None)
        ),
        Oddity.BATCH_FAILED: exists()
        .where(CheckBatchCase.redemption_id == Redemption.id, CheckBatchCase.batch_id == CheckBatch.id)
        .where(CheckBatch.state == "failed"),
        Oddity.REFUSED_BEFORE: exists().where(
            other.household_id == Redemption.household_id,
            other.home_id == Redemption.home_id,
            other.state == State.REFUSED,
        ),
        Oddity.FAST: _was_first(took < FAST_SECONDS),
        Oddity.UNTIMED: ~_was_first(),
        Oddity.COUNTER: exists().where(moved, RedemptionMove.visit_id.is_not(None)),
        Oddity.LARGE: Redemption.price_fen >= LARGE_FEN,
        Oddity.HOUSEHOLD: select(func.count(other.id))
        .where(other.household_id == Redemption.household_id, under_way)
        .scalar_subquery()
        >= MANY_OF_HOUSEHOLD,
    }


def _is_unpaid() -> ColumnElement[bool]:
    """Whether a top-up has not arrived whole."""
    return exists().where(
        TopUp.district_id == Redemption.district_id,
        TopUp.owner == func.concat(TOP_UP_OWNER, Redemption.id),
        LedgerAccount.id == TopUp.ledger_account_id,
        TopUp.amount_fen + TopUp.adjusted_fen > NET,
    )


def _waiting(
    statement: Select[*Columns], actor: Actor, turn: Turn, development_ref: str | None
) -> Select[*Columns]:
    statement = (
        statement.select_from(Redemption)
        .join(Home, Home.id == Redemption.home_id)
        .join(Building, Building.id == Home.building_id)
        .join(Development, Development.id == Home.development_id)
        .where(Redemption.district_id == actor.district, Redemption.state == STATE_OF[turn])
    )
    return statement.where(Development.ref == development_ref) if development_ref else statement


def _is_held() -> ColumnElement[bool]:
    """Whether somebody has it open now."""
    return and_(
        CaseLease.redemption_id == Redemption.id, CaseLease.ended_at.is_(None), CaseLease.until > clock.now()
    )


def _is_ahead(turn: Turn) -> ColumnElement[bool]:
    """Whether nothing comes before it: a space is decided on once its home is."""
    home = aliased(Redemption)
    taken = {Turn.FIRST: (State.CHECKED, State.REDEEMED), Turn.SECOND: (State.REDEEMED,)}[turn]
    return or_(
        Redemption.beside_id.is_(None),
        exists().where(home.id == Redemption.beside_id, home.state.in_(taken)),
    )


def _in_batch() -> ColumnElement[bool]:
    return exists().where(CheckBatchCase.redemption_id == Redemption.id, CheckBatchCase.outcome.is_(None))


def _own(actor: Actor) -> ColumnElement[bool]:
    """Whether the actor verified it first, or acted in it at the counter: then somebody else decides."""
    took_part = or_(
        RedemptionMove.action == Action.VERIFY_FIRST,
        RedemptionMove.visit_id.is_not(None),
    )
    return exists().where(
        RedemptionMove.redemption_id == Redemption.id, RedemptionMove.user_id == actor.user_id, took_part
    )


def decidable(
    actor: Actor, turn: Turn, *, development_ref: str | None = None, odd: bool | None = None
) -> Select[int, str]:
    """Return the query of ids and references that the actor may be given now, the oldest first.

    Without those that are blocked, their own, open with somebody else or in a batch, and without spaces
    whose home comes first; with ``odd`` only those that are, or are not.
    """
    conditions = oddities(turn)
    held_by_other = exists().where(_is_held(), CaseLease.user_id != actor.user_id)
    statement = _waiting(select(Redemption.id, Redemption.ref), actor, turn, development_ref).where(
        *(~conditions[one] for one in BLOCKED), ~_own(actor), ~held_by_other, ~_in_batch(), _is_ahead(turn)
    )
    if odd is not None:
        is_odd = or_(*conditions.values())
        statement = statement.where(is_odd if odd else ~is_odd)
    return statement.order_by(_since(turn), Redemption.id)


def list_next(
    session: Session,
    *,
    actor: Actor,
    turn: Turn,
    development_ref: str | None,
    after_ref: str | None,
    limit: int,
) -> Sequence[tuple[int, str]]:
    """Return ids and references of the next cases to be opened one by one, behind ``after_ref`` if given.

    The first person is given all; the second what is odd.
    """
    wanted = decidable(
        actor, turn, development_ref=development_ref, odd=True if turn is Turn.SECOND else None
    )
    if after_ref:
        here = select(_since(turn), Redemption.id).where(
            Redemption.ref == after_ref, Redemption.district_id == actor.district
        )
        found = session.execute(here).first()
        if found is not None and found[0] is not None:
            wanted = wanted.where(tuple_(_since(turn), Redemption.id) > tuple_(*found))
    return [(row.id, row.ref) for row in session.execute(wanted.limit(limit))]


def piles(session: Session, *, actor: Actor, turn: Turn) -> list[Pile]:
    """Return what waits, by development, the oldest first."""
    is_odd = or_(*oddities(turn).values()) if turn is Turn.SECOND else false()
    each = _waiting(
        select(
            Development.ref,
            Development.name,
            case((is_odd, 1), else_=0).label("odd"),
            _since(turn).label("since"),
        ),
        actor,
        turn,
        None,
    ).subquery()
    statement = (
        select(each.c.ref, each.c.name, func.count(), func.sum(each.c.odd), func.min(each.c.since))
        .group_by(each.c.ref, each.c.name)
        .order_by(func.min(each.c.since), each.c.ref)
    )
    return [Pile(*row) for row in session.execute(statement)]


def list_cases(
    session: Session,
    *,
    actor: Actor,
    turn: Turn,
    development_ref: str | None = None,
    odd: bool | None = None,
    offset: int = 0,
    limit: int = 20,
) -> list[Case]:
    """Return what waits, the oldest first; of a development, and odd or not, where asked for."""
    conditions = oddities(turn)
    holder = (
        select(User.display_name)
        .join(CaseLease, CaseLease.user_id == User.id)
        .where(_is_held())
        .scalar_subquery()
    )
    shown: tuple[Any, ...] = (
        Redemption.ref,
        Redemption.price_fen,
        Development.name,
        Building.name,
        Home.unit,
        Home.room,
        _since(turn),
        holder,
        _in_batch(),
        *conditions.values(),
    )
    statement = _only(_waiting(select(*shown), actor, turn, development_ref), conditions, odd=odd)
    rows = session.execute(statement.order_by(_since(turn), Redemption.id).offset(offset).limit(limit))
    return [
        Case(
            ref=ref,
            home=f"{development} {home_name(building, unit, room)}",
            price_fen=price_fen,
            since=since,
            oddities=tuple(name for name, holds in zip(conditions, holding, strict=True) if holds),
            held_by=held_by,
            in_batch=in_batch,
        )
        for ref, price_fen, development, building, unit, room, since, held_by, in_batch, *holding in rows
    ]


def count_cases(
    session: Session,
    *,
    actor: Actor,
    turn: Turn,
    development_ref: str | None = None,
    odd: bool | None = None,
) -> int:
    """Return how many ``list_cases`` would list without a limit."""
    statement = _waiting(select(func.count(Redemption.id)), actor, turn, development_ref)
    return session.scalars(_only(statement, oddities(turn), odd=odd)).one()


def _only(
    statement: Select[*Columns], conditions: dict[Oddity, ColumnElement[bool]], *, odd: bool | None
) -> Select[*Columns]:
    if odd is None:
        return statement
    is_odd = or_(*conditions.values())
    return statement.where(is_odd if odd else ~is_odd)


def count_batchable(session: Session, *, actor: Actor, development_ref: str | None) -> int:
    """Return how many cases the acting checker could approve together."""
    rest = decidable(actor, Turn.SECOND, development_ref=development_ref, odd=False)
    return session.scalar(select(func.count()).select_from(rest.order_by(None).subquery())) or 0


def case_oddities(session: Session, redemption: Redemption, turn: Turn) -> tuple[Oddity, ...]:
    """Return what is odd about one purchase."""
    conditions = oddities(turn)
    row = session.execute(select(*conditions.values()).where(Redemption.id == redemption.id)).one()
    return tuple(name for name, holds in zip(conditions, row, strict=True) if holds)


def find_holder(session: Session, *, actor: Actor, redemption: Redemption) -> str | None:
    """Return the name of whoever else has a purchase open now; None when nobody has."""
    statement = (
        select(User.display_name)
        .join(CaseLease, CaseLease.user_id == User.id)
        .join(Redemption, Redemption.id == CaseLease.redemption_id)
        .where(_is_held(), Redemption.id == redemption.id, CaseLease.user_id != actor.user_id)
    )
    return session.scalars(statement).first()


def find_previous(session: Session, *, actor: Actor, redemption: Redemption) -> str | None:
    """Return the reference of the case that the actor had open before this one, or last of all."""
    mine = (CaseLease.user_id == actor.user_id, CaseLease.district_id == actor.district)
    now = select(func.max(CaseLease.id)).where(*mine, CaseLease.redemption_id == redemption.id)
    statement = (
        select(Redemption.ref)
        .join(CaseLease, CaseLease.redemption_id == Redemption.id)
        .where(*mine, Redemption.id != redemption.id)
        .where(CaseLease.id < func.coalesce(now.scalar_subquery(), _ENDLESS))
        .order_by(CaseLease.id.desc())
        .limit(1)
    )
    return session.scalars(statement).first()


_ENDLESS: Final = 2**62
