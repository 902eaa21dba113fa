"""Filed prices come from the bureau: in force at once, and the developer's figure is only compared."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.cases import evidence
from app.cases.models import Signal
from app.core.actor import Actor, Role
from app.core.audit import AuditRow
from app.core.errors import Conflict, DomainError, NotFound
from app.homes import filings, queries, service
from app.homes.errors import CashAboveFiled
from app.homes.models import Home, PriceVersion
from app.homes.rules import PriceKind
from tests.factories.homes import CASH_FEN, FILED_FEN, VOUCHER_FEN, make_home
from tests.factories.identity import make_actor, make_district
from tests.integration.homes.conftest import Site

DAY = date(2016, 5, 20)


@pytest.fixture
def bureau(session: Session, site: Site) -> Actor:
    return make_actor(session, role=Role.REGULATOR, district=site.district)


@pytest.fixture
def home(session: Session, site: Site) -> Home:
    made = make_home(session, developer=site.developer, building=site.building)
    service.publish(session, actor=site.developer, home_id=made.id)
    session.commit()
    return made


def file(session: Session, bureau: Actor, amounts: dict[int, int], **changes: Any) -> list[PriceVersion]:
    values: dict[str, Any] = {"filing_number": " 备2016-88 ", "filed_on": DAY, **changes}
    made = service.file_prices(session, actor=bureau, amounts=amounts, **values)
    session.commit()
    return made


def change(session: Session, site: Site, home: Home, kind: PriceKind, amount_fen: int) -> None:
    service.set_price(
        session, actor=site.developer, home_id=home.id, kind=kind, amount_fen=amount_fen, reason="按登记改"
    )
    session.commit()


def test_a_registered_price_is_in_force_and_the_developers_is_only_compared(
    session: Session, site: Site, bureau: Actor, home: Home
) -> None:
    (made,) = file(session, bureau, {home.id: FILED_FEN - 100})
    assert (made.source, made.filing_number, made.filed_on) == ("bureau", "备2016-88", DAY)
    prices = queries.current_prices(session, [home.id])[home.id]
    assert prices.amounts.filed_fen == FILED_FEN - 100
    sides = filings.filed_of(session, [home.id])[home.id]
    assert sides.own
    assert (sides.bureau, sides.own.amount_fen, sides.differs) == (made, FILED_FEN, True)
    with pytest.raises(DomainError) as refused:
        service.set_price(
            session,
            actor=site.developer,
            home_id=home.id,
            kind="filed",
            amount_fen=FILED_FEN,
            reason="改",
            filing_number="备1",
        )
    assert (refused.value.code, refused.value.field) == ("filed_by_bureau", "filed_price")
    session.rollback()
    assert queries.find_listing(session, district_id=site.district.id, home_id=home.id).state == "listed"  # type: ignore[union-attr]
    note = session.scalars(select(AuditRow).where(AuditRow.action == "homes.file_price")).one()
    assert note.detail["amount_fen"] == FILED_FEN - 100


def test_a_lower_registration_takes_the_home_out_and_opens_a_signal(
    session: Session, site: Site, bureau: Actor, home: Home
) -> None:
    file(session, bureau, {home.id: VOUCHER_FEN - 1})
    listing = queries.find_listing(session, district_id=site.district.id, home_id=home.id)
    assert listing
    assert (listing.state, listing.out_reason) == ("out", "voucher_above_filed")
    assert session.scalars(select(Signal.kind)).all() == ["voucher_above_filed"]
    change(session, site, home, "voucher", VOUCHER_FEN - 1)
    with pytest.raises(CashAboveFiled):
        service.publish(session, actor=site.developer, home_id=home.id)
    session.rollback()
    change(session, site, home, "cash", VOUCHER_FEN - 1)
    service.publish(session, actor=site.developer, home_id=home.id)


def test_a_registration_between_voucher_and_cash_price_does_the_same(
    session: Session, site: Site, bureau: Actor, home: Home
) -> None:
    file(session, bureau, {home.id: VOUCHER_FEN})
    listing = queries.find_listing(session, district_id=site.district.id, home_id=home.id)
    assert listing
    assert (listing.state, listing.out_reason) == ("out", "voucher_above_filed")
    signal = session.scalars(select(Signal)).one()
    found = evidence.read(signal.evidence)
    assert isinstance(found, evidence.Evidence)
    assert (found.rule, found.rule_version, found.above, found.against) == (
        *("voucher_above_filed", 2, "cash", "filed"),
    )
    assert found.difference_fen == found.dearer.amount_fen - VOUCHER_FEN == CASH_FEN - VOUCHER_FEN
    # A voucher price may fall further meanwhile: the cash price is mended by itself.
    change(session, site, home, "voucher", VOUCHER_FEN - 1)
    change(session, site, home, "cash", VOUCHER_FEN)
    service.publish(session, actor=site.developer, home_id=home.id)


def test_one_filing_covers_a_building_and_says_what_it_changed(
    session: Session, site: Site, bureau: Actor, home: Home
) -> None:
    other = make_home(session, developer=site.developer, building=site.building, filed_fen=None)
    session.commit()
    assert len(file(session, bureau, {home.id: FILED_FEN, other.id: FILED_FEN})) == 2
    assert filings.count_unfiled(session, [site.development.id]) == {site.development.id: 0}
    assert not filings.filed_of(session, [other.id])[other.id].differs
    (changed,) = file(session, bureau, {home.id: FILED_FEN, other.id: FILED_FEN - 1})
    assert changed.home_id == other.id
    with pytest.raises(DomainError, match="filing_unchanged"):
        file(session, bureau, {home.id: FILED_FEN})


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"filing_number": "  "}, "filing_number_missing", "filing_number"),
        ({"filed_on": date(2016, 6, 2)}, "filed_on_ahead", "filed_on"),
    ],
)
def test_a_filing_is_refused_at_its_field(
    session: Session, bureau: Actor, home: Home, changes: dict[str, Any], code: str, field: str
) -> None:
    with pytest.raises(DomainError) as refused:
        file(session, bureau, {home.id: FILED_FEN}, **changes)
    assert (refused.value.code, refused.value.field) == (code, field)


def test_sold_homes_and_other_districts_are_left_alone(
    session: Session, site: Site, bureau: Actor, home: Home
) -> None:
    stranger = make_actor(session, role=Role.REGULATOR, district=make_district(session))
    with pytest.raises(NotFound):
        file(session, stranger, {home.id: FILED_FEN})
    with pytest.raises(NotFound):
        filings.get_development(session, actor=stranger, ref=site.development.ref)
    service.mark_locked(session, home)
    service.mark_sold(session, home)
    session.commit()
    with pytest.raises(Conflict, match="home_sold"):
        file(session, bureau, {home.id: FILED_FEN})


def test_a_home_with_a_registered_price_is_not_removed(session: Session, site: Site, bureau: Actor) -> None:
    draft = make_home(session, developer=site.developer, building=site.building, cash_fen=CASH_FEN)
    session.commit()
    file(session, bureau, {draft.id: FILED_FEN})
    with pytest.raises(Conflict, match="home_has_history"):
        service.delete_home(session, actor=site.developer, home_id=draft.id)
