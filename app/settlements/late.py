"""The only writer of late handovers: the household reports, the developer answers, the authority looks on."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, TypeVarTuple

from sqlalchemy import Select, select
from sqlalchemy.orm import InstrumentedAttribute, Session, joinedload

from app.core import audit, clock, locks
from app.core.actor import Actor, Role, system_actor
from app.core.apart import Due
from app.core.db import unless_taken
from app.core.errors import Conflict, DomainError, Forbidden, stated
from app.core.ids import new_ref
from app.notices.words import named_day
from app.redemptions import queries as redemptions
from app.redemptions.contract_models import ContractEntry
from app.redemptions.models import Redemption
from app.redemptions.states import State as PurchaseState
from app.settlements import late_queries as queries
from app.settlements import late_states as states
from app.settlements import late_telling as telling
from app.settlements.late_models import LateHandover, LateHandoverMove
from app.settlements.late_states import Action, State
from app.settlements.models import SettlementMilestone

Columns = TypeVarTuple("Columns")

KINDS: Final = ("late", "unlike")
REMIND_EVERY: Final = timedelta(days=7)
"""Our own choice: a developer that does not answer hears of it once a week."""
_TELL_WITHIN_DAYS: Final = 7
"""So long after the agreed day a household is still asked: nights in which no job ran are made up for."""
_AT_ONCE: Final = 200
"""Broken promises that one run notes; the next takes the rest."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a household says: ``late`` or ``unlike``, and in its own words what is wrong."""

    kind: str
    words: str


def report(session: Session, *, actor: Actor, redemption_ref: str, told: Told) -> LateHandover:
    """Report that a bought home was not handed over as agreed, as its household or an officer on the phone.

    Raises NotFound, Forbidden for anybody else and for helpers, Conflict before the write-off, up to the
    agreed day, once the handover is reported or confirmed, and while another report is open; DomainError at
    ``kind`` or ``reason``.
    """
    if actor.role not in states.WHO[Action.REPORT] or actor.level is not None:
        raise Forbidden("wrong_role")
    redemption = _lock(session, actor, redemption_ref)
    if actor.role is Role.HOUSEHOLD and redemption.household_id != actor.household:
        raise Forbidden("wrong_role")
    refusal = why_not(session, redemption)
    if refusal is not None:
        raise refusal
    if told.kind not in KINDS:
        raise DomainError("late_kind_missing", "kind")
    made = LateHandover(
        district_id=redemption.district_id,
        ref=new_ref("YJ"),
        redemption_id=redemption.id,
        kind=told.kind,
        words=stated(told.words),
        channel=_channel(actor),
        agreed_on=queries.agreed_on(redemption),
        state=State.REPORTED,
        reported_at=clock.now(),
        waits_since=clock.now(),
        broken_count=0,
    )
    with unless_taken(session, "uq_late_handovers_open", Conflict("late_stands")):
        session.add(made)
    _note(session, actor, made, Action.REPORT, words=made.words)
    telling.tell_developer(session, redemption, made, "reported")
    return made


def why_not(session: Session, redemption: Redemption) -> Conflict | None:
    """Return why nothing can be reported of a purchase now; None where it can."""
    if redemption.state != PurchaseState.REDEEMED:
        return Conflict("late_too_early")
    standing = select(SettlementMilestone.state).where(
        SettlementMilestone.redemption_id == redemption.id,
        SettlementMilestone.kind == "handover",
        SettlementMilestone.state != "objected",
    )
    found = session.scalars(standing).first()
    if found is not None:
        return Conflict("late_handed_over" if found == "confirmed" else "late_answer_first")
    if queries.find_open(session, redemption) is not None:
        return Conflict("late_stands")
    agreed_on = queries.agreed_on(redemption)
    if agreed_on is not None and clock.today() <= agreed_on:
        return Conflict("late_not_yet", until=named_day(agreed_on))
    return None


def answer(session: Session, *, actor: Actor, ref: str, promised_on: date, reason: str) -> LateHandover:
    """Name as the developer a day for the handover and why it is late; again where that changes.

    Raises NotFound, Forbidden for anybody else, Conflict once the report is over, DomainError at
    ``promised_on`` for a day that has passed, at ``reason`` without one.
    """
    found, redemption = _take(session, actor, ref)
    after = states.after(actor.role, found.state, Action.ANSWER)
    if promised_on < clock.today():
        raise DomainError("late_promise_past", "promised_on")
    found.answer, found.promised_on = stated(reason), promised_on
    _go(session, actor, found, Action.ANSWER, after, words=found.answer, promised_on=promised_on)
    telling.tell_household(session, redemption, found, "answered")
    return found


def withdraw(session: Session, *, actor: Actor, ref: str) -> LateHandover:
    """Take a report back as its household. Raises NotFound, Forbidden, Conflict once it is over."""
    found, redemption = _take(session, actor, ref)
    if actor.level is not None:
        raise Forbidden("wrong_role")
    _go(session, actor, found, Action.WITHDRAW, states.after(actor.role, found.state, Action.WITHDRAW))
    telling.tell_developer(session, redemption, found, "ended")
    return found


def close(session: Session, *, actor: Actor, ref: str, reason: str) -> LateHandover:
    """End a report as an officer, with the reason that both sides read.

    Money that waits for the handover goes on waiting for the household's word. Raises NotFound, Forbidden,
    Conflict once it is over, DomainError at ``reason`` without one.
    """
    found, redemption = _take(session, actor, ref)
    after = states.after(actor.role, found.state, Action.CLOSE)
    why = stated(reason)
    _go(session, actor, found, Action.CLOSE, after, words=why)
    telling.tell_household(session, redemption, found, "closed", reason=why)
    telling.tell_developer(session, redemption, found, "ended")
    return found


def end_by_handover(session: Session, *, actor: Actor, redemption: Redemption) -> None:
    """End what was reported of a purchase whose handover its household confirms; the caller has locked it."""
    found = queries.find_open(session, redemption)
    if found is not None:
        _go(session, actor, found, Action.HAND_OVER, states.after(actor.role, found.state, Action.HAND_OVER))


def end_by_undoing(session: Session, /, **ids: int) -> None:
    """End what was reported of a purchase that was undone; whoever tells of it has locked the purchase."""
    found = queries.find_open(session, session.get_one(Redemption, ids["redemption_id"]))
    if found is not None:
        who = system_actor(found.district_id)
        _go(session, who, found, Action.UNDO, states.after(None, found.state, Action.UNDO))


def broken(session: Session) -> list[Due[int]]:
    """Return the purchases whose developer named a day that passed; ``break_promises`` notes it."""
    return _dues(session, _broken(select(Redemption.id, Redemption.district_id, LateHandover.ref)))


def break_promises(session: Session, *, only: int | None = None) -> int:
    """Give reports whose promised day passed back to their developers; return how many.

    The second time on a day it does nothing more. ``only`` does so for one purchase.
    """
    due = session.scalars(_one(_broken(select(Redemption.id)), Redemption.id, only)).all()
    count = 0
    for redemption in locks.lock_all(session, Redemption, due):
        found = queries.find_open(session, redemption)
        if found is None or found.promised_on is None or found.promised_on >= clock.today():
            continue
        after = states.after(None, found.state, Action.BREAK)
        found.broken_count += 1
        found.waits_since = clock.end_of_day(found.promised_on)
        who = system_actor(found.district_id)
        _go(session, who, found, Action.BREAK, after, promised_on=found.promised_on)
        telling.tell_household(session, redemption, found, "broken")
        telling.tell_developer(session, redemption, found, "broken")
        count += 1
    return count


def _broken(statement: Select[*Columns]) -> Select[*Columns]:
    passed = (LateHandover.state == State.ANSWERED) & (LateHandover.promised_on < clock.today())
    reported = statement.join_from(LateHandover, Redemption, LateHandover.redemption_id == Redemption.id)
    return reported.where(passed).order_by(LateHandover.id).limit(_AT_ONCE)


def unanswered(session: Session) -> list[Due[int]]:
    """Return the reports whose developers ``remind`` tells anew."""
    return _dues(session, _silent(select(LateHandover.id, LateHandover.district_id, LateHandover.ref)))


def remind(session: Session, *, only: int | None = None) -> None:
    """Tell developers anew, once a week; ``tell`` writes the message of one week once.

    Whoever is reminded goes on waiting, so a limit would reach the same oldest reports every night. ``only``
    reminds of one report.
    """
    wanted = _one(_silent(select(LateHandover)), LateHandover.id, only)
    for found in session.scalars(
        wanted.options(joinedload(LateHandover.redemption).joinedload(Redemption.quote))
    ):
        week = (clock.now() - found.waits_since) // REMIND_EVERY
        telling.tell_developer(session, found.redemption, found, "reminded", turn=week)


def _silent(statement: Select[*Columns]) -> Select[*Columns]:
    waits = LateHandover.waits_since <= clock.now() - REMIND_EVERY
    return statement.where(LateHandover.state == State.REPORTED, waits).order_by(LateHandover.id)


def agreed_passed(session: Session) -> list[Due[int]]:
    """Return the purchases whose households ``ask_households`` asks."""
    return _dues(session, _agreed_passed(select(Redemption.id, Redemption.district_id, Redemption.ref)))


def ask_households(session: Session, *, only: int | None = None) -> None:
    """Ask households whose agreed day has just passed whether they have their home; ``only`` one purchase."""
    for redemption in session.scalars(_one(_agreed_passed(select(Redemption)), Redemption.id, only)):
        telling.ask_household(session, redemption)


def _agreed_passed(statement: Select[*Columns]) -> Select[*Columns]:
    today = clock.today()
    handover = select(SettlementMilestone.id).where(
        SettlementMilestone.redemption_id == Redemption.id,
        SettlementMilestone.kind == "handover",
        SettlementMilestone.state != "objected",
    )
    told = select(LateHandover.id).where(LateHandover.redemption_id == Redemption.id)
    return (
        statement.join(
            ContractEntry,
            (ContractEntry.redemption_id == Redemption.id) & (ContractEntry.state == "current"),
        )
        .where(
            Redemption.state == PurchaseState.REDEEMED,
            ContractEntry.handover_by < today,
            ContractEntry.handover_by >= today - timedelta(days=_TELL_WITHIN_DAYS),
            ~handover.exists(),
            ~told.exists(),
        )
        .order_by(Redemption.id)
    )


def _one(statement: Select[*Columns], key: InstrumentedAttribute[int], only: int | None) -> Select[*Columns]:
    return statement if only is None else statement.where(key == only)


def _dues(session: Session, statement: Select[int, int, str]) -> list[Due[int]]:
    return [Due(*row) for row in session.execute(statement)]


def _channel(actor: Actor) -> str:
    if actor.role is Role.OFFICER:
        return "phone"
    return "counter" if actor.visit_id is not None else "page"


def _lock(session: Session, actor: Actor, redemption_ref: str) -> Redemption:
    """Lock the purchase: reports, answers and the handover itself wait for each other here."""
    found = redemptions.get_redemption(session, actor=actor, ref=redemption_ref)
    return locks.lock(session, Redemption, found.id)


def _take(session: Session, actor: Actor, ref: str) -> tuple[LateHandover, Redemption]:
    found = queries.get_late(session, actor=actor, ref=ref)
    redemption = locks.lock(session, Redemption, found.redemption_id)
    session.refresh(found)
    return found, redemption


def _go(
    session: Session,
    actor: Actor,
    found: LateHandover,
    action: Action,
    after: State,
    *,
    words: str | None = None,
    promised_on: date | None = None,
) -> None:
    found.state = after
    if after not in states.OPEN:
        found.ended_at = clock.now()
    _note(session, actor, found, action, words=words, promised_on=promised_on)


def _note(
    session: Session,
    actor: Actor,
    found: LateHandover,
    action: Action,
    *,
    words: str | None = None,
    promised_on: date | None = None,
) -> None:
    session.flush()
    session.add(
        LateHandoverMove(
            district_id=found.district_id,
            late_id=found.id,
            action=action,
            to_state=found.state,
            user_id=actor.user_id,
            role=actor.role,
            visit_id=actor.visit_id,
            promised_on=promised_on,
            words=words,
            at=clock.now(),
        )
    )
    session.flush()
    session.expire(found, ["moves"])
    audit.record(
        session,
        actor=actor,
        action=f"settlements.late_{action}",
        object_type="late_handover",
        object_id=found.id,
        redemption_id=found.redemption_id,
    )
