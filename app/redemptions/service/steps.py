"""What happens to a contracted home until it is sold: verification by two people, or refusal."""

from collections.abc import Sequence
from typing import Final, cast

from sqlalchemy import ARRAY, BigInteger, Table, any_, bindparam, update
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from app.approvals import service as approvals
from app.approvals.models import ApprovalRequest
from app.core import clock
from app.core.actor import Actor
from app.core.db import refused_by
from app.core.errors import Conflict, DomainError
from app.core.prepared import Prepared
from app.homes import service as homes
from app.payments import service as payments
from app.redemptions import cash, checking, payload, promises, snapshot, states, telling, verifiable
from app.redemptions.errors import ActedAtCounter
from app.redemptions.events import verifying
from app.redemptions.models import Redemption
from app.redemptions.rules import top_up_owner
from app.redemptions.service import looks, record
from app.redemptions.states import Action, State

VERIFY: Final = "redemption.verify"
"""Kind of the approval: an officer asks, a checker decides."""


def verify_first(
    session: Session,
    *,
    actor: Actor,
    redemption_ref: str,
    explanation: str = "",
    seen_ref: str | None = None,
) -> Redemption:
    """Verify (核验) a contracted redemption as an officer, and ask a checker to decide.

    ``explanation`` says why what differs from the quote may stand; household and checker read it.
    ``seen_ref`` is the contract entry that the page showed, empty where it showed none; None asks nothing.
    Raises NotFound for another district's, Conflict in any other state or when the contract was corrected
    since it was seen, ActedAtCounter for whoever did a step of it for the household at the counter,
    DomainError at ``explanation`` when something differs and none is given.
    """
    home, redemption = record.take(session, actor, redemption_ref)
    after = states.after(actor.role, State(redemption.state), Action.VERIFY_FIRST)
    record.demand_home_ahead(session, redemption, after)
    case = verifiable.read(session, redemption.id, user_id=actor.user_id)
    if seen_ref is not None and seen_ref != (case.entry.ref if case.entry else ""):
        raise Conflict("contract_corrected")
    demand_clear(session, redemption, case.obstacles)
    stated = explanation.strip()
    if not stated and checking.differences(redemption, home, case):
        raise DomainError("difference_unexplained", "explanation")
    asked = payload.of(redemption, case.parts, case.entry)
    approvals.request(session, actor=actor, kind=VERIFY, subject_id=redemption.id, payload=asked)
    _advance(session, actor, redemption, Action.VERIFY_FIRST, after, reason=stated or None)
    return redemption


def verify_second(
    session: Session,
    *,
    actor: Actor,
    redemption_ref: str,
    alone: bool = False,
    seen_ref: str | None = None,
) -> Redemption:
    """Write a redemption off (核销) as a checker: the vouchers' money is spent, the home sold.

    ``alone``: it is decided by itself, so a batch may not have it. ``seen_ref`` is the contract entry that
    the page showed as verified; None asks nothing. Raises NotFound, Conflict in any other state, while it is
    in a batch or when it was not verified yet as it was seen, SamePerson for whoever verified it first,
    ActedAtCounter for whoever did a step of it for the household at the counter.
    """
    home, redemption = record.take(session, actor, redemption_ref)
    after = states.after(actor.role, State(redemption.state), Action.VERIFY_SECOND)
    record.demand_home_ahead(session, redemption, after)
    case = verifiable.read(session, redemption.id, user_id=actor.user_id)
    if seen_ref is not None and seen_ref != (case.entry.ref if case.entry else ""):
        raise Conflict("case_changed")
    demand_clear(session, redemption, case.obstacles, alone=alone)
    promises.lock_parts(session, case.parts)
    promises.end(session, case.parts, keep=True)
    cash.owe(session, redemption, case.parts, case.frozen)
    # Decided last, because approvals are locked after ledger accounts; a refusal here undoes the money too.
    decision = approvals.decide(session, actor=actor, kind=VERIFY, subject_id=redemption.id, approve=True)
    demand_as_asked(redemption, case, decision)
    _advance(session, actor, redemption, Action.VERIFY_SECOND, after)
    homes.mark_sold(session, home)
    frozen = snapshot.read(case.frozen)
    telling.tell_of(session, redemption, Action.VERIFY_SECOND, reason=None, frozen=frozen)
    return redemption


def refuse(
    session: Session, *, actor: Actor, redemption_ref: str, reason: str, seen_ref: str | None = None
) -> Redemption:
    """Refuse a contracted redemption with a reason: home and money are free again.

    A checker's refusal also decides what an officer asked. ``seen_ref`` is the contract entry that the page
    showed; None asks nothing. Raises NotFound, Forbidden for the officer once a checker was asked, Conflict
    in any other state or when the contract was corrected since, SamePerson, DomainError("reason_missing",
    "reason").
    """
    home, redemption = record.take(session, actor, redemption_ref)
    before = State(redemption.state)
    states.after(actor.role, before, Action.REFUSE)
    stated = reason.strip()
    if not stated:
        raise DomainError("reason_missing", "reason")
    session.expire(redemption, ["contract"])
    if seen_ref is not None and seen_ref != (redemption.contract.ref if redemption.contract else ""):
        raise Conflict("case_changed")
    promises.lock(session, [redemption])
    record.release(session, actor, redemption, home, Action.REFUSE, stated)
    if before == State.CHECKED:
        approvals.decide(
            session, actor=actor, kind=VERIFY, subject_id=redemption.id, approve=False, reason=stated
        )
    return redemption


def demand_as_asked(redemption: Redemption, case: verifiable.Case, asked: ApprovalRequest) -> None:
    """Refuse a purchase that is not what the officer asked about. Raises Conflict."""
    if asked.payload != payload.of(redemption, case.parts, case.entry, schema=asked.payload["schema"]):
        raise Conflict("redemption_changed")


def set_disputed(redemption: Redemption, *, disputed: bool) -> None:
    """Note that an offline contract claims the home of a redemption, or has its number, or no longer does."""
    redemption.disputed_at = (redemption.disputed_at or clock.now()) if disputed else None


def _advance(
    session: Session,
    actor: Actor,
    redemption: Redemption,
    action: Action,
    after: State,
    *,
    reason: str | None = None,
) -> None:
    """Write the next state of a check and the step that led there, and end every look at the case.

    Raises Conflict when the registry has the contract for another home; the transaction is lost then.
    """
    move = record.move_of(
        actor, redemption, action, before=State(redemption.state), after=after, reason=reason
    )
    looked = looks.decided(actor, redemption.id, checking.turn_of(actor.role), "verified")
    values = {"state": after, "ended_at": None if after in states.ACTIVE else clock.now()}
    with refused_by("redemptions_own_contract", Conflict("contract_of_another_home")):
        _ADVANCE.run(session, advanced_id=redemption.id, **values, **move, **looked)
    for name, value in values.items():
        set_committed_value(redemption, name, value)
    record.note_on_trail(session, actor, redemption, action)


def advance_all(session: Session, redemptions: Sequence[Redemption], state: State) -> None:
    """Write the next state of several checks, as it is written of one; raises as that does."""
    values = {"state": state, "ended_at": None if state in states.ACTIVE else clock.now()}
    with refused_by("redemptions_own_contract", Conflict("contract_of_another_home")):
        _ADVANCE_ALL.run(session, advanced_ids=[one.id for one in redemptions], **values)
    for redemption in redemptions:
        for name, value in values.items():
            set_committed_value(redemption, name, value)


_REDEMPTIONS: Final = cast(Table, Redemption.__table__)
_ADVANCE: Final = Prepared(
    update(_REDEMPTIONS)
    .where(_REDEMPTIONS.c.id == bindparam("advanced_id"))
    .values(state=bindparam("state"), ended_at=bindparam("ended_at"))
    .add_cte(record.INSERT_MOVE.cte("noted"), looks.END.cte("looked"))
)
_ADVANCE_ALL: Final = Prepared(
    update(_REDEMPTIONS)
    .where(_REDEMPTIONS.c.id == any_(bindparam("advanced_ids", type_=ARRAY(BigInteger))))
    .values(state=bindparam("state"), ended_at=bindparam("ended_at"))
)
"""Past the ORM's unit of work, and all in one: every purchase is verified twice."""


def demand_clear(
    session: Session, redemption: Redemption, found: verifiable.Obstacles, *, alone: bool = False
) -> None:
    """Refuse a disputed home, a contract to be undone, kin unproved, money missing, or its helper.

    And what is in a batch, if it is decided ``alone``.
    """
    if redemption.disputed_at is not None:
        raise Conflict("redemption_disputed")
    if alone and found.in_batch:
        raise Conflict("case_in_batch")
    if found.change_waits:
        raise Conflict("change_waits")
    verifying.publish(
        session,
        redemption_id=redemption.id,
        home_id=redemption.home_id,
        district_id=redemption.district_id,
    )
    if found.has_acted:
        raise ActedAtCounter
    if found.is_unproved:
        raise Conflict("kinship_unproved")
    if found.expects_money and (missing_fen := _lock_missing(session, redemption)):
        raise Conflict("top_up_missing", missing_fen=missing_fen)


def _lock_missing(session: Session, redemption: Redemption) -> int:
    """Return what has not arrived of a purchase's top-up, in fen, and keep it so until this commits."""
    return payments.lock_missing(
        session, district_id=redemption.district_id, owner=top_up_owner(redemption.id)
    )
