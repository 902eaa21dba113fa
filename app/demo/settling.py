"""How the demo's developers are paid: what they report of homes that were sold, and what they claim."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import clock
from app.core.actor import Actor
from app.core.money import yuan_to_fen
from app.demo.papers import claim_paper, milestone_paper
from app.demo.story import Cast
from app.identity.models import Organisation
from app.redemptions.models import Redemption
from app.redemptions.states import State
from app.settlements import (
    accounts,
    batch_queries,
    batches,
    claims,
    funds,
    milestones,
    receipts,
    releases,
    terms,
)
from app.settlements.claims import Asked
from app.settlements.milestones import CERTIFICATE, HANDOVER, Reported
from app.settlements.money_models import SettlementClaim
from app.settlements.offers import Payee, claimable, offers_of
from app.settlements.payment_models import SettlementPayment
from app.settlements.shares import Scope, list_shares

_REPORTS: Final = (
    *((HANDOVER, answered) for answered in (True, True, False)),
    *((CERTIFICATE, answered) for answered in (True, False)),
)
"""What is reported of the story's first homes, one each, and whether it was answered."""
_CAME_FEN: Final = yuan_to_fen("3000000")
_WAITS_FEN: Final = yuan_to_fen("800000")
_OWN: Final = Payee(None)


def hand_over(session: Session, *, cast: Cast) -> None:
    """Let some homes be handed over, or have their certificates; everything is committed."""
    for place, (redemption, (kind, answered)) in enumerate(zip(_sold(session, cast), _REPORTS, strict=False)):
        number = f"皖（2016）安庆市不动产权第{place:07}号" if kind == CERTIFICATE else ""
        told = Reported(kind, clock.today(), milestone_paper(kind), number)
        made = milestones.report(
            session,
            actor=cast.developers[redemption.developer_id],
            redemption_ref=redemption.ref,
            told=told,
        )
        session.commit()
        if answered:
            who = cast.officer if kind == CERTIFICATE else cast.households[redemption.household_id]
            milestones.confirm(session, actor=who, ref=made.ref)
            session.commit()


def pay(session: Session, *, cast: Cast) -> None:
    """Pay one claim, and let others wait: for the bank, the checker, the officer, a batch, its release."""
    _agree_on_terms(session, cast)
    source_ref = _bring_money(session, cast)
    sold = {one.developer_id: cast.developers[one.developer_id] for one in _sold(session, cast)}
    for place, manager in enumerate(sold.values()):
        _give_account(session, cast, manager, confirmed=place == 0)
    manager = next(iter(sold.values()))
    for step in ("paid", "sent", "checked", "submitted", "approved", "made"):
        claim = _claim(session, cast, manager)
        if claim is None:
            return
        _carry_on(session, cast, claim, step)
        if step in {"paid", "sent", "made"}:
            _pay_out(session, cast, source_ref, claim, step)


def _agree_on_terms(session: Session, cast: Cast) -> None:
    typed = terms.Typed("developer", "verified", 20, "working_days", {})
    terms.propose(session, actor=cast.officer, typed=typed)
    session.commit()
    terms.decide(session, actor=cast.checker, approve=True)
    session.commit()


def _bring_money(session: Session, cast: Cast) -> str:
    """Open two sources: what came in from one is confirmed, from the other it waits."""
    bond = ("2016年棚户区改造专项债券", "菱财债〔2016〕7号", _CAME_FEN)
    budget = ("区级预算，棚改支出科目", "菱财预〔2016〕12号", _WAITS_FEN)
    refs = []
    for place, (name, document, fen) in enumerate((bond, budget)):
        source = funds.open_source(session, actor=cast.officer, name=name, document=document)
        session.commit()
        came = funds.enter_receipt(
            session,
            actor=cast.officer,
            source_ref=source.ref,
            amount_fen=fen,
            received_on=clock.today(),
            reference=f"CZ2016052500{place}",
        )
        session.commit()
        if place == 0:
            funds.decide_receipt(session, actor=cast.checker, ref=came.ref, approve=True, amount_fen=fen)
            session.commit()
        refs.append(source.ref)
    return refs[0]


def _give_account(session: Session, cast: Cast, manager: Actor, *, confirmed: bool) -> None:
    name = session.get_one(Organisation, manager.organisation).name
    number = f"34001668001{manager.organisation:05}"
    typed = accounts.Typed(name, "工商银行菱湖支行", number)
    made = accounts.propose(session, actor=manager, district_id=cast.officer.district, typed=typed)
    session.commit()
    if confirmed:
        accounts.decide(session, actor=cast.checker, ref=made.ref, approve=True, number=number)
        session.commit()


def _claim(session: Session, cast: Cast, manager: Actor) -> SettlementClaim | None:
    """Claim what one developer may claim first, for one home; None when nothing is left."""
    district_id = cast.officer.district
    shares = list_shares(session, Scope(district_id, developer_id=manager.organisation))
    offers = claimable(offers_of(shares), _OWN)
    if not offers:
        return None
    first = offers[0].share.redemption_id
    keys = [one.key for one in offers if one.share.redemption_id == first]
    asked = Asked(district_id, _OWN, keys, claim_paper())
    made = claims.submit(session, actor=manager, asked=asked)
    session.commit()
    return made


def _carry_on(session: Session, cast: Cast, claim: SettlementClaim, step: str) -> None:
    if step != "submitted":
        claims.check(session, actor=cast.officer, ref=claim.ref)
        session.commit()
    if step not in {"submitted", "checked"}:
        claims.approve(session, actor=cast.checker, ref=claim.ref)
        session.commit()


def _pay_out(session: Session, cast: Cast, source_ref: str, claim: SettlementClaim, step: str) -> None:
    """Put a claim into a batch; the checker may have released it, and the bank answered."""
    batch = batches.make(session, actor=cast.officer, source_ref=source_ref, claim_refs=[claim.ref])
    session.commit()
    if step == "made":
        return
    releases.release(session, actor=cast.checker, ref=batch.ref)
    session.commit()
    if step == "sent":
        return
    receipts.take_in(
        session,
        actor=cast.officer,
        batch_ref=batch.ref,
        content=_receipt(batch_queries.payments_of(session, batch)),
        name="工行回单20160525.csv",
    )
    session.commit()


def _receipt(payments: Sequence[SettlementPayment]) -> bytes:
    """Return the bank's receipt that payments were made today."""
    rows = [
        f"{one.ref},{one.number},{one.amount_fen // 100}.{one.amount_fen % 100:02},"
        f"ICBC2016052500{place},{clock.today()},成功"
        for place, one in enumerate(payments)
    ]
    return "\n".join(["付款编号,收款账号,金额,银行流水号,付款日期,处理结果", *rows]).encode()


def _sold(session: Session, cast: Cast) -> Sequence[Redemption]:
    """Return the story's homes that were written off, in their order."""
    wanted = select(Redemption).where(
        Redemption.household_id.in_(cast.households), Redemption.state == State.REDEEMED
    )
    return session.scalars(wanted.order_by(Redemption.id)).all()
