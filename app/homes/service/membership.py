"""Writing developers' places in the pools: application, decision by two people, suspension, leaving.

A step locks the homes whose listings it moves, then the approval, then the membership. A listing that is made
at the same moment holds the membership until it commits, so a suspension finds it and is tried once more.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO, Final

from sqlalchemy import ColumnElement, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.approvals import service as approvals
from app.approvals.errors import AlreadyDecided
from app.approvals.models import ApprovalRequest
from app.approvals.queries import find_latest
from app.core import audit, clock, locks
from app.core.actor import Actor
from app.core.errors import Busy, Conflict, DomainError, NotFound
from app.core.ids import new_ref
from app.documents import service as documents
from app.documents.queries import list_documents
from app.documents.rules import Access, Kind
from app.homes import membership, rules, states, telling
from app.homes.membership import PROPOSAL, papers_of
from app.homes.models import Development, Home
from app.homes.pool_models import PoolListing, PoolMembership, PoolMove
from app.homes.queries import current_prices
from app.homes.service.due import settle
from app.homes.service.own import touch
from app.homes.undertaking import CURRENT

PAPERS: Final = {Kind.LICENCE: "licence", Kind.UNDERTAKING: "signed"}
"""The papers that an application cannot do without, and the fields that bring them."""

REASONED: Final = frozenset({"ask_changes", "suspend", "leave"})
"""The steps that are never taken without telling why."""


@dataclass(frozen=True, slots=True)
class Paper:
    """A file that goes with an application."""

    kind: Kind
    source: BinaryIO
    name: str


def apply(
    session: Session,
    *,
    actor: Actor,
    district_id: int,
    undertaking_version: int,
    accepted_by_name: str,
    papers: Sequence[Paper],
) -> PoolMembership:
    """Apply for the pool of a district, the undertaking accepted by a named person of the company.

    Raises Conflict where the company applied before and did not leave; DomainError at ``undertaking`` when
    its text changed meanwhile, at ``accepted_by_name`` without a name, at ``licence`` or ``signed`` without
    that paper, and the refusals of ``documents.service.add``.
    """
    if undertaking_version != CURRENT.version:
        raise DomainError("undertaking_changed", "undertaking")
    if not accepted_by_name.strip():
        raise DomainError("accepted_name_missing", "accepted_by_name")
    brought = {paper.kind for paper in papers}
    for kind, field in PAPERS.items():
        if kind not in brought:
            raise DomainError("paper_missing", field)
    moment = clock.now()
    accepted = {
        "state": "submitted",
        "reason": None,
        "undertaking_version": undertaking_version,
        "accepted_by_name": accepted_by_name.strip(),
        "accepted_by_id": actor.user_id,
        "accepted_at": moment,
        "submitted_at": moment,
        "changed_at": moment,
    }
    keys = {"ref": new_ref("RK"), "district_id": district_id, "developer_id": actor.organisation}
    unique = [PoolMembership.district_id, PoolMembership.developer_id]
    statement = insert(PoolMembership).values({**keys, **accepted})
    made = session.scalars(
        statement.on_conflict_do_nothing(index_elements=unique).returning(PoolMembership)
    ).first()
    before = "new"
    if made is None:
        made = _lock_own(session, actor, PoolMembership.district_id == district_id)
        before = made.state
        states.after_pool(before, "apply")
        for name, value in accepted.items():
            setattr(made, name, value)
        session.flush()
    _bring(session, actor, made, papers)
    _note(session, actor, made, "apply", before)
    telling.tell_applied(session, made)
    return made


def send_again(session: Session, *, actor: Actor, ref: str, papers: Sequence[Paper]) -> PoolMembership:
    """Send an application again after changes were asked; a new paper takes the place of the old one.

    Raises NotFound for another company's, Conflict unless changes were asked, and the refusals of
    ``documents.service.add``.
    """
    found = _lock_own(session, actor, PoolMembership.ref == ref)
    before, found.state = found.state, states.after_pool(found.state, "send_again")
    found.reason, found.submitted_at, found.changed_at = None, clock.now(), clock.now()
    session.flush()
    _bring(session, actor, found, papers)
    _note(session, actor, found, "send_again", before)
    telling.tell_applied(session, found)
    return found


def propose(
    session: Session, *, actor: Actor, ref: str, action: str, reason: str | None = None
) -> ApprovalRequest:
    """Ask a second person for a step of a developer of the actor's district, as it stands now.

    Raises NotFound in another district, Conflict where the step does not lead on from where the developer
    stands, DomainError at ``reason`` where it takes one, Conflict while another step waits for a decision.
    """
    found = membership.get_membership(session, actor=actor, ref=ref)
    if action not in states.AUTHORITY_ACTIONS:
        raise DomainError("action_missing", "action")
    states.after_pool(found.state, action)
    told = (reason or "").strip() or None
    if action in REASONED and told is None:
        raise DomainError("reason_missing", "reason")
    payload = {
        "schema": 1,
        "action": action,
        "reason": told,
        "state": found.state,
        "undertaking_version": found.undertaking_version,
        "papers": papers_of(session, found),
    }
    return approvals.request(session, actor=actor, kind=PROPOSAL, subject_id=found.id, payload=payload)


def decide(
    session: Session,
    *,
    actor: Actor,
    ref: str,
    approve: bool,
    reason: str | None = None,
    seen: str | None = None,
) -> PoolMembership:
    """Decide on the step that a colleague asked for; an approved one is carried out as it was asked.

    Suspending or leaving takes all the developer's listings out of the pool at once; purchases that run go
    on. Lifting lists again those that the suspension took out, as far as their prices allow. ``seen`` as in
    ``approvals.decide``. Raises NotFound, AlreadyDecided, SamePerson, DomainError at ``reason`` for a
    rejection without one; Conflict when the papers or the state are no longer those that were asked about, or
    when a purchase keeps the developer from leaving; Busy when a home was listed at the same moment.
    """
    found = membership.get_membership(session, actor=actor, ref=ref)
    asked = find_latest(session, actor=actor, kind=PROPOSAL, subject_id=found.id)
    homes = _lock_homes(session, found, asked) if approve and asked else []
    decided = approvals.decide(
        session, actor=actor, kind=PROPOSAL, subject_id=found.id, approve=approve, reason=reason, seen=seen
    )
    if asked is None or decided.id != asked.id:
        raise AlreadyDecided
    if approve:
        locks.lock(session, PoolMembership, found.id)
        _carry_out(session, actor, found, decided, homes)
    return found


def _carry_out(
    session: Session, actor: Actor, found: PoolMembership, decided: ApprovalRequest, homes: Sequence[Home]
) -> None:
    wanted: dict[str, Any] = decided.payload
    action, before = wanted["action"], found.state
    if (before, papers_of(session, found)) != (wanted["state"], wanted["papers"]):
        raise Conflict("membership_moved")
    if action == "leave" and any(home.status == "locked" for home in homes):
        raise Conflict("purchases_run")
    found.state, found.changed_at = states.after_pool(before, action), clock.now()
    found.reason = wanted["reason"] if action in REASONED else None
    if action == "admit":
        found.admitted_at = found.changed_at
    session.flush()
    _move_listings(session, found, action, homes)
    _note(session, actor, found, action, before, approval=decided, homes=len(homes))
    telling.tell_decided(session, found, action, wanted["reason"])


def _lock_homes(session: Session, found: PoolMembership, asked: ApprovalRequest) -> list[Home]:
    """Lock the homes whose listings the step moves, and for leaving those that somebody is buying."""
    return locks.lock_all(session, Home, _concerned(session, found, asked.payload["action"]))


def _concerned(session: Session, found: PoolMembership, action: str) -> Sequence[int]:
    suspended = PoolListing.out_reason == "developer_suspended"
    moved: dict[str, ColumnElement[bool]] = {
        "suspend": PoolListing.state == "listed",
        "leave": (PoolListing.state == "listed") | suspended | (Home.status == "locked"),
        "lift": suspended,
    }
    if action not in moved:
        return []
    statement = (
        select(Home.id)
        .join(Development, Development.id == Home.development_id)
        .join(PoolListing, PoolListing.home_id == Home.id)
        .where(
            PoolListing.district_id == found.district_id,
            Development.developer_id == found.developer_id,
            Home.status != "sold",
            moved[action],
        )
    )
    return session.scalars(statement).all()


def _move_listings(session: Session, found: PoolMembership, action: str, homes: Sequence[Home]) -> None:
    held = {home.id for home in homes}
    if not held.issuperset(_concerned(session, found, action)):
        raise Busy
    if action == "lift":
        settle(session, homes, clock.now())
    prices = current_prices(session, held)
    statement = select(PoolListing).where(
        PoolListing.district_id == found.district_id, PoolListing.home_id.in_(held)
    )
    rows = session.scalars(statement.order_by(PoolListing.id), execution_options={"populate_existing": True})
    for listing in rows.all():
        if action == "lift":
            amounts = prices[listing.home_id].amounts
            if rules.find_breach(amounts) is None and amounts.complete:
                listing.state, listing.out_reason = states.after(states.LISTING, listing.state, "lift"), None
            else:
                listing.out_reason = rules.find_breach(amounts) or "withdrawn"
        else:
            if listing.state == "listed":
                listing.state = states.after(states.LISTING, listing.state, action)
            left = {"suspend": "developer_suspended", "leave": "developer_left"}
            listing.out_reason = left[action]
        listing.changed_at = found.changed_at
    touch(session, *homes)


def _lock_own(session: Session, actor: Actor, where: ColumnElement[bool]) -> PoolMembership:
    statement = select(PoolMembership.id).where(where, PoolMembership.developer_id == actor.organisation)
    found = session.scalar(statement)
    if found is None:
        raise NotFound("membership_not_found")
    return locks.lock(session, PoolMembership, found)


def _bring(session: Session, actor: Actor, found: PoolMembership, papers: Sequence[Paper]) -> None:
    """Keep the papers; one of a kind that is there already takes the old one's place."""
    owner = membership.owner_of(found)
    for paper in papers:
        if paper.kind in PAPERS:
            for old in [one for one in list_documents(session, owner) if one.kind == paper.kind]:
                documents.remove(session, actor=actor, owner=owner, ref=old.ref)
        try:
            documents.add(
                session,
                actor=actor,
                owner=owner,
                kind=paper.kind,
                access=Access.PARTIES,
                source=paper.source,
                name=paper.name,
            )
        except DomainError as refusal:
            field = PAPERS.get(paper.kind, "other")
            raise DomainError(refusal.code, field, **refusal.params) from refusal


def _note(
    session: Session,
    actor: Actor,
    found: PoolMembership,
    action: str,
    before: str,
    *,
    approval: ApprovalRequest | None = None,
    homes: int = 0,
) -> None:
    session.add(
        PoolMove(
            membership_id=found.id,
            action=action,
            from_state=before,
            to_state=found.state,
            reason=found.reason,
            at=found.changed_at,
            actor_id=actor.user_id,
            approval_id=approval.id if approval else None,
        )
    )
    session.flush()
    audit.record(
        session,
        actor=actor,
        action=f"homes.pool_{action}",
        object_type="pool_membership",
        object_id=found.id,
        homes=homes,
    )
