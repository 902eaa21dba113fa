"""Vouchers on their way out: leftovers asked for to paid, longer terms, a lost one, lines of an agreement."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy.orm import Session

from app.core import clock
from app.demo.households import BARE, Family, lines_of
from app.demo.story import Cast
from app.projects import lines, persons
from app.vouchers import endings, extensions, payouts, stops
from app.vouchers.ending_queries import outlook
from app.vouchers.ending_states import Kind
from app.vouchers.endings import Payee
from app.vouchers.models import Voucher
from app.vouchers.stop_rules import Channel

_STEPS: Final = ("asked", "prepared", "approved", "paid")
"""How far each leftover comes, in the order in which they are asked for."""
_BUYERS: Final = range(10, 4, -1)
"""Which families (places in their list) have bought a home and may ask."""
_WAITING: Final = 40
_LONGER: Final = 41
"""Whose term is to be longer, and whose is."""
_LOST: Final = 43
"""Who lost the paper and called."""


def end(
    session: Session,
    *,
    cast: Cast,
    families: Sequence[Family],
    vouchers_of: Sequence[Sequence[Voucher]],
) -> None:
    """Let some families be done with their vouchers, two ask for more time, and one's lines be typed in."""
    steps = iter(_STEPS)
    for place in _BUYERS:
        voucher = vouchers_of[place][0]
        now = outlook(session, voucher, Kind.PAYOUT)
        step = next(steps, None) if now.block is None else None
        if step is not None:
            _pay_out(session, cast, families[place], voucher, now.parts.paid_fen, step)
    for place in (_WAITING, _LONGER):
        proposed = extensions.propose(
            session,
            actor=cast.officer,
            voucher_ref=vouchers_of[place][0].ref,
            months=2,
            reason="老人住院，家里人一直在医院照看，来不及看房。",
            evidence="市立医院出院记录，2016年5月12日",
        )
        session.commit()
        if place == _LONGER:
            extensions.approve(session, actor=cast.checker, extension_ref=proposed.ref)
            session.commit()
    household_id = families[_LOST].household.id
    caller = persons.list_persons(session, actor=cast.officer, household_id=household_id)[0]
    stops.note_loss(
        session,
        actor=cast.officer,
        voucher_ref=vouchers_of[_LOST][0].ref,
        channel=Channel.PHONE,
        last_six=persons.number_of(caller)[-6:],
        reason="搬家时纸质房票不见了，打电话来挂失。",
    )
    session.commit()
    bare = families[BARE].agreements[0]
    amounts = dict(lines_of(bare.compensation_fen, whole=True))
    lines.propose(session, actor=cast.officer, number=bare.number, amounts=amounts)
    session.commit()


def _pay_out(
    session: Session, cast: Cast, family: Family, voucher: Voucher, seen_fen: int, step: str
) -> None:
    holder = family.household.holder_name
    asked = endings.ask(
        session,
        actor=cast.households[family.household.id],
        voucher_ref=voucher.ref,
        kind=Kind.PAYOUT,
        payee=Payee(holder, "工商银行菱湖支行", f"6222 0213 0200 {family.household.id:07d}"),
        seen_fen=seen_fen,
    )
    session.commit()
    ref = asked.ref
    if step != "asked":
        endings.prepare(session, actor=cast.officer, ending_ref=ref)
        session.commit()
    if step in {"approved", "paid"}:
        endings.approve(session, actor=cast.checker, ending_ref=ref)
        session.commit()
    if step == "paid":
        payouts.pay(
            session,
            actor=cast.officer,
            ending_ref=ref,
            bank_reference="网银-20160524-0031",
            paid_on=clock.today(),
        )
        session.commit()
