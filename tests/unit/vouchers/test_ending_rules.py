"""A leftover is parted to the fen, whatever the policy, the face and what was bought."""

from hypothesis import given
from hypothesis import strategies as st

from app.policies import bodies
from app.vouchers.ending_rules import Figures, decided, freeze, frozen_rules, offered, parts_of
from app.vouchers.ending_states import Kind
from app.vouchers.models import Voucher
from tests.factories.endings import CASHING, LEAVING, PAYING, SILENT, VOIDING

POLICIES = [bodies.parse(text) for text in (PAYING, SILENT, VOIDING, LEAVING, CASHING)]


@st.composite
def some_figures(draw: st.DrawFn) -> Figures:
    face = draw(st.integers(1, 10**12))
    spent = draw(st.integers(0, face - 1))
    return Figures(face, spent, draw(st.integers(0, spent)))


@given(policy=st.sampled_from(POLICIES), kind=st.sampled_from(list(Kind)), figures=some_figures())
def test_the_parts_are_the_leftover(policy: object, kind: Kind, figures: Figures) -> None:
    parts = parts_of(policy, kind, figures)  # type: ignore[arg-type]  # sampled
    every = (parts.paid_fen, parts.returned_fen, parts.forfeited_fen)
    assert min(every) >= 0
    assert parts.returned_fen <= figures.bonus_fen
    assert sum(every) == (figures.leftover_fen if parts.effect else 0)
    assert parts.effect != "void" or parts.paid_fen == 0
    assert frozen_rules(freeze(parts.rules, Voucher(policy_version_id=1))) == parts.rules


@given(effect=st.sampled_from(["cash", "void", "agreement"]), figures=some_figures())
def test_what_the_authority_decides_is_all_or_nothing(effect: str, figures: Figures) -> None:
    parts = decided(effect, figures.leftover_fen)
    assert {parts.paid_fen, parts.forfeited_fen} == {0, figures.leftover_fen}
    assert (parts.forfeited_fen > 0) == (effect == "void")


def test_only_what_gives_something_is_offered() -> None:
    paying, _silent, voiding, leaving, cashing = POLICIES
    assert offered(paying, Figures(100, 10, 0)) == set(), "its bands begin at 30%"
    assert offered(paying, Figures(100, 50, 0)) == {Kind.PAYOUT}
    assert offered(voiding, Figures(100, 0, 0)) == {Kind.PAYOUT}
    assert offered(leaving, Figures(100, 0, 0)) == offered(cashing, Figures(100, 0, 0)) == {Kind.GIVE_UP}
