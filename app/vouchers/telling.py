"""What a household is told about its vouchers."""

from typing import Final

from sqlalchemy.orm import Session

from app.approvals.models import ApprovalRequest
from app.notices import words
from app.notices.service import Recipient, tell
from app.policies.queries import policy_of
from app.projects.rules import masked
from app.vouchers.coming_back import Due, due_of
from app.vouchers.ending_models import VoucherEnding
from app.vouchers.ending_queries import account_of
from app.vouchers.ending_rules import Turn, frozen_turns, times_sent_back
from app.vouchers.extension_models import VoucherExtension
from app.vouchers.models import Voucher
from app.vouchers.move_models import VoucherHeir, VoucherMove
from app.vouchers.move_queries import heirs_behind
from app.vouchers.stop_models import VoucherStop


def tell_issued(session: Session, voucher: Voucher) -> None:
    """Tell the household that its voucher was issued. Called in the approval's transaction."""
    tell(
        session,
        kind="voucher_issued",
        to=household_of(voucher),
        event=f"voucher.issue:{voucher.id}",
        about_ref=voucher.ref,
        voucher=voucher.ref,
        face=voucher.face_fen,
        deadline=voucher.expires_at,
    )


_WHAT: Final = {"payout": "余额兑付", "give_up": "放弃房票", "lapse": "逾期余额", "back": "退回的金额"}
_TOLD_OF: Final = {
    "ask": "ending_asked",
    "withdraw": "ending_withdrawn",
    "refuse": "ending_refused",
    "drop": "ending_refused",
    "account": "ending_account",
    "pay": "ending_paid",
    "return": "ending_returned",
    "recall": "ending_recalled",
}
"""What the household hears of; what officer and checker say to each other it does not."""
_ENDS: Final = {
    "cash": "按政策可以领现金 {paid}，请带身份证和银行卡到征收办窗口办理。",
    "agreement": "余额 {paid}回到原来的补偿协议，按协议办理，不计利息。",
    "void": "按政策，余额作废。",
    None: "政策没有写明怎么办，征收办会作出决定并通知您。",
}
_WITH_INTEREST: Final = "余额连利息 {interest}一共 {whole}，回到原来的补偿协议，按协议办理。"
_BACK: Final = "按上次办余额的规则，付 {sum}，请带身份证和银行卡到征收办窗口登记您本人的账户。"
_BACK_AGREED: Final = "按上次办余额的规则，最多 {sum}回到原来的补偿协议，由征收办两个人经办。"
_BACK_NOTHING: Final = "按上次办余额的规则，没有可以付的金额。"
_BACK_MORE: Final = "因为不是您自己退的，征收办两个人写明理由可以多付，最多 {sum}。"
_NOTHING: Final = "按政策，没有可以领的金额。"
_CLAIM: Final = "按政策，余额要您自己申请：{turns}。请在手机上申请，或带身份证和银行卡到征收办窗口办理。"


def tell_ending(session: Session, ending: VoucherEnding, action: str, *, times: int = 0) -> None:
    """Tell the household what an act about an ending means for it, if anything. Called in its transaction.

    ``times`` it was paid before, or what else tells this time from others: what is said again is news again.
    """
    voucher = session.get_one(Voucher, ending.voucher_id)
    kind = _TOLD_OF.get(action)
    if action == "approve":
        kind = "ending_approved" if ending.state == "approved" else "ending_closed"
    if action == "account" and ending.died_on is not None:
        kind = "ending_heir"
        _tell_other_heirs(session, voucher, ending, times)
    if kind is None:
        return
    account = account_of(ending)
    tell(
        session,
        kind=kind,
        to=household_of(voucher),
        event=f"ending.{action}:{ending.id}" + (f":{times}" if times else ""),
        about_ref=ending.ref,
        voucher=voucher.ref,
        what=_WHAT[ending.kind],
        paid=ending.paid_fen,
        reason=ending.reason or "",
        account=account[-4:] if account else "",
        holder="您本人" if ending.died_on is None else f"代领人{masked(ending.payee_name or '')}",
        day=words.named_day(ending.paid_on) if ending.paid_on else "",
        effect=_interest(ending) if action == "pay" else _effect(ending),
    )


def _tell_other_heirs(session: Session, voucher: Voucher, ending: VoucherEnding, times: int) -> None:
    """Tell the households that inherited a voucher, but the payee's, who is to receive for all of them."""
    account = account_of(ending) or ""
    for heir in heirs_behind(session, [voucher.id]).get(voucher.id, []):
        if heir.household_id is None or heir.name == ending.payee_name:
            continue
        tell(
            session,
            kind="ending_other_heir",
            to=Recipient(district_id=voucher.district_id, household_id=heir.household_id),
            event=f"ending.heir:{ending.id}:{heir.household_id}:{times}",
            about_ref=None,
            voucher=voucher.ref,
            holder=masked(voucher.household.holder_name),
            what=masked(ending.payee_name or ""),
            account=account[-4:],
        )


def _interest(ending: VoucherEnding) -> str:
    """Return what a payment brought besides the leftover, in a sentence; empty without interest."""
    if not ending.interest_fen:
        return ""
    whole = words.yuan(ending.sent_fen)
    return f"另付利息 {words.yuan(ending.interest_fen)}，一共 {whole}。"


def tell_lapsed(session: Session, voucher: Voucher, ending: VoucherEnding) -> None:
    """Tell the household that its voucher's term is over and what becomes of the rest, once.

    What came back to it too late to be spent is told each time.
    """
    came_back = ending.kind == "back"
    tell(
        session,
        kind="voucher_back_late" if came_back else "voucher_lapsed",
        to=household_of(voucher),
        event=f"voucher.back:{ending.id}" if came_back else f"voucher.lapse:{voucher.id}",
        about_ref=ending.ref,
        voucher=voucher.ref,
        left=ending.leftover_fen,
        effect=_effect(ending),
    )


def tell_claim_noted(session: Session, ending: VoucherEnding) -> None:
    """Tell the household that the day of its claim counts, though a stop holds it up. In its transaction."""
    voucher, times = session.get_one(Voucher, ending.voucher_id), times_sent_back(ending.shown)
    tell(
        session,
        kind="claim_noted",
        to=household_of(voucher),
        event=f"claim.noted:{ending.id}" + (f":{times}" if times else ""),
        about_ref=ending.ref,
        voucher=voucher.ref,
        day=words.named_day(ending.claimed_on) if ending.claimed_on else "",
    )


def tell_claim_over(session: Session, ending: VoucherEnding) -> None:
    """Tell the household that nothing was claimed in time, and what becomes of it. In its transaction."""
    tell(
        session,
        kind="claim_over",
        to=household_of(ending.voucher),
        event=f"claim.over:{ending.id}",
        about_ref=ending.ref,
        voucher=ending.voucher.ref,
        left=ending.leftover_fen,
        effect=_effect(ending),
    )


def sum_of_turn(turn: Turn) -> str:
    """Return what a claim after the term brings, or what becomes of what nobody claimed, in a few words."""
    paid = words.yuan(turn.parts.paid_fen)
    if turn.until is not None:
        return f"可以领 {paid}"
    return "作废" if turn.parts.effect == "void" else f"{paid}按原来的补偿协议办理"


def tell_back_to_heir(session: Session, voucher: Voucher, ending: VoucherEnding, heir: VoucherHeir) -> None:
    """Tell an heir of money that came back to a voucher after it was inherited. In its transaction."""
    if heir.household_id is None:
        return
    tell(
        session,
        kind="heirs_back_late",
        to=Recipient(district_id=voucher.district_id, household_id=heir.household_id),
        event=f"voucher.back:{ending.id}:{heir.household_id}",
        about_ref=None,
        voucher=voucher.ref,
        holder=masked(voucher.household.holder_name),
        left=ending.leftover_fen,
    )


def tell_heir_followed(
    session: Session, voucher: Voucher, heir: VoucherHeir, into: Voucher, fen: int, *, piece: int
) -> None:
    """Tell an heir that money of a home of who died came to the heir's voucher. In its transaction."""
    tell(
        session,
        kind="heirs_back",
        to=Recipient(district_id=voucher.district_id, household_id=into.household_id),
        event=f"voucher.follow:{voucher.id}:{piece}:{heir.place}",
        about_ref=into.ref,
        voucher=into.ref,
        holder=masked(voucher.household.holder_name),
        sum=fen,
    )


_TOLD_OF_MOVES: Final = {
    "ask": ("other", "move_asked"),
    "consent": ("own", "move_consented"),
    "witness": ("own", "move_consented"),
    "decline": ("others", "move_dropped"),
    "withdraw": ("others", "move_dropped"),
    "refuse": ("both", "move_refused"),
    "expire": ("both", "move_dropped"),
    "approve": ("both", "move_approved"),
}
"""Which side hears of which act about a move, and by which message; ``others``: all but who did it."""
_TOLD_OF_MERGES: Final = {"ask": "merge_asked", "approve": "merge_joined"}
"""What whoever's vouchers are merged with those of another hears instead."""
_MOVES: Final = {"transfer": "转让", "split": "拆分", "merge": "合并", "inherit": "继承"}
_TOLD_OF_HEIRS: Final = {"ask": "inherit_asked", "refuse": "move_dropped"}
"""What the household of somebody who died hears on the way to the heirs; in the end each heir hears."""


def tell_move(session: Session, move: VoucherMove, action: str, *, by: int | None = None) -> None:
    """Tell the households of a move what an act about it means for them. Called in its transaction.

    ``by`` is the household that did it, where one did.
    """
    if move.kind == "inherit":
        side, kind = "own", _TOLD_OF_HEIRS.get(action, "")
    else:
        side, kind = _TOLD_OF_MOVES.get(action, ("", ""))
    owners = [owner.household_id for owner in move.owners]
    told = [move.household_id] if side in ("own", "both", "others") else []
    if side in ("other", "both", "others"):
        told += [move.other_household_id] if move.other_household_id is not None else owners
    for household_id in told if kind else ():
        if side == "others" and household_id == by:
            continue
        tell(
            session,
            kind=_TOLD_OF_MERGES.get(action, kind) if household_id in owners else kind,
            to=Recipient(district_id=move.district_id, household_id=household_id),
            event=f"move.{action}:{move.id}:{household_id}" + (f":{by}" if by in owners else ""),
            about_ref=move.ref,
            what=_MOVES[move.kind],
            voucher="、".join(_named(move, household_id if household_id in owners else None)),
            holder=masked(move.household.holder_name),
            left=sum(part.left_fen for part in move.parts),
            reason=move.reason or "",
            count=str(len(move.heirs)),
        )


def _named(move: VoucherMove, owner_id: int | None) -> list[str]:
    """Return the vouchers of a move that a household is told of: an owner of its own alone."""
    return [part.voucher.ref for part in move.parts if owner_id in (None, part.voucher.household_id)]


def tell_heir(session: Session, move: VoucherMove, heir: VoucherHeir, voucher: Voucher) -> None:
    """Tell an heir of the voucher that came of an inheritance. Called in the approval's transaction."""
    tell(
        session,
        kind="inherited",
        to=household_of(voucher),
        event=f"move.inherited:{move.id}:{heir.place}",
        about_ref=move.ref,
        voucher=voucher.ref,
        left=heir.share_fen,
        deadline=voucher.expires_at,
    )


_STOPPED: Final = {
    "loss": "已经挂失，原来的纸质房票作废",
    "suspended": "由征收办暂停使用：{reason}",
    "court": "被{court}冻结{what}，到{day}为止",
    "death": "因为登记了持有人去世，暂停使用，等继承人办理",
}


def tell_stopped(session: Session, voucher: Voucher, stop: VoucherStop) -> None:
    """Tell the household that its voucher is stopped, and why. Called in the stop's transaction."""
    rule = policy_of(voucher.policy_version).inheritance
    stands_still = stop.kind == "death" and rule.is_term_suspended
    tell(
        session,
        kind="voucher_stopped",
        to=household_of(voucher),
        event=f"stop.begin:{stop.id}",
        about_ref=voucher.ref,
        voucher=voucher.ref,
        what=_STOPPED[stop.kind].format(
            reason=stop.reason,
            court=stop.court,
            what=f"其中的 {words.yuan(stop.sum_fen)}" if stop.sum_fen else "整张",
            day=words.named_day(stop.until_on) if stop.until_on else "",
        ),
        effect=_STANDS_STILL.format(most=f"，最多 {rule.most_days} 天" if rule.most_days else "")
        if stands_still
        else "使用期限不停",
    )


_STANDS_STILL: Final = "按政策，使用期限从去世那天起停下，到继承办好为止{most}"


def tell_freed(session: Session, voucher: Voucher, stop: VoucherStop) -> None:
    """Tell the household that a stop of its voucher ended. Called in its transaction."""
    tell(
        session,
        kind="voucher_freed",
        to=household_of(voucher),
        event=f"stop.end:{stop.id}",
        about_ref=voucher.ref,
        voucher=voucher.ref,
        what=_FREED[stop.kind],
        effect="还有别的止付没有解除，房票现在仍然不能用。" if voucher.is_stopped else "",
    )


_FREED: Final = {
    "loss": "挂失已经解除，新的纸质房票请带身份证到征收办窗口领取",
    "suspended": "暂停已经结束",
    "court": "法院冻结已经结束",
    "death": "因持有人去世的暂停已经结束",
}


def tell_extended(session: Session, voucher: Voucher, extension: VoucherExtension) -> None:
    """Tell the household of its longer term. Called in the approval's transaction."""
    tell(
        session,
        kind="voucher_extended",
        to=household_of(voucher),
        event=f"voucher.extend:{extension.id}",
        about_ref=voucher.ref,
        voucher=voucher.ref,
        deadline=extension.to_expires_at,
    )


def tell_term_corrected(session: Session, voucher: Voucher, asked: ApprovalRequest) -> None:
    """Tell the household each time that its term counts from another day. In its transaction."""
    tell(
        session,
        kind="voucher_term_corrected",
        to=household_of(voucher),
        event=f"voucher.term:{voucher.id}:{asked.id}",
        about_ref=voucher.ref,
        voucher=voucher.ref,
        deadline=voucher.expires_at,
    )


def tell_moved_on(session: Session, voucher: Voucher) -> None:
    """Tell the household that its term lasts to the next working day. In its transaction."""
    tell(
        session,
        kind="voucher_moved_on",
        to=household_of(voucher),
        event=f"voucher.moved_on:{voucher.id}:{voucher.expires_at:%Y%m%d}",
        about_ref=voucher.ref,
        voucher=voucher.ref,
        deadline=voucher.expires_at,
    )


def tell_entitled_corrected(session: Session, voucher: Voucher, asked: ApprovalRequest) -> None:
    """Tell a household that what its voucher's agreement entitles to was corrected. In its transaction."""
    tell(
        session,
        kind="agreement_entitled_corrected",
        to=household_of(voucher),
        event=f"voucher.entitled:{voucher.id}:{asked.id}",
        about_ref=voucher.ref,
        voucher=voucher.ref,
    )


def _effect(ending: VoucherEnding) -> str:
    if ending.state == "claimable":
        turns = (
            (f"{words.named_day(turn.until)}24:00 以前申请，" if turn.until else "以后") + sum_of_turn(turn)
            for turn in frozen_turns(ending.shown)
        )
        return _CLAIM.format(turns="；".join(turns))
    due = due_of(ending)
    if ending.effect is None and due is not None:
        return _due(due)
    if ending.effect in ("cash", "agreement") and not ending.paid_fen:
        return _NOTHING
    if ending.effect == "agreement" and ending.interest_fen:
        fen, whole = ending.interest_fen, ending.sent_fen
        return _WITH_INTEREST.format(whole=words.yuan(whole), interest=words.yuan(fen))
    return _ENDS[ending.effect].format(paid=words.yuan(ending.paid_fen))


def _due(due: Due) -> str:
    """Return what the rule of a voucher's ending pays of money that came back, before two people decided."""
    if "agreement" in due.effects:
        return _BACK_AGREED.format(sum=words.yuan(due.most_fen))
    told = _BACK.format(sum=words.yuan(due.fen)) if due.fen else _BACK_NOTHING
    return told + _BACK_MORE.format(sum=words.yuan(due.most_fen)) if due.most_fen > due.fen else told


def household_of(voucher: Voucher) -> Recipient:
    """Return whom news about a voucher goes to."""
    return Recipient(district_id=voucher.district_id, household_id=voucher.household_id)
