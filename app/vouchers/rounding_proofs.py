"""How a sum is rounded, as SQL that proofs work out by themselves from the word of a policy."""


def step(word: str) -> str:
    """Return what computes to multiples of how many fen a word rounds; to the fen where it is not said."""
    return (
        f"(CASE {word} WHEN 'yuan' THEN 100 WHEN 'nearest_yuan' THEN 100 WHEN 'nearest_ten_yuan' THEN 1000"
        " WHEN 'nearest_hundred_yuan' THEN 10000 ELSE 1 END)"
    )


def half(word: str) -> str:
    """Return what computes how many fen are put on before rounding down, so that a word rounds half up."""
    return (
        f"(CASE {word} WHEN 'nearest_yuan' THEN 50 WHEN 'nearest_ten_yuan' THEN 500"
        " WHEN 'nearest_hundred_yuan' THEN 5000 ELSE 0 END)"
    )


def within(exact: str) -> str:
    """Return what computes a sum of whole fen rounded to ``step`` with ``half``, within ``most`` (null: any).

    These are columns beside ``exact``. Half up never above the most: then it is rounded down.
    """
    kept = f"least({exact}, most)"
    near, down = f"step * div({kept} + half, step)", f"step * div({kept}, step)"
    return f"(CASE WHEN {near} > most THEN {down} ELSE {near} END)"
