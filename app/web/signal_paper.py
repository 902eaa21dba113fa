"""A price signal as a sheet that a regulator signs: PDF, one A4 where the evidence lets it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from markupsafe import Markup

from app.cases.area_evidence import AreaEvidence
from app.cases.evidence import ContractEvidence, Evidence
from app.cases.queries import SignalView
from app.documents import pdf
from app.documents.papers import Column
from app.web import area_signals, contract_signals, formatting, signal_steps, signals
from app.web.language import gettext as _
from app.web.pages import printed

MOST_ROWS: Final = 8
"""Comparables or homes on the sheet, the weightiest first; the evidence file has all."""


@dataclass(frozen=True)
class Grid:
    """A table on the sheet."""

    title: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Sheet:
    """The data of the template ``signal``."""

    title: str
    headline: str
    facts: Sequence[tuple[str, str]]
    tables: Sequence[Grid]
    notes: Sequence[str]
    signers: Sequence[str]
    foot: str


def render(view: SignalView, digest: str, *, late: Sequence[str]) -> bytes:
    """Return the sheet of a signal as PDF; ``digest`` is the SHA-256 of its evidence.

    ``late`` says whether slow settlement may be a reason: it is of today and no part of the evidence.
    """
    found = view.evidence
    sheet = Sheet(
        title=_("价格异常线索核查表"),
        headline=signals.headline(found),
        facts=[(name, _plain(value)) for name, value in [*_about(view), *_figures(view)] if value],
        tables=[*_grids(view), _steps(view)],
        notes=[*_notes(view), *late],
        signers=[_("核查人"), _("复核人"), _("负责人")],
        foot=_(
            "%(ref)s · %(printed)s · 证据 SHA-256 %(digest)s",
            ref=view.signal.ref,
            printed=printed(),
            digest=digest[:16],
        ),
    )
    return pdf.render("signal", sheet)


def _plain(value: Any) -> str:
    return Markup(str(value)).striptags()  # noqa: S704  # only to take the marks off


def _about(view: SignalView) -> list[tuple[str, Any]]:
    signal, found = view.signal, view.evidence
    return [
        (_("线索编号"), signal.ref),
        (_("处理情况"), signals.STATES[view.standing][0]),
        (_("级别"), signals.GRADES[signal.grade]),
        (_("关于"), signals.place(found)),
        (_("房企"), found.developer),
        (_("城区"), found.district),
        (_("由谁处理"), signal.assignee.display_name if signal.assignee else ""),
        (_("合并到"), signal.merged_into.ref if signal.merged_into else ""),
    ]


def _figures(view: SignalView) -> list[tuple[str, Any]]:
    found = view.evidence
    if isinstance(found, AreaEvidence):
        return area_signals.rows(found)
    gap = _("%(sum)s（%(rate)s）", sum=formatting.yuan(found.difference_fen), rate=signals.rate(found))
    if isinstance(found, ContractEvidence):
        return [
            *contract_signals.contract_rows(found),
            (_("当天的最低现金净价"), formatting.yuan(found.net_fen)),
            (_("计算的优惠"), contract_signals.promotions_told(found)),
            (_("相差"), gap),
            (_("规则"), contract_signals.RULE),
            *_found(found),
        ]
    dearer = found.nets.voucher_fen if found.nets else found.dearer.amount_fen
    return [
        (signals.dearer_name(found), _since(dearer, found.dearer)),
        (signals.against_name(found), _since(found.limit_fen, found.compared)),
        (_("相差"), gap),
        (_("规则"), signals.rule_words(found)),
        *_found(found),
        (_("退出房源库"), formatting.exact_moment(found.left_pool_at)),
    ]


def _since(fen: int, price: Any) -> str:
    at = formatting.exact_moment(price.effective_from)
    return _("%(sum)s，自 %(at)s 起", sum=formatting.yuan(fen), at=at)


def _found(found: Evidence | ContractEvidence) -> list[tuple[str, Any]]:
    return [
        (_("规则版本"), _("第 %(version)d 版", version=found.rule_version)),
        (_("发现时间"), formatting.exact_moment(found.found_at)),
    ]


def _grids(view: SignalView) -> list[Grid]:
    found = view.evidence
    if not isinstance(found, AreaEvidence):
        return []
    made = [area_signals.comparables(found, most=MOST_ROWS), area_signals.group_homes(found, most=MOST_ROWS)]
    return [
        Grid(
            table.title,
            [Column(name, numeric=place > 1, wide=place == 1) for place, name in enumerate(table.heads)],
            table.rows,
        )
        for table in made
        if table is not None
    ]


def _notes(view: SignalView) -> list[str]:
    found = view.evidence
    if isinstance(found, AreaEvidence):
        return [*area_signals.warnings(found), area_signals.left_out(found), str(area_signals.MEANING)]
    if isinstance(found, ContractEvidence):
        return [str(contract_signals.LEFT_OUT), str(contract_signals.CONSEQUENCE)]
    return []


def _steps(view: SignalView) -> Grid:
    rows = [
        [formatting.moment(at), words if not text else f"{words}：{text}", by]
        for at, words, by, text in map(signal_steps.told, view.steps)
    ]
    return Grid(_("办理经过"), [Column(_("时间")), Column(_("事项"), wide=True), Column(_("谁"))], rows)
