"""Proving that a buyer is kin of the voucher's holder: a paper is given, an officer accepts or refuses it.

Until each buyer who needs a proof has one that was accepted, nobody verifies the contract.
"""

from dataclasses import dataclass
from typing import Final

from sqlalchemy.orm import Session

from app.core import audit, clock
from app.core.actor import Actor, Role
from app.core.db import refused_by
from app.core.errors import Conflict, DomainError, Forbidden, stated
from app.core.ids import new_ref
from app.documents import service as documents
from app.documents.models import Document
from app.documents.rules import Kind, Upload
from app.notices.service import Recipient, tell
from app.redemptions import contracts, kinship_states, snapshot
from app.redemptions import kinship_queries as queries
from app.redemptions.buyers import Basis
from app.redemptions.contract_models import ContractBuyer, ContractEntry
from app.redemptions.errors import ActedAtCounter, NotBuyer
from app.redemptions.kinship_models import KINDS, KinshipProof
from app.redemptions.kinship_states import Action, State
from app.redemptions.models import Redemption
from app.redemptions.service import record
from app.redemptions.states import State as Buying

_LONGEST: Final = 200


@dataclass(frozen=True, slots=True)
class Paper:
    """What is given: which kind of paper, what it shows, and its scan."""

    kind: str
    shows: str
    file: Upload


def give(session: Session, *, actor: Actor, redemption_ref: str, place: int, paper: Paper) -> KinshipProof:
    """Give the proof of one buyer, as the home's developer or as the household that buys.

    Raises NotFound, NotBuyer, Forbidden for anybody else and for helpers, Conflict once it was accepted or
    the contract verified; DomainError at ``kind`` or ``shows``, at ``file`` for the contract's own scan and
    for what ``documents`` refuses.
    """
    _, redemption = record.take(session, actor, redemption_ref)
    if actor.role is Role.HOUSEHOLD and redemption.household_id != actor.household:
        raise NotBuyer
    if actor.level is not None:
        raise Forbidden("wrong_role")
    _demand_open(redemption)
    buyer = queries.get_buyer(redemption, place)
    before = queries.latest_of(session, [buyer.id]).get(buyer.id)
    kinship_states.after(actor.role, queries.state_of(before), Action.GIVE)
    shows = " ".join(paper.shows.split())
    if paper.kind not in KINDS:
        raise DomainError("kinship_kind_missing", "kind")
    if not 0 < len(shows) <= _LONGEST:
        raise DomainError("kinship_shows_missing", "shows", most=_LONGEST)
    kept = documents.keep_paper(
        session, actor=actor, owner=contracts.owner_of(buyer), paper=paper.file, kind=Kind.KINSHIP
    )
    _demand_other(session, redemption, buyer, kept)
    if before is not None and before.state == State.GIVEN:
        before.state = "replaced"
        session.flush()
    made = add(session, actor, redemption, buyer, kept, kind=paper.kind, shows=shows)
    _record(session, actor, made, Action.GIVE)
    return made


def add(
    session: Session,
    actor: Actor,
    redemption: Redemption,
    buyer: ContractBuyer,
    document: Document,
    *,
    kind: str,
    shows: str | None,
) -> KinshipProof:
    """Write down a paper that is kept as the proof of a buyer; an officer has to look at it."""
    made = KinshipProof(
        district_id=redemption.district_id,
        ref=new_ref("QS"),
        redemption_id=redemption.id,
        buyer_id=buyer.id,
        kind=kind,
        shows=shows,
        document_id=document.id,
        state=State.GIVEN,
        given_at=clock.now(),
        given_by_id=actor.user_id,
        given_by_role=actor.role,
        visit_id=actor.visit_id,
    )
    session.add(made)
    session.flush()
    return made


def take_over(
    session: Session, known: ContractBuyer, buyer: ContractBuyer, document: Document
) -> KinshipProof | None:
    """Let what stands for a person on a contract stand for them on its correction, with their paper.

    What was accepted is looked at again where the relation is another. None where nothing stands.
    """
    before = queries.find_standing(session, known.id)
    if before is None:
        return None
    holds = known.relation == buyer.relation and before.state == State.ACCEPTED
    return _copy(session, before, buyer, document, State.ACCEPTED if holds else State.GIVEN)


def catch_up(session: Session, actor: Actor, entry: ContractEntry, replaced: ContractEntry) -> None:
    """Let a correction that is sent have what became of the papers while it was a draft.

    A paper given, accepted or sent back meanwhile for the same person stands for them on the correction,
    unless that brought a later one of its own.
    """
    for buyer in entry.buyers:
        known = next((one for one in replaced.buyers if _is_same(one, buyer)), None)
        if known is None or buyer.basis != Basis.PROOF:
            continue
        latest = queries.latest_of(session, [known.id, buyer.id])
        newer, own = latest.get(known.id), latest.get(buyer.id)
        if newer is None:
            continue
        holds = known.relation == buyer.relation or newer.state == State.REFUSED
        state = State(newer.state) if holds else State.GIVEN
        if own is not None and (own.given_at > newer.given_at or _is_as(own, newer, state)):
            continue
        if own is not None and own.state != State.REFUSED:
            own.state = "replaced"
            session.flush()
        document = own.document if own and own.document.sha256 == newer.document.sha256 else None
        owner = contracts.owner_of(buyer)
        kept = document or documents.add_again(session, actor=actor, owner=owner, document=newer.document)
        _copy(session, newer, buyer, kept, state)


def _is_same(one: ContractBuyer, other: ContractBuyer) -> bool:
    return (one.name, one.id_index) == (other.name, other.id_index)


def _is_as(own: KinshipProof, newer: KinshipProof, state: State) -> bool:
    """Tell whether a correction has a paper already, as it stands."""
    return own.given_at == newer.given_at and own.state == state


def _copy(
    session: Session, before: KinshipProof, buyer: ContractBuyer, document: Document, state: State
) -> KinshipProof:
    is_decided = state in (State.ACCEPTED, State.REFUSED)
    made = KinshipProof(
        district_id=before.district_id,
        ref=new_ref("QS"),
        redemption_id=before.redemption_id,
        buyer_id=buyer.id,
        kind=before.kind,
        shows=before.shows,
        document_id=document.id,
        state=state,
        given_at=before.given_at,
        given_by_id=before.given_by_id,
        given_by_role=before.given_by_role,
        visit_id=before.visit_id,
        decided_at=before.decided_at if is_decided else None,
        decided_by_id=before.decided_by_id if is_decided else None,
        reason=before.reason if state == State.REFUSED else None,
    )
    session.add(made)
    session.flush()
    return made


def accept(session: Session, *, actor: Actor, redemption_ref: str, proof_ref: str) -> KinshipProof:
    """Say as an officer that a paper shows the kinship.

    Raises NotFound, Forbidden for anybody else, ActedAtCounter for whoever gave it at the counter, Conflict
    once it was decided or replaced, or the contract verified, and for one of a draft or an earlier contract.
    """
    redemption, found = _take(session, actor, redemption_ref, proof_ref, Action.ACCEPT)
    _decide(session, actor, found, State.ACCEPTED)
    _tell(session, redemption, found, "accepted")
    return found


def refuse(
    session: Session, *, actor: Actor, redemption_ref: str, proof_ref: str, reason: str
) -> KinshipProof:
    """Say as an officer what is wrong with a paper: both sides read it, and either may give another.

    Raises as ``accept``; DomainError at ``reason`` without one.
    """
    redemption, found = _take(session, actor, redemption_ref, proof_ref, Action.REFUSE)
    found.reason = stated(reason)
    _decide(session, actor, found, State.REFUSED)
    _tell(session, redemption, found, "refused")
    return found


def settle_changed(session: Session, actor: Actor, entry: ContractEntry) -> None:
    """Accept the papers of a contract that two people approved as a change; they looked at them there."""
    for buyer in entry.buyers:
        found = queries.find_standing(session, buyer.id)
        if found is not None and found.state == State.GIVEN:
            _decide(session, actor, found, State.ACCEPTED)


def tell_wanted(session: Session, redemption: Redemption, entry: ContractEntry) -> None:
    """Tell household and developer whose proof is missing on a contract that was entered."""
    wanted = [buyer for buyer in entry.buyers if buyer.basis == Basis.PROOF]
    if not wanted:
        return
    latest = queries.latest_of(session, [buyer.id for buyer in wanted])
    names = [buyer.name for buyer in wanted if buyer.id not in latest]
    if names:
        _send(session, redemption, "wanted", event=f"kinship.wanted:{entry.id}", words="、".join(names))


def _demand_open(redemption: Redemption) -> None:
    if redemption.state != Buying.CONTRACTED:
        raise Conflict("kinship_over")


def _demand_other(session: Session, redemption: Redemption, buyer: ContractBuyer, kept: Document) -> None:
    """Refuse the contract's own scan as a paper of kinship."""
    scan = contracts.find_file(session, redemption.contract) if redemption.contract is not None else None
    if scan is not None and scan.sha256 == kept.sha256:
        raise DomainError("kinship_is_scan", "file", name=buyer.name)


def _take(
    session: Session, actor: Actor, redemption_ref: str, proof_ref: str, action: Action
) -> tuple[Redemption, KinshipProof]:
    _, redemption = record.take(session, actor, redemption_ref)
    found = queries.get_proof(session, redemption=redemption, ref=proof_ref)
    session.refresh(found)
    current = redemption.contract
    if found.state == "replaced" or current is None or found.buyer.entry_id != current.id:
        raise Conflict("kinship_replaced")
    kinship_states.after(actor.role, found.state, action)
    _demand_open(redemption)
    if found.given_by_id is not None and found.given_by_id == actor.user_id:
        raise ActedAtCounter
    return redemption, found


def _decide(session: Session, actor: Actor, found: KinshipProof, state: State) -> None:
    with refused_by("kinship_proof_decided", Conflict("kinship_decided")):
        found.state, found.decided_at, found.decided_by_id = state, clock.now(), actor.user_id
        session.flush()
    _record(session, actor, found, Action.ACCEPT if state is State.ACCEPTED else Action.REFUSE)


def _record(session: Session, actor: Actor, found: KinshipProof, action: Action) -> None:
    session.flush()
    audit.record(
        session,
        actor=actor,
        action=f"kinship.{action}",
        object_type="kinship_proof",
        object_id=found.id,
        redemption_id=found.redemption_id,
    )


def _tell(session: Session, redemption: Redemption, found: KinshipProof, what: str) -> None:
    reason = {"reason": found.reason} if found.reason else {}
    event = f"kinship.{what}:{found.id}"
    _send(session, redemption, what, event=event, words=found.buyer.name, **reason)


def _send(session: Session, redemption: Redemption, what: str, *, event: str, **blanks: str) -> None:
    place = snapshot.read(redemption.quote.snapshot).home.line
    buyer = Recipient(district_id=redemption.district_id, household_id=redemption.household_id)
    company = Recipient(district_id=redemption.district_id, organisation_id=redemption.developer_id)
    for kind, to in ((f"kinship_{what}", buyer), (f"developer_kinship_{what}", company)):
        tell(session, kind=kind, to=to, event=event, about_ref=redemption.ref, home=place, **blanks)
