"""From a broken price rule to a person's decision."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, func, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from app.cases import evidence, filters, queries, service
from app.cases.errors import ReasonMissing, SignalDecided, SignalGone
from app.cases.filters import SignalFilter
from app.cases.models import Signal, SignalMove
from app.core.actor import Role
from app.core.audit import AuditRow
from app.core.clock import FixedClock
from app.core.errors import Forbidden
from app.homes import service as homes
from app.homes.events import broke_price_rule
from app.homes.queries import current_prices, find_listing
from tests.factories.cases import break_rule, make_market, make_signal
from tests.factories.identity import make_actor, make_district

Begin = Callable[[], AbstractContextManager[Session]]
ALL = SignalFilter()


def count(session: Session, model: type[Signal] | type[SignalMove]) -> int:
    return session.scalars(select(func.count()).select_from(model)).one()


def test_lowering_the_cash_price_opens_a_signal_with_the_two_prices_frozen(
    session: Session, clock: FixedClock
) -> None:
    market = make_market(session)
    clock.advance(timedelta(days=2))
    signal = break_rule(session, market, amount_fen=55_800_000)

    found = evidence.read(signal.evidence)
    prices = current_prices(session, [market.home.id])[market.home.id]
    assert prices.cash
    assert prices.voucher
    assert (signal.grade, signal.kind, signal.state) == ("A", "voucher_above_cash", "signal")
    assert (signal.district_id, signal.developer_id) == (market.district.id, market.developer.organisation)
    assert signal.natural_key == (f"voucher_above_cash/1:voucher={prices.voucher.id}:cash={prices.cash.id}")
    assert (found.voucher.version_id, found.compared.version_id) == (prices.voucher.id, prices.cash.id)
    assert (found.voucher.amount_fen, found.compared.amount_fen) == (57_000_000, 55_800_000)
    assert (found.difference_fen, found.difference_bp) == (1_200_000, 215)
    assert found.voucher.effective_from == clock.now() - timedelta(days=2)
    assert found.compared.effective_from == found.left_pool_at == found.found_at == clock.now()
    assert found.compared.author_role == "developer"
    assert found.home.ref == market.home.ref
    assert found.developer == market.home.development.developer.name
    assert signal.opened_at == clock.now()


def test_lowering_the_filed_price_opens_a_signal_against_the_filed_price(session: Session) -> None:
    market = make_market(session)
    signal = break_rule(session, market, kind="filed", amount_fen=56_999_999)
    found = evidence.read(signal.evidence)
    assert signal.kind == found.rule == "voucher_above_filed"
    assert (found.against, found.difference_fen, found.difference_bp) == ("filed", 1, 0)
    assert found.compared.filing_number == "备2016-0034"


def test_the_evidence_stays_when_the_prices_and_the_home_move_on(session: Session, clock: FixedClock) -> None:
    market, signal = make_signal(session)
    frozen = dict(signal.evidence)
    clock.advance(timedelta(hours=1))
    homes.set_price(
        session,
        actor=market.developer,
        home_id=market.home.id,
        kind="voucher",
        amount_fen=55_000_000,
        reason="改正",
    )
    homes.publish(session, actor=market.developer, home_id=market.home.id)
    session.expire_all()
    assert session.get_one(Signal, signal.id).evidence == frozen


def test_mending_and_breaking_again_is_another_signal(session: Session) -> None:
    market, first = make_signal(session)
    homes.set_price(
        session,
        actor=market.developer,
        home_id=market.home.id,
        kind="voucher",
        amount_fen=55_800_000,
        reason="改正",
    )
    homes.publish(session, actor=market.developer, home_id=market.home.id)
    second = break_rule(session, market, amount_fen=55_000_000)
    assert second.id != first.id
    assert count(session, Signal) == 2


def test_the_same_breach_found_twice_is_one_signal(session: Session) -> None:
    market, signal = make_signal(session)
    listing = find_listing(session, district_id=market.district.id, home_id=market.home.id)
    assert listing
    for _ in range(2):
        broke_price_rule.publish(
            session, listing_id=listing.id, home_id=market.home.id, district_id=market.district.id
        )
    assert session.scalars(select(Signal.id)).all() == [signal.id]
    assert count(session, SignalMove) == 1


def test_an_event_without_a_breach_is_a_mistake_and_opens_nothing(session: Session) -> None:
    market = make_market(session)
    listing = find_listing(session, district_id=market.district.id, home_id=market.home.id)
    assert listing
    with pytest.raises(LookupError, match="breaks no price rule"):
        broke_price_rule.publish(
            session, listing_id=listing.id, home_id=market.home.id, district_id=market.district.id
        )
    assert count(session, Signal) == 0


def test_a_price_change_that_rolls_back_leaves_no_signal(transaction: Begin) -> None:
    with transaction() as session:
        market = make_market(session)
    with transaction() as session:
        break_rule(session, market)
        assert count(session, Signal) == 1
        session.rollback()
    with transaction() as session:
        assert count(session, Signal) == 0
        assert count(session, SignalMove) == 0
        assert not session.scalars(select(AuditRow.seq).where(AuditRow.object_type == "signal")).all()


def test_price_signal_and_trail_are_committed_together(transaction: Begin) -> None:
    with transaction() as session:
        market = make_market(session)
    with transaction() as session:
        signal = break_rule(session, market)
    with transaction() as session:
        service.dismiss(session, actor=market.regulator, signal_ref=signal.ref, reason="录入有误，已更正")
    with transaction() as session:
        trail = select(AuditRow.action, AuditRow.user_id, AuditRow.district_id)
        trail = trail.where(AuditRow.object_type == "signal", AuditRow.object_id == signal.id)
        assert set(session.execute(trail)) == {
            ("cases.find", None, market.district.id),
            ("cases.dismiss", market.regulator.user_id, market.district.id),
        }


@pytest.mark.parametrize(
    ("decide", "state", "action"),
    [(service.dismiss, "dismissed", "dismiss"), (service.open_case, "opened", "open")],
)
def test_a_decision_keeps_who_when_and_why(
    session: Session, clock: FixedClock, decide: Callable[..., Signal], state: str, action: str
) -> None:
    market, signal = make_signal(session)
    clock.advance(timedelta(hours=3))
    decide(session, actor=market.regulator, signal_ref=signal.ref, reason="  已核对合同 \n")
    view = queries.get_signal(session, actor=market.regulator, ref=signal.ref)
    assert view.signal.state == state
    assert [step.action for step in view.steps] == ["find", action]
    assert view.decision
    assert (view.decision.reason, view.decision.at) == ("已核对合同", clock.now())
    assert view.decision.by


def test_a_decided_signal_refuses_every_further_decision(session: Session) -> None:
    market, signal = make_signal(session)
    service.open_case(session, actor=market.regulator, signal_ref=signal.ref, reason="核查")
    for decide in (service.dismiss, service.open_case):
        with pytest.raises(SignalDecided):
            decide(session, actor=market.regulator, signal_ref=signal.ref, reason="再来")
    assert count(session, SignalMove) == 2


@pytest.mark.parametrize("reason", ["", "  \n\u3000"])
def test_a_decision_needs_a_reason(session: Session, reason: str) -> None:
    market, signal = make_signal(session)
    with pytest.raises(ReasonMissing):
        service.dismiss(session, actor=market.regulator, signal_ref=signal.ref, reason=reason)
    assert session.get_one(Signal, signal.id).state == "signal"


def test_another_district_neither_sees_nor_decides(session: Session) -> None:
    market, signal = make_signal(session)
    stranger = make_actor(session, role=Role.REGULATOR, district=make_district(session))
    assert queries.list_signals(session, actor=stranger, wanted=ALL) == []
    assert queries.count_signals(session, actor=stranger, wanted=ALL) == 0
    assert filters.count_by(session, actor=stranger, wanted=ALL, facet="state") == {}
    assert not queries.list_developers(session, actor=stranger)
    with pytest.raises(SignalGone):
        queries.get_signal(session, actor=stranger, ref=signal.ref)
    for decide in (service.dismiss, service.open_case):
        with pytest.raises(SignalGone):
            decide(session, actor=stranger, signal_ref=signal.ref, reason="越权")
    assert queries.count_signals(session, actor=market.regulator, wanted=ALL) == 1


def test_a_developer_sees_only_its_own_signals(session: Session) -> None:
    market, signal = make_signal(session)
    other, _ = make_signal(session, district=market.district)
    assert [view.signal.id for view in queries.list_signals(session, actor=market.developer, wanted=ALL)] == [
        signal.id
    ]
    with pytest.raises(SignalGone):
        queries.get_signal(session, actor=other.developer, ref=signal.ref)


def test_a_developer_reads_why_it_was_dismissed_but_not_why_a_case_was_opened(session: Session) -> None:
    dismissed, first = make_signal(session)
    opened, second = make_signal(session, district=dismissed.district)
    service.dismiss(session, actor=dismissed.regulator, signal_ref=first.ref, reason="已更正")
    service.open_case(session, actor=opened.regulator, signal_ref=second.ref, reason="怀疑多次压价")
    seen = queries.get_signal(session, actor=dismissed.developer, ref=first.ref).decision
    hidden = queries.get_signal(session, actor=opened.developer, ref=second.ref).decision
    assert seen
    assert hidden
    assert (seen.reason, seen.by) == ("已更正", None)
    assert (hidden.action, hidden.reason, hidden.by) == ("open", None, None)


@pytest.mark.parametrize("role", [Role.OFFICER, Role.CHECKER, Role.ADMINISTRATOR])
def test_other_roles_read_no_signals(session: Session, role: Role) -> None:
    market, _ = make_signal(session)
    actor = make_actor(session, role=role, district=market.district)
    with pytest.raises(Forbidden):
        queries.list_signals(session, actor=actor, wanted=ALL)


def test_filters_narrow_and_counts_agree_with_the_list(session: Session) -> None:
    first = make_market(session, name="滨江花园")
    one = break_rule(session, first)
    second = make_market(session, district=first.district, name="50%绿洲_家园")
    two = break_rule(session, second, amount_fen=50_000_000)
    service.dismiss(session, actor=first.regulator, signal_ref=one.ref, reason="已更正")

    def refs(**wanted: Any) -> list[str]:
        asked = replace(ALL, **wanted)
        views = queries.list_signals(session, actor=first.regulator, wanted=asked)
        assert queries.count_signals(session, actor=first.regulator, wanted=asked) == len(views)
        return [view.signal.ref for view in views]

    company = second.home.development.developer.name
    assert refs() == [two.ref, one.ref]
    assert refs(state="dismissed") == [one.ref]
    assert refs(grade="A") == [two.ref, one.ref]
    assert refs(grade="B") == []
    assert refs(developer=company) == [two.ref]
    assert refs(words=one.ref.lower()) == [one.ref]
    assert refs(words=f"滨江 {first.home.room}室") == [one.ref]
    assert refs(words="滨江 绿洲") == []
    assert refs(words="%绿洲_") == [two.ref]
    assert refs(words="滨_") == []
    assert refs(words=company, state="signal") == [two.ref]
    opened = replace(ALL, state="opened")
    counts = filters.count_by(session, actor=first.regulator, wanted=opened, facet="state")
    assert counts == {"signal": 1, "dismissed": 1}
    counts = filters.count_by(session, actor=first.regulator, wanted=opened, facet="developer")
    assert counts == {}
    assert refs(development=second.home.development.ref) == [two.ref]
    assert refs(kind="voucher_above_filed") == []
    assert refs(kind="voucher_above_cash") == [two.ref, one.ref]
    assert set(queries.list_developers(session, actor=first.regulator)) == {
        first.home.development.developer.name,
        company,
    }


def test_orders_and_pages(session: Session, clock: FixedClock) -> None:
    markets = [make_market(session)]
    markets += [make_market(session, district=markets[0].district) for _ in range(2)]
    refs = []
    for market, amount in zip(markets, (56_000_000, 40_000_000, 50_000_000), strict=True):
        refs.append(break_rule(session, market, amount_fen=amount).ref)
        clock.advance(timedelta(minutes=1))
    service.open_case(session, actor=markets[0].regulator, signal_ref=refs[2], reason="核查")

    def order(sort: str, **page: int) -> list[int]:
        views = queries.list_signals(session, actor=markets[0].regulator, wanted=ALL, sort=sort, **page)
        return [refs.index(view.signal.ref) for view in views]

    assert order("waiting") == [1, 0, 2]
    assert order("new") == [2, 1, 0]
    assert order("old") == [0, 1, 2]
    assert order("gap") == order("rate") == [1, 2, 0]
    assert order("old", limit=2) == [0, 1]
    assert order("old", limit=2, offset=2) == [2]


TWIN = (
    "INSERT INTO signals"
    " (district_id, ref, grade, kind, level, home_id, development_id, developer_id, natural_key, evidence,"
    " state, opened_at)"
    " SELECT district_id, {ref}, grade, kind, level, home_id, development_id, developer_id, {key}, evidence,"
    " state, opened_at"
    " FROM signals"
)
STRAY = (
    "INSERT INTO signal_moves (district_id, signal_id, number, action, to_state, at)"
    " SELECT (SELECT max(id) FROM districts), id, 9, 'find', 'signal', opened_at FROM signals"
)
DECISION = (
    "INSERT INTO signal_moves (district_id, signal_id, number, action, from_state, to_state, reason, at)"
    " SELECT district_id, id, {numbers}, 'dismiss', 'signal', 'dismissed', {reason}, opened_at"
    " FROM signals, generate_series(1, {times}) AS n"
)
BREAKS = [
    ("ck_signals_grade", "UPDATE signals SET grade = 'D'"),
    ("ck_signals_kind", "UPDATE signals SET kind = 'rumour'"),
    ("ck_signals_state", "UPDATE signals SET state = 'closed'"),
    (
        "fk_signal_moves_district_id_signal_id",
        STRAY,
    ),
    ("ck_signal_moves_reason", DECISION.format(reason="''", times=1, numbers=9)),
    ("ck_signal_moves_reason", DECISION.format(reason="NULL", times=1, numbers=9)),
    ("uq_signal_moves_decision", DECISION.format(reason="'x'", times=2, numbers="n + 8")),
    ("uq_signal_moves_signal_id_number", DECISION.format(reason="'x'", times=1, numbers=1)),
    ("ck_signals_watch", "UPDATE signals SET state = 'watched'"),
    ("ck_signals_merged", "UPDATE signals SET state = 'merged'"),
    ("ck_signals_alone", "UPDATE signals SET merged_into_id = id"),
    ("fk_signals_main", "UPDATE signals SET state = 'merged', merged_into_id = id"),
    ("uq_signals_district_id_natural_key", TWIN.format(ref="'XS-TWIN'", key="natural_key")),
    ("uq_signals_ref", TWIN.format(ref="ref", key="'another breach'")),
]


@pytest.mark.parametrize(("constraint", "statement"), BREAKS)
def test_the_database_refuses_by_itself(session: Session, constraint: str, statement: str) -> None:
    make_signal(session)
    make_district(session)
    with pytest.raises(IntegrityError, match=constraint):
        session.execute(text(statement))


@pytest.mark.parametrize("statement", ["UPDATE signal_moves SET reason = 'x'", "DELETE FROM signal_moves"])
def test_steps_are_never_rewritten(session: Session, statement: str) -> None:
    make_signal(session)
    with pytest.raises(DBAPIError, match=r"never changed or removed|permission denied"):
        session.execute(text(statement))


@pytest.mark.parametrize("sort", filters.SORTS)
def test_a_longer_list_asks_the_database_no_more_often(session: Session, sort: str) -> None:
    market, _ = make_signal(session)

    def statements() -> int:
        seen: list[str] = []
        connection = session.connection()

        def note(_connection: object, _cursor: object, sql: str, *_rest: object) -> None:
            seen.append(sql)

        event.listen(connection, "before_cursor_execute", note)
        queries.list_signals(session, actor=market.regulator, wanted=replace(ALL, words="测试"), sort=sort)
        event.remove(connection, "before_cursor_execute", note)
        return len(seen)

    one = statements()
    for _ in range(2):
        make_signal(session, district=market.district)
    assert statements() == one == 2
