"""The clear sheet: a household's own figures on one page, and a new version whenever what it says changes."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pypdfium2
import pytest
from sqlalchemy import event, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.core.actor import Actor, Role
from app.core.errors import Conflict, Forbidden, NotFound
from app.identity import counters
from app.projects.models import Household
from app.reports import clear_sheets
from app.reports.checking import Verdict, check
from app.reports.models import ClearSheet
from app.vouchers.queries import wallet
from tests.factories.batches import make_batch, make_roster
from tests.factories.identity import make_actor
from tests.factories.policies import HAILING
from tests.factories.projects import make_household
from tests.factories.vouchers import Desk, make_desk, make_voucher

BANDED = HAILING + "leftover:\n  - {spent_from: 0%, rate: 0%}\n  - {spent_from: 90%, rate: 100%}\n"


@pytest.fixture
def desk(session: Session) -> Desk:
    return make_desk(session, policy=BANDED + "lapse: {effect: agreement}\n")


@pytest.fixture
def household(session: Session, desk: Desk) -> Household:
    household = make_household(session, officer=desk.officer)
    make_voucher(session, desk=desk, household=household)
    session.commit()
    return household


def make(session: Session, actor: Actor, household: Household) -> ClearSheet:
    sheet = clear_sheets.make(session, actor=actor, household_id=household.id)
    session.commit()
    return sheet


def pages(*sheets: ClearSheet) -> list[str]:
    content = clear_sheets.render_sheets(
        sheets, day=lambda sheet: "今天", address_of=lambda mark: f"https://a.example/check/{mark}"
    )
    document = pypdfium2.PdfDocument(content)
    return ["".join(page.get_textpage().get_text_range().split()) for page in document]


def test_one_page_answers_the_five_questions_with_the_households_own_figures(
    session: Session, desk: Desk, household: Household
) -> None:
    (page,) = pages(make(session, desk.officer, household))
    for expected in (
        "1.能买几套房？",
        "2.多少钱一套？",
        "3.房票用到哪一天？",
        "4.没有用完的钱怎么付？",
        "5.谁能申请保障房？",
        "1,305,500元",
        "1,566,600元",
        "2017年12月1日（星期五）24:00",
        "奖励购房使用的金额的20%",
        "按您家的票面，90%是1,174,950元",
        "按原来的补偿协议办理，不计利息",
    ):
        assert expected in page, expected


def test_what_the_policy_added_to_the_face_is_said_with_its_sum(session: Session) -> None:
    added = "face: [{rate: 5%}, {yuan_per_m2: 100}, {yuan: 8000}, {rate: 1%, signed_to: 2016-05-19}]\n"
    desk = make_desk(session, policy=BANDED + added)
    household = make_household(session, officer=desk.officer)
    voucher = make_voucher(session, desk=desk, household=household, face_fen=100_000_000)
    session.commit()
    area_yuan = household.old_area_m2 * 100
    (page,) = pages(make(session, desk.officer, household))
    said = f"{voucher.ref}的票面里，政策另加：按补偿金额的5%，50,000元；按原房屋面积每平方米100元，"
    assert f"{said}{area_yuan:,.0f}元；每份协议，8,000元。" in page


def test_what_is_paid_in_cash_beside_the_face_is_said_by_its_parts(session: Session) -> None:
    desk = make_desk(session, policy=BANDED + "face_without: [moving, moving_award]\n")
    household = make_household(session, officer=desk.officer)
    parts = [("home", 100_000_000), ("moving", 200_000), ("moving_award", 50)]
    voucher = make_voucher(session, desk=desk, household=household, face_fen=100_200_050, lines=parts)
    session.commit()
    (page,) = pages(make(session, desk.officer, household))
    told = "补偿1,002,000.50元里计入票面的是1,000,000元；另有2,000.50元不在房票里，以货币支付："
    assert f"{voucher.ref}：{told}搬迁费2,000元、搬迁奖励0.50元。" in page


def test_what_a_voucher_may_pay_at_most_is_said_and_nothing_above_it(session: Session) -> None:
    most = "limits: [{kinds: [home], share_of_face: 60%}, {share_of_price: 80%}]\n"
    desk = make_desk(session, policy=BANDED + most)
    household = make_household(session, officer=desk.officer)
    make_voucher(session, desk=desk, household=household, face_fen=100_000_000)
    session.commit()
    (page,) = pages(make(session, desk.officer, household))
    assert "买新建商品住房最多用票面金额的60%，其余自付。" in page
    assert "买房，房票连奖励最多付总价的80%，其余自付。" in page
    assert "连奖励最多能付" not in page


def test_three_vouchers_still_fit_on_one_page(session: Session, desk: Desk, household: Household) -> None:
    for face in (1_234_567_89, 98_765_432_10):
        make_voucher(session, desk=desk, household=household, face_fen=face)
        session.commit()
    assert len(pages(make(session, desk.officer, household))) == 1


def test_what_each_voucher_has_of_its_own_is_said_behind_its_number(
    session: Session, desk: Desk, household: Household
) -> None:
    other = make_voucher(session, desk=desk, household=household, face_fen=20_000_000)
    session.commit()
    (page,) = pages(make(session, desk.officer, household))
    first = next(one.ref for one in wallet(session, household_id=household.id) if one.id != other.id)
    for expected in (
        f"{first}，90%是1,174,950元",
        f"{other.ref}，90%是180,000元",
        f"{first}、{other.ref}：用到2017年12月1日（星期五）24:00",
        "购房用不到票面金额的90%，余额不兑付现金",
    ):
        assert expected in page, expected
    assert page.count("奖励购房使用的金额的20%") == 1
    other.issued_at = other.issued_at and other.issued_at - timedelta(days=31)
    session.commit()
    (page,) = pages(make(session, desk.officer, household))
    assert f"{other.ref}：到2016年8月1日（星期一）为止：奖励购房使用的金额的20%" in page
    assert "2016年8月1日（星期一）当天和以前买房，连奖励最多能付1,806,600元" in page


def test_nothing_is_smaller_than_fourteen_points_but_the_foot(
    session: Session, desk: Desk, household: Household
) -> None:
    sheet = make(session, desk.officer, household)
    content = clear_sheets.render_sheets([sheet], day=lambda _: "今天", address_of=lambda mark: mark)
    page = pypdfium2.PdfDocument(content)[0].get_textpage()
    heights = [page.get_charbox(number, loose=True) for number in range(page.count_chars())]
    tall = [top - bottom for _left, bottom, _right, top in heights if top - bottom > 0]
    assert sum(height > 13 for height in tall) > len(tall) * 0.7


def test_made_again_unchanged_it_is_the_same_version(
    session: Session, desk: Desk, household: Household
) -> None:
    first = make(session, desk.officer, household)
    assert make(session, desk.officer, household).id == first.id
    assert check(session, mark=first.mark).verdict is Verdict.SHEET_HOLDS


def test_a_change_voids_the_old_one_even_before_the_new_is_made(
    session: Session, desk: Desk, household: Household
) -> None:
    first = make(session, desk.officer, household)
    counters.set_counter(session, actor=desk.officer, address="新址 3 号", phone="0556-1", hours="每天")
    session.commit()
    assert check(session, mark=first.mark).verdict is Verdict.SHEET_VOID
    second = make(session, desk.officer, household)
    assert (second.version, first.version) == (2, 1)
    session.refresh(first)
    found = check(session, mark=first.mark)
    assert (found.verdict, found.void_at) == (Verdict.SHEET_VOID, first.superseded_at)
    assert check(session, mark=second.mark).verdict is Verdict.SHEET_HOLDS
    assert household.holder_name not in repr(found)


def test_a_new_voucher_makes_a_new_version(session: Session, desk: Desk, household: Household) -> None:
    first = make(session, desk.officer, household)
    make_voucher(session, desk=desk, household=household, face_fen=20_000_000)
    session.commit()
    second = make(session, desk.officer, household)
    assert second.version == first.version + 1
    assert "您家有2张房票" in pages(second)[0]


def test_a_project_is_printed_in_parts(session: Session, desk: Desk) -> None:
    project = make_roster(session, desk=desk, faces=(100_00, 200_00, 300_00))
    make_batch(session, desk=desk, project=project)
    session.commit()
    runs = []
    for count in (2, 200):
        runs.append(
            clear_sheets.make_project(session, actor=desk.officer, project_id=project.id, count=count)
        )
        session.commit()
    sizes = [len(clear_sheets.list_run(session, actor=desk.officer, run_ref=run)) for run in runs]
    assert sizes == [2, 1]
    with pytest.raises(Conflict, match="paper_done"):
        clear_sheets.make_project(session, actor=desk.officer, project_id=project.id, count=1)
    assert clear_sheets.count_sheets(session, actor=desk.officer, project_id=project.id) == (3, 3)


def test_only_what_changed_is_made_anew_and_found_by_as_many_questions_however_many_there_are(
    session: Session, desk: Desk
) -> None:
    asked = []
    for faces in ((100_00, 200_00), (100_00, 200_00, 300_00, 400_00, 500_00)):
        project = make_roster(session, desk=desk, faces=faces)
        make_batch(session, desk=desk, project=project)
        clear_sheets.make_project(session, actor=desk.officer, project_id=project.id, count=200)
        changed = session.scalars(select(Household).where(Household.project_id == project.id)).all()[-1]
        changed.holder_name = "改了名"
        session.commit()
        session.expire_all()
        with counted(session) as statements:
            run_ref = clear_sheets.make_project(session, actor=desk.officer, project_id=project.id, count=200)
        (made,) = clear_sheets.list_run(session, actor=desk.officer, run_ref=run_ref)
        assert (made.household_id, made.version) == (changed.id, 2)
        asked.append(len(statements))
        session.commit()
    assert asked[0] == asked[1]


@contextmanager
def counted(session: Session) -> Iterator[list[str]]:
    """Collect the statements of a block."""
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    connection = session.connection()
    event.listen(connection, "before_cursor_execute", note)
    yield statements
    event.remove(connection, "before_cursor_execute", note)


def test_a_household_makes_its_own_and_nobody_elses(
    session: Session, desk: Desk, household: Household
) -> None:
    own = make_actor(session, role=Role.HOUSEHOLD, district=desk.district, household_id=household.id)
    sheet = make(session, own, household)
    assert len(clear_sheets.list_run(session, actor=own, run_ref=sheet.run_ref)) == 1
    stranger = replace(own, household_id=household.id + 1)
    with pytest.raises(NotFound):
        clear_sheets.make(session, actor=stranger, household_id=household.id)
    with pytest.raises(NotFound):
        clear_sheets.list_run(session, actor=stranger, run_ref=sheet.run_ref)
    with pytest.raises(NotFound):
        clear_sheets.make(session, actor=make_desk(session).officer, household_id=household.id)
    with pytest.raises(Forbidden):
        clear_sheets.make(session, actor=desk.checker, household_id=household.id)


def test_without_a_voucher_there_is_nothing_to_say(session: Session, desk: Desk) -> None:
    household = make_household(session, officer=desk.officer)
    with pytest.raises(Conflict, match="clear_sheet_no_voucher"):
        clear_sheets.make(session, actor=desk.officer, household_id=household.id)


def test_the_table_refuses_two_that_hold(session: Session, desk: Desk, household: Household) -> None:
    make(session, desk.officer, household)
    columns = "district_id, household_id, body, sha256, run_ref, made_at"
    copy = f"INSERT INTO clear_sheets ({columns}, version, mark) SELECT {columns}, 9, 'M' FROM clear_sheets"
    with pytest.raises(IntegrityError, match="uq_clear_sheets_live"):
        session.execute(text(copy))
