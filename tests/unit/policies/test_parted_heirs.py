"""Where several heirs together are paid, or earn, otherwise than one would, and that the check tells it."""

from typing import Any

import pytest

from app.policies.idle import worth_a_look
from app.policies.reader import read
from tests.unit.policies.played import HEAD, steps_of

_TENTH = HEAD + "bonus: {base: spent, fixed_by: lock, tiers: [{from_month: 1, to_month: 12, rate: 10%}]}\n"
_TOTAL = HEAD + (
    "bonus: {base: spent_total, fixed_by: lock, paid: cash, tiers: "
    "[{from_month: 1, to_month: 3, rate: 10%}, {from_month: 4, to_month: 12, rate: LATER%}]}\n"
)
_ISSUED = "issue: {voucher: A, on: 2022-05-01, face: 1000000}"


def _buy(home: str, voucher: str, day: str, yuan: int) -> str:
    return f"buy: {{home: {home}, voucher: {voucher}, on: {day}, price: {yuan}}}"


def _inherit(*others: tuple[str, int]) -> str:
    into = ", ".join(f"{{voucher: {name}, amount: {yuan}, heir: child}}" for name, yuan in others)
    rest = f", into: [{into}]" if others else ""
    return f"inherit: {{voucher: A, died: 2022-05-05, on: 2022-06-05, heir: spouse{rest}}}"


def _paid_out(steps: list[dict[str, Any]]) -> list[int]:
    return [line["fen"] // 100 for step in steps for line in step["amounts"] if line["of"] == "paid_out"]


def _paid_yuan(policy: str, voucher: str, *others: tuple[str, int]) -> int:
    before, after = (_ISSUED, _buy("H", "A", "2022-05-04", 550_000)), "lapse: {voucher: A, on: 2023-09-01}"
    told = (*before, _inherit(*others), _buy("K", voucher, "2022-07-01", 220_000), after)
    (paid,) = _paid_out(steps_of(policy, *told))
    return paid


def test_heirs_of_whom_one_spends_all_give_less_of_a_bonus_back() -> None:
    """5 万 of 50 万, then 2 万 of 20 万: of 30 万 one heir gives 7 back, the heir of three fifths 3."""
    policy, heirs = _TENTH + "lapse: {effect: cash, bonus: returned}\n", ("B", 200_000)
    assert (_paid_yuan(policy, "A"), _paid_yuan(policy, "B", heirs)) == (230_000, 270_000)


def test_of_what_was_earned_before_heirs_give_a_part_back_as_one_would() -> None:
    """Of 5 万 with 50 of 100 万 left, half: of the heirs of 30 and 20 万 half of 3 and of 2 万."""
    policy, told = (
        _TENTH + "lapse: {effect: cash, bonus: part}\n",
        (_ISSUED, _buy("H", "A", "2022-05-04", 550_000)),
    )
    ends = [f"lapse: {{voucher: {voucher}, on: 2023-09-01}}" for voucher in "AB"]
    alone = _paid_out(steps_of(policy, *told, _inherit(), ends[0]))
    together = _paid_out(steps_of(policy, *told, _inherit(("B", 200_000)), *ends))
    assert (alone, together) == ([475_000], [285_000, 190_000])


def test_heirs_who_spend_at_other_rates_earn_otherwise_on_all_that_is_spent() -> None:
    """10% of 50 万, and 5% of 50 or of 100 万: of all of it one heir has earned 5 万 already."""
    policy = _TOTAL.replace("LATER", "5")

    def earned_yuan(second: str, *others: tuple[str, int]) -> int:
        told = (_ISSUED, _inherit(*others), _buy("H", "A", "2022-06-10", 500_000))
        last = steps_of(policy, *told, _buy("K", second, "2023-02-01", 500_000))[-1]
        return sum(one["bonus_fen"] for one in last["balances"].values()) // 100

    assert (earned_yuan("A"), earned_yuan("B", ("B", 500_000))) == (50_000, 75_000)


def _told(policy: str, path: str) -> list[str]:
    return [reason for at, reason in worth_a_look(read(policy)) if at == path]


@pytest.mark.parametrize(
    "splits", ["", "splits: {times: 0, past: stays}\n", "splits: {times: 0, past: parted}\n"]
)
def test_check_tells_what_several_heirs_earn_otherwise(splits: str) -> None:
    (reason,) = _told(_TOTAL.replace("LATER", "5") + splits, "bonus.base")
    assert "several heirs" in reason
    assert _told(_TOTAL.replace("LATER", "10") + splits, "bonus.base") == []
    assert _told(_TENTH + splits, "bonus.base") == []


def test_check_says_of_splits_what_it_says_of_splits() -> None:
    (reason,) = _told(_TOTAL.replace("LATER", "5") + "splits: {times: 1, past: parted}\n", "bonus.base")
    assert "heirs" not in reason
