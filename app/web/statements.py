"""Statements of what is owed to developers, as files."""

from collections.abc import Sequence
from typing import Final

from flask import Response

from app.core import clock
from app.documents import pdf
from app.extensions import db
from app.settlements import claim_queries, reports
from app.settlements.money_models import SettlementClaim
from app.settlements.shares import Share, purchases_of
from app.web import formatting
from app.web import settlements as words
from app.web.export import csv_response, pdf_response, xlsx_response
from app.web.language import gettext as _
from app.web.pages import printed

_TABLES: Final = {"xlsx": xlsx_response, "csv": csv_response}


def statement_file(form: str, name: str, shares: Sequence[Share]) -> Response:
    """Return a statement as a file: ``xlsx``, ``csv``, or ``pdf`` for paper."""
    rows = reports.rows_of(shares, today=clock.today())
    purchases = purchases_of(db.session(), {row.share.redemption_id for row in rows})
    cells = words.statement_rows(rows, purchases)
    if form in _TABLES:
        return _TABLES[form]("settlement", words.STATEMENT, cells)
    facts = [
        (_("对象"), name),
        (_("截至"), formatting.day(clock.today())),
        *((str(label), text) for label, text in words.total_rows(reports.totals_of(shares))),
    ]
    paper = words.statement_list(_("房企结算对账单"), facts, cells, printed=printed())
    return pdf_response("settlement", pdf.render("list", paper))


def claim_file(form: str, claim: SettlementClaim) -> Response:
    """Return a claim's lines as a file: ``xlsx``, ``csv``, or ``pdf`` for paper."""
    lines = claim_queries.lines_of(db.session(), [claim.id])
    cells = words.claim_cells(lines)
    if form in _TABLES:
        return _TABLES[form](claim.ref, words.CLAIM, cells)
    facts = [
        (_("房企"), claim.developer.name),
        (_("付到"), claim.development.name if claim.development else str(words.PAYEES[claim.payee])),
        (_("申请时间"), formatting.moment(claim.submitted_at)),
        (_("款项"), _("%(count)d 笔，合计 %(sum)s", count=len(lines), sum=formatting.yuan(claim.total_fen))),
    ]
    return pdf_response(
        claim.ref, pdf.render("list", words.claim_list(claim, facts, cells, printed=printed()))
    )
