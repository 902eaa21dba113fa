"""The only writer of vouchers: an officer submits one, a checker issues or rejects it."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.approvals import service as approvals
from app.core import audit, clock, ids, locks
from app.core.actor import Actor, Role
from app.core.errors import Conflict, NotFound
from app.ledger import service as ledger
from app.ledger.rules import AccountKind
from app.policies import entitled
from app.policies.entitled import Entitled
from app.policies.faces import Face, asks_parts, face_of
from app.policies.models import PolicyVersion
from app.policies.queries import get_version, policy_of
from app.policies.rules import Policy
from app.projects.errors import RosterOpen
from app.projects.models import Agreement, Election, Household
from app.projects.queries import get_agreement_by_id, get_household_by_id
from app.vouchers import entitling, telling
from app.vouchers.errors import AgreementChanged, AlreadyVouched, DecidedAsBatch, NotEligible
from app.vouchers.models import OF_AGREEMENT, Voucher
from app.vouchers.queries import begun_on

ISSUE: Final = "voucher.issue"
"""Kind of the approval, code of the transfer and name in the audit trail: one act, one word."""
SUBMIT: Final = "voucher.submit"

_PAYLOAD_SCHEMA: Final = 1


def submit(session: Session, *, actor: Actor, agreement_id: int, policy_version_id: int) -> Voucher:
    """Submit a voucher over an agreement's sum, under a policy version, for a checker's approval.

    What the policy adds to the compensation is part of the face, and frozen with it; what of the compensation
    it leaves to be paid in cash is not.

    Raises Forbidden for anybody but an officer, NotFound for another district's agreement or policy version,
    RosterOpen while the project's roster is not locked, NotEligible for a household that chose cash or whose
    case is not settled, AlreadyVouched when the agreement has a voucher that was not rejected.
    """
    actor.demand(Role.OFFICER)
    agreement = get_agreement_by_id(session, actor=actor, agreement_id=agreement_id)
    household = get_household_by_id(session, actor=actor, household_id=agreement.household_id)
    if household.project.roster_locked_at is None:
        raise RosterOpen
    check_eligible(household)
    version = get_version(session, district_id=actor.district, version_id=policy_version_id)
    entitling.keep(session, [agreement.id])
    face = face_under(policy_of(version), agreement)
    statement = (
        insert(Voucher)
        .values(
            district_id=actor.district,
            ref=ids.new_ref("FP"),
            household_id=agreement.household_id,
            agreement_id=agreement.id,
            policy_version_id=version.id,
            face_fen=face.fen,
            additions=face.additions,
            state="submitted",
            created_at=clock.now(),
        )
        # A literal condition: once the driver prepares the statement, a parameter would match no index.
        .on_conflict_do_nothing(index_elements=["agreement_id"], index_where=text(OF_AGREEMENT))
        .returning(Voucher)
    )
    voucher = session.scalars(statement).first()
    if voucher is None:
        raise AlreadyVouched
    payload = payload_of(voucher, version)
    approvals.request(session, actor=actor, kind=ISSUE, subject_id=voucher.id, payload=payload)
    note(session, actor, voucher, SUBMIT)
    return voucher


def approve(session: Session, *, actor: Actor, voucher_id: int) -> Voucher:
    """Issue a submitted voucher: an account is opened and credited with its face value, its term begins.

    Raises Forbidden for anybody but a checker, NotFound for another district's voucher, Conflict when it was
    decided already, belongs to a batch or the policy's scheme is not open today, SamePerson when the actor
    submitted it, NotEligible when the household's choice changed and AgreementChanged when the agreement's
    sum moved meanwhile.
    """
    voucher = _decidable(session, actor, voucher_id)
    (agreement,) = locks.share_all(session, Agreement, [voucher.agreement_id])
    face = face_under(policy_of(voucher.policy_version), agreement)
    check_eligible(get_household_by_id(session, actor=actor, household_id=voucher.household_id))
    check_scheme(voucher, clock.now())
    (issue_id,) = ledger.control_accounts(session, district_id=voucher.district_id, kinds=[AccountKind.ISSUE])
    credit(session, actor=actor, voucher=voucher, issue_id=issue_id)
    # Decided last, because approvals are locked after ledger accounts; a refusal here undoes the money too.
    decision = approvals.decide(session, actor=actor, kind=ISSUE, subject_id=voucher.id, approve=True)
    if frozen(voucher) != asked(decision.payload) or face.fen != voucher.face_fen:
        raise AgreementChanged
    telling.tell_issued(session, voucher)
    return voucher


def face_under(policy: Policy, agreement: Agreement) -> Face:
    """Return the face that a voucher over an agreement has under a policy, with what makes it.

    Raises Conflict("agreement_not_vacated") where term or interest starts with a handover that nobody
    noted, and Conflict("agreement_parts_missing"), Conflict("agreement_entitled_missing") or
    Conflict("agreement_residents_missing") where the policy asks for what nobody noted;
    Conflict("agreement_nothing_in_face") where all of the compensation is to be paid in cash.
    """
    if policy.counts_handover and agreement.vacated_on is None:
        raise Conflict("agreement_not_vacated")
    parts = Counter[str]()
    if asks_parts(policy):
        for line in agreement.lines:
            parts[line.kind] += line.amount_fen
        if not parts:
            raise Conflict("agreement_parts_missing")
    asks = entitled.asked(policy)
    if asks.m2 and agreement.entitled_m2 is None:
        raise Conflict("agreement_entitled_missing")
    if asks.residents and agreement.residents is None:
        raise Conflict("agreement_residents_missing")
    face = face_of(
        policy,
        agreement.compensation_fen,
        agreed_on=agreement.signed_on,
        old_area_m2=agreement.household.old_area_m2,
        entitled=Entitled(agreement.entitled_m2 or Decimal(0), agreement.residents or 0),
        compensation=parts or None,
    )
    if face.compensated_fen <= 0:
        raise Conflict("agreement_nothing_in_face")
    return face


def credit(session: Session, *, actor: Actor, voucher: Voucher, issue_id: int) -> None:
    """Open a voucher's account, credit its face value from the district's issue, and begin its term now.

    The step that ``approve`` and a batch share: whoever calls holds the voucher's lock, shares the
    agreement's (``keep_days``), and has, or takes, the checker's decision, on whose account (``actor``) it
    goes on record.
    """
    issued_at = clock.now()
    expires_at = term_end(voucher, issued_at)
    if expires_at <= issued_at:
        raise Conflict("policy_over")
    account = ledger.open_account(
        session, district_id=voucher.district_id, kind="voucher", owner=f"voucher:{voucher.id}"
    )
    ledger.transfer(
        session,
        district_id=voucher.district_id,
        debit_id=issue_id,
        credit_id=account.id,
        amount_fen=voucher.face_fen,
        code=ISSUE,
        key=f"{ISSUE}:{voucher.id}",
    )
    voucher.state = "issued"
    voucher.issued_at = issued_at
    voucher.expires_at = expires_at
    voucher.vacated_on = handover_of(voucher)
    voucher.account_id = account.id
    session.flush()
    note(session, actor, voucher, ISSUE)


def check_scheme(voucher: Voucher, moment: datetime) -> None:
    """Refuse to issue under a policy whose scheme is not open that day. Raises Conflict."""
    if not policy_of(voucher.policy_version).may_issue_on(clock.legal_day(moment)).allowed:
        raise Conflict("policy_scheme_closed")


def keep_days(session: Session, vouchers: Sequence[Voucher]) -> None:
    """Keep the days from which the terms of vouchers count as they are, until this commits."""
    counting = [one.agreement_id for one in vouchers if policy_of(one.policy_version).counts_handover]
    locks.share_all(session, Agreement, counting)


def handover_of(voucher: Voucher) -> date | None:
    """Return the handover from which a voucher's term or interest counts, or None where neither does."""
    return voucher.agreement.vacated_on if policy_of(voucher.policy_version).counts_handover else None


def term_end(voucher: Voucher, issued_at: datetime) -> datetime:
    """Return the moment at which the term of a voucher issued then would end, in UTC."""
    policy = policy_of(voucher.policy_version)
    return policy.expires_at(issued_at, agreed_on=begun_on(voucher.agreement, policy))


def reject(session: Session, *, actor: Actor, voucher_id: int, reason: str) -> Voucher:
    """Send a submitted voucher back with a reason; the agreement may then be submitted again.

    Raises as ``approve``, and DomainError("reason_missing", field="reason") without a reason.
    """
    voucher = _decidable(session, actor, voucher_id)
    approvals.decide(session, actor=actor, kind=ISSUE, subject_id=voucher.id, approve=False, reason=reason)
    voucher.state = "rejected"
    session.flush()
    note(session, actor, voucher, "voucher.reject")
    return voucher


def _decidable(session: Session, actor: Actor, voucher_id: int) -> Voucher:
    """Return the submitted voucher, locked."""
    actor.demand(Role.CHECKER)
    found = locks.lock_all(session, Voucher, [voucher_id])
    if not found or found[0].district_id != actor.district:
        raise NotFound("voucher_gone")
    demand_undecided(found[0])
    return found[0]


def demand_undecided(voucher: Voucher) -> None:
    """Raise Conflict for a voucher that nobody decides on by itself: it was already, or is of a batch."""
    if voucher.state != "submitted":
        raise Conflict("voucher_decided")
    if voucher.batch_id is not None:
        raise DecidedAsBatch


def check_eligible(household: Household) -> None:
    """Raise NotEligible for a household that chose cash, or whose case is not settled."""
    if household.elects != Election.VOUCHER:
        raise NotEligible("household_chose_cash")
    if household.dispute is not None:
        raise NotEligible("household_disputed")


def payload_of(voucher: Voucher, version: PolicyVersion) -> dict[str, Any]:
    """Return what a checker is asked about a voucher, frozen."""
    return {
        "schema": _PAYLOAD_SCHEMA,
        "agreement_id": voucher.agreement_id,
        "face_fen": voucher.face_fen,
        **({"additions": dict(voucher.additions)} if voucher.additions else {}),
        "policy_version_id": version.id,
        "policy_sha256": version.sha256,
    }


def frozen(voucher: Voucher) -> tuple[int, int, dict[str, int], int]:
    """Return of a voucher what ``asked`` returns of its payload."""
    return voucher.agreement_id, voucher.face_fen, dict(voucher.additions), voucher.policy_version_id


def asked(payload: dict[str, Any]) -> tuple[int, int, dict[str, int], int]:
    """Return what was asked: agreement, face value and what was added to it in fen, policy version."""
    added = payload.get("additions", {})
    return payload["agreement_id"], payload["face_fen"], added, payload["policy_version_id"]


def note(session: Session, actor: Actor, voucher: Voucher, action: str) -> None:
    """Put an act about a voucher on record."""
    audit.record(
        session,
        actor=actor,
        action=action,
        object_type="voucher",
        object_id=voucher.id,
        agreement_id=voucher.agreement_id,
        policy_version_id=voucher.policy_version_id,
        face_fen=voucher.face_fen,
    )
