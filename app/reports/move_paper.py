"""The form of a move (房票变更申请表): what both sides read and sign, and the authority keeps."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from app.core import clock
from app.documents import pdf
from app.identity.models import District
from app.policies.queries import policy_of
from app.policies.rules import Policy
from app.projects.rules import masked_id
from app.reports import words
from app.vouchers.move_models import VoucherMove
from app.vouchers.move_queries import number_of, number_of_heir
from app.vouchers.move_rules import Made, read_held, read_made, read_wish, tells_bonus

KINDS: Final = {"transfer": "转让", "split": "拆分", "merge": "合并", "inherit": "继承"}
KIN: Final = {
    "spouse": "配偶",
    "parent": "父母",
    "child": "子女",
    "sibling": "兄弟姐妹",
    "grandparent": "祖父母、外祖父母",
    "grandchild": "孙子女、外孙子女",
    "other": "其他人",
}


@dataclass(frozen=True, slots=True)
class MovePaper:
    """What the template ``move`` shows, every line as it is printed."""

    title: str
    ref: str
    district: str
    asked: str
    facts: Sequence[tuple[str, str]]
    before: Sequence[tuple[str, str, str, str]]
    after: Sequence[tuple[str, str, str, str, str]]
    term: str
    """What becomes of the term."""
    signers: Sequence[str]
    """Who signs it, the office last."""


_GOES_ALONG: Final = "期限、奖励的档期和办过的次数跟着走"


def render_move(session: Session, *, move: VoucherMove) -> bytes:
    """Return the PDF of a move's form, with what was shown when it was asked."""
    what = "离婚分割" if move.is_divorce else KINDS[move.kind]
    number = number_of(move)
    facts = [("去世的持有人" if move.heirs else "申请人", move.household.holder_name)]
    died_on = read_wish(move.shown).died_on
    if died_on is not None:
        facts.append(("去世日期", words.day(died_on)))
    for heir in move.heirs:
        number_said = f"身份证号 {masked_id(number_of_heir(heir))}"
        facts.append((f"第 {heir.place} 个继承人", f"{heir.name}，{KIN[heir.kin]}，{number_said}"))
    for owner in move.owners:
        facts.append(("一起合并的持有人", f"{owner.household.holder_name}，是申请人的{KIN[owner.kin]}"))
    if move.owners:
        facts.append(
            ("合并以后归", f"申请人 {move.household.holder_name} 一家，其他各家不能再用，也要不回来")
        )
    if move.other_name and number and move.kin:
        facts += [
            ("受让人", f"{move.other_name}，身份证号 {masked_id(number)}"),
            ("受让人是申请人的", "原配偶" if move.is_divorce else KIN[move.kin]),
        ]
    if move.residents is not None:
        facts.append(("安置人口", f"{move.residents} 人"))
        facts.append(("另有住房", f"{move.other_homes_m2 or 0} 平方米"))
    mades = read_made(move.shown)
    policy = policy_of(move.parts[0].voucher.policy_version)
    return pdf.render(
        "move",
        MovePaper(
            title=f"房票{what}申请表",
            ref=move.ref,
            district=session.get_one(District, move.district_id).name,
            asked=words.day(clock.legal_day(move.asked_at)),
            facts=facts,
            before=[
                (
                    _named(move, one.ref),
                    words.yuan(one.face_fen),
                    words.yuan(one.left_fen),
                    _last(one.terms.expires_at),
                )
                for one in read_held(move.shown)
            ],
            after=[
                (
                    holder,
                    words.yuan(one.face_fen),
                    words.yuan(one.left_fen),
                    _last(one.terms.expires_at),
                    _bonus(policy, one, move.asked_at),
                )
                for holder, one in zip(_holders(move, mades), mades, strict=True)
            ],
            term=_term(move) if move.heirs else _GOES_ALONG,
            signers=[*_signers(move), "经办人", "复核人"],
        ),
    )


def _holders(move: VoucherMove, mades: Sequence[Made]) -> list[str]:
    if move.heirs:
        return [heir.name for heir in move.heirs]
    return [(move.other_name or "") if one.is_others else move.household.holder_name for one in mades]


def _bonus(policy: Policy, made: Made, asked_at: datetime) -> str:
    """Return what a purchase earns with it, as the page told it on the day it was asked."""
    if not any(rule.is_earned_by(keeps_bonus=made.terms.earns_bonus) for rule in policy.bonuses):
        return "没有"
    if not made.terms.earns_bonus:
        return "按受让人的标准"
    if not tells_bonus(policy):
        return "照旧"
    tier = policy.promised_tier(made.terms.starts_on, asked_at, made.terms.expires_at)
    return words.worth(policy.bonus, tier) if tier and tier.pays else "没有"


def _named(move: VoucherMove, ref: str) -> str:
    """Return the number of a voucher, with its holder where they are several's."""
    holders = {part.voucher.ref: part.voucher.household.holder_name for part in move.parts}
    return f"{ref} {holders[ref]}" if move.owners else ref


def _signers(move: VoucherMove) -> list[str]:
    if move.heirs:
        return [f"继承人 {heir.name}" for heir in move.heirs]
    if move.owners:
        return ["申请人", *(f"持有人 {owner.household.holder_name}" for owner in move.owners)]
    return ["申请人", f"受让人 {move.other_name}" if move.other_name else "同户其他权利人"]


def _term(move: VoucherMove) -> str:
    """Return what becomes of the term of a voucher that heirs get."""
    rule = policy_of(move.parts[0].voucher.policy_version).inheritance
    if not rule.is_term_suspended:
        return "使用期限和奖励的档期照旧"
    most = f"，最多停 {rule.most_days} 天" if rule.most_days else ""
    if most and (waited_days := read_wish(move.shown).waited_days):
        most += f"，另加家里买的房还没有办完的 {waited_days} 天"
    return (
        f"使用期限和奖励的档期从去世那天起停下，到办结那天为止{most}；上面是按申请那天办结算的，晚一天办结，"
        "没有停满的，期限也晚一天"
    )


def _last(expires_at: datetime) -> str:
    return words.day(words.last_day(expires_at))
