"""The vouchers of a simulation and the homes bought with them, as they stand."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from app.core.money import part_floor
from app.policies.bands import Claimed, Used
from app.policies.rules import Rule
from app.policies.spared import Earned
from app.policies.tiers import HOME, SPACES, BonusRule
from app.reports.simulation.ways import Way
from app.reports.words import last_day

HOUSEHOLD = "household"
"""Who holds a voucher before it is transferred."""


@dataclass
class Account:
    """A voucher as it stands; sums in fen, bonuses by their paths in the file."""

    ref: str
    face_fen: int
    issued_on: date
    agreed_on: date
    vacated_on: date
    begun_on: date
    """The day of the agreement, or of moving out where that starts the term."""
    start: date
    expires_at: datetime
    spent_fen: int = 0
    earned: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    """What it spent on each kind of stock."""
    homes: int = 0
    pieces: Counter[str] = field(default_factory=Counter)
    """How many pieces of each kind of stock it helped to buy."""
    line: dict[tuple[str, str], tuple[Way, ...]] = field(default_factory=dict)
    """Every way to it of what was given to homes, by home and by the voucher that gave it."""
    succeeds: frozenset[tuple[str, str]] = frozenset()
    """What it goes on counting for whole: by home and by the voucher that gave to it."""
    answers: tuple[tuple[str, str, Earned], ...] = ()
    """What was earned by home and by voucher, as far as an ending of this one answers for it."""
    ways: tuple[Way, ...] = ((),)
    """Every way to it of vouchers as they were issued."""
    roots: Mapping[str, Fraction] = field(default_factory=dict)
    """The vouchers, as they were issued, of which it came, and which part of each it is."""
    issued_fen: Fraction = Fraction(0)
    """Its part of the faces as they were issued."""
    done: Counter[str] = field(default_factory=Counter)
    """How often it was transferred, split and merged."""
    extended_by: int = 0
    holder: str = HOUSEHOLD
    has_bonus: bool = True
    additions: Counter[str] = field(default_factory=Counter)
    """What was added to the compensation to make the face, by its path."""
    added: dict[str, Fraction] = field(default_factory=dict)
    """Its part of what was added to the faces as they were issued."""
    stood_still: timedelta = timedelta()
    state: str = "open"
    paid_out_fen: int = 0
    into: str | None = None
    """The voucher that it was merged into."""
    claw_back: Rule | None = None
    """What took of its bonus when it ended."""
    ended: "Ended | None" = None
    """How it ended."""
    back: dict[tuple[str, str], int] = field(default_factory=dict)
    """What came back to it afterwards, by the home and the voucher that had given it."""
    by_ending_fen: int = 0
    """What the rules of that ending pay of what came back afterwards."""
    given_back_fen: int = 0
    """What of that went back, because the bonus was not kept."""
    gone_fen: int = 0
    """So much less is its face than it was made: what came back is not its holder's. Below 0 of an heir's
    voucher that is more, by what came back of homes of who died, and goes on counting for none."""

    def copied(self) -> "Account":
        """Return it as it stands now."""
        return replace(
            self,
            earned=Counter(self.earned),
            done=Counter(self.done),
            additions=Counter(self.additions),
            kinds=Counter(self.kinds),
            pieces=Counter(self.pieces),
            line=dict(self.line),
            back=dict(self.back),
        )

    def counted_from(self, rule: BonusRule) -> date:
        """Return the day from which the months and days of a bonus's tiers count."""
        still = timedelta() if rule.counted_from == "start" else self.stood_still
        days = {"start": self.start, "issued_on": self.issued_on, "agreed_on": self.agreed_on}
        return rule.counted(**days) + still

    def pay(self, spent_fen: int, earned: Mapping[str, int], *, kind: str) -> None:
        """Give a sum to one home or space; ``earned`` is each bonus on it by its path, in fen."""
        self.spent_fen += spent_fen
        self.kinds[kind] += spent_fen
        self.earned.update(earned)
        self.homes += kind not in SPACES
        self.pieces[kind] += 1

    def take_back(self, spent_fen: int, earned: Mapping[str, int], *, kind: str) -> None:
        """Count a home or space as never bought; ``pay`` undone, but for whose the money is."""
        self.spent_fen -= spent_fen
        self.kinds[kind] -= spent_fen
        self.pieces[kind] -= 1
        self.earned.subtract(earned)
        self.homes -= kind not in SPACES

    def grow(self, fen: int) -> None:
        """Let its face be larger by a sum that it may spend; or smaller, by what is not its holder's."""
        self.face_fen += fen
        self.gone_fen -= fen

    def move(self) -> None:
        """Let a move take it: what heirs got is of its face as it is made from then on."""
        self.additions = Counter(
            {
                path: part_floor(fen, self.made_fen, self.face_fen + self.gone_fen)
                for path, fen in self.additions.items()
            }
        )
        self.gone_fen = max(0, self.gone_fen)

    @property
    def made_fen(self) -> int:
        """The face with which a move reckons: as it was made, or larger by what an heir got."""
        return self.face_fen + max(0, self.gone_fen)

    @property
    def available_fen(self) -> int:
        """What is left to spend: nothing once the voucher has ended."""
        return self.face_fen - self.spent_fen if self.state == "open" else 0

    @property
    def last_day(self) -> date:
        """The last day of its term."""
        return last_day(self.expires_at)


@dataclass(frozen=True)
class Ended:
    """How and when a voucher ended, what was paid out then without interest, and what counted, in fen.

    Its face is not rounded.
    """

    how: str
    on: date
    paid_fen: int
    face_fen: Fraction
    left_fen: int
    together: Used
    """What all vouchers of its holder had and spent then."""
    claimed: Claimed | None = None
    """When it was claimed after its term, where that decided."""
    part: Fraction = Fraction(0)
    """Which part it had of a sum that may be left; 0 where it was not paid by one."""

    @property
    def spent(self) -> Fraction:
        """What counted as spent, in fen, not rounded."""
        return self.face_fen - self.left_fen


@dataclass(frozen=True)
class PartBought:
    """What one voucher gave to a home, in fen, with every bonus by its path, those in cash too."""

    ref: str
    spent_fen: int
    earned: Counter[str]
    counted_fen: int
    """The bonus that counted towards the price."""
    holder: str = HOUSEHOLD
    """Who held it."""
    counts_for: tuple[str, ...] = ()
    """The bonuses of what is spent on the homes that they are for, this one among them, by their paths."""


@dataclass
class Bought:
    """A home that was bought."""

    name: str
    area_m2: Decimal
    parts: tuple[PartBought, ...]
    on: date
    reached: dict[str, date]
    is_cancelled: bool = False
    holder: str = HOUSEHOLD
    kind: str = HOME
    beside: str | None = None
    """The home that a space was bought beside."""
    stage: str | None = None
    """Whether it was built when it was locked; None: not known."""

    @property
    def owed_fen(self) -> int:
        """What the developer is owed for it: spent and bonus."""
        return sum(part.spent_fen + part.counted_fen for part in self.parts)
