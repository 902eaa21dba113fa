"""The words of longer terms: who may have one, what is in its way, and what became of a batch."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from flask import url_for
from markupsafe import Markup

from app.core import clock
from app.policies.bands import Used
from app.policies.queries import policy_of
from app.vouchers import extension_rules as rules
from app.vouchers.extension_models import VoucherExtension
from app.vouchers.extension_queries import Fit, Preview
from app.vouchers.extension_rules import Obstacle
from app.vouchers.models import Voucher
from app.web import formatting
from app.web.language import gettext as _
from app.web.language import lazy_gettext as _l

STATES: Final[dict[str, tuple[Any, str]]] = {
    "proposed": (_l("等待复核"), "wait"),
    "approved": (_l("已延期"), "good"),
    "returned": (_l("已退回"), "bad"),
}

BATCH_STATES: Final[dict[str, tuple[Any, str]]] = {
    "proposed": (_l("等待复核"), "wait"),
    "approved": (_l("复核通过，正在办理"), "wait"),
    "done": (_l("已办完"), "good"),
    "returned": (_l("已退回"), "bad"),
}

OBSTACLES: Final[dict[Obstacle, Any]] = {
    Obstacle.ENDING: _l("正在兑付、放弃或者已经逾期"),
    Obstacle.MOVING: _l("正在办理转让、拆分或者合并"),
    Obstacle.OVER: _l("使用期限已经过了"),
    Obstacle.SPENT: _l("已经用完"),
    Obstacle.WAITING: _l("已经有一个延期在等复核"),
    Obstacle.NOT_ALLOWED: _l("政策没有允许延期"),
    Obstacle.MONTHS: _l("政策剩下的月数不够"),
    Obstacle.UNUSED: _l("用掉的不到政策规定的比例"),
    Obstacle.NO_LONGER: _l("政策规定的最后一天不能再往后"),
    Obstacle.CHANGED: _l("提交以后使用期限有变动"),
}


def due_at(extension: VoucherExtension) -> datetime:
    """Return until when a proposed extension has to be decided."""
    return rules.due_at(extension.proposed_at)


def is_late(extension: VoucherExtension) -> bool:
    """Tell whether a proposed extension should have been decided by now."""
    return extension.state == "proposed" and clock.now() >= due_at(extension)


@dataclass(frozen=True, slots=True)
class Use:
    """How much of its face a voucher must have spent to be extended, and how much it has, in words."""

    asked: str
    spent: str
    is_enough: bool


def use_of(voucher: Voucher, used: Used | None) -> Use | None:
    """Return what is spent of a voucher beside what its policy asks for; None where it does not ask."""
    if used is None:
        return None
    policy = policy_of(voucher.policy_version)
    share = formatting.percent(policy.extension_reach.bp)
    asked = _("票面的 %(share)s 以上", share=share)
    if policy.extension_reach.is_above:
        asked = _("超过票面的 %(share)s", share=share)
    return Use(asked, _spent(used.spent_fen, used.face_fen), policy.may_extend(used).allowed)


def spent_when_asked(payload: Mapping[str, Any]) -> str | None:
    """Return what was spent when an extension was proposed, by its approval; None where it does not say."""
    used = payload.get("used")
    return _spent(used["spent_fen"], used["face_fen"]) if used else None


def _spent(spent_fen: int, face_fen: int) -> str:
    return _("%(spent)s，票面 %(face)s", spent=formatting.yuan(spent_fen), face=formatting.yuan(face_fen))


def fit_rows(fits: Sequence[Fit]) -> list[list[Any]]:
    """Return the rows of the table of vouchers that may have a longer term."""
    return [
        [
            _voucher_link(fit.voucher.ref),
            fit.voucher.household.holder_name,
            formatting.yuan(fit.standing.left_fen),
            formatting.last_day(fit.standing.expires_at),
            formatting.last_day(fit.standing.longer_until),
        ]
        for fit in fits
    ]


def left_out_rows(left_out: Sequence[tuple[Fit, Obstacle]]) -> list[list[Any]]:
    """Return the rows of the table of vouchers that may not, with the reason."""
    return [
        [
            _voucher_link(fit.voucher.ref),
            fit.voucher.household.holder_name,
            formatting.last_day(fit.standing.expires_at),
            _why_left_out(fit, obstacle),
        ]
        for fit, obstacle in left_out
    ]


def left_out_counts(seen: Preview) -> list[tuple[str, str]]:
    """Return how many vouchers are left out for each reason, in words."""
    return [
        (str(OBSTACLES[obstacle]), _("%(count)d 张", count=count)) for obstacle, count in seen.reasons.items()
    ]


def rows_of_batch(rows: Sequence[VoucherExtension]) -> list[list[Any]]:
    """Return the rows of a batch's table: each voucher, its days, and what became of it."""
    return [
        [
            _voucher_link(row.voucher.ref),
            row.voucher.household.holder_name,
            formatting.last_day(row.from_expires_at),
            formatting.last_day(row.to_expires_at),
            _("没有延成：%(why)s", why=OBSTACLES[Obstacle(row.obstacle)])
            if row.obstacle
            else str(STATES[row.state][0]),
        ]
        for row in rows
    ]


def _why_left_out(fit: Fit, obstacle: Obstacle) -> str:
    if obstacle is Obstacle.MONTHS:
        left = fit.standing.most_months - fit.standing.granted_months
        return _("政策剩下的月数不够，还能延 %(left)d 个月", left=left)
    return str(OBSTACLES[obstacle])


def _voucher_link(ref: str) -> Markup:
    return Markup('<a class="govuk-link" href="{}">{}</a>').format(url_for("authority.voucher", ref=ref), ref)
