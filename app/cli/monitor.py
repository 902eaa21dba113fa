"""`flask monitor`: the price monitor on files. Needs no database and no configuration."""

import contextlib
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Final

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from app.monitor.check import Result, Settings, check
from app.monitor.contract import read_listings, read_sales
from app.monitor.errors import InputError
from app.monitor.evidence import STAGES
from app.monitor.files import refuse_unwritable
from app.monitor.output import groups_path, write_result
from app.monitor.singapore import convert

EXIT_BAD_INPUT: Final = 2

FILE = click.Path(path_type=Path)


@click.group()
def monitor() -> None:
    """Voucher prices against comparable cash sales, on files."""


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
    with _input_errors_to_exit_status(), _stages() as advance:
        refuse_unwritable([out_path, groups_path(out_path)], [sales_path, listings_path])
        sales = read_sales(sales_path)
        advance("reading", 0.5)
        listings = read_listings(listings_path)
        advance("reading", 0.5)
        result = check(sales, listings, Settings(), advance)
        write_result(out_path, result)
    _print_summary(out_path, result)


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


@contextlib.contextmanager
def _input_errors_to_exit_status() -> Iterator[None]:
    try:
        yield
    except InputError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(EXIT_BAD_INPUT)


class _Stages:
    """Progress bars on standard error, one a stage, made when the stage first reports."""

    def __init__(self, bars: Progress) -> None:
        self._bars = bars
        self._tasks = {name: bars.add_task(name, total=1.0) for name in ("reading", *STAGES)}

    def __call__(self, stage: str, share: float) -> None:
        self._bars.advance(self._tasks[stage], share)


@contextlib.contextmanager
def _stages() -> Iterator[_Stages]:
    columns = (TextColumn("{task.description:12}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as bars:
        yield _Stages(bars)


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
