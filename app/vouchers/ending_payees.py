"""To whose account an ending is paid: the holder's, a sole heir's, or of one whom heirs sent (代领)."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.errors import Conflict, DomainError
from app.core.sealing import seal
from app.documents.queries import Owner
from app.vouchers import estate_papers
from app.vouchers.ending_models import ACCOUNT, VoucherEnding
from app.vouchers.ending_rules import frozen_rules
from app.vouchers.estate_papers import Estate
from app.vouchers.estates import SHARE
from app.vouchers.models import Voucher
from app.vouchers.move_queries import heirs_behind, payees_of
from app.vouchers.stop_models import VoucherStop
from app.vouchers.stop_queries import find_death, live_of
from app.vouchers.stop_rules import Kind


@dataclass(frozen=True, slots=True)
class Payee:
    """The account that is to be paid, as it was typed."""

    name: str
    bank: str
    account: str


def papers_owner(ending: VoucherEnding) -> Owner:
    """Return what the documents say an ending is."""
    return Owner("voucher_ending", ending.id)


def allowed(session: Session, ending: VoucherEnding) -> list[str]:
    """Return who may be paid: the holder, or the heirs; of a sum that was parted those whose part it is."""
    voucher = session.get_one(Voucher, ending.voucher_id)
    shares = [rule.figures for rule in frozen_rules(ending.shown) if rule.code == SHARE]
    waiting = {one["heir"] for one in shares if "waits" in one and one["back_fen"]}
    if not waiting:
        return payees_of(session, voucher)
    heirs = heirs_behind(session, [voucher.id])[voucher.id]
    move_id = heirs[0].move_id  # the first inheritance: an heir's own heirs have no part in it by name
    return [heir.name for heir in heirs if heir.place in waiting and heir.move_id == move_id]


def is_of_heirs(session: Session, ending: VoucherEnding) -> bool:
    """Tell whether the holder died, as far as a stop, an inheritance or its own papers tell."""
    if ending.died_on is not None or find_death(session, voucher_id=ending.voucher_id) is not None:
        return True
    return bool(heirs_behind(session, [ending.voucher_id]))


def note(
    session: Session, actor: Actor, ending: VoucherEnding, payee: Payee | None, estate: Estate | None
) -> bool:
    """Have an account where cash is paid, and tell whether it is new.

    Of an estate it takes the place of the one that the holder had given. Raises DomainError("payee_missing"),
    at ``payee`` for another name, and without papers where there are several heirs, at ``account`` for what
    is no number; of an estate as ``estate_papers.keep``, Conflict("ending_pays_nothing") for no cash.
    """
    if estate is not None and (ending.effect != "cash" or not ending.paid_fen):
        raise Conflict("ending_pays_nothing")
    if ending.effect != "cash" or (ending.account is not None and estate is None):
        return False
    if payee is None:
        raise DomainError("payee_missing", "account")
    name = payee.name.strip()
    if estate is None:
        _demand_allowed(allowed(session, ending), name)
    else:
        holder_name = session.get_one(Voucher, ending.voucher_id).household.holder_name
        owner, names = papers_owner(ending), {"holder_name": holder_name, "payee_name": name}
        estate_papers.keep(session, actor=actor, owner=owner, estate=estate, **names)
    _set_account(ending, payee)
    ending.died_on = estate.died_on if estate else None
    ending.evidence = estate.evidence.strip() if estate else None
    return True


def note_own(session: Session, ending: VoucherEnding, payee: Payee) -> None:
    """Note the account of who is paid without papers; raises as ``note``."""
    _demand_allowed(allowed(session, ending), payee.name.strip())
    _set_account(ending, payee)


def forget(ending: VoucherEnding) -> None:
    """Forget the account, and by which papers it was noted."""
    ending.payee_name = ending.bank = ending.account = ending.died_on = ending.evidence = None


def demand_free(session: Session, ending: VoucherEnding, voucher: Voucher) -> None:
    """Raise Conflict("voucher_stopped") while a stop holds a voucher: nothing of it is paid out.

    What waits for the heirs of who died holds nothing that is paid by their papers.
    """
    if not voucher.is_stopped:
        return
    if ending.died_on is None or any(stop.is_whole for stop in stops_but_death(session, voucher)):
        raise Conflict("voucher_stopped")


def stops_but_death(session: Session, voucher: Voucher) -> list[VoucherStop]:
    """Return the stops that stand on a voucher, but the one that waits for the heirs."""
    stops = live_of(session, [voucher.id]).get(voucher.id, [])
    return [stop for stop in stops if stop.kind != Kind.DEATH]


def account_number(payee: Payee) -> str:
    """Return the digits of an account as it was typed. Raises DomainError at ``account`` for no number."""
    digits = "".join(payee.account.split()).replace("-", "")
    if not (digits.isascii() and digits.isdecimal() and 8 <= len(digits) <= 32):
        raise DomainError("account_bad", "account")
    return digits


def _set_account(ending: VoucherEnding, payee: Payee) -> None:
    digits = account_number(payee)
    ending.payee_name, ending.bank = payee.name.strip(), payee.bank.strip()
    ending.account = seal(digits, purpose=ACCOUNT.purpose, owner=ending.voucher_id)


def _demand_allowed(names: list[str], name: str) -> None:
    if len(names) > 1:
        raise DomainError("ending_heirs_several", "payee", heirs="、".join(names))
    if name not in names:
        raise DomainError("payee_not_holder", "payee", holder=names[0])
