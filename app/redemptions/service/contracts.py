"""Entering contracts (网签): typed and checked as a draft, looked at beside the quote, then sent."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

from sqlalchemy import BigInteger, Boolean, String, bindparam, exists, func, or_, select
from sqlalchemy.orm import Session

from app.core import audit, clock
from app.core.actor import Actor
from app.core.db import refused_by, unless_taken
from app.core.errors import Conflict, DomainError
from app.core.ids import new_ref
from app.core.prepared import Prepared
from app.core.sealing import blind_index, seal
from app.documents import service as documents
from app.documents.models import Document
from app.documents.queries import Owner
from app.documents.rules import Kind, Upload
from app.policies.rules import Policy
from app.projects import persons
from app.redemptions import buyers as rules
from app.redemptions import contract, contracts, kinship_queries, queries, snapshot, states
from app.redemptions.buyers import Basis, BuyerTyped, OnRoster
from app.redemptions.contract import ContractTyped
from app.redemptions.contract_models import ID_NUMBER, ContractBuyer, ContractEntry
from app.redemptions.errors import ContractNumberTaken, HoldOver
from app.redemptions.events import contract_entered
from app.redemptions.kinship_models import KINDS
from app.redemptions.models import Redemption
from app.redemptions.service import kinship, record
from app.redemptions.states import Action, State

_NUMBER_GUARDS: Final = ("uq_redemptions_contract", "uq_contract_numbers")
"""Of another purchase by voucher, and of a contract paid in cash."""


def prepare_contract(
    session: Session, *, actor: Actor, redemption_ref: str, typed: ContractTyped
) -> ContractEntry:
    """Check the contract of a locked home of the acting developer, or its correction, and keep it as a draft.

    A draft before it is dropped; without a new scan or proof the one before is kept. Nothing moves yet.
    Raises NotFound for another developer's, HoldOver after the deadline, Conflict in any other state or while
    disputed; DomainError at its field for what ``contract`` and ``buyers`` refuse, a number in use, a missing
    scan (``scan``), and what ``documents`` refuses of a file.
    """
    _, redemption = record.take(session, actor, redemption_ref)
    _demand_open(session, actor, redemption, correcting=redemption.state != State.LOCKED)
    entry = _write(session, actor, redemption, typed)
    _demand_free_number(session, redemption, entry.number)
    return entry


def send_contract(session: Session, *, actor: Actor, redemption_ref: str, entry_ref: str) -> Redemption:
    """Enter the draft that was looked at: the clock stops, or the contract before is replaced.

    Raises as ``prepare_contract`` about the redemption and the number; Conflict when the draft was sent or
    another was typed since.
    """
    _, redemption = record.take(session, actor, redemption_ref)
    action = _demand_open(session, actor, redemption, correcting=redemption.state != State.LOCKED)
    entry = contracts.find_draft_whole(session, redemption)
    if entry is None or entry.ref != entry_ref:
        raise Conflict("contract_draft_gone")
    return _put(session, actor, redemption, entry, action)


def enter_contract(
    session: Session, *, actor: Actor, redemption_ref: str, typed: ContractTyped
) -> Redemption:
    """Enter the contract of a locked home at once, with nobody to look at it again.

    Raises what ``prepare_contract`` and ``send_contract`` do; Conflict when one is entered.
    """
    _, redemption = record.take(session, actor, redemption_ref)
    action = _demand_open(session, actor, redemption, correcting=False)
    return _put(session, actor, redemption, _write(session, actor, redemption, typed), action)


def write_changed(
    session: Session, actor: Actor, redemption: Redemption, typed: ContractTyped
) -> ContractEntry:
    """Write down a contract that was changed after the write-off, as a draft until two people approved it.

    Raises DomainError at its field, as ``prepare_contract``; area and price may be others than quoted.
    """
    if typed.scan is None:
        raise DomainError("contract_scan_missing", "scan")
    return _write(session, actor, redemption, typed, as_quoted=False)


def put_changed(session: Session, actor: Actor, redemption: Redemption, entry: ContractEntry) -> None:
    """Make an approved draft the contract of a written-off purchase; the one before stays as it was.

    Raises ContractNumberTaken.
    """
    replaced = contracts.find_current(session, redemption)
    if replaced is not None:
        replaced.state = "replaced"
        session.flush()
    with unless_taken(session, _NUMBER_GUARDS, ContractNumberTaken()):
        entry.state, entry.entered_at = "current", clock.now()
        redemption.contract_number, redemption.contract_signed_on = entry.number, entry.signed_on
        redemption.contract_area_m2 = entry.area_m2
    session.expire(redemption, ["contract"])
    kinship.settle_changed(session, actor, entry)


def _demand_open(session: Session, actor: Actor, redemption: Redemption, *, correcting: bool) -> Action:
    """Return what entering a contract is now: the first time, or a correction of what nobody verified yet."""
    action = Action.CORRECT_CONTRACT if correcting else Action.ENTER_CONTRACT
    after = states.after(actor.role, State(redemption.state), action)
    record.demand_home_ahead(session, redemption, after)
    if queries.is_over(redemption, clock.now()):
        raise HoldOver
    if correcting and redemption.disputed_at is not None:
        # The authority has to see what the registry says about the number that was entered.
        raise Conflict("contract_disputed")
    return action


def _write(
    session: Session, actor: Actor, redemption: Redemption, typed: ContractTyped, *, as_quoted: bool = True
) -> ContractEntry:
    """Write a draft with its buyers and files, once everything in it is found right."""
    contracts.load_ground(session, redemption)
    frozen = snapshot.read(redemption.quote.snapshot)
    policies = contracts.policies_of(session, frozen)
    number, handover_by = _checked(redemption, typed, frozen, policies, as_quoted=as_quoted)
    before = contracts.find_typed(session, redemption)
    buyers = rules.tidy(typed.buyers, earlier=contracts.numbers_of(before))
    bases = [
        _basis(session, redemption, buyer, place, policies) for place, buyer in enumerate(buyers, start=1)
    ]
    if before is not None and before.state == "draft":
        before.state = "dropped"
        session.flush()
    named = list(zip(buyers, bases, strict=True))
    entry = ContractEntry(
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
    session.add(entry)
    session.flush()
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
    frozen: snapshot.Snapshot,
    policies: Sequence[Policy],
    *,
    as_quoted: bool,
) -> tuple[str, date | None]:
    """Return the number and the day of handover, once days, area and price can be. Raises DomainError."""
    number = contract.tidy_number(typed.number)
    _check_day(redemption, typed.signed_on, as_quoted=as_quoted)
    handover_by = contract.handover_day(
        typed.handover_by,
        signed_on=typed.signed_on,
        published=redemption.home.development.delivery_on,
    )
    if as_quoted:
        contract.check(frozen, area_m2=typed.area_m2, price_fen=typed.price_fen)
        contract.check_bounds(policies, filed_fen=frozen.prices.filed.amount_fen, price_fen=typed.price_fen)
    return number, handover_by


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
    session: Session, redemption: Redemption, buyer: BuyerTyped, place: int, policies: Sequence[Policy]
) -> Basis | None:
    rules.check_named(buyer, place, policies)
    household = redemption.household
    person, has_holder = persons.find_or_holder(session, household_id=household.id, id_number=buyer.id_number)
    return rules.basis_of(
        buyer,
        place,
        holder=household.holder_name,
        has_holder=person is None and has_holder,
        on_roster=OnRoster(person.name, person.relation) if person else None,
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
    row = ContractBuyer(
        district_id=entry.district_id,
        entry_id=entry.id,
        place=place,
        name=buyer.name,
        relation=buyer.relation,
        basis=basis or Basis.PROOF,
        is_minor=rules.is_minor(buyer.id_number, entry.signed_on),
        id_number=seal(buyer.id_number, purpose=ID_NUMBER.purpose, owner=entry.id),
        id_index=blind_index(buyer.id_number, purpose=ID_NUMBER.purpose),
    )
    session.add(row)
    if basis is not None:
        return None
    session.flush()
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


def _demand_free_number(session: Session, redemption: Redemption, number: str) -> None:
    """Refuse a number in use, by what the constraints ask themselves when the contract is sent."""
    found = _IS_TAKEN.rows(
        session,
        redemption_id=redemption.id,
        district_id=redemption.district_id,
        number=number,
        home_id=redemption.home_id,
    )
    if found != [(False,)]:
        raise ContractNumberTaken


_IS_TAKEN: Final = Prepared(
    select(
        or_(
            exists().where(
                Redemption.district_id == bindparam("district_id", type_=BigInteger),
                Redemption.contract_number == bindparam("number", type_=String),
                or_(*(Redemption.state == one for one in (State.CONTRACTED, State.CHECKED, State.REDEEMED))),
                Redemption.id != bindparam("redemption_id", type_=BigInteger),
            ),
            func.contract_paid_in_cash(
                bindparam("district_id", type_=BigInteger),
                bindparam("number", type_=String),
                bindparam("home_id", type_=BigInteger),
                type_=Boolean,
            ),
        )
    )
)


def _put(
    session: Session, actor: Actor, redemption: Redemption, entry: ContractEntry, action: Action
) -> Redemption:
    """Make a draft the redemption's contract; the one before stays as it was.

    Raises ContractNumberTaken; the transaction is lost then.
    """
    before = State(redemption.state)
    replaced = contracts.find_current(session, redemption) if before != State.LOCKED else None
    if replaced is not None:
        kinship.catch_up(session, actor, entry, replaced)
        replaced.state = "replaced"
        session.flush()
    entry.state, entry.entered_at = "current", clock.now()
    redemption.contract_number, redemption.contract_signed_on = entry.number, entry.signed_on
    redemption.contract_area_m2, redemption.contract_price_fen = entry.area_m2, entry.price_fen
    redemption.state = states.after(actor.role, before, action)
    with refused_by(_NUMBER_GUARDS, ContractNumberTaken()):
        session.flush()
    session.expire(redemption, ["contract"])
    record.note(session, actor, redemption, action, before=before)
    kinship.tell_wanted(session, redemption, entry)
    contract_entered.publish(
        session,
        redemption_id=redemption.id,
        home_id=redemption.home_id,
        district_id=redemption.district_id,
    )
    return redemption
