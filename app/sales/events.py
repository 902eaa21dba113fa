"""What contracts tell higher packages."""

from typing import Final

from app.core.events import Event

moved: Final = Event("sales.moved")
"""A contract came on record, changed, stands or no longer does: sale_id, district_id. Its home is locked."""
