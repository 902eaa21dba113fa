"""What else moves when a purchase changes, told before it is approved: bonus in cash, and claw-backs."""

from collections import Counter
from typing import Any

from sqlalchemy.orm import Session

from app.redemptions import cash_queries
from app.redemptions.cash_states import State as Cash
from app.redemptions.models import Redemption
from app.vouchers import claw_backs
from app.web import formatting
from app.web.language import gettext as _


def steps(session: Session, shown: dict[str, Any], redemption: Redemption) -> list[str]:
    """Return in sentences what has to come back first, and what endings give back; sums before and after."""
    lost = _lost(shown, "bonus_fen", "cash_fen")
    return [*_cash(session, shown, redemption), *_claw_backs(session, lost)]


def _lost(shown: dict[str, Any], *names: str) -> Counter[int]:
    """Return what each voucher earns less afterwards, in fen by voucher id."""
    lost = Counter(
        {one["voucher_id"]: sum(one.get(name, 0) for name in names) for one in shown["now"]["shares"]}
    )
    for one in shown["then"]["shares"] if shown["then"] else ():
        lost[one["voucher_id"]] -= sum(one.get(name, 0) for name in names)
    return lost


def _cash(session: Session, shown: dict[str, Any], redemption: Redemption) -> list[str]:
    lost, spent, told = _lost(shown, "cash_fen"), _lost(shown, "spent_fen"), []
    for bonus in cash_queries.list_of(session, redemption):
        less_fen = lost[bonus.allocation.voucher_id]
        if less_fen <= 0 and not (bonus.runs_on and spent[bonus.allocation.voucher_id] > 0):
            continue
        known = {
            "ref": bonus.allocation.voucher.ref,
            "sum": formatting.yuan(bonus.due_fen + bonus.interest_fen),
            "rest": formatting.yuan(bonus.due_fen - less_fen)
            + (_("，锁定以后的利息另计") if bonus.runs_on and shown["then"] else ""),
        }
        if bonus.state == Cash.PAID:
            told.append(
                _(
                    "第一步：房票 %(ref)s 另发的现金奖励 %(sum)s 已经付出，被征收人先全部退回，"
                    "在“现金奖励”里登记退回，才能批准。批准以后应付 %(rest)s。",
                    **known,
                )
            )
        elif bonus.state == Cash.APPROVED and shown["then"]:
            told.append(
                _(
                    "第一步：房票 %(ref)s 另发的现金奖励 %(sum)s 正等着付款，复核人先退回，才能批准。"
                    "批准以后应付 %(rest)s。",
                    **known,
                )
            )
    return told


def _claw_backs(session: Session, lost: Counter[int]) -> list[str]:
    back = claw_backs.foreseen(session, lost)
    refs = {ending.voucher_id: ending.voucher.ref for ending in back}
    return [
        _(
            "房票 %(ref)s 兑付余额时收回过奖励。奖励少了，多收的 %(sum)s 退回房票，"
            "怎么付由征收办两个人决定。",
            ref=refs[ending.voucher_id],
            sum=formatting.yuan(fen),
        )
        for ending, fen in back.items()
    ]
