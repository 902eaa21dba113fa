"""What redemptions tell higher packages."""

from typing import Final

from app.core.events import Event

ended_unsold: Final = Event("redemptions.ended_unsold")
"""A lock was given up, refused or ran out, and its home is free: redemption_id, home_id, district_id."""

contract_entered: Final = Event("redemptions.contract_entered")
"""A developer entered a contract, or corrected it: redemption_id, home_id, district_id; both are locked."""

reserved: Final = Event("redemptions.reserved")
"""A household locked a home: redemption_id, home_id, district_id; home and vouchers are locked."""

verifying: Final = Event("redemptions.verifying")
"""Somebody is about to verify a purchase: redemption_id, home_id, district_id; both are locked.

Whoever knows why it must not be raises a Conflict.
"""
