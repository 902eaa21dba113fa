import re
from functools import cache
from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner, Result
from justhtml import JustHTML

from app.cli.monitor import monitor
from app.monitor.backtest import LEVELS, PREMIUMS, Backtest, Plan, backtest
from app.monitor.check import Settings
from tests.bench.monitor_market import Shape, made_up_market
from tests.unit.monitor.conftest import SALES_HEADER, WriteLines
from tests.unit.monitor.test_area import tables

SHAPE = Shape(sales=1500, listings=10, developments=60, home_sd=0.03)


@cache
def measured() -> Backtest:
    sales, _ = tables(made_up_market(SHAPE, 3))
    result = backtest(sales, Plan(windows=2, draws=3), Settings(), lambda _stage, _share: None)
    assert isinstance(result, Backtest)
    return result


def run(folder: Path, *options: str, sales: str = "sales.csv") -> Result:
    return CliRunner().invoke(monitor, ["backtest", str(folder / sales), *options])


def test_windows_lie_one_behind_the_other_and_know_only_what_came_before() -> None:
    later, earlier = measured().windows
    assert earlier.end < later.begin
    assert later.sales == earlier.sales + earlier.listings
    assert min(later.coverage, earlier.coverage) >= 0.9
    assert max(later.median_error, earlier.median_error) < 0.05


def test_larger_premiums_are_found_more_often_and_untouched_sales_stay_quiet() -> None:
    by_premium = [measured().summary("developer", premium) for premium in PREMIUMS]
    untouched, *dear = by_premium
    assert (untouched.planted, untouched.recall) == (0, None)
    assert untouched.false_alarms <= 0.5
    recalls = [one.recall or 0.0 for one in dear]
    assert recalls[0] < 0.3 < 0.8 < recalls[-1]
    assert all(one.false_discovery_rate <= 0.2 for one in dear)
    assert 0.88 <= (by_premium[3].coverage or 0.0) <= 1.0


def test_every_dear_group_is_counted_in_one_class_of_size() -> None:
    for level in LEVELS:
        for score in measured().scores:
            if score.level == level:
                assert all(
                    found <= planted for found, planted in zip(score.found, score.planted, strict=True)
                )
                assert (sum(score.planted) > 0) == (score.premium > 0)


def test_the_same_seed_gives_the_same_scores() -> None:
    sales, _ = tables(made_up_market(Shape(sales=500, listings=10, developments=30), 3))
    results = [
        backtest(sales, Plan(windows=1, draws=1, seed=seed), Settings(), lambda _stage, _share: None)
        for seed in (1, 1, 2)
    ]
    first, again, other = (result.scores for result in results if isinstance(result, Backtest))
    assert first == again
    assert first != other


def test_tables_are_printed_and_the_report_is_one_file_that_needs_no_other(tmp_path: Path) -> None:
    made_up_market(SHAPE, 3).sales.write_csv(tmp_path / "sales.csv")
    report = tmp_path / "report.html"
    result = run(tmp_path, "--report", str(report), "--windows", "1", "--draws", "1")
    assert result.exit_code == 0, result.output
    assert "developer 8%" in result.stdout
    assert "95% interval holds" in result.stdout
    text = report.read_text(encoding="utf-8")
    page = JustHTML(text, strict=True)
    assert [title.to_text() for title in page.query("h1")] == [
        "What the price monitor finds of planted premiums"
    ]
    assert text.count("<svg ") == text.count('role="img" aria-label="') == 2
    assert not re.search(r"(src|href)=", text)
    shown = " ".join(cell.to_text() for cell in page.query("td") + page.query("th"))
    assert "developer 8%" in shown
    assert re.search(r"sales\.csv.*SHA-256.*[0-9a-f]{64}.*rule version 1", text)


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        (["S1,,2025-03-01,0,88.5,A,B"], "line 2, column price: a number above 0 is needed"),
        (["S1,,2025-03-01,100,88.5,A,B"], "1 cash sales leave no window"),
        ([], "0 cash sales leave no window"),
    ],
)
def test_what_cannot_be_measured_exits_2_and_writes_no_report(
    write_lines: WriteLines, tmp_path: Path, rows: list[str], told: str
) -> None:
    write_lines("sales.csv", [SALES_HEADER, *rows])
    result = run(tmp_path, "--report", str(tmp_path / "report.html"))
    assert result.exit_code == 2
    assert told in result.stderr
    assert "Traceback" not in result.output
    assert [path.name for path in tmp_path.iterdir()] == ["sales.csv"]


def test_the_sales_are_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "sales.csv").write_text(SALES_HEADER + "\n", encoding="utf-8")
    assert run(tmp_path, "--report", str(tmp_path / "sales.csv")).exit_code == 2
    assert (tmp_path / "sales.csv").read_text(encoding="utf-8") == SALES_HEADER + "\n"


def test_a_market_whose_sales_name_no_development_is_measured_by_single_homes() -> None:
    sales, _ = tables(made_up_market(SHAPE, 4))
    bare = sales.with_columns(development=pl.lit(""))
    result = backtest(bare, Plan(windows=1, draws=1), Settings(), lambda _stage, _share: None)
    assert isinstance(result, Backtest)
    assert result.summary("home", 0.2).planted > 0
    assert result.summary("development", 0.2).planted == 0
