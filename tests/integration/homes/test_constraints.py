"""What the database itself refuses, whatever the code around it does."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.homes import service
from tests.factories.homes import CASH_FEN, FILED_FEN, VOUCHER_FEN, make_home
from tests.integration.homes.conftest import Site


def twin(table: str, *columns: str, **changed: str) -> str:
    """Return the statement that inserts a table's rows again, with some columns given by an expression."""
    source = [*columns, *changed.values()]
    return f"INSERT INTO {table} ({', '.join([*columns, *changed])}) SELECT {', '.join(source)} FROM {table}"


def price_version(**changes: str) -> str:
    """Return the statement that adds an ended twin of the cash price, with some columns changed."""
    same = {name: name for name in ("home_id", "kind", "amount_fen", "effective_from", "reason", "source")}
    columns = {**same, "effective_to": "effective_from", "filing_number": "NULL", **changes}
    names, values = ", ".join(columns), ", ".join(columns.values())
    return f"INSERT INTO price_versions ({names}) SELECT {values} FROM price_versions WHERE kind = 'cash'"


BREACHES = [
    (
        "uq_developments_developer_id_name",
        twin(
            "developments",
            *(
                "developer_id",
                "district_id",
                "name",
                "address",
                "stage",
                "sales_phone",
                "version",
                "created_at",
            ),
            ref="'another'",
        ),
    ),
    ("ck_developments_stage", "UPDATE developments SET stage = 'ruin'"),
    ("ck_developments_point", "UPDATE developments SET lat = 32.4"),
    ("ck_developments_point_in_china", "UPDATE developments SET lat = 117.1, lon = 30.5"),
    ("uq_buildings_development_id_name", twin("buildings", "development_id", "name", "storeys", "version")),
    ("ck_buildings_storeys", "UPDATE buildings SET storeys = 0"),
    ("ck_buildings_units", "UPDATE buildings SET units = 0"),
    (
        "uq_homes_building_id_unit_storey_room",
        twin(
            "homes",
            *("development_id", "building_id", "unit", "storey", "room", "kind", "rooms", "area_m2"),
            *("status", "doc_version", "created_at"),
            ref="'another'",
        ),
    ),
    ("fk_homes_development_id_building_id", "UPDATE homes SET development_id = development_id + 1"),
    ("ck_homes_status", "UPDATE homes SET status = 'burnt'"),
    ("ck_homes_kind", "UPDATE homes SET kind = 'castle'"),
    ("ck_homes_area", "UPDATE homes SET area_m2 = 0"),
    ("ck_homes_rooms", "UPDATE homes SET rooms = 21"),
    ("ck_homes_inner_area", "UPDATE homes SET inner_area_m2 = area_m2 + 1"),
    ("ck_homes_inner_area", "UPDATE homes SET inner_area_m2 = 0"),
    ("ck_homes_orientation", "UPDATE homes SET orientation = 'up'"),
    ("ck_homes_finish", "UPDATE homes SET finish = 'gilded'"),
    (
        "uq_price_versions_current",
        twin("price_versions", "home_id", "kind", "effective_from", "reason", "source", amount_fen="1"),
    ),
    ("ck_price_versions_kind", price_version(kind="'gift'")),
    ("ck_price_versions_amount", price_version(amount_fen="0")),
    ("ck_price_versions_period", "UPDATE price_versions SET effective_to = effective_from - interval '1 s'"),
    ("ck_price_versions_filing", price_version(filing_number="'x'")),
    ("ck_price_versions_source", price_version(source="'hearsay'")),
    ("ck_price_versions_bureau_filing", price_version(source="'bureau'", filed_on="current_date")),
    ("ck_price_versions_filed_on", price_version(filed_on="current_date")),
    (
        "ck_price_versions_bureau_filing",
        price_version(kind="'filed'", source="'bureau'", filed_on="current_date"),
    ),
    ("a price version ends once", "UPDATE price_versions SET amount_fen = amount_fen + 1"),
    ("a price version ends once", "UPDATE price_versions SET effective_to = effective_from, reason = 'x'"),
    ("a price version ends once", "DELETE FROM price_versions"),
    (
        "uq_pool_listings_district_id_home_id",
        twin("pool_listings", "district_id", "home_id", "state", "changed_at", "first_listed_at"),
    ),
    ("ck_pool_listings_state", "UPDATE pool_listings SET state = 'sold'"),
    ("ck_pool_listings_out_reason", "UPDATE pool_listings SET state = 'out'"),
    ("ck_pool_listings_out_reason", "UPDATE pool_listings SET out_reason = 'withdrawn'"),
    ("ck_pool_listings_reason_kind", "UPDATE pool_listings SET state = 'out', out_reason = 'bored'"),
    (
        "uq_pool_memberships_district_id_developer_id",
        twin(
            "pool_memberships",
            *("district_id", "developer_id", "state", "undertaking_version", "accepted_by_name"),
            *("accepted_by_id", "accepted_at", "submitted_at", "admitted_at", "changed_at"),
            ref="'another'",
        ),
    ),
    ("ck_pool_memberships_state", "UPDATE pool_memberships SET state = 'retired', reason = NULL"),
    ("ck_pool_memberships_admitted", "UPDATE pool_memberships SET admitted_at = NULL"),
    ("ck_pool_memberships_reason", "UPDATE pool_memberships SET state = 'suspended'"),
    ("ck_pool_memberships_reason", "UPDATE pool_memberships SET reason = 'x'"),
]


@pytest.mark.parametrize(("constraint", "statement"), BREACHES)
def test_the_database_refuses(session: Session, site: Site, constraint: str, statement: str) -> None:
    home = make_home(session, developer=site.developer, building=site.building)
    service.publish(session, actor=site.developer, home_id=home.id)
    with pytest.raises(IntegrityError, match=constraint):
        session.execute(text(statement))


RULE = "a listed home keeps voucher price <= cash price <= filed price"


@pytest.mark.parametrize(
    ("kind", "amount_fen"),
    [
        *(("voucher", CASH_FEN + 1), ("cash", VOUCHER_FEN - 1), ("filed", VOUCHER_FEN - 1)),
        # The voucher price is within both; the cash price alone is above the filed one.
        *(("cash", FILED_FEN + 1), ("filed", CASH_FEN - 1)),
    ],
)
def test_no_price_of_a_listed_home_may_break_the_rule_of_the_pool(
    session: Session, site: Site, kind: str, amount_fen: int
) -> None:
    home = make_home(session, developer=site.developer, building=site.building)
    listing = service.publish(session, actor=site.developer, home_id=home.id)
    session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
    session.execute(text("SET CONSTRAINTS ALL DEFERRED"))
    ended = "UPDATE price_versions SET effective_to = effective_from WHERE home_id = :home AND kind = :kind"
    new = (
        "INSERT INTO price_versions (home_id, kind, amount_fen, effective_from, reason, source)"
        " SELECT home_id, kind, :amount, effective_from, reason, source FROM price_versions"
        " WHERE home_id = :home AND kind = :kind"
    )
    values = {"home": home.id, "kind": kind, "amount": amount_fen}
    for statement in (ended, new):
        session.execute(text(statement), values)
    with pytest.raises(IntegrityError, match=RULE), session.begin_nested():
        session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
    # Out of the pool the same prices may stand, whichever was written first.
    session.execute(
        text("UPDATE pool_listings SET state = 'out', out_reason = 'withdrawn' WHERE id = :id"),
        {"id": listing.id},
    )
    session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
    back = "UPDATE pool_listings SET state = 'listed', out_reason = NULL WHERE id = :id"
    with pytest.raises(IntegrityError, match=RULE):
        session.execute(text(back), {"id": listing.id})


def test_a_home_without_all_its_prices_cannot_be_listed(session: Session, site: Site) -> None:
    home = make_home(session, developer=site.developer, building=site.building, cash_fen=None)
    session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
    listing = (
        "INSERT INTO pool_listings (district_id, home_id, state, changed_at, first_listed_at)"
        " SELECT min(id), :home, 'listed', now(), now() FROM districts"
    )
    with pytest.raises(IntegrityError, match=RULE):
        session.execute(text(listing), {"home": home.id})
