"""Transactions end where the design has them end: at the edges, in flows, and in notes apart."""

import re
from pathlib import Path

import app

ROOT = Path(app.__file__).resolve().parent
EDGES = ("cli/", "demo/", "jobs/runner.py", "web/access.py", "web/transactions.py")
APART = ("core/sidelog.py", "gateways/outbox.py")
ROW_BY_ROW = "core/apart.py"
"""Commits after each row, for flows and jobs."""


def test_only_edges_and_flows_commit() -> None:
    found = {
        str(path.relative_to(ROOT))
        for path in ROOT.rglob("*.py")
        if re.search(r"\.commit\(\)", path.read_text(encoding="utf-8"))
    }
    strangers = {name for name in found if not name.startswith((*EDGES, *APART, ROW_BY_ROW))}
    assert {name for name in strangers if not name.endswith("/flows.py")} == set()
    assert "imports/flows.py" in found


def test_rows_are_done_one_by_one_from_flows_and_jobs_alone() -> None:
    callers = {
        str(path.relative_to(ROOT))
        for path in ROOT.rglob("*.py")
        if re.search(r"apart\.(each|several|together|sweep)\(", path.read_text(encoding="utf-8"))
    }
    assert {
        name for name in callers if not name.startswith("jobs/") and not name.endswith("flows.py")
    } == set()
    assert "payments/flows.py" in callers
