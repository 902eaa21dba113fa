"""Opening a receipt file of the bank: a workbook or CSV, read by the columns of the district's bank."""

import hashlib
import io
from collections.abc import Mapping

from app.core.errors import DomainError
from app.imports.errors import FileRefused
from app.imports.sources import open_source
from app.settlements import bank_file
from app.settlements.bank_file import ReceiptLine


def read(content: bytes, name: str, columns: Mapping[str, str]) -> list[ReceiptLine]:
    """Return the lines of a receipt. Raises DomainError at ``file``, also for what is no workbook or CSV."""
    try:
        source = open_source(io.BytesIO(content), name)
        # As they are read: a file may hold millions of rows, and is refused by the first thousand.
        return bank_file.read(((row.number, row.cells) for row in source.rows(0)), columns)
    except FileRefused as error:
        raise DomainError("receipt_unreadable", "file") from error


def hash_of(content: bytes) -> str:
    """Return what tells a file from any other."""
    return hashlib.sha256(content).hexdigest()
