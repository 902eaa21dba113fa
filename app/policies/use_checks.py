"""What must fit together in a policy file about where, on what and up to how much a voucher is used."""

from collections.abc import Mapping
from typing import Any

import yaml

from app.policies.shape import Problems, child


def check_anywhere(problems: Problems, here: yaml.Node, path: str, areas: str | list[str]) -> None:
    """A list that names ``any`` would be read as the district of that code, and nobody could buy."""
    if isinstance(areas, list) and "any" in areas:
        problems.blame(
            child(here, "areas"), path, "must be any by itself, or a list of districts and developments"
        )


def check_use(problems: Problems, node: yaml.Node, body: dict[str, Any]) -> None:
    """Blame areas and prices that nothing could fulfil."""
    check_anywhere(problems, node, "areas", body["areas"])
    price = body["price"]
    is_bound = price["ceiling"] == "filed" and price["floor"] == "holds"
    if is_bound and price["floor_share"] > price["ceiling_share"]:
        reason = "lies above the ceiling: no price would do"
        problems.blame(child(node, "price", "floor_share"), "price.floor_share", reason)


def check_limits(problems: Problems, node: yaml.Node, body: dict[str, Any]) -> None:
    """Blame limits under which nothing could be bought, or that would hold nobody back."""
    for place, limit in enumerate(body.get("limits", [])):
        here, path = child(node, "limits", place), f"limits[{place}]"
        for kind in limit.get("kinds", []):
            if kind not in body["usable_on"]:
                reason = f"names {kind}, which is not in usable_on"
                problems.blame(child(here, "kinds"), f"{path}.kinds", reason)
        if "of" in limit and "share_of_price" in limit:
            problems.blame(child(here, "of"), f"{path}.of", "only means something with share_of_face or yuan")
        if "yuan" in limit and limit.get("of") != "household" and may_split(body):
            reason = "must be share_of_face, because a voucher may be split, and each part would have the sum"
            problems.blame(child(here, "yuan"), f"{path}.yuan", reason)
        share = limit.get("share_of_price", 10_000)
        if share < body["hold"]["least_share"]:
            reason = "lies below hold.least_share: nothing could be bought"
            problems.blame(child(here, "share_of_price"), f"{path}.share_of_price", reason)
        if share < 10_000 and not body["top_up"]:
            reason = "leaves a rest of the price, and top_up: [] lets nobody pay it"
            problems.blame(child(here, "share_of_price"), f"{path}.share_of_price", reason)


def may_split(body: Mapping[str, Any]) -> bool:
    """Tell whether a policy lets a voucher be split."""
    splits = body["splits"]
    return bool(splits["times"] if isinstance(splits, dict) else splits)
