"""What homes tell higher packages."""

from typing import Final

from app.core.events import Event

broke_price_rule: Final = Event("homes.broke_price_rule")
"""A lowered cash or filed price took a listing out of its pool: listing_id, home_id, district_id."""
