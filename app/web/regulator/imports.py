"""Filed prices and registered contracts from a bureau's own tables: the file, its columns, preview, order."""

from functools import partial
from typing import Final

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.core.actor import Role
from app.core.errors import DomainError
from app.extensions import db
from app.imports import queries, service
from app.imports.models import ImportRun
from app.imports.service import BureauKind
from app.web import importing
from app.web import imports as words
from app.web.access import actor, roles
from app.web.files import takes_files
from app.web.forms.imports import FilingsFileForm, ImportFileForm, SalesTableForm
from app.web.language import gettext as _
from app.web.pages import paginate
from app.web.regulator import bp


def _file_address(run: ImportRun) -> str:
    return url_for(f"regulator.import_{run.kind}")


def _about(run: ImportRun) -> tuple[str, str]:
    if run.kind == "filings":
        return _("备案价"), url_for("regulator.filed_developments")
    return _("现金成交"), url_for("regulator.sales")


PAGES: Final = importing.Pages("regulator", _file_address, _about)


@bp.get("/filings/import")
@roles(Role.REGULATOR)
def import_filings() -> ResponseReturnValue:
    """Ask for a table of filed prices, offer the template, list what was sent before."""
    return _file_page("filings", FilingsFileForm())


@bp.post("/filings/import")
@roles(Role.REGULATOR, when="homes of the own district that are not sold")
@takes_files(most=importing.MOST_BYTES)
def import_filings_post() -> ResponseReturnValue:
    """Keep the table of filed prices and have a worker look at it."""
    return _take_file("filings", FilingsFileForm())


@bp.get("/sales/import")
@roles(Role.REGULATOR)
def import_sales() -> ResponseReturnValue:
    """Ask for a table of contracts, offer the template, list what was sent before."""
    return _file_page("sales", SalesTableForm())


@bp.post("/sales/import")
@roles(Role.REGULATOR, when="homes of the own district")
@takes_files(most=importing.MOST_BYTES)
def import_sales_post() -> ResponseReturnValue:
    """Keep the table of contracts and have a worker look at it."""
    return _take_file("sales", SalesTableForm())


@bp.get("/imports/<ref>")
@roles(Role.REGULATOR)
def import_run(ref: str) -> ResponseReturnValue:
    """Show how far a bureau's file is: at work, waiting for its columns, previewed, applied, given up."""
    return importing.show_run(PAGES, ref)


@bp.get("/imports/<ref>/columns")
@roles(Role.REGULATOR)
def import_columns(ref: str) -> ResponseReturnValue:
    """Ask which sheets and columns of a bureau's file are what."""
    return importing.show_columns(PAGES, ref)


@bp.post("/imports/<ref>/columns")
@roles(Role.REGULATOR, when="files of the own bureau")
def import_columns_post(ref: str) -> ResponseReturnValue:
    """Have a bureau's file read as planned; where a head was corrected, first ask for its columns."""
    return importing.take_columns(PAGES, ref)


@bp.get("/imports/<ref>/rows")
@roles(Role.REGULATOR)
def import_rows(ref: str) -> ResponseReturnValue:
    """List rows of one sort: with problems, changed, leaving the pool, contracts by their outcome."""
    return importing.show_rows(PAGES, ref)


@bp.post("/imports/<ref>/apply")
@roles(Role.REGULATOR, when="files of the own bureau")
def import_apply_post(ref: str) -> ResponseReturnValue:
    """Have the good rows of a bureau's file applied, all together."""
    return importing.take_order(PAGES, ref)


@bp.post("/imports/<ref>/discard")
@roles(Role.REGULATOR, when="files of the own bureau")
def import_discard_post(ref: str) -> ResponseReturnValue:
    """Drop a bureau's file; nothing of it was applied."""
    return importing.take_discard(PAGES, ref)


@bp.get("/imports/<ref>/marked.xlsx")
@roles(Role.REGULATOR)
def import_marked(ref: str) -> ResponseReturnValue:
    """Hand out a bureau's workbook with its bad cells marked, or its bad rows in a workbook of their own."""
    return importing.marked(ref)


def _take_file(kind: BureauKind, form: ImportFileForm) -> ResponseReturnValue:
    if not form.accept():
        return _file_page(kind, form), 422
    start = partial(service.start_for_bureau, db.session(), actor=actor(), kind=kind)
    try:
        run = importing.send(form, lambda stored, name: start(stored=stored, file_name=name))
    except DomainError as error:
        form.apply(error)
        return _file_page(kind, form), 422
    return redirect(PAGES.to("run", run), 303)


def _file_page(kind: BureauKind, form: ImportFileForm) -> str:
    session, who = db.session(), actor()
    pages = paginate(queries.count_bureau_runs(session, actor=who, kind=kind), size=10)
    runs = queries.list_bureau_runs(session, actor=who, kind=kind, limit=pages.size, offset=pages.offset)
    return render_template(f"regulator/import-{kind}.html", form=form, runs=runs, pages=pages, words=words)
