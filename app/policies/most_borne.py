"""Interest up to a share of what bears it (利息、违约金不超过 …%), and how it is rounded then. Pure."""

from app.core import money
from app.policies.answers import Amount, Rule
from app.policies.rounding import Rounding


def limited(borne_fen: int, of_fen: int, most_bp: int | None, rounding: Rounding, path: str) -> Amount:
    """Return interest in fen within a share (ten-thousandths; None: any sum) of what bears it, rounded.

    The share is rounded down. ``path`` is where the interest stands in the file.
    """
    most_fen, rules = None, list[Rule]()
    if most_bp is not None:
        most_fen = money.share_floor(of_fen, most_bp)
        if borne_fen > most_fen:
            borne_fen = most_fen
            figures: dict[str, int | str] = {"share_bp": most_bp, "sum_fen": of_fen, "most_fen": most_fen}
            rules.append(Rule(f"{path}.most_share", "interest_most", figures))
    whole = rounding.of(borne_fen, f"{path}.rounding", most_fen)
    return Amount(whole.fen, (*rules, *whole.rules))
