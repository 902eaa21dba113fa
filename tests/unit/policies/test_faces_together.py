"""A cap by the faces of all vouchers of a household: 每户奖励最高不超过房票总额的 15%."""

import pytest

from app.policies.errors import PolicyFileInvalid
from app.policies.idle import worth_a_look
from app.policies.reader import read
from tests.unit.policies.played import HEAD, steps_of

FIFTH = "bonus: {base: spent, fixed_by: lock, tiers: [{from_month: 1, to_month: 12, rate: 20%}]"
CAPPED = HEAD + FIFTH + ", caps: [{of: household, WORD: 15%}]}\nsplits: 1\ntransfers: 1\n"
TOLD = (
    "issue: {voucher: A, on: 2024-01-10, face: 1000000}",
    "split: {voucher: A, on: 2024-02-01, into: [{voucher: B, amount: 300000}]}",
)
BUYS = (
    "buy: {home: H1, voucher: A, on: 2024-03-01, price: 805000}",
    "buy: {home: H2, voucher: B, on: 2024-03-01, price: 300000}",
)


def earned(word: str, *told: str) -> int:
    """Return all bonus of a scenario, in fen."""
    steps = steps_of(CAPPED.replace("WORD", word), *told)
    return sum(line["fen"] for step in steps for line in step["amounts"] if line["of"] == "bonus")


def test_a_household_earns_so_much_of_all_its_faces_whichever_buys_first() -> None:
    """Of 70 万 and 30 万, 15% together are 15 万; of the face of the voucher that pays it is 10.5 万."""
    assert (
        earned("share_of_faces", *TOLD, *BUYS) == earned("share_of_faces", *TOLD, *BUYS[::-1]) == 15_000_000
    )
    assert earned("share_of_face", *TOLD, *BUYS) == 10_500_000


def test_a_voucher_given_away_is_of_the_face_of_who_has_it() -> None:
    given = "transfer: {voucher: B, on: 2024-02-02, to: child}"
    assert earned("share_of_faces", *TOLD, given, *BUYS) == 10_500_000 + 4_500_000
    assert earned("share_of_faces", *TOLD, given, BUYS[0]) == 10_500_000


def test_check_tells_that_a_face_given_away_counts_again() -> None:
    """15 万 of 100 万 are earned; who gets the 30 万 that are left earns another 4.5 万 of them."""
    given = "transfer: {voucher: B, on: 2024-03-01, to: child}"
    again = earned("share_of_faces", *TOLD, BUYS[0], given, BUYS[1])
    assert again == earned("share_of_faces", *TOLD, BUYS[0]) + 4_500_000 > 15_000_000
    told = [path for path, _reason in worth_a_look(read(CAPPED.replace("WORD", "share_of_faces")))]
    assert told == ["bonus.caps[0].share_of_faces"]
    kept = CAPPED.replace("WORD", "share_of_faces").replace("splits: 1\ntransfers: 1\n", "")
    assert worth_a_look(read(kept)) == []


def test_check_tells_of_the_face_of_the_voucher_that_pays() -> None:
    told = [path for path, _reason in worth_a_look(read(CAPPED.replace("WORD", "share_of_face")))]
    assert "bonus.caps[0].share_of_face" in told


@pytest.mark.parametrize("of", ["voucher", "home"])
def test_faces_together_are_a_households(of: str) -> None:
    with pytest.raises(PolicyFileInvalid) as raised:
        read(CAPPED.replace("WORD", "share_of_faces").replace("of: household", f"of: {of}"))
    assert [one.reason for one in raised.value.problems] == ["share_of_faces needs of: household"]
