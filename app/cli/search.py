"""flask search: rebuild the search index, and prove it against the database."""

import json

import click
from flask.cli import AppGroup

from app.extensions import db
from app.search import engine, flows, source
from app.search.errors import BuildRefused

group = AppGroup("search", help="The search index.")


@group.command("reindex")
def reindex() -> None:
    """Build the index anew aside and put it into use; searches go on meanwhile.

    Exits 1 when the new index is not put into use.
    """
    session = db.session()
    with click.progressbar(length=source.count_public(session), label="Indexing homes") as bar:
        try:
            size = flows.reindex(session, engine.current(), lambda done: bar.update(done - bar.pos))
        except BuildRefused as error:
            raise click.ClickException(str(error)) from error
    click.echo(f"The index holds {size} homes.")


@group.command("verify")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def verify(as_json: bool) -> None:
    """Compare every public home with the index, mend what differs, and say what was found."""
    drift = flows.verify(db.session(), engine.current(), lambda _done: None)
    if as_json:
        found = {"homes": drift.homes, "missing": drift.missing, "late": drift.late, "wrong": drift.wrong}
        click.echo(json.dumps({"ok": not drift.total, **found}))
    else:
        kinds = f"{drift.missing} were missing, {drift.late} late, {drift.wrong} wrong"
        click.echo(f"{drift.homes} homes: {kinds}{'; all mended' if drift.total else ''}")
