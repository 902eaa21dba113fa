"""Interest on what leaves a voucher, in lines: in the term and after it, used and never used, whole yuan."""

from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.policies import bodies
from app.policies.errors import PolicyFileInvalid
from app.policies.idle import worth_a_look
from app.policies.reader import read
from app.policies.rules import Policy
from tests.unit.policies.played import HEAD, steps_of

ENDS = (
    HEAD
    + """bonus: {base: spent, fixed_by: lock, tiers: []}
leftover: [{spent_from: 0%, rate: 100%}]
lapse: {effect: cash, give_up: same}
"""
)
AFTER_TERM = (
    ENDS
    + """interest:
  - {rate: 1.5%, from: issue, to: term_end, on: [leftover, lapse]}
  - {rate: 0.05%, from: term_end, on: [lapse]}
"""
)
NEVER_USED = (
    ENDS
    + """interest:
  - {rate: 1.5%, from: issue, on: [lapse], only: unused}
  - {rate: 0.35%, from: issue, on: [lapse], only: used}
"""
)
ISSUE = "issue: {voucher: A, on: 2025-03-01, face: 1000000}"
BUY = "buy: {home: H, voucher: A, on: 2025-04-01, price: 400000}"
START, END = date(2025, 3, 1), date(2026, 3, 1)


def interest(policy: str, *told: str) -> tuple[int, list[str]]:
    *_, last = steps_of(policy, ISSUE, *told)
    (line,) = [one for one in last["amounts"] if one["of"] == "interest"]
    return line["fen"], [rule["path"] for rule in line["rules"]]


def test_within_the_term_at_one_rate_and_after_it_at_another() -> None:
    # 100 万: a year at 1.5% are 15,000; 30 days at 0.05% are 41.0958….
    fen, paths = interest(AFTER_TERM, "lapse: {voucher: A, on: 2026-03-31}")
    assert (fen, paths) == (1_504_109, ["interest[0]", "interest[1]", "interest"])
    # Paid within the term: 122 days to 1 July, and none after it.
    assert interest(AFTER_TERM, "payout: {voucher: A, on: 2025-07-01}")[0] == 501_369


def test_after_the_term_nothing_more() -> None:
    said = ENDS + "interest: {rate: 1.5%, from: issue, to: term_end, on: [lapse]}\n"
    for day in ("2026-03-02", "2026-12-31"):
        assert interest(said, f"lapse: {{voucher: A, on: {day}}}") == (1_500_000, ["interest"])


def test_a_voucher_never_used_bears_another_rate() -> None:
    lapse = "lapse: {voucher: A, on: 2026-03-01}".replace("03-01", "03-02")
    assert interest(NEVER_USED, lapse)[0] == 1_504_109  # 366 days
    assert interest(NEVER_USED, BUY, lapse)[0] == 210_575  # 60 万 at 0.35%
    # What is given back is not used.
    undone = "cancel: {home: H, on: 2025-04-02}"
    assert interest(NEVER_USED, BUY, undone, lapse)[0] == 1_504_109


def test_only_the_unused_bear_any() -> None:
    said = ENDS + "interest: {rate: 1.5%, from: issue, on: [lapse], only: unused}\n"
    *_, last = steps_of(said, ISSUE, BUY, "lapse: {voucher: A, on: 2026-03-02}")
    assert [one["of"] for one in last["amounts"]] == ["paid_out"]


def test_whole_yuan() -> None:
    said = AFTER_TERM.replace("on: [leftover, lapse]}", "on: [leftover, lapse], rounding: yuan}").replace(
        "on: [lapse]}", "on: [lapse], rounding: yuan}"
    )
    fen, paths = interest(said, "lapse: {voucher: A, on: 2026-03-31}")
    assert (fen, paths[-1]) == (1_504_100, "interest.rounding")


ROUNDED = {
    "fen": (1, 0),
    "yuan": (100, 0),
    "nearest_yuan": (100, 50),
    "nearest_ten_yuan": (1_000, 500),
    "nearest_hundred_yuan": (10_000, 5_000),
}
"""To how many fen each word rounds, and how many are put on before rounding down."""


@st.composite
def drawn_lines(draw: st.DrawFn) -> list[dict[str, str]]:
    rounding = draw(st.sampled_from(list(ROUNDED)))
    return [
        {
            "ppm": str(draw(st.integers(0, 50_000))),
            "days_in_year": draw(st.sampled_from(["365", "360"])),
            "from": draw(st.sampled_from(["issue", "agreement", "term_end"])),
            "to": draw(st.sampled_from(["paid", "term_end"])),
            "only": draw(st.sampled_from(["", "used", "unused"])),
            "rounding": rounding,
        }
        for _ in range(draw(st.integers(1, 3)))
    ]


def policy_of(lines: list[dict[str, str]]) -> Policy:
    rows = [
        f"  - {{rate: {int(one['ppm']) // 10_000}.{int(one['ppm']) % 10_000:04d}%, on: [lapse], "
        + ", ".join(f"{key}: {value}" for key, value in one.items() if value and key != "ppm")
        + "}\n"
        for one in lines
        if (one["from"], one["to"]) != ("term_end", "term_end")
    ]
    return bodies.parse(ENDS + ("interest:\n" + "".join(rows) if rows else ""))


@given(
    lines=drawn_lines(),
    fen=st.integers(1, 10**10),
    is_used=st.booleans(),
    after=st.lists(st.integers(-200, 400), min_size=2, max_size=4),
)
def test_lines_add_up_are_rounded_once_and_never_fall(
    lines: list[dict[str, str]], fen: int, is_used: bool, after: list[int]
) -> None:
    rule = policy_of(lines).interest
    days = {"issue": START, "start": START, "agreement": date(2025, 2, 1), "term_end": END}
    found = []
    for until in (END + timedelta(days=one) for one in sorted(after)):
        exact = Fraction()
        for one in lines:
            if (one["from"], one["to"]) == ("term_end", "term_end") or one["only"] == (
                "unused" if is_used else "used"
            ):
                continue
            last = min(until, END) if one["to"] == "term_end" else until
            ran = max(0, (last - days[one["from"]]).days)
            exact += Fraction(fen * int(one["ppm"]) * ran, 1_000_000 * int(one["days_in_year"]))
        step, up = ROUNDED[lines[0]["rounding"]]
        borne = rule.of(fen, days, until, "lapse", is_used=is_used).fen if rule else 0
        assert borne == int((exact + up) / step) * step
        assert rule is None or rule.of(fen, days, until, "leftover", is_used=is_used).fen == 0
        found.append(borne)
    assert all(one <= two for one, two in pairwise(found))


@pytest.mark.parametrize(
    ("said", "path", "reason"),
    [
        ("{rate: 1%, from: term_end, to: term_end, on: [lapse]}", "interest.to", "must be paid"),
        ("{rate: 1%, from: issue, to: lock, on: [lapse]}", "interest.to", "is 'lock'"),
        ("{rate: 1%, from: issue, only: new, on: [lapse]}", "interest.only", "is 'new'"),
        (
            "[{rate: 1%, from: issue, on: [lapse], rounding: yuan}, {rate: 1%, from: issue, on: [lapse]}]",
            "interest[1].rounding",
            "must be the same",
        ),
        ("[{rate: 1%, from: issue, on: [lapse]}, {rate: 1%, on: [lapse]}]", "interest[1].from", "is missing"),
    ],
)
def test_what_does_not_fit_is_refused(said: str, path: str, reason: str) -> None:
    with pytest.raises(PolicyFileInvalid) as found:
        read(ENDS + f"interest: {said}\n")
    assert any(one.path == path and one.reason.startswith(reason) for one in found.value.problems)


def test_what_surprises_is_told() -> None:
    told = worth_a_look(read(NEVER_USED + "splits: 1\n"))
    assert [path for path, _ in told] == ["interest[0].only", "interest[1].only"]
    late = read(ENDS + "interest: {rate: 1%, from: term_end, on: [leftover, lapse]}\n")
    assert worth_a_look(late) == [("interest.on", "has no effect: leftover comes before the term ends")]


def test_it_may_run_from_the_handover_while_the_term_runs_from_the_issue() -> None:
    """自交房腾空之日起计息，有效期自核发之日起."""
    none = "bonus: {base: spent, fixed_by: lock, tiers: []}\nleftover: [{spent_from: 0%, rate: 100%}]\n"
    *_, paid = steps_of(
        HEAD + none + "interest: {rate: 1.5%, from: vacated, on: [leftover, lapse]}\n",
        "issue: {voucher: A, on: 2025-03-01, vacated: 2025-02-01, face: 100000}",
        "payout: {voucher: A, on: 2025-07-01}",
    )
    (borne,) = (one for one in paid["amounts"] if one["of"] == "interest")
    assert (borne["fen"], borne["rules"][0]["figures"]["days"]) == (61_643, 150)
