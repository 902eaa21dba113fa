"""The rules of a policy in words: which rule made a sum, and what a tier pays."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any, Final

from app.policies.brackets import Brackets
from app.policies.face_rules import FaceRule
from app.policies.interest import InterestRule
from app.policies.rules import Rule, Tier
from app.policies.tiers import BonusRule, Cap
from app.web import formatting
from app.web.kin import AGREED_AREAS, STOCK
from app.web.language import gettext as _
from app.web.language import lazy_gettext as _l
from app.web.rounding import RULES as ROUNDED
from app.web.rounding import rounding_words

BASES: Final = {
    "spent": _l("使用金额"),
    "spent_total": _l("累计使用金额"),
    "face": _l("票面金额"),
    "price": _l("房价"),
    "net_price": _l("不含税房价"),
    "compensation": _l("补偿金额"),
}
"""What a rate is applied to; the other bases have an amount instead."""
LINES: Final = {
    "home": _l("房屋价值补偿"),
    "decoration": _l("装修补偿"),
    "attachments": _l("附属物补偿"),
    "moving": _l("搬迁费"),
    "interim": _l("临时安置费"),
    "business": _l("停产停业损失补偿"),
    "area_aid": _l("面积补助"),
    "award": _l("签约奖励"),
    "moving_award": _l("搬迁奖励"),
    "deduction": _l("扣减"),
}
"""What the parts of a compensation are called."""
_AREAS: Final = {
    "old_area": _l("原房屋面积"),
    "entitled_area": _l("应安置面积"),
    "home_area": _l("所买房屋面积"),
}
_EACH: Final = frozenset({*_AREAS, "residents"})
_STAGES: Final = {"finished": _l("只限现房"), "presale": _l("只限期房")}
_FIRST: Final = {
    "voucher": _l("每张房票只算前 %(most)s 套"),
    "household": _l("每户只算前 %(most)s 套"),
}
_WITHIN: Final = {
    "old": _l("只算原房屋面积以内的部分"),
    "entitled": _l("只算应安置面积以内的部分"),
    "residents": _l("只算安置人口每人 %(m2)s 平方米以内的部分"),
    "household": _l("每户只算 %(m2)s 平方米以内的部分"),
    "home": _l("每套房只算 %(m2)s 平方米以内的部分"),
}
"""Which ㎡ of the homes that a household buys earn a bonus."""
_GRACE: Final = {
    "grace_days": _l("期内锁定的，签合同可以再晚 %(days)s 天"),
    "grace_working_days": _l("期内锁定的，签合同可以再晚 %(days)s 个工作日"),
}
_HELD: Final = {
    "start": _l("从使用期限起算"),
    "issue": _l("从核发那天起"),
    "agreement": _l("从签协议那天起"),
}
HELD_TO: Final = {
    "lock": _l("锁定那天"),
    "contract": _l("签合同那天"),
    "filed": _l("合同网签备案那天"),
    "verified": _l("核销那天"),
    "paid": _l("付款那天"),
}
"""To which day interest on what is spent runs."""
DECIDED_BY: Final = {"filed": _l("网签备案"), "verified": _l("核销"), "paid": _l("批准付款")}
"""The event whose day decides a bonus in cash after the lock."""
_PER: Final = {"home": _l("每套房"), "voucher": _l("每张房票"), "household": _l("每户")}


def worth_of(rule: BonusRule, tier: Tier) -> str:
    """Return what a tier of a bonus pays, such as 使用金额的 20%."""
    if rule.base == "fixed":
        return _("%(per)s一次性 %(sum)s", per=_PER[rule.per], sum=formatting.yuan(tier.fixed_fen))
    if tier.interest is not None:
        held = {"since": _HELD[rule.counted_from], "rate": interest_rate(tier.interest)}
        held["until"] = HELD_TO[tier.interest.to_event]
        return _("使用金额计息，%(since)s到%(until)s为止，%(rate)s", **held)
    if rule.base in _EACH:
        return _area_worth(rule.base, tier.fen_per_m2)
    if tier.brackets:
        return _("%(base)s%(sizes)s", base=BASES[rule.named_base], sizes=_sizes(tier.brackets))
    if tier.steps:
        steps = (
            (
                _("用掉超过票面的 %(share)s 的 %(rate)s")
                if step.is_above
                else _("用到票面的 %(share)s 起 %(rate)s")
            )
            % {"share": formatting.percent(step.spent_from_bp), "rate": formatting.percent(step.rate_bp)}
            for step in tier.steps
        )
        return _("%(base)s的一部分：%(steps)s", base=BASES[rule.named_base], steps=_("，").join(steps))
    return _of_parts(rule.parts, tier.rate_bp) if rule.parts else _rate_worth(rule.named_base, tier.rate_bp)


def interest_rate(rule: InterestRule) -> str:
    """Return at which rate interest runs; of a table only that there is one."""
    if rule.is_rate_of_last:
        return _("利率见政策，每一天都按最后那天的利率")
    if rule.rates or rule.terms:
        return _("利率见政策")
    if rule.slices:
        told = [
            _("第 %(nth)s 个月起%(rate)s", nth=months + 1, rate=_interest_rate(rate, rule.days_in_year))
            for months, rate in rule.slices
        ]
        return _("，").join(told)
    return _interest_rate(rule.rate_ppm, rule.days_in_year, by_months=rule.months is not None)


def _interest_rate(rate_ppm: int, in_year: int, *, by_months: bool = False) -> str:
    """Return a rate in words: of a year of so many days or months, or, of one, of a single one."""
    rate = formatting.fine_percent(rate_ppm)
    if in_year > 1:
        return _("年利率 %(rate)s", rate=rate)
    return _("月利率 %(rate)s", rate=rate) if by_months else _("日利率 %(rate)s", rate=rate)


def _sizes(rates: Brackets) -> str:
    told = (
        (_("超过 %(above)s的部分 %(rate)s") if rates.is_sliced else _("超过 %(above)s的按全额 %(rate)s"))
        % {"above": _above(rates, above_fen), "rate": formatting.percent(rate_bp)}
        for above_fen, rate_bp in rates.rows
    )
    return (_("分段计算：") if rates.is_sliced else _("按大小分档：")) + _("，").join(told)


def _above(rates: Brackets, above: int) -> str:
    """Return from where a rate holds: a sum, or a part of the face."""
    if rates.is_of_face:
        return _("票面的 %(share)s ", share=formatting.percent(above))
    return formatting.yuan(above)


def worths(tiers: Iterable[tuple[BonusRule, Tier]]) -> str:
    """Return what several bonuses pay at these tiers, one after the other."""
    told = [_worth_with_way(rule, tier) for rule, tier in tiers if tier.pays]
    return _("；另加").join(told) if told else _("没有奖励")


def limits_of(rule: BonusRule, tier: Tier) -> list[str]:
    """Return which homes earn a bonus at a tier, up to how much, and how it is rounded."""
    above, up_to = rule.area_above_m2, rule.area_up_to_m2
    low, high = rule.face_above_fen, rule.face_up_to_fen
    return [
        *([_("只限政策列明的地区或楼盘的房")] if rule.areas is not None else []),
        *([_("只限面积超过 %(area)s 平方米的房", area=above)] if above is not None else []),
        *([_("只限面积不超过 %(area)s 平方米的房", area=up_to)] if up_to is not None else []),
        *([_("只限票面超过 %(sum)s 的房票", sum=formatting.yuan(low))] if low is not None else []),
        *([_("只限票面不超过 %(sum)s 的房票", sum=formatting.yuan(high))] if high is not None else []),
        *([_STAGES[rule.stage]] if rule.stage is not None else []),
        *([_FIRST[rule.first_homes_of] % {"most": rule.first_homes}] if rule.first_homes is not None else []),
        *([_WITHIN[rule.within.of] % {"m2": rule.within.m2}] if rule.within is not None else []),
        *([_("领到不动产权证以后才发")] if rule.paid_after is not None else []),
        *([_("余额兑付、逾期、放弃时都不收回")] if rule.is_spared else []),
        *([_("只给转让后不保留原奖励的受让人")] if rule.is_of_transferee else []),
        *([_("用掉多少按一户名下的房票合计")] if rule.is_spent_of_household else []),
        *([_("只按用在这项奖励范围内的房源上的金额算")] if rule.is_on_earning else []),
        *([_("最少 %(least)s", least=formatting.yuan(tier.least_fen))] if tier.least_fen else []),
        *(_("%(per)s最多 %(sum)s", per=_PER[cap.of], sum=_limit(cap)) for cap in tier.caps),
        *([whole] if (whole := rounding_words(rule.rounding)) else []),
        *([_GRACE[rule.grace_word] % {"days": rule.grace_days}] if rule.grace_days else []),
    ]


def _limit(cap: Cap) -> str:
    if cap.most_fen is not None:
        return formatting.yuan(cap.most_fen)
    if cap.fen_per_m2 is not None:
        return _area_worth("old_area", cap.fen_per_m2)
    if cap.fen_per_entitled_m2 is not None:
        return _area_worth("entitled_area", cap.fen_per_entitled_m2)
    if cap.fen_per_resident is not None:
        return _area_worth("residents", cap.fen_per_resident)
    if cap.fen_per_home_m2 is not None:
        return _area_worth("home_area", cap.fen_per_home_m2)
    if cap.compensation_share_bp is not None and cap.parts:
        return _of_parts(cap.parts, cap.compensation_share_bp)
    if cap.compensation_share_bp is not None:
        return _rate_worth("compensation", cap.compensation_share_bp)
    if cap.price_share_bp is not None:
        return _rate_worth("price", cap.price_share_bp)
    return _rate_worth("face", cap.share_bp or 0)


def _worth_with_way(rule: BonusRule, tier: Tier) -> str:
    worth = _("，").join([worth_of(rule, tier), *map(str, limits_of(rule, tier))])
    return worth if rule.paid == "price" else _("%(worth)s（购房后另发现金）", worth=worth)


def _rate_worth(base: str, rate_bp: int) -> str:
    return _("%(base)s的 %(rate)s", base=BASES[base], rate=formatting.percent(rate_bp))


def _of_parts(parts: frozenset[str], rate_bp: int) -> str:
    return _("%(parts)s的 %(rate)s", parts=parts_named(parts), rate=formatting.percent(rate_bp))


def parts_named(parts: frozenset[str]) -> str:
    """Return which parts of a compensation are meant, such as 补偿中搬迁费、签约奖励."""
    named = _("、").join(str(name) for part, name in LINES.items() if part in parts)
    return _("补偿中%(parts)s", parts=named)


def _area_worth(base: str, fen_per_m2: int) -> str:
    if base == "residents":
        return _("安置人口每人 %(sum)s", sum=formatting.yuan(fen_per_m2))
    if base == "old_area":
        return _("原房屋面积每平方米 %(sum)s", sum=formatting.yuan(fen_per_m2))
    return _("%(base)s每平方米 %(sum)s", base=_AREAS[base], sum=formatting.yuan(fen_per_m2))


def face_rule(rule: FaceRule) -> str:
    """Return what a policy adds to a compensation, in words."""
    told = _face_worth(rule)
    if rule.least_fen:
        told += _("，最少 %(least)s", least=formatting.yuan(rule.least_fen))
    if rule.most_fen is not None:
        told += _("，最多 %(most)s", most=formatting.yuan(rule.most_fen))
    if rule.most_face_fen is not None:
        told += _("，加到票面 %(most)s 为止", most=formatting.yuan(rule.most_face_fen))
    if whole := rounding_words(rule.rounding):
        told += _("，%(whole)s", whole=whole)
    return told + _lost(rule)


def _face_worth(rule: FaceRule) -> str:
    if rule.fen_per_m2:
        return _area_worth("old_area", rule.fen_per_m2)
    if rule.fen_per_entitled_m2:
        return _area_worth("entitled_area", rule.fen_per_entitled_m2)
    if rule.fen_per_resident:
        return _area_worth("residents", rule.fen_per_resident)
    if rule.brackets:
        return (parts_named(rule.parts) if rule.parts else _("补偿金额")) + _sizes(rule.brackets)
    if rule.rate_bp and rule.parts:
        return _of_parts(rule.parts, rule.rate_bp)
    if rule.rate_bp:
        return _("补偿金额的 %(rate)s", rate=formatting.percent(rule.rate_bp))
    if rule.fill_to_fen is not None:
        return _("补足到 %(sum)s", sum=formatting.yuan(rule.fill_to_fen))
    return _("每份协议 %(sum)s", sum=formatting.yuan(rule.fixed_fen))


def _lost(rule: FaceRule) -> str:
    """Return when an addition is taken off again, in words; nothing where it never is."""
    if not rule.lost_on:
        return ""
    if rule.kept_from_bp is None:
        return _("；没有用完的按比例收回")
    share = formatting.percent(rule.kept_from_bp)
    used = _("用掉不超过") if rule.is_kept_above else _("用不到")
    if rule.is_lost_whole:
        return _("；%(used)s票面的 %(share)s 全部收回", used=used, share=share)
    return _("；%(used)s票面的 %(share)s，没有用完的按比例收回", used=used, share=share)


def rule_text(rule: Rule) -> str:
    """Return in a sentence what a rule did to a bonus, with its figures."""
    return _TEXTS[rule.code](rule.figures)


def _yuan(figures: Mapping[str, Any], name: str) -> str:
    return formatting.yuan(int(figures[name]))


def _before(figures: Mapping[str, Any]) -> str:
    """Return in words what of a sum was earned before; nothing where nothing was.

    Below zero it came back after a split: what stays may earn so much more.
    """
    before_fen = int(figures.get("before_fen") or 0)
    if before_fen < 0:
        back = formatting.yuan(-before_fen)
        return str(_("；拆分以后退掉的购房退回额度，另加 %(back)s", back=back))
    if not before_fen:
        return ""
    return str(_("；其中 %(before)s 已经算给前面的购房或房票", before=_yuan(figures, "before_fen")))


def _once(base: str) -> Callable[[Mapping[str, Any]], str]:
    def text(figures: Mapping[str, Any]) -> str:
        if base == "fixed":
            worth = _("一次性")
        elif base in _EACH:
            worth = _area_worth(base, int(figures["fen_per_m2"]))
        else:
            worth = _rate_worth(base, int(figures["rate_bp"]))
        told = _("%(worth)s，即 %(whole)s，不足一分的舍去", worth=worth, whole=_yuan(figures, "whole_fen"))
        return told + _before(figures)

    return text


def _inside(base: str) -> Callable[[Mapping[str, Any]], str]:
    def text(figures: Mapping[str, Any]) -> str:
        told = _rate_worth(base, int(figures["rate_bp"]))
        told += _(
            "，只算 %(most)s 平方米以内的部分，前面的房已用 %(used)s 平方米，"
            "这套房 %(home)s 平方米里算 %(inside)s 平方米，不足一分的舍去",
            most=figures["most_m2"],
            used=figures["used_m2"],
            home=figures["home_area_m2"],
            inside=figures["inside_m2"],
        )
        return told + _before(figures)

    return text


def _by_size(figures: Mapping[str, Any]) -> str:
    told = _("按%(base)s的大小算，不足一分的舍去", base=BASES[str(figures["base"])])
    return told + _before(figures)


def _at_least(figures: Mapping[str, Any]) -> str:
    told = _("算得不足 %(whole)s 的，按 %(whole)s", whole=_yuan(figures, "whole_fen"))
    return told + _before(figures)


def _interest(figures: Mapping[str, Any]) -> str:
    by_months = "months" in figures
    in_year = int(figures["months_in_year" if by_months else "days_in_year"])
    rate = _interest_rate(int(figures["rate_ppm"]), in_year, by_months=by_months)
    if by_months:
        return _("使用金额计息 %(months)s 个月，%(rate)s", months=figures["months"], rate=rate)
    return _("使用金额计息 %(days)s 天，%(rate)s", days=figures["days"], rate=rate)


def _total(figures: Mapping[str, Any]) -> str:
    told = _(
        "连前面用过的 %(earlier)s 一起，累计使用金额的 %(rate)s，不足一分的舍去",
        earlier=_yuan(figures, "earlier_fen"),
        rate=formatting.percent(int(figures["rate_bp"])),
    )
    return told + _before(figures)


def _on_earning(figures: Mapping[str, Any]) -> str:
    told = (
        _("连前面用掉的 %(earlier)s 一起，按用在这项奖励范围内的房源上的金额的 %(rate)s，不足一分的舍去")
        if figures["counts"]
        else _("这套房不在范围内；前面用在这项奖励范围内的房源上的 %(earlier)s，按 %(rate)s，不足一分的舍去")
    )
    told %= {
        "earlier": _yuan(figures, "earlier_fen"),
        "rate": formatting.percent(int(figures["rate_bp"])),
    }
    return told + _before(figures)


def _total_beyond(most: Any) -> Callable[[Mapping[str, Any]], str]:
    def text(figures: Mapping[str, Any]) -> str:
        share = formatting.percent(int(figures.get("share_bp", 0)))
        return _total_m2(most)({**figures, "share": share, "agreed": AGREED_AREAS[str(figures["agreed"])]})

    return text


def _total_m2(most: Any) -> Callable[[Mapping[str, Any]], str]:
    def text(figures: Mapping[str, Any]) -> str:
        return _(
            "按政策，一户合计%(most)s，前面已经买了 %(before)s 平方米，这套是 %(area)s 平方米",
            most=str(most) % figures,
            before=figures["before_m2"],
            area=figures["area_m2"],
        )

    return text


def _cap(whose: Any) -> Callable[[Mapping[str, Any]], str]:
    def text(figures: Mapping[str, Any]) -> str:
        told = _("%(whose)s的奖励最多 %(limit)s", whose=whose, limit=_yuan(figures, "limit_fen"))
        if figures["before_fen"] <= 0:
            return told + _before(figures)
        return told + _("，前面已经算了 %(before)s", before=_yuan(figures, "before_fen"))

    return text


def _after_text(figures: Mapping[str, Any]) -> str:
    """Return what must be bought before this kind of stock."""
    stock = _("、").join(str(STOCK[kind]) for kind in str(figures["kinds"]).split(", "))
    if "least_fen" not in figures:
        return _("按政策，要先用房票买%(stock)s，才能买这类房源", stock=stock)
    sums = {"least": _yuan(figures, "least_fen"), "spent": _yuan(figures, "spent_fen")}
    if figures["of"] == "household":
        return _(
            "按政策，一户名下的房票合计，买%(stock)s用满 %(least)s 才能买这类房源，现在用了 %(spent)s",
            stock=stock,
            **sums,
        )
    return _(
        "按政策，买%(stock)s用满 %(least)s 才能用这张房票买这类房源，现在用了 %(spent)s", stock=stock, **sums
    )


_TEXTS: Final[dict[str, Callable[[Mapping[str, Any]], str]]] = {
    "only_cash": lambda _figures: _("奖励在购房后另发现金，不抵房款"),
    "no_bonus": lambda _figures: _("现在锁定没有奖励"),
    "not_signed_then": lambda _figures: _("这项奖励看哪一天签的补偿协议，这份协议不在范围内"),
    "spent": lambda figures: _(
        "使用金额的 %(rate)s，不足一分的舍去", rate=formatting.percent(int(figures["rate_bp"]))
    ),
    "face": _once("face"),
    "price": _once("price"),
    "net_price": _once("net_price"),
    **{f"{base}_inside": _inside(base) for base in ("spent", "price", "net_price")},
    "compensation": _once("compensation"),
    "old_area": _once("old_area"),
    "entitled_area": _once("entitled_area"),
    "home_area": _once("home_area"),
    "residents": _once("residents"),
    "fixed": _once("fixed"),
    "spent_total": _total,
    "spent_earning": _on_earning,
    "at_least": _at_least,
    "interest": _interest,
    "interest_by_months": _interest,
    "runs_on": lambda figures: _(
        "锁定以后接着计息，算到%(day)s为止，和这笔现金一起付", day=HELD_TO[str(figures["to"])]
    ),
    "paid_after": lambda _figures: _("领到这套房的不动产权证以后才发"),
    "if_decided": lambda figures: _(
        "从%(day)s起%(event)s的，这笔现金是 %(sum)s",
        day=formatting.day(date.fromisoformat(str(figures["from"]))),
        event=DECIDED_BY[str(figures["event"])],
        sum=_yuan(figures, "fen"),
    ),
    "by_brackets": _by_size,
    "by_slices": _by_size,
    "not_for_face": lambda figures: _(
        "这张房票的票面是 %(face)s，不在这项奖励的范围内", face=_yuan(figures, "face_fen")
    ),
    "not_for_area": lambda _figures: _("这套房的面积不在这项奖励的范围内"),
    "not_in_area": lambda _figures: _("这套房所在的区或楼盘不在这项奖励的范围内"),
    "not_at_stage": lambda _figures: _("这项奖励看房子是现房还是期房，这套房不在范围内"),
    "not_first_home": lambda figures: _(
        "只有前 %(most)s 套有这项奖励，前面已经买了 %(bought)s 套",
        most=figures["most"],
        bought=figures["bought"],
    ),
    "least_spent": lambda figures: _(
        "这次要用满 %(least)s 才有奖励，现在还没有用满", least=_yuan(figures, "least_fen")
    ),
    "least_spent_together": lambda figures: _(
        "一户名下的房票合计，这次还要用满 %(least)s 才有奖励，现在还没有用满",
        least=_yuan(figures, "least_fen"),
    ),
    "cap_voucher": _cap(_l("这张房票")),
    "cap_household": _cap(_l("一户")),
    "cap_home": _cap(_l("一套房")),
    "not_above_spent": lambda _figures: _("一套房的奖励不超过这套房用掉的房票金额"),
    **ROUNDED,
    "most_of_face": lambda figures: _(
        "按政策，这类房源最多用票面里的 %(limit)s，其余自付", limit=_yuan(figures, "limit_fen")
    ),
    "most_of_household": lambda figures: _(
        "按政策，一户名下的房票买这类房源合计最多用 %(limit)s，以前已经用了 %(before)s，其余自付",
        limit=_yuan(figures, "limit_fen"),
        before=_yuan(figures, "before_fen"),
    ),
    "most_of_home": lambda figures: _(
        "按政策，房票为这一个（套）最多付 %(limit)s，奖励另算，其余自付", limit=_yuan(figures, "limit_fen")
    ),
    "most_number": lambda figures: _(
        "按政策，这类房源最多买 %(most)s 个（套），前面已经买了 %(bought)s 个（套）",
        most=figures["most"],
        bought=figures["bought"],
    ),
    "only_after": _after_text,
    "least_area": lambda figures: _(
        "按政策，每套至少 %(least)s 平方米，这套是 %(area)s 平方米",
        least=figures["least_m2"],
        area=figures["area_m2"],
    ),
    "most_area": lambda figures: _(
        "按政策，每套最多 %(most)s 平方米，这套是 %(area)s 平方米",
        most=figures["most_m2"],
        area=figures["area_m2"],
    ),
    "total_area": _total_m2(_l("最多买 %(most_m2)s 平方米")),
    "total_of_old": _total_m2(_l("买房不超过原房屋面积 %(most_m2)s 平方米")),
    "total_of_entitled": _total_m2(_l("买房不超过应安置面积 %(most_m2)s 平方米")),
    "total_of_residents": _total_m2(
        _l("买房不超过安置人口 %(residents)s 人、每人 %(m2_a_head)s 平方米，一共 %(most_m2)s 平方米")
    ),
    "total_by_share": _total_beyond(
        _l("买房不超过%(agreed)s %(agreed_m2)s 平方米的 %(share)s，也就是 %(most_m2)s 平方米")
    ),
    "total_with_more": _total_beyond(
        _l("买房不超过%(agreed)s %(agreed_m2)s 平方米加 %(plus_m2)s 平方米，也就是 %(most_m2)s 平方米")
    ),
    "most_per_m2": lambda figures: _(
        "按政策，每平方米最多 %(most)s，这套超过了", most=_yuan(figures, "most_fen_per_m2")
    ),
    "most_of_price": lambda figures: _(
        "按政策，房票连奖励最多付房价的 %(share)s，其余自付",
        share=formatting.percent(int(figures["share_bp"])),
    ),
    "interest_most": lambda figures: _(
        "利息最多是本金的 %(share)s，也就是 %(most)s",
        share=formatting.percent(int(figures["share_bp"])),
        most=_yuan(figures, "most_fen"),
    ),
    "price_reached": lambda _figures: _("房款已经付足，多出的不再算"),
}
