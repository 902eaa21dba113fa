"""The words that household and authority see of how a voucher ends."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final

from app.core.money import share_ceil
from app.policies.rules import Band, Policy, Rule
from app.policies.tiers import Window
from app.vouchers.coming_back import due_of
from app.vouchers.ending_models import VoucherEnding
from app.vouchers.ending_queries import Outlook, account_of
from app.vouchers.ending_rules import claim_reason, days_sent_back, frozen_rules
from app.vouchers.ending_states import UNASKED
from app.vouchers.queries import WalletVoucher
from app.vouchers.rules import Standing
from app.web import ending_back as back
from app.web import formatting
from app.web import lapse_claims as claims
from app.web.ending_interest import interest_of as interest_of
from app.web.ending_interest import interest_rows as interest_rows
from app.web.language import gettext as _
from app.web.language import lazy_gettext as _l
from app.web.vouchers import stands_as

KINDS: Final[dict[str, Any]] = {
    "payout": _l("余额兑付"),
    "give_up": _l("放弃房票"),
    "lapse": _l("逾期"),
    "back": _l("购房款退回"),
}

EFFECTS: Final[dict[str, Any]] = {
    "cash": _l("领现金"),
    "agreement": _l("回到补偿协议，不计利息"),
    "void": _l("作废"),
}

STATES: Final[dict[str, tuple[Any, str]]] = {
    "asked": (_l("等待经办人核对"), "wait"),
    "undecided": (_l("等待征收办决定"), "wait"),
    "claimable": (_l("等被征收户申请"), "wait"),
    "prepared": (_l("等待复核"), "wait"),
    "approved": (_l("已批准，等待付款"), "info"),
    "paid": (_l("已付款"), "good"),
    "returned": (_l("没有付成，等另一个账户"), "bad"),
    "renewed": (_l("换了账户，等待复核"), "wait"),
    "closed": (_l("已办结"), "plain"),
    "refused": (_l("没有通过"), "bad"),
    "withdrawn": (_l("已撤回"), "plain"),
}

_UNPAID: Final = ("approved", "returned", "renewed")
"""Two people decided that cash is paid, and the household does not have it."""
_BRING: Final = _l("付现金要您本人的账户：请带身份证和银行卡到征收办窗口登记。")
_RESTS: Final[dict[Standing, Any]] = {
    Standing.LAPSED: _l("余额，使用期限已过"),
    Standing.STOPPED: _l("余额，止付期间不能用"),
    Standing.MOVING: _l("余额，办理期间不能用"),
}
_NEXT: Final[dict[str, Any]] = {
    "asked": _l("征收办经办人核对账户和金额，再由另一个人复核。"),
    "undecided": _l("政策没有写明逾期的房票怎么办，由征收办作出决定，两个人经办。"),
    "prepared": _l("经办人已经核对，等复核人决定。"),
    "approved": _l("已经批准，征收办正在付款。付出以后会通知您。"),
    "paid": _l("已经付出，这张房票办结了。没有收到的，请带身份证和银行卡到征收办窗口查。"),
    "returned": _l("钱没有付成，还是您的。请本人带身份证和银行卡到征收办窗口登记收款账户。"),
    "renewed": _l("经办人已经核对新账户，等复核人决定。"),
    "closed": _l("这张房票办结了。"),
    "refused": _l("申请没有通过，房票在使用期限内可以继续用。"),
    "withdrawn": _l("申请已经撤回，房票在使用期限内可以继续用。"),
}


def next_of(ending: VoucherEnding) -> str:
    """Return in a sentence what happens next, for the household."""
    if ending.state == "claimable":
        return claims.next_of(ending)
    if ending.state == "asked" and waits_for_household(ending):
        return _("请本人带身份证和银行卡到征收办窗口登记收款账户，核对以后付款。")
    if ending.kind == "give_up" and ending.state == "asked":
        return _("请本人带下面的材料到征收办窗口。经办人当面核对以后，再由另一个人复核。")
    if ending.effect == "agreement" and ending.state == "closed":
        return _("这张房票办结了。这笔钱按补偿协议办理，怎么办请问征收办窗口。")
    if ending.kind == "back" and ending.state == "undecided":
        due = due_of(ending)
        if due is not None:
            told = _("这张房票已经办结，退回的钱不能再用来买房。按下面的规则办，由征收办两个人经办。")
            return told + _BRING if "cash" in due.effects else told
        return _("这张房票已经办结，退回的钱不能再用来买房。怎么给您，由征收办作出决定，两个人经办。")
    return str(_NEXT[ending.state])


def claim_rows(ending: VoucherEnding) -> list[tuple[str, str | None]]:
    """Return for a summary on which day a leftover was claimed, and by which paper an officer says so."""
    day = formatting.day(ending.claimed_on) if ending.claimed_on else None
    rows = [(_("申请日"), day), (_("申请日的依据"), claim_reason(ending.shown))]
    gone = [formatting.day(one) for one in days_sent_back(ending.shown)]
    return [*rows, (_("复核退回过的申请日"), _("、").join(gone))] if gone else rows


def waits_for_household(ending: VoucherEnding) -> bool:
    """Tell whether an ending goes on only when the household brings an account to the counter."""
    due = due_of(ending) if ending.state == "undecided" else None
    if due is not None and "cash" in due.effects:
        return True
    if ending.state == "claimable":
        return ending.claimed_on is None
    is_unasked = ending.kind in UNASKED and ending.state == "asked"
    return ending.state == "returned" or (is_unasked and ending.account is None)


def standing_of(purse: WalletVoucher) -> tuple[Any, str]:
    """Return how a voucher stands, word and tone: one whose leftover was not paid yet is not done."""
    ending = purse.ending
    return STATES[ending.state] if ending and ending.state in _UNPAID else stands_as(purse)


def left_label(purse: WalletVoucher) -> str:
    """Return what the leftover of an ending is called: what two people decided on need not be paid yet."""
    ending = purse.ending
    if ending is not None and ending.state in _UNPAID:
        return _("已经批准、还没有付的余额")
    return _("已经办结的余额")


def rest_label(purse: WalletVoucher) -> str:
    """Return what the rest of a voucher is called: what waits for a decision buys nothing."""
    if purse.ending is not None and purse.ending.state == "undecided":
        return _("等征收办决定的余额")
    if purse.ending is not None and purse.ending.state == "claimable":
        return _("逾期的余额，要申请")
    return str(_RESTS.get(purse.standing, _("可用余额")))


def begun(kind: str) -> str:
    """Return what the moment is called at which an ending of a kind began."""
    return {"lapse": _("逾期"), "back": _("退回时间")}.get(kind) or _("申请时间")


def _reach_of(band: Band, face_fen: int) -> str:
    reach = formatting.percent(band.spent_from_bp) + " "
    if band.spent_from_bp and not band.is_of_household:
        wanted_fen = share_ceil(face_fen, band.spent_from_bp)
        reach = _("%(share)s（%(sum)s）", share=reach.strip(), sum=formatting.yuan(wanted_fen))
    told = (
        _("用掉超过票面的 %(reach)s", reach=reach.strip())
        if band.is_above
        else _("用掉票面的 %(reach)s起", reach=reach)
    )
    if band.is_of_household:
        told = _("一户名下的房票合计%(told)s", told=told)
    if band.window is not None:
        told = _("%(when)s，%(told)s", when=_when(band.window), told=told)
    if band.left_up_to_fen is None:
        return told
    return told + _("，余额不超过 %(sum)s", sum=formatting.yuan(band.left_up_to_fen))


def _when(window: Window) -> str:
    """Return at which time of the term a band holds."""
    first = _time(window.from_month, window.from_nth_day, window.from_day)
    last = _time(window.to_month, window.to_nth_day, window.to_day)
    told = [
        *([_("%(when)s起", when=first)] if first else []),
        *([_("%(when)s为止", when=last)] if last else []),
    ]
    return _("、").join(told)


def _time(month: int | None, nth_day: int | None, on: date | None) -> str | None:
    if month:
        return _("使用期限第 %(count)s 个月", count=month)
    if nth_day:
        return _("使用期限第 %(count)s 天", count=nth_day)
    return formatting.day(on) if on else None


def band_rows(policy: Policy, rules: tuple[Rule, ...], *, face_fen: int) -> list[list[str]]:
    """Return the rows of the table of a policy's bands, with what each wants spent of a face (fen).

    The band that counts is marked in words.
    """
    counting = {rule.path for rule in rules}
    return [
        [
            _reach_of(band, face_fen) + (_("（您在这一档）") if band.path in counting else ""),
            _rates_of(band),
            _clawed(band),
        ]
        for band in policy.leftover or ()
    ]


def _clawed(band: Band) -> str:
    if band.claw_back_bp is None:
        return _("按没有用完的比例收回")
    return formatting.percent(band.claw_back_bp) if band.claw_back_bp else _("不收回")


def is_top_band(policy: Policy, rules: tuple[Rule, ...]) -> bool:
    """Tell whether no band of a policy comes after the one that counts."""
    counting = {rule.path for rule in rules}
    return any(band.path in counting for band in (policy.leftover or ())[-1:])


def _rates_of(band: Band) -> str:
    told = formatting.percent(band.rate_bp) if band.rate_bp else _("不兑付")
    if band.rate_up_to_bp is not None:
        told = _(
            "票面的 %(share)s 以内 %(rate)s，超过的部分 %(beyond)s",
            share=formatting.percent(band.rate_up_to_bp),
            rate=told,
            beyond=formatting.percent(band.beyond_bp) if band.beyond_bp else _("不兑付"),
        )
    if band.most_fen is not None:
        told += _("，最多 %(most)s", most=formatting.yuan(band.most_fen))
    return told


def outlook_rows(now: Outlook) -> list[tuple[str, int | None]]:
    """Return what leads from the leftover to what is paid, label and fen; what is nothing is None."""
    return _sum_rows(now.figures.leftover_fen, now.parts.returned_fen, now.parts.forfeited_fen)


def ending_rows(ending: VoucherEnding) -> list[tuple[str, int | None]]:
    """Return the same of an ending, as it was frozen."""
    return _sum_rows(ending.leftover_fen, ending.returned_fen, ending.forfeited_fen)


def total_label(effect: str | None, *, is_paid: bool = False) -> str:
    """Return what the last line of the sums is called; ``is_paid``: the bank paid it."""
    if is_paid:
        return _("已付")
    if effect == "agreement":
        return _("回到补偿协议的金额")
    return _("可以领到") if effect == "cash" else _("可以领的金额")


def rules_text(rules: tuple[Rule, ...]) -> list[str]:
    """Return in sentences by which rules of the policy the sums came about."""
    return [_RULES[rule.code](rule.figures) for rule in rules]


def frozen_text(ending: VoucherEnding) -> list[str]:
    """Return the rules of an ending in sentences, as they were when it was asked."""
    told = rules_text(tuple(sorted(frozen_rules(ending.shown), key=back.place)))
    due = due_of(ending)
    return [*told, back.together(due)] if due is not None and due.own_fen else told


def above_rule_row(ending: VoucherEnding) -> tuple[str, str | None]:
    """Return what two people pay above the rule of an ending, for a summary; None where nothing."""
    due = due_of(ending)
    more_fen = ending.paid_fen - due.fen if due is not None else 0
    return (_("比规则多付"), formatting.yuan(more_fen) if more_fen > 0 else None)


def masked_account(ending: VoucherEnding) -> str | None:
    """Return the end of the account that is paid, or None."""
    number = account_of(ending)
    return _("%(bank)s，尾号 %(end)s", bank=ending.bank, end=number[-4:]) if number else None


def grouped_account(ending: VoucherEnding) -> str | None:
    """Return the whole account in groups of four, for those who compare and pay it, or None."""
    number = account_of(ending)
    return " ".join(number[at : at + 4] for at in range(0, len(number), 4)) if number else None


def wallet_note(purse: WalletVoucher) -> str | None:
    """Return in a sentence where the ending of a voucher stands, with its cash; None without one."""
    ending = purse.ending
    if ending is None:
        return None
    told = _("%(kind)s：%(state)s", kind=KINDS[ending.kind], state=STATES[ending.state][0])
    if ending.effect != "cash" or not ending.paid_fen:
        return told
    fen = formatting.yuan(ending.sent_fen)
    return told + (_("，%(sum)s", sum=fen) if ending.state == "paid" else _("，可以领 %(sum)s", sum=fen))


def _sum_rows(leftover_fen: int, returned_fen: int, forfeited_fen: int) -> list[tuple[str, int | None]]:
    return [
        (_("房票余额"), leftover_fen),
        (_("按政策不付的部分"), -forfeited_fen or None),
        (_("收回的奖励"), -returned_fen or None),
    ]


def _left(figures: Mapping[str, Any]) -> str:
    return formatting.yuan(int(figures["leftover_fen"]))


def _rate(figures: Mapping[str, Any], name: str = "rate_bp") -> str:
    return formatting.percent(int(figures[name]))


def _taken(figures: Mapping[str, Any]) -> str:
    return formatting.yuan(int(figures["taken_fen"]))


def _band(figures: Mapping[str, Any]) -> str:
    if not int(figures["rate_bp"]):
        return _("余额 %(left)s，现在这一档不兑付。", left=_left(figures))
    return _(
        "余额 %(left)s，按这一档的 %(rate)s 兑付，不足一分的舍去。",
        left=_left(figures),
        rate=_rate(figures),
    )


_RULES: Final[dict[str, Callable[[Mapping[str, Any]], str]]] = {
    "leftover": _band,
    "rate_beyond": lambda figures: _(
        "超过的 %(left)s 按 %(rate)s 兑付。", left=_left(figures), rate=_rate(figures)
    ),
    "leftover_most": lambda figures: _(
        "这一档最多兑付 %(most)s，超过的不付。", most=formatting.yuan(int(figures["most_fen"]))
    ),
    "claw_back": lambda figures: _(
        "买房得到的奖励收回 %(rate)s，一共 %(taken)s。",
        rate=_rate(figures, "claw_back_bp"),
        taken=_taken(figures),
    ),
    "claw_back_part": lambda figures: _(
        "票面 %(face)s 里有 %(left)s 没有用来买房，买房得到的奖励按这个比例收回，一共 %(taken)s。",
        face=formatting.yuan(int(figures["face_fen"])),
        left=formatting.yuan(int(figures["left_fen"])),
        taken=_taken(figures),
    ),
    "bonus_spared": lambda figures: (
        _(
            "买房得到的奖励里，%(spared)s 按政策不收回；能收回的只有其余的 %(others)s。",
            spared=formatting.yuan(int(figures["spared_fen"])),
            others=formatting.yuan(int(figures["others_fen"])),
        )
        if int(figures["others_fen"])
        else _("买房得到的奖励 %(spared)s 按政策不收回。", spared=formatting.yuan(int(figures["spared_fen"])))
    ),
    "spent_together": lambda figures: _(
        "您家名下的房票合计 %(face)s，一共用掉 %(spent)s，按这个定是哪一档。",
        face=formatting.yuan(int(figures["face_fen"])),
        spent=formatting.yuan(int(figures["spent_fen"])),
    ),
    "leftover_unsaid": lambda _figures: _("使用期限内，政策不兑付余额。"),
    "lapse_cash": lambda figures: _(
        "按政策，余额 %(left)s 按 %(rate)s 付现金。", left=_left(figures), rate=_rate(figures)
    ),
    "lapse_agreement": lambda figures: _(
        "按政策，余额 %(left)s 回到原来的补偿协议，按协议办理，不计利息。", left=_left(figures)
    ),
    "lapse_void": lambda figures: _("按政策，余额 %(left)s 作废。", left=_left(figures)),
    "lapse_claim": lambda figures: _(
        "按政策，余额 %(left)s 要自己申请，能领多少看哪一天申请。", left=_left(figures)
    ),
    "lapse_claimed": lambda figures: _(
        "按政策，到%(day)s24:00 以前申请的，余额 %(left)s 按 %(rate)s 兑付，不足一分的舍去。",
        day=formatting.day(date.fromisoformat(str(figures["until"]))),
        left=_left(figures),
        rate=_rate(figures),
    ),
    "whole_yuan": lambda figures: _(
        "算得 %(exact)s，不足一元的舍去。", exact=formatting.yuan(int(figures["exact_fen"]))
    ),
    "bonus_returned": lambda figures: _("以前买房得到的奖励要退回，一共 %(taken)s。", taken=_taken(figures)),
    "home_back": lambda figures: _("购房款退回 %(back)s。", back=formatting.yuan(int(figures["back_fen"]))),
    "claw_back_over": lambda figures: _(
        "以前办余额时收回过奖励 %(taken)s。买房的钱退回以后，实际留下的奖励是 %(kept)s，"
        "按同样的%(share)s应当收回 %(owed)s；多收的已经退回房票，这次退回 %(over)s。",
        taken=_taken(figures),
        kept=formatting.yuan(int(figures["kept_fen"])),
        share=_("没有用完的比例") if "left_fen" in figures else " " + _rate(figures, "claw_back_bp") + " ",
        owed=formatting.yuan(int(figures["owed_fen"])),
        over=formatting.yuan(int(figures["over_fen"])),
    ),
    "undone_by": back.undone_by,
    "by_the_ending": back.by_the_ending,
    "heir_share": back.heir_share,
    "face_lost": lambda figures: _("票面里政策另加的部分收回 %(taken)s。", taken=_taken(figures)),
    "lapse_unsaid": lambda _figures: _("政策没有写明逾期以后怎么办。"),
}
