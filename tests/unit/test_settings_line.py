"""A `flask` command without settings says so in a line."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
FILE = str(ROOT / "app" / "policies" / "files" / "wuxi.yaml")


def flask(*words: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")}
    command = [sys.executable, "-m", "flask", "--app", "app", *words]
    # Said, for where a demo was set up here its settings would be taken.
    mode = {"ANJU_MODE": "production"}
    return subprocess.run(command, cwd=ROOT, env=kept | mode, capture_output=True, text=True, check=False)


def test_a_policy_is_checked_without_settings_and_adopted_with_them_only() -> None:
    checked = flask("policy", "check", FILE)
    assert (checked.returncode, "wuxi holds" in checked.stdout) == (0, True)
    refused = flask("policy", "adopt", "--district", "nowhere", FILE)
    assert refused.returncode == 1
    assert refused.stderr.startswith("Error: the settings do not do: DATABASE_URL: ")
    assert len(refused.stderr.strip().splitlines()) == 1
