"""Agreements, and lines of agreements, from an office's own tables: the file, its columns, preview, order."""

from typing import Final

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.core.actor import Role
from app.extensions import db
from app.gateways.files import StoredFile
from app.imports import queries, service, writing
from app.imports.models import ImportRun
from app.projects.queries import list_without_agreement
from app.web import importing
from app.web import imports as words
from app.web.access import actor, roles
from app.web.authority import bp
from app.web.files import takes_files
from app.web.forms.imports import AgreementsFileForm, ImportFileForm, LinesFileForm
from app.web.language import gettext as _
from app.web.pages import paginate


def _file_address(run: ImportRun) -> str:
    return url_for("authority.import_agreements" if run.kind == "agreements" else "authority.import_lines")


def _about(run: ImportRun) -> tuple[str, str]:
    if run.kind == "agreements":
        return _("补偿协议"), url_for("authority.projects")
    return _("补偿明细"), url_for("authority.agreement_lines")


_PAGES: Final = importing.Pages("authority", _file_address, _about)
importing.offer_pages(
    bp, _PAGES, reads=roles(Role.OFFICER), writes=roles(Role.OFFICER, when="files of the own office")
)


@bp.get("/agreement-lines/import")
@roles(Role.OFFICER)
def import_lines() -> ResponseReturnValue:
    """Ask for a table of agreements' lines, offer the template, list what was sent before."""
    return _file_page(LinesFileForm(), "lines")


@bp.post("/agreement-lines/import")
@roles(Role.OFFICER, when="agreements of the own district that have no lines yet")
@takes_files(most=importing.MOST_BYTES)
def import_lines_post() -> ResponseReturnValue:
    """Keep the table of agreements' lines and have a worker look at it."""
    return _send(LinesFileForm(), "lines")


@bp.get("/agreement-lines/template.xlsx", endpoint="lines_template_xlsx")
@bp.get("/agreement-lines/template.csv", endpoint="lines_template_csv")
@roles(Role.OFFICER)
def lines_template() -> ResponseReturnValue:
    """Hand out the template of agreements' lines, with one made-up line to write over."""
    ending, layout = request.path.rpartition(".")[2], writing.LINES
    return importing.table_file("agreement-lines-template", ending, layout, [layout.example])


@bp.get("/agreements/import")
@roles(Role.OFFICER)
def import_agreements() -> ResponseReturnValue:
    """Ask for a table of signed agreements, offer one with those still to sign, list what was sent before."""
    return _file_page(AgreementsFileForm(), "agreements")


@bp.post("/agreements/import")
@roles(Role.OFFICER, when="households of the own district")
@takes_files(most=importing.MOST_BYTES)
def import_agreements_post() -> ResponseReturnValue:
    """Keep the table of agreements and have a worker look at it."""
    return _send(AgreementsFileForm(), "agreements")


@bp.get("/agreements/to-sign.xlsx", endpoint="agreements_template_xlsx")
@bp.get("/agreements/to-sign.csv", endpoint="agreements_template_csv")
@roles(Role.OFFICER)
def agreements_template() -> ResponseReturnValue:
    """Hand out the households without an agreement in the columns of the import, to be filled in."""
    ending = request.path.rpartition(".")[2]
    rows = [(None, ref, None, holder) for ref, holder in list_without_agreement(db.session(), actor=actor())]
    return importing.table_file("agreements", ending, writing.AGREEMENTS, rows)


def _send(form: ImportFileForm, kind: service.OfficeKind) -> ResponseReturnValue:
    def start(stored: StoredFile, name: str) -> ImportRun:
        return service.start_for_office(db.session(), actor=actor(), kind=kind, stored=stored, file_name=name)

    return importing.take_file(_PAGES, form, start, again=lambda: _file_page(form, kind))


def _file_page(form: ImportFileForm, kind: service.OfficeKind) -> str:
    session, who = db.session(), actor()
    pages = paginate(queries.count_bureau_runs(session, actor=who, kind=kind), size=10)
    runs = queries.list_bureau_runs(session, actor=who, kind=kind, limit=pages.size, offset=pages.offset)
    return render_template(f"authority/import-{kind}.html", form=form, runs=runs, pages=pages, words=words)
