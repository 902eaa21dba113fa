"""Reading what was typed of contracts, who stands on them, and their files."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import BigInteger, Boolean, String, bindparam, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from app.core.errors import NotFound
from app.core.prepared import Among, Prepared
from app.core.sealing import unseal
from app.documents.models import Document
from app.documents.queries import Owner, list_documents
from app.homes.models import Development, Home
from app.policies.models import PolicyVersion
from app.policies.queries import policy_known_by
from app.policies.rules import Policy
from app.policies.schema import BUYERS
from app.projects.models import Household
from app.projects.rules import masked_id
from app.redemptions import kinship_queries, kinship_states
from app.redemptions.buyers import Basis
from app.redemptions.contract_models import ID_NUMBER, ContractBuyer, ContractEntry
from app.redemptions.kinship_models import KinshipProof
from app.redemptions.models import Quote, Redemption
from app.redemptions.snapshot import Snapshot
from app.redemptions.states import State


@dataclass(frozen=True, slots=True)
class BuyerSeen:
    """A buyer as pages show them: the ID number masked, ``proof`` the paper of kinship if there is one.

    ``kinship`` is what was given last and what became of it; ``kinship_state`` None where no proof is needed.
    """

    place: int
    name: str
    relation: str
    masked_id: str
    basis: Basis
    is_minor: bool
    proof: Document | None
    kinship: KinshipProof | None
    kinship_state: kinship_states.State | None


@dataclass(frozen=True, slots=True)
class EntrySeen:
    """A typed contract with its buyers and its scan."""

    entry: ContractEntry
    buyers: Sequence[BuyerSeen]
    scan: Document | None


def owner_of(thing: ContractEntry | ContractBuyer) -> Owner:
    """Return what files of an entry (its scan), or of a buyer (a paper of kinship), belong to."""
    return Owner("contract_entry" if isinstance(thing, ContractEntry) else "contract_buyer", thing.id)


def policies_of(session: Session, frozen: Snapshot) -> list[Policy]:
    """Return the policies of the vouchers that pay by a quote, each once."""
    version_ids = dict.fromkeys(part.policy_version_id for part in frozen.used_parts)
    digests = dict(_DIGESTS.rows(session, version_ids))
    return [policy_known_by(session, version_id=one, digest=digests[one]) for one in version_ids]


_DIGESTS: Final = Among(
    PolicyVersion.id, lambda wanted: select(PolicyVersion.id, PolicyVersion.sha256).where(wanted)
)


def nameable(session: Session, frozen: Snapshot) -> list[str]:
    """Return who may stand on the contract of a quote: the relations that all its policies name."""
    policies = policies_of(session, frozen)
    return [word for word in BUYERS if all(policy.may_be_named(word).allowed for policy in policies)]


def find_draft(session: Session, redemption: Redemption) -> ContractEntry | None:
    """Return what was typed of a redemption's contract and not sent yet, or None."""
    return _find(session, redemption, "draft")


@dataclass(frozen=True, slots=True)
class Draft:
    """What sending a draft needs of it; true as long as its redemption is locked."""

    id: int
    ref: str
    number: str
    signed_on: date
    area_m2: Decimal
    price_fen: int
    wants_proof: bool
    """Whether a buyer's kinship needs a paper."""
    snapshot: dict[str, Any]
    """What the redemption's quote froze."""


_DRAFT: Final = Prepared(
    select(
        *(ContractEntry.id, ContractEntry.ref, ContractEntry.number, ContractEntry.signed_on),
        *(ContractEntry.area_m2, ContractEntry.price_fen),
        exists().where(ContractBuyer.entry_id == ContractEntry.id, ContractBuyer.basis == Basis.PROOF),
        Quote.snapshot,
    )
    .select_from(Redemption)
    .join(ContractEntry, ContractEntry.redemption_id == Redemption.id)
    .join(Quote, Quote.id == Redemption.quote_id)
    .where(Redemption.id == bindparam("redemption_id", type_=BigInteger), ContractEntry.state == "draft")
)


def find_to_send(session: Session, redemption: Redemption) -> Draft | None:
    """Return what sending the draft of a redemption needs, if there is one: one question, all ask it."""
    found = _DRAFT.first(session, redemption_id=redemption.id)
    return Draft(*found) if found else None


def find_current(session: Session, redemption: Redemption) -> ContractEntry | None:
    """Return a redemption's contract; None before it is entered, or where buyers were not asked for yet."""
    return _find(session, redemption, "current")


def find_typed(session: Session, redemption: Redemption) -> ContractEntry | None:
    """Return what was typed of a redemption's contract last: its draft, else its contract, or None."""
    rows = session.scalars(_TYPED, {"redemption_id": redemption.id}).all()
    return max(rows, key=lambda entry: entry.state == "draft", default=None)


_TYPED: Final = select(ContractEntry).where(
    ContractEntry.redemption_id == bindparam("redemption_id"), ContractEntry.state.in_(("draft", "current"))
)


@dataclass(frozen=True, slots=True)
class Ground:
    """What a contract is checked against; true as long as its redemption is locked."""

    snapshot: dict[str, Any]
    """What the quote froze."""
    holder_name: str
    delivery_on: date | None
    """When the development's homes are to be handed over, as it published."""
    was_typed: bool
    """Whether a draft or a contract is there already."""
    is_number_taken: bool
    """Whether another purchase has the number, or a contract paid in cash, by what the constraints ask."""


_OTHER: Final = aliased(Redemption)
_NUMBER: Final = bindparam("number", type_=String)
_GROUND: Final = Prepared(
    select(
        Quote.snapshot,
        Household.holder_name,
        Development.delivery_on,
        exists().where(
            ContractEntry.redemption_id == Redemption.id,
            or_(ContractEntry.state == "draft", ContractEntry.state == "current"),
        ),
        or_(
            exists().where(
                _OTHER.district_id == Redemption.district_id,
                _OTHER.contract_number == _NUMBER,
                or_(*(_OTHER.state == one for one in (State.CONTRACTED, State.CHECKED, State.REDEEMED))),
                _OTHER.id != Redemption.id,
            ),
            func.contract_paid_in_cash(Redemption.district_id, _NUMBER, Redemption.home_id, type_=Boolean),
        ),
    )
    .select_from(Redemption)
    .join(Quote, Quote.id == Redemption.quote_id)
    .join(Household, Household.id == Redemption.household_id)
    .join(Home, Home.id == Redemption.home_id)
    .join(Development, Development.id == Home.development_id)
    .where(Redemption.id == bindparam("redemption_id", type_=BigInteger))
)


def read_ground(session: Session, redemption: Redemption, *, number: str) -> Ground:
    """Return what a contract of this number is checked against: one question, for every entry asks it."""
    (found,) = _GROUND.rows(session, redemption_id=redemption.id, number=number)
    return Ground(*found)


def find_overtaken(
    session: Session, redemption: Redemption, *, ref: str, typed_by_id: int | None
) -> ContractEntry | None:
    """Return what somebody typed of a redemption's contract before another draft took its place, or None."""
    wanted = (
        ContractEntry.redemption_id == redemption.id,
        ContractEntry.ref == ref,
        ContractEntry.typed_by_id == typed_by_id,
        ContractEntry.state == "dropped",
    )
    return session.scalars(select(ContractEntry).where(*wanted)).first()


def _find(session: Session, redemption: Redemption, state: str) -> ContractEntry | None:
    return session.scalars(_OF_STATE, {"redemption_id": redemption.id, "state": state}).first()


_OF_STATE: Final = select(ContractEntry).where(
    ContractEntry.redemption_id == bindparam("redemption_id"), ContractEntry.state == bindparam("state")
)


def list_replaced(session: Session, redemption: Redemption) -> Sequence[EntrySeen]:
    """Return what a redemption's contract was before each correction, the latest first."""
    wanted = (ContractEntry.redemption_id == redemption.id, ContractEntry.state == "replaced")
    rows = session.scalars(select(ContractEntry).where(*wanted).order_by(ContractEntry.id.desc()))
    return [seen(session, entry) for entry in rows]


def seen(session: Session, entry: ContractEntry) -> EntrySeen:
    """Return an entry as pages show it."""
    proofs = kinship_queries.latest_of(session, [buyer.id for buyer in entry.buyers])
    buyers = [
        BuyerSeen(
            place=buyer.place,
            name=buyer.name,
            relation=buyer.relation,
            masked_id=masked_id(_number(buyer)),
            basis=Basis(buyer.basis),
            is_minor=buyer.is_minor,
            proof=proofs[buyer.id].document if buyer.id in proofs else None,
            kinship=proofs.get(buyer.id),
            kinship_state=(
                kinship_queries.state_of(proofs.get(buyer.id)) if buyer.basis == Basis.PROOF else None
            ),
        )
        for buyer in entry.buyers
    ]
    return EntrySeen(entry, buyers, find_file(session, entry))


def find_file(session: Session, entry: ContractEntry) -> Document | None:
    """Return the scan of an entry; None without one."""
    return next(iter(list_documents(session, owner_of(entry))), None)


def get_paper(session: Session, redemption: Redemption, *, ref: str, states: Sequence[str]) -> Document:
    """Return a file of a redemption's contracts in some states: a scan, or any paper of kinship.

    Whoever calls has found that the actor may see the redemption. Raises NotFound.
    """
    wanted = (ContractEntry.redemption_id == redemption.id, ContractEntry.state.in_(states))
    for entry in session.scalars(select(ContractEntry).where(*wanted)):
        proofs = kinship_queries.papers_of(session, [buyer.id for buyer in entry.buyers])
        for paper in (find_file(session, entry), *proofs):
            if paper is not None and paper.ref == ref:
                return paper
    raise NotFound("document_gone")


def numbers_of(entry: ContractEntry | None) -> dict[str, str]:
    """Return the ID numbers typed in an entry, by name; two of one name have to be typed again."""
    found: dict[str, list[str]] = {}
    for buyer in entry.buyers if entry is not None else ():
        found.setdefault(buyer.name, []).append(_number(buyer))
    return {name: numbers[0] for name, numbers in found.items() if len(numbers) == 1}


def find_buyer(entry: ContractEntry | None, *, name: str, id_number: str) -> ContractBuyer | None:
    """Return who stands on an entry with this name and tidy ID number, or None."""
    for buyer in entry.buyers if entry is not None else ():
        if buyer.name == name and _number(buyer) == id_number:
            return buyer
    return None


def _number(buyer: ContractBuyer) -> str:
    return unseal(buyer.id_number, purpose=ID_NUMBER.purpose, owner=buyer.entry_id)
