"""Several bonuses of one policy that count towards the same price, side by side. Pure.

None of them falls when more is spent, so their sum does not, nor what limits leave of it: the least sum that
reaches a price stays unique.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.policies.answers import Amount, Rule
from app.policies.bonus import Earning, Past, Terms, highest_price, least_sum
from app.policies.tiers import Cap


@dataclass(frozen=True)
class JointEarning:
    """How one voucher earns all its bonuses in one purchase; made by ``JointTerms.earning``."""

    lines: tuple[tuple[str, Earning], ...]
    """Each bonus by its path."""
    cap_fen: int | None
    cap_rule: Rule | None

    def bonus(self, spent_fen: int) -> Amount:
        """Return all bonuses on a sum spent together, in fen, never above that sum nor what a cap leaves.

        A limit takes from the later bonuses of the file first.
        """
        most_fen = spent_fen if self.cap_fen is None else min(spent_fen, self.cap_fen)
        total, rules, each = 0, list[Rule](), list[tuple[str, int]]()
        is_cut = False
        for path, line in self.lines:
            found = line.bonus(spent_fen)
            kept = min(found.fen, most_fen - total)
            is_cut = is_cut or kept < found.fen
            total += kept
            each.append((path, kept))
            rules += found.rules
        if is_cut:
            if self.cap_rule is not None and most_fen < spent_fen:
                rules.append(self.cap_rule)
            else:
                rules.append(Rule("bonus", "not_above_spent", {"spent_fen": spent_fen}))
        return Amount(total, tuple(rules), tuple(each))

    def part_before_bonus(self, total_fen: int, most_fen: int) -> tuple[int, Amount]:
        """Return what ``least_sum`` finds for these bonuses together."""
        return least_sum(self.bonus, total_fen, most_fen)


@dataclass(frozen=True)
class JointTerms:
    """On what terms a voucher earns several bonuses, each with its own past.

    ``past`` is what they earned together, for the ``caps`` that hold of all.
    """

    lines: tuple[Terms, ...]
    caps: tuple[Cap, ...] = ()
    past: Past = field(default_factory=Past)

    def earning(
        self, price_fen: int, home_earned_fen: int = 0, home_each: Mapping[str, int] | None = None
    ) -> JointEarning:
        """Return how the voucher earns its bonuses on a home with a price, in fen.

        ``home_earned_fen`` is what vouchers before this one earn on the same home, ``home_each`` that of each
        bonus by its path.
        """
        known = home_each or {}
        lines = tuple(
            (line.rule.path, line.earning(price_fen, known.get(line.rule.path, 0))) for line in self.lines
        )
        whole = Terms(self.lines[0].rule, None, self.lines[0].face_fen, past=self.past)
        return JointEarning(lines, *whole.tightest_cap(self.caps, price_fen, home_earned_fen))

    def cover(self, available_fen: int) -> int:
        """Return the highest price in fen that so much of the voucher pays with its bonuses, alone."""
        return highest_price(lambda price: self.earning(price).bonus(available_fen).fen, available_fen)


def together(lines: tuple[Terms, ...], caps: tuple[Cap, ...], past: Past) -> Terms | JointTerms:
    """Return the terms of these bonuses: of one alone its own, where nothing limits it besides."""
    return lines[0] if len(lines) == 1 and not caps else JointTerms(lines, caps, past)
