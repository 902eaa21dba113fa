"""Contracts taken together, in parts or singly, and those only foreseen, end in the same: random files."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.cases.models import Signal
from app.core import clock as business_clock
from app.core.actor import system_actor
from app.core.clock import FixedClock
from app.homes.models import Home
from app.homes.pool_models import PoolListing
from app.notices.models import Notice
from app.redemptions.models import Redemption
from app.sales import reader, service
from app.sales.models import CashSale, CashSaleCandidate, CashSaleMove, SalesFile
from app.sales.reader import Contract
from app.sales.service import ground
from tests.factories.one_by_one import take_singly
from tests.factories.redemptions import Shop, contract, make_buyer, make_home, make_redemption
from tests.factories.sales import file_of, line_of, load, report_sale

OWN = "网签-9"
"""The contract number that a developer entered at a purchase by voucher."""

Line = tuple[str, int, str, str, str, str]
Carry = Callable[[Session, SalesFile, Sequence[Contract]], dict[str, int]]


@dataclass
class Stock:
    """Homes: two free, one reported, one held and fought for before, one being bought, two of one address."""

    shop: Shop
    homes: list[Home]
    ends: timedelta

    @property
    def district_id(self) -> int:
        return self.shop.desk.district.id


def make_stock(session: Session, shop: Shop) -> Stock:
    free, other, reported, held, bought, one, twin = (make_home(session, shop) for _ in range(7))
    twin.unit, twin.room, twin.storey = one.unit, one.room, one.storey + 1
    session.commit()
    report_sale(session, shop, reported, number="A-1", price_fen=47_000_000)
    hold = make_redemption(session, make_buyer(session, shop.desk), held)
    load(session, shop, line_of(held, "A-2"), line_of(free, "A-3", room="9999"))
    sale = session.scalars(select(CashSale).where(CashSale.contract_number == "A-2")).one()
    service.reject(session, actor=shop.desk.officer, sale_ref=sale.ref, reason="锁定在先")
    session.commit()
    contract(session, shop, make_redemption(session, make_buyer(session, shop.desk), bought), number=OWN)
    ends = hold.deadline_at - business_clock.now()
    return Stock(shop, [free, other, reported, held, bought, one], ends)


def row(number: str, place: int, *, cancelled: str = "0") -> Line:
    return (number, place, cancelled, "0", "450000.00", "2016-05-30")


lines = st.lists(
    st.tuples(
        st.sampled_from(["A-1", "A-2", "A-3", "A-4", "A-5", "A-6", OWN]),
        st.integers(0, 6),
        st.sampled_from(["0", "0", "0", "1"]),
        st.sampled_from(["0", "0", "0", "1"]),
        st.sampled_from(["450000.00", "480000.00"]),
        st.sampled_from(["2016-05-30", "2016-05-31"]),
    ),
    min_size=1,
    max_size=7,
    unique_by=lambda line: line[0],
)


def contracts_of(stock: Stock, rows: Sequence[Line]) -> list[Contract]:
    told = []
    for number, place, cancelled, paid, price, day in rows:
        home = stock.homes[min(place, 5)]
        more = {"room": "9998"} if place == 6 else {}
        told.append(
            line_of(home, number, cancelled=cancelled, voucher_paid=paid, price=price, signed_on=day, **more)
        )
    return reader.read(file_of(*told), today=business_clock.today())


@contextmanager
def undone(session: Session) -> Iterator[None]:
    """Take back whatever is committed inside."""
    session.commit()
    connection = session.connection()
    session.commit()
    with connection.begin_nested() as savepoint:
        yield
        session.rollback()
        session.expire_all()
        savepoint.rollback()
    session.expire_all()


def everything(session: Session) -> list[Any]:
    """Return all that contracts change, by what identifies it in every run."""
    session.expire_all()
    sale_columns = [
        column for column in CashSale.__table__.columns if column.name not in {"id", "ref", "file_id"}
    ]
    numbers = {sale.id: sale.contract_number for sale in session.scalars(select(CashSale))}
    moves = session.scalars(select(CashSaleMove).order_by(CashSaleMove.sale_id, CashSaleMove.id))
    signals = session.scalars(select(Signal))
    return [
        sorted(map(repr, session.execute(select(*sale_columns)))),
        Counter(
            (numbers[one.sale_id], one.action, one.from_state, one.to_state, repr(one.before))
            for one in moves
        ),
        session.execute(
            select(Home.id, Home.status, Home.claimed_at, Home.doc_version).order_by(Home.id)
        ).all(),
        session.execute(
            select(
                PoolListing.home_id, PoolListing.state, PoolListing.out_reason, PoolListing.returns
            ).order_by(PoolListing.home_id)
        ).all(),
        session.execute(
            select(Redemption.id, Redemption.state, Redemption.disputed_at).order_by(Redemption.id)
        ).all(),
        Counter(
            (numbers[one.sale_id], one.home_id, one.ended_at)
            for one in session.scalars(select(CashSaleCandidate))
        ),
        Counter((one.kind, one.organisation_id, one.household_id) for one in session.scalars(select(Notice))),
        Counter((numbers.get(one.sale_id or 0), one.kind, one.state, one.home_id) for one in signals),
    ]


def singly(session: Session, file: SalesFile, contracts: Sequence[Contract]) -> dict[str, int]:
    named = {one.contract_number for one in contracts}
    every = [*contracts, *ground.waiting(session, file.district_id, named=named)]
    outcomes = take_singly(session, system_actor(file.district_id), file, every)
    session.commit()
    return dict(Counter(outcomes))


def in_parts(most: int | None) -> Carry:
    def carry(session: Session, file: SalesFile, contracts: Sequence[Contract]) -> dict[str, int]:
        while file.state != "applied":
            file = service.apply_file(
                session,
                actor=system_actor(file.district_id),
                district_id=file.district_id,
                file_ref=file.ref,
                contracts=contracts,
                most=most,
            )
            session.commit()
        assert file.outcome is not None
        return dict(file.outcome["counts"])

    return carry


def taken(
    session: Session,
    clock: FixedClock,
    stock: Stock,
    files: Sequence[Sequence[Line]],
    late: bool,
    carry: Carry,
) -> tuple[list[Any], list[Any]]:
    """Carry the files out in a way, and return what was foreseen and what came of it, after each."""
    foreseen: list[Any] = []
    came: list[Any] = []
    begun = clock.moment
    with undone(session):
        for place, rows in enumerate(files):
            if late and place:
                clock.moment = begun + stock.ends
            contracts = contracts_of(stock, rows)
            file = service.receive_file(
                session,
                actor=system_actor(stock.district_id),
                district_id=stock.district_id,
                sha256=f"{place:064d}",
                name="x.csv",
                contracts=contracts,
            )
            session.commit()
            foreseen.append(dict((file.outcome or {})["counts"]))
            came.append((carry(session, file, contracts), everything(session)))
    clock.moment = begun
    return foreseen, came


def test_together_in_parts_or_singly_contracts_end_in_the_same(
    session: Session, shop: Shop, clock: FixedClock
) -> None:
    stock = make_stock(session, shop)

    # What chance seldom builds: another contract comes back to a freed home, homes are exchanged, a hold runs
    # out under a contract, a purchase's number is put right, a doubt ends.
    @example([[row("A-4", 0), row("A-5", 0)], [row("A-4", 0, cancelled="1")]], False)
    @example([[row("A-4", 0), row("A-5", 1)], [row("A-4", 1), row("A-5", 0)]], False)
    @example([[row("A-4", 3)], [row("A-4", 3), row("A-5", 3)]], True)
    @example([[row(OWN, 0)], [row(OWN, 4)]], False)
    @example([[row("A-4", 5)], [row("A-4", 5, cancelled="1")]], False)
    @settings(max_examples=15, suppress_health_check=list(HealthCheck))
    @given(st.lists(lines, min_size=1, max_size=3), st.booleans())
    def check(files: list[list[Line]], late: bool) -> None:
        foreseen, expected = taken(session, clock, stock, files, late, singly)
        assert foreseen == [counts for counts, _state in expected]
        for most in (None, 2):
            assert taken(session, clock, stock, files, late, in_parts(most)) == (foreseen, expected)

    check()
