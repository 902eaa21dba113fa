"""An officer finds a household and submits a voucher; a checker compares and decides."""

from collections.abc import Callable

import pypdfium2
import pytest
from flask import Flask
from sqlalchemy import func, select

from app.core.actor import Actor, Role
from app.ledger.models import LedgerTransfer
from app.projects.models import Agreement, Household
from app.vouchers.models import Voucher
from tests.factories.identity import make_actor
from tests.factories.policies import HAILING, make_policy_version
from tests.factories.projects import make_agreement, make_household, make_project
from tests.factories.vouchers import make_desk, submit_voucher
from tests.web.linting import LintingClient
from tests.web.sending import form_of, send, text_of, token_of
from tests.web.town import Town, make_town, saved

Enter = Callable[[Actor], LintingClient]


@pytest.fixture
def town(committed_app: Flask) -> Town:
    return make_town(committed_app)


@pytest.fixture
def officer(enter: Enter, town: Town) -> LintingClient:
    return enter(town.shop.desk.officer)


@pytest.fixture
def checker(enter: Enter, town: Town) -> LintingClient:
    return enter(town.shop.desk.checker)


@pytest.fixture
def agreement(town: Town, committed_app: Flask) -> Agreement:
    with saved(committed_app) as session:
        household = make_household(session, officer=town.shop.desk.officer, holder_name="周玉兰")
        return make_agreement(
            session, officer=town.shop.desk.officer, household=household, number="港二/0007"
        )


@pytest.fixture
def waiting(town: Town, committed_app: Flask) -> Voucher:
    with saved(committed_app) as session:
        return submit_voucher(session, desk=town.shop.desk, face_fen=88_800_000)


def test_the_way_from_an_agreement_to_an_issued_voucher(
    officer: LintingClient, checker: LintingClient, agreement: Agreement
) -> None:
    assert "港二/0007" in text_of(officer.get("/authority/"))
    address = f"/authority/agreements/{agreement.number}/voucher"
    preview = text_of(officer.get(address))
    assert "票面金额 ¥1,305,500（等于补偿金额）" in preview
    assert "如果今天发放，用到 2017年12月1日（星期五）24:00" in preview
    submitted = send(officer, address)
    assert submitted.status_code == 303
    assert "等待复核" in text_of(officer.get(submitted.location))
    ref = submitted.location.rsplit("/", 1)[1]
    assert ref in text_of(checker.get("/authority/"))
    page = text_of(checker.get(submitted.location))
    assert "金额 补偿协议 ¥1,305,500 房票 ¥1,305,500 结果 一致" in page
    issued = send(checker, f"{submitted.location}/approve", {"checked": "yes"})
    assert issued.location == submitted.location
    told = text_of(checker.get(issued.location))
    assert "每一笔变动" in told
    assert told.count("可用余额") >= 2
    page = text_of(checker.get(submitted.location))
    assert "已发放" in page
    assert "可用余额 ¥1,305,500" in page
    assert "复核通过</a>" not in checker.get(submitted.location).get_data(as_text=True)
    assert "这份协议已经有房票" in text_of(officer.get(address))


def test_a_changed_policy_is_chosen_by_its_name(
    officer: LintingClient, town: Town, agreement: Agreement, committed_app: Flask
) -> None:
    with saved(committed_app) as session:
        text = HAILING.replace("hailing-2023", "hailing-2025").replace("2023年）", "2025年）")
        version = make_policy_version(session, district=town.shop.desk.district, text=text)
    sent = send(
        officer,
        f"/authority/agreements/{agreement.number}/voucher",
        {"policy_version": "hailing-2025.1"},
    )
    assert "2025年" in text_of(officer.get(sent.location))
    with saved(committed_app) as session:
        assert session.scalars(
            select(Voucher.policy_version_id).where(Voucher.agreement_id == agreement.id)
        ).one() == (version.id)


def test_what_is_paid_in_cash_is_told_before_beside_and_after_the_voucher(
    enter: Enter, officer: LintingClient, checker: LintingClient, town: Town, committed_app: Flask
) -> None:
    desk = town.shop.desk
    with saved(committed_app) as session:
        text = HAILING.replace("hailing-2023", "hailing-2025") + "\nface_without: [moving, moving_award]\n"
        make_policy_version(session, district=desk.district, text=text)
        household = session.get_one(Household, town.buyer.household.id)
        awards = [("award", 1_000_000), ("moving_award", 2_000_050)]
        parts = [("home", 29_000_000), ("moving", 200_000), *awards, ("deduction", -400_000)]
        signed = {"household": household, "compensation_fen": 31_800_050}
        listed = make_agreement(session, officer=desk.officer, **signed, lines=parts)
        only = {"household": household, "compensation_fen": 200_000}
        in_cash = make_agreement(session, officer=desk.officer, **only, lines=[("moving", 200_000)])
    told = (
        "补偿共 ¥318,000.50，计入票面的是其中的 ¥296,000；另有 ¥22,000.50 不在房票里，以货币支付："
        "搬迁费 ¥2,000、搬迁奖励 ¥20,000.50。"
    )
    address = f"/authority/agreements/{listed.number}/voucher"
    assert told in text_of(officer.get(address))
    refused = text_of(officer.get(f"/authority/agreements/{in_cash.number}/voucher"))
    assert "这份协议的补偿全部以货币支付，没有计入票面的，不能开房票。" in refused
    submitted = send(officer, address, {"policy_version": "hailing-2025.1"})
    page = text_of(checker.get(submitted.location))
    assert "补偿中计入票面的 补偿协议 ¥296,000 房票 ¥296,000 结果 一致" in page
    assert "以货币支付的 补偿协议 ¥22,000.50 房票 ¥22,000.50 结果 一致" in page
    issued = send(checker, f"{submitted.location}/approve", {"checked": "yes"})
    ref = issued.location.rsplit("/", 1)[1]
    buyer = enter(town.buyer.actor)
    mine = text_of(buyer.get(f"/household/vouchers/{ref}"))
    assert told in mine
    made_of = mine[mine.index("票面金额由哪些钱组成") : mine.index(told)]
    assert ("搬迁费" in made_of, "房屋价值补偿" in made_of) == (False, True)
    printed = pypdfium2.PdfDocument(buyer.get(f"/household/vouchers/{ref}/statement.pdf").data)
    text = "".join("".join(page.get_textpage().get_text_range().split()) for page in printed)
    assert "".join(told.split()) in text


@pytest.mark.parametrize("key", ["", "hailing-2023.9", "1"])
def test_a_policy_that_is_not_on_offer_is_refused_at_its_field(
    officer: LintingClient, agreement: Agreement, key: str
) -> None:
    refused = send(officer, f"/authority/agreements/{agreement.number}/voucher", {"policy_version": key})
    assert refused.status_code == 422
    assert "政策" in text_of(refused)


def test_pressing_submit_twice_makes_one_voucher(
    officer: LintingClient, agreement: Agreement, committed_app: Flask
) -> None:
    address = f"/authority/agreements/{agreement.number}/voucher"
    _, sent = form_of(officer.get(address))
    answers = [officer.post(address, data=sent) for _ in range(2)]
    assert len({answer.location for answer in answers}) == 1
    with saved(committed_app) as session:
        count = select(func.count(Voucher.id)).where(Voucher.agreement_id == agreement.id)
        assert session.scalar(count) == 1


def test_a_second_window_is_told_that_the_agreement_has_a_voucher(
    officer: LintingClient, agreement: Agreement
) -> None:
    address = f"/authority/agreements/{agreement.number}/voucher"
    windows = [form_of(officer.get(address))[1] for _ in range(2)]
    assert officer.post(address, data=windows[0]).status_code == 303
    second = officer.post(address, data=windows[1])
    assert second.status_code == 409
    assert "已经有房票" in text_of(second)


def test_approval_wants_the_tick(checker: LintingClient, waiting: Voucher, committed_app: Flask) -> None:
    refused = send(checker, f"/authority/vouchers/{waiting.ref}/approve")
    assert refused.status_code == 422
    assert "请核对纸质协议" in text_of(refused)
    with saved(committed_app) as session:
        assert session.get_one(Voucher, waiting.id).state == "submitted"


def test_rejection_wants_a_reason_and_shows_it(
    officer: LintingClient, checker: LintingClient, waiting: Voucher
) -> None:
    address = f"/authority/vouchers/{waiting.ref}/reject"
    assert send(checker, address).status_code == 422
    done = send(checker, address, {"reason": "协议缺少签字页"})
    assert done.status_code == 303
    page = text_of(officer.get(done.location))
    assert "已退回" in page
    assert "协议缺少签字页" in page
    for step in ("approve", "reject"):
        opened = checker.get(f"/authority/vouchers/{waiting.ref}/{step}")
        assert opened.status_code == 409, "no form that cannot succeed"
        assert "协议缺少签字页" in text_of(opened)


def test_a_sum_that_moved_is_lit_and_not_issued(
    checker: LintingClient, waiting: Voucher, committed_app: Flask
) -> None:
    with saved(committed_app) as session:
        session.get_one(Agreement, waiting.agreement_id).compensation_fen += 100
        before = session.scalar(select(func.count(LedgerTransfer.id)))
    assert "不一致" in text_of(checker.get(f"/authority/vouchers/{waiting.ref}"))
    refused = send(checker, f"/authority/vouchers/{waiting.ref}/approve", {"checked": "yes"})
    assert refused.status_code == 409
    assert "金额在提交之后有变动" in text_of(refused)
    with saved(committed_app) as session:
        assert session.get_one(Voucher, waiting.id).state == "submitted"
        assert session.scalar(select(func.count(LedgerTransfer.id))) == before


def test_households_are_searched_and_paged(officer: LintingClient, town: Town, committed_app: Flask) -> None:
    with saved(committed_app) as session:
        project = make_project(session, officer=town.shop.desk.officer)
        for number in range(24):
            make_household(
                session, officer=town.shop.desk.officer, project=project, holder_name=f"甲{number:02}"
            )
    page = text_of(officer.get("/authority/households/"))
    assert "共 25 户，第 1 至 20 户" in page
    assert "第 21 至 25 户" in text_of(officer.get("/authority/households/?page=2"))
    assert "共 1 户" in text_of(officer.get("/authority/households/?words=甲07"))
    assert "没有找到这一户" in text_of(officer.get("/authority/households/?words=没有此人"))
    wrong = officer.get("/authority/households/", query_string={"words": "甲" * 101})
    assert wrong.status_code == 422


def test_a_household_page_shows_its_vouchers_and_what_is_missing(
    officer: LintingClient, town: Town, committed_app: Flask
) -> None:
    with saved(committed_app) as session:
        household = session.get_one(Household, town.buyer.household.id)
        make_agreement(session, officer=town.shop.desk.officer, household=household, number="补-9")
    page = text_of(officer.get(f"/authority/households/{household.ref}"))
    assert page.count("已发放") == 2
    assert page.count("发放房票") == 1
    assert "可用余额 ¥300,000" in page


def test_a_district_without_policy_says_so(enter: Enter, town: Town, committed_app: Flask) -> None:
    with saved(committed_app) as session:
        desk = make_desk(session)
        session.commit()
    assert "现在没有等您办理的事" in text_of(enter(desk.officer).get("/authority/"))
    assert "还没有被征收户" in text_of(enter(desk.officer).get("/authority/households/"))


def test_another_district_finds_nothing(
    enter: Enter, town: Town, waiting: Voucher, agreement: Agreement, committed_app: Flask
) -> None:
    with saved(committed_app) as session:
        elsewhere = make_desk(session)
    officer, checker = enter(elsewhere.officer), enter(elsewhere.checker)
    for address in (
        f"/authority/vouchers/{waiting.ref}",
        f"/authority/households/{town.buyer.household.ref}",
        f"/authority/agreements/{agreement.number}/voucher",
    ):
        assert officer.get(address).status_code == 404, address
    for address in (f"/authority/vouchers/{waiting.ref}/{verb}" for verb in ("approve", "reject")):
        assert checker.get(address).status_code == 404, address
        token = token_of(checker.get("/authority/"))
        sent = {"csrf_token": token, "checked": "yes", "reason": "不符"}
        assert checker.post(address, data=sent).status_code == 404, address
    assert waiting.ref not in text_of(checker.get("/authority/vouchers/"))


def test_an_auditor_reads_and_changes_nothing(
    enter: Enter, town: Town, waiting: Voucher, committed_app: Flask
) -> None:
    with saved(committed_app) as session:
        actor = make_actor(session, role=Role.AUDITOR, district=town.shop.desk.district)
    auditor = enter(actor)
    for address in (
        "/authority/",
        "/authority/households/",
        f"/authority/households/{town.buyer.household.ref}",
        "/authority/vouchers/",
        f"/authority/vouchers/{waiting.ref}",
        "/authority/redemptions/",
        "/authority/status",
        "/authority/accounts",
    ):
        page = auditor.get(address)
        assert page.status_code == 200, address
        assert "复核通过" not in text_of(page)
    token = token_of(auditor.get("/authority/"))
    refused = auditor.post(
        f"/authority/vouchers/{waiting.ref}/approve", data={"csrf_token": token, "checked": "yes"}
    )
    assert refused.status_code == 403
