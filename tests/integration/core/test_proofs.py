"""Proofs pass over what is no array, in whichever order the database joins; all see one snapshot."""

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.core.proofs import find_breaches, one_snapshot
from app.extensions import db
from tests.factories.endings import PAYING, SILENT
from tests.factories.policies import make_policy_version
from tests.factories.vouchers import make_desk


@pytest.mark.parametrize("place", ["'leftover'", "'lapse'", "'code'", "'nowhere'"])
def test_a_policy_without_a_list_is_in_the_way_of_no_proof(session: Session, place: str) -> None:
    desk = make_desk(session)
    paying, _ = (make_policy_version(session, district=desk.district, text=one) for one in (PAYING, SILENT))
    rule = f"""
        SELECT p.district_id, 'band', p.id, band ->> 'rate' FROM policy_versions p
        CROSS JOIN LATERAL jsonb_array_elements(p.body -> {place}) WITH ORDINALITY AS bands (band, nth)
        ORDER BY nth
    """
    found = [(one.object_id, one.detail) for one in find_breaches(session, {"bands": rule})]
    wanted = [(paying.id, rate) for rate in ("0", "8000", "10000")]
    assert found == (wanted if place == "'leftover'" else [])


def test_two_connections_prove_one_snapshot_at_the_same_time(committed_app: Flask) -> None:
    count = "SELECT NULL::bigint, pg_backend_pid()::text, count(*), NULL FROM districts, pg_sleep(0.3)"
    with committed_app.app_context(), one_snapshot(db.engine, connections=2) as session:
        with Session(db.engine) as other, other.begin():
            other.execute(text("INSERT INTO districts (code, name) VALUES ('later', 'later')"))
        found = find_breaches(session, {"one": count, "two": count})
    assert [(one.rule, one.object_id) for one in found] == [("one", 0), ("two", 0)]
    assert len({one.object_type for one in found}) == 2
