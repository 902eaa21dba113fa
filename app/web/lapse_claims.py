"""The words of what is left after a term until it is claimed: which day brings how much."""

from datetime import date

from app.core import clock
from app.policies.bands import ClaimBand
from app.policies.rules import Policy
from app.vouchers.ending_models import VoucherEnding
from app.vouchers.ending_rules import Figures, Turn, frozen_turns, turn_on, turns_of
from app.web import formatting
from app.web.language import gettext as _


def next_of(ending: VoucherEnding) -> str:
    """Return in a sentence what an ending waits for that may be claimed."""
    if ending.claimed_on is not None:
        day = formatting.day(ending.claimed_on)
        return _("%(day)s已经申请，按这一天算。现在有止付，解除以后接着办，不用再申请。", day=day)
    turn = turn_on(frozen_turns(ending.shown), clock.today())
    told = _entered_anew(ending)
    if turn.until is None:
        return told or _("申请的期限已经过了。")
    return told + _(
        "使用期限已经过了，这笔钱要申请才能领：%(day)s24:00 以前申请，可以领 %(sum)s。",
        day=formatting.day(turn.until),
        sum=formatting.yuan(turn.parts.paid_fen),
    )


def tag(ending: VoucherEnding | None) -> tuple[str, str] | None:
    """Return the tag of a voucher past its term whose leftover may be claimed; None where it may not."""
    if ending is None or ending.state != "claimable":
        return None
    if ending.claimed_on is not None:
        return _("已到期，已经申请兑付"), "wait"
    until = turn_on(frozen_turns(ending.shown), clock.today()).until
    if until is None:
        return None
    return _("已到期，%(day)s24:00 以前可申请兑付", day=formatting.day(until)), "wait"


def _entered_anew(ending: VoucherEnding) -> str:
    """Return in a sentence that an officer enters a claim anew that was sent back; empty for no such one."""
    until = ending.reenter_until
    if until is None or until <= clock.now():
        return ""
    return _(
        "征收办登记的申请复核没有通过，经办人按交来的申请表重新登记，到%(day)s24:00 为止。"
        "交过申请表的不用再申请，不会因此算迟。",
        day=formatting.last_day(until),
    )


def rows(ending: VoucherEnding) -> list[list[str]]:
    """Return the rows of the table of what is paid when; the turn that counts is marked in words."""
    turns = frozen_turns(ending.shown)
    if not turns:
        return []
    counting = turn_on(turns, ending.claimed_on or clock.today())
    is_open = ending.state == "claimable" and ending.claimed_on is None
    mark = _("（现在）") if is_open else ""
    return [[_until(turn) + (mark if turn == counting else ""), result(turn)] for turn in turns]


def sentences(ending: VoucherEnding | None) -> list[str]:
    """Return for a statement until when how much may be claimed; nothing where it is not, or no more."""
    if ending is None or ending.state != "claimable":
        return []
    if ending.claimed_on is not None:
        return [next_of(ending)]
    return [
        _("%(when)s：%(what)s。", when=_until(turn), what=result(turn))
        for turn in frozen_turns(ending.shown)
        if turn.until is None or turn.until >= clock.today()
    ]


def sum_on(ending: VoucherEnding, day: date) -> int | None:
    """Return what a claim of a day brings, in fen; None where it is too late for one."""
    turn = turn_on(frozen_turns(ending.shown), day)
    return None if turn.until is None else turn.parts.paid_fen


def foretold(policy: Policy, figures: Figures) -> str:
    """Return in a sentence what may be claimed after the term, were no more spent."""
    turns = turns_of(policy, figures, clock.today())
    within = policy.lapse.within if policy.lapse else ()
    told = [
        _("%(when)s申请可以领 %(sum)s", when=band_told(band), sum=formatting.yuan(turn.parts.paid_fen))
        for band, turn in zip(within, turns, strict=False)
    ]
    return _(
        "逾期以后：剩下的钱要自己申请，%(turns)s；一直没有申请的，%(after)s。",
        turns=_("，").join(told),
        after=result(turns[-1]),
    )


def band_told(band: ClaimBand) -> str:
    """Return how long after the term a band lasts."""
    if band.months is None:
        return _("逾期 %(count)s 天内", count=band.days)
    return _("逾期 %(count)s 个月内", count=band.months)


def result(turn: Turn) -> str:
    """Return what a claim brings, or what becomes of what nobody claimed."""
    paid = formatting.yuan(turn.parts.paid_fen)
    if turn.until is not None:
        return _("可以领 %(sum)s", sum=paid)
    if turn.parts.effect == "void":
        return _("作废")
    return _("%(sum)s 回到原来的补偿协议，不计利息", sum=paid)


def _until(turn: Turn) -> str:
    if turn.until is None:
        return _("过了以后")
    return _("到%(day)s24:00 以前申请", day=formatting.day(turn.until))
