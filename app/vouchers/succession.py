"""How new vouchers come to stand for old ones: the only writer of what a move does to vouchers and money.

The vouchers that are taken end with nothing on them, by one ledger transfer to each voucher that gets of it.
"""

from collections.abc import Callable, Collection, Sequence

from sqlalchemy.orm import Session

from app.core import audit, clock, ids, locks
from app.core.actor import Actor
from app.core.errors import Busy
from app.ledger import service as ledger
from app.ledger.models import LedgerAccount
from app.ledger.queries import balance
from app.vouchers import paper
from app.vouchers.models import Voucher
from app.vouchers.move_models import VoucherMove
from app.vouchers.move_queries import find_taking, heirs_beside, successors_of, touched_by
from app.vouchers.move_rules import FOLLOW, Made
from app.vouchers.move_states import Kind
from app.vouchers.queries import live_of


def carry_out(
    session: Session,
    *,
    actor: Actor,
    move: VoucherMove,
    vouchers: Sequence[Voucher],
    mades: Sequence[tuple[Made, int]],
) -> list[Voucher]:
    """Let new vouchers stand for those of a move, each with the household that gets it; return them in order.

    The caller has locked the vouchers, knows what the new ones are by ``move_rules``, and has or takes the
    second person's decision. One voucher becomes several, or several become one. Raises InsufficientBalance
    when less is left than was shown, which the locks prevent.
    """
    new = [_open(session, move, made, household_id) for made, household_id in mades]
    accounts = [one.account_id for one in (*vouchers, *new) if one.account_id is not None]
    ledger.lock_accounts(session, accounts)
    left = {part.voucher_id: part.left_fen for part in move.parts}
    for old in vouchers:
        for one, (made, _household_id) in zip(new, mades, strict=True):
            _pay(session, move, old, one, made.left_fen if len(new) > 1 else left[old.id])
    successors = {
        old_id: one.id for one, (made, _) in zip(new, mades, strict=True) for old_id in made.succeeds
    }
    for old in vouchers:
        old.state, old.is_moving, old.successor_id = "moved", False, successors[old.id]
        session.flush()
        paper.void(session, actor=actor, voucher=old, reason="moved")
        _note(session, actor, old, "voucher.move_out")
    for one in new:
        _note(session, actor, one, "voucher.move_in")
    return new


def lock_line(session: Session, voucher_ids: Collection[int]) -> list[Voucher]:
    """Lock vouchers and those that they became, to which their money may follow; return them all.

    With them those of all heirs. Raises Busy when one moved while this waited, so that another stands for it
    by now.
    """
    return _lock(session, voucher_ids, _following)


def lock_answering(session: Session, voucher_ids: Collection[int]) -> list[Voucher]:
    """Lock vouchers and those whose endings take back of what they earned, or to which money follows.

    Return them all. Raises as ``lock_line``.
    """
    return _lock(session, voucher_ids, touched_by)


def _following(session: Session, voucher_ids: Collection[int]) -> Collection[int]:
    line = successors_of(session, voucher_ids)
    return [*line, *heirs_beside(session, line)]


def _lock(
    session: Session,
    voucher_ids: Collection[int],
    line_of: Callable[[Session, Collection[int]], Collection[int]],
) -> list[Voucher]:
    line = set(line_of(session, voucher_ids))
    locked = locks.lock_all(session, Voucher, line)
    if set(line_of(session, voucher_ids)) != line:
        raise Busy
    return locked


def follower(session: Session, voucher: Voucher) -> Voucher | None:
    """Return the voucher in which a household can spend again what came back to one of its own that moved.

    None where somebody else got a part on the way, or its term is over, or it is ending: what becomes of the
    money is for two people to say then.
    """
    last = last_own(session, voucher)
    if last is None:
        return None
    is_over = last.expires_at is None or last.expires_at <= clock.now()
    if last is voucher or is_over:
        return None
    return None if live_of(session, [last.id]) else last


def last_own(session: Session, voucher: Voucher) -> Voucher | None:
    """Return the voucher that a household made of one in the end, by its own splits and merges alone.

    Itself where it did not move; None where somebody else got a part on the way.
    """
    last, into_other_hands = own_end(session, voucher)
    return None if into_other_hands is not None else last


def own_end(session: Session, voucher: Voucher) -> tuple[Voucher, VoucherMove | None]:
    """Return the last that a household made of a voucher, and the move by which somebody else got of it.

    None of a move where nobody did.
    """
    last = voucher
    while last.successor_id is not None:
        move = find_taking(session, voucher=last)
        if move is None:
            raise LookupError(f"voucher {last.id} moved by nothing")
        if move.kind not in (Kind.SPLIT, Kind.MERGE) or move.other_name is not None:
            return last, move
        after = session.get_one(Voucher, last.successor_id)
        if after.household_id != voucher.household_id:  # merged with another's, who has it all
            return last, move
        last = after
    return last, None


def follow(session: Session, *, actor: Actor, voucher: Voucher, into: Voucher) -> None:
    """Let what came back to a voucher that moved follow its household into its ``follower``.

    The caller has locked both, and their accounts; the new one is not moving itself, or it would take along
    what nobody was shown.
    """
    account = session.get_one(LedgerAccount, voucher.account_id)
    left_fen = balance(session, account.id).available_fen
    if not left_fen:
        return
    ledger.transfer(
        session,
        district_id=voucher.district_id,
        debit_id=account.id,
        credit_id=into.account_id or 0,
        amount_fen=left_fen,
        code=FOLLOW,
        key=f"{FOLLOW}:{voucher.id}:{account.credits_posted}",  # all that ever came to it: once for each
    )
    audit.record(
        session,
        actor=actor,
        action=FOLLOW,
        object_type="voucher",
        object_id=voucher.id,
        successor_id=into.id,
        left_fen=left_fen,
    )


def _open(session: Session, move: VoucherMove, made: Made, household_id: int) -> Voucher:
    """Write a voucher with an account of its own and nothing on it yet."""
    terms = made.terms
    voucher = Voucher(
        district_id=move.district_id,
        ref=ids.new_ref("FP"),
        household_id=household_id,
        agreement_id=terms.agreement_id,
        policy_version_id=terms.policy_version_id,
        face_fen=made.face_fen,
        additions=dict(made.additions),
        state="submitted",
        created_at=clock.now(),
        move_id=move.id,
        transfers_done=terms.transfers,
        kin_transfers_done=terms.kin_transfers,
        splits_done=terms.splits,
        merges_done=terms.merges,
        inheritances_done=terms.inheritances,
        stood_still_days=terms.stood_still_days,
        extended_months=terms.extended_months,
        earns_bonus=terms.earns_bonus,
    )
    session.add(voucher)
    session.flush()
    account = ledger.open_account(
        session, district_id=move.district_id, kind="voucher", owner=f"voucher:{voucher.id}"
    )
    voucher.state, voucher.account_id = "issued", account.id
    voucher.issued_at, voucher.expires_at = terms.issued_at, terms.expires_at
    session.flush()
    return voucher


def _pay(session: Session, move: VoucherMove, old: Voucher, new: Voucher, amount_fen: int) -> None:
    code = f"voucher.{move.kind}"
    ledger.transfer(
        session,
        district_id=move.district_id,
        debit_id=old.account_id or 0,
        credit_id=new.account_id or 0,
        amount_fen=amount_fen,
        code=code,
        key=f"{code}:{move.id}:{old.id}:{new.id}",
    )


def _note(session: Session, actor: Actor, voucher: Voucher, action: str) -> None:
    audit.record(
        session,
        actor=actor,
        action=action,
        object_type="voucher",
        object_id=voucher.id,
        move_id=voucher.move_id or 0,
        successor_id=voucher.successor_id or 0,
        face_fen=voucher.face_fen,
    )
