"""An officer locks a roster and submits it whole; a checker opens the sample and decides."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select, text

from app.core.actor import Actor, Role
from app.jobs import run_waiting
from app.projects.models import Household, Project
from app.vouchers.models import Voucher, VoucherBatch
from tests.factories.batches import make_roster, submit_batch
from tests.factories.identity import make_actor
from tests.factories.policies import HAILING, make_policy_version
from tests.factories.projects import make_agreement, make_household, make_project
from tests.factories.vouchers import make_desk
from tests.web.linting import LintingClient
from tests.web.sending import form_of, links, send, text_of, token_of
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
def project(town: Town, committed_app: Flask) -> Project:
    with saved(committed_app) as session:
        return make_roster(session, desk=town.shop.desk, faces=(50_000_000, 130_550_000, 70_000_000, 100))


def approve(checker: LintingClient, address: str) -> str:
    """Open the sample as the pages lead, approve, and return the batch's page."""
    page = checker.get(address).get_data(as_text=True)
    at = next(part.split('"')[0] for part in page.split('href="') if "/sample/" in part.split('"')[0])
    while at != address:
        answer = send(checker, at, {"checked": "yes"})
        assert answer.status_code == 303
        at = answer.location
    done = send(checker, f"{address}/approve", {"checked": "yes"})
    assert done.location == address, text_of(done)
    return text_of(checker.get(address))


def test_the_way_of_a_batch_from_roster_to_vouchers(
    officer: LintingClient, checker: LintingClient, project: Project, committed_app: Flask
) -> None:
    address = f"/authority/projects/{project.name}"
    assert "户数 4" in text_of(officer.get(f"{address}/roster"))
    preview = text_of(officer.get(f"{address}/batch"))
    for expected in ("发放 4 张", "票面合计 ¥2,505,501", "最大一张 ¥1,305,500，户主2"):
        assert expected in preview
    sent = send(officer, f"{address}/batch")
    assert sent.status_code == 303
    assert "等待复核" in text_of(officer.get(sent.location))
    assert "等待复核的批次（1 批）" in text_of(checker.get("/authority/"))
    waits = checker.get(sent.location)
    assert "抽出的还有 3 张没有核对，都核对过才能通过。" in text_of(waits)
    assert f"{sent.location}/approve" not in waits.get_data(as_text=True)
    assert "核对下一张" in links(waits)
    early = send(checker, f"{sent.location}/approve", {"checked": "yes"})
    assert early.status_code == 422
    assert "还有 3 张抽中的房票没有打开核对" in text_of(early)
    assert "正在发放" in approve(checker, sent.location)
    run_waiting(committed_app)
    page = text_of(checker.get(sent.location))
    assert "已通知 4 / 4 户" in page
    with saved(committed_app) as session:
        found = select(Voucher.state).join(Household, Household.id == Voucher.household_id)
        assert set(session.scalars(found.where(Household.project_id == project.id))) == {"issued"}


def test_what_is_paid_in_cash_beside_a_batch_is_told(
    officer: LintingClient, checker: LintingClient, town: Town, committed_app: Flask
) -> None:
    desk = town.shop.desk
    with saved(committed_app) as session:
        text_without = HAILING.replace("hailing-2023", "hailing-2025") + "\nface_without: [moving]\n"
        make_policy_version(session, district=desk.district, text=text_without)
        whole = make_project(session, officer=desk.officer)
        for _ in range(3):
            household = make_household(session, officer=desk.officer, project=whole)
            lines = [("home", 30_000_000), ("moving", 200_000)]
            said = {"compensation_fen": 30_200_000, "household": household}
            make_agreement(session, officer=desk.officer, **said, lines=lines)
    address = f"/authority/projects/{whole.name}/batch"
    assert "补偿中搬迁费不计入票面，以货币支付" in text_of(officer.get(address))
    sent = send(officer, address, {"policy_version": "hailing-2025.1"})
    shown = checker.get(sent.location)
    page = text_of(shown)
    assert ("票面合计 ¥900,000" in page, "另以货币支付 ¥6,000" in page) == (True, True)
    assert "对不上，列在表的最前面" not in page
    html = shown.get_data(as_text=True)
    sample = next(part.split('"')[0] for part in html.split('href="') if "/sample/" in part.split('"')[0])
    told = "补偿共 ¥302,000，计入票面的是其中的 ¥300,000；另有 ¥2,000 不在房票里，以货币支付：搬迁费 ¥2,000。"
    assert told in text_of(checker.get(sample))


def test_a_batch_names_whom_the_policy_has_nothing_for_and_goes_on_without_them(
    officer: LintingClient, checker: LintingClient, town: Town, committed_app: Flask
) -> None:
    desk = town.shop.desk
    of_lines = [[("home", 30_000_000), ("moving", 200_000)], [("moving", 200_000)], [], [("home", 10_000)]]
    with saved(committed_app) as session:
        text_without = HAILING.replace("hailing-2023", "hailing-2025") + "\nface_without: [moving]\n"
        make_policy_version(session, district=desk.district, text=text_without)
        whole = make_project(session, officer=desk.officer)
        for number, lines in enumerate(of_lines, start=1):
            name = f"户主{number}"
            household = make_household(session, officer=desk.officer, project=whole, holder_name=name)
            sum_fen = sum(fen for _kind, fen in lines) or 500_000
            said = {"compensation_fen": sum_fen, "household": household, "number": f"补-{number}"}
            make_agreement(session, officer=desk.officer, **said, lines=lines)
    address = f"/authority/projects/{whole.name}/batch"
    chosen = {"policy_version": "hailing-2025.1"}
    refused = send(officer, address, chosen)
    page = text_of(refused)
    assert refused.status_code == 409
    assert "有 2 份协议按这个政策不能开房票，不在这一批里：补-2、补-3。" in page
    assert ("发放 2 张" in page, "不在这一批 2 条" in page) == (True, True)
    assert "户主2 补偿协议 补-2 原因 计入票面的补偿一分也没有，按政策全部以货币支付；" in page
    assert "户主3 补偿协议 补-3 原因 还没有录入补偿明细" in page
    sent = officer.post(address, data=form_of(refused)[1] | chosen)
    assert sent.status_code == 303
    assert "票面合计 ¥300,100" in text_of(checker.get(sent.location))
    page = text_of(send(officer, address, chosen))
    assert "这一批的 2 份协议按这个政策都不能开房票：补-2、补-3。" in page
    assert ("补-2 原因 计入票面的补偿一分也没有" in page, "现在没有可以发放的户" in page) == (True, True)


def test_a_batch_that_goes_back_says_why(
    officer: LintingClient, checker: LintingClient, project: Project
) -> None:
    sent = send(officer, f"/authority/projects/{project.name}/batch")
    assert send(checker, f"{sent.location}/return").status_code == 422
    done = send(checker, f"{sent.location}/return", {"reason": "第三户面积与测绘不符"})
    page = text_of(officer.get(done.location))
    assert "已退回" in page
    assert "第三户面积与测绘不符" in page
    assert send(officer, f"/authority/projects/{project.name}/batch").status_code == 303


def test_a_roster_that_moved_between_page_and_button_is_shown_anew(
    officer: LintingClient, project: Project, committed_app: Flask
) -> None:
    address = f"/authority/projects/{project.name}/batch"
    _, sent = form_of(officer.get(address))
    with saved(committed_app) as session:
        session.execute(
            text("UPDATE households SET dispute = '继承未定' WHERE holder_name = :name AND project_id = :id"),
            {"name": "户主2", "id": project.id},
        )
    refused = officer.post(address, data=sent)
    assert refused.status_code == 409
    shown = text_of(refused)
    assert "名册刚刚有变化" in shown
    assert "发放 3 张" in shown
    assert "有未了的争议：继承未定" in shown


def test_what_does_not_fit_stands_first(
    checker: LintingClient, town: Town, project: Project, committed_app: Flask
) -> None:
    with saved(committed_app) as session:
        batch = submit_batch(session, desk=town.shop.desk, project=project)
        session.commit()
        session.execute(
            text("UPDATE households SET elects = 'cash' WHERE holder_name = :name AND project_id = :id"),
            {"name": "户主4", "id": project.id},
        )
    shown = checker.get(f"/authority/batches/{batch.ref}")
    page = text_of(shown)
    assert "有 1 张和协议或名册对不上" in page
    assert "通过整批" not in links(shown)
    assert page.index("这一户改选了货币补偿") < page.rindex("户主1")


def test_locking_choosing_and_settling(
    officer: LintingClient, town: Town, project: Project, committed_app: Flask
) -> None:
    with saved(committed_app) as session:
        found = select(Household.ref).where(Household.project_id == project.id).order_by(Household.id)
        ref = session.scalars(found).first()
    home = f"/authority/households/{ref}"
    refused = send(officer, f"{home}/election", {"elects": "cash"})
    assert refused.status_code == 409
    assert "名册已经锁定" in text_of(refused)
    roster = f"/authority/projects/{project.name}"
    assert send(officer, f"{roster}/unlock").status_code == 422
    assert send(officer, f"{roster}/unlock", {"reason": "户主改选"}).status_code == 303
    assert send(officer, f"{home}/election", {"elects": "cash"}).status_code == 303
    assert send(officer, f"{home}/dispute", {"reason": "继承人之间没有谈妥"}).status_code == 303
    page = text_of(officer.get(home))
    assert "选择 货币补偿" in page
    assert "继承人之间没有谈妥" in page
    settled = officer.post(f"{home}/settled", data={"csrf_token": token_of(officer.get(home))})
    assert settled.status_code == 303
    assert "未了的争议 没有" in text_of(officer.get(home))
    assert send(officer, f"{roster}/lock", {"checked": "yes"}).status_code == 303
    assert "户主改选" in text_of(officer.get(f"{roster}/roster"))


def test_another_districts_people_find_none_of_it(
    enter: Enter, project: Project, town: Town, committed_app: Flask
) -> None:
    with saved(committed_app) as session:
        batch = submit_batch(session, desk=town.shop.desk, project=project)
        other = make_desk(session)
    for actor in (other.officer, other.checker):
        stranger = enter(actor)
        assert stranger.get(f"/authority/projects/{project.name}/roster").status_code == 404
        assert stranger.get(f"/authority/batches/{batch.ref}").status_code == 404
    assert enter(other.officer).get(f"/authority/projects/{project.name}/batch").status_code == 404
    assert enter(other.checker).get(f"/authority/batches/{batch.ref}/approve").status_code == 404


def test_pressing_submit_twice_makes_one_batch(
    officer: LintingClient, project: Project, committed_app: Flask
) -> None:
    address = f"/authority/projects/{project.name}/batch"
    _, sent = form_of(officer.get(address))
    answers = [officer.post(address, data=sent) for _ in range(2)]
    assert len({answer.location for answer in answers}) == 1
    with saved(committed_app) as session:
        assert len(session.scalars(select(VoucherBatch)).all()) == 1


def test_a_watcher_reads_and_finds_no_buttons(
    enter: Enter, town: Town, project: Project, committed_app: Flask
) -> None:
    with saved(committed_app) as session:
        batch = submit_batch(session, desk=town.shop.desk, project=project)
        auditor = make_actor(session, role=Role.AUDITOR, district=town.shop.desk.district)
    client = enter(auditor)
    for address in (f"/authority/projects/{project.name}/roster", f"/authority/batches/{batch.ref}"):
        page = client.get(address).get_data(as_text=True)
        assert "govuk-button-group" not in page or "通过整批" not in page
    assert client.get(f"/authority/batches/{batch.ref}/approve").status_code == 403
