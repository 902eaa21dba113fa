"""Tables as text: CSV in the encodings and separators that spreadsheets here write. Pure."""

import csv
import io
import re
from collections.abc import Iterator
from itertools import islice
from typing import Final

from app.imports.cells import Row, Sheet, Value
from app.imports.errors import FileRefused

_MARKS: Final = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_SEPARATORS: Final = (",", "\t", ";", "|")
_TRIED_LINES: Final = 60
_ENDLESS: Final = re.compile(r"[^\r\n]{1000000}")
"""A line of a million signs is no line of a table, and would be held as a whole."""
_LONGEST_CELL: Final = 32_767
"""What a cell of a workbook holds at most."""


class TextTable:
    """A text file as a workbook of one sheet."""

    def __init__(self, content: bytes) -> None:
        self._text = decode(content)
        if _ENDLESS.search(self._text):
            raise FileRefused("import_not_a_table")
        self._separator = ""
        if self._text[:4].lower() == "sep=":
            first, _, self._text = self._text.partition("\n")
            self._separator = first[4:5]
        self._separator = self._separator or find_separator(self._text)
        self.notices: list[str] = []

    @property
    def sheets(self) -> list[Sheet]:
        """One sheet without a name."""
        return [Sheet("")]

    def rows(self, index: int) -> Iterator[Row]:
        """Yield the lines that hold anything. Raises FileRefused for a quote that is never closed."""
        csv.field_size_limit(_LONGEST_CELL)
        reader = csv.reader(io.StringIO(self._text, newline=""), delimiter=self._separator)
        try:
            for position, fields in enumerate(reader, index + 1):
                cells: list[Value] = [text if text.strip() else None for text in fields]
                if any(cells):
                    yield Row(position, cells)
        except csv.Error as error:
            raise FileRefused("import_csv_broken", line=reader.line_num) from error


def decode(content: bytes) -> str:
    """Return the text: UTF-8 or UTF-16 with or without a mark, else GB18030 (which contains GBK and GB2312).

    Raises FileRefused when it is none of them.
    """
    encoding = next((name for mark, name in _MARKS if content.startswith(mark)), None)
    tries = [encoding] if encoding else [*_utf_16_by_zeros(content), "utf-8", "gb18030"]
    for name in tries:
        try:
            text = content.decode(name)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise FileRefused("import_encoding")


def _utf_16_by_zeros(content: bytes) -> list[str]:
    """Guess UTF-16 without its mark: separators and digits have a zero byte on one side."""
    beginning = content[:4000]
    even, odd = beginning[::2].count(0), beginning[1::2].count(0)
    if max(even, odd) < len(beginning) // 40 or not even + odd:
        return []
    return ["utf-16-be"] if even > odd else ["utf-16-le"]


def find_separator(text: str) -> str:
    """Return the separator that stands most often between cells of the beginning, blank lines apart."""

    def count(separator: str) -> int:
        lines = islice(io.StringIO(text, newline=""), _TRIED_LINES)
        try:
            rows = [fields for fields in csv.reader(lines, delimiter=separator) if any(fields)]
        except csv.Error:
            return 0
        return sum(len(fields) - 1 for fields in rows)

    return max(_SEPARATORS, key=count)
