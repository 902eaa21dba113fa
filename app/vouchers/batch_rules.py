"""What goes into a batch and what is looked at before it is approved: pure."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from app.projects.models import Election
from app.projects.roster import Entry

LEAST_OPENED: Final = 3
ONE_IN: Final = 100
"""A checker opens one voucher in so many, and never fewer than ``LEAST_OPENED``."""


class LeftOut(StrEnum):
    """Why a line of the roster is not in a batch; the first that applies, gravest first."""

    DISPUTE = "dispute"
    CASH = "cash"
    NO_AGREEMENT = "no_agreement"
    ISSUED = "issued"
    WAITING = "waiting"
    """A voucher over this agreement waits for a decision."""
    BATCHED = "batched"
    """The household was in a batch before: what it signed later is issued singly."""
    NOTHING_IN_FACE = "agreement_nothing_in_face"
    """This and the next, as ``service.face_under`` refuses them, only the batch's policy tells."""
    NOT_VACATED = "agreement_not_vacated"
    PARTS_MISSING = "agreement_parts_missing"
    ENTITLED_MISSING = "agreement_entitled_missing"
    RESIDENTS_MISSING = "agreement_residents_missing"


@dataclass(frozen=True, slots=True)
class Taken:
    """What vouchers there are already: by agreement the state, and households that are in a batch."""

    states: dict[int, str]
    batched: frozenset[int]


def why_left_out(entry: Entry, taken: Taken) -> LeftOut | None:
    """Return why a line of the roster gets no voucher in a batch, or None when it does."""
    state = taken.states.get(entry.agreement_id or 0)
    checks = (
        (LeftOut.ISSUED, state == "issued"),
        (LeftOut.WAITING, state == "submitted"),
        (LeftOut.DISPUTE, entry.dispute is not None),
        (LeftOut.CASH, entry.elects is Election.CASH),
        (LeftOut.NO_AGREEMENT, entry.agreement_id is None),
        (LeftOut.BATCHED, entry.household_id in taken.batched),
    )
    return next((reason for reason, applies in checks if applies), None)


def digest(rows: Iterable[tuple[int, int]], *, policy_sha256: str, salt: str) -> str:
    """Return the hash of a batch: its agreements with their sums in fen, its policy, and a salt."""
    body = [sorted(rows), policy_sha256, salt]
    return hashlib.sha256(json.dumps(body, separators=(",", ":")).encode()).hexdigest()


def sample(agreement_ids: Iterable[int], sha256: str) -> list[int]:
    """Return the agreements whose vouchers a checker must open, drawn by the batch's own hash.

    The same for everybody who asks, and nobody's choice: the hash covers the number that the batch got.
    """
    ids = list(agreement_ids)
    wanted = max(LEAST_OPENED, -(-len(ids) // ONE_IN))
    return sorted(ids, key=lambda one: hashlib.sha256(f"{sha256}:{one}".encode()).digest())[:wanted]
