"""How the authority pays developers."""

from app.web.authority.settlements import (
    accounts,
    batches,
    claims,
    funds,
    late,
    milestones,
    overview,
    statements,
    terms,
)

__all__ = ["accounts", "batches", "claims", "funds", "late", "milestones", "overview", "statements", "terms"]
