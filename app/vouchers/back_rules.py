"""Between which sums what came back after an ending is paid, by who undid it (decision 0040): pure."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bit:
    """One sum that came back after an ending, parted by who undid the purchase; what it may bring, in fen.

    ``own_rules_fen`` is what the rule pays of what the household gave back itself, the rest still spent.
    """

    own_fen: int
    others_fen: int
    least_fen: int
    own_rules_fen: int
    most_fen: int


@dataclass(frozen=True, slots=True)
class Earlier:
    """What earlier bits of the same ending were, and brought, in fen."""

    own_fen: int = 0
    others_fen: int = 0
    own_rules_fen: int = 0
    had_fen: int = 0


def bit(before: Earlier, *, own_fen: int, others_fen: int, rule_fen: int, own_rule_fen: int) -> Bit:
    """Return what a further bit may bring.

    ``rule_fen`` is what the rule pays of all that ever came back, ``own_rule_fen`` of all that the household
    gave back itself. What others undid may be paid whole; the household's own part is paid as if that were
    still spent. In whatever pieces it comes, all of it together brings at most what it would at once, and no
    piece more than it is: a rule may pay more for less that was spent.
    """
    back_fen = own_fen + others_fen
    mine_fen = min(own_fen, max(0, own_rule_fen - before.own_rules_fen))
    whole_fen = max(rule_fen, own_rule_fen + before.others_fen + others_fen) - before.had_fen
    least_fen = min(back_fen, max(0, rule_fen - before.had_fen, min(mine_fen, whole_fen)))
    most_fen = min(back_fen, max(least_fen, min(mine_fen + others_fen, whole_fen)))
    return Bit(own_fen, others_fen, least_fen, mine_fen, most_fen)
