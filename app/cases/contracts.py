"""Signals of cash contracts below the declared cash price: opened, replaced and closed as the contract moves.

The declared price of a home is what equal treatment is tested by. If the home is sold for less, that price
was not the real one; the home is gone, but the evidence speaks for its development.
"""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import timedelta
from typing import Final

from sqlalchemy import exists, func, or_, select, update
from sqlalchemy.orm import Session

from app.cases import evidence, rules, telling
from app.cases.evidence import ContractEvidence, ContractFacts, PromotionFacts
from app.cases.facts import author_roles, home_facts, price_facts
from app.cases.models import Signal, SignalMove
from app.cases.service import note, step
from app.core import clock
from app.core.actor import system_actor
from app.core.errors import Busy
from app.core.ids import new_ref
from app.homes.daily import Lowest, lowest_cash_net
from app.homes.models import Home, PriceVersion
from app.homes.queries import PLACE
from app.homes.service import settle
from app.identity.models import District
from app.sales.models import CashSale
from app.sales.states import State

_GONE: Final = "合同已经撤回、注销或不再生效"
_CHANGED: Final = "合同内容已更正，按更正后的内容重新判断"


def judge_contract(session: Session, /, **ids: int) -> None:
    """Handle ``sales.moved``: bring the signals of a contract to what it says now.

    Ids: ``sale_id``, ``district_id``. The publisher has locked its home, so one contract is judged by one at
    a time. The same contract again changes nothing; one that changed ends the signal it had, and may have
    another. Bulk, staff, cancelled and voucher-paid contracts, and those without a price, have none.
    """
    sale = session.get_one(CashSale, ids["sale_id"])
    latest = _latest(session, sale)
    found = _find(session, sale)
    before = evidence.read(latest.evidence) if latest is not None and latest.state != "lapsed" else None
    if isinstance(before, ContractEvidence) and found is not None and found.figures == before.figures:
        return
    if latest is not None and latest.state not in ("dismissed", "lapsed"):
        _end(session, latest, _GONE if found is None else _CHANGED)
    if found is not None and (latest is None or latest.state != "opened"):
        _open(session, sale, found)


def judge_contracts(session: Session, sale_ids: Sequence[int]) -> None:
    """Handle ``sales.moved_many``: the same for each of many contracts that may have a signal at all.

    The others have none on record, and a price that no cash price of those days is above.
    """
    day = CashSale.signed_on
    dearer = exists().where(
        PriceVersion.home_id == CashSale.home_id,
        PriceVersion.kind == "cash",
        PriceVersion.amount_fen > CashSale.price_fen,
        # Wider than the legal day: the exact one is looked at home by home.
        PriceVersion.effective_from < day + timedelta(days=2),
        or_(PriceVersion.effective_to.is_(None), PriceVersion.effective_to > day - timedelta(days=1)),
    )
    had_one = exists().where(Signal.sale_id == CashSale.id)
    statement = select(CashSale.id, CashSale.district_id).where(
        CashSale.id.in_(sale_ids), or_(had_one, (CashSale.state == State.STANDING) & dearer)
    )
    for sale_id, district_id in session.execute(statement.order_by(CashSale.id)).all():
        judge_contract(session, sale_id=sale_id, district_id=district_id)


def _latest(session: Session, sale: CashSale) -> Signal | None:
    statement = select(Signal).where(Signal.sale_id == sale.id, Signal.district_id == sale.district_id)
    return session.scalars(
        statement.order_by(Signal.id.desc()).limit(1), execution_options={"populate_existing": True}
    ).first()


def _end(session: Session, signal: Signal, reason: str) -> None:
    """Let an undecided signal lapse; in an open case only note why, for the case is a person's."""
    action = "note" if signal.state == "opened" else "lapse"
    if action == "note" and reason == _last_noted(session, signal):
        return
    # The row itself is taken, not locked by rank: the next contract of the same file locks a home again.
    same = update(Signal).where(Signal.id == signal.id, Signal.state == signal.state)
    if session.scalar(same.values(state=signal.state).returning(Signal.id)) is None:
        raise Busy
    step(session, system_actor(signal.district_id), signal, action, reason)


def _last_noted(session: Session, signal: Signal) -> str | None:
    noted = select(SignalMove.reason).where(SignalMove.signal_id == signal.id, SignalMove.action == "note")
    return session.scalar(noted.order_by(SignalMove.id.desc()).limit(1))


def _open(session: Session, sale: CashSale, found: ContractEvidence) -> None:
    earlier = session.scalar(select(func.count(Signal.id)).where(Signal.sale_id == sale.id)) or 0
    signal = Signal(
        district_id=sale.district_id,
        ref=new_ref("XS"),
        grade="A",
        kind=rules.CONTRACT_BELOW_CASH,
        level="flag",
        home_id=sale.home_id,
        development_id=session.get_one(Home, sale.home_id).development_id,
        developer_id=sale.developer_id,
        sale_id=sale.id,
        natural_key=f"{found.rule}/{found.rule_version}:sale={sale.id}:{earlier + 1}",
        evidence=evidence.write(found),
        state="signal",
        opened_at=found.found_at,
    )
    session.add(signal)
    session.flush()
    note(session, system_actor(sale.district_id), signal, "find", None, None)
    session.flush()
    telling.tell_opened(session, signal, found)


def _find(session: Session, sale: CashSale) -> ContractEvidence | None:
    """Return the evidence that a standing cash contract is below the declared price; None when it is not."""
    left_out = sale.is_bulk or sale.is_staff or sale.is_cancelled or sale.by_voucher
    if sale.state != State.STANDING or left_out or sale.price_fen is None or sale.home_id is None:
        return None
    home = session.get_one(Home, sale.home_id)
    if home.status != "sold":
        # A planned price whose moment has come counts from that moment, whether or not the job has come by.
        settle(session, [home], clock.now())
    payer = rules.payer_of(sale.payment)
    lowest = lowest_cash_net(session, home_id=sale.home_id, day=sale.signed_on, payer=payer)
    if lowest is None:
        return None
    gap = rules.shortfall(contract_fen=sale.price_fen, net_fen=lowest.net.fen)
    return _evidence(session, sale, lowest, payer, gap) if gap else None


def _evidence(
    session: Session, sale: CashSale, lowest: Lowest, payer: str, gap: rules.Excess
) -> ContractEvidence:
    home = session.scalars(select(Home).where(Home.id == sale.home_id).options(*PLACE)).one()
    cash = lowest.prices.cash
    if cash is None or sale.price_fen is None:
        raise LookupError(f"sale {sale.id} was compared without a price")
    roles = author_roles(session, [cash])
    return ContractEvidence(
        rule=rules.CONTRACT_BELOW_CASH,
        rule_version=rules.CONTRACT_RULE_VERSION,
        found_at=clock.now(),
        district=session.get_one(District, sale.district_id).name,
        developer=home.development.developer.name,
        home=home_facts(home),
        contract=ContractFacts(
            ref=sale.ref,
            number=sale.contract_number,
            signed_on=sale.signed_on,
            price_fen=sale.price_fen,
            payment=sale.payment,
            source=sale.source,
        ),
        cash=price_facts(cash, home.development.developer_id, roles),
        lowest_at=lowest.at,
        payer=payer,
        net_fen=lowest.net.fen,
        promotions=tuple(PromotionFacts(**asdict(deal)) for deal in lowest.net.deals),
        difference_fen=gap.fen,
        difference_bp=gap.rate_bp,
    )
