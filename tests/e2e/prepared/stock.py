"""Files and figures about the filled district's homes."""

from flask import Flask
from sqlalchemy.orm import Session

from app.core.actor import Actor, Role
from app.extensions import db
from app.gateways import files
from app.homes import service as homes
from app.imports import flows
from app.imports.models import ImportRun
from app.monitor import runs
from tests.e2e.demo import actor_in
from tests.e2e.prepared.buying import free_home
from tests.factories.homes import make_space
from tests.factories.imports import plan, send, send_of_bureau
from tests.unit.imports.books import HEAD, HOME, table


def order_a_run(app: Flask) -> None:
    """Let the demo's regulator order a run of the price monitor, which nobody has begun."""
    with app.app_context():
        session, regulator = db.session(), actor_in(db.session(), Role.REGULATOR)
        runs.order(session, district_id=regulator.district, actor=regulator)
        session.commit()


def send_a_table(app: Flask) -> None:
    """Let the demo's developer and its bureau send tables that were read and have a bad row."""
    content = table(HEAD, HOME, [*HOME[:3], "1102", 3, "八十", *HOME[6:]])
    with app.app_context():
        session = db.session()
        actor, bureau = actor_in(session, Role.DEVELOPER), actor_in(session, Role.REGULATOR)
        home = free_home(session, place=0)
        run = send(session, content, actor=actor, development=home.development, name="销控表.xlsx")
        _see_read(session, run, actor)
        place = [home.development.name, home.building.name, home.unit, home.storey]
        heads = ["楼盘", "楼栋", "单元", "楼层", "室号", "备案总价(元)", "备案编号", "备案日期"]
        rows = [[*place, room, 300_000, "备2016-77", "2016-05-20"] for room in (home.room, "9999")]
        run = send_of_bureau(session, table(heads, *rows), actor=bureau, kind="filings", name="备案价.xlsx")
        _see_read(session, run, bureau)
        heads = ["合同编号", "楼盘", "楼栋", "单元", "室号", "签订日期", "合同总价(元)", "付款方式"]
        rows = [["网签-9", *place[:3], home.room, "2016-05-20", 450_000, paid] for paid in ("按揭", "实物")]
        run = send_of_bureau(session, table(heads, *rows), actor=bureau, kind="sales", name="网签合同.xlsx")
        _see_read(session, run, bureau)


def _see_read(session: Session, run: ImportRun, actor: Actor) -> None:
    flows.look(session, files.current(), run_id=run.id)
    plan(session, run, actor=actor)
    session.commit()
    flows.read(session, files.current(), run_id=run.id)


def preview_of_prices(app: Flask) -> str:
    """Return the address where the demo's developer sees what a new price for many homes comes to."""
    with app.app_context():
        ref = free_home(db.session(), place=0).development.ref
    typed = "kind=voucher&way=percent_down&figure=1&step=100&first_storey=15"
    return f"/developer/developments/{ref}/repricing?{typed}"


def list_a_space(app: Flask) -> str:
    """Let the demo's developer list a parking space; return the address of what stands beside a home."""
    with app.app_context():
        session = db.session()
        developer, home = actor_in(session, Role.DEVELOPER), free_home(session, place=0)
        space = make_space(session, developer=developer, building=home.building)
        homes.publish(session, actor=developer, home_id=space.id)
        session.commit()
        return f"/household/homes/{home.ref}/spaces"
