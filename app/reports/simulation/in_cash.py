"""What of a compensation is not in a face, in a simulation."""

from collections.abc import Mapping
from typing import Final

from app.policies.faces import Face, in_cash
from app.policies.rules import Policy, Rule, Verdict
from app.reports.simulation.book import Line, demand

_WORD: Final = "face_without"


def paid_in_cash(policy: Policy, face: Face, compensation: Mapping[str, int], ref: str) -> list[Line]:
    """Return what of a compensation is paid in cash beside a voucher; nothing where nothing is.

    Raises Refused where the policy asks for parts that the step does not say, or nothing is left of the face.
    """
    if not policy.face_without:
        return []
    demand(
        Verdict("" not in compensation, Rule(_WORD, "parts_unsaid", {})),
        Verdict(face.compensated_fen > 0, Rule(_WORD, "nothing_in_face", {})),
    )
    if not face.cash_fen:
        return []
    kinds = ", ".join(kind for kind, _fen in in_cash(policy, compensation.items()))
    figures: dict[str, int | str] = {"compensation_fen": face.compensation_fen, "kinds": kinds}
    return [Line("in_cash", face.cash_fen, (Rule(_WORD, _WORD, figures),), ref)]
