"""What a clear sheet says: the five standing questions with this household's own figures, in plain words.

Nothing that moves from day to day stands on it, neither a balance nor a price: what it says changes when its
policy, its vouchers or the counter change, and then there is a new version.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import ARRAY, BigInteger, any_, bindparam, select
from sqlalchemy.orm import Session

from app.core import money
from app.core.actor import Actor
from app.core.errors import Conflict
from app.identity.counters import find_counter
from app.identity.models import District
from app.policies.faces import in_cash
from app.policies.reach import START
from app.policies.rules import Policy, Tier
from app.policies.tiers import SPACES
from app.projects.models import Agreement, AgreementLine, Household
from app.reports import words
from app.vouchers.models import Voucher
from app.vouchers.queries import WalletVoucher, purses_by_id

SCHEMA: Final = 1


@dataclass(frozen=True, slots=True)
class Answer:
    """One of the five questions with its answers."""

    question: str
    lines: Sequence[str]


@dataclass(frozen=True, slots=True)
class ClearText:
    """A whole sheet."""

    holder: str
    household: str
    project: str
    district: str
    answers: Sequence[Answer]
    policy: str
    counter: str

    def to_json(self) -> dict[str, Any]:
        """Return it as it is kept."""
        return {"schema": SCHEMA, **asdict(self)}

    @property
    def sha256(self) -> str:
        """The hash of what it says."""
        return hashlib.sha256(
            json.dumps(self.to_json(), sort_keys=True, ensure_ascii=False).encode()
        ).hexdigest()


def from_json(body: dict[str, Any]) -> ClearText:
    """Return a sheet as it was kept."""
    answers = [Answer(one["question"], list(one["lines"])) for one in body["answers"]]
    names = ("holder", "household", "project", "district", "policy", "counter")
    return ClearText(**{name: body[name] for name in names}, answers=answers)


def compose(session: Session, *, actor: Actor, household: Household) -> ClearText:
    """Return what a household's sheet says today. Raises Conflict while it has no issued voucher."""
    texts = compose_all(session, actor=actor, households=[household])
    if household.id not in texts:
        raise Conflict("clear_sheet_no_voucher")
    return texts[household.id]


def compose_all(session: Session, *, actor: Actor, households: Sequence[Household]) -> dict[int, ClearText]:
    """Return what these households' sheets say today, by household id; those without a voucher are absent.

    However many there are, what they are made of is read by as many questions as for one.
    """
    district = session.get_one(District, actor.district)
    wallets = _wallets(session, [household.id for household in households])
    counter = find_counter(session, district_id=actor.district)
    cash = _paid_in_cash(session, [purse for purses in wallets.values() for purse in purses])
    where = f"{counter.address}，电话 {counter.phone}，{counter.hours}" if counter else "征收办窗口"
    return {
        household.id: _text(household, wallets[household.id], cash, district.name, where)
        for household in households
        if household.id in wallets
    }


def _wallets(session: Session, household_ids: Sequence[int]) -> dict[int, list[WalletVoucher]]:
    """Return the issued vouchers of households, in the order they were made, by household id."""
    statement = (
        select(Voucher.id)
        .where(
            Voucher.household_id == any_(bindparam(None, list(household_ids), type_=ARRAY(BigInteger))),
            Voucher.state == "issued",
        )
        .order_by(Voucher.id)
    )
    found: dict[int, list[WalletVoucher]] = {}
    for purse in purses_by_id(session, session.scalars(statement)):
        found.setdefault(purse.household_id, []).append(purse)
    return found


def _paid_in_cash(session: Session, purses: Sequence[WalletVoucher]) -> dict[int, str]:
    """Return what of the compensation the faces of vouchers are without, by voucher id, where it is any."""
    asked = {one.id: one.policy for one in purses if one.policy.face_without and not one.came_of_move}
    if not asked:
        return {}
    statement = (
        select(Voucher.id, Agreement.compensation_fen, AgreementLine.kind, AgreementLine.amount_fen)
        .join(Agreement, Agreement.id == Voucher.agreement_id)
        .join(AgreementLine, AgreementLine.agreement_id == Agreement.id)
        .where(Voucher.id.in_(asked))
        .order_by(Voucher.id, AgreementLine.place)
    )
    wholes, lines = dict[int, int](), defaultdict[int, list[tuple[str, int]]](list)
    for voucher_id, whole_fen, kind, fen in session.execute(statement):
        wholes[voucher_id] = whole_fen
        lines[voucher_id] += in_cash(asked[voucher_id], [(kind, fen)])
    return {one: words.paid_in_cash(parts, wholes[one]) for one, parts in lines.items() if parts}


def _text(
    household: Household,
    purses: Sequence[WalletVoucher],
    cash: Mapping[int, str],
    district_name: str,
    counter: str,
) -> ClearText:
    return ClearText(
        holder=household.holder_name,
        household=household.ref,
        project=household.project.name,
        district=district_name,
        answers=[
            Answer("能买几套房？", _how_many(purses, cash, district_name)),
            Answer("多少钱一套？", _price(purses)),
            Answer("房票用到哪一天？", _how_long(purses)),
            Answer("没有用完的钱怎么付？", _leftover(purses)),
            Answer("谁能申请保障房？", _affordable(purses)),
        ],
        policy="、".join(dict.fromkeys(purse.policy.title for purse in purses)),
        counter=counter,
    )


def _each(purses: Sequence[WalletVoucher], say: Callable[[WalletVoucher], Sequence[str]]) -> list[str]:
    """Return what is to say of vouchers: once where it is the same for all, else behind their numbers."""
    told: dict[tuple[str, ...], list[str]] = {}
    for purse in purses:
        told.setdefault(tuple(say(purse)), []).append(purse.ref)
    if len(told) == 1:
        return list(next(iter(told)))
    return [f"{'、'.join(refs)}：{''.join(lines)}" for lines, refs in told.items() if lines]


def _how_many(purses: Sequence[WalletVoucher], cash: Mapping[int, str], district_name: str) -> list[str]:
    faces = "；".join(f"{purse.ref}，{words.yuan(purse.received_fen)}" for purse in purses)
    return [
        f"您家有 {len(purses)} 张房票：{faces}。",
        *_added(purses),
        *(f"{purse.ref}：{cash[purse.id]}。" for purse in purses if purse.id in cash),
        *_each(purses, lambda purse: _homes(purse.policy, district_name)),
    ]


def _added(purses: Sequence[WalletVoucher]) -> list[str]:
    """Return for each voucher what of its face the policy added to the compensation."""
    told = ((purse.ref, words.face_added(purse.policy, purse.additions)) for purse in purses)
    return [f"{ref} 的票面里，政策另加：{'；'.join(added)}。" for ref, added in told if added]


def _homes(policy: Policy, district_name: str) -> list[str]:
    whose = "一户名下的房票合计" if policy.homes_of == "household" else "每张"
    most = f"{whose}最多买 {policy.most_homes} 套" if policy.most_homes else "不限套数，钱够就能买"
    held = f"，同时最多锁定 {policy.hold_homes} 套" if policy.hold_homes else ""
    first = policy.first_purchase_bp
    least = f"；每张买第一套至少要用掉票面的 {words.percent(first)}" if first else ""
    named = words.buyers(policy) if policy.buyers else "您本人"
    kinds, area = words.listed(policy.usable_on, words.KINDS), words.area_of_use(policy, district_name)
    return [
        f"{most}{held}{least}；也可以几张房票合起来买一套。",
        f"能买{kinds}（{area}），购房合同可以写：{named}。",
        *_spaces(policy),
    ]


def _spaces(policy: Policy) -> list[str]:
    """Return how spaces are bought, where the voucher buys any."""
    if not policy.usable_on & SPACES:
        return []
    most = f"，一套房旁边最多买 {policy.spaces_a_home} 个" if policy.spaces_a_home else ""
    named = words.listed(policy.usable_on & SPACES, words.KINDS)
    if policy.spaces_alone:
        held = f"，单独买的同时最多锁定 {policy.hold_spaces} 个" if policy.hold_spaces else ""
        return [f"{named}可以单独买{held}，也可以和同一个楼盘的房一起买，用买那套房的房票付{most}。"]
    return [f"{named}要和同一个楼盘的房一起买，用买那套房的房票付，不能单独买{most}。"]


def _price(purses: Sequence[WalletVoucher]) -> list[str]:
    lines = ["每套房都公布备案价、现金价、房票价。房票价不能高于现金价，也不能高于备案价。"]
    total = words.yuan(sum(purse.received_fen for purse in purses))
    first = [_first_tier(purse) for purse in purses]
    if all(first):
        tiers = [tier for tier in first if tier is not None]
        with_bonus = sum(
            purse.received_fen + money.share_floor(purse.received_fen, tier.rate_bp)
            for purse, tier in zip(purses, tiers, strict=True)
        )
        # Until the first of them falls to its next rate, all pay at their first.
        until = words.day(min(tier.last_day for tier in tiers))
        lines.append(
            f"您家房票共 {total}；{until}当天和以前买房，连奖励最多能付 {words.yuan(with_bonus)}。"
            "房价更高的，差价自己付。"
        )
    else:
        lines.append(f"您家房票共 {total}。房价更高的，差价自己付。")
    return [*lines, *_each(purses, lambda purse: [*words.limits(purse.policy), *_sources(purse)])]


def _first_tier(purse: WalletVoucher) -> Tier | None:
    """Return the tier by which a voucher's whole face earns its most; None where other things count too."""
    policy, bonus = purse.policy, purse.policy.bonus
    tiers = bonus.tiers_of(purse.counted_from(bonus))
    is_alone = (
        not policy.more_bonuses and not policy.bonus_caps and not policy.limits and bonus.paid == "price"
    )
    is_plain = is_alone and bonus.base == "spent" and not bonus.every_cap and bonus.rounding.step_fen == 1
    is_earned = is_plain and bonus.is_for_any_home and bonus.is_signed_then(purse.agreed_on)
    is_earned = is_earned and bonus.is_earned_by(keeps_bonus=purse.earns_bonus)
    return tiers[0] if tiers and is_earned and not (tiers[0].steps or tiers[0].brackets) else None


def _sources(purse: WalletVoucher) -> list[str]:
    sources = words.listed(purse.policy.top_ups, words.TOP_UPS)
    return [f"差价可以用{sources}，只付到楼盘的监管账户，不要付给个人。"]


def _how_long(purses: Sequence[WalletVoucher]) -> list[str]:
    ends: dict[date, list[str]] = {}
    for purse in purses:
        ends.setdefault(words.last_day(purse.expires_at), []).append(purse.ref)
    return [
        *(f"{'、'.join(refs)}：用到 {words.day(day)}24:00。" for day, refs in ends.items()),
        *_each(purses, _bonuses),
    ]


def _bonuses(purse: WalletVoucher) -> list[str]:
    return [f"到 {words.day(span.last_day)}为止：奖励{words.span_worth(span)}。" for span in purse.spans()]


def _leftover(purses: Sequence[WalletVoucher]) -> list[str]:
    return [*_each(purses, lambda purse: words.leftover(purse.policy)), *_reached(purses)]


def _reached(purses: Sequence[WalletVoucher]) -> list[str]:
    """Return in sums from where on each voucher's leftover is paid out: each is counted by itself."""
    lines = []
    for purse in purses:
        shares = "，".join(
            f"{words.percent(reach.bp)} 是 {words.yuan(reach.least_fen(purse.face_fen))}"
            for reach in dict.fromkeys(
                band.reach
                for band in purse.policy.leftover or ()
                if band.rate_bp and not band.is_of_household
            )
            if reach > START
        )
        if shares:
            lines.append(f"{'按您家的票面' if len(purses) == 1 else purse.ref}，{shares}。")
    return lines


def _affordable(purses: Sequence[WalletVoucher]) -> list[str]:
    total = words.yuan(sum(purse.received_fen for purse in purses))
    return [
        f"您家的房票（{total}）连奖励和自己能付的差价，买不到一套入库房源的，可以到窗口申请保障房。",
        "带身份证、户口簿和这张纸；由住房保障部门审核家庭住房和收入。",
    ]
