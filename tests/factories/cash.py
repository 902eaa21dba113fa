"""A purchase that earns a bonus in cash, what is owed of it, and how two people pay it or undo the purchase.

Each step commits, as in life; a test buys one home for one voucher, so that one bonus is owed.
"""

from datetime import timedelta
from typing import Final

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.core.clock import FixedClock, today
from app.ledger import queries as ledger
from app.ledger.models import LedgerTransfer
from app.notices.models import Notice
from app.redemptions import cash, queries
from app.redemptions.cash_models import CashBonus
from app.redemptions.change_models import PurchaseChange
from app.redemptions.change_states import Kind
from app.redemptions.models import Redemption
from app.redemptions.service import changes
from app.redemptions.service.wishes import Wish
from tests.factories.endings import payee
from tests.factories.policies import HAILING, with_bonus
from tests.factories.redemptions import (
    Shop,
    contract,
    make_buyer,
    make_home,
    make_redemption,
    make_shop,
    verify,
)
from tests.factories.vouchers import make_desk

WAN: Final = 1_000_000
"""Ten thousand yuan, in fen."""
CASH: Final = HAILING.replace("base: spent", "base: spent\n  paid: cash")
"""20% of what is spent, in cash."""


def bearing(to: str) -> str:
    """Return a policy by which a ten-thousandth a day is borne from the issue to an event, in cash."""
    return with_bonus(f"""bonus:
  base: held
  paid: cash
  fixed_by: lock
  counted_from: issue
  tiers: [{{from_month: 1, to_month: 18, interest: {{rate: 3.65%, to: {to}}}}}]
""")


def deciding(event: str) -> str:
    """Return a policy by which an event's day decides: 5% in the first three months, 3% until the twelfth."""
    return with_bonus(f"""bonus:
  base: spent
  paid: cash
  fixed_by: {event}
  delay: counts
  tiers:
    - {{from_month: 1, to_month: 3, rate: 5%}}
    - {{from_month: 4, to_month: 12, rate: 3%}}
""")


_IN_ITS_LAST_WEEK: Final = 85
"""Days after the issue; the first tier of ``deciding`` ends six or seven days later."""


def lock(
    session: Session, clock: FixedClock, policy: str, *, after: int = 0, voucher_fen: int = 40 * WAN
) -> tuple[Shop, Redemption]:
    """Return a lock of a home at that price (fen), so many days after a voucher of 60 万 was issued."""
    shop = make_shop(session, desk=make_desk(session, policy=policy))
    buyer = make_buyer(session, shop.desk, faces=(60 * WAN,))
    clock.advance(timedelta(days=after))
    return shop, make_redemption(session, buyer, make_home(session, shop, voucher_fen=voucher_fen))


def buy(
    session: Session,
    clock: FixedClock,
    policy: str,
    *,
    lock_after: int = 0,
    file_after: int = 0,
    check_after: int = 0,
    voucher_fen: int = 40 * WAN,
) -> tuple[Shop, Redemption]:
    """Return a written-off purchase: days to its lock, on to its contract, on to its checks."""
    shop, locked = lock(session, clock, policy, after=lock_after, voucher_fen=voucher_fen)
    clock.advance(timedelta(days=file_after))
    contract(session, shop, locked)
    clock.advance(timedelta(days=check_after))
    return shop, verify(session, shop, locked)


def buy_late(
    session: Session, clock: FixedClock, policy: str, *, file_after: int = 0, check_after: int = 0
) -> tuple[Shop, Redemption]:
    """Return a purchase that was locked in the last week of the first tier of ``deciding``."""
    after = {"lock_after": _IN_ITS_LAST_WEEK, "file_after": file_after, "check_after": check_after}
    return buy(session, clock, policy, **after)


def lock_late(session: Session, clock: FixedClock, policy: str) -> tuple[Shop, Redemption]:
    """Return a lock in the last week of the first tier of ``deciding``."""
    return lock(session, clock, policy, after=_IN_ITS_LAST_WEEK)


def owed(session: Session) -> CashBonus:
    """Return the one bonus, whatever became of it."""
    return session.scalars(select(CashBonus)).one()


def prepare(session: Session, shop: Shop) -> CashBonus:
    """Let the officer type the holder's account."""
    found = cash.prepare(session, actor=shop.desk.officer, ref=owed(session).ref, payee=payee())
    session.commit()
    return found


def approve(session: Session, shop: Shop) -> CashBonus:
    """Let the checker approve what was prepared: from now on the bank may be paying."""
    found = cash.approve(session, actor=shop.desk.checker, ref=owed(session).ref)
    session.commit()
    return found


def order(session: Session, shop: Shop) -> CashBonus:
    """Let two people order the payment."""
    prepare(session, shop)
    return approve(session, shop)


def carried_out(session: Session, shop: Shop, reference: str = "网银-1") -> CashBonus:
    """Note that the bank paid today what was ordered."""
    how = {"bank_reference": reference, "paid_on": today()}
    found = cash.pay(session, actor=shop.desk.officer, ref=owed(session).ref, **how)
    session.commit()
    return found


def pay(session: Session, shop: Shop, reference: str = "网银-1") -> CashBonus:
    """Order the payment, and let the bank carry it out."""
    order(session, shop)
    return carried_out(session, shop, reference)


def send_back(session: Session, shop: Shop, reason: str = "银行没有付出") -> CashBonus:
    """Let the checker send back what was prepared or approved."""
    found = cash.send_back(session, actor=shop.desk.checker, ref=owed(session).ref, reason=reason)
    session.commit()
    return found


def come_back(session: Session, shop: Shop, reason: str = "账户已销户") -> CashBonus:
    """Note that what was paid is back today."""
    how = {"reference": "退-1", "returned_on": today(), "reason": reason}
    found = cash.note_returned(session, actor=shop.desk.officer, ref=owed(session).ref, **how)
    session.commit()
    return found


def propose(
    session: Session, shop: Shop, purchase: Redemption, price_fen: int | None = None
) -> PurchaseChange:
    """Let the officer ask for another price of a written-off purchase, or for its end."""
    wish = (
        Wish(Kind.REJECT, "材料不实") if price_fen is None else Wish(Kind.PRICE, "更正", price_fen=price_fen)
    )
    change = changes.ask(session, actor=shop.desk.officer, redemption_ref=purchase.ref, wish=wish)
    session.commit()
    return change


def agree(session: Session, shop: Shop, change: PurchaseChange) -> None:
    """Let the checker approve a change."""
    changes.approve(session, actor=shop.desk.checker, change_ref=change.ref)
    session.commit()


def correct(session: Session, shop: Shop, purchase: Redemption, price_fen: int) -> None:
    """Let two people correct the price of a written-off purchase."""
    agree(session, shop, propose(session, shop, purchase, price_fen))


def undo(session: Session, shop: Shop, purchase: Redemption) -> None:
    """Let two people undo a written-off purchase."""
    agree(session, shop, propose(session, shop, purchase))


def moved(session: Session, code: str) -> list[int]:
    """Return what transfers of a kind moved, the oldest first (fen)."""
    found = select(LedgerTransfer.amount_fen).where(LedgerTransfer.code == code)
    return list(session.scalars(found.order_by(LedgerTransfer.id)))


def texts(session: Session, kind: str) -> list[str]:
    """Return the messages of a kind, the oldest first."""
    return list(session.scalars(select(Notice.text).where(Notice.kind == kind).order_by(Notice.id)))


def assert_proven(session: Session) -> None:
    """See that no proof of the ledger or of the purchases finds anything."""
    assert ledger.verify(session) == []
    assert queries.verify(session) == []


def broken(session: Session, forged: str) -> set[str]:
    """Return the rules that the proofs of purchases find broken after a statement, which is undone."""
    session.execute(text(forged))
    rules = {breach.rule for breach in queries.verify(session)}
    session.rollback()
    return rules
