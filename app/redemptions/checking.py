"""Verification at volume, its rules: pure. All figures here are our own choice, and each says why.

The first person opens every case. The second sees what is odd one by one, and of the rest a sample that
nobody chooses: it follows from what the batch holds.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from enum import StrEnum
from math import ceil
from typing import Any, Final

from app.core.actor import Role
from app.core.errors import Forbidden
from app.homes.models import Home
from app.redemptions import snapshot
from app.redemptions.models import Redemption
from app.redemptions.snapshot import Snapshot
from app.redemptions.states import State
from app.redemptions.verifiable import Case

LEASE: Final = timedelta(minutes=10)
"""So long an opened case is nobody else's: a careful look at a paper contract with a telephone call in it."""

FAST_SECONDS: Final = 5
"""Whoever verified in less has not compared four figures with a sheet of paper."""

LARGE_FEN: Final = 100_000_000
"""100 万: more than twice the mean price of a home in the reference round."""

MANY_OF_HOUSEHOLD: Final = 4
"""A household buys 2.83 homes on average; from four under way at once somebody looks."""

SAMPLE_PERCENT: Final = 10
SAMPLE_LEAST: Final = 5
MOST_IN_BATCH: Final = 200
"""A morning's desk; a sample of twenty."""


class Turn(StrEnum):
    """Whose look at a case it is."""

    FIRST = "first"
    SECOND = "second"


STATE_OF: Final = {Turn.FIRST: State.CONTRACTED, Turn.SECOND: State.CHECKED}
"""In which state a case waits for whom."""

_TURN_OF: Final = {Role.OFFICER: Turn.FIRST, Role.CHECKER: Turn.SECOND}


class Oddity(StrEnum):
    """Why the second person looks at a case by itself, the gravest first."""

    DISPUTED = "disputed"
    UNPAID = "unpaid"
    """The household's top-up has not arrived whole."""
    UNPROVED = "unproved"
    """A buyer is kin of the voucher's holder, and no officer has accepted a proof of it."""
    BUYERS = "buyers"
    """Others stand on the contract than the quote named, or its holder with another ID number."""
    MINOR = "minor"
    """A buyer is not of age: somebody signed for them."""
    EXPLAINED = "explained"
    """Something differed, and the first person said why it may stand."""
    BATCH_FAILED = "batch_failed"
    """A sampled case beside it was refused."""
    REFUSED_BEFORE = "refused_before"
    """The same household's purchase of the same home was refused once."""
    FAST = "fast"
    UNTIMED = "untimed"
    """The first person never opened it at the desk, so nobody knows how long they looked."""
    COUNTER = "counter"
    """A clerk acted for the household at the counter."""
    LARGE = "large"
    HOUSEHOLD = "household"


BLOCKED: Final = frozenset({Oddity.DISPUTED, Oddity.UNPAID, Oddity.UNPROVED})
"""Nobody verifies such a case now, so nobody is given it."""


def turn_of(role: Role | None) -> Turn:
    """Return whose turn a role takes. Raises Forbidden for roles that verify nothing."""
    if role not in _TURN_OF:
        raise Forbidden("wrong_role")
    return _TURN_OF[role]


def differences(redemption: Redemption, home: Home, case: Case) -> tuple[str, ...]:
    """Return in what a purchase with its home and contract differs from its frozen quote, by name."""
    frozen = snapshot.read(case.frozen)
    shown, names, entry = frozen.home, case.names, case.entry
    place = (names.development, names.building, home.unit, home.storey, home.room)
    held = {part.voucher_id: (part.spent_fen, part.bonus_fen) for part in case.parts}
    promised = {part.voucher_id: (part.spent_fen, part.bonus_fen) for part in frozen.used_parts}
    area, price_fen = redemption.contract_area_m2, redemption.contract_price_fen
    found = {
        "home": place != (shown.development, shown.building, shown.unit, shown.storey, shown.room),
        "area": home.area_m2 != shown.area_m2 or area not in {None, shown.area_m2},
        "developer": names.developer != shown.developer,
        "buyers": entry.buyers_differ if entry else buyers_differ(redemption, frozen),
        "price": redemption.price_fen != frozen.price_fen or price_fen not in {None, frozen.price_fen},
        "vouchers": held != promised,
        "top_up": redemption.top_up_fen != frozen.top_up_fen,
    }
    return tuple(name for name, differs in found.items() if differs)


def buyers_differ(redemption: Redemption, frozen: Snapshot) -> bool:
    """Tell whether a contract may have other buyers than the quote because nobody typed who they are."""
    return redemption.contract_number is not None and bool(frozen.buyers)


def digest(cases: Sequence[tuple[str, Mapping[str, Any]]]) -> str:
    """Return the hash of what a batch holds: the reference of each case and what was asked about it."""
    canonical = json.dumps(
        sorted(([ref, payload] for ref, payload in cases), key=lambda case: case[0]),
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=False,
    )
    return hashlib.sha256(canonical.encode()).hexdigest()


def sample(sha256: str, refs: Sequence[str]) -> frozenset[str]:
    """Return which cases of a batch must be opened: a tenth, at least five, all of a smaller batch.

    They follow from the batch's hash. The same cases give the same sample, so nobody draws again until an
    easier one comes; and who entered or verified a case cannot know who will share its batch.
    """
    size = max(SAMPLE_LEAST, ceil(len(refs) * SAMPLE_PERCENT / 100))
    drawn = sorted(refs, key=lambda ref: hashlib.sha256(f"{sha256}:{ref}".encode()).digest())
    return frozenset(drawn[:size])
