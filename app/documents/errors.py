"""Refusals of files."""

from app.core.errors import Conflict, DomainError


class UnknownType(DomainError):
    """The content is none of the types that are kept, whatever its name says."""

    def __init__(self, offered: str) -> None:
        super().__init__("document_type_unknown", "file", offered=offered)


class TooMany(DomainError):
    """The thing has as many files of this kind as it may have."""

    def __init__(self, most: int) -> None:
        super().__init__("document_too_many", "file", most=most)


class SameAgain(Conflict):
    """The very same file is there already, as the document ``ref``."""

    def __init__(self, ref: str) -> None:
        super().__init__("document_twice", "file")
        self.ref = ref
