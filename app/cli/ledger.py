"""flask ledger: the proof of every fen."""

import json
import sys
from dataclasses import asdict
from typing import Any

import click
from flask.cli import AppGroup
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.extensions import db
from app.ledger import queries as ledger
from app.payments import proofs as payments
from app.redemptions import queries as redemptions
from app.settlements import proofs as settlements

group = AppGroup("ledger", help="The double-entry ledger of vouchers.")


@group.command("verify")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def verify(as_json: bool) -> None:
    """Prove balances from the transfers alone, and redemptions by their transfers; exit 1 on a breach."""
    transfers, breaches = prove(db.session())
    if as_json:
        click.echo(json.dumps({"ok": not breaches, "transfers": transfers, "breaches": breaches}))
    else:
        for breach in breaches:
            click.echo(" ".join(f"{name}={value}" for name, value in breach.items() if value is not None))
        click.echo(f"{transfers} transfers, {len(breaches)} breaches")
    sys.exit(1 if breaches else 0)


def prove(session: Session) -> tuple[int, list[dict[str, Any]]]:
    """Return how many transfers one snapshot of the ledger holds, and everything in it that does not hold."""
    session.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"))
    # A proof of many millions may take longer than any command of an ordinary day.
    session.execute(text("SET LOCAL statement_timeout = 0"))
    transfers = ledger.count_transfers(session)
    breaches = [
        *({"part": "ledger", **asdict(breach)} for breach in ledger.verify(session)),
        *({"part": "payments", **asdict(breach)} for breach in payments.verify(session)),
        *({"part": "redemptions", **asdict(breach)} for breach in redemptions.verify(session)),
        *({"part": "settlements", **asdict(breach)} for breach in settlements.verify(session)),
    ]
    session.rollback()
    return transfers, breaches
