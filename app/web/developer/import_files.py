"""Files that go out for imports: the template, the stock in the same columns, a sent file with its faults."""

from contextlib import closing
from typing import Final

from flask import Response
from flask.typing import ResponseReturnValue

from app.core.actor import Role
from app.core.errors import NotFound
from app.extensions import db
from app.gateways import files
from app.homes import stock
from app.imports import queries, staging, writing
from app.imports.archive import judge
from app.imports.cells import Source
from app.imports.models import ImportFault, ImportRun
from app.imports.sources import open_source
from app.web import imports as words
from app.web.access import SELLING, actor, roles
from app.web.developer import bp

MOST_FAULTS: Final = 5_000
_WORKBOOK: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@bp.get("/developments/<ref>/import/template.xlsx")
@roles(Role.DEVELOPER, duties=SELLING)
def import_template(ref: str) -> ResponseReturnValue:
    """Hand out the template, with one made-up line to write over."""
    stock.get_development(db.session(), actor=actor(), ref=ref)
    return _workbook("sales-table-template", writing.as_workbook([writing.EXAMPLE]))


@bp.get("/developments/<ref>/stock.xlsx", defaults={"kind": "xlsx"})
@bp.get("/developments/<ref>/stock.csv", defaults={"kind": "csv"})
@roles(Role.DEVELOPER)
def export_stock(ref: str, kind: str) -> ResponseReturnValue:
    """Hand out the development's homes as they are now; sent back unchanged, the file changes nothing."""
    session = db.session()
    development = stock.get_development(session, actor=actor(), ref=ref)
    homes, _sizes = staging.load_stock(session, development.id)
    lines = writing.stock_lines(homes)
    if kind == "xlsx":
        return _workbook(f"stock-{ref}", writing.as_workbook(lines))
    response = Response(writing.as_csv(lines), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="stock-{ref}.csv"'
    return response


@bp.get("/imports/<ref>/marked.xlsx")
@roles(Role.DEVELOPER, duties=SELLING)
def import_marked(ref: str) -> ResponseReturnValue:
    """Hand out the sent workbook with its bad cells marked; of a text file, or a large one, its bad rows."""
    session = db.session()
    run = queries.get_run(session, actor=actor(), ref=ref)
    if run.samples is None:
        raise NotFound("import_not_found")
    faults = list(queries.list_faults(session, run_id=run.id, limit=MOST_FAULTS))
    return _workbook(f"marked-{ref}", _marked(run, faults))


def _marked(run: ImportRun, faults: list[ImportFault]) -> bytes:
    samples = (run.samples or {})["sheets"]
    cells = sum(
        sheet["count"] * max((len(texts) for _, texts in sheet["rows"]), default=0) for sheet in samples
    )
    with closing(files.current().open(run.file_sha256)) as content:
        if judge(content, run.file_name) == "xlsx" and cells <= writing.MOST_MARKED:
            content.seek(0)
            return writing.marked_workbook(content, faults, words.reason)
        return _bad_rows(run, faults, open_source(content, run.file_name))


def _bad_rows(run: ImportRun, faults: list[ImportFault], source: Source) -> bytes:
    reasons: dict[tuple[int, int], list[str]] = {}
    for fault in faults:
        reasons.setdefault((fault.sheet, fault.row), []).append(words.fault_line(fault))
    names = queries.sheet_names(run)
    rows = [
        (index, row)
        for index in sorted({sheet for sheet, _row in reasons})
        for row in source.rows(index)
        if (index, row.number) in reasons
    ]
    width = max((len(row.cells) for _index, row in rows), default=0)
    lines = [(names.get(index, ""), "\n".join(reasons[index, row.number]), row) for index, row in rows]
    return writing.bad_rows_workbook(lines, width)


def _workbook(name: str, content: bytes) -> Response:
    response = Response(content, mimetype=_WORKBOOK)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.xlsx"'
    return response
