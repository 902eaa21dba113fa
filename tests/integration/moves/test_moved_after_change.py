"""Money that came back to a voucher moves on with it."""

from datetime import timedelta

from sqlalchemy.orm import Session

from app.core.clock import FixedClock
from app.ledger import queries as ledger
from app.redemptions import queries
from app.redemptions.change_states import Kind
from app.redemptions.service import changes
from app.redemptions.service.wishes import Wish
from app.vouchers.queries import purses
from tests.factories.moves import MOVING, carry_out, split_of
from tests.factories.redemptions import make_buyer, make_home, make_redemption, make_shop, redeem
from tests.factories.vouchers import make_desk


def test_what_came_back_before_a_split_is_parted_and_proved(session: Session, clock: FixedClock) -> None:
    shop = make_shop(session, desk=make_desk(session, policy=MOVING))
    buyer, desk = make_buyer(session, shop.desk), shop.desk
    bought = redeem(session, shop, make_redemption(session, buyer, make_home(session, shop)))
    wish = Wish(Kind.REJECT, "核销有误")
    change = changes.ask(session, actor=desk.officer, redemption_ref=bought.ref, wish=wish)
    session.commit()
    changes.approve(session, actor=desk.checker, change_ref=change.ref)
    session.commit()
    clock.advance(timedelta(minutes=1))
    made = carry_out(session, desk, buyer.actor, split_of(buyer.vouchers[0], 1))
    assert [one.available_fen for one in purses(session, made)] == [buyer.vouchers[0].face_fen - 1, 1]
    assert ledger.verify(session) == []
    assert queries.verify(session) == []
