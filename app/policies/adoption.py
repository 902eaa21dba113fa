"""Which words of a policy the platform does not carry out yet: a district cannot adopt them."""

from collections.abc import Mapping
from typing import Any


def not_carried_out(body: Mapping[str, Any]) -> list[str]:
    """Return the paths of what changes sums or terms of today's acts and would be ignored, in their order.

    What belongs to acts that no page offers yet (inheritance) is kept with the version for the day it does.
    """
    return [
        *(
            ["equal_treatment.late_settlement"]
            if body["equal_treatment"]["late_settlement"] == "may_raise"
            else []
        ),
    ]
