"""Refusals of projects and households."""

from app.core.errors import Conflict, DomainError, Forbidden


class PersonKnown(DomainError):
    """The household has a person with this ID number already."""

    def __init__(self) -> None:
        super().__init__("person_known", field="id_number")


class RosterLocked(Conflict):
    """The project's roster is locked: nobody joins it, and nobody changes what they chose."""

    def __init__(self) -> None:
        super().__init__("roster_locked")


class RosterOpen(Conflict):
    """The project's roster is not locked yet: who gets a voucher is not settled."""

    def __init__(self) -> None:
        super().__init__("roster_open")


class HelpOver(Forbidden):
    """The grant under which somebody acted has ended, or is locked with the household's account."""

    def __init__(self) -> None:
        super().__init__("help_over")
