"""What identity tells higher packages."""

from typing import Final

from app.core.events import Event

password_changed: Final = Event("identity.password_changed")
"""Somebody's password was changed, by themselves or by a code for a new one: user_id."""

factor_cleared: Final = Event("identity.factor_cleared")
"""A clerk took a lost second factor off a person of a household: clearing_id, district_id, household_id."""

phone_forgotten: Final = Event("identity.phone_forgotten")
"""The number somebody signed in with was taken off by whoever manages them: user_id."""

factor_off: Final = Event("identity.factor_off")
"""Somebody's second factor was turned off, by themselves or by whoever manages them: user_id."""
