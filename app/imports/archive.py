"""The outside of a workbook: what kind of file it is, and whether it may be unpacked at all. Pure.

Everything is judged before anything is unpacked: a few kilobytes can unfold to gigabytes.
"""

import lzma
import zipfile
import zlib
from typing import BinaryIO, Final

from app.imports.errors import FileRefused

MOST_UNPACKED: Final = 400 * 1024 * 1024
MOST_RATIO: Final = 200
"""How many times its size a part may unfold to; sheets of 100,000 homes reach about 20."""
_SMALL: Final = 1024 * 1024
"""Parts below this are harmless whatever their ratio."""
_MOST_PARTS: Final = 2_000

_OLE: Final = bytes.fromhex("D0CF11E0A1B11AE1")
_NOT_TABLES: Final = (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8")
_PACKED: Final = (b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b")
_TABLE_AS_MARKUP: Final = b"urn:schemas-microsoft-com:office:spreadsheet"
_BOF: Final = bytes.fromhex("0908100000060500")
"""How the stream of an .xls workbook (BIFF8) begins."""
_FILEPASS: Final = 0x2F
_ENDINGS: Final = frozenset({"xlsx", "xls", "xlsm", "xlsb", "ods", "et"})
"""Names that promise a workbook."""
_BROKEN: Final = (zipfile.BadZipFile, zlib.error, lzma.LZMAError)
UNREADABLE: Final = (*_BROKEN, EOFError, OSError, ValueError, NotImplementedError)
"""What the reader of archives raises for a broken one, or one packed in a way that it does not know."""


def judge(content: BinaryIO, file_name: str) -> str:
    """Return ``xlsx``, ``xls`` or ``text`` by what the file holds; its name matters only where it lies.

    Raises FileRefused for anything that holds no table we can read, with the reason.
    """
    content.seek(0)
    head = content.read(4096)
    if not head.strip():
        raise FileRefused("import_empty")
    if head.startswith(_OLE):
        return _judge_ole(content)
    if head.startswith(b"PK"):
        return "xlsx"
    if head.startswith(_PACKED):
        raise FileRefused("import_packed")
    if head.startswith(_NOT_TABLES):
        raise FileRefused("import_not_a_table")
    if _TABLE_AS_MARKUP in head or b"mso-application" in head[:200]:
        raise FileRefused("import_other_workbook")
    if head.lstrip(b"\xef\xbb\xbf \r\n\t").lower().startswith((b"<html", b"<!doctype", b"<table", b"<?xml")):
        raise FileRefused("import_web_page")
    if file_name.lower().rpartition(".")[2] in _ENDINGS:
        raise FileRefused("import_wrong_ending")
    return "text"


def _judge_ole(content: BinaryIO) -> str:
    content.seek(0)
    whole = content.read()
    if "EncryptedPackage".encode("utf-16-le") in whole:
        raise FileRefused("import_encrypted")
    if "_VBA_PROJECT".encode("utf-16-le") in whole:
        raise FileRefused("import_macros")
    directory = 512 * (1 + int.from_bytes(whole[48:52], "little", signed=True))
    if directory + 512 > len(whole):
        raise FileRefused("import_truncated")
    if "Workbook".encode("utf-16-le") not in whole and "Book".encode("utf-16-le") not in whole:
        raise FileRefused("import_not_a_table")
    if _is_locked(whole):
        raise FileRefused("import_encrypted")
    return "xls"


def _is_locked(whole: bytes) -> bool:
    """Tell whether an .xls has a password to open it: then that record stands among its first."""
    place = whole.find(_BOF)
    for _ in range(4 if place >= 0 else 0):
        place += 4 + int.from_bytes(whole[place + 2 : place + 4], "little")
        if int.from_bytes(whole[place : place + 2], "little") == _FILEPASS:
            return True
    return False


def unpack(content: BinaryIO) -> zipfile.ZipFile:
    """Return the archive of a workbook, once it is known to be harmless. Raises FileRefused."""
    content.seek(0)
    try:
        archive = zipfile.ZipFile(content)
    except UNREADABLE as error:
        raise FileRefused("import_truncated") from error
    parts = archive.infolist()
    if len(parts) > _MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
        raise FileRefused("import_too_much_inside")
    for part in parts:
        _check_part(part)
    names = {part.filename for part in parts}
    if any(name.endswith("vbaProject.bin") for name in names):
        raise FileRefused("import_macros")
    if "xl/workbook.bin" in names or "content.xml" in names:
        raise FileRefused("import_other_workbook")
    if "[Content_Types].xml" not in names and any(_ends_as_table(name) for name in names):
        raise FileRefused("import_packed")
    if "[Content_Types].xml" not in names or not any(name.startswith("xl/") for name in names):
        raise FileRefused("import_not_a_table")
    return archive


def _ends_as_table(name: str) -> bool:
    return name.lower().rpartition(".")[2] in _ENDINGS | {"csv", "zip", "rar"}


def _check_part(part: zipfile.ZipInfo) -> None:
    if part.flag_bits & 0x1:
        raise FileRefused("import_encrypted")
    path = part.filename.replace("\\", "/")
    if path.startswith("/") or ":" in path or ".." in path.split("/"):
        raise FileRefused("import_strange_paths")
    if part.file_size > _SMALL and part.file_size > MOST_RATIO * max(part.compress_size, 1):
        raise FileRefused("import_too_much_inside")
