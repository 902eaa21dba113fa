"""Vouchers on numbered sheets: printed once, spoiled with a reason, replaced, and checked by anybody."""

from dataclasses import replace

import pypdfium2
import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.core.actor import Role
from app.core.clock import FixedClock
from app.core.errors import Conflict, DomainError, Forbidden, NotFound
from app.projects.models import Project
from app.reports import voucher_paper
from app.reports.checking import Verdict, check
from app.vouchers import paper, paper_queries
from app.vouchers.models import Voucher
from app.vouchers.paper_queries import Wanted
from app.vouchers.paper_rules import serials
from tests.factories.batches import make_batch, make_roster
from tests.factories.moves import MOVING, actor_of, carry_out, split_of
from tests.factories.policies import HAILING
from tests.factories.projects import make_household, make_person
from tests.factories.redemptions import make_buyer, make_home, make_redemption, make_shop
from tests.factories.vouchers import Desk, make_desk, make_voucher

COPY = """
    INSERT INTO voucher_sheets (district_id, voucher_id, serial, mark, run_ref, printed_at, printed_by_id)
    SELECT district_id, voucher_id, 'Z', 'Z', 'Z', now(), printed_by_id FROM voucher_sheets
"""


@pytest.fixture
def desk(session: Session) -> Desk:
    return make_desk(session)


@pytest.fixture
def project(session: Session, desk: Desk) -> Project:
    project = make_roster(session, desk=desk)
    make_batch(session, desk=desk, project=project)
    session.commit()
    return project


@pytest.fixture
def voucher(session: Session, desk: Desk) -> Voucher:
    household = make_household(session, officer=desk.officer, holder_name="陈𠮷兰")
    make_person(session, officer=desk.officer, household=household)
    make_person(session, officer=desk.officer, household=household, relation="spouse")
    voucher = make_voucher(session, desk=desk, household=household)
    session.commit()
    return voucher


def on_paper(session: Session, desk: Desk, voucher: Voucher, serial: str = "A0001") -> str:
    """Print the voucher; return the mark of its sheet."""
    sheet = paper.print_one(session, actor=desk.officer, voucher_ref=voucher.ref, serial=serial)
    session.commit()
    return sheet.mark


def printed(session: Session, desk: Desk, voucher: Voucher) -> pypdfium2.PdfPage:
    """Return the page that the voucher's one sheet is."""
    (sheet,) = paper_queries.list_of_voucher(session, voucher=voucher)
    content = voucher_paper.render_sheets(
        session,
        actor=desk.officer,
        sheets=paper_queries.list_run(session, actor=desk.officer, run_ref=sheet.run_ref),
        address_of=lambda mark: f"https://a.example/check/{mark}",
    )
    (page,) = pypdfium2.PdfDocument(content)
    return page


def test_a_project_is_printed_in_parts_and_nothing_twice(
    session: Session, desk: Desk, project: Project
) -> None:
    def go(first: str, count: int) -> list[str]:
        sheets = paper.print_project(
            session, actor=desk.officer, project_id=project.id, first_serial=first, count=count
        )
        session.commit()
        return [sheet.serial for sheet in sheets]

    assert go("a0099", 3) == ["A0099", "A0100", "A0101"]
    with pytest.raises(DomainError, match="serial_used"):
        go("A0101", 5)
    session.rollback()
    assert go("B7000", 200) == ["B7000"]
    with pytest.raises(Conflict, match="paper_done"):
        go("B7001", 1)
    session.rollback()
    assert paper_queries.count_paper(session, actor=desk.officer, project_id=project.id) == (4, 0)


def test_the_pdf_says_everything_and_masks_the_family(session: Session, desk: Desk, voucher: Voucher) -> None:
    on_paper(session, desk, voucher)
    (sheet,) = paper_queries.list_of_voucher(session, voucher=voucher)
    sheets = paper_queries.list_run(session, actor=desk.officer, run_ref=sheet.run_ref)
    content = voucher_paper.render_sheets(
        session, actor=desk.officer, sheets=sheets, address_of=lambda mark: f"https://a.example/check/{mark}"
    )
    document = pypdfium2.PdfDocument(content)
    assert len(document) == 1
    said = document[0].get_textpage().get_text_range().replace("\r\n", "")
    for expected in (
        voucher.ref,
        "A0001",
        "人民币壹佰叁拾万伍仟伍佰元整",
        "1,305,500 元",
        "陈〔　　手写〕兰",
        "2017年12月1日（星期五）",
        "使用的金额的 20%",
        "存根",
        voucher_paper.grouped(sheet.mark),
    ):
        assert expected in said.replace("年 ", "年").replace(" 年", "年").replace(" 月 ", "月").replace(
            "月 ", "月"
        ).replace(" 日", "日"), expected
    assert voucher_paper.unprintable(session, actor=desk.officer, voucher=voucher) == ["𠮷"]


def test_a_spoiled_sheet_says_so_and_when_and_its_voucher_goes_on(
    session: Session, desk: Desk, voucher: Voucher, clock: FixedClock
) -> None:
    old = on_paper(session, desk, voucher)
    assert check(session, mark=old).verdict is Verdict.GENUINE
    new = paper.spoil(session, actor=desk.officer, serial="A0001", reason="lost", new_serial="A0002")
    session.commit()
    found = check(session, mark=old)
    assert (found.verdict, found.void_at) == (Verdict.REPLACED, clock.moment)
    assert check(session, mark=new.mark).verdict is Verdict.GENUINE
    with pytest.raises(Conflict, match="sheet_spoiled"):
        paper.spoil(session, actor=desk.officer, serial="A0001", reason="lost", new_serial="A0003")
    session.rollback()
    spoiled = paper_queries.list_lines(session, actor=desk.officer, wanted=Wanted(kind="spoiled"))
    assert [line.sheet and line.sheet.serial for line in spoiled] == ["A0001"]


def test_a_check_follows_the_money(session: Session) -> None:
    shop = make_shop(session)
    buyer = make_buyer(session, shop.desk)
    home = make_home(session, shop)
    session.commit()
    mark = on_paper(session, shop.desk, buyer.vouchers[0])
    make_redemption(session, buyer, home)
    session.commit()
    found = check(session, mark=mark)
    assert found.verdict is Verdict.HELD
    assert buyer.vouchers[0].household.holder_name not in repr(found)
    assert home.ref not in repr(found)


@pytest.mark.parametrize("typed", ["", "7K2M99QX4HT3BW8RD2XY", "x" * 500, "ＡＢＣ", "'; drop table"])
def test_what_is_no_mark_is_unknown(session: Session, typed: str) -> None:
    assert check(session, mark=typed).verdict is Verdict.UNKNOWN


def test_one_wrong_sign_of_a_mark_is_found_out(session: Session, desk: Desk, voucher: Voucher) -> None:
    mark = on_paper(session, desk, voucher)
    assert check(session, mark=voucher_paper.grouped(mark).lower()).verdict is Verdict.GENUINE
    wrong = ("A" if mark[0] != "A" else "B") + mark[1:]
    assert check(session, mark=wrong).verdict is Verdict.UNKNOWN


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.OFFICER])
def test_only_an_officer_prints_and_spoils(
    session: Session, desk: Desk, voucher: Voucher, role: Role
) -> None:
    stranger = replace(desk.officer, role=role)
    with pytest.raises(Forbidden):
        paper.print_one(session, actor=stranger, voucher_ref=voucher.ref, serial="A0001")
    with pytest.raises(Forbidden):
        paper.spoil(session, actor=stranger, serial="A0001", reason="lost", new_serial="A0002")


def test_another_district_finds_no_sheet(session: Session, desk: Desk, voucher: Voucher) -> None:
    on_paper(session, desk, voucher)
    other = make_desk(session)
    with pytest.raises(NotFound):
        paper.spoil(session, actor=other.officer, serial="A0001", reason="lost", new_serial="A0002")
    (sheet,) = paper_queries.list_of_voucher(session, voucher=voucher)
    with pytest.raises(NotFound):
        paper_queries.list_run(session, actor=other.officer, run_ref=sheet.run_ref)
    assert paper_queries.count_lines(session, actor=other.officer, wanted=Wanted()) == 0


@pytest.mark.parametrize("first", ["", "12", "A-1", "ABCDE0001", "A9999"])
def test_numbers_that_are_none_or_run_over_are_refused(first: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # the number itself is the message
        serials(first, 2)


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ("UPDATE voucher_sheets SET reason = 'lost'", "ck_voucher_sheets_spoiled"),
        ("UPDATE voucher_sheets SET reason = 'eaten', spoiled_at = now()", "ck_voucher_sheets_reason"),
        (COPY, "uq_voucher_sheets_live"),
    ],
)
def test_the_table_refuses_what_the_service_never_writes(
    session: Session, desk: Desk, voucher: Voucher, change: str, constraint: str
) -> None:
    on_paper(session, desk, voucher)
    with pytest.raises(IntegrityError, match=constraint):
        session.execute(text(change))


def test_the_pdf_says_what_the_policy_added_to_the_face(session: Session) -> None:
    desk = make_desk(session, policy=HAILING + "\nface: [{rate: 5%, lost_on: [lapse], kept_from: 80%}]\n")
    voucher = make_voucher(session, desk=desk, face_fen=100_000_000)
    session.commit()
    on_paper(session, desk, voucher)
    page = printed(session, desk, voucher)
    said = "".join(page.get_textpage().get_text_range().split())
    assert "1,050,000元" in said
    assert "其中政策另加：按补偿金额的5%，50,000元" in said
    assert "购房用不到票面的80%，票面里政策另加的部分全部收回。" in said


def test_a_sheet_that_just_fits_keeps_its_last_line_off_the_seal(session: Session) -> None:
    desk = make_desk(session, policy=MOVING)
    voucher = make_voucher(session, desk=desk, face_fen=40_000_001)
    make_person(session, officer=desk.officer, household=voucher.household)
    session.commit()
    on_paper(session, desk, voucher)
    page = printed(session, desk, voucher)
    shown = page.get_textpage()
    (last, count), (office, _count) = (shown.search(said).get_next() for said in ("结果为准。", "发放单位："))
    lowest = min(shown.get_charbox(last + place)[1] for place in range(count))
    assert lowest - shown.get_charbox(office)[3] > 5, "in points, 72 to the inch"


def test_a_sheet_says_apart_what_is_paid_in_cash_beside_the_face(session: Session) -> None:
    text = MOVING + "\nface_without: [moving, moving_award]\n"
    desk = make_desk(session, policy=text)
    lines = [("home", 30_000_000), ("moving", 200_000), ("moving_award", 1_000_000)]
    voucher = make_voucher(session, desk=desk, face_fen=31_200_000, lines=lines)
    session.commit()
    on_paper(session, desk, voucher)
    page = printed(session, desk, voucher)
    said = "".join(page.get_textpage().get_text_range().split())
    assert "小写300,000元" in said
    assert "另付现金（不计入票面）：12,000元（搬迁费2,000元、" in said
    assert "10,000元），按补偿协议支付，不能用这张房票领取" in said
    asking = actor_of(session, desk, voucher.household)
    part, *_rest = carry_out(session, desk, asking, split_of(voucher, 10_000_000))
    on_paper(session, desk, part, "A0002")
    assert "另付现金" not in "".join(printed(session, desk, part).get_textpage().get_text_range().split())
