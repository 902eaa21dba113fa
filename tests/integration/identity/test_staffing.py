"""One person has one account: nobody is invited under the name of somebody who works or is invited there."""

import pytest
from sqlalchemy.orm import Session

from app.core.actor import Actor, Role
from app.core.errors import DomainError
from app.identity import queries, staffing
from app.identity.models import Organisation
from tests.factories.identity import make_actor, make_district

NEW = "港华路的老房子二十年"


@pytest.fixture
def administrator(session: Session) -> Actor:
    return make_actor(session, role=Role.ADMINISTRATOR, district=make_district(session))


def invite(session: Session, administrator: Actor, role: Role, username: str, name: str) -> str:
    """Invite somebody to the authority; return the code, which is not kept after a refusal."""
    authority = next(
        (one for one in queries.list_workplaces(session, actor=administrator) if one.kind == "authority"),
        None,
    )
    if authority is None:
        authority = Organisation(district_id=administrator.district, kind="authority", name="测试征收办")
        session.add(authority)
        session.flush()
    place = staffing.Place(authority, role, None)
    with session.begin_nested():
        return staffing.invite(
            session, actor=administrator, place=place, username=username, display_name=name
        )[0]


def refused(session: Session, administrator: Actor, name: str) -> None:
    with pytest.raises(DomainError) as error:
        invite(session, administrator, Role.CHECKER, "another", name)
    assert (error.value.code, error.value.field) == ("colleague_known", "display_name")


def test_an_officer_is_not_invited_as_a_checker_under_the_same_name(
    session: Session, administrator: Actor
) -> None:
    code = invite(session, administrator, Role.OFFICER, "wangli", "王丽")
    refused(session, administrator, "王丽")  # while the first waits
    staffing.accept_invitation(session, code=code, new_password=NEW)
    session.flush()
    for name in ("王丽", " 王　丽", "王 丽"):
        refused(session, administrator, name)
    invite(session, administrator, Role.CHECKER, "another", "王丽（二科）")


def test_a_name_is_free_again_once_whoever_bore_it_has_left(session: Session, administrator: Actor) -> None:
    code = invite(session, administrator, Role.OFFICER, "wangli", "王丽")
    person = staffing.accept_invitation(session, code=code, new_password=NEW)
    session.flush()
    refused(session, administrator, "王丽")
    person.ended_at = person.user.created_at
    session.flush()
    invite(session, administrator, Role.CHECKER, "another", "王丽")
