"""The only writer of handovers, certificates and how far a building is.

The developer reports, the one whom it concerns answers; a certificate that a household brings to the counter
an officer reports, and another person answers.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy.orm import Session

from app.approvals.errors import SamePerson
from app.core import audit, clock, locks
from app.core.actor import Actor, Role
from app.core.db import unless_taken
from app.core.errors import Conflict, DomainError, Forbidden, stated
from app.core.ids import new_ref
from app.documents import service as documents
from app.documents.rules import Upload
from app.notices.service import Recipient, tell
from app.policies.settling import PROGRESS
from app.redemptions import paid_after, snapshot
from app.redemptions import queries as redemptions
from app.redemptions.models import Redemption
from app.redemptions.states import State
from app.settlements import late
from app.settlements import milestone_queries as queries
from app.settlements.models import SettlementMilestone

HANDOVER: Final = "handover"
CERTIFICATE: Final = "certificate"
BY_OFFICERS: Final = (*PROGRESS, CERTIFICATE)
"""What an officer's word makes count; a handover the household's. Nobody's silence does."""
ANSWERS: Final = {
    HANDOVER: (Role.HOUSEHOLD,),
    CERTIFICATE: (Role.OFFICER, Role.CHECKER),
    **dict.fromkeys(PROGRESS, (Role.OFFICER,)),
}
"""Who says whether it is so."""
_NAMES: Final = {
    "groundwork": "基础到正负零",
    "part_built": "主体建到约定的部分",
    "topped_out": "主体结构封顶",
    "frame_checked": "主体结构验收",
    "completed": "竣工验收备案",
    "building_registered": "楼栋首次登记",
    HANDOVER: "交房",
    CERTIFICATE: "不动产权证",
}
"""What a message calls it."""
_LONGEST_NUMBER: Final = 60


@dataclass(frozen=True, slots=True)
class Reported:
    """What a developer reports: the day, the paper that shows it, and a certificate's number."""

    kind: str
    happened_on: date
    paper: Upload
    number: str = ""


def report(session: Session, *, actor: Actor, redemption_ref: str, told: Reported) -> SettlementMilestone:
    """Report as the developer what happened to a written-off home or its building.

    A certificate an officer may report as well, to whom its household brought it. What is built may be so
    since before the contract. Raises NotFound, Forbidden for anybody else, Conflict while another report of
    the kind stands or before the home is written off, DomainError at ``happened_on`` for a day to come or
    before the contract, at ``number`` for a certificate without one, and what ``documents`` refuses of the
    paper at ``file``.
    """
    if told.kind != CERTIFICATE or actor.role is not Role.OFFICER:
        actor.demand(Role.DEVELOPER)
    redemption = _lock(session, actor, redemption_ref)
    made = SettlementMilestone(
        district_id=redemption.district_id,
        ref=new_ref("JD"),
        redemption_id=redemption.id,
        kind=told.kind,
        state="reported",
        happened_on=told.happened_on,
        number=_check(redemption, told),
        reported_by_id=actor.user_id,
        reported_at=clock.now(),
    )
    with unless_taken(session, "uq_settlement_milestones_standing", Conflict("milestone_stands")):
        session.add(made)
    documents.keep_paper(session, actor=actor, owner=queries.owner_of(made), paper=told.paper)
    _note(session, actor, made, "report")
    if told.kind == HANDOVER:
        buyer = Recipient(district_id=redemption.district_id, household_id=redemption.household_id)
        _tell(session, redemption, made, "handover_reported", buyer)
    return made


def _check(redemption: Redemption, told: Reported) -> str | None:
    """Return the number of a certificate, None for all else, once what was told can have happened."""
    if redemption.state != State.REDEEMED:
        raise Conflict("milestone_too_early")
    signed_on = None if told.kind in PROGRESS else redemption.contract_signed_on
    if told.happened_on > clock.today() or (signed_on is not None and told.happened_on < signed_on):
        raise DomainError("milestone_day_bad", "happened_on")
    if told.kind != CERTIFICATE:
        return None
    number = "".join(told.number.split())
    if not 0 < len(number) <= _LONGEST_NUMBER:
        raise DomainError("certificate_number_missing", "number")
    return number


def confirm(session: Session, *, actor: Actor, ref: str) -> SettlementMilestone:
    """Say that it is so: the household of its handover, also at the counter, an officer of all else.

    With a certificate a bonus in cash becomes payable that waits for it; a checker may look it up, too.
    Raises NotFound, Forbidden for anybody else, SamePerson for whoever reported it, Conflict when it was
    answered.
    """
    found, redemption = _take(session, actor, ref)
    _answer(session, actor, found, "confirmed")
    if found.kind == HANDOVER:
        late.end_by_handover(session, actor=actor, redemption=redemption)
    if found.kind == CERTIFICATE:
        paid_after.certify(session, actor=actor, redemption=redemption)
    brought = queries.is_brought(session, found)
    outcome = "certificate_found" if brought else "milestone_confirmed"
    _tell_developer(session, redemption, found, outcome)
    return found


def object_to(session: Session, *, actor: Actor, ref: str, reason: str) -> SettlementMilestone:
    """Say what is wrong: the part of the money that waits for it goes on waiting until it is reported anew.

    Whoever has to do something hears of it: the developer, or the household that brought its certificate.
    Raises as ``confirm``; DomainError at ``reason`` without one.
    """
    found, redemption = _take(session, actor, ref)
    found.reason = stated(reason)
    _answer(session, actor, found, "objected")
    if queries.is_brought(session, found):
        buyer = Recipient(district_id=redemption.district_id, household_id=redemption.household_id)
        _tell(session, redemption, found, "certificate_objected", buyer, reason=found.reason)
    else:
        _tell_developer(session, redemption, found, "milestone_objected")
    return found


def _lock(session: Session, actor: Actor, redemption_ref: str) -> Redemption:
    """Lock the purchase: reports and answers about it, claims and corrections wait for each other here."""
    found = redemptions.get_redemption(session, actor=actor, ref=redemption_ref)
    return locks.lock(session, Redemption, found.id)


def _take(session: Session, actor: Actor, ref: str) -> tuple[SettlementMilestone, Redemption]:
    found = queries.get_milestone(session, actor=actor, ref=ref)
    redemption = locks.lock(session, Redemption, found.redemption_id)
    session.refresh(found)
    if actor.role not in ANSWERS[found.kind] or actor.level is not None:
        raise Forbidden("wrong_role")
    if found.reported_by_id is not None and found.reported_by_id == actor.user_id:
        raise SamePerson
    if found.state != "reported":
        raise Conflict("milestone_answered")
    return found, redemption


def _answer(session: Session, actor: Actor, found: SettlementMilestone, state: str) -> None:
    found.state, found.answered_at = state, clock.now()
    found.answered_by_id, found.visit_id = actor.user_id, actor.visit_id
    session.flush()
    _note(session, actor, found, "confirm" if state == "confirmed" else "object")


def _note(session: Session, actor: Actor, found: SettlementMilestone, verb: str) -> None:
    session.flush()
    audit.record(
        session,
        actor=actor,
        action=f"settlements.{verb}_{found.kind}",
        object_type="settlement_milestone",
        object_id=found.id,
        redemption_id=found.redemption_id,
    )


def _tell_developer(
    session: Session, redemption: Redemption, found: SettlementMilestone, outcome: str
) -> None:
    company = Recipient(district_id=redemption.district_id, organisation_id=redemption.developer_id)
    reason = {"reason": found.reason} if found.reason else {}
    _tell(session, redemption, found, f"developer_{outcome}", company, what=_NAMES[found.kind], **reason)


def _tell(
    session: Session,
    redemption: Redemption,
    found: SettlementMilestone,
    kind: str,
    to: Recipient,
    **data: str,
) -> None:
    place = snapshot.read(redemption.quote.snapshot).home.line
    event = f"settlement.{kind}:{found.id}"
    tell(session, kind=kind, to=to, event=event, about_ref=redemption.ref, home=place, **data)
