"""Workbooks (.xlsx), read as a stream: values as they were stored, never computed, never as binary floats.

Only cells that hold something are met, so a sheet that claims a million rows costs what it holds. Document
types are refused where they begin: no entity is ever expanded, nothing outside the file is ever opened.
"""

import posixpath
import re
from collections.abc import Iterator
from typing import BinaryIO, Final
from xml.parsers import expat

from app.imports import archive, dates
from app.imports.cells import Broken, Merge, Row, Sheet, Value, number
from app.imports.errors import FileRefused

MOST_SHEETS: Final = 100
MOST_COLUMNS: Final = 256
"""Cells to the right of these are no part of a sales table."""
MOST_ROWS: Final = 1_048_576
"""What a sheet has at most."""
MOST_STRINGS: Final = 2_000_000
MOST_SIGNS: Final = 60_000_000
"""Of all texts that cells share; 100,000 homes have a hundredth of it."""
LONGEST_CELL: Final = 32_767
"""What a cell holds at most; markup may claim more."""
_PIECE: Final = 256 * 1024
_CELL: Final = re.compile(r"([A-Z]{1,3})(\d{1,7})")
_MERGE: Final = re.compile(rb"mergeCell [^>]*?ref=\"([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})\"")
_ESCAPED: Final = re.compile(r"_x([0-9A-Fa-f]{4})_")


class Workbook:
    """An .xlsx file that was found harmless."""

    def __init__(self, content: BinaryIO) -> None:
        self._zip = archive.unpack(content)
        catalogue = _Catalogue()
        self._parse("xl/workbook.xml", catalogue)
        links = _Links()
        self._parse("xl/_rels/workbook.xml.rels", links)
        if not catalogue.found:
            raise FileRefused("import_not_a_table")
        if len(catalogue.found) > MOST_SHEETS:
            raise FileRefused("import_too_many_sheets", most=MOST_SHEETS)
        named = [(name, links.targets.get(link, ""), hidden) for name, link, hidden in catalogue.found]
        self._paths = [posixpath.normpath(posixpath.join("/xl", path)).lstrip("/") for _, path, _ in named]
        self._listed = [Sheet(name, hidden) for name, _, hidden in named]
        self._dates = dates.Dates(catalogue.from_1904, self._date_styles())
        self._strings = self._shared_strings()
        outside = any(name.startswith("xl/externalLinks/") for name in self._zip.namelist())
        self.notices = ["external_links"] if outside else []

    @property
    def sheets(self) -> list[Sheet]:
        """The sheets in the workbook's order; charts have no rows."""
        return [
            Sheet(sheet.name, sheet.hidden, self._merges(index)) for index, sheet in enumerate(self._listed)
        ]

    def rows(self, index: int) -> Iterator[Row]:
        """Yield the rows of a sheet that hold anything. Raises FileRefused where the file is damaged."""
        grid = _Grid(self._strings, self._dates)
        parser = _parser(grid)
        for piece in self._pieces(self._paths[index]):
            _feed(parser, piece)
            yield from grid.take()
        _feed(parser, b"", last=True)
        self.notices += sorted(grid.hides - set(self.notices))

    def _merges(self, index: int) -> list[Merge]:
        """Find what is merged by its bare text: it stands behind the rows, which need no reading for it."""
        found: list[Merge] = []
        tail = b""
        for piece in self._pieces(self._paths[index]):
            text = tail + piece
            if b"mergeCell " in text:
                found += [
                    (int(top), _column(left.decode()), int(bottom), _column(right.decode()))
                    for left, top, right, bottom in _MERGE.findall(text)
                ]
            tail = text[text.rfind(b"<") :][-400:]
        return sorted(set(found))

    def _shared_strings(self) -> list[str]:
        strings = _Strings()
        if "xl/sharedStrings.xml" in self._zip.namelist():
            self._parse("xl/sharedStrings.xml", strings)
        return strings.found

    def _date_styles(self) -> frozenset[int]:
        styles = _Styles()
        if "xl/styles.xml" in self._zip.namelist():
            self._parse("xl/styles.xml", styles)
        return styles.dates()

    def _parse(self, path: str, handler: "_Handler") -> None:
        parser = _parser(handler)
        for piece in self._pieces(path):
            _feed(parser, piece)
        _feed(parser, b"", last=True)

    def _pieces(self, path: str) -> Iterator[bytes]:
        if path not in self._zip.namelist():
            raise FileRefused("import_truncated")
        try:
            with self._zip.open(path) as part:
                while piece := part.read(_PIECE):
                    yield piece
        except archive.UNREADABLE as error:
            raise FileRefused("import_truncated") from error


class _Handler:
    """What meets the elements of one part; names come without their prefix."""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Meet an element's beginning."""

    def end(self, name: str) -> None:
        """Meet an element's end."""

    def text(self, text: str) -> None:
        """Meet text."""


def _parser(handler: _Handler) -> expat.XMLParserType:
    def refuse(*_: object) -> None:
        raise FileRefused("import_entities")

    def start(name: str, attributes: dict[str, str]) -> None:
        handler.start(name[name.find(":") + 1 :], attributes)

    def end(name: str) -> None:
        handler.end(name[name.find(":") + 1 :])

    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = handler.text
    return parser


def _feed(parser: expat.XMLParserType, piece: bytes, *, last: bool = False) -> None:
    try:
        parser.Parse(piece, last)
    except (expat.ExpatError, ValueError) as error:  # broken markup, or a number of it that is none
        raise FileRefused("import_truncated") from error


class _Catalogue(_Handler):
    """The list of sheets: name, link, hidden; and from which year days are counted."""

    def __init__(self) -> None:
        self.found: list[tuple[str, str, bool]] = []
        self.from_1904 = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "sheet":
            link = next((value for key, value in attributes.items() if key.endswith(":id")), "")
            hidden = attributes.get("state", "visible") != "visible"
            self.found.append((attributes.get("name", ""), link, hidden))
        elif name == "workbookPr":
            self.from_1904 = attributes.get("date1904", "0") in {"1", "true"}


class _Links(_Handler):
    """Where each link leads."""

    def __init__(self) -> None:
        self.targets: dict[str, str] = {}

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "Relationship" and attributes.get("TargetMode") != "External":
            self.targets[attributes.get("Id", "")] = attributes.get("Target", "")


class _Styles(_Handler):
    """Which cell styles show a number as a day."""

    def __init__(self) -> None:
        self._codes: dict[int, str] = {}
        self._formats: list[int] = []
        self._inside = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "numFmt":
            self._codes[int(attributes.get("numFmtId", "0"))] = attributes.get("formatCode", "")
        elif name == "cellXfs":
            self._inside = True
        elif name == "xf" and self._inside:
            self._formats.append(int(attributes.get("numFmtId", "0")))

    def end(self, name: str) -> None:
        if name == "cellXfs":
            self._inside = False

    def dates(self) -> frozenset[int]:
        """Return the numbers of those styles."""
        return frozenset(
            style
            for style, code in enumerate(self._formats)
            if dates.is_date_format(code, self._codes.get(code))
        )


class _Strings(_Handler):
    """Texts that cells share; of one in several fonts all runs, without how it is pronounced."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self._parts: list[str] = []
        self._signs = self._length = 0
        self._reading = self._aside = False

    def start(self, name: str, attributes: dict[str, str]) -> None:  # noqa: ARG002  # as any handler
        if name == "t":
            self._reading = not self._aside
        elif name == "rPh":
            self._aside = True

    def end(self, name: str) -> None:
        if name == "t":
            self._reading = False
        elif name == "rPh":
            self._aside = False
        elif name == "si":
            text = _unescape("".join(self._parts)[:LONGEST_CELL])
            self._parts, self._length = [], 0
            self._signs += len(text)
            if len(self.found) >= MOST_STRINGS or self._signs > MOST_SIGNS:
                raise FileRefused("import_too_much_inside")
            self.found.append(text)

    def text(self, text: str) -> None:
        if self._reading and self._length <= LONGEST_CELL:
            self._parts.append(text)
            self._length += len(text)


class _Grid(_Handler):
    """The rows of a sheet."""

    def __init__(self, strings: list[str], days: dates.Dates) -> None:
        self._strings, self._days = strings, days
        self._rows: list[Row] = []
        self._row, self._column = 0, -1
        self._cells: list[Value] = []
        self._kind, self._style = "n", 0
        self._parts: list[str] = []
        self._length = 0
        self._reading = self._aside = self._formula = self._hidden = False
        self.hides: set[str] = set()
        """``hidden_rows``, ``hidden_columns``: what people may have forgotten, since they do not see it."""

    def take(self) -> list[Row]:
        """Return the rows finished since the last time."""
        rows, self._rows = self._rows, []
        return rows

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "c":
            place = _CELL.fullmatch(attributes.get("r", ""))
            self._column = _column(place[1]) if place else self._column + 1
            self._kind = attributes.get("t", "n")
            style = attributes.get("s", "0")
            self._style = int(style) if style.isdecimal() else 0
            self._parts, self._length, self._formula = [], 0, False
        elif name in {"v", "t"}:
            self._reading = not self._aside
        elif name == "f":
            self._formula = True
        elif name == "row":
            given = attributes.get("r", "")
            self._row = int(given) if given.isdecimal() else self._row + 1
            if self._row > MOST_ROWS:
                raise FileRefused("import_truncated")
            self._column, self._cells = -1, []
            self._hidden = attributes.get("hidden", "0") in {"1", "true"}
        elif name == "col" and attributes.get("hidden", "0") in {"1", "true"}:
            self.hides.add("hidden_columns")
        elif name == "rPh":
            self._aside = True

    def end(self, name: str) -> None:
        if name in {"v", "t"}:
            self._reading = False
        elif name == "c":
            self._keep()
        elif name == "row" and any(value is not None for value in self._cells):
            self._rows.append(Row(self._row, self._cells))
            if self._hidden:
                self.hides.add("hidden_rows")
        elif name == "rPh":
            self._aside = False

    def text(self, text: str) -> None:
        if self._reading and self._length <= LONGEST_CELL:
            self._parts.append(text)
            self._length += len(text)

    def _keep(self) -> None:
        if self._column >= MOST_COLUMNS:
            return
        value = self._value("".join(self._parts)[:LONGEST_CELL])
        if value is None:
            return
        missing = self._column - len(self._cells)
        if missing >= 0:
            self._cells.extend([None] * (missing + 1))
        self._cells[self._column] = value

    def _value(self, text: str) -> Value:
        if not text.strip():
            return Broken.FORMULA if self._formula and self._kind in {"n", ""} else None
        if self._kind == "n":
            found = number(text)
            is_day = self._style in self._days.styles and not isinstance(found, Broken)
            return self._days.day(found) if is_day and not isinstance(found, Broken) else found
        if self._kind == "s":
            position = int(text) if text.isdecimal() else -1
            if not 0 <= position < len(self._strings):
                return Broken.ERROR
            return self._strings[position] if self._strings[position].strip() else None
        if self._kind == "e":
            return Broken.ERROR
        if self._kind == "b":
            return text.strip() == "1"
        return dates.iso(text) if self._kind == "d" else _unescape(text)


def _column(letters: str) -> int:
    column = 0
    for one in letters:
        column = column * 26 + ord(one) - 64
    return column - 1


def _unescape(text: str) -> str:
    """Return a stored text without the writing of control characters as ``_x000D_``.

    Those that no database takes are left out: NUL, and halves of a sign.
    """
    if "_x" not in text:
        return text
    plain = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text).replace("\0", "")
    return plain.encode("utf-16", "surrogatepass").decode("utf-16", "ignore")
