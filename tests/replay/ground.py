"""What the round stands on, written through the services: people, homes with prices, rosters, the policy."""

import csv
import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Final

from flask import Flask
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from app.core import clock
from app.core.actor import Actor, Duty, Role
from app.demo import founding, households, people, pool
from app.demo.calendar import Calendar
from app.demo.district import DISTRICT_CODE, DISTRICT_NAME, POLICY_FILE
from app.demo.reference import market
from app.demo.reference import round as reference
from app.demo.reference import stock as homes
from app.demo.reference.places import SITES
from app.demo.reference.round import Desks, Family
from app.demo.reference.stock import Stock
from app.extensions import db
from app.identity import service as identity
from app.identity.models import District
from app.imports.columns import AGREEMENTS
from app.policies import service as policies
from tests.replay.people import yuan
from tests.replay.plan import Round

DESKS: Final = 7
"""So many officers, and as many checkers, work side by side."""
SECOND_POLICY: Final = Path(__file__).with_name("second-policy.yaml")
_PATIENT: Final = "-c lock_timeout=60s -c statement_timeout=120s"


@dataclass(frozen=True)
class Ground:
    """What the round is played on: homes and their prices, and who signs in as what."""

    stock: Stock
    officers: Sequence[str]
    checkers: Sequence[str]
    sales: dict[int, str]
    """The username of whoever sells the homes of a site."""


def holder(family: int) -> str:
    """Return the username of a household's holder."""
    return f"holder{family}"


def morning(day: date) -> datetime:
    """Return 9 o'clock of a day in the district."""
    return datetime.combine(day, time(9), clock.LEGAL_ZONE).astimezone(UTC)


class Clerk:
    """Writes the ground beforehand, and has the papers that households sign."""

    def __init__(self, session: Session, part: Round) -> None:
        self._session = session
        self._part = part
        self._calendar = Calendar(morning(date(2016, 4, 5)))
        self._families = [Family(place, seat) for place, seat in enumerate(part.seats)]

    def lay_ground(self) -> Ground:
        """Write everything that stands before the first household signs."""
        session = self._session
        district = identity.create_district(session, code=DISTRICT_CODE, name=DISTRICT_NAME)
        staff = founding.staff(session, district)
        officer, checker = staff[Role.OFFICER], staff[Role.CHECKER]
        for file in (SECOND_POLICY, POLICY_FILE):
            policy = policies.adopt(
                session, actor=officer, district_id=district.id, text=file.read_text(encoding="utf-8")
            )
        project_ids = households.open_projects(session, officer=officer)
        session.commit()
        managers = self._developers(staff, district)
        stock = Stock(self._part.market, managers)
        self._homes(stock, staff[Role.REGULATOR], checker)
        self._calendar.go_to(morning(reference.ENTERED))
        desks = Desks(officer, checker, policy)
        writer = reference.Writer(session, stock, self._families, project_ids, desks)
        for project in range(len(project_ids)):
            writer.enter(project)
            session.commit()
        self._accounts(district)
        return Ground(
            stock=stock,
            officers=self._colleagues(Role.OFFICER, officer, district),
            checkers=self._colleagues(Role.CHECKER, checker, district),
            sales=self._sales(managers),
        )

    def table_of(self, places: Sequence[int]) -> bytes:
        """Return what households signed in the week before, by the places of their seats, as a table."""
        heads = {column.key: column.head for column in AGREEMENTS.columns}
        kept = io.StringIO()
        table = csv.DictWriter(kept, heads.values(), restval="")
        table.writeheader()
        for place in places:
            family = self._families[place]
            if family.household is None:
                raise LookupError("there is no ground to sign on")
            signed = {
                "agreement_number": f"菱征 2016-{family.seat.project + 1}-{1000 + family.number}",
                "household": family.household.ref,
                "signed_on": family.seat.signed_on.isoformat(),
                "holder": family.household.holder_name,
            }
            lines = households.lines_of(family.seat.compensation_fen, whole=True)
            signed |= {kind: yuan(fen) for kind, fen in lines}
            table.writerow({heads[key]: value for key, value in signed.items()})
        return kept.getvalue().encode()

    def _developers(self, staff: dict[Role, Actor], district: District) -> dict[str, Actor]:
        found = {}
        for number, name in enumerate(dict.fromkeys(SITES[site].developer for site in self._part.sites)):
            manager = people.manager(self._session, name, f"developer{number}", "销售经理")
            applied = pool.apply(self._session, manager=manager, district_id=district.id, name="销售经理")
            pool.decide(
                self._session,
                officer=staff[Role.OFFICER],
                checker=staff[Role.CHECKER],
                found=applied,
                action="admit",
            )
            found[name] = manager
        return found

    def _homes(self, stock: Stock, regulator: Actor, checker: Actor) -> None:
        """Type in the homes, and list them at the prices of the round."""
        writer = homes.Writer(self._session, stock, regulator, checker)
        for site in self._part.sites:
            writer.open(site)
            self._session.commit()
        self._calendar.go_to(morning(market.PRICED_FOR_ROUND))
        for site in self._part.sites:
            writer.price_for_round(site)
            self._session.commit()

    def _accounts(self, district: District) -> None:
        """Give everybody who gets a voucher an account."""
        for family in self._families:
            if family.seat.way == "voucher" and family.household is not None:
                people.person(
                    self._session,
                    holder(family.number),
                    family.household.holder_name,
                    Role.HOUSEHOLD,
                    district_id=district.id,
                    household_id=family.household.id,
                )
        self._session.commit()

    def _colleagues(self, role: Role, first: Actor, district: District) -> list[str]:
        names = [f"{role.value}{number}" for number in range(1, DESKS + 1)]
        for name in names:
            people.person(
                self._session,
                name,
                name,
                role,
                district_id=district.id,
                organisation_id=first.organisation,
            )
        self._session.commit()
        return names

    def _sales(self, managers: dict[str, Actor]) -> dict[int, str]:
        names = {}
        for number, (company, manager) in enumerate(managers.items()):
            names[company] = f"sales{number}"
            people.person(
                self._session,
                names[company],
                "置业顾问",
                Role.DEVELOPER,
                duty=Duty.SALES,
                organisation_id=manager.organisation,
            )
        self._session.commit()
        return {site: names[SITES[site].developer] for site in self._part.sites}


@contextmanager
def patient_session(app: Flask) -> Iterator[Session]:
    """Lend a session that waits longer than a page may: whole developments are written at once."""
    with app.app_context():
        engine = create_engine(db.engine.url, connect_args={"options": _PATIENT})
        try:
            with Session(engine, expire_on_commit=False) as session:
                yield session
        finally:
            engine.dispose()
