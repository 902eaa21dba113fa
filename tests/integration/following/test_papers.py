"""Printed lists: each begins behind the one before, says the same again, and can be taken back."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.core.clock import FixedClock
from app.core.errors import Conflict, Forbidden, NotFound
from app.following import paper_queries as queries
from app.following import paper_rules, papers, service, watching
from app.following.models import Change
from app.following.paper_models import PrintedList
from app.following.rules import Telling
from app.homes import service as homes
from app.homes.models import Home
from app.reports.followed_list import render_lists
from app.search import service as search
from app.search.postgres import PostgresEngine
from app.search.request import SearchRequest
from tests.factories.redemptions import Buyer, Shop, make_buyer, make_home
from tests.factories.vouchers import make_desk

UP_TO_50 = SearchRequest(price_max=50_000_000)


@pytest.fixture
def engine(session: Session) -> PostgresEngine:
    return PostgresEngine(lambda: session)


@pytest.fixture
def buyer(session: Session, shop: Shop, clock: FixedClock) -> Buyer:
    """A household that asked for paper an hour ago."""
    buyer = make_buyer(session, shop.desk)
    service.save_search(
        session, actor=buyer.actor, request=UP_TO_50, name="五十万以内", telling=Telling.PAPER
    )
    clock.advance(timedelta(hours=1))
    return buyer


def look(session: Session, engine: PostgresEngine, home: Home) -> None:
    search.index(session, engine=engine, home_ids=[home.id])
    watching.look(session, engine=engine, home_ids=[home.id])


def ask(session: Session, engine: PostgresEngine, shop: Shop, home: Home, fen: int) -> None:
    homes.set_price(
        session, actor=shop.developer, home_id=home.id, kind="voucher", amount_fen=fen, reason="调价"
    )
    look(session, engine, home)


def says(one: PrintedList) -> list[tuple[str, int | None, int]]:
    parts = paper_rules.from_json(one.body).parts
    return [(line.kind, line.before_fen, line.after_fen) for part in parts for line in part.lines]


def untold(session: Session) -> int:
    return session.scalars(select(func.count(Change.id)).where(Change.told_at.is_(None))).one()


def test_a_list_begins_behind_the_one_before_and_says_the_same_again(
    session: Session, engine: PostgresEngine, shop: Shop, buyer: Buyer, clock: FixedClock
) -> None:
    home = make_home(session, shop, voucher_fen=46_000_000)
    look(session, engine, home)
    assert (
        watching.tell(session, telling=Telling.AT_ONCE) == watching.tell(session, telling=Telling.DAILY) == 0
    )
    first = papers.print_own(session, actor=buyer.actor)
    assert says(first) == [("new", None, 46_000_000)]
    assert (first.printed_by_id, first.delivered_at) == (buyer.actor.user_id, clock.moment)
    assert untold(session) == 0
    paper = render_lists(session, [first])
    with pytest.raises(Conflict, match="list_empty"):
        papers.print_own(session, actor=buyer.actor)
    clock.advance(timedelta(days=1))
    ask(session, engine, shop, home, 45_000_000)
    assert says(papers.print_own(session, actor=buyer.actor)) == [("down", 46_000_000, 45_000_000)]
    again = queries.get_list(session, actor=buyer.actor, ref=first.ref)
    assert render_lists(session, [again]) == paper
    assert paper.startswith(b"%PDF")


def test_a_pile_is_brought_or_taken_back_and_then_printed_anew(
    session: Session, engine: PostgresEngine, shop: Shop, buyer: Buyer
) -> None:
    officer, project_id = shop.desk.officer, buyer.household.project_id
    with pytest.raises(Conflict, match="list_empty"):
        papers.print_pile(session, actor=officer, project_id=project_id)
    home = make_home(session, shop, voucher_fen=46_000_000)
    look(session, engine, home)
    (row,) = queries.list_projects(session, actor=officer)
    assert (row.asked, row.waiting) == (1, 1)
    wrong = papers.print_pile(session, actor=officer, project_id=project_id)
    assert queries.list_waiting(session, actor=officer, project_id=project_id) == []
    (printed,) = queries.get_pile(session, actor=officer, pile_ref=wrong)
    with pytest.raises(Conflict, match="list_none_left_out"):
        papers.take_back(session, actor=officer, pile_ref=wrong, but=[printed.ref])
    assert papers.take_back(session, actor=officer, pile_ref=wrong) == 1
    assert untold(session) == 1
    right = papers.print_pile(session, actor=officer, project_id=project_id)
    (made,) = queries.get_pile(session, actor=officer, pile_ref=right)
    assert says(made) == [("new", None, 46_000_000)]
    deliver = {"actor": officer, "pile_ref": right, "refs": [made.ref]}
    assert [papers.deliver(session, **deliver), papers.deliver(session, **deliver)] == [1, 0]
    assert untold(session) == 0
    with pytest.raises(Conflict, match="list_all_delivered"):
        papers.take_back(session, actor=officer, pile_ref=right)
    piles = queries.list_piles(session, actor=officer, project_id=project_id)
    assert [(one.printed, one.delivered, one.taken_back, one.waiting) for one in piles] == [
        (1, 1, 0, 0),
        (1, 0, 1, 0),
    ]


def test_a_pile_holds_what_is_asked_for_on_paper_alone(
    session: Session, engine: PostgresEngine, shop: Shop, buyer: Buyer
) -> None:
    (seen,) = service.queries.list_searches(session, actor=buyer.actor)
    service.change_search(
        session, actor=buyer.actor, ref=seen.search.ref, name="五十万以内", telling=Telling.DAILY
    )
    look(session, engine, make_home(session, shop, voucher_fen=46_000_000))
    with pytest.raises(Conflict, match="list_empty"):
        papers.print_pile(session, actor=shop.desk.officer, project_id=buyer.household.project_id)
    papers.print_own(session, actor=buyer.actor)
    assert watching.tell(session, telling=Telling.DAILY) == 1, "what is told by message still goes out"


def test_lists_are_the_districts_own_and_piles_an_officers(
    session: Session, engine: PostgresEngine, shop: Shop, buyer: Buyer
) -> None:
    look(session, engine, make_home(session, shop, voucher_fen=46_000_000))
    project_id = buyer.household.project_id
    with pytest.raises(Forbidden):
        papers.print_pile(session, actor=shop.desk.checker, project_id=project_id)
    pile_ref = papers.print_pile(session, actor=shop.desk.officer, project_id=project_id)
    (made,) = queries.get_pile(session, actor=shop.desk.officer, pile_ref=pile_ref)
    stranger = make_desk(session).officer
    for act in (papers.deliver, papers.take_back):
        given = {"refs": [made.ref]} if act is papers.deliver else {}
        with pytest.raises(NotFound):
            act(session, actor=stranger, pile_ref=pile_ref, **given)
    for actor in (stranger, make_buyer(session, shop.desk).actor):
        with pytest.raises(NotFound):
            queries.get_list(session, actor=actor, ref=made.ref)


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ("pile_ref = NULL", "in_hand"),
        ("delivered_at = printed_at", "delivered"),
        ("taken_back_at = printed_at", "taken_back"),
        (
            (
                "(delivered_at, delivered_by_id, taken_back_at, taken_back_by_id) = "
                "(printed_at, printed_by_id, printed_at, printed_by_id)"
            ),
            "one_end",
        ),
    ],
)
def test_the_database_keeps_lists_true(
    session: Session, engine: PostgresEngine, shop: Shop, buyer: Buyer, change: str, constraint: str
) -> None:
    look(session, engine, make_home(session, shop, voucher_fen=46_000_000))
    papers.print_pile(session, actor=shop.desk.officer, project_id=buyer.household.project_id)
    with pytest.raises(IntegrityError, match=f"ck_printed_lists_{constraint}"):
        session.execute(text(f"UPDATE printed_lists SET {change}"))  # our own words


def test_a_household_waits_for_one_list_at_a_time(
    session: Session, engine: PostgresEngine, shop: Shop, buyer: Buyer
) -> None:
    look(session, engine, make_home(session, shop, voucher_fen=46_000_000))
    papers.print_pile(session, actor=shop.desk.officer, project_id=buyer.household.project_id)
    columns = "district_id, household_id, pile_ref, body, printed_at, printed_by_id"
    with pytest.raises(IntegrityError, match="uq_printed_lists_waiting"):
        session.execute(
            text(
                f"INSERT INTO printed_lists (ref, {columns})"  # our own words
                f" SELECT 'QD-2', {columns} FROM printed_lists"
            )
        )
