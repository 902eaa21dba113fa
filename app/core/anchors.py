"""Anchors: the audit heads' digest kept as files outside the database."""

import json
from pathlib import Path
from typing import Any

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


def read_anchor(path: Path) -> dict[str, Any]:
    """Return what an anchor says of every chain, each proven against it.

    Raises ValueError for a file that is none, or says nothing of a chain: whoever rolled that one back would
    not be found.
    """
    said = json.loads(path.read_text(encoding="utf-8"))
    chains = said.get("chains") if isinstance(said, dict) else None
    if not isinstance(chains, dict) or chains.keys() != {str(chain) for chain in range(audit.CHAINS)}:
        raise ValueError("it does not name every chain")
    if not all(_is_point(point) for point in chains.values()):
        raise ValueError("a chain has no row and digest")
    return {**said, "chains": chains}


def _is_point(point: object) -> bool:
    if not isinstance(point, dict):
        return False
    return isinstance(point.get("seq"), int) and isinstance(point.get("mac"), str) and point["mac"].isascii()
