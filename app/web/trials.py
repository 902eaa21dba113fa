"""A policy's trial in words: figures side by side, months, and households that could buy nothing."""

import re
from collections.abc import Sequence
from typing import Any, Final

from markupsafe import Markup

from app.reports.policy_trial import Trial
from app.web import formatting
from app.web.language import gettext as _
from app.web.language import lazy_gettext as _l
from app.web.policy_slips import CONTRADICTIONS, DOUBTS

REASONS: Final[tuple[tuple[re.Pattern[str], Any], ...]] = tuple(
    (re.compile(pattern, re.DOTALL), words)
    for pattern, words in (
        (
            r"is not UTF-8 text, but seems to be (\S+):.*",
            _l("文字编码不是 UTF-8，像是 %(a)s，请另存为 UTF-8"),
        ),
        (r"is not UTF-8 text.*", _l("文字编码不是 UTF-8，请另存为 UTF-8")),
        (r"is longer than (\d+) characters", _l("超过 %(a)s 个字")),
        (r"has ： or ，, which YAML .*", _l("用了全角的冒号或逗号，请改成半角的 : 和 ,")),
        (r"has full-width characters: write (.*)", _l("用了全角字符，请写成 %(a)s")),
        (
            r"is not YAML: a text with a colon .*",
            _l("不是 YAML：文字里有冒号加空格的要加引号，也可能是行首空格多了"),
        ),
        (
            r"is not YAML: the { of line (\d+) is not closed, .*",
            _l("不是 YAML：第 %(a)s 行的 { 没有写 }，或者少了逗号"),
        ),
        (
            r"is not YAML: the \[ of line (\d+) is not closed, .*",
            _l("不是 YAML：第 %(a)s 行的 [ 没有写 ]，或者少了逗号"),
        ),
        (r"is not YAML: (.*)", _l("不是 YAML，格式有误（%(a)s）")),
        (r"has aliases that stand for more than (\d+) values", _l("引用展开以后超过 %(a)s 个值")),
        (r"is empty", _l("是空的")),
        (r"is missing: the term starts on that day", _l("没有写：期限从那一天开始")),
        (
            r"is missing: what a part still buys is reckoned in ㎡ by it",
            _l("没有写：拆分时按它折算面积"),
        ),
        (r"home only means something with yuan", _l("of: home 只能和 yuan 一起写")),
        (r"is missing: without kinds write homes", _l("没有写：不分房源的套数请写 homes")),
        (r"is missing: after holds for certain kinds of stock", _l("没有写：要写明哪些房源要等")),
        (
            r"is missing: until when it is claimed, and at which rates",
            _l("没有写：逾期多久以内申请，按多少付"),
        ),
        (r"is missing: what becomes of what nobody claimed", _l("没有写：没有人申请的怎么办")),
        (r"is missing", _l("没有写")),
        (
            r"is not a word of the schema \(did you mean (.*)\?\); here stand (.*)",
            _l("没有这个词，是不是 %(a)s？这里只能写 %(b)s"),
        ),
        (r"is not a word of the schema; here stand (.*)", _l("没有这个词，这里只能写 %(a)s")),
        (r"stands here twice", _l("写了两次")),
        (r"is a merge key, .*", _l("不能用合并键 <<，请把各项写出来")),
        (r"has the tag (.*), which is not taken.*", _l("不能用标签 %(a)s，请直接写值")),
        (r"has the character (U\+\w+), .*", _l("有看不见的字符 %(a)s，请删去")),
        (
            r"must be a percentage from 0% to (\d+)%, such as (.*); (\S+ = \S+%)",
            _l("应该是 0%% 到 %(a)s%% 的百分数，例如 %(b)s（%(c)s）"),
        ),
        (
            r"must be a percentage from 0% to (\d+)%, such as (.*); did you mean (.*)\?",
            _l("应该是 0%% 到 %(a)s%% 的百分数，例如 %(b)s（是不是 %(c)s？）"),
        ),
        (
            r"must be a percentage from 0% to (\d+)%, such as (.*)",
            _l("应该是 0%% 到 %(a)s%% 的百分数，例如 %(b)s"),
        ),
        (r"must be a whole number from (\d+) to (.*)", _l("应该是整数，从 %(a)s 到 %(b)s")),
        (r"must be an amount in yuan from (.*), such as (.*)", _l("应该是以元计的金额，例如 %(b)s（%(a)s）")),
        (r"must be an area in ㎡ from (.*), such as (.*)", _l("应该是平方米数，例如 %(b)s（%(a)s）")),
        (r"must be a day of the years (.*), such as (.*)", _l("应该是 %(a)s 年间的日期，例如 %(b)s")),
        (r"must be (.*); (\S+ = \S+%)", _l("应该是：%(a)s（%(b)s）")),
        (
            r"only means something with a base that is earned once, .*",
            _l("每次购房都按用掉的钱算的奖励，不能写最少多少"),
        ),
        (r"(?:'.*' )?only means something with (.*)", _l("只有写了 %(a)s 才有意义")),
        (r"has no value: must be a mapping of (.*)", _l("没有写值：要分开写 %(a)s，不说就整行删去")),
        (r"has no value: write \[\] for none", _l("没有写值：没有就写 []")),
        (r"has no value: .*", _l("没有写值：要写成列表")),
        (r"has no value .*", _l("没有写值（# 后面的是注释）")),
        (r"has a comma, which parts entries here: write (.*)", _l("数字里不能有逗号，请写成 %(a)s")),
        (r"must be written as (.*)", _l("请写成 %(a)s")),
        (r"must have at most two decimals", _l("最多两位小数")),
        (r"must not be below zero", _l("不能小于零")),
        (r"is (.*), and the calendar has no such day", _l("日历上没有 %(a)s 这一天")),
        (r"must be (.*); did you mean (.*)\?", _l("应该是：%(a)s（是不是 %(b)s？）")),
        (r"must be a single value", _l("只能写一个值")),
        (r"must be a list", _l("要写成列表")),
        (r"needs at least (\d+)", _l("至少要有 %(a)s 项")),
        (r"must be a mapping of (.*)", _l("要分开写 %(a)s")),
        (r"needs either (.*)", _l("要写其中一种：%(a)s")),
        (r"may have only (.*)", _l("只能写其中一种：%(a)s")),
        (r"is indented by a tab, .*", _l("行首用了制表符，YAML 不认，请改成空格")),
        (r"only means something after the lock, and the .* decides", _l("奖励的日子不在锁定以后，不用写")),
        (r"only means something for a contract, and the payment decides", _l("奖励以付款那天为准，不看合同")),
        (r"must be the same as (.*): one payment pays both", _l("要和 %(a)s 一样：一次付清")),
        (
            r"takes of a bonus what is not known at a payout beside (.*): write delay: protected",
            _l("兑付时还不知道这项奖励最后是多少，收不回（%(a)s）：请写 delay: protected"),
        ),
        (r"must be cash, because the day of the payment .*", _l("以付款那天为准的奖励，只能另发现金")),
        (r"must be counts, because the household .*", _l("付款那天不由被征收人定，要写 counts")),
        (
            r"must not say its time: .*",
            _l("不能写时间：第一档对期限内任何时候都算，请在前面加一档 {spent_from: 0%%, rate: 0%%}"),
        ),
        (r"counts its time in two ways: .*", _l("时间有两种算法：只能按月、按天或者按日期中的一种")),
        (r"must be later than the one before", _l("要晚于前一行的日子")),
        (r"comes before (.*)", _l("早于 %(a)s")),
        (r"lies beyond (.*)", _l("超出了 %(a)s")),
        (r"lies above most_yuan", _l("高于 most_yuan")),
        (r"lies above the ceiling: no price would do", _l("高于上限，没有价格能同时满足")),
        (r"must be (.*): tiers follow on", _l("应该是 %(a)s：各档要前后相连")),
        (r"must be 0%: .*", _l("应该是 0%%：第一档从一点没用开始")),
        (r"must be spent_from: 0%, .*", _l("应该写 spent_from: 0%%：第一档从一点没用开始")),
        (
            r"must be above the band before, or the same with a lower left_up_to",
            _l("要高于前一档；相同的，要写更低的 left_up_to"),
        ),
        (
            r"must be the same in all bands above 0%: .*",
            _l("大于 0%% 的各档要一样：不然分不出哪一档更高"),
        ),
        (
            r"must be the same for all that count towards the price",
            _l("抵作房款的各项奖励要一样"),
        ),
        (r"must be above the step before", _l("要高于前一档")),
        (r"must not stand here: the first band .*", _l("第一档不能写：剩多少都要算得进去")),
        (
            r"must not stand beside first_homes: .*",
            _l("不能和 first_homes 一起写：退了房，前几套是哪几套就变了"),
        ),
        (
            r"must not stand beside tiers of other kinds of stock: .*",
            _l("各档的 kinds 不一样，不能一起写：每类房源各写一项奖励"),
        ),
        (
            r"must not stand beside spent_of: household, because .*",
            _l("不能和 spent_of: household 一起写：房票可以拆分，没有用过的可以拆到这么小"),
        ),
        (
            r"needs spent_from above 0%, because a voucher may be split .*",
            _l("spent_from 要大于 0%%：房票可以拆分，没有用过的可以拆到这么小"),
        ),
        (
            r"needs splits: 0, because each part of a voucher .*",
            _l("要写 splits: 0：房票可以拆分，拆出的每一张又各能兑付这么多"),
        ),
        (r"must not be below the step before.*", _l("不能低于前一档：用得多，奖励不能反而少")),
        (r"must be more than above", _l("要大于 above")),
        (
            r"must be a district's code, or the reference of a development",
            _l("应该是城区代码，或者楼盘编号，例如 DV-7K2M9-QX4HT"),
        ),
        (r"must be any by itself, or a list of .*", _l("只写 any，或者写城区代码、楼盘编号的列表")),
        (r"must come to 100% together, come to (.*)", _l("加起来应该是 100%%，现在是 %(a)s")),
        (
            r"pays for (\w+) in stage (\w+), which (?:.*) pays for",
            _l("%(a)s（%(b)s）前面已经写了怎么付，一套房只能按一种付"),
        ),
        (
            r"says nothing of (\w+) in stage (\w+): each purchase needs its rule",
            _l("没有写 %(a)s（%(b)s）怎么付：每一套房都要写到"),
        ),
        (r"needs above or up_to", _l("要写 above 或 up_to")),
        (r"needs ((?:\w+ or )*\w+)", _l("里面是空的，要写 %(a)s；没有就整项删去")),
        (r"(.*) needs of: home", _l("%(a)s 只能和 of: home 一起写")),
        (r"(.*) needs of: household", _l("%(a)s 只能和 of: household 一起写")),
        (
            r"counts otherwise than the first tier.*",
            _l("和第一档的计时办法不同，各档要一样"),
        ),
        (r"needs from_day and to_day.*", _l("要写 from_day 和 to_day：奖励以签协议的那一天为准")),
        (
            r"must be share_of_face, because a voucher may be split, .*",
            _l("要写 share_of_face：房票可以拆分，拆出的每一张又各有这么多"),
        ),
        (r"needs (.*), because the base is (.*)", _l("要写 %(a)s，因为 base 是 %(b)s")),
        (r"must be above 0%: nothing would wait", _l("要大于 0%%，不然什么都不用等")),
        (r"must be below 100%: nothing would be .*", _l("要小于 100%%：全用掉就没有剩下的了")),
        (r"must be below 100%: .*", _l("要小于 100%%：用掉的不会超过票面")),
        (r"lets (.*) wait for what waits for it: .*", _l("%(a)s 和要先买的互相等，永远买不了")),
        (r"asks for more than (.*) lets be spent: .*", _l("比 %(a)s 许用的还多，永远买不了")),
        (r"must be at most 50%: .*", _l("最多 50%%：拆分以后至少有两张")),
        (r"lies below hold.least_share: .*", _l("低于 hold.least_share，什么都买不了")),
        (
            r"lies above what (\S+) lets a home have: .*",
            _l("比 %(a)s 许可的面积还大，一套也买不了"),
        ),
        (r"names (\w+), which is no home: .*", _l("%(a)s 不算房：total_area 只合计房的面积")),
        (r"leaves a rest of the price, .*", _l("房价会剩下一部分，top_up: [] 又不许自付")),
        (r"names (.*), which stands above", _l("%(a)s 前面已经写了")),
        (r"names (.*), which is not in buyers", _l("写了 %(a)s，buyers 里没有")),
        (r"names (.*), which is not in usable_on", _l("写了 %(a)s，usable_on 里没有")),
        (r"is what steps say themselves: .*", _l("已经在各档里说了，不能再写：第一档写成 0%%")),
        (
            r"must be refused, or terms of its own: a voucher is claimed only after its term",
            _l("应该写 refused，或者另写放弃的办法：申请只在逾期以后"),
        ),
        (r"is what within says itself: write rate in it", _l("请在 within 的各档里写 rate")),
        (r"is 0%: leave it out, and after says .*", _l("写 0%% 就请删去这一档，以后怎么办写在 after 里")),
        (r"must count as the one before: .*", _l("要和前一档一样算：都按月，或者都按天")),
        (r"must be later than the one before", _l("要晚于前一档")),
        (r"is what bands say themselves: write (.*) in them", _l("每一档各写各的：请在各档里写 %(a)s")),
        (r"must not be below the one before.*", _l("不能低于前一行：用得多，奖励不能反而少")),
        (r"must be above the one before", _l("要高于前一行")),
        (r"must be 0: the first is for any sum", _l("应该是 0：第一行从 0 元开始")),
        (r"goes by one rate, or by steps, .*", _l("只能写一个比例或者 steps，不能按大小分档")),
        (
            r"counts by whole months, and (.*) does not: write the rate of a year",
            _l("是按整月算的，%(a)s 不能按月算：请写年利率"),
        ),
        (
            r"counts by whole months, and (.*) does not: write (.*)",
            _l("是按整月算的，%(a)s 不能按月算：请写 %(b)s"),
        ),
        (
            r"must be the same in all lines of interest: it is the most .*",
            _l("几行利息合起来算最多，要写一样"),
        ),
        (r"is 0%, so nothing is borne: .*", _l("写 0%% 就没有利息，请不写利息")),
        (r"must be the same in all lines of interest: .*", _l("几行利息合起来取整一次，要写一样")),
        (r"must be paid: from term_end to term_end is no time", _l("从期满算到期满没有时间，要写 paid")),
        (r"must be the same wherever what is spent bears interest", _l("持票利息都要算到同一天")),
        (
            r"cannot limit interest that runs beyond the lock: .*",
            _l("利息算到锁定以后的，不能再写上限：请删去，或者写 to: lock"),
        ),
        (r"must be (lock|cash), because interest on what is spent .*", _l("持票利息只能写 %(a)s")),
        (r"is (.*) \(did you mean (.*)\?\), must be .*", _l("写的是 %(a)s，是不是 %(b)s？")),
        (r"is (.*), must be (.*)", _l("写的是 %(a)s，应该是：%(b)s")),
        (r"must be (.*)", _l("应该是：%(a)s")),
    )
)
"""What the reader of policies may find wrong, and the words for it; a test keeps the list whole."""

MOST_LISTED: Final = 50
"""How many households that could buy nothing are listed for each policy: the poorest first."""

Named = Sequence[tuple[str, Trial]]


def slip(reason: str) -> str:
    """Return in words what is wrong with a line of a draft; words of the file stay as they are."""
    for pattern, words in (*CONTRADICTIONS, *REASONS, *DOUBTS):
        if found := pattern.fullmatch(reason):
            typed = (
                one.replace(", or a mapping of ", "，或者分开写 ")
                .replace(", or a list, such as ", "，或者写成列表，例如 ")
                .replace(", or ", "，或者 ")
                .replace(" or ", "、")
                .replace(" to ", " 至 ")
                for one in found.groups()
            )
            return str(_(str(words), **{"a": "", **dict(zip("abc", typed, strict=False))}))
    return reason


def columns(first: str, trials: Named) -> list[str | tuple[str, str]]:
    """Return a table's heads: a name, then a mark for every policy, short enough for a phone."""
    return [first, *((mark, "numeric") for mark, _label in marks(trials))]


def marks(trials: Named) -> list[tuple[str, str]]:
    """Return each policy's mark with its name."""
    return [(mark, label) for mark, (label, _trial) in zip("甲乙丙丁", trials, strict=False)]


def figures(trials: Named) -> list[list[str]]:
    """Return what each policy comes to: a row a figure."""
    rows = {
        _("发放的房票"): [_("%(count)d 张", count=one.vouchers) for _label, one in trials],
        _("票面合计"): [formatting.yuan(one.issued_fen) for _label, one in trials],
        _("用于购房"): [formatting.yuan(one.spent_fen) for _label, one in trials],
        _("奖励合计"): [formatting.yuan(one.bonus_fen) for _label, one in trials],
        _("没有用完"): [formatting.yuan(one.left_fen) for _label, one in trials],
        _("能买的房源"): [_("%(count)d 套", count=one.on_offer) for _label, one in trials],
        _("其中最便宜的一套"): [
            _("没有") if one.cheapest_fen is None else formatting.yuan(one.cheapest_fen)
            for _label, one in trials
        ],
        _("不自己加钱就买不到房的户"): [_("%(count)d 户", count=len(one.unable)) for _label, one in trials],
    }
    if any(one.running_fen for _label, one in trials):
        name = _("锁定以后还要计的利息（估算，没有算进奖励）")
        rows[name] = [formatting.yuan(one.running_fen) for _label, one in trials]
    if any(one.cash_fen for _label, one in trials):
        rows[_("补偿中不计入票面、以货币支付的")] = [formatting.yuan(one.cash_fen) for _label, one in trials]
    if any(one.refused for _label, one in trials):
        rows[_("现在不能发放")] = [_("%(count)d 张", count=one.refused) for _label, one in trials]
    return [[name, *cells] for name, cells in rows.items()]


def months(trials: Named) -> list[list[str]]:
    """Return the bonus of each month, beside what is spent in it, and in the last row altogether."""
    first = trials[0][1].months
    rows = [
        [
            _("%(year)d年%(month)d月", year=month.first_day.year, month=month.first_day.month),
            *(_month(one, place) for _label, one in trials),
        ]
        for place, month in enumerate(first)
    ]
    return [*rows, [_("合计"), *(formatting.yuan(one.bonus_fen) for _label, one in trials)]]


def _month(trial: Trial, place: int) -> Markup:
    """Return the bonus of a month, purchases and cash, each on a line: so four policies fit."""
    month = trial.months[place]
    lines = [formatting.yuan(month.bonus_fen), _("购房 %(spent)s", spent=formatting.yuan(month.spent_fen))]
    if month.cash_fen:
        lines.append(_("另付现金 %(sum)s", sum=formatting.yuan(month.cash_fen)))
    if month.running_fen:
        lines.append(_("以后的利息约 %(sum)s", sum=formatting.yuan(month.running_fen)))
    return Markup("<br>").join(lines)


def why_unable(trial: Trial) -> str:
    """Return in words why households could buy nothing, and what the sums above make of them."""
    count = len(trial.unable)
    if trial.cheapest_fen is None:
        return _(
            "共 %(count)d 户：这份政策能买的房源（地方、面积、单价），现在没有上架的。"
            "上面的用于购房和奖励，是当作有房可买算的。",
            count=count,
        )
    told = [_("共 %(count)d 户：房票加上第一天的奖励，能付的还不够最便宜的一套。", count=count)]
    held = sum(one.face_fen >= trial.cheapest_fen for one in trial.unable)
    if held:
        told.append(_("其中 %(count)d 户的票面够买，是政策的限额让房票付不了这么多。", count=held))
    if not trial.policy.top_ups:
        told.append(_("这份政策不许自己加钱，他们一套也买不了；上面的用于购房和奖励，还是当作有房可买算的。"))
    return "".join(told)


def unable(trial: Trial) -> list[list[str]]:
    """Return the households that could buy nothing by themselves, the poorest first."""
    return [
        [
            one.holder_name,
            formatting.yuan(one.face_fen),
            formatting.yuan(one.pays_fen),
            _("没有房源")
            if trial.cheapest_fen is None
            else formatting.yuan(trial.cheapest_fen - one.pays_fen),
        ]
        for one in trial.unable[:MOST_LISTED]
    ]
