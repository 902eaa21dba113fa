"""Writing down what was typed of a contract (网签), with its buyers and files, as a draft."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

from sqlalchemy.orm import Session

from app.core import audit, clock
from app.core.actor import Actor
from app.core.errors import DomainError
from app.core.ids import new_ref
from app.core.prepared import Insert
from app.core.sealing import blind_index, seal
from app.documents import service as documents
from app.documents.models import Document
from app.documents.queries import Owner
from app.documents.rules import Kind, Upload
from app.policies.rules import Policy
from app.projects import persons
from app.redemptions import buyers as rules
from app.redemptions import contract, contracts, kinship_queries, snapshot
from app.redemptions.buyers import Basis, BuyerTyped, OnRoster
from app.redemptions.contract import ContractTyped
from app.redemptions.contract_models import ID_NUMBER, ContractBuyer, ContractEntry
from app.redemptions.errors import ContractNumberTaken
from app.redemptions.kinship_models import KINDS
from app.redemptions.models import Redemption
from app.redemptions.service import kinship

_INSERT_ENTRY: Final = Insert(
    ContractEntry,
    (
        *("district_id", "ref", "redemption_id", "state", "number", "signed_on", "area_m2", "price_fen"),
        *("handover_by", "buyers_differ", "typed_at", "typed_by_id"),
    ),
)
_INSERT_BUYER: Final = Insert(
    ContractBuyer,
    (
        *("district_id", "entry_id", "place", "name", "relation", "basis", "is_minor"),
        *("id_number", "id_index"),
    ),
)


def write(
    session: Session, actor: Actor, redemption: Redemption, typed: ContractTyped, *, as_quoted: bool = True
) -> ContractEntry:
    """Write a draft with its buyers and files, once everything in it is found right, and return it.

    Unless it is ``as_quoted``, area, price and day may be others than those that were locked, and each paper
    of kinship has to come with it. Raises DomainError at the field that is wrong, as ``prepare_contract``.
    """
    number = contract.tidy_number(typed.number)
    ground = contracts.read_ground(session, redemption, number=number)
    frozen = snapshot.read(ground.snapshot)
    policies = contracts.policies_of(session, frozen)
    handover_by = _checked(redemption, typed, ground, frozen, policies, as_quoted=as_quoted)
    before = contracts.find_typed(session, redemption) if ground.was_typed else None
    buyers = rules.tidy(typed.buyers, earlier=contracts.numbers_of(before))
    bases = [
        _basis(session, redemption, buyer, place, policies, holder=ground.holder_name)
        for place, buyer in enumerate(buyers, start=1)
    ]
    rules.check_together(buyers, policies)
    if before is not None and before.state == "draft":
        before.state = "dropped"
        session.flush()
    named = list(zip(buyers, bases, strict=True))
    entry = _INSERT_ENTRY.made(
        session,
        district_id=redemption.district_id,
        ref=new_ref("HT"),
        redemption_id=redemption.id,
        state="draft",
        number=number,
        signed_on=typed.signed_on,
        area_m2=typed.area_m2,
        price_fen=typed.price_fen,
        handover_by=handover_by,
        buyers_differ=rules.differ(
            [(buyer.name, basis or Basis.PROOF) for buyer, basis in named], frozen.buyers
        ),
        typed_at=clock.now(),
        typed_by_id=actor.user_id,
    )
    scan = _keep_scan(session, actor, entry, typed.scan, before)
    for place, (buyer, basis) in enumerate(named, start=1):
        proof = _name(
            session, actor, redemption, entry, place, buyer, basis, before, demands_proof=not as_quoted
        )
        if scan is not None and proof is not None and proof.sha256 == scan.sha256:
            # One paper of kinship may serve two buyers; the contract itself proves none.
            raise DomainError("kinship_is_scan", f"proof_{place}", name=buyer.name)
    _note_prepared(session, actor, entry, buyers=len(buyers))
    return entry


def _checked(
    redemption: Redemption,
    typed: ContractTyped,
    ground: contracts.Ground,
    frozen: snapshot.Snapshot,
    policies: Sequence[Policy],
    *,
    as_quoted: bool,
) -> date | None:
    """Return the day of handover, once days, area, price and number can be. Raises DomainError."""
    _check_day(redemption, typed.signed_on, as_quoted=as_quoted)
    handover_by = contract.handover_day(
        typed.handover_by,
        signed_on=typed.signed_on,
        published=ground.delivery_on,
    )
    if as_quoted:
        contract.check(frozen, area_m2=typed.area_m2, price_fen=typed.price_fen)
        contract.check_bounds(policies, filed_fen=frozen.prices.filed.amount_fen, price_fen=typed.price_fen)
        if ground.is_number_taken:
            raise ContractNumberTaken
    return handover_by


def _keep_scan(
    session: Session, actor: Actor, entry: ContractEntry, sent: Upload | None, before: ContractEntry | None
) -> Document | None:
    """Keep the contract's own paper, else the one there was. Raises DomainError at ``scan`` without any."""
    kept = contracts.find_file(session, before) if before is not None else None
    if sent is None and kept is None:
        raise DomainError("contract_scan_missing", "scan")
    return _keep(session, actor, contracts.owner_of(entry), Kind.CONTRACT, "scan", sent, kept)


def _note_prepared(session: Session, actor: Actor, entry: ContractEntry, *, buyers: int) -> None:
    audit.record(
        session,
        actor=actor,
        action="contract.prepare",
        object_type="contract_entry",
        object_id=entry.id,
        redemption_id=entry.redemption_id,
        buyers=buyers,
    )


def _check_day(redemption: Redemption, signed_on: date, *, as_quoted: bool) -> None:
    """Refuse a contract of a day outside the hold; one that was changed afterwards may be of a later day."""
    today, held_until = clock.today(), redemption.deadline_at - timedelta(microseconds=1)
    contract.check_day(
        signed_on,
        locked_on=clock.legal_day(redemption.locked_at),
        last_day=clock.legal_day(held_until) if as_quoted else today,
        today=today,
    )


def _basis(
    session: Session,
    redemption: Redemption,
    buyer: BuyerTyped,
    place: int,
    policies: Sequence[Policy],
    *,
    holder: str,
) -> Basis | None:
    rules.check_named(buyer, place, policies)
    person, has_holder = persons.find_or_holder(
        session, household_id=redemption.household_id, id_number=buyer.id_number
    )
    return rules.basis_of(
        buyer,
        place,
        holder=holder,
        has_holder=person is None and has_holder,
        on_roster=OnRoster(*person) if person else None,
    )


def _name(
    session: Session,
    actor: Actor,
    redemption: Redemption,
    entry: ContractEntry,
    place: int,
    buyer: BuyerTyped,
    basis: Basis | None,
    before: ContractEntry | None,
    *,
    demands_proof: bool,
) -> Document | None:
    """Write one buyer, with the paper of kinship where nothing else shows it; return that paper, or None.

    A change after the write-off ``demands_proof`` at once: two people decide on it and its papers together.
    """
    values = {
        "district_id": entry.district_id,
        "entry_id": entry.id,
        "place": place,
        "name": buyer.name,
        "relation": buyer.relation,
        "basis": basis or Basis.PROOF,
        "is_minor": rules.is_minor(buyer.id_number, entry.signed_on),
        "id_number": seal(buyer.id_number, purpose=ID_NUMBER.purpose, owner=entry.id),
        "id_index": blind_index(buyer.id_number, purpose=ID_NUMBER.purpose),
    }
    if basis is not None:
        _INSERT_BUYER.key(session, **values)
        return None
    row = _INSERT_BUYER.made(session, **values)
    known = contracts.find_buyer(before, name=buyer.name, id_number=buyer.id_number)
    kept = kinship_queries.find_paper(session, known.id) if known is not None else None
    owner, field = contracts.owner_of(row), f"proof_{place}"
    document = _keep(session, actor, owner, Kind.KINSHIP, field, buyer.proof, kept)
    if document is None:
        if demands_proof:
            raise DomainError("kinship_missing", field, name=buyer.name)
    elif buyer.proof is None and known is not None:
        kinship.take_over(session, known, row, document)
    else:
        kind = buyer.proof_kind if buyer.proof_kind in KINDS else "other"
        kinship.add(session, actor, redemption, row, document, kind=kind, shows=None)
    return document


def _keep(
    session: Session,
    actor: Actor,
    owner: Owner,
    kind: Kind,
    field: str,
    sent: Upload | None,
    kept: Document | None,
) -> Document | None:
    """Keep the file that was sent, else the one there was before, as the first of a thing just written."""
    if sent is not None:
        return documents.keep_paper(
            session, actor=actor, owner=owner, paper=sent, kind=kind, field=field, is_first=True
        )
    return kept and documents.add_again(session, actor=actor, owner=owner, document=kept)
