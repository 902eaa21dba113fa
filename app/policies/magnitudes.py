"""Sums, shares and areas that hold and are likely of another unit: 万 left out, 折 as a percentage. Pure."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

from app.policies.band_checks import bands_of
from app.policies.brackets import WORDS
from app.policies.checks import bonuses_of
from app.policies.interest_checks import lines_of
from app.policies.settlement_checks import settlements_of

Said = Mapping[str, Any]
Told = Iterator[tuple[str, str]]
_FEW_FEN: Final = 100_000
"""No paper caps, adds or pays a sum below so much; those are written in 万."""
_FEW_BP: Final = 5_000
"""Nobody lets a home go below half its filed price."""
_DEAR_FEN: Final = 30_000_000
"""No home costs so much a ㎡."""
_MUCH_AID_FEN: Final = 3_000_000
"""Nobody is given so much for a ㎡."""
_A_SQUARE_METRE: Final = ("yuan_per_m2", "yuan_per_entitled_m2", "yuan_per_home_m2")
_FEW_OF_INTEREST_BP: Final = 10
"""No paper ends interest before it comes to a thousandth of what bears it."""
_DEPOSIT_PPM: Final = 1_000
"""So much a year, or less, a deposit at call bears."""
_LEAST_PPM: Final = 3_000
"""Nobody pays less a year on a sum for months: such a rate is likelier that of a month, or of a day."""
_FEW_OF_AREA_BP: Final = 5_000
_MANY_OF_AREA_BP: Final = 30_000
"""An area that homes may have is half of what agreements say at least, and three times it at most."""
_MANY_M2: Final = 200
"""Nobody has so many ㎡ a head by right."""
_MANY_M2_OF: Final = {"household": 1_000, "home": 500}
"""No paper pays a bonus for so many ㎡ of all homes of a household, or of one."""
_SUMS: Final = ("yuan", "fill_to", "most_face", "most_yuan", "least_yuan")


def magnitudes(body: Said) -> Told:
    """Yield the paths of sums, shares and areas that are likely of another unit, each with the reason."""
    for path, said in _with_sums(body):
        for word in _SUMS:
            fen = said.get(word)
            if fen and fen < _FEW_FEN:
                yield f"{path}.{word}", _few(fen)
    yield from _of_square_metres(body)
    yield from _of_most_shares(body)
    yield from _of_low_rates(body)
    yield from _of_price(body)
    yield from _of_areas(body)
    yield from _of_transferees(body)


def _of_square_metres(body: Said) -> Told:
    """Tell of sums a ㎡ that no home costs, and of aid a ㎡ above what one costs in most cities."""
    prices = [(f"limits[{place}]", one) for place, one in enumerate(body.get("limits", ()))]
    for word in ("transfers", "splits"):
        floor = body[word]["floor"] if isinstance(body[word], dict) else None
        prices.append((f"{word}.floor", floor or {}))
    for path, one in prices:
        fen = one.get("yuan_per_m2") or 0
        if 0 < fen < _FEW_FEN:
            yield f"{path}.yuan_per_m2", _few(fen)
        elif fen > _DEAR_FEN:
            yield f"{path}.yuan_per_m2", _many(fen)
    for path, one in _with_sums(body):
        for word in _A_SQUARE_METRE if not path.startswith("limits") else ():
            if one.get(word, 0) > _MUCH_AID_FEN:
                yield f"{path}.{word}", _many(one[word])


def _of_most_shares(body: Said) -> Told:
    """Tell of limits of interest that let hardly any be borne."""
    said = [(path, line) for _at, path, line in lines_of(body)]
    for _where, path, rule in settlements_of(body):
        said += [(f"{path}.late_interest", rule["late_interest"] or {})]
        for place, tranche in enumerate(rule["tranches"]):
            said.append((f"{path}.tranches[{place}].interest", tranche.get("interest") or {}))
    for path, one in said:
        if 0 < one.get("most_share", 0) < _FEW_OF_INTEREST_BP:
            yield f"{path}.most_share", f"is {one['most_share'] / 100:g}% of what bears it: is it so little?"


def _of_low_rates(body: Said) -> Told:
    """Tell of interest a year at a rate that papers have for a month: on what is spent or left, or paid late.

    What is left may bear what a deposit at call does (活期).
    """
    borne = [(path, line) for _at, path, line in lines_of(body)]
    for _where, path, bonus in bonuses_of(body):
        for place, tier in enumerate(bonus["tiers"]):
            borne.append((f"{path}.tiers[{place}].interest", tier.get("interest") or {}))
    owed: list[tuple[str, Said]] = []
    for _where, path, rule in settlements_of(body):
        owed.append((f"{path}.late_interest", rule["late_interest"] or {}))
        for place, tranche in enumerate(rule["tranches"]):
            owed.append((f"{path}.tranches[{place}].interest", tranche.get("interest") or {}))
    for said, least_ppm in ((borne, _DEPOSIT_PPM), (owed, 0)):
        for path, one in said:
            word, ppm = _highest_rate(one)
            if one.get("per") == "year" and least_ppm < ppm < _LEAST_PPM:
                rate, of_year = f"{ppm / 10_000:g}%", f"{ppm * 12 / 10_000:g}%"
                reason = f"is {rate} a year: if it is the rate of a month, write {of_year} or per: month"
                yield f"{path}.{word}", reason


def _highest_rate(said: Said) -> tuple[str, int]:
    """Return the highest rate of interest in millionths, and the word that says it."""
    word = next((one for one in ("rates", "terms", "slices") if one in said), "rate")
    rows = [row["rate"] for row in said[word]] if word != "rate" else [said.get("rate", 0)]
    return word, max(rows)


def _many(fen: int) -> str:
    much, hundredth = (f"{Decimal(one) / 100:f}" for one in (fen, fen // 100))
    return f"is {much} yuan a ㎡: did you mean {hundredth}?"


def _few(fen: int) -> str:
    few = f"{Decimal(fen) / 100:f}"
    return f"is {few} yuan: did you mean {few}万 = {fen * 100}?"


def _with_sums(body: Said) -> Iterator[tuple[str, Said]]:
    for name in ("face", "limits", "bonus_caps"):
        yield from ((f"{name}[{place}]", one) for place, one in enumerate(body.get(name) or ()))
    for _where, path, bonus in bonuses_of(body):
        yield from ((f"{path}.caps[{place}]", cap) for place, cap in enumerate(bonus["caps"]))
        for place, tier in enumerate(bonus["tiers"]):
            at = f"{path}.tiers[{place}]"
            yield at, tier
            yield from ((f"{at}.caps[{turn}]", cap) for turn, cap in enumerate(tier.get("caps", ())))
    for where, bands in bands_of(body):
        yield from ((f"{'.'.join(where)}[{place}]", band) for place, band in enumerate(bands))
    if isinstance(body["splits"], dict):
        yield "splits", body["splits"]


def _of_price(body: Said) -> Told:
    share = body["price"]["ceiling_share"]
    if body["price"]["ceiling"] == "filed" and 0 < share < _FEW_BP:
        more = f", did you mean {share / 10:g}%?" if share < 1_000 else ": is it so little?"
        yield "price.ceiling_share", f"is {share / 100:g}% of the filed price{more}"


def _of_areas(body: Said) -> Told:
    said = [(f"{path}.within_area", bonus.get("within_area")) for _where, path, bonus in bonuses_of(body)]
    for word in ("transfers", "splits"):
        if isinstance(body[word], dict):
            said.append((f"{word}.floor", body[word]["floor"]))
    for place, line in enumerate(body.get("limits", ())):
        said.append((f"limits[{place}].total_area", line.get("total_area")))
    for path, one in said:
        if not isinstance(one, dict):
            continue
        if Decimal(one.get("m2_a_head", 0)) > _MANY_M2:
            yield f"{path}.m2_a_head", f"is {one['m2_a_head']} ㎡ a head: is it so much?"
        elif "m2" in one and Decimal(one["m2"]) > _MANY_M2_OF[one.get("of", "household")]:
            whose = one.get("of", "household")
            yield f"{path}.m2", f"is {one['m2']} ㎡ a {whose}: is it so much?"
        elif Decimal(one.get("plus_m2", 0)) > _MANY_M2:
            yield f"{path}.plus_m2", f"is {one['plus_m2']} ㎡ more: is it so much?"
        elif not _FEW_OF_AREA_BP <= one.get("share", 10_000) <= _MANY_OF_AREA_BP:
            yield f"{path}.share", f"is {one['share'] / 100:g}% of an area: is it meant so?"


def _of_transferees(body: Said) -> Told:
    """Tell of a bonus that who takes a voucher over earns at a higher rate than holders do."""
    by_whom: dict[bool, list[tuple[str, Said]]] = {True: [], False: []}
    for _where, path, bonus in bonuses_of(body):
        if bonus["base"] in ("spent", "spent_total"):
            by_whom[bonus.get("earned_by") == "transferee"].append((path, bonus))
    most = sum(max((_highest(tier) for tier in one["tiers"]), default=0) for _path, one in by_whom[False])
    for path, taken in by_whom[True] if most else ():
        for place, tier in enumerate(taken["tiers"]):
            if _highest(tier) > most:
                reason = f"is above the {most / 100:g}% that holders earn: are the two mixed up?"
                yield f"{path}.tiers[{place}]", reason


def _highest(tier: Said) -> int:
    rows = [row["rate"] for word in ("steps", *WORDS) for row in tier.get(word, ())]
    return max([tier["rate"], *rows] if "rate" in tier else rows, default=0)
