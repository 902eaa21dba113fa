"""The words that all sides see of late handovers (逾期交房), and the list as a file."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from app.core.actor import Role
from app.settlements import late_queries as queries
from app.settlements import late_states as states
from app.settlements.late_models import LateHandover, LateHandoverMove
from app.settlements.late_queries import Tally
from app.settlements.late_states import Action
from app.web import formatting
from app.web.forms.base import Choice
from app.web.language import gettext as _
from app.web.language import lazy_gettext as _l
from app.web.pages import ROLE_NAMES
from app.web.redemptions import place

STATES: Final[dict[str, tuple[Any, str]]] = {
    "reported": (_l("等房企答复"), "wait"),
    "answered": (_l("房企已答复，等交房"), "info"),
    "handed_over": (_l("住户已确认交房"), "good"),
    "closed": (_l("征收办已了结"), "plain"),
    "withdrawn": (_l("住户已撤回"), "plain"),
    "undone": (_l("购房已撤销"), "plain"),
}
"""The word and the tone of each state."""

KINDS: Final[dict[str, Any]] = {"late": _l("还没有交房"), "unlike": _l("要交的房和约定的不一样")}
CHANNELS: Final[dict[str, Any]] = {"page": _l("网上"), "phone": _l("电话"), "counter": _l("窗口")}
AGES: Final[dict[str, Any]] = {
    "30": _l("30 天以内"),
    "60": _l("31 到 60 天"),
    "90": _l("61 到 90 天"),
    "more": _l("90 天以上"),
}
ACTIONS: Final[dict[str, Any]] = {
    "report": _l("住户反映没有按时交房"),
    "answer": _l("房企答复"),
    "break": _l("房企答复的日期过了，还没有交房"),
    "hand_over": _l("住户确认交房"),
    "close": _l("征收办了结"),
    "withdraw": _l("住户撤回"),
    "undo": _l("购房撤销"),
}
_TURNS: Final[dict[str, Any]] = {
    "reported": _l("现在等房企答复哪一天交房。"),
    "answered": _l("现在等房企交房，最迟 %(day)s；交房要住户确认才算。"),
}

FILE: Final = (
    *("反映编号", "购房编号", "房企", "楼盘房号", "购房人", "什么问题", "怎么反映的", "约定交房日"),
    *("反映日期", "反映了几天", "逾期几天", "情况", "房企答复的交房日", "房企说的原因", "答复没有兑现的次数"),
)
"""The columns of the list as a file."""


def age_told(found: LateHandover) -> str:
    """Return how long a report stands, in words."""
    days = queries.age_days(found)
    return _("反映了 %(count)d 天", count=days) if days else _("今天反映的")


def facts(found: LateHandover) -> list[tuple[Any, Any]]:
    """Return the rows of a summary list."""
    late_days = queries.late_days(found)
    return [
        (_("什么问题"), KINDS[found.kind]),
        (_("住户说"), found.words),
        (_("怎么反映的"), CHANNELS[found.channel]),
        (_("约定的交房日期"), formatting.day(found.agreed_on) if found.agreed_on else _("合同没有写")),
        (_("逾期"), _("%(count)d 天", count=late_days) if late_days is not None else None),
        (_("房企答复的交房日期"), formatting.day(found.promised_on) if found.promised_on else None),
        (_("房企说的原因"), found.answer),
        (_("答复没有兑现"), _("%(count)d 次", count=found.broken_count) if found.broken_count else None),
    ]


def turn(found: LateHandover) -> str | None:
    """Return in a sentence who has to act now; None once it is over."""
    if found.state not in _TURNS:
        return None
    return str(_TURNS[found.state]) % {"day": formatting.day(found.promised_on) if found.promised_on else ""}


def may(role: Role | None, found: LateHandover | None, action: str) -> bool:
    """Tell whether a role may take this step now."""
    return found is not None and states.may(role, found.state, Action(action))


def timeline(moves: Iterable[LateHandoverMove]) -> list[dict[str, Any]]:
    """Return the steps of a report, the latest first, for the timeline of a page."""
    return [
        {"title": _what(move), "at": move.at, "by": _by(move), "text": move.words}
        for move in sorted(moves, key=lambda move: -move.id)
    ]


def _by(move: LateHandoverMove) -> str:
    role = str(ROLE_NAMES[Role(move.role)]) if move.role else _("系统")
    if move.action == Action.REPORT and move.role == Role.OFFICER:
        return _("%(role)s（住户电话反映）", role=role)
    return _("%(role)s（由窗口代办）", role=role) if move.visit_id else role


def _what(move: LateHandoverMove) -> str:
    if move.promised_on is not None and move.action == Action.ANSWER:
        return _("房企答复：最迟 %(day)s交房", day=formatting.day(move.promised_on))
    return str(ACTIONS[move.action])


def state_choices() -> list[Choice]:
    """Return the states that a list can be limited to."""
    return [Choice(state, str(word)) for state, (word, _tone) in STATES.items()]


def age_choices() -> list[Choice]:
    """Return the ages that a list can be limited to."""
    return [Choice(age, str(word)) for age, word in AGES.items()]


def file_rows(rows: Iterable[LateHandover]) -> Iterable[Sequence[str]]:
    """Return the list in the columns of ``FILE``."""
    for one in rows:
        purchase, late_days = one.redemption, queries.late_days(one)
        yield [
            one.ref,
            purchase.ref,
            purchase.home.development.developer.name,
            place(purchase.home),
            purchase.household.holder_name,
            str(KINDS[one.kind]),
            str(CHANNELS[one.channel]),
            one.agreed_on.isoformat() if one.agreed_on else "",
            formatting.day(one.reported_at),
            str(queries.age_days(one)),
            str(late_days) if late_days is not None else "",
            str(STATES[one.state][0]),
            one.promised_on.isoformat() if one.promised_on else "",
            one.answer or "",
            str(one.broken_count),
        ]


TALLY: Final = ("房企", "没有了结", "其中等房企答复", "答复没有兑现的次数", "已了结", "最久反映了几天")
"""The columns of the count by developer as a file."""


def tally_rows(rows: Iterable[Tally]) -> list[list[str]]:
    """Return the counts by developer in the columns of ``TALLY``."""
    return [
        [
            one.developer,
            *map(str, (one.open, one.unanswered, one.broken, one.ended)),
            "" if one.oldest_days is None else str(one.oldest_days),
        ]
        for one in rows
    ]
