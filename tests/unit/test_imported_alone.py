"""What reads tables can be imported first: it brings the tables that its own lead to."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize("module", ["app.vouchers.queries", "app.redemptions.queries", "app.sales.queries"])
def test_a_module_of_queries_is_imported_before_all_others(module: str) -> None:
    """In a process of its own: in this one every table is known."""
    alone = [sys.executable, "-c", f"import {module}"]
    found = subprocess.run(alone, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stderr
