"""The regulator's cash sales: the list, its file, and the registry's file looked at, then carried out."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.core import clock
from app.core.actor import Actor, Role, system_actor
from app.homes.models import Home
from app.sales import flows, reader, service
from app.sales.models import CashSale
from tests.factories.identity import make_actor
from tests.factories.redemptions import make_home, make_redemption, make_shop
from tests.factories.sales import file_of, line_of, load
from tests.web.linting import LintingClient
from tests.web.sending import form_of, send, text_of
from tests.web.town import Town, make_town, saved

Enter = Callable[[Actor], LintingClient]


@pytest.fixture
def town(committed_app: Flask) -> Town:
    return make_town(committed_app)


@pytest.fixture
def regulator(town: Town, committed_app: Flask) -> Actor:
    with saved(committed_app) as session:
        return make_actor(session, role=Role.REGULATOR, district=town.shop.desk.district)


@pytest.fixture
def browser(regulator: Actor, enter: Enter) -> LintingClient:
    return enter(regulator)


@pytest.fixture
def lines(town: Town, committed_app: Flask) -> list[str]:
    """One home to be sold, one that is locked, one that nobody knows."""
    with saved(committed_app) as session:
        home = session.get_one(Home, town.home.id)
        held = make_home(session, town.shop)
        make_redemption(session, town.buyer, held)
        return [line_of(home, "A-1"), line_of(held, "A-2"), line_of(home, "A-3", room="9999")]


def receive(app: Flask, town: Town, content: bytes, name: str = "sales.csv") -> str:
    """Put a file on record as the command does that only looks at it; return the address of its page."""
    district_id = town.shop.desk.district.id
    with saved(app) as session:
        actor = system_actor(district_id)
        with app.app_context():
            file = flows.receive(session, actor=actor, district_id=district_id, name=name, content=content)
        return f"/regulator/sales-files/{file.ref}"


def count_sales(app: Flask) -> int:
    with saved(app) as session:
        return session.scalars(select(func.count(CashSale.id))).one()


def test_a_file_is_looked_at_then_carried_out(
    committed_app: Flask, town: Town, browser: LintingClient, lines: list[str]
) -> None:
    where = receive(committed_app, town, file_of(*lines), "2016-06-01 网签.csv")
    seen = text_of(browser.get(where))
    for told in ("2016-06-01 网签.csv", "采用以后会怎样", "售出，退出房源库", "第 3 行", "第 4 行", "等确认"):
        assert told in seen
    assert count_sales(committed_app) == 0
    done = send(browser, where)
    assert done.location == where
    seen = text_of(browser.get(where))
    assert "文件已采用" in seen
    assert "采用的结果" in seen
    assert count_sales(committed_app) == 3
    with saved(committed_app) as session:
        assert session.get_one(Home, town.home.id).status == "sold"
    # The same content under another name is the same file, and stays as it is.
    assert receive(committed_app, town, file_of(*lines), "again.csv") == where
    assert count_sales(committed_app) == 3
    assert "2016-06-01 网签.csv" in text_of(browser.get("/regulator/sales-files/"))


def test_a_file_that_was_cut_short_says_how_far_it_came_and_goes_on(
    committed_app: Flask, town: Town, browser: LintingClient, lines: list[str]
) -> None:
    content = file_of(*lines)
    where = receive(committed_app, town, content)
    district_id = town.shop.desk.district.id
    with saved(committed_app) as session:
        service.apply_file(
            session,
            actor=system_actor(district_id),
            district_id=district_id,
            file_ref=where.rpartition("/")[2],
            contracts=reader.read(content, today=clock.today()),
            most=2,
        )
    seen = text_of(browser.get(where))
    for told in ("采用到一半", "已经采用 前 2 行", "采用的结果", "从第 4 行继续", "继续采用"):
        assert told in seen
    assert "采用到一半" in text_of(browser.get("/regulator/sales-files/"))
    send(browser, where)
    assert "文件已采用" in text_of(browser.get(where))
    assert count_sales(committed_app) == 3


def test_other_pages_still_take_little(browser: LintingClient) -> None:
    big = browser.post("/regulator/signals/XS-22222-22222/dismiss", data={"reason": "x" * 2_000_000})
    assert big.status_code == 413


def test_another_districts_file_is_not_there(
    town: Town, browser: LintingClient, enter: Enter, committed_app: Flask, lines: list[str]
) -> None:
    where = receive(committed_app, town, file_of(*lines))
    with saved(committed_app) as session:
        elsewhere = make_shop(session).desk.district
        colleague = make_actor(session, role=Role.REGULATOR, district=elsewhere)
    stranger = enter(colleague)
    assert stranger.get(where).status_code == 404
    token = form_of(browser.get(where))[1]
    assert stranger.post(where, data=token).status_code in {400, 404}
    assert count_sales(committed_app) == 0


def test_an_auditor_reads_and_sends_nothing(
    town: Town, enter: Enter, committed_app: Flask, lines: list[str]
) -> None:
    where = receive(committed_app, town, file_of(*lines))
    with saved(committed_app) as session:
        watcher = make_actor(session, role=Role.AUDITOR, district=town.shop.desk.district)
    auditor = enter(watcher)
    assert "确认采用" not in text_of(auditor.get(where))
    assert auditor.post(where).status_code == 403


def test_a_kept_file_that_was_changed_on_disk_is_not_carried_out(
    committed_app: Flask, town: Town, browser: LintingClient, lines: list[str]
) -> None:
    where = receive(committed_app, town, file_of(*lines))
    content = file_of(*lines)
    sha256 = hashlib.sha256(content).hexdigest()
    kept: Path = committed_app.config["ANJU"].data_dir / "files" / sha256[:2] / sha256
    kept.write_bytes(content.replace(b"A-1", b"B-1"))
    sent = send(browser, where)
    kept.write_bytes(content)
    assert sent.status_code == 422
    assert "和收到时不一样" in text_of(sent)
    assert count_sales(committed_app) == 0


def test_the_list_its_filters_and_its_file(
    committed_app: Flask, town: Town, browser: LintingClient, lines: list[str]
) -> None:
    assert "还没有现金成交" in text_of(browser.get("/regulator/sales/"))
    with saved(committed_app) as session:
        home = session.get_one(Home, town.home.id)
        load(session, town.shop, *lines, line_of(home, "=1+1", development="别处"))
    page = text_of(browser.get("/regulator/sales/"))
    assert "共 4 份" in page
    assert "没有对应的房源" in page
    assert "共 1 份" in text_of(browser.get("/regulator/sales/?state=standing"))
    assert "共 2 份" in text_of(browser.get("/regulator/sales/?state=unmatched&first=2016-06-01"))
    assert browser.get("/regulator/sales/?last=x").status_code == 400
    file = browser.get("/regulator/sales.csv?state=unmatched").get_data(as_text=True)
    assert len(file.splitlines()) == 3
    assert "'=1+1" in file
    ref = (
        browser.get("/regulator/sales/?state=standing").get_data(as_text=True).split("/regulator/sales/XJ")[1]
    )
    one = text_of(browser.get(f"/regulator/sales/XJ{ref.split(chr(34))[0]}"))
    assert "¥450,000" in one
    assert "登记线下合同，房源售出" in one
