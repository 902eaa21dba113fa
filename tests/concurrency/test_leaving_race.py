"""Somebody is removed while what they began is about to commit: it commits first, or not at all."""

from dataclasses import dataclass

import pytest
from flask import Flask
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from app import jobs
from app.core.actor import Actor, Duty, Role
from app.core.locks import LockPolicy
from app.homes import service as homes
from app.homes.models import Home
from app.identity import staffing, tokens
from app.identity.models import Membership, Organisation
from app.identity.tokens import Scope
from app.imports import service as imports
from app.imports.models import ImportRun
from tests.concurrency.race import Act, NoLocks, do, overtaking
from tests.factories.homes import make_building, make_development, make_home
from tests.factories.identity import make_actor, make_district, make_organisation
from tests.factories.imports import fetch, previewed
from tests.unit.imports.books import table


@dataclass(frozen=True)
class Company:
    """Two managers, of whom one leaves, and a home."""

    staying: Actor
    leaving: Actor
    leaving_ref: str
    home: Home

    def remove(self, session: Session) -> None:
        """Have the one who stays remove the other."""
        staffing.remove_person(session, actor=self.staying, ref=self.leaving_ref, handed_to=None)


@pytest.fixture
def company(setting: Session) -> Company:
    organisation = make_organisation(setting, kind="developer", district=None)
    staying, leaving = (_manager(setting, organisation) for _ in range(2))
    development = make_development(setting, developer=leaving, district=make_district(setting))
    building = make_building(setting, developer=leaving, development=development, name="3幢")
    home = make_home(setting, developer=leaving, building=building, room="305")
    ref = setting.scalars(select(Membership.ref).where(Membership.user_id == leaving.user_id)).one()
    setting.commit()
    return Company(staying, leaving, ref, home)


def _manager(session: Session, organisation: Organisation) -> Actor:
    return make_actor(session, role=Role.DEVELOPER, duty=Duty.MANAGER, organisation=organisation)


@pytest.fixture
def by_token(setting: Session, company: Company) -> Act:
    """A program of the one who leaves gives the home a price, and has looked at its token."""
    secret, row = tokens.create_token(
        setting, actor=company.leaving, name="x", scopes=[Scope.WRITE_PRICES], days=1
    )
    setting.commit()

    def act(session: Session) -> None:
        _, actor = tokens.authenticate(session, secret=secret)
        homes.set_price(
            session, actor=actor, home_id=company.home.id, kind="cash", amount_fen=46_000_000, reason="x"
        )
        tokens.hold_live(session, token_id=row.id)

    return act


@pytest.fixture
def ordered(committed_app: Flask, setting: Session, company: Company) -> ImportRun:
    """An import that the one who leaves has ordered."""
    content = table(["楼栋", "单元", "楼层", "室号", "建筑面积"], ["3幢", "2", 3, "305", 90.5])
    run = previewed(committed_app, content, actor=company.leaving, development=company.home.development)
    imports.order(setting, actor=company.leaving, ref=run.ref, reason="实测面积", leave_out=False)
    setting.commit()
    return run


@pytest.fixture
def by_import(ordered: ImportRun) -> Act:
    """A worker applies that import."""

    def act(session: Session) -> None:
        imports.apply(session, run_id=ordered.id)

    return act


@pytest.mark.parametrize("what", ["by_token", "by_import"])
@pytest.mark.parametrize("policy", [None, NoLocks()], ids=["locks", "control"])
def test_nothing_commits_once_its_person_is_out(
    engine: Engine,
    company: Company,
    what: str,
    policy: LockPolicy | None,
    request: pytest.FixtureRequest,
) -> None:
    act: Act = request.getfixturevalue(what)
    order = overtaking(engine, act, company.remove, policy=policy)
    assert order == (["act", "other"] if policy is None else ["other", "act"])


def test_a_removal_before_the_last_look_undoes_what_a_program_did(
    engine: Engine, setting: Session, company: Company
) -> None:
    secret, row = tokens.create_token(
        setting, actor=company.leaving, name="x", scopes=[Scope.WRITE_PRICES], days=1
    )
    setting.commit()

    def act(session: Session) -> None:
        tokens.authenticate(session, secret=secret)
        assert do(engine, company.remove) == "done"
        tokens.hold_live(session, token_id=row.id)

    assert do(engine, act) == "token_unknown"


def test_an_import_ordered_by_somebody_who_has_left_is_not_carried_out(
    committed_app: Flask, engine: Engine, company: Company, ordered: ImportRun
) -> None:
    assert do(engine, company.remove) == "done"
    jobs.run_waiting(committed_app)
    run = fetch(committed_app, ordered.id)
    assert (run.state, run.failure) == ("failed", "import_orderer_gone")
