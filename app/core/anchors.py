"""Anchors: the audit heads' digest kept as files outside the database."""

import json
from pathlib import Path

from sqlalchemy.orm import Session

from app.core import audit


def write_anchor(session: Session, folder: Path) -> Path:
    """Write the heads' digest into the folder and return its path, never to a half-written file."""
    folder.mkdir(parents=True, exist_ok=True)
    digest = audit.heads_digest(session)
    path = folder / f"{digest['at'][:19].replace(':', '')}.json"
    partial = path.with_suffix(".partial")
    partial.write_text(json.dumps(digest, indent=1), encoding="utf-8")
    partial.replace(path)
    return path
