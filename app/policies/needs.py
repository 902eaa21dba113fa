"""What of the past, the household and its agreements a policy has to know before a voucher buys. Pure."""

from app.policies.bonus import ONCE_A
from app.policies.rules import Policy
from app.policies.tiers import BonusRule


def depends_on_past(policy: Policy) -> bool:
    """Tell whether what a voucher did before decides what it earns, or whether it may buy at all.

    Of one that came of a split ask ``parts_past`` too.
    """
    return (
        policy.most_homes is not None
        or any(limit.price_share_bp is None and not limit.is_of_home for limit in policy.limits)
        or any(fit.total_m2 is not None for fit in policy.fits)
        or policy.first_purchase_bp > 0
        or any(cap.of != "home" for cap in policy.bonus_caps)
        or any(_depends_on_past(bonus) for bonus in policy.bonuses)
    )


def parts_past(policy: Policy) -> bool:
    """Tell whether what vouchers did before a split decides what those that came of it earn, or may buy."""
    return policy.splits.is_past_parted and (
        policy.splits.times > 0 or any(bonus.is_by_face for bonus in policy.bonuses)
    )


def counts_agreements(policy: Policy) -> bool:
    """Tell whether a household earns, or buys, something once by its agreements, whoever holds vouchers."""
    return (
        any(_is_once_a_household(bonus) for bonus in policy.bonuses)
        or any(cap.is_of_agreements for cap in policy.every_cap)
        or any(fit.total_of is not None for fit in policy.fits)
    )


def _is_once_a_household(rule: BonusRule) -> bool:
    once = rule.per if rule.base == "fixed" else ONCE_A.get(rule.base)
    return once == "household" or (rule.within is not None and rule.within.is_shared)


def counts_household(policy: Policy) -> bool:
    """Tell whether what all vouchers of a household have, and spent, decides what one may pay."""
    return (
        any(limit.is_of_household for limit in policy.limits)
        or any(bonus.is_spent_of_household for bonus in policy.bonuses)
        or any(cap.faces_share_bp is not None for cap in policy.every_cap)
    )


def _depends_on_past(bonus: BonusRule) -> bool:
    return bool(
        bonus.base in ONCE_A
        or (bonus.base == "fixed" and bonus.per != "home")
        or bonus.first_homes is not None
        or bonus.within is not None
        or any(tier.steps or tier.least_spent_bp or tier.is_above for tier in bonus.tiers)
        or any(cap.of != "home" for cap in bonus.every_cap)
    )


def asks_compensation(policy: Policy) -> bool:
    """Tell whether the compensation decides what a voucher earns."""
    return any(bonus.base == "compensation" for bonus in policy.bonuses) or any(
        cap.compensation_share_bp is not None for cap in policy.every_cap
    )


def asks_old_area(policy: Policy) -> bool:
    """Tell whether the area of the old home decides what a voucher earns."""
    return any(
        bonus.base == "old_area" or (bonus.within is not None and bonus.within.of == "old")
        for bonus in policy.bonuses
    ) or any(
        [
            *(cap.fen_per_m2 for cap in policy.every_cap),
            *(fit.total_of == "old" for fit in policy.fits),
        ]
    )
