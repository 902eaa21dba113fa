"""How any city might say that developers are paid."""

from typing import Any

from hypothesis import strategies as st

_within = st.sampled_from(
    [
        *({"days": 0}, {"days": 30}, {"working_days": 10}, {"months": 1}),
        *({"quarter_ends": 1}, {"quarter_ends": 2, "day": 15}, {"half_year_ends": 1}),
        *({"month_ends": 2}, {"month_ends": 1, "day": 10}),
    ]
)
_from = st.sampled_from([{}, {}, {"from": "event"}, {"from": "applied"}])
_interest = st.sampled_from(
    [
        *({}, {}, {"interest": {"rate": "7%"}}),
        *({"interest": {"rate": "7%", "rounding": word}} for word in ("yuan", "nearest_yuan")),
    ]
)


def _tranche(draw: st.DrawFn, event: str, share: str) -> dict[str, Any]:
    within = draw(_within)
    borne = draw(_interest) if within != {"days": 0} else {}  # no day passes that could bear any
    return {"event": event, "share": share, "pay_within": within | draw(_from), **borne}


def _rule(draw: st.DrawFn) -> dict[str, Any]:
    first = draw(st.sampled_from(["33.33%", "0.01%", "100%"]))
    rest = {"33.33%": "66.67%", "0.01%": "99.99%", "100%": "0%"}[first]
    tranches = [
        _tranche(draw, event, share)
        for event, share in (
            (draw(st.sampled_from(["contract", "filed", "verified"])), first),
            (draw(st.sampled_from(["handover", "handover", "frame_checked", "building_registered"])), rest),
        )
        if share != "0%"
    ]
    by_day = {"rate": "0.0175%", "per": "day"}
    late = draw(
        st.sampled_from(
            [
                {},
                *(
                    {"late_interest": by_day | more}
                    for more in ({}, {"rounding": "nearest_hundred_yuan"}, {"most_share": "0.5%"})
                ),
            ]
        )
    )
    return {"tranches": tranches, **late}


@st.composite
def settlements(draw: st.DrawFn) -> Any:
    """One rule, or several that part homes by how far they are built and by their kind."""
    parted: list[dict[str, Any]] = draw(
        st.sampled_from(
            [
                [{}],
                [{"kinds": ["home"]}],
                [{"stage": "presale"}, {"stage": "finished"}],
                [{"stage": "finished", "kinds": ["home"]}, {"stage": "presale"}],
            ]
        )
    )
    rules = [{**by, **_rule(draw)} for by in parted]
    return rules if len(rules) > 1 or draw(st.booleans()) else rules[0]
