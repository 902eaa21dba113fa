"""Homes that were written off, and what their developers report of them."""

import itertools
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from sqlalchemy.orm import Session

from app.core import clock
from app.core.actor import Actor, Duty, Role
from app.redemptions.models import Redemption
from app.settlements import accounts, batch_queries, batches, claims, funds, milestones, receipts, releases
from app.settlements.claims import Asked
from app.settlements.milestones import BY_OFFICERS, CERTIFICATE, Reported
from app.settlements.models import SettlementMilestone
from app.settlements.money_models import DeveloperAccount, FundReceipt, FundSource, SettlementClaim
from app.settlements.offers import Offer, Payee, offers_of
from app.settlements.payment_models import PaymentBatch, SettlementPayment
from app.settlements.shares import Scope, list_shares
from tests.factories.contracts import upload
from tests.factories.identity import make_actor
from tests.factories.policies import HAILING
from tests.factories.redemptions import Buyer, Shop, make_buyer, make_home, make_redemption, make_shop, redeem
from tests.factories.vouchers import make_desk

_serials = itertools.count(1)


def make_sold(
    session: Session, shop: Shop, *, faces: tuple[int, ...] = (130_550_000,)
) -> tuple[Buyer, Redemption]:
    """Return a home that a household's vouchers bought, written off, and its buyer."""
    buyer = make_buyer(session, shop.desk, faces=faces)
    return buyer, redeem(session, shop, make_redemption(session, buyer, make_home(session, shop)))


def reported(kind: str, *, on: date | None = None, number: str = "皖0012345") -> Reported:
    """Return what a developer reports, of today unless told otherwise."""
    return Reported(kind, on or clock.today(), upload(), number if kind == CERTIFICATE else "")


def reach(
    session: Session, shop: Shop, buyer: Buyer, redemption: Redemption, kind: str, *, on: date | None = None
) -> SettlementMilestone:
    """Let a milestone be reported and confirmed by whom it concerns."""
    made = milestones.report(
        session, actor=shop.developer, redemption_ref=redemption.ref, told=reported(kind, on=on)
    )
    session.commit()
    who = shop.desk.officer if kind in BY_OFFICERS else buyer.actor
    found = milestones.confirm(session, actor=who, ref=made.ref)
    session.commit()
    return found


SETTLING: Final = (
    HAILING
    + """
settlement:
  to: developer
  tranches:
    - {event: verified, share: 60%, pay_within: {days: 30}}
    - {event: handover, share: 33%, pay_within: {months: 1}}
    - {event: certificate, share: 7%, pay_within: {working_days: 10}}
  late_interest: {rate: 0.02%, per: day}
"""
)
"""Hailing's policy, paid in three parts to the developer."""


@dataclass(frozen=True)
class Payers:
    """Everybody who stands between a developer and its money: people of both sides."""

    shop: Shop
    finance: Actor
    second: Actor
    """Another person of the developer."""
    colleague: Actor
    """Another officer, who pays anew what the first one noted as failed."""

    @property
    def district_id(self) -> int:
        """The district that pays."""
        return self.shop.desk.district.id

    @property
    def officer(self) -> Actor:
        """Who checks and pays."""
        return self.shop.desk.officer

    @property
    def checker(self) -> Actor:
        """Who approves."""
        return self.shop.desk.checker


def make_payers(session: Session, *, policy: str = SETTLING) -> Payers:
    """Return a shop under a policy that says how developers are paid, its account confirmed."""
    shop = make_shop(session, desk=make_desk(session, policy=policy))
    finance = replace(shop.developer, duty=Duty.FINANCE)
    colleague = make_actor(session, role=Role.OFFICER, district=shop.desk.district)
    payers = Payers(shop, finance, shop.developer, colleague)
    give_account(session, payers)
    return payers


def give_account(
    session: Session, payers: Payers, *, number: str = "3400 5555 0000 0001"
) -> DeveloperAccount:
    """Let the developer have this account; the one before is replaced."""
    typed = accounts.Typed("测试置业有限公司", "建行菱湖支行", number)
    made = accounts.propose(session, actor=payers.finance, district_id=payers.district_id, typed=typed)
    session.commit()
    found = accounts.decide(session, actor=payers.checker, ref=made.ref, approve=True, number=number)
    session.commit()
    return found


def make_fund(session: Session, payers: Payers, fen: int, *, name: str = "2016年棚改专项债券") -> FundSource:
    """Return a source with so much money, confirmed by two people."""
    source = funds.open_source(session, actor=payers.officer, name=name, document="财预〔2016〕1号")
    session.commit()
    bring(session, payers, source, fen)
    return source


def bring(session: Session, payers: Payers, source: FundSource, fen: int) -> FundReceipt:
    """Let money come in from a source."""
    made = funds.enter_receipt(
        session,
        actor=payers.officer,
        source_ref=source.ref,
        amount_fen=fen,
        received_on=clock.today(),
        reference=f"ZJ{next(_serials):08}",
    )
    session.commit()
    found = funds.decide_receipt(session, actor=payers.checker, ref=made.ref, approve=True, amount_fen=fen)
    session.commit()
    return found


def offered(session: Session, payers: Payers) -> list[Offer]:
    """Return everything that the developer may claim, and owes back."""
    scope = Scope(payers.district_id, developer_id=payers.finance.organisation)
    return offers_of(list_shares(session, scope))


def claim(session: Session, payers: Payers, *, keys: Collection[str] | None = None) -> SettlementClaim:
    """Submit a claim over these offers, or all for the developer's own account."""
    wanted = keys or [one.key for one in offered(session, payers) if one.amount_fen > 0]
    asked = Asked(payers.district_id, Payee(None), wanted, upload())
    made = claims.submit(session, actor=payers.finance, asked=asked)
    session.commit()
    return made


def approve(session: Session, payers: Payers, found: SettlementClaim) -> SettlementClaim:
    """Let a claim be checked and approved."""
    claims.check(session, actor=payers.officer, ref=found.ref)
    session.commit()
    claims.approve(session, actor=payers.checker, ref=found.ref)
    session.commit()
    return found


def make_batch(
    session: Session, payers: Payers, source: FundSource, *found: SettlementClaim, by: Actor | None = None
) -> PaymentBatch:
    """Put approved claims into a batch, which waits for the checker."""
    refs = [one.ref for one in found]
    made = batches.make(session, actor=by or payers.officer, source_ref=source.ref, claim_refs=refs)
    session.commit()
    return made


def send(
    session: Session, payers: Payers, source: FundSource, *found: SettlementClaim, by: Actor | None = None
) -> list[SettlementPayment]:
    """Put approved claims into a batch, as the officer unless told who, and let the bank be asked for it."""
    made = make_batch(session, payers, source, *found, by=by)
    releases.release(session, actor=payers.checker, ref=made.ref)
    session.commit()
    return list(batch_queries.payments_of(session, made))


def receipt(*payments: SettlementPayment, day: date | None = None, result: str = "成功") -> bytes:
    """Return the bank's receipt that these payments were made, or what it says instead."""
    rows = [
        f"{one.ref},{one.number},{one.amount_fen // 100}.{one.amount_fen % 100:02},HD{next(_serials):08},"
        f"{day or clock.today()},{result}"
        for one in payments
    ]
    return "\n".join(["付款编号,收款账号,金额,银行流水号,付款日期,处理结果", *rows]).encode()


def pay(session: Session, payers: Payers, *payments: SettlementPayment, day: date | None = None) -> None:
    """Take in a receipt that says these payments of one batch were made."""
    receipts.take_in(
        session,
        actor=payers.officer,
        batch_ref=session.get_one(PaymentBatch, payments[0].batch_id).ref,
        content=receipt(*payments, day=day),
        name="回单.csv",
    )
    session.commit()
