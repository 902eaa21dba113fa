"""Proofs pass over what is no array, in whichever order the database joins."""

import pytest
from sqlalchemy.orm import Session

from app.core.proofs import find_breaches
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
