"""Late handovers by developer, for the bureau that watches over them."""

from flask import Response, render_template
from flask.typing import ResponseReturnValue

from app.core.actor import WATCHERS, Role
from app.extensions import db
from app.settlements import late_queries as queries
from app.web import late as late_words
from app.web.access import actor, roles
from app.web.export import xlsx_response
from app.web.regulator import bp


@bp.get("/late/")
@roles(Role.REGULATOR, *WATCHERS)
def late_handovers() -> ResponseReturnValue:
    """Count the late handovers of each developer of the district."""
    rows = late_words.tally_rows(queries.tallies(db.session(), actor=actor()))
    return render_template("regulator/late-handovers.html", rows=rows, columns=late_words.TALLY)


@bp.get("/late.xlsx")
@roles(Role.REGULATOR, *WATCHERS)
def late_handovers_file() -> Response:
    """Give the same counts as a workbook."""
    rows = late_words.tally_rows(queries.tallies(db.session(), actor=actor()))
    return xlsx_response("late-handovers", late_words.TALLY, rows)
