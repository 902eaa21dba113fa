"""What redemptions tell higher packages."""

from typing import Final

from app.core.events import Event

ended_unsold: Final = Event("redemptions.ended_unsold")
"""A lock was given up, refused or ran out, and its home is free: redemption_id, home_id, district_id."""

contract_entered: Final = Event("redemptions.contract_entered")
"""A developer entered a contract, or corrected it: redemption_id, home_id, district_id; both are locked."""

reserved: Final = Event("redemptions.reserved")
"""A household locked a home: redemption_id, home_id, district_id; home and vouchers are locked."""

cash_bonus_answered: Final = Event("redemptions.cash_bonus_answered")
"""An approved bonus in cash waits for the bank no more: paid, or its account was wrong: bonus_id, by_id; its
vouchers are locked."""

verifying: Final = Event("redemptions.verifying")
"""Somebody is about to verify a purchase: redemption_id, home_id, district_id; both are locked.

Whoever knows why it must not be raises a Conflict.
"""
