"""Making, checking and putting back a backup.

The database is dumped at one snapshot, at which the audit trail's anchor is taken too. Files are only ever
added, each under its hash, so whatever that snapshot speaks of is still there when they are copied after it.
"""

import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import psycopg
from sqlalchemy import select, text, union
from sqlalchemy.orm import Session

from app import rights
from app.backup import manifest, programs
from app.backup.errors import BackupError
from app.backup.manifest import Manifest
from app.core import clock
from app.core.anchors import write_anchor
from app.documents.models import Document
from app.imports.models import ImportRun
from app.ledger.queries import count_transfers
from app.sales.models import SalesFile
from config import Settings

DUMP: Final = "database.dump"
FILES: Final = "files"
ANCHOR: Final = "anchor"
"""Parts of a backup; the anchor's folder holds one file."""

_KEPT: Final = re.compile(r"[0-9a-f]{64}")
_SPOKEN_OF: Final = union(
    *(select(column) for column in (Document.sha256, ImportRun.file_sha256, SalesFile.sha256))
)
_ANY_TABLE: Final = "SELECT FROM pg_tables WHERE schemaname = 'public' LIMIT 1"


def make(session: Session, settings: Settings, folder: Path) -> Manifest:
    """Save database and files into a new folder, which appears only when all of it is there.

    Raises BackupError when the folder exists, a kept file is not what its name says, or pg_dump refuses.
    """
    if folder.exists():
        raise BackupError(f"{folder} exists already; a backup gets a folder of its own.")
    folder.parent.mkdir(parents=True, exist_ok=True)
    with _unfinished(folder) as partial:
        session.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"))
        # Held open without a word for as long as pg_dump runs.
        session.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
        snapshot = session.execute(text("SELECT pg_export_snapshot()")).scalar_one()
        write_anchor(session, partial / ANCHOR)
        programs.dump(_owner_url(settings), snapshot=snapshot, to=partial / DUMP)
        revision = session.execute(text("SELECT version_num FROM alembic_version")).scalar_one()
        transfers = count_transfers(session)
        spoken_of = set(session.scalars(_SPOKEN_OF))
        session.rollback()
        kept = _copy_files(settings.data_dir / FILES, partial / FILES)
        made = Manifest(
            made_at=clock.system_now().isoformat(),
            revision=revision,
            transfers=transfers,
            contents=manifest.contents_of(partial),
            missing=sorted(spoken_of - kept),
            keys=manifest.fingerprints(settings),
            settings=manifest.of_settings(settings),
        )
        made.write(partial, settings)
        partial.rename(folder)
    return made


def check(settings: Settings, folder: Path) -> Manifest:
    """Return a backup's manifest once every byte of it is as it was made. Raises BackupError."""
    made = manifest.read(folder, settings)
    found = manifest.contents_of(folder)
    for path in sorted(made.contents.keys() | found.keys()):
        if path not in found:
            raise BackupError(f"{path} is missing from the backup.")
        if path not in made.contents:
            raise BackupError(f"{path} is no part of the backup.")
        if found[path] != made.contents[path]:
            raise BackupError(f"{path} is damaged: its hash is not what it was.")
    programs.require_readable(folder / DUMP)
    return made


def restore(settings: Settings, folder: Path) -> Manifest:
    """Fill an empty database and the store from a backup that passes every check; return its manifest.

    What it holds is not proved here: the caller does (``anchor_of``). Raises BackupError before anything is
    changed; one of pg_restore leaves the database empty.
    """
    made = check(settings, folder)
    manifest.require_keys(made, settings)
    owner = _owner_url(settings)
    with psycopg.connect(owner, autocommit=True) as connection:
        if connection.execute(_ANY_TABLE).fetchone() is not None:
            raise BackupError(f"The database {connection.info.dbname} is not empty; nothing is put over it.")
        _copy_files(folder / FILES, settings.data_dir / FILES)
        programs.put_back(owner, archive=folder / DUMP)
        role = psycopg.conninfo.conninfo_to_dict(_plain(str(settings.database_url))).get("user")
        if role and role != connection.info.user:
            rights.grant(connection, str(role))
        connection.execute("ANALYZE")
    return made


def anchor_of(folder: Path) -> Path:
    """Return the anchor that a backup holds. Raises BackupError when it holds none."""
    found = sorted((folder / ANCHOR).glob("*.json"))
    if len(found) != 1:
        raise BackupError(f"{folder} holds {len(found)} anchors instead of one.")
    return found[0]


def differing(made: Manifest, settings: Settings) -> list[str]:
    """Return the names of settings, secrets left out, that are not what they were when it was made."""
    ours, theirs = manifest.of_settings(settings), made.settings
    return sorted(name for name in ours.keys() | theirs.keys() if ours.get(name) != theirs.get(name))


@contextmanager
def _unfinished(folder: Path) -> Iterator[Path]:
    """Give a folder beside ``folder`` for our eyes only, and remove it again unless it was renamed."""
    partial = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        yield partial
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _copy_files(source: Path, target: Path) -> set[str]:
    """Copy files that are kept under their hash to where they are not yet; return the hashes of all.

    Raises BackupError for one whose content is not what its name says.
    """
    found = {path.name: path for path in source.glob("??/*") if _KEPT.fullmatch(path.name)}
    for sha256, path in sorted(found.items()):
        place = target / sha256[:2] / sha256
        if not place.exists():
            place.parent.mkdir(parents=True, exist_ok=True)
            partial = place.with_suffix(".partial")
            shutil.copyfile(path, partial)
            partial.replace(place)
        if manifest.content_of(place).sha256 != sha256:
            raise BackupError(f"The kept file {sha256} is damaged.")
    return set(found)


def _owner_url(settings: Settings) -> str:
    return _plain(str(settings.owner_database_url or settings.database_url))


def _plain(url: str) -> str:
    return url.replace("postgresql+psycopg://", "postgresql://", 1)
