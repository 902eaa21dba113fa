"""The words of a policy file, schema 4: which keys there are, what each may be, and its default."""

import re
from typing import Any, Final

from app.policies import shape
from app.policies.rounding import ROUNDINGS
from app.policies.settling import APPLIED, ENDS, EVENTS
from app.policies.shape import Option

SCHEMA: Final = 4
"""Version of the schema that is written; ``bodies`` keeps a reader for every version ever adopted."""

KINDS_OF_STOCK: Final = ("home", "used_home", "apartment", "parking", "storage", "shop", "office")
SHARES: Final = ("spent", "spent_total", "face", "price", "compensation")
"""Bases of a bonus that is a share of something; the others are sums."""
BONUS_BASES: Final = (*SHARES, "old_area", "entitled_area", "home_area", "residents", "fixed", "held")
BONUS_DATES: Final = ("lock", "contract", "filed", "verified", "paid", "agreement")
HELD_TO: Final = ("lock", "contract", "filed", "verified", "paid")
"""To which day interest on what is spent may run."""
START_EVENTS: Final = ("issue", "agreement", "announced", "vacated")
KIN: Final = ("self", "spouse", "parent", "child", "sibling", "grandparent", "grandchild", "other")
RELATIVES: Final = KIN[1:-1]
"""Who is kin of the holder, and neither the holder nor anybody else."""
BUYERS: Final = (*KIN[:-1], "co_owner", "resident", KIN[-1])
"""Who may be named buyer: kin, whoever owned the home with the holder (共有人), or lived there (安置人口)."""
TOP_UPS: Final = ("own", "loan", "fund")
PARTS: Final = (
    *("home", "decoration", "attachments", "moving", "interim", "business", "area_aid", "award"),
    *("moving_award", "deduction"),
)
"""What an agreement's compensation may be made of."""
PAID: Final = PARTS[:-1]
"""Those of them that are paid: a deduction is taken off what is in the face."""
STAGES: Final = ("finished", "presale")
"""Whether a home is built (现房) or sold before it is (期房)."""
SPANS: Final = (("from_month", "to_month"), ("from_nth_day", "to_nth_day"), ("from_day", "to_day"))
"""How a tier says its time."""

CODE: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*", re.ASCII)
DEVELOPMENT: Final = re.compile(r"DV-[2-9A-Z]{5}-[2-9A-Z]{5}", re.ASCII)
"""The reference of a development (楼盘), as its page shows it."""
PLACE: Final = re.compile(rf"{CODE.pattern}|{DEVELOPMENT.pattern}", re.ASCII)
_NONE_HELD: Final[dict[str, Any]] = {"days": 15, "ends": "as_counted", "homes": None, "least_share": 0}

_LAST_DAY: Final = shape.word("as_counted", "working_day")
"""Whether a last day that is no working day moves to the next one (顺延)."""
_VALID: Final = shape.mapping(
    {
        "months": shape.whole(1, 120),
        "days": shape.whole(1, 3650),
        "until": shape.day(),
        "from": shape.word(*START_EVENTS),
        "announced_on": Option(shape.day(), None),
        "extension_months": Option(shape.whole(0, 60), 0),
        "extension_spent_from": Option(shape.rate(), shape.UNSAID),
        "extension_spent_above": Option(shape.rate(), shape.UNSAID),
        "ends": Option(_LAST_DAY, shape.UNSAID),
    },
    either=[(("months",), ("days",), ("until",))],
)
_REACHED: Final = (("spent_from",), ("spent_above",))
_STEP: Final = shape.mapping(
    {"spent_from": shape.rate(), "spent_above": shape.rate(), "rate": shape.rate()}, either=[_REACHED]
)
_SIZES: Final = shape.listing(shape.mapping({"above": shape.yuan(), "rate": shape.rate()}), least=1)
_PARTS: Final = shape.listing(shape.word(*PARTS), least=1, is_set=True)
_CAPS: Final = shape.listing(
    shape.mapping(
        {
            "of": shape.word("voucher", "household", "home"),
            "yuan": shape.yuan(),
            "yuan_per_m2": shape.yuan(),
            "yuan_per_entitled_m2": shape.yuan(),
            "yuan_per_resident": shape.yuan(),
            "yuan_per_home_m2": shape.yuan(),
            "share_of_face": shape.rate(),
            "share_of_faces": shape.rate(),
            "share_of_price": shape.rate(),
            "share_of_compensation": shape.rate(),
            "parts": Option(_PARTS, shape.UNSAID),
        },
        either=[
            (
                *(("yuan",), ("yuan_per_m2",), ("yuan_per_entitled_m2",), ("yuan_per_resident",)),
                *(("yuan_per_home_m2",), ("share_of_face",), ("share_of_faces",), ("share_of_price",)),
                ("share_of_compensation",),
            )
        ],
    )
)
_RATES: Final = shape.mapping({"from_day": shape.day(), "rate": shape.fine_rate()})
_ONE_OR_TABLE: Final = (("rate",), ("rates",))
_ANY_RATE: Final = (*_ONE_OR_TABLE, ("terms",), ("slices",))
_YEARLY: Final[dict[str, shape.Shape | Option]] = {
    "rate": shape.fine_rate(),
    "rates": shape.listing(_RATES, least=1),
    "rates_on": Option(shape.word("each_day", "last_day"), shape.UNSAID),
    "per": Option(shape.word("year", "month", "day"), "year"),
    "count": Option(shape.word("days", "months", "begun_months"), shape.UNSAID),
    "days_in_year": Option(shape.word("365", "360"), "365"),
}
_RATE_OF_TERM: Final = shape.mapping({"months": shape.whole(0, 120), "rate": shape.fine_rate()})
_TERMS: Final = shape.listing(_RATE_OF_TERM, least=1)
_TERMS_ON: Final = Option(shape.word("last_day", "day_after"), shape.UNSAID)
_TIMES: Final = {
    **dict.fromkeys(SPANS[0], shape.whole(1, 120)),
    **dict.fromkeys(SPANS[1], shape.whole(1, 3650)),
    **dict.fromkeys(SPANS[2], shape.day()),
}
_WORTHS: Final = (
    *(("rate",), ("steps",), ("brackets",), ("slices",), ("slices_of_face",)),
    *(("yuan_per_m2",), ("yuan_per_resident",), ("yuan",), ("interest",)),
)
_TIER: Final = shape.mapping(
    {
        **_TIMES,
        "rate": shape.rate(),
        "steps": shape.listing(_STEP, least=1),
        "brackets": _SIZES,
        "slices": _SIZES,
        "slices_of_face": shape.listing(
            shape.mapping({"above": shape.rate(), "rate": shape.rate()}), least=1
        ),
        "yuan_per_m2": shape.yuan(),
        "yuan_per_resident": shape.yuan(),
        "yuan": shape.yuan(),
        "interest": shape.mapping(
            {
                **_YEARLY,
                "terms": _TERMS,
                "terms_on": _TERMS_ON,
                "slices": _TERMS,
                "to": Option(shape.word(*HELD_TO), shape.UNSAID),
            },
            either=[_ANY_RATE],
        ),
        "least_yuan": Option(shape.yuan(), shape.UNSAID),
        "kinds": Option(shape.listing(shape.word(*KINDS_OF_STOCK), least=1, is_set=True), None),
        "least_spent": Option(shape.rate(), 0),
        "spent_above": Option(shape.rate(), shape.UNSAID),
        "caps": Option(_CAPS, shape.UNSAID),
    },
    either=[SPANS, _WORTHS],
)
_AREAS: Final = shape.one_of(
    shape.word("any", "own"),
    shape.listing(
        shape.matching(PLACE, "must be a district's code, or the reference of a development"),
        least=1,
        is_set=True,
    ),
)
_ROUNDING: Final = shape.word(*ROUNDINGS)
_SO_MANY: Final = shape.mapping({"most": shape.whole(1, 99), "of": shape.word("voucher", "household")})
_FACE_SIZE: Final = shape.mapping(
    {"above": Option(shape.yuan(), shape.UNSAID), "up_to": Option(shape.yuan(), shape.UNSAID)}
)
_WITHIN_AREA: Final = shape.one_of(
    shape.word("old", "entitled"),
    shape.mapping(
        {
            "m2_a_head": shape.area(),
            "m2": shape.area(),
            "of": Option(shape.word("household", "home"), shape.UNSAID),
        },
        either=[(("m2_a_head",), ("m2",))],
        beside={"of": "m2"},
    ),
)
_BONUS: Final = shape.mapping(
    {
        "base": shape.word(*BONUS_BASES),
        "parts": Option(_PARTS, shape.UNSAID),
        "without_vat": Option(shape.rate(), shape.UNSAID),
        "within_area": Option(_WITHIN_AREA, shape.UNSAID),
        "per": Option(shape.word("home", "voucher", "household"), "household"),
        "paid": Option(shape.word("price", "cash"), "price"),
        "paid_after": Option(shape.word("certificate"), shape.UNSAID),
        "claw_back": Option(shape.word("never"), shape.UNSAID),
        "fixed_by": shape.word(*BONUS_DATES),
        "delay": Option(shape.word("protected", "counts"), "protected"),
        "ends": Option(_LAST_DAY, shape.UNSAID),
        "counted_from": Option(shape.word("start", "issue", "agreement"), "start"),
        "rounding": Option(_ROUNDING, shape.UNSAID),
        "areas": Option(_AREAS, "any"),
        "home_area": Option(
            shape.mapping({"above": Option(shape.area(), None), "up_to": Option(shape.area(), None)}), None
        ),
        "face_size": Option(_FACE_SIZE, shape.UNSAID),
        "stage": Option(shape.word(*STAGES), shape.UNSAID),
        "first_homes": Option(_SO_MANY, shape.UNSAID),
        "earned_by": Option(shape.word("holder", "transferee"), shape.UNSAID),
        "spent_of": Option(shape.word("voucher", "household"), shape.UNSAID),
        "spent_on": Option(shape.word("earning", "all"), shape.UNSAID),
        "signed_from": Option(shape.day(), shape.UNSAID),
        "signed_to": Option(shape.day(), shape.UNSAID),
        "grace_days": Option(shape.whole(1, 90), shape.UNSAID),
        "grace_working_days": Option(shape.whole(1, 90), shape.UNSAID),
        "tiers": shape.listing(_TIER),
        "caps": Option(_CAPS, []),
    }
)
_HOLD: Final = shape.mapping(
    {
        "days": shape.whole(1, 90),
        "hours": shape.whole(1, 720),
        "working_days": shape.whole(1, 90),
        "ends": Option(shape.word("as_counted", "working_time"), "as_counted"),
        "homes": Option(shape.or_word(shape.whole(1, 99), "any"), None),
        "spaces": Option(shape.or_word(shape.whole(1, 99), "any"), shape.UNSAID),
        "least_share": Option(shape.rate(), 0),
        "loan_days": Option(shape.whole(1, 90), shape.UNSAID),
    },
    either=[(("days",), ("hours",), ("working_days",))],
)
_PART: Final = "part"
"""Of a bonus: as much of it as is left of the face."""
_BAND: Final[dict[str, shape.Shape | Option]] = {
    "spent_from": shape.rate(),
    "spent_above": shape.rate(),
    "left_up_to": Option(shape.yuan(), shape.UNSAID),
    "rate": shape.rate(),
    "rate_up_to": Option(shape.rate(), shape.UNSAID),
    "rate_beyond": Option(shape.rate(), shape.UNSAID),
    "most_yuan": Option(shape.yuan(), shape.UNSAID),
    "claw_back": Option(shape.or_word(shape.rate(), _PART, stored=_PART), 0),
    "spent_of": Option(shape.word("voucher", "household"), shape.UNSAID),
}
_BANDS: Final = shape.listing(shape.mapping(_BAND, either=[_REACHED]), least=1)
_TIMED_BANDS: Final = shape.listing(
    shape.mapping(
        {**_BAND, **{name: Option(one, shape.UNSAID) for name, one in _TIMES.items()}}, either=[_REACHED]
    ),
    least=1,
)
_GIVE_UP: Final = shape.mapping(
    {
        "effect": shape.word("cash", "void", "agreement"),
        "rate": Option(shape.rate(), 10_000),
        "bonus": Option(shape.word("kept", "returned", _PART), "kept"),
    }
)
_LAPSE: Final = shape.mapping(
    {
        "effect": shape.word("cash", "void", "agreement", "claim"),
        "rate": Option(shape.rate(), 10_000),
        "bands": Option(_BANDS, None),
        "within": Option(
            shape.listing(
                shape.mapping(
                    {
                        "months": shape.whole(1, 120),
                        "days": shape.whole(1, 3650),
                        "rate": shape.rate(),
                    },
                    either=[(("months",), ("days",))],
                ),
                least=1,
            ),
            shape.UNSAID,
        ),
        "after": Option(shape.word("void", "agreement"), shape.UNSAID),
        "bonus": Option(shape.word("kept", "returned", _PART), "kept"),
        "give_up": Option(shape.one_of(shape.word("same", "refused"), _GIVE_UP), "refused"),
    }
)
_INTEREST: Final = shape.mapping(
    {
        **_YEARLY,
        "from": shape.word("issue", "start", "agreement", "vacated", "term_end"),
        "on": shape.listing(shape.word("leftover", "lapse", "give_up"), least=1, is_set=True),
        "terms": _TERMS,
        "terms_on": _TERMS_ON,
        "slices": _TERMS,
        "to": Option(shape.word("paid", "term_end"), shape.UNSAID),
        "only": Option(shape.word("used", "unused"), shape.UNSAID),
        "most_share": Option(shape.rate(), shape.UNSAID),
        "rounding": Option(_ROUNDING, shape.UNSAID),
    },
    either=[_ANY_RATE],
)
_FLOOR: Final = shape.mapping({"m2_a_head": shape.area(), "yuan_per_m2": Option(shape.yuan(), None)})
_KIN_OR_ANY: Final = shape.one_of(shape.word("any"), shape.listing(shape.word(*KIN), least=1, is_set=True))
_HOW_OFTEN: Final = shape.whole(0, 9)
_KEPT_BY: Final = shape.mapping(
    {"kept_by": shape.listing(shape.word(*RELATIVES), least=1, is_set=True)},
)
_OCCASION: Final = {
    "only": Option(shape.word("unused"), shape.UNSAID),
    **{name: Option(one, shape.UNSAID) for name, one in _TIMES.items()},
}
"""Of which vouchers, and when, something in other hands may be asked for."""
HANDS: Final = ("transfers", "splits", "merges")
_TO_KIN: Final = shape.mapping(
    {
        "to": shape.listing(shape.word(*RELATIVES), least=1, is_set=True),
        "times": shape.or_word(shape.whole(1, 9), "any"),
    }
)
_TRANSFERS: Final = shape.mapping(
    {
        "times": _HOW_OFTEN,
        "to": Option(_KIN_OR_ANY, "any"),
        "kin": Option(_TO_KIN, shape.UNSAID),
        "register": Option(shape.word("needed", "not_needed"), "not_needed"),
        "bonus": Option(shape.one_of(shape.word("kept", "lost"), _KEPT_BY), "kept"),
        "floor": Option(_FLOOR, None),
        **_OCCASION,
    }
)
_SPLITS: Final = shape.mapping(
    {
        "times": _HOW_OFTEN,
        "parts": Option(shape.or_word(shape.whole(2, 99), "any"), None),
        "least_yuan": Option(shape.yuan(), shape.UNSAID),
        "least_share": Option(shape.rate(), shape.UNSAID),
        "past": Option(shape.word("stays", "parted"), shape.UNSAID),
        "floor": Option(_FLOOR, None),
        **_OCCASION,
    }
)
_MERGES: Final = shape.mapping(
    {
        "times": _HOW_OFTEN,
        "of": Option(shape.word("household", "kin", "anybody"), "household"),
        **_OCCASION,
    }
)
_INHERITANCE: Final = shape.mapping(
    {
        "heirs": Option(_KIN_OR_ANY, "any"),
        "term": shape.word("runs_on", "suspended"),
        "most_days": Option(shape.or_word(shape.whole(1, 3650), "any"), None),
    }
)
WITHIN: Final = ("days", "working_days", "months", *ENDS)
"""How a tranche says how soon it is paid."""
_OF_DEVELOPERS: Final = shape.mapping(
    {
        **_YEARLY,
        "most_share": Option(shape.rate(), shape.UNSAID),
        "rounding": Option(_ROUNDING, shape.UNSAID),
    },
    either=[_ONE_OR_TABLE],
)
_TRANCHE: Final = shape.mapping(
    {
        "event": shape.word(*EVENTS),
        "share": shape.rate(),
        "pay_within": shape.mapping(
            {
                "days": shape.whole(0, 3650),
                "working_days": shape.whole(0, 1000),
                "months": shape.whole(0, 120),
                **dict.fromkeys(ENDS, shape.whole(1, 20)),
                "day": Option(shape.whole(1, 28), shape.UNSAID),
                "from": Option(shape.word("event", APPLIED), shape.UNSAID),
            },
            either=[tuple((unit,) for unit in WITHIN)],
        ),
        "interest": Option(_OF_DEVELOPERS, shape.UNSAID),
    }
)
_SETTLEMENT: Final = shape.mapping(
    {
        "stage": Option(shape.word(*STAGES), shape.UNSAID),
        "kinds": Option(shape.listing(shape.word(*KINDS_OF_STOCK), least=1, is_set=True), shape.UNSAID),
        "to": Option(shape.word("developer", "escrow"), "developer"),
        "tranches": shape.listing(_TRANCHE, least=1),
        "late_interest": Option(_OF_DEVELOPERS, None),
    }
)
_FACE: Final = shape.mapping(
    {
        "rate": shape.rate(),
        "brackets": _SIZES,
        "slices": _SIZES,
        "yuan": shape.yuan(),
        "yuan_per_m2": shape.yuan(),
        "yuan_per_entitled_m2": shape.yuan(),
        "yuan_per_resident": shape.yuan(),
        "fill_to": shape.yuan(),
        "most_face": Option(shape.yuan(), shape.UNSAID),
        "parts": Option(_PARTS, shape.UNSAID),
        "most_yuan": Option(shape.yuan(), None),
        "least_yuan": Option(shape.yuan(), shape.UNSAID),
        "rounding": Option(_ROUNDING, shape.UNSAID),
        "lost_on": Option(shape.listing(shape.word("leftover", "lapse", "give_up"), is_set=True), []),
        "kept_from": Option(shape.rate(), shape.UNSAID),
        "kept_above": Option(shape.rate(), shape.UNSAID),
        "lost": Option(shape.word("whole", "part"), shape.UNSAID),
        "signed_from": Option(shape.day(), None),
        "signed_to": Option(shape.day(), None),
    },
    either=[
        (
            *(("rate",), ("brackets",), ("slices",), ("yuan",), ("fill_to",)),
            *(("yuan_per_m2",), ("yuan_per_entitled_m2",), ("yuan_per_resident",)),
        )
    ],
)
_SOME_KINDS: Final = shape.listing(shape.word(*KINDS_OF_STOCK), least=1, is_set=True)
_AFTER: Final = shape.mapping(
    {
        "kinds": _SOME_KINDS,
        "spent_from": Option(shape.rate(), shape.UNSAID),
        "spent_above": Option(shape.rate(), shape.UNSAID),
    }
)
_LIMIT: Final = shape.mapping(
    {
        "kinds": Option(_SOME_KINDS, shape.UNSAID),
        "of": Option(shape.word("voucher", "household", "home"), shape.UNSAID),
        "stage": Option(shape.word(*STAGES), shape.UNSAID),
        "share_of_price": shape.rate(),
        "share_of_face": shape.rate(),
        "yuan": shape.yuan(),
        "number": shape.whole(1, 99),
        "after": _AFTER,
        "area": shape.mapping(
            {"from": Option(shape.area(), shape.UNSAID), "up_to": Option(shape.area(), shape.UNSAID)}
        ),
        "total_area": shape.one_of(
            shape.or_word(shape.or_word(shape.area(), "old", stored="old"), "entitled", stored="entitled"),
            shape.mapping(
                {
                    "m2_a_head": shape.area(),
                    "of": Option(shape.word("old", "entitled"), shape.UNSAID),
                    "share": shape.rate(most=999),
                    "plus_m2": shape.area(),
                },
                either=[(("m2_a_head",), ("share",), ("plus_m2",))],
            ),
        ),
        "yuan_per_m2": shape.yuan(),
    },
    either=[
        (
            *(("share_of_price",), ("share_of_face",), ("yuan",), ("number",), ("after",)),
            *(("area",), ("total_area",), ("yuan_per_m2",)),
        )
    ],
)
_PRICE: Final = shape.mapping(
    {
        "ceiling": Option(shape.word("filed", "none"), "filed"),
        "ceiling_share": Option(shape.rate(), 10_000),
        "floor_share": Option(shape.rate(), 0),
        "floor": Option(shape.word("holds", "exempt"), "holds"),
    }
)
_PRICE_UNSAID: Final = {"ceiling": "filed", "ceiling_share": 10_000, "floor_share": 0, "floor": "holds"}
_SCHEME: Final = shape.mapping(
    {name: Option(shape.day(), None) for name in ("issue_from", "issue_until", "buy_until")}
)

POLICY: Final = shape.mapping(
    {
        "schema": shape.number_word(SCHEMA),
        "code": shape.matching(CODE, "must be small letters, digits and hyphens, such as hailing-2023"),
        "title": shape.line_of_text(100),
        "source": shape.line_of_text(300),
        "scheme": Option(_SCHEME, {"issue_from": None, "issue_until": None, "buy_until": None}),
        "face": Option(shape.listing(_FACE, least=1), []),
        "face_without": Option(shape.listing(shape.word(*PAID), least=1, is_set=True), shape.UNSAID),
        "valid": _VALID,
        "bonus": shape.one_or_many(_BONUS, without="bonus: {base: spent, fixed_by: lock, tiers: []}"),
        "bonus_caps": Option(_CAPS, []),
        "hold": Option(_HOLD, _NONE_HELD),
        "usable_on": shape.listing(shape.word(*KINDS_OF_STOCK), least=1, is_set=True),
        "areas": Option(_AREAS, "any"),
        "areas_of": Option(
            shape.listing(shape.mapping({"kinds": _SOME_KINDS, "areas": _AREAS}), least=1), shape.UNSAID
        ),
        "buyers": shape.listing(shape.word(*BUYERS), least=1, is_set=True),
        "one_buyer_of": Option(shape.listing(shape.word(*BUYERS), least=1, is_set=True), shape.UNSAID),
        "homes": Option(shape.one_of(shape.or_word(shape.whole(1, 99), "any"), _SO_MANY), None),
        "first_purchase": Option(shape.rate(), shape.UNSAID),
        "limits": Option(shape.listing(_LIMIT, least=1), shape.UNSAID),
        "spaces": Option(shape.word("beside", "alone"), shape.UNSAID),
        "spaces_a_home": Option(shape.or_word(shape.whole(1, 9), "any"), shape.UNSAID),
        "top_up": Option(shape.listing(shape.word(*TOP_UPS), is_set=True), list(TOP_UPS)),
        "leftover": Option(_TIMED_BANDS, None),
        "lapse": Option(_LAPSE, None),
        "payout_rounding": Option(_ROUNDING, shape.UNSAID),
        "interest": Option(shape.one_or_many(_INTEREST), None),
        "price": Option(_PRICE, _PRICE_UNSAID),
        "equal_treatment": Option(
            shape.mapping({"late_settlement": shape.word("no_reason", "may_raise")}),
            {"late_settlement": "no_reason"},
        ),
        "transfers": Option(shape.one_of(_HOW_OFTEN, _TRANSFERS), 0),
        "splits": Option(shape.one_of(_HOW_OFTEN, _SPLITS), 0),
        "merges": Option(shape.one_of(_HOW_OFTEN, _MERGES), 0),
        "inheritance": Option(_INHERITANCE, None),
        "settlement": Option(shape.one_or_many(_SETTLEMENT), None),
    }
)


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a policy file, made of the very shapes that read it."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"Anju voucher policy, schema {SCHEMA}",
        **POLICY.schema,
    }
