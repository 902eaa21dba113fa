"""Stored policy bodies as rules; every schema version that was ever adopted keeps its reader."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final

from app.policies import reader
from app.policies.rules import Band, BonusRule, Cap, LapseRule, Policy, TierRule


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
        bonus=BonusRule(tiers=_tiers(body["bonus"]["tiers"])),
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
        valid_until=_day(valid.get("until")),
        start_event=valid["from"],
        announced_on=_day(valid["announced_on"]),
        extension_months=valid["extension_months"],
        bonus=_bonus(body["bonus"]),
        hold_days=hold.get("days"),
        hold_hours=hold.get("hours"),
        is_hold_in_working_time=hold["ends"] == "working_time",
        hold_homes=hold["homes"],
        least_share_bp=hold["least_share"],
        usable_on=frozenset(body["usable_on"]),
        areas=_areas(body["areas"]),
        buyers=frozenset(body["buyers"]),
        most_homes=body["homes"],
        top_ups=frozenset(body["top_up"]),
        leftover=None if body["leftover"] is None else _bands(body["leftover"]),
        lapse=None if body["lapse"] is None else _lapse(body["lapse"]),
        is_filed_price_ceiling=body["price"]["ceiling"] == "filed",
        floor_share_bp=body["price"]["floor_share"],
        transfers=body["transfers"],
        splits=body["splits"],
        merges=body["merges"],
    )


def _bonus(bonus: Mapping[str, Any]) -> BonusRule:
    return BonusRule(
        base=bonus["base"],
        paid=bonus["paid"],
        fixed_by=bonus["fixed_by"],
        is_protected=bonus["delay"] == "protected",
        tiers=_tiers(bonus["tiers"]),
        caps=tuple(
            Cap(cap["of"], cap.get("yuan"), cap.get("share_of_face"), f"bonus.caps[{place}]")
            for place, cap in enumerate(bonus["caps"])
        ),
    )


def _tiers(tiers: list[Mapping[str, Any]]) -> tuple[TierRule, ...]:
    return tuple(
        TierRule(
            from_month=tier.get("from_month"),
            to_month=tier.get("to_month"),
            rate_bp=tier.get("rate", 0),
            fen_per_m2=tier.get("yuan_per_m2", 0),
            from_day=_day(tier.get("from_day")),
            to_day=_day(tier.get("to_day")),
            kinds=frozenset(tier["kinds"]) if tier.get("kinds") else None,
            least_spent_bp=tier.get("least_spent", 0),
            path=f"bonus.tiers[{place}]",
        )
        for place, tier in enumerate(tiers)
    )


def _bands(bands: list[Mapping[str, Any]]) -> tuple[Band, ...]:
    return tuple(
        Band(band["spent_from"], band["rate"], band["claw_back"], f"leftover[{place}]")
        for place, band in enumerate(bands)
    )


def _lapse(lapse: Mapping[str, Any]) -> LapseRule:
    return LapseRule(
        effect=lapse["effect"],
        rate_bp=lapse["rate"],
        is_bonus_kept=lapse["bonus"] == "kept",
        may_give_up=lapse["give_up"] == "same",
    )


def _areas(areas: str | list[str]) -> frozenset[str] | None:
    if areas == "any":
        return None
    return frozenset({areas} if isinstance(areas, str) else areas)


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


_READERS: Final[dict[int, Callable[[Mapping[str, Any]], Policy]]] = {
    1: _from_version_1,
    2: _from_version_2,
    3: _from_version_3,
}
