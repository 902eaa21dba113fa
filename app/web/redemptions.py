"""The words and the parts of a page that household, authority and developer see of the same redemption."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from app.core.actor import Role
from app.core.errors import DomainError
from app.homes.models import Home
from app.policies.rules import Rule
from app.redemptions.beside import state_shown
from app.redemptions.buyers import Basis
from app.redemptions.checking import buyers_differ
from app.redemptions.contract_models import ContractEntry
from app.redemptions.errors import BasketRefused, Refusal
from app.redemptions.ground import place_of
from app.redemptions.kinship_states import State as Proof
from app.redemptions.models import Allocation, Redemption
from app.redemptions.queries import TimelineStep
from app.redemptions.snapshot import HomeFacts, PartSeen, Snapshot
from app.redemptions.states import Action, State
from app.redemptions.top_up_queries import TopUpStanding
from app.web import formatting, kinship
from app.web.kin import BUYERS
from app.web.language import gettext as _
from app.web.language import lazy_gettext as _l
from app.web.messages import message_of
from app.web.pages import ROLE_NAMES
from app.web.policies import DECIDED_BY, rule_text
from app.web.stock import STOCK_KINDS
from app.web.turns import turn

STATES: Final[dict[State, tuple[Any, str]]] = {
    State.LOCKED: (_l("已锁定，等合同"), "wait"),
    State.CONTRACTED: (_l("已签约，等核验"), "info"),
    State.CHECKED: (_l("已核验，等复核"), "info"),
    State.REDEEMED: (_l("购房完成"), "good"),
    State.REVERSED: (_l("已撤销"), "bad"),
    State.CANCELLED: (_l("已取消"), "plain"),
    State.REFUSED: (_l("已退回"), "bad"),
    State.EXPIRED: (_l("到期释放"), "plain"),
}
"""The word and the tone of each state, in the order things happen."""

ACTIONS: Final = {
    Action.RESERVE: _l("锁定房源"),
    Action.CANCEL: _l("取消锁定"),
    Action.ENTER_CONTRACT: _l("填写合同编号"),
    Action.VERIFY_FIRST: _l("经办人核验"),
    Action.VERIFY_SECOND: _l("复核通过，房票核销"),
    Action.REFUSE: _l("退回"),
    Action.RELEASE: _l("线下合同在先，锁定解除"),
    Action.EXPIRE: _l("到期释放"),
    Action.FALL: _l("房没有买成，旁边的一起放开"),
    Action.ANSWER: _l("房企答复，约好签合同"),
    Action.EXTEND: _l("锁定延期"),
    Action.EXTEND_FOR_LOAN: _l("办贷款，锁定延期"),
    Action.CORRECT_CONTRACT: _l("更正合同"),
    Action.ASK_CHANGE: _l("提出变更或撤销"),
    Action.ANSWER_CHANGE: _l("对变更或撤销作了答复"),
    Action.END_CHANGE: _l("变更或撤销没有办成"),
    Action.PREPARE_CHANGE: _l("经办人核对变更或撤销"),
    Action.ADJUST: _l("复核通过，房款变更"),
    Action.REVERSE: _l("复核通过，购房撤销"),
}

SUPERVISED: Final = _l("自付差价只付至监管账户，不付给任何个人。")
"""The sentence that keeps money out of private pockets; beside every top-up."""

_STEPS: Final = (_l("锁定房源"), _l("到售楼处签合同"), _l("征收办核验"), _l("征收办复核，购房完成"))
_PLACE: Final = {State.LOCKED: 1, State.CONTRACTED: 2, State.CHECKED: 3, State.REDEEMED: 4}


def relation(kin: str) -> str:
    """Return what a buyer is to the holder of the voucher, in words."""
    return str(BUYERS[kin])


def place(home: Home | HomeFacts) -> str:
    """Return which home it is, in a line."""
    if isinstance(home, HomeFacts):
        return home.line
    return place_of(home)


def counted(kinds: Sequence[str]) -> str:
    """Return how many homes and how many spaces there are."""
    homes = sum(kind == "home" for kind in kinds)
    told = [_("%(count)d 套房", count=homes)] if homes else []
    for kind, count in Counter(kind for kind in kinds if kind != "home").items():
        told.append(_("%(count)d 个%(what)s", count=count, what=STOCK_KINDS[kind]))
    return _("、").join(told)


def lot_title(one: Snapshot) -> str:
    """Return which home or space of a basket it is, as the heading of its sums."""
    if one.is_home:
        return _("第 %(place)d 套：%(home)s", place=one.place, home=one.home.line)
    what = STOCK_KINDS[one.home.kind]
    if one.beside is None:
        return _(
            "第 %(place)d 笔，单独买的%(what)s：%(home)s", place=one.place, what=what, home=one.home.line
        )
    return _("第 %(place)d 笔，旁边的%(what)s：%(home)s", place=one.place, what=what, home=one.home.line)


def kept_back(one: Snapshot) -> str | None:
    """Return why a household adds to a space although a voucher of it has money, None where none has."""
    idle = [part.voucher_ref for part in one.parts if part.available_fen and not part.spent_fen]
    if one.is_home or not one.top_up_fen or not idle:
        return None
    if one.beside is None:
        return _(
            "按房票的政策，%(refs)s 不能单独买车位和储藏室，所以这里要自付 %(sum)s。",
            refs=_("、").join(_("房票 %(ref)s", ref=ref) for ref in idle),
            sum=formatting.yuan(one.top_up_fen),
        )
    return _(
        "这一笔只能用付那套房的房票付。%(refs)s 没有付那套房，所以这里要自付 %(sum)s。"
        "想用它付，请回选房篮，打开“换房票的先后，或每张只用一部分”，让它也付一部分房款。",
        refs=_("、").join(_("房票 %(ref)s", ref=ref) for ref in idle),
        sum=formatting.yuan(one.top_up_fen),
    )


def refusals_of(error: DomainError) -> Sequence[Refusal]:
    """Return which homes of a basket cannot be had; nothing for any other refusal."""
    return error.refusals if isinstance(error, BasketRefused) else ()


def told_refusals(refusals: Sequence[Refusal]) -> list[tuple[str, str]]:
    """Return home and reason of each, for the macro ``refused_homes``."""
    return [(one.home, message_of(one.error)) for one in refusals]


def decided_by(frozen: Snapshot) -> str | None:
    """Return what the event is called whose day decides the bonus in cash; None where the lock does."""
    return str(DECIDED_BY[frozen.decided_by]) if frozen.decided_by else None


def bonus_rules(part: PartSeen) -> list[str]:
    """Return which rules made a voucher's bonus, as they were applied: those of each of several by itself."""
    if not part.each:
        return [_rules(part.rules)]
    told = [
        _(
            "第 %(place)d 项 %(sum)s%(way)s：%(rules)s",
            place=place,
            sum=formatting.yuan(one.fen),
            way=_("，购房后另发现金") if one.paid == "cash" else "",
            rules=_rules(one.rules),
        )
        for place, one in enumerate(part.each, start=1)
    ]
    # Beside a bonus in cash, that none goes towards the price would contradict the lines above.
    joint = [rule for rule in part.joint_rules if rule.code not in ("no_bonus", "only_cash")]
    return told + [_("各项合在一起：%(rules)s", rules=_rules(joint))] * bool(joint)


def _rules(rules: Iterable[Rule]) -> str:
    return _("；").join(rule_text(rule) for rule in rules) or _("没有奖励")


def tag(redemption: Redemption, now: datetime) -> tuple[Any, str]:
    """Return word and tone for where a redemption stands, as everybody is told."""
    return STATES[state_shown(redemption, now)]


@dataclass(frozen=True)
class Progress:
    """Where a purchase stands, for the macro of that name."""

    steps: list[dict[str, Any]]
    now: int
    turn: list[str]
    stopped: bool


def progress(
    redemption: Redemption,
    story: Sequence[TimelineStep],
    now: datetime,
    *,
    role: Role | None,
    top_up: TopUpStanding | None,
    proof: Proof | None = None,
    changing: tuple[str, str] | None = None,
    cash_waits: bool = False,
) -> Progress:
    """Return the steps of a purchase, the one under way, and who must act next, told to whoever looks.

    ``proof`` is how the proofs of its buyers' kinship stand, where they hold the contract up; ``changing``
    what is asked of it after its contract, and where that stands, in words; ``cash_waits`` whether a bonus in
    cash is still owed to whom this is told.
    """
    state = state_shown(redemption, now)
    reached = _PLACE.get(state)
    if reached is None:
        before = [step.from_state for step in story if step.to_state == state and step.from_state]
        reached = _PLACE[before[-1]] if before else 1
    return Progress(
        steps=[{"name": name} for name in _STEPS],
        now=reached,
        turn=turn(
            redemption,
            role=role,
            now=now,
            missing_fen=top_up.missing_fen if top_up else 0,
            kinship=proof,
            changing=changing,
            cash_waits=cash_waits,
        ),
        stopped=state not in _PLACE,
    )


def timeline(story: Sequence[TimelineStep], *, names: bool) -> list[dict[str, Any]]:
    """Return what happened, newest first; ``names`` shows who, otherwise only in which role."""
    return [
        {"title": ACTIONS[step.action], "at": step.at, "by": _by(step, names=names), "text": step.reason}
        for step in reversed(story)
    ]


def _by(step: TimelineStep, *, names: bool) -> str:
    role = str(ROLE_NAMES[step.role]) if step.role else _("系统")
    if step.at_counter:
        role = _("%(role)s（由窗口代办）", role=role)
    if step.by_helper:
        role = _("%(role)s（由帮办人代办，本人验证码同意）", role=role)
    return f"{role} {step.by}" if names and step.by else role


@dataclass(frozen=True)
class Line:
    """One line of the comparison: what the quote said, the contract has and stands now; do they differ?"""

    label: str
    quoted: str
    entered: str
    contract: str | None = None
    """None where the contract is not entered, or nothing of this is entered with it."""
    lit: bool | None = None
    """Whether it differs, where that is not to be seen from the words alone."""

    @property
    def differs(self) -> bool:
        """Whether somebody must look."""
        if self.lit is not None:
            return self.lit
        return self.entered != self.quoted or self.contract not in {None, self.quoted}


def comparison(redemption: Redemption, frozen: Snapshot, draft: ContractEntry | None = None) -> list[Line]:
    """Return the frozen quote beside the contract and what is now on record, line by line, as it is read.

    The contract is the one that was entered, or the ``draft`` of one.
    """
    home, signed_area, signed_fen = (
        redemption.home,
        draft.area_m2 if draft else redemption.contract_area_m2,
        draft.price_fen if draft else redemption.contract_price_fen,
    )
    lines = [
        *_signed_lines(redemption, frozen, draft),
        Line(_("房源"), place(frozen.home), place(home)),
        Line(
            _("建筑面积"),
            formatting.area(frozen.home.area_m2),
            formatting.area(home.area_m2),
            None if signed_area is None else formatting.area(signed_area),
        ),
        Line(_("房企"), frozen.home.developer, home.development.developer.name),
        Line(
            _("实付价（合同总价）") if frozen.promotions else _("房票价（合同总价）"),
            formatting.yuan(frozen.price_fen),
            formatting.yuan(redemption.price_fen),
            None if signed_fen is None else formatting.yuan(signed_fen),
        ),
    ]
    held = {part.voucher_id: part for part in redemption.allocations}
    for part in frozen.used_parts:
        lines += _part_lines(part.voucher_ref, part.spent_fen, part.bonus_fen, held.get(part.voucher_id))
    lines.append(
        Line(_("自付差价"), formatting.yuan(frozen.top_up_fen), formatting.yuan(redemption.top_up_fen))
    )
    paid = sum(part.spent_fen + part.bonus_fen for part in redemption.allocations) + redemption.top_up_fen
    lines.append(Line(_("以上各项合计"), formatting.yuan(frozen.price_fen), formatting.yuan(paid)))
    return lines


def _signed_lines(redemption: Redemption, frozen: Snapshot, draft: ContractEntry | None) -> Iterator[Line]:
    """Yield the lines of the contract's number and buyers."""
    entry = draft or redemption.contract
    number = entry.number if entry else redemption.contract_number
    if number is not None:
        yield Line(_("合同编号"), _("不填写"), _("本区没有重复"), number, lit=False)
    holder = redemption.household.holder_name
    quoted = _("、").join(frozen.buyers) or holder
    if number is None:
        yield Line(_("买受人"), quoted, holder)
        return
    named = _("、").join(buyer.name for buyer in entry.buyers) if entry else _("没有登记")
    differ = entry.buyers_differ if entry else buyers_differ(redemption, frozen)
    yield Line(_("买受人"), quoted, holder, named, lit=differ)


BASES: Final = {
    Basis.HOLDER: _l("房票持有人"),
    Basis.OTHER_ID: _l("姓名是房票持有人，证件号码和名册上的不同"),
    Basis.ROSTER: _l("在这一户的名册上，证件号码一致"),
    Basis.PROOF: _l("不在名册上，要有亲属关系证明"),
}
"""What shows that a buyer may stand on the contract."""

PROOF_STATES: Final = kinship.STATES
PROOF_KINDS: Final = kinship.KINDS
"""Of proofs of kinship, for the pages that show buyers."""


def _part_lines(ref: str, spent_fen: int, bonus_fen: int, held: Allocation | None) -> list[Line]:
    spent = formatting.yuan(held.spent_fen) if held else _("没有")
    bonus = formatting.yuan(held.bonus_fen) if held else _("没有")
    return [
        Line(_("房票 %(ref)s 使用", ref=ref), formatting.yuan(spent_fen), spent),
        Line(_("房票 %(ref)s 奖励", ref=ref), formatting.yuan(bonus_fen), bonus),
    ]


@dataclass(frozen=True)
class BasketVoucher:
    """What one voucher gives to all homes of a basket together, in fen."""

    ref: str
    available_fen: int
    spent_fen: int
    leftover_fen: int


def basket_vouchers(frozen: Sequence[Snapshot]) -> list[BasketVoucher]:
    """Return each voucher of a basket's quotes: what it had, what it spends on all homes, what it keeps."""
    first, last = frozen[0], frozen[-1]
    spent = [
        sum(parts) for parts in zip(*([part.spent_fen for part in one.parts] for one in frozen), strict=True)
    ]
    return [
        BasketVoucher(before.voucher_ref, before.available_fen, spent_fen, after.leftover_fen)
        for before, after, spent_fen in zip(first.parts, last.parts, spent, strict=True)
    ]


def lost_beside(spaces: Sequence[Redemption]) -> str | None:
    """Return what becomes of the spaces beside a home whose purchase ends, None where there are none."""
    if not spaces:
        return None
    return _(
        "买在旁边的%(spaces)s跟着一起取消，付的房票 %(sum)s 也退回。",
        spaces=_("、").join(one.home.name for one in spaces),
        sum=formatting.yuan(sum(map(spent_fen, spaces))),
    )


def lost_by_refusal(frozen: Snapshot, today: date) -> str:
    """Return what a household loses when its purchase is sent back today: the lock, and the bonus' date."""
    told = _("这套房的锁定，和按锁定那天算好的奖励 %(bonus)s。", bonus=formatting.yuan(frozen.bonus_fen))
    if not frozen.bonus_fen:
        return _("这套房的锁定。")
    ends = min(part.rate_last_day for part in frozen.used_parts if part.rate_last_day)
    if today > ends:
        return told + _(
            "那时的奖励比例已在 %(day)s24:00 截止，重新锁定只能按更低的比例。", day=formatting.day(ends)
        )
    return told + _("重新锁定按新的日期算；%(day)s24:00 以后奖励比例会降低。", day=formatting.day(ends))


def spent_fen(redemption: Redemption) -> int:
    """Return what the vouchers spend on it now, in fen."""
    return sum(part.present_spent_fen for part in redemption.allocations)


def bonus_fen(redemption: Redemption) -> int:
    """Return what the district adds now, in fen."""
    return sum(part.present_bonus_fen for part in redemption.allocations)
