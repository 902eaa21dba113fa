"""Which bonuses a voucher gains, loses or earns at another rate because its face is another one. Pure."""

from app.policies.answers import Rule
from app.policies.rules import Policy
from app.policies.tiers import BonusRule


def changed(policy: Policy, before_fen: int, after_fen: int) -> list[Rule]:
    """Return a rule for each bonus that goes by the size of the face and differs between two faces, in fen.

    A voucher that is split or merged has another face: the policy lets it, and who does it should know.
    """
    return [
        Rule(path, "another_size", {"before_fen": before_fen, "after_fen": after_fen})
        for bonus in policy.bonuses
        for path in _differing(bonus, before_fen, after_fen)
    ]


def _differing(bonus: BonusRule, before_fen: int, after_fen: int) -> list[str]:
    earned = bonus.is_for_face(before_fen), bonus.is_for_face(after_fen)
    if earned[0] != earned[1]:
        return [f"{bonus.path}.face_size"]
    if not all(earned) or bonus.base != "face":
        return []
    sizes = [tier.brackets for tier in bonus.tiers if tier.brackets is not None]
    return [one.path for one in sizes if one.reached(before_fen) != one.reached(after_fen)]
