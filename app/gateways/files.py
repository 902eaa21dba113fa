"""Files that people send us, kept under the hash of their content.

A file is written once and never changed, so its name is what it holds: the same file sent twice is kept once,
and a database row that carries the hash proves which bytes it speaks of. Names people gave their files never
become names on the disk.
"""

import hashlib
import os
import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, Protocol

from app.core.errors import DomainError

_PIECE: Final = 1024 * 1024
_HASH: Final = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file that is kept: the hexadecimal SHA-256 of its content, and its size in bytes."""

    sha256: str
    size: int


class FileTooLarge(DomainError):
    """The file is larger than what may be sent here; ``most_mib`` is the limit."""

    def __init__(self, most: int) -> None:
        super().__init__("file_too_large", "file", most_mib=most // (1024 * 1024))


class FileStore(Protocol):
    """Where files are kept."""

    def put(self, source: BinaryIO, *, most: int) -> StoredFile:
        """Keep what is left to read of what can be read again; it is on disk when this returns.

        Raises FileTooLarge above ``most``.
        """

    def open(self, sha256: str) -> BinaryIO:
        """Return a kept file, open at its start. Raises LookupError when there is none."""


class FolderFiles:
    """Files in a folder of this machine, or of one that all machines mount."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def put(self, source: BinaryIO, *, most: int) -> StoredFile:
        """Write beside the place, then move: nobody ever sees half a file. What is there is left as it is."""
        begin = source.tell()
        stored = _measured(source, most)
        path = self._path(stored.sha256)
        if not path.exists():
            source.seek(begin)
            self._write(source, path)
        # Also when another has just written it: its name may not be on disk yet.
        for folder in (path.parent, self._root):
            _sync(folder)
        return stored

    def _write(self, source: BinaryIO, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".partial-", delete=False) as partial:
            try:
                shutil.copyfileobj(source, partial)
                partial.flush()
                os.fsync(partial.fileno())
                Path(partial.name).replace(path)
            except BaseException:
                Path(partial.name).unlink(missing_ok=True)
                raise

    def open(self, sha256: str) -> BinaryIO:
        """Open the file of that hash."""
        if not _HASH.fullmatch(sha256):
            raise LookupError("not a hash")
        try:
            return self._path(sha256).open("rb")
        except FileNotFoundError as error:
            raise LookupError(sha256) from error

    def _path(self, sha256: str) -> Path:
        return self._root / sha256[:2] / sha256


def _measured(source: BinaryIO, most: int) -> StoredFile:
    """Return what is left to read would be kept as. Raises FileTooLarge."""
    total, size = hashlib.sha256(), 0
    while piece := source.read(_PIECE):
        size += len(piece)
        if size > most:
            raise FileTooLarge(most)
        total.update(piece)
    return StoredFile(total.hexdigest(), size)


def _sync(folder: Path) -> None:
    """Have the folder's own entry on disk: without it a file may be gone after a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class _Process:
    """What the wiring set for this process."""

    store: FileStore | None = None


def use(store: FileStore) -> None:
    """Set the process's files. Called by the wiring."""
    _Process.store = store


def current() -> FileStore:
    """Return the process's files."""
    if _Process.store is None:
        raise RuntimeError("nobody said where files are kept: create_app does")
    return _Process.store
