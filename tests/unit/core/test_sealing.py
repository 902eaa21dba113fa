from collections.abc import Callable, Iterator

import pytest

from app.core import sealing
from app.core.sealing import SealBroken, SealKeys, blind_index, blind_indexes, seal, unseal

OLD, NEW = b"old-old-old-old-old-old-old-old!", b"new-new-new-new-new-new-new-new!"


@pytest.fixture
def use() -> Iterator[Callable[[SealKeys], None]]:
    before = sealing._Process.ring
    yield sealing.configure
    sealing._Process.ring = before


def test_what_is_sealed_opens_for_its_purpose_and_owner_only(use: Callable[[SealKeys], None]) -> None:
    use(SealKeys("a", {"a": OLD}))
    sealed = seal("320621195001010000", purpose="id", owner=7)
    assert "320621" not in sealed
    assert unseal(sealed, purpose="id", owner=7) == "320621195001010000"
    for purpose, owner in (("id", 8), ("other", 7)):
        with pytest.raises(SealBroken):
            unseal(sealed, purpose=purpose, owner=owner)


def test_equal_texts_are_sealed_differently(use: Callable[[SealKeys], None]) -> None:
    use(SealKeys("a", {"a": OLD}))
    assert len({seal("same", purpose="id", owner=7) for _ in range(5)}) == 5


def test_a_changed_text_does_not_open(use: Callable[[SealKeys], None]) -> None:
    use(SealKeys("a", {"a": OLD}))
    sealed = seal("text", purpose="id", owner=7)
    flipped = sealed[:-6] + ("A" if sealed[-6] != "A" else "B") + sealed[-5:]
    with pytest.raises(SealBroken):
        unseal(flipped, purpose="id", owner=7)


def test_old_keys_open_until_they_are_gone(use: Callable[[SealKeys], None]) -> None:
    use(SealKeys("a", {"a": OLD}))
    sealed, index = seal("text", purpose="id", owner=7), blind_index("text", purpose="id")
    use(SealKeys("b", {"a": OLD, "b": NEW}))
    assert unseal(sealed, purpose="id", owner=7) == "text"
    assert seal("text", purpose="id", owner=7).startswith("b:")
    assert index in blind_indexes("text", purpose="id")
    assert blind_index("text", purpose="id") != index
    use(SealKeys("b", {"b": NEW}))
    with pytest.raises(SealBroken, match="field key a is missing"):
        unseal(sealed, purpose="id", owner=7)


def test_a_blind_index_is_equal_for_equal_texts_of_one_purpose(use: Callable[[SealKeys], None]) -> None:
    use(SealKeys("a", {"a": OLD}))
    assert blind_index("text", purpose="id") == blind_index("text", purpose="id")
    assert blind_index("text", purpose="id") != blind_index("text", purpose="telephone")
    assert "text" not in blind_index("text", purpose="id")
