"""Finished homes are paid at once, those sold before they are built by stages, spaces by their own rule."""

from datetime import timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.core import clock
from app.homes.models import Development
from app.redemptions.models import Redemption
from app.settlements import proofs
from app.settlements.money_models import SettlementLine
from app.settlements.reports import cash_need, rows_of
from app.settlements.shares import Scope, Share, list_shares
from tests.factories.policies import HAILING
from tests.factories.redemptions import make_buyer, make_home, make_redemption, redeem
from tests.factories.settlements import Payers, approve, claim, make_payers, reach

BY_STAGE = (
    HAILING.replace("usable_on: [home]", "usable_on: [home, parking]")
    + """
settlement:
  - stage: finished
    kinds: [home]
    tranches: [{event: filed, share: 100%, pay_within: {working_days: 5}}]
  - stage: presale
    kinds: [home]
    tranches:
      - {event: topped_out, share: 70%, pay_within: {days: 15}}
      - {event: completed, share: 30%, pay_within: {days: 15}}
  - kinds: [parking]
    tranches: [{event: filed, share: 100%, pay_within: {days: 15}}]
"""
)
RULE = "a line is of the part that its voucher's policy names for what was bought"


def sell(session: Session, payers: Payers, stage: str) -> Redemption:
    """Return a home written off that was so far built when it was locked."""
    development = payers.shop.building.development
    permit = "皖房预售 1 号" if stage == "presale" else None
    built = {"stage": stage, "presale_permit": permit, "delivery_on": clock.today() + timedelta(days=400)}
    session.execute(update(Development).where(Development.id == development.id).values(**built))
    session.commit()
    session.refresh(development)
    buyer = make_buyer(session, payers.shop.desk, faces=(130_550_000,))
    locked = make_redemption(session, buyer, make_home(session, payers.shop))
    return redeem(session, payers.shop, locked)


def share_of(session: Session, sold: Redemption) -> Share:
    (share,) = list_shares(session, Scope(sold.district_id, redemption_ids=[sold.id]))
    return share


def test_a_home_is_paid_by_what_it_was_at_its_lock(session: Session) -> None:
    payers = make_payers(session, policy=BY_STAGE)
    finished, presale = sell(session, payers, "finished"), sell(session, payers, "presale")
    # Built since, the second one goes on by its stages.
    last = sell(session, payers, "finished")
    paths = [
        [part.tranche.path for part in share_of(session, one).parts] for one in (finished, presale, last)
    ]
    at_once, by_stages = (
        ["settlement[0].tranches[0]"],
        ["settlement[1].tranches[0]", "settlement[1].tranches[1]"],
    )
    assert paths == [at_once, by_stages, at_once]
    today = clock.today()
    assert share_of(session, finished).parts[0].due_on == clock.add_working_days(today, 5)
    assert [part.due_on for part in share_of(session, presale).parts] == [None, None]
    rows = rows_of(list_shares(session, Scope(payers.district_id)), today=today)
    assert {row.standing for row in rows} == {"coming", "topped_out", "completed"}
    need = sum(fen for _month, fen in cash_need(rows, today=today))
    assert need == sum(share_of(session, one).owed_fen for one in (finished, last))


def test_the_proof_knows_by_which_rule_a_line_is_paid(session: Session) -> None:
    payers = make_payers(session, policy=BY_STAGE)
    sell(session, payers, "finished")
    sold = sell(session, payers, "presale")
    household = make_buyer(session, payers.shop.desk)  # anybody: an officer's word counts
    reach(session, payers.shop, household, sold, "topped_out")
    approve(session, payers, claim(session, payers))
    assert len(session.scalars(select(SettlementLine.id)).all()) == 2
    assert proofs.verify(session) == []
    honest = session.scalars(select(SettlementLine).where(SettlementLine.redemption_id == sold.id)).one()
    columns = {one.name for one in SettlementLine.__table__.columns} - {
        "id",
        "transfer_id",
        "back_transfer_id",
    }
    kept = {name: getattr(honest, name) for name in columns} | {"stands": False}
    session.expunge(honest)
    for path, event, place, share_bp in (
        ("settlement[0].tranches[0]", "filed", 0, 10_000),  # of finished homes
        ("settlement[2].tranches[0]", "filed", 0, 10_000),  # of parking
        ("settlement[1].tranches[0]", "filed", 0, 7_000),
        ("settlement[1].tranches[1]", "topped_out", 0, 7_000),
        ("settlement[1].tranches[0]", "topped_out", 1, 7_000),
        ("settlement[1].tranches[0]", "topped_out", 0, 10_000),
        ("settlement.tranches[0]", "topped_out", 0, 7_000),
        ("district", "verified", 0, 10_000),
    ):
        rule = {**honest.rule, "path": path, "event": event, "share_bp": share_bp}
        session.add(SettlementLine(**kept | {"event": event, "place": place, "rule": rule}))
        session.flush()
        assert RULE in {one.rule for one in proofs.verify(session)}, (path, event, place)
        session.rollback()
    session.add(SettlementLine(**kept))
    session.flush()
    assert RULE not in {one.rule for one in proofs.verify(session)}
    session.rollback()
