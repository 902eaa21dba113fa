"""What the tables of invitations and codes refuse by themselves."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from app.core.actor import Duty, Role
from app.identity import queries, staffing
from app.identity.models import Organisation
from tests.factories.identity import make_district
from tests.web.account.people import (
    Company,
    Transaction,
)


@pytest.mark.parametrize(
    "breach",
    [
        "UPDATE invitations SET role = 'household'",
        "UPDATE invitations SET duty = NULL",
        "UPDATE invitations SET district_id = (SELECT min(id) FROM districts)",
        "UPDATE invitations SET used_at = now()",
        "UPDATE password_resets SET used_at = now(), withdrawn_at = now()",
        "UPDATE password_resets SET issued_by_id = user_id",
        (
            "INSERT INTO password_resets (user_id, code_hash, issued_by_id, issued_at, expires_at)"
            " SELECT user_id, 'x', issued_by_id, issued_at, expires_at FROM password_resets"
        ),
    ],
)
def test_what_the_tables_themselves_refuse(company: Company, transaction: Transaction, breach: str) -> None:
    with transaction() as session:
        make_district(session)
        name = session.get_one(Organisation, company.manager.organisation).name
        place = staffing.find_place(
            session, actor=company.manager, organisation=name, role=Role.DEVELOPER, duty=Duty.SALES
        )
        staffing.invite(session, actor=company.manager, place=place, username="wangli", display_name="王丽")
        ref = queries.list_people(session, actor=company.manager)[-1].ref
        staffing.issue_reset(session, actor=company.manager, ref=ref)
    with pytest.raises(IntegrityError), transaction() as session:
        session.execute(text(breach))
