"""A developer reports a home sold for cash, and takes that back; a voucher's lock stands in the way."""

from datetime import date, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core import clock as business_clock
from app.core.actor import Role
from app.core.audit import AuditRow
from app.core.clock import FixedClock
from app.core.errors import Conflict, DomainError, Forbidden, NotFound
from app.homes import service as homes
from app.homes.models import Home
from app.homes.queries import find_listing
from app.ledger import queries as ledger
from app.ledger.rules import Balance
from app.notices.models import Notice
from app.redemptions import queries as redemptions
from app.redemptions import service as buying
from app.redemptions.models import Redemption
from app.sales import queries, rules, service
from app.sales.models import CashSale
from app.sales.states import Action, State
from tests.factories.identity import make_actor
from tests.factories.redemptions import (
    Buyer,
    Shop,
    contract,
    make_buyer,
    make_home,
    make_quote,
    make_redemption,
    make_shop,
    redeem,
    verify_first,
)
from tests.factories.sales import report_sale

FACE = 130_550_000


@pytest.fixture
def locked(session: Session, home: Home, buyer: Buyer) -> Redemption:
    return make_redemption(session, buyer, home)


def place(session: Session, shop: Shop, home: Home) -> tuple[str, str, str | None]:
    """Return how the home stands: itself, its listing, why it is out."""
    session.refresh(home)
    listing = find_listing(session, district_id=shop.desk.district.id, home_id=home.id)
    assert listing is not None
    return home.status, listing.state, listing.out_reason


def money(session: Session, buyer: Buyer) -> Balance:
    account_id = buyer.vouchers[0].account_id
    assert account_id
    return ledger.balance(session, account_id)


def steps(session: Session, sale: CashSale) -> list[Action]:
    return [step.action for step in queries.story(session, sale)]


def check_sound(session: Session) -> None:
    assert ledger.verify(session) == []
    assert redemptions.verify(session) == []


def test_one_report_sells_the_home_at_once(session: Session, shop: Shop, home: Home) -> None:
    before = home.doc_version
    sale = report_sale(session, shop, home, price_fen=47_000_000)
    assert sale.state == State.STANDING
    assert place(session, shop, home) == ("sold", "out", "sold_offline")
    assert home.doc_version > before
    assert (sale.area_m2, sale.developer_id) == (home.area_m2, shop.developer.organisation)
    assert (sale.price_fen, sale.payment, sale.source) == (47_000_000, "full", "developer")
    rows = session.scalars(select(AuditRow).where(AuditRow.action == "sales.sell")).all()
    assert [(row.object_id, row.user_id) for row in rows] == [(sale.id, shop.developer.user_id)]
    check_sound(session)


def test_a_sold_home_is_neither_quoted_priced_listed_nor_sold_again(
    session: Session, shop: Shop, home: Home, buyer: Buyer
) -> None:
    report_sale(session, shop, home)
    for act in (
        lambda: make_quote(session, buyer, home),
        lambda: homes.publish(session, actor=shop.developer, home_id=home.id),
        lambda: report_sale(session, shop, home),
    ):
        with pytest.raises(Conflict) as refused:
            act()
        assert refused.value.code == "home_sold"
        session.rollback()


def test_a_home_that_was_never_listed_can_be_sold(session: Session, shop: Shop) -> None:
    home = make_home(session, shop, listed=False)
    assert report_sale(session, shop, home).state == State.STANDING
    session.refresh(home)
    assert home.status == "sold"
    check_sound(session)


@pytest.mark.parametrize(
    ("changed", "code", "field"),
    [
        ({"contract_number": "  "}, "contract_number_missing", "contract_number"),
        ({"contract_number": "1" * 61}, "contract_number_long", "contract_number"),
        ({"signed_on": date(2016, 6, 2)}, "contract_day_ahead", "signed_on"),
        ({"signed_on": date(1998, 6, 30)}, "contract_day_early", "signed_on"),
        ({"price_fen": 1}, "sale_payment_missing", "payment"),
        ({"price_fen": 1, "payment": "gold"}, "sale_payment_missing", "payment"),
        ({"price_fen": 0, "payment": "full"}, "sale_price_bad", "price"),
    ],
)
def test_what_a_contract_must_say(
    session: Session, shop: Shop, home: Home, changed: dict[str, object], code: str, field: str
) -> None:
    said = {"contract_number": "1", "signed_on": date(2016, 6, 1), **changed}
    with pytest.raises(DomainError) as refused:
        service.report(session, actor=shop.developer, home_id=home.id, **said)  # type: ignore[arg-type]
    assert (refused.value.code, refused.value.field) == (code, field)


def test_a_contract_number_is_used_once_also_against_vouchers(
    session: Session, shop: Shop, home: Home, locked: Redemption
) -> None:
    contract(session, shop, locked, number="网签-7")
    other, third = make_home(session, shop), make_home(session, shop)
    report_sale(session, shop, other, number="现-1")
    for number in ("现-1", "网签-7"):
        with pytest.raises(DomainError) as refused:
            report_sale(session, shop, third, number=number)
        assert (refused.value.code, refused.value.field) == ("sale_number_taken", "contract_number")
        session.rollback()
    assert place(session, shop, third)[0] == "free"


def test_a_voucher_is_not_paid_against_a_contract_of_a_cash_buyer(
    session: Session, shop: Shop, home: Home, locked: Redemption
) -> None:
    sold = make_home(session, shop)
    report_sale(session, shop, sold, number="现-1")
    report_sale(session, shop, home, number="现-2")
    for number in ("现-1", "现-2"):
        with pytest.raises(DomainError) as refused:
            contract(session, shop, locked, number=number)
        assert (refused.value.code, refused.value.field) == ("contract_number_taken", "contract_number")
        session.rollback()
    assert locked.state == "locked"


def test_the_number_of_a_contract_taken_back_is_good_for_a_voucher(
    session: Session, shop: Shop, locked: Redemption
) -> None:
    sale = report_sale(session, shop, make_home(session, shop), number="现-1")
    service.undo(session, actor=shop.developer, sale_ref=sale.ref, reason="登记错了")
    session.commit()
    assert contract(session, shop, locked, number="现-1").state == "contracted"


def test_nobody_sells_or_takes_back_for_another_company(session: Session, shop: Shop, home: Home) -> None:
    stranger = make_shop(session, desk=shop.desk).developer
    with pytest.raises(NotFound):
        service.report(
            session,
            actor=stranger,
            home_id=home.id,
            contract_number="1",
            signed_on=business_clock.today(),
        )
    sale = report_sale(session, shop, home)
    with pytest.raises(NotFound):
        service.undo(session, actor=stranger, sale_ref=sale.ref, reason="不是我")
    with pytest.raises(NotFound):
        queries.get_sale(session, actor=stranger, ref=sale.ref)
    with pytest.raises(Forbidden):
        service.undo(session, actor=shop.desk.officer, sale_ref=sale.ref, reason="我来")


def test_a_sale_is_taken_back_within_two_hours_and_its_number_is_free(
    session: Session, shop: Shop, home: Home, clock: FixedClock
) -> None:
    sale = report_sale(session, shop, home, number="现-1")
    clock.advance(rules.UNDO_LASTS - timedelta(seconds=1))
    service.undo(session, actor=shop.developer, sale_ref=sale.ref, reason="点错了房号")
    session.commit()
    assert sale.state == State.WITHDRAWN
    assert place(session, shop, home) == ("free", "out", "withdrawn")
    assert steps(session, sale) == [Action.SELL, Action.UNDO]
    homes.publish(session, actor=shop.developer, home_id=home.id)
    session.commit()
    assert report_sale(session, shop, make_home(session, shop), number="现-1").state == State.STANDING
    assert session.scalar(select(func.count(CashSale.id))) == 2
    check_sound(session)


def test_after_two_hours_or_without_a_reason_a_sale_stays(
    session: Session, shop: Shop, home: Home, clock: FixedClock
) -> None:
    sale = report_sale(session, shop, home)
    with pytest.raises(DomainError) as refused:
        service.undo(session, actor=shop.developer, sale_ref=sale.ref, reason=" ")
    assert refused.value.code == "reason_missing"
    clock.advance(rules.UNDO_LASTS)
    with pytest.raises(Conflict) as late:
        service.undo(session, actor=shop.developer, sale_ref=sale.ref, reason="想改")
    assert (late.value.code, late.value.params) == ("sale_undo_over", {"hours": 2})


def test_a_lock_makes_it_a_conflict_and_nothing_is_sold(
    session: Session, shop: Shop, home: Home, buyer: Buyer, locked: Redemption
) -> None:
    sale = report_sale(session, shop, home)
    assert (sale.state, sale.redemption_id) == (State.CONFLICT, locked.id)
    assert place(session, shop, home) == ("locked", "out", "sold_offline")
    assert (locked.state, locked.disputed_at) == ("locked", business_clock.now())
    assert money(session, buyer).held_fen > 0
    with pytest.raises(Conflict) as twice:
        report_sale(session, shop, home)
    assert twice.value.code == "sale_in_conflict"
    with pytest.raises(Conflict) as relisted:
        homes.publish(session, actor=shop.developer, home_id=home.id)
    assert relisted.value.code == "home_claimed_offline"
    check_sound(session)


def test_the_developer_withdraws_its_contract_and_the_lock_goes_on(
    session: Session, shop: Shop, home: Home, locked: Redemption, clock: FixedClock
) -> None:
    sale = report_sale(session, shop, home)
    clock.advance(rules.UNDO_LASTS * 2)
    service.undo(session, actor=shop.developer, sale_ref=sale.ref, reason="已与买方解约")
    session.commit()
    assert (sale.state, locked.disputed_at, locked.state) == (State.WITHDRAWN, None, "locked")
    assert place(session, shop, home) == ("locked", "out", "withdrawn")
    redeem(session, shop, locked)
    check_sound(session)


def test_nothing_is_verified_while_a_contract_claims_the_home(
    session: Session, shop: Shop, home: Home, locked: Redemption
) -> None:
    contract(session, shop, locked)
    report_sale(session, shop, home)
    with pytest.raises(Conflict) as refused:
        verify_first(session, shop, locked)
    assert refused.value.code == "redemption_disputed"


def test_nor_written_off(session: Session, shop: Shop, home: Home, locked: Redemption) -> None:
    contract(session, shop, locked)
    verify_first(session, shop, locked)
    report_sale(session, shop, home)
    with pytest.raises(Conflict) as refused:
        buying.verify_second(session, actor=shop.desk.checker, redemption_ref=locked.ref)
    assert refused.value.code == "redemption_disputed"


@pytest.mark.parametrize("signed", [False, True])
def test_an_older_contract_releases_the_lock_in_full(
    session: Session, shop: Shop, home: Home, buyer: Buyer, locked: Redemption, signed: bool
) -> None:
    if signed:
        contract(session, shop, locked)
    sale = report_sale(session, shop, home, signed_on=date(2016, 5, 30))
    service.uphold(session, actor=shop.desk.officer, sale_ref=sale.ref, reason="网签在先")
    session.commit()
    assert (sale.state, locked.state, locked.disputed_at) == (State.STANDING, "refused", None)
    assert place(session, shop, home) == ("sold", "out", "sold_offline")
    assert money(session, buyer) == Balance(FACE, 0, 0, FACE)
    told = redemptions.timeline(session, locked)[-1]
    assert told.reason is not None
    assert sale.contract_number in told.reason
    assert "网签在先" in told.reason
    assert steps(session, sale) == [Action.CLASH, Action.UPHOLD]
    check_sound(session)


def test_a_contract_younger_than_the_lock_cannot_win(
    session: Session, shop: Shop, home: Home, locked: Redemption, clock: FixedClock
) -> None:
    clock.advance(timedelta(days=1))
    sale = report_sale(session, shop, home)
    with pytest.raises(DomainError) as refused:
        service.uphold(session, actor=shop.desk.officer, sale_ref=sale.ref, reason="网签在先")
    assert refused.value.code == "contract_younger_than_lock"
    session.rollback()
    service.reject(session, actor=shop.desk.officer, sale_ref=sale.ref, reason="锁定在先")
    session.commit()
    assert (sale.state, locked.state, locked.disputed_at) == (State.REJECTED, "locked", None)
    redeem(session, shop, locked)
    check_sound(session)


def test_a_checked_purchase_is_refused_by_the_checker_first(
    session: Session, shop: Shop, home: Home, buyer: Buyer, locked: Redemption
) -> None:
    contract(session, shop, locked)
    verify_first(session, shop, locked)
    sale = report_sale(session, shop, home)
    with pytest.raises(Conflict) as waits:
        service.uphold(session, actor=shop.desk.officer, sale_ref=sale.ref, reason="网签在先")
    assert waits.value.code == "redemption_checked"
    session.rollback()
    buying.refuse(session, actor=shop.desk.checker, redemption_ref=locked.ref, reason="一房二卖")
    session.commit()
    assert (sale.state, money(session, buyer).held_fen) == (State.STANDING, 0)
    assert place(session, shop, home)[0] == "sold"
    check_sound(session)


def test_when_the_household_gives_up_or_the_deadline_passes_the_contract_stands(
    session: Session, shop: Shop, buyer: Buyer, clock: FixedClock
) -> None:
    given_up, run_out = make_home(session, shop), make_home(session, shop)
    first = make_redemption(session, buyer, given_up)
    second = make_redemption(session, make_buyer(session, shop.desk), run_out)
    sales = [report_sale(session, shop, home) for home in (run_out, given_up)]
    buying.cancel(session, actor=buyer.actor, redemption_ref=first.ref)
    session.commit()
    clock.moment = second.deadline_at
    assert buying.expire_overdue(session) == 1
    session.commit()
    assert [sale.state for sale in sales] == [State.STANDING] * 2
    assert place(session, shop, given_up)[0] == place(session, shop, run_out)[0] == "sold"
    assert steps(session, sales[0]) == [Action.CLASH, Action.STAND]
    check_sound(session)


def test_a_hold_that_ran_out_gives_way_to_a_report(
    session: Session, shop: Shop, home: Home, locked: Redemption, clock: FixedClock
) -> None:
    clock.moment = locked.deadline_at
    assert report_sale(session, shop, home).state == State.STANDING
    session.refresh(locked)
    assert locked.state == "expired"
    check_sound(session)


def test_only_an_officer_of_the_district_decides_and_once(
    session: Session, shop: Shop, home: Home, locked: Redemption
) -> None:
    sale = report_sale(session, shop, home)
    for role in (Role.CHECKER, Role.REGULATOR, Role.AUDITOR):
        someone = make_actor(session, role=role, district=shop.desk.district)
        with pytest.raises(Forbidden):
            service.reject(session, actor=someone, sale_ref=sale.ref, reason="x")
    stranger = make_shop(session).desk.officer
    with pytest.raises(NotFound):
        service.reject(session, actor=stranger, sale_ref=sale.ref, reason="x")
    session.rollback()
    service.reject(session, actor=shop.desk.officer, sale_ref=sale.ref, reason="锁定在先")
    session.commit()
    for act in (service.reject, service.uphold):
        with pytest.raises(Conflict) as late:
            act(session, actor=shop.desk.officer, sale_ref=sale.ref, reason="再来")
        assert late.value.code == "sale_rejected"
        session.rollback()
    with pytest.raises(Conflict) as undone:
        service.undo(session, actor=shop.developer, sale_ref=sale.ref, reason="撤")
    assert undone.value.code == "sale_rejected"


def told(session: Session) -> list[str]:
    """What was told so far, in order, without the messages of the lock itself."""
    kinds = session.scalars(select(Notice.kind).order_by(Notice.id))
    return [kind for kind in kinds if kind in {*SALES_KINDS}]


SALES_KINDS = (
    *("lock_disputed", "developer_sale_disputed", "conflict_waits"),
    *("lock_dispute_over", "developer_dispute_decided", "purchase_refused"),
)


def test_everybody_concerned_is_told_once(
    session: Session, shop: Shop, home: Home, locked: Redemption
) -> None:
    sale = report_sale(session, shop, home, signed_on=date(2016, 5, 30))
    assert told(session) == ["lock_disputed", "developer_sale_disputed", *["conflict_waits"] * 2]
    service.undo(session, actor=shop.developer, sale_ref=sale.ref, reason="解约")
    session.commit()
    assert told(session)[4:] == ["lock_dispute_over"]
    again = report_sale(session, shop, home, signed_on=date(2016, 5, 30))
    assert len(told(session)) == 9
    service.uphold(session, actor=shop.desk.officer, sale_ref=again.ref, reason="网签在先")
    session.commit()
    assert told(session)[9:] == ["purchase_refused", "developer_dispute_decided"]


def test_a_plain_sale_tells_nobody(session: Session, shop: Shop, home: Home) -> None:
    report_sale(session, shop, home)
    assert told(session) == []
