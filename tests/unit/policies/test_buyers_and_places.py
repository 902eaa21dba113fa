"""Who may buy, and must; where each kind of stock is bought; how small a part of a split may be."""

import pytest

from app.policies import bodies
from app.policies.errors import PolicyFileInvalid
from app.policies.idle import without_effect
from app.policies.reader import read
from app.reports import words
from app.web.trials import slip
from tests.unit.policies import played
from tests.unit.policies.played import steps_of

HEAD = played.HEAD.replace("usable_on: [home]", "usable_on: [home, parking, shop]")
NONE = "bonus: {base: spent, fixed_by: lock, tiers: []}\n"
PLAIN = HEAD + NONE
NAMED = PLAIN.replace("buyers: [self]", "buyers: [self, child, co_owner, resident]")
ISSUE = "issue: {voucher: A, on: 2025-03-01, face: 1000000}"


def buy(more: str, *, on: int = 1) -> str:
    return f"buy: {{home: H{on}, voucher: A, on: 2025-04-0{on}, price: 100000, {more}}}"


def refused(policy: str, *steps: str) -> list[str]:
    found = steps_of(policy, ISSUE, *steps)[1:]
    return [step["refused_by"]["path"] if step["outcome"] == "refused" else "done" for step in found]


def test_co_owners_and_residents_buy_where_the_policy_names_them() -> None:
    steps = [
        buy(f"buyer: {word}", on=place) for place, word in enumerate(("co_owner", "resident", "sibling"), 1)
    ]
    assert refused(NAMED, *steps) == ["done", "done", "buyers"]
    assert refused(PLAIN, *steps) == ["buyers"] * 3


def test_one_of_certain_people_must_be_among_the_buyers() -> None:
    policy = NAMED + "one_buyer_of: [self, co_owner]\n"
    steps = [
        buy("buyer: child", on=1),
        buy("buyer: [child, self]", on=2),
        buy("buyer: [resident, child]", on=3),
        buy("buyer: co_owner", on=4),
        buy("buyer: [self, sibling]", on=5),
    ]
    assert refused(policy, *steps) == ["one_buyer_of", "done", "one_buyer_of", "done", "buyers"]


def test_each_kind_of_stock_has_its_own_places() -> None:
    policy = PLAIN + "areas: any\nareas_of: [{kinds: [shop], areas: own}]\n"
    steps = [
        buy("district: donghu", on=1),
        buy("district: donghu, kind: shop", on=2),
        buy("district: yunxi, kind: shop", on=3),
    ]
    found = steps_of(policy, ISSUE, *steps, household="district: yunxi\n")[1:]
    assert [step["outcome"] for step in found] == ["done", "refused", "done"]
    assert found[1]["refused_by"]["path"] == "areas_of[0].areas"
    assert found[1]["refused_by"]["figures"] == {"district": "donghu", "listed": "yunxi"}
    # And the other way round: the list of all does not hold for what has its own.
    narrow = PLAIN + "areas: own\nareas_of: [{kinds: [home], areas: [donghu]}]\n"
    found = steps_of(narrow, ISSUE, *steps, household="district: yunxi\n")[1:]
    assert [step["outcome"] for step in found] == ["done", "refused", "done"]


@pytest.mark.parametrize(
    ("amount", "outcome"),
    [("200000", "done"), ("199999.99", "refused"), ("400000", "done"), ("400000.01", "refused")],
)
def test_no_part_of_a_split_is_smaller_than_a_share_of_the_face(amount: str, outcome: str) -> None:
    """Of 100 万 60 万 are left: both what goes and what stays must have 20 万."""
    split = f"split: {{voucher: A, on: 2025-04-02, into: [{{voucher: B, amount: {amount}}}]}}"
    *_, found = steps_of(
        PLAIN + "splits: {times: 1, least_share: 20%, least_yuan: 100000}\n",
        ISSUE,
        "buy: {home: H, voucher: A, on: 2025-04-01, price: 400000}",
        split,
    )
    assert found["outcome"] == outcome
    if outcome == "refused":
        rule = found["refused_by"]
        assert (rule["path"], rule["figures"]["least_fen"]) == ("splits.least_share", 20_000_000)


@pytest.mark.parametrize(
    ("said", "path", "reason"),
    [
        ("one_buyer_of: [self, child]", "one_buyer_of[1]", "names child, which is not in buyers"),
        ("one_buyer_of: []", "one_buyer_of", "needs at least 1"),
        ("areas_of: [{kinds: [shop], areas: [any]}]", "areas_of[0].areas", "must be any by itself"),
        ("areas_of: [{kinds: [office], areas: own}]", "areas_of[0].kinds", "names office, which is not in"),
        (
            "areas_of: [{kinds: [shop], areas: own}, {kinds: [shop, parking], areas: any}]",
            "areas_of[1].kinds",
            "names shop, which stands above",
        ),
        ("splits: {times: 1, least_share: 50.01%}", "splits.least_share", "must be at most 50%: a voucher"),
    ],
)
def test_what_nobody_could_fulfil_is_refused_in_its_line(said: str, path: str, reason: str) -> None:
    with pytest.raises(PolicyFileInvalid) as found:
        read(f"{PLAIN}{said}\n")
    (problem,) = [one for one in found.value.problems if one.path == path and reason in one.reason]
    assert problem.line == PLAIN.count("\n") + 1
    assert slip(problem.reason) != problem.reason


def test_words_that_change_nothing_are_told() -> None:
    same = "one_buyer_of: [self]\nareas_of: [{kinds: [shop], areas: any}]\n"
    assert {path for path, _why in without_effect(read(PLAIN + same))} == {"one_buyer_of", "areas_of[0]"}
    other = "one_buyer_of: [self]\nareas_of: [{kinds: [shop], areas: own}]\n"
    assert without_effect(read(NAMED + other)) == []


def test_they_read_on_paper() -> None:
    policy = bodies.parse(
        NAMED + "one_buyer_of: [self, co_owner]\nareas_of: [{kinds: [shop, parking], areas: own}]\n"
    )
    assert (
        words.buyers(policy) == "本人、子女、原房屋的共有人、安置人口；其中至少有一位是本人、原房屋的共有人"
    )
    assert words.area_of_use(policy, "云溪区") == (
        "参加房票安置的房企入库房源，不限区；车位、商铺限云溪区的入库房源"
    )
    assert words.buyers(bodies.parse(PLAIN)) == "本人"
