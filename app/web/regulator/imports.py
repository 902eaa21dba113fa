"""Filed prices and registered contracts from a bureau's own tables: the file, its columns, preview, order."""

from typing import Final

from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from app.core.actor import Role
from app.extensions import db
from app.gateways.files import StoredFile
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


_PAGES: Final = importing.Pages("regulator", _file_address, _about)
importing.offer_pages(
    bp, _PAGES, reads=roles(Role.REGULATOR), writes=roles(Role.REGULATOR, when="files of the own bureau")
)


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


def _take_file(kind: BureauKind, form: ImportFileForm) -> ResponseReturnValue:
    def start(stored: StoredFile, name: str) -> ImportRun:
        return service.start_for_bureau(db.session(), actor=actor(), kind=kind, stored=stored, file_name=name)

    return importing.take_file(_PAGES, form, start, again=lambda: _file_page(kind, form))


def _file_page(kind: BureauKind, form: ImportFileForm) -> str:
    session, who = db.session(), actor()
    pages = paginate(queries.count_bureau_runs(session, actor=who, kind=kind), size=10)
    runs = queries.list_bureau_runs(session, actor=who, kind=kind, limit=pages.size, offset=pages.offset)
    return render_template(f"regulator/import-{kind}.html", form=form, runs=runs, pages=pages, words=words)
