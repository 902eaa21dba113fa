"""What contradicts itself in a policy file, or can never be: a slip of whoever wrote it."""

import math
from collections.abc import Iterator, Mapping
from typing import Any

import yaml

from app.policies.band_checks import bands_of
from app.policies.checks import bonuses_of
from app.policies.hand_checks import takers
from app.policies.reach import reach
from app.policies.schema import PAID, SPANS
from app.policies.settlement_checks import settlements_of
from app.policies.shape import Problems, child
from app.policies.spending import homes_of, last_day, share_of
from app.policies.tiers import SPACES
from app.policies.unreachable import At, path_of, unreachable

Said = Mapping[str, Any]


def check_contradictions(problems: Problems, node: yaml.Node, body: dict[str, Any]) -> None:
    """Blame every word that leaves nothing to be done by the policy, or by itself."""
    found = [*_of_days(body), *_of_use(body), *_of_bonuses(body), *_of_bands(body)]
    for at, reason in [
        *found,
        *_of_faces(body),
        *_of_endings(body),
        *_of_hands(body),
        *_of_tranches(body),
        *unreachable(body),
    ]:
        problems.blame(child(node, *at), path_of(at), reason)


def _of_days(body: Said) -> Iterator[At]:
    first, last = body["scheme"]["issue_from"], last_day(body)
    if first and last and last < first:
        words = ("until", "announced_on")
        word = next(one for one in words if body["valid"].get(one))
        yield ("valid", word), "ends before scheme.issue_from: no voucher could be used"


def _of_use(body: Said) -> Iterator[At]:
    if not homes_of(body) and body.get("spaces") != "alone":
        reason = "names no home beside which a space could be bought: add home, or spaces: alone"
        yield ("usable_on",), reason
    for place, limit in enumerate(body.get("limits", ())):
        word = next((one for one in ("share_of_price", "share_of_face", "yuan") if one in limit), None)
        if word and not limit[word]:
            reason = "is 0, so nothing could be bought: take these kinds out of usable_on instead"
            yield ("limits", place, word), reason
    least = body.get("first_purchase", 0)
    most = max((share_of(body, kind) for kind in homes_of(body)), default=10_000)
    if least > most:
        reason = f"lies above the {most / 100:g}% that limits let be spent on a home: no first one could be"
        yield ("first_purchase",), reason
    if not body["price"]["ceiling_share"] and body["price"]["ceiling"] == "filed":
        yield ("price", "ceiling_share"), "is 0%, so no price would do"


def _nothing_fits(where: tuple[str | int, ...], bonus: Said) -> Iterator[At]:
    """Yield the sizes of homes, of faces and of areas that nothing has."""
    for word in ("home_area", "face_size"):
        most = (bonus.get(word) or {}).get("up_to")
        if most is not None and not float(most):
            yield (*where, word, "up_to"), "is 0, so nothing could earn the bonus"
    within = bonus.get("within_area")
    for word in ("m2_a_head", "m2"):
        if isinstance(within, dict) and not float(within.get(word, 1)):
            yield (*where, "within_area", word), "is 0, so nothing could earn the bonus"


def _of_bonuses(body: Said) -> Iterator[At]:
    for where, _path, bonus in bonuses_of(body):
        yield from _nothing_fits(where, bonus)
        kinds = {kind for tier in bonus["tiers"] for kind in tier["kinds"] or body["usable_on"]}
        if kinds and kinds <= SPACES:
            if "first_homes" in bonus:
                yield (*where, "first_homes"), "leaves no bonus: parking and storage are no homes"
            elif bonus["base"] == "fixed" and bonus["per"] == "home":
                yield (*where, "per"), "leaves no bonus: parking and storage are no homes"
        for place, tier in enumerate(bonus["tiers"]):
            here = (*where, "tiers", place)
            yield from _exceeded(here, tier)
            for turn, step in enumerate(tier.get("steps", ())):
                yield from _exceeded((*here, "steps", turn), step)


def _exceeded(here: tuple[str | int, ...], said: Said) -> Iterator[At]:
    for word in ("spent_above", "kept_above"):
        if said.get(word) == 10_000:
            yield (*here, word), "cannot be exceeded: 100% is all there is"


def _of_bands(body: Said) -> Iterator[At]:
    for where, bands in bands_of(body):
        for place, band in enumerate(bands):
            yield from _exceeded((*where, place), band)
            later = next((i for i in range(place + 1, len(bands)) if _covers(bands[i], band)), None)
            if later is not None:
                over = path_of((*where, later))
                yield (*where, place), f"never counts: {over} holds whenever it does, and the last one counts"


def _covers(later: Said, band: Said) -> bool:
    """Tell whether one band holds wherever another does."""
    if reach(later) > reach(band) or later.get("left_up_to", math.inf) < band.get("left_up_to", math.inf):
        return False
    spans = [span for span in SPANS if any(name in later for name in span)]
    return all(_is_within(band, later, first, last) for first, last in spans)


def _is_within(inner: Said, outer: Said, first: str, last: str) -> bool:
    """Tell whether the time that one band names lies within that of another, counted in the same way."""
    begins = first not in outer or (first in inner and inner[first] >= outer[first])
    ends = last not in outer or (last in inner and inner[last] <= outer[last])
    return begins and ends


def _of_faces(body: Said) -> Iterator[At]:
    if set(PAID) <= set(body.get("face_without", ())):
        yield ("face_without",), "leaves nothing of the compensation in the face: no voucher could be issued"
    for place, one in enumerate(body["face"]):
        yield from _exceeded(("face", place), one)


def _of_endings(body: Said) -> Iterator[At]:
    lapse = body["lapse"]
    own = lapse["give_up"] if lapse is not None and isinstance(lapse["give_up"], dict) else None
    for at, said, instead in (
        (("lapse",), lapse, "effect: void"),
        (("lapse", "give_up"), own, "give_up: refused"),
    ):
        if said is not None and said["effect"] == "cash" and not said["rate"]:
            yield (*at, "rate"), f"is 0%, so cash pays nothing: write {instead}"


def _of_transferees(body: Said) -> Iterator[At]:
    """A bonus of who takes over is of what one purchase spends, and only once another is lost."""
    transfers = body["transfers"] if isinstance(body["transfers"], dict) else {"times": 0, "bonus": "kept"}
    for where, _path, bonus in bonuses_of(body):
        if bonus.get("earned_by") != "transferee":
            continue
        if bonus["base"] != "spent":
            yield (*where, "earned_by"), "only means something with base: spent"
        if not (transfers["times"] or "kin" in transfers) or transfers["bonus"] == "kept":
            reason = "earns nobody anything: no transfer loses the bonus, so write transfers with bonus"
            yield (*where, "earned_by"), reason


def _not_among_takers(transfers: Said) -> Iterator[At]:
    """Kin that a bonus, or a count of their own, is for, and to whom nobody may transfer."""
    bonus, who = transfers["bonus"], takers(transfers)
    kept_by = bonus["kept_by"] if isinstance(bonus, dict) else ()
    to_kin = transfers["kin"]["to"] if "kin" in transfers else ()
    for place, kin in enumerate(kept_by):
        at = ("transfers", "bonus", "kept_by", place)
        if who is not None and kin not in who and to_kin and not transfers["times"]:
            yield at, f"is {kin}, and transfers.kin does not name it"
        elif who is not None and kin not in who:
            yield at, f"is {kin}, and transfers.to does not name it"
    for place, kin in enumerate(to_kin):
        if transfers["to"] != "any" and kin not in transfers["to"]:
            yield ("transfers", "kin", "to", place), f"is {kin}, and transfers.to does not name it"


def _of_hands(body: Said) -> Iterator[At]:
    yield from _of_transferees(body)
    transfers, heirs = body["transfers"], body["inheritance"]
    if isinstance(transfers, dict) and transfers["to"] == ["self"]:
        yield ("transfers", "to"), "names only the holder: write who may take the voucher over"
    if isinstance(transfers, dict):
        yield from _not_among_takers(transfers)
    if heirs is not None and heirs["heirs"] == ["self"]:
        yield ("inheritance", "heirs"), "names only the holder: write who inherits"
    if heirs is not None and heirs["term"] != "suspended" and heirs["most_days"] is not None:
        yield ("inheritance", "most_days"), "only means something with term: suspended"
    splits = body["splits"]
    if isinstance(splits, dict) and (splits["floor"] or {}).get("yuan_per_m2") == 0:
        yield ("splits", "floor", "yuan_per_m2"), "is 0, so no part would buy any area: write a price"


def _of_tranches(body: Said) -> Iterator[At]:
    for where, _path, rule in settlements_of(body):
        for place, tranche in enumerate(rule["tranches"]):
            if not tranche["share"]:
                yield (*where, "tranches", place, "share"), "is 0%: leave the tranche out"
