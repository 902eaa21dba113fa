"""How sums, days and rates read on paper: pure. Papers are Chinese, whatever language a screen is in."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Final

from app.core import clock
from app.policies.bands import ClaimBand
from app.policies.brackets import Brackets
from app.policies.face_rules import FaceRule
from app.policies.fitting import Fit
from app.policies.interest import InterestRule
from app.policies.limits import After, Limit
from app.policies.reach import START, Reach
from app.policies.rounding import Rounding
from app.policies.rules import Band, LapseRule, Policy
from app.policies.schema import DEVELOPMENT
from app.policies.spans import Span
from app.policies.spared import spared_paths
from app.policies.tiers import BonusRule, Cap, Tier, Window
from app.policies.within import WithinArea

_WEEKDAYS: Final = "一二三四五六日"
KINDS: Final = {
    "home": "新建商品住房",
    "used_home": "二手住房",
    "apartment": "公寓",
    "parking": "车位",
    "storage": "储藏室",
    "shop": "商铺",
    "office": "办公用房",
}
BUYERS: Final = {
    "self": "本人",
    "spouse": "配偶",
    "parent": "父母",
    "child": "子女",
    "sibling": "兄弟姐妹",
    "grandparent": "祖父母、外祖父母",
    "grandchild": "孙子女、外孙子女",
    "co_owner": "原房屋的共有人",
    "resident": "安置人口",
    "other": "其他人",
}
BASES: Final = {
    "spent": "购房使用的金额",
    "spent_total": "累计购房使用的金额",
    "face": "票面金额",
    "price": "房价",
    "net_price": "不含税房价",
    "compensation": "补偿金额",
}
PARTS: Final = {
    "home": "房屋价值补偿",
    "decoration": "装修补偿",
    "attachments": "附属物补偿",
    "moving": "搬迁费",
    "interim": "临时安置费",
    "business": "停产停业损失补偿",
    "area_aid": "面积补助",
    "award": "签约奖励",
    "moving_award": "搬迁奖励",
    "deduction": "扣减",
}
_AREAS: Final = {"old_area": "原房屋面积", "entitled_area": "应安置面积", "home_area": "所买房屋面积"}
_EACH: Final = {**{base: f"{area}每平方米" for base, area in _AREAS.items()}, "residents": "安置人口每人"}
_HELD: Final = {"start": "从使用期限起算", "issue": "从核发那天起", "agreement": "从签协议那天起"}
_HELD_TO: Final = {
    "lock": "锁定那天",
    "contract": "签合同那天",
    "filed": "合同网签备案那天",
    "verified": "核销那天",
    "paid": "付款那天",
}
_PER: Final = {"home": "每套房", "voucher": "每张房票", "household": "每户"}
_STEPS: Final = {100: "元", 1_000: "十元", 10_000: "百元"}
STAGES: Final = {"finished": "现房", "presale": "期房"}
TOP_UPS: Final = {"own": "自有资金", "loan": "按揭贷款", "fund": "公积金"}


def yuan(fen: int) -> str:
    """Return ``1,305,500 元``, with two decimals only where there are 分."""
    whole, rest = divmod(fen, 100)
    return f"{whole:,}.{rest:02d} 元" if rest else f"{whole:,} 元"


def percent(rate_bp: int) -> str:
    """Return ten-thousandths as ``12.5%``."""
    return f"{Decimal(rate_bp).scaleb(-2).normalize():f}%"


def day(value: date) -> str:
    """Return ``2016年5月17日（星期二）``."""
    return f"{value.year}年{value.month}月{value.day}日（星期{_WEEKDAYS[value.weekday()]}）"


def last_day(end: datetime) -> date:
    """Return the last whole day before a deadline, which ends at 24:00 of it."""
    return clock.legal_day(end - timedelta(microseconds=1))


def masked(name: str) -> str:
    """Return a name of which only the first sign shows: on paper that others see, as the law asks."""
    return name[:1] + "＊" * max(1, len(name) - 1)


def span_worth(span: Span) -> str:
    """Return what bonuses pay in a span, one after the other."""
    told = [worth(rule, tier) for rule, tier in span.tiers if tier.pays]
    return "；另加".join(told) or "没有"


def worth(rule: BonusRule, tier: Tier) -> str:
    """Return what a tier of a bonus pays, and within which limits."""
    if rule.base == "fixed":
        told = f"{_PER[rule.per]}一次性 {yuan(tier.fixed_fen)}"
    elif tier.interest is not None:
        told = f"购房使用的金额计息，{_HELD[rule.counted_from]}到{_HELD_TO[tier.interest.to_event]}为止，"
        told += _interest_of(tier.interest)
    elif rule.base in _EACH:
        told = f"{_EACH[rule.base]} {yuan(tier.fen_per_m2)}"
    elif tier.brackets:
        told = f"{BASES[rule.named_base]}{sizes(tier.brackets)}"
    elif tier.steps:
        steps = (f"{reached(step.reach)} {percent(step.rate_bp)}" for step in tier.steps)
        told = f"{BASES[rule.named_base]}的一部分：{'，'.join(steps)}"
    else:
        whole = f"补偿中{listed(rule.parts, PARTS)}" if rule.parts else BASES[rule.named_base]
        told = f"{whole}的 {percent(tier.rate_bp)}"
    told += "".join(f"，{limit}" for limit in _limits(rule, tier))
    return told if rule.paid == "price" else f"{told}（购房后另发现金）"


def _interest_of(rule: InterestRule) -> str:
    """Return at which rate interest runs; of a table only that there is one."""
    if rule.is_rate_of_last:
        return "利率见政策，每一天都按最后那天的利率"
    if rule.rates or rule.terms:
        return "利率见政策"
    of = f"{'年' if rule.days_in_year > 1 else '月' if rule.months else '日'}利率 "
    if rule.slices:
        return "，".join(f"第 {months + 1} 个月起{of}{_fine(rate_ppm)}" for months, rate_ppm in rule.slices)
    return of + _fine(rule.rate_ppm)


def _fine(rate_ppm: int) -> str:
    return f"{Decimal(rate_ppm).scaleb(-4).normalize():f}%"


def sizes(rates: Brackets) -> str:
    """Return rates by size in words, such as ``分段计算，超过 0 元的部分 8%``."""
    each = "的部分 " if rates.is_sliced else "的按全额 "
    if rates.is_of_face:
        sums = [f"票面的 {percent(above_bp)} " for above_bp, _rate_bp in rates.rows]
    else:
        sums = [f" {yuan(above_fen)}" for above_fen, _rate_bp in rates.rows]
    pairs = zip(sums, rates.rows, strict=True)
    told = (f"超过{above}{each}{percent(rate_bp)}" for above, (_above, rate_bp) in pairs)
    return ("分段计算，" if rates.is_sliced else "按大小分档，") + "，".join(told)


def face_added(policy: Policy, additions: Mapping[str, int]) -> list[str]:
    """Return what a policy added to a compensation to make a face, each with its sum."""
    return [
        f"{_face_rule(rule)}，{yuan(additions[rule.path])}"
        for rule in policy.face
        if additions.get(rule.path)
    ]


def paid_in_cash(parts: Sequence[tuple[str, int]], compensation_fen: int) -> str:
    """Return what of a compensation is not in a face: parts, kind and fen, which are paid in cash."""
    cash_fen = sum(fen for _kind, fen in parts)
    each = "、".join(f"{PARTS[kind]} {yuan(fen)}" for kind, fen in parts)
    in_face = f"补偿 {yuan(compensation_fen)}里计入票面的是 {yuan(compensation_fen - cash_fen)}"
    return f"{in_face}；另有 {yuan(cash_fen)}不在房票里，以货币支付：{each}"


def due_in_cash(parts: Sequence[tuple[str, int]]) -> str:
    """Return what is paid in cash beside a face, of the parts as ``paid_in_cash``, and by what it is due."""
    each = "、".join(f"{PARTS[kind]} {yuan(fen)}" for kind, fen in parts)
    return f"{yuan(sum(fen for _kind, fen in parts))}（{each}），按补偿协议支付，不能用这张房票领取。"


def _face_rule(rule: FaceRule) -> str:
    if rule.fen_per_m2:
        return f"按原房屋面积每平方米 {yuan(rule.fen_per_m2)}"
    if rule.fen_per_entitled_m2:
        return f"按应安置面积每平方米 {yuan(rule.fen_per_entitled_m2)}"
    if rule.fen_per_resident:
        return f"按安置人口每人 {yuan(rule.fen_per_resident)}"
    if rule.brackets:
        whole = f"补偿中{listed(rule.parts, PARTS)}" if rule.parts else "补偿金额"
        return f"{whole}{sizes(rule.brackets)}"
    if rule.rate_bp:
        whole = f"补偿中{listed(rule.parts, PARTS)}" if rule.parts else "补偿金额"
        return f"按{whole}的 {percent(rule.rate_bp)}"
    if rule.fill_to_fen is not None:
        return f"补足到 {yuan(rule.fill_to_fen)}"
    return "每份协议"


def buyers(policy: Policy) -> str:
    """Return who may stand on the contract, and of whom one must."""
    named = listed(policy.buyers, BUYERS) if policy.buyers else "被征收人本人"
    one = policy.one_buyer_of
    return f"{named}；其中至少有一位是{listed(one, BUYERS)}" if one and one != policy.buyers else named


def _inside(area: WithinArea) -> str:
    """Return which ㎡ of homes earn a bonus."""
    return {
        "old": "只算原房屋面积以内的部分",
        "entitled": "只算应安置面积以内的部分",
        "residents": f"只算安置人口每人 {area.m2} 平方米以内的部分",
        "household": f"每户只算 {area.m2} 平方米以内的部分",
        "home": f"每套房只算 {area.m2} 平方米以内的部分",
    }[area.of]


def _limits(rule: BonusRule, tier: Tier) -> list[str]:
    """Return which homes earn a bonus at a tier, up to how much, and how it is rounded."""
    areas = ((rule.area_above_m2, "超过"), (rule.area_up_to_m2, "不超过"))
    days = {"grace_days": "天", "grace_working_days": "个工作日"}[rule.grace_word]
    whose = "每户" if rule.first_homes_of == "household" else "每张房票"
    return [
        *(["只限政策列明的地区或楼盘的房"] if rule.areas is not None else []),
        *(f"只限面积{bound} {m2} 平方米的房" for m2, bound in areas if m2 is not None),
        *([f"只限票面超过 {yuan(rule.face_above_fen)} 的房票"] if rule.face_above_fen is not None else []),
        *([f"只限票面不超过 {yuan(rule.face_up_to_fen)} 的房票"] if rule.face_up_to_fen is not None else []),
        *([f"只限{STAGES[rule.stage]}"] if rule.stage is not None else []),
        *([f"{whose}只算前 {rule.first_homes} 套"] if rule.first_homes is not None else []),
        *([_inside(rule.within)] if rule.within is not None else []),
        *(["领到不动产权证以后才发"] if rule.paid_after is not None else []),
        *(["余额兑付、逾期、放弃时都不收回"] if rule.is_spared else []),
        *(["只给转让后不保留原奖励的受让人"] if rule.is_of_transferee else []),
        *(["用掉多少按一户名下的房票合计"] if rule.is_spent_of_household else []),
        *(["只按用在这项奖励范围内的房源上的金额算"] if rule.is_on_earning else []),
        *([f"最少 {yuan(tier.least_fen)}"] if tier.least_fen else []),
        *(_cap(cap) for cap in tier.caps),
        *_rounded(rule.rounding),
        *([f"期内锁定的，签合同可以再晚 {rule.grace_days} {days}"] if rule.grace_days else []),
    ]


def _rounded(rounding: Rounding) -> list[str]:
    if rounding.is_nearest:
        return [f"四舍五入到{_STEPS[rounding.step_fen]}"]
    return ["不足一元的舍去"] if rounding.step_fen > 1 else []


def _cap(cap: Cap) -> str:
    if cap.most_fen is not None:
        most = f" {yuan(cap.most_fen)}"
    elif cap.fen_per_m2 is not None:
        most = f"原房屋面积每平方米 {yuan(cap.fen_per_m2)}"
    elif cap.fen_per_entitled_m2 is not None:
        most = f"应安置面积每平方米 {yuan(cap.fen_per_entitled_m2)}"
    elif cap.fen_per_resident is not None:
        most = f"安置人口每人 {yuan(cap.fen_per_resident)}"
    elif cap.fen_per_home_m2 is not None:
        most = f"所买房屋面积每平方米 {yuan(cap.fen_per_home_m2)}"
    elif cap.compensation_share_bp is not None:
        whole = f"补偿中{listed(cap.parts, PARTS)}" if cap.parts else "补偿金额"
        most = f"{whole}的 {percent(cap.compensation_share_bp)}"
    elif cap.price_share_bp is not None:
        most = f"房价的 {percent(cap.price_share_bp)}"
    else:
        most = f"票面金额的 {percent(cap.share_bp or 0)}"
    return f"{_PER[cap.of]}最多{most}"


def listed(codes: frozenset[str], names: dict[str, str]) -> str:
    """Return the names of codes in their usual order."""
    return "、".join(name for code, name in names.items() if code in codes)


_AT_STAGE: Final[dict[str | None, str]] = {"finished": "现房的", "presale": "期房的"}


def limits(policy: Policy) -> list[str]:
    """Return in sentences which homes a voucher buys, and how much of a price, or of its face, it pays."""
    told = [sentence for fit in policy.fits for sentence in _fit_of(fit)]
    for limit in policy.limits:
        what = listed(limit.kinds, KINDS) if limit.kinds else "房"
        if limit.is_of_household and limit.whole_fen is not None:
            told.append(f"买{what}，一户名下的房票合计最多用 {yuan(limit.whole_fen)}，其余自付。")
        elif limit.is_of_household and limit.face_share_bp is not None:
            share = percent(limit.face_share_bp)
            told.append(f"买{what}，一户名下的房票合计最多用票面总额的 {share}，其余自付。")
        elif limit.face_share_bp is not None:
            told.append(f"买{what}最多用票面金额的 {percent(limit.face_share_bp)}，其余自付。")
        elif limit.is_of_home and limit.whole_fen is not None:
            told.append(f"买{what}，每个（套）房票最多用 {yuan(limit.whole_fen)}，其余自付。")
        elif limit.whole_fen is not None:
            told.append(f"买{what}每张房票最多用 {yuan(limit.whole_fen)}，其余自付。")
        elif limit.most_number is not None:
            whose = "一户名下的房票合计" if limit.is_of_household else "每张房票"
            told.append(f"{what}{whose}最多买 {limit.most_number} 个（套）。")
        elif limit.after is not None:
            told.append(_after_of(limit, limit.after, what))
        elif limit.price_share_bp is not None:
            what = f"{_AT_STAGE.get(limit.stage, '')}{what}"
            told.append(f"买{what}，房票连奖励最多付总价的 {percent(limit.price_share_bp)}，其余自付。")
    return told


def _fit_of(fit: Fit) -> list[str]:
    what = listed(fit.kinds, KINDS) if fit.kinds else "房"
    told = []
    if fit.least_m2 is not None:
        told.append(f"买{what}，每套至少 {fit.least_m2} 平方米。")
    if fit.most_m2 is not None:
        told.append(f"买{what}，每套最多 {fit.most_m2} 平方米。")
    if fit.total_m2 is not None:
        most = {
            None: f"最多 {fit.total_m2} 平方米",
            "old": "不超过原房屋面积",
            "entitled": "不超过应安置面积",
            "residents": f"不超过安置人口每人 {fit.total_m2} 平方米",
        }[fit.total_of]
        if fit.share_bp is not None:
            most += f"的 {percent(fit.share_bp)}"
        if fit.plus_m2 is not None:
            most += f"加 {fit.plus_m2} 平方米"
        told.append(f"买{what}，一户合计{most}。")
    if fit.most_fen_per_m2 is not None:
        told.append(f"买{what}，单价每平方米最多 {yuan(fit.most_fen_per_m2)}。")
    return told


def _after_of(limit: Limit, after: After, what: str) -> str:
    first = listed(after.kinds, KINDS)
    if after.reach is None:
        return f"要先用房票买{first}，才能买{what}。"
    whose = "一户名下的房票合计，" if limit.is_of_household else ""
    faces = "票面总额" if limit.is_of_household else "票面金额"
    above = "超过" if after.reach.is_above else "满"
    return f"{whose}买{first}用{above}{faces}的 {percent(after.reach.bp)} 以后，才能买{what}。"


def leftover(policy: Policy) -> list[str]:
    """Return in sentences how what is left is paid out, within the term and after it."""
    whole = [f"兑付的钱{told}。" for told in _rounded(policy.payout_rounding)]
    return [*_within(policy), _after(policy), *whole, *_spared(policy)]


def _spared(policy: Policy) -> list[str]:
    """Return that an ending leaves some of the bonuses, where it takes of others."""
    lapse = policy.lapse
    taking = [*(policy.leftover or ()), *((lapse, lapse.give_up, *lapse.bands) if lapse else ())]
    if not spared_paths(policy) or not any(one is not None and one.claw_back_bp != 0 for one in taking):
        return []
    return ["奖励里写明不收回的，都不收回。"]


def _within(policy: Policy) -> list[str]:
    paid = [band for band in policy.leftover or () if band.rate_bp]
    if not paid:
        return ["使用期限内，没有用完的余额可以继续用来购房，不兑付现金。"]
    least = min(band.reach for band in paid)
    whose = "合计" if any(band.is_of_household for band in paid) else ""
    used = f"购房{whose}不超过" if least.is_above else f"购房{whose}用不到"
    below = [f"{used}票面金额的 {percent(least.bp)}，余额不兑付现金。"] if least > START else []
    if paid[0].left_up_to_fen is not None or any(band.window for band in paid):
        below = ["够不上下面这几种的，余额不兑付现金。"]
    return below + [f"{_reach_of(band)}，{_paid_at(band)}" + _clawed(band) for band in paid]


def _clawed(band: Band) -> str:
    if band.claw_back_bp is None:
        return "，已得的奖励按没有用完的比例收回。"
    return f"，并收回已得奖励的 {percent(band.claw_back_bp)}。" if band.claw_back_bp else "。"


def _paid_at(band: Band) -> str:
    if band.rate_up_to_bp is None:
        return f"余额按 {percent(band.rate_bp)} 兑付{_most(band)}"
    beyond = f"按 {percent(band.beyond_bp)} 兑付" if band.beyond_bp else "不兑付"
    upto = f"余额在票面的 {percent(band.rate_up_to_bp)} 以内按 {percent(band.rate_bp)} 兑付"
    return f"{upto}，超过的部分{beyond}{_most(band)}"


def _most(band: Band) -> str:
    return "" if band.most_fen is None else f"，最多 {yuan(band.most_fen)}"


def _reach_of(band: Band) -> str:
    when = f"{window(band.window)}，" if band.window else ""
    share = percent(band.spent_from_bp)
    told = f"超过票面金额的 {share}" if band.is_above else f"用到票面金额的 {share} 及以上"
    used = f"{_whose(band)}购房{told}"
    if band.left_up_to_fen is None:
        return f"{when}{used}"
    spent = f"{used}、" if band.reach > START else ""
    return f"{when}{spent}余额不超过 {yuan(band.left_up_to_fen)}"


def _whose(band: Band) -> str:
    """Return whose spending and faces a band counts, nothing where it is the voucher's own."""
    return "一户名下的房票合计，" if band.is_of_household else ""


def reached(reach: Reach) -> str:
    """Return which part of the face must be spent, such as ``用到票面的 60% 起``."""
    return (
        f"用掉超过票面的 {percent(reach.bp)} 的" if reach.is_above else f"用到票面的 {percent(reach.bp)} 起"
    )


def window(when: Window) -> str:
    """Return days of a term, such as ``使用期限第 7 个月起、第 12 个月为止``."""
    first = _time(when.from_month, when.from_nth_day, when.from_day)
    last = _time(when.to_month, when.to_nth_day, when.to_day)
    return "、".join([*([f"{first}起"] if first else []), *([f"{last}为止"] if last else [])])


def _time(month: int | None, nth_day: int | None, on: date | None) -> str:
    if month or nth_day:
        return f"使用期限第 {month} 个月" if month else f"使用期限第 {nth_day} 天"
    return day(on) if on else ""


def _after(policy: Policy) -> str:
    told = _after_term(policy.lapse)
    own = policy.lapse.give_up if policy.lapse else None
    if own is not None:
        told += {
            "void": "期限内可以放弃，剩下的作废。",
            "agreement": "期限内可以放弃，剩下的按原来的补偿协议办理。",
            "cash": f"期限内可以放弃，剩下的按 {percent(own.rate_bp)} 兑付现金。",
        }[own.effect]
    if any(rule.lost_on and rule.kept_from_bp is None for rule in policy.face):
        told += "票面里政策另加的部分，没有用完的按比例先收回。"
    below = {
        (rule.kept_from_bp, rule.is_kept_above, rule.is_lost_whole)
        for rule in policy.face
        if rule.kept_from_bp is not None
    }
    for kept_from_bp, is_above, is_whole in sorted(below):
        lost = "全部收回" if is_whole else "按没有用完的比例收回"
        used = "购房不超过" if is_above else "购房用不到"
        told += f"{used}票面的 {percent(kept_from_bp)}，票面里政策另加的部分{lost}。"
    return told


def _after_term(lapse: LapseRule | None) -> str:
    if lapse is None:
        return "过了期限还有余额怎么办，政策没有规定，以征收办公布的为准。请在期限内用完。"
    if lapse.effect == "void":
        return "过了期限没有用完的，作废。请一定在期限内用完。"
    if lapse.effect == "agreement":
        return "过了期限没有用完的，按原来的补偿协议办理，不计利息。"
    if lapse.effect == "claim":
        return _after_claims(lapse)
    if lapse.bands:
        bands = "，".join(
            f"{_whose(band)}{reached(band.reach)}"
            + (f"、余额不超过 {yuan(band.left_up_to_fen)}的" if band.left_up_to_fen is not None else "")
            + (f" {percent(band.rate_bp)}{_most(band)}" if band.rate_up_to_bp is None else _paid_at(band))
            for band in lapse.bands
        )
        return f"过了期限没有用完的，余额兑付现金，按用掉的多少：{bands}。"
    kept = {0: "已得的奖励保留", None: "已得的奖励按没有用完的比例从中扣回"}.get(
        lapse.claw_back_bp, "已得的奖励从中扣回"
    )
    return f"过了期限没有用完的，余额按 {percent(lapse.rate_bp)} 兑付现金，{kept}。"


def _after_claims(lapse: LapseRule) -> str:
    """Return until when what was not used is claimed, at which rates, and what becomes of it then."""
    turns = "，".join(f"{claimed_within(band)}申请的按 {percent(band.rate_bp)}" for band in lapse.within)
    then = "作废" if lapse.after == "void" else "按原来的补偿协议办理，不计利息"
    taken = {0: "", None: "已得的奖励按没有用完的比例从中扣回，"}.get(
        lapse.claw_back_bp, "已得的奖励从中扣回，"
    )
    return f"过了期限没有用完的，要自己申请，{taken}余额兑付现金：{turns}；一直没有申请的，{then}。"


def claimed_within(band: ClaimBand) -> str:
    """Return how long after its term a voucher is claimed, such as ``逾期 3 个月内``."""
    return f"逾期 {band.days} 天内" if band.months is None else f"逾期 {band.months} 个月内"


def area_of_use(policy: Policy, district_name: str) -> str:
    """Return where a voucher buys."""
    of_kinds = (f"{listed(one.kinds, KINDS)}限{_area(one.areas, district_name)}" for one in policy.areas_of)
    return "；".join([_area(policy.areas, district_name), *of_kinds])


def _area(areas: frozenset[str] | None, district_name: str) -> str:
    if areas is None:
        return "参加房票安置的房企入库房源，不限区"
    if areas == {"own"}:
        return f"{district_name}的入库房源"
    if any(DEVELOPMENT.fullmatch(one) for one in areas):
        return "政策列明的楼盘和各区的入库房源"
    return f"{district_name}等政策列明各区的入库房源"
