"""Result files, written whole or not at all."""

import csv
import hashlib
import io
import os
import secrets
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from app.monitor.errors import InputError


def csv_text(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return rows as CSV text with the header first and a newline at each end."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def refuse_unwritable(targets: Sequence[Path], inputs: Sequence[Path]) -> None:
    """Raise InputError if the targets could not be written, before any time is spent on their content."""
    for target in targets:
        if target.is_dir():
            raise InputError(str(target), "is a folder; a file name is needed")
        if any(target.resolve() == source.resolve() for source in inputs):
            raise InputError(str(target), "is an input file and is not written over")
        folder = target.absolute().parent
        if not folder.is_dir():
            raise InputError(str(target), f"the folder {folder} does not exist")
        if not os.access(folder, os.W_OK):
            raise InputError(str(target), f"the folder {folder} cannot be written")


def write_together(texts: Mapping[Path, str]) -> None:
    """Write several UTF-8 files; all are complete on disk before the first takes its name.

    Raises InputError if the disk refuses; no half-written file is left behind.
    """
    temporary = {target: target.with_name(f".{secrets.token_hex(8)}.tmp") for target in texts}
    try:
        for target, text in texts.items():
            with temporary[target].open("w", encoding="utf-8", newline="") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
        for target, path in temporary.items():
            path.replace(target)
    except OSError as error:
        raise InputError(str(next(iter(texts))), f"cannot be written ({error.strerror})") from error
    finally:
        for path in temporary.values():
            path.unlink(missing_ok=True)
