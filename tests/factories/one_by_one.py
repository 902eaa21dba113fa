"""Contracts of a file carried out singly, a few statements each: what taking them together is held against.

Plainer than the service and slower; it decides by itself and shares with it only the steps of a single sale.
"""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.homes.models import Home
from app.sales.decisions import facts_of
from app.sales.models import CashSale, SalesFile
from app.sales.reader import Contract
from app.sales.service import steps
from app.sales.service.doubts import doubt
from app.sales.service.ground import Ground, lock_ground
from app.sales.service.plain import amend, fill_home, new_sale
from app.sales.states import Action, State

NAMES = {
    State.STANDING: "sold",
    State.CONFLICT: "conflict",
    State.CANCELLED: "cancelled",
    State.NOTED: "noted",
    State.UNMATCHED: "unmatched",
    State.DOUBTFUL: "doubtful",
}
DECIDED = {State.STANDING, State.CONFLICT, State.REJECTED}
LANDED = {
    Action.CANCEL: {State.CANCELLED},
    Action.NOTE: {State.NOTED},
    Action.MISS: {State.UNMATCHED} | DECIDED,
    Action.SELL: DECIDED,
    Action.DOUBT: DECIDED,
}


def take_singly(session: Session, actor: Actor, file: SalesFile, contracts: Sequence[Contract]) -> list[str]:
    """Carry contracts out one after the other, all their homes locked, and return what came of each."""
    ground = lock_ground(session, file.district_id, contracts)
    return [_take(session, actor, file, ground, contract) for contract in contracts]


def _take(session: Session, actor: Actor, file: SalesFile, ground: Ground, contract: Contract) -> str:
    homes = ground.homes_of(contract)
    sale = ground.known.get(contract.contract_number)
    renamed = sale is not None and sale.match_key != contract.key
    corrected = renamed and sale is not None and bool(sale.home_id) and sale.home not in homes
    if corrected and sale is not None:
        _end(session, actor, ground, sale, Action.CORRECT)
    if sale is None or corrected:
        sale = new_sale(file, contract)
        _settle(session, actor, ground, sale, contract, homes)
        outcome = "corrected" if corrected else NAMES[State(sale.state)]
    else:
        before, changed = sale.state, _amend(session, actor, file, sale, contract)
        if sale.state == State.DOUBTFUL:
            _settle_doubt(session, actor, ground, sale, contract, homes, renamed=renamed)
        else:
            _settle(session, actor, ground, sale, contract, homes)
        moved = sale.state != before
        outcome = NAMES[State(sale.state)] if moved else "amended" if changed else "unchanged"
    paid = ground.payer_of(contract)
    if paid is not None:
        steps.question_number(session, sale, paid)
    return outcome


def _amend(session: Session, actor: Actor, file: SalesFile, sale: CashSale, contract: Contract) -> bool:
    same = all(getattr(sale, name) == value for name, value in facts_of(contract).items())
    if not contract.line or (same and sale.registered_at is not None):
        return False
    steps.move(session, actor, sale, Action.AMEND, before=amend(sale, file, contract))
    return True


def _wanted(ground: Ground, contract: Contract, homes: Sequence[Home]) -> Action:
    if contract.is_cancelled:
        return Action.CANCEL
    paid_for = ground.by_voucher.get(contract.contract_number)
    if contract.by_voucher or (paid_for is not None and (not homes or ground.homes[paid_for] in homes)):
        return Action.NOTE
    if len(homes) > 1:
        return Action.DOUBT
    return Action.SELL if homes else Action.MISS


def _settle(
    session: Session, actor: Actor, ground: Ground, sale: CashSale, contract: Contract, homes: Sequence[Home]
) -> None:
    wanted = _wanted(ground, contract, homes)
    if sale in session and sale.state in LANDED[wanted]:
        return
    paid_for = ground.homes.get(ground.by_voucher.get(contract.contract_number, 0))
    home = homes[0] if len(homes) == 1 else paid_for
    if home is not None and home in homes and sale.home_id is None:
        fill_home(sale, home)
    if wanted is Action.SELL:
        steps.land(session, actor, sale, homes[0], ground.holders.get(homes[0].id))
    elif wanted is Action.DOUBT:
        doubt(session, actor, sale, homes, ground.holders)
    else:
        _end(session, actor, ground, sale, wanted)


def _settle_doubt(
    session: Session,
    actor: Actor,
    ground: Ground,
    sale: CashSale,
    contract: Contract,
    homes: Sequence[Home],
    *,
    renamed: bool,
) -> None:
    wanted = _wanted(ground, contract, homes)
    if wanted in (Action.CANCEL, Action.NOTE) or (renamed and wanted is Action.MISS):
        _end(session, actor, ground, sale, wanted)
    elif renamed and wanted is Action.SELL:
        fill_home(sale, homes[0])
        steps.release(session, sale, chosen=homes[0])
        steps.land(session, actor, sale, homes[0], ground.holders.get(homes[0].id))
    else:
        steps.suspect(session, sale, homes, ground.holders)


def _end(session: Session, actor: Actor, ground: Ground, sale: CashSale, action: Action) -> None:
    home = ground.homes.get(sale.home_id or 0)
    holder = ground.holders.get(home.id) if home else None
    reason = "另一套房" if action is Action.CORRECT else None
    steps.let_go(session, actor, sale, action, home=home, holder=holder, reason=reason)
