"""Reads a scenario: what happens to some vouchers, on which days. Slips are named by line and path."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

import yaml

from app.policies import shape
from app.policies.errors import PolicyFileInvalid
from app.policies.reader import compose
from app.policies.schema import BUYERS, CODE, DEVELOPMENT, KIN, KINDS_OF_STOCK, PARTS, STAGES, TOP_UPS
from app.policies.settling import EVENTS
from app.policies.shape import Option, Problems, Shape, by_line, child

_NAME: Final = shape.matching(
    re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,19}", re.ASCII), "must be a short name, such as A or H1"
)
_DAY: Final = shape.day()
_YES_NO: Final = shape.word("yes", "no")
_PART: Final = shape.mapping(
    {"voucher": _NAME, "amount": shape.yuan(), "residents": Option(shape.whole(0, 99), 0)}
)
_BUYERS: Final = shape.listing(shape.word(*BUYERS), least=1, is_set=True)
_HEIR: Final = shape.mapping({"voucher": _NAME, "amount": shape.yuan(), "heir": shape.word(*KIN)})
_COMPENSATION: Final = shape.mapping({part: Option(shape.yuan(), shape.UNSAID) for part in PARTS})
_LATER: Final = {name: Option(_DAY, None) for name in EVENTS}
_TURNS: Final = {name: Option(shape.listing(_DAY), []) for name in ("applied", "paid")}

_ACTS: Final[dict[str, Shape]] = {
    "issue": shape.mapping(
        {
            "voucher": _NAME,
            "on": _DAY,
            "face": shape.yuan(),
            "compensation": shape.one_of(shape.yuan(), _COMPENSATION),
            "agreement": Option(_DAY, None),
            "vacated": Option(_DAY, None),
            "entitled_area": Option(shape.area(), None),
            "residents": Option(shape.whole(0, 99), None),
        },
        either=[(("face",), ("compensation",))],
    ),
    "buy": shape.mapping(
        {
            "home": _NAME,
            "on": _DAY,
            "voucher": _NAME,
            "vouchers": shape.listing(_NAME, least=1),
            "price": shape.yuan(),
            "most": Option(shape.yuan(), None),
            "kind": Option(shape.word(*KINDS_OF_STOCK), "home"),
            "beside": Option(_NAME, None),
            "stage": Option(shape.word(*STAGES), None),
            "area": Option(shape.area(), None),
            "district": Option(shape.matching(CODE, "must be a district's code"), None),
            "development": Option(
                shape.matching(DEVELOPMENT, "must be the reference of a development, such as DV-7K2M9-QX4HT"),
                None,
            ),
            "filed_price": Option(shape.yuan(), None),
            "buyer": Option(shape.one_of(shape.word(*BUYERS), _BUYERS), "self"),
            "top_up": Option(shape.word(*TOP_UPS), "own"),
            "contract": Option(_DAY, None),
            "filed": Option(_DAY, None),
            "verified": Option(_DAY, None),
            "delay_of_others": Option(_YES_NO, None),
            "certificate": Option(_DAY, None),
            "paid": Option(_DAY, None),
            "loan": Option(_DAY, None),
        },
        either=[(("voucher",), ("vouchers",))],
    ),
    "cancel": shape.mapping({"home": _NAME, "on": _DAY}),
    "extend": shape.mapping({"voucher": _NAME, "on": _DAY, "months": shape.whole(1, 60)}),
    "transfer": shape.mapping(
        {"voucher": _NAME, "on": _DAY, "to": shape.word(*KIN), "registered": Option(_YES_NO, "yes")}
    ),
    "split": shape.mapping({"voucher": _NAME, "on": _DAY, "into": shape.listing(_PART, least=1)}),
    "merge": shape.mapping(
        {
            "vouchers": shape.listing(_NAME, least=2),
            "on": _DAY,
            "into": _NAME,
            "owners": Option(shape.word("household", "kin", "anybody"), "household"),
        }
    ),
    "inherit": shape.mapping(
        {
            "voucher": _NAME,
            "died": _DAY,
            "on": _DAY,
            "heir": shape.word(*KIN),
            "into": Option(shape.listing(_HEIR, least=1), []),
        }
    ),
    "payout": shape.mapping({"voucher": _NAME, "on": _DAY}),
    "give_up": shape.mapping({"voucher": _NAME, "on": _DAY}),
    "lapse": shape.mapping({"voucher": _NAME, "on": Option(_DAY, None)}),
    "claim": shape.mapping({"voucher": _NAME, "on": _DAY}),
    "settle": shape.mapping({"home": _NAME, "on": _DAY, **_LATER, **_TURNS}),
}
_HOUSEHOLD: Final = shape.mapping(
    {
        "residents": Option(shape.whole(1, 99), 1),
        "old_area": Option(shape.area(), "0"),
        "entitled_area": Option(shape.area(), "0"),
        "other_homes": Option(shape.area(), "0"),
    }
)
_SCENARIO: Final = shape.mapping(
    {
        "scenario": shape.number_word(1),
        "title": Option(shape.line_of_text(100), ""),
        "district": Option(shape.matching(CODE, "must be a district's code"), "own"),
        "household": Option(
            _HOUSEHOLD, {"residents": 1, "old_area": "0", "entitled_area": "0", "other_homes": "0"}
        ),
        "steps": shape.listing(
            shape.mapping(dict[str, Shape | Option](_ACTS), either=[tuple((act,) for act in _ACTS)]),
            least=1,
        ),
    }
)


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happens; ``said`` has sums in fen and days as dates."""

    number: int
    line: int
    act: str
    said: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Scenario:
    """One household, its vouchers and what happens to them, in the order of days."""

    title: str
    district: str
    residents: int
    old_area_m2: Decimal
    other_homes_m2: Decimal
    steps: tuple[Step, ...]
    entitled_m2: Decimal = Decimal(0)
    """The area to which it is entitled (应安置面积), where no agreement says its own."""


class ScenarioInvalid(PolicyFileInvalid):
    """The scenario is not one; ``problems`` lists everything found, in the order of the file."""


def read(text: str) -> Scenario:
    """Return a scenario. Raises ScenarioInvalid with every problem found."""
    problems = Problems()
    try:
        node = compose(text)
    except PolicyFileInvalid as error:
        raise ScenarioInvalid(error.problems) from error
    body = _SCENARIO.parse(problems, node, "")
    if not problems:
        _check_order(problems, node, body["steps"])
        _check_names(problems, node, body["steps"])
        _check_days(problems, node, body["steps"])
        _check_sums(problems, node, body["steps"])
    if problems:
        raise ScenarioInvalid(by_line(problems))
    household = body["household"]
    return Scenario(
        title=body["title"],
        district=body["district"],
        residents=household["residents"],
        old_area_m2=Decimal(household["old_area"]),
        other_homes_m2=Decimal(household["other_homes"]),
        entitled_m2=Decimal(household["entitled_area"]),
        steps=tuple(
            _step(place, child(node, "steps", place), said) for place, said in enumerate(body["steps"])
        ),
    )


def _step(place: int, node: yaml.Node, said: Mapping[str, Any]) -> Step:
    ((act, figures),) = said.items()
    return Step(place + 1, node.start_mark.line + 1, act, {key: _dated(key, figures[key]) for key in figures})


_DATED: Final = frozenset({"on", "agreement", "vacated", "died", "loan", "paid", "applied", *EVENTS})


def _dated(key: str, value: Any) -> Any:
    if key not in _DATED or value is None:
        return value
    many = isinstance(value, list)
    return [date.fromisoformat(one) for one in value] if many else date.fromisoformat(value)


def _check_order(problems: Problems, node: yaml.Node, steps: list[dict[str, Any]]) -> None:
    latest = ""
    for place, said in enumerate(steps):
        ((act, figures),) = said.items()
        day = figures["on"]
        if day is not None and day < latest:
            here = child(node, "steps", place, act, "on")
            problems.blame(
                here, f"steps[{place}].{act}.on", f"comes before {latest}, the day of a step before"
            )
        latest = max(latest, day or "")


def _check_names(problems: Problems, node: yaml.Node, steps: list[dict[str, Any]]) -> None:
    """A name stands for one voucher or one home, and is made before it is used."""
    known: set[str] = set()
    for place, said in enumerate(steps):
        ((act, figures),) = said.items()
        made, used = _names(act, figures)
        here, path = child(node, "steps", place, act), f"steps[{place}].{act}"
        for name in sorted({name for name in used if used.count(name) > 1}):
            problems.blame(here, path, f"names {name} twice")
        for name in used:
            if name not in known:
                problems.blame(here, path, f"names {name}, which no step before has made")
        for name in made:
            if name in known:
                problems.blame(here, path, f"makes {name}, which a step before has made already")
            known.add(name)


_IN_TURN: Final = {
    "issue": (("agreement", "on"),),
    "buy": (
        *(("on", event) for event in ("loan", "contract", "filed", "verified", "certificate", "paid")),
        *(("contract", later) for later in ("filed", "verified", "certificate")),
    ),
    "inherit": (("died", "on"),),
}


def _check_days(problems: Problems, node: yaml.Node, steps: list[dict[str, Any]]) -> None:
    """Nobody is issued a voucher before the agreement, or signs for a home before it is locked."""
    for place, said in enumerate(steps):
        ((act, figures),) = said.items()
        for first, later in _IN_TURN.get(act, ()):
            if figures[first] and figures[later] and figures[later] < figures[first]:
                here = child(node, "steps", place, act, later)
                problems.blame(here, f"steps[{place}].{act}.{later}", f"comes before {first}")


def _check_sums(problems: Problems, node: yaml.Node, steps: list[dict[str, Any]]) -> None:
    """A voucher is of a sum, and so is a price; a home of which the area is said has one."""
    for place, said in enumerate(steps):
        ((act, figures),) = said.items()
        for key in ("face", "compensation", "price", "area"):
            whole = figures.get(key)
            if isinstance(whole, dict):
                whole = sum(-fen if part == "deduction" else fen for part, fen in whole.items())
            if whole is not None and Decimal(whole) <= 0:
                here = child(node, "steps", place, act, key)
                problems.blame(here, f"steps[{place}].{act}.{key}", "comes to nothing: it must be above 0")


def _names(act: str, figures: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """Return the names that a step makes, and those that it uses."""
    vouchers = figures.get("vouchers") or [figures[key] for key in ("voucher",) if key in figures]
    if act == "issue":
        return vouchers, []
    if act == "buy":
        return [figures["home"]], vouchers + [figures["beside"]] * (figures["beside"] is not None)
    if act in ("split", "inherit"):
        return [part["voucher"] for part in figures["into"]], vouchers
    if act == "merge":
        return [figures["into"]], vouchers
    return [], vouchers or [figures["home"]]
