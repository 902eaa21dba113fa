"""Two people do the same small thing at one moment: report a late handover, judge a paper, hand in a loan's.

With the locks whoever comes second finds the first. The controls take the locks away: an index still lets one
report stand, and triggers keep the first word on a paper and on a loan; without them it is overwritten.
"""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.core import clock as business_clock
from app.core.clock import FixedClock
from app.payments.kinds import Kind, Lender, Stage
from app.redemptions.service import advance_loan, kinship
from app.settlements import late
from tests.concurrency.race import Act, NoLocks, Outcome, before, do, race
from tests.integration.redemptions.test_kinship import Signed
from tests.integration.redemptions.test_loans import PATIENT, Borrowing
from tests.integration.settlements.test_late import TOLD, Promised


def beaten(engine: Engine, table: str, act: Act, other: Act) -> Outcome:
    """Do an act without locks; another is done whole between its check and its write of a table's row."""

    def interrupt() -> None:
        assert do(engine, other, policy=NoLocks()) == "done"

    def interrupted(session: Session) -> None:
        before(session, interrupt, at=(f"INSERT INTO {table} ", f"UPDATE {table} "))
        act(session)

    return do(engine, interrupted, policy=NoLocks())


def reporting(setting: Session, clock: FixedClock) -> Act:
    home = Promised(setting, clock)
    setting.commit()
    clock.advance(timedelta(days=12))
    ref, actor = home.ref, home.buyer.actor
    return lambda session: late.report(session, actor=actor, redemption_ref=ref, told=TOLD)


def test_a_handover_is_reported_late_once(
    engine: Engine, setting: Session, clock: FixedClock, as_owner: Callable[[str], None]
) -> None:
    report = reporting(setting, clock)
    assert sorted(map(str, race(engine, [report, report]))) == ["done", "late_stands"]
    report = reporting(setting, clock)
    assert beaten(engine, "late_handovers", report, report) == "late_stands", "the index alone"
    as_owner("DROP INDEX uq_late_handovers_open")
    report = reporting(setting, clock)
    assert beaten(engine, "late_handovers", report, report) == "done"


def judging(setting: Session) -> tuple[Act, Act]:
    signed = Signed(setting)
    proof = signed.give(setting)
    known = {"actor": signed.officer, "redemption_ref": signed.ref, "proof_ref": proof.ref}
    return (
        lambda session: kinship.accept(session, **known),
        lambda session: kinship.refuse(session, reason="没有盖章", **known),
    )


def test_a_paper_of_kinship_is_judged_once(engine: Engine, setting: Session) -> None:
    outcomes = set(map(str, race(engine, judging(setting))))
    assert "done" in outcomes
    assert outcomes - {"done"} <= {"kinship_accepted", "kinship_refused"}
    assert len(outcomes) == 2


def test_without_locks_the_first_word_on_a_paper_stands(
    engine: Engine, setting: Session, as_owner: Callable[[str], None]
) -> None:
    accept, refuse = judging(setting)
    assert beaten(engine, "kinship_proofs", refuse, accept) == "kinship_decided", "the trigger alone"
    as_owner("DROP TRIGGER kinship_proof_decided ON kinship_proofs")
    accept, refuse = judging(setting)
    assert beaten(engine, "kinship_proofs", refuse, accept) == "done"


def handing_in(setting: Session) -> Act:
    loan = Borrowing(setting, PATIENT)
    lender = Lender("农业银行", business_clock.today() + timedelta(days=20))
    known = {"redemption_ref": loan.redemption.ref, "kind": Kind.LOAN, "stage": Stage.FILED, "lender": lender}
    return lambda session: advance_loan(session, actor=loan.buyer.actor, **known)


@pytest.mark.usefixtures("clock")
def test_the_papers_of_a_loan_are_handed_in_once(
    engine: Engine, setting: Session, as_owner: Callable[[str], None]
) -> None:
    hand_in = handing_in(setting)
    assert sorted(map(str, race(engine, [hand_in, hand_in]))) == ["done", "loan_stage_over"]
    hand_in = handing_in(setting)
    assert beaten(engine, "top_up_parts", hand_in, hand_in) == "loan_stage_over", "the trigger alone"
    as_owner("DROP TRIGGER top_up_part_steps ON top_up_parts")
    hand_in = handing_in(setting)
    assert beaten(engine, "top_up_parts", hand_in, hand_in) == "done", "it is noted twice"
