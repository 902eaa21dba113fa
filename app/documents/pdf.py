"""Paper: a template of templates/pdf filled with data and made a PDF, the same bytes for the same data.

What people typed reaches a template as data and never as its source, so no name can act as markup. The result
is tagged (PDF/UA-1): title, language, reading order and words for every picture are there, or it is refused.
"""

import json
import struct
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import typst

ROOT: Final = Path(__file__).resolve().parents[2]
TEMPLATES: Final = ROOT / "templates" / "pdf"
FAMILY: Final = ROOT / "node_modules" / "@expo-google-fonts" / "noto-sans-sc"
REGULAR: Final = FAMILY / "400Regular"
BOLD: Final = FAMILY / "700Bold"
GAP: Final = "〔　　手写〕"
"""Stands where the font lacks a sign: room to write it by hand, which a box would not say."""


def render(template: str, data: object) -> bytes:
    """Return the PDF of a template, by its name without the ending, and a dataclass as its data.

    The data holds text, whole numbers, truth values and None, in dataclasses and sequences; sums and days
    arrive as text. Signs that the font lacks become ``GAP``. Raises TypeError for other data, and typst's own
    error where template and data do not fit.
    """
    compiled = typst.compile(
        TEMPLATES / f"{template}.typ",
        root=TEMPLATES,
        font_paths=_fonts(),
        ignore_system_fonts=True,
        format="pdf",
        pdf_standards="ua-1",
        sys_inputs={"data": json.dumps(_plain(data), ensure_ascii=False)},
    )
    return bytes(compiled)


def missing(text: str) -> list[str]:
    """Return the signs of a text that the font lacks, each once, as they come."""
    return [sign for sign in dict.fromkeys(text) if sign.isprintable() and ord(sign) not in _known()]


def _plain(value: object) -> Any:
    if isinstance(value, str):
        return "".join(_fit(sign) for sign in value)
    if value is None or isinstance(value, bool | int):
        return value
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, Sequence):
        return [_plain(item) for item in value]
    raise TypeError(f"a template takes no {type(value).__name__}")


def _fit(sign: str) -> str:
    """Return a sign as paper can show it; marks that steer a screen, such as writing direction, go."""
    if sign == "\n" or ord(sign) in _known():
        return sign
    return GAP if sign.isprintable() else ""


@cache
def _fonts() -> typst.Fonts:
    """Return the one family that papers are set in, and nothing of the machine's or the compiler's own."""
    return typst.Fonts(
        include_system_fonts=False,
        include_embedded_fonts=False,
        font_paths=[REGULAR, BOLD],
    )


@cache
def _known() -> frozenset[int]:
    """Return the code points that the regular font has a shape for, read from its own table (cmap 12)."""
    content = next(REGULAR.glob("*.ttf")).read_bytes()
    (tables,) = struct.unpack_from(">H", content, 4)
    records = (struct.unpack_from(">4sIII", content, 12 + 16 * number) for number in range(tables))
    table = next(offset for tag, _sum, offset, _length in records if tag == b"cmap")
    (subtables,) = struct.unpack_from(">H", content, table + 2)
    starts = [
        table + struct.unpack_from(">I", content, table + 8 + 8 * number)[0] for number in range(subtables)
    ]
    wide = next(start for start in starts if struct.unpack_from(">H", content, start)[0] == 12)
    (groups,) = struct.unpack_from(">I", content, wide + 12)
    spans = (struct.unpack_from(">II", content, wide + 16 + 12 * number) for number in range(groups))
    return frozenset(code for first, last in spans for code in range(first, last + 1))
