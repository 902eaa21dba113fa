"""Whose doing it is that money comes back by what developer and household agree on (decision 0039)."""

from collections.abc import Sequence
from typing import Any

from app.core.errors import DomainError
from app.redemptions.change_models import PurchaseChange
from app.redemptions.change_states import TERMS, Kind


def find_faultless(changes: Sequence[PurchaseChange], evidence: str) -> None:
    """Find that the household cannot help what it agreed on. Raises DomainError at ``evidence`` for none."""
    said = evidence.strip()
    if not said:
        raise DomainError("change_evidence_missing", "evidence")
    for change in changes:
        change.is_own, change.evidence = False, said


def shown_of(change: PurchaseChange) -> dict[str, Any]:
    """Return what a checker is asked of it; nothing of what was prepared when nobody said it."""
    if not TERMS[Kind(change.kind)].agreed or (change.shown is not None and "is_own" not in change.shown):
        return {}
    return {"is_own": change.is_own} | ({} if change.is_own else {"evidence": change.evidence})
