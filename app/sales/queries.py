"""Reading cash sales: a developer's own, for the district's authorities their district's."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Select,
    func,
    or_,
    select,
)
from sqlalchemy.orm import Session, joinedload

from app.core.actor import Actor, Role
from app.core.errors import NotFound
from app.homes.models import Building, Development, Home
from app.identity.models import Organisation, User
from app.sales.models import CashSale, CashSaleCandidate, CashSaleMove, SalesFile
from app.sales.states import Action, State


@dataclass(frozen=True, slots=True)
class SaleFilter:
    """Which sales are wanted; an empty text or None wants all."""

    words: str = ""
    """Each must occur in the contract number, the company's name or the home's key."""
    state: str = ""
    first: date | None = None
    last: date | None = None
    """The days of signing, both included."""
    clashed: bool = False
    """Only those that ever met somebody who held or had their home, or were in doubt."""
    undecided: bool = False
    """Only those that an officer has to decide on."""


@dataclass(frozen=True, slots=True)
class SaleStep:
    """One step of a sale's story; ``by`` is the person's display name, None for the system."""

    action: Action
    to_state: State
    at: datetime
    role: Role | None
    by: str | None
    reason: str | None


_WHOLE: Final = (
    joinedload(CashSale.home).joinedload(Home.building),
    joinedload(CashSale.home).joinedload(Home.development).joinedload(Development.developer),
    joinedload(CashSale.developer),
    joinedload(CashSale.redemption),
)


def get_sale(session: Session, *, actor: Actor, ref: str) -> CashSale:
    """Return a sale that the actor may see, whole. Raises NotFound for anybody else's."""
    statement = _scoped(select(CashSale).where(CashSale.ref == ref), actor).options(*_WHOLE)
    sale: CashSale | None = session.scalars(statement).first()
    if sale is None:
        raise NotFound("sale_gone")
    return sale


def story(session: Session, sale: CashSale) -> list[SaleStep]:
    """Return everything that happened to a sale, oldest first."""
    statement = (
        select(CashSaleMove, User.display_name)
        .outerjoin(User, User.id == CashSaleMove.user_id)
        .where(CashSaleMove.sale_id == sale.id)
        .order_by(CashSaleMove.id)
    )
    return [
        SaleStep(
            action=Action(move.action),
            to_state=State(move.to_state),
            at=move.at,
            role=Role(move.role) if move.role else None,
            by=name,
            reason=move.reason,
        )
        for move, name in session.execute(statement)
    ]


def count_sales(session: Session, *, actor: Actor, wanted: SaleFilter) -> int:
    """Return how many sales ``list_sales`` would list without a limit."""
    return int(session.scalars(_filtered(select(func.count(CashSale.id)), actor, wanted)).one())


def list_sales(
    session: Session, *, actor: Actor, wanted: SaleFilter, limit: int | None = None, offset: int = 0
) -> Sequence[CashSale]:
    """Return sales that the actor may see, whole, the latest contracts first; all of them without a limit."""
    statement = _filtered(select(CashSale), actor, wanted).options(*_WHOLE)
    statement = statement.order_by(CashSale.signed_on.desc(), CashSale.id.desc())
    return session.scalars(statement.limit(limit).offset(offset)).all()


def find_of_home(session: Session, *, home_id: int) -> CashSale | None:
    """Return the contract that stands for a home or claims it, the standing one first; None without any."""
    statement = (
        select(CashSale)
        .where(CashSale.home_id == home_id, CashSale.state.in_((State.STANDING, State.CONFLICT)))
        .order_by(CashSale.state != State.STANDING, CashSale.signed_on, CashSale.id)
        .limit(1)
    )
    return session.scalars(statement).first()


def conflicts_of(session: Session, redemption_ids: Collection[int]) -> dict[int, CashSale]:
    """Return the newest contract that met each of these redemptions, by redemption id."""
    met = select(CashSale.redemption_id, CashSale).where(CashSale.redemption_id.in_(redemption_ids))
    doubted = (
        select(CashSaleCandidate.redemption_id, CashSale)
        .join(CashSale, CashSale.id == CashSaleCandidate.sale_id)
        .where(CashSaleCandidate.redemption_id.in_(redemption_ids))
    )
    order = (CashSale.state.in_((State.CONFLICT, State.DOUBTFUL)), CashSale.id)
    rows = [*session.execute(doubted.order_by(*order)), *session.execute(met.order_by(*order))]
    waiting = {State.CONFLICT, State.DOUBTFUL}
    # The last one wins: what still waits comes after what is settled.
    rows.sort(key=lambda row: row[1].state in waiting)
    return {redemption_id: sale for redemption_id, sale in rows if redemption_id}


def find_homes(session: Session, *, actor: Actor, words: str, limit: int) -> Sequence[Home]:
    """Return homes of the actor's company whose place holds every word (``3幢 1101``), with their place."""
    place = func.concat(Development.name, " ", Building.name, Home.unit, "单元", Home.room, "室")
    asked = _PIECES.findall(words)
    statement = (
        select(Home)
        .join(Development, Development.id == Home.development_id)
        .join(Building, Building.id == Home.building_id)
        .where(Development.developer_id == actor.organisation)
        .options(joinedload(Home.building), joinedload(Home.development))
        .order_by(Home.room.not_in(asked), Home.status != "free", Development.name, Building.name, Home.unit)
        .order_by(Home.storey, Home.id)
    )
    for piece in asked:
        statement = statement.where(place.icontains(piece, autoescape=True))
    return session.scalars(statement.limit(limit)).all()


_PIECES: Final = re.compile(r"[0-9A-Za-z]+|[^\W0-9A-Za-z_]+")
"""Numbers and words apart: whoever is in a hurry writes 3幢1101, 3-2-1101 or 滨江 1101室."""


def list_registered(session: Session, *, actor: Actor) -> Sequence[CashSale]:
    """Return the contracts of the actor's district that the registry's files brought or confirmed.

    By day and in the order they came; what was withdrawn is not among them, nor what has no price.
    """
    statement = select(CashSale).where(
        CashSale.district_id == actor.district,
        CashSale.registered_at.is_not(None),
        CashSale.price_fen.is_not(None),
        CashSale.state != State.WITHDRAWN,
    )
    return session.scalars(statement.order_by(CashSale.signed_on, CashSale.id)).all()


def count_files(session: Session, *, actor: Actor) -> int:
    """Return how many files of contracts the actor's district received."""
    statement = select(func.count(SalesFile.id)).where(SalesFile.district_id == actor.district)
    return session.scalars(statement).one()


def list_files(session: Session, *, actor: Actor, limit: int, offset: int = 0) -> Sequence[SalesFile]:
    """Return the files of contracts of the actor's district, the newest first."""
    statement = select(SalesFile).where(SalesFile.district_id == actor.district).order_by(SalesFile.id.desc())
    return session.scalars(statement.limit(limit).offset(offset)).all()


def get_file(session: Session, *, actor: Actor, ref: str) -> SalesFile:
    """Return a file of contracts of the actor's district. Raises NotFound."""
    statement = select(SalesFile).where(SalesFile.ref == ref, SalesFile.district_id == actor.district)
    file = session.scalars(statement).first()
    if file is None:
        raise NotFound("sales_file_gone")
    return file


def hash_of(session: Session, *, district_id: int, file_ref: str) -> str | None:
    """Return the hash of a file on record in a district, None when it is not there."""
    statement = select(SalesFile.sha256).where(
        SalesFile.ref == file_ref, SalesFile.district_id == district_id
    )
    return session.scalar(statement)


def is_applied(session: Session, *, district_id: int, sha256: str) -> bool:
    """Tell whether a file of this content was carried out in the district."""
    statement = select(SalesFile.state).where(
        SalesFile.district_id == district_id, SalesFile.sha256 == sha256
    )
    return session.scalar(statement) == "applied"


def _scoped(statement: Select[*tuple[Any, ...]], actor: Actor) -> Select[*tuple[Any, ...]]:
    if actor.role == Role.DEVELOPER:
        return statement.where(CashSale.developer_id == actor.organisation)
    return statement.where(CashSale.district_id == actor.district)


def _filtered(
    statement: Select[*tuple[Any, ...]], actor: Actor, wanted: SaleFilter
) -> Select[*tuple[Any, ...]]:
    statement = _scoped(statement, actor)
    if wanted.state:
        statement = statement.where(CashSale.state == wanted.state)
    if wanted.clashed:
        asked = (Action.CLASH, Action.DOUBT, Action.REOPEN)
        moves = select(CashSaleMove.sale_id).where(CashSaleMove.action.in_(asked))
        statement = statement.where(CashSale.id.in_(moves))
    if wanted.undecided:
        statement = statement.where(CashSale.state.in_((State.CONFLICT, State.DOUBTFUL)))
    if wanted.first:
        statement = statement.where(CashSale.signed_on >= wanted.first)
    if wanted.last:
        statement = statement.where(CashSale.signed_on <= wanted.last)
    for word in wanted.words.split():
        statement = statement.where(_holds(word))
    return statement


def _holds(word: str) -> ColumnElement[bool]:
    company = select(Organisation.id).where(Organisation.name.icontains(word, autoescape=True))
    place = func.concat(
        CashSale.development_name, CashSale.building_name, CashSale.unit, "单元", CashSale.room, "室"
    )
    return or_(
        CashSale.contract_number.icontains(word, autoescape=True),
        CashSale.ref.icontains(word, autoescape=True),
        place.icontains(word, autoescape=True),
        CashSale.developer_id.in_(company),
    )
