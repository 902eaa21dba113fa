"""Words of a policy that hold and hardly ever come about: told, never refused. Pure."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, Final

from app.core import clock
from app.policies.checks import bonuses_of
from app.policies.settlement_checks import settlements_of
from app.policies.settling import PROGRESS
from app.policies.spending import homes_of, most_spent
from app.policies.unreachable import leasts_above_caps, path_of

Said = Mapping[str, Any]
Told = Iterator[tuple[str, str]]
_SOONEST: Final = 6
"""So many months pass at least from a voucher to the certificate of the home that it buys."""
_DAYS: Final = 183
"""The same in days."""


def hardly(body: Said) -> Told:
    """Yield the paths of words that nobody, or hardly anybody, gets to, each with the reason."""
    yield from _of_slices(body)
    yield from _of_certificates(body)
    yield from _of_second_hand(body)
    for at, cap, yuan, is_never in leasts_above_caps(body):
        if not is_never:
            yield path_of(at), f"lies above {cap} of {yuan} yuan: one voucher alone is never paid so much"
    if not homes_of(body):
        yield "usable_on", "names no home: is a voucher for spaces alone meant?"


def _of_slices(body: Said) -> Told:
    """Tell of slices of the face that lie above what limits let be spent of it."""
    most = most_spent(body)
    for _where, path, bonus in bonuses_of(body):
        for place, tier in enumerate(bonus["tiers"]):
            for turn, one in enumerate(tier.get("slices_of_face", ())):
                if one["above"] >= most:
                    reason = f"is never reached: limits let {most / 100:g}% of the face be spent"
                    yield f"{path}.tiers[{place}].slices_of_face[{turn}].above", reason


def _of_certificates(body: Said) -> Told:
    """Tell of tiers that are over before there is a certificate, and the payment waits for it."""
    first = body["scheme"]["issue_from"]
    soonest = first and clock.add_months(date.fromisoformat(first), _SOONEST).isoformat()
    bounds = {"to_month": _SOONEST, "to_nth_day": _DAYS, "to_day": soonest}
    for _where, path, bonus in bonuses_of(body):
        if bonus["fixed_by"] != "paid" or "paid_after" not in bonus:
            continue
        for place, tier in enumerate(bonus["tiers"]):
            word = next(one for one in bounds if one in tier)
            if bounds[word] and tier[word] <= bounds[word]:
                reason = "is hardly ever there: paid_after waits for the certificate, and the day of the "
                yield f"{path}.tiers[{place}].{word}", f"{reason}payment decides"


def _of_second_hand(body: Said) -> Told:
    """Tell of tranches that wait for a building's progress, and pay for second-hand homes, too."""
    if "used_home" not in body["usable_on"]:
        return
    for _where, path, rule in settlements_of(body):
        kinds = rule.get("kinds") or body["usable_on"]
        if rule.get("stage") == "presale" or "used_home" not in kinds:
            continue
        for place, tranche in enumerate(rule["tranches"]):
            if tranche["event"] in PROGRESS:
                reason = (
                    f"waits for {tranche['event']}, and used_home is past it: it counts from the write-off"
                )
                yield f"{path}.tranches[{place}].event", reason
