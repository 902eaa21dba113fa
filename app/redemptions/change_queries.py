"""Reading what changes of a purchase after its contract, and its papers."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from app.core.actor import Actor
from app.core.errors import NotFound
from app.documents.models import Document
from app.documents.queries import Owner, get_document, list_documents
from app.homes.models import Development, Home
from app.redemptions.change_models import PurchaseChange
from app.redemptions.change_states import OPEN, Kind, State
from app.redemptions.models import Redemption
from app.redemptions.scope import scoped
from app.redemptions.states import State as Buying


def owner_of(change: PurchaseChange) -> Owner:
    """Return what the papers of a change belong to."""
    return Owner("purchase_change", change.id)


def find_open(session: Session, redemption: Redemption) -> PurchaseChange | None:
    """Return the change of a purchase that waits for somebody, as it is now, or None."""
    wanted = select(PurchaseChange).where(
        PurchaseChange.redemption_id == redemption.id, PurchaseChange.state.in_(OPEN)
    )
    return session.scalars(wanted, execution_options={"populate_existing": True}).first()


def list_of(session: Session, redemption: Redemption) -> Sequence[PurchaseChange]:
    """Return everything that was asked about a purchase, the newest first."""
    wanted = select(PurchaseChange).where(PurchaseChange.redemption_id == redemption.id)
    return session.scalars(wanted.order_by(PurchaseChange.id.desc())).all()


def list_led(
    session: Session, lead: PurchaseChange, *, states: Collection[State] = OPEN
) -> Sequence[PurchaseChange]:
    """Return the changes of spaces that go with a home's, the open ones, as they are now."""
    wanted = select(PurchaseChange).where(PurchaseChange.with_id == lead.id, PurchaseChange.state.in_(states))
    return session.scalars(
        wanted.order_by(PurchaseChange.id), execution_options={"populate_existing": True}
    ).all()


def list_written_off(session: Session, redemption_id: int) -> Sequence[Row[int, int]]:
    """Return the purchases of spaces beside a home's that are written off, each with its space, by ids."""
    wanted = select(Redemption.id, Redemption.home_id).where(
        Redemption.beside_id == redemption_id, Redemption.state == Buying.REDEEMED
    )
    return session.execute(wanted.order_by(Redemption.id)).all()


def was_measured(session: Session, redemption: Redemption) -> bool:
    """Tell whether the price already follows a measured area, and not the area that the contract has."""
    last = select(PurchaseChange.kind).where(
        PurchaseChange.redemption_id == redemption.id,
        PurchaseChange.state == State.DONE,
        PurchaseChange.kind.in_((Kind.AREA, Kind.CONTRACT)),
    )
    return session.scalar(last.order_by(PurchaseChange.id.desc()).limit(1)) == Kind.AREA


def get_change(session: Session, *, actor: Actor, ref: str) -> PurchaseChange:
    """Return a change of a purchase that the actor may see. Raises NotFound for anybody else's."""
    own = scoped(select(Redemption.id), actor)
    wanted = select(PurchaseChange).where(PurchaseChange.ref == ref, PurchaseChange.redemption_id.in_(own))
    found = session.scalars(wanted, execution_options={"populate_existing": True}).first()
    if found is None:
        raise NotFound("change_gone")
    return found


def list_changes(
    session: Session, *, actor: Actor, states: Collection[State], limit: int = 20, offset: int = 0
) -> Sequence[PurchaseChange]:
    """Return the changes in some states of purchases that the actor may see, the oldest first.

    Those that go with another stand in its ``led`` alone.
    """
    own = scoped(select(Redemption.id), actor)
    wanted = (
        select(PurchaseChange)
        .where(
            PurchaseChange.redemption_id.in_(own),
            PurchaseChange.state.in_(states),
            PurchaseChange.with_id.is_(None),
        )
        .options(
            joinedload(PurchaseChange.redemption).joinedload(Redemption.home).joinedload(Home.building),
            joinedload(PurchaseChange.redemption)
            .joinedload(Redemption.home)
            .joinedload(Home.development)
            .joinedload(Development.developer),
            joinedload(PurchaseChange.redemption).joinedload(Redemption.household),
            selectinload(PurchaseChange.led)
            .joinedload(PurchaseChange.redemption)
            .joinedload(Redemption.home)
            .joinedload(Home.building),
        )
    )
    return session.scalars(wanted.order_by(PurchaseChange.id).limit(limit).offset(offset)).all()


def count_changes(session: Session, *, actor: Actor, states: Collection[State]) -> int:
    """Return how many ``list_changes`` would list without a limit."""
    own = scoped(select(Redemption.id), actor)
    wanted = select(func.count(PurchaseChange.id)).where(
        PurchaseChange.redemption_id.in_(own),
        PurchaseChange.state.in_(states),
        PurchaseChange.with_id.is_(None),
    )
    return session.scalars(wanted).one()


def is_overdue(change: PurchaseChange, moment: datetime) -> bool:
    """Tell whether the other side had its time to answer and did not."""
    return change.state == State.ASKED and change.answer_by is not None and moment >= change.answer_by


def papers_of(session: Session, change: PurchaseChange) -> Sequence[Document]:
    """Return the papers of a change."""
    return list_documents(session, owner_of(change))


def get_paper(session: Session, change: PurchaseChange, *, ref: str) -> Document:
    """Return one paper of a change that the actor was found to see. Raises NotFound."""
    return get_document(session, owner_of(change), ref=ref)
