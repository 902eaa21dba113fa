"""The whole life of vouchers in any order: bought with, moved, inherited, changed, paid out, settled.

Each part has a machine of its own; this one holds them against each other, under policies that are drawn.
"""

import os
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any, Final

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule, run_state_machine_as_test
from sqlalchemy import select

from app.homes.rules import StockKind
from app.ledger import queries as ledger
from app.payments import queries as money
from app.payments.models import LineMatch
from app.redemptions import flows, service
from app.redemptions.change_models import PurchaseChange
from app.redemptions.change_states import OPEN as CHANGING
from app.redemptions.change_states import TERMS
from app.redemptions.change_states import Kind as Change
from app.redemptions.models import Redemption
from app.redemptions.service import changes
from app.redemptions.service.wishes import Wish
from app.settlements import claims
from app.settlements.claims import Asked
from app.settlements.money_models import SettlementClaim
from app.settlements.offers import Payee
from app.vouchers import endings, extensions, moves
from app.vouchers.ending_models import VoucherEnding
from app.vouchers.ending_queries import outlook
from app.vouchers.ending_states import Kind as Ending
from app.vouchers.extension_models import VoucherExtension
from app.vouchers.flows import lapse
from app.vouchers.models import Voucher
from app.vouchers.move_models import VoucherMove
from app.vouchers.move_rules import Share
from app.vouchers.move_states import OPEN as MOVING_ON
from app.vouchers.parties import Other
from app.vouchers.stop_models import VoucherStop
from tests.factories import inheritances, stops
from tests.factories.cards import made_up_stripe
from tests.factories.contracts import upload
from tests.factories.endings import payee
from tests.factories.moves import mark_of, merge_of, merge_with, other_of, split_of, transfer_of
from tests.factories.payments import pay_in
from tests.factories.redemptions import make_home
from tests.factories.settlements import offered
from tests.integration.life.bonuses import Bonuses, on
from tests.integration.life.own_money import STARTED, some
from tests.integration.life.policies import SPACES, drawn, known
from tests.integration.life.world import WAN

ENOUGH: Final = 9
"""So many long lives go everywhere; in each the machine leaves out some of what can be done."""


class Life(Bonuses):
    """What households, their developer and the authority may do, one thing after the other."""

    @initialize(policies=st.tuples(known, drawn, drawn))
    def begin(self, policies: tuple[str, ...]) -> None:
        self.move_in(policies)
        for place in range(0, 2 * len(policies), 2):
            self.buy(place, 30, both=place == 2, limit=None, homes=1, steps=4)
        for _ in range(SPACES + 1):  # the last is one too many
            self.buy_beside(0, StockKind.PARKING, 4)
        for place in range(2, 2 * len(policies)):  # under the drawn policies, some of which sell it alone
            self.buy_alone(place, StockKind.STORAGE, 4)
        for place in range(2, 2 * len(policies), 2):  # a second home, which is too large for some
            self.buy(place, 7, both=False, limit=None, homes=1, steps=1)
        self.change(0, Change.CONTRACT, 999, Decimal("88.01"), 4)
        self.use_own_money()
        self.come_back()
        self.let_interest_run()
        self.move(2 * len(policies), 9, "merge", 1, 4)  # the second household's with the first's
        self.move(-1, 3, "divorce", WAN, 4)

    def come_back(self) -> None:
        """Undo a purchase whose voucher was split after it; lower the price of another and undo it, too."""
        for kinds in ((Change.REJECT,), (Change.PRICE, Change.CANCEL)):
            self.buy(-1, 7, both=False, limit=None, homes=1, steps=4)
            if Change.REJECT in kinds:
                self.move(-1, 2, "split", 1, 4)
            for kind in kinds:
                self.change(-1, kind, 999, Decimal(60), 4)

    def use_own_money(self) -> None:
        """Pay a purchase online, withdraw and get it back; then buy again with a loan, and contest a part."""
        self.buy(1, 130, both=False, limit=None, homes=1, steps=1)
        self.pay_online(9, None, "pay")
        self.after_lock(9, well=False)
        self.give_back(0, 4, well=True)
        self.buy(1, 130, both=False, limit=None, homes=1, steps=1)
        self.borrow(9, 2, "f")
        self.pay_online(9, 1, "unseen")
        self.after_online(0, "settle", seen=False)
        self.after_online(-1, "contest", seen=True)

    @rule(
        place=some,
        wan=st.sampled_from([7, 30, 70, 130]),
        both=st.booleans(),
        limit=st.sampled_from([None, None, 5 * WAN + 1]),
        homes=st.sampled_from([1, 1, 1, 2]),
        steps=st.sampled_from([1, 2, 4, 4, 4, 4]),
    )
    def buy(self, place: int, wan: int, both: bool, limit: int | None, homes: int, steps: int) -> None:
        """Buy a home or a basket with one voucher or all of a household, or stop on the way."""
        first = self.voucher(place)
        own = [one for one in self.rows(Voucher, "issued") if one.household_id == first.household_id]
        parts = [(first.ref, limit)] + [(one.ref, None) for one in own if both and one.id != first.id]
        who = self.actor(first.household_id)
        wanted = [make_home(self.session, self.shop, voucher_fen=wan * WAN + i).ref for i in range(homes)]
        if homes == 1:
            quote = self.attempt("quote", service.quote, actor=who, home_ref=wanted[0], parts=parts)
            made = quote and self.attempt("lock", service.reserve, actor=who, quote_ref=quote.ref)
            found = [made] if made else []
        else:
            basket = self.attempt("basket", service.quote_basket, actor=who, home_refs=wanted, parts=parts)
            found = basket and self.attempt(
                "lock basket", service.reserve_basket, actor=who, basket_ref=basket.ref
            )
        for one in list(found or ()):
            for _ in range(steps - 1):
                self.go_on(one)

    @rule(place=some, well=st.sampled_from([True, True, False]))
    def after_lock(self, place: int, well: bool) -> None:
        under_way = self.rows(Redemption, *STARTED)
        if not under_way:
            return
        found = under_way[place % len(under_way)]
        if well:
            self.go_on(found)
        elif found.state == "locked":
            actor = self.actor(found.household_id)
            self.attempt("cancel", service.cancel, actor=actor, redemption_ref=found.ref)
        else:
            actor = self.desk.officer if found.state == "contracted" else self.desk.checker
            self.attempt("refuse", service.refuse, actor=actor, redemption_ref=found.ref, reason="不符")

    @rule(
        place=some,
        kind=st.sampled_from(list(Change)),
        parts=st.sampled_from([1, 500, 900, 999]),
        area=st.sampled_from([Decimal("60"), Decimal("88.01"), Decimal("90.37"), Decimal("120")]),
        steps=st.sampled_from([1, 2, 3, 4, 4, 4]),
    )
    def change(self, place: int, kind: Change, parts: int, area: Decimal, steps: int) -> None:
        """Ask to change a purchase, or to undo it."""
        found = self.rows(Redemption, "contracted", "checked", "redeemed")
        if not found:
            return
        one = found[place % len(found)]
        asker = {"household": self.actor(one.household_id), "developer": self.shop.developer}.get(
            TERMS[kind].asks.value, self.desk.officer
        )
        wanted: dict[str, Any] = {}
        if kind is Change.PRICE:
            wanted["price_fen"] = max(1, one.present_price_fen * parts // 1000)
        elif kind is Change.AREA:
            wanted["area_m2"] = area
        elif kind is Change.CONTRACT:
            wanted["contract"] = self.signed_anew(one, max(1, one.present_price_fen * parts // 1000), area)
        wish = Wish(kind, "理由", papers=[upload()], **wanted)
        made = self.attempt(f"ask {kind}", changes.ask, actor=asker, redemption_ref=one.ref, wish=wish)
        for _ in range(steps - 1 if made else 0):
            self.go_on_with(made, agree=True)

    @rule(place=some, steps=on, agree=st.sampled_from([True, True, True, False]))
    def after_ask(self, place: int, steps: int, agree: bool) -> None:
        waiting = self.rows(PurchaseChange, *CHANGING)
        for _ in range(steps if waiting else 0):
            self.go_on_with(waiting[place % len(waiting)], agree=agree)

    @rule(
        place=some,
        to=st.sampled_from([1, 2, 3, 9]),
        kind=st.sampled_from(["transfer", "split", "divorce", "merge"]),
        fen=st.sampled_from([1, 3_333_333, 20 * WAN]),
        steps=on,
    )
    def move(self, place: int, to: int, kind: str, fen: int, steps: int) -> None:
        first, other = self.voucher(place), None
        owners: list[Other] = []
        own = [one for one in self.rows(Voucher, "issued") if one.household_id == first.household_id]
        if kind == "transfer":
            wish, other = transfer_of(first), other_of(to)
        elif kind == "split":
            wish = split_of(first, fen, fen + 7)
        elif kind == "divorce":
            parts = (Share(fen, is_others=True),)
            wish, other = replace(split_of(first), shares=parts, kin="spouse", is_divorce=True), other_of(to)
        elif to in (1, 9) and (alike := self.alike(first)):
            wish, owners = merge_with([first], alike[:1], "other"), [self.holder(alike[0].household)]
        else:
            wish = merge_of(first, own[to % len(own)])
        actor = self.actor(first.household_id)
        seen = mark_of(self.session, wish)
        known = {"actor": actor, "wish": wish, "other": other, "seen": seen, "owners": owners}
        made = self.attempt(f"ask {kind}", moves.ask, **known)
        for _ in range(steps if made else 0):
            self.go_on_moving(made, to)

    @rule(place=some, well=st.sampled_from([True, True, False]), to=st.sampled_from([9]), steps=on)
    def after_move_asked(self, place: int, well: bool, to: int, steps: int) -> None:
        waiting = self.rows(VoucherMove, *MOVING_ON)
        if not waiting:
            return
        found = waiting[place % len(waiting)]
        for _ in range(steps if well else 0):
            self.go_on_moving(found, to)
        at = {"move_ref": found.ref}
        if not well and found.state == "prepared":
            self.attempt("send move back", moves.send_back, actor=self.desk.checker, reason="不齐", **at)
        elif not well and found.state == "ready":
            self.attempt("refuse move", moves.refuse, actor=self.desk.officer, reason="不齐", **at)

    @rule(days=st.sampled_from([1, 1, 20, 20, 60, 200]))
    def wait(self, days: int) -> None:
        """Let days go by, and their jobs run."""
        self.clock.advance(timedelta(days=days))
        service.expire_overdue(self.session)
        self.session.commit()
        assert flows.end_too_late(self.session) == []
        lapse(self.session)
        self.see_that_money_follows()

    @rule(place=some, kind=st.sampled_from([Ending.PAYOUT, Ending.PAYOUT, Ending.GIVE_UP]), steps=on)
    def pay_out(self, place: int, kind: Ending, steps: int) -> None:
        voucher = self.voucher(place)
        known = {
            "actor": self.actor(voucher.household_id),
            "voucher_ref": voucher.ref,
            "kind": kind,
            "payee": payee(voucher.household.holder_name),
            "seen_fen": outlook(self.session, voucher, kind).parts.paid_fen,
        }
        made = self.attempt(f"ask {kind}", endings.ask, **known)
        for _ in range(steps if made else 0):
            self.go_on_ending(made, "cash")

    @rule(place=some, effect=st.sampled_from(["cash", "agreement", "void"]), steps=on)
    def after_ending(self, place: int, effect: str, steps: int) -> None:
        waiting = self.rows(
            VoucherEnding, "asked", "undecided", "prepared", "approved", "paid", "returned", "renewed"
        )
        for _ in range(steps if waiting else 0):
            self.go_on_ending(waiting[place % len(waiting)], effect)

    @rule(place=some, well=st.booleans())
    def extend(self, place: int, well: bool) -> None:
        known = {"voucher_ref": self.voucher(place).ref, "months": 1, "reason": "住院", "evidence": "记录"}
        self.attempt("propose", extensions.propose, actor=self.desk.officer, **known)
        for found in self.rows(VoucherExtension, "proposed") if well else ():
            self.attempt("extend", extensions.approve, actor=self.desk.checker, extension_ref=found.ref)

    @rule(place=some, less=st.sampled_from([0, 0, 1]))
    def pay_own(self, place: int, less: int) -> None:
        """What is missing of a top-up arrives; what is too much goes back to the account it came from."""
        bought = self.rows(Redemption, "contracted", "checked", "redeemed")
        if bought:
            pay_in(self.session, self.desk.officer, bought[place % len(bought)])
        matches = (
            select(LineMatch)
            .where(LineMatch.taken_back_at.is_(None), LineMatch.district_id == self.desk.district.id)
            .order_by(LineMatch.id)
        )
        for match in self.session.scalars(matches).all():
            fen = min(money.surplus_of(self.session, match.top_up), match.amount_fen - match.refunded_fen)
            if fen - less > 0:
                self.refund(match, fen - less)

    @rule(bits=st.sampled_from([1, 2, 5, 255]), steps=st.sampled_from([1, 2, 3, 4, 5, 6]))
    def claim(self, bits: int, steps: int) -> None:
        """Claim some of what is on offer, and all that is owed back; it may go on at once."""
        offers = offered(self.session, self.payers)
        keys = [one.key for at, one in enumerate(offers) if bits >> at & 1 or one.amount_fen < 0]
        asked = Asked(self.payers.district_id, Payee(None), keys, upload())
        made = self.attempt("claim", claims.submit, actor=self.payers.finance, asked=asked)
        for _ in range(steps - 1 if made else 0):
            self.go_on_paying(made, True)

    @rule(place=some, well=st.sampled_from([True, True, True, False]), steps=on)
    def after_claim(self, place: int, well: bool, steps: int) -> None:
        waiting = self.rows(SettlementClaim, "submitted", "checked", "approved", "paid")
        for _ in range(steps if waiting else 0):
            self.go_on_paying(waiting[place % len(waiting)], well)

    @rule(place=some, sum_fen=st.sampled_from([None, 1, 5 * WAN]))
    def stop(self, place: int, sum_fen: int | None) -> None:
        """A court freezes a voucher, or a sum of it."""
        ref = self.voucher(place).ref
        self.attempt("freeze", lambda session: stops.freeze(session, self.desk, ref, sum_fen))

    @rule(place=some)
    def lift(self, place: int) -> None:
        standing = [one for one in self._stops() if one.kind == "court"]
        if standing:
            found = standing[place % len(standing)]
            if found.wish:
                self.attempt("confirm stop", lambda session: stops.approve(session, self.desk, found))
            self.attempt("lift", lambda session: stops.lift(session, self.desk, found))

    @rule(place=some, parts=st.sampled_from([1000, 333]), steps=st.sampled_from([4, 3, 2, 1]))
    def inherit(self, place: int, parts: int, steps: int) -> None:
        """A holder dies; one heir or two get what is left."""
        voucher = self.voucher(place)
        dead = [one for one in self._stops() if one.kind == "death"]
        stop = dead[0] if dead else None
        if stop is None:
            stop = self.attempt("death", lambda session: inheritances.note_death(session, self.desk, voucher))
        if stop is None or steps < 2:
            return
        left_fen = ledger.balance(self.session, stop.voucher.account_id or 0).available_fen
        first = left_fen * parts // 1000
        fens = [first, left_fen - first] if left_fen - first else [first]
        shares = [Share(fen, kin=kin) for fen, kin in zip(fens, ("spouse", "child"), strict=False)]
        people = [other_of(20 + self.counter, "李建国"), other_of(21 + self.counter, "李红")]
        move = self.attempt(
            "heirs", lambda session: inheritances.ask(session, self.desk, stop, shares, people)
        )
        if move and steps > 2:
            self.attempt("notary", lambda session: inheritances.prepare(session, self.desk, move))
        if move and steps > 3:
            self.attempt("inherit", lambda session: inheritances.approve(session, self.desk, move))

    def _stops(self) -> Sequence[VoucherStop]:
        found = select(VoucherStop).where(
            VoucherStop.district_id == self.desk.district.id, VoucherStop.ended_at.is_(None)
        )
        return self.session.scalars(found.order_by(VoucherStop.id)).all()


@pytest.mark.usefixtures("clock")
def test_whatever_happens_in_a_life_no_fen_is_lost(app: Flask) -> None:
    """``ANJU_LIVES=20`` lives twenty longer ones, others each time; what fails prints every step."""
    lives = int(os.environ.get("ANJU_LIVES", "0"))
    done: set[str] = set()
    # What fails is not made shorter: each try lives anew, which takes minutes.
    one = settings(phases=[Phase.generate], suppress_health_check=list(HealthCheck))
    few = settings(one, max_examples=4, stateful_step_count=20)
    many = settings(one, max_examples=lives or 1, stateful_step_count=80, derandomize=False)
    with made_up_stripe() as server:
        machine = type("Machine", (Life,), {"app": app, "done": done, "server": server})
        run_state_machine_as_test(machine, settings=many if lives else few)
    # They must have gone everywhere, or they proved nothing.
    wanted = {"redeem", "begin", "settle", "approve card refund", "ask back", "split own", "loan f", "look"}
    wanted |= {"change contract", "change reject", "change price", "change cancel"}
    wanted |= {"interest paid with a bonus", "pay bonus", "follow", "ask divorce", "approve split"}
    wanted |= {"lock alone", "with its certificate owed"}
    wanted |= {"refused: prepare bonus: cash_bonus_waiting", "nearest bonus"}
    wanted |= {"join", "approve merge", "lock beside", "refused: quote beside: basket_not_quoted"}
    if lives > ENOUGH:
        wanted |= {
            *("claim", "accept proof", "end payout", "pay ending", "return ending"),
            *("nearest payout_rounding", "refused: quote: total_area"),
            *("extend", "freeze", "lift", "death", "heirs"),
        }
    assert wanted <= done, wanted - done
