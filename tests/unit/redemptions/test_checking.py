"""The sample nobody chooses."""

from hypothesis import given
from hypothesis import strategies as st

from app.redemptions.checking import SAMPLE_LEAST, digest, sample

REFS = st.lists(st.text("ABCDEFGH23456789", min_size=9, max_size=9), min_size=1, max_size=220, unique=True)


@given(refs=REFS, price=st.integers(1, 10**9))
def test_a_sample_follows_from_what_the_batch_holds(refs: list[str], price: int) -> None:
    cases = [(ref, {"price_fen": price}) for ref in refs]
    drawn = sample(digest(cases), refs)
    assert drawn <= set(refs)
    assert len(drawn) == min(len(refs), max(SAMPLE_LEAST, -(-len(refs) // 10)))
    assert sample(digest(cases[::-1]), refs[::-1]) == drawn


def test_another_figure_in_one_case_draws_anew() -> None:
    refs = [f"GF-{number:05d}" for number in range(200)]
    cases = [(ref, {"price_fen": 1}) for ref in refs]
    changed = [*cases[:-1], (refs[-1], {"price_fen": 2})]
    assert sample(digest(cases), refs) != sample(digest(changed), refs)
