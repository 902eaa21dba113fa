"""Handing out clear sheets, at the counter and in the household's own account."""

from flask import Response

from app.extensions import db
from app.reports import clear_sheets
from app.web import formatting
from app.web.access import actor
from app.web.export import pdf_response
from app.web.paper import check_address


def clear_pdf(run_ref: str) -> Response:
    """Return one printing of clear sheets as a PDF. Raises NotFound."""
    sheets = clear_sheets.list_run(db.session(), actor=actor(), run_ref=run_ref)
    content = clear_sheets.render_sheets(
        sheets, day=lambda sheet: formatting.day(sheet.made_at), address_of=check_address
    )
    return pdf_response(run_ref, content)
