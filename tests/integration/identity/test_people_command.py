"""How a district gets its first people, and how somebody gets back in whom nobody can help."""

import re

import pytest
from flask import Flask
from sqlalchemy import select

from app.core.actor import Role
from app.extensions import db
from app.identity import factors, queries, staffing
from app.identity.models import Membership, User
from tests.factories.identity import make_actor, make_district

CODE = re.compile(r"[2-9A-Z]{4}(?:-[2-9A-Z]{4}){3}")
NEW = "港华路的老房子二十年"


def run(app: Flask, *arguments: str) -> tuple[int, str]:
    outcome = app.test_cli_runner().invoke(args=["people", *arguments])
    return outcome.exit_code, outcome.output


def invite(app: Flask, *more: str) -> tuple[int, str]:
    return run(app, "invite", "--organisation", "数据中心", "--username", "zhaolei", "--name", "赵磊", *more)


def test_an_empty_database_gets_its_first_administrator(committed_app: Flask) -> None:
    assert run(committed_app, "district", "linghu", "菱湖区")[0] == 0
    status, said = invite(committed_app, "--role", "administrator", "--district", "linghu")
    found = CODE.search(said)
    assert status == 0
    assert found
    with committed_app.app_context():
        session = db.session()
        made = staffing.accept_invitation(session, code=found[0], new_password=NEW)
        session.commit()
        assert (made.role, made.organisation.name) == ("administrator", "数据中心")
        assert made.district is not None
        assert made.district.code == "linghu"


@pytest.mark.parametrize("code", ["Linghu", "菱湖", "../linghu", "ling hu", "linghu-", "", "linghu"])
def test_a_code_that_no_policy_could_name_or_that_is_taken_opens_no_district(
    committed_app: Flask, code: str
) -> None:
    run(committed_app, "district", "linghu", "菱湖区")
    status, said = run(committed_app, "district", code, "另一区")
    assert (status, said.startswith("Error: ")) == (1, True)


def test_a_developers_first_manager_is_invited(committed_app: Flask) -> None:
    assert invite(committed_app, "--role", "developer", "--duty", "manager")[0] == 0


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (("--role", "administrator"), "everybody else has one"),
        (("--role", "developer", "--duty", "manager", "--district", "linghu"), "a developer has no district"),
        (("--role", "administrator", "--district", "nowhere"), "there is no district"),
        (("--role", "household", "--district", "linghu"), "Invalid value"),
        (("--role", "king", "--district", "linghu"), "Invalid value"),
    ],
)
def test_what_is_no_place_is_refused(committed_app: Flask, more: tuple[str, ...], told: str) -> None:
    run(committed_app, "district", "linghu", "菱湖区")
    status, said = invite(committed_app, *more)
    assert status != 0
    assert told in said


def test_an_organisation_keeps_its_kind(committed_app: Flask) -> None:
    run(committed_app, "district", "linghu", "菱湖区")
    assert invite(committed_app, "--role", "administrator", "--district", "linghu")[0] == 0
    status, said = run(
        committed_app,
        *("invite", "--role", "officer", "--district", "linghu", "--organisation", "数据中心"),
        *("--username", "other", "--name", "别人"),
    )
    assert status == 1
    assert "another kind of organisation" in said


def test_who_cannot_be_helped_gets_back_in(committed_app: Flask) -> None:
    with committed_app.app_context():
        session = db.session()
        administrator = make_actor(session, role=Role.ADMINISTRATOR, district=make_district(session))
        username = session.get_one(User, administrator.user_id).username
        factors.start(session, actor=administrator)
        session.commit()
    status, said = run(committed_app, "reset", "--username", username, "--clear-factor")
    found = CODE.search(said)
    assert status == 0
    assert found
    with committed_app.app_context():
        session = db.session()
        staffing.use_reset(session, username=username, code=found[0], new_password=NEW)
        session.commit()
        assert queries.find_factor(session, user_id=administrator.user_id or 0) is None
        assert session.scalars(select(Membership.ended_at)).all() == [None]
    assert run(committed_app, "reset", "--username", "nobody")[0] == 1
