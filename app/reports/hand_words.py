"""What a policy says of vouchers in other hands, as it is printed."""

from app.policies.changes import TransferRule
from app.reports.words import BUYERS, listed


def transfers(rule: TransferRule, *, done: int, done_to_kin: int) -> str:
    """Return how often a voucher may still be transferred: to kin whose transfers count apart, to others."""
    more, more_to_kin = rule.times - done, (rule.kin_times or 0) - done_to_kin
    if not rule.kin:
        return f"可按政策转让 {more} 次" if more > 0 else "房票不能转让"
    kin = f"转让给{listed(rule.kin, BUYERS)}"
    if rule.kin_times is None:
        to_kin = f"{kin}不限次数"
    else:
        to_kin = f"{kin} {more_to_kin} 次" if more_to_kin > 0 else ""
    to_others = f"转让给其他人 {more} 次" if more > 0 else ""
    if not to_kin and not to_others:
        return "房票不能转让"
    return f"可按政策{'、'.join(one for one in (to_kin, to_others) if one)}"
