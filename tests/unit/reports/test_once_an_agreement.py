"""Whatever is split off and given away, what is earned once by an agreement is earned once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.policies.played import HEAD, steps_of

POLICY = HEAD + (
    "bonus: {base: BASE, fixed_by: lock, tiers: [{from_month: 1, to_month: 12, PAYS}]}\n"
    "transfers: 3\nsplits: {times: 3}\n"
)
HOUSEHOLD = "household: {old_area: 61.25, entitled_area: 80, residents: 2}\n"


@pytest.mark.parametrize(
    ("base", "pays", "most"),
    [
        ("compensation", "rate: 5%", 5_000_000),
        ("fixed", "yuan: 30000", 3_000_000),
        ("spent, caps: [{of: household, share_of_compensation: 1%}]", "rate: 50%", 1_000_000),
        ("spent, caps: [{of: household, yuan: 10000}]", "rate: 50%", 1_000_000),
        ("price, caps: [{of: household, yuan_per_m2: 100}]", "rate: 50%", 612_500),
        ("fixed, per: home, caps: [{of: household, yuan_per_entitled_m2: 200}]", "yuan: 7000", 1_600_000),
        ("fixed, per: home, caps: [{of: household, yuan_per_resident: 8000}]", "yuan: 7000", 1_600_000),
        # Homes are of 1000 元 a ㎡, and at most a tenth more.
        ("price, within_area: old", "rate: 10%", 673_750),
    ],
)
@given(
    part=st.integers(100_000, 800_000),
    gives=st.booleans(),
    buys=st.lists(st.tuples(st.sampled_from("AP"), st.integers(10_000, 90_000)), min_size=1, max_size=4),
    undone=st.booleans(),
)
def test_it_is_earned_once(
    base: str, pays: str, most: int, part: int, gives: bool, buys: list[tuple[str, int]], undone: bool
) -> None:
    told = [
        "issue: {voucher: A, on: 2024-01-10, compensation: 1000000}",
        f"split: {{voucher: A, on: 2024-01-11, into: [{{voucher: P, amount: {part}}}]}}",
        *(["transfer: {voucher: P, on: 2024-01-12, to: child}"] if gives else []),
        *(
            f"buy: {{home: H{place}, voucher: {voucher}, on: 2024-02-0{place + 1}, price: {price}, "
            f"area: {price // 1000}}}"
            for place, (voucher, price) in enumerate(buys)
        ),
        *(["cancel: {home: H0, on: 2024-03-01}"] if undone else []),
        "buy: {home: L, voucher: A, on: 2024-03-02, price: 10000, area: 10}",
    ]
    earned = {}
    for step in steps_of(POLICY.replace("BASE", base).replace("PAYS", pays), *told, household=HOUSEHOLD):
        for line in step["amounts"]:
            if line["of"] == "bonus":
                earned[step["home"] if "home" in step else len(earned)] = line["fen"]
    kept = list(earned.values())[1 if undone else 0 :]
    assert sum(earned.values()) > 0
    assert sum(kept) <= most
