"""What vouchers tell higher packages."""

from typing import Final

from app.core.events import Event

ending_answered: Final = Event("vouchers.ending_answered")
"""An approved sum waits for the bank no more: paid, or its account was wrong: ending_id, by_id; its voucher
is locked."""
