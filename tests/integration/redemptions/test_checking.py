"""Verification at volume: the desk that opens case after case, the odd ones, and the batch of the rest."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.approvals.models import ApprovalRequest
from app.core.actor import Actor, Role
from app.core.audit import AuditRow
from app.core.clock import FixedClock
from app.core.errors import DomainError, Forbidden, NotFound
from app.homes.models import Home
from app.ledger import queries as ledger
from app.redemptions import batch_queries, checking, figures, flows, queries, queues, service
from app.redemptions.checking import Oddity, Turn
from app.redemptions.checking_models import CheckBatch, CheckBatchCase
from app.redemptions.models import Redemption
from tests.factories.checking import check, make_case, make_checked
from tests.factories.contracts import typed
from tests.factories.identity import make_actor
from tests.factories.payments import pay_in
from tests.factories.redemptions import (
    Shop,
    contract,
    make_buyer,
    make_home,
    make_redemption,
    make_shop,
)


def refused(code: str, act: Callable[[], object]) -> None:
    with pytest.raises(DomainError) as error:
        act()
    assert error.value.code == code


def colleague(session: Session, shop: Shop, role: Role) -> Actor:
    actor = make_actor(session, role=role, district=shop.desk.district)
    session.commit()
    return actor


def odd(session: Session, redemption: Redemption) -> set[Oddity]:
    return set(queues.case_oddities(session, redemption, Turn.SECOND))


def opened(session: Session, actor: Actor, **how: str) -> str | None:
    ref = service.open_next(session, actor=actor, **how)
    session.commit()
    return ref


# --- the first person ---


def test_two_officers_are_given_different_cases_and_a_lapsed_one_comes_back(
    session: Session, shop: Shop, clock: FixedClock
) -> None:
    first, second = (make_case(session, shop).ref for _ in range(2))
    other = colleague(session, shop, Role.OFFICER)
    officer = shop.desk.officer
    assert opened(session, officer) == first
    assert opened(session, officer) == first  # who comes back gets the same case
    assert opened(session, other) == second
    refused("case_open_elsewhere", lambda: service.open_case(session, actor=other, redemption_ref=first))
    assert opened(session, officer, after_ref=first) is None
    assert opened(session, other, after_ref=second) is None
    assert opened(session, other) == first  # left behind by the officer
    clock.advance(checking.LEASE)
    assert opened(session, officer) == first


def test_an_open_case_blocks_nobody(session: Session, shop: Shop) -> None:
    case = make_case(session, shop)
    opened(session, colleague(session, shop, Role.OFFICER))
    assert queues.find_holder(session, actor=shop.desk.officer, redemption=case) is not None
    service.verify_case(session, actor=shop.desk.officer, redemption_ref=case.ref)
    assert case.state == "checked"


def test_verifying_opens_the_next_of_the_development_and_the_time_is_kept(
    session: Session, shop: Shop, clock: FixedClock
) -> None:
    cases = [make_case(session, shop) for _ in range(3)]
    elsewhere = make_case(session, make_shop(session, desk=shop.desk))
    officer = shop.desk.officer
    development = session.get_one(Home, cases[0].home_id).development.ref
    assert opened(session, officer, development_ref=development) == cases[0].ref
    for seconds, case, following in zip((30, 50, 70), cases, [*cases[1:], None], strict=True):
        clock.advance(timedelta(seconds=seconds))
        found = service.verify_case(
            session, actor=officer, redemption_ref=case.ref, development_ref=development
        )
        session.commit()
        assert found == (following.ref if following else None)
    pace = figures.pace(session, actor=officer)
    assert pace[Turn.FIRST] == figures.Pace(waiting=1, decided=3, median_seconds=50)
    assert pace[Turn.SECOND].waiting == 3
    assert [pile.count for pile in queues.piles(session, actor=officer, turn=Turn.FIRST)] == [1]
    day = clock.now().date()
    decided = figures.list_decided(session, actor=officer, first=day, last=day)
    assert [(one.ref, one.seconds) for one in decided] == [
        (case.ref, seconds) for case, seconds in zip(cases, (30, 50, 70), strict=True)
    ]
    assert elsewhere.state == "contracted"


def test_a_difference_wants_an_explanation_which_the_second_person_reads(
    session: Session, shop: Shop, clock: FixedClock
) -> None:
    case = make_case(session, shop)
    session.execute(update(Home).where(Home.id == case.home_id).values(area_m2=Decimal("88.00")))
    session.commit()
    session.expire_all()
    refused("difference_unexplained", lambda: check(session, shop, clock, case))
    session.rollback()
    check(session, shop, clock, case, explanation="测绘报告更正，已附件。")
    assert odd(session, case) == {Oddity.EXPLAINED}
    assert queries.timeline(session, case)[-1].reason == "测绘报告更正，已附件。"


def test_cases_are_their_districts(session: Session, shop: Shop, clock: FixedClock) -> None:
    case = make_checked(session, shop, clock, 1)[0]
    stranger = make_shop(session).desk
    assert opened(session, stranger.officer) is None
    assert queues.piles(session, actor=stranger.checker, turn=Turn.SECOND) == []
    batch = service.make_batch(session, actor=shop.desk.checker)
    session.commit()
    for act in (
        lambda: service.open_case(session, actor=stranger.checker, redemption_ref=case.ref),
        lambda: service.open_sample(session, actor=stranger.checker, batch_ref=batch.ref),
        lambda: service.drop_batch(session, actor=stranger.checker, batch_ref=batch.ref),
    ):
        with pytest.raises(NotFound):
            act()
    refused("check_batch_empty", lambda: service.make_batch(session, actor=stranger.checker))
    for role in (Role.AUDITOR, Role.ADMINISTRATOR):
        with pytest.raises(Forbidden):
            service.open_next(session, actor=make_actor(session, role=role, district=shop.desk.district))
    with pytest.raises(Forbidden):
        service.make_batch(session, actor=shop.desk.officer)


# --- what is odd ---


def test_what_the_second_person_sees_by_itself(session: Session, shop: Shop, clock: FixedClock) -> None:
    plain, fast = make_case(session, shop), make_case(session, shop)
    check(session, shop, clock, plain)
    check(session, shop, clock, fast, took=timedelta(seconds=checking.FAST_SECONDS - 1))
    untimed = make_case(session, shop)
    service.verify_first(session, actor=shop.desk.officer, redemption_ref=untimed.ref)
    session.commit()
    dear = make_home(session, shop, voucher_fen=checking.LARGE_FEN)
    large = contract(session, shop, make_redemption(session, make_buyer(session, shop.desk), dear))
    check(session, shop, clock, large)
    buyer, home = make_buyer(session, shop.desk), make_home(session, shop)
    before = contract(session, shop, make_redemption(session, buyer, home))
    service.refuse(session, actor=shop.desk.officer, redemption_ref=before.ref, reason="合同缺少盖章")
    session.commit()
    again = check(session, shop, clock, contract(session, shop, make_redemption(session, buyer, home)))
    assert odd(session, plain) == set()
    assert odd(session, fast) == {Oddity.FAST}
    assert odd(session, untimed) == {Oddity.UNTIMED}
    assert odd(session, large) == {Oddity.LARGE}
    assert odd(session, again) == {Oddity.REFUSED_BEFORE}
    listed = queues.list_cases(session, actor=shop.desk.checker, turn=Turn.SECOND, odd=True)
    assert [case.ref for case in listed] == [fast.ref, untimed.ref, large.ref, again.ref]
    assert opened(session, shop.desk.checker) == fast.ref
    assert queues.count_batchable(session, actor=shop.desk.checker, development_ref=None) == 1


def test_a_case_whose_top_up_has_not_arrived_is_given_to_nobody(session: Session, shop: Shop) -> None:
    home = make_home(session, shop)
    case = make_redemption(session, make_buyer(session, shop.desk, faces=(10_000_000,)), home)
    service.enter_contract(
        session,
        actor=shop.developer,
        redemption_ref=case.ref,
        typed=typed(case, number="网签-自付"),
    )
    session.commit()
    assert opened(session, shop.desk.officer) is None
    (listed,) = queues.list_cases(session, actor=shop.desk.officer, turn=Turn.FIRST)
    assert (listed.ref, listed.oddities) == (case.ref, (Oddity.UNPAID,))
    pay_in(session, shop.desk.officer, case)
    assert opened(session, shop.desk.officer) == case.ref


def test_many_homes_of_one_household_are_looked_at(session: Session, shop: Shop, clock: FixedClock) -> None:
    buyer = make_buyer(session, shop.desk, faces=(400_000_000,))
    cases = []
    for number in range(checking.MANY_OF_HOUSEHOLD):
        assert not cases or odd(session, cases[-1]) == set(), number
        locked = make_redemption(session, buyer, make_home(session, shop))
        cases.append(check(session, shop, clock, contract(session, shop, locked)))
    assert all(odd(session, case) == {Oddity.HOUSEHOLD} for case in cases)


# --- the batch ---


def look_at_the_sample(session: Session, checker: Actor, batch: CheckBatch) -> list[str]:
    looked = []
    ref = service.open_sample(session, actor=checker, batch_ref=batch.ref)
    while ref:
        looked.append(ref)
        ref = service.look(session, actor=checker, batch_ref=batch.ref, redemption_ref=ref)
        session.commit()
    return looked


def test_the_rest_is_approved_together_once_the_sample_was_opened(
    session: Session, shop: Shop, clock: FixedClock
) -> None:
    cases = make_checked(session, shop, clock, checking.SAMPLE_LEAST + 2)
    checker = shop.desk.checker
    batch = service.make_batch(session, actor=checker)
    session.commit()
    assert (batch.case_count, batch.sample_count) == (7, 5)
    refused("case_in_batch", lambda: service.verify_case(session, actor=checker, redemption_ref=cases[0].ref))
    session.rollback()
    refused("sample_missing", lambda: service.approve_batch(session, actor=checker, batch_ref=batch.ref))
    unseen = next(one for one in batch.cases if one.sampled)
    refused(
        "sample_unopened",
        lambda: service.look(
            session, actor=checker, batch_ref=batch.ref, redemption_ref=unseen.redemption.ref
        ),
    )
    looked = look_at_the_sample(session, checker, batch)
    assert sorted(looked) == sorted(one.redemption.ref for one in batch.cases if one.sampled)
    session.execute(  # an offline contract turns up between the sample and the approval
        update(Redemption).where(Redemption.id == cases[-1].id).values(disputed_at=clock.now())
    )
    service.approve_batch(session, actor=checker, batch_ref=batch.ref)
    session.commit()
    refused("check_batch_decided", lambda: service.drop_batch(session, actor=checker, batch_ref=batch.ref))
    assert flows.carry_out(session, batch_id=batch.id) == 7
    assert flows.carry_out(session, batch_id=batch.id) == 0
    session.expire_all()
    assert batch.state == "done"
    assert batch_queries.outcomes_of(session, batch) == {"redeemed": 6, "left_out": 1}
    assert [case.state for case in cases] == ["redeemed"] * 6 + ["checked"]
    left = session.scalars(select(CheckBatchCase).where(CheckBatchCase.outcome == "left_out")).one()
    assert (left.redemption_id, left.reason) == (cases[-1].id, "redemption_disputed")
    approved = select(func.count(ApprovalRequest.id)).where(
        ApprovalRequest.kind == service.VERIFY, ApprovalRequest.decided_by_id == checker.user_id
    )
    noted = select(func.count()).where(AuditRow.action == "redemption.verify_second")
    assert (session.scalar(approved), session.scalar(noted)) == (6, 6)
    assert ledger.verify(session) == []
    assert queries.verify(session) == []


def test_a_kill_in_the_middle_is_gone_on_with(session: Session, shop: Shop, clock: FixedClock) -> None:
    cases = make_checked(session, shop, clock, 3)
    batch = service.make_batch(session, actor=shop.desk.checker)
    session.commit()
    look_at_the_sample(session, shop.desk.checker, batch)
    service.approve_batch(session, actor=shop.desk.checker, batch_ref=batch.ref)
    session.commit()
    first, *rest = service.list_undecided(session, batch_id=batch.id)
    service.decide_together(session, batch_id=batch.id, case_ids=[first])
    session.commit()
    service.decide_together(session, batch_id=batch.id, case_ids=rest)
    session.rollback()  # the worker died before these were committed
    session.expire_all()
    assert [case.state for case in cases] == ["redeemed", "checked", "checked"]
    assert flows.carry_out(session, batch_id=batch.id) == 2
    session.expire_all()
    assert {case.state for case in cases} == {"redeemed"}
    assert queries.verify(session) == []


def test_a_refused_sample_fails_its_batch_and_every_case_is_then_looked_at(
    session: Session, shop: Shop, clock: FixedClock
) -> None:
    cases = make_checked(session, shop, clock, 3)
    checker = shop.desk.checker
    batch = service.make_batch(session, actor=checker)
    ref = service.open_sample(session, actor=checker, batch_ref=batch.ref)
    session.commit()
    assert ref == cases[0].ref
    following = service.refuse_case(session, actor=checker, redemption_ref=ref, reason="买受人不符")
    session.commit()
    session.expire_all()
    assert (batch.state, cases[0].state, following) == ("failed", "refused", cases[1].ref)
    assert odd(session, cases[1]) == {Oddity.BATCH_FAILED}
    refused("check_batch_empty", lambda: service.make_batch(session, actor=checker))
    refused("check_batch_decided", lambda: service.approve_batch(session, actor=checker, batch_ref=batch.ref))


def test_a_dropped_batch_made_again_has_the_same_sample(
    session: Session, shop: Shop, clock: FixedClock
) -> None:
    make_checked(session, shop, clock, checking.SAMPLE_LEAST + 4)
    checker, other = shop.desk.checker, colleague(session, shop, Role.CHECKER)
    batch = service.make_batch(session, actor=checker)
    session.commit()
    refused("check_batch_of_another", lambda: service.open_sample(session, actor=other, batch_ref=batch.ref))
    session.rollback()
    refused("check_batch_empty", lambda: service.make_batch(session, actor=other))
    service.drop_batch(session, actor=other, batch_ref=batch.ref)
    session.commit()
    again = service.make_batch(session, actor=other)
    session.commit()
    drawn = [{one.redemption_id for one in made.cases if one.sampled} for made in (batch, again)]
    assert (batch.sha256, drawn[0]) == (again.sha256, drawn[1])


def test_nobody_decides_what_they_verified_or_did_at_the_counter(
    session: Session, shop: Shop, clock: FixedClock
) -> None:
    case = make_checked(session, shop, clock, 1)[0]
    both = Actor(shop.desk.officer.user_id, Role.CHECKER, shop.desk.district.id)
    assert opened(session, both) is None
    refused("check_batch_empty", lambda: service.make_batch(session, actor=both))
    refused("approval_same_person", lambda: service.verify_case(session, actor=both, redemption_ref=case.ref))


@pytest.mark.parametrize(
    ("statement", "constraint"),
    [
        ("UPDATE check_batches SET state = 'approved', decided_at = now()", "ck_check_batches_sample"),
        ("UPDATE check_batches SET looked_count = sample_count + 1", "ck_check_batches_counts"),
        ("UPDATE check_batch_cases SET looked_at = now()", "ck_check_batch_cases_looked"),
        ("UPDATE check_batch_cases SET outcome = 'left_out'", "ck_check_batch_cases_reason"),
        (
            """INSERT INTO check_batch_cases (district_id, batch_id, redemption_id, place, sampled)
            SELECT district_id, batch_id, redemption_id, 99, false FROM check_batch_cases""",
            "uq_check_batch_cases",
        ),
        (
            """INSERT INTO case_leases (district_id, redemption_id, turn, user_id, began_at, until)
            SELECT district_id, redemption_id, 'second', user_id, began_at, until FROM case_leases
            WHERE ended_at IS NULL""",
            "uq_case_leases_open",
        ),
        ("UPDATE case_leases SET district_id = district_id + 1", "fk_case_leases"),
    ],
)
def test_the_database_says_so_too(
    session: Session, shop: Shop, clock: FixedClock, statement: str, constraint: str
) -> None:
    make_checked(session, shop, clock, 1)
    service.make_batch(session, actor=shop.desk.checker)
    make_case(session, shop)
    opened(session, shop.desk.officer)
    with pytest.raises(IntegrityError, match=constraint), session.begin_nested():
        session.execute(text(statement))
