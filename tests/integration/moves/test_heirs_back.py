"""What comes back to who died follows to the heirs by what each inherited; together it is what came back."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.core.clock import FixedClock
from app.notices.models import Notice
from app.redemptions import queries
from app.redemptions.change_states import Kind as Correction
from app.redemptions.models import Redemption
from app.vouchers import flows
from app.vouchers.ending_models import VoucherEnding
from app.vouchers.ending_queries import outlook
from app.vouchers.ending_states import Kind
from app.vouchers.heir_proofs import HEIRS_BACK
from app.vouchers.models import Voucher
from app.vouchers.move_rules import Share, parted_back
from app.vouchers.queries import WalletVoucher, purses
from tests.factories.coming_back import end
from tests.factories.endings import BANDS
from tests.factories.endings import ask as ask_ending
from tests.factories.forging import unguard
from tests.factories.inheritances import INHERITED, approve, ask, note_death, prepare
from tests.factories.moves import actor_of, carry_out, make_holder, merge_of, split_of
from tests.factories.policies import ROOMY
from tests.factories.redemptions import Buyer, Shop, make_home, make_redemption, make_shop, redeem
from tests.factories.vouchers import make_desk

WAN = 1_000_000
KIN = ("spouse", "child", "child")
LEFTOVER = "leftover: [{spent_from: 0%, rate: 50%}, {spent_from: 30%, rate: 100%}]\n"
BANDED = INHERITED.replace(BANDS, LEFTOVER).replace("splits: 2", "splits: {times: 2, past: stays}")
SMALL = ROOMY + LEFTOVER + "inheritance: {heirs: [spouse, parent, child], term: suspended, most_days: 150}\n"
"""The same where nothing may be split: what heirs have counts as the voucher in small."""


@pytest.fixture(params=[BANDED, SMALL], ids=["stays", "parted"])
def shop(request: pytest.FixtureRequest, session: Session) -> Shop:
    return make_shop(session, desk=make_desk(session, policy=request.param))


@pytest.fixture
def owner(session: Session, shop: Shop) -> Buyer:
    return make_holder(session, shop.desk, number=7, faces=(120 * WAN,))


def bought(session: Session, shop: Shop, buyer: Buyer, fen: int) -> Redemption:
    """Buy a home for so much of the voucher; a fifth more of it is bonus."""
    found = make_redemption(session, buyer, make_home(session, shop, voucher_fen=fen * 6 // 5))
    return redeem(session, shop, found, explanation="同一个人")


def inherited(session: Session, shop: Shop, voucher: Voucher, *fen: int) -> list[Voucher]:
    """Let heirs have a voucher in these sums, the first what is left beside them."""
    left = purse(session, voucher).available_fen
    shares = [Share(one, kin=kin) for one, kin in zip((left - sum(fen), *fen), KIN, strict=False)]
    move = ask(session, shop.desk, note_death(session, shop.desk, voucher), shares)
    prepare(session, shop.desk, move)
    return approve(session, shop.desk, move)


def purse(session: Session, voucher: Voucher) -> WalletVoucher:
    session.expire_all()
    return purses(session, [session.get_one(Voucher, voucher.id)])[0]


def holder_of(session: Session, shop: Shop, voucher: Voucher) -> Buyer:
    return Buyer(actor_of(session, shop.desk, voucher.household), voucher.household, [voucher])


def proved(session: Session) -> None:
    assert queries.verify(session) == []


def paid_for(session: Session, buyer: Buyer) -> int:
    """Return what is paid out when a heir asks for the leftover."""
    return ask_ending(session, buyer).paid_fen


@given(st.integers(0, 10**12), st.lists(st.integers(1, 10**11), min_size=1, max_size=6))
def test_heirs_have_together_what_came_back(fen: int, shares: list[int]) -> None:
    got = parted_back(fen, shares)
    assert sum(got) == fen
    assert all(one >= 0 for one in got)
    whole = sum(shares)
    assert all(0 <= fen * share - one * whole < whole for one, share in zip(got[1:], shares[1:], strict=True))
    assert 0 <= got[0] * whole - fen * shares[0] < whole * len(shares), "the first has what rounding leaves"


def test_a_home_given_back_after_the_death_follows_to_all_heirs(
    session: Session, shop: Shop, owner: Buyer, clock: FixedClock
) -> None:
    home = bought(session, shop, owner, 40 * WAN + 1)
    heirs = inherited(session, shop, owner.vouchers[0], 30 * WAN, 10 * WAN + 7)
    spent, left = home.allocations[0].spent_fen, [purse(session, one).available_fen for one in heirs]
    clock.advance(timedelta(hours=1))
    end(session, shop, owner, home, Correction.WITHDRAW)
    found = [purse(session, one) for one in heirs]
    got = [one.available_fen - before for one, before in zip(found, left, strict=True)]
    assert got == parted_back(spent, left)
    assert sum(got) == spent
    assert purse(session, owner.vouchers[0]).available_fen == 0
    assert sum(one.own_face_fen for one in found) == 120 * WAN, "all of it is theirs, and nothing is spent"
    told = session.scalars(select(Notice.household_id).where(Notice.kind == "heirs_back")).all()
    assert set(told) == {one.household_id for one in heirs}
    proved(session)
    flows.lapse(session)
    assert session.scalars(select(VoucherEnding.id)).all() == [], "nobody has to decide anything"
    assert [outlook(session, one, Kind.PAYOUT).parts.paid_fen for one in heirs] == [
        one.available_fen // 2 for one in found
    ], "nothing is spent: the lowest band, for each"
    asked = ask_ending(session, holder_of(session, shop, heirs[1]))
    assert (asked.face_fen, asked.spent_fen) == (found[1].available_fen, 0)
    proved(session)


def test_what_followed_goes_on_with_what_heirs_do(
    session: Session, shop: Shop, owner: Buyer, clock: FixedClock
) -> None:
    """Heirs buy with it, die in turn and leave it to theirs, and a home of theirs comes back, too."""
    first, second = (bought(session, shop, owner, 30 * WAN) for _ in range(2))
    heirs = inherited(session, shop, owner.vouchers[0], 20 * WAN)
    clock.advance(timedelta(hours=1))
    end(session, shop, owner, first, Correction.REJECT)
    child = holder_of(session, shop, heirs[1])
    own = bought(session, shop, child, 25 * WAN)
    proved(session)
    (next_,) = inherited(session, shop, heirs[1])
    assert purse(session, next_).face_fen == 30 * WAN, "20 万 and the third of 30 万 that followed"
    clock.advance(timedelta(hours=1))
    end(session, shop, child, own, Correction.REJECT)
    proved(session)
    assert purse(session, next_).available_fen == 30 * WAN
    end(session, shop, owner, second, Correction.REJECT)
    flows.lapse(session)
    proved(session)
    ending = session.scalars(select(VoucherEnding)).one()
    assert ending.leftover_fen == 10 * WAN, "whose voucher was inherited in turn waits for two people"
    assert purse(session, heirs[0]).available_fen == 80 * WAN


def test_only_the_part_of_an_heir_whose_voucher_ended_waits_for_two_people(
    session: Session, shop: Shop, owner: Buyer, clock: FixedClock
) -> None:
    first, second = (bought(session, shop, owner, 30 * WAN) for _ in range(2))
    heirs = inherited(session, shop, owner.vouchers[0], 20 * WAN, 10 * WAN)
    ask_ending(session, holder_of(session, shop, heirs[2]))
    clock.advance(timedelta(hours=1))
    end(session, shop, owner, first, Correction.REJECT)
    assert purse(session, owner.vouchers[0]).available_fen == 30 * WAN, "the job parts it, and asks at once"
    proved(session)
    flows.lapse(session)
    assert [purse(session, one).available_fen for one in heirs[:2]] == [45 * WAN, 30 * WAN]
    ending = session.scalars(select(VoucherEnding).where(VoucherEnding.kind == "back")).one()
    shares = [one["figures"] for one in ending.shown["rules"] if one["code"] == "heir_share"]
    assert [(one["heir"], one["back_fen"], one.get("waits")) for one in shares] == [
        (1, 15 * WAN, None),
        (2, 10 * WAN, None),
        (3, 5 * WAN, "yes"),
    ]
    assert ending.leftover_fen == 5 * WAN
    proved(session)
    end(session, shop, owner, second, Correction.REJECT)
    flows.lapse(session)
    proved(session)
    assert [purse(session, one).available_fen for one in heirs[:2]] == [45 * WAN, 30 * WAN], (
        "more that comes meanwhile waits until that is decided"
    )


def test_what_a_household_parted_and_merged_before_it_died_leads_to_the_heirs(
    session: Session, clock: FixedClock
) -> None:
    shop = make_shop(session, desk=make_desk(session, policy=BANDED))
    owner = make_holder(session, shop.desk, number=7, faces=(120 * WAN,))
    home = bought(session, shop, owner, 40 * WAN)
    stays, part = carry_out(session, shop.desk, owner.actor, split_of(owner.vouchers[0], 10 * WAN))
    (whole,) = carry_out(session, shop.desk, owner.actor, merge_of(stays, part))
    heirs = inherited(session, shop, whole, 20 * WAN)
    clock.advance(timedelta(hours=1))
    end(session, shop, owner, home, Correction.REJECT)
    assert [purse(session, one).available_fen for one in heirs] == [90 * WAN, 30 * WAN]
    proved(session)


def test_what_was_forged_is_found(session: Session, shop: Shop, owner: Buyer, clock: FixedClock) -> None:
    """Each rule is broken by hand: a fen more to one, a fen that stayed, another sum that waits."""
    first = bought(session, shop, owner, 30 * WAN)
    heirs = inherited(session, shop, owner.vouchers[0], 20 * WAN, 10 * WAN)
    ask_ending(session, holder_of(session, shop, heirs[2]))
    clock.advance(timedelta(hours=1))
    end(session, shop, owner, first, Correction.REJECT)
    flows.lapse(session)
    proved(session)
    shares, stayed, waits = HEIRS_BACK
    moved = "UPDATE ledger_transfers t SET amount_fen = amount_fen {} 1 FROM vouchers v WHERE {}"
    into = "t.code = 'voucher.follow' AND v.account_id = t.credit_account_id AND v.id = {}"
    more, less = (moved.format(by, into.format(one.id)) for by, one in (("+", heirs[0]), ("-", heirs[1])))
    back = "UPDATE voucher_endings SET leftover_fen = leftover_fen - 1 WHERE kind = 'back'"
    for broken, rule in (((more, less), shares), ((less,), stayed), ((back,), waits)):
        unguard(session, "ledger_transfers")
        unguard(session, "voucher_endings")
        for one in broken:
            session.execute(text(one))
        assert rule in {breach.rule for breach in queries.verify(session)}, broken
        session.rollback()
