"""Who gets a voucher in a batch, what marks the batch, and which of its vouchers are looked at."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.projects.models import Election
from app.projects.roster import Entry
from app.vouchers.batch_rules import LEAST_OPENED, LeftOut, Taken, digest, sample, why_left_out

ENTRY = Entry(
    household_id=1,
    household_ref="HH-1",
    holder_name="王秀英",
    old_address="港华路1号",
    elects=Election.VOUCHER,
    dispute=None,
    agreement_id=7,
    agreement_number="港二-001",
    sum_fen=130_550_000,
    lines_fen=130_550_000,
)
NOTHING = Taken({}, frozenset())


@pytest.mark.parametrize(
    ("change", "taken", "reason"),
    [
        ({}, NOTHING, None),
        ({"lines_fen": None}, NOTHING, None),
        ({"elects": Election.CASH}, NOTHING, LeftOut.CASH),
        ({"dispute": "继承未定"}, NOTHING, LeftOut.DISPUTE),
        ({"dispute": "继承未定", "elects": Election.CASH}, NOTHING, LeftOut.DISPUTE),
        ({"agreement_id": None, "sum_fen": 0, "lines_fen": None}, NOTHING, LeftOut.NO_AGREEMENT),
        ({}, Taken({7: "issued"}, frozenset()), LeftOut.ISSUED),
        ({}, Taken({7: "submitted"}, frozenset({1})), LeftOut.WAITING),
        ({}, Taken({}, frozenset({1})), LeftOut.BATCHED),
    ],
)
def test_why_a_line_is_left_out(change: dict, taken: Taken, reason: LeftOut | None) -> None:
    assert why_left_out(replace(ENTRY, **change), taken) is reason


@given(st.lists(st.integers(1, 10**6), unique=True, min_size=1, max_size=600), st.text(max_size=8))
def test_the_sample_is_large_enough_and_nobodys_choice(ids: list[int], salt: str) -> None:
    drawn = sample(ids, salt)
    assert drawn == sample(reversed(ids), salt)
    assert len(set(drawn)) == len(drawn)
    assert set(drawn) <= set(ids)
    assert len(drawn) >= min(LEAST_OPENED, len(ids))
    assert len(drawn) * 100 >= len(ids)


def test_another_batch_of_the_same_agreements_is_looked_at_elsewhere() -> None:
    ids = range(1, 1366)
    assert sample(ids, "a") != sample(ids, "b")
    assert len(sample(ids, "a")) == 14


@given(st.dictionaries(st.integers(1, 99), st.integers(1, 10**9), min_size=1, max_size=9), st.data())
def test_the_mark_changes_with_every_figure(faces: dict[int, int], data: st.DataObject) -> None:
    rows = list(faces.items())
    mark = digest(rows, policy_sha256="p", salt="s")
    assert mark == digest(reversed(rows), policy_sha256="p", salt="s")
    changed = {**faces, data.draw(st.sampled_from(sorted(faces))): 10**9 + 1}
    assert mark != digest(changed.items(), policy_sha256="p", salt="s")
    assert mark != digest(rows, policy_sha256="q", salt="s")
    assert mark != digest(rows, policy_sha256="p", salt="t")
