"""To whose account a bonus in cash is paid: the holder's, or of one whom a dead holder's heirs sent (代领).

Nothing of it is parted here: where several inherit, they say on paper who receives for all of them.
"""

from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.errors import Conflict, DomainError
from app.core.sealing import seal
from app.redemptions.cash_models import ACCOUNT, CashBonus
from app.redemptions.cash_queries import papers_owner
from app.vouchers import estate_papers
from app.vouchers.ending_payees import Payee, account_number
from app.vouchers.estate_papers import Estate
from app.vouchers.move_queries import payees_of


def note(session: Session, actor: Actor, bonus: CashBonus, payee: Payee, estate: Estate | None) -> None:
    """Note the account that was brought: the holder's own, a sole heir's, or by the papers of an estate.

    Raises DomainError at ``payee`` for another name, at ``account`` for what is no number; of an estate at
    ``died_on`` for a day to come, at ``payee`` for who died, at ``evidence`` or ``paper_1`` without.
    """
    name = payee.name.strip()
    if estate is None:
        allowed = payees_of(session, bonus.allocation.voucher)
        if len(allowed) > 1:
            raise DomainError("cash_bonus_heirs_several", "payee", heirs="、".join(allowed))
        if name not in allowed:
            raise DomainError("payee_not_holder", "payee", holder=allowed[0])
    else:
        estate_papers.keep(
            session,
            actor=actor,
            owner=papers_owner(bonus),
            estate=estate,
            holder_name=bonus.household.holder_name,
            payee_name=name,
        )
    number = account_number(payee)
    bonus.payee_name, bonus.bank = name, payee.bank.strip()
    bonus.account = seal(number, purpose=ACCOUNT.purpose, owner=bonus.household_id)
    bonus.died_on = estate.died_on if estate else None
    bonus.evidence = estate.evidence.strip() if estate else None
    bonus.prepared_by_id, bonus.reason = actor.user_id, None


def demand_present(session: Session, bonus: CashBonus) -> None:
    """Have an account still be of who may be paid. Raises Conflict("cash_bonus_heirs_since").

    Heirs may have got the voucher since its holder's account was typed; by an estate's papers it is for
    whoever compares them to say.
    """
    if bonus.died_on is None and [bonus.payee_name] != payees_of(session, bonus.allocation.voucher):
        raise Conflict("cash_bonus_heirs_since")


def forget(bonus: CashBonus) -> None:
    """Forget the account, with who stood behind it, and by which papers."""
    bonus.payee_name = bonus.bank = bonus.account = bonus.died_on = bonus.evidence = None
    bonus.prepared_by_id = bonus.approved_by_id = bonus.approved_at = None
