"""What every rule answers with: a sum or a verdict, and the rules that made it."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Rule:
    """Which rule made an answer: where it stands in the file, what it does, and its figures.

    ``code`` is a word of docs/policy.md, section "Explanations"; figures are fen, ten-thousandths (``_bp``),
    millionths (``_ppm``) or days.
    """

    path: str
    code: str
    figures: Mapping[str, int | str]


@dataclass(frozen=True)
class Amount:
    """A sum in fen with the rules that made it, in the order in which they were applied.

    ``each`` parts a sum of several bonuses: the path of each bonus with its fen; empty for one alone.
    """

    fen: int
    rules: tuple[Rule, ...]
    each: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class Verdict:
    """Whether something is allowed, and the rule that says so."""

    allowed: bool
    rule: Rule
