"""Sales tables from spreadsheets: sending a file, its columns, the preview, the order to apply it."""

from functools import partial
from typing import Final

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.core.actor import Role
from app.core.errors import DomainError
from app.extensions import db
from app.homes import stock
from app.homes.models import Development
from app.imports import queries, service
from app.imports.models import ImportRun
from app.web import importing
from app.web import imports as words
from app.web.access import SELLING, actor, roles
from app.web.developer import bp
from app.web.files import takes_files
from app.web.forms.imports import ImportFileForm
from app.web.pages import paginate


def _file_address(run: ImportRun) -> str:
    return url_for("developer.import_file", ref=_place(run).ref)


def _about(run: ImportRun) -> tuple[str, str]:
    return _place(run).name, url_for("developer.development", ref=_place(run).ref)


def _place(run: ImportRun) -> Development:
    if run.development is None:
        raise LookupError(f"import {run.id} has no development")
    return run.development


PAGES: Final = importing.Pages("developer", _file_address, _about)


@bp.get("/developments/<ref>/import")
@roles(Role.DEVELOPER, duties=SELLING)
def import_file(ref: str) -> ResponseReturnValue:
    """Ask for a file, offer the template and the stock as a file, list what was sent before."""
    return _file_page(stock.get_development(db.session(), actor=actor(), ref=ref), ImportFileForm())


@bp.post("/developments/<ref>/import")
@roles(Role.DEVELOPER, duties=SELLING)
@takes_files(most=importing.MOST_BYTES)
def import_file_post(ref: str) -> ResponseReturnValue:
    """Keep the file and have a worker look at it."""
    session, who, form = db.session(), actor(), ImportFileForm()
    development = stock.get_development(session, actor=who, ref=ref)
    if not form.accept():
        return _file_page(development, form), 422
    start = partial(service.start, session, actor=who, development_id=development.id)
    try:
        run = importing.send(form, lambda stored, name: start(stored=stored, file_name=name))
    except DomainError as error:
        form.apply(error)
        return _file_page(development, form), 422
    return redirect(PAGES.to("run", run), 303)


@bp.get("/imports/<ref>")
@roles(Role.DEVELOPER, duties=SELLING)
def import_run(ref: str) -> ResponseReturnValue:
    """Show how far a file is: at work, waiting for its columns, previewed, applied, given up."""
    return importing.show_run(PAGES, ref)


@bp.get("/imports/<ref>/columns")
@roles(Role.DEVELOPER, duties=SELLING)
def import_columns(ref: str) -> ResponseReturnValue:
    """Ask which sheets and columns are what."""
    return importing.show_columns(PAGES, ref)


@bp.post("/imports/<ref>/columns")
@roles(Role.DEVELOPER, duties=SELLING)
def import_columns_post(ref: str) -> ResponseReturnValue:
    """Have the file read as planned; where a head was corrected, first ask for its columns."""
    return importing.take_columns(PAGES, ref)


@bp.get("/imports/<ref>/rows")
@roles(Role.DEVELOPER, duties=SELLING)
def import_rows(ref: str) -> ResponseReturnValue:
    """List rows of one sort: with problems, changed, leaving the pool, new."""
    return importing.show_rows(PAGES, ref)


@bp.post("/imports/<ref>/apply")
@roles(Role.DEVELOPER, duties=SELLING)
def import_apply_post(ref: str) -> ResponseReturnValue:
    """Have the good rows applied, all together."""
    return importing.take_order(PAGES, ref)


@bp.post("/imports/<ref>/discard")
@roles(Role.DEVELOPER, duties=SELLING)
def import_discard_post(ref: str) -> ResponseReturnValue:
    """Drop the file; nothing of it was applied."""
    return importing.take_discard(PAGES, ref)


@bp.get("/imports/<ref>/marked.xlsx")
@roles(Role.DEVELOPER, duties=SELLING)
def import_marked(ref: str) -> ResponseReturnValue:
    """Hand out the sent workbook with its bad cells marked; of a text file, or a large one, its bad rows."""
    return importing.marked(ref)


def _file_page(development: Development, form: ImportFileForm) -> str:
    session = db.session()
    pages = paginate(queries.count_runs(session, development_id=development.id), size=10)
    runs = queries.list_runs(session, development_id=development.id, limit=pages.size, offset=pages.offset)
    return render_template(
        "developer/import.html", development=development, form=form, runs=runs, pages=pages, words=words
    )
