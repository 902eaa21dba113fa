"""Matches taken back, lines set aside, and money given back: two people, never more than came in."""

from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.core import clock
from app.core.actor import Actor, Role
from app.core.errors import Conflict, DomainError, Forbidden
from app.ledger import queries as ledger
from app.payments import matching, money, proofs, queries, refund_queries, refunds
from app.payments.errors import StatementInvalid
from app.payments.models import LineMatch, StatementLine, TopUp
from app.payments.refund_models import Refund
from app.redemptions import queries as redemptions
from app.redemptions import service as buying
from app.redemptions.models import Redemption
from app.redemptions.rules import top_up_owner
from tests.factories.accounts import make_account
from tests.factories.identity import make_actor
from tests.factories.payments import statement, take_in
from tests.factories.redemptions import (
    Buyer,
    Shop,
    contract,
    make_buyer,
    make_home,
    make_redemption,
    make_shop,
    redeem,
)

DUE_FEN = 10_200_000


@dataclass
class Deal:
    """A lock that lacks 10.2 万, and the people around it."""

    shop: Shop
    buyer: Buyer
    redemption: Redemption
    top_up: TopUp
    second: Actor
    """Another officer."""

    @property
    def officer(self) -> Actor:
        return self.shop.desk.officer

    @property
    def checker(self) -> Actor:
        return self.shop.desk.checker


@pytest.fixture
def deal(session: Session) -> Deal:
    shop = make_shop(session)
    buyer = make_buyer(session, shop.desk, faces=(30_000_000,))
    redemption = make_redemption(session, buyer, make_home(session, shop))
    owner = top_up_owner(redemption.id)
    top_up = queries.find_top_up(session, district_id=redemption.district_id, owner=owner)
    assert top_up is not None
    second = make_actor(session, role=Role.OFFICER, district=shop.desk.district)
    session.commit()
    return Deal(shop, buyer, redemption, top_up, second)


def bring(session: Session, deal: Deal, *lines: str) -> list[StatementLine]:
    take_in(session, deal.officer, statement(*lines))
    session.commit()
    return list(queries.list_lines(session, actor=deal.officer))


def match(session: Session, deal: Deal, line: StatementLine, **how: object) -> LineMatch:
    found = matching.confirm(
        session, actor=deal.officer, line_ref=line.ref, top_up_ref=deal.top_up.ref, **how
    )
    session.commit()
    return found


def overpaid(session: Session, deal: Deal) -> LineMatch:
    (line,) = bring(session, deal, "S1,2016-06-02,112000,张三,")
    return match(session, deal, line, over=True)


def prepare(session: Session, deal: Deal, amount_fen: int, **how: str) -> Refund:
    (line,) = [one.line for one in refund_queries.list_refundable(session, top_up=deal.top_up)]
    made = refunds.prepare(
        session,
        actor=deal.officer,
        top_up_ref=deal.top_up.ref,
        line_ref=line.ref,
        amount_fen=amount_fen,
        **{"payee_account": "6222 0200 1234", **how},
    )
    session.commit()
    return made


def sound(session: Session) -> bool:
    return not (ledger.verify(session) or proofs.verify(session) or redemptions.verify(session))


def test_a_wrong_match_is_taken_back_by_a_second_person_and_matched_again(
    session: Session, deal: Deal
) -> None:
    (line,) = bring(session, deal, "S1,2016-06-02,5,张三,")
    match(session, deal, line)
    assert money.net_fen(session, deal.top_up) == 500
    with pytest.raises(Forbidden, match="match_same_person"):
        buying.take_back_match(session, actor=deal.officer, line_ref=line.ref, reason="对错了")
    session.rollback()
    with pytest.raises(DomainError, match="reason_missing"):
        buying.take_back_match(session, actor=deal.second, line_ref=line.ref, reason=" ")
    session.rollback()
    buying.take_back_match(session, actor=deal.second, line_ref=line.ref, reason="对错了")
    session.commit()
    session.refresh(line)
    assert (line.state, money.net_fen(session, deal.top_up)) == ("open", 0)
    match(session, deal, line)
    story = queries.story_of(session, line=line)
    assert [one.reason for one in story.matches] == ["对错了", None]
    assert sound(session)


def test_nothing_is_taken_back_once_written_off(session: Session, deal: Deal) -> None:
    redeem(session, deal.shop, deal.redemption)
    (match_,) = queries.list_arrived(session, top_up=deal.top_up)
    with pytest.raises(Conflict, match="redemption_redeemed"):
        buying.take_back_match(session, actor=deal.second, line_ref=match_.line.ref, reason="对错了")


def test_a_match_taken_back_blocks_the_write_off(session: Session, deal: Deal) -> None:
    contract(session, deal.shop, deal.redemption)
    buying.verify_first(session, actor=deal.officer, redemption_ref=deal.redemption.ref)
    session.commit()
    (match_,) = queries.list_arrived(session, top_up=deal.top_up)
    buying.take_back_match(session, actor=deal.second, line_ref=match_.line.ref, reason="对错了")
    session.commit()
    with pytest.raises(Conflict, match="top_up_missing"):
        buying.verify_second(session, actor=deal.checker, redemption_ref=deal.redemption.ref)


def test_a_line_is_set_aside_with_a_reason_and_brought_back(session: Session, deal: Deal) -> None:
    (line,) = bring(session, deal, "S1,2016-06-02,5,物业公司,水费")
    matching.set_aside(session, actor=deal.officer, line_ref=line.ref, reason="水费，不是差价")
    session.commit()
    assert queries.count_lines(session, actor=deal.officer) == 0
    with pytest.raises(Conflict, match="statement_line_matched"):
        match(session, deal, line)
    session.rollback()
    matching.bring_back(session, actor=deal.second, line_ref=line.ref)
    session.commit()
    assert queries.count_lines(session, actor=deal.officer) == 1
    assert sound(session)


def test_the_same_money_counts_once_whatever_file_brings_it(session: Session, deal: Deal) -> None:
    one, other, third = "S1,2016-06-02,5,张三,", "S1,2016-06-02,6,张三,", "S2,2016-06-02,5,张三,"
    first = take_in(session, deal.officer, statement(one, one))
    again = take_in(session, deal.officer, statement(" 'S1 ,2016-06-02,5,,", other, third))
    assert (first.fresh, first.known) == (1, 1)
    assert (again.fresh, again.known, again.alike) == (2, 1, 1)
    line = queries.list_lines(session, actor=deal.officer)[0]
    assert [twin.serial for twin in queries.list_twins(session, line=line)] == ["S1", "S2"]
    with pytest.raises(IntegrityError, match="uq_statement_lines"), session.begin_nested():
        session.execute(text("UPDATE statement_lines SET amount_fen = 500, serial = 'S1'"))


def test_a_line_says_into_which_account_it_came(session: Session, deal: Deal) -> None:
    development = deal.shop.building.development
    parties = {"manager": deal.shop.developer, "checker": deal.checker, "development": development}
    former, now = make_account(session, **parties), make_account(session, **parties)
    head = "流水号,交易日期,收入金额,对方户名,对方账号,本方账号"
    lines = f"S1,2016-06-02,1,张三,6222,{former.number}\nS2,2016-06-02,1,张三,,{now.number}"
    take_in(session, deal.officer, f"{head}\n{lines}".encode())
    session.commit()
    found = queries.list_lines(session, actor=deal.officer)
    assert [one.account_id for one in found] == [former.id, now.id]
    match(session, deal, found[0])  # money paid into a former account counts
    strange = f"{head}\nS3,2016-06-02,1,张三,,99999999"
    with pytest.raises(StatementInvalid, match="statement_account"):
        take_in(session, deal.officer, strange.encode())


def test_banks_that_number_their_lines_alike_bring_two_sums(session: Session, deal: Deal) -> None:
    development = deal.shop.building.development
    parties = {"manager": deal.shop.developer, "checker": deal.checker, "development": development}
    one, other = make_account(session, **parties), make_account(session, **parties)
    head = "流水号,交易日期,收入金额,对方户名,对方账号,本方账号"

    def bring_to(number: str) -> tuple[int, int, int]:
        content = f"{head}\n1,2016-06-02,50000,张三,6222,{number}".encode()
        done = take_in(session, deal.officer, content)
        session.commit()
        return done.fresh, done.known, done.alike

    assert bring_to(one.number) == (1, 0, 0)
    assert bring_to(other.number) == (1, 0, 1), "another account's sum, pointed at"
    assert bring_to(other.number) == (0, 1, 0)
    assert len(bring(session, deal, "1,2016-06-02,50000,张三,")) == 2, (
        "an account that nobody told may be these"
    )
    assert sound(session)
    with pytest.raises(IntegrityError, match="uq_statement_lines_once"), session.begin_nested():
        session.execute(text("UPDATE statement_lines SET account_id = :one"), {"one": one.id})


def test_an_overpayment_needs_a_word_and_goes_back_by_two_people(session: Session, deal: Deal) -> None:
    (line,) = bring(session, deal, "S1,2016-06-02,112000,张三,")
    with pytest.raises(Conflict, match="top_up_too_much") as refused:
        match(session, deal, line)
    session.rollback()
    assert (refused.value.field, refused.value.params) == ("over", {"over_fen": 1_000_000})
    match(session, deal, line, over=True)
    (due,) = refund_queries.list_due(session, actor=deal.officer)
    assert (due.top_up.ref, due.surplus_fen) == (deal.top_up.ref, 1_000_000)
    with pytest.raises(DomainError, match="refund_above"):
        prepare(session, deal, 1_000_001)
    session.rollback()
    with pytest.raises(DomainError, match="payee_account_missing"):
        prepare(session, deal, 1_000_000, payee_account="")
    session.rollback()
    refund = prepare(session, deal, 1_000_000)
    assert (refund.payee_name, refund_queries.list_due(session, actor=deal.officer)) == ("张三", [])
    both = replace(deal.checker, user_id=deal.officer.user_id)
    with pytest.raises(Forbidden, match="approval_same_person"):
        refunds.approve(session, actor=both, ref=refund.ref)
    session.rollback()
    with pytest.raises(Conflict, match="refund_moved"):
        refunds.pay(session, actor=deal.officer, ref=refund.ref, bank_ref="B1", paid_on=clock.today())
    session.rollback()
    refunds.approve(session, actor=deal.checker, ref=refund.ref)
    session.commit()
    refunds.pay(session, actor=deal.second, ref=refund.ref, bank_ref="B 1", paid_on=clock.today())
    session.commit()
    assert (refund.state, refund.bank_ref, money.net_fen(session, deal.top_up)) == ("paid", "B1", DUE_FEN)
    assert queries.missing_of(session, deal.top_up) == 0
    assert sound(session)


@pytest.mark.parametrize("told", ["6222****1234", "6.22202E+18", "١٢٣٤٥٦٧٨", "10-306101040012345"])
def test_an_account_that_the_statement_does_not_say_in_full_is_asked_for(
    session: Session, deal: Deal, told: str
) -> None:
    head = "流水号,交易日期,收入金额,对方户名,对方账号"
    content = f"{head}\nS1,2016-06-02,112000,张三,{told}".encode()
    take_in(session, deal.officer, content)
    session.commit()
    (line,) = queries.list_lines(session, actor=deal.officer)
    match(session, deal, line, over=True)
    known = told == "10-306101040012345"
    if not known:
        for typed in ("", "1234", "٣٣٣٣٣٣٣٣"):
            with pytest.raises(DomainError, match="payee_account_missing"):
                prepare(session, deal, 1_000_000, payee_account=typed)
            session.rollback()
    refund = prepare(session, deal, 1_000_000)
    assert refund.payee_account == ("10306101040012345" if known else "622202001234")
    assert sound(session)
    session.execute(text("UPDATE refunds SET payee_account = '88888888'"))
    assert bool(proofs.verify(session)) == (known or "*" in told)


def paid(session: Session, deal: Deal, refund: Refund, bank_ref: str) -> None:
    refunds.approve(session, actor=deal.checker, ref=refund.ref)
    session.commit()
    refunds.pay(session, actor=deal.officer, ref=refund.ref, bank_ref=bank_ref, paid_on=clock.today())
    session.commit()


def test_a_refund_that_the_bank_sent_back_goes_to_another_account_and_its_line_is_no_top_up(
    session: Session, deal: Deal
) -> None:
    head = "流水号,交易日期,收入金额,对方户名,对方账号"
    take_in(session, deal.officer, f"{head}\nS1,2016-06-02,112000,张三,622200001234".encode())
    session.commit()
    (line,) = queries.list_lines(session, actor=deal.officer)
    match(session, deal, line, over=True)
    refund = prepare(session, deal, 1_000_000)
    assert refund.payee_account == "622200001234"
    paid(session, deal, refund, "B1")
    (back,) = bring(session, deal, "TH9,2016-06-02,10000,待清算,退汇")
    told = {"ref": refund.ref, "returned_on": clock.today(), "reason": "已销户"}
    with pytest.raises(DomainError, match="return_is_matched"):
        refunds.note_returned(session, actor=deal.officer, reference="S1", **told)
    session.rollback()
    refunds.note_returned(session, actor=deal.officer, reference="TH9", **told)
    session.commit()
    session.refresh(back)
    assert (refund.state, back.state) == ("returned", "aside")
    assert refund_queries.list_due(session, actor=deal.officer)[0].surplus_fen == 1_000_000
    matching.bring_back(session, actor=deal.officer, line_ref=back.ref)
    session.commit()
    with pytest.raises(Conflict, match="statement_line_is_return"):
        match(session, deal, back, over=True)
    session.rollback()
    assert sound(session)
    again = prepare(session, deal, 1_000_000, payee_account="6217 0000 9999")
    assert again.payee_account == "621700009999"
    refunds.approve(session, actor=deal.checker, ref=again.ref)
    session.commit()
    with pytest.raises(DomainError, match="bank_reference_used"):
        refunds.pay(session, actor=deal.officer, ref=again.ref, bank_ref="B1", paid_on=clock.today())
    session.rollback()
    refunds.pay(session, actor=deal.officer, ref=again.ref, bank_ref="B2", paid_on=clock.today())
    session.commit()
    assert sound(session)


def test_money_that_has_the_serial_of_a_return_stays_the_households(session: Session, deal: Deal) -> None:
    own, other = (
        make_account(
            session,
            manager=shop.developer,
            checker=deal.checker,
            development=shop.building.development,
        )
        for shop in (deal.shop, make_shop(session, desk=deal.shop.desk))
    )
    head, day = "流水号,交易日期,收入金额,对方户名,对方账号,本方账号", clock.today()
    take_in(session, deal.officer, f"{head}\nS1,2016-06-02,112000,张三,622200001234,{own.number}".encode())
    session.commit()
    match(session, deal, queries.list_lines(session, actor=deal.officer)[0], over=True)
    refund = prepare(session, deal, 1_000_000)
    paid(session, deal, refund, "B1")
    rows = (
        f"7,2016-06-02,500,李四,6217,{own.number}",  # numbered anew each day
        f"7,{day},10000,李四,6217,{other.number}",  # another bank's
        f"7,{day},9995,待清算,,{own.number}",  # the bank kept a fee
    )
    take_in(session, deal.officer, "\n".join((head, *rows)).encode())
    session.commit()
    households, foreign, back = queries.list_lines(session, actor=deal.officer)
    told = {"returned_on": day, "reason": "已销户"}
    refunds.note_returned(session, actor=deal.officer, ref=refund.ref, reference="7", **told)
    session.commit()
    for line, state in ((households, "open"), (foreign, "open"), (back, "aside")):
        session.refresh(line)
        assert line.state == state, line.amount_fen
    match(session, deal, households, over=True)
    assert sound(session)


def test_digits_that_a_statement_shows_are_those_of_the_account(session: Session, deal: Deal) -> None:
    head = "流水号,交易日期,收入金额,对方户名,对方账号"
    take_in(session, deal.officer, f"{head}\nS1,2016-06-02,112000,张三,6222****1234".encode())
    session.commit()
    (line,) = queries.list_lines(session, actor=deal.officer)
    match(session, deal, line, over=True)
    for typed in ("6222 0000 9999", "6217 0000 1234"):
        with pytest.raises(DomainError, match="payee_account_differs"):
            prepare(session, deal, 1_000_000, payee_account=typed)
        session.rollback()


def test_a_refund_is_paid_on_a_day_between_its_approval_and_today(session: Session, deal: Deal) -> None:
    overpaid(session, deal)
    refund = prepare(session, deal, 1_000_000)
    refunds.approve(session, actor=deal.checker, ref=refund.ref)
    session.commit()
    for day, code in ((-1, "paid_day_early"), (1, "paid_day_ahead")):
        paid_on = clock.today() + timedelta(days=day)
        with pytest.raises(DomainError, match=code):
            refunds.pay(session, actor=deal.officer, ref=refund.ref, bank_ref="B1", paid_on=paid_on)
        session.rollback()


def test_an_approved_refund_is_given_up_by_no_officer_and_not_by_who_prepared_it(
    session: Session, deal: Deal
) -> None:
    """The bank may have paid it: whoever dropped it alone could prepare the same money again."""
    overpaid(session, deal)
    refund = prepare(session, deal, 1_000_000)
    refunds.approve(session, actor=deal.checker, ref=refund.ref)
    session.commit()
    for actor in (deal.officer, deal.second, replace(deal.checker, user_id=deal.officer.user_id)):
        with pytest.raises(Forbidden, match="refund_approved"):
            refunds.reject(session, actor=actor, ref=refund.ref, reason="退不成")
        session.rollback()
    refunds.reject(session, actor=deal.checker, ref=refund.ref, reason="银行退回")
    session.commit()
    assert sound(session)


@pytest.mark.parametrize("ends", ["cancel", "refuse"])
def test_what_was_paid_for_a_purchase_that_ended_is_to_be_given_back(
    session: Session, deal: Deal, ends: str
) -> None:
    if ends == "cancel":
        (line,) = bring(session, deal, "S1,2016-06-02,5,张三,")
        match(session, deal, line)
        buying.cancel(session, actor=deal.buyer.actor, redemption_ref=deal.redemption.ref)
    else:
        contract(session, deal.shop, deal.redemption)
        buying.refuse(session, actor=deal.officer, redemption_ref=deal.redemption.ref, reason="不符")
    session.commit()
    session.refresh(deal.top_up)
    (due,) = refund_queries.list_due(session, actor=deal.checker)
    assert due.surplus_fen == (500 if ends == "cancel" else DUE_FEN)
    refund = prepare(session, deal, due.surplus_fen)
    refunds.reject(session, actor=deal.checker, ref=refund.ref, reason="账号不对")
    session.commit()
    assert refund_queries.list_due(session, actor=deal.checker)[0].surplus_fen == due.surplus_fen
    assert sound(session)


def test_a_line_of_which_money_goes_back_stays_matched(session: Session, deal: Deal) -> None:
    match_ = overpaid(session, deal)
    prepare(session, deal, 1)
    with pytest.raises(Conflict, match="match_refunded"):
        buying.take_back_match(session, actor=deal.second, line_ref=match_.line.ref, reason="对错了")


BREAKS = {
    "UPDATE statement_lines SET amount_fen = amount_fen + 1": {
        "a top-up holds its matched lines less its refunds",
        "a match moved its line's sum once, and back once it was taken back",
    },
    "UPDATE refunds SET amount_fen = amount_fen + 1": {
        "a top-up holds its matched lines less its refunds",
        "a refund is promised as prepared, and ended as it stands",
        "no refund is above what its line brought",
        "a match and a refund are in the audit trail",
    },
    "UPDATE refunds SET amount_fen = 11200001": {
        "a top-up holds its matched lines less its refunds",
        "a refund is promised as prepared, and ended as it stands",
        "no refund is above what its line brought",
        "a match and a refund are in the audit trail",
    },
    "UPDATE line_matches SET refunded_fen = 0": {"no refund is above what its line brought"},
    "UPDATE refunds SET payee_name = '李四'": {"a refund goes back to where its line came from"},
    "UPDATE statement_lines SET state = 'open'": {"a line counts once"},
    "INSERT INTO ledger_transfers (district_id, kind, debit_account_id, credit_account_id, amount_fen, code, "
    "idempotency_key, at) SELECT district_id, kind, debit_account_id, credit_account_id, 1, code, 'x', at "
    "FROM ledger_transfers WHERE code = 'top_up.receive'": {
        "a top-up holds its matched lines less its refunds",
        "top-up money moves only by matches and refunds",
    },
    "UPDATE line_matches SET matched_by_id = (SELECT max(id) FROM users)": {
        "a match and a refund are in the audit trail"
    },
}


@pytest.mark.parametrize("statement_", BREAKS)
def test_whatever_is_forged_is_found(session: Session, deal: Deal, statement_: str) -> None:
    overpaid(session, deal)
    prepare(session, deal, 400_000)
    assert sound(session)
    session.execute(text(statement_))
    assert {breach.rule for breach in proofs.verify(session)} >= BREAKS[statement_]


@pytest.mark.parametrize(
    ("statement_", "guard"),
    [
        ("UPDATE line_matches SET refunded_fen = amount_fen + 1", "refunded"),
        ("UPDATE line_matches SET taken_back_by_id = matched_by_id", "second_person"),
        ("UPDATE refunds SET approved_by_id = prepared_by_id, approved_at = now()", "second_person"),
        ("UPDATE refunds SET state = 'paid'", "ck_refunds"),
        (
            "UPDATE ledger_accounts SET debits_posted = credits_posted + 1 WHERE kind = 'top_up'",
            "never_overdrawn",
        ),
    ],
)
def test_the_database_refuses_it_too(session: Session, deal: Deal, statement_: str, guard: str) -> None:
    overpaid(session, deal)
    prepare(session, deal, 400_000)
    with pytest.raises(IntegrityError, match=guard), session.begin_nested():
        session.execute(text(statement_))
