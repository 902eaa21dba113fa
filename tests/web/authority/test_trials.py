"""Policies are tried on a project's roster, side by side, and nothing is stored."""

from collections.abc import Callable
from io import BytesIO

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.core.actor import Actor
from app.policies.models import PolicyVersion
from app.projects.models import Project
from app.vouchers.models import Voucher
from tests.factories.batches import make_roster
from tests.factories.policies import HAILING, WUXI
from tests.factories.redemptions import make_home
from tests.web.linting import LintingClient
from tests.web.sending import form_of, send, text_of
from tests.web.town import Town, make_town, saved

Enter = Callable[[Actor], LintingClient]


@pytest.fixture
def town(committed_app: Flask) -> Town:
    return make_town(committed_app)


@pytest.fixture
def project(town: Town, committed_app: Flask) -> Project:
    with saved(committed_app) as session:
        make_home(session, town.shop, voucher_fen=40_000_000)
        faces = (50_000_000, 100_000_000, 33_333_333, 33_333_334)
        return make_roster(session, desk=town.shop.desk, faces=faces)


def test_policies_stand_side_by_side_on_the_roster(
    enter: Enter, town: Town, project: Project, committed_app: Flask
) -> None:
    officer = enter(town.shop.desk.officer)
    address = f"/authority/projects/{project.name}/trial"
    assert "发放前试算政策" in text_of(officer.get(f"/authority/projects/{project.name}/roster"))
    with saved(committed_app) as session:
        before = [session.scalar(select(func.count()).select_from(one)) for one in (PolicyVersion, Voucher)]
    draft = (BytesIO(HAILING.replace("20%", "30%").encode()), "draft.yaml")
    typed = {"policies": ["wuxi"], "drafts": [draft], "shares": "50, 10", "issued_on": "2016-06-01"}
    page = text_of(send(officer, address, typed))
    assert "甲 无锡市房票安置办法 乙 草案：海陵区房票安置办法（2023年）" in page
    assert "票面合计 甲 ¥2,166,666.67 乙 ¥2,166,666.67" in page
    # Each voucher's half and tenth is rounded down to the fen, and so is 30% of each by the draft.
    assert "用于购房 甲 ¥1,299,999.99 乙 ¥1,299,999.99" in page
    assert "¥324,999.99 购房 ¥1,083,333.33" in page
    # The cheapest home costs 40 万: by the draft both small vouchers pay it with 433,333 yuan, by Wuxi's not.
    assert "不自己加钱就买不到房的户 甲 2 户 乙 0 户" in page
    assert "户主3" in page
    with saved(committed_app) as session:
        assert before == [
            session.scalar(select(func.count()).select_from(one)) for one in (PolicyVersion, Voucher)
        ]


def test_drafts_stand_side_by_side_and_say_why_nothing_can_be_bought(
    enter: Enter, town: Town, project: Project
) -> None:
    officer, address = enter(town.shop.desk.officer), f"/authority/projects/{project.name}/trial"
    bound = "limits:\n  - {yuan: 200000}\ntop_up: []\n"
    nowhere = "areas: [elsewhere]\n"
    drafts = [
        (BytesIO((HAILING + more).encode()), name)
        for more, name in ((bound, "一.yaml"), (nowhere, "二.yaml"))
    ]
    typed = {"policies": [], "drafts": drafts, "shares": "50", "issued_on": "2016-06-01"}
    page = text_of(send(officer, address, typed))
    assert "甲 草案：海陵区房票安置办法（2023年）（一.yaml）" in page
    assert "乙 草案：海陵区房票安置办法（2023年）（二.yaml）" in page
    assert "其中 2 户的票面够买，是政策的限额让房票付不了这么多" in page
    assert "这份政策不许自己加钱，他们一套也买不了" in page
    assert "共 4 户：这份政策能买的房源（地方、面积、单价），现在没有上架的" in page
    wrong = [(BytesIO(WUXI.encode()), "好.yaml"), (BytesIO(b"schema: 9"), "坏.yaml")]
    slips = send(officer, address, {**typed, "drafts": wrong})
    assert slips.status_code == 422
    assert "坏.yaml 第 1 行" in text_of(slips)
    assert "好.yaml" not in text_of(slips)


def test_what_cannot_be_tried_is_told(enter: Enter, town: Town, project: Project) -> None:
    officer, address = enter(town.shop.desk.officer), f"/authority/projects/{project.name}/trial"
    _, sent = form_of(officer.get(address))
    good = {**sent, "policies": ["wuxi"], "shares": "50", "issued_on": "2016-06-01"}
    for changes, told in SLIPS:
        answer = officer.post(address, data={**good, **changes})
        assert answer.status_code == 422
        assert told in text_of(answer)


def test_a_draft_that_holds_tells_what_is_likely_a_slip(enter: Enter, town: Town, project: Project) -> None:
    officer, address = enter(town.shop.desk.officer), f"/authority/projects/{project.name}/trial"
    text = HAILING + "leftover: [{spent_from: 0%, rate: 0%}]\n"
    typed = {
        "policies": [],
        "drafts": [(BytesIO(text.encode()), "草案.yaml")],
        "shares": "50",
        "issued_on": "2016-06-01",
    }
    page = text_of(send(officer, address, typed))
    line = len(text.splitlines())
    assert f"草案.yaml 第 {line} 行 leftover ：各档都不付，不如不写 leftover" in page
    assert "试算结果" in page


def draft_of(content: bytes) -> tuple[BytesIO, str]:
    return BytesIO(content), "draft.yaml"


SLIPS: list[tuple[dict[str, object], str]] = [
    ({"policies": []}, "请至少选一份政策"),
    ({"shares": "60, 50"}, "各月加起来不能超过 100%"),
    ({"shares": "a lot"}, "请输入各月的百分数"),
    ({"issued_on": "9999-12-31"}, "假设哪一天发放不能晚于"),
    ({"issued_on": "0001-01-01"}, "假设哪一天发放不能早于"),
    ({"drafts": draft_of(WUXI.replace("12\n", "twelve\n", 1).encode())}, "第 9 行 valid.months"),
    ({"drafts": draft_of(b"\xff\xfe")}, "文字编码不是 UTF-8"),
    ({"policies": ["hailing-2023", "nanjing", "wuxi", "guangzhou-2024", "tongzhou"]}, "一次最多比较 4 份"),
]
