"""What a split makes of a bonus, a cap or a band: worth a second look, never refused. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

from app.policies.band_checks import bands_of
from app.policies.brackets import WORDS
from app.policies.cap_checks import lists_of_caps
from app.policies.checks import bonuses_of
from app.policies.interest_checks import lines_of
from app.policies.rounding import HALF_UP
from app.policies.use_checks import may_split

Said = Mapping[str, Any]


def taken_back(body: Said) -> Iterator[tuple[str, str | int]]:
    """Yield by which words an ending takes of a bonus back, and how much."""
    if any(bonus["tiers"] and "claw_back" not in bonus for _where, _path, bonus in bonuses_of(body)):
        yield from taking(body)


def taking(body: Said) -> Iterator[tuple[str, str | int]]:
    """Yield the same whether there is a bonus of which it takes, or not."""
    for where, bands in bands_of(body):
        for place, band in enumerate(bands):
            if band["claw_back"]:
                yield f"{'.'.join(where)}[{place}].claw_back", band["claw_back"]
    lapse = body["lapse"] or {}
    for path, rule in (("lapse", lapse), ("lapse.give_up", lapse.get("give_up"))):
        if isinstance(rule, dict) and rule.get("bonus", "kept") != "kept" and rule["effect"] != "void":
            yield f"{path}.bonus", rule["bonus"]


def taken_back_of_parts(body: Said, *, begins_anew: bool) -> Iterator[tuple[str, str]]:
    """Yield what takes less of a bonus back of a voucher in parts, of heirs too, than of a whole one."""
    for path, share in taken_back(body):
        if begins_anew:
            yield path, "takes nothing of what is split off; with past: parted each part gives back its share"
        elif share != "part" and not may_split(body):
            reason = "takes less where of several heirs one spends all of a part and another is paid out; "
            yield path, reason + "part takes the same of what was earned before"
        elif share != "part":
            reason = "takes less of who splits a voucher, spends one part whole and has the other paid out; "
            yield path, reason + "part takes the same of what was earned before the split"


def capped_parts(body: Said, *, begins_anew: bool) -> Iterator[tuple[str, str]]:
    """Yield the caps of a voucher of which what comes back after a split may leave something unused."""
    uneven = {path for _where, path, bonus in bonuses_of(body) if _is_uneven(bonus)}
    for path, caps in lists_of_caps(body) if may_split(body) and not begins_anew else ():
        of_uneven = uneven if path == "bonus_caps" else {one for one in uneven if path.startswith(f"{one}.")}
        if of_uneven and any(cap["of"] == "voucher" for cap in caps):
            reason = (
                "is had again after a split as far as what comes back had earned: where others earn more, "
            )
            yield path, reason + "what stays may reach its share before another part does"


def uneven_totals(body: Said, *, begins_anew: bool) -> Iterator[tuple[str, str]]:
    """Yield the bonuses on all that is spent of which parts, or heirs, may earn otherwise together."""
    for _where, path, bonus in bonuses_of(body) if not begins_anew else ():
        rates = {tier.get("rate", 0) for tier in bonus["tiers"]}
        if bonus["base"] != "spent_total" or not (len(rates) > 1 or _differs_by_home(bonus)):
            continue
        if may_split(body):
            reason = "goes by all that is spent: where a purchase from before a split is undone, what a part "
            reason += "earned by then stays, so that all parts together may earn more, or less, than unsplit"
        else:
            reason = "goes by all that each of several heirs spends: where some spend sooner than others, or "
            reason += "not all, they may earn more, or less, together than one heir would"
        yield f"{path}.base", reason


def _is_uneven(bonus: Said) -> bool:
    """Tell whether a home may earn less of what is spent on it than one that is bought later."""
    if not bonus["tiers"] or bonus["base"] == "face" or bonus.get("per") == "voucher":
        return False
    rates = [tier.get("rate", 0) for tier in bonus["tiers"]]
    return bonus["base"] != "spent" or rates != sorted(rates, reverse=True) or _differs_by_home(bonus)


def _differs_by_home(bonus: Said) -> bool:
    """Tell whether within one tier a home may earn another share of what is spent on it."""
    of_homes = {"stage", "first_homes", "within_area"} & bonus.keys() or bonus.get("home_area")
    return bool(
        of_homes
        or bonus.get("areas", "any") != "any"
        or any(tier.get("kinds") or tier["least_spent"] for tier in bonus["tiers"])
        or any({"steps", "spent_above", *WORDS} & tier.keys() for tier in bonus["tiers"])
    )


def rounded_parts(body: Said) -> Iterator[tuple[str, str]]:
    """Yield what is rounded half up of each voucher: of parts each is, and each may be rounded up."""
    if not may_split(body):
        return
    said = [
        (path, bonus) for _where, path, bonus in bonuses_of(body) if bonus["tiers"] and _is_of_voucher(bonus)
    ]
    said += [(path, line) for _at, path, line in lines_of(body)]
    found = [(f"{path}.rounding", one.get("rounding")) for path, one in said]
    for path, word in (*found, ("payout_rounding", body.get("payout_rounding"))):
        if word in HALF_UP:
            reason = (
                "rounds each part of a voucher that is split half up: all parts together may come to more, "
            )
            yield path, reason + "or less, than unsplit; round down, and no split brings more"


def _is_of_voucher(bonus: Said) -> bool:
    """Tell whether each voucher earns a bonus by itself, not a household or a home once."""
    return bonus.get("per") == "voucher" or bonus["base"] in ("face", "spent", "spent_total", "held")


def small_sums(body: Said) -> Iterator[tuple[str, str]]:
    """Yield what says of how little is left of a voucher, where each part of it begins anew."""
    for where, bands in bands_of(body):
        for place, band in enumerate(bands):
            if "left_up_to" in band and (band["rate"] or band.get("rate_beyond")):
                reason = "is asked of each part by itself, where a voucher is split or several inherit it"
                yield f"{'.'.join(where)}[{place}].left_up_to", reason
