"""What moves when a purchase changes: who pays what, what of it goes back, bonus in cash, claw-backs."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from app.redemptions import cash_queries, later
from app.redemptions.cash_models import CashBonus
from app.redemptions.cash_states import State as Cash
from app.redemptions.models import Redemption
from app.vouchers import claw_backs
from app.vouchers.purchases import Less
from app.web import formatting
from app.web.language import gettext as _


def lines(
    session: Session | None,
    shown: Mapping[str, Any],
    redemption: Redemption,
    came: Mapping[int, int] | None,
) -> list[list[str]]:
    """Return who pays what before and after, a row each: name, before, after, what goes back or is added.

    ``came`` is what of top-ups has arrived, in fen by purchase, where it alone goes back. A bonus in cash
    that a later day decides is what is paid by that day, or would be today, not the most that was promised;
    without a ``session``, of a change that has ended, the promise.
    """
    now, then = shown["now"], shown["then"]
    refs = {part.voucher_id: part.voucher.ref for part in redemption.allocations}
    after = {share["voucher_id"]: share for share in then["shares"]} if then else {}
    decided = _decided_later(session, redemption) if session is not None else []
    later_on = {one.allocation.voucher_id: one for one in decided}
    rows = []
    for share in now["shares"]:
        left = after.get(share["voucher_id"], {"spent_fen": 0, "bonus_fen": 0})
        ref = refs[share["voucher_id"]]
        rows.append(_row(_("房票 %(ref)s", ref=ref), share["spent_fen"], left["spent_fen"]))
        if share["bonus_fen"]:
            rows.append(_row(_("房票 %(ref)s 的奖励", ref=ref), share["bonus_fen"], left["bonus_fen"]))
        if share.get("cash_fen"):
            sums = share["cash_fen"], left.get("cash_fen", 0)
            bonus = later_on.get(share["voucher_id"])
            if session is not None and bonus is not None:
                prices = now["price_fen"], then["price_fen"] if then else now["price_fen"]
                before_fen, after_fen = (
                    later.paid_at(session, bonus, due_fen=fen, price_fen=price_fen)
                    for fen, price_fen in zip(sums, prices, strict=True)
                )
                sums = before_fen, after_fen
            rows.append(_cash_row(ref, *sums, bonus=bonus))
    lacks_fen = max(0, now["top_up_fen"] - came[redemption.id]) if came else 0
    rows.append(_row(_("自付差价"), now["top_up_fen"], then["top_up_fen"] if then else 0, lacks_fen))
    rows.append(_row(_("合计"), now["price_fen"], then["price_fen"] if then else 0, lacks_fen))
    return rows


def back(
    every: Sequence[tuple[Redemption, Mapping[str, Any]]], came: Mapping[int, int] | None
) -> list[tuple[str, int]]:
    """Return what comes back of purchases given back together, by whose money it is; the sum last."""
    now = [sums["now"] for _one, sums in every]
    shares = [share for one in now for share in one["shares"]]
    own_fen = sum(one["top_up_fen"] for one in now) if came is None else sum(came.values())
    spent_fen = sum(share["spent_fen"] for share in shares)
    bonus_fen = sum(share["bonus_fen"] for share in shares)
    return [
        (_("退回房票"), spent_fen),
        (_("奖励退回政府"), bonus_fen),
        (_("退回自付差价"), own_fen),
        (_("合计"), spent_fen + bonus_fen + own_fen),
    ]


def _decided_later(session: Session, redemption: Redemption) -> list[CashBonus]:
    """Return the bonuses in cash of a purchase that a later day decides and that are still owed."""
    every = cash_queries.list_of(session, redemption)
    return [one for one in every if one.decided_by is not None and one.state != Cash.TAKEN_BACK]


def _cash_row(ref: str, before_fen: int, after_fen: int, *, bonus: CashBonus | None) -> list[str]:
    told = (
        _("少发 %(sum)s", sum=formatting.yuan(before_fen - after_fen))
        if after_fen < before_fen
        else _("不变")
    )
    name = _("房票 %(ref)s 另发的现金奖励，不在房款里", ref=ref)
    if bonus is not None and (day := bonus.decided_on or bonus.paid_on) is not None:
        name += _("，按 %(day)s 算", day=formatting.day(day))
    elif bonus is not None:
        name += _("，先按今天付算")
    return [name, formatting.yuan(before_fen), formatting.yuan(after_fen), told]


def _row(name: str, before_fen: int, after_fen: int, lacks_fen: int = 0) -> list[str]:
    """Return a row; ``lacks_fen`` never came, and does not go back."""
    gap = after_fen - before_fen
    told = _("不变")
    if gap > 0:
        told = _("增加 %(sum)s", sum=formatting.yuan(gap))
    elif gap < 0:
        goes_fen = -gap - lacks_fen
        told = _("退回 %(sum)s", sum=formatting.yuan(goes_fen)) if goes_fen else _("没有到账，不用退")
    return [name, formatting.yuan(before_fen), formatting.yuan(after_fen), told]


def steps(session: Session, shown: dict[str, Any], redemption: Redemption) -> list[str]:
    """Return in sentences what has to come back first, and what endings give back; sums before and after."""
    bonus, cash = _lost(shown, "bonus_fen"), _lost(shown, "cash_fen")
    lost = {one: Less(bonus[one], cash[one]) for one in bonus.keys() | cash.keys()}
    return [*_cash(session, shown, redemption), *_claw_backs(session, redemption.id, lost)]


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
    is_cheaper = shown["then"] and shown["then"]["price_fen"] < shown["now"]["price_fen"]
    for bonus in cash_queries.list_of(session, redemption):
        less_fen = lost[bonus.allocation.voucher_id]
        runs_less = bonus.runs_on and spent[bonus.allocation.voucher_id] > 0
        if less_fen <= 0 and not runs_less and not (bonus.decided_by and is_cheaper):
            continue
        known = {
            "ref": bonus.allocation.voucher.ref,
            "sum": formatting.yuan(bonus.sent_fen),
            "rest": (_("最多 ") if bonus.decided_by and shown["then"] else "")
            + formatting.yuan(bonus.due_fen - less_fen)
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
        elif bonus.state == Cash.APPROVED:
            told.append(
                _(
                    "第一步：房票 %(ref)s 另发的现金奖励 %(sum)s 正等着付款，复核人先退回，才能批准。"
                    "批准以后应付 %(rest)s。",
                    **known,
                )
            )
    return told


def _claw_backs(session: Session, redemption_id: int, lost: Mapping[int, Less]) -> list[str]:
    back = claw_backs.foreseen(session, redemption_id, lost)
    refs = {ending.voucher_id: ending.voucher.ref for ending in back}
    return [
        _(
            "房票 %(ref)s 兑付余额时收回过奖励。奖励少了，多收的 %(sum)s 退回房票，"
            "是被征收人自己的钱，由征收办两个人经办。",
            ref=refs[ending.voucher_id],
            sum=formatting.yuan(fen),
        )
        for ending, fen in back.items()
    ]
