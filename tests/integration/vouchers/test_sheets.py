"""Sheets by the batch: every household once, in as many goes as it takes, and void when printed again."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.actor import Role
from app.core.errors import Conflict, Forbidden, NotFound
from app.identity.credentials import ClaimCode
from app.projects.models import Household, Project
from app.vouchers import claims, sheets
from app.vouchers.errors import ClaimRefused
from tests.factories.identity import make_actor
from tests.factories.projects import make_id_number, make_person
from tests.factories.vouchers import Desk, make_desk, make_voucher


@pytest.fixture
def desk(session: Session) -> Desk:
    return make_desk(session)


@pytest.fixture
def project(session: Session, desk: Desk) -> Project:
    """A project whose five households have a voucher each; the first has an account."""
    first = make_voucher(session, desk=desk)
    session.commit()
    project = session.get_one(Project, session.get_one(Household, first.household_id).project_id)
    for _ in range(4):
        household_id = make_voucher(session, desk=desk).household_id
        session.get_one(Household, household_id).project_id = project.id
        session.commit()
    make_actor(session, role=Role.HOUSEHOLD, district=desk.district, household_id=first.household_id)
    session.commit()
    return project


def counts(session: Session, desk: Desk, project: Project) -> tuple[int, int, int]:
    found = sheets.get_progress(session, actor=desk.officer, project_name=project.name)
    return found.claimed, found.printed, found.waiting


def print_next(session: Session, desk: Desk, project: Project, most: int) -> list[sheets.Sheet]:
    _batch, made = sheets.print_next(session, actor=desk.officer, project_name=project.name, most=most)
    session.commit()
    return made


def test_one_goes_on_where_one_stopped(session: Session, desk: Desk, project: Project) -> None:
    assert counts(session, desk, project) == (1, 0, 4)
    made = print_next(session, desk, project, 3)
    assert counts(session, desk, project) == (1, 3, 1)
    made += print_next(session, desk, project, 3)
    assert counts(session, desk, project) == (1, 4, 0)
    assert len({one.voucher.household_id for one in made}) == len({one.code for one in made}) == 4
    with pytest.raises(Conflict, match="no_sheets_left"):
        print_next(session, desk, project, 3)


def test_printed_again_the_old_codes_are_void(session: Session, desk: Desk, project: Project) -> None:
    batch, old = sheets.print_next(session, actor=desk.officer, project_name=project.name, most=2)
    session.commit()
    for one in old:
        household = session.get_one(Household, one.voucher.household_id)
        make_person(session, officer=desk.officer, household=household, id_number=make_id_number(1))
    claimed = claims.prove(
        session, voucher_ref=old[0].voucher.ref, code=old[0].code, last_six=make_id_number(1)[-6:]
    )
    claims.finish(session, token=claimed, phone=None, new_password="港华路的老房子二十年")
    session.commit()
    _batch, new = sheets.print_again(session, actor=desk.officer, ref=batch.ref)
    session.commit()
    assert [one.voucher.id for one in new] == [old[1].voucher.id]
    with pytest.raises(ClaimRefused):
        claims.prove(
            session, voucher_ref=old[1].voucher.ref, code=old[1].code, last_six=make_id_number(1)[-6:]
        )
    assert claims.prove(
        session, voucher_ref=new[0].voucher.ref, code=new[0].code, last_six=make_id_number(1)[-6:]
    )
    printed = sheets.list_batches(session, project=project)
    assert [(one.sheets, one.unused) for one in printed] == [(1, 1), (2, 0)]


def test_only_the_districts_officers_and_checkers_print(
    session: Session, desk: Desk, project: Project
) -> None:
    batch, _made = sheets.print_next(session, actor=desk.checker, project_name=project.name, most=1)
    session.commit()
    stranger = make_desk(session).officer
    with pytest.raises(NotFound):
        sheets.print_next(session, actor=stranger, project_name=project.name)
    with pytest.raises(NotFound):
        sheets.print_again(session, actor=stranger, ref=batch.ref)
    auditor = make_actor(session, role=Role.AUDITOR, district=desk.district)
    with pytest.raises(Forbidden):
        sheets.print_next(session, actor=auditor, project_name=project.name)
    assert len(session.scalars(select(ClaimCode)).all()) == 1
