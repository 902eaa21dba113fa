"""At the end of the last day a voucher goes the way its policy says: once, whenever the job comes."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core import apart
from app.core.clock import FixedClock
from app.core.errors import Conflict, DomainError
from app.ledger import queries as ledger
from app.ledger.models import LedgerTransfer
from app.ledger.queries import control_balance
from app.notices.models import Notice
from app.redemptions import queries, service
from app.vouchers import endings, extensions, flows, lapses
from app.vouchers.ending_models import VoucherEnding
from app.vouchers.ending_states import Kind
from app.vouchers.extension_rules import due_at
from app.vouchers.models import Voucher
from app.vouchers.queries import WalletVoucher, wallet
from app.vouchers.rules import Standing
from tests.factories.endings import (
    CASHING,
    LEAVING,
    PAYING,
    SILENT,
    VOIDING,
    approve,
    ask,
    pay,
    payee,
)
from tests.factories.redemptions import (
    Buyer,
    contract,
    make_buyer,
    make_home,
    make_quote,
    make_redemption,
    make_shop,
    redeem,
    verify_first,
)
from tests.factories.vouchers import make_desk

WAN = 1_000_000
FACE = 100 * WAN


def over(session: Session, buyer: Buyer, clock: FixedClock) -> None:
    """Let the term of a household's voucher end this moment."""
    clock.moment = purse(session, buyer).expires_at


def purse(session: Session, buyer: Buyer) -> WalletVoucher:
    return wallet(session, household_id=buyer.household.id)[0]


def ending_of(session: Session, buyer: Buyer) -> VoucherEnding:
    statement = select(VoucherEnding).where(VoucherEnding.voucher_id == buyer.vouchers[0].id)
    return session.scalars(statement.order_by(VoucherEnding.id.desc())).first()  # type: ignore[return-value]


def check(session: Session) -> None:
    assert ledger.verify(session) == []
    assert queries.verify(session) == []


@pytest.mark.parametrize(
    ("policy", "effect", "state", "parts"),
    [
        pytest.param(PAYING, "cash", "asked", (58_000_000, 2_100_000, 0), id="cash, bonus returned"),
        pytest.param(VOIDING, "void", "closed", (0, 0, 60_100_000), id="void"),
        pytest.param(SILENT, None, "undecided", (0, 0, 0), id="not said"),
        pytest.param(LEAVING, "agreement", "closed", (68_000_000, 0, 0), id="agreement"),
        pytest.param(CASHING, "cash", "asked", (61_200_000, 0, 6_800_000), id="90% in cash, bonus kept"),
    ],
)
def test_what_is_left_goes_the_way_of_the_policy(
    session: Session,
    clock: FixedClock,
    policy: str,
    effect: str | None,
    state: str,
    parts: tuple[int, int, int],
) -> None:
    shop = make_shop(session, desk=make_desk(session, policy=policy))
    buyer = make_buyer(session, shop.desk, faces=(FACE,))
    redeem(session, shop, make_redemption(session, buyer, make_home(session, shop, voucher_fen=42_000_000)))
    over(session, buyer, clock)
    clock.moment -= timedelta(microseconds=1)
    assert lapses.lapse_due(session) == 0, "the last day counts to 24:00"
    clock.advance(timedelta(microseconds=1))
    assert lapses.lapse_due(session) == 1
    session.commit()
    ending = ending_of(session, buyer)
    assert (ending.kind, ending.effect, ending.state) == ("lapse", effect, state)
    if policy != SILENT:
        assert (ending.paid_fen, ending.returned_fen, ending.forfeited_fen) == parts
    check(session)
    transfers = session.scalar(select(func.count(LedgerTransfer.id)))
    clock.advance(timedelta(days=40))
    flows.lapse(session)
    assert session.scalar(select(func.count(VoucherEnding.id))) == 1, "again, and after missed nights"
    assert session.scalar(select(func.count(LedgerTransfer.id))) == transfers
    assert session.query(Notice).filter_by(kind="voucher_lapsed").count() == 1


def test_what_is_due_in_cash_is_paid_by_two_people(session: Session, clock: FixedClock) -> None:
    desk = make_desk(session, policy=CASHING)
    buyer = make_buyer(session, desk, faces=(FACE,))
    over(session, buyer, clock)
    flows.lapse(session)
    ending = ending_of(session, buyer)
    with pytest.raises(Conflict, match="ending_asked"):
        endings.refuse(session, actor=desk.officer, ending_ref=ending.ref, reason="不办")
    session.rollback()
    with pytest.raises(DomainError, match="payee_missing"):
        endings.prepare(session, actor=desk.officer, ending_ref=ending.ref)
    session.rollback()
    pay(session, desk, approve(session, desk, ending))
    assert control_balance(session, district_id=desk.district.id, kind="bank") == 90 * WAN
    assert purse(session, buyer).standing is Standing.ENDED
    check(session)


@pytest.mark.parametrize(
    ("effect", "account"), [("cash", "bank"), ("void", "issue"), ("agreement", "agreement")]
)
def test_where_the_policy_is_silent_two_people_decide(
    session: Session, clock: FixedClock, effect: str, account: str
) -> None:
    desk = make_desk(session, policy=SILENT)
    buyer = make_buyer(session, desk, faces=(FACE,))
    over(session, buyer, clock)
    flows.lapse(session)
    ending = ending_of(session, buyer)
    assert purse(session, buyer).available_fen == FACE, "the money waits in the voucher"
    given = {"actor": desk.officer, "ending_ref": ending.ref, "payee": payee()}
    with pytest.raises(DomainError, match="reason_missing"):
        endings.decide(session, effect=effect, reason="", **given)
    session.rollback()
    endings.decide(session, effect="void", reason="第一次", **given)
    session.commit()
    endings.send_back(session, actor=desk.checker, ending_ref=ending.ref, reason="再议")
    session.commit()
    assert (ending.state, ending.effect) == ("undecided", None)
    endings.decide(session, effect=effect, reason="会议纪要 2018-3", **given)
    session.commit()
    endings.approve(session, actor=desk.checker, ending_ref=ending.ref)
    session.commit()
    if effect == "cash":
        pay(session, desk, ending)
    before = -FACE if account == "issue" else 0
    assert control_balance(session, district_id=desk.district.id, kind=account) == before + FACE
    check(session)


def test_homes_under_contract_at_that_moment_are_not_hurt(session: Session, clock: FixedClock) -> None:
    shop = make_shop(session, desk=make_desk(session, policy=VOIDING))
    buyer = make_buyer(session, shop.desk, faces=(FACE,))
    home = make_home(session, shop, voucher_fen=42_000_000)
    over(session, buyer, clock)
    clock.moment -= timedelta(hours=1)
    held = make_redemption(session, buyer, home)
    contract(session, shop, held)
    clock.advance(timedelta(days=3))
    assert lapses.lapse_due(session) == 0
    verify_first(session, shop, held)
    service.verify_second(session, actor=shop.desk.checker, redemption_ref=held.ref)
    session.commit()
    flows.lapse(session)
    ending = ending_of(session, buyer)
    assert (ending.spent_fen, ending.leftover_fen) == (39_900_000, 60_100_000)
    check(session)


def test_a_lapsed_voucher_buys_nothing_before_the_job_and_after(session: Session, clock: FixedClock) -> None:
    shop = make_shop(session, desk=make_desk(session, policy=SILENT))
    buyer = make_buyer(session, shop.desk, faces=(FACE,))
    home = make_home(session, shop)
    over(session, buyer, clock)
    clock.moment -= timedelta(minutes=1)
    quote = make_quote(session, buyer, home)
    clock.advance(timedelta(minutes=1))
    for _ in range(2):
        with pytest.raises(DomainError, match=r"quote_expired|voucher_lapsed"):
            service.reserve(session, actor=buyer.actor, quote_ref=quote.ref)
        session.rollback()
        with pytest.raises(DomainError, match="voucher_lapsed"):
            make_quote(session, buyer, home)
        session.rollback()
        assert purse(session, buyer).standing is Standing.LAPSED
        flows.lapse(session)


def test_what_was_asked_for_in_time_goes_on_as_it_was_shown(session: Session, clock: FixedClock) -> None:
    desk = make_desk(session, policy=VOIDING)
    buyer = make_buyer(session, desk, faces=(FACE,))
    ending = ask(session, buyer)
    over(session, buyer, clock)
    flows.lapse(session)
    assert approve(session, desk, ending).paid_fen == 70 * WAN
    check(session)


def test_what_is_withdrawn_after_the_term_lapses(session: Session, clock: FixedClock) -> None:
    desk = make_desk(session, policy=VOIDING)
    buyer = make_buyer(session, desk, faces=(FACE,))
    ending = ask(session, buyer)
    over(session, buyer, clock)
    endings.withdraw(session, actor=buyer.actor, ending_ref=ending.ref)
    session.commit()
    flows.lapse(session)
    assert ending_of(session, buyer).effect == "void"
    check(session)


def test_giving_up_is_the_same_as_lapse_where_the_policy_allows_it(session: Session) -> None:
    leaving = make_desk(session, policy=LEAVING)
    buyer = make_buyer(session, leaving, faces=(FACE,))
    ending = ask(session, buyer, kind=Kind.GIVE_UP)
    assert (ending.effect, ending.account) == ("agreement", None), "nothing is paid to a bank"
    assert approve(session, leaving, ending).state == "closed"
    assert control_balance(session, district_id=leaving.district.id, kind="agreement") == FACE
    check(session)


def test_a_proposed_extension_keeps_a_voucher_from_lapsing(session: Session, clock: FixedClock) -> None:
    desk = make_desk(session, policy=SILENT)
    buyer = make_buyer(session, desk, faces=(FACE,))
    over(session, buyer, clock)
    clock.moment -= timedelta(days=1)
    proposed = extensions.propose(
        session,
        actor=desk.officer,
        voucher_ref=buyer.vouchers[0].ref,
        months=2,
        reason="住院",
        evidence="出院记录 2017-12",
    )
    session.commit()
    clock.advance(timedelta(days=3))
    flows.lapse(session)
    assert session.scalar(select(func.count(VoucherEnding.id))) == 0
    extensions.approve(session, actor=desk.checker, extension_ref=proposed.ref)
    session.commit()
    assert purse(session, buyer).standing is Standing.USABLE
    over(session, buyer, clock)
    flows.lapse(session)
    assert ending_of(session, buyer).state == "undecided"
    check(session)


def test_a_term_that_the_scheme_ends_is_not_proposed_to_be_longer(session: Session) -> None:
    desk = make_desk(session, policy=SILENT + "scheme: {buy_until: 2016-12-31}\n")
    buyer = make_buyer(session, desk, faces=(FACE,))
    with pytest.raises(Conflict, match="extension_no_longer"):
        extensions.propose(
            session,
            actor=desk.officer,
            voucher_ref=buyer.vouchers[0].ref,
            months=2,
            reason="住院",
            evidence="出院记录 2016-12",
        )


def test_an_extension_that_nobody_decides_holds_no_longer_than_the_term_it_asks_for(
    session: Session, clock: FixedClock
) -> None:
    desk = make_desk(session, policy=SILENT)
    buyer = make_buyer(session, desk, faces=(FACE,))
    over(session, buyer, clock)
    clock.moment -= timedelta(days=1)
    proposed = extensions.propose(
        session,
        actor=desk.officer,
        voucher_ref=buyer.vouchers[0].ref,
        months=2,
        reason="住院",
        evidence="出院记录 2017-12",
    )
    session.commit()
    assert due_at(proposed.proposed_at) > clock.moment
    clock.moment = proposed.to_expires_at - timedelta(seconds=1)
    assert due_at(proposed.proposed_at) < clock.moment
    flows.lapse(session)
    assert session.scalar(select(func.count(VoucherEnding.id))) == 0, "a late authority hurts nobody"
    clock.advance(timedelta(seconds=1))
    flows.lapse(session)
    assert ending_of(session, buyer).state == "undecided"
    with pytest.raises(Conflict, match="ending_open"):
        extensions.approve(session, actor=desk.checker, extension_ref=proposed.ref)
    session.rollback()
    extensions.send_back(session, actor=desk.checker, extension_ref=proposed.ref, reason="过期未办")
    session.commit()
    check(session)


def test_many_are_ended_in_one_go(session: Session, clock: FixedClock) -> None:
    desk = make_desk(session, policy=VOIDING)
    buyers = [make_buyer(session, desk, faces=(FACE, 2 * FACE)) for _ in range(3)]
    over(session, buyers[0], clock)
    assert lapses.lapse_due(session, limit=4) == 4
    session.commit()
    assert lapses.lapse_due(session, limit=4) == 2
    session.commit()
    check(session)


def test_a_voucher_that_cannot_be_ended_holds_up_no_other(
    session: Session, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = make_desk(session, policy=VOIDING)
    buyers = [make_buyer(session, desk, faces=(FACE,)) for _ in range(3)]
    over(session, buyers[0], clock)
    torn, whole = buyers[0].vouchers[0], lapses._lapse

    def lapse(session: Session, voucher: Voucher) -> None:
        if voucher.id == torn.id:
            raise LookupError(voucher.ref)
        whole(session, voucher)

    with monkeypatch.context() as patch:
        patch.setattr(lapses, "_lapse", lapse)
        flows.lapse(session)
        assert [purse(session, one).standing is Standing.ENDED for one in buyers] == [False, True, True]
        stuck = apart.list_stuck(session, actor=desk.officer, limit=5)
        assert [(one.task, one.ref, one.reason) for one in stuck] == [
            ("vouchers.lapse", torn.ref, "LookupError")
        ]
    flows.lapse(session)
    assert purse(session, buyers[0]).standing is Standing.ENDED
    assert apart.count_stuck(session, actor=desk.officer) == 0
    check(session)
