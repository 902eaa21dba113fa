"""flask backup: save everything, look whether it is whole, put it back and prove it."""

import json
import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click
from flask import current_app

from app.backup import service
from app.backup.errors import BackupError
from app.cli.audit import walk
from app.cli.groups import CommandGroup
from app.cli.ledger import prove
from app.extensions import db
from config import Settings

group = CommandGroup("backup", help="Backups of database and files, with what proves them.")
_FOLDER = click.argument("folder", type=click.Path(path_type=Path))


def _refusing(command: Callable[..., None]) -> Callable[..., None]:
    """Say what is wrong with a backup as a command does: one line, exit status 1."""

    @wraps(command)
    def run(**arguments: Any) -> None:
        try:
            command(**arguments)
        except BackupError as error:
            raise click.ClickException(str(error)) from error

    return run


@group.command("make")
@_FOLDER
@_refusing
def make(folder: Path) -> None:
    """Save database, files and anchor into the new FOLDER; exit 1 also when the store lacked a file."""
    made = service.make(db.session(), _settings(), folder)
    size = sum(content.size for content in made.contents.values())
    click.echo(f"{folder}: {made.transfers} transfers, {len(made.contents)} files, {size} bytes")
    for sha256 in made.missing:
        click.echo(f"missing from the store, so not saved: {sha256}")
    sys.exit(1 if made.missing else 0)


@group.command("check")
@_FOLDER
@_refusing
def check(folder: Path) -> None:
    """Read every byte of the backup in FOLDER; exit 1 when one is not as it was made."""
    made = service.check(_settings(), folder)
    click.echo(f"whole: made {made.made_at}, schema {made.revision}, {made.transfers} transfers")


@group.command("restore")
@_FOLDER
@_refusing
def restore(folder: Path) -> None:
    """Put the backup in FOLDER into the empty database of the settings, then prove ledger and audit trail."""
    made = service.restore(_settings(), folder)
    for name in service.differing(made, _settings()):
        click.echo(f"set otherwise than when the backup was made: {name}")
    anchor = json.loads(service.anchor_of(folder).read_text(encoding="utf-8"))
    transfers, breaches = prove(db.engine)
    rows, broken = walk(db.session(), anchor)
    click.echo(f"{transfers} transfers, {len(breaches)} breaches; {rows} audit rows, {len(broken)} breaches")
    if breaches or broken or transfers != made.transfers:
        raise click.ClickException("What was put back does not prove itself: see flask ledger verify.")


def _settings() -> Settings:
    settings: Settings = current_app.config["ANJU"]
    return settings
