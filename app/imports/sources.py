"""Opening a file that somebody sent, whatever it is. Pure."""

from typing import BinaryIO

from app.imports import archive
from app.imports.cells import Source
from app.imports.legacy import LegacyWorkbook
from app.imports.textfile import TextTable
from app.imports.workbook import Workbook


def open_source(content: BinaryIO, file_name: str) -> Source:
    """Return the tables of a file; ``content`` must stay open as long as they are read.

    Raises FileRefused with the reason when it is nothing we read.
    """
    kind = archive.judge(content, file_name)
    if kind == "xlsx":
        return Workbook(content)
    content.seek(0)
    return LegacyWorkbook(content.read()) if kind == "xls" else TextTable(content.read())
