"""Carrying contracts out: the common ones together, then the rare ones one by one, in the order of the file.

Only contracts that share none of their homes with another of the batch are taken together, so that it does
not matter which came first.
"""

from collections.abc import Sequence
from typing import Final

from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.sales.decisions import Decision
from app.sales.models import CashSale, SalesFile
from app.sales.reader import Contract
from app.sales.service import plain, steps
from app.sales.service.doubts import doubt
from app.sales.service.ground import Ground, lock_ground
from app.sales.service.plain import amend, fill_home, new_sale
from app.sales.states import Action, State

_CORRECTED: Final = "网签备案文件把这份合同登记在另一套房上"


def carry_out(
    session: Session, actor: Actor, file: SalesFile, contracts: Sequence[Contract]
) -> list[tuple[Contract, str]]:
    """Take contracts in their order and return what came of each. Raises Busy."""
    ground = lock_ground(session, file.district_id, contracts)
    common = plain.plan(session, ground, contracts)
    plain.carry_out(session, actor, file, ground, list(common.values()))
    return [
        (
            contract,
            common[place].decision.outcome
            if place in common
            else _take(session, actor, file, ground, contract),
        )
        for place, contract in enumerate(contracts)
    ]


def _take(session: Session, actor: Actor, file: SalesFile, ground: Ground, contract: Contract) -> str:
    """Carry out one contract, step by step, and return what came of it."""
    decision, sale = ground.decide(contract), ground.known.get(contract.contract_number)
    if sale is not None and decision.corrects:
        _end(session, actor, ground, sale, Action.CORRECT, _CORRECTED)
    if sale is None or decision.corrects:
        sale = new_sale(file, contract)
    elif decision.amends:
        steps.move(session, actor, sale, Action.AMEND, before=amend(sale, file, contract))
    _step(session, actor, ground, sale, contract, decision)
    payer = ground.payer_of(contract)
    if payer is not None:
        steps.question_number(session, sale, payer)
    return decision.outcome


def _step(
    session: Session, actor: Actor, ground: Ground, sale: CashSale, contract: Contract, decision: Decision
) -> None:
    homes = ground.homes_of(contract)
    if decision.step is None:
        if decision.before is State.DOUBTFUL:
            steps.suspect(session, sale, ground.suspects_of(contract), ground.holders)
        return
    if decision.home_id is not None and decision.home_id != sale.home_id:
        fill_home(sale, ground.homes[decision.home_id])
    if decision.step is Action.DOUBT:
        doubt(session, actor, sale, ground.suspects_of(contract), ground.holders)
    elif decision.step in (Action.SELL, Action.CLASH):
        if decision.before is State.DOUBTFUL:
            steps.release(session, sale, chosen=homes[0])
        steps.land(session, actor, sale, homes[0], ground.holders.get(homes[0].id))
    else:
        _end(session, actor, ground, sale, decision.step, None)


def _end(
    session: Session, actor: Actor, ground: Ground, sale: CashSale, action: Action, reason: str | None
) -> None:
    home = ground.homes.get(sale.home_id or 0)
    holder = ground.holders.get(home.id) if home else None
    steps.let_go(session, actor, sale, action, home=home, holder=holder, reason=reason)
