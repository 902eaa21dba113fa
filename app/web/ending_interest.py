"""The words for interest on what leaves a voucher: what it bears, from when to when, and how much."""

from typing import Final

from app.core import clock
from app.policies.interest import InterestRule
from app.policies.rules import Policy
from app.vouchers.ending_interest import paid_with
from app.vouchers.ending_models import VoucherEnding
from app.vouchers.ending_rules import HOW
from app.vouchers.ending_states import Kind
from app.web import formatting
from app.web.language import gettext as _
from app.web.language import lazy_gettext as _l
from app.web.policies import interest_rate
from app.web.rounding import rounding_words

_FROM: Final = {
    "issue": _l("从核发那天起"),
    "start": _l("从使用期限起算"),
    "agreement": _l("从签协议那天起"),
    "vacated": _l("从交房腾空那天起"),
    "term_end": _l("从使用期限的最后一天起"),
}
_TO: Final = {"paid": _l("算到付款那天"), "term_end": _l("算到使用期限的最后一天")}
_ONLY: Final = {"used": _l("用过的房票"), "unused": _l("没有用过的房票")}


def interest_of(policy: Policy, kind: str, *, spent_fen: int) -> list[str]:
    """Return in sentences what an ending of a voucher bears by its policy; none where it bears nothing."""
    rule, how = policy.interest, HOW.get(Kind(kind))
    if rule is None or how is None:
        return []
    told = [_sentence(line) for line in rule.lines_of(how, is_used=spent_fen > 0)]
    if told and rule.most_bp is not None:
        told.append(_("利息最多是本金的 %(share)s。", share=formatting.percent(rule.most_bp)))
    if told and (whole := rounding_words(rule.rounding)):
        told.append(_("利息%(whole)s。", whole=whole))
    return told


def _sentence(line: InterestRule) -> str:
    said = {"since": _FROM[line.from_event], "until": _TO[line.to_event], "rate": interest_rate(line)}
    told = _("另计利息：%(since)s%(until)s，%(rate)s。", **said)
    return told if line.only is None else _("%(which)s，%(told)s", which=_ONLY[line.only], told=told)


def interest_rows(ending: VoucherEnding) -> list[tuple[str, str | None]]:
    """Return what an ending bore, or would bear today, label and words; None where nothing is."""
    until = _("；算到请银行付款的%(day)s", day=formatting.day(ending.ordered_on)) if ending.ordered_on else ""
    is_due = ending.state in ("asked", "prepared", "approved")
    fen = ending.interest_fen or (paid_with(ending, clock.today()) if is_due else 0)
    if not fen:
        return []
    whole = formatting.yuan(ending.paid_fen + fen)
    if ending.interest_fen or until:
        told = _("%(fen)s，连本金 %(whole)s", fen=formatting.yuan(fen), whole=whole)
        return [(_("利息"), told + until)]
    told = _("今天付款是 %(fen)s，连本金 %(whole)s；以付款那天为准", fen=formatting.yuan(fen), whole=whole)
    return [(_("利息"), told)]
