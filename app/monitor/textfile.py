"""CSV text as records with line numbers: encodings, byte order marks, broken quoting.

UTF-8 is tried first and, once it fits, is never doubted. GBK (what Excel writes on a Chinese desktop) is
accepted only if nearly every character it yields is an everyday one of GB2312: bytes of Latin-1, Big5 or a
broken UTF-8 file decode as GBK too, but into rare characters.
"""

import csv
import io
import itertools
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from app.monitor.errors import InputError

MAX_BYTES: Final = 1 << 30
"""Files beyond 1 GiB are refused before they are read: the analysis holds its columns in memory."""

GZIP_MAGIC: Final = b"\x1f\x8b"
QUOTED: Final = re.compile(rb'"[^"]*"?')
CHUNK_ROWS: Final = 50_000
EVERYDAY_SHARE: Final = 0.9
"""Share of GBK characters that must belong to GB2312; Big5 text reaches about 0.6, accented Latin near 0."""


@dataclass(frozen=True)
class Chunk:
    """Some records of a file, column by column, with the line on which each record begins."""

    columns: list[tuple[str, ...]]
    lines: list[int]


class CsvFile:
    """A decoded CSV file: its header, then its records in chunks."""

    def __init__(self, path: Path) -> None:
        """Read and decode the file. Raises InputError if it cannot be read, is empty or has a bad header."""
        self.name = str(path)
        self._text = _decode(self.name, _read(path))
        self.header = self._read_header()

    def _read_header(self) -> list[str]:
        try:
            names = next(csv.reader(io.StringIO(self._text, newline="")), [])
        except csv.Error as error:
            raise InputError(self.name, f"not readable as CSV ({error})", line=1) from error
        header = [name.strip() for name in names]
        if not any(header):
            raise InputError(self.name, "the file has no header line", line=1)
        for position, name in enumerate(header, start=1):
            if not name:
                raise InputError(self.name, "a column has no name", line=1, column=str(position))
            if name in header[: position - 1]:
                raise InputError(self.name, "the column name stands twice in the header", line=1, column=name)
        return header

    def chunks(self) -> Iterator[Chunk]:
        """Yield the records after the header; blank lines are passed over.

        Raises InputError at a record with the wrong number of fields, a NUL character or broken quoting.
        """
        records = self._records()
        while batch := list(itertools.islice(records, CHUNK_ROWS)):
            lines = [line for line, _ in batch]
            columns = list(zip(*(fields for _, fields in batch), strict=True))
            for name, values in zip(self.header, columns, strict=True):
                self._refuse_nul(name, values, lines)
            yield Chunk(columns, lines)

    def _records(self) -> Iterator[tuple[int, list[str]]]:
        reader = csv.reader(io.StringIO(self._text, newline=""), strict=True)
        width = len(self.header)
        end_of_last = 0
        try:
            for number, fields in enumerate(reader):
                start, end_of_last = end_of_last + 1, reader.line_num
                if number == 0 or not fields:
                    continue
                if len(fields) != width:
                    raise InputError(
                        self.name,
                        f"{len(fields)} fields, the header has {width}",
                        line=start,
                        column=self.header[min(len(fields), width) - 1],
                    )
                yield start, fields
        except csv.Error as error:
            raise InputError(self.name, f"not readable as CSV ({error})", line=end_of_last + 1) from error

    def _refuse_nul(self, name: str, values: tuple[str, ...], lines: list[int]) -> None:
        if "\0" not in "".join(values):
            return
        row = next(row for row, value in enumerate(values) if "\0" in value)
        raise InputError(self.name, "a NUL byte, which no text file has", line=lines[row], column=name)


def _read(path: Path) -> bytes:
    name = str(path)
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise InputError(name, f"{size} bytes, at most {MAX_BYTES} are read; split the file by district")
        content = path.read_bytes()
    except OSError as error:
        raise InputError(name, f"cannot be read ({error.strerror})") from error
    if content.startswith(GZIP_MAGIC):
        content = _unpacked(name, content)
    if not content.strip(b"\xef\xbb\xbf \t\r\n"):
        raise InputError(name, "the file is empty", line=1)
    return content


def _unpacked(name: str, content: bytes) -> bytes:
    unpacker = zlib.decompressobj(wbits=31)
    try:
        plain = unpacker.decompress(content, MAX_BYTES + 1)
    except zlib.error as error:
        raise InputError(name, f"damaged gzip file ({error})") from error
    if len(plain) > MAX_BYTES or not unpacker.eof:
        raise InputError(name, f"a gzip file that is cut off or holds more than {MAX_BYTES} bytes")
    return plain


def _decode(name: str, content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise InputError(name, "the encoding is UTF-16; save the file as UTF-8 CSV", line=1)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        gbk = _decode_gbk(content)
        if gbk is not None:
            return gbk
        line, column = _place_of_byte(content, error.start)
        raise InputError(
            name,
            "unknown encoding (neither UTF-8 nor certainly GBK); save the file as UTF-8 CSV",
            line=line,
            column=column,
        ) from error


def _decode_gbk(content: bytes) -> str | None:
    try:
        text = content.decode("gb18030")
    except UnicodeDecodeError:
        return None
    foreign = [character for character in text if ord(character) > 127]
    everyday = len("".join(foreign).encode("gb2312", errors="ignore")) / 2
    return text if everyday >= EVERYDAY_SHARE * len(foreign) else None


def _place_of_byte(content: bytes, offset: int) -> tuple[int, str]:
    line_start = content.rfind(b"\n", 0, offset) + 1
    header = content.split(b"\n", 1)[0].decode("ascii", errors="replace").strip("\r\ufeff").split(",")
    position = QUOTED.sub(b"", content[line_start:offset]).count(b",")
    column = header[position].strip() if position < len(header) else str(position + 1)
    return content.count(b"\n", 0, offset) + 1, column
