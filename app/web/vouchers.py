"""The words that household and authority see of the same voucher."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any, Final

from app.core import clock
from app.ledger.queries import Movement
from app.ledger.rules import BACK, TransferKind
from app.policies.bands import Used
from app.policies.faces import in_cash
from app.policies.rules import Policy, Tier
from app.policies.spans import Span
from app.policies.spared import Earned
from app.policies.tiers import BonusRule
from app.projects.models import Agreement
from app.redemptions.models import Redemption
from app.redemptions.past import Prospect
from app.vouchers.claw_backs import BACK as CLAW_BACK_OVER
from app.vouchers.ending_rules import Figures, Parts, parts_of
from app.vouchers.ending_states import Kind
from app.vouchers.models import Voucher
from app.vouchers.queries import WalletVoucher
from app.vouchers.rules import Standing
from app.vouchers.stop_rules import FREEZE
from app.web import formatting, lapse_claims
from app.web.language import gettext as _
from app.web.language import lazy_gettext as _l
from app.web.policies import LINES, face_rule, worths
from app.web.redemptions import place

STANDINGS: Final[dict[Standing, tuple[Any, str]]] = {
    Standing.USABLE: (_l("可以使用"), "good"),
    Standing.HELD: (_l("全部锁定中"), "wait"),
    Standing.SPENT: (_l("已用完"), "plain"),
    Standing.LAPSED: (_l("已过期"), "bad"),
    Standing.ENDING: (_l("余额办理中"), "wait"),
    Standing.ENDED: (_l("已办结"), "plain"),
    Standing.MOVING: (_l("变更办理中"), "wait"),
    Standing.MOVED: (_l("已换发"), "plain"),
    Standing.STOPPED: (_l("已止付"), "bad"),
}

STATES: Final[dict[str, tuple[Any, str]]] = {
    "submitted": (_l("等待复核"), "wait"),
    "issued": (_l("已发放"), "good"),
    "rejected": (_l("已退回"), "bad"),
    "moved": (_l("已换发"), "plain"),
}

_OVER: Final = frozenset({Standing.ENDED, Standing.SPENT, Standing.MOVED})
"""How an issued voucher stands of which nothing is to be used: neither its issue nor its days say more."""

_ENDINGS_OF: Final = {
    "ending.cash": _l("余额兑付"),
    "ending.agreement": _l("余额回到补偿协议"),
    "ending.bonus": _l("收回的奖励"),
    "ending.forfeit": _l("按政策不付的余额"),
}
_CHANGES: Final = {
    "voucher.transfer": (_l("转让，余额转到新房票"), _l("转让，从原房票转入")),
    "voucher.split": (_l("拆分，余额转到新房票"), _l("拆分，从原房票转入")),
    "voucher.follow": (_l("退回的购房款转到新房票"), _l("原房票的购房款退回")),
    "voucher.merge": (_l("合并，余额转到新房票"), _l("合并，从原房票转入")),
    "voucher.inherit": (_l("继承，余额转到继承人的房票"), _l("继承，从原房票转入")),
}
"""What moves of the whole are called, on the voucher that gives and on the one that gets."""
_LEAVING: Final = {
    TransferKind.PENDING: _l("%(what)s，金额先留出"),
    TransferKind.POST: _l("%(what)s，已经办结"),
    TransferKind.VOID: _l("%(what)s撤回，金额退回"),
}
_FROZEN: Final = {
    TransferKind.PENDING: _l("法院冻结，金额不能动用"),
    TransferKind.VOID: _l("法院冻结结束，金额可以动用"),
}
_MOVES: Final = {
    TransferKind.SINGLE: _l("房票发放"),
    TransferKind.PENDING: _l("锁定房源，金额先留出"),
    TransferKind.POST: _l("购房完成，金额核销"),
    TransferKind.VOID: _l("锁定解除，金额退回"),
}


_STARTS: Final = {
    "issue": _l("发放"),
    "agreement": _l("补偿协议签订"),
    "announced": _l("公告的日子"),
    "vacated": _l("交房腾空"),
}
_FIXED_BY: Final = {
    "lock": _l("奖励以锁定房源的那一天为准。"),
    "contract": _l("奖励以签订购房合同的那一天为准：锁定以后，要在这一档奖励结束以前签合同。"),
    "filed": _l("奖励以合同备案的那一天为准：锁定以后，要在这一档奖励结束以前签合同，备案慢了不算您的。"),
    "verified": _l("奖励以核验的那一天为准：锁定以后，要在这一档奖励结束以前签合同，核验慢了不算您的。"),
    "agreement": _l("奖励以签订补偿协议的那一天为准。"),
}
_LATER: Final = {
    "filed": _l("购房后另发的现金以网签备案的那一天为准，备案慢了也按那天算。"),
    "verified": _l("购房后另发的现金以核销的那一天为准，核销慢了也按那天算。"),
    "paid": _l("购房后另发的现金以批准付款的那一天为准。"),
}
"""The same of a bonus in cash whose day comes after the lock, whoever is late."""


def stands_as(purse: WalletVoucher) -> tuple[Any, str]:
    """Return how a voucher stands, word and tone: past its term, until when its leftover may be claimed."""
    claim = lapse_claims.tag(purse.ending) if purse.standing is Standing.LAPSED else None
    return claim or STANDINGS[purse.standing]


def tags_of(voucher: Voucher, purse: WalletVoucher | None) -> list[tuple[Any, str]]:
    """Return the tags of a voucher at the office, word and tone: that it was issued, and how it stands."""
    state = STATES[voucher.state]
    if purse is None or voucher.state != "issued" or purse.standing is Standing.USABLE:
        return [state]
    stands = stands_as(purse)
    return [stands] if purse.standing in _OVER else [state, stands]


def gone_row(purse: WalletVoucher) -> tuple[str, int | None]:
    """Return what of the face came back to others, or came to it of homes of who died, label and fen."""
    if purse.gone_fen < 0:
        return _("去世的持有人买的房退款，按继承的份额转来"), -purse.gone_fen
    return _("退回给原持有人或者其他继承人，不再算在票面里"), purse.gone_fen or None


def bonus_today(purse: WalletVoucher) -> str:
    """Return in a sentence which bonus a lock made today earns, and until when."""
    tiers = _paying(purse)
    if not tiers:
        return _("现在锁定房源没有奖励。")
    if any(rule.is_of_contract for rule, _tier in tiers):
        return _(
            "%(last)s24:00 前锁定房源并签好合同，奖励为%(worth)s。",
            last=formatting.day(min(tier.last_day for _rule, tier in tiers)),
            worth=worths(tiers),
        )
    if any(rule.fixed_by in ("filed", "verified", "paid") for rule, _tier in tiers):
        return _("现在锁定房源，奖励先按%(worth)s算。", worth=worths(tiers))
    return _(
        "%(last)s24:00 前锁定房源，奖励为%(worth)s。",
        last=formatting.day(min(tier.last_day for _rule, tier in tiers)),
        worth=worths(tiers),
    )


def _paying(purse: WalletVoucher) -> list[tuple[BonusRule, Tier]]:
    """Return the bonuses of a lock made now, each with the tier it is sure of."""
    now = clock.now()
    found = ((rule, purse.promised_tier(rule, now)) for rule in purse.policy.bonuses)
    return [(rule, tier) for rule, tier in found if tier is not None and tier.pays]


def bonus_next(purse: WalletVoucher) -> str | None:
    """Return in a sentence what changes at the next edge; None when nothing does before the term ends."""
    today = clock.today()
    following = next((span for span in purse.spans() if span.first_day > today), None)
    if following is None:
        return None
    return _(
        "从 %(day)s起，奖励变为%(worth)s。",
        day=formatting.day(following.first_day),
        worth=worths(following.tiers),
    )


def valid_until(purse: WalletVoucher) -> str:
    """Return the last day of the term and how long is left."""
    if purse.standing is Standing.LAPSED:
        return _("%(day)s24:00（已到期）", day=formatting.last_day(purse.expires_at))
    if purse.standing in _OVER:
        return _("%(day)s24:00", day=formatting.last_day(purse.expires_at))
    return _(
        "%(day)s24:00，%(left)s",
        day=formatting.last_day(purse.expires_at),
        left=formatting.countdown(purse.expires_at, clock.now()),
    )


def term(policy: Policy) -> str:
    """Return how long a voucher of a policy is valid, before it is issued."""
    start = _STARTS[policy.start_event]
    if policy.valid_until is not None:
        told = _("到 %(day)s24:00", day=formatting.day(policy.valid_until))
    elif policy.valid_days is not None:
        told = _("%(start)s起 %(days)d 天", start=start, days=policy.valid_days)
    else:
        told = _("%(start)s起 %(months)d 个月", start=start, months=policy.valid_months)
    if policy.ends_on_working_day:
        return _("%(term)s，最后一天不是工作日的，顺延到下一个工作日", term=told)
    return told


def hold(policy: Policy) -> str:
    """Return how long a locked home waits for its contract."""
    if policy.hold_hours is not None:
        return _("%(hours)d 小时", hours=policy.hold_hours)
    if policy.hold_working_days is not None:
        return _("%(days)d 个工作日", days=policy.hold_working_days)
    return _("%(days)d 天", days=policy.hold_days)


def fixed_by(policy: Policy) -> str:
    """Return in a sentence which day decides the bonus."""
    days = dict.fromkeys((rule.is_decided_later, rule.fixed_by) for rule in policy.bonuses if rule.tiers)
    told = ((_LATER if is_later else _FIXED_BY)[day] for is_later, day in days)
    return "".join(str(one) for one in told) or str(_FIXED_BY[policy.bonus.fixed_by])


def span_rows(spans: Iterable[Span], today: date) -> list[list[str]]:
    """Return the rows of the table of what bonuses pay when; today's is marked in words."""
    return [_span_row(span, is_now=span.first_day <= today <= span.last_day) for span in spans]


def prospect_rows(prospects: Iterable[Prospect]) -> list[list[str]]:
    """Return the same rows of a voucher, with what its balance pays then."""
    return [
        [
            *_span_row(one.span, is_now=one.is_now),
            _("已经过了") if one.cover_fen is None else formatting.yuan(one.cover_fen),
        ]
        for one in prospects
    ]


def _span_row(span: Span, *, is_now: bool) -> list[str]:
    worth = worths(span.tiers) + (_("（今天）") if is_now else "")
    return [formatting.day(span.first_day), formatting.day(span.last_day), worth]


def line_rows(agreement: Agreement, policy: Policy, additions: Mapping[str, int]) -> list[tuple[str, int]]:
    """Return what a voucher's face is made of, name and fen; one line where the agreement says no more."""
    lines = [
        (str(LINES[line.kind]), line.amount_fen)
        for line in agreement.lines
        if line.kind not in policy.face_without
    ]
    added = [
        (_("政策另加：%(rule)s", rule=face_rule(rule)), additions[rule.path])
        for rule in policy.face
        if additions.get(rule.path)
    ]
    return [*(lines or [(_("补偿金额"), agreement.compensation_fen)]), *added]


def cash_of(agreement: Agreement, policy: Policy) -> int:
    """Return what of an agreement's compensation a policy leaves to be paid in cash, in fen."""
    return sum(fen for _kind, fen in in_cash(policy, agreement.parts))


def paid_in_cash(agreement: Agreement, policy: Policy) -> str | None:
    """Return in a sentence what of an agreement's compensation is not in the face; None where all is."""
    cash_fen = cash_of(agreement, policy)
    if not cash_fen:
        return None
    parts = (f"{LINES[kind]} {formatting.yuan(fen)}" for kind, fen in in_cash(policy, agreement.parts))
    return _(
        "补偿共 %(whole)s，计入票面的是其中的 %(part)s；另有 %(cash)s 不在房票里，以货币支付：%(parts)s。",
        whole=formatting.yuan(agreement.compensation_fen),
        part=formatting.yuan(agreement.compensation_fen - cash_fen),
        cash=formatting.yuan(cash_fen),
        parts=_("、").join(parts),
    )


def figures(
    purse: WalletVoucher, *, earned: Earned, more_fen: int = 0, together: Used | None = None
) -> Figures:
    """Return what a voucher did, were all that it holds spent, and ``more_fen`` with it.

    ``earned`` is all that it earned so; ``together`` what all vouchers of its household did, without
    ``more_fen``, where its policy counts them.
    """
    spent_fen = purse.before_fen + purse.parted_fen + purse.spent_fen + purse.held_fen + more_fen
    today = clock.today()
    of_all = together and Used(together.face_fen, together.spent_fen + more_fen)
    face_fen = purse.face_fen + purse.parted_fen
    did = (face_fen, spent_fen, earned.taken_of_fen, purse.counted_additions)
    small = (purse.part, purse.parted_rest)
    found = Figures(*did, purse.starts_on, today, of_all, *small, spared_fen=earned.spared_fen)
    return replace(found, is_part=purse.is_part)


def endings(policy: Policy, figures: Figures, *, is_over: bool = False) -> list[str]:
    """Return in sentences what becomes of what is not used, if the voucher were used no further.

    ``is_over``: the term ended, so only what happens then is told, and nothing that can be done before it.
    """
    if is_over:
        told_before = (_("请一定在到期以前用完。"), _("请在到期以前用完，或早些向征收办问清楚。"))
        return [_lapse_told(policy, figures).removesuffix(told_before[0]).removesuffix(told_before[1])]
    told = []
    if policy.leftover is not None:
        told.append(_ending_told(parts_of(policy, Kind.PAYOUT, figures)))
    told.append(_lapse_told(policy, figures))
    if policy.lapse is None or not policy.lapse.may_give_up:
        return told
    if policy.lapse.give_up is None:
        return [*told, _("不想用房票了，也可以放弃，办法和逾期相同。")]
    parts = parts_of(policy, Kind.GIVE_UP, figures)
    if not parts.paid_fen:
        return told
    paid = formatting.yuan(parts.paid_fen)
    if parts.rules[0].code == "lapse_agreement":
        return [
            *told,
            _("不想用房票了，也可以放弃：%(sum)s 回到原来的补偿协议，按协议办理，不计利息。", sum=paid),
        ]
    return [*told, _("不想用房票了，也可以放弃，按现在的使用情况得 %(sum)s。", sum=paid)]


def lapse_told(
    policy: Policy, *, face_fen: int, spent_fen: int, bonus_fen: int, together: Used | None = None
) -> str:
    """Return in a sentence what becomes of what is not used once the term is over."""
    return _lapse_told(policy, Figures(face_fen, spent_fen, bonus_fen, together=together))


def _lapse_told(policy: Policy, figures: Figures) -> str:
    if policy.lapse is not None and policy.lapse.within:
        return lapse_claims.foretold(policy, figures)
    return _ending_told(parts_of(policy, Kind.LAPSE, figures))


def _ending_told(parts: Parts) -> str:
    told = _ENDINGS[parts.rules[0].code](parts)
    if parts.returned_fen and parts.effect in ("cash", "agreement"):
        told += _("已经扣掉要收回的奖励 %(back)s。", back=formatting.yuan(parts.returned_fen))
    lost_fen = sum(int(rule.figures["taken_fen"]) for rule in parts.rules if rule.code == "face_lost")
    if not lost_fen:
        return told
    return told + _("其中政策另加在票面里的 %(lost)s 先收回。", lost=formatting.yuan(lost_fen))


_ENDINGS: Final[dict[str, Callable[[Parts], str]]] = {
    "leftover": lambda parts: (
        _(
            "使用期限内不再买房：按现在的使用情况，余额按 %(rate)s 兑付，可以领 %(sum)s。",
            rate=formatting.percent(int(parts.rules[0].figures["rate_bp"])),
            sum=formatting.yuan(parts.paid_fen),
        )
        if parts.paid_fen or int(parts.rules[0].figures["rate_bp"])
        else _("使用期限内不再买房：按现在的使用情况，余额还不能兑付。")
    ),
    "lapse_cash": lambda parts: _(
        "逾期以后：剩下的 %(left)s 不再有奖励，按政策可以领现金 %(sum)s。",
        left=formatting.yuan(sum(int(rule.figures.get("leftover_fen", 0)) for rule in parts.rules)),
        sum=formatting.yuan(parts.paid_fen),
    ),
    "lapse_agreement": lambda parts: _(
        "逾期以后：剩下的 %(sum)s 回到原来的补偿协议，按协议办理，不计利息。",
        sum=formatting.yuan(parts.paid_fen),
    ),
    "lapse_void": lambda parts: _(
        "逾期以后：剩下的 %(left)s 作废。请一定在到期以前用完。",
        left=formatting.yuan(int(parts.rules[0].figures["leftover_fen"])),
    ),
    "lapse_unsaid": lambda _parts: _(
        "逾期以后剩下的钱怎么办，这份政策没有写明。请在到期以前用完，或早些向征收办问清楚。"
    ),
}


def movement_rows(movements: Iterable[Movement], redemptions: Iterable[Redemption]) -> list[list[Any]]:
    """Return the rows of a voucher's statement, newest first, each with the home it was about."""
    homes = {part.transfer_id: place(one.home) for one in redemptions for part in one.allocations}
    rows, available = [], 0
    for move in movements:
        available += _sign(move) * abs(move.amount_fen)
        rows.append(
            [
                formatting.time_element(move.at),
                _move(move),
                homes.get(move.pending_id or move.transfer_id, ""),
                _change(move),
                formatting.yuan(available),
            ]
        )
    return rows[::-1]


_SIGNS: Final = {
    TransferKind.SINGLE: 1,
    TransferKind.PENDING: -1,
    TransferKind.POST: 0,
    TransferKind.VOID: 1,
}
"""What a movement does to the available amount of a voucher."""


def _sign(move: Movement) -> int:
    return -1 if move.kind is TransferKind.SINGLE and move.amount_fen < 0 else _SIGNS[move.kind]


def _move(move: Movement) -> str:
    """Return what a movement was."""
    if move.code in _CHANGES:
        return str(_CHANGES[move.code][0 if move.amount_fen < 0 else 1])
    if move.code == CLAW_BACK_OVER:
        return _("多收的奖励退回")
    if move.code.endswith(BACK):
        return _("购房款退回")
    if move.code == FREEZE:
        return str(_FROZEN[move.kind])
    what = _ENDINGS_OF.get(move.code)
    return str(_LEAVING[move.kind]) % {"what": what} if what else str(_MOVES[move.kind])


def _change(move: Movement) -> str:
    """Return what a movement does to the available amount."""
    amount = formatting.yuan(abs(move.amount_fen))
    if move.kind is TransferKind.POST:
        return _("不变（%(amount)s 已经留出）", amount=amount)
    return f"-{amount}" if _sign(move) < 0 else f"+{amount}"
