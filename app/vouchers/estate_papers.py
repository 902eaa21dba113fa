"""By which papers the heirs of somebody who died say who receives what was owed (推举代领人)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from app.core import clock
from app.core.actor import Actor
from app.core.errors import DomainError
from app.documents import service as documents
from app.documents.queries import Owner
from app.documents.rules import Upload


@dataclass(frozen=True, slots=True)
class Estate:
    """That a holder died, and the papers by which the heirs say who receives what was owed."""

    died_on: date
    evidence: str
    """Which papers an officer looked at."""
    papers: Sequence[Upload]
    """Their scans, added to those of an earlier look; one of those may come again."""


def keep(
    session: Session, *, actor: Actor, owner: Owner, estate: Estate, holder_name: str, payee_name: str
) -> None:
    """Keep the papers by which somebody receives for all heirs; ``holder_name`` is who died.

    Raises DomainError at ``died_on`` for a day to come, at ``payee`` for who died, at ``evidence`` or
    ``paper_1`` without.
    """
    if estate.died_on > clock.today():
        raise DomainError("stop_day_to_come", "died_on")
    if payee_name == holder_name:
        raise DomainError("cash_bonus_payee_dead", "payee")
    if not estate.evidence.strip():
        raise DomainError("evidence_missing", "evidence")
    if not documents.keep_looked_at(session, actor=actor, owner=owner, papers=estate.papers, field="paper_1"):
        raise DomainError("cash_bonus_papers_missing", "paper_1")
