"""What homes tell higher packages."""

from typing import Final

from app.core.events import BatchEvent, Event

broke_price_rule: Final = Event("homes.broke_price_rule")
"""A lowered cash or filed price took a listing out of its pool: listing_id, home_id, district_id."""

placed: Final = BatchEvent("homes.placed")
"""Homes came into being or have another address now: ids of homes, which the publisher has locked or made."""

broke_price_rules: Final = BatchEvent("homes.broke_price_rules")
"""The same, for the many listings that one import took out: ids of listings."""
