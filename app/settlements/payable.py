"""Which approved claims somebody may pay now, and why not the others."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.settlements import claim_queries as claims
from app.settlements.claims import changed
from app.settlements.money_models import SettlementClaim, SettlementLine


@dataclass(frozen=True, slots=True)
class Payable:
    """Approved claims that no payment is under way for, the oldest first."""

    open: list[SettlementClaim] = field(default_factory=list)
    """Those that the actor may put into a batch."""
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
    lines, accounts = _lines(session, waiting), claims.accounts_of(session, waiting)
    for claim in waiting:
        if changed(session, claim, lines[claim.id]):
            found.overtaken.append(claim)
        elif accounts[claim.id] is None:
            found.homeless.append(claim)
        else:
            (found.undone if claim.id in undone else found.open).append(claim)
    return found


def _lines(session: Session, waiting: Sequence[SettlementClaim]) -> dict[int, list[SettlementLine]]:
    lines: dict[int, list[SettlementLine]] = {claim.id: [] for claim in waiting}
    for line in claims.lines_of(session, list(lines)):
        lines[line.claim_id].append(line)
    return lines
