import csv
import io
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest
from justhtml import JustHTML
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session

from app.cases import service
from app.cases.models import Signal, SignalMove
from app.core.actor import Actor, Role
from app.core.clock import FixedClock
from app.extensions import READER, db
from app.homes import service as homes
from app.identity.models import Organisation
from tests.factories.cases import Market, break_rule, make_market
from tests.factories.identity import make_actor, make_district
from tests.web.linting import LintingClient
from tests.web.sending import text_of

Begin = Callable[[], AbstractContextManager[Session]]
Enter = Callable[[Actor], LintingClient]
LIST = "/regulator/signals/"
HEADLINE = "房票价高于同一套房的现金价 12,000 元（2.15%）"


def read(browser: LintingClient, address: str, status: int = 200) -> str:
    response = browser.get(address)
    assert response.status_code == status, response.get_data(as_text=True)
    return response.get_data(as_text=True)


def filled(browser: LintingClient, address: str, **typed: str) -> dict[str, str]:
    """What a browser would send from the form on that page, with something typed into it."""
    form = JustHTML(read(browser, address), sanitize=False).query("main form")[0]
    hidden = {field.attrs["name"]: field.attrs["value"] for field in form.query("input[type=hidden]")}
    return {**hidden, **typed}


def texts(page: str, selector: str) -> list[str]:
    found: list[Any] = JustHTML(page, sanitize=False).query(selector)
    return [" ".join(element.to_text().split()) for element in found]


def checked(page: str) -> list[Any]:
    radios: list[Any] = JustHTML(page, sanitize=False).query("input[type=radio][name=state]")
    return [radio for radio in radios if "checked" in radio.attrs]


def state_of(begin: Begin, signal: Signal) -> tuple[str, int]:
    with begin() as session:
        steps = select(func.count()).where(SignalMove.signal_id == signal.id)
        return session.get_one(Signal, signal.id).state, session.scalars(steps).one()


def test_the_regulator_starts_at_the_signals(browser: LintingClient) -> None:
    assert browser.get("/regulator/").location == LIST


def test_an_empty_list_says_when_something_will_stand_there(browser: LintingClient) -> None:
    page = read(browser, LIST)
    assert "目前没有价格异常线索" in page
    assert "signals.csv" not in page


def test_the_list_says_in_words_what_is_wrong_and_where(
    browser: LintingClient, signal: Signal, market: Market
) -> None:
    page = read(browser, LIST)
    assert texts(page, ".anju-card__title") == [HEADLINE]
    assert texts(page, ".anju-card .govuk-tag") == ["待处理"]
    facts = " ".join(texts(page, ".anju-card__facts"))
    assert f"{signal.ref} · 程度：重点 · 发现于 2016年6月1日（星期三）10:00" in facts
    assert f"2单元{market.home.room}室" in facts
    assert "全部（1）" in page
    assert "待处理（1）" in page
    for word in ("欺诈", "作弊", "违法", "fraud"):
        assert word not in page


def test_the_signal_shows_both_prices_their_times_the_rule_the_pool_and_the_history(
    browser: LintingClient, signal: Signal
) -> None:
    page = read(browser, f"{LIST}{signal.ref}")
    assert texts(page, "h1") == [HEADLINE]
    assert texts(page, ".anju-prices__label") == ["房票价", "现金价", "相差"]
    assert texts(page, ".anju-prices__amount") == ["¥570,000", "¥558,000", "¥12,000"]
    assert texts(page, ".anju-prices__note") == [
        "自 2016年6月1日（星期三）10:00:00 起，房企填报",
        "自 2016年6月1日（星期三）10:00:00 起，房企填报",
        "比现金价高 2.15%",
    ]
    assert "平等对待承诺" in page
    assert "目前 房票价仍然高于现金价，不在房源库里" in text_of(browser.get(f"{LIST}{signal.ref}"))
    assert "还没有改正" in page
    rows = texts(page, "tbody tr")
    assert len(rows) == 4
    assert [("本线索依据" in row) for row in rows] == [True, True, False, False]
    assert "下调 ¥12,000" in rows[0]
    assert texts(page, ".anju-timeline__title") == [
        "系统发现线索",
        "房源退出房源库",
        "现金价定为 ¥558,000",
        "首次上架",
        "房票价定为 ¥570,000",
    ]


def test_a_mended_price_is_told_beside_the_frozen_one(
    browser: LintingClient, signal: Signal, market: Market, transaction: Begin, clock: FixedClock
) -> None:
    with transaction() as session:
        homes.set_price(
            session,
            actor=market.developer,
            home_id=market.home.id,
            kind="voucher",
            amount_fen=55_000_000,
            reason="改正",
        )
    assert "目前 价格已经改正，房企还没有重新上架" in text_of(browser.get(f"{LIST}{signal.ref}"))
    clock.advance(timedelta(minutes=2, seconds=5))
    with transaction() as session:
        homes.publish(session, actor=market.developer, home_id=market.home.id)
    page = read(browser, f"{LIST}{signal.ref}")
    assert texts(page, ".anju-prices__amount") == ["¥570,000", "¥558,000", "¥12,000"]
    words = text_of(browser.get(f"{LIST}{signal.ref}"))
    assert "目前 已经重新上架" in words
    assert "重新上架 2016年6月1日（星期三）10:02:05" in words
    assert "不在房源库" not in words
    assert "已改正" in page
    assert "¥550,000" in page


@pytest.mark.parametrize(
    ("move", "state", "told"),
    [("dismiss", "dismissed", "线索已排除"), ("open", "opened", "已立案，房企会看到")],
)
def test_a_decision_with_its_reason(
    browser: LintingClient, signal: Signal, transaction: Begin, move: str, state: str, told: str
) -> None:
    address = f"{LIST}{signal.ref}/{move}"
    response = browser.post(address, data=filled(browser, address, reason="已核对合同\n属录入错误"))
    assert (response.status_code, response.location) == (303, f"{LIST}{signal.ref}")
    page = read(browser, f"{LIST}{signal.ref}")
    assert told in page
    assert "已核对合同" in page
    assert f"{signal.ref}/dismiss" not in page
    assert f"{signal.ref}/open" not in page
    assert state_of(transaction, signal) == (state, 2)


@pytest.mark.parametrize("move", ["dismiss", "open"])
@pytest.mark.parametrize(("reason", "message"), [("  ", "请输入"), ("长" * 501, "最多 500 个字")])
def test_a_decision_without_a_usable_reason_is_shown_again(
    browser: LintingClient, signal: Signal, transaction: Begin, move: str, reason: str, message: str
) -> None:
    address = f"{LIST}{signal.ref}/{move}"
    response = browser.post(address, data=filled(browser, address, reason=reason))
    page = response.get_data(as_text=True)
    assert response.status_code == 422
    assert message in " ".join(texts(page, ".govuk-error-summary"))
    assert reason.strip() in page
    assert state_of(transaction, signal) == ("signal", 1)


def test_a_form_sent_twice_decides_once_and_answers_the_same(
    browser: LintingClient, signal: Signal, transaction: Begin
) -> None:
    address = f"{LIST}{signal.ref}/dismiss"
    sent = filled(browser, address, reason="已更正")
    answers = [browser.post(address, data=sent) for _ in range(2)]
    assert [(answer.status_code, answer.location) for answer in answers] == [(303, f"{LIST}{signal.ref}")] * 2
    assert state_of(transaction, signal) == ("dismissed", 2)


def test_who_comes_second_is_told_and_changes_nothing(
    browser: LintingClient, signal: Signal, market: Market, transaction: Begin, enter: Enter
) -> None:
    with transaction() as session:
        colleague = make_actor(session, role=Role.REGULATOR, district=market.district)
    second = enter(colleague)
    late = filled(second, f"{LIST}{signal.ref}/open", reason="核查")
    address = f"{LIST}{signal.ref}/dismiss"
    browser.post(address, data=filled(browser, address, reason="已更正"))
    response = second.post(f"{LIST}{signal.ref}/open", data=late)
    assert response.status_code == 409
    assert "已经有人处理过了" in response.get_data(as_text=True)
    assert f'href="{LIST}{signal.ref}">返回上一页' in response.get_data(as_text=True)
    read(second, address, status=409)
    assert state_of(transaction, signal) == ("dismissed", 2)


def test_the_auditor_reads_everything_and_decides_nothing(
    signal: Signal, market: Market, transaction: Begin, enter: Enter, browser: LintingClient
) -> None:
    with transaction() as session:
        auditor = make_actor(session, role=Role.AUDITOR, district=market.district)
    visitor = enter(auditor)
    read(visitor, LIST)
    read(visitor, f"{LIST}{signal.ref}")
    assert HEADLINE in read(visitor, "/regulator/signals.csv")
    page = read(visitor, f"{LIST}{signal.ref}")
    token = JustHTML(page, sanitize=False).query("input[name=csrf_token]")[0].attrs["value"] or ""
    assert f"{signal.ref}/open" not in page
    assert f"{signal.ref}/dismiss" not in page
    for move in ("dismiss", "open"):
        sent = {**filled(browser, f"{LIST}{signal.ref}/{move}", reason="越权"), "csrf_token": token}
        assert visitor.get(f"{LIST}{signal.ref}/{move}").status_code == 403
        assert visitor.post(f"{LIST}{signal.ref}/{move}", data=sent).status_code == 403
    assert state_of(transaction, signal) == ("signal", 1)


@pytest.mark.parametrize("role", [Role.OFFICER, Role.CHECKER, Role.ADMINISTRATOR])
def test_other_roles_of_the_district_stay_out(
    signal: Signal, market: Market, transaction: Begin, enter: Enter, role: Role
) -> None:
    with transaction() as session:
        visitor = make_actor(session, role=role, district=market.district)
    browser = enter(visitor)
    for address in ("", f"{signal.ref}", f"{signal.ref}/open"):
        read(browser, f"{LIST}{address}", status=403)


def test_the_other_district_finds_nothing(
    browser: LintingClient, signal: Signal, transaction: Begin, enter: Enter
) -> None:
    with transaction() as session:
        stranger = make_actor(session, role=Role.REGULATOR, district=make_district(session))
    other = enter(stranger)
    assert "目前没有价格异常线索" in read(other, LIST)
    assert signal.ref not in read(other, "/regulator/signals.csv")
    read(other, f"{LIST}{signal.ref}", status=404)
    sign_out = JustHTML(read(other, LIST), sanitize=False).query("input[name=csrf_token]")[0]
    token = sign_out.attrs["value"] or ""
    for move in ("dismiss", "open"):
        read(other, f"{LIST}{signal.ref}/{move}", status=404)
        sent = {**filled(browser, f"{LIST}{signal.ref}/{move}", reason="越权"), "csrf_token": token}
        assert other.post(f"{LIST}{signal.ref}/{move}", data=sent).status_code == 404
    assert state_of(transaction, signal) == ("signal", 1)


def test_filters_narrow_the_list_and_say_so_when_nothing_is_left(
    browser: LintingClient, signal: Signal, market: Market, transaction: Begin
) -> None:
    with transaction() as session:
        other = make_market(session, district=market.district, name="绿洲家园")
        second = break_rule(session, other, kind="filed", amount_fen=50_000_000)
        company = session.get_one(Organisation, other.developer.organisation).name
        service.open_case(session, actor=market.regulator, signal_ref=second.ref, reason="核查")

    def shown(query: str) -> list[str]:
        page = read(browser, f"{LIST}?{query}")
        return [ref for ref in (signal.ref, second.ref) if f"{LIST}{ref}" in page]

    assert shown("state=all") == shown("state=") == [signal.ref, second.ref]
    assert shown("state=opened") == [second.ref]
    assert shown("state=signal") == [signal.ref]
    assert shown(f"developer={company}") == [second.ref]
    assert shown("words=绿洲") == [second.ref]
    assert shown(f"words={signal.ref}") == [signal.ref]
    assert shown("grade=A&sort=gap") == [signal.ref, second.ref]
    assert shown("grade=B") == []
    assert "没有符合条件的线索" in read(browser, f"{LIST}?grade=B")
    page = read(browser, f"{LIST}?words=绿洲&state=signal")
    assert "待处理（0）" in page
    assert "已立案（1）" in page
    assert [radio.attrs["value"] for radio in checked(page)] == ["signal"]
    assert [radio.attrs["value"] for radio in checked(read(browser, LIST))] == ["all"]
    assert texts(read(browser, f"{LIST}?sort=gap"), ".anju-card__title") == [
        "房票价高于同一套房的备案价 70,000 元（14%）",
        HEADLINE,
    ]


@pytest.mark.parametrize(
    "query", ["state=closed", "grade=Z", "developer=查无此人", "sort=luck", f"words={'长' * 101}"]
)
def test_a_filter_that_makes_no_sense_is_named(browser: LintingClient, signal: Signal, query: str) -> None:
    for address in (LIST, "/regulator/signals.csv"):
        page = read(browser, f"{address}?{query}", status=400)
        assert texts(page, ".govuk-error-summary__list li")
        assert "筛选条件有误" in page
        assert signal.ref not in page


def test_a_long_list_has_pages(browser: LintingClient, market: Market, transaction: Begin) -> None:
    with transaction() as session:
        for _ in range(21):
            break_rule(session, make_market(session, district=market.district))
    first, second = read(browser, LIST), read(browser, f"{LIST}?page=2&words=")
    assert len(texts(first, ".anju-card")) == 20
    assert len(texts(second, ".anju-card")) == 1
    assert "共 21 条，第 21 至 21 条" in second
    listed = list(csv.reader(io.StringIO(read(browser, "/regulator/signals.csv"))))
    assert len(listed) == 22


def test_the_file_opens_in_a_spreadsheet_in_words(
    browser: LintingClient, signal: Signal, market: Market, transaction: Begin
) -> None:
    with transaction() as session:
        service.dismiss(
            session, actor=market.regulator, signal_ref=signal.ref, reason='=HYPERLINK("http://evil.example")'
        )
    response = browser.get("/regulator/signals.csv?state=dismissed")
    assert response.content_type == "text/csv; charset=utf-8"
    assert response.headers["Content-Disposition"] == 'attachment; filename="signals-2016-06-01.csv"'
    assert response.data.startswith(b"\xef\xbb\xbf")
    header, row = csv.reader(io.StringIO(response.data.decode("utf-8-sig")))
    cells = dict(zip(header, row, strict=True))
    assert cells["编号"] == signal.ref
    assert cells["处理情况"] == "已排除"
    assert cells["问题"] == HEADLINE
    assert (cells["偏高的价格（元）"], cells["对照价格（元）"], cells["相差（元）"]) == (
        "570000.00",
        "558000.00",
        "12000.00",
    )
    assert cells["发现时间（北京时间）"] == "2016-06-01 10:00:00"
    assert cells["处理理由"] == '\'=HYPERLINK("http://evil.example")'


def test_the_list_asks_the_database_no_more_often_when_it_is_longer(
    browser: LintingClient, signal: Signal, market: Market, transaction: Begin
) -> None:
    def statements(address: str) -> int:
        seen: list[str] = []
        with browser.application.app_context():
            reader = db.engines[READER]

        def note(_connection: object, _cursor: object, sql: str, *_rest: object) -> None:
            seen.append(sql)

        event.listen(reader, "before_cursor_execute", note)
        read(browser, address)
        event.remove(reader, "before_cursor_execute", note)
        return len(seen)

    addresses = (LIST, "/regulator/signals.csv", f"{LIST}{signal.ref}")
    before = [statements(address) for address in addresses]
    with transaction() as session:
        for _ in range(3):
            break_rule(session, make_market(session, district=market.district))
    with transaction() as session:
        homes.set_price(
            session,
            actor=market.developer,
            home_id=market.home.id,
            kind="cash",
            amount_fen=55_700_000,
            reason="再降",
        )
    assert [statements(address) for address in addresses] == before
