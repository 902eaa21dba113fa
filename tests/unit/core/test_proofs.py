"""Proofs ask elements of arrays alone, however their queries nest what they ask."""

import pytest

from app.core.proofs import of_arrays_alone


@pytest.mark.parametrize("inner", ["p.body -> 'x'", "coalesce(a, f(b))"])
def test_what_is_asked_is_asked_of_an_array(inner: str) -> None:
    found = of_arrays_alone(f"FROM jsonb_array_elements({inner}) AS (y), (z)")
    assert found == (
        f"FROM jsonb_array_elements(CASE jsonb_typeof({inner}) WHEN 'array' THEN {inner} END) AS (y), (z)"
    )


def test_what_asks_nothing_stays() -> None:
    assert of_arrays_alone("SELECT (1)") == "SELECT (1)"


def test_each_of_several_is_guarded_also_one_within_another() -> None:
    inner = "(SELECT one FROM jsonb_array_elements(b))"
    found = of_arrays_alone(f"jsonb_array_elements({inner}) jsonb_array_elements(c)")
    assert found.count("jsonb_array_elements(CASE jsonb_typeof(") == 4
    assert found.count("(") == found.count(")")
