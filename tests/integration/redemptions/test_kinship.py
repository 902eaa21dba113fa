"""A buyer who is kin: the proof is given by either side, looked at, and wanted before the verification."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.core.actor import HelpLevel, Role
from app.core.clock import FixedClock
from app.core.errors import Conflict, DomainError, Forbidden, NotFound
from app.redemptions import kinship_queries as queries
from app.redemptions import queries as redemptions
from app.redemptions import queues, service
from app.redemptions.buyers import BuyerTyped
from app.redemptions.checking import Oddity, Turn
from app.redemptions.errors import ActedAtCounter
from app.redemptions.kinship_models import KinshipProof
from app.redemptions.models import Redemption
from app.redemptions.service import kinship
from app.redemptions.service.kinship import Paper
from tests.factories import contracts
from tests.factories.identity import make_actor
from tests.factories.projects import make_id_number
from tests.factories.redemptions import (
    Buyer,
    Shop,
    contract,
    make_buyer,
    make_home,
    make_redemption,
    make_shop,
)

SON = BuyerTyped("王小明", "child", make_id_number(8))


class Signed:
    """A contract with the holder and a son of theirs who is not on the roster, and everybody around it."""

    def __init__(self, session: Session) -> None:
        self.shop: Shop = make_shop(session)
        self.buyer: Buyer = make_buyer(session, self.shop.desk)
        locked = make_redemption(session, self.buyer, make_home(session, self.shop))
        self.redemption: Redemption = contract(
            session, self.shop, locked, number="网签-亲属-1", buyers=[contracts.holder_of(locked), SON]
        )
        self.ref = self.redemption.ref
        self.officer = self.shop.desk.officer

    def give(self, session: Session, *, content: bytes = b"%PDF-1.7 kin", **who: object) -> KinshipProof:
        paper = Paper("household_register", "户主王秀英，长子王小明", contracts.upload(content, "户口簿.pdf"))
        actor = who.get("actor", self.buyer.actor)
        made = kinship.give(session, actor=actor, redemption_ref=self.ref, place=2, paper=paper)  # type: ignore[arg-type]
        session.commit()
        return made

    def accept(self, session: Session, proof: KinshipProof) -> None:
        kinship.accept(session, actor=self.officer, redemption_ref=self.ref, proof_ref=proof.ref)
        session.commit()

    def verify(self, session: Session) -> Redemption:
        found = service.verify_first(
            session, actor=self.officer, redemption_ref=self.ref, explanation="儿子同买，户口簿已核对"
        )
        session.commit()
        return found


@pytest.fixture
def signed(session: Session) -> Signed:
    return Signed(session)


def told(session: Session) -> list[str]:
    return list(session.scalars(text("SELECT kind FROM notices WHERE kind LIKE '%kinship%' ORDER BY id")))


def test_a_contract_is_verified_only_once_the_proof_was_given_and_accepted(
    session: Session, signed: Signed
) -> None:
    oddities = (session, signed.redemption, Turn.FIRST)
    assert told(session) == ["kinship_wanted", "developer_kinship_wanted"]
    assert queues.case_oddities(*oddities) == (Oddity.UNPROVED,)
    with pytest.raises(Conflict, match="kinship_unproved"):
        signed.verify(session)
    session.rollback()
    assert redemptions.verify(session) == []
    proof = signed.give(session)
    assert queries.count_waiting(session, actor=signed.officer) == 1
    with pytest.raises(Conflict, match="kinship_unproved"):
        signed.verify(session)
    session.rollback()
    signed.accept(session, proof)
    assert (queries.count_waiting(session, actor=signed.officer), queues.case_oddities(*oddities)) == (0, ())
    assert signed.verify(session).state == "checked"
    assert redemptions.verify(session) == []
    with pytest.raises(Conflict, match="kinship_over"):
        signed.give(session, content=b"%PDF-1.7 late")


def test_a_verified_contract_with_a_paper_that_nobody_accepted_is_a_breach(
    session: Session, signed: Signed
) -> None:
    signed.give(session)
    session.execute(text("UPDATE redemptions SET state = 'checked'"))
    found = [one.rule for one in redemptions.verify(session)]
    assert "who is kin on a verified contract has a paper that was accepted" in found


def test_what_is_sent_back_has_a_reason_and_the_other_side_may_give_another(
    session: Session, signed: Signed
) -> None:
    proof = signed.give(session)
    with pytest.raises(DomainError, match="reason_missing"):
        kinship.refuse(
            session, actor=signed.officer, redemption_ref=signed.ref, proof_ref=proof.ref, reason=""
        )
    session.rollback()
    kinship.refuse(
        session, actor=signed.officer, redemption_ref=signed.ref, proof_ref=proof.ref, reason="看不清"
    )
    session.commit()
    with pytest.raises(Conflict, match="kinship_refused"):
        signed.accept(session, proof)
    session.rollback()
    again = signed.give(session, content=b"%PDF-1.7 clear", actor=signed.shop.developer)
    signed.accept(session, again)
    assert told(session)[2:] == [
        *("kinship_refused", "developer_kinship_refused"),
        *("kinship_accepted", "developer_kinship_accepted"),
    ]


def test_a_paper_that_was_replaced_is_not_accepted_any_more(session: Session, signed: Signed) -> None:
    first = signed.give(session)
    second = signed.give(session, content=b"%PDF-1.7 better")
    with pytest.raises(Conflict, match="kinship_replaced"):
        signed.accept(session, first)
    session.rollback()
    signed.accept(session, second)


def test_a_correction_takes_over_what_was_accepted_unless_the_relation_is_another(
    session: Session, signed: Signed
) -> None:
    signed.accept(session, signed.give(session))
    for relation, state in (("child", "accepted"), ("spouse", "given")):
        typed = contracts.typed(
            signed.redemption,
            number=f"网签-亲属-{relation}",
            buyers=[contracts.holder_of(signed.redemption), replace(SON, relation=relation)],
            scan=None,
        )
        entry = service.prepare_contract(
            session, actor=signed.shop.developer, redemption_ref=signed.ref, typed=typed
        )
        service.send_contract(
            session, actor=signed.shop.developer, redemption_ref=signed.ref, entry_ref=entry.ref
        )
        session.commit()
        son = queries.get_buyer(signed.redemption, 2)
        standing = queries.find_standing(session, son.id)
        assert standing is not None
        assert (standing.state, standing.shows) == (state, "户主王秀英，长子王小明")


@pytest.mark.parametrize(
    ("drafted_with", "meanwhile", "state"),
    [
        (None, "given", "given"),
        (None, "accepted", "accepted"),
        ("old", "accepted", "accepted"),
        ("old", "refused", "refused"),
        ("old", "given", "given"),
    ],
)
def test_what_became_of_a_paper_while_a_correction_was_a_draft_stands(
    session: Session, signed: Signed, clock: FixedClock, drafted_with: str | None, meanwhile: str, state: str
) -> None:
    first = signed.give(session) if drafted_with else None
    typed = contracts.typed(
        signed.redemption,
        number="网签-亲属-改",
        buyers=[contracts.holder_of(signed.redemption), SON],
        scan=None,
    )
    known = {"actor": signed.shop.developer, "redemption_ref": signed.ref}
    entry = service.prepare_contract(session, typed=typed, **known)
    session.commit()
    clock.advance(timedelta(minutes=1))
    newest = first if first and meanwhile != "given" else signed.give(session, content=b"%PDF-1.7 newer")
    if meanwhile == "accepted":
        signed.accept(session, newest)
    elif meanwhile == "refused":
        kinship.refuse(
            session, actor=signed.officer, redemption_ref=signed.ref, proof_ref=newest.ref, reason="没有盖章"
        )
        session.commit()
    service.send_contract(session, entry_ref=entry.ref, **known)
    session.commit()
    son = queries.get_buyer(signed.redemption, 2)
    latest = queries.latest_of(session, [son.id])[son.id]
    assert (latest.state, latest.document.sha256) == (state, newest.document.sha256)
    assert [one.reason for one in queries.list_refused(session, son, but=None)] == (
        ["没有盖章"] if state == "refused" else []
    )


@pytest.mark.parametrize("sent", [False, True])
def test_nobody_decides_on_a_paper_of_a_contract_that_is_not_the_current_one(
    session: Session, signed: Signed, sent: bool
) -> None:
    """A draft's is nobody's yet: decided early, it would bar what the draft takes over as it is sent."""
    given = signed.give(session)
    if not sent:
        signed.accept(session, given)
    typed = contracts.typed(
        signed.redemption,
        number="网签-亲属-改",
        buyers=[contracts.holder_of(signed.redemption), replace(SON, relation="spouse")],
        scan=None,
    )
    known = {"actor": signed.shop.developer, "redemption_ref": signed.ref}
    entry = service.prepare_contract(session, typed=typed, **known)
    session.commit()
    if sent:
        service.send_contract(session, entry_ref=entry.ref, **known)
        session.commit()
        elsewhere = given
    else:
        drafts = queries.find_standing(session, next(one.id for one in entry.buyers if one.place == 2))
        assert drafts is not None
        elsewhere = drafts
    with pytest.raises(Conflict, match="kinship_replaced"):
        signed.accept(session, elsewhere)
    session.rollback()
    if not sent:
        service.send_contract(session, entry_ref=entry.ref, **known)
        session.commit()
    standing = queries.find_standing(session, queries.get_buyer(signed.redemption, 2).id)
    assert standing is not None
    assert standing.state == "given"


def test_who_gave_it_neither_accepts_nor_verifies_and_others_find_nothing(
    session: Session, signed: Signed
) -> None:
    clerk = replace(signed.buyer.actor, user_id=signed.officer.user_id)
    for other in (replace(signed.buyer.actor, level=HelpLevel.ACT), signed.officer):
        with pytest.raises(Forbidden):
            signed.give(session, actor=other)
        session.rollback()
    proof = signed.give(session, actor=clerk)
    with pytest.raises(ActedAtCounter):
        signed.accept(session, proof)
    session.rollback()
    with pytest.raises(IntegrityError, match="second_person"):
        session.execute(
            text(
                "UPDATE kinship_proofs "
                "SET state = 'accepted', decided_at = now(), decided_by_id = given_by_id"
            )
        )
    session.rollback()
    other_clerk = make_actor(session, role=Role.OFFICER, district=signed.shop.desk.district)
    kinship.accept(session, actor=other_clerk, redemption_ref=signed.ref, proof_ref=proof.ref)
    session.commit()
    with pytest.raises(ActedAtCounter):
        signed.verify(session)
    session.rollback()
    elsewhere = make_shop(session)
    for stranger in (make_buyer(session, signed.shop.desk).actor, elsewhere.developer):
        with pytest.raises(NotFound):
            signed.give(session, actor=stranger)
        session.rollback()
    with pytest.raises(NotFound):
        kinship.accept(session, actor=elsewhere.desk.officer, redemption_ref=signed.ref, proof_ref=proof.ref)


def test_the_holder_and_the_contract_itself_prove_nothing(session: Session, signed: Signed) -> None:
    with pytest.raises(DomainError, match="kinship_is_scan"):
        signed.give(session, content=contracts.SCAN)
    session.rollback()
    paper = Paper("other", "什么", contracts.upload(b"%PDF-1.7 x"))
    with pytest.raises(NotFound):
        kinship.give(session, actor=signed.buyer.actor, redemption_ref=signed.ref, place=1, paper=paper)
    bad = replace(paper, shows=" ")
    with pytest.raises(DomainError, match="kinship_shows_missing"):
        kinship.give(session, actor=signed.buyer.actor, redemption_ref=signed.ref, place=2, paper=bad)
