"""Who gets the demo's settings, and who is refused a start."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from app.demo.environment import given_database, home, name_stripe, settings_files
from tests.database import ROOT


@pytest.fixture
def demo(tmp_path: Path) -> dict[str, str]:
    return {"ANJU_MODE": "demo", "ANJU_DEMO_FOLDER": str(tmp_path)}


@pytest.fixture
def command_line(tmp_path: Path) -> dict[str, str]:
    return {"FLASK_RUN_FROM_CLI": "true", "ANJU_DEMO_FOLDER": str(tmp_path)}


def test_demo_mode_makes_its_settings_once_and_for_nobody_else_to_read(demo: dict[str, str]) -> None:
    files = settings_files(demo)
    keys = home(demo).keys
    first = keys.read_text()

    assert settings_files(demo) == files
    assert keys.read_text() == first
    assert [file.stat().st_mode & 0o077 for file in files] == [0, 0]


def test_a_demo_made_before_gets_what_it_lacks_and_keeps_its_keys(demo: dict[str, str]) -> None:
    settings_files(demo)
    keys = home(demo).keys
    whole = keys.read_text()
    lines = whole.splitlines(keepends=True)
    keys.write_text("".join(line for line in lines if not line.startswith("ANJU_MAP_OUTLINES=")))
    settings_files(demo)

    assert sorted(keys.read_text().splitlines()) == sorted(whole.splitlines())


def test_no_two_demos_share_a_key(demo: dict[str, str], tmp_path: Path) -> None:
    other = {**demo, "ANJU_DEMO_FOLDER": str(tmp_path / "other")}
    settings_files(demo)
    settings_files(other)

    assert home(demo).keys.read_text() != home(other).keys.read_text()


def test_a_given_database_takes_the_place_of_the_embedded_one(demo: dict[str, str]) -> None:
    files = settings_files({**demo, "DATABASE_URL": "postgresql://x@y/z"})

    assert files == (home(demo).keys,)


def test_a_demo_is_told_of_its_stripe_while_it_has_one(demo: dict[str, str]) -> None:
    without = settings_files(demo)
    name_stripe(home(demo), {"ANJU_PAYMENTS": "stripe"})
    assert settings_files(demo) == (*without, home(demo).payments)
    assert home(demo).payments.read_text() == "ANJU_PAYMENTS='stripe'\n"
    name_stripe(home(demo), {})
    assert settings_files(demo) == without


def test_flask_commands_reach_a_demo_that_is_there(
    demo: dict[str, str], command_line: dict[str, str]
) -> None:
    assert settings_files(command_line) == ()
    made = settings_files(demo)

    assert settings_files(command_line) == made


@pytest.mark.parametrize("name", ["ANJU_MODE", "DATABASE_URL", "SECRET_KEY"])
def test_whoever_sets_something_gets_nothing_of_the_demo(
    demo: dict[str, str], command_line: dict[str, str], name: str
) -> None:
    settings_files(demo)

    assert settings_files({**command_line, name: "production"}) == ()


def test_a_server_process_gets_nothing_of_the_demo(
    demo: dict[str, str], command_line: dict[str, str]
) -> None:
    settings_files(demo)
    del command_line["FLASK_RUN_FROM_CLI"]

    assert settings_files(command_line) == ()


def test_the_app_refuses_to_start_without_a_secret() -> None:
    clean = {name: value for name, value in os.environ.items() if name == "PATH"}
    environment = {**clean, "DATABASE_URL": "postgresql://x@localhost/x"}
    command = [sys.executable, "-c", "from app import create_app; create_app()"]

    result = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)

    assert result.returncode != 0
    assert "SECRET_KEY" in result.stderr


def test_the_owner_is_the_app_unless_named() -> None:
    alone = given_database({"DATABASE_URL": "postgresql+psycopg://x@y/z"})
    both = given_database(
        {"DATABASE_URL": "postgresql://app@y/z", "DATABASE_OWNER_URL": "postgresql://owner@y/z"}
    )

    assert given_database({}) is None
    assert alone is not None
    assert (alone.app, alone.owner) == ("postgresql://x@y/z", "postgresql://x@y/z")
    assert both is not None
    assert both.owner == "postgresql://owner@y/z"
