"""The words and parts of the pages about what changes of a purchase after its contract, for all sides."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from app.core import clock
from app.core.actor import Actor, Role
from app.core.errors import NotFound
from app.documents.models import Document
from app.policies.bands import Used
from app.redemptions import beside, contracts
from app.redemptions import change_queries as queries
from app.redemptions.change_models import PurchaseChange
from app.redemptions.change_states import TERMS, Kind, Move, State, Terms, may
from app.redemptions.contract_models import ContractEntry
from app.redemptions.contracts import EntrySeen
from app.redemptions.models import Redemption
from app.redemptions.queries import get_redemption
from app.redemptions.service import changes as service
from app.redemptions.states import State as Buying
from app.redemptions.top_up_queries import find_top_up
from app.vouchers import purchases
from app.vouchers.models import Voucher
from app.vouchers.queries import WalletVoucher, purses
from app.vouchers.together import used_with
from app.web import change_money, change_whose, formatting
from app.web.language import gettext as _
from app.web.language import lazy_gettext as _l
from app.web.redemptions import lost_beside, place, spent_fen
from app.web.vouchers import lapse_told

KINDS: Final[dict[str, Any]] = {
    Kind.CONTRACT: _l("变更合同"),
    Kind.AREA: _l("按实测面积结算房款"),
    Kind.PRICE: _l("更正房价，退回差价"),
    Kind.WITHDRAW: _l("退房"),
    Kind.CANCEL: _l("房企解除合同"),
    Kind.REJECT: _l("撤销核销"),
}

STATES: Final[dict[str, tuple[Any, str]]] = {
    State.ASKED: (_l("等答复"), "wait"),
    State.ANSWERED: (_l("等征收办核对"), "wait"),
    State.PREPARED: (_l("等征收办复核"), "info"),
    State.DONE: (_l("已办完"), "good"),
    State.REFUSED: (_l("没有批准"), "bad"),
    State.WITHDRAWN: (_l("已撤回"), "plain"),
    State.LAPSED: (_l("不用再办"), "plain"),
}

_AREA_RULE: Final = _l(
    "按规定：误差在 3% 以内，多退少补；多出 3% 的部分由房企承担；少了超过 3% 的部分，房企双倍退还。"
    "合同另有约定的，按合同。"
)
"""What ``measured`` works out."""

_SIDES: Final = {
    Role.HOUSEHOLD: _l("购房人"),
    Role.DEVELOPER: _l("房企"),
    Role.OFFICER: _l("征收办"),
}


@dataclass(frozen=True)
class Seen:
    """A change as its page shows it: ``lines`` of who pays what, ``notes`` of what follows."""

    change: PurchaseChange
    redemption: Redemption
    title: str
    tag: tuple[Any, str]
    facts: list[tuple[str, Any]]
    lines: list[list[str]]
    along: list[tuple[str, list[list[str]]]]
    """What goes with it: each space's name and lines."""
    back: list[tuple[str, int]]
    """What comes back of all of it together, in fen; nothing where it is alone."""
    notes: list[str]
    papers: Sequence[Document]
    contract: EntrySeen | None
    """The changed contract, as long as it may hold."""
    may: frozenset[Move]


def seen(session: Session, change: PurchaseChange, redemption: Redemption, *, role: Role | None) -> Seen:
    """Return a change as somebody sees it, with those of the spaces that go with it."""
    now, shown = clock.now(), service.foresee(session, change, redemption)
    led = [(one.redemption, service.foresee(session, one, one.redemption)) for one in _led(session, change)]
    every = [(redemption, shown), *led]
    came = None if change.ended_at else came_fen(session, Kind(change.kind), [one for one, _sums in every])
    open_in = None if change.ended_at else session
    return Seen(
        change=change,
        redemption=redemption,
        title=str(KINDS[change.kind]),
        tag=STATES[change.state],
        facts=_facts(session, change, now),
        lines=change_money.lines(open_in, shown, redemption, came),
        along=[(space.home.name, change_money.lines(open_in, sums, space, came)) for space, sums in led],
        back=change_money.back(every, came) if led else [],
        notes=[]
        if change.ended_at
        else [
            *(step for one, sums in every for step in change_money.steps(session, sums, one)),
            *consequences(
                session,
                redemption,
                Kind(change.kind),
                price_fen=change.price_fen,
                faultless=not change.is_own,
            ),
        ],
        papers=queries.papers_of(session, change),
        contract=_contract(session, change),
        may=_acts(change, role),
    )


def came_fen(session: Session, kind: Kind, every: Sequence[Redemption]) -> dict[int, int] | None:
    """Return what of each top-up has arrived and would go back, in fen by purchase: not what was to be paid.

    None of a change by which the purchases stand.
    """
    if not TERMS[kind].reverses:
        return None
    top_ups = [(one.id, find_top_up(session, one)) for one in every]
    return {redemption_id: found.arrived_fen if found else 0 for redemption_id, found in top_ups}


def _led(session: Session, change: PurchaseChange) -> Sequence[PurchaseChange]:
    """Return the changes of spaces that go, or went, with a home's."""
    return queries.list_led(session, change, states=[State(change.state)])


def _acts(change: PurchaseChange, role: Role | None) -> frozenset[Move]:
    """Return what somebody may do to a change now: an officer waits for the answer, or for its day.

    Nothing to one that goes with another.
    """
    if change.with_id is not None:
        return frozenset()
    acts = {move for move in Move if may(role, change.kind, change.state, move)}
    if change.state == State.ASKED and not queries.is_overdue(change, clock.now()):
        acts.discard(Move.PREPARE)
    return frozenset(acts)


def _contract(session: Session, change: PurchaseChange) -> EntrySeen | None:
    entry = session.get(ContractEntry, change.entry_id) if change.entry_id else None
    return contracts.seen(session, entry) if entry is not None and entry.state != "dropped" else None


def paper_states(redemption: Redemption) -> tuple[str, ...]:
    """Return of which contracts the papers are shown: once it is written off also of one that is changed."""
    shown = ("current", "replaced")
    return (*shown, "draft") if redemption.state == Buying.REDEEMED else shown


def load(session: Session, actor: Actor, *, ref: str, change_ref: str) -> tuple[PurchaseChange, Redemption]:
    """Return a change with its purchase, of a household only its own. Raises NotFound."""
    redemption = get_redemption(session, actor=actor, ref=ref)
    change = queries.get_change(session, actor=actor, ref=change_ref)
    own = actor.role is not Role.HOUSEHOLD or redemption.household_id == actor.household
    if change.redemption_id != redemption.id or not own:
        raise NotFound("change_gone")
    return change, redemption


def _facts(session: Session, change: PurchaseChange, now: datetime) -> list[tuple[str, Any]]:
    terms = TERMS[Kind(change.kind)]
    lead = session.get_one(PurchaseChange, change.with_id) if change.with_id is not None else None
    facts: list[tuple[str, Any]] = [
        (_("跟着哪套房一起办"), place(lead.redemption.home) if lead is not None else None),
        (_("谁提出"), _SIDES[terms.asks]),
        (_("提出时间"), formatting.time_element(change.asked_at)),
        (_("理由"), change.reason),
        (
            _("变更以后的建筑面积") if change.entry_id else _("实测面积"),
            formatting.area(change.area_m2) if change.area_m2 else None,
        ),
        (_("价格线索或案件"), change.source),
    ]
    if terms.answers is not None:
        facts.append((_("%(side)s的答复", side=_SIDES[terms.answers]), _answer(change, now)))
    facts += [
        (_("征收办经办人的意见"), change.note),
        (_("房款退回是谁的原因"), change_whose.told(change)),
        (_("没有批准的理由"), change.ended_reason),
    ]
    return facts


def _answer(change: PurchaseChange, now: datetime) -> str:
    if change.agrees is None:
        if change.answer_by is None:
            return _("不用答复")
        day = formatting.last_day(change.answer_by)
        if queries.is_overdue(change, now):
            return _("期限内（%(day)s24:00 以前）没有答复，由征收办决定", day=day)
        return _("等答复，最晚到 %(day)s24:00；到期不答复，由征收办决定", day=day)
    said = _("同意") if change.agrees else _("不同意")
    return f"{said}{_('：')}{change.answer}" if change.answer else said


def consequences(
    session: Session,
    redemption: Redemption,
    kind: Kind,
    *,
    price_fen: int | None = None,
    faultless: bool | None = None,
) -> list[str]:
    """Return in sentences what follows from a change: where money goes, and what vouchers are worth then.

    ``price_fen`` is what the home is to cost, where that is known; ``faultless`` whether two people find that
    the household cannot help it, None where nobody said so yet.
    """
    terms = TERMS[kind] if faultless is None else replace(TERMS[kind], faultless=faultless)
    told = [_AREA_RULE] if kind is Kind.AREA else []
    if terms.reverses:
        told.append(_undone(redemption))
        top_up = find_top_up(session, redemption)
        if top_up is not None and top_up.missing_fen:
            arrived = formatting.yuan(top_up.arrived_fen)
            told.append(_("自付差价没有付齐，退的是已经到账的 %(arrived)s。", arrived=arrived))
        told.append(
            _("这套房退出房源库，由房企决定要不要再上架。")
            if kind is Kind.CANCEL
            else _("这套房别人又可以选了。")
        )
        along = beside.list_spaces(session, redemption)
        falling = [space for space in along if space.state != Buying.REDEEMED]
        told += filter(None, [_given_back_along(_written_off(along)), lost_beside(falling)])
    else:
        gap_fen = 0 if price_fen is None else redemption.present_price_fen - price_fen
        if price_fen is None or gap_fen > 0:
            told.append(
                _("房价降低的，差价按原来的政策退回：房票的退回房票，奖励退回政府，自付的退到原来的账户。")
            )
        if gap_fen < 0 or (price_fen is None and kind is not Kind.PRICE):  # that one only falls
            told.append(
                _("房价升高的，多出来的由购房人自付，付到监管账户。")
                if price_fen is None
                else _(
                    "多出来的 %(sum)s 由购房人自付，付到监管账户，不付给任何个人。",
                    sum=formatting.yuan(-gap_fen),
                )
            )
        if price_fen is not None and gap_fen == 0:
            told.append(_("金额不变。"))
        if price_fen is not None and gap_fen <= 0:
            return told
    if terms.agreed and not terms.faultless:
        told.append(str(change_whose.AGREED))
    every = [redemption, *(_written_off(beside.list_spaces(session, redemption)) if terms.reverses else ())]
    return [*told, *_of_vouchers(session, every, terms)]


def _undone(redemption: Redemption) -> str:
    """Return where the money of an undone purchase goes; of a household's own only where it paid any."""
    own = bool(redemption.present_top_up_fen)
    if redemption.state == Buying.REDEEMED:
        return (
            _("批准以后购房撤销：房票付的退回房票，奖励退回政府，自付的差价退到原来的账户。")
            if own
            else _("批准以后购房撤销：房票付的退回房票，奖励退回政府。")
        )
    return (
        _("批准以后合同不再核验：房票金额全部退回，自付的差价退到原来的账户。")
        if own
        else _("批准以后合同不再核验：房票金额全部退回。")
    )


def _written_off(spaces: Sequence[Redemption]) -> list[Redemption]:
    """Return which spaces are given back with their home, by the same two people."""
    return [space for space in spaces if space.state == Buying.REDEEMED]


def _given_back_along(spaces: Sequence[Redemption]) -> str | None:
    if not spaces:
        return None
    return _(
        "买在旁边的%(spaces)s跟着这套房一起退，不用另外提，付的房票 %(sum)s 也退回。",
        spaces=_("、").join(space.home.name for space in spaces),
        sum=formatting.yuan(sum(map(spent_fen, spaces))),
    )


def _of_vouchers(session: Session, every: Sequence[Redemption], terms: Terms) -> list[str]:
    """Return what the vouchers are worth with what comes back, each by its term and its policy."""
    paying, spent, bonus = dict[int, Voucher](), Counter[int](), Counter[int]()
    for part in (part for one in every for part in one.allocations):
        paying[part.voucher_id] = part.voucher
        spent[part.voucher_id] += part.present_spent_fen
        bonus[part.voucher_id] += part.present_bonus_fen
    earned = purchases.current().earned(session, paying)
    told = []
    for purse in purses(session, list(paying.values())):
        day = formatting.last_day(purse.expires_at)
        if purse.ending is not None:
            told.append(
                _(
                    "房票 %(ref)s 已经结清，退回的钱不能再买房，按办余额那一次的规则付，"
                    "政策没有写的由征收办两个人决定。",
                    ref=purse.ref,
                )
                + (
                    _("这不是购房人的原因，征收办两个人写明理由，可以比规则多付，最多付到退回的全部。")
                    if terms.faultless
                    else ""
                )
            )
        elif clock.now() < purse.expires_at:
            told.append(_("房票 %(ref)s 到 %(day)s24:00 以前还可以买房。", ref=purse.ref, day=day))
            if terms.reverses:
                told[-1] += _("奖励按再次锁定的那一天计算。")
        elif terms.faultless:
            told.append(
                _(
                    "房票 %(ref)s 的使用期限到 %(day)s，已经过了。这不是购房人的原因，不按逾期处理，"
                    "退回的钱怎么付由征收办两个人决定。",
                    ref=purse.ref,
                    day=day,
                )
            )
        else:
            told.append(
                _("房票 %(ref)s 的使用期限到 %(day)s，已经过了，退回的钱不能再买房。", ref=purse.ref, day=day)
                + lapse_told(
                    purse.policy,
                    face_fen=purse.face_fen,
                    spent_fen=purse.spent_fen - spent[purse.id],
                    bonus_fen=earned.get(purse.id, 0) - bonus[purse.id],
                    together=_together(session, purse, paying, spent),
                )
            )
    return told


def _together(
    session: Session, purse: WalletVoucher, paying: Mapping[int, Voucher], spent: Mapping[int, int]
) -> Used | None:
    """Return what all vouchers of a household did, were these purchases undone; None where nobody asks."""
    known = used_with(session, purse, before=purse.expires_at)
    back = (spent[of] for of, one in paying.items() if one.household_id == purse.household_id)
    return known and Used(known.face_fen, known.spent_fen - sum(back))


def asks_now(role: Role | None, redemption: Redemption, open_change: PurchaseChange | None) -> list[Kind]:
    """Return what somebody may ask of a purchase now, as the table has it; nothing while a change is open."""
    if open_change is not None:
        return []
    return [
        kind for kind, terms in TERMS.items() if terms.asks is role and Buying(redemption.state) in terms.of
    ]


def waiting_for(session: Session, actor: Actor) -> list[PurchaseChange]:
    """Return what a household was asked about its own purchases and has not answered yet."""
    asked = queries.list_changes(session, actor=actor, states={State.ASKED})
    return [
        one
        for one in asked
        if TERMS[Kind(one.kind)].answers is Role.HOUSEHOLD and one.redemption.household_id == actor.household
    ]


@dataclass(frozen=True)
class Told:
    """What a purchase's page says of its changes: those there were, and what may be asked now."""

    listed: Sequence[tuple[str, tuple[Any, str], str]]
    asks: Sequence[tuple[str, str]]
    waits: tuple[str, str] | None
    """The change that waits for whoever looks, by title and reference."""
    under_way: tuple[str, str] | None
    """The change that is not decided yet, by title and where it stands."""


def told(
    session: Session, redemption: Redemption, *, role: Role | None, own: bool = True, has_any: bool = True
) -> Told:
    """Return what a purchase's page says of its changes to somebody; nothing to a helping household.

    Where the caller knows that it never had one, none is looked for (``has_any``).
    """
    found = queries.list_of(session, redemption) if own and has_any else []
    waiting = next((one for one in found if one.ended_at is None), None)
    turn = {Move.ANSWER, Move.PREPARE, Move.APPROVE}
    mine = waiting is not None and bool(_acts(waiting, role) & turn)
    return Told(
        waits=(str(KINDS[waiting.kind]), waiting.ref) if waiting is not None and mine else None,
        under_way=(str(KINDS[waiting.kind]), str(STATES[waiting.state][0])) if waiting is not None else None,
        listed=[(str(KINDS[one.kind]), STATES[one.state], one.ref) for one in found],
        asks=[
            (str(KINDS[kind]), kind.value) for kind in (asks_now(role, redemption, waiting) if own else [])
        ],
    )
