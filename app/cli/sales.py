"""flask sales: contracts of cash buyers from the registry's file."""

import sys
from pathlib import Path
from typing import Final

import click
from sqlalchemy import select

from app.cli.groups import CommandGroup
from app.core.actor import system_actor
from app.core.errors import Busy, DomainError
from app.extensions import db
from app.identity.models import District
from app.sales import flows
from app.sales.errors import SalesFileInvalid
from app.sales.models import SalesFile
from app.sales.reader import MOST_BYTES

EXIT_BAD_INPUT: Final = 2

group = CommandGroup("sales", help="Contracts of cash buyers (网签备案).")


@group.command("load")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--district", "district_code", required=True, help="The district's code.")
@click.option("--dry-run", is_flag=True, help="Say what would happen, and change nothing.")
def load(file: Path, district_code: str, dry_run: bool) -> None:  # click passes it so
    """Carry out a file of contracts; docs/sales.md is its contract.

    Exit status 0 when it is carried out, also for the second time; 2 when it breaks its contract, which names
    line and column, and nothing is written; 1 when the database was busy: run it again, it goes on where it
    was.
    """
    session = db.session()
    district_id = session.scalar(select(District.id).where(District.code == district_code))
    if district_id is None:
        raise click.ClickException(f"there is no district {district_code!r}")
    with file.open("rb") as source:
        content = source.read(MOST_BYTES + 1)
    try:
        done = _load(district_id, file.name, content, dry_run=dry_run)
    except SalesFileInvalid as error:
        session.rollback()
        click.echo(f"{file}: {error}", err=True)
        sys.exit(EXIT_BAD_INPUT)
    except Busy as error:
        session.rollback()
        raise click.ClickException("somebody else was at the same homes: run it again") from error
    except DomainError as error:
        session.rollback()
        raise click.ClickException(error.code) from error
    _tell(done, dry_run=dry_run)


def _load(district_id: int, name: str, content: bytes, *, dry_run: bool) -> SalesFile:
    session, actor = db.session(), system_actor(district_id)
    file = flows.receive(session, actor=actor, district_id=district_id, name=name, content=content)
    session.commit()
    if dry_run:
        return file
    done = flows.carry_out(session, actor=actor, district_id=district_id, file_ref=file.ref)
    session.commit()
    return done


def _tell(file: SalesFile, *, dry_run: bool) -> None:
    outcome = file.outcome or {"counts": {}, "notable": []}
    counts = ", ".join(f"{count} {name}" for name, count in sorted(outcome["counts"].items()))
    foreseen = "would be" if dry_run and file.state != "applied" and file.done is None else "were"
    done = "" if file.done is None else f", {file.done} done so far"
    click.echo(f"{file.ref}: {file.rows} rows{done}; there {foreseen}: {counts}")
    for one in outcome["notable"]:
        place = f"line {one['line']}" if one["line"] else "an earlier file"
        click.echo(f"  {place}: contract {one['contract']}: {one['outcome']}")
