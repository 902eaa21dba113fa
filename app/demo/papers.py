"""Papers and pictures of the demo, drawn here: nobody's real licence, nobody's real home."""

import io
import struct
import zlib
from functools import cache
from typing import Final

from app.documents.rules import Upload

_INK: Final = b"\x5c\x4d\x42"
_PAPER: Final = b"\xff\xfe\xfb"
_ROOM: Final = b"\xf7\xf0\xe4"
_WIDE: Final = 480
_HIGH: Final = 320
_WALL: Final = 6

Rooms = tuple[tuple[int, int, int, int], ...]
"""Left, top, width and height of each room, in dots."""

FLOOR_PLANS: Final[dict[int, Rooms]] = {
    2: ((20, 20, 180, 130), (206, 20, 254, 130), (20, 156, 250, 144), (276, 156, 184, 144)),
    3: (
        *((20, 20, 140, 130), (166, 20, 140, 130), (312, 20, 148, 130)),
        *((20, 156, 280, 144), (306, 156, 154, 144)),
    ),
    4: (
        *((20, 20, 105, 130), (131, 20, 105, 130), (242, 20, 105, 130), (353, 20, 107, 130)),
        *((20, 156, 280, 144), (306, 156, 154, 144)),
    ),
}
"""A plan for homes of two, three and four bedrooms."""


def floor_plan(rooms: Rooms) -> bytes:
    """Return a plan of rooms with their walls, as a PNG."""
    rows = [bytearray(_PAPER * _WIDE) for _ in range(_HIGH)]
    for left, top, width, height in rooms:
        _fill(rows, left - _WALL, top - _WALL, width + 2 * _WALL, height + 2 * _WALL, _INK)
    for left, top, width, height in rooms:
        _fill(rows, left, top, width, height, _ROOM)
    lines = b"".join(b"\0" + bytes(row) for row in rows)
    header = struct.pack(">IIBBBBB", _WIDE, _HIGH, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(lines, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, body) for kind, body in chunks)


def _fill(rows: list[bytearray], left: int, top: int, width: int, height: int, colour: bytes) -> None:
    for row in rows[top : top + height]:
        row[left * 3 : (left + width) * 3] = colour * width


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def contract_scan() -> Upload:
    """Return the scan of a contract; all are the same bytes, which are kept once."""
    return Upload(io.BytesIO(paper("Contract of sale")), "购房合同.pdf")


def kinship_paper() -> Upload:
    """Return a paper that proves a kinship."""
    return Upload(io.BytesIO(paper("Certificate of kinship")), "亲属关系证明.pdf")


def milestone_paper(kind: str) -> Upload:
    """Return the paper that shows a handover or a certificate."""
    if kind == "certificate":
        return Upload(io.BytesIO(paper("Certificate")), "不动产权证.pdf")
    return Upload(io.BytesIO(paper("Handover")), "交房单.pdf")


def claim_paper() -> Upload:
    """Return the paper by which a developer asks to be paid."""
    return Upload(io.BytesIO(paper("Claim")), "拨付申请书.pdf")


@cache
def paper(title: str) -> bytes:
    """Return a PDF of one page that says it is a specimen; ``title`` in ASCII."""
    shown = f"BT /F1 24 Tf 72 720 Td ({title}) Tj 0 -40 Td /F1 14 Tf (Specimen for the demo) Tj ET".encode()
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources 6 0 R >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(shown), shown),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        b"<< /Font << /F1 5 0 R >> >>",
    )
    content, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, start=1):
        places.append(len(content))
        content += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    return content + (
        b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n"
        % (size, table, size, len(content))
    )
