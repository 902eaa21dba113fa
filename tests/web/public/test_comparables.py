"""What cash buyers paid for homes like one, on its page."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import date
from decimal import Decimal

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.core import clock
from app.homes.models import Home
from app.monitor import comparison
from app.monitor.comparison import Compared, ComparedSale
from app.sales.models import CashSale
from tests.factories.cases import Market, make_market
from tests.factories.identity import make_district
from tests.factories.monitor import make_run
from tests.factories.watched import make_watched
from tests.web.linting import LintingClient
from tests.web.sending import text_of

Begin = Callable[[], AbstractContextManager[Session]]
TOO_FEW = "登记的同类现金成交太少，说不准，这里不作比较。"
SALE = ComparedSale(date(2016, 4, 20), "湖滨花园", Decimal("90.00"), 11, 45_000_000, 44_750_000)


def compare(session: Session, market: Market, *sales: ComparedSale) -> None:
    run = make_run(session, market)
    home = Compared(market.home.id, "review", 57_000_000, 44_750_000, 42_000_000, 47_000_000, 0.001, sales)
    comparison.write(session, district_id=market.district.id, run_id=run.id, compared=[home])


def test_the_sales_a_home_was_compared_with_stand_on_its_page_and_accuse_nobody(
    client: LintingClient, transaction: Begin
) -> None:
    with transaction() as session:
        market = make_market(session)
        compare(session, market, SALE, replace(SALE, storey=4), replace(SALE, storey=7))
    words = text_of(client.get(f"/homes/{market.home.ref}"))
    assert "湖滨花园 面积 90.00 ㎡ 楼层 第 11 层 每平方米 ¥5,000 折算成这套房，每平方米 ¥5,000" in words
    for accusation in ("偏高", "核查", "异常", "高出"):
        assert accusation not in words


def test_too_few_sales_say_so(client: LintingClient, transaction: Begin) -> None:
    with transaction() as session:
        market = make_market(session)
    assert TOO_FEW in text_of(client.get(f"/homes/{market.home.ref}"))
    with transaction() as session:
        compare(session, market, SALE, SALE)
    assert TOO_FEW in text_of(client.get(f"/homes/{market.home.ref}"))


def test_a_home_that_no_run_compared_has_its_development_s_latest_of_the_district(
    client: LintingClient, transaction: Begin
) -> None:
    with transaction() as session:
        watched = make_watched(session, developments=1)
        home = watched.listed[watched.dear.id][0]
        session.execute(update(CashSale).values(signed_on=date(2014, 5, 5)))
        recent = session.scalars(select(CashSale).join(Home).order_by(CashSale.id).limit(4)).all()
        for sale in recent:
            sale.signed_on = clock.today()
        recent[3].by_voucher = True
    shown = text_of(client.get(f"/homes/{home.ref}"))
    assert shown.count(f"楼盘 {watched.dear.name} 面积") == 3
    assert "折算成这套房" not in shown
    with transaction() as session:
        elsewhere = make_district(session)
        session.execute(update(CashSale).where(CashSale.id == recent[0].id).values(district_id=elsewhere.id))
    assert TOO_FEW in text_of(client.get(f"/homes/{home.ref}"))
