import csv
import io

import pytest

from app.core.spreadsheet import plain_cell
from app.web.export import csv_response


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+86",
        "-1+1",
        "-A1",
        "-1.",
        "-１",
        "@SUM(A1)",
        "\tx",
        "\r=1",
        "  =1+1",
        "\u3000=1",
        "＝1+1",
        "＋1",
        "－1",
        "＠x",
    ],
)
def test_what_a_spreadsheet_would_compute_becomes_text(text: str) -> None:
    assert plain_cell(text) == f"'{text}"


@pytest.mark.parametrize(
    "text", ["", "滨江花园", "12000.00", "2016-06-01 10:00", "a=b", "3-1室", "-1", "-12000.00"]
)
def test_everything_else_stays(text: str) -> None:
    assert plain_cell(text) == text


def test_commas_quotes_and_line_breaks_survive() -> None:
    response = csv_response("list", ["甲", "乙"], [["a,b", 'say "hi"\n再见']])
    assert list(csv.reader(io.StringIO(response.data.decode("utf-8-sig")))) == [
        ["甲", "乙"],
        ["a,b", 'say "hi"\n再见'],
    ]
