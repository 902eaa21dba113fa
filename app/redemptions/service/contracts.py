"""Entering contracts (网签): typed and checked as a draft, looked at beside the quote, then sent."""

from typing import Final, cast

from sqlalchemy import (
    Table,
    bindparam,
    literal_column,
    update,
)
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.orm.util import identity_key

from app.core import clock
from app.core.actor import Actor
from app.core.db import refused_by, unless_taken
from app.core.errors import Conflict, DomainError
from app.core.prepared import Prepared
from app.redemptions import contracts, queries, snapshot, states
from app.redemptions.contract import ContractTyped
from app.redemptions.contract_models import ContractEntry
from app.redemptions.contracts import Draft
from app.redemptions.errors import ContractNumberTaken, HoldOver
from app.redemptions.events import contract_entered
from app.redemptions.models import Redemption
from app.redemptions.service import drafts, kinship, record
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
    return drafts.write(session, actor, redemption, typed)


def send_contract(session: Session, *, actor: Actor, redemption_ref: str, entry_ref: str) -> Redemption:
    """Enter the draft that was looked at: the clock stops, or the contract before is replaced.

    Raises as ``prepare_contract`` about the redemption and the number; Conflict when the draft was sent or
    another was typed since.
    """
    _, redemption = record.take(session, actor, redemption_ref)
    action = _demand_open(session, actor, redemption, correcting=redemption.state != State.LOCKED)
    draft = contracts.find_to_send(session, redemption)
    if draft is None or draft.ref != entry_ref:
        raise Conflict("contract_draft_gone")
    return _put(session, actor, redemption, draft, action)


def enter_contract(
    session: Session, *, actor: Actor, redemption_ref: str, typed: ContractTyped
) -> Redemption:
    """Enter the contract of a locked home at once, with nobody to look at it again.

    Raises what ``prepare_contract`` and ``send_contract`` do; Conflict when one is entered.
    """
    _, redemption = record.take(session, actor, redemption_ref)
    action = _demand_open(session, actor, redemption, correcting=False)
    drafts.write(session, actor, redemption, typed)
    draft = contracts.find_to_send(session, redemption)
    if draft is None:
        raise LookupError("the draft that was written just now")
    return _put(session, actor, redemption, draft, action)


def write_changed(
    session: Session, actor: Actor, redemption: Redemption, typed: ContractTyped
) -> ContractEntry:
    """Write down a contract that was changed after the write-off, as a draft until two people approved it.

    Raises DomainError at its field, as ``prepare_contract``; area and price may be others than quoted.
    """
    if typed.scan is None:
        raise DomainError("contract_scan_missing", "scan")
    return drafts.write(session, actor, redemption, typed, as_quoted=False)


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


def _put(session: Session, actor: Actor, redemption: Redemption, draft: Draft, action: Action) -> Redemption:
    """Make a draft the redemption's contract; the one before stays as it was.

    Raises ContractNumberTaken; the transaction is lost then.
    """
    before, frozen = State(redemption.state), snapshot.read(draft.snapshot)
    replaced = contracts.find_current(session, redemption) if before != State.LOCKED else None
    if replaced is not None:
        kinship.catch_up(session, actor, session.get_one(ContractEntry, draft.id), replaced)
        replaced.state = "replaced"
        session.flush()
    _make_current(session, redemption, draft, states.after(actor.role, before, action))
    record.note(session, actor, redemption, action, before=before, frozen=frozen)
    if draft.wants_proof:
        kinship.tell_wanted(session, redemption, session.get_one(ContractEntry, draft.id))
    contract_entered.publish(
        session,
        redemption_id=redemption.id,
        home_id=redemption.home_id,
        district_id=redemption.district_id,
    )
    return redemption


def _make_current(session: Session, redemption: Redemption, draft: Draft, state: State) -> None:
    """Write a draft down as the redemption's contract. Raises ContractNumberTaken."""
    values = {
        "state": state,
        "contract_number": draft.number,
        "contract_signed_on": draft.signed_on,
        "contract_area_m2": draft.area_m2,
        "contract_price_fen": draft.price_fen,
    }
    with refused_by(_NUMBER_GUARDS, ContractNumberTaken()):
        _ENTER.run(session, entry_id=draft.id, entered_at=clock.now(), redemption_id=redemption.id, **values)
    for name, value in values.items():
        set_committed_value(redemption, name, value)
    session.expire(redemption, ["contract"])
    # It was written past the session, which may know it as a draft.
    known = session.identity_map.get(identity_key(ContractEntry, draft.id))
    if known is not None:
        session.expire(known)


_ENTRIES: Final = cast(Table, ContractEntry.__table__)
_REDEMPTIONS: Final = cast(Table, Redemption.__table__)
_ENTERED: Final = (
    update(_ENTRIES)
    .where(_ENTRIES.c.id == bindparam("entry_id"))
    .values(state=literal_column("'current'"), entered_at=bindparam("entered_at"))
    .cte("entered")
)
_CONTRACTED: Final = (
    *("state", "contract_number", "contract_signed_on"),
    *("contract_area_m2", "contract_price_fen"),
)
_ENTER: Final = Prepared(
    update(_REDEMPTIONS)
    .where(_REDEMPTIONS.c.id == bindparam("redemption_id"))
    .values({name: bindparam(name) for name in _CONTRACTED})
    .add_cte(_ENTERED)
)
"""Entry and redemption in one statement, past the ORM's unit of work: every contract is sent."""
