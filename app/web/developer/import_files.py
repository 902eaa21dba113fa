"""Files that go out for imports: the template, and the stock in the same columns."""

from flask.typing import ResponseReturnValue

from app.core.actor import Role
from app.extensions import db
from app.homes import stock
from app.imports import staging, writing
from app.web import importing
from app.web.access import SELLING, actor, roles
from app.web.developer import bp


@bp.get("/developments/<ref>/import/template.xlsx")
@roles(Role.DEVELOPER, duties=SELLING)
def import_template(ref: str) -> ResponseReturnValue:
    """Hand out the template, with one made-up line to write over."""
    stock.get_development(db.session(), actor=actor(), ref=ref)
    return importing.workbook("sales-table-template", writing.as_workbook([writing.EXAMPLE], writing.HOMES))


@bp.get("/developments/<ref>/stock.xlsx", defaults={"kind": "xlsx"})
@bp.get("/developments/<ref>/stock.csv", defaults={"kind": "csv"})
@roles(Role.DEVELOPER)
def export_stock(ref: str, kind: str) -> ResponseReturnValue:
    """Hand out the development's homes as they are now; sent back unchanged, the file changes nothing."""
    session = db.session()
    development = stock.get_development(session, actor=actor(), ref=ref)
    homes, _sizes = staging.load_stock(session, development.id)
    return importing.table_file(f"stock-{ref}", kind, writing.HOMES, writing.stock_lines(homes))
