"""Policies of a whole life: three under which everything may happen to a voucher, and any other."""

from typing import Any, Final

import yaml
from hypothesis import strategies as st

from tests.factories.endings import BANDS
from tests.factories.moves import LOSING, MOVING
from tests.factories.policy_files import held_bonuses, policy_files

SETTLED: Final = """
settlement:
  to: developer
  tranches:
    - {event: verified, share: 60%, pay_within: {days: 30}}
    - {event: handover, share: 33%, pay_within: {months: 1}, interest: {rate: 7%}}
    - {event: certificate, share: 7%, pay_within: {working_days: 10}}
  late_interest: {rate: 0.02%, per: day}
"""
HEIRS: Final = {"heirs": ["spouse", "parent", "child"], "term": "suspended", "most_days": 150}
_INHERITED: Final = yaml.safe_dump({"inheritance": HEIRS})
_JOINED: Final = ("merges: 2", "merges: {times: 2, of: anybody}")
SPACES: Final = 2
_SPACED: Final = ("usable_on: [home]", f"usable_on: [home, parking, storage]\nspaces_a_home: {SPACES}")
_LONGER: Final = ("  from: issue", "  from: issue\n  extension_months: 3")
SPENT: Final = (
    MOVING.replace(*_LONGER).replace(*_JOINED).replace(*_SPACED)
    + SETTLED
    + _INHERITED
    + "interest: {rate: 1.35%, from: issue, on: [leftover]}\nfirst_purchase: 0.5%\n"
)
"""A bonus of what is spent, bands, interest, spaces; who is silent of lapse leaves it to two people."""
FACE: Final = (
    LOSING.replace(*_LONGER).replace(*_JOINED)
    + SETTLED
    + _INHERITED
    + BANDS
    + f"spaces_a_home: {SPACES}\n"
    + "face: [{rate: 5%, lost_on: [leftover]}, {yuan: 20000}]\n"
    + "interest: {rate: 0.35%, from: agreement, on: [lapse, give_up]}\n"
)
"""A bonus of the face, which is more than the compensation; lapsed the agreement applies; parking."""
_HEAD, _REST = SPENT.split("bonus:\n", 1)
SEVERAL: Final = (
    _HEAD
    + """bonus:
  - base: spent_total
    fixed_by: lock
    tiers:
      - {from_month: 1, to_month: 18, steps: [{spent_from: 0%, rate: 8%}, {spent_from: 60%, rate: 12%}]}
  - base: price
    paid: cash
    fixed_by: contract
    tiers: [{from_month: 1, to_month: 18, rate: 1.5%}]
    caps: [{of: home, yuan: 7000}, {of: household, yuan: 15000}]
  - base: held
    paid: cash
    fixed_by: lock
    counted_from: issue
    tiers: [{from_month: 1, to_month: 18, interest: {rate: 1.5%, to: paid}}]
bonus_caps: [{of: home, share_of_price: 15%}]
"""
    + _REST[_REST.index("# A locked home") :].replace(
        "\ninterest:", "\nlapse: {effect: cash, rate: 90%, bonus: returned, give_up: same}\ninterest:"
    )
)
"""Three side by side, with steps and caps; two in cash, one of them interest that runs to the payment."""

PARTED: Final = SPENT.replace("splits: 2", "splits: {times: 2, past: parted}")
"""The first one, but that each part of a split counts its part of what was before."""

_nearest = st.sampled_from([None, "nearest_yuan", "nearest_ten_yuan", "nearest_hundred_yuan"])
_ALONE: Final = {"usable_on": ["home", "parking", "storage"], "spaces": "alone", "spaces_a_home": SPACES}
_NARROW: Final = {"limits": [{"kinds": ["home"], "total_area": 150, "of": "household"}]}
_AGREED: Final = {"limits": [{"kinds": ["home"], "total_area": {"m2_a_head": 90}, "of": "household"}]}
_stock = st.sampled_from([{}, _ALONE, _NARROW, _AGREED, {**_ALONE, **_NARROW}])


@st.composite
def _lived(draw: st.DrawFn) -> str:
    """A policy under which vouchers can be inherited, as far as the platform carries it out.

    Under every other one what is spent bears interest that runs on after the lock.
    """
    said: dict[str, Any] = yaml.safe_load(draw(policy_files()))
    several = said["bonus"] if isinstance(said["bonus"], list) else [said["bonus"]]
    if draw(st.booleans()):
        several = [*several, {**draw(held_bonuses()), "rounding": several[0]["rounding"]}]
    said["bonus"] = several
    for bonus in several:
        if bonus["fixed_by"] in ("filed", "verified") and bonus["paid"] == "price":
            bonus["delay"] = "protected"  # a price is settled before it is known how late others are
    _round_half_up(said, several, draw(_nearest))
    if draw(st.booleans()):
        for bonus in several:
            bonus.update({"paid_after": "certificate"} if bonus["paid"] == "cash" else {})
    if said["splits"]["times"] and draw(st.booleans()):
        said["splits"]["past"] = "parted"
    said |= draw(_stock)
    for one in said["settlement"] if isinstance(said["settlement"], list) else [said["settlement"]]:
        if "spaces" in said:  # developers are paid for spaces, too
            one.pop("kinds", None)
    return str(yaml.safe_dump(said | {"inheritance": HEIRS, "buyers": ["self", "child"]}, allow_unicode=True))


def _round_half_up(said: dict[str, Any], bonuses: list[dict[str, Any]], word: str | None) -> None:
    """Let a policy round its bonuses and its payouts half up, where a word says to what."""
    if word is not None:
        said["payout_rounding"] = word
        for bonus in bonuses:
            bonus["rounding"] = word


known = st.sampled_from([SPENT, PARTED, FACE, SEVERAL])
drawn = _lived()
