"""What an agreement entitles a household to: an area, and for how many people. Pure."""

from dataclasses import dataclass

from app.policies.rules import Policy
from app.policies.tiers import Entitled

__all__ = ["Asked", "Entitled", "asked"]


@dataclass(frozen=True)
class Asked:
    """Which of the two a policy asks of agreements."""

    m2: bool
    residents: bool

    def __bool__(self) -> bool:
        return self.m2 or self.residents


def asked(policy: Policy) -> Asked:
    """Return what a policy asks of agreements, so that none may do without."""
    bases = {bonus.base for bonus in policy.bonuses}
    caps = policy.every_cap
    within = {bonus.within.of for bonus in policy.bonuses if bonus.within is not None}
    within |= {fit.total_of for fit in policy.fits if fit.total_of is not None}
    return Asked(
        m2="entitled_area" in bases
        or "entitled" in within
        or any(cap.fen_per_entitled_m2 is not None for cap in caps)
        or any(rule.fen_per_entitled_m2 for rule in policy.face),
        residents="residents" in bases
        or "residents" in within
        or any(cap.fen_per_resident is not None for cap in caps)
        or any(rule.fen_per_resident for rule in policy.face),
    )
