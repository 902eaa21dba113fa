"""Claim sheets by the batch: how far each project is, printing the next ones, printing a batch again."""

from typing import Any

from flask import render_template
from flask.typing import ResponseReturnValue

from app.core.actor import Role
from app.core.errors import Conflict
from app.extensions import db
from app.identity.models import User
from app.vouchers import sheets as batches
from app.web.access import actor, roles
from app.web.authority import bp
from app.web.authority.claims import sheet_facts, square_of
from app.web.forms.claims import SheetForm


@bp.get("/sheets/")
@roles(Role.OFFICER, Role.CHECKER)
def sheets() -> ResponseReturnValue:
    """Show each project's households: with an account, with a sheet, with neither."""
    rows = batches.list_progress(db.session(), actor=actor())
    return render_template("authority/sheets.html", rows=rows)


@bp.get("/sheets/projects/<path:name>")
@roles(Role.OFFICER, Role.CHECKER)
def project_sheets(name: str) -> ResponseReturnValue:
    """Show how far a project is, and the batches that were printed."""
    session = db.session()
    progress = batches.get_progress(session, actor=actor(), project_name=name)
    printed = batches.list_batches(session, project=progress.project)
    makers = {one.batch.id: session.get(User, one.batch.made_by_id) for one in printed}
    return render_template(
        "authority/project-sheets.html",
        progress=progress,
        printed=printed,
        makers=makers,
        next_count=min(progress.waiting, batches.MOST_AT_ONCE),
        form=SheetForm(),
    )


@bp.post("/sheets/projects/<path:name>")
@roles(Role.OFFICER, Role.CHECKER, when="households without account and sheet")
def project_sheets_post(name: str) -> ResponseReturnValue:
    """Make the next codes of a project and show their sheets, this once."""
    if not SheetForm().accept():
        raise Conflict("bad_request")
    batch, made = batches.print_next(db.session(), actor=actor(), project_name=name)
    return _print(name, batch.ref, made)


@bp.get("/sheets/batches/<ref>")
@roles(Role.OFFICER, Role.CHECKER)
def sheet_batch(ref: str) -> ResponseReturnValue:
    """Say what printing a batch again does, and ask for confirmation."""
    printed, project = batches.get_batch(db.session(), actor=actor(), ref=ref)
    return render_template("authority/sheet-batch.html", printed=printed, project=project, form=SheetForm())


@bp.post("/sheets/batches/<ref>")
@roles(Role.OFFICER, Role.CHECKER, when="its unused sheets; their old codes are void")
def sheet_batch_post(ref: str) -> ResponseReturnValue:
    """Make new codes for a batch and show its sheets, this once; the old ones are void."""
    if not SheetForm().accept():
        raise Conflict("bad_request")
    session, who = db.session(), actor()
    _printed, project = batches.get_batch(session, actor=who, ref=ref)
    batch, made = batches.print_again(session, actor=who, ref=ref)
    return _print(project.name, batch.ref, made)


def _print(name: str, ref: str, made: list[batches.Sheet]) -> str:
    facts: dict[str, Any] = sheet_facts()
    return render_template(
        "authority/sheets-print.html",
        project_name=name,
        batch_ref=ref,
        rows=[(one.voucher, one.code, square_of(one.voucher.ref, one.code)) for one in made],
        **facts,
    )
