"""Vouchers are bought with, transferred, split, merged and paid out in any order: no fen is lost.

A long walk by chance of a fixed seed; the same for the rules alone, in every order, is
tests/unit/vouchers/test_move_rules.py.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta
from random import Random
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from app.core import clock as business_clock
from app.core.actor import Actor
from app.core.clock import FixedClock
from app.core.errors import DomainError
from app.documents.rules import Upload
from app.ledger import queries as ledger
from app.projects import persons
from app.projects.models import Household
from app.redemptions import queries, service
from app.redemptions.models import Allocation, Redemption
from app.redemptions.past import pasts
from app.vouchers import endings, inheritance, moves, stop_ends, stops
from app.vouchers.ending_models import VoucherEnding
from app.vouchers.ending_queries import outlook
from app.vouchers.ending_states import GONE, Kind
from app.vouchers.flows import lapse
from app.vouchers.models import Voucher
from app.vouchers.move_models import VoucherMove
from app.vouchers.move_proofs import MOVES
from app.vouchers.move_rules import Share, Wish, digest
from app.vouchers.move_states import OPEN
from app.vouchers.parties import Other
from app.vouchers.queries import purses
from app.vouchers.stop_models import VoucherStop
from app.vouchers.stop_proofs import STOPS
from tests.factories.contracts import typed, upload
from tests.factories.endings import payee
from tests.factories.inheritances import INHERITED
from tests.factories.moves import (
    LOSING,
    actor_of,
    make_holder,
    mark_of,
    merge_of,
    merge_with,
    other_of,
    split_of,
    transfer_of,
)
from tests.factories.payments import pay_in
from tests.factories.policies import make_policy_version
from tests.factories.redemptions import Shop, make_home, make_shop
from tests.factories.vouchers import Desk

WAN = 1_000_000
FACE = 120 * WAN


class Walk:
    """Two households, each with two vouchers, and somebody who has none."""

    def __init__(self, session: Session, clock: FixedClock, policy: str, seed: int) -> None:
        self.session, self.clock, self.chance = session, clock, Random(seed)
        self.done: set[str] = set()
        self.actors: dict[int, Actor] = {}
        self.shop: Shop = make_shop(session)
        first = self.shop.desk
        version = make_policy_version(session, district=first.district, text=policy)
        self.district_id = first.district.id
        self.desk = Desk(first.district, first.officer, first.checker, version)
        for number in (1, 2):
            make_holder(session, self.desk, number=number, faces=(FACE, FACE))
        session.commit()

    def attempt(self, name: str, act: Callable[..., Any], **given: Any) -> Any:
        """Do it in a transaction of its own; a refusal leaves nothing behind."""
        try:
            made = act(self.session, **given)
        except DomainError as error:
            self.session.rollback()
            self.done.add(f"refused: {error.code}")
            return None
        self.session.commit()
        self.done.add(name)
        return made

    def live(self) -> Sequence[Voucher]:
        found = select(Voucher).where(Voucher.state == "issued", Voucher.district_id == self.district_id)
        return self.session.scalars(found.order_by(Voucher.id)).all()

    def actor(self, household_id: int) -> Actor:
        if household_id not in self.actors:
            household = self.session.get_one(Household, household_id)
            self.actors[household_id] = actor_of(self.session, self.desk, household)
            self.session.commit()
        return self.actors[household_id]

    def one(self) -> Voucher:
        return self.chance.choice(self.live())

    def step(self) -> None:
        """Do one thing, whatever comes of it."""
        acts = (self.buy, self.transfer, self.split, self.merge, self.join, self.payout, self.wait, self.die)
        self.chance.choices(acts, weights=(5, 4, 4, 2, 3, 1, 1, 2))[0]()

    def buy(self) -> None:
        """Buy a home with one voucher, or only lock it."""
        voucher = self.one()
        home = make_home(self.session, self.shop, voucher_fen=self.chance.choice([7, 30, 70]) * WAN)
        who = self.actor(voucher.household_id)
        known = {"actor": who, "home_ref": home.ref, "parts": [(voucher.ref, None)]}
        quote = self.attempt("quote", service.quote, **known)
        assert not (quote and voucher.is_moving), "a voucher that is moving buys nothing"
        found = quote and self.attempt("lock", service.reserve, actor=who, quote_ref=quote.ref)
        if found and self.chance.random() < 0.8:
            self.finish(found)

    def finish(self, found: Redemption) -> None:
        """Take a lock to its write-off."""
        ref, officer = {"redemption_ref": found.ref}, self.desk.officer
        signed = typed(found, number=f"网签-{found.id}")
        self.attempt("contract", service.enter_contract, actor=self.shop.developer, typed=signed, **ref)
        pay_in(self.session, officer, found)
        self.attempt("verify", service.verify_first, actor=officer, explanation="同一个人", **ref)
        self.attempt("redeem", service.verify_second, actor=self.desk.checker, **ref)

    def transfer(self) -> None:
        number = self.chance.choice([1, 2, 3])
        self.ask(transfer_of(self.one(), self.chance.choice(["child", "child", "other"])), other_of(number))

    def split(self) -> None:
        one, more = self.chance.choice([1, 33_333_333, 20 * WAN, FACE]), self.chance.randint(0, 5 * WAN)
        self.ask(split_of(self.one(), *[fen for fen in (one, more) if fen]), None)

    def merge(self) -> None:
        one = self.one()
        own = [voucher for voucher in self.live() if voucher.household_id == one.household_id]
        self.ask(merge_of(one, self.chance.choice(own)), None)

    def join(self) -> None:
        """Ask to merge a voucher with one of anybody else's."""
        one = self.one()
        strangers = [voucher for voucher in self.live() if voucher.household_id != one.household_id]
        if strangers:
            other = self.chance.choice(strangers)
            self.ask(merge_with([one], [other], "other"), None, [self.holder(other.household)])

    def holder(self, household: Household) -> Other:
        """Return what the card of a household's holder says."""
        numbers = persons.holder_numbers(self.session, household_ids=[household.id])
        return Other(household.holder_name, numbers[household.id])

    def die(self) -> None:
        """Let a holder have died some days ago, and heirs ask for the voucher; else it is free again."""
        voucher, today = self.one(), business_clock.today()
        purse = purses(self.session, [voucher])[0]
        note = {"voucher_ref": voucher.ref, "reason": "家属报告", "papers": [upload()]}
        died_on = max(purse.issued_on, today - timedelta(days=self.chance.choice([0, 9])))
        officer = {"actor": self.desk.officer}
        stop = self.attempt("death", stops.note_death, died_on=died_on, **officer, **note)
        if stop is None:
            return
        first = self.chance.choice([1, max(1, purse.available_fen - 1), purse.available_fen])
        sums = [fen for fen in (first, purse.available_fen - first) if fen > 0] or [1]
        shares = [Share(fen, kin=self.chance.choice(["child", "spouse"])) for fen in sums]
        people = [other_of(number) for number in self.chance.sample([2, 3, 4], len(shares))]
        seen = inheritance.outlook(self.session, stop=stop, shares=shares).mark
        known = {"stop_ref": stop.ref, "shares": shares, "people": people, "seen": seen}
        move = self.attempt("ask inherit", inheritance.ask, **officer, **known)
        for _ in range(self.chance.choice([1, 3])):
            if move is not None:
                self.go_on(move)
        stop = self.session.get_one(VoucherStop, stop.id)
        if stop.ended_at is None and move is None:
            lift = {"stop_ref": stop.ref, "reason": "弄错了", "papers": [upload(b"%PDF-1.7\n%2\n%%EOF\n")]}
            self.attempt("ask lift", stop_ends.ask_lift, **officer, **lift)
            self.attempt("lift", stop_ends.approve, actor=self.desk.checker, stop_ref=stop.ref)

    def ask(self, wish: Wish, other: Other | None, owners: Sequence[Other] = ()) -> None:
        """Ask for a move and take it to its end, or drop it on the way, or leave it for another day."""
        actor = self.actor(next(one for one in self.live() if one.ref == wish.refs[0]).household_id)
        seen = mark_of(self.session, wish)
        known = {"actor": actor, "wish": wish, "other": other, "seen": seen, "owners": owners}
        self.attempt(f"ask {wish.kind}" + (" with others" if owners else ""), moves.ask, **known)
        waiting = select(VoucherMove).where(
            VoucherMove.state.in_(OPEN), VoucherMove.district_id == self.district_id
        )
        for move in self.session.scalars(waiting.order_by(VoucherMove.id)).all():
            for _ in range(self.chance.choice([1, 3, 3, 3])):
                if self.chance.random() < 0.85:
                    self.go_on(move)
                elif move.state in OPEN:
                    self.drop(move)

    def go_on(self, move: VoucherMove) -> None:
        at, officer = {"move_ref": move.ref}, self.desk.officer
        if move.state == "asked" and move.other_household_id:
            taker = self.actor(move.other_household_id)
            self.attempt("consent", moves.consent, actor=taker, seen=digest(move.shown), **at)
        elif move.state == "asked" and move.owners:
            owner = self.actor(move.owners[0].household_id)
            self.attempt("join", moves.consent, actor=owner, seen=digest(move.shown), **at)
        elif move.state == "asked":
            self.attempt("witness", moves.witness, actor=officer, other=other_of(3), **at)
        elif move.state == "ready":
            self.attempt(
                "prepare", moves.prepare, actor=officer, evidence="协议书", papers=self.papers(move), **at
            )
        elif move.state == "prepared":
            today = business_clock.today()
            self.attempt(f"approve {move.kind}", moves.approve, actor=self.desk.checker, on=today, **at)

    @staticmethod
    def papers(move: VoucherMove) -> list[Upload]:
        """Return a scan; one that was sent back has its first already."""
        return [] if move.evidence else [upload()]

    def drop(self, move: VoucherMove) -> None:
        at = {"move_ref": move.ref}
        if move.state == "prepared":
            self.attempt("send back", moves.send_back, actor=self.desk.checker, reason="材料不齐", **at)
        elif move.state == "ready":
            self.attempt("refuse", moves.refuse, actor=self.desk.officer, reason="材料不齐", **at)
        else:
            own = self.actor(move.household_id)
            self.attempt("withdraw", moves.withdraw, actor=own, **at)

    def payout(self) -> None:
        """Ask for what is left of a voucher, and let both people say yes."""
        voucher = self.one()
        known = {
            "voucher_ref": voucher.ref,
            "kind": Kind.PAYOUT,
            "payee": payee(voucher.household.holder_name),
        }
        seen = outlook(self.session, voucher, Kind.PAYOUT).parts.paid_fen
        who = self.actor(voucher.household_id)
        made = self.attempt("payout", endings.ask, actor=who, seen_fen=seen, **known)
        if made:
            at = {"ending_ref": made.ref}
            self.attempt("prepare payout", endings.prepare, actor=self.desk.officer, **at)
            self.attempt("pay out", endings.approve, actor=self.desk.checker, **at)

    def wait(self) -> None:
        self.clock.advance(timedelta(days=self.chance.choice([1, 16, 60])))
        service.expire_overdue(self.session)
        self.session.commit()
        lapse(self.session)

    def check_proofs(self) -> None:
        assert ledger.verify(self.session) == []
        for rule, proof in (MOVES | STOPS).items():
            assert self.session.execute(text(proof)).all() == [], rule

    def check_that_what_was_issued_is_on_the_vouchers_spent_or_gone(self) -> None:
        live = purses(self.session, self.live())
        assert sum(one.face_fen for one in live) == 4 * FACE
        left = sum(one.available_fen + one.held_fen + one.leaving_fen for one in live)
        ended = select(func.coalesce(func.sum(VoucherEnding.leftover_fen), 0)).where(
            VoucherEnding.state.in_(GONE), VoucherEnding.district_id == self.district_id
        )
        spent = self.bought(Allocation.spent_fen, "redeemed")
        assert left + spent + self.session.scalars(ended).one() == 4 * FACE
        for one in live:
            parts = (one.before_fen, one.spent_fen, one.available_fen, one.held_fen, one.leaving_fen)
            assert sum(parts) + one.left_fen == one.face_fen
            assert min(parts) >= 0

    def check_that_all_earned_counts_with_one_live_voucher(self) -> None:
        past = pasts(self.session, [one.id for one in self.live()])
        counting = ("locked", "contracted", "checked", "redeemed")
        assert sum(one.earned_fen for one in past.values()) == self.bought(Allocation.bonus_fen, *counting)
        assert sum(one.spent_fen for one in past.values()) == self.bought(Allocation.spent_fen, *counting)

    def bought(self, column: Any, *states: str) -> int:
        statement = select(func.coalesce(func.sum(column), 0)).join(
            Redemption, Redemption.id == Allocation.redemption_id
        )
        own = Redemption.district_id == self.district_id
        return int(self.session.scalars(statement.where(Redemption.state.in_(states), own)).one())


def test_whatever_is_done_no_fen_is_made_or_lost(session: Session, clock: FixedClock) -> None:
    done: set[str] = set()
    for policy, seed in ((INHERITED, 1), (LOSING, 4)):
        walk = Walk(session, clock, policy.replace("merges: 2", "merges: {times: 2, of: anybody}"), seed)
        for number in range(30):
            walk.step()
            walk.check_that_what_was_issued_is_on_the_vouchers_spent_or_gone()
            walk.check_that_all_earned_counts_with_one_live_voucher()
            if number % 5 == 0:
                walk.check_proofs()
        assert queries.verify(session) == []
        done |= walk.done
    went = {name for name in done if not name.startswith("refused: ")}
    # The walk must have gone everywhere, or it proved nothing.
    assert went >= {
        *("lock", "redeem", "ask transfer", "ask split", "ask merge", "consent", "witness", "prepare"),
        *("approve transfer", "approve split", "approve merge", "approve inherit"),
        *("ask merge with others", "join"),
    }, sorted(done)
