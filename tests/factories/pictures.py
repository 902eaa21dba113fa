"""Pictures small enough to write down, with and without the notes that cameras leave in them."""

import struct
import zlib

GPS = b"GPS 30.5172N 117.0661E"


def png(*, notes: bytes = b"", width: int = 1) -> bytes:
    """Return a grey picture one dot high, ``notes`` in a text chunk."""
    rows = b"\0" + b"\x80" * width
    chunks = [(b"IHDR", struct.pack(">IIBBBBB", width, 1, 8, 0, 0, 0, 0))]
    if notes:
        chunks += [(b"tEXt", b"Comment\0" + notes), (b"eXIf", b"II*\0" + notes)]
    chunks += [(b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, body) for kind, body in chunks)


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def exif(*, way_up: int | None, order: str = "<", notes: bytes = GPS) -> bytes:
    """Return an Exif segment of a JPEG with an orientation (None: without) and notes."""
    entries = [(0x010F, 2, 1, 0)] + ([(0x0112, 3, 1, way_up)] if way_up else [])
    directory = struct.pack(f"{order}H", len(entries))
    for tag, kind, count, value in entries:
        directory += struct.pack(f"{order}HHIH2x", tag, kind, count, value)
    tiff = {"<": b"II*\0", ">": b"MM\0*"}[order] + struct.pack(f"{order}I", 8) + directory + b"\0" * 4
    body = b"Exif\0\0" + tiff + notes
    return b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body


def segment(marker: int, body: bytes) -> bytes:
    """Return a segment of a JPEG."""
    return bytes([0xFF, marker]) + struct.pack(">H", len(body) + 2) + body


def jpeg(*before: bytes, behind: bytes = b"", data: bytes = b"\x11\xff\x00\x22\xff\xd0\x33") -> bytes:
    """Return the skeleton of a JPEG with segments before the picture and bytes behind its end."""
    tables = segment(0xDB, b"\0" * 65)
    scan = segment(0xDA, b"\x01\x01\0\0\x3f\0")
    return b"\xff\xd8" + b"".join(before) + tables + scan + data + b"\xff\xd9" + behind


def webp(*, notes: bytes = b"") -> bytes:
    """Return the skeleton of a WebP, ``notes`` as Exif and XMP."""
    flags = 0x0C if notes else 0
    chunks = [(b"VP8X", bytes([flags]) + b"\0" * 9), (b"VP8 ", b"picture")]
    if notes:
        chunks += [(b"EXIF", notes), (b"XMP ", notes + b"!")]
    body = b"WEBP" + b"".join(
        kind + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2) for kind, data in chunks
    )
    return b"RIFF" + struct.pack("<I", len(body)) + body


PDF = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer << /Root 1 0 R >>\n%%EOF\n"
