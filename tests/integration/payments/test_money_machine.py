"""Lines, matches, refunds, in whatever order: never a fen back that did not come in, none counted twice."""

from collections.abc import Callable, Sequence
from typing import Any

from flask import Flask
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import func, select

from app.core import clock as business_clock
from app.core.actor import Role
from app.core.errors import DomainError
from app.ledger import queries as ledger
from app.ledger.errors import InsufficientBalance
from app.ledger.models import LedgerAccount
from app.payments import matching, proofs, queries, refunds, statements
from app.payments.models import LineMatch, StatementLine, TopUp
from app.payments.refund_models import Refund
from app.payments.statement_models import Statement
from app.redemptions import queries as redemptions
from app.redemptions import service as buying
from tests.factories.identity import make_actor
from tests.factories.payments import statement
from tests.factories.redemptions import make_buyer, make_home, make_redemption, make_shop
from tests.machines import Machine

WAN = 1_000_000
some = st.integers(0, 9)


class TopUpMachine(Machine):
    """Two purchases that lack 10.2 万 each, and everything that may happen to the money that comes in."""

    def __init__(self) -> None:
        super().__init__()
        shop = make_shop(self.session)
        self.officers = [
            shop.desk.officer,
            make_actor(self.session, role=Role.OFFICER, district=shop.desk.district),
        ]
        self.checker = shop.desk.checker
        self.buyers = [make_buyer(self.session, shop.desk, faces=(30 * WAN,)) for _ in range(2)]
        self.purchases = [
            make_redemption(self.session, buyer, make_home(self.session, shop)) for buyer in self.buyers
        ]
        self.top_ups = list(self.session.scalars(select(TopUp).order_by(TopUp.id)))
        self.serial = 0
        self.session.commit()

    def prove(self) -> None:
        """The slow proofs once, at the end."""
        assert ledger.verify(self.session) == []
        assert proofs.verify(self.session) == []
        assert redemptions.verify(self.session) == []

    def attempt(self, name: str, act: Callable[..., Any], **given: Any) -> None:
        """Do it in a transaction of its own; a refusal leaves nothing behind, and is never the ledger's."""
        try:
            act(self.session, **given)
        except InsufficientBalance:
            raise
        except DomainError:
            self.session.rollback()
            return
        self.session.commit()
        self.done.add(name)

    def rows(self, model: Any, *states: str) -> Sequence[Any]:
        return self.session.scalars(select(model).where(model.state.in_(states)).order_by(model.id)).all()

    @initialize()
    def begin(self) -> None:
        """Whatever is drawn afterwards: too much came, the rest went back, and came back from the bank."""
        self.bring(12 * WAN, False, "confirm")
        self.set_aside_or_back(0)
        self.set_aside_or_back(0)
        self.match(0, 0, 0, 0)
        self.prepare(0, None, "reject")
        self.prepare(0, None, "on")
        self.bring(1, False, "reject")

    @rule(
        fen=st.sampled_from([1, 3 * WAN, 10_200_000, 12 * WAN]),
        again=st.booleans(),
        then=st.sampled_from(["confirm", "confirm", "confirm", "reject", "wait"]),
    )
    def bring(self, fen: int, again: bool, then: str) -> None:
        """A line comes, maybe the very one that came before; the checker may look at once."""
        self.serial += 0 if again and self.serial else 1
        line = f"S{self.serial},2016-06-02,{fen // 100}.{fen % 100:02},张三,"
        content = statement(line, line)
        self.attempt("bring", statements.import_statement, actor=self.officers[0], content=content)
        if then != "wait" and self.rows(Statement, "waiting"):
            self.decide(0, 0, then == "confirm")

    @precondition(lambda self: self.rows(Statement, "waiting"))
    @rule(place=some, invented=st.sampled_from([0, 0, 0, 1]), agree=st.sampled_from([True, True, False]))
    def look(self, place: int, invented: int, agree: bool) -> None:
        self.decide(place, invented, agree)

    def decide(self, place: int, invented: int, agree: bool) -> None:
        """The checker has the bank's own number and total; of an invented line the bank knows nothing."""
        waiting = self.rows(Statement, "waiting")
        one = waiting[place % len(waiting)]
        if not agree:
            self.attempt(
                "reject statement", statements.reject, actor=self.checker, ref=one.ref, reason="不符"
            )
            return
        bank = {"count": one.count - invented, "total_fen": one.sum_fen - invented}
        self.attempt("confirm statement", statements.confirm, actor=self.checker, ref=one.ref, **bank)
        assert not (invented and one.state == "confirmed")

    @precondition(lambda self: self.rows(StatementLine, "open"))
    @rule(place=some, which=st.integers(0, 1), who=st.integers(0, 1), wrong=st.sampled_from([0, 0, 0, 1]))
    def match(self, place: int, which: int, who: int, wrong: int) -> None:
        """Any line may be tried, also one that nobody confirmed."""
        lines = self.rows(StatementLine, "open")
        self.attempt(
            "match",
            matching.confirm,
            actor=self.officers[who],
            line_ref=lines[place % len(lines)].ref,
            top_up_ref=self.top_ups[which].ref,
            over=True,
        )
        if wrong and self.rows(StatementLine, "matched"):
            self.take_back(place, 2)

    @precondition(lambda self: self.rows(StatementLine, "matched"))
    @rule(place=some, who=st.integers(0, 2))
    def take_back_later(self, place: int, who: int) -> None:
        self.take_back(place, who)

    def take_back(self, place: int, who: int) -> None:
        lines = self.rows(StatementLine, "matched")
        self.attempt(
            "take back",
            buying.take_back_match,
            actor=[*self.officers, self.checker][who],
            line_ref=lines[place % len(lines)].ref,
            reason="对错了",
        )

    @precondition(lambda self: self.rows(StatementLine, "open", "aside"))
    @rule(place=some)
    def set_aside_or_back(self, place: int) -> None:
        lines = self.rows(StatementLine, "open", "aside")
        line = lines[place % len(lines)]
        if line.state == "open":
            self.attempt(
                "aside", matching.set_aside, actor=self.officers[0], line_ref=line.ref, reason="不是我们的"
            )
        else:
            self.attempt("back", matching.bring_back, actor=self.officers[0], line_ref=line.ref)

    @precondition(lambda self: self.rows(StatementLine, "matched"))
    @rule(
        place=some,
        fen=st.sampled_from([None, None, None, 1, 1 * WAN, 10_200_000, 12 * WAN]),
        then=st.sampled_from(["wait", "reject", "on"]),
    )
    def prepare(self, place: int, fen: int | None, then: str) -> None:
        """Any sum may be tried; None is all that came too much. Others may go on with it at once."""
        matches = self.session.scalars(
            select(LineMatch).where(LineMatch.taken_back_at.is_(None)).order_by(LineMatch.id)
        ).all()
        match = matches[place % len(matches)]
        self.session.refresh(match.top_up)
        surplus = queries.surplus_of(self.session, match.top_up)
        fen = surplus if fen is None else fen
        before = self.session.scalars(select(func.count(Refund.id))).one()
        self.attempt(
            "prepare",
            refunds.prepare,
            actor=self.officers[0],
            top_up_ref=match.top_up.ref,
            line_ref=match.line.ref,
            amount_fen=fen,
            payee_account="6222 0200",
        )
        if self.session.scalars(select(func.count(Refund.id))).one() > before:
            assert fen <= surplus  # nothing goes back that the purchase needs
            if then != "wait":
                self.go_on(-1, then, 3)

    def come_back(self, refund: Refund, place: int) -> None:
        """The bank sends a refund back, maybe by a line that somebody matched."""
        self.attempt(
            "come back",
            refunds.note_returned,
            actor=self.officers[0],
            ref=refund.ref,
            reference=f"S{max(1, self.serial - place % 3)}" if place % 2 else f"R{refund.id}",
            returned_on=business_clock.today(),
            reason="账户已销户",
        )

    @precondition(lambda self: self.rows(Refund, "prepared", "approved", "paid"))
    @rule(place=some, how=st.sampled_from(["on", "reject", "on", "pay"]), steps=st.sampled_from([1, 3]))
    def go_on(self, place: int, how: str, steps: int) -> None:
        waiting = self.rows(Refund, "prepared", "approved")
        found = waiting if waiting and how != "on" else self.rows(Refund, "prepared", "approved", "paid")
        refund = found[place % len(found)]
        following = {"prepared": "approve", "approved": "pay", "paid": "come back"}
        for _ in range(steps if how == "on" else 1):
            self.act(refund, following.get(refund.state, "") if how == "on" else how, place)

    def act(self, refund: Refund, how: str, place: int) -> None:
        """Do something to a refund."""
        if how == "come back":
            self.come_back(refund, place)
        elif how == "approve":
            self.attempt("approve", refunds.approve, actor=self.checker, ref=refund.ref)
        elif how == "pay":
            self.attempt(
                "pay",
                refunds.pay,
                actor=self.officers[1],
                ref=refund.ref,
                bank_ref=f"B{refund.id}",
                paid_on=business_clock.today(),
            )
        elif how == "reject":
            self.attempt("reject", refunds.reject, actor=self.checker, ref=refund.ref, reason="账号错")

    @rule(which=st.integers(0, 1))
    def cancel(self, which: int) -> None:
        ref = self.purchases[which].ref
        self.attempt("cancel", buying.cancel, actor=self.buyers[which].actor, redemption_ref=ref)

    @invariant()
    def only_what_a_second_person_confirmed_counts(self) -> None:
        for line in self.rows(StatementLine, "matched", "aside"):
            made = line.statement
            assert made.state == "confirmed"
            assert made.decided_by_id not in {None, made.imported_by_id}

    @invariant()
    def what_came_in_is_there_or_was_given_back(self) -> None:
        for top_up in self.top_ups:
            self.session.refresh(top_up)
            came = select(func.coalesce(func.sum(LineMatch.amount_fen), 0)).where(
                LineMatch.top_up_id == top_up.id, LineMatch.taken_back_at.is_(None)
            )
            back = select(func.coalesce(func.sum(Refund.amount_fen), 0)).where(
                Refund.top_up_id == top_up.id, Refund.state.not_in(("rejected", "returned"))
            )
            received, given = self.session.scalars(came).one(), self.session.scalars(back).one()
            account = self.session.get_one(LedgerAccount, top_up.ledger_account_id, populate_existing=True)
            held = account.credits_posted - account.debits_posted - account.debits_pending
            assert held == received - given >= 0
            due = 0 if top_up.ended_at else top_up.amount_fen
            assert queries.surplus_of(self.session, top_up) == max(0, held - due)


def test_whatever_is_done_in_whatever_order(app: Flask) -> None:
    TopUpMachine.app, TopUpMachine.done = app, set()
    run_state_machine_as_test(
        TopUpMachine,
        settings=settings(
            max_examples=10,
            stateful_step_count=30,
            deadline=None,
            derandomize=True,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
        ),
    )
    assert TopUpMachine.done >= {
        *(
            "bring",
            "confirm statement",
            "reject statement",
            "match",
            "take back",
            "aside",
            "back",
            "prepare",
            "approve",
            "pay",
            "reject",
            "come back",
            "cancel",
        )
    }
