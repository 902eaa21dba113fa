"""Sales tables from spreadsheets: sending a file, its columns, the preview, the order to apply it."""

from typing import Final

from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from app.core.actor import Role
from app.extensions import db
from app.gateways.files import StoredFile
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


_PAGES: Final = importing.Pages("developer", _file_address, _about)
_OWN: Final = roles(Role.DEVELOPER, duties=SELLING)
importing.offer_pages(bp, _PAGES, reads=_OWN, writes=_OWN)


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

    def start(stored: StoredFile, name: str) -> ImportRun:
        return service.start(session, actor=who, development_id=development.id, stored=stored, file_name=name)

    return importing.take_file(_PAGES, form, start, again=lambda: _file_page(development, form))


def _file_page(development: Development, form: ImportFileForm) -> str:
    session = db.session()
    pages = paginate(queries.count_runs(session, development_id=development.id), size=10)
    runs = queries.list_runs(session, development_id=development.id, limit=pages.size, offset=pages.offset)
    return render_template(
        "developer/import.html", development=development, form=form, runs=runs, pages=pages, words=words
    )
