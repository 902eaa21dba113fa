"""What vouchers' purchases earned, which the package above knows; the wiring says who answers."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Protocol

from sqlalchemy import Select
from sqlalchemy.orm import Session

from app.policies.bands import Used
from app.policies.parted import Added
from app.policies.spared import Earned


@dataclass(frozen=True, slots=True)
class Returned:
    """What a change of a purchase gave back to a voucher, in fen."""

    kind: str
    """The kind of the change."""
    is_own: bool
    """Whether the household undid it itself."""
    fen: int


@dataclass(frozen=True, slots=True)
class InSmall:
    """How a voucher counts as those that it came of in small."""

    more_fen: int
    """So much more counts as spent, and as much more of the face; below zero it is less."""
    added: Added
    """Which part of its face the policy had added."""
    part: Fraction
    """Which part it has of a sum for a voucher that was issued, of merged ones together at most a whole."""
    rest: Fraction = Fraction(0)
    """What rounding left off what counts as spent, and off the face."""


@dataclass(frozen=True, slots=True)
class Less:
    """How much less a purchase earns with one voucher, in fen: towards the price, and in cash."""

    bonus_fen: int = 0
    cash_fen: int = 0


class Purchases(Protocol):
    """Knows what was bought with vouchers."""

    def earned(self, session: Session, voucher_ids: Collection[int]) -> dict[int, int]:
        """Return the bonus in fen that each voucher's purchases were paid or promised, by voucher id."""

    def answered(
        self,
        session: Session,
        voucher_ids: Collection[int],
        *,
        in_parts: Collection[int] | None = None,
        less: Mapping[tuple[int, int], Less] | None = None,
    ) -> dict[int, Earned]:
        """Return the bonus in fen of which an ending of each voucher takes back or not, by voucher id.

        All that its purchases earned, and those of the vouchers that it succeeds; of those ``in_parts``, by
        default where the policy parts the past, its share of that; ``less`` is how much less of it counts, by
        purchase and paying voucher.
        """

    def spent_before(self, session: Session, voucher_ids: Collection[int]) -> dict[int, int]:
        """Return what the vouchers that each came of by moves spent and did not get back, in fen."""

    def parted(self, session: Session, voucher_ids: Collection[int]) -> dict[int, InSmall]:
        """Return how vouchers of which a split parted the past count as those that they came of in small.

        Only asked where the policy parts it.
        """

    def weights(self, session: Session, voucher_id: int) -> Mapping[int, Fraction]:
        """Return which part of what each voucher did counts with one that came of it, by voucher id.

        Only asked where the policy parts it.
        """

    def are_used(self, session: Session, voucher_ids: Collection[int]) -> bool:
        """Tell whether a home was ever locked with one of the vouchers, or can be by a quote that runs."""

    def blameless(self, session: Session, voucher_ids: Collection[int]) -> frozenset[int]:
        """Return the vouchers to which money came back too late, for what their household cannot help."""

    def handed_back(self, session: Session, voucher_ids: Collection[int], *, since: datetime) -> bool:
        """Tell whether their household itself gave a home back that one of them paid, since a moment."""

    def returned(self, session: Session, voucher_id: int) -> Sequence[Returned]:
        """Return all that purchases ever gave back to a voucher, the newest first."""

    def of_household(
        self, session: Session, voucher_ids: Collection[int], *, before: datetime | None = None
    ) -> dict[int, Used]:
        """Return what all vouchers that each one's household holds have and spent, by voucher id.

        On homes locked before a moment, where one is given.
        """

    def are_open(
        self, session: Session, voucher_ids: Collection[int], *, before: datetime | None = None
    ) -> bool:
        """Tell whether one of them buys a home, locked before a moment, or has a purchase being changed."""

    def settled_on(self, session: Session, voucher_id: int, *, begun_by: date) -> date | None:
        """Return when the last home that a voucher had begun to buy by a day was bought, or was no more."""

    def changing(self) -> Select[int]:
        """Return what selects the ids of vouchers of which a purchase may yet be undone or cost less."""

    def homes_m2(self, session: Session, household_id: int) -> Decimal:
        """Return the area in ㎡ of the homes that a household has bought, under contract or more."""


class _Process:
    """What the wiring set for this process."""

    book: Purchases | None = None


def use(book: Purchases) -> None:
    """Set who answers. Called by the wiring."""
    _Process.book = book


def current() -> Purchases:
    """Return who answers."""
    if _Process.book is None:
        raise RuntimeError("nobody knows the purchases: create_app says who does")
    return _Process.book
