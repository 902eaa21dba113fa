"""What a developer owes back of a share that it claims more of: proven as one decision, not line by line."""

import pytest
from sqlalchemy.orm import Session

from app.settlements import claims, proofs
from app.settlements.milestones import HANDOVER
from tests.factories.redemptions import PRICE_FEN
from tests.factories.settlements import (
    Payers,
    approve,
    claim,
    make_fund,
    make_payers,
    make_sold,
    offered,
    pay,
    reach,
    send,
)
from tests.integration.settlements.test_paying import correct

LESS = PRICE_FEN * 3 // 10


@pytest.fixture
def payers(session: Session) -> Payers:
    return make_payers(session)


def pay_all(session: Session, payers: Payers) -> None:
    """Let all that is on offer be claimed and paid."""
    source = make_fund(session, payers, PRICE_FEN)
    pay(session, payers, *send(session, payers, source, approve(session, payers, claim(session, payers))))


def test_a_claim_may_take_and_deduct_of_one_share(session: Session, payers: Payers) -> None:
    """The sum of its first part comes down as its second falls due: neither is seen without the other."""
    buyer, sold = make_sold(session, payers.shop)
    pay_all(session, payers)
    correct(session, payers, sold.ref, PRICE_FEN - LESS)
    reach(session, payers.shop, buyer, sold, HANDOVER)
    assert sorted(one.amount_fen > 0 for one in offered(session, payers)) == [False, True]
    approve(session, payers, claim(session, payers))
    assert proofs.verify(session) == []


def test_a_claim_that_deducted_may_be_refused_again(session: Session, payers: Payers) -> None:
    """What was paid too much before it is owed back again."""
    _, sold = make_sold(session, payers.shop)
    pay_all(session, payers)
    correct(session, payers, sold.ref, LESS)
    make_sold(session, payers.shop)
    found = approve(session, payers, claim(session, payers))
    assert min(line.amount_fen for line in found.lines) < 0
    claims.refuse(session, actor=payers.checker, ref=found.ref, reason="不符")
    session.commit()
    assert proofs.verify(session) == []


def test_beside_a_claim_that_a_correction_overtook_nothing_more_of_the_share_is_on_offer(
    session: Session, payers: Payers
) -> None:
    """The next part in full and what was approved by the old sum of the first are more than is owed."""
    buyer, sold = make_sold(session, payers.shop)
    found = approve(session, payers, claim(session, payers))
    correct(session, payers, sold.ref, PRICE_FEN - LESS)
    reach(session, payers.shop, buyer, sold, HANDOVER)
    assert offered(session, payers) == []
    assert proofs.verify(session) == []
    claims.refuse(session, actor=payers.checker, ref=found.ref, reason="金额变了")
    session.commit()
    assert sum(one.amount_fen for one in offered(session, payers)) == (PRICE_FEN - LESS) * 93 // 100
    approve(session, payers, claim(session, payers))
    assert proofs.verify(session) == []
