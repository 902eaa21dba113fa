"""What payments tell higher packages."""

from typing import Final

from app.core.events import Event

account_changed: Final = Event("payments.account_changed")
"""Another supervised account is in use than households were told of: account_id."""

contested: Final = Event("payments.contested")
"""Its payer's bank took back what was paid online, or decided so or otherwise: dispute_id."""
