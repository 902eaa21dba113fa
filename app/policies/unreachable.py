"""What a policy says and another word of it never lets come about: refused where it stands. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from app.policies.bonus import ONCE_A
from app.policies.checks import bonuses_of
from app.policies.fit_checks import figure_of
from app.policies.settlement_checks import settlements_of
from app.policies.settling import ENDS
from app.policies.spending import homes_of
from app.policies.tiers import SPACES

Said = Mapping[str, Any]
At = tuple[tuple[str | int, ...], str]
"""Where a word stands, key by key, and what is wrong with it."""
_SHORTEST_MONTH: Final = 28


def path_of(at: tuple[str | int, ...]) -> str:
    """Return the path of a word as it is told."""
    return "".join(f"[{name}]" if isinstance(name, int) else f".{name}" for name in at).lstrip(".")


def unreachable(body: Said) -> Iterator[At]:
    """Yield where a word stands that can never come about, with the other word that sees to that."""
    for at, cap, yuan, is_never in leasts_above_caps(body):
        if is_never:
            yield at, f"lies above {cap} of {yuan} yuan: so much is never paid"
    for where, _path, bonus in bonuses_of(body):
        yield from _no_such_home(body, where, bonus)
    yield from _bears_nothing(body)
    yield from _too_many_parts(body)


def leasts_above_caps(body: Said) -> Iterator[tuple[tuple[str | int, ...], str, Decimal, bool]]:
    """Yield where the least of a bonus is above a cap of it: the cap, its yuan, whether it is never paid.

    Where the cap is of a voucher, and the bonus a home's or a household's, several vouchers pay the least.
    """
    for where, path, bonus in bonuses_of(body):
        once = ONCE_A.get(bonus["base"], "home")
        around = _numbered(f"{path}.caps", bonus["caps"])
        around += _numbered("bonus_caps", body["bonus_caps"]) if bonus["paid"] == "price" else []
        for place, tier in enumerate(bonus["tiers"]):
            caps = [*_numbered(f"{path}.tiers[{place}].caps", tier.get("caps", ())), *around]
            lower = [
                (name, cap)
                for name, cap in caps
                if "yuan" in cap
                and cap["yuan"] < tier.get("least_yuan", 0)
                and cap["of"] in (once, "voucher", "household")
            ]
            never = [one for one in lower if one[1]["of"] in (once, "household")]
            for name, cap in (never or lower)[:1]:
                at = (*where, "tiers", place, "least_yuan")
                yield at, name, Decimal(cap["yuan"]) / 100, bool(never)


def _numbered(name: str, caps: Sequence[Said]) -> list[tuple[str, Said]]:
    return [(f"{name}[{place}]", cap) for place, cap in enumerate(caps)]


def _no_such_home(body: Said, where: tuple[str | int, ...], bonus: Said) -> Iterator[At]:
    """A bonus for homes of a size that ``limits`` let nobody buy."""
    area = bonus["home_area"] or {}
    named = {kind for tier in bonus["tiers"] for kind in tier["kinds"] or body["usable_on"]} - SPACES
    for word, is_beyond in (("above", _is_too_large), ("up_to", _is_too_small)):
        said = area.get(word)
        if said is None or not named:
            continue
        shut: dict[str, str] = {}
        for place, limit in enumerate(body.get("limits", ())):
            if is_beyond(limit, Decimal(said)):
                kinds = limit.get("kinds", homes_of(body))
                shut |= dict.fromkeys(set(kinds) - shut.keys(), f"limits[{place}]")
        if named <= shut.keys():
            by = " and ".join(sorted({shut[kind] for kind in named}))
            reason = f"leaves no home that {by} lets be bought: nobody could earn this bonus"
            yield (*where, "home_area", word), reason


def _is_too_large(limit: Said, above: Decimal) -> bool:
    most = limit.get("area", {}).get("up_to", figure_of(limit))
    return most is not None and Decimal(most) <= above


def _is_too_small(limit: Said, up_to: Decimal) -> bool:
    return Decimal(limit.get("area", {}).get("from", 0)) > up_to


def _bears_nothing(body: Said) -> Iterator[At]:
    """Interest in time (贴息) of a tranche that is due before a day, or a whole month, can pass."""
    for where, _path, rule in settlements_of(body):
        for place, tranche in enumerate(rule["tranches"]):
            borne = tranche.get("interest")
            if borne and _is_over_at_once(tranche["pay_within"], borne):
                reason = "bears nothing: no day passes before the last day of pay_within"
                if _counted(borne) == "months":
                    reason = "bears nothing: no whole month passes before the last day of pay_within"
                yield (*where, "tranches", place, "interest"), reason


def _is_over_at_once(within: Said, borne: Said) -> bool:
    if within.get("days", within.get("working_days", within.get("months"))) == 0:
        return True
    if _counted(borne) != "months":
        return False
    is_of_this_month = "day" not in within and within.get(next(iter(ENDS))) == 1
    return within.get("days", _SHORTEST_MONTH) < _SHORTEST_MONTH or is_of_this_month


def _counted(borne: Said) -> str:
    counted: str = borne.get("count", "months" if borne["per"] == "month" else "days")
    return counted


def _too_many_parts(body: Said) -> Iterator[At]:
    """So many parts of at least such a share are more than there is to be split."""
    splits = body["splits"]
    if not isinstance(splits, dict) or not splits["parts"]:
        return
    share = splits.get("least_share", 0)
    if 0 < share <= 5_000 and splits["parts"] * share > 10_000:
        most = 10_000 // share
        reason = f"are more than there is: with least_share {share / 100:g}% a split has {most} at most"
        yield ("splits", "parts"), reason
