"""flask policy: check a voucher policy file, play it, and adopt it in a district."""

import json
import sys
from pathlib import Path
from typing import NoReturn

import click
from sqlalchemy import select

from app.cli.groups import CommandGroup
from app.core.actor import system_actor
from app.core.errors import Conflict
from app.extensions import db
from app.identity.models import District
from app.policies import bodies, reader, service
from app.policies import schema as schema_of_files
from app.policies.errors import PolicyFileInvalid, Problem
from app.reports.simulation import output
from app.reports.simulation import scenario as scenarios
from app.reports.simulation.run import play

group = CommandGroup("policy", help="Voucher policies.")

_FILE = click.argument("file", type=click.Path(path_type=Path))


@group.command("check")
@_FILE
def check(file: Path) -> None:
    """Prove a policy file; exit 1 naming each wrong line. What has no effect or may surprise is told."""
    try:
        body, notes = reader.look(_text_of(file))
    except PolicyFileInvalid as error:
        _refuse(file, error)
    click.echo(f"{file}: {body['code']} holds: {body['title']}")
    _tell(file, notes)


@group.command("simulate")
@_FILE
@click.argument("scenario", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Sums in fen, for programs.")
def simulate(file: Path, scenario: Path, *, as_json: bool) -> None:
    """Play a scenario under a policy file: each amount with its rule; exit 1 naming each wrong line."""
    try:
        policy = bodies.parse(_text_of(file))
    except PolicyFileInvalid as error:
        _refuse(file, error)
    try:
        told = scenarios.read(_text_of(scenario))
    except PolicyFileInvalid as error:
        _refuse(scenario, error)
    played = play(policy, told)
    if as_json:
        click.echo(json.dumps(output.as_json(policy, played), ensure_ascii=False, indent=2))
        return
    for line in output.as_text(policy, played):
        click.echo(line)


@group.command("schema")
def schema() -> None:
    """Print the JSON Schema of policy files."""
    click.echo(json.dumps(schema_of_files.json_schema(), ensure_ascii=False, indent=2))


@group.command("adopt")
@click.option("--district", "district_code", required=True, help="The district's code.")
@click.option("--yes", "is_meant", is_flag=True, help="Take words worth a second look as they are meant.")
@_FILE
def adopt(district_code: str, file: Path, *, is_meant: bool) -> None:
    """Adopt a policy file in a district; the same rules twice are one version.

    What has no effect or may surprise is told as by check, and asked for before: vouchers keep it for life.
    """
    session = db.session()
    district_id = session.scalar(select(District.id).where(District.code == district_code))
    if district_id is None:
        raise click.ClickException(f"there is no district {district_code!r}")
    session.rollback()  # nobody waits for whoever reads the notes
    try:
        text = _text_of(file)
        _body, notes = reader.look(text)
    except PolicyFileInvalid as error:
        _refuse(file, error)
    _tell(file, notes)
    if notes and not is_meant:
        click.confirm("adopt it as it stands? (--yes says so at once)", abort=True)
    try:
        version = service.adopt(
            session, actor=system_actor(district_id), district_id=district_id, text=text, must_say=True
        )
    except PolicyFileInvalid as error:
        _refuse(file, error)
    except Conflict as error:
        told = error.params.get("paths", "somebody adopted it at the same time, try again")
        raise click.ClickException(f"not adopted: {told} ({error.code})") from error
    session.commit()
    click.echo(f"{version.code} version {version.version} stands in {district_code}")


def _text_of(file: Path) -> str:
    """Return the text of a file. Raises PolicyFileInvalid for none in UTF-8, ClickException for no file."""
    try:
        return reader.text_of(file.read_bytes())
    except OSError as error:
        what = "is a folder" if file.is_dir() else f"cannot be read ({error.strerror})"
        raise click.ClickException(f"{file}: {what}") from error


def _tell(file: Path, notes: list[Problem]) -> None:
    for note in notes:
        click.echo(f"{file}:{note.line}: {note.path}: look again: {note.reason}")


def _refuse(file: Path, error: PolicyFileInvalid) -> NoReturn:
    for problem in error.problems:
        click.echo(f"{file}:{problem.line}: {problem.path}: {problem.reason}", err=True)
    sys.exit(1)
