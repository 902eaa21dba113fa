"""The words of batch repricing: what becomes of each home, and what to know before it counts."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from flask import url_for
from markupsafe import Markup

from app.core.spreadsheet import Cell
from app.homes import rules
from app.homes.batches import Change
from app.homes.models import Home
from app.homes.pricing_models import PriceBatch
from app.homes.repricing import Line, Preview, Verdict
from app.web import formatting
from app.web.doubts import question
from app.web.language import gettext as _
from app.web.language import lazy_gettext as _l
from app.web.messages import message_of
from app.web.signals import PRICES

VERDICTS: Final[dict[Verdict, Any]] = {
    "ok": _l("可以"),
    "leaves": _l("会退出房源库"),
    "refused": _l("不符合规定"),
    "left": _l("留下不改"),
    "same": _l("不变"),
    "sold": _l("已售出，不改"),
}

PRICE_NAMES: Final = {str(kind): name for kind, name in PRICES.items()}


def name_of(home: Home) -> str:
    """Return a home's address within its development."""
    return rules.home_name(home.building.name, home.unit, home.room)


def line_rows(lines: Sequence[Line]) -> list[list[str | Markup]]:
    """Return the rows of a preview: which home, what the rules say, before, after, difference."""
    return [
        [_link(line.home), _said(line), _yuan(line.before_fen), _after(line), _gap(line)] for line in lines
    ]


def change_rows(changes: Sequence[Change]) -> list[list[str | Markup]]:
    """Return the rows of a batch that was made."""
    return [
        [
            _link(change.home),
            _yuan(change.before_fen),
            _yuan(change.after_fen),
            _("还是这个价") if change.stands else _("后来又改过"),
        ]
        for change in changes
    ]


def file_row(line: Line) -> list[Cell]:
    """Return a line of a preview for a file: sums in yuan."""
    before, after = line.before_fen, line.after_fen
    told = message_of(line.refusal) if line.refusal else ""
    doubts = "".join(question(doubt) for doubt in line.doubts)
    return [
        line.home.ref,
        name_of(line.home),
        None if before is None else formatting.file_yuan(before),
        None if after is None else formatting.file_yuan(after),
        str(VERDICTS[line.verdict]),
        told or doubts,
    ]


def consequences(preview: Preview) -> list[str]:
    """Return what is to be known and agreed to: homes that leave the pool, unlikely figures."""
    told = []
    if leaving := preview.count("leaves"):
        told.append(
            _("%(count)d 套上架的房源会马上退出房源库，并通知监管部门。", count=leaving)
            if preview.effective_at is None
            else _("到时候 %(count)d 套上架的房源会退出房源库，并通知监管部门。", count=leaving)
        )
    if doubts := preview.doubts:
        first = question(doubts[0])
        told.append(_("%(count)d 套的新价格不寻常，例如：%(first)s", count=len(doubts), first=first))
    return told


def totals(preview: Preview) -> list[tuple[str, str | Markup]]:
    """Return what the lines come to together, as rows of a summary."""
    gap = preview.after_fen - preview.before_fen
    rows: list[tuple[str, str | Markup]] = [
        (_("选中"), _("%(count)d 套", count=len(preview.lines))),
        (_("价格会变"), _("%(count)d 套", count=len(preview.changing))),
    ]
    if preview.effective_at is not None:
        rows.append((_("从什么时候起"), formatting.time_element(preview.effective_at)))
    rows += _counted(preview, ("leaves", "refused", "left", "same", "sold"))
    if preview.changing:
        rows.append((_("原来合计"), formatting.yuan(preview.before_fen)))
        rows.append((_("改后合计"), formatting.yuan(preview.after_fen)))
        rows.append((_("合计变动"), _moved(gap)))
    return rows


def left_out(batch: PriceBatch) -> str | None:
    """Return how many homes a batch left out since a rule refused them; None if it was not asked to."""
    refs = batch.recipe.get("left_out")
    return _("%(count)d 套不符合规定，留下不改", count=len(refs)) if refs else None


def _counted(preview: Preview, verdicts: Iterable[Verdict]) -> list[tuple[str, str]]:
    return [
        (str(VERDICTS[verdict]), _("%(count)d 套", count=preview.count(verdict)))
        for verdict in verdicts
        if preview.count(verdict)
    ]


def _said(line: Line) -> str:
    told = str(VERDICTS[line.verdict])
    if line.refusal:
        return _("%(told)s：%(why)s", told=told, why=message_of(line.refusal))
    return _("%(told)s，但价格不寻常", told=told) if line.doubts else told


def _link(home: Home) -> Markup:
    href = url_for("developer.home", ref=home.ref)
    return Markup('<a class="govuk-link" href="{}">{}</a>').format(href, name_of(home))


def _yuan(fen: int | None) -> str:
    return _("没有") if fen is None else formatting.yuan(fen)


def _after(line: Line) -> str:
    return _("不改") if line.after_fen is None else formatting.yuan(line.after_fen)


def _gap(line: Line) -> str:
    if line.before_fen is None or line.after_fen is None:
        return ""
    return _moved(line.after_fen - line.before_fen)


def _moved(gap: int) -> str:
    if gap == 0:
        return _("不变")
    return (
        _("涨 %(gap)s", gap=formatting.yuan(gap)) if gap > 0 else _("降 %(gap)s", gap=formatting.yuan(-gap))
    )
