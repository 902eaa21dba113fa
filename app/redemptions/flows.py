"""Use cases of redemptions in several transactions."""

from collections.abc import Sequence
from functools import partial

from sqlalchemy.orm import Session

from app.core import apart
from app.core.actor import Actor
from app.core.apart import Left
from app.payments import flows as card_flows
from app.redemptions import cash, loans, service, telling


def carry_out(session: Session, *, batch_id: int) -> int:
    """Write off the cases of an approved batch, some in each transaction; return how many were decided.

    Begun again after a kill it goes on where it stopped. Raises apart.Left when some could not be decided;
    the batch is done when they are.
    """
    left: list[int] = []
    decided = 0

    def together(case_ids: Sequence[int]) -> None:
        alone = service.decide_together(session, batch_id=batch_id, case_ids=case_ids)
        session.commit()
        for case_id in alone:
            service.decide_case(session, case_id=case_id)
            session.commit()

    def one(case_id: int) -> None:
        service.decide_case(session, case_id=case_id)

    while waiting := service.list_undecided(session, batch_id=batch_id, but=left):
        stuck = apart.several(
            session, "redemptions.carry_out", waiting, together, one=one, named=service.named_cases
        )
        left += stuck
        decided += len(waiting) - len(stuck)
    service.end_batch(session, batch_id=batch_id)
    session.commit()
    Left.demand_none(left)
    return decided


def let_spaces_go(session: Session) -> list[str]:
    """Release spaces whose home's purchase has ended, each by itself; return the numbers of those left."""
    due = service.due_spaces(session)
    session.commit()
    return apart.each(session, "redemptions.let_spaces_go", due, partial(service.let_space_go, session))


def end_too_late(session: Session) -> list[str]:
    """End bonuses in cash of which nothing is left by now, each by itself; return those that failed."""
    due = cash.too_late(session)
    session.commit()
    return apart.each(
        session, "redemptions.end_cash", due, lambda bonus_id: cash.end_too_late(session, only=bonus_id)
    )


def expire_overdue(session: Session) -> list[str]:
    """Release holds whose deadline passed without a contract, some at a time; return whose are left."""
    return apart.together(
        session,
        "redemptions.expire",
        partial(service.expire_overdue, session),
        partial(service.overdue, session),
        partial(service.expire, session),
    )


def extend_unanswered(session: Session) -> list[str]:
    """Lengthen holds whose developer missed its answer time, some at a time; return whose are left."""
    return apart.sweep(session, "redemptions.extend", service.extend_unanswered, service.unanswered)


def remind(session: Session) -> None:
    """Tell who has a lock or a loan that is due soon; each is told once for each of the days."""
    apart.sweep(session, "redemptions.remind", telling.remind, telling.ending_soon)
    apart.sweep(session, "redemptions.remind_loans", loans.remind, loans.due_soon)


def pay_online(
    session: Session,
    *,
    actor: Actor,
    redemption_ref: str,
    amount_fen: int,
    title: str,
    success_url: str,
    cancel_url: str,
) -> str | None:
    """Begin to pay a part of a top-up online, and return the address of the page where that is done.

    Our row stands before Stripe hears of it. None where Stripe opens no page; raises what
    ``service.begin_card_payment`` refuses, and ``card_flows.Later`` when Stripe does not answer.
    """
    payment_id = service.begin_card_payment(
        session,
        actor=actor,
        redemption_ref=redemption_ref,
        amount_fen=amount_fen,
        title=title,
        success_url=success_url,
        cancel_url=cancel_url,
    ).id
    session.commit()
    return card_flows.open_page(session, payment_id=payment_id)


def go_on_online(session: Session, *, actor: Actor, redemption_ref: str) -> str | None:
    """Return the address of the page of the part that is under way; None where it is over meanwhile.

    Raises NotFound without one, NotBuyer, ``card_flows.Later``.
    """
    payment = service.get_card_payment(session, actor=actor, redemption_ref=redemption_ref)
    return card_flows.open_page(session, payment_id=payment.id)


def give_up_online(session: Session, *, actor: Actor, redemption_ref: str) -> None:
    """Let nobody pay the part under way any more; what was paid counts. Raises as ``go_on_online``."""
    payment = service.get_card_payment(session, actor=actor, redemption_ref=redemption_ref)
    card_flows.give_up(session, payment_id=payment.id)


def look_online(session: Session, *, actor: Actor, redemption_ref: str) -> None:
    """Take over what became of the part that is under way. Raises as ``go_on_online``."""
    payment = service.get_card_payment(session, actor=actor, redemption_ref=redemption_ref)
    card_flows.settle(session, payment_id=payment.id)
