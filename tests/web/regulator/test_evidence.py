"""What a regulator reads before signing: comparables in money, evidence, the sheet, how prices went."""

import hashlib
import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from justhtml import JustHTML
from sqlalchemy.orm import Session

from app.cases import triage
from app.cases.models import Signal
from app.core.actor import Actor, Role
from app.homes.models import Home
from tests.factories.cases import Market, add_home, break_rule, make_market
from tests.factories.homes import make_developer
from tests.factories.identity import make_actor, make_district
from tests.factories.monitor import make_area_signal
from tests.web.linting import LintingClient
from tests.web.sending import links, text_of

Begin = Callable[[], AbstractContextManager[Session]]
Enter = Callable[[Actor], LintingClient]
LIST = "/regulator/signals/"


def of_monitor(begin: Begin, about: str, level: str = "review") -> tuple[Market, Signal]:
    with begin() as session:
        market = make_market(session, name="滨江花园")
        return market, make_area_signal(session, market, about=about, level=level)


def test_of_many_homes_compared_together_the_first_stand_there_and_all_on_demand(
    transaction: Begin, enter: Enter
) -> None:
    with transaction() as session:
        market = make_market(session, name="滨江花园")
        many = make_area_signal(session, market, homes=52)
    browser = enter(market.regulator)
    page = browser.get(f"{LIST}{many.ref}")
    assert text_of(page).count("5 至 19 份") == 50
    everything = browser.get(links(page)["上面是前 50 套，看全部 52 套"])
    assert text_of(everything).count("5 至 19 份") == 52
    assert "看全部" not in text_of(everything)


@pytest.mark.parametrize("about", ["home", "development", "developer"])
def test_a_comparison_is_told_with_its_interval_its_numbers_and_what_was_left_out(
    transaction: Begin, enter: Enter, about: str
) -> None:
    market, signal = of_monitor(transaction, about)
    browser = enter(market.regulator)
    response = browser.get(f"{LIST}{signal.ref}")
    words = text_of(response)
    assert "房票价高于可比现金价 9.0%（95% 区间 5.0% 至 13.0%）" in words
    assert "不说明原因，也不是违规结论" in words
    assert "不作比较的合同：团购 2 份、员工购房 1 份、已注销 3 份、房票付款 4 份、没有总价 1 份。" in words
    assert ("楼层调整" in words) == (about == "home")
    assert ("一起比较的房源" in words) == (about != "home")
    if about == "home":
        rows: list[Any] = JustHTML(response.get_data(as_text=True), sanitize=False).query("tbody tr")
        cells = " ".join(rows[0].to_text().split())
        assert "2016-04-20" in cells
        for sum_of_money in ("¥500,000", "-¥2,000", "+¥1,500", "+¥2,500", "¥502,000", "70.0%"):
            assert sum_of_money in cells
    else:
        assert "不算房企自己的现金成交，高出 8.1%。" in words
    for word in ("欺诈", "作弊", "fraud"):
        assert word not in words


@pytest.mark.parametrize("about", ["home", "developer", "broken rule"])
def test_the_evidence_file_proves_itself_and_the_sheet_is_paper(
    transaction: Begin, enter: Enter, about: str
) -> None:
    if about == "broken rule":
        with transaction() as session:
            market = make_market(session)
            signal = break_rule(session, market)
    else:
        market, signal = of_monitor(transaction, about)
    browser = enter(market.regulator)
    told = json.loads(browser.get(f"{LIST}{signal.ref}.json").data)
    canonical = json.dumps(told["evidence"], ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert told["sha256"] == hashlib.sha256(canonical.encode()).hexdigest()
    with transaction() as session:
        assert told["evidence"] == session.get_one(Signal, signal.id).evidence
    sheet = browser.get(f"{LIST}{signal.ref}.pdf")
    assert (sheet.mimetype, sheet.data[:5]) == ("application/pdf", b"%PDF-")
    with transaction() as session:
        stranger = make_actor(session, role=Role.REGULATOR, district=make_district(session))
    for ending in ("json", "pdf"):
        assert enter(stranger).get(f"{LIST}{signal.ref}.{ending}").status_code == 404
        assert enter(market.developer).get(f"{LIST}{signal.ref}.{ending}").status_code == 403


def test_a_company_reads_and_answers_a_comparison_without_the_homes_of_others_contracts(
    transaction: Begin, enter: Enter
) -> None:
    market, signal = of_monitor(transaction, "home")
    words = text_of(enter(market.developer).get(f"/developer/signals/{signal.ref}"))
    assert "高于可比现金价" in words
    assert "2016-04-20 楼盘 滨江花园 面积" in words
    assert "1102室" not in words
    assert "答复监管部门" in words
    with transaction() as session:
        stranger = make_developer(session)
    assert enter(stranger).get(f"/developer/signals/{signal.ref}").status_code == 404


def test_a_mere_hint_is_shown_to_the_company_once_it_is_asked(transaction: Begin, enter: Enter) -> None:
    market, signal = of_monitor(transaction, "development", "info")
    company = enter(market.developer)
    address = f"/developer/signals/{signal.ref}"
    assert company.get(address).status_code == 404
    with transaction() as session:
        triage.ask(
            session,
            actor=market.regulator,
            signal_ref=signal.ref,
            question="请说明",
            due=triage.usual_due(),
        )
    assert "答复监管部门" in text_of(company.get(address))


def test_how_prices_went_is_drawn_and_told_in_numbers(
    market: Market, signal: Signal, browser: LintingClient, transaction: Begin, enter: Enter
) -> None:
    with transaction() as session:
        add_home(session, market)
        ref = session.get_one(Home, market.home.id).development.ref
    page = browser.get(f"{LIST}{signal.ref}").get_data(as_text=True)
    development, home = f"/regulator/developments/{ref}", f"/regulator/homes/{market.home.ref}"
    assert f'href="{development}"' in page
    assert f'href="{home}"' in page
    for address, drawn in ((development, 2), (home, 4)):
        html = JustHTML(browser.get(address).get_data(as_text=True), sanitize=False)
        (plot,) = html.query("svg.anju-chart__plot")
        assert plot.attrs["role"] == "img"
        named = plot.attrs["aria-labelledby"].split()
        assert all(html.query(f"#{name}") for name in named)
        assert len(plot.query(".anju-chart__dot")) == drawn
        assert len(html.query("tbody tr")) == (1 if address == development else 4)
    words = text_of(browser.get(development))
    assert "2016年6月" in words
    assert "无法比较" in words
    with transaction() as session:
        stranger = make_actor(session, role=Role.REGULATOR, district=make_district(session))
    for address in (development, home):
        assert enter(stranger).get(address).status_code == 404
        assert enter(market.developer).get(address).status_code == 403
