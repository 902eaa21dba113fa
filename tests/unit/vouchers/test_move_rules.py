"""Transfers, splits and merges in whatever order: faces, spending and bonus add up to the fen."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core import clock
from app.policies.changes import InheritanceRule, TransferRule
from app.vouchers.move_rules import (
    MOST_HEIRS,
    Held,
    Made,
    Share,
    Terms,
    Wish,
    after_death,
    as_json,
    digest,
    inherited,
    joined,
    parted,
    read_held,
    read_made,
    read_wish,
    transferred,
)
from app.vouchers.move_states import Kind
from tests.factories.policies import HAILING_POLICY

ISSUED = datetime(2018, 3, 1, 2, tzinfo=UTC)
TERMS = Terms(1, 7, ISSUED, date(2018, 3, 1), ISSUED + timedelta(days=540))
sums = st.integers(1, 10**12)


def held(face_fen: int, left_fen: int, *, ref: int = 1, terms: Terms = TERMS, earned_fen: int = 0) -> Held:
    return Held(ref, f"FP-{ref}", face_fen, left_fen, earned_fen, terms)


def kept(made: Made, ref: int) -> Held:
    return Held(ref, f"FP-{ref}", made.face_fen, made.left_fen, made.earned_fen, made.terms)


def total(vouchers: Sequence[Held | Made]) -> tuple[int, int, int, int]:
    return (
        sum(one.face_fen for one in vouchers),
        sum(one.left_fen for one in vouchers),
        sum(one.spent_fen for one in vouchers),
        sum(one.earned_fen for one in vouchers),
    )


@given(st.data())
def test_no_fen_is_made_or_lost_in_any_order_of_buying_and_moving(data: st.DataObject) -> None:
    faces = data.draw(st.lists(sums, min_size=1, max_size=3))
    open_ = [held(fen, fen, ref=number) for number, fen in enumerate(faces)]
    bought = earned = 0
    for step in range(data.draw(st.integers(1, 8))):
        one = open_.pop(data.draw(st.integers(0, len(open_) - 1)))
        act = data.draw(st.sampled_from(["buy", "transfer", "split", "merge"]))
        ref = 100 * (step + 1)
        if act == "buy":
            spent = data.draw(st.integers(0, one.left_fen - 1))
            bonus = data.draw(st.integers(0, spent))
            bought, earned = bought + spent, earned + bonus
            open_.append(replace(one, left_fen=one.left_fen - spent, earned_fen=one.earned_fen + bonus))
        elif act == "transfer":
            open_.append(kept(transferred(one, TransferRule(1), "child"), ref))
        elif act == "split" and one.left_fen > 1:
            shares = [Share(data.draw(st.integers(1, one.left_fen - 1)))]
            made = parted(one, shares)
            assert total(made) == total([one])
            open_.extend(kept(part, ref + place) for place, part in enumerate(made))
        elif act == "merge" and open_:
            made_one = joined([one, other := open_.pop()])
            assert total([made_one]) == total([one, other])
            open_.append(kept(made_one, ref))
        else:
            open_.append(one)
        assert total(open_) == (sum(faces), sum(faces) - bought, bought, earned)


@given(
    left=sums,
    spent=sums,
    stood=st.integers(0, 400),
    most=st.none() | st.integers(1, 400),
    waited=st.integers(0, 400),
    data=st.data(),
)
def test_heirs_get_every_fen_and_the_days_that_the_term_stood_still(
    left: int, spent: int, stood: int, most: int | None, waited: int, data: st.DataObject
) -> None:
    count = data.draw(st.integers(1, min(MOST_HEIRS, left)))
    cuts = sorted(
        data.draw(st.sets(st.integers(1, max(1, left - 1)), min_size=count - 1, max_size=count - 1))
    )
    shares = [Share(upper - lower) for lower, upper in pairwise([0, *cuts, left])]
    one = held(left + spent, left, earned_fen=spent // 5)
    one = replace(one, additions={"face[0]": one.face_fen // 3})
    rule = InheritanceRule(is_term_suspended=True, most_days=most)
    policy = replace(HAILING_POLICY, inheritance=rule)
    died_on = TERMS.starts_on + timedelta(days=9)
    on = died_on + timedelta(days=stood)
    mades = inherited(one, shares, policy, died_on=died_on, on=on, waited_days=waited)
    assert total(mades) == total([one])
    assert sum(made.additions["face[0]"] for made in mades) == one.additions["face[0]"]
    assert [made.left_fen for made in mades] == [share.fen for share in shares]
    assert [made.succeeds for made in mades] == [(1,), *[()] * (count - 1)]
    days = min(stood, stood if most is None else most + waited)
    longer = timedelta(days=days)
    assert {made.terms for made in mades} == {
        replace(
            TERMS,
            starts_on=TERMS.starts_on + longer,
            expires_at=TERMS.expires_at + longer,
            inheritances=1,
            stood_still_days=days,
        )
    }
    for wrong in (shares[:-1], [*shares, Share(1)], [*shares, Share(0)]):
        with pytest.raises(ValueError, match="cannot be parted"):
            inherited(one, wrong, policy, died_on=died_on, on=died_on)


def test_a_term_stands_still_only_as_the_policy_says() -> None:
    died_on, on = date(2018, 2, 1), date(2018, 4, 1)
    suspends = replace(HAILING_POLICY, inheritance=InheritanceRule(is_term_suspended=True))
    known = {"died_on": died_on, "on": on}
    assert after_death(TERMS, suspends, **known).stood_still_days == 31, "not before the term began"
    for policy in (
        HAILING_POLICY,
        replace(HAILING_POLICY, inheritance=InheritanceRule()),
        replace(suspends, valid_until=date(2019, 8, 31)),
    ):
        assert after_death(TERMS, policy, **known) == replace(TERMS, inheritances=1)
    short = replace(suspends, buy_until=date(2019, 8, 31))
    assert after_death(TERMS, short, **known).expires_at == clock.end_of_day(date(2019, 8, 31))


@given(face=sums, data=st.data())
def test_each_voucher_taken_has_one_that_goes_on_counting_it(face: int, data: st.DataObject) -> None:
    one = held(face + 1, face + 1)
    part = data.draw(st.integers(1, face))
    for made in (
        [transferred(one, TransferRule(1), "child")],
        parted(one, [Share(part)]),
        [joined([one, held(face, face, ref=2)])],
    ):
        taken = [ref for each in made for ref in each.succeeds]
        assert sorted(taken) == sorted(set(taken))
        assert 1 in taken


def test_a_transfer_moves_all_that_counts_and_may_lose_the_bonus() -> None:
    before = held(1000, 600, earned_fen=40, terms=replace(TERMS, splits=1, extended_months=2))
    made = transferred(before, TransferRule(1, bonus_kept_by=frozenset()), "child")
    assert (made.face_fen, made.left_fen, made.spent_fen, made.earned_fen) == (1000, 600, 400, 40)
    assert made.terms == replace(before.terms, transfers=1, earns_bonus=False)
    assert made.is_others
    again = transferred(kept(made, 2), TransferRule(2), "child")
    assert not again.terms.earns_bonus, "a bonus that is lost does not come back"


def test_what_counts_stays_with_what_stays_of_a_split() -> None:
    stays, part, others = parted(
        held(1000, 600, earned_fen=40), [Share(100, residents=1), Share(200, is_others=True)]
    )
    assert (stays.face_fen, stays.left_fen, stays.spent_fen, stays.earned_fen) == (700, 300, 400, 40)
    assert [(one.face_fen, one.left_fen, one.earned_fen, one.succeeds) for one in (part, others)] == [
        (100, 100, 0, ()),
        (200, 200, 0, ()),
    ]
    assert (stays.is_others, part.is_others, others.is_others) == (False, False, True)
    assert stays.terms == part.terms == others.terms == replace(TERMS, splits=1)


def test_a_merge_has_the_earliest_start_and_end_and_the_highest_counts() -> None:
    later = replace(
        TERMS,
        agreement_id=8,
        issued_at=ISSUED + timedelta(days=40),
        starts_on=date(2018, 4, 10),
        expires_at=TERMS.expires_at - timedelta(days=90),
        extended_months=1,
        transfers=2,
        earns_bonus=False,
    )
    made = joined([held(500, 100, terms=later), held(300, 300, ref=2, terms=replace(TERMS, merges=1))])
    assert made.terms == replace(
        TERMS,
        expires_at=later.expires_at,
        extended_months=1,
        transfers=2,
        merges=2,
        earns_bonus=False,
    )
    assert made.succeeds == (1, 2)


@pytest.mark.parametrize("shares", [[], [0], [600], [300, 300], [700], [-1, 5]])
def test_nothing_and_all_cannot_be_split_off(shares: list[int]) -> None:
    with pytest.raises(ValueError, match="split off"):
        parted(held(1000, 600), [Share(fen) for fen in shares])


def test_vouchers_of_two_policies_or_one_alone_cannot_be_merged() -> None:
    one = held(1000, 600)
    for wrong in ([one], [one, held(5, 5, ref=2, terms=replace(TERMS, policy_version_id=2))]):
        with pytest.raises(ValueError, match="merged"):
            joined(wrong)


def test_what_was_shown_is_read_as_it_was_and_its_mark_knows_any_other() -> None:
    before = held(1000, 600)
    wish = Wish(Kind.SPLIT, (before.ref,), (Share(100, 1),), residents=3)
    shown = as_json(wish, [before], parted(before, wish.shares))
    assert (read_wish(shown), read_held(shown), read_made(shown)) == (
        wish,
        [before],
        parted(before, wish.shares),
    )
    other = as_json(wish, [replace(before, left_fen=599)], parted(before, wish.shares))
    assert digest(shown) != digest(other)
