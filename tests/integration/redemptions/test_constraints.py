"""What the database itself refuses, tried by raw SQL."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from app.homes.models import Home
from app.redemptions.models import Redemption
from tests.factories.redemptions import (
    Buyer,
    Shop,
    contract,
    make_buyer,
    make_home,
    make_quote,
    make_redemption,
    redeem,
)


@pytest.fixture
def locked(session: Session, home: Home, buyer: Buyer) -> Redemption:
    return make_redemption(session, buyer, home)


SIGNED = "contract_number = '1', contract_signed_on = now()"
CONTRACT = SIGNED + ", contract_area_m2 = {area}, contract_price_fen = {price}"
TWIN = """
    INSERT INTO redemptions (district_id, ref, household_id, home_id, developer_id, quote_id, state,
                             price_fen, top_up_fen, locked_at, deadline_at)
    SELECT district_id, 'GF-TWIN', household_id, home_id, developer_id, :quote_id, 'locked', price_fen,
           top_up_fen, locked_at, deadline_at
    FROM redemptions WHERE id = :id
"""


def refused(session: Session, statement: str, constraint: str, **values: object) -> None:
    with pytest.raises(IntegrityError, match=constraint), session.begin_nested():
        session.execute(text(statement), values)


def test_a_home_has_one_buyer(session: Session, shop: Shop, home: Home, buyer: Buyer) -> None:
    spare = make_quote(session, buyer, home)
    locked = make_redemption(session, buyer, home)
    refused(session, TWIN, "uq_redemptions_one_buyer", id=locked.id, quote_id=spare.id)
    redeem(session, shop, locked)
    refused(session, TWIN, "uq_redemptions_one_buyer", id=locked.id, quote_id=spare.id)


def test_a_quote_becomes_one_redemption(session: Session, locked: Redemption) -> None:
    refused(session, TWIN, "uq_redemptions_(quote_id|one_buyer)", id=locked.id, quote_id=locked.quote_id)


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ("state = 'lost'", "ck_redemptions"),
        ("state = 'contracted'", "contract_entered"),
        ("state = 'cancelled'", "ended"),
        ("ended_at = now()", "ended"),
        ("contract_number = '1'", "ck_redemptions_contract"),
        ("contract_area_m2 = 1", "ck_redemptions_contract"),
        (
            f"{SIGNED}, contract_area_m2 = 1",
            "ck_redemptions_contract",
        ),
        (CONTRACT.format(area=1, price="price_fen - 1"), "ck_redemptions_contract_price"),
        (CONTRACT.format(area=0, price="price_fen"), "ck_redemptions_contract_area"),
        ("top_up_fen = -1", "adjusted|sums"),
        ("adjusted_fen = -price_fen", "adjusted"),
        ("own_adjusted_fen = -top_up_fen - 1", "adjusted"),
        ("top_up_fen = price_fen + 1", "sums"),
        ("district_id = district_id + 1", "foreign key constraint"),
    ],
)
def test_a_redemption_cannot_be_set_wrong(
    session: Session, locked: Redemption, change: str, constraint: str
) -> None:
    refused(session, f"UPDATE redemptions SET {change} WHERE id = :id", constraint, id=locked.id)


def test_a_contract_belongs_to_one_redemption(session: Session, shop: Shop, locked: Redemption) -> None:
    contract(session, shop, locked, number="网签-1")
    other = make_redemption(session, make_buyer(session, shop.desk), make_home(session, shop))
    contract(session, shop, other, number="网签-2")
    change = "UPDATE redemptions SET contract_number = '网签-1' WHERE id = :id"
    refused(session, change, "uq_redemptions_contract", id=other.id)


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ("spent_fen = 0", "sums"),
        ("bonus_fen = -1, bonus_transfer_id = NULL", "back|sums"),
        ("back_fen = spent_fen + 1", "back"),
        ("back_fen = -1", "back"),
        ("bonus_back_fen = bonus_fen + 1", "back"),
        ("bonus_fen = 0", "bonus"),
        ("bonus_transfer_id = NULL", "bonus"),
    ],
)
def test_an_allocation_cannot_be_set_wrong(
    session: Session, locked: Redemption, change: str, constraint: str
) -> None:
    refused(session, f"UPDATE allocations SET {change} WHERE redemption_id = :id", constraint, id=locked.id)


@pytest.mark.parametrize(
    "change", ["UPDATE redemption_moves SET reason = 'x'", "DELETE FROM redemption_moves"]
)
def test_what_happened_is_never_rewritten(session: Session, locked: Redemption, change: str) -> None:
    with pytest.raises(DBAPIError, match=r"never changed or removed|permission denied"):
        session.execute(text(change))
