"""How the authority pays developers."""

from app.web.authority.settlements import milestones

__all__ = ["milestones"]
