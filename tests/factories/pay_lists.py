"""Approved sums to households, lists of them, and what the bank says; each step commits, as in life."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import clock
from app.core.actor import Actor, Role
from app.redemptions import cash
from app.redemptions.cash_models import CashBonus
from app.settlements import flows, household_sums, pay_lists, pay_receipts
from app.settlements import pay_list_queries as queries
from app.settlements.flows import Marked
from app.settlements.household_sums import Owner
from app.settlements.pay_list_models import PayLine, PayList, PayReceipt
from app.vouchers.ending_models import VoucherEnding
from tests.factories import endings
from tests.factories.cash import CASH
from tests.factories.identity import make_actor
from tests.factories.redemptions import Shop, make_buyer, make_home, make_redemption, make_shop, redeem
from tests.factories.vouchers import Desk, make_desk

BOTH: Final = CASH + "leftover: [{spent_from: 0%, rate: 100%}]\n"
"""20% of what is spent in cash; all that is left is paid within the term."""
WAN: Final = 1_000_000

_serials = itertools.count(1)


@dataclass(frozen=True)
class Cashiers:
    """Who stands between households and their money."""

    shop: Shop
    colleague: Actor
    """Another officer."""

    @property
    def desk(self) -> Desk:
        """The authority's people."""
        return self.shop.desk

    @property
    def officer(self) -> Actor:
        """Who makes lists and takes receipts in."""
        return self.shop.desk.officer

    @property
    def checker(self) -> Actor:
        """Who gives lists up."""
        return self.shop.desk.checker


def make_cashiers(session: Session, *, policy: str = BOTH) -> Cashiers:
    """Return an authority under a policy that pays households."""
    shop = make_shop(session, desk=make_desk(session, policy=policy))
    return Cashiers(shop, make_actor(session, role=Role.OFFICER, district=shop.desk.district))


def approved_ending(session: Session, cashiers: Cashiers, *, fen: int = 30 * WAN) -> VoucherEnding:
    """Return the payout of a voucher that nothing was bought with, approved by two people."""
    buyer = make_buyer(session, cashiers.desk, faces=(fen,))
    return endings.approve(session, cashiers.desk, endings.ask(session, buyer))


def approved_bonus(session: Session, cashiers: Cashiers, *, spent_fen: int = 40 * WAN) -> CashBonus:
    """Return the bonus in cash of a home that was written off, approved by two people."""
    buyer = make_buyer(session, cashiers.desk, faces=(spent_fen,))
    home = make_home(session, cashiers.shop, voucher_fen=spent_fen)
    bought = redeem(session, cashiers.shop, make_redemption(session, buyer, home))
    ids = [one.id for one in bought.allocations]
    bonus = session.scalars(select(CashBonus).where(CashBonus.allocation_id.in_(ids))).one()
    cash.prepare(session, actor=cashiers.officer, ref=bonus.ref, payee=endings.payee())
    session.commit()
    approved = cash.approve(session, actor=cashiers.checker, ref=bonus.ref)
    session.commit()
    return approved


def make_list(
    session: Session, cashiers: Cashiers, *sums: Owner, who: Actor | None = None, pay_on: date | None = None
) -> PayList:
    """Let the officer, or another one, list these sums to be paid today, or on a day."""
    made = pay_lists.make(
        session,
        actor=who or cashiers.officer,
        refs=[one.ref for one in sums],
        pay_on=pay_on or clock.today(),
    )
    session.commit()
    return made


def lines_of(session: Session, found: PayList) -> Sequence[PayLine]:
    """Return the lines of a list as they are now."""
    session.expire_all()
    return queries.lines_of(session, found)


def said(
    line: PayLine,
    *,
    day: date | None = None,
    result: str = "成功",
    fen: int | None = None,
    number: str | None = None,
    serial: str | None = None,
) -> str:
    """Return the line of a receipt that says a line was paid today, or what it says instead."""
    owner = queries.owner_of(line)
    account = number or household_sums.account_of(owner)
    amount = line.amount_fen if fen is None else fen
    return (
        f"{line.ref},{account},{amount // 100}.{amount % 100:02},{serial or f'HD{next(_serials):08}'},"
        f"{day or clock.today()},{result}"
    )


def receipt(*lines: str) -> bytes:
    """Return a receipt file of these lines."""
    return "\n".join(["付款编号,收款账号,金额,银行流水号,付款日期,处理结果", *lines]).encode()


def read(session: Session, cashiers: Cashiers, found: PayList, content: bytes) -> PayReceipt:
    """Let the officer read a receipt about a list."""
    made = pay_receipts.read(
        session, actor=cashiers.officer, list_ref=found.ref, content=content, name="回单.csv"
    )
    session.commit()
    return made


def mark(session: Session, cashiers: Cashiers, made: PayReceipt) -> Marked:
    """Let the officer mark what fits of a receipt."""
    return flows.mark_receipt(session, actor=cashiers.officer, receipt_ref=made.ref)


def codes(session: Session, made: PayReceipt) -> list[str | None]:
    """Return what stands against each line of a receipt now."""
    session.expire_all()
    return [one.code for one in pay_receipts.judge(session, made)]
