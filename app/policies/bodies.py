"""Stored policy bodies as rules; every schema version that was ever adopted keeps its reader."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

from app.policies import reader
from app.policies.bands import ClaimBand
from app.policies.changes import MergeRule, SplitRule, TransferRule
from app.policies.fitting import fits_of
from app.policies.parts import (
    area_floor,
    areas,
    bonus,
    caps,
    day,
    face,
    inheritance,
    interest,
    kin_or_any,
    limits,
    settlements,
    tiers,
    window,
)
from app.policies.reach import reach
from app.policies.rounding import rounding
from app.policies.rules import AreasOf, Band, BonusRule, LapseRule, Policy


def parse(text: str) -> Policy:
    """Return the policy of a file's text. Raises PolicyFileInvalid, naming lines and paths."""
    return from_body(reader.read(text))


def from_body(body: Mapping[str, Any]) -> Policy:
    """Return the policy of a stored body, whichever schema version it was written with.

    Raises KeyError for a version that no reader knows.
    """
    return _READERS[body["schema"]](body)


def _from_version_1(body: Mapping[str, Any]) -> Policy:
    """Version 1 knew no limit of homes held at once, and no least share."""
    return _from_version_2({**body, "hold": {**body["hold"], "homes": None, "least_share": 0}})


def _from_version_2(body: Mapping[str, Any]) -> Policy:
    """Version 2 knew months from issue, the sum spent and the day of the lock, no more."""
    return Policy(
        code=body["code"],
        title=body["title"],
        source=body["source"],
        valid_months=body["valid"]["months"],
        bonus=BonusRule(tiers=tiers(body["bonus"]["tiers"], "bonus.tiers")),
        hold_days=body["hold"]["days"],
        hold_homes=body["hold"]["homes"],
        least_share_bp=body["hold"]["least_share"],
        usable_on=frozenset(body["usable_on"]),
    )


def _from_version_3(body: Mapping[str, Any]) -> Policy:
    valid, hold = body["valid"], body["hold"]
    return Policy(
        code=body["code"],
        title=body["title"],
        source=body["source"],
        valid_months=valid.get("months"),
        valid_until=day(valid.get("until")),
        start_event=valid["from"],
        announced_on=day(valid["announced_on"]),
        extension_months=valid["extension_months"],
        bonus=bonus(body["bonus"], "bonus"),
        hold_days=hold.get("days"),
        hold_hours=hold.get("hours"),
        hold_working_days=hold.get("working_days"),
        is_hold_in_working_time=hold["ends"] == "working_time",
        hold_loan_days=hold.get("loan_days", 0),
        hold_homes=hold["homes"],
        least_share_bp=hold["least_share"],
        usable_on=frozenset(body["usable_on"]),
        areas=areas(body["areas"]),
        buyers=frozenset(body["buyers"]),
        most_homes=body["homes"],
        top_ups=frozenset(body["top_up"]),
        leftover=None if body["leftover"] is None else _bands(body["leftover"], "leftover"),
        lapse=None if body["lapse"] is None else _lapse(body["lapse"]),
        is_filed_price_ceiling=body["price"]["ceiling"] == "filed",
        floor_share_bp=body["price"]["floor_share"],
        transfers=TransferRule(body["transfers"]),
        splits=_splits(body["splits"]),
        merges=MergeRule(body["merges"]),
    )


def _from_version_4(body: Mapping[str, Any]) -> Policy:
    """Version 4 says of version 3's words the same, and more."""
    several = body["bonus"] if isinstance(body["bonus"], list) else None
    first = several[0] if several else body["bonus"]
    whole = {**body, "bonus": first, "transfers": 0, "splits": 0, "merges": 0}
    price, scheme = body["price"], body["scheme"]
    return replace(
        _from_version_3(whole),
        extension_reach=reach(body["valid"], least="extension_spent_from", above="extension_spent_above"),
        valid_days=body["valid"].get("days"),
        ends_on_working_day=body["valid"].get("ends") == "working_day",
        issue_from=day(scheme["issue_from"]),
        issue_until=day(scheme["issue_until"]),
        buy_until=day(scheme["buy_until"]),
        face=face(body["face"]),
        face_without=frozenset(body.get("face_without", ())),
        bonus=bonus(first, "bonus[0]" if several else "bonus"),
        more_bonuses=tuple(bonus(one, f"bonus[{place}]") for place, one in enumerate(several or ()) if place),
        bonus_caps=caps(body["bonus_caps"], "bonus_caps"),
        areas_of=tuple(
            AreasOf(frozenset(one["kinds"]), areas(one["areas"]), f"areas_of[{place}].areas")
            for place, one in enumerate(body.get("areas_of", ()))
        ),
        one_buyer_of=frozenset(body["one_buyer_of"]) if "one_buyer_of" in body else None,
        most_homes=body["homes"]["most"] if isinstance(body["homes"], dict) else body["homes"],
        homes_of=body["homes"]["of"] if isinstance(body["homes"], dict) else "voucher",
        first_purchase_bp=body.get("first_purchase", 0),
        spaces_a_home=body.get("spaces_a_home"),
        spaces_alone=body.get("spaces") == "alone",
        hold_spaces=_hold_spaces(body),
        limits=limits(body.get("limits", ())),
        fits=fits_of(body.get("limits", ())),
        payout_rounding=rounding(body.get("payout_rounding")),
        interest=interest(body["interest"]),
        ceiling_share_bp=price["ceiling_share"],
        is_exempt_from_floor=price["floor"] == "exempt",
        may_late_settlement_raise=body["equal_treatment"]["late_settlement"] == "may_raise",
        transfers=_transfers(body["transfers"]),
        splits=_splits(body["splits"]),
        merges=_merges(body["merges"]),
        inheritance=inheritance(body["inheritance"]),
        settlements=settlements(body["settlement"]),
    )


def _hold_spaces(body: Mapping[str, Any]) -> int | None:
    """Return how many spaces alone a household holds at once: unsaid as many as homes."""
    if body.get("spaces") != "alone":
        return None
    hold = body["hold"]
    most: int | None = hold["spaces"] if "spaces" in hold else hold["homes"] or _SPACES_UNSAID
    return most


def _transfers(said: int | Mapping[str, Any]) -> TransferRule:
    if isinstance(said, int):
        return TransferRule(said)
    return TransferRule(
        times=said["times"],
        to=kin_or_any(said["to"]),
        needs_register=said["register"] == "needed",
        bonus_kept_by=_kept_by(said["bonus"]),
        floor=area_floor(said["floor"], "transfers.floor"),
        **_occasion(said),
        kin=frozenset(said["kin"]["to"]) if "kin" in said else frozenset(),
        kin_times=said["kin"]["times"] if "kin" in said else 0,
    )


def _kept_by(said: str | Mapping[str, Any]) -> frozenset[str] | None:
    """Return which kin keep a bonus; None for whoever it is."""
    if isinstance(said, Mapping):
        return frozenset(said["kept_by"])
    return None if said == "kept" else frozenset()


def _splits(said: int | Mapping[str, Any]) -> SplitRule:
    if isinstance(said, int):
        return SplitRule(said, is_past_parted=not said)
    floor = area_floor(said["floor"], "splits.floor")
    is_past_parted = said.get("past") == "parted" or not said["times"]
    least = said.get("least_yuan", 0), said.get("least_share", 0)
    more = _occasion(said)
    return SplitRule(said["times"], said["parts"], floor, least[0], is_past_parted, least[1], **more)


def _merges(said: int | Mapping[str, Any]) -> MergeRule:
    if isinstance(said, int):
        return MergeRule(said)
    return MergeRule(said["times"], said["of"], **_occasion(said))


def _occasion(said: Mapping[str, Any]) -> dict[str, Any]:
    """Return when something may be asked for, and whether of unused vouchers alone."""
    return {"is_unused_only": said.get("only") == "unused", "window": window(said)}


def _bands(bands: list[Mapping[str, Any]], path: str) -> tuple[Band, ...]:
    return tuple(
        Band(
            reach(band).bp,
            band["rate"],
            None if band["claw_back"] == "part" else band["claw_back"],
            f"{path}[{place}]",
            band.get("left_up_to"),
            window(band),
            band.get("rate_up_to"),
            band.get("rate_beyond", 0),
            band.get("spent_of") == "household",
            reach(band).is_above,
            band.get("most_yuan"),
        )
        for place, band in enumerate(bands)
    )


_SPACES_UNSAID: Final = 3
"""So many spaces alone are held at once where a policy limits neither them nor the homes."""
_TAKEN_BP: Final = {"kept": 0, "returned": 10_000, "part": None}
"""Which share of a bonus an ending takes back."""


def _lapse(lapse: Mapping[str, Any]) -> LapseRule:
    return LapseRule(
        effect=lapse["effect"],
        rate_bp=lapse["rate"],
        claw_back_bp=_TAKEN_BP[lapse["bonus"]],
        may_give_up=lapse["give_up"] != "refused",
        bands=_bands(lapse.get("bands") or [], "lapse.bands"),
        give_up=None if isinstance(lapse["give_up"], str) else _give_up(lapse["give_up"]),
        within=tuple(
            ClaimBand(one["rate"], f"lapse.within[{place}]", one.get("months"), one.get("days", 0))
            for place, one in enumerate(lapse.get("within", ()))
        ),
        after=lapse.get("after"),
    )


def _give_up(said: Mapping[str, Any]) -> LapseRule:
    return LapseRule(
        said["effect"], said["rate"], _TAKEN_BP[said["bonus"]], may_give_up=True, path="lapse.give_up"
    )


_READERS: Final[dict[int, Callable[[Mapping[str, Any]], Policy]]] = {
    1: _from_version_1,
    2: _from_version_2,
    3: _from_version_3,
    4: _from_version_4,
}
