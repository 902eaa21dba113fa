"""Refusals of imports: of a whole file, or of an act on a run. Row faults are data, see ``values``."""

from app.core.errors import Conflict, DomainError


class FileRefused(DomainError):
    """The file is none we can read: ``code`` says why, the message table says it in words."""

    def __init__(self, code: str, **params: int | str) -> None:
        super().__init__(code, "file", **params)


class ImportMoved(Conflict):
    """The run went on since the page was shown: somebody pressed a button twice, or elsewhere."""

    def __init__(self) -> None:
        super().__init__("import_moved")


class OrdererGone(Conflict):
    """Whoever ordered the import has left since; what they ordered is not carried out."""

    def __init__(self) -> None:
        super().__init__("import_orderer_gone")
