from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

SALES_HEADER = "sale_id,unit_id,date,price,area,district,development"
LISTINGS_HEADER = "listing_id,unit_id,date,voucher_price,cash_price,area,district,development,developer"

WriteLines = Callable[[str, Sequence[str]], Path]


@pytest.fixture
def write_lines(tmp_path: Path) -> WriteLines:
    def write(name: str, lines: Sequence[str]) -> Path:
        path = tmp_path / name
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    return write
