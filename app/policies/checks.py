"""What must fit together between the keys of a policy file, once each value fits by itself."""

import math
from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

import yaml

from app.core import clock
from app.policies.band_checks import check_claims, check_whose
from app.policies.brackets import WORDS
from app.policies.extension_checks import check_extension
from app.policies.fit_checks import check_fits
from app.policies.interest_checks import check_held, check_rates, check_runs_on, check_tier
from app.policies.later_checks import check_later
from app.policies.paid_after_checks import check_paid_after
from app.policies.reach import START, reach, word_of
from app.policies.schema import HANDS, SHARES, SPANS
from app.policies.settlement_checks import check_settlements
from app.policies.shape import Problems, child
from app.policies.use_checks import check_anywhere, check_limits, check_use, may_split

_ANNOUNCED: Final = "announced"
_MONTH: Final = 31
"""No month has more days: an extension by months of a term of days is never longer."""
_LONGEST_BREAK: Final = timedelta(days=15)
"""No holidays are longer, whatever calendar is published later."""


def _check_valid(problems: Problems, node: yaml.Node, body: dict[str, Any]) -> None:
    valid = body["valid"]
    here = child(node, "valid")
    if valid["from"] == _ANNOUNCED and valid["announced_on"] is None:
        problems.blame(here, "valid.announced_on", "is missing: the term starts on that day")
    if valid["from"] != _ANNOUNCED and valid["announced_on"] is not None:
        problems.blame(
            child(here, "announced_on"), "valid.announced_on", "only means something with from: announced"
        )
    if valid["announced_on"] and "until" in valid and valid["until"] < valid["announced_on"]:
        problems.blame(child(here, "until"), "valid.until", "comes before announced_on")


def bonuses_of(body: Mapping[str, Any]) -> Iterator[tuple[tuple[str | int, ...], str, dict[str, Any]]]:
    """Yield every bonus of a body: where its node is, its path, and what it says."""
    bonus = body["bonus"]
    if isinstance(bonus, list):
        for place, one in enumerate(bonus):
            yield ("bonus", place), f"bonus[{place}]", one
    else:
        yield ("bonus",), "bonus", bonus


def _check_bonuses(problems: Problems, node: yaml.Node, body: dict[str, Any]) -> None:
    for where, path, bonus in bonuses_of(body):
        here = child(node, *where)
        _check_area(problems, here, path, bonus)
        _check_face_size(problems, here, path, bonus)
        _check_signed(problems, here, path, bonus)
        _check_grace(problems, here, path, bonus)
        _check_ends(problems, here, path, bonus)
        check_held(problems, here, path, bonus)
        _check_caps(problems, child(here, "caps"), f"{path}.caps", bonus["caps"])
        _check_tiers(problems, here, path, bonus, body)
    nodes = [(child(node, *at), path, one) for at, path, one in bonuses_of(body)]
    check_runs_on(problems, nodes)
    check_later(problems, node, body, nodes)
    check_paid_after(problems, nodes)
    _check_caps(problems, child(node, "bonus_caps"), "bonus_caps", body["bonus_caps"])
    _check_rounding(problems, node, body)


def _check_rounding(problems: Problems, node: yaml.Node, body: dict[str, Any]) -> None:
    """What would exceed a price is cut from the sum of all: whole yuan stay whole only if all of them are."""
    priced = [found for found in bonuses_of(body) if found[2]["paid"] == "price"]
    for where, path, bonus in priced[1:]:
        if bonus.get("rounding", "fen") != priced[0][2].get("rounding", "fen"):
            reason = "must be the same for all that count towards the price"
            problems.blame(child(node, *where, "rounding"), f"{path}.rounding", reason)


def _check_signed(problems: Problems, here: yaml.Node, path: str, said: dict[str, Any]) -> None:
    first, last = said.get("signed_from"), said.get("signed_to")
    if first and last and last < first:
        problems.blame(child(here, "signed_to"), f"{path}.signed_to", "comes before signed_from")


def _check_ends(problems: Problems, here: yaml.Node, path: str, bonus: dict[str, Any]) -> None:
    if "ends" in bonus and any("from_day" in tier for tier in bonus["tiers"]):
        reason = "only means something with months or nth days: write the last day itself"
        problems.blame(child(here, "ends"), f"{path}.ends", reason)


def _check_grace(problems: Problems, here: yaml.Node, path: str, bonus: dict[str, Any]) -> None:
    said = [word for word in ("grace_days", "grace_working_days") if word in bonus]
    if said and bonus["fixed_by"] in ("lock", "agreement", "paid"):
        reason = f"only means something after the lock, and the {bonus['fixed_by']} decides"
        if bonus["fixed_by"] == "paid":
            reason = "only means something for a contract, and the payment decides"
        problems.blame(child(here, said[0]), f"{path}.{said[0]}", reason)
    if len(said) > 1:
        problems.blame(child(here, said[1]), f"{path}.{said[1]}", f"may have only {' or '.join(said)}")


def _check_area(problems: Problems, here: yaml.Node, path: str, bonus: dict[str, Any]) -> None:
    if isinstance(here, yaml.MappingNode) and bonus["base"] != "fixed":
        for key, _value in here.value:
            if key.value == "per":
                problems.blame(key, f"{path}.per", "only means something with base: fixed")
    if "parts" in bonus and bonus["base"] != "compensation":
        reason = "only means something with base: compensation"
        problems.blame(child(here, "parts"), f"{path}.parts", reason)
    if "without_vat" in bonus and bonus["base"] != "price":
        reason = "only means something with base: price"
        problems.blame(child(here, "without_vat"), f"{path}.without_vat", reason)
    _check_within(problems, here, path, bonus)
    area = bonus["home_area"]
    if area is not None and not any(area.values()):
        problems.blame(child(here, "home_area"), f"{path}.home_area", "needs above or up_to")
    if area and all(area.values()) and Decimal(area["above"]) >= Decimal(area["up_to"]):
        problems.blame(
            child(here, "home_area", "up_to"), f"{path}.home_area.up_to", "must be more than above"
        )
    check_anywhere(problems, here, f"{path}.areas", bonus["areas"])


def _check_within(problems: Problems, here: yaml.Node, path: str, bonus: dict[str, Any]) -> None:
    if "within_area" in bonus and bonus["base"] not in ("price", "spent"):
        reason = "only means something with base: price, or spent"
        problems.blame(child(here, "within_area"), f"{path}.within_area", reason)
    elif "within_area" in bonus and any(word in tier for tier in bonus["tiers"] for word in WORDS):
        reason = "goes by one rate, or by steps, and a tier has brackets or slices"
        problems.blame(child(here, "within_area"), f"{path}.within_area", reason)


def _check_caps(problems: Problems, here: yaml.Node, path: str, caps: list[dict[str, Any]]) -> None:
    for place, cap in enumerate(caps):
        for word in {"share_of_price", "yuan_per_home_m2"} & cap.keys():
            if cap["of"] != "home":
                problems.blame(child(here, place), f"{path}[{place}]", f"{word} needs of: home")
        for word in sorted({"share_of_faces", "share_of_compensation"} & cap.keys()):
            if cap["of"] != "household":
                problems.blame(child(here, place), f"{path}[{place}]", f"{word} needs of: household")
        if "parts" in cap and "share_of_compensation" not in cap:
            at, reason = f"{path}[{place}].parts", "only means something with share_of_compensation"
            problems.blame(child(here, place, "parts"), at, reason)


def _check_tiers(
    problems: Problems, here: yaml.Node, path: str, bonus: dict[str, Any], body: dict[str, Any]
) -> None:
    """A gap between tiers is likelier a slip than a rule: a time without bonus is a tier of 0%."""
    lanes: dict[str, list[int]] = {}
    crooked: set[int] = set()
    for place, tier in enumerate(bonus["tiers"]):
        node, at = child(here, "tiers", place), f"{path}.tiers[{place}]"
        _check_worth(problems, node, at, tier, bonus["base"])
        _check_caps(problems, child(node, "caps"), f"{at}.caps", tier.get("caps", []))
        if _span(tier) != _span(bonus["tiers"][0]):
            reason = "counts otherwise than the first tier: all by months, all by nth days, or all by days"
            problems.blame(node, at, reason)
            return
        if bonus["fixed_by"] == "agreement" and "from_day" not in tier:
            problems.blame(node, at, "needs from_day and to_day, because the day of the agreement decides")
        for kind in tier["kinds"] or body["usable_on"]:
            lanes.setdefault(kind, []).append(place)
            if kind not in body["usable_on"]:
                reason = f"names {kind}, which is not in usable_on"
                problems.blame(child(node, "kinds"), f"{at}.kinds", reason)
        before = len(problems)
        _check_span(problems, node, at, tier, body["valid"])
        # What does not fit by itself tells nothing of the tier after it.
        crooked |= {place, place + 1} if len(problems) > before else set()
    reported = crooked
    for places in lanes.values():
        for turn, place in enumerate(places):
            last = bonus["tiers"][places[turn - 1]] if turn else None
            node, at = child(here, "tiers", place), f"{path}.tiers[{place}]"
            if place not in reported and _breaks_off(problems, node, at, bonus["tiers"][place], last):
                reported.add(place)


def _check_worth(problems: Problems, node: yaml.Node, path: str, tier: dict[str, Any], base: str) -> None:
    sums = {"fixed": ("yuan",), "residents": ("yuan_per_resident",), "held": ("interest",)}
    needs = ("rate", "steps", *WORDS) if base in SHARES else sums.get(base, ("yuan_per_m2",))
    if not any(name in tier for name in needs):
        problems.blame(node, path, f"needs {' or '.join(needs)}, because the base is {base}")
    if "least_yuan" in tier and base in ("spent", "spent_total", "fixed", "held"):
        reason = f"only means something with a base that is earned once, and the base is {base}"
        problems.blame(child(node, "least_yuan"), f"{path}.least_yuan", reason)
    if "interest" in tier:
        check_tier(problems, child(node, "interest"), f"{path}.interest", tier["interest"])
    if tier["least_spent"] and "spent_above" in tier:
        here, reason = child(node, "spent_above"), "may have only least_spent or spent_above"
        problems.blame(here, f"{path}.spent_above", reason)
    if "spent_above" in tier and "steps" in tier:
        reason = "is what steps say themselves: write a first step of 0%"
        problems.blame(child(node, "spent_above"), f"{path}.spent_above", reason)
    if tier["least_spent"] and "steps" in tier:
        problems.blame(
            child(node, "least_spent"),
            f"{path}.least_spent",
            "is what steps say themselves: write a first step of 0%",
        )
    _check_of_face(problems, node, path, tier, base)
    _check_sizes(problems, node, path, tier, must_rise=base in ("spent", "spent_total", "price"))
    for place, step in enumerate(tier.get("steps", ())):
        before = tier["steps"][place - 1] if place else None
        here, at = child(node, "steps", place), f"{path}.steps[{place}]"
        if before and reach(step) <= reach(before):
            problems.blame(
                child(here, word_of(step)), f"{at}.{word_of(step)}", "must be above the step before"
            )
        if before and step["rate"] < before["rate"]:
            reason = "must not be below the step before: more spent is never less bonus"
            problems.blame(child(here, "rate"), f"{at}.rate", reason)


def _check_of_face(problems: Problems, node: yaml.Node, path: str, tier: dict[str, Any], base: str) -> None:
    """Rates by parts of the face are of all that is spent, which is never more than the face."""
    of_face, at = child(node, "slices_of_face"), f"{path}.slices_of_face"
    if "slices_of_face" in tier and base != "spent_total":
        problems.blame(of_face, at, "only means something with base: spent_total")
    for place, one in enumerate(tier.get("slices_of_face", ())):
        if one["above"] >= 10_000:
            reason = "must be below 100%: more than the face is never spent"
            problems.blame(child(of_face, place, "above"), f"{at}[{place}].above", reason)


def _check_sizes(
    problems: Problems, node: yaml.Node, path: str, said: dict[str, Any], *, must_rise: bool
) -> None:
    """Rates by size begin above 0 and go on rising in size; of what is spent more is never less bonus."""
    for word in WORDS:
        for place, one in enumerate(said.get(word, ())):
            before = said[word][place - 1] if place else None
            here, at = child(node, word, place), f"{path}.{word}[{place}]"
            if before is None and one["above"]:
                problems.blame(child(here, "above"), f"{at}.above", "must be 0: the first is for any sum")
            if before and one["above"] <= before["above"]:
                problems.blame(child(here, "above"), f"{at}.above", "must be above the one before")
            if before and must_rise and word == "brackets" and one["rate"] < before["rate"]:
                reason = "must not be below the one before: more spent is never less bonus; slices may"
                problems.blame(child(here, "rate"), f"{at}.rate", reason)


def _check_face_size(problems: Problems, here: yaml.Node, path: str, bonus: dict[str, Any]) -> None:
    size = bonus.get("face_size")
    if size is not None and not size:
        problems.blame(child(here, "face_size"), f"{path}.face_size", "needs above or up_to")
    if size and len(size) > 1 and size["above"] >= size["up_to"]:
        at = child(here, "face_size", "up_to")
        problems.blame(at, f"{path}.face_size.up_to", "must be more than above")


def _span(tier: dict[str, Any]) -> tuple[str, str]:
    return next(span for span in SPANS if span[0] in tier)


def _check_span(
    problems: Problems, here: yaml.Node, path: str, tier: dict[str, Any], valid: dict[str, Any]
) -> None:
    first, last = _span(tier)
    if tier[last] < tier[first]:
        problems.blame(child(here, last), f"{path}.{last}", f"comes before {first}")
    _check_limit(problems, child(here, last), f"{path}.{last}", last, tier[last], valid)


def _check_limit(
    problems: Problems, here: yaml.Node, path: str, name: str, value: int | str, valid: dict[str, Any]
) -> None:
    """Blame a time that no term reaches, its extension included."""
    bounds: dict[str, tuple[str, Any]] = {
        "month": ("valid.months", valid.get("months") and valid["months"] + valid["extension_months"]),
        "nth_day": ("valid.days", valid.get("days") and valid["days"] + _MONTH * valid["extension_months"]),
        "day": ("valid.until", _furthest(valid)),
    }
    limit, most = bounds[name.split("_", 1)[1]]
    if most is not None and value > most:
        problems.blame(here, path, f"lies beyond {limit}")


def _furthest(valid: dict[str, Any]) -> str | None:
    """Return the last day to which a term may last that ends on a fixed one; None where it does not."""
    until = valid.get("until")
    if until is None:
        return None
    longest = _LONGEST_BREAK if valid.get("ends") == "working_day" else timedelta()
    return (clock.add_months(date.fromisoformat(until), valid["extension_months"]) + longest).isoformat()


def _breaks_off(
    problems: Problems, here: yaml.Node, path: str, tier: dict[str, Any], last: dict[str, Any] | None
) -> bool:
    """Blame a tier that does not follow on the one before it of the same kind; tell whether it is one."""
    first, end = _span(tier)
    if first == "from_day":
        expected: int | str | None = _day_after(last[end]) if last else None
    else:
        expected = last[end] + 1 if last else 1
    if expected is None or tier[first] == expected:
        return False
    problems.blame(child(here, first), f"{path}.{first}", f"must be {expected}: tiers follow on")
    return True


def _day_after(day: str) -> str:
    return (date.fromisoformat(day) + timedelta(days=1)).isoformat()


def _check_bands(problems: Problems, node: yaml.Node, body: dict[str, Any]) -> None:
    _check_rising(problems, child(node, "leftover"), "leftover", body["leftover"] or [])
    _check_times(problems, node, body)
    _check_not_parted(problems, node, body)
    lapse = body["lapse"]
    if lapse is None or lapse["bands"] is None:
        return
    here = child(node, "lapse")
    _check_rising(problems, child(here, "bands"), "lapse.bands", lapse["bands"])
    if lapse["effect"] == "claim":
        return
    if lapse["effect"] != "cash":
        problems.blame(child(here, "bands"), "lapse.bands", "only means something with effect: cash")
    if isinstance(here, yaml.MappingNode):
        for key, _value in here.value:
            if word := {"rate": "rate", "bonus": "claw_back"}.get(key.value):
                reason = f"is what bands say themselves: write {word} in them"
                problems.blame(key, f"lapse.{key.value}", reason)


def _check_rising(problems: Problems, here: yaml.Node, path: str, bands: list[dict[str, Any]]) -> None:
    for place, band in enumerate(bands):
        node, at = child(here, place, word_of(band)), f"{path}[{place}].{word_of(band)}"
        if place == 0 and "spent_above" in band:
            problems.blame(node, at, "must be spent_from: 0%, for the first band is of a voucher never used")
        elif place == 0 and band["spent_from"] != 0:
            problems.blame(node, at, "must be 0%: the first band begins with a voucher never used")
        if place == 0 and "left_up_to" in band:
            reason = "must not stand here: the first band is for any sum that is left"
            problems.blame(child(here, place, "left_up_to"), f"{path}[{place}].left_up_to", reason)
        if place == 0 and _times(band):
            reason = "must not say its time: the first band is for any time of the term, so write "
            reason += "{spent_from: 0%, rate: 0%} before it"
            problems.blame(child(here, place), f"{path}[{place}]", reason)
        if "rate_beyond" in band and "rate_up_to" not in band:
            reason = "only means something with rate_up_to"
            problems.blame(child(here, place, "rate_beyond"), f"{path}[{place}].rate_beyond", reason)
        is_first_wrong = place == 1 and (word_of(bands[0]) == "spent_above" or bands[0]["spent_from"] != 0)
        if place and not is_first_wrong and not _is_narrower(band, bands[place - 1]):
            problems.blame(node, at, "must be above the band before, or the same with a lower left_up_to")


def _times(band: dict[str, Any]) -> dict[str, Any]:
    return {name: band[name] for span in SPANS for name in span if name in band}


def _check_times(problems: Problems, node: yaml.Node, body: dict[str, Any]) -> None:
    for place, band in enumerate(body["leftover"] or []):
        _check_window(problems, child(node, "leftover", place), f"leftover[{place}]", band, body["valid"])
    for word in HANDS:
        if isinstance(body[word], dict):
            _check_window(problems, child(node, word), word, body[word], body["valid"])


def _check_window(
    problems: Problems, here: yaml.Node, path: str, said: dict[str, Any], valid: dict[str, Any]
) -> None:
    """Blame days that are counted in two ways, end before they begin, or that no term reaches."""
    spans = [span for span in SPANS if any(name in said for name in span)]
    if len(spans) > 1:
        problems.blame(here, path, "counts its time in two ways: by months, by nth days, or by days")
    for first, last in spans:
        if first in said and last in said and said[last] < said[first]:
            problems.blame(child(here, last), f"{path}.{last}", f"comes before {first}")
        for name in {first, last} & said.keys():
            _check_limit(problems, child(here, name), f"{path}.{name}", name, said[name], valid)


def _is_narrower(band: dict[str, Any], before: dict[str, Any]) -> bool:
    """Tell whether a band is reached later than the one before it, which it could not replace otherwise."""
    if _times(band) and _times(band) != _times(before):
        return True
    if reach(band) != reach(before):
        return reach(band) > reach(before)
    return "left_up_to" in band and band["left_up_to"] < before.get("left_up_to", math.inf)


def _check_not_parted(problems: Problems, node: yaml.Node, body: dict[str, Any]) -> None:
    """A voucher that may be split could be parted until each part is small enough to be paid out unused."""
    if not may_split(body):
        return
    for where in (("leftover",), ("lapse", "bands")):
        bands = (body["leftover"] if len(where) == 1 else body["lapse"] and body["lapse"]["bands"]) or []
        for place, band in enumerate(bands):
            if "left_up_to" in band and reach(band) == START and band["rate"]:
                path = f"{'.'.join(where)}[{place}].left_up_to"
                reason = "needs spent_from above 0%, because a voucher may be split until so little is left"
                problems.blame(child(node, *where, place, "left_up_to"), path, reason)
            elif "left_up_to" in band and band.get("spent_of") == "household" and band["rate"]:
                path = f"{'.'.join(where)}[{place}].left_up_to"
                reason = "must not stand beside spent_of: household, because a voucher may be split"
                problems.blame(child(node, *where, place, "left_up_to"), path, reason)
            if "most_yuan" in band and (band["rate"] or band.get("rate_beyond")):
                path = f"{'.'.join(where)}[{place}].most_yuan"
                reason = "needs splits: 0, because each part of a voucher that is split is paid so much"
                problems.blame(child(node, *where, place, "most_yuan"), path, reason)


def _check_days(problems: Problems, node: yaml.Node, body: dict[str, Any]) -> None:
    scheme = body["scheme"]
    order = (("issue_from", "issue_until"), ("issue_from", "buy_until"), ("issue_until", "buy_until"))
    for first, last in order:
        if scheme[first] and scheme[last] and scheme[last] < scheme[first]:
            problems.blame(child(node, "scheme", last), f"scheme.{last}", f"comes before {first}")
    for place, one in enumerate(body["face"]):
        if "parts" in one and not {"rate", *WORDS} & one.keys():
            here = child(node, "face", place, "parts")
            problems.blame(here, f"face[{place}].parts", "only means something with rate, brackets or slices")
        _check_sizes(problems, child(node, "face", place), f"face[{place}]", one, must_rise=False)
        kept = [word for word in ("kept_from", "kept_above") if word in one]
        if kept and not one["lost_on"]:
            here = child(node, "face", place, kept[0])
            problems.blame(here, f"face[{place}].{kept[0]}", "only means something with lost_on")
        if len(kept) > 1:
            here = child(node, "face", place, kept[1])
            problems.blame(here, f"face[{place}].{kept[1]}", "may have only kept_from or kept_above")
        if "lost" in one and not kept:
            here = child(node, "face", place, "lost")
            problems.blame(here, f"face[{place}].lost", "only means something with kept_from")
        _check_signed(problems, child(node, "face", place), f"face[{place}]", one)
        if one["most_yuan"] is not None and one.get("least_yuan", 0) > one["most_yuan"]:
            here = child(node, "face", place, "least_yuan")
            problems.blame(here, f"face[{place}].least_yuan", "lies above most_yuan")


def _check_splits(problems: Problems, node: yaml.Node, body: dict[str, Any]) -> None:
    splits = body["splits"]
    if isinstance(splits, dict) and splits.get("least_share", 0) > 5_000:
        reason = "must be at most 50%: a voucher is split into two at least"
        problems.blame(child(node, "splits", "least_share"), "splits.least_share", reason)
    if isinstance(splits, dict) and splits["floor"] and splits["floor"]["yuan_per_m2"] is None:
        reason = "is missing: what a part still buys is reckoned in ㎡ by it"
        problems.blame(child(node, "splits", "floor"), "splits.floor.yuan_per_m2", reason)


CHECKS: Final[tuple[Callable[[Problems, yaml.Node, dict[str, Any]], None], ...]] = (
    _check_valid,
    check_extension,
    _check_bonuses,
    check_use,
    check_limits,
    check_fits,
    _check_bands,
    check_whose,
    check_claims,
    check_settlements,
    check_rates,
    _check_days,
    _check_splits,
)
