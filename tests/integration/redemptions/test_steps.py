"""From the lock to the write-off, and every way out of it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.approvals.errors import SamePerson
from app.approvals.models import ApprovalRequest
from app.core.actor import Actor, Role
from app.core.audit import AuditRow
from app.core.clock import FixedClock, end_of_day
from app.core.errors import Conflict, DomainError, Forbidden, NotFound
from app.homes.models import Home
from app.ledger import queries as ledger
from app.ledger.rules import Balance
from app.redemptions import payload, queries, service
from app.redemptions.models import Redemption
from app.redemptions.states import Action, State
from tests.factories.contracts import typed
from tests.factories.identity import make_actor
from tests.factories.policies import ROOMY
from tests.factories.redemptions import (
    PRICE_FEN,
    Buyer,
    Shop,
    contract,
    make_buyer,
    make_home,
    make_redemption,
    make_shop,
    redeem,
    today,
    verify_first,
)
from tests.factories.vouchers import make_desk

FACE = 130_550_000


@pytest.fixture
def locked(session: Session, home: Home, buyer: Buyer) -> Redemption:
    return make_redemption(session, buyer, home)


def money(session: Session, buyer: Buyer) -> Balance:
    account_id = buyer.vouchers[0].account_id
    assert account_id
    return ledger.balance(session, account_id)


def actions(session: Session, redemption: Redemption) -> list[Action]:
    return [step.action for step in queries.timeline(session, redemption)]


def check_sound(session: Session) -> None:
    assert ledger.verify(session) == []
    assert queries.verify(session) == []


def check_released(session: Session, redemption: Redemption, home: Home, buyer: Buyer) -> None:
    session.refresh(home)
    assert home.status == "free"
    assert money(session, buyer) == Balance(FACE, 0, 0, FACE)
    assert redemption.ended_at is not None
    check_sound(session)


def test_two_checks_spend_the_voucher_and_sell_the_home(
    session: Session, shop: Shop, home: Home, buyer: Buyer, locked: Redemption
) -> None:
    redeem(session, shop, locked)
    session.refresh(home)
    assert (locked.state, home.status) == ("redeemed", "sold")
    assert money(session, buyer) == Balance(92_050_000, 0, 38_500_000, FACE)
    district_id = shop.desk.district.id
    assert ledger.control_balance(session, district_id=district_id, kind="developer_payable") == PRICE_FEN
    assert ledger.control_balance(session, district_id=district_id, kind="bonus") == -7_700_000
    assert actions(session, locked) == [
        *(Action.RESERVE, Action.ENTER_CONTRACT, Action.VERIFY_FIRST, Action.VERIFY_SECOND),
    ]
    asked = session.scalars(select(ApprovalRequest).where(ApprovalRequest.kind == service.VERIFY)).one()
    assert (asked.state, asked.subject_id) == ("approved", locked.id)
    assert asked.payload["price_fen"] == PRICE_FEN
    check_sound(session)


def test_a_contract_is_kept_and_decided_on_with_its_area_and_price(
    session: Session, shop: Shop, locked: Redemption
) -> None:
    entered = contract(session, shop, locked, number="网签-7")
    session.refresh(entered)
    assert (entered.contract_area_m2, entered.contract_price_fen) == (Decimal("89.50"), PRICE_FEN)
    verify_first(session, shop, locked)
    asked = session.scalars(select(ApprovalRequest).where(ApprovalRequest.kind == service.VERIFY)).one()
    assert asked.payload == {
        "schema": 3,
        "contract_entry_id": entered.contract.id if entered.contract else None,
        "contract_number": "网签-7",
        "contract_signed_on": today().isoformat(),
        "contract_area_m2": "89.50",
        "contract_price_fen": PRICE_FEN,
        "price_fen": PRICE_FEN,
        "top_up_fen": 0,
        "parts": [
            {"voucher_id": part.voucher_id, "spent_fen": part.spent_fen, "bonus_fen": part.bonus_fen}
            for part in locked.allocations
        ],
    }


def ask_again(session: Session, payload: dict[str, object]) -> None:
    """Have the officer's request say something else."""
    asked = session.scalars(select(ApprovalRequest).where(ApprovalRequest.kind == service.VERIFY)).one()
    asked.payload = payload
    session.commit()


def test_a_request_written_in_version_1_is_decided_by_what_it_knew(
    session: Session, shop: Shop, locked: Redemption
) -> None:
    contract(session, shop, locked)
    asked = verify_first(session, shop, locked)
    first = payload.of(asked, asked.allocations, asked.contract, schema=1)
    assert first.keys() == payload.of(asked, asked.allocations, asked.contract).keys() - {
        *("contract_area_m2", "contract_price_fen"),
        "contract_entry_id",
    }
    ask_again(session, {**first, "top_up_fen": 1})
    with pytest.raises(Conflict, match="redemption_changed"):
        service.verify_second(session, actor=shop.desk.checker, redemption_ref=locked.ref)
    session.rollback()
    ask_again(session, first)
    done = service.verify_second(session, actor=shop.desk.checker, redemption_ref=locked.ref)
    assert done.state == "redeemed"


def test_a_contract_that_moved_since_the_officer_saw_it_is_not_written_off(
    session: Session, shop: Shop, locked: Redemption
) -> None:
    contract(session, shop, locked)
    verify_first(session, shop, locked).contract_area_m2 = Decimal("89.49")
    session.commit()
    with pytest.raises(Conflict, match="redemption_changed"):
        service.verify_second(session, actor=shop.desk.checker, redemption_ref=locked.ref)


def test_the_timeline_names_people_and_roles(session: Session, shop: Shop, locked: Redemption) -> None:
    redeem(session, shop, locked)
    steps = queries.timeline(session, locked)
    assert [step.role for step in steps] == [Role.HOUSEHOLD, Role.DEVELOPER, Role.OFFICER, Role.CHECKER]
    assert all(step.by for step in steps)
    assert [step.to_state for step in steps] == [
        *(State.LOCKED, State.CONTRACTED, State.CHECKED, State.REDEEMED),
    ]


def test_every_step_is_in_the_audit_trail(session: Session, shop: Shop, locked: Redemption) -> None:
    redeem(session, shop, locked)
    rows = session.scalars(select(AuditRow).where(AuditRow.object_type == "redemption"))
    assert {row.action for row in rows} == {
        *("redemption.reserve", "redemption.enter_contract", "redemption.verify_first"),
        "redemption.verify_second",
    }


def test_cancelling_releases_everything(
    session: Session, home: Home, buyer: Buyer, locked: Redemption
) -> None:
    service.cancel(session, actor=buyer.actor, redemption_ref=locked.ref)
    session.commit()
    assert locked.state == "cancelled"
    check_released(session, locked, home, buyer)


def test_a_cancelled_home_can_be_locked_again(
    session: Session, home: Home, buyer: Buyer, locked: Redemption
) -> None:
    service.cancel(session, actor=buyer.actor, redemption_ref=locked.ref)
    session.commit()
    assert make_redemption(session, buyer, home).state == "locked"
    check_sound(session)


@pytest.mark.parametrize("role", [Role.OFFICER, Role.CHECKER])
def test_refusing_a_contract_releases_everything(
    session: Session, shop: Shop, home: Home, buyer: Buyer, locked: Redemption, role: Role
) -> None:
    contract(session, shop, locked)
    actor = shop.desk.officer if role == Role.OFFICER else shop.desk.checker
    service.refuse(session, actor=actor, redemption_ref=locked.ref, reason=" 合同编号查不到 ")
    session.commit()
    assert locked.state == "refused"
    assert queries.timeline(session, locked)[-1].reason == "合同编号查不到"
    check_released(session, locked, home, buyer)


def test_a_checkers_refusal_decides_what_the_officer_asked(
    session: Session, shop: Shop, home: Home, buyer: Buyer, locked: Redemption
) -> None:
    contract(session, shop, locked)
    verify_first(session, shop, locked)
    service.refuse(session, actor=shop.desk.checker, redemption_ref=locked.ref, reason="面积不符")
    session.commit()
    asked = session.scalars(select(ApprovalRequest).where(ApprovalRequest.kind == service.VERIFY)).one()
    assert (asked.state, asked.reason) == ("rejected", "面积不符")
    check_released(session, locked, home, buyer)


def test_a_refused_contract_number_may_be_used_again(
    session: Session, shop: Shop, home: Home, buyer: Buyer, locked: Redemption
) -> None:
    contract(session, shop, locked, number="网签-1")
    service.refuse(session, actor=shop.desk.officer, redemption_ref=locked.ref, reason="户名不符")
    session.commit()
    again = make_redemption(session, buyer, home)
    assert contract(session, shop, again, number="网签-1").contract_number == "网签-1"


def test_the_sweep_releases_what_is_overdue_and_only_that(
    session: Session, shop: Shop, home: Home, buyer: Buyer, locked: Redemption, clock: FixedClock
) -> None:
    contracted = contract(
        session, shop, make_redemption(session, make_buyer(session, shop.desk), make_home(session, shop))
    )
    clock.moment = locked.deadline_at - timedelta(microseconds=1)
    assert service.expire_overdue(session) == 0
    session.commit()
    clock.moment = locked.deadline_at
    later = make_redemption(session, make_buyer(session, shop.desk), make_home(session, shop))
    assert service.expire_overdue(session) == 1
    session.commit()
    assert service.expire_overdue(session) == 0
    session.commit()
    assert [row.state for row in (locked, contracted, later)] == ["expired", "contracted", "locked"]
    check_released(session, locked, home, buyer)


def test_the_sweep_takes_many_at_once_up_to_its_limit(session: Session, clock: FixedClock) -> None:
    shop = make_shop(session, desk=make_desk(session, policy=ROOMY))
    buyer = make_buyer(session, shop.desk, faces=(200_000_000,))
    held = [make_redemption(session, buyer, make_home(session, shop)) for _ in range(4)]
    clock.moment = held[0].deadline_at
    for expired in (3, 1, 0):
        assert service.expire_overdue(session, limit=3) == expired
        session.commit()
    assert money(session, buyer).available_fen == 200_000_000
    check_sound(session)


def test_the_contract_comes_before_the_deadline(
    session: Session, shop: Shop, locked: Redemption, clock: FixedClock
) -> None:
    clock.moment = locked.deadline_at - timedelta(seconds=1)
    assert contract(session, shop, locked).state == "contracted"
    session.rollback()
    other = make_redemption(session, make_buyer(session, shop.desk), make_home(session, shop))
    clock.moment = other.deadline_at
    with pytest.raises(Conflict, match="hold_over"):
        contract(session, shop, other)


@pytest.mark.parametrize(
    ("number", "days", "code", "field"),
    [
        ("  ", 0, "contract_number_missing", "contract_number"),
        ("9" * 61, 0, "contract_number_long", "contract_number"),
        ("网签-1", 1, "contract_day_ahead", "contract_signed_on"),
        ("网签-1", -1, "contract_day_before_lock", "contract_signed_on"),
    ],
)
def test_a_wrong_contract_is_blamed_on_its_field(
    session: Session, shop: Shop, locked: Redemption, number: str, days: int, code: str, field: str
) -> None:
    with pytest.raises(DomainError) as refusal:
        service.enter_contract(
            session,
            actor=shop.developer,
            redemption_ref=locked.ref,
            typed=typed(locked, number=number, signed_on=today() + timedelta(days=days)),
        )
    assert (refusal.value.code, refusal.value.field) == (code, field)


@pytest.mark.parametrize(
    ("larger_m2", "dearer_fen", "code", "field"),
    [("0.01", 0, "contract_area_differs", "area"), ("0", 1, "contract_price_differs", "price")],
)
def test_a_contract_that_is_not_the_quote_is_refused(
    session: Session, shop: Shop, locked: Redemption, larger_m2: str, dearer_fen: int, code: str, field: str
) -> None:
    with pytest.raises(DomainError) as refusal:
        service.enter_contract(
            session,
            actor=shop.developer,
            redemption_ref=locked.ref,
            typed=typed(
                locked,
                area_m2=session.get_one(Home, locked.home_id).area_m2 + Decimal(larger_m2),
                price_fen=locked.price_fen + dearer_fen,
            ),
        )
    assert (refusal.value.code, refusal.value.field) == (code, field)
    assert locked.state == State.LOCKED


def test_a_contract_number_is_used_once_in_a_district(
    session: Session, shop: Shop, locked: Redemption
) -> None:
    contract(session, shop, locked, number="网签-1")
    other = make_redemption(session, make_buyer(session, shop.desk), make_home(session, shop))
    with pytest.raises(DomainError, match="contract_number_taken") as refusal:
        contract(session, shop, other, number=" 网签-1 ")
    assert refusal.value.field == "contract_number"
    session.rollback()
    elsewhere = make_shop(session)
    foreign = make_redemption(session, make_buyer(session, elsewhere.desk), make_home(session, elsewhere))
    assert contract(session, elsewhere, foreign, number="网签-1").state == "contracted"


def test_the_officer_who_verified_cannot_decide(
    session: Session, shop: Shop, home: Home, buyer: Buyer, locked: Redemption
) -> None:
    contract(session, shop, locked)
    verify_first(session, shop, locked)
    both = replace(shop.desk.officer, role=Role.CHECKER)
    with pytest.raises(SamePerson), session.begin_nested():
        service.verify_second(session, actor=both, redemption_ref=locked.ref)
    session.rollback()
    with pytest.raises(SamePerson), session.begin_nested():
        service.refuse(session, actor=both, redemption_ref=locked.ref, reason="不符")
    session.rollback()
    session.refresh(locked)
    assert locked.state == "checked"
    assert money(session, buyer) == Balance(92_050_000, 38_500_000, 0, FACE)
    check_sound(session)


def test_a_refusal_needs_a_reason(session: Session, shop: Shop, locked: Redemption) -> None:
    contract(session, shop, locked)
    with pytest.raises(DomainError, match="reason_missing") as refusal:
        service.refuse(session, actor=shop.desk.officer, redemption_ref=locked.ref, reason="  ")
    assert refusal.value.field == "reason"


Step = Callable[[Session, Actor, str], object]

STEPS: dict[Action, Step] = {
    Action.CANCEL: lambda session, actor, ref: service.cancel(session, actor=actor, redemption_ref=ref),
    Action.ENTER_CONTRACT: lambda session, actor, ref: service.enter_contract(
        session,
        actor=actor,
        redemption_ref=ref,
        typed=typed(session.scalars(select(Redemption).where(Redemption.ref == ref)).one(), number="网签-9"),
    ),
    Action.VERIFY_FIRST: lambda session, actor, ref: service.verify_first(
        session, actor=actor, redemption_ref=ref
    ),
    Action.VERIFY_SECOND: lambda session, actor, ref: service.verify_second(
        session, actor=actor, redemption_ref=ref
    ),
    Action.REFUSE: lambda session, actor, ref: service.refuse(
        session, actor=actor, redemption_ref=ref, reason="不符"
    ),
}


@pytest.mark.parametrize("action", STEPS)
def test_a_redemption_that_ended_moves_no_more(
    session: Session, shop: Shop, buyer: Buyer, locked: Redemption, action: Action
) -> None:
    redeem(session, shop, locked)
    doer = {
        Action.CANCEL: buyer.actor,
        Action.ENTER_CONTRACT: shop.developer,
        Action.VERIFY_FIRST: shop.desk.officer,
    }.get(action, shop.desk.checker)
    with pytest.raises(Conflict, match="redemption_redeemed"):
        STEPS[action](session, doer, locked.ref)


@pytest.mark.parametrize("action", STEPS)
def test_nobody_reaches_other_peoples_redemptions(
    session: Session, shop: Shop, locked: Redemption, action: Action
) -> None:
    elsewhere = make_shop(session)
    strangers = [
        make_buyer(session, shop.desk).actor,
        make_buyer(session, elsewhere.desk).actor,
        make_shop(session, desk=shop.desk).developer,
        elsewhere.desk.officer,
        elsewhere.desk.checker,
        make_actor(session, role=Role.AUDITOR, district=elsewhere.desk.district),
    ]
    session.commit()
    for stranger in strangers:
        with pytest.raises(NotFound):
            STEPS[action](session, stranger, locked.ref)
        with pytest.raises(NotFound):
            queries.get_redemption(session, actor=stranger, ref=locked.ref)
        assert queries.list_redemptions(session, actor=stranger) == []


@pytest.mark.parametrize("action", STEPS)
def test_the_auditor_reads_and_does_nothing(
    session: Session, shop: Shop, locked: Redemption, action: Action
) -> None:
    auditor = make_actor(session, role=Role.AUDITOR, district=shop.desk.district)
    session.commit()
    assert queries.get_redemption(session, actor=auditor, ref=locked.ref) is locked
    with pytest.raises(Forbidden):
        STEPS[action](session, auditor, locked.ref)


def test_each_side_lists_its_own(session: Session, shop: Shop, buyer: Buyer, locked: Redemption) -> None:
    other_shop = make_shop(session, desk=shop.desk)
    neighbour = make_buyer(session, shop.desk)
    other = make_redemption(session, neighbour, make_home(session, other_shop))
    contract(session, other_shop, other)
    lists = {
        "buyer": queries.list_redemptions(session, actor=buyer.actor),
        "developer": queries.list_redemptions(session, actor=shop.developer),
        "officer": queries.list_redemptions(session, actor=shop.desk.officer),
    }
    assert {who: [row.id for row in rows] for who, rows in lists.items()} == {
        "buyer": [locked.id],
        "developer": [locked.id],
        "officer": [other.id, locked.id],
    }
    officer = shop.desk.officer
    waiting = queries.list_redemptions(session, actor=officer, states=[State.CONTRACTED])
    assert [row.id for row in waiting] == [other.id]
    assert queries.count_redemptions(session, actor=officer) == 2
    assert queries.count_by_state(session, actor=officer) == {State.LOCKED: 1, State.CONTRACTED: 1}
    paid = queries.list_redemptions(session, actor=officer, voucher_id=neighbour.vouchers[0].id)
    assert [row.id for row in paid] == [other.id]
    assert [row.id for row in queries.list_redemptions(session, actor=officer, offset=1, limit=1)] == [
        locked.id
    ]


def test_the_deadline_is_the_end_of_a_day(locked: Redemption) -> None:
    assert locked.deadline_at == end_of_day(today() + timedelta(days=15))
