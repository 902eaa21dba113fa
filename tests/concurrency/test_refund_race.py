"""Money that goes back twice at the same moment goes back once; a match taken back meets the write-off."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from app.core import locks
from app.core.actor import Actor, Role
from app.payments import matching, proofs, queries, refunds, statements
from app.payments.models import LineMatch, StatementLine, TopUp
from app.payments.refund_models import Refund
from app.redemptions import service as buying
from app.redemptions.models import Redemption
from tests.concurrency.race import PATIENCE, Act, NoLocks, do, queue_up, race, wait_until_waiting
from tests.factories.identity import make_actor
from tests.factories.payments import statement, take_in
from tests.factories.redemptions import (
    Shop,
    contract,
    make_buyer,
    make_home,
    make_redemption,
    verify_first,
)

REFUNDS = 6


@pytest.fixture
def redemption(setting: Session, shop: Shop) -> Redemption:
    buyer = make_buyer(setting, shop.desk, faces=(30_000_000,))
    return make_redemption(setting, buyer, make_home(setting, shop))


def overpaid(setting: Session, shop: Shop) -> TopUp:
    """Return a top-up that got 1 万 too much by one line."""
    content = statement("S1,2016-06-02,112000,张三,")
    take_in(setting, shop.desk.officer, content)
    setting.commit()
    (line,) = queries.list_lines(setting, actor=shop.desk.officer)
    top_up = setting.scalars(select(TopUp)).one()
    matching.confirm(setting, actor=shop.desk.officer, line_ref=line.ref, top_up_ref=top_up.ref, over=True)
    setting.commit()
    return top_up


def preparing(officer: Actor, top_up: str, line: str) -> Act:
    return lambda session: refunds.prepare(
        session,
        actor=officer,
        top_up_ref=top_up,
        line_ref=line,
        amount_fen=1_000_000,
        payee_account="12345678",
    )


@pytest.mark.parametrize("locked", [True, False])
def test_two_refunds_at_once_give_the_money_back_once(
    engine: Engine, setting: Session, shop: Shop, redemption: Redemption, locked: bool
) -> None:
    """Without the lock everybody gives back what was too much; it is still less than the line brought."""
    top_up = overpaid(setting, shop)
    line = setting.scalars(select(LineMatch)).one().line.ref
    amount = 1_000_000
    acts = [preparing(shop.desk.officer, top_up.ref, line)] * REFUNDS
    outcomes = race(engine, acts) if locked else race(engine, acts, policy=NoLocks())
    others = "refund_above" if locked else "done"
    assert sorted(map(str, outcomes)) == ["done", *[others] * (REFUNDS - 1)]
    with Session(engine) as session:
        given = session.scalars(select(func.sum(Refund.amount_fen))).one()
        assert given == amount * outcomes.count("done")
        assert (proofs.verify(session) == []) == locked


@pytest.mark.parametrize("taken_first", [True, False])
def test_a_match_taken_back_and_the_write_off_see_each_other(
    engine: Engine,
    setting: Session,
    shop: Shop,
    redemption: Redemption,
    check_sound: Callable[[], None],
    taken_first: bool,
) -> None:
    contract(setting, shop, redemption)
    verify_first(setting, shop, redemption)
    second = make_actor(setting, role=Role.OFFICER, district=shop.desk.district)
    setting.commit()
    line, ref = setting.scalars(select(LineMatch)).one().line.ref, redemption.ref

    def hold(session: Session) -> None:
        locks.lock(session, Redemption, redemption.id)

    def take_back(session: Session) -> None:
        buying.take_back_match(session, actor=second, line_ref=line, reason="对错了")

    def write_off(session: Session) -> None:
        buying.verify_second(session, actor=shop.desk.checker, redemption_ref=ref)

    acts = [take_back, write_off] if taken_first else [write_off, take_back]
    told = "top_up_missing" if taken_first else "redemption_redeemed"
    assert queue_up(engine, hold, acts) == ["done", told]
    check_sound()


@pytest.mark.parametrize("moves", [True, False], ids=["to another purchase", "control: nowhere"])
def test_a_match_is_not_taken_back_from_a_purchase_that_nobody_looked_at(
    engine: Engine,
    setting: Session,
    shop: Shop,
    redemption: Redemption,
    moves: bool,
    check_sound: Callable[[], None],
) -> None:
    """While one waits for a purchase, its line goes to another one, which only its own lock protects."""
    buyer = make_buyer(setting, shop.desk, faces=(30_000_000,))
    make_redemption(setting, buyer, make_home(setting, shop))
    second, third = (make_actor(setting, role=Role.OFFICER, district=shop.desk.district) for _ in range(2))
    take_in(setting, shop.desk.officer, statement("S1,2016-06-02,500,张三,"))
    setting.commit()
    (line,) = queries.list_lines(setting, actor=shop.desk.officer)
    first, other = setting.scalars(select(TopUp).order_by(TopUp.id))
    ref, elsewhere = line.ref, other.ref
    matching.confirm(setting, actor=shop.desk.officer, line_ref=ref, top_up_ref=first.ref)
    setting.commit()

    def take_back(session: Session) -> None:
        buying.take_back_match(session, actor=third, line_ref=ref, reason="对错了")

    with Session(engine) as holder, ThreadPoolExecutor(1) as pool:
        locks.lock(holder, Redemption, redemption.id)
        locks.lock_all(holder, TopUp, (first.id, other.id))
        if moves:
            buying.take_back_match(holder, actor=second, line_ref=ref, reason="对错了")
            matching.confirm(holder, actor=second, line_ref=ref, top_up_ref=elsewhere)
        late = pool.submit(do, engine, take_back)
        wait_until_waiting(engine, 1)
        holder.commit()
        assert late.result(PATIENCE) == ("statement_line_open" if moves else "done")
    setting.expire_all()
    standing = setting.scalars(select(LineMatch.top_up_id).where(LineMatch.taken_back_at.is_(None))).all()
    assert standing == ([other.id] if moves else [])
    check_sound()
    assert proofs.verify(setting) == []


@pytest.mark.parametrize("locked", [True, False])
def test_a_statement_sent_twice_at_once_comes_in_once(
    engine: Engine, setting: Session, shop: Shop, redemption: Redemption, locked: bool
) -> None:
    """Without the lock the index on the lines still lets one in, and the others fail."""
    content, officer = statement("S1,2016-06-02,500,张三,"), shop.desk.officer

    def bring(session: Session) -> None:
        statements.import_statement(session, actor=officer, content=content)

    acts = [bring] * 3
    if locked:
        assert sorted(map(str, race(engine, acts))) == ["done", *["statement_waits"] * 2]
    else:
        raced = race(engine, acts, policy=NoLocks(), meet_at="INSERT INTO statement_lines ")
        outcomes = list(map(str, raced))
        assert outcomes.count("done") == 1
        assert sum("uq_statement_lines_once" in one for one in outcomes) == 2
    with Session(engine) as session:
        assert session.scalars(select(func.count(StatementLine.id))).one() == 1
