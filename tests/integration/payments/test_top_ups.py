"""What a household pays itself: expected at the lock, received by a statement, matched by a person."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.core.errors import Conflict, DomainError, Forbidden, NotFound
from app.payments import matching, queries
from app.payments.models import TopUp
from app.redemptions import queries as redemptions
from app.redemptions import service as buying
from app.redemptions.models import Redemption
from app.redemptions.rules import top_up_owner
from tests.factories.contracts import typed
from tests.factories.payments import statement, take_in
from tests.factories.redemptions import Shop, contract, make_buyer, make_home, make_redemption
from tests.factories.vouchers import make_desk


@pytest.fixture
def redemption(session: Session, shop: Shop) -> Redemption:
    """A lock of a home of 46.2 万 with a voucher of 30 万: 10.2 万 are to be added."""
    return make_redemption(
        session, make_buyer(session, shop.desk, faces=(30_000_000,)), make_home(session, shop)
    )


def due(session: Session, redemption: Redemption) -> TopUp:
    owner = top_up_owner(redemption.id)
    found = queries.find_top_up(session, district_id=redemption.district_id, owner=owner)
    assert found is not None
    return found


def bring(session: Session, shop: Shop, *lines: str) -> list[str]:
    take_in(session, shop.desk.officer, statement(*lines))
    session.commit()
    return [line.ref for line in queries.list_lines(session, actor=shop.desk.officer)]


def confirm(session: Session, shop: Shop, line: str, top_up: TopUp) -> None:
    matching.confirm(session, actor=shop.desk.officer, line_ref=line, top_up_ref=top_up.ref)
    session.commit()


def test_nothing_is_verified_before_the_last_fen_has_arrived(
    session: Session, shop: Shop, redemption: Redemption
) -> None:
    top_up = due(session, redemption)
    assert (top_up.amount_fen, redemption.top_up_fen) == (10_200_000, 10_200_000)
    buying.enter_contract(
        session,
        actor=shop.developer,
        redemption_ref=redemption.ref,
        typed=typed(redemption, signed_on=redemption.locked_at.date()),
    )
    session.commit()
    first, last = bring(session, shop, "S1,2016-06-02,101999.99,张三,", "S2,2016-06-02,0.01,张三,")
    confirm(session, shop, first, top_up)
    with pytest.raises(Conflict, match="top_up_missing") as refused:
        buying.verify_first(session, actor=shop.desk.officer, redemption_ref=redemption.ref)
    session.rollback()
    assert refused.value.params == {"missing_fen": 1}
    confirm(session, shop, last, top_up)
    buying.verify_first(session, actor=shop.desk.officer, redemption_ref=redemption.ref)
    session.commit()
    buying.verify_second(session, actor=shop.desk.checker, redemption_ref=redemption.ref)
    session.commit()
    assert redemptions.verify(session) == []
    session.execute(text("UPDATE statement_lines SET amount_fen = amount_fen - 1 WHERE serial = 'S1'"))
    assert {breach.rule for breach in redemptions.verify(session)} == {
        "a purchase is written off after its top-up arrived"
    }


def test_a_serial_comes_once_and_unmatched_lines_stay(session: Session, shop: Shop) -> None:
    content = statement("S1,2016-06-02,5,张三,", "S2,2016-06-02,6,李四,")
    first = take_in(session, shop.desk.officer, content)
    again = take_in(session, shop.desk.officer, content)
    assert (first.fresh, first.known, again.fresh, again.known) == (2, 0, 0, 2)
    assert [line.serial for line in queries.list_lines(session, actor=shop.desk.officer)] == ["S1", "S2"]
    with pytest.raises(IntegrityError, match="uq_statement_lines_once"), session.begin_nested():
        session.execute(text("UPDATE statement_lines SET serial = 'S1', amount_fen = 500"))


def test_a_line_is_matched_once_never_above_what_is_due_and_in_its_district(
    session: Session, shop: Shop, redemption: Redemption
) -> None:
    top_up = due(session, redemption)
    small, large = bring(session, shop, "S1,2016-06-02,5,张三,", "S2,2016-06-02,102000.01,张三,")
    with pytest.raises(Conflict, match="top_up_too_much"):
        confirm(session, shop, large, top_up)
    session.rollback()
    confirm(session, shop, small, top_up)
    with pytest.raises(Conflict, match="statement_line_matched"):
        confirm(session, shop, small, top_up)
    session.rollback()
    other = make_desk(session).officer
    with pytest.raises(NotFound):
        matching.confirm(session, actor=other, line_ref=large, top_up_ref=top_up.ref)
    with pytest.raises(Forbidden):
        matching.confirm(session, actor=shop.desk.checker, line_ref=large, top_up_ref=top_up.ref)
    with pytest.raises(DomainError, match="top_up_gone"):
        matching.confirm(session, actor=shop.desk.officer, line_ref=large, top_up_ref="ZF-AAAAA-AAAAA")


def test_where_nothing_is_added_nothing_is_expected(session: Session, shop: Shop) -> None:
    whole = make_redemption(session, make_buyer(session, shop.desk), make_home(session, shop))
    owner = top_up_owner(whole.id)
    assert queries.find_top_up(session, district_id=whole.district_id, owner=owner) is None
    contract(session, shop, whole)
    buying.verify_first(session, actor=shop.desk.officer, redemption_ref=whole.ref)
