"""All there is to say of one voucher, in words, for its page and for its paper."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.redemptions.past import covers, prospects
from app.redemptions.purchase_book import PurchaseBook
from app.redemptions.queries import count_redemptions, list_redemptions
from app.vouchers import queries
from app.vouchers.ending_rules import offered
from app.vouchers.ending_states import Kind
from app.vouchers.move_queries import find_open, find_taking
from app.vouchers.queries import WalletVoucher
from app.vouchers.rules import Standing
from app.vouchers.together import used_with
from app.web import formatting
from app.web import lapse_claims as claims
from app.web import vouchers as words
from app.web.endings import next_of, rest_label, waits_for_household, wallet_note
from app.web.language import gettext as _
from app.web.pages import printed


@dataclass(frozen=True)
class Statement:
    """A voucher on one page; sums in fen, all else in words."""

    purse: WalletVoucher
    came_of: str | None
    """The reference of the move that it came of; None for one issued over an agreement."""
    moved_by: str | None
    """The reference of the move that took it, once it moved."""
    moving_by: str | None
    """The reference of the move that is under way with it."""
    holder: str
    agreement: str | None
    """The number of the agreement that it was issued over; None for one that came of a move."""
    signed_on: str
    lines: Sequence[tuple[str, int]]
    """What the face is made of; their sum is the face."""
    in_cash: str | None
    """What of the compensation is not in the face, in a sentence; None where all of it is."""
    cover_fen: int
    """The highest price that the available amount pays today, with its bonus."""
    tiers: Sequence[Sequence[str]]
    endings: Sequence[str]
    offered: frozenset[Kind]
    """The ways to end it that would give something now."""
    moves: Sequence[Sequence[Any]]


def of(session: Session, *, actor: Actor, ref: str) -> Statement:
    """Return the statement of a voucher of the acting household. Raises NotFound for anybody else's."""
    voucher = queries.get_voucher(session, actor=actor, ref=ref)
    purse = queries.get_purse(session, actor=actor, ref=ref)
    paid = list_redemptions(
        session,
        actor=actor,
        voucher_id=purse.id,
        limit=count_redemptions(session, actor=actor, voucher_id=purse.id),
    )
    # What came of a move has a face of its own, and may come from another household's agreement.
    is_first = voucher.move_id is None
    came_of, taking = voucher.move, find_taking(session, voucher=voucher)
    moving = find_open(session, voucher_id=voucher.id) if purse.standing is Standing.MOVING else None
    figures = words.figures(
        purse,
        earned=PurchaseBook().answered(session, [purse.id])[purse.id],
        together=used_with(session, purse),
    )
    return Statement(
        purse=purse,
        came_of=came_of.ref if came_of else None,
        moved_by=taking.ref if taking else None,
        moving_by=moving.ref if moving else None,
        holder=voucher.household.holder_name,
        agreement=voucher.agreement.number if is_first else None,
        signed_on=formatting.day(voucher.agreement.signed_on),
        lines=words.line_rows(voucher.agreement, purse.policy, purse.additions) if is_first else [],
        in_cash=words.paid_in_cash(voucher.agreement, purse.policy) if is_first else None,
        cover_fen=covers(session, [purse])[purse.ref],
        tiers=words.prospect_rows(prospects(session, purse)),
        endings=claims.sentences(purse.ending)
        if purse.ending or taking
        else words.endings(purse.policy, figures, is_over=purse.standing is Standing.LAPSED),
        offered=offered(purse.policy, figures),
        moves=words.movement_rows(queries.movements_of(session, purse), paid),
    )


@dataclass(frozen=True)
class Paper:
    """What the template ``wallet`` shows."""

    title: str
    holder: str
    rest: str
    """What the available amount is called: one that can be spent no more has another name."""
    available: str
    now: str
    facts: Sequence[tuple[str, str]]
    lines: Sequence[tuple[str, str]]
    in_cash: str
    """What of the compensation is not in the face; empty where all of it is."""
    sums: Sequence[tuple[str, str]]
    tiers: Sequence[Sequence[str]]
    endings: Sequence[str]
    moves: Sequence[Sequence[str]]
    printed: str


def paper(one: Statement) -> Paper:
    """Return a statement as its PDF shows it: text only."""
    purse = one.purse
    usable = purse.standing is Standing.USABLE
    now = _("今天锁定房源，加上奖励，最多可以付 %(sum)s。", sum=formatting.yuan(one.cover_fen))
    bonuses = [words.bonus_today(purse), words.bonus_next(purse) or ""] if usable else []
    return Paper(
        title=_("房票 %(ref)s 对账单", ref=purse.ref),
        holder=one.holder,
        rest=rest_label(purse),
        available=formatting.yuan(purse.available_fen),
        now="".join([now, *bonuses]) if usable else str(words.stands_as(purse)[0]),
        facts=[
            (_("使用期限"), words.valid_until(purse)),
            (_("发放日期"), formatting.day(purse.issued_on)),
            (_("补偿协议"), _("%(number)s，%(day)s签订", number=one.agreement, day=one.signed_on))
            if one.agreement
            else (_("换发"), one.came_of or ""),
            (_("执行的政策"), purse.policy.title),
        ],
        lines=[(name, formatting.yuan(fen)) for name, fen in [*one.lines, (_("票面金额"), purse.face_fen)]],
        in_cash=one.in_cash or "",
        sums=[
            (_("票面金额"), formatting.yuan(purse.face_fen)),
            *([(_("换发以前用掉"), formatting.yuan(purse.before_fen))] if purse.before_fen else []),
            (_("已经用掉"), formatting.yuan(purse.spent_fen)),
            (_("已锁定金额"), formatting.yuan(purse.held_fen)),
            *([(_("法院冻结的金额"), formatting.yuan(purse.frozen_fen))] if purse.frozen_fen else []),
            *([(_("正在办理的余额"), formatting.yuan(purse.leaving_fen))] if purse.leaving_fen else []),
            *([(_("已经办结的余额"), formatting.yuan(purse.left_fen))] if purse.left_fen else []),
            *([(_("转到新房票"), formatting.yuan(purse.moved_fen))] if purse.moved_fen else []),
            (rest_label(purse), formatting.yuan(purse.available_fen)),
        ],
        tiers=one.tiers if _buys_still(purse) else [],
        endings=_what_of_the_rest(one),
        moves=[[_plain(cell) for cell in row] for row in one.moves],
        printed=printed(),
    )


def _buys_still(purse: WalletVoucher) -> bool:
    """Tell whether a bonus by the day can matter to a voucher any more."""
    return purse.ending is None and purse.standing not in (Standing.SPENT, Standing.MOVED)


def _what_of_the_rest(one: Statement) -> list[str]:
    """Return what becomes of a voucher's rest, or where its ending stands and what is to be done."""
    ending = one.purse.ending
    if ending is None:
        spent = one.purse.standing is Standing.SPENT
        return [_("这张房票的钱已经用完，没有余额要办。")] if spent else list(one.endings)
    told = _("%(note)s。", note=wallet_note(one.purse))
    return [*one.endings, told, *([next_of(ending)] if waits_for_household(ending) else [])]


def _plain(cell: object) -> str:
    """Return a table's cell without its elements: paper has none."""
    return cell.striptags() if isinstance(cell, Markup) else str(cell)
