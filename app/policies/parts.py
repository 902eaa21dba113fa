"""Parts of stored policy bodies as rules; a part means the same in every schema version that has it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any, Final, TypeAlias

from app.policies import fitting
from app.policies.brackets import WORDS, Brackets
from app.policies.changes import AreaFloor, InheritanceRule
from app.policies.face_rules import FaceRule
from app.policies.interest import EndingInterest, InterestRule, Rates
from app.policies.limits import After, Limit
from app.policies.reach import reach
from app.policies.rounding import rounding
from app.policies.schema import SPANS, WITHIN
from app.policies.settling import APPLIED, LateRule, SettlementRule, Tranche, Within
from app.policies.tiers import BonusRule, Cap, Step, TierRule, Window
from app.policies.within import WithinArea

Said: TypeAlias = Mapping[str, Any]
KEPT: Final = frozenset({"kept_from", "kept_above"})
"""By which words an addition says from where on it is kept."""


def bonus(said: Said, path: str) -> BonusRule:
    """Return how a bonus at a path is earned."""
    size = said.get("face_size", {})
    area, first = said.get("home_area") or {}, said.get("first_homes") or {}
    return BonusRule(
        base=said["base"],
        paid=said["paid"],
        fixed_by=said["fixed_by"],
        is_protected=said["delay"] == "protected",
        tiers=tuple(
            replace(tier, is_to_working_day=said.get("ends") == "working_day")
            for tier in tiers(said["tiers"], f"{path}.tiers")
        ),
        caps=caps(said["caps"], f"{path}.caps"),
        per=said.get("per", "household"),
        area_above_m2=_m2(area.get("above")),
        area_up_to_m2=_m2(area.get("up_to")),
        path=path,
        parts=frozenset(said["parts"]) if "parts" in said else None,
        vat_bp=said.get("without_vat", 0),
        within=_within_area(said, path),
        counted_from=said.get("counted_from", "start"),
        areas=areas(said.get("areas", "any")),
        rounding=rounding(said.get("rounding")),
        stage=said.get("stage"),
        first_homes=first.get("most"),
        first_homes_of=first.get("of", "voucher"),
        is_spent_of_household=said.get("spent_of") == "household",
        is_on_earning=said.get("spent_on") == "earning",
        is_of_transferee=said.get("earned_by") == "transferee",
        paid_after=said.get("paid_after"),
        is_spared=said.get("claw_back") == "never",
        signed_from=day(said.get("signed_from")),
        signed_to=day(said.get("signed_to")),
        grace_days=said.get("grace_working_days", said.get("grace_days", 0)),
        grace_word="grace_working_days" if "grace_working_days" in said else "grace_days",
        face_above_fen=size.get("above"),
        face_up_to_fen=size.get("up_to"),
    )


def _within_area(said: Said, path: str) -> WithinArea | None:
    """Return up to how many ㎡ a bonus is earned; what any of its tiers is for uses them up."""
    if "within_area" not in said:
        return None
    one, kinds = said["within_area"], [tier.get("kinds") for tier in said["tiers"]]
    if isinstance(one, str):
        of, m2 = one, "0"
    elif "m2" in one:
        of, m2 = one.get("of", "household"), one["m2"]
    else:
        of, m2 = "residents", one["m2_a_head"]
    every = frozenset(kind for listed in kinds for kind in listed or ()) if all(kinds) else None
    return WithinArea(of, Decimal(m2), f"{path}.within_area", every)


def caps(said: Sequence[Said], path: str) -> tuple[Cap, ...]:
    """Return the limits that stand at a path."""
    return tuple(
        Cap(
            cap["of"],
            cap.get("yuan"),
            cap.get("share_of_face"),
            f"{path}[{place}]",
            cap.get("share_of_price"),
            cap.get("yuan_per_m2"),
            cap.get("yuan_per_entitled_m2"),
            cap.get("yuan_per_resident"),
            cap.get("yuan_per_home_m2"),
            cap.get("share_of_faces"),
            cap.get("share_of_compensation"),
            frozenset(cap["parts"]) if "parts" in cap else None,
        )
        for place, cap in enumerate(said)
    )


def window(said: Said) -> Window | None:
    """Return the days that a band names, None where it names none."""
    if not any(name in said for span in SPANS for name in span):
        return None
    return Window(
        from_month=said.get("from_month"),
        to_month=said.get("to_month"),
        from_nth_day=said.get("from_nth_day"),
        to_nth_day=said.get("to_nth_day"),
        from_day=day(said.get("from_day")),
        to_day=day(said.get("to_day")),
    )


def limits(said: Sequence[Said]) -> tuple[Limit, ...]:
    """Return how much vouchers may pay for kinds of stock."""
    return tuple(
        Limit(
            f"limits[{place}]",
            frozenset(one["kinds"]) if "kinds" in one else None,
            one.get("share_of_price"),
            one.get("share_of_face"),
            one.get("yuan"),
            one.get("of") == "household",
            _after(one.get("after")),
            one.get("number"),
            one.get("of") == "home",
            one.get("stage"),
        )
        for place, one in enumerate(said)
        if not any(word in one for word in fitting.WORDS)
    )


def _after(said: Said | None) -> After | None:
    """Return what must be bought first, None where nothing must."""
    if said is None:
        return None
    is_share = bool({"spent_from", "spent_above"} & said.keys())
    return After(frozenset(said["kinds"]), reach(said) if is_share else None)


def tiers(said: Sequence[Said], path: str) -> tuple[TierRule, ...]:
    """Return the tiers that stand at a path."""
    return tuple(_tier(tier, f"{path}[{place}]") for place, tier in enumerate(said))


def _tier(said: Said, path: str) -> TierRule:
    return TierRule(
        from_month=said.get("from_month"),
        to_month=said.get("to_month"),
        rate_bp=said.get("rate", 0),
        fen_per_m2=said.get("yuan_per_m2", said.get("yuan_per_resident", 0)),
        from_day=day(said.get("from_day")),
        to_day=day(said.get("to_day")),
        kinds=frozenset(said["kinds"]) if said.get("kinds") else None,
        least_spent_bp=reach(said, least="least_spent").bp,
        is_above="spent_above" in said,
        path=path,
        from_nth_day=said.get("from_nth_day"),
        to_nth_day=said.get("to_nth_day"),
        fixed_fen=said.get("yuan", 0),
        least_fen=said.get("least_yuan", 0),
        steps=tuple(
            Step(reach(step).bp, step["rate"], f"{path}.steps[{place}]", reach(step).is_above)
            for place, step in enumerate(said.get("steps", ()))
        ),
        brackets=brackets(said, path),
        interest=_held(said.get("interest"), f"{path}.interest"),
        caps=caps(said.get("caps", ()), f"{path}.caps"),
    )


def brackets(said: Said, path: str) -> Brackets | None:
    """Return rates by size, None where a file says none."""
    word = next((word for word in WORDS if word in said), None)
    if word is None:
        return None
    rows = tuple((one["above"], one["rate"]) for one in said[word])
    return Brackets(rows, word != "brackets", f"{path}.{word}", is_of_face=word == "slices_of_face")


def face(said: Sequence[Said]) -> tuple[FaceRule, ...]:
    """Return what is added to a compensation to make a face."""
    return tuple(
        FaceRule(
            rate_bp=one.get("rate", 0),
            fixed_fen=one.get("yuan", 0),
            fen_per_m2=one.get("yuan_per_m2", 0),
            fen_per_entitled_m2=one.get("yuan_per_entitled_m2", 0),
            fen_per_resident=one.get("yuan_per_resident", 0),
            brackets=brackets(one, f"face[{place}]"),
            fill_to_fen=one.get("fill_to"),
            most_face_fen=one.get("most_face"),
            most_fen=one["most_yuan"],
            least_fen=one.get("least_yuan", 0),
            rounding=rounding(one.get("rounding")),
            lost_on=frozenset(one["lost_on"]),
            kept_from_bp=one.get("kept_above", one.get("kept_from")),
            is_kept_above="kept_above" in one,
            is_lost_whole=bool(KEPT & one.keys()) and one.get("lost", "whole") == "whole",
            parts=frozenset(one["parts"]) if "parts" in one else None,
            signed_from=day(one["signed_from"]),
            signed_to=day(one["signed_to"]),
            path=f"face[{place}]",
        )
        for place, one in enumerate(said)
    )


def interest(said: Said | Sequence[Said] | None) -> EndingInterest | None:
    """Return what interest a payout bears, None where a file says nothing of it."""
    if said is None:
        return None
    if isinstance(said, Mapping):
        line, most_bp = _line(said, "interest"), said.get("most_share")
        return EndingInterest((line,), rounding(said.get("rounding")), most_bp)
    lines = tuple(_line(one, f"interest[{place}]") for place, one in enumerate(said))
    return EndingInterest(lines, rounding(said[0].get("rounding")), said[0].get("most_share"))


def _line(said: Said, path: str) -> InterestRule:
    return InterestRule(
        *_rate(said),
        from_event=said["from"],
        on=frozenset(said["on"]),
        rates=_rates(said),
        path=path,
        months=_months(said),
        terms=_by_months(said, "terms"),
        is_last_day_in_term=said.get("terms_on") == "day_after",
        slices=_by_months(said, "slices"),
        to_event=said.get("to", "paid"),
        only=said.get("only"),
        is_rate_of_last=_is_rate_of_last(said),
    )


def _held(said: Said | None, path: str) -> InterestRule | None:
    """Return at which rates a tier pays interest on what is spent, None where it pays none."""
    if said is None:
        return None
    return InterestRule(
        *_rate(said),
        from_event="start",
        on=frozenset(),
        to_event=said.get("to", "lock"),
        rates=_rates(said),
        path=path,
        months=_months(said),
        terms=_by_months(said, "terms"),
        is_last_day_in_term=said.get("terms_on") == "day_after",
        slices=_by_months(said, "slices"),
        is_rate_of_last=_is_rate_of_last(said),
    )


def _by_months(said: Said, word: str) -> tuple[tuple[int, int], ...]:
    """Return the rates by how long interest ran that stand under a word; none where it is left out."""
    return tuple((one["months"], one["rate"]) for one in said.get(word, ()))


def settlements(said: Said | Sequence[Said] | None) -> tuple[SettlementRule, ...]:
    """Return how developers are paid, by one rule or by several; none where a file says nothing of it."""
    if said is None:
        return ()
    if isinstance(said, Mapping):
        return (_settlement(said, "settlement"),)
    return tuple(_settlement(one, f"settlement[{place}]") for place, one in enumerate(said))


def _settlement(said: Said, path: str) -> SettlementRule:
    return SettlementRule(
        to=said["to"],
        tranches=tuple(
            Tranche(
                event=tranche["event"],
                share_bp=tranche["share"],
                within=_within(tranche["pay_within"]),
                path=f"{path}.tranches[{place}]",
                interest=_borne(tranche.get("interest"), f"{path}.tranches[{place}].interest"),
                is_from_application=tranche["pay_within"].get("from") == APPLIED,
            )
            for place, tranche in enumerate(said["tranches"])
        ),
        late=_borne(said["late_interest"], f"{path}.late_interest"),
        stage=said.get("stage"),
        kinds=frozenset(said["kinds"]) if "kinds" in said else None,
        path=path,
    )


def _within(said: Said) -> Within:
    unit = next(unit for unit in WITHIN if unit in said)
    return Within(said[unit], unit, said.get("day"))


def _borne(said: Said | None, path: str) -> LateRule | None:
    if not said:
        return None
    whole, of_last = rounding(said.get("rounding")), _is_rate_of_last(said)
    most_bp = said.get("most_share")
    return LateRule(*_rate(said), _rates(said), path, _months(said), of_last, whole, most_bp)


def inheritance(said: Said | None) -> InheritanceRule:
    """Return who inherits: where a file says nothing of it, whoever the law says."""
    if said is None:
        return InheritanceRule(is_said=False)
    return InheritanceRule(
        heirs=kin_or_any(said["heirs"]),
        is_term_suspended=said["term"] == "suspended",
        most_days=said["most_days"],
    )


def area_floor(said: Said | None, path: str) -> AreaFloor | None:
    """Return how many ㎡ a head must remain, None where a file says nothing of it."""
    return AreaFloor(Decimal(said["m2_a_head"]), said["yuan_per_m2"], path) if said else None


def kin_or_any(said: str | Sequence[str]) -> frozenset[str] | None:
    """Return the kin that are listed; None for anybody."""
    return None if isinstance(said, str) else frozenset(said)


def areas(said: str | Sequence[str]) -> frozenset[str] | None:
    """Return the codes of districts, ``own`` for the issuing one; None for anywhere."""
    if said == "any":
        return None
    return frozenset({said} if isinstance(said, str) else said)


def day(said: str | None) -> date | None:
    """Return a day, None where there is none."""
    return date.fromisoformat(said) if said else None


def _rate(said: Said) -> tuple[int, int]:
    """Return the rate in millionths, and of how many days, or months: of one where it is a rate of one."""
    year = 12 if _months(said) else int(said["days_in_year"])
    return said.get("rate", 0), year if said["per"] == "year" else 1


def _months(said: Said) -> str | None:
    """Return how a file counts months, None where it counts days."""
    counted: str = said.get("count", "months" if said["per"] == "month" else "days")
    return None if counted == "days" else counted


def _rates(said: Said) -> Rates:
    """Return from which days on which rates hold, in millionths; none where one holds for ever."""
    return tuple((date.fromisoformat(one["from_day"]), one["rate"]) for one in said.get("rates", ()))


def _is_rate_of_last(said: Said) -> bool:
    """Tell whether the rate of the last day holds for all days."""
    return bool(said.get("rates_on") == "last_day")


def _m2(said: str | None) -> Decimal | None:
    return Decimal(said) if said else None
