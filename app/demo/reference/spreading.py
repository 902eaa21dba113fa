"""Sharing out a total that is known exactly, when only the shape of its parts is."""

import random
from collections.abc import Sequence


def spread(total: int, weights: Sequence[float], *, least: int = 0) -> list[int]:
    """Return whole parts in proportion to ``weights`` that add up to ``total``, none below ``least``.

    By largest remainders; the first of equals gets more. Raises ValueError when ``least`` does not fit.
    """
    left = total - least * len(weights)
    if left < 0 or not weights:
        raise ValueError(f"{total} cannot be shared out among {len(weights)} with {least} each")
    whole = sum(weights)
    wanted = [left * weight / whole for weight in weights]
    parts = [int(share) for share in wanted]
    by_rest = sorted(range(len(parts)), key=lambda place: (parts[place] - wanted[place], place))
    for place in by_rest[: left - sum(parts)]:
        parts[place] += 1
    return [least + part for part in parts]


def sizes(count: int, chance: random.Random, *, middle: float, sigma: float) -> list[float]:
    """Return ``count`` positive sizes with a long tail: log-normal around ``middle``."""
    return [middle * chance.lognormvariate(0, sigma) for _ in range(count)]
