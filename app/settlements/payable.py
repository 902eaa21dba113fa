"""Which approved claims somebody may pay now, and why not the others."""

from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.settlements import claim_queries as claims
from app.settlements.claims import changed_lines
from app.settlements.money_models import SettlementClaim


@dataclass(frozen=True, slots=True)
class Payable:
    """Approved claims that no payment is under way for, the oldest first."""

    open: list[SettlementClaim] = field(default_factory=list)
    """Those that the actor may put into a batch."""
    moving: list[SettlementClaim] = field(default_factory=list)
    """Those of them whose payee entered another account, that no second person has looked at yet."""
    overtaken: list[SettlementClaim] = field(default_factory=list)
    """Owed less or more by now: a checker sends them back."""
    homeless: list[SettlementClaim] = field(default_factory=list)
    """Their payee has no account."""
    undone: list[SettlementClaim] = field(default_factory=list)
    """The actor noted that their last payment failed or came back: a colleague pays them."""

    @property
    def left(self) -> int:
        """How many the actor may not pay."""
        return len(self.overtaken) + len(self.homeless) + len(self.undone)


def look(session: Session, *, actor: Actor) -> Payable:
    """Return the district's approved claims that wait for payment, by what the actor may do about them."""
    waiting = claims.list_payable(session, district_id=actor.district)
    found = Payable()
    if not waiting:
        return found
    undone = claims.undone_by(session, actor=actor, claims=waiting)
    lines = claims.lines_of(session, [claim.id for claim in waiting])
    changed = {line.claim_id for line in changed_lines(session, district_id=actor.district, lines=lines)}
    accounts = claims.accounts_of(session, waiting)
    for claim in waiting:
        if claim.id in changed:
            found.overtaken.append(claim)
        elif accounts[claim.id] is None:
            found.homeless.append(claim)
        else:
            (found.undone if claim.id in undone else found.open).append(claim)
    entered = claims.accounts_of(session, found.open, state="proposed")
    found.moving.extend(claim for claim in found.open if entered[claim.id] is not None)
    return found
