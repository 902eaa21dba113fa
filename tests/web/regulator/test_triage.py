"""Working on signals in the browser: alone, several at once, and against a faster colleague."""

import csv
import io
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest
from justhtml import JustHTML
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.cases import service
from app.cases.models import Signal, SignalMove
from app.core.actor import Actor, Role
from app.core.clock import FixedClock
from app.identity.models import User
from tests.factories.cases import Market, add_home, break_rule, make_signal
from tests.factories.identity import make_actor, make_district
from tests.web.linting import LintingClient

Begin = Callable[[], AbstractContextManager[Session]]
Enter = Callable[[Actor], LintingClient]
LIST = "/regulator/signals/"
TOGETHER = "/regulator/signals/together"
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF\n"


def read(browser: LintingClient, address: str, status: int = 200) -> str:
    response = browser.get(address)
    assert response.status_code == status, response.get_data(as_text=True)
    return response.get_data(as_text=True)


def filled(browser: LintingClient, address: str, **typed: str) -> dict[str, Any]:
    form = JustHTML(read(browser, address), sanitize=False).query("main form.anju-form")[0]
    hidden = {field.attrs["name"]: field.attrs["value"] for field in form.query("input[type=hidden]")}
    return {**hidden, **typed}


def act(browser: LintingClient, address: str, **typed: str) -> str:
    """Fill in the form at an address, send it and return the page it leads to."""
    response = browser.post(address, data=filled(browser, address, **typed))
    assert response.status_code == 303, response.get_data(as_text=True)
    return read(browser, response.location or "")


def of_several(what: str, signals: list[Signal]) -> str:
    return f"{TOGETHER}?act={what}" + "".join(f"&ref={signal.ref}" for signal in signals)


def states(begin: Begin, signals: list[Signal]) -> list[str]:
    with begin() as session:
        return [session.get_one(Signal, signal.id).state for signal in signals]


@pytest.fixture
def signals(market: Market, transaction: Begin) -> list[Signal]:
    """Three signals of one company."""
    with transaction() as session:
        first = break_rule(session, market)
        return [first, *(break_rule(session, add_home(session, market)) for _ in range(2))]


def test_chosen_signals_are_looked_at_then_watched_and_come_back_on_their_day(
    browser: LintingClient, signals: list[Signal], transaction: Begin, clock: FixedClock
) -> None:
    page = read(browser, f"{LIST}?choose=all")
    boxes: list[Any] = JustHTML(page, sanitize=False).query("input[name=ref]")
    assert {box.attrs["form"] for box in boxes} == {"together"}
    assert all("checked" in box.attrs for box in boxes)
    address = of_several("watch", signals[:2])
    assert all(signal.ref in read(browser, address) for signal in signals[:2])
    page = act(browser, address, until="2016-06-08", reason="等下一批成交")
    assert "已把 2 条线索列为关注" in page
    assert states(transaction, signals) == ["watched", "watched", "signal"]
    assert "关注中（2）" in page
    assert "待处理（1）" in page
    clock.advance(timedelta(days=7))
    page = read(browser, f"{LIST}?state=signal")
    assert "待处理（3）" in page
    assert "到期，请再看" in page


def test_signals_are_merged_shown_on_their_main_one_and_taken_out_again(
    browser: LintingClient, signals: list[Signal], transaction: Begin, market: Market, enter: Enter
) -> None:
    main, one, two = signals
    address = of_several("merge", signals)
    response = browser.post(address, data=filled(browser, address, reason="同一次改价"))
    assert response.status_code == 422
    assert "请选择主线索" in response.get_data(as_text=True)
    act(browser, address, main=main.ref, reason="同一次改价")
    assert states(transaction, signals) == ["signal", "merged", "merged"]
    page = read(browser, f"{LIST}{main.ref}")
    assert one.ref in page
    assert two.ref in page
    assert "以主线索的处理结果为准" in read(enter(market.developer), f"/developer/signals/{one.ref}")
    read(browser, f"{LIST}{one.ref}/dismiss", status=409)
    assert "回到“待处理”" in act(browser, f"{LIST}{two.ref}/split", reason="另一件事")
    act(browser, f"{LIST}{main.ref}/open", reason="核查")
    assert states(transaction, signals) == ["opened", "opened", "signal"]
    listed = csv.DictReader(io.StringIO(read(browser, "/regulator/signals.csv").removeprefix("\ufeff")))
    assert {row["编号"]: row["合并到"] for row in listed}[one.ref] == main.ref


def test_a_faster_colleague_is_noticed_and_nothing_is_done(
    browser: LintingClient, signals: list[Signal], transaction: Begin, market: Market
) -> None:
    address = of_several("dismiss", signals)
    late = filled(browser, address, reason="录入错误")
    with transaction() as session:
        service.open_case(session, actor=market.regulator, signal_ref=signals[1].ref, reason="核查")
    response = browser.post(address, data=late)
    assert response.status_code == 409
    page = response.get_data(as_text=True)
    assert "有的刚刚有变化，什么都没有改" in page
    assert "不会处理" in page
    assert "录入错误" in page
    assert states(transaction, signals) == ["signal", "opened", "signal"]
    page = act(browser, address, reason="录入错误")
    assert "已排除 2 条线索" in page
    assert states(transaction, signals) == ["dismissed", "opened", "dismissed"]
    assert "选中的线索都不能这样处理了" in read(browser, of_several("watch", signals))


def test_signals_are_given_to_a_colleague_taken_and_found_by_who_works_on_them(
    browser: LintingClient, signals: list[Signal], transaction: Begin, market: Market, enter: Enter
) -> None:
    with transaction() as session:
        colleague = make_actor(session, role=Role.REGULATOR, district=market.district)
        username = session.get_one(User, colleague.user_id).username
    act(browser, of_several("assign", signals[:2]), assignee=username)
    other = enter(colleague)
    page = read(other, f"{LIST}?assigned=me")
    assert [signal.ref in page for signal in signals] == [True, True, False]
    assert "由我处理（2）" in page
    assert "还没有分派（1）" in page
    assert "有 2 条价格异常线索交给您处理" in read(other, "/account/notices/")
    token = JustHTML(read(browser, f"{LIST}{signals[0].ref}"), sanitize=False).query("input[name=csrf_token]")
    taken = browser.post(f"{LIST}{signals[0].ref}/take", data={"csrf_token": token[0].attrs["value"]})
    assert taken.status_code == 303
    assert signals[0].ref in read(browser, f"{LIST}?assigned=me")


@pytest.mark.parametrize(
    ("what", "typed", "message"),
    [
        ("watch", {"until": "2016-06-01", "reason": "再看"}, "今天以后"),
        ("watch", {"until": "昨天", "reason": "再看"}, "要写成年月日"),
        ("watch", {"until": "2016-06-08", "reason": "长" * 501}, "最多 500 个字"),
        ("dismiss", {"reason": " "}, "请输入"),
        ("assign", {"assignee": "nobody-we-know"}, "请从列出的选项中选择"),
    ],
)
def test_bad_input_is_named_and_changes_nothing(
    browser: LintingClient,
    signals: list[Signal],
    transaction: Begin,
    what: str,
    typed: dict[str, str],
    message: str,
) -> None:
    address = of_several(what, signals[:1])
    response = browser.post(address, data=filled(browser, address, **typed))
    assert response.status_code == 422
    assert message in response.get_data(as_text=True)
    assert states(transaction, signals[:1]) == ["signal"]


def test_choosing_nothing_too_many_or_somebody_elses(
    browser: LintingClient, signals: list[Signal], transaction: Begin, enter: Enter
) -> None:
    for query in ("", "?act=watch", f"?act=burn&ref={signals[0].ref}"):
        assert browser.get(f"{TOGETHER}{query}").location == LIST
    many = "".join(f"&ref=XS-{number}" for number in range(51))
    read(browser, f"{TOGETHER}?act=watch{many}", status=422)
    with transaction() as session:
        foreign = make_signal(session, district=make_district(session))[1]
        stranger = make_actor(session, role=Role.REGULATOR, district=make_district(session))
    read(browser, of_several("watch", [signals[0], foreign]), status=404)
    other = enter(stranger)
    for name in ("dismiss", "open", "ask", "remark", "split"):
        read(other, f"{LIST}{signals[0].ref}/{name}", status=404)


def test_the_company_is_asked_answers_and_the_regulator_reads_it(
    browser: LintingClient, signals: list[Signal], market: Market, enter: Enter, clock: FixedClock
) -> None:
    ref = signals[0].ref
    # Five working days, over the Dragon Boat days of 2016.
    assert 'value="2016-06-08"' in read(browser, f"{LIST}{ref}/ask")
    act(browser, f"{LIST}{ref}/ask", question="为什么房票价更高？", due="2016-06-08")
    act(browser, f"{LIST}{ref}/remark", reason="怀疑录入错误")
    clock.advance(timedelta(days=9))
    assert "逾期未答复（1）" in read(browser, f"{LIST}?answer=overdue")
    company = enter(market.developer)
    page = read(company, f"/developer/signals/{ref}")
    assert "为什么房票价更高？" in page
    assert "怀疑录入错误" not in page
    address = f"/developer/signals/{ref}/answer"
    hostile = {"file_2": (io.BytesIO(b"<svg onload=alert(1)>"), "合同.pdf")}
    response = company.post(address, data={**filled(company, address, text="<b>录入错误</b>"), **hostile})
    assert response.status_code == 422
    assert "#file_2" in response.get_data(as_text=True)
    sent = {**filled(company, address, text="<b>录入错误</b>"), "file_1": (io.BytesIO(PDF), "合同.pdf")}
    assert company.post(address, data=sent).status_code == 303
    page = read(browser, f"{LIST}{ref}")
    assert "&lt;b&gt;录入错误&lt;/b&gt;" in page
    assert "逾期未答复" not in page
    links: list[Any] = JustHTML(page, sanitize=False).query(".anju-answer a")
    file = browser.get(links[0].attrs["href"])
    assert file.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert file.data == PDF


def test_an_auditor_reads_the_work_and_does_none(
    browser: LintingClient, signals: list[Signal], market: Market, transaction: Begin, enter: Enter
) -> None:
    act(browser, f"{LIST}{signals[0].ref}/remark", reason="先看同楼盘")
    with transaction() as session:
        auditor = make_actor(session, role=Role.AUDITOR, district=market.district)
    visitor = enter(auditor)
    page = read(visitor, f"{LIST}{signals[0].ref}")
    assert "先看同楼盘" in page
    assert "together" not in page
    assert not JustHTML(read(visitor, LIST), sanitize=False).query("input[name=ref]")
    for address in (of_several("watch", signals), f"{LIST}{signals[0].ref}/ask"):
        read(visitor, address, status=403)
    with transaction() as session:
        moves = select(SignalMove.action).where(SignalMove.signal_id == signals[0].id)
        assert list(session.scalars(moves.order_by(SignalMove.number))) == ["find", "remark"]
