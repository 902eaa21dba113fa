"""Money that comes back to a voucher after its ending, until two people decided; each step commits."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.clock import FixedClock
from app.ledger import queries as ledger
from app.redemptions import queries
from app.redemptions.change_states import Kind
from app.redemptions.models import Redemption
from app.redemptions.service import changes
from app.redemptions.service.wishes import Wish
from app.vouchers import endings, lapses
from app.vouchers.ending_models import VoucherEnding
from tests.factories.contracts import upload
from tests.factories.endings import approve, ask, pay
from tests.factories.policies import HAILING
from tests.factories.redemptions import Buyer, Shop, make_buyer, make_home, make_redemption, make_shop, redeem
from tests.factories.vouchers import make_desk

WAN = 1_000_000
HALVED = HAILING + "leftover: [{spent_from: 0%, rate: 50%}, {spent_from: 80%, rate: 100%}]\n"


def bought(
    session: Session, policy: str, *, face_fen: int = 100 * WAN, home_fen: int | None = None
) -> tuple[Shop, Buyer, Redemption]:
    """Return a household under a policy that bought one home with its voucher."""
    shop = make_shop(session, desk=make_desk(session, policy=policy))
    buyer = make_buyer(session, shop.desk, faces=(face_fen,))
    home = make_home(session, shop, voucher_fen=home_fen) if home_fen else make_home(session, shop)
    return shop, buyer, redeem(session, shop, make_redemption(session, buyer, home))


def end(
    session: Session,
    shop: Shop,
    buyer: Buyer,
    redemption: Redemption,
    kind: Kind,
    evidence: str | None = None,
) -> None:
    """Undo a purchase, whoever asks; ``evidence`` is what shows that the household cannot help it."""
    askers = {Kind.WITHDRAW: (buyer.actor, shop.developer), Kind.CANCEL: (shop.developer, buyer.actor)}
    asker, other = askers.get(kind, (shop.desk.officer, None))
    wish = Wish(kind, "退", papers=[upload()])
    change = changes.ask(session, actor=asker, redemption_ref=redemption.ref, wish=wish)
    session.commit()
    if other is not None:
        changes.answer(session, actor=other, change_ref=change.ref, agrees=True)
        session.commit()
        changes.prepare(session, actor=shop.desk.officer, change_ref=change.ref, evidence=evidence)
        session.commit()
    changes.approve(session, actor=shop.desk.checker, change_ref=change.ref)
    session.commit()


def cheaper(session: Session, shop: Shop, redemption: Redemption, less_fen: int = WAN) -> None:
    """Lower the price of a purchase as the authority: a case was corrected."""
    wish = Wish(Kind.PRICE, "更正", price_fen=redemption.present_price_fen - less_fen)
    change = changes.ask(session, actor=shop.desk.officer, redemption_ref=redemption.ref, wish=wish)
    session.commit()
    changes.approve(session, actor=shop.desk.checker, change_ref=change.ref)
    session.commit()


def paid_out(session: Session, clock: FixedClock, shop: Shop, buyer: Buyer) -> VoucherEnding:
    """Have what is left of the first voucher paid out; an hour passes."""
    asked = ask(session, buyer)
    pay(session, shop.desk, approve(session, shop.desk, asked))
    clock.advance(timedelta(hours=1))
    return asked


def lapsed(session: Session, clock: FixedClock, *, days: int = 800) -> VoucherEnding:
    """Let the one voucher's term run out, and the job of the night come by; an hour passes."""
    clock.advance(timedelta(days=days))
    found = found_back(session)
    clock.advance(timedelta(hours=1))
    return found


def found_back(session: Session) -> VoucherEnding:
    """Let the job of the night find one voucher that ends, or to which money came back; return its ending."""
    assert lapses.lapse_due(session) == 1
    session.commit()
    return newest(session)


def came_back(
    session: Session, clock: FixedClock, kind: Kind, evidence: str | None = None
) -> tuple[Shop, VoucherEnding]:
    """Return what came back of 90 万 of 100 万, after the other 10 万 were paid in full."""
    shop, buyer, redemption = bought(session, HALVED, home_fen=108 * WAN)
    assert paid_out(session, clock, shop, buyer).paid_fen == 10 * WAN
    end(session, shop, buyer, redemption, kind, evidence)
    found = found_back(session)
    assert (found.kind, found.state, found.leftover_fen) == ("back", "undecided", 90 * WAN)
    return shop, found


def approved(session: Session, shop: Shop, ending: VoucherEnding) -> VoucherEnding:
    """Let the checker approve what an officer decided."""
    made = endings.approve(session, actor=shop.desk.checker, ending_ref=ending.ref)
    session.commit()
    return made


def newest(session: Session) -> VoucherEnding:
    """Return the newest ending of all vouchers."""
    return session.scalars(select(VoucherEnding).order_by(VoucherEnding.id.desc())).all()[0]


def proved(session: Session) -> None:
    """See that everything holds that ``flask ledger verify`` looks at."""
    assert ledger.verify(session) == []
    assert queries.verify(session) == []
