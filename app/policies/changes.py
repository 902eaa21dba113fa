"""Who may take a voucher over, how it is split and merged, and who inherits it. Pure."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import ClassVar

from app.core import money
from app.policies.answers import Rule, Verdict
from app.policies.tiers import Window


@dataclass(frozen=True)
class AreaFloor:
    """So many ㎡ a counted resident must remain, by homes or by money at a reference price."""

    m2_a_head: Decimal
    fen_per_m2: int | None
    """What a ㎡ is reckoned at where money stands for homes; None: only homes count."""
    path: str

    def holds(self, *, homes_m2: Decimal, left_fen: int, residents: int) -> Verdict:
        """Tell whether homes, and what is left to buy with in fen, keep the floor for so many residents.

        Compared exactly, as products: nothing is divided and nothing is rounded.
        """
        least_m2 = self.m2_a_head * residents
        per_m2 = self.fen_per_m2 or 1
        money_fen = left_fen if self.fen_per_m2 else 0
        allowed = homes_m2 * per_m2 + money_fen >= least_m2 * per_m2
        figures: dict[str, int | str] = {
            "least_m2": str(least_m2),
            "homes_m2": str(homes_m2),
            "left_fen": left_fen,
            "fen_per_m2": self.fen_per_m2 or 0,
            "residents": residents,
        }
        return Verdict(allowed, Rule(self.path, "area_floor", figures))


@dataclass(frozen=True)
class HandRule:
    """How often something may be done to vouchers, when it may be asked for, and to which."""

    word: ClassVar[str]
    """What the file calls it."""
    times: int = 0
    is_unused_only: bool = field(default=False, kw_only=True)
    """Whether nothing of them may be spent yet."""
    window: Window | None = field(default=None, kw_only=True)
    """When it may be asked for; None: at any time of the term."""

    @property
    def is_allowed(self) -> bool:
        """Whether it may be done at all."""
        return self.times > 0

    def may_go(self, spent_fen: int) -> Verdict:
        """Tell whether it may be done to a voucher of which so many fen are spent."""
        allowed = not (self.is_unused_only and spent_fen)
        return Verdict(allowed, Rule(f"{self.word}.only", "unused_only", {"spent_fen": spent_fen}))

    def is_open(self, started_on: date, on: date) -> Verdict:
        """Tell whether it may be asked for on a day, in a term that started on a day."""
        allowed = self.window is None or self.window.holds(started_on, on)
        first = self.window.first_day(started_on) if self.window else started_on
        figures: dict[str, int | str] = {"from": first.isoformat(), "on": on.isoformat()}
        if self.window and self.window.last_day(started_on) < date.max:
            figures["until"] = self.window.last_day(started_on).isoformat()
        return Verdict(allowed, Rule(self.word, "not_then", figures))


@dataclass(frozen=True)
class TransferRule(HandRule):
    """How often a voucher may be transferred (转让), to whom, and what goes with it."""

    word: ClassVar[str] = "transfers"
    to: frozenset[str] | None = None
    """Kin of the holder who may take it over; None: anybody."""
    needs_register: bool = False
    """Whether it only counts once it stands in the authority's register under the new holder's real name."""
    bonus_kept_by: frozenset[str] | None = None
    """Kin of the holder who earn the bonus as the new holder, nobody where empty; None: whoever it is."""
    floor: AreaFloor | None = None
    kin: frozenset[str] = frozenset()
    """Kin of the holder to whom transfers count apart, by ``kin_times``; nobody where empty."""
    kin_times: int | None = 0
    """How often it may go to them; None: any number of times."""

    @property
    def is_allowed(self) -> bool:
        """Whether a voucher may be transferred at all."""
        return self.times > 0 or bool(self.kin)

    @property
    def takers(self) -> frozenset[str] | None:
        """Who may take it over: kin alone where nobody else may; None: anybody."""
        return self.kin if self.kin and not self.times else self.to

    def may_again(self, kin: str | None, *, done: int, done_to_kin: int = 0) -> Verdict:
        """Tell whether a voucher may go to kin of its holder once more, after so many times to each.

        ``done_to_kin`` counts those to whom transfers count apart, ``done`` all others. None for whom nobody
        named yet: then it may as long as it may to anybody.
        """
        more_to_kin = self.kin and (self.kin_times is None or done_to_kin < self.kin_times)
        if self.kin and (kin in self.kin or (kin is None and (more_to_kin or not self.times))):
            most = "any" if self.kin_times is None else self.kin_times
            return Verdict(
                bool(more_to_kin), Rule("transfers.kin", "changes", {"done": done_to_kin, "most": most})
            )
        return Verdict(done < self.times, Rule("transfers", "changes", {"done": done, "most": self.times}))

    def keeps_bonus(self, kin: str | None) -> Verdict:
        """Tell whether kin of the holder earn the bonus as the new holder; None for whom nobody named yet."""
        kept_by = self.bonus_kept_by
        figures: dict[str, int | str] = {}
        if kept_by:
            figures = {"kin": kin or "", "listed": ", ".join(sorted(kept_by))}
        return Verdict(kept_by is None or kin in kept_by, Rule("transfers.bonus", "bonus_lost", figures))

    def may_take(self, kin: str) -> Verdict:
        """Tell whether kin of the holder may take the voucher over; ``other`` is anybody else."""
        takers = self.takers
        listed = "any" if takers is None else ", ".join(sorted(takers))
        figures: dict[str, int | str] = {"kin": kin, "listed": listed}
        return Verdict(takers is None or kin in takers, Rule("transfers.to", "transferee", figures))

    def is_registered(self, *, registered: bool) -> Verdict:
        """Tell whether a transfer counts, standing in the register or not."""
        figures: dict[str, int | str] = {"registered": "yes" if registered else "no"}
        return Verdict(registered or not self.needs_register, Rule("transfers.register", "register", figures))


@dataclass(frozen=True)
class SplitRule(HandRule):
    """How often a voucher may be split (拆分), into how many at most, and what each must still buy."""

    word: ClassVar[str] = "splits"
    most_parts: int | None = None
    floor: AreaFloor | None = None
    least_fen: int = 0
    """What each of them must have at least, what stays included."""
    is_past_parted: bool = True
    """Whether what was spent and earned before is parted with the sums, or stays with what stays.

    Where nothing may be split only heirs part a voucher, and nothing says that their parts begin anew.
    """
    least_share_bp: int = 0
    """The same as a share of the face of the voucher that is split."""

    def may_have(self, part_fen: int, *, face_fen: int) -> Verdict:
        """Tell whether of a voucher with a face one may come with so many fen, or stay with them.

        The share is rounded up.
        """
        of_face = money.share_ceil(face_fen, self.least_share_bp)
        word, least_fen = (
            ("least_share", of_face) if of_face > self.least_fen else ("least_yuan", self.least_fen)
        )
        figures: dict[str, int | str] = {"part_fen": part_fen, "least_fen": least_fen}
        return Verdict(part_fen >= least_fen, Rule(f"splits.{word}", "part_too_small", figures))

    def may_part(self, parts: int) -> Verdict:
        """Tell whether it may be split into so many vouchers at once, what stays included."""
        figures: dict[str, int | str] = {"parts": parts, "most": self.most_parts or "any"}
        allowed = self.most_parts is None or parts <= self.most_parts
        return Verdict(allowed, Rule("splits.parts", "parts", figures))


@dataclass(frozen=True)
class MergeRule(HandRule):
    """How often vouchers may be merged (合并), and whose."""

    word: ClassVar[str] = "merges"
    of: str = "household"
    """``household`` for vouchers of one holder, ``kin``, or ``anybody``."""

    def may_join(self, owners: str) -> Verdict:
        """Tell whether vouchers of one ``household``, of ``kin``, or of ``anybody`` may be merged."""
        reach = ("household", "kin", "anybody")
        allowed = reach.index(owners) <= reach.index(self.of)
        return Verdict(allowed, Rule("merges.of", "merged_of", {"owners": owners, "listed": self.of}))


@dataclass(frozen=True)
class InheritanceRule:
    """Who inherits a voucher, and whether its term stands still until it is theirs."""

    heirs: frozenset[str] | None = None
    """Kin of the holder who may inherit; None: whoever the law says."""
    is_term_suspended: bool = False
    most_days: int | None = None
    """For so many days at most the term stands still; None: until it is theirs."""
    is_said: bool = True
    """Whether the policy says it; else the law alone does: who inherits by it, and no term stands still."""

    def may_inherit(self, kin: str) -> Verdict:
        """Tell whether kin of the holder may inherit."""
        listed = "any" if self.heirs is None else ", ".join(sorted(self.heirs))
        figures: dict[str, int | str] = {"kin": kin, "listed": listed}
        return Verdict(self.heirs is None or kin in self.heirs, Rule("inheritance.heirs", "heir", figures))

    def suspension(
        self, died_on: date, inherited_on: date, *, waited_days: int = 0
    ) -> tuple[timedelta, Rule]:
        """Return for how long the term stood still between a death and the day the voucher is the heir's.

        Both days are of the term: where the holder died before it began, its first day counts. In
        ``waited_days`` of them nobody could inherit, because a home of the estate was being bought: they are
        not of those that the policy allows at most.
        """
        if not self.is_said:
            return timedelta(), Rule("inheritance", "inheritance_unsaid", {"days": 0})
        if not self.is_term_suspended:
            return timedelta(), Rule("inheritance.term", "term_runs_on", {"days": 0})
        days = (inherited_on - died_on).days
        days = days if self.most_days is None else min(days, self.most_days + waited_days)
        return timedelta(days=days), Rule("inheritance.term", "suspended", {"days": days})
