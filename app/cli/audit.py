"""flask audit: the audit trail's heads, anchors and proof."""

import json
import sys
from pathlib import Path
from typing import Any

import click
from flask import current_app
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.cli.groups import CommandGroup
from app.core import audit
from app.core.anchors import read_anchor, write_anchor
from app.extensions import db

group = CommandGroup("audit", help="The audit trail.")


@group.command("initialise")
def initialise() -> None:
    """Create the chains' heads in a new database; harmless when repeated."""
    audit.initialise(db.session())
    db.session.commit()


@group.command("anchor")
def anchor() -> None:
    """Write the heads' digest to the folder of anchors: by it a later verify finds a database rolled back."""
    click.echo(write_anchor(db.session(), current_app.config["ANJU"].anchors))


@group.command("verify")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--anchor", "anchor_file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def verify(as_json: bool, anchor_file: Path | None) -> None:
    """Walk every chain; exit 1 when a row was changed, removed or cut off, or differs from the anchor."""
    try:
        point = read_anchor(anchor_file) if anchor_file else None
    except ValueError as error:
        raise click.ClickException(f"{anchor_file} is no anchor: {error}") from error
    rows, breaches = walk(db.session(), point)
    if as_json:
        click.echo(
            json.dumps({"ok": not breaches, "rows": rows, "breaches": [vars(breach) for breach in breaches]})
        )
    else:
        for breach in breaches:
            click.echo(f"chain {breach.chain} row {breach.seq}: {breach.reason}")
        click.echo(f"{rows} rows, {len(breaches)} breaches")
    sys.exit(1 if breaches else 0)


def walk(session: Session, point: dict[str, Any] | None) -> tuple[int, list[audit.Breach]]:
    """Return how many rows one snapshot of the trail holds, and what is wrong with them."""
    session.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"))
    rows, breaches = audit.verify(session, point)
    session.rollback()
    return rows, breaches
