"""The words that developer, household and authority see of how developers are paid."""

from typing import Any, Final

from app.web.language import lazy_gettext as _l

MILESTONES: Final[dict[str, Any]] = {"handover": _l("交房"), "certificate": _l("不动产权证")}

MILESTONE_STATES: Final[dict[str, dict[str, tuple[Any, str]]]] = {
    "handover": {
        "reported": (_l("等住户确认"), "wait"),
        "confirmed": (_l("住户已确认"), "good"),
        "objected": (_l("住户说不对"), "bad"),
    },
    "certificate": {
        "reported": (_l("等征收办核对"), "wait"),
        "confirmed": (_l("征收办已核对"), "good"),
        "objected": (_l("征收办退回"), "bad"),
    },
}
"""The word and the tone of each state."""
