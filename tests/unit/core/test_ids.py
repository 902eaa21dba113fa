import re
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from app.core.ids import _ALPHABET, new_ref, normalise_ref

APP = Path(__file__).parents[3] / "app"
refs = st.builds(new_ref, st.just("FP"))


@given(refs)
def test_a_reference_is_read_back_however_it_is_typed(ref: str) -> None:
    assert normalise_ref(ref) == ref
    assert normalise_ref(ref.lower().replace("-", " ")) == ref


@given(refs, st.integers(3, 13), st.sampled_from(_ALPHABET))
def test_a_single_slip_is_found(ref: str, place: int, sign: str) -> None:
    if ref[place] in ("-", sign):
        return
    assert normalise_ref(ref[:place] + sign + ref[place + 1 :]) is None


@given(refs, st.integers(2, 11))
def test_swapped_neighbours_are_found(ref: str, place: int) -> None:
    signs = ref.replace("-", "")
    a, b = signs[place], signs[place + 1] if place + 1 < len(signs) else signs[place]
    if a == b:
        return
    assert normalise_ref(signs[:place] + b + a + signs[place + 2 :]) is None


def test_references_differ() -> None:
    assert len({new_ref("FP") for _ in range(1000)}) == 1000


def test_a_prefix_tells_what_a_reference_names() -> None:
    """No two domains share one; homes alone are also written by imports and the demo."""
    used: dict[str, set[str]] = {}
    for source in APP.rglob("*.py"):
        domain = source.relative_to(APP).parts[0]
        for kind in re.findall(r"new_ref\(\"([A-Z]{2})\"\)", source.read_text(encoding="utf-8")):
            used.setdefault(kind, set()).add(domain)
    assert used.pop("FY") == {"homes", "imports", "demo"}
    assert {kind: domains for kind, domains in used.items() if len(domains) > 1} == {}
