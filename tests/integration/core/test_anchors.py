"""An anchor proves every chain, or nothing: a file that says less is refused, not believed."""

import json
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from app.core.anchors import read_anchor
from app.core.audit import CHAINS

POINT = {"seq": 0, "mac": "00" * 32}


def anchor_of(chains: Any) -> str:
    return json.dumps({"schema": 1, "at": "2016-06-01T00:00:00+00:00", "chains": chains})


WHOLE = {str(chain): POINT for chain in range(CHAINS)}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "{}",
        "[]",
        "null",
        anchor_of({}),
        anchor_of({name: point for name, point in WHOLE.items() if name != "7"}),
        anchor_of({**WHOLE, "7": {}}),
        anchor_of({**WHOLE, "7": {"seq": "0", "mac": "00"}}),
    ],
)
def test_what_is_no_anchor_proves_nothing(app: Flask, tmp_path: Path, text: str) -> None:
    """An empty one was walked as if nobody had asked for an anchor, and nothing was found."""
    file = tmp_path / "anchor.json"
    file.write_text(text, encoding="utf-8")
    told = app.test_cli_runner().invoke(args=["audit", "verify", "--anchor", str(file)])
    assert (told.exit_code, "is no anchor" in told.output) == (1, True)


def test_a_whole_one_is_read(tmp_path: Path) -> None:
    file = tmp_path / "anchor.json"
    file.write_text(anchor_of(WHOLE), encoding="utf-8")
    assert read_anchor(file)["chains"] == WHOLE
