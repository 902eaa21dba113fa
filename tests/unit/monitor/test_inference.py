import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from app.monitor.inference import LARGE_FAMILY, benjamini_hochberg, central_quantiles, discoveries, upper_tail

p_lists = st.lists(st.floats(min_value=1e-9, max_value=1.0), min_size=1, max_size=60)
rates = st.sampled_from([0.01, 0.05, 0.1, 0.2])


@given(p_values=p_lists, rate=rates)
def test_what_is_rejected_agrees_with_the_adjusted_p_values_of_scipy(
    p_values: list[float], rate: float
) -> None:
    adjusted = stats.false_discovery_control(p_values, method="bh")
    near = np.isclose(adjusted, rate, rtol=1e-9)
    rejected = benjamini_hochberg(np.array(p_values), rate)
    assert (rejected == (adjusted <= rate))[~near].all()


@given(p_values=p_lists, rate=rates)
def test_a_smaller_p_value_is_never_kept_while_a_larger_is_rejected(
    p_values: list[float], rate: float
) -> None:
    p = np.array(p_values)
    rejected = benjamini_hochberg(p, rate)
    if rejected.any():
        assert rejected[p <= p[rejected].max()].all()


@given(p_values=p_lists, rate=rates)
def test_tests_that_were_not_run_do_not_count(p_values: list[float], rate: float) -> None:
    with_gaps = np.array([*p_values, np.nan, np.nan])
    rejected = benjamini_hochberg(with_gaps, rate)
    assert not rejected[-2:].any()
    assert (rejected[:-2] == benjamini_hochberg(np.array(p_values), rate)).all()


def test_an_empty_family_rejects_nothing() -> None:
    assert not benjamini_hochberg(np.array([]), 0.1).any()
    assert not discoveries(np.full(100, np.nan), 0.1).any()


def test_a_small_family_is_judged_by_the_plain_procedure() -> None:
    p = np.linspace(0.001, 0.9, LARGE_FAMILY - 1)
    assert (discoveries(p, 0.1) == benjamini_hochberg(p, 0.1)).all()


@pytest.mark.parametrize("innocent_mean", [0.0, -1.0])
def test_large_families_keep_the_false_discovery_rate(innocent_mean: float) -> None:
    random = np.random.default_rng(7)
    false_share, found = [], []
    for _ in range(200):
        guilty = random.random(500) < 0.1
        z = random.normal(np.where(guilty, 2.5, innocent_mean))
        rejected = discoveries(stats.norm.sf(z), 0.1)
        false_share.append((rejected & ~guilty).sum() / max(rejected.sum(), 1))
        found.append(rejected[guilty].mean())
    assert np.mean(false_share) < 0.11
    assert np.mean(found) > 0.25


def test_setting_hopeless_tests_aside_finds_more_where_innocents_lie_below_the_materiality() -> None:
    random = np.random.default_rng(8)
    guilty = np.arange(2000) < 200
    p = stats.norm.sf(random.normal(np.where(guilty, 2.5, -1.0)))
    assert discoveries(p, 0.1).sum() > 1.3 * benjamini_hochberg(p, 0.1).sum()


@pytest.mark.parametrize("count", [99, 2000])
@pytest.mark.parametrize("level", [0.001, 0.01, 0.05, 0.5])
def test_an_innocent_value_has_a_small_p_value_no_more_often_than_it_says(count: int, level: float) -> None:
    random = np.random.default_rng(9)
    p = np.array([upper_tail(random.standard_t(4, 1), random.standard_t(4, count))[0] for _ in range(4000)])
    assert np.mean(p <= level) <= level + 3 * (level * (1 - level) / 4000) ** 0.5


def test_an_absurd_value_is_told_from_a_large_one_where_many_errors_are_known() -> None:
    random = np.random.default_rng(10)
    reference = random.standard_t(6, 3000)
    large, absurd = upper_tail(np.array([reference.max(), 5 * reference.max()]), reference)
    assert absurd < 0.01 * large
    assert upper_tail(np.array([1e9]), np.zeros(99))[0] == pytest.approx(0.01)


@pytest.mark.parametrize("count", [45, 200, 5000])
def test_quantiles_hold_95_of_100_future_errors_on_average(count: int) -> None:
    random = np.random.default_rng(count)
    held = []
    for _ in range(400):
        low, high = central_quantiles(random.normal(size=count))
        held.append(stats.norm.cdf(high) - stats.norm.cdf(low))
    assert 0.945 < np.mean(held) < 0.962
