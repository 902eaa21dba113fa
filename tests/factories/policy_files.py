"""Any policy that the schema allows, as text: what a city may write."""

from typing import Any

import yaml
from hypothesis import strategies as st

from tests.factories.settlement_policies import settlements

KIN = st.sampled_from(["self", "spouse", "parent", "child", "other"])
rates = st.integers(0, 10_000).map(lambda bp: f"{bp / 100:g}%")
below_all = st.integers(0, 9_999).map(lambda bp: f"{bp / 100:g}%")
"""What may be exceeded: not 100%."""
yuan = st.integers(0, 500_000)
roundings = st.sampled_from(["fen", "yuan", "nearest_yuan", "nearest_ten_yuan", "nearest_hundred_yuan"])
"""Of what may be rounded half up."""
lost_on = st.sampled_from([[], ["lapse"], ["leftover", "give_up"]])
caps = st.lists(
    st.one_of(
        st.fixed_dictionaries({"of": st.just("voucher"), "yuan": yuan}),
        st.fixed_dictionaries({"of": st.just("household"), "share_of_face": rates}),
        st.fixed_dictionaries({"of": st.just("household"), "share_of_faces": rates}),
        st.fixed_dictionaries({"of": st.just("household"), "share_of_compensation": rates}),
        st.fixed_dictionaries(
            {
                "of": st.just("household"),
                "share_of_compensation": rates,
                "parts": st.just(["home", "award"]),
            }
        ),
        st.fixed_dictionaries({"of": st.just("household"), "yuan_per_m2": st.integers(0, 900)}),
        st.fixed_dictionaries({"of": st.just("home"), "share_of_price": rates}),
        st.fixed_dictionaries({"of": st.just("home"), "yuan_per_home_m2": st.integers(0, 900)}),
        st.fixed_dictionaries({"of": st.just("household"), "yuan_per_entitled_m2": st.integers(0, 900)}),
        st.fixed_dictionaries({"of": st.just("voucher"), "yuan_per_resident": st.integers(0, 20_000)}),
    ),
    max_size=2,
)


def lines_of(fen: int) -> list[tuple[str, int]]:
    """Return what an agreement over a sum in fen lists, for policies that ask for its parts."""
    others = [("moving", 1_000_000), ("award", 1_500_000), ("moving_award", 500_000)]
    return [("home", fen - 3_000_000), *others]


_beyond = st.one_of(
    st.just({}), st.just({}), st.fixed_dictionaries({"rate_up_to": rates, "rate_beyond": rates})
)


_clawed = st.one_of(rates, rates, st.just("part"))


_words = st.sampled_from(["spent_from", "spent_from", "spent_above"])


def _bands(draw: st.DrawFn) -> list[dict[str, Any]]:
    edges = sorted(draw(st.sets(st.integers(1, 99), max_size=2)))
    bands: list[tuple[int, dict[str, int]]] = [(edge, {}) for edge in (0, *edges)]
    if edges and draw(st.booleans()):
        bands.append((edges[-1], {"left_up_to": draw(yuan)}))
    whose = draw(st.sampled_from([{}, {}, {"spent_of": "household"}]))
    whose = {} if any(left for _edge, left in bands) else whose
    words = {edge: draw(_words) if edge else "spent_from" for edge, _left in bands}  # one for the same edge
    return [
        {
            words[edge]: f"{edge}%",
            "rate": draw(rates),
            "claw_back": draw(_clawed),
            **draw(_beyond),
            **left,
            **(whose if edge else {}),
        }
        for edge, left in bands
    ]


_tier_caps = st.one_of(st.just({}), st.fixed_dictionaries({"caps": caps}))
_of_homes = st.sampled_from(
    [
        {},
        {},
        {"stage": "presale"},
        {"stage": "finished"},
        {"first_homes": {"most": 1, "of": "household"}},
        {"first_homes": {"most": 2, "of": "voucher"}},
        {"face_size": {"above": 300_000}},
        {"face_size": {"above": 1, "up_to": 420_000}},
    ]
)


_sizes = st.tuples(rates, rates, st.integers(1, 380_000)).map(
    lambda drawn: [{"above": 0, "rate": drawn[0]}, {"above": drawn[2], "rate": drawn[1]}]
)


_TO_KIN = {"times": 1, "kin": {"to": ["child"], "times": 2}}
# What is drawn here tells more by the same choices: the machines' few lives stay on their ways.
_transfers = st.one_of(
    st.sampled_from([0, 1, _TO_KIN]),
    st.just({"times": 2, "only": "unused"}),
    st.sampled_from([{"times": 2, "bonus": "lost"}, {"times": 2, "bonus": {"kept_by": ["child", "spouse"]}}]),
    st.sampled_from([{"times": 2, "to_month": 2}, {"times": 2, "from_nth_day": 20}]),
)


_within = st.sampled_from(
    [{}, {}, *({"within_area": one} for one in ("old", "entitled", {"m2_a_head": 30.5}))]
    + [{"within_area": one} for one in ({"m2": 144}, {"m2": 60.5, "of": "home"})]
)


_ends = st.sampled_from([{}, {}, {"ends": "working_day"}])


def _worth(draw: st.DrawFn, base: str) -> dict[str, Any]:
    if base == "fixed":
        return {"yuan": draw(yuan)}
    if base.endswith("_area"):
        return {"yuan_per_m2": draw(st.integers(0, 2_000))}
    if base == "residents":
        return {"yuan_per_resident": draw(st.integers(0, 20_000))}
    if draw(st.booleans()):
        word = draw(st.sampled_from(["least_spent", "spent_above"]))
        return {"rate": draw(rates), word: draw(below_all)}
    low, high = sorted(draw(st.tuples(st.integers(0, 100), st.integers(0, 100))))
    of_face = ["slices_of_face"] if base == "spent_total" else []
    word = draw(st.sampled_from(["steps", "brackets", "slices", *of_face]))
    if word == "slices_of_face":
        edge = draw(st.integers(1, 99))
        return {word: [{"above": "0%", "rate": f"{low}%"}, {"above": f"{edge}%", "rate": f"{high}%"}]}
    if word != "steps":
        above = draw(st.integers(1, 400_000))
        rows = [{"above": 0, "rate": f"{low}%"}, {"above": above, "rate": f"{high}%"}]
        return {word: rows}
    reached = draw(st.sampled_from(["spent_from", "spent_above"]))
    return {"steps": [{"spent_from": "0%", "rate": f"{low}%"}, {reached: "60%", "rate": f"{high}%"}]}


def _least(draw: st.DrawFn, base: str) -> dict[str, Any]:
    if base in ("spent", "spent_total", "fixed"):
        return {}
    return draw(st.one_of(st.just({}), st.just({}), st.fixed_dictionaries({"least_yuan": yuan})))


def _lower_leasts(said: dict[str, Any]) -> None:
    """Let no least of a bonus of the face lie above a cap of the same voucher: it would never be paid."""
    for tier in said["tiers"] if said["base"] == "face" else ():
        most = [cap["yuan"] for cap in (*said["caps"], *tier.get("caps", ())) if "yuan" in cap]
        if "least_yuan" in tier:
            tier["least_yuan"] = min([tier["least_yuan"], *most])


def _bonus(draw: st.DrawFn) -> dict[str, Any]:
    base = draw(
        st.sampled_from(
            [
                *("spent", "spent_total", "face", "price", "compensation"),
                *("old_area", "entitled_area", "home_area", "residents", "fixed"),
            ]
        )
    )
    edge = draw(st.integers(1, 11))
    months = draw(st.sampled_from([(), ((1, edge), (edge + 1, 12))]))
    said: dict[str, Any] = {
        "base": base,
        "paid": draw(st.sampled_from(["price", "price", "cash"])),
        "counted_from": draw(st.sampled_from(["start", "issue", "agreement"])),
        "areas": draw(st.sampled_from(["any", "own", ["elsewhere"]])),
        "fixed_by": draw(st.sampled_from(["lock", "contract", "filed", "verified"])),
        "delay": draw(st.sampled_from(["protected", "counts"])),
        "tiers": [
            {
                "from_month": one,
                "to_month": two,
                **_worth(draw, base),
                **_least(draw, base),
                **draw(_tier_caps),
            }
            for one, two in months
        ],
        "caps": draw(caps),
        **draw(_of_homes),
        **draw(st.sampled_from([{}, {}, {"spent_of": "household"}])),
        **draw(st.sampled_from([{}, {}, {"claw_back": "never"}])),
        **draw(_ends),
    }
    _lower_leasts(said)
    if said["paid"] == "cash" and draw(st.booleans()):
        said |= {"fixed_by": draw(st.sampled_from(["filed", "verified", "paid"])), "delay": "counts"}
    if base == "compensation" and draw(st.booleans()):
        said["parts"] = ["home", "moving_award"]
    if base == "price" and draw(st.booleans()):
        said["without_vat"] = draw(st.sampled_from(["5%", "9%", "0.01%"]))
    if base in ("spent", "price") and not any({"brackets", "slices"} & tier.keys() for tier in said["tiers"]):
        said |= draw(_within)
    if base == "spent_total":
        words = [{}, {"spent_on": "all"}, *([] if "first_homes" in said else [{"spent_on": "earning"}] * 2)]
        said |= draw(st.sampled_from(words))
    if base == "fixed":
        said["per"] = draw(st.sampled_from(["home", "voucher", "household"]))
    if draw(st.booleans()):
        said["home_area"] = {"above": 60, "up_to": 144}
    return said


def _at_most(draw: st.DrawFn, said: dict[str, Any]) -> dict[str, Any]:
    """Return a policy of which some bands pay so much at most, where no voucher may be split."""
    for band in (*said["leftover"], *said["lapse"].get("bands", ())):
        if not said["splits"]["times"]:
            band.update(draw(st.one_of(st.just({}), st.fixed_dictionaries({"most_yuan": yuan}))))
    return said


def _later(said: dict[str, Any]) -> dict[str, Any]:
    """Return a policy that stands where a later day decides a bonus in cash: one event, and nothing taken."""
    several = said["bonus"] if isinstance(said["bonus"], list) else [said["bonus"]]
    later = [
        one
        for one in several
        if (one["paid"], one["delay"]) == ("cash", "counts")
        and one["fixed_by"] in ("filed", "verified", "paid")
    ]
    for one in later:
        one["fixed_by"] = later[0]["fixed_by"]
    if any("claw_back" not in one for one in later):
        lapse = said["lapse"]
        for band in (*said["leftover"], *lapse.get("bands", ())):
            band["claw_back"] = "0%"
        for one in (lapse, lapse.get("give_up")):
            if isinstance(one, dict):
                one.pop("bonus", None)
    return said


_in_cash = st.sampled_from(
    [{}, {}, {"face_without": ["moving", "moving_award"]}, {"face_without": ["moving", "award"]}]
)


@st.composite
def policy_files(draw: st.DrawFn) -> str:
    """A policy of schema 4 that stands."""
    bonuses = [_bonus(draw) for _ in range(draw(st.integers(1, 3)))]
    rounding = draw(st.sampled_from(["fen", "yuan"]))
    bonuses = [{**one, "rounding": rounding} for one in bonuses]
    said: dict[str, Any] = {
        "schema": 4,
        "code": "any-city",
        "title": "任何一座城市",
        "source": "生成",
        "valid": {
            "months": 12,
            "from": draw(st.sampled_from(["issue", "agreement"])),
            "extension_months": 3,
            **({"extension_spent_above": "0%"} if rounding == "yuan" else {}),
            **draw(_ends),
        },
        "bonus": bonuses[0] if len(bonuses) == 1 else bonuses,
        "face": draw(
            st.lists(
                st.one_of(
                    st.fixed_dictionaries({"rate": rates, "lost_on": lost_on}),
                    st.fixed_dictionaries({"rate": rates, "rounding": roundings}),
                    st.fixed_dictionaries({"rate": rates, "least_yuan": yuan}),
                    st.fixed_dictionaries({"rate": rates, "parts": st.just(["home", "award"])}),
                    st.fixed_dictionaries({"slices": _sizes, "parts": st.just(["home"])}),
                    st.fixed_dictionaries({"brackets": _sizes, "lost_on": lost_on}),
                    st.fixed_dictionaries({"yuan_per_m2": st.integers(0, 900), "lost_on": lost_on}),
                    st.fixed_dictionaries({"yuan_per_entitled_m2": st.integers(0, 900)}),
                    st.fixed_dictionaries({"yuan_per_resident": yuan, "lost_on": lost_on}),
                    st.fixed_dictionaries(
                        {
                            "rate": rates,
                            "most_yuan": yuan,
                            "signed_to": st.just("2016-05-31"),
                            "rounding": roundings,
                        }
                    ),
                    st.fixed_dictionaries({"fill_to": yuan, "lost_on": lost_on}),
                    st.fixed_dictionaries({"rate": rates, "most_face": yuan, "rounding": roundings}),
                    st.fixed_dictionaries({"yuan": yuan, "signed_from": st.just("2016-05-21")}),
                    st.fixed_dictionaries({"yuan": yuan, "lost_on": st.just(["lapse"]), "kept_from": rates}),
                    st.fixed_dictionaries(
                        {"rate": rates, "lost_on": st.just(["lapse"]), "kept_above": below_all}
                    ),
                    st.fixed_dictionaries(
                        {
                            "rate": rates,
                            "lost_on": lost_on.filter(bool),
                            "kept_from": rates,
                            "lost": st.just("part"),
                        }
                    ),
                ),
                max_size=2,
            )
        ),
        "usable_on": ["home"],
        "buyers": ["self"],
        "leftover": _bands(draw),
        "lapse": draw(
            st.sampled_from(
                [
                    {"effect": "cash", "rate": "70%", "bonus": "returned", "give_up": "same"},
                    {"effect": "void"},
                    {"effect": "agreement"},
                    {"effect": "cash", "bands": _bands(draw)},
                    {"effect": "cash", "bonus": "part", "give_up": {"effect": "agreement", "bonus": "part"}},
                    {"effect": "void", "give_up": {"effect": "cash", "rate": "95%", "bonus": "returned"}},
                    {"effect": "cash", "rate": "33.33%", "give_up": {"effect": "agreement"}},
                ]
            )
        ),
        "payout_rounding": rounding,
        "transfers": draw(_transfers),
        "splits": {
            "times": draw(st.integers(0, 2)),
            **draw(st.sampled_from([{}, {"least_yuan": 50_000}, {"least_share": "20%", "to_month": 2}])),
        },
        "merges": draw(st.sampled_from([{"times": 0}, {"times": 1}, {"times": 2, "to_month": 6}])),
        "settlement": draw(settlements()),
        "interest": {
            "rate": "0.35%",
            "from": draw(st.sampled_from(["issue", "start", "agreement", "vacated", "term_end"])),
            "on": ["leftover", "lapse"],
        },
    }
    said |= draw(_in_cash)
    if not said["face"]:
        del said["face"]
    if isinstance(said["transfers"], dict) and said["transfers"].get("bonus"):
        several = said["bonus"] if isinstance(said["bonus"], list) else [said["bonus"]]
        taken_over = [one for one in several if one["base"] == "spent"]
        for one in taken_over[:1]:
            one.update(draw(st.sampled_from([{}, {"earned_by": "holder"}, {"earned_by": "transferee"}])))
    if draw(st.booleans()):
        said["bonus_caps"] = [{"of": "voucher", "share_of_face": draw(rates)}]
    return str(yaml.safe_dump(_later(_at_most(draw, said)), allow_unicode=True))


_of_purchases = st.sampled_from(
    [
        {},
        {},
        {"first_purchase": "0.01%"},
        {"limits": [{"share_of_price": "80.01%"}]},
        {"limits": [{"share_of_face": "33.33%"}, {"kinds": ["home"], "share_of_price": "95%"}]},
        {"first_purchase": "40%"},
        {"limits": [{"kinds": ["home"], "yuan": 123_456.78}], "splits": 0},
        {"limits": [{"kinds": ["home"], "share_of_face": "45.67%", "of": "household"}]},
        {"limits": [{"yuan": 200_000, "of": "household"}, {"share_of_face": "40%", "of": "voucher"}]},
        {
            "usable_on": ["home", "parking"],
            "spaces": "alone",
            "limits": [{"kinds": ["parking"], "after": {"kinds": ["home"], "spent_from": "60%"}}],
            "settlement": {"tranches": [{"event": "filed", "share": "100%", "pay_within": {"days": 30}}]},
        },
        {"homes": {"most": 1, "of": "household"}},
        {"areas": ["elsewhere"], "areas_of": [{"kinds": ["home"], "areas": "own"}]},
        {"buyers": ["self", "child", "co_owner", "resident"], "one_buyer_of": ["self", "co_owner"]},
        {"homes": {"most": 2, "of": "household"}, "limits": [{"yuan": 150_000, "of": "home"}]},
        {"limits": [{"kinds": ["home"], "number": 1, "of": "household"}]},
        {"limits": [{"kinds": ["home"], "number": 1}, {"share_of_price": "90%"}]},
        {"limits": [{"kinds": ["home"], "area": {"from": 60, "up_to": 144}}, {"yuan_per_m2": 4_000}]},
        {"limits": [{"kinds": ["home"], "total_area": 150, "of": "household"}]},
        {"limits": [{"kinds": ["home"], "total_area": {"m2_a_head": 90.5}, "of": "household"}]},
        {"limits": [{"kinds": ["home"], "total_area": "entitled", "of": "household"}]},
        {
            "limits": [
                {"total_area": {"of": "entitled", "share": "133.33%"}, "of": "household"},
                {"total_area": {"of": "old", "plus_m2": 33.33}, "of": "household"},
            ]
        },
        {"hold": {"days": 3}},
        {"hold": {"working_days": 3}},
        {"hold": {"days": 40, "loan_days": 30}, "first_purchase": "5%"},
    ]
)
_of_agreements = st.sampled_from(
    [
        {},
        {},
        {},
        {"signed_to": "2016-05-19"},
        {"signed_from": "2016-05-20", "signed_to": "2016-05-20"},
        {"signed_from": "2016-05-21"},
    ]
)
"""The agreements of the factories are of 20 May 2016."""
_times = st.sampled_from(
    [{"from_month": 2}, {"to_month": 2}, {"from_nth_day": 32, "to_nth_day": 100}, {"to_day": "2016-07-15"}]
)


_rates_on = st.sampled_from([{}, {"rates_on": "each_day"}, {"rates_on": "last_day"}])
_terms_on = st.sampled_from([{}, {"terms_on": "last_day"}, {"terms_on": "day_after"}])
_runs_to = st.sampled_from([{"to": to} for to in ("contract", "filed", "verified", "paid")])


@st.composite
def held_bonuses(draw: st.DrawFn, to: st.SearchStrategy[dict[str, str]] = _runs_to) -> dict[str, Any]:
    """Interest on what is spent, which runs on after the lock to any event, or as ``to`` says."""
    one = {"rate": draw(rates), **draw(st.sampled_from([{}, {"count": "months"}, {"days_in_year": 360}]))}
    table = {
        "rates": [{"from_day": "2016-01-01", "rate": "1.75%"}, {"from_day": "2016-07-02", "rate": "1.5%"}]
    }
    table |= draw(_rates_on)
    terms = {"terms": [{"months": 0, "rate": "0.35%"}, {"months": 3, "rate": "1.1%"}], **draw(_terms_on)}
    until = draw(to)
    slices = {"slices": [{"months": 1, "rate": "0.35%"}, {"months": 2, "rate": "1.1%"}]}
    return {
        "base": "held",
        "paid": "cash",
        "fixed_by": "lock",
        "counted_from": draw(st.sampled_from(["start", "issue", "agreement"])),
        "tiers": [
            {
                "from_month": 1,
                "to_month": 12,
                "interest": {**draw(st.sampled_from([one, table, terms, slices])), **until},
            }
        ],
        "caps": [] if until else draw(caps),
    }


def _lines(draw: st.DrawFn, one: dict[str, Any]) -> Any:
    """Return interest on what leaves a voucher, by one line or by several."""
    rounding = draw(st.one_of(st.just({}), st.fixed_dictionaries({"rounding": roundings})))
    rounding |= draw(st.sampled_from([{}, {}, {"most_share": "0.5%"}]))
    to = {} if one["from"] == "term_end" else draw(st.sampled_from([{}, {"to": "term_end"}]))
    if draw(st.booleans()):
        return {**one, **to, **rounding}
    only = draw(st.sampled_from([{}, {"only": "used"}, {"only": "unused"}]))
    late = {"rate": draw(rates), "from": "term_end", "on": ["lapse"], "days_in_year": 360}
    return [{**one, **to, **only, **rounding}, {**late, **rounding}]


@st.composite
def timed_policy_files(draw: st.DrawFn) -> str:
    """A policy of ``policy_files`` that also says what depends on days, and on the first home.

    Apart from it, because there most draws buy, and long lives need that.
    """
    said: dict[str, Any] = yaml.safe_load(draw(policy_files()))
    nearest = draw(st.sampled_from([None, None, "nearest_yuan", "nearest_hundred_yuan"]))
    said |= {"payout_rounding": nearest} if nearest else {}
    for bonus in said["bonus"] if isinstance(said["bonus"], list) else [said["bonus"]]:
        bonus.update({"rounding": nearest} if nearest else {})
        bonus.update(draw(_of_agreements))
        if bonus["fixed_by"] not in ("lock", "paid") and draw(st.booleans()):
            word = draw(st.sampled_from(["grace_days", "grace_working_days"]))
            bonus[word] = draw(st.sampled_from([5, 30]))
    if draw(st.booleans()):
        reached = draw(st.sampled_from(["0%", "10%"]))
        shared = any("spent_of" in band for band in said["leftover"])
        whose = {"spent_of": "household"} if shared and reached != "0%" else {}
        said["leftover"].append({"spent_from": reached, "rate": draw(rates), **whose, **draw(_times)})
    counted = draw(st.sampled_from(["days", "days", "months", "begun_months", "terms", "slices"]))
    if counted in ("terms", "slices"):
        del said["interest"]["rate"]
        said["interest"][counted] = [{"months": months, "rate": draw(rates)} for months in (1, 3, 12)]
        said["interest"] |= draw(_terms_on) if counted == "terms" else {}
    elif counted != "days":
        said["interest"] |= {"count": counted, "per": draw(st.sampled_from(["year", "month"]))}
    elif draw(st.booleans()):
        days = ["2016-01-01", draw(st.sampled_from(["2016-06-01", "2016-07-02"]))]
        del said["interest"]["rate"]
        said["interest"]["rates"] = [{"from_day": day, "rate": draw(rates)} for day in days]
        said["interest"] |= draw(_rates_on)
    said["interest"] = _lines(draw, said["interest"])
    if draw(st.booleans()):
        said["bonus"] = [
            *(said["bonus"] if isinstance(said["bonus"], list) else [said["bonus"]]),
            draw(held_bonuses(st.one_of(st.just({}), _runs_to))),
        ]
    if draw(st.sampled_from([False, False, True])):
        for bonus in said["bonus"] if isinstance(said["bonus"], list) else [said["bonus"]]:
            bonus.update({"paid_after": "certificate"} if bonus["paid"] == "cash" else {})
    return str(yaml.safe_dump(said | draw(_of_purchases), allow_unicode=True))
