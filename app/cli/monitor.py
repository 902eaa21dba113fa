"""`flask monitor`: the price monitor on files, without a database, and on a district's own stock."""

import contextlib
import sys
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

import click
from flask.cli import with_appcontext
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn
from sqlalchemy import select

from app.cases.watching import run_district, usual_store
from app.cli.groups import FileGroup
from app.extensions import reading, writing
from app.identity.models import District
from app.monitor import runs
from app.monitor.backtest import Plan, backtest
from app.monitor.check import RULE_VERSION, Result, Settings, check
from app.monitor.contract import read_listings, read_sales
from app.monitor.errors import InputError
from app.monitor.evidence import STAGES
from app.monitor.files import file_sha256, refuse_unwritable, write_together
from app.monitor.models import MonitorRun
from app.monitor.output import groups_path, write_result
from app.monitor.report import (
    SIZE_HEADER,
    SUMMARY_HEADER,
    WINDOW_HEADER,
    Origin,
    html_report,
    size_rows,
    summary_rows,
    window_rows,
)
from app.monitor.runs import RunOpen
from app.monitor.singapore import convert

EXIT_BAD_INPUT: Final = 2

FILE = click.Path(path_type=Path)


@click.group(cls=FileGroup)
def monitor() -> None:
    """Voucher prices against comparable cash sales."""


@monitor.command("check")
@click.option("--sales", "sales_path", type=FILE, required=True, help="Cash sales (CSV).")
@click.option(
    "--listings", "listings_path", type=FILE, required=True, help="Homes offered for vouchers (CSV)."
)
@click.option("--out", "out_path", type=FILE, required=True, help="Findings; groups go to OUT.groups.csv.")
def check_command(sales_path: Path, listings_path: Path, out_path: Path) -> None:
    """Compare listings with cash sales; docs/monitor.md has the file contract and the method.

    Exit status 0 when the findings are written, whatever they say; 2 when a file breaks the contract.
    """
    with _input_errors_to_exit_status(), _stages("reading", *STAGES) as advance:
        refuse_unwritable([out_path, groups_path(out_path)], [sales_path, listings_path])
        sales = read_sales(sales_path)
        advance("reading", 0.5)
        listings = read_listings(listings_path)
        advance("reading", 0.5)
        result = check(sales, listings, Settings(), advance)
        write_result(out_path, result)
    _print_summary(out_path, result)


@monitor.command("backtest")
@click.argument("sales_path", metavar="SALES", type=FILE)
@click.option("--report", "report_path", type=FILE, help="Where an HTML report with plots goes.")
@click.option("--windows", type=click.IntRange(1, 12), default=3, show_default=True, help="Windows of time.")
@click.option("--draws", type=click.IntRange(1, 100), default=5, show_default=True, help="Draws a window.")
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="Seed of the draws.")
def backtest_command(sales_path: Path, report_path: Path | None, windows: int, draws: int, seed: int) -> None:
    """Plant premiums on the later of some cash sales, and print what the monitor finds of them.

    Exit status 2 when the file breaks the contract or its sales are too few.
    """
    with _input_errors_to_exit_status(), _stages("reading", "windows", "planting") as advance:
        if report_path is not None:
            refuse_unwritable([report_path], [sales_path])
        sales = read_sales(sales_path)
        advance("reading", 1.0)
        measured = backtest(sales.frame, Plan(windows, draws, seed), Settings(), advance)
        if isinstance(measured, str):
            raise InputError(str(sales_path), measured)
        if report_path is not None:
            origin = Origin(sales_path.name, file_sha256(sales_path), RULE_VERSION)
            write_together({report_path: html_report(measured, origin, Settings())})
    _print_table(WINDOW_HEADER, window_rows(measured))
    _print_table(SUMMARY_HEADER, summary_rows(measured))
    _print_table(SIZE_HEADER, size_rows(measured))
    if report_path is not None:
        click.echo(f"written: {report_path}")


@monitor.command("convert-sg")
@click.argument("source", type=FILE)
@click.option("--sales", "sales_path", type=FILE, required=True, help="Where the cash sales go.")
@click.option("--listings", "listings_path", type=FILE, required=True, help="Where the listings go.")
@click.option(
    "--split",
    type=click.DateTime(["%Y-%m-%d"]),
    required=True,
    help="First day whose sales pose as listings.",
)
def convert_sg_command(source: Path, sales_path: Path, listings_path: Path, split: datetime) -> None:
    """Convert Singapore's flat resales (CSV as published, or gzip) into the two files of `check`."""
    with _input_errors_to_exit_status():
        refuse_unwritable([sales_path, listings_path], [source])
        converted = convert(source, sales=sales_path, listings=listings_path, split=split.date())
    click.echo(f"{converted.sales} cash sales, {converted.listings} listings")


@monitor.command("run")
@click.option("--district", "code", help="The district's code; without it every district, one after another.")
@with_appcontext
def run_command(code: str | None) -> None:
    """Compare a district's own stock with its cash sales, and bring its signals up to date.

    Exit status 0 when every run is done; 1 when one failed, was cancelled or is under way already.
    """
    with reading() as session:
        wanted = select(District).order_by(District.code)
        districts = session.scalars(wanted if code is None else wanted.where(District.code == code)).all()
    if not districts:
        raise click.ClickException(f"there is no district {code!r}")
    states = [_run(district) for district in districts]
    sys.exit(0 if set(states) == {"done"} else 1)


def _run(district: District) -> str:
    try:
        with writing() as session:
            ordered = runs.order(session, district_id=district.id)
    except RunOpen:
        click.echo(f"{district.code}: a run is under way already", err=True)
        return "refused"
    with Progress(*_COLUMNS, console=Console(stderr=True)) as bars:
        bar = bars.add_task(district.code, total=100)
        state = run_district(
            usual_store(), run_id=ordered.id, say=lambda _stage, percent: bars.update(bar, completed=percent)
        )
    with reading() as session:
        _print_run(district, state, session.get_one(MonitorRun, ordered.id))
    return state


def _print_run(district: District, state: str, run: MonitorRun) -> None:
    told = run.outcome
    if told is None:
        click.echo(f"{district.code}: run {run.ref} {state}")
        return
    click.echo(
        f"{district.code}: run {run.ref} done in {told['seconds']} s; {told['listings']} homes against "
        f"{told['sales']} cash sales; signals: {told['opened']} opened, {told['updated']} updated, "
        f"{told['unchanged']} unchanged, {told['kept_dismissed']} stay dismissed, {told['lapsed']} lapsed"
    )
    for name in ("homes", "developments", "developers"):
        levels = ", ".join(f"{count} {level}" for level, count in sorted(told[name].items()))
        click.echo(f"  {name}: {levels or 'none'}")
    for why in filter(None, (told["why"], told["unpooled"])):
        click.echo(f"  not tested: {why.replace('_', ' ')}")


_COLUMNS: Final = (
    TextColumn("{task.description:12}"),
    BarColumn(),
    TaskProgressColumn(),
    TimeElapsedColumn(),
)


@contextlib.contextmanager
def _input_errors_to_exit_status() -> Iterator[None]:
    try:
        yield
    except InputError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(EXIT_BAD_INPUT)


class _Stages:
    """Progress bars on standard error, one a stage, made when the stage first reports."""

    def __init__(self, bars: Progress, names: Sequence[str]) -> None:
        self._bars = bars
        self._tasks = {name: bars.add_task(name, total=1.0) for name in names}

    def __call__(self, stage: str, share: float) -> None:
        self._bars.advance(self._tasks[stage], share)


@contextlib.contextmanager
def _stages(*names: str) -> Iterator[_Stages]:
    with Progress(*_COLUMNS, console=Console(stderr=True)) as bars:
        yield _Stages(bars, names)


def _print_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    widths = [max(map(len, column)) for column in zip(header, *rows, strict=True)]
    for row in (header, *rows):
        first, *rest = (cell.rjust(width) for cell, width in zip(row, widths, strict=True))
        click.echo("  ".join([first.strip().ljust(widths[0]), *rest]))
    click.echo()


def _print_summary(out_path: Path, result: Result) -> None:
    levels = [finding.level for finding in result.findings]
    counts = ", ".join(
        f"{levels.count(level)} {level}" for level in ("flag", "review", "info", "clear", "cannot_tell")
    )
    click.echo(f"{len(levels)} listings: {counts}")
    for level in ("development", "developer"):
        groups = [group for group in result.groups if group.level == level]
        tested = [group for group in groups if group.pooled is not None]
        flagged = sum(group.flagged for group in groups)
        click.echo(f"{len(groups)} {level} groups: {flagged} flagged, {len(groups) - len(tested)} not tested")
    for note in result.notes:
        click.echo(f"note: {note}")
    click.echo(f"written: {out_path} and {groups_path(out_path)}")
