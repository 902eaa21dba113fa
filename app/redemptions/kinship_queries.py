"""Reading proofs of kinship: of the buyers of one contract, and what waits for an officer."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import Session, joinedload

from app.core.actor import Actor
from app.core.errors import NotFound
from app.documents.models import Document
from app.homes.models import Home
from app.redemptions.buyers import Basis
from app.redemptions.contract_models import ContractBuyer, ContractEntry
from app.redemptions.kinship_models import KinshipProof
from app.redemptions.kinship_states import State
from app.redemptions.models import Redemption


@dataclass(frozen=True, slots=True)
class Waiting:
    """A paper that an officer has to look at, and the purchase."""

    proof: KinshipProof
    redemption: Redemption


def latest_of(session: Session, buyer_ids: Collection[int]) -> dict[int, KinshipProof]:
    """Return the latest proof of each buyer that has any, by the buyer's id, with its paper."""
    wanted = select(KinshipProof).where(KinshipProof.buyer_id.in_(buyer_ids)).order_by(KinshipProof.id)
    rows = session.scalars(wanted.options(joinedload(KinshipProof.document)))
    return {row.buyer_id: row for row in rows}


def papers_of(session: Session, buyer_ids: Collection[int]) -> list[Document]:
    """Return every paper that was ever given for some buyers, those that were sent back among them."""
    wanted = select(KinshipProof).where(KinshipProof.buyer_id.in_(buyer_ids)).order_by(KinshipProof.id)
    return [row.document for row in session.scalars(wanted.options(joinedload(KinshipProof.document)))]


def list_refused(
    session: Session, buyer: ContractBuyer, *, but: KinshipProof | None
) -> Sequence[KinshipProof]:
    """Return the papers that were sent back for a person on a purchase's contracts, the latest first.

    ``but`` one that is shown otherwise. What a correction took over is listed once.
    """
    person = (ContractBuyer.name == buyer.name, ContractBuyer.id_index == buyer.id_index)
    purchase = select(ContractEntry.redemption_id).where(ContractEntry.id == buyer.entry_id).scalar_subquery()
    wanted = (
        select(KinshipProof)
        .join(ContractBuyer, ContractBuyer.id == KinshipProof.buyer_id)
        .where(*person, KinshipProof.redemption_id == purchase, KinshipProof.state == State.REFUSED)
        .options(joinedload(KinshipProof.document))
        .order_by(KinshipProof.id)
    )
    once = {(row.decided_at, row.reason): row for row in session.scalars(wanted)}
    shown = but and (but.decided_at, but.reason)
    return [row for key, row in reversed(once.items()) if key != shown]


def state_of(proof: KinshipProof | None) -> State:
    """Return where the proof of a buyer stands, by the latest paper."""
    return State.MISSING if proof is None else State(proof.state)


def get_buyer(redemption: Redemption, place: int) -> ContractBuyer:
    """Return a buyer of a purchase's contract who needs a proof, by place. Raises NotFound."""
    for buyer in redemption.contract.buyers if redemption.contract is not None else ():
        if buyer.place == place and buyer.basis == Basis.PROOF:
            return buyer
    raise NotFound("kinship_gone")


def find_standing(session: Session, buyer_id: int) -> KinshipProof | None:
    """Return the paper of a buyer that waits or was accepted, or None."""
    wanted = (KinshipProof.buyer_id == buyer_id, KinshipProof.state.in_((State.GIVEN, State.ACCEPTED)))
    return session.scalars(select(KinshipProof).where(*wanted)).first()


def find_paper(session: Session, buyer_id: int) -> Document | None:
    """Return the file of a buyer's standing proof, or None."""
    found = find_standing(session, buyer_id)
    return found.document if found is not None else None


def is_unproved() -> ColumnElement[bool]:
    """Whether a buyer on a redemption's contract lacks a proof that was accepted; a condition on it."""
    accepted = exists().where(KinshipProof.buyer_id == ContractBuyer.id, KinshipProof.state == State.ACCEPTED)
    return exists().where(
        ContractEntry.redemption_id == Redemption.id,
        ContractEntry.state == "current",
        ContractBuyer.entry_id == ContractEntry.id,
        ContractBuyer.basis == Basis.PROOF,
        ~accepted,
    )


def get_proof(session: Session, *, redemption: Redemption, ref: str) -> KinshipProof:
    """Return a paper of a purchase that the caller may see. Raises NotFound."""
    wanted = (KinshipProof.redemption_id == redemption.id, KinshipProof.ref == ref)
    found = session.scalars(select(KinshipProof).where(*wanted)).first()
    if found is None:
        raise NotFound("kinship_gone")
    return found


def list_waiting(session: Session, *, actor: Actor, limit: int = 20, offset: int = 0) -> Sequence[Waiting]:
    """Return the papers of the district that an officer has to look at, the oldest first."""
    wanted = (
        select(KinshipProof, Redemption)
        .join(Redemption, Redemption.id == KinshipProof.redemption_id)
        .where(*_waiting(actor))
        .options(
            joinedload(KinshipProof.buyer),
            joinedload(Redemption.home).joinedload(Home.building),
            joinedload(Redemption.home).joinedload(Home.development),
            joinedload(Redemption.household),
        )
        .order_by(KinshipProof.id)
    )
    return [Waiting(*row) for row in session.execute(wanted.limit(limit).offset(offset))]


def count_waiting(session: Session, *, actor: Actor) -> int:
    """Return how many papers of the district an officer has to look at."""
    wanted = select(func.count(KinshipProof.id)).join(Redemption, Redemption.id == KinshipProof.redemption_id)
    return session.scalars(wanted.where(*_waiting(actor))).one()


def _waiting(actor: Actor) -> tuple[ColumnElement[bool], ...]:
    """Papers of what was entered and not verified; a draft's are nobody's yet."""
    sent = exists().where(
        ContractBuyer.id == KinshipProof.buyer_id,
        ContractEntry.id == ContractBuyer.entry_id,
        ContractEntry.state == "current",
    )
    return (
        KinshipProof.district_id == actor.district,
        KinshipProof.state == State.GIVEN,
        Redemption.state == "contracted",
        sent,
    )
