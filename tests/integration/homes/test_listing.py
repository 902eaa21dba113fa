"""Listing many homes at once: who is named, all or none."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.errors import DomainError, NotFound
from app.homes import listing, service
from app.homes.errors import CandidatesChanged, NotAdmitted
from app.homes.models import Home
from app.homes.pool_models import PoolListing
from tests.factories.homes import make_building, make_developer, make_development, make_home
from tests.integration.homes.conftest import Site


def listed(session: Session) -> set[int]:
    return set(session.scalars(select(PoolListing.home_id).where(PoolListing.state == "listed")))


def publish(session: Session, site: Site, seen: dict[int, int]) -> int:
    return service.publish_many(session, actor=site.developer, development_id=site.development.id, seen=seen)


def homes_of(session: Session, site: Site, count: int) -> list[Home]:
    return [make_home(session, developer=site.developer, building=site.building) for _ in range(count)]


def test_ready_homes_are_named_by_building_and_listed_together(session: Session, site: Site) -> None:
    ready = homes_of(session, site, 3)
    unpriced = make_home(session, developer=site.developer, building=site.building, voucher_fen=None)
    beside = make_building(session, developer=site.developer, development=site.development)
    other = make_home(session, developer=site.developer, building=beside)
    service.publish(session, actor=site.developer, home_id=ready[0].id)
    service.withdraw(session, actor=site.developer, home_id=ready[0].id)
    found = listing.candidates(
        session, actor=site.developer, development=site.development, building=site.building
    )
    assert set(found.versions) == {home.id for home in ready}
    assert [(row.home.id, refusal.code) for row, refusal in found.unfit] == [(unpriced.id, "prices_missing")]
    versions = {home.id: home.doc_version for home in ready}
    assert publish(session, site, found.versions) == 3
    assert listed(session) == {home.id for home in ready}
    assert all(home.doc_version == versions[home.id] + 1 for home in ready)
    whole = listing.candidates(session, actor=site.developer, development=site.development, building=None)
    assert set(whole.versions) == {other.id}


def test_one_that_may_not_be_listed_keeps_all_out(session: Session, site: Site) -> None:
    ready = homes_of(session, site, 2)
    unpriced = make_home(session, developer=site.developer, building=site.building, voucher_fen=None)
    with pytest.raises(DomainError) as refused:
        publish(session, site, {home.id: home.doc_version for home in [*ready, unpriced]})
    assert refused.value.code == "prices_missing"
    assert listed(session) == set()


def test_what_changed_since_it_was_shown_is_not_listed(session: Session, site: Site) -> None:
    home = homes_of(session, site, 1)[0]
    seen = {home.id: home.doc_version}
    service.set_price(
        session, actor=site.developer, home_id=home.id, kind="cash", amount_fen=56_000_000, reason="降价"
    )
    with pytest.raises(CandidatesChanged):
        publish(session, site, seen)


def test_nobody_lists_another_companys_homes_nor_from_outside_the_pool(session: Session, site: Site) -> None:
    stranger = make_developer(session)
    theirs = make_development(session, developer=stranger, district=site.district)
    building = make_building(session, developer=stranger, development=theirs)
    home = make_home(session, developer=stranger, building=building)
    seen = {home.id: home.doc_version}
    with pytest.raises(NotFound):
        publish(session, site, seen)
    with pytest.raises(NotFound):
        service.publish_many(session, actor=site.developer, development_id=theirs.id, seen=seen)
    with pytest.raises(NotAdmitted):
        service.publish_many(session, actor=stranger, development_id=theirs.id, seen=seen)
