"""flask ledger: the proof of every fen."""

import json
import sys
from dataclasses import asdict, astuple
from datetime import datetime
from typing import Any, Final

import click
from sqlalchemy import Engine, select

from app.cli.groups import CommandGroup
from app.core import clock
from app.core.proofs import one_snapshot
from app.extensions import db, reading
from app.identity.models import District
from app.ledger import queries as ledger
from app.ledger import trial
from app.payments import proofs as payments
from app.redemptions import queries as redemptions
from app.reports.journal import as_csv
from app.reports.journal import journal as journal_of
from app.settlements import proofs as settlements

_CONNECTIONS: Final = 2
"""On which a proof runs: a server of two cores does it in little more than half of the time."""

group = CommandGroup("ledger", help="The double-entry ledger of vouchers.")


@group.command("verify")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def verify(as_json: bool) -> None:
    """Prove balances from the transfers alone, and redemptions by their transfers; exit 1 on a breach."""
    transfers, breaches = prove(db.engine)
    if as_json:
        click.echo(json.dumps({"ok": not breaches, "transfers": transfers, "breaches": breaches}))
    else:
        for breach in breaches:
            click.echo(" ".join(f"{name}={value}" for name, value in breach.items() if value is not None))
        click.echo(f"{transfers} transfers, {len(breaches)} breaches")
    sys.exit(1 if breaches else 0)


def _known(_ctx: click.Context, _param: click.Parameter, day: datetime | None) -> datetime | None:
    """Refuse a day of which nothing can be reckoned. Raises click.BadParameter."""
    if day is not None and not 1900 <= day.year < 2200:
        raise click.BadParameter("a day of the years 1900 to 2199 is meant.")
    return day


_DAY = click.DateTime(["%Y-%m-%d"])
_DISTRICT = click.option("--district", "code", required=True, help="The district's code.")


@group.command("trial-balance")
@_DISTRICT
@click.option("--day", type=_DAY, callback=_known, help="A legal day; today unless given.")
def trial_balance(code: str, day: datetime | None) -> None:
    """Print a day's trial balance (试算平衡) in fen, from transfers alone; exit 1 unless it comes to zero."""
    wanted = day.date() if day else clock.today()
    rows = trial.trial_balance(db.session(), district_id=_district(code), day=wanted)
    click.echo("kind,opening_fen,debits_fen,credits_fen,closing_fen")
    for row in rows:
        click.echo(",".join(map(str, astuple(row))))
    total = sum(row.closing_fen for row in rows)
    click.echo(f"sum,,,,{total}")
    sys.exit(1 if total else 0)


@group.command("journal")
@_DISTRICT
@click.option("--from", "first", type=_DAY, callback=_known, required=True, help="The first legal day.")
@click.option("--to", "last", type=_DAY, callback=_known, help="The last one; today unless given.")
def journal(code: str, first: datetime, last: datetime | None) -> None:
    """Print a district's journal (序时账) as CSV; its last line is the SHA-256 of all before it."""
    with reading() as session:
        days = {"first": first.date(), "last": last.date() if last else clock.today()}
        for line in as_csv(journal_of(session, district_id=_district(code), **days)):
            click.echo(line, nl=False)


def _district(code: str) -> int:
    """Return a district's id. Raises click.UsageError for a code nobody has."""
    found = db.session().scalar(select(District.id).where(District.code == code))
    if found is None:
        raise click.UsageError(f"There is no district {code}.")
    return found


def prove(engine: Engine) -> tuple[int, list[dict[str, Any]]]:
    """Return how many transfers one snapshot of the ledger holds, and everything in it that does not hold."""
    with one_snapshot(engine, connections=_CONNECTIONS) as session:
        return ledger.count_transfers(session), [
            *({"part": "ledger", **asdict(breach)} for breach in ledger.verify(session)),
            *({"part": "payments", **asdict(breach)} for breach in payments.verify(session)),
            *({"part": "redemptions", **asdict(breach)} for breach in redemptions.verify(session)),
            *({"part": "settlements", **asdict(breach)} for breach in settlements.verify(session)),
        ]
