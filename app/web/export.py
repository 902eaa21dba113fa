"""What leaves as a file: lists for spreadsheets, papers for printers."""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Final

from flask import Response

from app.core.spreadsheet import Cell, text_of, workbook

_BOM: Final = "\ufeff"
"""Without it spreadsheets take UTF-8 for the local code page, and Chinese turns to rubbish."""


_XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def xlsx_response(name: str, header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Response:
    """Return an Excel workbook of one sheet for download; ``name`` is plain ASCII, without the ending."""
    response = Response(workbook(header, rows), mimetype=_XLSX)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.xlsx"'
    return response


def csv_response(name: str, header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Response:
    """Return a CSV file for download; ``name`` is plain ASCII, without the ending."""
    out = io.StringIO()
    out.write(_BOM)
    csv.writer(out).writerows([text_of(cell) for cell in row] for row in (header, *rows))
    response = Response(out.getvalue(), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def pdf_response(name: str, content: bytes) -> Response:
    """Return a PDF that opens in the browser; ``name`` is plain ASCII, without the ending."""
    response = Response(content, mimetype="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="{name}.pdf"'
    return response
