"""What payments tell higher packages."""

from typing import Final

from app.core.events import Event

contested: Final = Event("payments.contested")
"""Its payer's bank took back what was paid online, or decided so or otherwise: dispute_id."""
