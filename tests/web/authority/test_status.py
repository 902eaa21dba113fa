"""The status page tells what waits, what failed, what the ledger holds, and whether the trail is whole."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import text

from app.core.actor import Actor, Role
from tests.factories.identity import make_actor
from tests.factories.redemptions import make_redemption, redeem
from tests.web.linting import LintingClient
from tests.web.sending import text_of
from tests.web.town import Town, make_town, saved

Enter = Callable[[Actor], LintingClient]


@pytest.fixture
def town(committed_app: Flask) -> Town:
    return make_town(committed_app)


@pytest.fixture
def administrator(enter: Enter, town: Town, committed_app: Flask) -> LintingClient:
    with saved(committed_app) as session:
        actor = make_actor(session, role=Role.ADMINISTRATOR, district=town.shop.desk.district)
    return enter(actor)


def test_the_ledgers_totals_follow_a_purchase(
    administrator: LintingClient, town: Town, committed_app: Flask
) -> None:
    page = text_of(administrator.get("/authority/status"))
    assert "已发放的房票金额 ¥500,000" in page
    assert "应付房企 ¥0" in page
    with saved(committed_app) as session:
        redeem(session, town.shop, make_redemption(session, town.buyer, town.home))
    page = text_of(administrator.get("/authority/status"))
    assert "已兑现的奖励 ¥77,000" in page
    assert "应付房企 ¥462,000" in page
    assert "审计记录 正常 记录链一条不少" in page


def test_failed_jobs_stand_there_without_their_arguments(
    administrator: LintingClient, committed_app: Flask
) -> None:
    assert "后台程序 异常 没有响应" in text_of(administrator.get("/authority/status"))
    with saved(committed_app) as session:
        session.execute(text("DELETE FROM procrastinate_jobs"))
        session.execute(
            text(
                "INSERT INTO procrastinate_jobs (queue_name, task_name, args, status, attempts) VALUES "
                "('default', 'search.index', '{\"home_ids\": [987654]}', 'failed', 5), "
                "('default', 'audit.anchor', '{}', 'todo', 0)"
            )
        )
    page = text_of(administrator.get("/authority/status"))
    assert "等着办的 1 件" in page
    assert "后台任务 异常 1 件做了几次都没有成功" in page
    assert "把房源的变化写进搜索" in page
    assert "search.index" not in page
    assert "987654" not in page


def test_accounts_of_the_district_only(
    administrator: LintingClient, enter: Enter, town: Town, committed_app: Flask
) -> None:
    page = text_of(administrator.get("/authority/accounts"))
    assert "共 4 个账号" in page
    with saved(committed_app) as session:
        for _ in range(20):
            make_actor(session, role=Role.OFFICER, district=town.shop.desk.district)
        session.execute(
            text("UPDATE users SET active = false WHERE id = :id"), {"id": town.buyer.actor.user_id}
        )
    pages = [administrator.get(f"/authority/accounts?page={number}") for number in (1, 2)]
    assert "已停用" in "".join(text_of(page) for page in pages)


@pytest.mark.parametrize("person", ["officer", "checker"])
def test_the_desk_has_no_key_to_it(enter: Enter, town: Town, person: str) -> None:
    client = enter(getattr(town.shop.desk, person))
    assert client.get("/authority/status").status_code == 403
    assert client.get("/authority/accounts").status_code == 403
