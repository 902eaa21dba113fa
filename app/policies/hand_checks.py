"""Whom a policy file lets take vouchers over, and what of its words about kin is likely a slip. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

Said = Mapping[str, Any]


def may_transfer(body: Said) -> bool:
    """Tell whether a file lets a voucher be transferred at all."""
    said = body["transfers"]
    return bool(said["times"] or "kin" in said) if isinstance(said, dict) else said > 0


def takers(transfers: Said) -> frozenset[str] | None:
    """Return who may take a voucher over, by a mapping of the file; None: anybody."""
    if "kin" in transfers and not transfers["times"]:
        return frozenset(transfers["kin"]["to"])
    return None if transfers["to"] == "any" else frozenset(transfers["to"]) - {"self"}


def kin_doubts(transfers: Said) -> Iterator[tuple[str, str]]:
    """Yield the paths of words about kin that hold and are likely not meant so, each with the reason."""
    if "kin" not in transfers:
        return
    times, to_kin = transfers["times"], transfers["kin"]
    who = takers(transfers)
    if times and who is not None and who <= set(to_kin["to"]):
        yield "transfers.times", "has no effect: whoever may take it over counts by transfers.kin"
    elif to_kin["times"] is not None and to_kin["times"] < times:
        yield "transfers.kin.times", f"is less than the {times} times to others: are the two mixed up?"


def whole_term(word: str, said: Said, valid: Said) -> Iterator[tuple[str, str]]:
    """Yield the paths of times that begin or end no other than the term itself, each with the reason."""
    for name in ("from_month", "from_nth_day"):
        if said.get(name) == 1:
            yield f"{word}.{name}", "has no effect: the term begins then"
    last = {"to_month": valid.get("months"), "to_nth_day": valid.get("days")}
    is_longer = valid["extension_months"] or valid.get("ends") == "working_day"
    for name, most in last.items() if not is_longer else ():
        if most is not None and said.get(name) == most:
            yield f"{word}.{name}", "has no effect: the term ends then"
