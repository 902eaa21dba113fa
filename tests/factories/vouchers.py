"""Vouchers, submitted by one person and issued by another."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from app.core.actor import Actor, Role
from app.identity.models import District
from app.policies.models import PolicyVersion
from app.policies.queries import policy_of
from app.projects.models import Household
from app.projects.service import note_vacated
from app.vouchers import service
from app.vouchers.models import Voucher
from tests.factories.identity import make_actor, make_district
from tests.factories.policies import HAILING, make_policy_version
from tests.factories.projects import make_agreement, make_household

VACATED = date(2016, 5, 25)
"""When the old homes were handed over, under policies that count from it."""


@dataclass(frozen=True)
class Desk:
    """A district that can issue vouchers: its policy and the two people it takes."""

    district: District
    officer: Actor
    checker: Actor
    policy_version: PolicyVersion


def make_desk(session: Session, *, policy: str = HAILING) -> Desk:
    """Return a new district with officer, checker and the Hailing policy, or one of another text."""
    district = make_district(session)
    return Desk(
        district=district,
        officer=make_actor(session, role=Role.OFFICER, district=district),
        checker=make_actor(session, role=Role.CHECKER, district=district),
        policy_version=make_policy_version(session, district=district, text=policy),
    )


def submit_voucher(
    session: Session,
    *,
    desk: Desk,
    household: Household | None = None,
    face_fen: int = 130_550_000,
    lines: Sequence[tuple[str, int]] = (),
) -> Voucher:
    """Return a voucher that waits for the checker; household and agreement are made as needed."""
    household = household or make_household(session, officer=desk.officer)
    agreement = make_agreement(
        session, officer=desk.officer, household=household, compensation_fen=face_fen, lines=lines
    )
    if policy_of(desk.policy_version).counts_handover:
        note_vacated(session, actor=desk.officer, number=agreement.number, vacated_on=VACATED)
    session.commit()  # entered is one request, submitted the next, decided another
    voucher = service.submit(
        session, actor=desk.officer, agreement_id=agreement.id, policy_version_id=desk.policy_version.id
    )
    session.commit()
    return voucher


def make_voucher(
    session: Session,
    *,
    desk: Desk,
    household: Household | None = None,
    face_fen: int = 130_550_000,
    lines: Sequence[tuple[str, int]] = (),
) -> Voucher:
    """Return an issued voucher."""
    voucher = submit_voucher(session, desk=desk, household=household, face_fen=face_fen, lines=lines)
    return service.approve(session, actor=desk.checker, voucher_id=voucher.id)
