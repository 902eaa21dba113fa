"""A certificate is found in the register in the very moment in which the night ends what waits for it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Final

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from app.core.clock import FixedClock
from app.ledger.models import LedgerTransfer
from app.redemptions import cash
from app.redemptions import queries as redemptions
from app.redemptions.cash_models import CashBonus
from app.settlements import milestones
from app.settlements.milestones import CERTIFICATE
from tests.concurrency.buying import spoken
from tests.concurrency.race import Act, held
from tests.factories.policies import with_bonus
from tests.factories.redemptions import make_buyer, make_home, make_redemption, make_shop, redeem
from tests.factories.settlements import reported
from tests.factories.vouchers import make_desk

LATE: Final = with_bonus("""bonus:
  base: spent
  paid: cash
  paid_after: certificate
  fixed_by: paid
  delay: counts
  tiers: [{from_month: 1, to_month: 3, rate: 5%}]
""")
"""Nothing is left of it from the fourth month on, certificate or not."""
WITHDRAWN: Final = "ck_cash_bonuses_taken_back"
PROVED: Final = "a bonus in cash is taken back with its purchase"


@pytest.fixture
def acts(setting: Session, clock: FixedClock) -> dict[str, Act]:
    """What meets over a bonus of which the last day is over: its certificate was reported in time."""
    shop = make_shop(setting, desk=make_desk(setting, policy=LATE))
    buyer = make_buyer(setting, shop.desk, faces=(60_000_000,))
    home = make_home(setting, shop, voucher_fen=40_000_000)
    bought = redeem(setting, shop, make_redemption(setting, buyer, home))
    told = {"redemption_ref": bought.ref, "told": reported(CERTIFICATE)}
    made = milestones.report(setting, actor=shop.developer, **told)
    setting.commit()
    clock.advance(timedelta(days=120))
    (due,) = cash.too_late(setting)
    setting.commit()  # nobody waits for who only looks
    return {
        "confirm": lambda session: milestones.confirm(session, actor=shop.desk.officer, ref=made.ref),
        "end": lambda session: cash.end_too_late(session, only=due.id),
        "confirm what was read": confirm_what_was_read,
    }


def confirm_what_was_read(session: Session) -> None:
    """Free what waits as whoever first reads and then writes: the control, which no condition guards."""
    bonus = session.scalars(select(CashBonus)).one()
    if bonus.state == "waiting":
        bonus.state = "owed"


def found(setting: Session) -> tuple[str, int]:
    """Return where the bonus stands, and how often its money went back."""
    setting.expire_all()
    back = select(LedgerTransfer.id).where(LedgerTransfer.code == "cash_bonus.back")
    return setting.scalars(select(CashBonus)).one().state, len(setting.scalars(back).all())


@pytest.mark.parametrize(("first", "second"), [("end", "confirm"), ("confirm", "end")])
def test_what_a_night_ended_stays_ended_whoever_came_first(
    engine: Engine,
    setting: Session,
    acts: dict[str, Act],
    check_sound: Callable[[], None],
    first: str,
    second: str,
) -> None:
    assert held(engine, acts[first], acts[second]) == "done"
    assert found(setting) == ("taken_back", 1)
    check_sound()


def test_without_its_condition_a_constraint_keeps_what_went_back_from_being_owed(
    engine: Engine, setting: Session, acts: dict[str, Act]
) -> None:
    assert spoken(held(engine, acts["end"], acts["confirm what was read"])) == WITHDRAWN
    assert found(setting) == ("taken_back", 1)


def test_with_neither_money_that_went_back_is_owed_and_the_proof_says_so(
    engine: Engine, setting: Session, acts: dict[str, Act], as_owner: Callable[[str], None]
) -> None:
    as_owner(f"ALTER TABLE cash_bonuses DROP CONSTRAINT {WITHDRAWN}")
    assert held(engine, acts["end"], acts["confirm what was read"]) == "done"
    assert found(setting) == ("owed", 1)
    assert PROVED in {breach.rule for breach in redemptions.verify(setting)}
