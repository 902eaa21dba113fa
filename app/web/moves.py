"""The words that households and authority see of vouchers transferred, split, merged and inherited."""

from collections.abc import Sequence
from typing import Any, Final

from app.core import clock
from app.policies import sizes
from app.policies.changes import AreaFloor, HandRule, TransferRule
from app.policies.queries import policy_of
from app.policies.rules import Policy
from app.projects.rules import masked_id
from app.reports.words import window
from app.vouchers.models import Voucher
from app.vouchers.move_models import VoucherMove
from app.vouchers.move_queries import awaits, number_of
from app.vouchers.move_rules import ACTS, Held, Made, read_held, read_made, tells_bonus
from app.vouchers.move_states import Kind
from app.web import formatting, heirs, joining
from app.web.kin import KIN
from app.web.language import gettext as _
from app.web.language import lazy_gettext as _l
from app.web.policies import worth_of

KINDS: Final[dict[str, Any]] = {
    "transfer": _l("转让"),
    "split": _l("拆分"),
    "merge": _l("合并"),
    "inherit": _l("继承"),
}

STATES: Final[dict[str, tuple[Any, str]]] = {
    "asked": (_l("等对方同意"), "wait"),
    "ready": (_l("等待经办人核对"), "wait"),
    "prepared": (_l("等待复核"), "wait"),
    "approved": (_l("已办结"), "good"),
    "declined": (_l("对方没有同意"), "plain"),
    "refused": (_l("没有通过"), "bad"),
    "withdrawn": (_l("已撤回"), "plain"),
    "expired": (_l("到期没有办成"), "plain"),
}

_NEXT: Final[dict[str, Any]] = {
    "asked": _l("等对方同意。对方在本区有房票的，自己登录同意；没有的，带身份证到征收办窗口签字。"),
    "ready": _l("请带上身份证和证明材料到征收办窗口。经办人核对以后，再由另一个人复核。"),
    "prepared": _l("经办人已经核对，等复核人决定。"),
    "approved": _l("已经办结。原来的房票和它的纸质房票作废，新的房票请到窗口领取纸质的。"),
    "declined": _l("对方没有同意，原来的房票照旧。"),
    "refused": _l("没有通过，原来的房票在使用期限内可以继续用。"),
    "withdrawn": _l("已经撤回，原来的房票在使用期限内可以继续用。"),
    "expired": _l("房票的使用期限到了还没有办完，不再办理。"),
}


def heads_before(others: Sequence[object] = ()) -> list[Any]:
    """Return the heads of the table of the vouchers as they stand, holders too where ``others`` have some."""
    sums = [(_("票面金额"), "numeric"), (_("其中已用"), "numeric"), (_("余额"), "numeric")]
    return [_("房票编号"), *([_("现在归谁")] if others else []), *sums, _("使用期限")]


def heads_after() -> list[Any]:
    """Return the heads of the table of what they become."""
    sums = [(_("票面金额"), "numeric"), (_("其中已用"), "numeric"), (_("余额"), "numeric")]
    return [_("新房票"), _("归谁"), *sums, _("使用期限"), _("买房奖励"), _("已办过")]


def title_of(move: VoucherMove) -> str:
    """Return what a move is in a few words."""
    if move.is_divorce:
        return _("离婚分割（拆分）")
    return _("房票%(kind)s", kind=KINDS[move.kind])


def tag_of(move: VoucherMove, household_id: int) -> tuple[Any, str]:
    """Return word and tone of where a move stands, for one of its households."""
    if awaits(move, household_id):
        return _("等您决定"), "wait"
    return STATES[move.state]


def wallet_link(move: VoucherMove, household_id: int) -> str:
    """Return what leads from the wallet to a move: what is to be decided there, if anything."""
    if not awaits(move, household_id):
        return _("看办到哪一步了")
    name = move.household.holder_name
    if move.owners:
        return _("%(name)s要和您家的房票合并，请您决定", name=name)
    return _("%(name)s要把房票给您，请您决定", name=name)


def next_of(move: VoucherMove, household_id: int) -> str:
    """Return in a sentence what happens next, for one of its households."""
    name = move.household.holder_name
    if awaits(move, household_id) and move.owners:
        return _("%(name)s要把您家的房票并进他家的。请看清楚，再决定同意不同意。", name=name)
    if awaits(move, household_id):
        return _("%(name)s要把下面的房票给您。请看清楚，再决定要不要。", name=name)
    if move.owners and move.state == "asked":
        return _("等其他各家同意。每一家自己登录同意，或者带身份证到征收办窗口签字。")
    if move.kind == Kind.INHERIT and move.ended_at is not None and move.state != "approved":
        return _("没有办成，房票还是止付的。继承人请带材料到征收办窗口再办。")
    return str(_NEXT[move.state])


def rule_text(policy: Policy, kind: Kind, done: int, *, done_to_kin: int = 0) -> list[str]:
    """Return in sentences what the policy says of a kind of move; ``done`` how often it was done.

    ``done_to_kin``: how often it was transferred to whom transfers count apart.
    """
    rule = getattr(policy, ACTS[kind])
    if not rule.is_allowed:
        return [_("这张房票的政策不可以%(kind)s。", kind=KINDS[kind])]
    said = [_how_often(KINDS[kind], rule.times, done)]
    if kind is Kind.TRANSFER:
        said = _to_each(rule, done, done_to_kin) if rule.kin else said
        said.append(_transferee(rule.takers))
        said += _occasion(rule, kind)
        said.append(_kept_by(policy))
        said.append(
            _(
                "期限、什么时候买房奖励多少、已经办过的次数，都跟着房票走；以前用掉的金额和得到的奖励照样计算。"
            )
        )
    elif kind is Kind.SPLIT:
        said += _occasion(rule, kind)
        if rule.most_parts:
            said.append(_("一次最多变成 %(most)d 张，包括留下的一张。", most=rule.most_parts))
        if rule.least_fen:
            said.append(
                _(
                    "拆出的和留下的，每一张都不能少于 %(least)s。",
                    least=formatting.yuan(rule.least_fen),
                )
            )
        if rule.least_share_bp:
            said.append(
                _(
                    "拆出的和留下的，每一张都不能少于原来票面的 %(least)s。",
                    least=formatting.percent(rule.least_share_bp),
                )
            )
        said.append(
            _(
                "拆出的每一张，期限不变，什么时候买房奖励多少也不变；以前用掉的金额和得到的奖励，"
                "按每张余额的多少分摊到各张上。拆分不会让奖励变多，也不会让余额更容易兑付。"
            )
            if rule.is_past_parted
            else _(
                "拆出的每一张，期限不变，什么时候买房奖励多少也不变；以前用掉的金额和得到的奖励算在留下的一张上。"
            )
        )
    else:
        said.append(joining.rule_of(rule.of))
        said += _occasion(rule, kind)
        said.append(_("金额相加；期限按最早到期的一张，奖励多少按最早开始的一张，办过的次数按最多的一张。"))
    floor: AreaFloor | None = getattr(rule, "floor", None)
    if floor is not None:
        said.append(_floor(floor))
    return said


def _how_often(what: str, times: int | None, done: int) -> str:
    if times is None:
        return _("按政策%(what)s不限次数，已经办了 %(done)d 次。", what=what, done=done)
    return _("按政策可以%(what)s %(times)d 次，已经%(what)s %(done)d 次。", what=what, times=times, done=done)


def _occasion(rule: HandRule, kind: Kind) -> list[str]:
    """Return of which vouchers, and when, it may be asked for."""
    unused = [_("只有没有用过的房票可以%(kind)s。", kind=KINDS[kind])] if rule.is_unused_only else []
    if rule.window is None:
        return unused
    return [*unused, _("可以申请%(kind)s的时间：%(when)s。", kind=KINDS[kind], when=window(rule.window))]


def _to_each(rule: TransferRule, done: int, done_to_kin: int) -> list[str]:
    """Return how often it may go to kin whose transfers count apart, and to others."""
    kin = _("转让给%(kin)s", kin=_listed(rule.kin))
    said = [_how_often(kin, rule.kin_times, done_to_kin)]
    return [*said, _how_often(_("转让给其他人"), rule.times, done)] if rule.times else said


def held_rows(helds: Sequence[Held], holders: Sequence[str] = ()) -> list[list[str]]:
    """Return the rows of the vouchers as they stand, with their holders where those are given."""
    return [
        [
            one.ref,
            *holders[place : place + 1],
            formatting.yuan(one.face_fen),
            formatting.yuan(one.spent_fen),
            formatting.yuan(one.left_fen),
            formatting.last_day(one.terms.expires_at),
        ]
        for place, one in enumerate(helds)
    ]


def made_rows(
    policy: Policy,
    mades: Sequence[Made],
    *,
    holders: Sequence[str],
    new: Sequence[Voucher] = (),
    is_open: bool = False,
) -> list[list[str]]:
    """Return the rows of what the vouchers become, with their holders; ``new``: those that came of it.

    ``is_open``: nobody said yet to whom one is transferred, which may decide whether it keeps its bonus, and
    as what it counts.
    """
    by_whom = policy.transfers if is_open else TransferRule()
    refs = [one.ref for one in new] or [_name(place, mades) for place in range(len(mades))]
    return [
        [
            ref,
            holder,
            formatting.yuan(made.face_fen),
            formatting.yuan(made.spent_fen),
            formatting.yuan(made.left_fen),
            formatting.last_day(made.terms.expires_at),
            _("看转让给谁") if by_whom.bonus_kept_by else _bonus(policy, made),
            _("看转让给谁") if by_whom.kin else _counts(made),
        ]
        for ref, made, holder in zip(refs, mades, holders, strict=True)
    ]


def holders_of(mades: Sequence[Made], *, own: str, other: str | None) -> list[str]:
    """Return whose each of the vouchers will be, of a household and who takes one over."""
    return [(other or _("对方")) if made.is_others else own for made in mades]


def shown_rows(move: VoucherMove, new: Sequence[Voucher] = ()) -> tuple[list[list[str]], list[list[str]]]:
    """Return the rows before and after a move, as they were shown when it was asked."""
    policy = policy_of(move.parts[0].voucher.policy_version)
    if move.kind == Kind.INHERIT:
        mades, holders = heirs.mades(move), [heir.name for heir in move.heirs]
    else:
        mades = read_made(move.shown)
        holders = holders_of(mades, own=move.household.holder_name, other=move.other_name)
    before = held_rows(read_held(move.shown), joining.holders(move) if move.owners else ())
    return before, made_rows(policy, mades, holders=holders, new=new)


def shown_rule(move: VoucherMove) -> list[str]:
    """Return what the policy says of a move, as it was when it was asked; of heirs' terms, as of today."""
    if move.kind == Kind.INHERIT:
        return heirs.shown_rule(move)
    policy = policy_of(move.parts[0].voucher.policy_version)
    kind = Kind(move.kind)
    held = read_held(move.shown)
    done = max(getattr(one.terms, ACTS[kind]) for one in held)
    done_to_kin = max(one.terms.kin_transfers for one in held)
    said = rule_text(policy, kind, done, done_to_kin=done_to_kin)
    return [*said, *other_sizes(policy, held, read_made(move.shown))]


def other_sizes(policy: Policy, helds: Sequence[Held], mades: Sequence[Made]) -> list[str]:
    """Return a warning where a bonus goes by the size of the face, and a voucher's face becomes another."""
    if len(mades) > 1 and policy.splits.is_past_parted:
        return []  # each part is as large as the voucher that was issued
    if not any(sizes.changed(policy, held.face_fen, made.face_fen) for held in helds for made in mades):
        return []
    return [_("请注意：这项政策按票面金额的大小定奖励，票面变了，以后买房的奖励会和现在不一样。")]


def kin_of(move: VoucherMove) -> str | None:
    """Return what the other party is to the holder, or None; divorced, it was the spouse."""
    if move.is_divorce:
        return _("原配偶")
    return str(KIN[move.kin]) if move.kin else None


def other_number(move: VoucherMove) -> str | None:
    """Return the other party's ID number, masked, or None."""
    number = number_of(move)
    return masked_id(number) if number else None


def _counts(made: Made) -> str:
    terms = made.terms
    counts = {
        Kind.TRANSFER: terms.transfers,
        Kind.SPLIT: terms.splits,
        Kind.MERGE: terms.merges,
        Kind.INHERIT: terms.inheritances,
    }
    told = [
        _("%(kind)s %(count)d 次", kind=KINDS[kind], count=count) for kind, count in counts.items() if count
    ]
    if terms.kin_transfers:
        told.insert(0, _("转让给近亲属 %(count)d 次", count=terms.kin_transfers))
    return _("、").join(told)


def _name(place: int, mades: Sequence[Made]) -> str:
    if len(mades) == 1:
        return _("换发的一张")
    if mades[0].is_others:
        return _("第 %(place)d 个继承人的", place=place + 1)
    return _("留下的一张") if place == 0 else _("拆出第 %(place)d 张", place=place)


def _bonus(policy: Policy, made: Made) -> str:
    if not any(rule.is_earned_by(keeps_bonus=made.terms.earns_bonus) for rule in policy.bonuses):
        return _("没有奖励")
    if not made.terms.earns_bonus:
        return _("奖励按受让人的标准")
    if not tells_bonus(policy):
        return _("奖励照旧")
    tier = policy.promised_tier(made.terms.starts_on, clock.now(), made.terms.expires_at)
    return worth_of(policy.bonus, tier) if tier and tier.pays else _("今天没有奖励")


def _kept_by(policy: Policy) -> str:
    """Return who earns the bonus as the new holder."""
    kin = policy.transfers.bonus_kept_by
    if kin is None:
        return _("对方用它买房，奖励照旧。")
    if any(rule.is_of_transferee for rule in policy.bonuses):
        return _kept_or_other(kin)
    if not kin:
        return _("转让以后，对方用它买房没有奖励了。")
    return _("转让给%(kin)s的，对方用它买房，奖励照旧；转让给别人的，对方买房没有奖励了。", kin=_listed(kin))


def _kept_or_other(kin: frozenset[str]) -> str:
    """Return who keeps the bonus, where the others earn one of their own."""
    if not kin:
        return _("转让以后，对方用它买房按政策给受让人的标准奖励。")
    return _(
        "转让给%(kin)s的，对方用它买房，奖励照旧；转让给别人的，按政策给受让人的标准奖励。", kin=_listed(kin)
    )


def _listed(kin: frozenset[str]) -> str:
    return _("、").join(str(name) for code, name in KIN.items() if code in kin)


def _transferee(to: frozenset[str] | None) -> str:
    if to is None:
        return _("可以转让给任何人，要用真实姓名登记。")
    return _("只能转让给：%(listed)s，要用真实姓名登记。", listed=_listed(to))


def _floor(floor: AreaFloor) -> str:
    if floor.fen_per_m2:
        return _(
            "办完以后，人均住房面积不能低于 %(area)s 平方米，余额按每平方米 %(price)s 折算。",
            area=floor.m2_a_head,
            price=formatting.yuan(floor.fen_per_m2),
        )
    return _("办完以后，人均住房面积不能低于 %(area)s 平方米。", area=floor.m2_a_head)


def papers_of(found: VoucherMove) -> str:
    """Return for what of the list of papers (``stop_rules.EVIDENCE``) a move stands."""
    if found.is_divorce:
        return "divorce"
    if found.kind == "transfer" and found.kin == "other":
        return "transfer_others"
    return "merge_others" if found.owners else found.kind
