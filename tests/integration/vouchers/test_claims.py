"""Coming to an account: what fits together opens it once, and nothing else opens it at all."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.core import clock
from app.core.actor import Actor, Role
from app.core.errors import DomainError, Forbidden, NotFound
from app.identity import claims as codes
from app.identity import phones
from app.identity.credentials import ClaimCode
from app.identity.errors import ClaimOver
from app.identity.models import Membership, User
from app.identity.service import sign_in
from app.notices.models import Notice
from app.projects.models import HouseholdPerson
from app.vouchers import claims
from app.vouchers.errors import ClaimRefused
from app.vouchers.models import Voucher
from tests.factories.identity import make_actor
from tests.factories.projects import make_household, make_id_number, make_person
from tests.factories.vouchers import Desk, make_desk, make_voucher, submit_voucher

PASSWORD = "ping-guo-hong-le"
HOLDER = make_id_number(1)
OTHER = make_id_number(2)


@pytest.fixture
def desk(session: Session) -> Desk:
    return make_desk(session)


@pytest.fixture
def voucher(session: Session, desk: Desk) -> Voucher:
    household = make_household(session, officer=desk.officer)
    make_person(session, officer=desk.officer, household=household, id_number=HOLDER)
    made = make_voucher(session, desk=desk, household=household)
    session.commit()
    return made


def make_code(session: Session, desk: Desk, voucher: Voucher) -> str:
    code = claims.make_code(session, actor=desk.officer, voucher_ref=voucher.ref)
    session.commit()
    return code


def prove(session: Session, voucher: Voucher, code: str, last_six: str = HOLDER[-6:]) -> str:
    token = claims.prove(session, voucher_ref=voucher.ref, code=code, last_six=last_six)
    session.commit()
    return token


def claim(session: Session, voucher: Voucher, code: str, last_six: str = HOLDER[-6:]) -> claims.Claimed:
    token = prove(session, voucher, code, last_six)
    claimed = claims.finish(session, token=token, phone=None, new_password=PASSWORD)
    session.commit()
    return claimed


def test_what_fits_together_opens_the_households_account(
    session: Session, desk: Desk, voucher: Voucher
) -> None:
    claimed = claim(session, voucher, make_code(session, desk, voucher))
    assert claimed.username == voucher.ref
    membership = claimed.membership
    assert (membership.role, membership.household_id) == ("household", voucher.household_id)
    _, row = sign_in(session, username=voucher.ref, password=PASSWORD, device="", lasts=timedelta(hours=1))
    assert row.user_id == membership.user_id


def test_a_code_is_stored_nowhere(session: Session, desk: Desk, voucher: Voucher) -> None:
    code = make_code(session, desk, voucher)
    plain = code.replace("-", "")
    for table in ("claim_codes", "audit_rows", "notices", "handled_requests"):
        for row in session.execute(text(f"SELECT t::text FROM {table} t")):
            assert code not in row[0], table
            assert plain not in row[0], table


def test_id_numbers_are_sealed(session: Session, voucher: Voucher) -> None:
    for row in session.execute(text("SELECT t::text FROM household_persons t")):
        assert HOLDER not in row[0]
        assert HOLDER[-6:] not in row[0]


def test_a_wrong_number_code_or_id_gets_one_answer(session: Session, desk: Desk, voucher: Voucher) -> None:
    code = make_code(session, desk, voucher)
    other = make_voucher(session, desk=desk)
    session.commit()
    others_code = make_code(session, desk, other)
    attempts = [
        ("FP-22222-22222", code, HOLDER[-6:]),
        (voucher.ref, others_code, HOLDER[-6:]),
        (other.ref, code, HOLDER[-6:]),
        (voucher.ref, code, OTHER[-6:]),
        (voucher.ref, code, ""),
    ]
    answers = set()
    for ref, typed, last_six in attempts:
        with pytest.raises(ClaimRefused) as refusal:
            claims.prove(session, voucher_ref=ref, code=typed, last_six=last_six)
        answers.add((refusal.value.code, refusal.value.field, str(refusal.value.params)))
    assert len(answers) == 1


def test_a_minor_of_the_household_does_not_claim(session: Session, desk: Desk, voucher: Voucher) -> None:
    child = make_id_number(7, born=date(2005, 5, 5))
    make_person(session, officer=desk.officer, household=voucher.household, id_number=child, relation="child")
    with pytest.raises(ClaimRefused):
        prove(session, voucher, make_code(session, desk, voucher), child[-6:])


def test_a_reprint_ends_the_earlier_code(session: Session, desk: Desk, voucher: Voucher) -> None:
    first = make_code(session, desk, voucher)
    second = make_code(session, desk, voucher)
    with pytest.raises(ClaimRefused):
        prove(session, voucher, first)
    prove(session, voucher, second)


def test_a_reprint_ends_a_claim_that_is_half_done(session: Session, desk: Desk, voucher: Voucher) -> None:
    token = prove(session, voucher, make_code(session, desk, voucher))
    make_code(session, desk, voucher)
    with pytest.raises(ClaimOver):
        claims.finish(session, token=token, phone=None, new_password=PASSWORD)


def test_a_code_is_used_once(session: Session, desk: Desk, voucher: Voucher) -> None:
    code = make_code(session, desk, voucher)
    token = prove(session, voucher, code)
    claims.finish(session, token=token, phone=None, new_password=PASSWORD)
    session.commit()
    with pytest.raises(ClaimOver):
        claims.finish(session, token=token, phone=None, new_password=PASSWORD)
    with pytest.raises(ClaimRefused):
        prove(session, voucher, code)


def test_a_later_proof_ends_an_earlier_one(session: Session, desk: Desk, voucher: Voucher) -> None:
    code = make_code(session, desk, voucher)
    first = prove(session, voucher, code)
    second = prove(session, voucher, code)
    with pytest.raises(ClaimOver):
        claims.finish(session, token=first, phone=None, new_password=PASSWORD)
    claims.finish(session, token=second, phone=None, new_password=PASSWORD)


def test_a_proof_ends_after_half_an_hour(session: Session, desk: Desk, voucher: Voucher) -> None:
    token = prove(session, voucher, make_code(session, desk, voucher))
    session.execute(update(ClaimCode).values(proof_ends_at=clock.system_now()))
    assert codes.find_proof(session, token=token) is None
    with pytest.raises(ClaimOver):
        claims.finish(session, token=token, phone=None, new_password=PASSWORD)


def test_a_token_of_nobody_opens_nothing(session: Session, desk: Desk, voucher: Voucher) -> None:
    make_code(session, desk, voucher)
    for token in ("", "x", "None"):
        with pytest.raises(ClaimOver):
            claims.finish(session, token=token, phone=None, new_password=PASSWORD)


def test_an_account_needs_a_way_in(session: Session, desk: Desk, voucher: Voucher) -> None:
    token = prove(session, voucher, make_code(session, desk, voucher))
    with pytest.raises(DomainError, match="claim_needs_a_way_in"):
        claims.finish(session, token=token, phone=None, new_password=None)
    with pytest.raises(DomainError, match="password_short"):
        claims.finish(session, token=token, phone=None, new_password="short")


def test_a_second_adult_claims_with_a_new_code(session: Session, desk: Desk, voucher: Voucher) -> None:
    make_person(
        session, officer=desk.officer, household=voucher.household, id_number=OTHER, relation="spouse"
    )
    first = claim(session, voucher, make_code(session, desk, voucher))
    second = claim(session, voucher, make_code(session, desk, voucher), OTHER[-6:])
    assert second.username == f"{voucher.ref}-2"
    assert first.membership.user_id != second.membership.user_id
    assert first.membership.household_id == second.membership.household_id


def test_who_claims_again_gets_the_same_account_back(session: Session, desk: Desk, voucher: Voucher) -> None:
    first = claim(session, voucher, make_code(session, desk, voucher))
    again = claim(session, voucher, make_code(session, desk, voucher))
    assert again.membership.id == first.membership.id
    assert len(session.scalars(select(Membership).where(Membership.role == "household")).all()) == 1


def test_a_number_of_somebody_else_is_not_taken(session: Session, desk: Desk, voucher: Voucher) -> None:
    stranger = make_actor(
        session, role=Role.HOUSEHOLD, district=desk.district, household_id=voucher.household_id
    )
    phones.keep_phone(session, actor=stranger, user_id=stranger.user_id or 0, phone="13805560000")
    token = prove(session, voucher, make_code(session, desk, voucher))
    with pytest.raises(DomainError, match="phone_taken"):
        claims.finish(session, token=token, phone="13805560000", new_password=None)


def test_claim_and_reprint_are_told_and_must_be_seen(session: Session, desk: Desk, voucher: Voucher) -> None:
    claim(session, voucher, make_code(session, desk, voucher))
    kinds = session.scalars(select(Notice.kind).where(Notice.household_id == voucher.household_id)).all()
    assert set(kinds) >= {"claim_code_made", "account_claimed"}
    assert session.scalars(select(Notice.must_see).where(Notice.kind == "account_claimed")).one()


def test_nobody_makes_codes_but_officers_and_checkers_of_the_district(
    session: Session, desk: Desk, voucher: Voucher
) -> None:
    elsewhere = make_desk(session)
    with pytest.raises(NotFound):
        claims.make_code(session, actor=elsewhere.officer, voucher_ref=voucher.ref)
    for role in (Role.AUDITOR, Role.REGULATOR, Role.ADMINISTRATOR):
        with pytest.raises(Forbidden):
            claims.make_code(
                session, actor=make_actor(session, role=role, district=desk.district), voucher_ref=voucher.ref
            )
    household = Actor(1, Role.HOUSEHOLD, desk.district.id, household_id=voucher.household_id)
    with pytest.raises(Forbidden):
        claims.make_code(session, actor=household, voucher_ref=voucher.ref)
    with pytest.raises(Forbidden):
        claims.unlock(session, actor=desk.checker, voucher_ref=voucher.ref, reason="x")


def test_a_voucher_that_waits_has_no_code(session: Session, desk: Desk) -> None:
    waiting = submit_voucher(session, desk=desk)
    with pytest.raises(DomainError, match="voucher_not_issued"):
        claims.make_code(session, actor=desk.officer, voucher_ref=waiting.ref)


def test_the_table_holds_one_open_code_a_voucher(session: Session, desk: Desk, voucher: Voucher) -> None:
    make_code(session, desk, voucher)
    with pytest.raises(IntegrityError, match="uq_claim_codes_open"):
        session.execute(
            text(
                "INSERT INTO claim_codes (district_id, household_id, voucher_id, code_index, made_at) "
                "SELECT district_id, household_id, voucher_id, 'x', made_at FROM claim_codes"
            )
        )


def test_one_person_stands_in_a_household_once(session: Session, desk: Desk, voucher: Voucher) -> None:
    with pytest.raises(DomainError, match="person_known"):
        make_person(session, officer=desk.officer, household=voucher.household, id_number=HOLDER)
    assert len(session.scalars(select(HouseholdPerson)).all()) == 1


def test_a_user_is_one_person(session: Session, desk: Desk, voucher: Voucher) -> None:
    claim(session, voucher, make_code(session, desk, voucher))
    user = session.scalars(select(User).where(User.username == voucher.ref)).one()
    assert session.scalars(select(HouseholdPerson.user_id)).all() == [user.id]
