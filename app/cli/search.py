"""flask search: rebuild the search index, go back to the one before, and prove it against the database."""

import json

import click
from sqlalchemy.orm import Session

from app.cli.groups import CommandGroup
from app.extensions import db
from app.search import engine, flows, names, source
from app.search.engine import SearchEngine
from app.search.errors import BuildRefused

group = CommandGroup("search", help="The search index.")


@group.command("reindex")
def reindex() -> None:
    """Build every index anew aside and put it into use; searches go on meanwhile.

    One engine that fails keeps no other from it. Exits 1 when a new index is not put into use.
    """
    session = db.session()
    failed: list[str] = []
    for one in engine.kept():
        refusals: tuple[type[Exception], ...] = (BuildRefused, *one.silences)
        try:
            size = _reindex(session, one)
        except refusals as error:
            session.rollback()
            failed.append(f"{one.name}: {error}")
            continue
        click.echo(f"The index of {one.name} holds {size} homes.")
        if size < source.count_public(session):
            click.echo("Some could not be read and are left out; see the status page.")
    names.renew(session)
    session.commit()
    if failed:
        raise click.ClickException("; ".join(failed))


def _reindex(session: Session, one: SearchEngine) -> int:
    with click.progressbar(length=source.count_public(session), label=f"Indexing for {one.name}") as bar:
        return flows.reindex(session, one, lambda done: bar.update(done - bar.pos))


@group.command("rollback")
def rollback() -> None:
    """Let every index that answered before the last rebuild answer again, and mend what changed since.

    Exits 1 when one is not kept. A second time it goes back to the newer ones.
    """
    session = db.session()
    for one in engine.kept():
        try:
            one.go_back()
        except BuildRefused as error:
            raise click.ClickException(f"{one.name}: {error}") from error
        session.commit()
        drift = flows.verify(session, one, lambda _done: None)
        click.echo(
            f"The index of {one.name} before answers again; {drift.total} of {drift.homes} homes mended."
        )
    names.renew(session)
    session.commit()


@group.command("verify")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, one line an index.")
def verify(as_json: bool) -> None:
    """Compare every public home with every index, mend what differs, and say what was found.

    Exits 1 when a home could not be compared or mended; the status page names it.
    """
    left = 0
    for one in engine.kept():
        drift = flows.verify(db.session(), one, lambda _done: None)
        if as_json:
            found = {"homes": drift.homes, "missing": drift.missing, "late": drift.late, "wrong": drift.wrong}
            ok = not drift.total and not drift.left
            click.echo(json.dumps({"engine": one.name, "ok": ok, **found, "left": drift.left}))
        else:
            kinds = f"{drift.missing} were missing, {drift.late} late, {drift.wrong} wrong"
            click.echo(f"{one.name}: {drift.homes} homes, {kinds}{'; all mended' if drift.total else ''}")
        left += drift.left
    if left:
        raise click.ClickException(f"{left} homes could not be compared or mended; see the status page")
