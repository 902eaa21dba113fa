"""The words that households and authority see of a voucher that heirs get."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from app.core import clock
from app.core.spreadsheet import Cell
from app.policies.queries import policy_of
from app.policies.rules import Policy
from app.projects.rules import masked_id
from app.vouchers.models import Voucher
from app.vouchers.move_models import VoucherMove
from app.vouchers.move_queries import number_of_heir
from app.vouchers.move_rules import Held, Made, Terms, after_death, inherited, read_held, read_made, read_wish
from app.web import formatting
from app.web.kin import KIN
from app.web.language import gettext as _


def heads() -> list[Any]:
    """Return the heads of the table of heirs."""
    return [_("姓名"), _("身份证号"), _("是持有人的什么人"), (_("继承的金额"), "numeric")]


def rows(move: VoucherMove, numbers: Sequence[str] = ()) -> list[list[str]]:
    """Return the rows of the heirs of a move, ID numbers masked unless given; none where nobody inherits."""
    said = numbers or [masked_id(number_of_heir(heir)) for heir in move.heirs]
    return [
        [heir.name, number, str(KIN[heir.kin]), formatting.yuan(heir.share_fen)]
        for heir, number in zip(move.heirs, said, strict=True)
    ]


def takers(move: VoucherMove, new: Sequence[Voucher]) -> list[list[Cell]]:
    """Return who got which of the ``new`` vouchers: name, number, kin, old voucher, new one, sum."""
    return [
        [
            heir.name,
            masked_id(number_of_heir(heir)),
            str(KIN[heir.kin]),
            move.parts[0].voucher.ref,
            one.ref,
            formatting.file_yuan(heir.share_fen),
        ]
        for heir, one in zip(move.heirs, new, strict=True)
    ]


def died_on(move: VoucherMove) -> date:
    """Return the day of the death. Raises ValueError for another kind of move."""
    day = read_wish(move.shown).died_on
    if day is None:
        raise ValueError(f"move {move.ref} is no inheritance")
    return day


def mades(move: VoucherMove) -> list[Made]:
    """Return what heirs get: as it was carried out, as it would be today, or of one that ended as asked."""
    if move.ended_at is not None and move.state != "approved":
        return read_made(move.shown)
    (held,), policy = read_held(move.shown), policy_of(move.parts[0].voucher.policy_version)
    wish = read_wish(move.shown)
    known = {"died_on": died_on(move), "on": _day(move)}
    return inherited(held, wish.shares, policy, **known, waited_days=wish.waited_days)


def shown_rule(move: VoucherMove) -> list[str]:
    """Return in sentences what the policy says of an inheritance, as of the day it is about."""
    policy = policy_of(move.parts[0].voucher.policy_version)
    (held,) = read_held(move.shown)
    waited_days = read_wish(move.shown).waited_days
    several = len(move.heirs) > 1
    return rule_text(policy, held, died_on(move), _day(move), several=several, waited_days=waited_days)


def rule_text(
    policy: Policy, held: Held, died: date, on: date, *, several: bool, waited_days: int
) -> list[str]:
    """Return in sentences who may inherit a voucher, and what becomes of term, bonus and counts."""
    said = [_who(policy.inheritance.heirs), *_term(policy, held.terms, died, on, waited_days)]
    said.append(_("继承不算转让，也不算拆分，次数不变；余额一分不少，全部给继承人。"))
    if several and policy.splits.is_past_parted:
        said.append(
            _(
                "以前用掉的金额和得到的奖励，每人按自己那一份的比例算；按每张房票定的金额上限，几个人合起来算一份。"
            )
        )
    elif several and held.spent_fen:
        said.append(
            _("以前用掉的金额和得到的奖励，算在第一个继承人的房票上；其他人的，票面就是自己的那一份。")
        )
    said.append(_("以前锁定的房、签了的合同，由原来这一户接着办；办完或者取消以后，剩下的才能继承。"))
    return said


def _day(move: VoucherMove) -> date:
    return clock.legal_day(move.ended_at) if move.ended_at else clock.today()


def _who(heirs: frozenset[str] | None) -> str:
    if heirs is None:
        return _("谁能继承：按继承公证书或者法院的文书。")
    listed = "、".join(str(name) for word, name in KIN.items() if word in heirs)
    return _("谁能继承：政策只允许%(listed)s。", listed=listed)


def _term(policy: Policy, terms: Terms, died: date, on: date, waited_days: int) -> Sequence[str]:
    rule = policy.inheritance
    last = formatting.last_day(terms.expires_at)
    if not rule.is_said:
        return [_("政策没有写继承的事，按法律办：使用期限照常走，还是到 %(last)s。", last=last)]
    if not rule.is_term_suspended:
        return [_("使用期限不因为去世停下，还是到 %(last)s。", last=last)]
    if policy.valid_until is not None:
        return [_("政策定的是固定的到期日，不往后移，还是到 %(last)s。", last=last)]
    later = after_death(terms, policy, died_on=died, on=on, waited_days=waited_days)
    days = later.stood_still_days - terms.stood_still_days
    known = {"day": formatting.day(died), "most": rule.most_days, "days": days}
    said = [
        _("使用期限从%(day)s去世那天起停下，到办结那天为止，最多停 %(most)d 天。", **known)
        if rule.most_days
        else _("使用期限从%(day)s去世那天起停下，到办结那天为止。", **known)
    ]
    if waited_days and rule.most_days:
        said.append(_("家里买的房办完以前不能继承，等了 %(days)d 天，不算在最多的天数里。", days=waited_days))
    if not days:
        said.append(_("%(on)s办结：一天也没有停，还是到 %(last)s。", on=formatting.day(on), last=last))
        return said
    new = formatting.last_day(later.expires_at)
    told = {"on": formatting.day(on), "days": days, "last": last, "new": new}
    said.append(
        _("%(on)s办结：停了 %(days)d 天，期限从 %(last)s移到 %(new)s，奖励的档期也移后 %(days)d 天。", **told)
    )
    return said
