"""What time alone does to prices: what cannot be settled of one home or promotion holds up no other."""

from functools import partial

from sqlalchemy.orm import Session

from app.core import apart
from app.homes import service


def settle_due(session: Session) -> None:
    """Begin planned prices, and judge homes whose promotions began or ended, all together.

    Where that fails each planned home by itself, and then each promotion.
    """
    apart.together(
        session,
        "homes.settle_due",
        partial(service.settle_due, session),
        partial(service.planned_due, session),
        partial(_catch_up, session),
    )
    promotions = service.promotions_due(session)
    session.commit()
    apart.each(session, "homes.settle_promotions", promotions, partial(service.settle_promotion, session))


def judge_all(session: Session) -> None:
    """Judge every listed home whose prices or promotions may break the rule."""
    apart.sweep(session, "homes.judge_all", service.judge_all, service.doubtful)


def _catch_up(session: Session, home_id: int) -> None:
    service.catch_up(session, home_ids=[home_id])
