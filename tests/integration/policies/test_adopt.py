"""A policy is adopted as a version that never changes."""

import json
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from app.core.errors import NotFound
from app.identity.models import District
from app.policies import bodies, queries
from app.policies.errors import PolicyFileInvalid
from app.policies.models import PolicyVersion
from tests.factories.identity import make_district
from tests.factories.policies import HAILING, make_policy_version


@pytest.fixture
def district(session: Session) -> District:
    return make_district(session)


def test_an_adopted_policy_reads_back_as_its_rules(session: Session, district: District) -> None:
    version = make_policy_version(session, district=district)
    assert (version.code, version.version) == ("hailing-2023", 1)
    assert queries.policy_of(version) == bodies.parse(HAILING)


def test_the_same_rules_are_one_version_whatever_the_comments(session: Session, district: District) -> None:
    first = make_policy_version(session, district=district)
    again = make_policy_version(session, district=district, text="# 重新排版\n" + HAILING)
    assert again.id == first.id


def test_changed_rules_are_the_next_version_and_only_that_is_offered(
    session: Session, district: District
) -> None:
    first = make_policy_version(session, district=district)
    second = make_policy_version(session, district=district, text=HAILING.replace("16%", "15%"))
    other = make_policy_version(
        session, district=district, text=HAILING.replace("hailing-2023", "hailing-2025")
    )
    assert (first.version, second.version, other.version) == (1, 2, 1)
    assert queries.policy_of(first).bonus.tiers[1].rate_bp == 1600
    offered = queries.list_offered(session, district_id=district.id)
    assert {version.id for version in offered} == {second.id, other.id}


def test_a_district_sees_its_own_versions_only(session: Session, district: District) -> None:
    version = make_policy_version(session, district=district)
    elsewhere = make_district(session)
    assert queries.list_offered(session, district_id=elsewhere.id) == []
    with pytest.raises(NotFound):
        queries.get_version(session, district_id=elsewhere.id, version_id=version.id)


def test_a_wrong_file_is_not_adopted(session: Session, district: District) -> None:
    with pytest.raises(PolicyFileInvalid):
        make_policy_version(session, district=district, text=HAILING.replace("months: 18", "months: -18"))
    assert session.scalars(select(PolicyVersion)).all() == []


@pytest.mark.parametrize(
    "change",
    ["UPDATE policy_versions SET title = 'x'", "DELETE FROM policy_versions", "TRUNCATE policy_versions"],
)
def test_not_even_sql_changes_a_version(session: Session, district: District, change: str) -> None:
    make_policy_version(session, district=district)
    with pytest.raises(DBAPIError, match=r"permission denied|never changed or removed"):
        session.execute(text(change))


def test_the_table_refuses_a_version_twice(session: Session, district: District) -> None:
    version = make_policy_version(session, district=district)
    with pytest.raises(IntegrityError, match="uq_policy_versions"):
        session.execute(
            text(
                "INSERT INTO policy_versions (district_id, code, version, title, body, sha256, adopted_at) "
                "SELECT district_id, code, version, title, body, sha256, adopted_at FROM policy_versions "
                "WHERE id = :id"
            ),
            {"id": version.id},
        )


def test_the_command_names_each_wrong_line(app: Flask, tmp_path: Path) -> None:
    file = tmp_path / "policy.yaml"
    file.write_text(HAILING.replace("months: 18", "months: 18 months"), encoding="utf-8")
    line = next(n for n, words in enumerate(file.read_text().splitlines(), 1) if "18 months" in words)
    result = app.test_cli_runner().invoke(args=["policy", "check", str(file)])
    assert result.exit_code == 1
    assert f"{file}:{line}: valid.months: must be written as 18" in result.output


def test_the_command_passes_a_good_file(app: Flask, tmp_path: Path) -> None:
    file = tmp_path / "policy.yaml"
    file.write_text(HAILING, encoding="utf-8")
    result = app.test_cli_runner().invoke(args=["policy", "check", str(file)])
    assert (result.exit_code, "hailing-2023 holds" in result.output) == (0, True)


def test_the_command_tells_the_line_of_what_is_likely_a_slip(app: Flask, tmp_path: Path) -> None:
    file = tmp_path / "policy.yaml"
    file.write_text(HAILING + "payout_rounding: yuan\n", encoding="utf-8")
    result = app.test_cli_runner().invoke(args=["policy", "check", str(file)])
    line = len(file.read_text(encoding="utf-8").splitlines())
    assert (result.exit_code, f"{file}:{line}: payout_rounding: look again: " in result.output) == (0, True)


def test_the_command_plays_a_scenario_and_names_its_slips(app: Flask, tmp_path: Path) -> None:
    policy, scenario = tmp_path / "policy.yaml", tmp_path / "scenario.yaml"
    policy.write_text(HAILING, encoding="utf-8")
    scenario.write_text(
        "scenario: 1\nsteps:\n  - issue: {voucher: A, on: 2025-01-15, face: 500000}\n", encoding="utf-8"
    )
    arguments = ["policy", "simulate", str(policy), str(scenario)]
    assert "last day: 2026-07-15" in app.test_cli_runner().invoke(args=arguments).output
    told = json.loads(app.test_cli_runner().invoke(args=[*arguments, "--json"]).output)
    assert told["steps"][0]["balances"]["A"]["left_fen"] == 50_000_000
    scenario.write_text(scenario.read_text().replace("500000", "much"), encoding="utf-8")
    result = app.test_cli_runner().invoke(args=arguments)
    assert (result.exit_code, f"{scenario}:3: steps[0].issue.face: must be" in result.output) == (1, True)


@pytest.mark.parametrize("command", ["check", "adopt"])
def test_the_commands_refuse_what_is_no_text(app: Flask, tmp_path: Path, command: str) -> None:
    file = tmp_path / "policy.yaml"
    file.write_bytes(b"\xff\xfe\x00")
    options = ["--district", "nowhere"] if command == "adopt" else []
    result = app.test_cli_runner().invoke(args=["policy", command, *options, str(file)])
    assert result.exit_code == 1
    assert "Traceback" not in result.output
