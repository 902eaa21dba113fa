"""Words of a policy that stand there and change nothing: worth a second look, never refused. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from app.policies.adoption import not_carried_out
from app.policies.band_checks import bands_of
from app.policies.cap_checks import caps_of_nothing, caps_without_effect, lists_of_caps
from app.policies.checks import bonuses_of
from app.policies.doubts import doubts
from app.policies.fit_checks import figure_of, fits_without_effect
from app.policies.fitting import WORDS
from app.policies.hand_checks import may_transfer
from app.policies.interest_checks import lines_of
from app.policies.reach import START, reach
from app.policies.spent_on_checks import is_for_some, of_all_homes
from app.policies.split_checks import (
    capped_parts,
    rounded_parts,
    small_sums,
    taken_back,
    taken_back_of_parts,
    taking,
    uneven_totals,
)
from app.policies.tiers import SPACES
from app.policies.use_checks import may_split

Said = Mapping[str, Any]
_OTHERWISE: Final = {"after", *WORDS}
"""Words of a limit that is no sum and no share."""


def worth_a_look(body: Said) -> list[tuple[str, str]]:
    """Return the paths of words that hold and still surprise whoever lives by them, each with the reason."""
    found = [(path, f"has no effect: {reason}") for path, reason in without_effect(body)]
    found += doubts(body)
    refused = "is refused by adopt: a price is settled before that day is known; write delay: protected, or "
    found += [(path, f"{refused}paid: cash") for path in not_carried_out(body)]
    whole = [
        path
        for _where, path, bonus in bonuses_of(body)
        if bonus.get("rounding", "fen") != "fen" and bonus["paid"] == "price" and bonus["tiers"]
    ]
    if whole and not body["top_up"]:
        reason = "some prices fall short by less than it is rounded to, and top_up: [] lets nobody add it"
        found.append((f"{whole[0]}.rounding", reason))
    if _merges_nothing(body):
        reason = "vouchers of other agreements are not merged, because something is earned once by agreements"
        found.append(("merges.of", reason))
    begins_anew = may_split(body) and not _parts_past(body)
    found += small_sums(body) if begins_anew else ()
    if begins_anew and any(_counted_of_voucher(body)):
        reason = "what is split off, or parted among heirs, counts as never used: a bonus or cap of a "
        reason += (
            "voucher, and parts of the face spent, begin anew; with past: parted they count in proportion"
        )
        unsaid = "; adopt refuses a file that does not say past" if is_past_unsaid(body) else ""
        found.append(("splits", reason + unsaid))
    if begins_anew:
        reason = "what is split off buys as many again; of: household counts all vouchers together"
        found += [(path, reason) for path in _numbers_of_voucher(body)]
    found += taken_back_of_parts(body, begins_anew=begins_anew)
    found += capped_parts(body, begins_anew=begins_anew)
    found += uneven_totals(body, begins_anew=begins_anew)
    found += rounded_parts(body)
    found += of_all_homes(body)
    for _at, path, line in lines_of(body):
        if begins_anew and "only" in line:
            found.append((f"{path}.only", "what is split off a voucher counts as unused"))
    found += [(path, "lets nothing be earned: it is 0") for path in caps_of_nothing(body)]
    for path, caps in lists_of_caps(body):
        for place, cap in enumerate(caps):
            if cap["of"] == "household" and "share_of_face" in cap:
                reason = "takes the face of the voucher that pays; share_of_faces takes all of the household"
                found.append((f"{path}[{place}].share_of_face", reason))
    found += _of_faces_given(body)
    return found


def _of_faces_given(body: Said) -> Iterator[tuple[str, str]]:
    """Yield the caps that go by who holds the vouchers, where one may go to another household."""
    for path, caps in lists_of_caps(body) if _gives_away(body) else ():
        for place, cap in enumerate(caps):
            if "share_of_faces" in cap:
                reason = "takes the faces of who holds the vouchers: one that is given away after its "
                reason += "household earned all of it lets who takes it earn of that face again"
                yield f"{path}[{place}].share_of_faces", reason


def _gives_away(body: Said) -> bool:
    """Tell whether a voucher, or a part of one, may go to another household."""
    return may_split(body) or may_transfer(body)


def _is_within_shared(bonus: Said) -> bool:
    """Tell whether all homes of a household use up the ㎡ for which a bonus is paid."""
    within = bonus.get("within_area")
    return within is not None and not (isinstance(within, dict) and within.get("of") == "home")


def _merges_nothing(body: Said) -> bool:
    """Tell whether a file lets vouchers of others be merged, where only those over one agreement are."""
    merges = body["merges"]
    if not isinstance(merges, dict) or merges["of"] == "household" or not merges["times"]:
        return False
    return (
        any(
            bonus["tiers"]
            and (
                bonus["base"] in ("compensation", "old_area", "entitled_area", "residents")
                or (bonus["base"] == "fixed" and bonus["per"] == "household")
                or _is_within_shared(bonus)
            )
            for _where, _path, bonus in bonuses_of(body)
        )
        or any(
            cap["of"] == "household" and not {"share_of_face", "share_of_faces"} & cap.keys()
            for _path, caps in lists_of_caps(body)
            for cap in caps
        )
        or any("total_area" in line and figure_of(line) is None for line in body.get("limits", ()))
    )


def _numbers_of_voucher(body: Said) -> Iterator[str]:
    """Yield what says how much stock one voucher buys, where each part of it may buy as much."""
    most = body["homes"]
    if isinstance(most, int) or (most or {}).get("of") == "voucher":
        yield "homes"
    for place, limit in enumerate(body.get("limits", ())):
        if "number" in limit and limit.get("of", "voucher") == "voucher":
            yield f"limits[{place}].number"


def is_past_unsaid(body: Said) -> bool:
    """Tell whether a split may begin a bonus, cap or band anew, and a file does not say whether it does."""
    splits = body["splits"]
    is_said = isinstance(splits, dict) and "past" in splits
    return may_split(body) and not is_said and any(_counted_of_voucher(body))


def _parts_past(body: Said) -> bool:
    splits = body["splits"]
    return isinstance(splits, dict) and splits.get("past") == "parted"


def _counted_of_voucher(body: Said) -> Iterator[bool]:
    """Tell of each word that goes by what one voucher earned, or by which part of its face it spent."""
    for _where, _path, bonus in bonuses_of(body):
        tiers = bonus["tiers"]
        yield bool(tiers) and bonus["base"] == "face"
        yield bool(tiers) and bonus["base"] == "fixed" and bonus["per"] == "voucher"
        yield bool(tiers) and bonus.get("first_homes", {}).get("of") == "voucher"
        for tier in tiers:
            asks = bool(tier["least_spent"] or {"steps", "spent_above"} & tier.keys())
            yield asks and bonus.get("spent_of") != "household"
            yield "slices_of_face" in tier
            yield any(cap["of"] == "voucher" for cap in tier.get("caps", ()))
        yield bool(tiers) and any(cap["of"] == "voucher" for cap in bonus["caps"])
    yield any(cap["of"] == "voucher" for cap in body["bonus_caps"])
    bands = [*(body["leftover"] or ()), *((body["lapse"] or {}).get("bands") or ())]
    yield any(reach(band) > START and band.get("spent_of") != "household" for band in bands)
    yield any({"kept_from", "kept_above"} & one.keys() for one in body["face"])
    yield any(taken_back(body))


def without_effect(body: Said) -> list[tuple[str, str]]:
    """Return the paths of words that change nothing in a body that holds, each with the reason."""
    of_money = [*_of_bonuses(body), *caps_without_effect(body), *_of_signing(body), *_of_bands(body)]
    return [
        *of_money,
        *_of_use(body),
        *_of_price(body),
        *_of_endings(body),
        *_of_rounding(body),
        *_of_hands(body),
    ]


def _of_bonuses(body: Said) -> Iterator[tuple[str, str]]:
    for _where, path, bonus in bonuses_of(body):
        if not bonus["tiers"]:
            if bonus["caps"]:
                yield f"{path}.caps", "there are no tiers"
            for word in sorted({"claw_back", "ends", "paid_after", "spent_on"} & bonus.keys()):
                yield f"{path}.{word}", "there are no tiers"
            continue
        yield from _spared_of_nothing(path, bonus, body)
        yield from _on_every_home(path, bonus, body)
        if bonus["delay"] == "counts" and bonus["fixed_by"] in ("lock", "agreement"):
            yield f"{path}.delay", f"nobody delays the {bonus['fixed_by']}"
        graced = next((word for word in ("grace_days", "grace_working_days") if word in bonus), None)
        if graced and bonus["delay"] == "counts" and bonus["fixed_by"] in ("filed", "verified"):
            yield f"{path}.{graced}", f"the day that it is {bonus['fixed_by']} decides, whatever delays it"
        if bonus.get("spent_of") and not any(
            tier["least_spent"] or {"steps", "spent_above"} & tier.keys() for tier in bonus["tiers"]
        ):
            yield f"{path}.spent_of", "no tier asks how much is spent"
        if bonus["counted_from"] != "start" and "from_day" in bonus["tiers"][0]:
            yield f"{path}.counted_from", "the tiers are days of the calendar"
    if body["bonus_caps"] and not any(
        bonus["paid"] == "price" and bonus["tiers"] for _where, _path, bonus in bonuses_of(body)
    ):
        yield "bonus_caps", "no bonus counts towards the price"


def _spared_of_nothing(path: str, bonus: Said, body: Said) -> Iterator[tuple[str, str]]:
    if "claw_back" in bonus and not any(taking(body)):
        yield f"{path}.claw_back", "no ending takes anything of a bonus back"


def _on_every_home(path: str, bonus: Said, body: Said) -> Iterator[tuple[str, str]]:
    if "spent_on" in bonus and not is_for_some(bonus, body["usable_on"]):
        yield f"{path}.spent_on", "the bonus is for every home"


def _of_signing(body: Said) -> Iterator[tuple[str, str]]:
    until = body["scheme"]["issue_until"]
    faces = [(f"face[{place}]", one) for place, one in enumerate(body["face"])]
    for path, one in [*faces, *((path, bonus) for _where, path, bonus in bonuses_of(body))]:
        if until and (one.get("signed_from") or until) > until:
            yield f"{path}.signed_from", f"vouchers are issued until {until}"


def _of_who_and_where(body: Said) -> Iterator[tuple[str, str]]:
    for place, one in enumerate(body.get("areas_of", ())):
        if one["areas"] == body["areas"]:
            yield f"areas_of[{place}]", "areas says the same"
    if set(body["buyers"]) == set(body.get("one_buyer_of", ())):
        yield "one_buyer_of", "every buyer is one of these"


def _of_use(body: Said) -> Iterator[tuple[str, str]]:
    if "working_days" in body["hold"] and body["hold"]["ends"] == "working_time":
        yield "hold.ends", "working days end on one anyway"
    if "loan_days" in body["hold"] and not {"loan", "fund"} & set(body["top_up"]):
        yield "hold.loan_days", "top_up names neither loan nor fund"
    if body["areas"] == ["own"]:
        yield "areas", "a list of own alone is areas: own"
    if body.get("first_purchase") == 0:
        yield "first_purchase", "0% asks for nothing"
    limits = [(place, one) for place, one in enumerate(body.get("limits", ())) if not _OTHERWISE & one.keys()]
    for place, limit in limits:
        if any(
            _is_tighter(one, limit, body) and (_most(one), at) < (_most(limit), place) for at, one in limits
        ):
            yield f"limits[{place}]", "another line limits the same more tightly"
        elif _most(limit) == 10_000 and "yuan" not in limit:
            yield f"limits[{place}]", "100% limits nothing"
    yield from fits_without_effect(body)
    yield from _after_home(body)
    yield from _of_who_and_where(body)
    yield from _of_spaces(body)


def _of_spaces(body: Said) -> Iterator[tuple[str, str]]:
    buys_any = bool(SPACES & set(body["usable_on"]))
    for word in ("spaces_a_home", "spaces"):
        if body.get(word) is not None and not buys_any:
            yield word, "usable_on names neither parking nor storage"
    if "spaces" in body["hold"] and not (buys_any and body.get("spaces") == "alone"):
        yield "hold.spaces", "no space is bought alone"
    elif (most := _most_spaces(body)) is not None and (body["hold"].get("spaces") or 0) >= most:
        yield "hold.spaces", f"limits let a household buy no more than {most}"


def _most_spaces(body: Said) -> int | None:
    """Return how many spaces, of all kinds together, a household may buy at most; None for any number."""
    kinds = SPACES & set(body["usable_on"])
    lines = [
        (set(line.get("kinds", body["usable_on"])), line["number"])
        for line in body.get("limits", ())
        if "number" in line and line.get("of") == "household"
    ]
    of_all = [most for of, most in lines if kinds <= of]
    each = [min((most for of, most in lines if kind in of), default=None) for kind in kinds]
    known = [most for most in each if most is not None]
    return min([*of_all, *([sum(known)] if known and len(known) == len(each) else [])], default=None)


def _is_tighter(one: Said, limit: Said, body: Said) -> bool:
    """Tell whether a limit holds for all that another holds for, by the same measure, and is no looser."""
    whole = body["usable_on"]
    covers = set(limit.get("kinds", whole)) <= set(one.get("kinds", whole))
    alike = one.get("of", "voucher") == limit.get("of", "voucher") and _measure(one) == _measure(limit)
    covers = covers and one.get("stage") in (None, limit.get("stage"))
    return covers and alike and _most(one) <= _most(limit)


def _measure(limit: Said) -> frozenset[str]:
    return frozenset(limit.keys() - {"kinds", "of", "stage"})


def _most(limit: Said) -> int:
    return max(int(most) for word, most in limit.items() if word not in ("kinds", "of", "stage"))


def _after_home(body: Said) -> Iterator[tuple[str, str]]:
    """Tell of spaces that wait for a home, which they stand beside anyway."""
    homes = set(body["usable_on"]) - SPACES
    if body.get("spaces") == "alone":
        return
    for place, limit in enumerate(body.get("limits", ())):
        first = limit.get("after")
        if first is None or {"spent_from", "spent_above"} & first.keys():
            continue
        if set(limit["kinds"]) <= SPACES and homes <= set(first["kinds"]):
            yield f"limits[{place}].after", "spaces are bought beside a home of the same voucher anyway"


def _of_price(body: Said) -> Iterator[tuple[str, str]]:
    price = body["price"]
    if price["floor"] == "exempt" and not price["floor_share"]:
        yield "price.floor", "there is no floor"
    if price["ceiling"] == "none" and price["ceiling_share"] != 10_000:
        yield "price.ceiling_share", "there is no ceiling"


def _of_endings(body: Said) -> Iterator[tuple[str, str]]:
    lapse = body["lapse"]
    pays = {
        "leftover": bool(body["leftover"]) and any(band["rate"] for band in body["leftover"]),
        "lapse": lapse is not None and lapse["effect"] != "void",
        "give_up": _may_pay(lapse),
    }
    for path, said in (("lapse", lapse), ("lapse.give_up", _own(lapse))):
        if said is not None and said["effect"] != "cash" and said["rate"] != 10_000:
            yield f"{path}.rate", f"the effect is {said['effect']}"
        if said is not None and said["effect"] == "void" and said["bonus"] != "kept":
            yield f"{path}.bonus", "nothing is paid that it could be taken off"
    for place, one in enumerate(body["face"]):
        idle = (how for how in one["lost_on"] if not pays[how])
        yield from ((f"face[{place}].lost_on", f"{how} pays nothing") for how in idle)
    for _at, path, line in lines_of(body):
        for how in line["on"]:
            if not pays[how]:
                yield f"{path}.on", f"{how} pays nothing"
            elif line["from"] == "term_end" and how != "lapse":
                yield f"{path}.on", f"{how} comes before the term ends"
            elif how == "leftover" and line.get("only") == "unused" and not _pays_unused(body):
                yield f"{path}.only", "leftover pays nothing of a voucher never used"


def _of_rounding(body: Said) -> Iterator[tuple[str, str]]:
    lapse = body["lapse"]
    in_cash = [one for one in (lapse, _own(lapse)) if one is not None and one["effect"] in ("cash", "claim")]
    if body.get("payout_rounding", "fen") != "fen" and not in_cash and not body["leftover"]:
        yield "payout_rounding", "nothing is paid out in cash"


def _own(lapse: Said | None) -> Said | None:
    """Return the terms of its own that giving up has, None where it has none."""
    return lapse["give_up"] if lapse is not None and isinstance(lapse["give_up"], dict) else None


def _of_bands(body: Said) -> Iterator[tuple[str, str]]:
    for where, bands in bands_of(body):
        for place, band in enumerate(bands):
            if "most_yuan" in band and not band["rate"] and not band.get("rate_beyond"):
                yield f"{'.'.join(where)}[{place}].most_yuan", "the band pays nothing"
        if any(reach(band) > START for band in bands):
            continue
        for place, band in enumerate(bands):
            if "spent_of" in band:
                yield f"{'.'.join(where)}[{place}].spent_of", "no band asks how much is spent"


def _pays_unused(body: Said) -> bool:
    """Tell whether a voucher of which nothing is spent is paid out at any time within the term."""
    return any(band["rate"] for band in body["leftover"] if reach(band) == START)


def _may_pay(lapse: Said | None) -> bool:
    """Tell whether giving a voucher up pays anything."""
    if lapse is None or lapse["give_up"] == "refused":
        return False
    return bool((_own(lapse) or lapse)["effect"] != "void")


def _of_hands(body: Said) -> Iterator[tuple[str, str]]:
    for word in ("transfers", "merges"):
        if isinstance(body[word], dict) and not (body[word]["times"] or "kin" in body[word]):
            yield word, "it may be done no time"
    splits = body["splits"]
    if not isinstance(splits, dict) or splits["times"]:
        return
    if "past" in splits:
        yield "splits.past", "where nothing may be split, the parts of heirs count as parted whatever it says"
    else:
        yield "splits", "it may be done no time"
