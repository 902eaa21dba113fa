import numpy as np
import pytest
from scipy import stats

from app.monitor.inference import LARGE_FAMILY, benjamini_hochberg, discoveries
from app.monitor.mixture import LARGEST_P, Means, group_discoveries, spread_of_premiums

BOUND = float(np.log1p(0.02))


def family(seed: int, *, share: float, premium: float, innocent: float = 0.0, count: int = 600) -> Means:
    """Groups as on real flats: standard errors around 2%, the first `share` of them dear."""
    random = np.random.default_rng(seed)
    error = 0.02 * np.exp(random.normal(0, 0.3, count))
    truth = np.where(np.arange(count) < share * count, np.log1p(premium), innocent)
    freedom = np.full(count, 15.0)
    return Means(truth + error * random.standard_t(15, count), error, freedom)


@pytest.mark.parametrize(
    ("share", "premium", "innocent"),
    [
        (0.05, 0.08, 0.0),
        (0.1, 0.05, 0.0),
        (0.1, 0.08, 0.0),
        (0.3, 0.2, 0.0),
        (0.1, 0.08, BOUND),
        (0.1, 0.08, -0.01),
    ],
)
def test_the_false_discovery_rate_is_kept_wherever_innocents_lie(
    share: float, premium: float, innocent: float
) -> None:
    false = []
    for seed in range(20):
        flagged = group_discoveries(family(seed, share=share, premium=premium, innocent=innocent), BOUND, 0.1)
        guilty = np.arange(600) < share * 600
        false.append((flagged & ~guilty).sum() / max(flagged.sum(), 1))
    assert np.mean(false) < 0.125


def test_nothing_planted_hardly_ever_gives_a_flag() -> None:
    flags = [group_discoveries(family(seed, share=0, premium=0), BOUND, 0.1).sum() for seed in range(40)]
    assert sum(flag > 0 for flag in flags) <= 6
    assert sum(flags) <= 10


def test_it_finds_more_than_setting_large_p_values_aside() -> None:
    found = {"mixture": 0, "aside": 0}
    for seed in range(10):
        means = family(seed, share=0.1, premium=0.06)
        found["mixture"] += int(group_discoveries(means, BOUND, 0.1)[:60].sum())
        found["aside"] += int(discoveries(means.p_values(BOUND), 0.1)[:60].sum())
    assert found["mixture"] > 1.3 * found["aside"]


def test_whoever_has_the_smaller_p_value_is_flagged_first_and_none_above_the_largest() -> None:
    means = family(3, share=0.9, premium=0.08)
    p, flagged = means.p_values(BOUND), group_discoveries(means, BOUND, 0.1)
    assert flagged.any()
    assert p[flagged].max() <= min(p[~flagged].min(), LARGEST_P)


def test_a_small_family_is_judged_by_the_plain_procedure() -> None:
    means = family(4, share=0.3, premium=0.1, count=LARGE_FAMILY - 1)
    expected = benjamini_hochberg(means.p_values(BOUND), 0.1)
    assert expected.any()
    assert (group_discoveries(means, BOUND, 0.1) == expected).all()


def test_the_spread_of_premiums_is_that_of_the_truth() -> None:
    grid = np.linspace(-0.1, 0.16, 53)
    weights = spread_of_premiums(family(5, share=0.25, premium=0.1, count=4000), grid)
    assert weights.sum() == pytest.approx(1.0)
    assert weights[grid > 0.05].sum() == pytest.approx(0.25, abs=0.03)
    assert float(weights @ grid) == pytest.approx(0.25 * np.log(1.1), abs=0.002)


def test_premiums_of_a_family_without_a_guilty_one_lie_where_the_innocents_are() -> None:
    means = Means(np.zeros(60), np.full(60, 0.02), np.full(60, 30.0))
    grid = np.linspace(-0.1, 0.1, 41)
    assert weights_near(spread_of_premiums(means, grid), grid, 0.0) > 0.9
    assert not group_discoveries(means, BOUND, 0.1).any()
    assert means.p_values(BOUND)[0] == pytest.approx(stats.t.cdf(BOUND / 0.02, 30))


def weights_near(weights: np.ndarray, grid: np.ndarray, value: float) -> float:
    return float(weights[np.abs(grid - value) < 0.011].sum())
