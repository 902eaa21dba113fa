"""What the demo's bank statements brought: loans on their way, a wrong match, money that goes back."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core import clock
from app.core.money import yuan_to_fen
from app.demo.story import Cast, take_in
from app.homes.models import Development
from app.payments import accounts, matching, refunds, statements
from app.payments.accounts import AccountTyped
from app.payments.kinds import Kind, Lender, Stage
from app.payments.models import StatementLine, TopUp
from app.redemptions import service as purchases
from app.redemptions.models import Redemption
from app.redemptions.rules import TOP_UP_OWNER
from app.redemptions.states import State

HEAD: Final = "流水号,交易日期,收入金额,对方户名,摘要,对方账号"
OVER_FEN: Final = yuan_to_fen("3000")
LOAN_DAYS: Final = 20
PART_FEN: Final = yuan_to_fen("5000")


def play(session: Session, *, cast: Cast, stock: Sequence[Development]) -> None:
    """Let some of the story's top-ups arrive in part, or too much; everything is committed."""
    owned = TopUp.owner == func.concat(TOP_UP_OWNER, Redemption.id)
    story = (
        select(TopUp, Redemption)
        .join(Redemption, owned)
        .where(Redemption.household_id.in_(cast.households))
        .order_by(TopUp.id)
    )
    found = session.execute(story).all()
    for top_up, redemption in found:
        if redemption.state in {State.LOCKED, State.CONTRACTED} and top_up.amount_fen > 2 * PART_FEN:
            _borrow(session, cast, top_up, redemption)
    redeemed = [top_up for top_up, redemption in found if redemption.state == State.REDEEMED]
    for top_up in redeemed[:1]:
        _pay_too_much(session, cast, top_up)
    _strangers(session, cast)
    _change_accounts(session, cast, stock)


def _pay_too_much(session: Session, cast: Cast, top_up: TopUp) -> None:
    """Let a household pay twice too much: one sum went back, of the other a part waits for the checker."""
    for fen, paid in ((OVER_FEN, True), (PART_FEN, False)):
        line = _bring(session, cast, top_up, fen, top_up.payer_name)
        _match(session, cast, line, top_up, over=True)
        _give_back(session, cast, top_up, line, OVER_FEN, paid=paid)


def _borrow(session: Session, cast: Cast, top_up: TopUp, redemption: Redemption) -> None:
    """Let a household pay a part of its own, matched after a wrong try, and wait for a loan."""
    household = cast.households[redemption.household_id]
    ref = redemption.ref
    split = {Kind.OWN: PART_FEN, Kind.LOAN: top_up.amount_fen - PART_FEN}
    purchases.split_top_up(session, actor=household, redemption_ref=ref, wanted=split)
    session.commit()
    purchases.advance_loan(
        session,
        actor=household,
        redemption_ref=ref,
        kind=Kind.LOAN,
        stage=Stage.FILED,
        lender=Lender("农业银行菱湖支行", clock.today() + timedelta(days=LOAN_DAYS)),
    )
    session.commit()
    line = _bring(session, cast, top_up, PART_FEN, top_up.payer_name)
    _match(session, cast, line, top_up, kind=Kind.LOAN)
    purchases.take_back_match(
        session, actor=cast.checker, line_ref=line.ref, reason="是购房人自己的钱，不是贷款"
    )
    session.commit()
    _match(session, cast, line, top_up)


def _bring(session: Session, cast: Cast, top_up: TopUp, fen: int, payer: str) -> StatementLine:
    """Import one line of a statement and return it."""
    before = session.scalars(select(func.count(StatementLine.id))).one()
    serial = f"ABC2016{before:08}"
    cells = [serial, f"{clock.today()}", f"{fen // 100}.{fen % 100:02}", payer, top_up.ref, "95588 0000 1234"]
    content = f"{HEAD}\n{','.join(cells)}\n".encode()
    take_in(session, cast, content)
    return session.scalars(select(StatementLine).where(StatementLine.serial == serial)).one()


def _match(
    session: Session,
    cast: Cast,
    line: StatementLine,
    top_up: TopUp,
    *,
    kind: str = Kind.OWN,
    over: bool = False,
) -> None:
    matching.confirm(
        session, actor=cast.officer, line_ref=line.ref, top_up_ref=top_up.ref, kind=kind, over=over
    )
    session.commit()


def _give_back(
    session: Session, cast: Cast, top_up: TopUp, line: StatementLine, fen: int, *, paid: bool
) -> None:
    """Prepare a refund; another one is approved and paid too."""
    made = refunds.prepare(
        session, actor=cast.officer, top_up_ref=top_up.ref, line_ref=line.ref, amount_fen=fen
    )
    session.commit()
    if paid:
        refunds.approve(session, actor=cast.checker, ref=made.ref)
        session.commit()
        refunds.pay(
            session, actor=cast.officer, ref=made.ref, bank_ref="TK20160524001", paid_on=clock.today()
        )
        session.commit()


def _strangers(session: Session, cast: Cast) -> None:
    """Bring lines that nobody expects: one set aside, two that may be the same money.

    One more waits for the checker to hold its statement against the bank's own.
    """
    today = clock.today()
    lines = [
        f"SD2016052401,{today},860.00,菱湖自来水公司,5 月水费退款,3400 8800 0001",
        f"SD2016052402,{today},20000.00,王秀兰,购房款,6228 4800 1234",
        f"SD2016052403,{today},20000.00,王秀兰,购房款,6228 4800 1234",
    ]
    content = "\n".join([HEAD, *lines]).encode()
    take_in(session, cast, content)
    water = session.scalars(select(StatementLine).where(StatementLine.serial == "SD2016052401")).one()
    matching.set_aside(session, actor=cast.officer, line_ref=water.ref, reason="自来水公司退的水费，不是差价")
    session.commit()
    late = f"SD2016052501,{today},12000.00,周桂英,购房款,6228 4800 5678"
    statements.import_statement(session, actor=cast.officer, content=f"{HEAD}\n{late}".encode())
    session.commit()


def _change_accounts(session: Session, cast: Cast, stock: Sequence[Development]) -> None:
    """Let one development have changed its account, and another one wait for the checker."""
    for number, development in enumerate(stock[:2], start=1):
        typed = AccountTyped(
            f"{development.name}预售资金监管户", "建设银行菱湖支行", f"34001668000{number:05}", clock.today()
        )
        manager = cast.developers[development.developer_id]
        entered = accounts.propose(session, actor=manager, development_ref=development.ref, typed=typed)
        if number == 1:
            accounts.confirm(
                session,
                actor=cast.checker,
                development_ref=development.ref,
                account_ref=entered.ref,
                number=typed.number,
            )
        session.commit()
