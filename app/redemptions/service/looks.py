"""The end of looks at a case, with the decision on it: whoever has it open has it open no more."""

from typing import Any, Final, cast

from sqlalchemy import String, Table, bindparam, case, update
from sqlalchemy.orm import Session

from app.core import clock
from app.core.actor import Actor
from app.core.prepared import Prepared
from app.redemptions.checking import Turn
from app.redemptions.checking_models import CaseLease

_LEASES: Final = cast(Table, CaseLease.__table__)
_IS_DECIDERS: Final = (_LEASES.c.user_id == bindparam("decider_id")) & (
    _LEASES.c.turn == bindparam("decided_turn", type_=String)
)
END: Final = (
    update(_LEASES)
    .where(_LEASES.c.redemption_id == bindparam("decided_id"), _LEASES.c.ended_at.is_(None))
    .values(
        outcome=case((_IS_DECIDERS, bindparam("told", type_=String)), else_="left"),
        ended_at=bindparam("decided_at"),
    )
)
"""Of what ``decided`` returns: by itself, or within the statement that writes the decision down."""
_END: Final = Prepared(END)


def end(session: Session, actor: Actor, redemption_id: int, turn: Turn, outcome: str) -> None:
    """End what is open on a decided case: the actor's look with its outcome, anybody else's as left.

    One that ran out meanwhile still tells how long its owner looked.
    """
    _END.run(session, **decided(actor, redemption_id, turn, outcome))


def decided(actor: Actor, redemption_id: int, turn: Turn, outcome: str) -> dict[str, Any]:
    """Return the values that ``END`` takes."""
    return {
        "decided_id": redemption_id,
        "decider_id": actor.user_id,
        "decided_turn": turn,
        "told": outcome,
        "decided_at": clock.now(),
    }
