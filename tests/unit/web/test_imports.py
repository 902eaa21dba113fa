"""What pages say of a table on its way in."""

import pytest

from app.imports.models import ImportRun
from app.web import imports


@pytest.mark.parametrize(
    ("counts", "words"),
    [
        ({"new": 12}, "12 套"),
        ({"new": 12, "spaces": {"new": 0}}, "12 套"),
        ({"new": 12, "spaces": {"new": 3}}, "9 套，车位、储藏室 3 个"),
        ({"new": 3, "spaces": {"new": 3}}, "车位、储藏室 3 个"),
        (None, "0 套"),
    ],
)
def test_spaces_are_counted_apart_from_homes(counts: dict[str, object] | None, words: str) -> None:
    assert imports.counted(ImportRun(counts=counts), "new") == words
