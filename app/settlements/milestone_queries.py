"""Reading handovers, certificates and how far buildings are."""

from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session, joinedload

from app.core.actor import Actor
from app.core.errors import NotFound
from app.documents.models import Document
from app.documents.queries import Owner, get_document, list_documents
from app.identity.models import Membership
from app.redemptions.models import Redemption
from app.redemptions.scope import scoped
from app.settlements.models import SettlementMilestone


def owner_of(milestone: SettlementMilestone) -> Owner:
    """Return what the papers of a report belong to."""
    return Owner("settlement_milestone", milestone.id)


def get_milestone(session: Session, *, actor: Actor, ref: str) -> SettlementMilestone:
    """Return a report about a purchase that the actor may see; of kin's purchase only the buyer.

    Raises NotFound.
    """
    wanted = select(SettlementMilestone).where(
        SettlementMilestone.ref == ref, SettlementMilestone.redemption_id.in_(_seen(actor))
    )
    found = session.scalars(wanted).first()
    if found is None:
        raise NotFound("milestone_gone")
    return found


def list_of(session: Session, redemption: Redemption) -> Sequence[SettlementMilestone]:
    """Return everything that was reported of a purchase, oldest first."""
    wanted = select(SettlementMilestone).where(SettlementMilestone.redemption_id == redemption.id)
    return session.scalars(wanted.order_by(SettlementMilestone.id)).all()


def list_waiting(
    session: Session, *, actor: Actor, kinds: Collection[str], limit: int = 20, offset: int = 0
) -> Sequence[SettlementMilestone]:
    """Return the reports of some kinds that wait for an answer, the oldest first, with their purchases."""
    wanted = (
        select(SettlementMilestone)
        .where(*_waiting(actor, kinds))
        .options(joinedload(SettlementMilestone.redemption).joinedload(Redemption.home))
        .order_by(SettlementMilestone.id)
    )
    return session.scalars(wanted.limit(limit).offset(offset)).all()


def count_waiting(session: Session, *, actor: Actor, kinds: Collection[str]) -> int:
    """Return how many reports of some kinds wait for an answer."""
    return session.scalars(select(func.count(SettlementMilestone.id)).where(*_waiting(actor, kinds))).one()


def list_of_visit(session: Session, *, visit_id: int) -> Sequence[SettlementMilestone]:
    """Return the handovers that a clerk answered for a household in one visit to the counter."""
    wanted = (
        select(SettlementMilestone)
        .where(SettlementMilestone.visit_id == visit_id)
        .options(joinedload(SettlementMilestone.redemption).joinedload(Redemption.home))
    )
    return session.scalars(wanted.order_by(SettlementMilestone.id)).all()


def papers_of(session: Session, milestone: SettlementMilestone) -> Sequence[Document]:
    """Return the papers that show it."""
    return list_documents(session, owner_of(milestone))


def get_paper(session: Session, *, actor: Actor, ref: str, paper: str) -> Document:
    """Return one paper of a report that the actor may see. Raises NotFound."""
    return get_document(session, owner_of(get_milestone(session, actor=actor, ref=ref)), ref=paper)


def is_brought(session: Session, milestone: SettlementMilestone) -> bool:
    """Tell whether a household brought it to the counter: nobody of the developer's people reported it."""
    own = select(Membership.id).where(
        Membership.user_id == milestone.reported_by_id,
        Membership.organisation_id == milestone.redemption.developer_id,
    )
    return milestone.kind == "certificate" and session.scalars(own.limit(1)).first() is None


def _waiting(actor: Actor, kinds: Collection[str]) -> tuple[ColumnElement[bool], ...]:
    return (
        SettlementMilestone.kind.in_(kinds),
        SettlementMilestone.state == "reported",
        SettlementMilestone.redemption_id.in_(_seen(actor)),
    )


def _seen(actor: Actor) -> Select[int]:
    wanted = scoped(select(Redemption.id), actor)
    if actor.household_id is not None:
        wanted = wanted.where(Redemption.household_id == actor.household)
    return wanted
