"""Projects, households and agreements are entered and found within one district."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.core.errors import DomainError, NotFound
from app.projects import queries, service
from tests.factories.projects import make_agreement, make_household, make_project
from tests.factories.vouchers import Desk, make_desk
from tests.frugality import at_most


@pytest.fixture
def desk(session: Session) -> Desk:
    return make_desk(session)


def test_names_and_numbers_are_taken_once_a_district(session: Session, desk: Desk) -> None:
    make_project(session, officer=desk.officer, name="港华路二期")
    make_agreement(session, officer=desk.officer, number="港二-0001")
    with pytest.raises(DomainError) as refused:
        make_project(session, officer=desk.officer, name="港华路二期")
    assert (refused.value.code, refused.value.field) == ("project_name_taken", "name")
    with pytest.raises(DomainError) as refused:
        make_agreement(session, officer=desk.officer, number="港二-0001")
    assert (refused.value.code, refused.value.field) == ("agreement_number_taken", "number")
    for number in ("..", "a//b", "/a", "a/", "a/./b", " "):
        with pytest.raises(DomainError, match="agreement_number_bad"):
            make_agreement(session, officer=desk.officer, number=number)
    elsewhere = make_desk(session)
    make_project(session, officer=elsewhere.officer, name="港华路二期")
    make_agreement(session, officer=elsewhere.officer, number="港二-0001")


def test_the_lines_of_an_agreement_are_its_sum(session: Session, desk: Desk) -> None:
    lines = [("home", 100_000_000), ("award", 30_600_000), ("deduction", -50_000)]
    agreement = make_agreement(session, officer=desk.officer, lines=lines)
    assert [(line.kind, line.amount_fen) for line in agreement.lines] == lines
    with pytest.raises(DomainError) as refused:
        make_agreement(session, officer=desk.officer, lines=lines[:2])
    assert (refused.value.code, refused.value.field) == ("agreement_lines_sum", "lines")
    session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))


ADD_A_LINE = """
    INSERT INTO agreement_lines (district_id, agreement_id, place, kind, amount_fen)
    SELECT district_id, id, 9, 'award', {amount} FROM agreements
"""


@pytest.mark.parametrize(
    ("change", "guard"),
    [
        (ADD_A_LINE.format(amount=1), "the lines of an agreement are its sum"),
        (
            "UPDATE agreements SET compensation_fen = compensation_fen + 1",
            "the lines of an agreement are its sum",
        ),
        (ADD_A_LINE.format(amount=-1), "ck_agreement_lines_amount"),
    ],
)
def test_the_database_holds_the_lines_to_the_sum(
    session: Session, desk: Desk, change: str, guard: str
) -> None:
    make_agreement(session, officer=desk.officer, lines=[("home", 130_550_000)])
    session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
    with pytest.raises(IntegrityError, match=guard):
        session.execute(text(change))


def test_another_districts_rows_are_not_there(session: Session, desk: Desk) -> None:
    agreement = make_agreement(session, officer=desk.officer)
    household = queries.get_household_by_id(session, actor=desk.officer, household_id=agreement.household_id)
    stranger = make_desk(session).officer
    with pytest.raises(NotFound):
        queries.get_household(session, actor=stranger, ref=household.ref)
    with pytest.raises(NotFound):
        queries.get_agreement(session, actor=stranger, number=agreement.number)
    with pytest.raises(NotFound):
        queries.get_agreement_by_id(session, actor=stranger, agreement_id=agreement.id)
    with pytest.raises(NotFound):
        queries.get_project(session, actor=stranger, project_id=household.project_id)
    with pytest.raises(NotFound):
        service.create_household(
            session,
            actor=stranger,
            project_id=household.project_id,
            holder_name="李某",
            old_address="东街1号",
            old_area_m2=Decimal(50),
        )
    with pytest.raises(NotFound):
        service.create_agreement(
            session,
            actor=stranger,
            household_id=household.id,
            number="X-1",
            compensation_fen=1,
            signed_on=date(2016, 6, 1),
        )
    assert queries.list_households(session, actor=stranger) == []
    assert queries.list_agreements(session, actor=stranger, household_id=household.id) == []


def test_an_agreement_is_entered_in_few_statements_and_told_as_it_is(session: Session, desk: Desk) -> None:
    """A table enters hundreds while somebody waits: three each; two are the audit trail's, two marks."""
    household = make_household(session, officer=desk.officer)
    household_id, lines = household.id, [("home", 100_000_000), ("award", 30_550_000)]
    with at_most(session, 7):
        agreement = service.create_agreement(
            session,
            actor=desk.officer,
            household_id=household_id,
            number="港二-0003",
            compensation_fen=130_550_000,
            signed_on=date(2016, 5, 20),
            lines=lines,
            residents=3,
        )
    for _ in range(2):
        assert agreement.household.id == household_id
        assert [(line.place, line.kind, line.amount_fen) for line in agreement.lines] == [
            (place, *line) for place, line in enumerate(lines, start=1)
        ]
        told = (agreement.signed_on, agreement.vacated_on, agreement.entitled_m2, agreement.residents)
        assert told == (date(2016, 5, 20), None, None, 3)
        session.refresh(agreement)


def test_households_are_found_by_name_address_reference_and_agreement(session: Session, desk: Desk) -> None:
    wanted = make_household(session, officer=desk.officer, holder_name="诸葛兰芝")
    make_household(session, officer=desk.officer, holder_name="王秀英")
    make_agreement(session, officer=desk.officer, household=wanted, number="ab-17")
    typed = wanted.ref.replace("-", " ").lower()
    for words in ("兰芝", wanted.old_address, wanted.ref, typed, "AB-17"):
        found = queries.list_households(session, actor=desk.officer, words=words)
        assert [household.id for household in found] == [wanted.id], words
        assert queries.count_households(session, actor=desk.officer, words=words) == 1
    assert queries.count_households(session, actor=desk.officer) == 2


@pytest.mark.parametrize("words", ["%", "_", "\\", "'", "没有这个人"])
def test_signs_of_sql_are_only_text(session: Session, desk: Desk, words: str) -> None:
    make_household(session, officer=desk.officer)
    assert queries.list_households(session, actor=desk.officer, words=words) == []


def test_a_long_list_comes_in_pages_without_gap_or_repeat(session: Session, desk: Desk) -> None:
    project = make_project(session, officer=desk.officer)
    made = {make_household(session, officer=desk.officer, project=project).id for _ in range(5)}
    pages = [
        [row.id for row in queries.list_households(session, actor=desk.officer, offset=offset, limit=2)]
        for offset in (0, 2, 4)
    ]
    assert [len(page) for page in pages] == [2, 2, 1]
    assert {row_id for page in pages for row_id in page} == made


def test_the_tables_keep_a_household_and_its_project_in_one_district(session: Session, desk: Desk) -> None:
    household = make_household(session, officer=desk.officer)
    agreement = make_agreement(session, officer=desk.officer, household=household)
    elsewhere = make_desk(session)
    for table, row_id in (("households", household.id), ("agreements", agreement.id)):
        with pytest.raises(IntegrityError, match="fk_"), session.begin_nested():
            session.execute(
                text(f"UPDATE {table} SET district_id = :district WHERE id = :id"),
                {"district": elsewhere.district.id, "id": row_id},
            )


@pytest.mark.parametrize("sum_fen", [0, -1])
def test_the_table_refuses_an_agreement_over_nothing(session: Session, desk: Desk, sum_fen: int) -> None:
    with pytest.raises(IntegrityError, match="ck_agreements_compensation"):
        make_agreement(session, officer=desk.officer, compensation_fen=sum_fen)
