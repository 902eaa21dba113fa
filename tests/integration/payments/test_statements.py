"""A statement counts once a second person has read the same off the bank's own."""

from dataclasses import replace

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.core.errors import Conflict, DomainError, Forbidden, NotFound
from app.payments import matching, proofs, queries, statements
from app.payments.errors import StatementInvalid
from app.payments.models import StatementLine, TopUp
from app.payments.statement_models import Statement
from tests.factories.payments import statement
from tests.factories.redemptions import Shop, make_buyer, make_home, make_redemption, make_shop
from tests.factories.vouchers import make_desk

ONE, INVENTED = "S1,2016-06-02,500,张三,", "S2,2016-06-02,700,张三,"


@pytest.fixture
def shop(session: Session) -> Shop:
    shop = make_shop(session)
    make_redemption(session, make_buyer(session, shop.desk, faces=(30_000_000,)), make_home(session, shop))
    return shop


def bring(session: Session, shop: Shop, *lines: str) -> Statement:
    made = statements.import_statement(session, actor=shop.desk.officer, content=statement(*lines)).statement
    session.commit()
    assert made is not None
    return made


def confirm(session: Session, shop: Shop, one: Statement, count: int | None, total_fen: int | None) -> None:
    statements.confirm(session, actor=shop.desk.checker, ref=one.ref, count=count, total_fen=total_fen)
    session.commit()


def test_an_invented_line_never_counts(session: Session, shop: Shop) -> None:
    made = bring(session, shop, ONE, INVENTED)
    for bank, code in (
        ((1, 50_000), "statement_count_differs"),
        ((2, 50_000), "statement_total_differs"),
        ((None, 50_000), "statement_count_missing"),
        ((2, None), "statement_total_missing"),
    ):
        with pytest.raises(DomainError, match=code):
            confirm(session, shop, made, *bank)
        session.rollback()
    assert queries.list_lines(session, actor=shop.desk.officer) == []
    top_up, (line, _) = session.query(TopUp).one(), session.query(StatementLine).order_by(StatementLine.id)
    for act in (
        lambda: matching.confirm(session, actor=shop.desk.officer, line_ref=line.ref, top_up_ref=top_up.ref),
        lambda: matching.set_aside(session, actor=shop.desk.officer, line_ref=line.ref, reason="水费"),
    ):
        with pytest.raises(NotFound, match="statement_line_gone"):
            act()
        session.rollback()
    with pytest.raises(DomainError, match="reason_missing"):
        statements.reject(session, actor=shop.desk.checker, ref=made.ref, reason=" ")
    session.rollback()
    statements.reject(session, actor=shop.desk.checker, ref=made.ref, reason="多了一笔")
    session.commit()
    assert queries.list_lines(session, actor=shop.desk.officer) == []
    again = bring(session, shop, ONE)
    confirm(session, shop, again, 1, 50_000)
    assert [one.serial for one in queries.list_lines(session, actor=shop.desk.officer)] == ["S1"]
    assert proofs.verify(session) == []


def test_two_people_are_asked_once(session: Session, shop: Shop) -> None:
    made = bring(session, shop, ONE)
    both = replace(shop.desk.checker, user_id=shop.desk.officer.user_id)
    for actor, refusal in (
        (shop.desk.officer, Forbidden),
        (both, Forbidden),
        (make_desk(session).checker, NotFound),
    ):
        with pytest.raises(refusal):
            statements.confirm(session, actor=actor, ref=made.ref, count=1, total_fen=50_000)
        session.rollback()
    confirm(session, shop, made, 1, 50_000)
    with pytest.raises(Conflict, match="statement_decided"):
        statements.reject(session, actor=shop.desk.checker, ref=made.ref, reason="不符")


def test_a_sum_waits_in_one_statement_at_a_time(session: Session, shop: Shop) -> None:
    made = bring(session, shop, ONE)
    with pytest.raises(Conflict, match="statement_waits"):
        bring(session, shop, ONE, "S3,2016-06-02,5,李四,")
    session.rollback()
    confirm(session, shop, made, 1, 50_000)
    more = bring(session, shop, ONE, "S3,2016-06-02,5,李四,")
    assert (more.count, more.sum_fen) == (2, 50_500), "the bank's own number has the known one too"
    known = statements.import_statement(session, actor=shop.desk.officer, content=statement(ONE))
    assert (known.statement, known.known) == (None, 1)


def test_a_sum_in_other_signs_or_of_a_day_to_come_is_not_taken_in_anew(session: Session, shop: Shop) -> None:
    confirm(session, shop, bring(session, shop, ONE), 1, 50_000)
    for same in ("Ｓ１,2016-06-02,500,张三,", "'S1,20160602,+500.00,张三,", '="S1",2016/6/2,￥５００,张三,'):
        known = statements.import_statement(session, actor=shop.desk.officer, content=statement(same))
        assert (known.statement, known.known) == (None, 1), same
        session.commit()
    with pytest.raises(StatementInvalid, match="statement_day_ahead"):
        bring(session, shop, "S9,2016-06-03,500,张三,")
    with pytest.raises(NotFound, match="account_gone"):
        statements.import_statement(
            session, actor=shop.desk.officer, content=statement(INVENTED), account_ref="JG-AAAAA"
        )


GUARDS = {
    "UPDATE statement_lines SET state = 'matched'": "ck_statement_lines_confirmed",
    "UPDATE statement_lines SET statement_state = 'confirmed'": "fk_statement_lines",
    "UPDATE bank_statements SET state = 'confirmed', decided_at = now(), "
    "decided_by_id = imported_by_id": "ck_bank_statements_second_person",
    "UPDATE bank_statements SET state = 'confirmed', decided_at = now()": "ck_bank_statements_decided_by",
    "UPDATE bank_statements SET state = 'rejected', decided_at = now(), "
    "decided_by_id = (SELECT max(id) FROM users)": "ck_bank_statements_reason",
    "INSERT INTO statement_lines (district_id, ref, serial, received_on, amount_fen, payer_name, "
    "payer_account, memo, account_id, statement_id, statement_state, state) "
    "SELECT district_id, 'X', serial, received_on, amount_fen, payer_name, payer_account, memo, "
    "account_id, statement_id, statement_state, state FROM statement_lines": "uq_statement_lines_once",
}


@pytest.mark.parametrize(("change", "guard"), GUARDS.items())
def test_the_database_refuses_it_too(session: Session, shop: Shop, change: str, guard: str) -> None:
    bring(session, shop, ONE)
    with pytest.raises(IntegrityError, match=guard), session.begin_nested():
        session.execute(text(change))


def test_what_a_checker_decided_is_on_record(session: Session, shop: Shop) -> None:
    """Whoever writes past the service is found by the trail."""
    bring(session, shop, ONE)
    session.execute(
        text(
            "UPDATE bank_statements SET state = 'confirmed', decided_at = now(), "
            "decided_by_id = (SELECT max(id) FROM users)"
        )
    )
    assert {breach.rule for breach in proofs.verify(session)} == {
        "a statement is in the audit trail, with both people"
    }
