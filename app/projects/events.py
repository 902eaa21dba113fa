"""What happens to households that packages above want to know."""

from typing import Final

from app.core.events import Event

elected: Final = Event("projects.elected")
"""A household's choice between voucher and cash was recorded: ``household_id``."""
