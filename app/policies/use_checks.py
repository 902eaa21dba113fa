"""What must fit together in a policy file about where, on what and up to how much a voucher is used."""

from collections.abc import Mapping
from typing import Any

import yaml

from app.policies.reach import Reach, reach
from app.policies.shape import Problems, child


def check_anywhere(problems: Problems, here: yaml.Node, path: str, areas: str | list[str]) -> None:
    """A list that names ``any`` would be read as the district of that code, and nobody could buy."""
    if isinstance(areas, list) and "any" in areas:
        problems.blame(
            child(here, "areas"), path, "must be any by itself, or a list of districts and developments"
        )


def check_use(problems: Problems, node: yaml.Node, body: dict[str, Any]) -> None:
    """Blame areas, buyers and prices that nothing could fulfil."""
    for place, word in enumerate(body.get("one_buyer_of", ())):
        if word not in body["buyers"]:
            reason = f"names {word}, which is not in buyers"
            problems.blame(child(node, "one_buyer_of", place), f"one_buyer_of[{place}]", reason)
    check_anywhere(problems, node, "areas", body["areas"])
    _check_areas_of(problems, node, body)
    price = body["price"]
    is_bound = price["ceiling"] == "filed" and price["floor"] == "holds"
    if is_bound and price["floor_share"] > price["ceiling_share"]:
        reason = "lies above the ceiling: no price would do"
        problems.blame(child(node, "price", "floor_share"), "price.floor_share", reason)


def _check_areas_of(problems: Problems, node: yaml.Node, body: dict[str, Any]) -> None:
    seen: set[str] = set()
    for place, one in enumerate(body.get("areas_of", ())):
        here, path = child(node, "areas_of", place), f"areas_of[{place}]"
        check_anywhere(problems, here, f"{path}.areas", one["areas"])
        for kind in one["kinds"]:
            if kind in seen:
                problems.blame(child(here, "kinds"), f"{path}.kinds", f"names {kind}, which stands above")
            elif kind not in body["usable_on"]:
                reason = f"names {kind}, which is not in usable_on"
                problems.blame(child(here, "kinds"), f"{path}.kinds", reason)
        seen |= set(one["kinds"])


def check_limits(problems: Problems, node: yaml.Node, body: dict[str, Any]) -> None:
    """Blame limits under which nothing could be bought, or that would hold nobody back."""
    for place, limit in enumerate(body.get("limits", [])):
        here, path = child(node, "limits", place), f"limits[{place}]"
        _check_whose(problems, here, path, limit, body)
        if "after" in limit:
            _check_after(problems, here, path, limit, body)
        if "yuan" in limit and limit.get("of", "voucher") == "voucher" and may_split(body):
            reason = "must be share_of_face, because a voucher may be split, and each part would have the sum"
            problems.blame(child(here, "yuan"), f"{path}.yuan", reason)
        share = limit.get("share_of_price", 10_000)
        if share < body["hold"]["least_share"]:
            reason = "lies below hold.least_share: nothing could be bought"
            problems.blame(child(here, "share_of_price"), f"{path}.share_of_price", reason)
        if share < 10_000 and not body["top_up"]:
            reason = "leaves a rest of the price, and top_up: [] lets nobody pay it"
            problems.blame(child(here, "share_of_price"), f"{path}.share_of_price", reason)


def _check_whose(
    problems: Problems, here: yaml.Node, path: str, limit: dict[str, Any], body: dict[str, Any]
) -> None:
    """Blame kinds that are not bought, and words that say whose limit it is where that means nothing."""
    for kind in limit.get("kinds", []):
        if kind not in body["usable_on"]:
            reason = f"names {kind}, which is not in usable_on"
            problems.blame(child(here, "kinds"), f"{path}.kinds", reason)
    if "of" in limit and "share_of_price" in limit:
        problems.blame(child(here, "of"), f"{path}.of", "only means something with share_of_face or yuan")
    elif limit.get("of") == "home" and "yuan" not in limit:
        problems.blame(child(here, "of"), f"{path}.of", "home only means something with yuan")
    if "stage" in limit and "share_of_price" not in limit:
        problems.blame(child(here, "stage"), f"{path}.stage", "only means something with share_of_price")
    if "number" in limit and "kinds" not in limit:
        problems.blame(here, f"{path}.kinds", "is missing: without kinds write homes")


def _check_after(
    problems: Problems, here: yaml.Node, path: str, limit: dict[str, Any], body: dict[str, Any]
) -> None:
    """Blame what must be bought first and cannot be, or what nothing waits for."""
    first, kinds = limit["after"], limit.get("kinds")
    if kinds is None:
        problems.blame(here, f"{path}.kinds", "is missing: after holds for certain kinds of stock")
    for kind in first["kinds"]:
        if kind not in body["usable_on"]:
            reason = f"names {kind}, which is not in usable_on"
            problems.blame(child(here, "after", "kinds"), f"{path}.after.kinds", reason)
    _check_reach(problems, here, path, first)
    waiting = sorted(set(kinds or ()) - _ever_bought(body))
    if waiting:
        reason = f"lets {waiting[0]} wait for what waits for it: it could never be bought"
        problems.blame(child(here, "after"), f"{path}.after", reason)
    for place, other in enumerate(body["limits"]):
        if _is_beyond(limit, other):
            reason = f"asks for more than limits[{place}] lets be spent: it could never be bought"
            problems.blame(child(here, "after"), f"{path}.after", reason)


def _check_reach(problems: Problems, here: yaml.Node, path: str, first: dict[str, Any]) -> None:
    """Blame a part of the face that is no wait, or that leaves nothing to be spent after it."""
    if "spent_from" in first and "spent_above" in first:
        reason = "may have only spent_from or spent_above"
        problems.blame(child(here, "after", "spent_above"), f"{path}.after.spent_above", reason)
    if first.get("spent_from") == 0:
        reason = "must be above 0%: nothing would wait"
        problems.blame(child(here, "after", "spent_from"), f"{path}.after.spent_from", reason)
    for word, why in (
        ("spent_above", "no more than the face is spent"),
        ("spent_from", "nothing would be left"),
    ):
        if first.get(word) == 10_000:
            reason = f"must be below 100%: {why}"
            problems.blame(child(here, "after", word), f"{path}.after.{word}", reason)


def _ever_bought(body: dict[str, Any]) -> set[str]:
    """Return the kinds of stock that wait for nothing, or for what can be bought before them."""
    lines = [limit for limit in body["limits"] if "after" in limit]
    found: set[str] = set()
    while True:
        more = {
            kind
            for kind in body["usable_on"]
            if all(found & set(one["after"]["kinds"]) for one in lines if kind in one.get("kinds", ()))
        }
        if more == found:
            return found
        found = more


def _is_beyond(limit: dict[str, Any], other: dict[str, Any]) -> bool:
    """Tell whether a limit waits for a larger part of a face than another one lets be spent on it."""
    first, most = limit["after"], other.get("share_of_face")
    shares = {"spent_from", "spent_above"} & first.keys()
    if not shares or most is None or other.get("of") != limit.get("of"):
        return False
    is_of_all = set(first["kinds"]) <= set(other.get("kinds", first["kinds"]))
    return is_of_all and Reach(most) < reach(first)


def may_split(body: Mapping[str, Any]) -> bool:
    """Tell whether a policy lets a voucher be split."""
    splits = body["splits"]
    return bool(splits["times"] if isinstance(splits, dict) else splits)
