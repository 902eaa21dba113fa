"""Why a voucher may be stopped (止付), who stops and frees it, and on which papers: tables. Pure."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

CONFIRM_WORKING_DAYS: Final = 3
"""Within so many working days a second person confirms what one officer suspended; else it falls away."""


FREEZE: Final = "stop.court"
"""Code of the promise in the ledger that holds a frozen sum."""


class Kind(StrEnum):
    """Why a voucher is stopped."""

    LOSS = "loss"
    """Its paper is lost (挂失): the household says so itself, or calls, or comes to the counter."""
    SUSPENDED = "suspended"
    """The authority has a doubt (暂停)."""
    COURT = "court"
    """A court froze it (法院冻结), the whole of it or a sum, until a day."""
    DEATH = "death"
    """Its holder died: it waits for the heirs."""


class Channel(StrEnum):
    """How a loss was reported."""

    PAGE = "page"
    PHONE = "phone"
    COUNTER = "counter"


class Wish(StrEnum):
    """What an officer asks a second person to decide about a stop."""

    CONFIRM = "confirm"
    LIFT = "lift"
    RENEW = "renew"
    """A court prolonged its freeze (续封)."""


class End(StrEnum):
    """How a stop ended."""

    LIFTED = "lifted"
    REJECTED = "rejected"
    """The second person did not confirm it."""
    FELL = "fell"
    """Nobody confirmed it in time."""
    OVER = "over"
    """The court's last day passed."""
    INHERITED = "inherited"
    """The heirs have what was stopped for them."""


CONFIRMED: Final = frozenset({Kind.SUSPENDED, Kind.COURT})
"""What one person stops at once, and a second one confirms."""

SHOWN_ON_PAPER: Final = frozenset({Kind.COURT, Kind.DEATH})
"""What is noted, and lifted, on a paper alone, whose scan is kept."""


@dataclass(frozen=True, slots=True)
class CourtOrder:
    """What a court's paper says: its name, the number and day of the document, and until when."""

    court: str
    document: str
    decided_on: date
    until_on: date
    sum_fen: int | None = None
    """How much is frozen, in fen; None: the whole voucher."""


EVIDENCE: Final = {
    "loss": ("caller_id", "loss_report"),
    "lift_loss": ("holder_id", "loss_report_signed"),
    "suspended": ("doubt",),
    "lift_suspended": ("finding",),
    "court": ("court_order", "court_assistance", "court_officers"),
    "lift_court": ("court_lifting", "court_assistance"),
    "renew": ("court_renewal", "court_assistance"),
    "death": ("death_certificate",),
    "lift_death": ("death_error",),
    "inherit": (
        "death_certificate",
        "kin_proof",
        "heirs_title",
        "heirs_ids",
        "heirs_waivers",
        "heirs_signed",
    ),
    "receive": ("death_certificate", "kin_proof", "heirs_title", "heirs_chosen", "payee_id"),
    "transfer": ("both_ids", "form_signed", "kin_proof"),
    "transfer_others": ("both_ids", "form_signed"),
    "split": ("holder_id", "form_signed"),
    "divorce": ("both_ids", "form_signed", "divorce_certificate", "divorce_title"),
    "merge": ("holder_id", "form_signed"),
    "merge_others": ("both_ids", "form_signed", "kin_proof"),
    "give_up": ("holder_id", "form_signed"),
}
"""Which papers an officer looks at, by what happens to a voucher; pages have the words."""
