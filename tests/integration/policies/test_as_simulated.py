"""Any policy that a city may write is carried out as it is played: on the same days, to the fen."""

from typing import Any

import yaml
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from app.ledger import queries as ledger
from app.policies import bodies
from app.redemptions import queries
from app.vouchers.ending_states import Kind
from tests.factories.played import SUMS, living, on_a_half
from tests.factories.policy_files import timed_policy_files

buys = st.fixed_dictionaries(
    {
        "days": st.sampled_from([0, 0, 20, 31, 95]),
        "late": st.booleans(),
        "signs_after": st.sampled_from([0, 0, 3, 12, 15]),
        "price": st.integers(500_000, 45_000_000),
        "area": st.sampled_from(["59.99", "60.01", "89.50", "144.01"]),
        "order": st.sampled_from([(0,), (1,), (0, 1), (1, 0)]),
        "most": st.sampled_from([None, None, 5_000_000]),
        "cancelled": st.booleans(),
    }
)


endings_of = st.tuples(*[st.sampled_from([Kind.PAYOUT, Kind.GIVE_UP, Kind.LAPSE])] * 2)


def carried_out(text: str) -> str:
    """Return a drawn policy as far as the platform carries it out."""
    said = yaml.safe_load(text)
    several = said["bonus"] if isinstance(said["bonus"], list) else [said["bonus"]]
    for bonus in several:
        if bonus["fixed_by"] in ("filed", "verified") and bonus["paid"] == "price":
            bonus["delay"] = "protected"  # a price is settled before it is known how late others are
    return str(yaml.safe_dump(said, allow_unicode=True))


def sums_of(text: str) -> tuple[int, int]:
    """Return sums of which a share that a drawn policy rounds half up lies on a half, and a fen below."""
    for one in bodies.parse(text).face:
        if one.rounding.is_nearest and one.rate_bp and one.parts is None:
            half_fen = on_a_half(one.rate_bp, one.rounding.step_fen, near_fen=SUMS[0])
            return half_fen, half_fen - 1
    return SUMS


@settings(max_examples=8, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
@given(
    text=timed_policy_files().map(carried_out),
    bought=st.lists(buys, min_size=1, max_size=4),
    kinds=endings_of,
)
def test_any_policy_is_carried_out_as_it_is_played(
    app: Flask, text: str, bought: list[dict[str, Any]], kinds: tuple[Kind, Kind]
) -> None:
    with living(app, text, sums_of(text)) as life:
        session = life.session
        for said in bought:
            life.wait(said["days"])
            life.buy({"kind": "home", **said})
        life.redeem_all()
        for place, kind in sorted(enumerate(kinds), key=lambda one: one[1] is Kind.LAPSE):
            life.end(place, kind)
        life.settle()
        assert ledger.verify(session) == []
        assert queries.verify(session) == []
