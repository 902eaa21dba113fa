"""What favourites and saved searches are called."""

from typing import Any, Final

from app.following import paper_rules
from app.following.models import Change
from app.following.paper_models import PrintedList
from app.following.rules import LONGEST_NAME, Kind, Telling
from app.web import formatting
from app.web import redemptions as homes
from app.web.language import gettext as _
from app.web.language import lazy_gettext as _l
from app.web.public.results import Results

KINDS: Final[dict[Kind, tuple[Any, str]]] = {
    Kind.NEW: (_l("新可选"), "good"),
    Kind.DOWN: (_l("降价"), "good"),
    Kind.UP: (_l("涨价"), "wait"),
    Kind.GONE: (_l("不能再选"), "plain"),
}
"""The word and the tone of each kind of change."""

TELLINGS: Final = {
    Telling.AT_ONCE: _l("有变化马上发短信或邮件"),
    Telling.DAILY: _l("每天早上八点发一次"),
    Telling.PAPER: _l("打印在纸上，送到家里或者到窗口拿"),
    Telling.NEVER: _l("不发短信和邮件，只记在这里"),
}


def name_of(results: Results) -> str:
    """Return the name that is proposed for a search: its filters, as its chips say them."""
    labels = "，".join(str(chip["label"]) for chip in results.chips) or _("全部可选的房")
    return labels if len(labels) <= LONGEST_NAME else labels[: LONGEST_NAME - 1] + "…"


def tag_of(change: Change) -> tuple[Any, str]:
    """Return the word and the tone of a change."""
    return KINDS[Kind(change.kind)]


def told(change: Change) -> str:
    """Return a change in a sentence, with what a voucher buyer pays."""
    now = formatting.yuan(change.after_fen)
    if change.kind == Kind.GONE:
        return _("现在不能选了，或者价格不在您要的范围里。当时用房票实付 %(now)s。", now=now)
    if change.kind == Kind.NEW or change.before_fen is None:
        return _("现在可以选，用房票实付 %(now)s。", now=now)
    before = formatting.yuan(change.before_fen)
    if change.kind == Kind.DOWN:
        return _("用房票实付的价格由 %(before)s 降到 %(now)s。", before=before, now=now)
    return _("用房票实付的价格由 %(before)s 涨到 %(now)s。", before=before, now=now)


def place(change: Change) -> str:
    """Return which home changed, in a line."""
    return homes.place(change.home)


def list_counts(one: PrintedList) -> str:
    """Return in a line what stands on a printed list."""
    counts = paper_rules.counted(paper_rules.from_json(one.body))
    return _(
        "新可选 %(new)d 套，降价 %(down)d 套，不能再选 %(gone)d 套",
        new=counts[Kind.NEW],
        down=counts[Kind.DOWN],
        gone=counts[Kind.GONE],
    )


def list_state(one: PrintedList) -> tuple[Any, str]:
    """Return the word and the tone of what became of a printed list."""
    if one.taken_back_at is not None:
        return _("已收回"), "plain"
    if one.pile_ref is None:
        return _("当面打印"), "good"
    return (_("已送到"), "good") if one.delivered_at is not None else (_("等送达"), "wait")
