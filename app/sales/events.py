"""What contracts tell higher packages."""

from typing import Final

from app.core.events import BatchEvent, Event

moved: Final = Event("sales.moved")
"""A contract came on record, changed, stands or no longer does: sale_id, district_id. Its home is locked."""

moved_many: Final = BatchEvent("sales.moved_many")
"""The same of many contracts that one command moved: their ids, ascending."""
