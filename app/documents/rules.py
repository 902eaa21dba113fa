"""What files may be, judged by their content, and what is taken off pictures before they are kept. Pure.

A picture's Exif data can hold the place where it was taken, often somebody's home, and the camera's number.
They go; only the way up stays, without which a telephone's pictures lie on their side. Nothing is decoded:
bytes are cut by the rules of the container, and the picture itself stays to the bit what it was.
"""

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import BinaryIO, Final

MOST_BYTES: Final = 8 * 1024 * 1024
MOST_EACH: Final = 12
"""The most files that one thing has."""
LONGEST_NAME: Final = 120


class Kind(StrEnum):
    """What a file is for."""

    PHOTO = "photo"
    FLOOR_PLAN = "floor_plan"
    LICENCE = "licence"
    UNDERTAKING = "undertaking"
    CONTRACT = "contract"
    KINSHIP = "kinship"
    OTHER = "other"


class Access(StrEnum):
    """Who a file is for: everybody who may see its owner's public page, or the parties alone."""

    PUBLIC = "public"
    PARTIES = "parties"


class MediaType(StrEnum):
    """The types that are kept."""

    JPEG = "image/jpeg"
    PNG = "image/png"
    WEBP = "image/webp"
    PDF = "application/pdf"


IMAGES: Final = frozenset({MediaType.JPEG, MediaType.PNG, MediaType.WEBP})
_PNG: Final = b"\x89PNG\r\n\x1a\n"
_PNG_NOTES: Final = frozenset({b"eXIf", b"tEXt", b"zTXt", b"iTXt", b"tIME"})
_WEBP_NOTES: Final = frozenset({b"EXIF", b"XMP "})
_WEBP_NOTE_FLAGS: Final = 0x08 | 0x04
_ORIENTATION: Final = 0x0112
_SCAN: Final = 0xDA
_END_OF_SCAN: Final = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
"""The next marker behind compressed data, which holds stuffed zeros and restart marks of its own."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it was sent, and what its sender called it."""

    source: BinaryIO
    name: str


class BrokenPicture(ValueError):
    """The bytes begin like a picture and do not go on like one."""


def type_of(content: bytes) -> MediaType | None:
    """Return what the content is by its first bytes; None for everything that is not kept."""
    if content.startswith(b"\xff\xd8\xff"):
        return MediaType.JPEG
    if content.startswith(_PNG):
        return MediaType.PNG
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return MediaType.WEBP
    if content.startswith(b"%PDF-"):
        return MediaType.PDF
    return None


def without_notes(content: bytes, media_type: MediaType) -> bytes:
    """Return a picture without what cameras and programs wrote beside it; a PDF as it is.

    Raises BrokenPicture when its parts cannot be told apart: what cannot be cleaned is not kept.
    """
    if media_type is MediaType.JPEG:
        return b"".join(_jpeg(content))
    if media_type is MediaType.PNG:
        return _PNG + b"".join(_png(content))
    if media_type is MediaType.WEBP:
        return _webp(content)
    return content


def tidy_name(name: str) -> str:
    """Return the name of a file fit to be shown: no folders, no control characters, not too long."""
    last = name.replace("\\", "/").rpartition("/")[2]
    visible = "".join(sign for sign in last if sign.isprintable()).strip()
    return visible[-LONGEST_NAME:] or "file"


def _jpeg(content: bytes) -> Iterator[bytes]:
    """Yield what to keep: no APP segments but those about colours, and nothing behind the end.

    Telephones put a second picture with notes of its own there.
    """
    yield content[:2]
    at = 2
    while at + 4 <= len(content):
        marker = content[at + 1]
        if content[at] != 0xFF or marker in {0x00, 0xFF}:
            raise BrokenPicture("no segment where one should begin")
        (length,) = struct.unpack(">H", content[at + 2 : at + 4])
        segment = content[at : at + 2 + length]
        if length < 2 or len(segment) != 2 + length:
            raise BrokenPicture("a segment is longer than the file")
        yield _kept_segment(marker, segment)
        at += len(segment)
        if marker == _SCAN:
            end = _END_OF_SCAN.search(content, at)
            if end is None:
                raise BrokenPicture("no end")
            yield content[at : end.start()]
            at = end.start()
            if end.group() == b"\xff\xd9":
                yield end.group()
                return
    raise BrokenPicture("no end")


def _kept_segment(marker: int, segment: bytes) -> bytes:
    if marker == 0xE1:
        return _way_up(segment)
    colours = marker in {0xE0, 0xEE} or segment[4:].startswith(b"ICC_PROFILE\0")
    if marker == 0xFE or (0xE0 <= marker <= 0xEF and not colours):
        return b""
    return segment


def _way_up(segment: bytes) -> bytes:
    """Return an Exif segment that says nothing but which way is up; empty where it does not say even that."""
    body = segment[4:]
    if not body.startswith(b"Exif\0\0"):
        return b""
    tiff = body[6:]
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None or len(tiff) < 10:
        return b""
    (first,) = struct.unpack(f"{order}I", tiff[4:8])
    if first + 2 > len(tiff):
        return b""
    (count,) = struct.unpack(f"{order}H", tiff[first : first + 2])
    for number in range(count):
        entry = tiff[first + 2 + 12 * number : first + 14 + 12 * number]
        if len(entry) < 12:
            return b""
        tag, kind, _many, value = struct.unpack(f"{order}HHIH2x", entry)
        if tag == _ORIENTATION and kind == 3 and 2 <= value <= 8:
            directory = struct.pack(">HHHIHHI", 1, _ORIENTATION, 3, 1, value, 0, 0)
            exif = b"Exif\0\0MM\0*" + struct.pack(">I", 8) + directory
            return b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif
    return b""


def _png(content: bytes) -> Iterator[bytes]:
    at = len(_PNG)
    while at + 12 <= len(content):
        (length,) = struct.unpack(">I", content[at : at + 4])
        kind = content[at + 4 : at + 8]
        chunk = content[at : at + 12 + length]
        if len(chunk) != 12 + length:
            raise BrokenPicture("a chunk is longer than the file")
        if kind not in _PNG_NOTES:
            yield chunk
        if kind == b"IEND":
            return
        at += 12 + length
    raise BrokenPicture("no end")


def _webp(content: bytes) -> bytes:
    kept, at = [], 12
    while at + 8 <= len(content):
        kind = content[at : at + 4]
        (length,) = struct.unpack("<I", content[at + 4 : at + 8])
        chunk = content[at : at + 8 + length + length % 2]
        if len(chunk) < 8 + length:
            raise BrokenPicture("a chunk is longer than the file")
        if kind == b"VP8X" and length >= 1:
            chunk = chunk[:8] + bytes([chunk[8] & ~_WEBP_NOTE_FLAGS & 0xFF]) + chunk[9:]
        if kind not in _WEBP_NOTES:
            kept.append(chunk)
        at += len(chunk)
    if not kept:
        raise BrokenPicture("no picture")
    body = b"WEBP" + b"".join(kept)
    return b"RIFF" + struct.pack("<I", len(body)) + body
