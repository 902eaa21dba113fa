"""Which expected sum a received one may be: pure."""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

REF: Final = "ref"
SUM: Final = "sum"
NAME: Final = "name"
"""Why a line looks like a top-up: its reference in the memo, what is missing to the fen, the payer's name."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A top-up that has not arrived whole: what is missing, in fen."""

    ref: str
    payer_name: str
    missing_fen: int
    development_id: int | None = None


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A top-up that a line may belong to, and the reasons for it."""

    ref: str
    payer_name: str
    reasons: tuple[str, ...]


def suggest(
    *,
    memo: str,
    payer_name: str,
    amount_fen: int,
    waiting: Iterable[Waiting],
    development_id: int | None = None,
) -> Sequence[Suggestion]:
    """Return what a received sum may be, the best first; never more than is due.

    ``development_id`` is whose account, now or formerly, it came into, where that is known.
    """
    tidy = _tidy(memo)
    found = []
    for one in waiting:
        if amount_fen > one.missing_fen or development_id not in {None, one.development_id}:
            continue
        facts = {
            REF: _tidy(one.ref) in tidy,
            SUM: amount_fen == one.missing_fen,
            NAME: bool(payer_name) and payer_name.strip() == one.payer_name.strip(),
        }
        reasons = tuple(reason for reason, holds in facts.items() if holds)
        if reasons:
            found.append(Suggestion(one.ref, one.payer_name, reasons))
    return sorted(found, key=lambda one: (REF not in one.reasons, -len(one.reasons), one.ref))


def _tidy(text: str) -> str:
    """Return what tells references apart; telephones write them full width."""
    return "".join(sign for sign in unicodedata.normalize("NFKC", text).upper() if sign.isalnum())
