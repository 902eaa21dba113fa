"""What a backup says of itself: every file with its hash, the keys it needs, sealed by the audit keys."""

import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from pydantic import SecretStr

from app.backup.errors import BackupError
from config import Settings

NAME: Final = "manifest.json"
SCHEMA: Final = 1
_PIECE: Final = 1024 * 1024
_RINGS: Final = ("audit_keys", "field_keys")


@dataclass(frozen=True)
class Content:
    """One file of a backup: hexadecimal SHA-256 and size in bytes."""

    sha256: str
    size: int


@dataclass(frozen=True)
class Manifest:
    """What was saved, when (ISO 8601, UTC), and what it takes to use it again."""

    made_at: str
    revision: str
    """The schema's migration."""
    transfers: int
    contents: dict[str, Content]
    """By path within the backup, the manifest itself left out."""
    missing: list[str]
    """Hashes of files that rows speak of and the store did not have."""
    keys: dict[str, dict[str, str]]
    """By ring and id, what tells a key from another without telling the key."""
    settings: dict[str, str]
    """By name, a fingerprint of each setting that is no secret."""

    def write(self, folder: Path, settings: Settings) -> None:
        """Write it into the backup's folder, sealed with the current audit key."""
        body = json.dumps({"schema": SCHEMA, **asdict(self)}, sort_keys=True, ensure_ascii=False)
        key = settings.audit_keys[settings.audit_key_id]
        sealed = {"body": body, "key_id": settings.audit_key_id, "mac": _mac(key, body)}
        (folder / NAME).write_text(json.dumps(sealed, indent=1), encoding="utf-8")


def read(folder: Path, settings: Settings) -> Manifest:
    """Return a backup's manifest. Raises BackupError when there is none, or none of ours."""
    try:
        sealed = json.loads((folder / NAME).read_text(encoding="utf-8"))
        body, key_id, mac = (str(sealed[name]) for name in ("body", "key_id", "mac"))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BackupError(f"{folder} holds no backup: {NAME} cannot be read.") from error
    key = settings.audit_keys.get(key_id)
    if key is None:
        raise BackupError(
            f"The backup needs the audit key {key_id}, and ANJU_AUDIT_KEYS has none of that id."
        )
    if not hmac.compare_digest(_mac(key, body), mac):
        raise BackupError(f"{NAME} was changed, or the audit key {key_id} is another one than it was.")
    found: dict[str, Any] = json.loads(body)
    if found.pop("schema") != SCHEMA:
        raise BackupError(f"{NAME} is of another version of Anju.")
    contents = {path: Content(**content) for path, content in found.pop("contents").items()}
    return Manifest(contents=contents, **found)


def fingerprints(settings: Settings) -> dict[str, dict[str, str]]:
    """Return by ring and id what tells a key from another of the same id."""
    return {
        ring: {key_id: _mac(key, "anju backup")[:16] for key_id, key in getattr(settings, ring).items()}
        for ring in _RINGS
    }


def require_keys(manifest: Manifest, settings: Settings) -> None:
    """Raise BackupError unless every key the backup needs is there and the same."""
    ours = fingerprints(settings)
    for ring, needed in manifest.keys.items():
        for key_id, fingerprint in needed.items():
            if ours.get(ring, {}).get(key_id) != fingerprint:
                raise BackupError(f"The key {key_id} of ANJU_{ring.upper()} is missing or another one.")


def of_settings(settings: Settings) -> dict[str, str]:
    """Return a fingerprint of each setting that holds no secret: what differs afterwards can be named."""
    return {
        name: hashlib.sha256(repr(value).encode()).hexdigest()[:16]
        for name, value in sorted(settings)
        if not _is_secret(name, value)
    }


def _is_secret(name: str, value: object) -> bool:
    return isinstance(value, SecretStr | Mapping) or name.endswith(("database_url", "elasticsearch_url"))


def contents_of(folder: Path) -> dict[str, Content]:
    """Return what a folder holds, all the way down, the manifest left out."""
    return {
        path.relative_to(folder).as_posix(): content_of(path)
        for path in sorted(_files(folder))
        if path != folder / NAME
    }


def content_of(path: Path) -> Content:
    """Return a file's hash and size."""
    total, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            total.update(piece)
            size += len(piece)
    return Content(total.hexdigest(), size)


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file())


def _mac(key: SecretStr, message: str) -> str:
    return hmac.digest(key.get_secret_value().encode(), message.encode(), "sha256").hex()
