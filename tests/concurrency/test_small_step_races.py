"""Two people do the same small thing at one moment: report a late handover, judge a paper, hand in a loan's.

Or one notes what an agreement entitles to while another submits a voucher over it.
With the locks whoever comes second finds the first. The controls take the locks away: an index still lets one
report stand, and triggers keep the first word on a paper and on a loan; without them it is overwritten.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.core import clock as business_clock
from app.core.clock import FixedClock
from app.payments.kinds import Kind, Lender, Stage
from app.projects.models import Agreement
from app.redemptions.service import advance_loan, kinship
from app.settlements import late
from app.vouchers import entitling
from app.vouchers import service as vouchers
from tests.concurrency.race import PATIENCE, Act, NoLocks, Outcome, before, come, do, race
from tests.factories.projects import make_agreement
from tests.factories.vouchers import make_desk
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


def noting(setting: Session) -> tuple[Agreement, Act, Act]:
    """Return an agreement, submitting a voucher over it under a policy that asks no area, and noting one."""
    desk = make_desk(setting)
    agreement = make_agreement(setting, officer=desk.officer, compensation_fen=50_000_000)
    setting.commit()
    known = {"agreement_id": agreement.id, "policy_version_id": desk.policy_version.id}
    noted = {"number": agreement.number, "entitled_m2": Decimal("90.55"), "residents": None}
    return (
        agreement,
        lambda session: vouchers.submit(session, actor=desk.officer, **known),
        lambda session: entitling.note(session, actor=desk.officer, **noted),
    )


def test_what_an_agreement_entitles_to_is_kept_while_a_voucher_is_submitted(
    engine: Engine, setting: Session
) -> None:
    _, submit, note = noting(setting)
    coming = []

    def submit_interrupted(session: Session) -> None:
        def interrupt() -> None:
            coming.append(come(pool, engine, note))

        before(session, interrupt, at="INSERT INTO vouchers ")
        submit(session)

    with ThreadPoolExecutor(1) as pool:
        assert do(engine, submit_interrupted) == "done"
        assert coming[0].result(PATIENCE) == "agreement_vouched"
    agreement, submit, note = noting(setting)
    assert beaten(engine, "vouchers", submit, note) == "done", "without the lock both pass"
    setting.refresh(agreement)
    assert agreement.entitled_m2 == Decimal("90.55")
