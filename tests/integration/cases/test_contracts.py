"""A cash contract below the declared price: to the fen, to the minute, once, and as the contract moves."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.cases import evidence, queries, service
from app.cases.contracts import judge_contract
from app.cases.evidence import ContractEvidence
from app.cases.filters import SignalFilter
from app.cases.models import Signal
from app.core import clock as business_clock
from app.core.actor import Actor, Role
from app.core.clock import FixedClock
from app.homes import service as homes
from app.homes.models import Home
from app.homes.promotions import PromotionKind
from app.notices.models import Notice
from app.sales import service as sales
from app.sales.models import CashSale
from tests.factories.identity import make_actor
from tests.factories.redemptions import Shop, make_shop
from tests.factories.sales import line_of, load

CASH_FEN = 47_200_000
"""What the factory asks a cash buyer for a home: its voucher price and a 万 more."""


@pytest.fixture
def regulator(session: Session, shop: Shop) -> Actor:
    return make_actor(session, role=Role.REGULATOR, district=shop.desk.district)


def signals(session: Session) -> list[Signal]:
    statement = select(Signal).where(Signal.kind == "contract_below_cash").order_by(Signal.id)
    return list(session.scalars(statement, execution_options={"populate_existing": True}))


def read(signal: Signal) -> ContractEvidence:
    found = evidence.read(signal.evidence)
    assert isinstance(found, ContractEvidence)
    return found


def yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02d}"


def promote(
    session: Session, shop: Shop, home: Home, kind: PromotionKind, days: int = 0, **figures: int | bool
) -> None:
    """Declare a promotion of a home from today on, lasting so many days more."""
    today = business_clock.today()
    homes.declare_promotion(
        session,
        actor=shop.developer,
        development_id=home.development_id,
        scope=homes.Scope(home_ids=[home.id]),
        kind=kind,
        title="优惠",
        stackable=bool(figures.pop("stackable", False)),
        open_to_vouchers=True,
        first_day=today,
        last_day=today + timedelta(days=days),
        reason="促销",
        **figures,
    )
    session.commit()


def reprice(session: Session, shop: Shop, home: Home, cash_fen: int) -> None:
    homes.set_price(
        session, actor=shop.developer, home_id=home.id, kind="cash", amount_fen=cash_fen, reason="调价"
    )
    session.commit()


@pytest.mark.parametrize(("price_fen", "gap_fen"), [(CASH_FEN, None), (CASH_FEN - 1, 1)])
def test_one_fen_below_is_below(
    session: Session, shop: Shop, home: Home, price_fen: int, gap_fen: int | None
) -> None:
    load(session, shop, line_of(home, "A-1", price=yuan(price_fen)))
    assert [read(one).difference_fen for one in signals(session)] == ([gap_fen] if gap_fen else [])


def test_the_signal_names_what_was_compared(
    session: Session, shop: Shop, home: Home, regulator: Actor
) -> None:
    promote(session, shop, home, PromotionKind.MORTGAGE, off_fen=1_000_000)
    promote(session, shop, home, PromotionKind.FULL, off_fen=2_000_000)
    load(session, shop, line_of(home, "A-1", price="425040.00", payment="fund"))
    (signal,) = signals(session)
    found = read(signal)
    assert (signal.grade, signal.state, signal.home_id) == ("A", "signal", home.id)
    assert (found.contract.number, found.contract.price_fen) == ("A-1", 42_504_000)
    assert (found.cash.amount_fen, found.net_fen, found.payer) == (CASH_FEN, 46_200_000, "mortgage")
    assert (found.difference_fen, found.difference_bp) == (3_696_000, 800)
    assert [(one.kind, one.off_fen) for one in found.promotions] == [("mortgage", 1_000_000)]
    assert found.home.ref == home.ref
    assert evidence.read(evidence.write(found)) == found
    kinds = set(session.scalars(select(Notice.kind).where(Notice.about_ref == signal.ref)))
    assert kinds == {"signal_opened", "developer_contract_signal"}
    listed = queries.list_signals(session, actor=regulator, wanted=SignalFilter(grade="A"))
    assert [view.signal.id for view in listed] == [signal.id]


@pytest.mark.parametrize(
    ("payment", "net_fen"),
    [("full", 45_200_000), ("mortgage", 46_200_000), ("mixed", 46_200_000), ("instalment", CASH_FEN)],
)
def test_each_buyer_is_compared_with_what_such_a_buyer_could_have(
    session: Session, shop: Shop, home: Home, payment: str, net_fen: int
) -> None:
    promote(session, shop, home, PromotionKind.MORTGAGE, off_fen=1_000_000)
    promote(session, shop, home, PromotionKind.FULL, off_fen=2_000_000)
    load(session, shop, line_of(home, "A-1", price="400000", payment=payment))
    assert [read(one).net_fen for one in signals(session)] == [net_fen]


def test_without_a_payment_the_lowest_of_all_counts(session: Session, shop: Shop, home: Home) -> None:
    promote(session, shop, home, PromotionKind.FULL, off_fen=2_000_000)
    load(session, shop, line_of(home, "A-1", price="452000", payment=""))
    assert signals(session) == []


@pytest.mark.parametrize("mark", ["bulk", "staff", "cancelled", "voucher_paid"])
def test_what_is_no_ordinary_sale_is_left_out(session: Session, shop: Shop, home: Home, mark: str) -> None:
    load(session, shop, line_of(home, "A-1", price="100000", **{mark: "1"}))
    assert signals(session) == []


@pytest.mark.parametrize(
    ("signed_on", "net_fen"),
    [
        (date(2016, 6, 1), CASH_FEN),  # the day before: the promotion begins tomorrow at 00:00
        (date(2016, 6, 2), 44_200_000),
        (date(2016, 6, 3), 44_200_000),  # its last day
        (date(2016, 6, 4), CASH_FEN),  # it ended at 24:00 of the day before
    ],
)
def test_a_promotion_counts_from_its_first_moment_to_its_last_and_no_day_longer(
    session: Session, shop: Shop, home: Home, clock: FixedClock, signed_on: date, net_fen: int
) -> None:
    clock.moment = datetime(2016, 6, 1, 16, 0, tzinfo=UTC)  # 2 June, 00:00 local
    promote(session, shop, home, PromotionKind.SPECIAL, days=1, off_fen=3_000_000)
    clock.advance(timedelta(days=5))
    load(session, shop, line_of(home, "A-1", price="400000", signed_on=signed_on.isoformat()))
    assert [read(one).net_fen for one in signals(session)] == [net_fen]


@pytest.mark.parametrize(
    ("signed_on", "net_fen"),
    [
        (date(2016, 6, 1), CASH_FEN),
        (date(2016, 6, 2), 46_500_000),
        (date(2016, 6, 3), 46_500_000),  # raised again at 10:00: it could still be had in the morning
        (date(2016, 6, 4), 47_000_000),
    ],
)
def test_the_lowest_price_of_the_day_counts(
    session: Session, shop: Shop, home: Home, clock: FixedClock, signed_on: date, net_fen: int
) -> None:
    clock.moment = datetime(2016, 6, 2, 15, 59, tzinfo=UTC)  # 2 June, one minute to midnight
    reprice(session, shop, home, 46_500_000)
    clock.moment = datetime(2016, 6, 3, 2, 0, tzinfo=UTC)
    reprice(session, shop, home, 47_000_000)
    clock.advance(timedelta(days=5))
    load(session, shop, line_of(home, "A-1", price="400000", signed_on=signed_on.isoformat()))
    assert [read(one).net_fen for one in signals(session)] == [net_fen]


def test_a_home_without_a_declared_price_that_day_cannot_be_compared(
    session: Session, shop: Shop, home: Home
) -> None:
    load(session, shop, line_of(home, "A-1", price="100000", signed_on="2016-05-30"))
    assert signals(session) == []


def test_the_same_contract_is_one_signal_however_often_it_comes(
    session: Session, shop: Shop, home: Home
) -> None:
    sale = sales.report(
        session,
        actor=shop.developer,
        home_id=home.id,
        contract_number="A-1",
        signed_on=business_clock.today(),
        price_fen=40_000_000,
        payment="full",
    )
    session.commit()
    # The registry confirms it: another step, the same figures.
    load(session, shop, line_of(home, "A-1", price="400000"))
    for _ in range(2):
        judge_contract(session, sale_id=sale.id, district_id=sale.district_id)
    assert [one.state for one in signals(session)] == ["signal"]


def test_an_amended_contract_replaces_its_signal_and_a_cancelled_one_ends_it(
    session: Session, shop: Shop, home: Home
) -> None:
    for price in ("400000", "410000", "472000"):
        load(session, shop, line_of(home, "A-1", price=price))
    first, second = signals(session)
    assert (first.state, second.state) == ("lapsed", "lapsed")
    assert [read(one).contract.price_fen for one in (first, second)] == [40_000_000, 41_000_000]
    load(session, shop, line_of(home, "A-1", price="410000", fit_out="fitted"))
    assert [one.state for one in signals(session)] == ["lapsed", "lapsed", "signal"]
    load(session, shop, line_of(home, "A-1", price="410000", cancelled="1"))
    assert [one.state for one in signals(session)] == ["lapsed"] * 3


def test_a_persons_decision_stays_and_an_open_case_is_told(
    session: Session, shop: Shop, home: Home, regulator: Actor
) -> None:
    load(session, shop, line_of(home, "A-1", price="400000"))
    (signal,) = signals(session)
    service.open_case(session, actor=regulator, signal_ref=signal.ref, reason="核查")
    session.commit()
    load(session, shop, line_of(home, "A-1", price="400000", cancelled="1"))
    assert [one.state for one in signals(session)] == ["opened"]
    view = queries.get_signal(session, actor=regulator, ref=signal.ref)
    assert [step.action for step in view.steps] == ["find", "open", "note"]
    assert view.decision is not None
    assert view.decision.action == "open"


def test_a_dismissed_signal_is_not_found_again_for_the_same_figures(
    session: Session, shop: Shop, home: Home, regulator: Actor
) -> None:
    load(session, shop, line_of(home, "A-1", price="400000"))
    (signal,) = signals(session)
    service.dismiss(session, actor=regulator, signal_ref=signal.ref, reason="亲属购房，已核实")
    session.commit()
    load(session, shop, line_of(home, "A-1", price="400000", fit_out="fitted"))
    assert [one.state for one in signals(session)] == ["dismissed"]
    load(session, shop, line_of(home, "A-1", price="390000", fit_out="fitted"))
    assert [one.state for one in signals(session)] == ["dismissed", "signal"]


def test_a_contract_that_stands_later_is_judged_then(session: Session, shop: Shop, home: Home) -> None:
    load(session, shop, line_of(home, "A-1", price="400000"), line_of(home, "A-2", price="390000"))
    assert [read(one).contract.number for one in signals(session)] == ["A-1"]
    load(session, shop, line_of(home, "A-1", price="400000", cancelled="1"))
    assert [(read(one).contract.number, one.state) for one in signals(session)] == [
        ("A-1", "lapsed"),
        ("A-2", "signal"),
    ]


def test_one_contract_never_has_two_signals_that_count(session: Session, shop: Shop, home: Home) -> None:
    load(session, shop, line_of(home, "A-1", price="400000"))
    copied = (
        "district_id, grade, kind, level, home_id, development_id, developer_id, sale_id, evidence, state, "
        "opened_at"
    )
    insert = (
        f"INSERT INTO signals ({copied}, ref, natural_key) SELECT {copied}, 'X', 'x' FROM signals"  # ours
    )
    with pytest.raises(IntegrityError, match="uq_signals_one_a_contract"):
        session.execute(text(insert))


def test_a_contract_signal_names_its_contract(session: Session, shop: Shop, home: Home) -> None:
    load(session, shop, line_of(home, "A-1", price="400000"))
    with pytest.raises(IntegrityError, match="ck_signals_sale"):
        session.execute(text("UPDATE signals SET sale_id = NULL"))


def test_another_company_does_not_see_it(session: Session, shop: Shop, home: Home) -> None:
    load(session, shop, line_of(home, "A-1", price="400000"))
    sold = session.scalars(select(CashSale)).one()
    assert queries.count_signals(session, actor=shop.developer, wanted=SignalFilter()) == 1
    stranger = make_shop(session).developer
    assert queries.count_signals(session, actor=stranger, wanted=SignalFilter()) == 0
    assert sold.developer_id == shop.developer.organisation
