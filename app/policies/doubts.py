"""Words of a policy that stand there and are likely not meant so: told, never refused. Pure."""

import math
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any, Final

from app.policies.band_checks import bands_of
from app.policies.brackets import WORDS
from app.policies.checks import bonuses_of
from app.policies.extension_checks import extension_doubts
from app.policies.face_checks import cash_doubts
from app.policies.hand_checks import kin_doubts, takers, whole_term
from app.policies.hardly import hardly
from app.policies.interest_checks import lines_of
from app.policies.magnitudes import magnitudes
from app.policies.reach import reach
from app.policies.schema import HANDS, SPANS
from app.policies.settlement_checks import settlements_of
from app.policies.settling import PROGRESS, REGISTERED
from app.policies.spending import last_day, most_spent, share_of
from app.policies.split_checks import taken_back
from app.policies.tiers import SPACES

Said = Mapping[str, Any]
Told = Iterator[tuple[str, str]]
_USUAL_PPM: Final = 240_000
"""What a year bears at most that anybody lends at; above it a rate was likelier meant for a longer time."""
_HALF: Final = 5_000
"""A bonus of more than half is likelier 5% that became 50%, or 80% that was 8%."""
_IN_TURN: Final = ("contract", "filed", "verified", "handover", "certificate")
"""Events of a purchase that come in this order; those of the building come when they come."""
_BEFORE: Final = 24
"""So many months before its term begins a voucher's agreement is signed, or the old home left, at most."""
_AFTER: Final = 12
"""So many months after its term a voucher is paid out at most."""
_LIVED_IN: Final = ("home", "used_home", "apartment")


def doubts(body: Said) -> Told:
    """Yield the paths of words that hold, and are likely slips, each with the reason."""
    yield from _of_term(body)
    yield from _of_moved_term(body)
    yield from extension_doubts(body)
    yield from _of_times(body)
    yield from _of_shares(body)
    yield from _of_numbers(body)
    yield from _of_limits(body)
    yield from _of_worths(body)
    yield from _of_bands(body)
    yield from _of_interest(body)
    yield from _of_hands(body)
    yield from _of_developers(body)
    yield from _said_twice(body)
    yield from magnitudes(body)
    yield from hardly(body)


def _of_term(body: Said) -> Told:
    valid, scheme = body["valid"], body["scheme"]
    word = next((one for one in ("until", "announced_on") if valid.get(one)), None)
    last = last_day(body, is_extended=False)
    if word and scheme["issue_until"] and last and last < scheme["issue_until"]:
        yield (
            f"valid.{word}",
            f"ends on {last}, before scheme.issue_until: what is issued later is over at once",
        )
    if scheme["buy_until"] and "until" in valid and scheme["buy_until"] < valid["until"]:
        yield "valid.until", "lies after scheme.buy_until, which ends every term"


def _of_moved_term(body: Said) -> Told:
    """Tell of tiers that end with the term, and do not move on to its next working day with it."""
    valid = body["valid"]
    if valid.get("ends") != "working_day":
        return
    most = {"to_month": valid.get("months", 0) + valid["extension_months"], "to_nth_day": valid.get("days")}
    for _where, path, bonus in bonuses_of(body):
        for place, tier in enumerate(bonus["tiers"]):
            word = next((one for one in most if one in tier), None)
            if word and tier[word] == most[word] and bonus.get("ends") != "working_day":
                reason = "earns nothing on the days to which the term moves on: "
                yield f"{path}.tiers[{place}].{word}", f"{reason}ends: working_day in the bonus moves it, too"


def _of_times(body: Said) -> Told:
    """Tell of days of the calendar on which no voucher of this policy can buy, or be paid out."""
    scheme, last = body["scheme"], last_day(body)
    for _where, path, bonus in bonuses_of(body):
        first, end = scheme["issue_from"], last
        if bonus["fixed_by"] == "agreement":
            first = max(bonus.get("signed_from", ""), "") or None
            end = min((day for day in (bonus.get("signed_to"), scheme["issue_until"]) if day), default=None)
        elif bonus["delay"] == "counts" and bonus["paid"] == "cash":
            end = None
        for place, tier in enumerate(bonus["tiers"]):
            yield from _never(f"{path}.tiers[{place}]", tier, first, end, "no bonus is fixed then")
    for place, band in enumerate(body["leftover"] or ()):
        yield from _never(f"leftover[{place}]", band, scheme["issue_from"], last, "no voucher is open then")
    for word in HANDS:
        if isinstance(body[word], dict):
            yield from _never(word, body[word], scheme["issue_from"], last, "no voucher is open then")
            yield from whole_term(word, body[word], body["valid"])


def _never(path: str, said: Said, first: str | None, last: str | None, reason: str) -> Told:
    if first and said.get("to_day", first) < first:
        yield f"{path}.to_day", f"lies before {first}: {reason}"
    if last and said.get("from_day", last) > last:
        yield f"{path}.from_day", f"lies after {last}: {reason}"


def _of_shares(body: Said) -> Told:
    """Tell of parts of the face that limits never let be spent, and of a first home that they do not."""
    most = most_spent(body)
    never = f"is never reached: limits let {most / 100:g}% of the face be spent"
    for path, said in _asking(body):
        word = next((one for one in ("spent_above", "kept_above") if one in said), None)
        least = next((one for one in ("spent_from", "least_spent", "kept_from") if said.get(one)), None)
        if (word and said[word] >= most) or (least and said[least] > most):
            yield f"{path}.{word or least}", never
    for kind in set(_LIVED_IN) & set(body["usable_on"]):
        if share_of(body, kind) < body.get("first_purchase", 0):
            yield (
                "first_purchase",
                f"lets nobody buy {kind} first: limits let less of the face be spent on it",
            )


def _asking(body: Said) -> Iterator[tuple[str, Said]]:
    """Yield whatever asks which part of the face is spent."""
    for _where, path, bonus in bonuses_of(body):
        for place, tier in enumerate(bonus["tiers"]):
            yield f"{path}.tiers[{place}]", tier
            for turn, step in enumerate(tier.get("steps", ())):
                yield f"{path}.tiers[{place}].steps[{turn}]", step
    for where, bands in bands_of(body):
        for place, band in enumerate(bands):
            yield f"{'.'.join(where)}[{place}]", band
    for place, one in enumerate(body["face"]):
        yield f"face[{place}]", one


def _of_numbers(body: Said) -> Told:
    """Tell of numbers of homes that are never reached, because fewer may be bought at all."""
    most = body["homes"]
    if most is None:
        return
    number, whose = (most, "voucher") if isinstance(most, int) else (most["most"], most["of"])
    said = [
        (f"limits[{place}].number", one["number"], one.get("of", "voucher"))
        for place, one in enumerate(body.get("limits", ()))
        if "number" in one and not SPACES & set(one["kinds"])
    ]
    for _where, path, bonus in bonuses_of(body):
        if "first_homes" in bonus:
            said.append(
                (f"{path}.first_homes.most", bonus["first_homes"]["most"], bonus["first_homes"]["of"])
            )
    for path, many, of in said:
        if many >= number and whose in (of, "household"):
            yield path, "has no effect: homes lets no more be bought"


def _of_limits(body: Said) -> Told:
    """Tell of a sum for each home that a voucher, or a household, never reaches."""
    limits = [(place, one) for place, one in enumerate(body.get("limits", ())) if "yuan" in one]
    for place, one in limits:
        kinds = set(one.get("kinds", body["usable_on"]))
        for at, other in limits:
            covers = kinds <= set(other.get("kinds", body["usable_on"]))
            if one.get("of") == "home" != other.get("of") and covers and other["yuan"] < one["yuan"]:
                yield f"limits[{place}].yuan", f"is above limits[{at}].yuan, which is reached first"


def _of_worths(body: Said) -> Told:
    """Tell of bonuses and additions that come to nothing, or to more than anybody pays."""
    for _where, path, bonus in bonuses_of(body):
        if bonus["tiers"] and not any(_worth(tier) for tier in bonus["tiers"]):
            yield f"{path}.tiers", "come to no bonus at all: write tiers: [] if there is none"
        for word in ("home_area", "face_size"):
            least = (bonus.get(word) or {}).get("above")
            if least is not None and not float(least):
                yield f"{path}.{word}.above", "has no effect: everything is above 0"
        if bonus.get("without_vat") == 0:
            yield f"{path}.without_vat", "has no effect: a tax of 0% is none"
        yield from _so_much(path, bonus)
    yield from _of_additions(body)
    yield from cash_doubts(body)


def _so_much(path: str, bonus: Said) -> Told:
    for place, tier in enumerate(bonus["tiers"]):
        word, most = max(_shares(tier), key=lambda one: one[1], default=("", 0))
        if most > _HALF:
            told = f"comes to {most / 100:g}% of the {bonus['base']}: is it so much?"
            yield f"{path}.tiers[{place}].{word}", told


def _of_additions(body: Said) -> Told:
    for place, one in enumerate(body["face"]):
        if not _worth(one) and not one.get("least_yuan"):
            yield f"face[{place}]", "adds nothing: leave the line out"
        for word in ("most_yuan", "most_face"):
            if one.get(word) == 0:
                yield f"face[{place}].{word}", "is 0, so the line adds nothing"
        if one.get("fill_to", 0) > one.get("most_face", math.inf):
            yield f"face[{place}].fill_to", "is never reached: most_face is lower"
        later = next((at for at, two in enumerate(body["face"]) if at > place and _shares(two)), None)
        if "fill_to" in one and later is not None:
            reason = f"is followed by face[{later}], which adds on top of it: as a rule fill_to stands last"
            yield f"face[{place}].fill_to", reason
        if one.get("kept_from") == 0:
            yield f"face[{place}].kept_from", "is 0%, so lost_on takes nothing"


def _shares(said: Said) -> list[tuple[str, int]]:
    """Return by which words a tier takes a share, with the rates."""
    rows = [(word, row["rate"]) for word in ("steps", *WORDS) for row in said.get(word, ())]
    return [("rate", said["rate"]), *rows] if "rate" in said else rows


def _worth(said: Said) -> bool:
    """Tell whether a tier, or a line of the face, comes to anything."""
    if "interest" in said:
        return any(_rates(said["interest"]))
    rows = [row["rate"] for word in ("steps", *WORDS) for row in said.get(word, ())]
    sums = (
        "rate",
        "yuan",
        "fill_to",
        "yuan_per_m2",
        "yuan_per_entitled_m2",
        "yuan_per_resident",
        "least_yuan",
    )
    return any(rows) or any(said.get(word) for word in sums)


def _of_bands(body: Said) -> Told:
    for where, bands in bands_of(body):
        path = ".".join(where)
        if bands and not any(band["rate"] or band.get("rate_beyond") for band in bands):
            instead = "leave leftover out" if path == "leftover" else "write effect: void"
            yield path, f"pays nothing: {instead}"
        for place, (before, band) in enumerate(pairwise(bands), 1):
            if (
                reach(band) > reach(before)
                and _other(band) == _other(before)
                and band["rate"] < before["rate"]
            ):
                yield (
                    f"{path}[{place}].rate",
                    "is lower than before: whoever spends more is paid less of the rest",
                )
        for place, band in enumerate(bands):
            yield from _of_band(f"{path}[{place}]", band)
    within = (body["lapse"] or {}).get("within", ())
    for place, (before, one) in enumerate(pairwise(within), 1):
        if one["rate"] >= before["rate"]:
            yield f"lapse.within[{place}].rate", "is no lower than before: nobody claims any sooner for it"


def _of_band(at: str, band: Said) -> Told:
    spent = reach(band).bp
    if spent == 10_000:
        yield f"{at}.spent_from", "is 100%, where nothing is left to be paid"
    if band.get("most_yuan") == 0 and band["rate"]:
        yield f"{at}.most_yuan", "is 0, so nothing is paid: write rate: 0%"
    if band.get("left_up_to") == 0:
        yield f"{at}.left_up_to", "is 0, where nothing is left to be paid"
    if "rate_up_to" in band and band["rate_up_to"] + spent >= 10_000:
        yield f"{at}.rate_up_to", "has no effect: no more than that is left"
    elif "rate_up_to" in band and band["rate"] == band.get("rate_beyond", 0):
        yield f"{at}.rate_beyond", "has no effect: it is the rate up to there"


def _other(band: Said) -> dict[str, Any]:
    """Return for which times and sums a band is, beside the part of the face that is spent."""
    words = {"left_up_to", *(name for span in SPANS for name in span)}
    return {name: value for name, value in band.items() if name in words}


def _of_interest(body: Said) -> Told:
    said: list[tuple[str, Said]] = [(path, line) for _at, path, line in lines_of(body)]
    for _where, path, bonus in bonuses_of(body):
        for place, tier in enumerate(bonus["tiers"]):
            if "interest" in tier:
                said.append((f"{path}.tiers[{place}].interest", tier["interest"]))
    for _where, path, rule in settlements_of(body):
        for place, tranche in enumerate(rule["tranches"]):
            if tranche.get("interest"):
                said.append((f"{path}.tranches[{place}].interest", tranche["interest"]))
        if rule["late_interest"]:
            said.append((f"{path}.late_interest", rule["late_interest"]))
    for path, one in said:
        yield from _of_rate(path, one)
    yield from _of_slices(body)


def _of_slices(body: Said) -> Told:
    """Tell of slices that begin when hardly any interest still runs."""
    valid = body["valid"]
    months = valid.get("months") or math.ceil(valid.get("days", 0) / 30)
    for _at, path, line in lines_of(body):
        if not months or line["from"] == "term_end":
            continue
        last = months + valid["extension_months"]
        last += 0 if line["from"] in ("start", valid["from"]) else _BEFORE
        last += 0 if line.get("to") == "term_end" or line["on"] == ["leftover"] else _AFTER
        for place, row in enumerate(line.get("slices", ())):
            if row["months"] >= last:
                reason = f"is hardly ever reached: the term is {months} months"
                yield f"{path}.slices[{place}].months", reason


def _of_rate(path: str, said: Said) -> Told:
    most = max(_rates(said), default=0)
    a_year = most * {"year": 1, "month": 12, "day": 365}[said["per"]]
    if not most:
        yield path, "bears nothing: its rate is 0%"
    elif a_year > _USUAL_PPM:
        yield path, f"comes to {a_year / 10_000:g}% a year: is the rate of another time meant?"
    if said["days_in_year"] == "360" and (said["per"] != "year" or said.get("count", "days") != "days"):
        yield f"{path}.days_in_year", "has no effect: no days of a year are counted"


def _rates(said: Said) -> list[int]:
    rows = [row["rate"] for word in ("rates", "terms", "slices") for row in said.get(word, ())]
    return [said["rate"]] if "rate" in said else rows


def _of_kept(transfers: Said, *, earns: bool) -> Told:
    """Tell of words about a bonus in other hands that change nothing."""
    bonus, who = transfers["bonus"], takers(transfers)
    if bonus != "kept" and not earns:
        yield "transfers.bonus", "has no effect: there is no bonus"
    elif isinstance(bonus, dict) and who is not None and who <= set(bonus["kept_by"]):
        yield "transfers.bonus", "has no effect: whoever may take it over keeps the bonus"


def _of_hands(body: Said) -> Told:
    transfers, heirs = body["transfers"], body["inheritance"] or {}
    if isinstance(transfers, dict) and transfers["to"] != "any" and "self" in transfers["to"]:
        yield "transfers.to", "names self: nobody transfers to themselves"
    if heirs and heirs["heirs"] != "any" and "self" in heirs["heirs"]:
        yield "inheritance.heirs", "names self: nobody inherits from themselves"
    earns = any(bonus["tiers"] for _where, _path, bonus in bonuses_of(body))
    if isinstance(transfers, dict):
        yield from _of_kept(transfers, earns=earns)
        yield from kin_doubts(transfers)
    for word in ("transfers", "splits"):
        floor = body[word]["floor"] if isinstance(body[word], dict) else None
        if floor and not float(floor["m2_a_head"]):
            yield f"{word}.floor", "has no effect: it asks for 0 ㎡"
    lapse = body["lapse"]
    if lapse is not None and lapse["give_up"] != "refused":
        own = lapse["give_up"] if isinstance(lapse["give_up"], dict) else lapse
        if own["effect"] == "void":
            yield "lapse.give_up", "pays nothing to who gives a voucher up: write refused, or what is paid"
    if not earns or not any(taken_back(body)):
        reason = "every bonus says claw_back: never" if earns else "there is no bonus"
        yield from (
            (f"{'.'.join(where)}[{place}].claw_back", f"has no effect: {reason}")
            for where, bands in bands_of(body)
            for place, band in enumerate(bands)
            if band["claw_back"]
        )
        if lapse is not None and lapse["bonus"] != "kept" and lapse["effect"] != "void":
            yield "lapse.bonus", f"has no effect: {reason}"


def _of_developers(body: Said) -> Told:
    for _where, path, rule in settlements_of(body):
        if rule.get("stage") == "finished" and rule["to"] == "escrow":
            reason = "is the supervised account of a pre-sale, and these homes are built: write developer"
            yield f"{path}.to", reason
        latest, name = -1, ""
        for place, tranche in enumerate(rule["tranches"]):
            event = tranche["event"]
            if rule.get("stage") == "finished" and event in PROGRESS and event != REGISTERED:
                reason = f"waits for {event}, and these homes are built: it counts from the write-off"
                yield f"{path}.tranches[{place}].event", reason
            if event in _IN_TURN:
                if _IN_TURN.index(event) < latest:
                    yield f"{path}.tranches[{place}].event", f"stands after {name}, which comes later"
                else:
                    latest, name = _IN_TURN.index(event), event


def _said_twice(body: Said) -> Told:
    """Tell of lines that are alike: each of them counts, so the household has it twice."""
    bonuses = [(path, bonus) for _where, path, bonus in bonuses_of(body) if bonus["tiers"]]
    faces = [(f"face[{place}]", one) for place, one in enumerate(body["face"])]
    for lines in (bonuses, faces, [(path, line) for _at, path, line in lines_of(body)]):
        for place, (path, one) in enumerate(lines):
            twin = next((at for at, other in lines[:place] if other == one), None)
            if twin:
                yield path, f"says the same as {twin}, and both count"
