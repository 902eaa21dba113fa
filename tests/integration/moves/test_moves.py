"""Moves through the services: what they come to, who stands behind them, and what is refused."""

from dataclasses import replace
from datetime import timedelta

import pytest
import yaml
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.approvals.errors import SamePerson
from app.core.actor import Role
from app.core.clock import FixedClock, add_months, today
from app.core.errors import Conflict, DomainError, Forbidden, NotFound
from app.notices.models import Notice
from app.policies import bodies
from app.projects import takers
from app.projects.models import Household
from app.redemptions import queries as redemptions
from app.redemptions import service as buying
from app.redemptions.change_states import Kind as Correction
from app.redemptions.errors import VoucherNotUsable
from app.redemptions.past import pasts
from app.redemptions.service import changes
from app.redemptions.service.wishes import Wish as Change
from app.reports.checking import Verdict, check
from app.reports.simulation import scenario
from app.reports.simulation.run import play
from app.vouchers import endings, extensions, flows, move_outlooks, moves, paper
from app.vouchers.ending_states import Kind as Ending
from app.vouchers.models import Voucher
from app.vouchers.move_queries import get_move, list_moves
from app.vouchers.move_rules import Share, Wish, digest
from app.vouchers.move_states import Kind
from app.vouchers.parties import Other
from app.vouchers.queries import WalletVoucher, get_voucher, purses, wallet
from tests.factories.contracts import upload
from tests.factories.endings import payee
from tests.factories.identity import make_actor
from tests.factories.moves import (
    LOSING,
    MOVING,
    actor_of,
    approve,
    ask,
    carry_out,
    consent,
    make_holder,
    mark_of,
    merge_of,
    other_of,
    split_of,
    transfer_of,
)
from tests.factories.policies import HAILING, make_policy_version
from tests.factories.redemptions import Buyer, Shop, make_buyer, make_home, make_redemption, make_shop, redeem
from tests.factories.vouchers import Desk, make_desk, make_voucher

WAN = 1_000_000


@pytest.fixture
def desk(session: Session) -> Desk:
    return make_desk(session, policy=MOVING)


@pytest.fixture
def shop(session: Session, desk: Desk) -> Shop:
    return make_shop(session, desk=desk)


@pytest.fixture
def owner(session: Session, desk: Desk) -> Buyer:
    """A household with two vouchers, of 1.2 and of 0.3 million."""
    return make_buyer(session, desk, faces=(120 * WAN, 30 * WAN))


def bought(session: Session, shop: Shop, buyer: Buyer, voucher: Voucher, wan: int) -> None:
    """Buy a home with one voucher, to its write-off."""
    own = Buyer(buyer.actor, buyer.household, [voucher])
    redeem(session, shop, make_redemption(session, own, make_home(session, shop, voucher_fen=wan * WAN)))


def purse(session: Session, voucher: Voucher) -> WalletVoucher:
    return purses(session, [session.get_one(Voucher, voucher.id)])[0]


def refused(session: Session, buyer: Buyer, wish: Wish, number: int | None = 3) -> str:
    """Return the code by which a wish is refused when it is asked."""
    with pytest.raises(DomainError) as raised:
        ask(session, buyer.actor, wish, other_of(number) if number else None)
    session.rollback()
    return raised.value.code


PLAYED = """
scenario: 1
steps:
  - issue: {voucher: A, on: 2018-03-01, face: 1200000}
  - issue: {voucher: B, on: 2018-03-01, face: 300000}
  - buy: {home: H1, voucher: A, on: 2018-03-02, price: 460000}
  - split: {voucher: A, on: 2018-03-03, into: [{voucher: P, amount: 200000.01}]}
  - merge: {vouchers: [P, B], on: 2018-03-04, into: M}
  - buy: {home: H2, voucher: M, on: 2018-03-05, price: 333333.33}
  - transfer: {voucher: M, on: 2018-03-06, to: child}
  - buy: {home: H3, voucher: M, on: 2018-03-07, price: 100000}
  - payout: {voucher: A, on: 2018-03-08}
"""


def test_the_platform_comes_to_what_the_simulation_plays(
    session: Session, desk: Desk, shop: Shop, owner: Buyer, clock: FixedClock
) -> None:
    a, b = owner.vouchers
    bought(session, shop, owner, a, 46)
    stays, part = carry_out(session, desk, owner.actor, split_of(a, 20_000_001))
    (merged,) = carry_out(session, desk, owner.actor, merge_of(part, b))
    other = Buyer(owner.actor, owner.household, [merged])
    home = make_home(session, shop, voucher_fen=33_333_333)
    redeem(session, shop, make_redemption(session, other, home))
    (given,) = carry_out(session, desk, owner.actor, transfer_of(merged), other_of(7))
    heir = session.get_one(Household, given.household_id)
    taker = Buyer(actor_of(session, desk, heir), heir, [given])
    bought(session, shop, taker, given, 10)

    book = {one.ref: one for one in play(bodies.parse(MOVING), scenario.read(PLAYED))[-1].accounts}
    past = pasts(session, [stays.id, given.id])
    for voucher, name in ((stays, "A"), (given, "M")):
        mine, played = purse(session, voucher), book[name]
        assert mine.face_fen == played.face_fen
        assert past[voucher.id].spent_fen == mine.before_fen + mine.spent_fen == played.spent_fen
        assert past[voucher.id].earned_fen == sum(played.earned.values())
        assert past[voucher.id].homes == played.homes
        counts = (voucher.transfers_done, voucher.splits_done, voucher.merges_done)
        assert counts == tuple(played.done[act] for act in ("transfers", "splits", "merges"))
    seen = endings.queries.outlook(session, session.get_one(Voucher, stays.id), Ending.PAYOUT)
    assert seen.parts.paid_fen == book["A"].paid_out_fen > 0
    assert redemptions.verify(session) == []


def test_a_transfer_takes_paper_and_purse_along_and_leaves_history_with_who_made_it(
    session: Session, desk: Desk, shop: Shop, owner: Buyer
) -> None:
    voucher = owner.vouchers[0]
    bought(session, shop, owner, voucher, 46)
    sheet = paper.print_one(session, actor=desk.officer, voucher_ref=voucher.ref, serial="A0000001")
    taker = make_holder(session, desk, number=5)
    move = ask(session, owner.actor, transfer_of(voucher), other_of(5))
    (given,) = approve(session, desk, move, other_of(5))
    assert given.household_id == taker.household.id
    assert (
        purse(session, given).available_fen
        == purse(session, given).face_fen - purse(session, given).before_fen
    )
    assert wallet(session, household_id=owner.household.id)[0].id == owner.vouchers[1].id
    assert check(session, mark=sheet.mark).verdict is Verdict.MOVED
    # Each side reads the move; the purchases and the old voucher stay with who made them.
    for actor in (owner.actor, taker.actor):
        assert get_move(session, actor=actor, ref=move.ref).state == "approved"
    with pytest.raises(NotFound):
        get_voucher(session, actor=taker.actor, ref=voucher.ref)
    assert move.ref.startswith("HF-"), "BG- is what changes of purchases are called"
    assert get_voucher(session, actor=owner.actor, ref=voucher.ref).state == "moved"
    stranger = make_buyer(session, desk, faces=())
    with pytest.raises(NotFound):
        get_move(session, actor=stranger.actor, ref=move.ref)
    told = session.execute(select(Notice.household_id, Notice.kind).where(Notice.kind.startswith("move_")))
    assert set(map(tuple, told)) == {
        (taker.household.id, "move_asked"),
        (owner.household.id, "move_consented"),
        (owner.household.id, "move_approved"),
        (taker.household.id, "move_approved"),
    }


def test_what_comes_back_after_a_move_waits_for_the_authority(
    session: Session, desk: Desk, shop: Shop, owner: Buyer
) -> None:
    voucher = owner.vouchers[0]
    own = Buyer(owner.actor, owner.household, [voucher])
    bought = redeem(session, shop, make_redemption(session, own, make_home(session, shop)))
    (given,) = carry_out(session, desk, owner.actor, transfer_of(voucher), other_of(3))
    before = purse(session, given)
    price = Change(Correction.PRICE, "案件更正房价", price_fen=bought.price_fen - 5_000_001)
    asked = changes.ask(session, actor=desk.officer, redemption_ref=bought.ref, wish=price)
    session.commit()
    if asked.state == "asked":
        changes.answer(session, actor=shop.developer, change_ref=asked.ref, agrees=True)
        session.commit()
        changes.prepare(session, actor=desk.officer, change_ref=asked.ref)
        session.commit()
    changes.approve(session, actor=desk.checker, change_ref=asked.ref)
    session.commit()
    assert redemptions.verify(session) == []
    back = purse(session, voucher)
    assert 0 < back.available_fen < 5_000_001, "with its bonus it makes up the gap"
    assert purse(session, given).available_fen == before.available_fen, "it is not the new holder's"
    flows.lapse(session)
    ending = purse(session, voucher).ending
    assert ending is not None
    assert (ending.kind, ending.state) == ("back", "undecided")
    assert redemptions.verify(session) == []


def test_who_holds_no_voucher_is_entered_in_the_register_once(
    session: Session, desk: Desk, owner: Buyer
) -> None:
    first, second = (
        carry_out(session, desk, owner.actor, transfer_of(voucher), other_of(9, "李建国"))[0]
        for voucher in owner.vouchers
    )
    assert first.household_id == second.household_id
    household = session.get_one(Household, first.household_id)
    assert (household.holder_name, household.project.name) == ("李建国", takers.REGISTER)
    assert [move.other_name for move in list_moves(session, actor=desk.officer)] == ["李建国", "李建国"]
    assert "340803" not in str(list_moves(session, actor=desk.officer)[0].shown)


def test_a_divorce_parts_a_voucher_without_a_transfer(session: Session, owner: Buyer, desk: Desk) -> None:
    voucher = owner.vouchers[0]
    shares = (Share(60 * WAN, is_others=True),)
    wish = Wish(Kind.SPLIT, (voucher.ref,), shares, kin="spouse", is_divorce=True)
    stays, part = carry_out(session, desk, owner.actor, wish, other_of(4, "赵敏"))
    assert stays.household_id == owner.household.id != part.household_id
    assert (part.transfers_done, part.splits_done, part.face_fen) == (0, 1, 60 * WAN)
    assert redemptions.verify(session) == []


def test_a_lost_bonus_stays_lost_and_only_kin_may_have_it(session: Session) -> None:
    desk = make_desk(session, policy=LOSING)
    shop, owner = make_shop(session, desk=desk), make_buyer(session, desk, faces=(120 * WAN,))
    voucher = owner.vouchers[0]
    assert refused(session, owner, transfer_of(voucher, "other")) == "transfer_not_kin"
    assert purse(session, voucher).spans()
    (given,) = carry_out(session, desk, owner.actor, transfer_of(voucher, "spouse"), other_of(7))
    assert not purse(session, given).spans()
    heir = session.get_one(Household, given.household_id)
    bought(session, shop, Buyer(actor_of(session, desk, heir), heir, [given]), given, 40)
    assert pasts(session, [given.id])[given.id].earned_fen == 0
    assert redemptions.verify(session) == []


@pytest.mark.parametrize(("kin", "wan"), [("spouse", 4), ("sibling", 0)])
def test_a_bonus_is_kept_by_kin_that_the_policy_names_as_it_is_played(
    session: Session, kin: str, wan: int
) -> None:
    policy = LOSING.replace("to: [spouse, child]", "to: [spouse, sibling]")
    policy = policy.replace("bonus: lost", "bonus: {kept_by: [spouse]}")
    desk = make_desk(session, policy=policy)
    shop, owner = make_shop(session, desk=desk), make_buyer(session, desk, faces=(120 * WAN,))
    (given,) = carry_out(session, desk, owner.actor, transfer_of(owner.vouchers[0], kin), other_of(7))
    assert given.earns_bonus is (wan > 0)
    heir = session.get_one(Household, given.household_id)
    bought(session, shop, Buyer(actor_of(session, desk, heir), heir, [given]), given, 8)
    earned = pasts(session, [given.id])[given.id].earned_fen
    told = (
        "scenario: 1\nsteps:\n  - issue: {voucher: A, on: 2018-03-01, face: 1200000}\n"
        f"  - transfer: {{voucher: A, on: 2018-03-01, to: {kin}}}\n"
        "  - buy: {home: H, voucher: A, on: 2018-03-01, price: 80000}\n"
    )
    steps = play(bodies.parse(policy), scenario.read(told))
    assert earned == sum(line.fen for line in steps[-1].outcome.lines if line.of == "bonus") == wan * WAN
    assert {one.rule for one in redemptions.verify(session)} == set()
    session.execute(update(Voucher).where(Voucher.id == given.id).values(earns_bonus=not wan))
    rule = "a voucher loses its bonus by a transfer to whom its policy says, and by nothing else"
    assert rule in {one.rule for one in redemptions.verify(session)}


@pytest.mark.parametrize(("kin", "wan"), [("spouse", 22), ("sibling", 21)])
def test_who_takes_over_earns_a_bonus_of_its_own_as_it_is_played(
    session: Session, kin: str, wan: int
) -> None:
    rules = yaml.safe_load(HAILING)
    own, others = ([{"from_month": 1, "to_month": 18, "rate": rate}] for rate in ("10%", "5%"))
    rules["bonus"] = [
        {"base": "spent", "fixed_by": "lock", "tiers": own},
        {"base": "spent", "fixed_by": "contract", "earned_by": "transferee", "tiers": others},
    ]
    rules["transfers"] = {"times": 1, "bonus": {"kept_by": ["spouse"]}}
    policy = yaml.safe_dump(rules, allow_unicode=True)
    desk = make_desk(session, policy=policy)
    shop, owner = make_shop(session, desk=desk), make_buyer(session, desk, faces=(120 * WAN,))
    bought(session, shop, owner, owner.vouchers[0], 11)
    (given,) = carry_out(session, desk, owner.actor, transfer_of(owner.vouchers[0], kin), other_of(7))
    heir = session.get_one(Household, given.household_id)
    before = pasts(session, [given.id])[given.id].earned_fen
    bought(session, shop, Buyer(actor_of(session, desk, heir), heir, [given]), given, wan)
    earned = pasts(session, [given.id])[given.id].earned_fen - before
    told = (
        "scenario: 1\nsteps:\n  - issue: {voucher: A, on: 2018-03-01, face: 1200000}\n"
        "  - buy: {home: G, voucher: A, on: 2018-03-01, price: 110000}\n"
        f"  - transfer: {{voucher: A, on: 2018-03-01, to: {kin}}}\n"
        f"  - buy: {{home: H, voucher: A, on: 2018-03-01, price: {wan}0000}}\n"
    )
    steps = play(bodies.parse(policy), scenario.read(told))
    played = [line.fen for line in steps[-1].outcome.lines if line.of == "bonus"]
    assert [earned] == played == [(wan - 20) * WAN]
    assert redemptions.verify(session) == []
    session.execute(update(Voucher).where(Voucher.id == given.id).values(earns_bonus=wan == 21))
    assert "no bonus of several is more than its tier pays" in {
        one.rule for one in redemptions.verify(session)
    }


def test_transfers_to_kin_count_apart_as_it_is_played(session: Session) -> None:
    rules = yaml.safe_load(MOVING)
    rules["transfers"] = {"times": 1, "kin": {"to": ["child", "spouse"], "times": 2}}
    policy = yaml.safe_dump(rules, allow_unicode=True)
    desk = make_desk(session, policy=policy)
    buyer = make_buyer(session, desk, faces=(120 * WAN,))
    voucher, refusals = buyer.vouchers[0], []
    for number, kin in enumerate(("child", "other", "other", "spouse", "child"), 11):
        wish = transfer_of(voucher, kin)
        is_over = voucher.transfers_done if kin == "other" else voucher.kin_transfers_done == 2
        if is_over:
            refusals.append(refused(session, buyer, wish, number))
        else:
            (voucher,) = carry_out(session, desk, buyer.actor, wish, other_of(number))
            heir = session.get_one(Household, voucher.household_id)
            buyer = Buyer(actor_of(session, desk, heir), heir, [voucher])
            session.commit()
    assert refusals == ["transfer_others_used_up", "transfer_used_up"], "to nobody in the end"
    told = "scenario: 1\nsteps:\n  - issue: {voucher: A, on: 2018-03-01, face: 1200000}\n"
    told += "".join(
        f"  - transfer: {{voucher: A, on: 2018-03-0{day}, to: {kin}}}\n"
        for day, kin in enumerate(("child", "other", "other", "spouse", "child"), 2)
    )
    steps = play(bodies.parse(policy), scenario.read(told))
    stopped = [one.outcome.refused_by.path for one in steps if one.outcome.refused_by]
    assert stopped == ["transfers", "transfers.kin"]
    done = steps[-1].accounts[0].done
    assert (done["transfers"], done["kin_transfers"]) == (1, 2)
    assert (voucher.transfers_done, voucher.kin_transfers_done) == (1, 2)
    assert redemptions.verify(session) == []
    miscounted = {"transfers_done": 2, "kin_transfers_done": 1}
    session.execute(update(Voucher).where(Voucher.id == voucher.id).values(**miscounted))
    rule = "a move counts, and its terms are those of what it took"
    assert rule in {one.rule for one in redemptions.verify(session)}


def test_one_who_may_give_to_others_no_more_still_gives_to_kin(session: Session) -> None:
    rule = "transfers: {times: 0, kin: {to: [child], times: any}}\n"
    desk = make_desk(session, policy=MOVING.replace("transfers: 2\n", rule))
    owner = make_buyer(session, desk, faces=(120 * WAN,))
    assert refused(session, owner, transfer_of(owner.vouchers[0], "other")) == "transfer_not_kin"
    (given,) = carry_out(session, desk, owner.actor, transfer_of(owner.vouchers[0]), other_of(7))
    assert (given.transfers_done, given.kin_transfers_done) == (0, 1)


@pytest.mark.parametrize("word", ["splits", "merges"])
def test_a_split_and_a_merge_are_asked_for_in_their_time_as_played(
    session: Session, clock: FixedClock, word: str
) -> None:
    rule = f"{word}: {{times: 1, to_month: 6, only: unused}}\n"
    desk = make_desk(session, policy=MOVING.replace(f"{word}: 2\n", rule))
    shop, owner = make_shop(session, desk=desk), make_buyer(session, desk, faces=(120 * WAN, 30 * WAN))
    late = make_buyer(session, desk, faces=(120 * WAN, 30 * WAN))

    def wish(buyer: Buyer) -> Wish:
        return split_of(buyer.vouchers[0], 5 * WAN) if word == "splits" else merge_of(*buyer.vouchers)

    bought(session, shop, owner, owner.vouchers[0], 8)
    assert refused(session, owner, wish(owner), None) == f"{wish(owner).kind}_used"
    starts_on = move_outlooks.terms_of(session, late.vouchers[0]).starts_on
    clock.advance(add_months(starts_on, 6) - today())
    waiting = ask(session, late.actor, wish(late))
    clock.advance(timedelta(days=1))
    assert len(approve(session, desk, waiting)) == (2 if word == "splits" else 1), "the day of asking counts"
    after = make_buyer(session, desk, faces=(120 * WAN, 30 * WAN))
    starts_on = move_outlooks.terms_of(session, after.vouchers[0]).starts_on
    clock.advance(add_months(starts_on, 6) - today() + timedelta(days=1))
    assert refused(session, after, wish(after), None) == f"{wish(after).kind}_not_then"
    assert redemptions.verify(session) == []


def test_what_stands_against_a_move_is_said(
    session: Session, desk: Desk, shop: Shop, owner: Buyer, clock: FixedClock
) -> None:
    voucher, small = owner.vouchers
    for wish, code in (
        (split_of(voucher, 0), "split_nothing"),
        (split_of(voucher, 120 * WAN), "split_all"),
        (merge_of(voucher), "merge_one"),
    ):
        assert refused(session, owner, wish, None) == code
    rules = make_desk(session, policy=HAILING)
    strict = make_buyer(session, rules, faces=(120 * WAN, WAN))
    held = make_home(session, make_shop(session, desk=rules), voucher_fen=7 * WAN)
    make_redemption(session, Buyer(strict.actor, strict.household, [strict.vouchers[0]]), held)
    # Nobody is told to cancel a home for what cannot be.
    assert refused(session, strict, split_of(strict.vouchers[0], 5), None) == "split_not_allowed"
    assert refused(session, strict, merge_of(*strict.vouchers), None) == "merge_not_allowed"

    redemption = make_redemption(
        session, Buyer(owner.actor, owner.household, [small]), make_home(session, shop, voucher_fen=7 * WAN)
    )
    assert refused(session, owner, transfer_of(small)) == "move_homes_held"
    buying.cancel(session, actor=owner.actor, redemption_ref=redemption.ref)
    session.commit()

    extensions_wait = make_desk(
        session, policy=MOVING.replace("  from: issue", "  from: issue\n  extension_months: 3")
    )
    longer = make_buyer(session, extensions_wait, faces=(WAN,))
    known = {"months": 1, "reason": "住院", "evidence": "出院记录", "voucher_ref": longer.vouchers[0].ref}
    extensions.propose(session, actor=extensions_wait.officer, **known)
    session.commit()
    assert refused(session, longer, split_of(longer.vouchers[0], 5), None) == "extension_waits"

    ask(session, owner.actor, split_of(voucher, 5))
    assert refused(session, owner, split_of(voucher, 5), None) == "move_open"
    known = {"voucher_ref": voucher.ref, "kind": Ending.PAYOUT, "payee": payee(), "seen_fen": 0}
    with pytest.raises(Conflict, match="move_open"):
        endings.ask(session, actor=owner.actor, **known)
    session.rollback()
    with pytest.raises(VoucherNotUsable, match="voucher_moving"):
        make_redemption(session, owner, make_home(session, shop))
    session.rollback()
    clock.advance(timedelta(days=600))
    assert refused(session, owner, split_of(small, 5), None) == "move_term_over"
    flows.lapse(session)
    assert not session.get_one(Voucher, voucher.id).is_moving, "a term that ends drops what nobody prepared"


def test_counts_are_used_up_and_go_along(session: Session, desk: Desk, owner: Buyer) -> None:
    stays, part = carry_out(session, desk, owner.actor, split_of(owner.vouchers[0], 5 * WAN))
    again, _ = carry_out(session, desk, owner.actor, split_of(part, WAN))
    assert (stays.splits_done, again.splits_done) == (1, 2)
    assert refused(session, owner, split_of(again, 5), None) == "split_used_up"


def test_vouchers_of_two_policies_are_not_merged(session: Session, desk: Desk, owner: Buyer) -> None:

    newer = make_policy_version(
        session, district=desk.district, text=MOVING.replace("months: 18", "months: 20")
    )
    other = Desk(desk.district, desk.officer, desk.checker, newer)
    voucher = make_voucher(session, desk=other, household=owner.household, face_fen=WAN)
    session.commit()
    assert refused(session, owner, merge_of(owner.vouchers[0], voucher), None) == "merge_policies"


FLOORED = MOVING.replace(
    "splits: 2", "splits: {times: 2, parts: 3, floor: {m2_a_head: 15, yuan_per_m2: 8000}}"
).replace("transfers: 2", "transfers: {times: 2, floor: {m2_a_head: 15}}")


@pytest.mark.parametrize(("residents", "m2", "fits"), [(3, 45, True), (3, 44, False), (None, 45, False)])
def test_a_transfer_leaves_so_much_to_live_in(
    session: Session, residents: int | None, m2: int, fits: bool
) -> None:
    buyer = make_buyer(session, make_desk(session, policy=FLOORED), faces=(120 * WAN,))
    wish = Wish(Kind.TRANSFER, (buyer.vouchers[0].ref,), kin="child", residents=residents, other_homes_m2=m2)
    if fits:
        assert ask(session, buyer.actor, wish, other_of(3)).state == "asked"
    else:
        assert refused(session, buyer, wish) in {"move_floor", "residents_missing"}


def test_two_people_stand_behind_a_move_and_neither_pressed_for_a_party(
    session: Session, desk: Desk, owner: Buyer
) -> None:
    voucher = owner.vouchers[0]
    make_holder(session, desk, number=5)
    clerk = make_actor(session, role=Role.HOUSEHOLD, district=desk.district, household_id=owner.household.id)
    officer_too = make_actor(session, role=Role.OFFICER, district=desk.district)
    move = ask(session, clerk, transfer_of(voucher), other_of(5))
    with pytest.raises(Conflict, match="move_asked"):
        moves.prepare(session, actor=desk.officer, move_ref=move.ref, evidence="协议", papers=[upload()])
    with pytest.raises(Conflict, match="move_others_own"):
        moves.witness(session, actor=desk.officer, move_ref=move.ref, other=other_of(5))
    with pytest.raises(Forbidden, match="move_not_others"):
        moves.consent(session, actor=clerk, move_ref=move.ref, seen=digest(move.shown))
    session.rollback()
    consent(session, desk, move, other_of(5))
    with pytest.raises(DomainError, match="evidence_missing"):
        moves.prepare(session, actor=desk.officer, move_ref=move.ref, evidence=" ", papers=[upload()])
    session.rollback()
    with pytest.raises(DomainError, match="move_papers_missing"):
        moves.prepare(session, actor=officer_too, move_ref=move.ref, evidence="协议", papers=[])
    session.rollback()
    moves.prepare(session, actor=officer_too, move_ref=move.ref, evidence="协议", papers=[upload()])
    session.commit()
    with pytest.raises(Forbidden, match="wrong_role"):
        moves.approve(session, actor=officer_too, move_ref=move.ref)
    asker = replace(clerk, role=Role.CHECKER, household_id=None)
    with pytest.raises(Forbidden, match="move_own_counter"):
        moves.approve(session, actor=asker, move_ref=move.ref)
    as_checker = replace(officer_too, role=Role.CHECKER)
    with pytest.raises(SamePerson):
        moves.approve(session, actor=as_checker, move_ref=move.ref)
    session.rollback()
    moves.approve(session, actor=desk.checker, move_ref=move.ref)
    session.commit()
    assert redemptions.verify(session) == []


def test_another_person_or_another_outcome_is_refused(session: Session, desk: Desk, owner: Buyer) -> None:
    voucher = owner.vouchers[0]
    make_holder(session, desk, number=5)
    for other, code in (
        (other_of(5, "李四"), "move_other_person"),
        (Other("李四", "123"), "id_number_bad"),
    ):
        with pytest.raises(DomainError, match=code):
            ask(session, owner.actor, transfer_of(voucher), other)
        session.rollback()
    with pytest.raises(Conflict, match="move_changed"):
        moves.ask(session, actor=owner.actor, wish=split_of(voucher, 5), other=None, seen="0" * 64)
    session.rollback()
    move = ask(session, owner.actor, transfer_of(voucher), other_of(9, "李建国"))
    with pytest.raises(DomainError, match="move_other_person"):
        moves.witness(session, actor=desk.officer, move_ref=move.ref, other=other_of(8, "李建国"))
    assert mark_of(session, transfer_of(owner.vouchers[1])) != digest(move.shown)


ONLY_UNUSED = MOVING.replace("transfers: 2", "transfers: {times: 2, only: unused, to_month: 2}").replace(
    "splits: 2", "splits: {times: 2, least_yuan: 300000}"
)


def test_a_used_voucher_a_small_part_and_a_late_transfer_are_refused(
    session: Session, clock: FixedClock
) -> None:
    desk = make_desk(session, policy=ONLY_UNUSED)
    owner = make_buyer(session, desk, faces=(120 * WAN, 30 * WAN))
    bought(session, make_shop(session, desk=desk), owner, owner.vouchers[0], 46)
    used, unused = owner.vouchers
    assert refused(session, owner, transfer_of(used)) == "transfer_used"
    assert refused(session, owner, split_of(used, 30 * WAN - 1), None) == "split_small"
    in_time = ask(session, owner.actor, transfer_of(unused), other_of(7))
    clock.moment += timedelta(days=70)
    # The day of asking counts: what is prepared and approved later is still carried out.
    assert approve(session, desk, in_time, other_of(7))[0].household_id != owner.household.id
    late = make_buyer(session, desk, faces=(30 * WAN,))
    clock.moment += timedelta(days=70)
    assert refused(session, late, transfer_of(late.vouchers[0])) == "transfer_not_then"
