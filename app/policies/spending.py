"""When the vouchers of a policy body can buy at all, and how much of a face they can spend. Pure."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from app.core import clock
from app.policies.tiers import SPACES

Said = Mapping[str, Any]


def last_day(body: Said, *, is_extended: bool = True) -> str | None:
    """Return the last day on which a voucher of this policy can buy; None where nothing says one."""
    valid, scheme = body["valid"], body["scheme"]
    months = valid["extension_months"] if is_extended else 0
    ends = [scheme["buy_until"]]
    if (body["inheritance"] or {}).get("term") != "suspended":
        begins = valid["announced_on"] if valid["from"] == "announced" else scheme["issue_until"]
        if "until" in valid:
            ends.append(clock.add_months(date.fromisoformat(valid["until"]), months).isoformat())
        elif begins:
            ends.append(_after(date.fromisoformat(begins), valid, months).isoformat())
    return min((end for end in ends if end), default=None)


def _after(begins: date, valid: Said, months: int) -> date:
    end = begins + timedelta(days=valid.get("days", 0))
    return clock.add_months(end, valid.get("months", 0) + months)


def homes_of(body: Said) -> list[str]:
    """Return the kinds of stock that are a home by themselves, as a first purchase needs one."""
    return [kind for kind in body["usable_on"] if kind not in SPACES]


def share_of(body: Said, kind: str) -> int:
    """Return which part of its face one voucher may spend on a kind of stock, in ten-thousandths."""
    lines = [one for one in body.get("limits", ()) if kind in one.get("kinds", body["usable_on"])]
    return min((one["share_of_face"] for one in lines if _is_of_voucher(one)), default=10_000)


def most_spent(body: Said) -> int:
    """Return which part of its face a voucher may spend in all, in ten-thousandths: no more than this."""
    every = set(body["usable_on"])
    lines = [
        (every & set(one.get("kinds", every)), one["share_of_face"])
        for one in body.get("limits", ())
        if "share_of_face" in one
    ]
    whole = [share for kinds, share in lines if kinds == every]
    if every == set().union(*(kinds for kinds, _share in lines)):
        whole.append(sum(share for _kinds, share in lines))
    return min(whole, default=10_000)


def _is_of_voucher(limit: Said) -> bool:
    return "share_of_face" in limit and limit.get("of", "voucher") == "voucher"
