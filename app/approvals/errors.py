"""Refusals of approvals."""

from app.core.errors import Conflict, Forbidden


class AlreadyDecided(Conflict):
    """Somebody else decided first."""

    def __init__(self) -> None:
        super().__init__("approval_decided")


class SamePerson(Forbidden):
    """Whoever asked may not decide: two people stand behind every decision about money."""

    def __init__(self) -> None:
        super().__init__("approval_same_person")
