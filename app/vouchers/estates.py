"""What comes back to a voucher whose holder died: it follows to the heirs, by what each inherited."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session, aliased

from app.core import audit, clock
from app.core.actor import Actor
from app.ledger import service as ledger
from app.ledger.models import LedgerAccount, LedgerTransfer
from app.ledger.queries import balance
from app.policies.rules import Rule
from app.vouchers import telling
from app.vouchers.ending_queries import has_open
from app.vouchers.models import Voucher
from app.vouchers.move_models import VoucherHeir
from app.vouchers.move_queries import list_made
from app.vouchers.move_rules import FOLLOW, parted_back
from app.vouchers.move_states import Kind
from app.vouchers.queries import live_of
from app.vouchers.succession import own_end

SHARE = "heir_share"
"""Code of the rule that says what of a sum that came back is an heir's."""


@dataclass(frozen=True, slots=True)
class Heir:
    """Who inherited, and the voucher that came of it; ``is_open`` while that can be spent from."""

    row: VoucherHeir
    voucher: Voucher
    is_open: bool


@dataclass(frozen=True, slots=True)
class Estate:
    """A voucher whose holder died, and the heirs, in their order."""

    voucher: Voucher
    heirs: tuple[Heir, ...]

    @property
    def is_moving(self) -> bool:
        """Whether an heir's voucher is in a move, which would take along what nobody was shown."""
        return any(heir.voucher.is_moving for heir in self.heirs)

    @property
    def is_whole(self) -> bool:
        """Whether every heir has a voucher to which money can follow now."""
        return all(heir.is_open and not heir.voucher.is_moving for heir in self.heirs)


def find(session: Session, voucher: Voucher) -> Estate | None:
    """Return the heirs of a voucher's holder, None where nobody inherited it, or what it became.

    Only the household's own splits and merges may lie between: what was given away is not inherited.
    """
    _last, move = own_end(session, voucher)
    if move is None or move.kind != Kind.INHERIT:
        return None
    made = list_made(session, move=move)
    ended, now = live_of(session, [one.id for one in made]), clock.now()
    heirs = (
        Heir(row, one, one.state == "issued" and one.id not in ended and (one.expires_at or now) > now)
        for row, one in zip(move.heirs, made, strict=True)
    )
    return Estate(voucher, tuple(heirs))


def part_now(session: Session, *, actor: Actor, voucher: Voucher) -> None:
    """Let what just came back follow to the heirs, if every one can have it; else the hourly job parts it.

    The caller has locked the voucher, the heirs' and their accounts. While earlier money waits for two people
    this waits, too.
    """
    estate = find(session, voucher)
    if estate is not None and estate.is_whole and not has_open(session, voucher_id=voucher.id):
        part(session, actor=actor, estate=estate)


def part(session: Session, *, actor: Actor, estate: Estate) -> tuple[Rule, ...]:
    """Let what came back to a voucher follow to the heirs, each the part that the share was of all shares.

    The caller has locked as for ``part_now``. The part of an heir whose voucher ended, was given on or is
    over stays: returned is then what is whose, as two people are shown it; nothing where nothing stays.
    """
    voucher = estate.voucher
    account = session.get_one(LedgerAccount, voucher.account_id)
    came_fen, piece = balance(session, account.id).available_fen, account.credits_posted
    sums = parted_back(came_fen, [heir.row.share_fen for heir in estate.heirs])
    told = []
    for heir, fen in zip(estate.heirs, sums, strict=True):
        waits: dict[str, int | str] = {} if heir.is_open else {"waits": "yes"}
        known: dict[str, int | str] = {"heir": heir.row.place, "back_fen": fen, "piece_fen": piece}
        told.append(Rule("", SHARE, {**known, **waits}))
        if heir.is_open and fen:
            _follow(session, actor, voucher, heir, fen, piece)
    return tuple(told) if any("waits" in rule.figures and rule.figures["back_fen"] for rule in told) else ()


def followed_to(session: Session, vouchers: Collection[Voucher]) -> Counter[int]:
    """Return what of homes of who died followed to heirs' vouchers that succeed nobody's, in fen by id.

    It is more than they were: with the first heir's the home itself goes on counting.
    """
    moved = [one.id for one in vouchers if one.move_id is not None]
    if not moved:
        return Counter()
    before = aliased(Voucher)
    statement = (
        select(Voucher.id, func.sum(LedgerTransfer.amount_fen))
        .join(LedgerTransfer, LedgerTransfer.credit_account_id == Voucher.account_id)
        .where(Voucher.id.in_(moved), LedgerTransfer.code == FOLLOW)
        .where(~exists().where(before.successor_id == Voucher.id))
        .group_by(Voucher.id)
    )
    return Counter({voucher_id: int(fen) for voucher_id, fen in session.execute(statement)})


def _follow(session: Session, actor: Actor, voucher: Voucher, heir: Heir, fen: int, piece: int) -> None:
    """Move an heir's part; ``piece`` is all that ever came to the voucher: each sum is parted once."""
    ledger.transfer(
        session,
        district_id=voucher.district_id,
        debit_id=voucher.account_id or 0,
        credit_id=heir.voucher.account_id or 0,
        amount_fen=fen,
        code=FOLLOW,
        key=f"{FOLLOW}:{voucher.id}:{piece}:{heir.voucher.id}",
    )
    audit.record(
        session,
        actor=actor,
        action=FOLLOW,
        object_type="voucher",
        object_id=voucher.id,
        successor_id=heir.voucher.id,
        left_fen=fen,
    )
    telling.tell_heir_followed(session, voucher, heir.row, heir.voucher, fen, piece=piece)
