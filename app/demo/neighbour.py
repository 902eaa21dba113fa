"""A second, small district: own desks, policy, developer, households; nobody sees into it from the first."""

import random
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Final

from sqlalchemy.orm import Session

from app.core.actor import Actor, Role
from app.demo import issuing, people, pool, supervising
from app.demo.calendar import Calendar
from app.demo.story import Cast
from app.homes import service as homes
from app.homes.models import Home
from app.identity import counters
from app.identity import service as identity
from app.identity.models import District
from app.policies import service as policies

NAME: Final = "观山区"
PROJECT: Final = "观山北路片"
COMPANY: Final = "观山置业有限公司"
PLACE: Final = "观山悦府"
STOREYS: Final = 6
POLICY_FILE: Final = Path(__file__).resolve().parents[1] / "policies" / "files" / "guanshan-2016.yaml"
DESKS: Final = {
    Role.OFFICER: ("officer2", "章国平", "观山区房屋征收办公室", "authority"),
    Role.CHECKER: ("checker2", "陶玉芬", "观山区房屋征收办公室", "authority"),
    Role.REGULATOR: ("regulator2", "曹文斌", "观山区住房和城乡建设局", "regulator"),
}
"""Sign-in, name, organisation and its kind of each desk; the password is the demo's."""
_SEED: Final = 2
_FEN_A_M2: Final = 430_000
_HUNDRED_YUAN: Final = 10_000


def settle(session: Session, *, calendar: Calendar) -> list[Home]:
    """Write the district and return its homes; the calendar stands on a working day."""
    district = identity.create_district(session, code="guanshan", name=NAME)
    desks = _desks(session, district)
    officer = desks[Role.OFFICER]
    counters.set_counter(
        session,
        actor=officer,
        address="观山路 2 号政务服务中心 3 号窗口",
        phone="0556-5560000",
        hours="周一到周五 8:30–12:00，14:00–17:30",
    )
    policy = policies.adopt(
        session, actor=officer, district_id=district.id, text=POLICY_FILE.read_text(encoding="utf-8")
    )
    manager = people.manager(session, COMPANY, "developer21", "销售经理")
    applied = pool.apply(session, manager=manager, district_id=district.id, name="销售经理")
    pool.decide(session, officer=officer, checker=desks[Role.CHECKER], found=applied, action="admit")
    made = _homes(session, manager, desks[Role.CHECKER], district)
    cast = Cast(officer, desks[Role.CHECKER], desks[Role.REGULATOR], {manager.organisation: manager}, {})
    issuing.issue_in_batches(
        session,
        cast=cast,
        calendar=calendar,
        policy=policy,
        chance=random.Random(_SEED),  # noqa: S311  # reproducible, not secret
        project_name=PROJECT,
    )
    return made


def _desks(session: Session, district: District) -> dict[Role, Actor]:
    offices = {
        name: identity.create_organisation(session, kind=kind, name=name, district=district)
        for name, kind in {(office, kind) for _, _, office, kind in DESKS.values()}
    }
    return {
        role: people.person(
            session, username, name, role, district_id=district.id, organisation_id=offices[office].id
        )
        for role, (username, name, office, _) in DESKS.items()
    }


def _homes(session: Session, manager: Actor, checker: Actor, district: District) -> list[Home]:
    development = homes.create_development(
        session,
        actor=manager,
        district_id=district.id,
        name=PLACE,
        address="观山路 88 号",
        stage="finished",
        sales_phone="0556-5560088",
        delivery_on=date(2015, 9, 30),
        lat=30.6105,
        lon=117.1012,
    )
    supervising.open_account(
        session,
        manager=manager,
        checker=checker,
        development=development,
        number="2016055600020001",
        bank="安庆农商行观山支行",
    )
    building = homes.create_building(
        session,
        actor=manager,
        development_id=development.id,
        name="1号楼",
        storeys=STOREYS,
        units=1,
        has_lift=False,
    )
    made = [
        _home(session, manager, building.id, storey, line)
        for storey in range(1, STOREYS + 1)
        for line in (1, 2)
    ]
    session.commit()
    homes.publish_many(
        session,
        actor=manager,
        development_id=development.id,
        seen={home.id: home.doc_version for home in made},
    )
    session.commit()
    return made


def _home(session: Session, manager: Actor, building_id: int, storey: int, line: int) -> Home:
    area = Decimal("82.40") if line == 1 else Decimal("96.15")
    cash = int(area * (_FEN_A_M2 - 3_000 * storey)) // _HUNDRED_YUAN * _HUNDRED_YUAN
    return homes.create_home(
        session,
        actor=manager,
        building_id=building_id,
        unit="1",
        storey=storey,
        room=f"{storey}0{line}",
        rooms=2 if line == 1 else 3,
        area_m2=area,
        filed_fen=cash + 20_000_00,
        filing_number=f"观价备 2016-{storey}{line:02}",
        cash_fen=cash,
        voucher_fen=cash,
    )
