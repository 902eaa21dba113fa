"""What a change of a home means to who follows it."""

import pytest

from app.following.rules import Kind, Stand, for_favourite, for_search, kept_of, unbounded
from app.search.request import SearchRequest, Sort, Status, Words

FREE, LOCKED, SOLD, OUT = Status.AVAILABLE, Status.LOCKED, Status.SOLD, Status.OUT
UP_TO_50 = SearchRequest(price_max=50_000_000)


@pytest.mark.parametrize(
    ("before", "after", "meaning"),
    [
        (None, Stand(FREE, 40), Kind.NEW),
        (None, Stand(OUT, 40), None),
        (Stand(OUT, 40), Stand(FREE, 40), Kind.NEW),
        (Stand(LOCKED, 40), Stand(FREE, 45), Kind.NEW),
        (Stand(FREE, 60), Stand(FREE, 50), Kind.NEW),
        (Stand(FREE, 45), Stand(FREE, 40), Kind.DOWN),
        (Stand(FREE, 40), Stand(FREE, 45), None),
        (Stand(FREE, 50), Stand(FREE, 51), Kind.GONE),
        (Stand(FREE, 40), Stand(LOCKED, 40), Kind.GONE),
        (Stand(LOCKED, 40), Stand(SOLD, 40), None),
        (Stand(FREE, 60), Stand(SOLD, 60), None),
    ],
)
def test_what_a_search_up_to_50_brings(before: Stand | None, after: Stand, meaning: Kind | None) -> None:
    def ten_thousands(stand: Stand | None) -> Stand | None:
        return stand and Stand(stand.status, stand.payable_fen * 1_000_000)

    moved = ten_thousands(after)
    assert moved is not None
    assert for_search(UP_TO_50, ten_thousands(before), moved) is meaning


@pytest.mark.parametrize(
    ("before", "after", "meaning"),
    [
        (None, Stand(FREE, 40), None),
        (Stand(FREE, 40), Stand(FREE, 39), Kind.DOWN),
        (Stand(FREE, 40), Stand(FREE, 41), Kind.UP),
        (Stand(FREE, 40), Stand(LOCKED, 40), Kind.GONE),
        (Stand(LOCKED, 40), Stand(SOLD, 40), None),
        (Stand(LOCKED, 40), Stand(FREE, 30), Kind.NEW),
        (Stand(OUT, 40), Stand(OUT, 30), None),
    ],
)
def test_what_a_favourite_tells(before: Stand | None, after: Stand, meaning: Kind | None) -> None:
    assert for_favourite(before, after) is meaning


def test_page_order_and_size_are_not_kept_of_a_search() -> None:
    asked = SearchRequest(q="湖", rooms=(2, 3), price_max=1, sort=Sort.NEW, size=50)
    assert kept_of(asked) == SearchRequest(q="湖", rooms=(2, 3), price_max=1)


def test_words_that_were_to_be_taken_as_they_stand_stay_so() -> None:
    asked = SearchRequest(q="三室", words=Words.LITERAL)
    assert kept_of(asked) == asked


def test_a_change_may_cross_bounds_of_price_and_status_but_not_of_area() -> None:
    asked = SearchRequest(q="湖", price_min=1, price_max=2, status=(Status.LOCKED,))
    assert unbounded(asked) == SearchRequest(q="湖", status=tuple(Status))
