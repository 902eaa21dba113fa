"""A statement on paper, which people read."""

from decimal import Decimal

from app.core.spreadsheet import Cell
from app.web.settlements import STATEMENT, statement_list


def test_a_printed_statement_has_commas_in_its_sums() -> None:
    row: list[Cell] = [
        Decimal("1234567.80") if "(元)" in name else 1234567 if name == "笔次" else name for name in STATEMENT
    ]
    paper = statement_list("房企结算对账单", [], [row], printed="")
    shown = dict(zip((column.name for column in paper.columns), paper.rows[0], strict=True))
    assert shown["未付(元)"] == "1,234,567.80"
    assert shown["笔次"] == "1234567", "no sum"
