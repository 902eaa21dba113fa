"""The words of the verification desk."""

from collections.abc import Callable
from typing import Any, Final

from app.core.errors import DomainError
from app.redemptions.checking import FAST_SECONDS, LARGE_FEN, MANY_OF_HOUSEHOLD, Oddity
from app.redemptions.checking_models import CheckBatchCase
from app.redemptions.states import Action
from app.web.formatting import wan
from app.web.language import gettext as _
from app.web.language import lazy_gettext as _l
from app.web.messages import message_of

Act = Callable[[], str | None]

EVERYTHING: Final = "all"
"""The queue of all developments, as it stands in an address."""

DECISIONS: Final = {
    Action.VERIFY_FIRST: _l("核验通过"),
    Action.VERIFY_SECOND: _l("复核通过，已核销"),
    Action.REFUSE: _l("退回"),
}

BATCH_STATES: Final[dict[str, tuple[Any, str]]] = {
    "open": (_l("正在抽查"), "wait"),
    "approved": (_l("已通过，正在逐笔核销"), "info"),
    "done": (_l("办完"), "good"),
    "failed": (_l("抽查发现问题，整批改为逐笔复核"), "bad"),
    "dropped": (_l("已放弃"), "plain"),
}


def oddity(one: Oddity) -> str:
    """Return why a case is looked at by itself."""
    told = {
        Oddity.DISPUTED: _("有线下合同争议，现在不能核验"),
        Oddity.UNPAID: _("自付差价没有到齐，现在不能核验"),
        Oddity.UNPROVED: _("买受人和房票持有人的亲属关系还没有核对成立，现在不能核验"),
        Oddity.BUYERS: _("合同买受人和报价不同，或者证件号码和名册不同"),
        Oddity.MINOR: _("有未成年的买受人，由监护人代签"),
        Oddity.EXPLAINED: _("有不一致，经办人写了说明"),
        Oddity.BATCH_FAILED: _("同批抽查时有一笔被退回"),
        Oddity.REFUSED_BEFORE: _("同一户买同一套房，以前被退回过"),
        Oddity.FAST: _("经办人打开不到 %(seconds)d 秒就通过", seconds=FAST_SECONDS),
        Oddity.UNTIMED: _("经办人没有从工作台打开，没有用时记录"),
        Oddity.COUNTER: _("由窗口代办"),
        Oddity.LARGE: _("金额大，总价在 %(sum)s 以上", sum=wan(LARGE_FEN)),
        Oddity.HOUSEHOLD: _("同一户同时在办 %(count)d 套或更多", count=MANY_OF_HOUSEHOLD),
    }
    return told[one]


def development_of(queue: str) -> str | None:
    """Return the development whose queue it is, None for all of them."""
    return queue if queue and queue != EVERYTHING else None


def outcome(one: CheckBatchCase) -> tuple[str, str]:
    """Return word and tone for what became of a case of a batch."""
    if one.outcome == "left_out":
        why = message_of(DomainError(one.reason or "", None, **(one.blanks or {})))
        return _("没有核销：%(why)s", why=why), "bad"
    told = {
        "redeemed": (_("已核销"), "good"),
        "returned": (_("回到队列"), "plain"),
        None: (_("还没有核销"), "wait"),
    }
    return told[one.outcome]
