"""The equal-treatment undertaking (同等待遇承诺书) that a developer accepts on joining a pool. Pure.

Every version that anybody ever accepted stays, word for word: what a company promised is read from here by
the number stored with its name. A changed word is a new version.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Undertaking:
    """One version: what it is called, and what is promised, point by point."""

    version: int
    title: str
    points: tuple[str, ...]


_FIRST: Final = Undertaking(
    version=1,
    title="同等待遇承诺书",
    points=(
        "同一套房，房票价不高于现金价，也不高于备案价；现金价按扣除全部优惠以后的最低净价算。",
        "现金购房人能得到的优惠、赠送、车位、装修和付款条件，持房票的购房人都能同样得到。",
        "上架的房源真实、可售，面积、户型、交房日期和预售许可证按实填写；卖出以后当天下架。",
        "降低现金价时，同时降低房票价；明知房票价偏高的，先下架再改价。",
        "不因为房票款拨付慢而加价、拖延签约，也不向购房人另收任何费用。",
        "购房人的自付差价只进监管账户，不由任何个人代收。",
        "如实回答征收部门和主管部门的询问；违反承诺的，接受暂停入库、退还差价并公开通报。",
    ),
)

UNDERTAKINGS: Final = {_FIRST.version: _FIRST}
CURRENT: Final = _FIRST
"""The version that new applications accept."""
