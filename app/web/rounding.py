"""The words for how a sum is rounded."""

from collections.abc import Callable, Mapping
from typing import Final

from app.policies.rounding import Rounding
from app.web import formatting
from app.web.language import gettext as _
from app.web.language import lazy_gettext as _l

_NEAREST: Final = {100: _l("元"), 1_000: _l("十元"), 10_000: _l("百元")}


def rounding_words(rounding: Rounding) -> str:
    """Return how a sum is rounded; nothing where it is to the fen."""
    if rounding.is_nearest:
        return _("四舍五入到%(step)s", step=_NEAREST[rounding.step_fen])
    return _("不足一元的舍去") if rounding.step_fen > 1 else ""


def _step(figures: Mapping[str, int | str]) -> str:
    return str(_NEAREST[int(figures["step_fen"])])


def _exact(figures: Mapping[str, int | str]) -> str:
    return formatting.yuan(int(figures["exact_fen"]))


RULES: Final[Mapping[str, Callable[[Mapping[str, int | str]], str]]] = {
    "whole_yuan": lambda figures: _("算得 %(exact)s，不足一元的舍去", exact=_exact(figures)),
    "nearest": lambda figures: _(
        "算得 %(exact)s，四舍五入到%(step)s", exact=_exact(figures), step=_step(figures)
    ),
    "nearest_below": lambda figures: _(
        "算得 %(exact)s，四舍五入到%(step)s会超过最多的 %(most)s，舍去尾数",
        exact=_exact(figures),
        step=_step(figures),
        most=formatting.yuan(int(figures["most_fen"])),
    ),
}
"""What each rule of rounding did, in words."""
