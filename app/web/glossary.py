"""The words of the trade in plain words (词语解释): one table, for pages that use them and for a page of all.

A page names the words that it uses where they first stand (macro ``explained``); the sentences are for
somebody of 67 who hears them for the first time, so each stands alone and none needs another.
"""

from dataclasses import dataclass
from typing import Any, Final

from app.web.language import lazy_gettext as _l


@dataclass(frozen=True, slots=True)
class Word:
    """A word and what it means; ``key`` is its anchor on the page of all words."""

    key: str
    word: Any
    meaning: Any


GROUPS: Final[tuple[tuple[Any, tuple[Word, ...]], ...]] = (
    (
        _l("房票和钱"),
        (
            Word(
                "voucher",
                _l("房票"),
                _l("按补偿协议发给您家的购房凭证，写着姓名、金额和期限，只能用来买房源库里的房。"),
            ),
            Word("face", _l("票面金额"), _l("房票发下来的时候写的金额。")),
            Word(
                "available",
                _l("可用余额"),
                _l("房票上现在还能用的钱：票面金额减去已经用掉的，再减去正在锁定的。"),
            ),
            Word(
                "held",
                _l("已锁定金额"),
                _l("给您锁定的房留着的钱。买成了就用掉，没有买成就全部退回可用余额。"),
            ),
            Word(
                "bonus",
                _l("政府奖励"),
                _l("用房票买房，政府另外给的钱，直接抵房价，不发现金。给多少看哪一天锁定、用了多少。"),
            ),
            Word(
                "leftover", _l("房票余额"), _l("买完房以后，房票上没有用完的钱。怎么付给您，政策里写明了。")
            ),
            Word("lapse", _l("逾期"), _l("过了房票的使用期限还没有用。以后怎么办，政策里写明了。")),
        ),
    ),
    (
        _l("房子的价格"),
        (
            Word("filed", _l("备案价"), _l("房企在主管部门登记的最高价，一套房一个价，卖价不能超过它。")),
            Word("cash", _l("现金价"), _l("不用房票的人买这套房，房企要的价格。")),
            Word("voucher-price", _l("房票价"), _l("用房票买这套房的价格，不能高于现金价。")),
            Word(
                "payable", _l("实付价"), _l("房票价减去优惠，您真正要付的价格。没有优惠，实付价就是房票价。")
            ),
            Word(
                "net", _l("净价"), _l("实付价再减去另送的车位、装修值多少钱。只用来比较，不是另外要付的钱。")
            ),
            Word("top-up", _l("自付差价"), _l("房票和奖励不够付的那部分，由您自己出。")),
            Word(
                "supervised",
                _l("监管账户"),
                _l("银行里由政府监管的账户，房企不能随便动用。自付差价只付进这个账户，不付给任何个人。"),
            ),
        ),
    ),
    (
        _l("房子本身"),
        (
            Word("pool", _l("房源库"), _l("征收办审过、可以用房票买的房，都在这里。")),
            Word("presale", _l("期房"), _l("还没有盖好的房。合同上写明哪一天交房。")),
            Word("finished", _l("现房"), _l("已经盖好的房。")),
            Word("permit", _l("预售许可证"), _l("政府准许卖期房的证。没有这个证，期房不能卖。")),
            Word("area", _l("建筑面积"), _l("自家门里的面积，加上分摊的楼梯、走道等公用面积。")),
            Word("inner-area", _l("套内面积"), _l("自家门里的面积，不算公用面积。")),
            Word("bare", _l("毛坯"), _l("没有装修的房。")),
            Word(
                "debt-home",
                _l("顶账房"),
                _l("房企拿去抵欠别人的账的房。有人向您推销，先看它在不在房源库里；不在，就不能用房票买。"),
            ),
        ),
    ),
    (
        _l("怎么办"),
        (
            Word(
                "lock",
                _l("锁定房源"),
                _l("先把这套房给您留着，别人不能买，房票的钱也留着。到期没有签合同，自动解除，钱全部退回。"),
            ),
            Word("registered", _l("网签"), _l("购房合同在政府的系统里签订、登记，登记以后有合同编号。")),
            Word(
                "verify",
                _l("核验和复核"),
                _l("征收办的两个人先后核对您的合同：前一个人叫核验，后一个人叫复核。"),
            ),
            Word("redeemed", _l("核销"), _l("复核通过，房票的钱正式付给房企，这笔钱就用掉了。")),
            Word("kin", _l("合用亲属房票"), _l("政策许可的近亲属同意以后，他们的房票帮您家一起付一套房。")),
            Word(
                "helper",
                _l("帮办人"),
                _l("您请来帮忙看、帮忙办的人，例如女儿。要紧的事，您说出验证码才能办。"),
            ),
            Word(
                "clear-sheet",
                _l("明白纸"),
                _l("一张纸写清您家的房票：能买几套、什么价钱、用到哪天、余额怎么付。"),
            ),
            Word("office", _l("征收办"), _l("发房票、核对合同、开窗口帮您办事的部门。")),
        ),
    ),
)
"""Every word, in the order in which a household meets them."""

_BY_KEY: Final = {word.key: word for _group, words in GROUPS for word in words}


def explained(*keys: str) -> list[Word]:
    """Return some words with their meanings, in the order asked for. Raises KeyError for an unknown one."""
    return [_BY_KEY[key] for key in keys]
