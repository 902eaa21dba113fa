"""Reads a policy file (YAML) against its schema, naming the line and the path of whatever is wrong."""

import re
from datetime import date, timedelta
from typing import Any, Final

import yaml

from app.policies import shape
from app.policies.errors import PolicyFileInvalid, Problem
from app.policies.shape import Option, Problems, child

SCHEMA: Final = 3
"""Version of the schema that this module writes; ``bodies`` keeps a reader for every version ever adopted."""

KINDS_OF_STOCK: Final = ("home", "parking", "shop", "office")
BONUS_BASES: Final = ("spent", "face", "price", "old_area")
BONUS_DATES: Final = ("lock", "contract", "filed", "verified")
START_EVENTS: Final = ("issue", "agreement", "announced")
KIN: Final = ("self", "spouse", "parent", "child", "sibling", "grandparent", "grandchild", "other")
TOP_UPS: Final = ("own", "loan", "fund")

_LONGEST_FILE: Final = 50_000
_CODE: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*", re.ASCII)
_ANNOUNCED: Final = "announced"

_VALID: Final = shape.mapping(
    {
        "months": shape.whole(1, 120),
        "until": shape.day(),
        "from": shape.word(*START_EVENTS),
        "announced_on": Option(shape.day(), None),
        "extension_months": Option(shape.whole(0, 60), 0),
    },
    either=[(("months",), ("until",))],
)
_TIER: Final = shape.mapping(
    {
        "from_month": shape.whole(1, 120),
        "to_month": shape.whole(1, 120),
        "from_day": shape.day(),
        "to_day": shape.day(),
        "rate": shape.rate(),
        "yuan_per_m2": shape.yuan(),
        "kinds": Option(shape.listing(shape.word(*KINDS_OF_STOCK), least=1), None),
        "least_spent": Option(shape.rate(), 0),
    },
    either=[
        (("from_month", "to_month"), ("from_day", "to_day")),
        (("rate",), ("yuan_per_m2",)),
    ],
)
_CAP: Final = shape.mapping(
    {
        "of": shape.word("voucher", "household", "home"),
        "yuan": shape.yuan(),
        "share_of_face": shape.rate(),
    },
    either=[(("yuan",), ("share_of_face",))],
)
_BONUS: Final = shape.mapping(
    {
        "base": shape.word(*BONUS_BASES),
        "paid": Option(shape.word("price", "cash"), "price"),
        "fixed_by": shape.word(*BONUS_DATES),
        "delay": Option(shape.word("protected", "counts"), "protected"),
        "tiers": shape.listing(_TIER),
        "caps": Option(shape.listing(_CAP), []),
    }
)
_HOLD: Final = shape.mapping(
    {
        "days": shape.whole(1, 90),
        "hours": shape.whole(1, 720),
        "ends": Option(shape.word("as_counted", "working_time"), "as_counted"),
        "homes": shape.whole_or(1, 99, "any"),
        "least_share": shape.rate(),
    },
    either=[(("days",), ("hours",))],
)
_BAND: Final = shape.mapping(
    {
        "spent_from": shape.rate(),
        "rate": shape.rate(),
        "claw_back": Option(shape.rate(), 0),
    }
)
_LAPSE: Final = shape.mapping(
    {
        "effect": shape.word("cash", "void", "agreement"),
        "rate": Option(shape.rate(), 10_000),
        "bonus": Option(shape.word("kept", "returned"), "kept"),
        "give_up": Option(shape.word("same", "refused"), "refused"),
    }
)
_POLICY: Final = shape.mapping(
    {
        "schema": shape.number_word(SCHEMA),
        "code": shape.matching(_CODE, "must be small letters, digits and hyphens, such as hailing-2023"),
        "title": shape.line_of_text(100),
        "source": shape.line_of_text(300),
        "valid": _VALID,
        "bonus": _BONUS,
        "hold": _HOLD,
        "usable_on": shape.listing(shape.word(*KINDS_OF_STOCK), least=1),
        "areas": Option(
            shape.one_of(
                shape.word("any", "own"),
                shape.listing(shape.matching(_CODE, "must be a district's code"), least=1),
            ),
            "any",
        ),
        "buyers": shape.listing(shape.word(*KIN), least=1),
        "homes": Option(shape.whole_or(1, 99, "any"), None),
        "top_up": Option(shape.listing(shape.word(*TOP_UPS)), list(TOP_UPS)),
        "leftover": Option(shape.listing(_BAND, least=1), None),
        "lapse": Option(_LAPSE, None),
        "price": Option(
            shape.mapping(
                {
                    "ceiling": Option(shape.word("filed", "none"), "filed"),
                    "floor_share": Option(shape.rate(), 0),
                }
            ),
            {"ceiling": "filed", "floor_share": 0},
        ),
        "transfers": Option(shape.whole(0, 9), 0),
        "splits": Option(shape.whole(0, 9), 0),
        "merges": Option(shape.whole(0, 9), 0),
    }
)


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a policy file, made of the very shapes that read it."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"Anju voucher policy, schema {SCHEMA}",
        **_POLICY.schema,
    }


def read(text: str) -> dict[str, Any]:
    """Return the policy's body: plain JSON, complete with every default, every rule of the schema held.

    Raises PolicyFileInvalid with every problem found.
    """
    problems = Problems()
    node = _compose(text)
    body = _POLICY.parse(problems, node, "")
    if not problems:
        for check in (_check_valid, _check_tiers, _check_kinds, _check_bands):
            check(problems, node, body)
    if problems:
        raise PolicyFileInvalid(sorted(problems, key=lambda problem: problem.line))
    return dict(body)


def _compose(text: str) -> yaml.Node:
    if len(text) > _LONGEST_FILE:
        raise PolicyFileInvalid([Problem(1, "file", f"is longer than {_LONGEST_FILE} characters")])
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise PolicyFileInvalid([Problem(line, "file", f"is not YAML: {error.problem}")]) from error
    except (yaml.YAMLError, RecursionError) as error:
        raise PolicyFileInvalid([Problem(1, "file", "is not YAML")]) from error
    if node is None:
        raise PolicyFileInvalid([Problem(1, "file", "is empty")])
    return node


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


def _check_tiers(problems: Problems, node: yaml.Node, body: dict[str, Any]) -> None:
    """A gap between tiers is likelier a slip than a rule: a time without bonus is a tier of 0%."""
    bonus = body["bonus"]
    worth = "yuan_per_m2" if bonus["base"] == "old_area" else "rate"
    lanes: dict[str, list[int]] = {}
    for place, tier in enumerate(bonus["tiers"]):
        here, path = child(node, "bonus", "tiers", place), f"bonus.tiers[{place}]"
        if worth not in tier:
            problems.blame(here, path, f"needs {worth}, because the base is {bonus['base']}")
        if ("from_month" in tier) != ("from_month" in bonus["tiers"][0]):
            problems.blame(here, path, "counts otherwise than the first tier: all by months, or all by days")
            return
        for kind in tier["kinds"] or body["usable_on"]:
            lanes.setdefault(kind, []).append(place)
        _check_span(problems, here, path, tier, body["valid"])
    reported: set[int] = set()
    for places in lanes.values():
        for turn, place in enumerate(places):
            last = bonus["tiers"][places[turn - 1]] if turn else None
            if place not in reported and _breaks_off(problems, node, place, bonus["tiers"][place], last):
                reported.add(place)


def _check_span(
    problems: Problems, here: yaml.Node, path: str, tier: dict[str, Any], valid: dict[str, Any]
) -> None:
    first, last = ("from_month", "to_month") if "from_month" in tier else ("from_day", "to_day")
    if tier[last] < tier[first]:
        problems.blame(child(here, last), f"{path}.{last}", f"comes before {first}")
    if last == "to_month" and tier[last] > valid.get("months", tier[last]):
        problems.blame(child(here, last), f"{path}.{last}", "lies beyond valid.months")
    if last == "to_day" and tier[last] > valid.get("until", tier[last]):
        problems.blame(child(here, last), f"{path}.{last}", "lies beyond valid.until")


def _breaks_off(
    problems: Problems, node: yaml.Node, place: int, tier: dict[str, Any], last: dict[str, Any] | None
) -> bool:
    """Blame a tier that does not follow on the one before it of the same kind; tell whether it is one."""
    here, path = child(node, "bonus", "tiers", place), f"bonus.tiers[{place}]"
    if "from_month" in tier:
        expected = last["to_month"] + 1 if last else 1
        if tier["from_month"] != expected:
            reason = f"must be {expected}: tiers follow on"
            problems.blame(child(here, "from_month"), f"{path}.from_month", reason)
            return True
    elif last and tier["from_day"] != _day_after(last["to_day"]):
        reason = f"must be {_day_after(last['to_day'])}: tiers follow on"
        problems.blame(child(here, "from_day"), f"{path}.from_day", reason)
        return True
    return False


def _day_after(day: str) -> str:
    return (date.fromisoformat(day) + timedelta(days=1)).isoformat()


def _check_kinds(problems: Problems, node: yaml.Node, body: dict[str, Any]) -> None:
    for place, tier in enumerate(body["bonus"]["tiers"]):
        for kind in tier["kinds"] or ():
            if kind not in body["usable_on"]:
                problems.blame(
                    child(node, "bonus", "tiers", place, "kinds"),
                    f"bonus.tiers[{place}].kinds",
                    f"names {kind}, which is not in usable_on",
                )


def _check_bands(problems: Problems, node: yaml.Node, body: dict[str, Any]) -> None:
    bands = body["leftover"] or ()
    for place, band in enumerate(bands):
        here, path = child(node, "leftover", place, "spent_from"), f"leftover[{place}].spent_from"
        if place == 0 and band["spent_from"] != 0:
            problems.blame(here, path, "must be 0%: the first band begins with a voucher never used")
        if place and band["spent_from"] <= bands[place - 1]["spent_from"]:
            problems.blame(here, path, "must be above the band before")
