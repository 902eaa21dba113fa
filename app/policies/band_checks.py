"""What must fit together between the bands of a policy file, beside their order."""

from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from app.policies.reach import START, reach
from app.policies.shape import Problems, child


def bands_of(body: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], list[dict[str, Any]]]]:
    """Yield the lists of bands of a body: where each stands, and its bands."""
    yield ("leftover",), body["leftover"] or []
    yield ("lapse", "bands"), (body["lapse"] and body["lapse"]["bands"]) or []


def check_whose(problems: Problems, node: yaml.Node, body: dict[str, Any]) -> None:
    """Blame bands of which one counts a voucher and another its household: none is above the other then."""
    for where, bands in bands_of(body):
        said = [(place, band) for place, band in enumerate(bands) if reach(band) > START]
        for place, band in said[1:]:
            if band.get("spent_of", "voucher") != said[0][1].get("spent_of", "voucher"):
                here = child(node, *where, place)
                reason = "must be the same in all bands above 0%: none lies above the other otherwise"
                problems.blame(child(here, "spent_of"), f"{'.'.join(where)}[{place}].spent_of", reason)
