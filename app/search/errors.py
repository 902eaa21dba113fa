"""Refusals of the search, and of a rebuild of its index."""

from app.core.errors import DomainError


class InvalidSearch(DomainError):
    """The address asks for something that the search does not know; ``field`` is the parameter to blame."""

    def __init__(self, code: str, field: str, **params: object) -> None:
        super().__init__(code, field, **params)


class EngineFailed(Exception):
    """The search server did not do what it was asked; ``str`` is its word for why."""


class BuildRefused(Exception):
    """A rebuilt index is not put into use; ``str`` says why to whoever runs the platform."""


class BuildOvertaken(BuildRefused):
    """Another rebuild began while this one ran; the newer one counts."""

    def __init__(self) -> None:
        super().__init__("another rebuild of the index took over")


class NoIndexBefore(BuildRefused):
    """There is no whole index to go back to."""

    def __init__(self) -> None:
        super().__init__("no index before this one is kept: there was none, or another is being built")


class BuildIncomplete(BuildRefused):
    """The new index holds fewer homes than the database."""

    def __init__(self, *, expected: int, found: int) -> None:
        super().__init__(f"the new index holds {found} homes of {expected}; the old one still answers")
