"""The only writer of what a district says where a policy is silent, and of its bank's columns."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import audit, clock, locks
from app.core.actor import Actor, Role
from app.core.db import unless_taken
from app.core.errors import Conflict, DomainError, Forbidden, stated
from app.policies.settling import SettlementRule, Tranche, Within
from app.settlements.bank_file import DEFAULT_COLUMNS
from app.settlements.money_models import SettlementTerms

PATH: Final = "district"
"""Stands where a policy's own path would: the rule is the district's."""


@dataclass(frozen=True, slots=True)
class Typed:
    """What an officer proposes."""

    payee: str
    event: str
    within: int
    unit: str
    columns: dict[str, str]


@dataclass(frozen=True, slots=True)
class Confirmed:
    """Terms that two people gave, and since when they hold."""

    since: datetime
    rule: SettlementRule


def propose(session: Session, *, actor: Actor, typed: Typed) -> SettlementTerms:
    """Propose as an officer what holds from the checker's word on.

    Raises Forbidden, Conflict while another one waits, DomainError at ``columns`` for unknown ones, or two
    of a name.
    """
    actor.demand(Role.OFFICER)
    if not typed.columns.keys() <= DEFAULT_COLUMNS.keys():
        raise DomainError("bank_columns_unknown", "columns", columns="、".join(DEFAULT_COLUMNS.values()))
    names = {**DEFAULT_COLUMNS, **{key: name.strip() for key, name in typed.columns.items() if name.strip()}}
    if len(set(names.values())) < len(names):
        raise DomainError("bank_columns_double", "columns")
    made = SettlementTerms(
        district_id=actor.district,
        payee=typed.payee,
        event=typed.event,
        within=typed.within,
        unit=typed.unit,
        columns={"schema": 1, "names": names},
        state="proposed",
        entered_by_id=actor.user_id,
        entered_at=clock.now(),
    )
    with unless_taken(session, "uq_settlement_terms_proposed", Conflict("terms_wait")):
        session.add(made)
    _note(session, actor, made, "propose")
    return made


def decide(session: Session, *, actor: Actor, approve: bool, reason: str = "") -> SettlementTerms:
    """Let proposed terms hold, or refuse them, as a checker who did not propose them.

    Homes written off before go on by the terms of their day. Raises Forbidden, Conflict when none wait,
    DomainError at ``reason`` for a refusal without one.
    """
    actor.demand(Role.CHECKER)
    waiting = find(session, district_id=actor.district, state="proposed")
    before = find(session, district_id=actor.district, state="current")
    rows = locks.lock_all(session, SettlementTerms, [one.id for one in (waiting, before) if one])
    found = next((one for one in rows if one.state == "proposed"), None)
    if found is None:
        raise Conflict("terms_decided")
    if found.entered_by_id == actor.user_id:
        raise Forbidden("approval_same_person")
    if approve and before is not None:
        before.state = "replaced"
        session.flush()
    found.reason = None if approve else stated(reason)
    found.state = "current" if approve else "refused"
    found.decided_by_id, found.decided_at = actor.user_id, clock.now()
    _note(session, actor, found, "confirm" if approve else "refuse")
    return found


def find(session: Session, *, district_id: int, state: str) -> SettlementTerms | None:
    """Return the district's terms in a state of which there is one at most, or None."""
    wanted = select(SettlementTerms).where(
        SettlementTerms.district_id == district_id, SettlementTerms.state == state
    )
    return session.scalars(wanted).first()


def list_all(session: Session, *, district_id: int) -> Sequence[SettlementTerms]:
    """Return all terms the district ever had or was to have, the newest first."""
    wanted = select(SettlementTerms).where(SettlementTerms.district_id == district_id)
    return session.scalars(wanted.order_by(SettlementTerms.id.desc())).all()


def list_confirmed(session: Session, *, district_id: int) -> list[Confirmed]:
    """Return the terms that hold or held, the oldest first."""
    wanted = select(SettlementTerms).where(
        SettlementTerms.district_id == district_id, SettlementTerms.state.in_(("current", "replaced"))
    )
    return [
        Confirmed(one.decided_at, rule_of(one))
        for one in session.scalars(wanted.order_by(SettlementTerms.id))
        if one.decided_at is not None
    ]


def rule_of(found: SettlementTerms) -> SettlementRule:
    """Return terms as the rule that a policy would have."""
    within = Within(found.within, found.unit)
    return SettlementRule(found.payee, (Tranche(found.event, 10_000, within, PATH),))


def rule_at(confirmed: Sequence[Confirmed], moment: datetime) -> SettlementRule | None:
    """Return the rule for a home written off at a moment: the terms of then, else the first that came."""
    earlier = [one for one in confirmed if one.since <= moment]
    chosen = (earlier[-1:] or confirmed[:1]) if confirmed else []
    return chosen[0].rule if chosen else None


def columns_of(session: Session, *, district_id: int) -> dict[str, str]:
    """Return what the district's bank calls its columns."""
    current = find(session, district_id=district_id, state="current")
    names: dict[str, str] = current.columns["names"] if current else {}
    return {**DEFAULT_COLUMNS, **names}


def _note(session: Session, actor: Actor, found: SettlementTerms, verb: str) -> None:
    session.flush()
    audit.record(
        session,
        actor=actor,
        action=f"settlements.{verb}_terms",
        object_type="settlement_terms",
        object_id=found.id,
    )
