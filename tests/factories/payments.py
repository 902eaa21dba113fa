"""Top-ups paid in by bank transfer, as a statement brings them."""

from sqlalchemy.orm import Session

from app.core import clock
from app.core.actor import Actor, Role
from app.identity.models import District
from app.payments import matching, queries, statements
from app.payments.statements import Imported
from app.redemptions.models import Redemption
from app.redemptions.rules import top_up_owner
from tests.factories.identity import make_actor

HEAD = "流水号,交易日期,收入金额,对方户名,摘要"


def statement(*lines: str) -> bytes:
    """Return a bank's statement with these lines."""
    return "\n".join([HEAD, *lines]).encode()


def take_in(session: Session, officer: Actor, content: bytes, **how: str) -> Imported:
    """Let an officer import a statement and a checker confirm it, off a bank that says the same of it."""
    taken = statements.import_statement(session, actor=officer, content=content, **how)
    if taken.statement is not None:
        district = session.get_one(District, officer.district)
        statements.confirm(
            session,
            actor=make_actor(session, role=Role.CHECKER, district=district),
            ref=taken.statement.ref,
            count=taken.statement.count,
            total_fen=taken.statement.sum_fen,
        )
    return taken


def pay_in(session: Session, officer: Actor, redemption: Redemption) -> None:
    """Let what is missing of a redemption's top-up arrive and be matched; nothing where none is due."""
    owner = top_up_owner(redemption.id)
    top_up = queries.find_top_up(session, district_id=redemption.district_id, owner=owner)
    missing_fen = queries.missing_fen(session, district_id=redemption.district_id, owner=owner)
    if top_up is None or not missing_fen:
        return
    serial = f"S{redemption.id}-{missing_fen}"
    line = f"{serial},{clock.today()},{missing_fen / 100:.2f},{top_up.payer_name},{top_up.ref}"
    take_in(session, officer, statement(line))
    session.commit()
    found = next(one for one in queries.list_lines(session, actor=officer) if one.serial == serial)
    matching.confirm(session, actor=officer, line_ref=found.ref, top_up_ref=top_up.ref)
    session.commit()
