"""A developer's place in a pool: applied for with papers, decided by two, lost with all listings at once."""

import io
from dataclasses import dataclass

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.approvals.errors import SamePerson
from app.core import locks
from app.core.actor import Actor, Role
from app.core.errors import Conflict, DomainError, NotFound
from app.documents.queries import list_documents
from app.documents.rules import Kind
from app.homes import membership, queries, service, states
from app.homes.errors import NotAdmitted
from app.homes.models import Home
from app.homes.pool_models import PoolListing, PoolMembership
from app.homes.service import Paper
from app.homes.undertaking import CURRENT
from app.identity.models import District
from app.notices.models import Notice
from tests.factories.homes import make_building, make_developer, make_development, make_home
from tests.factories.identity import make_actor, make_district
from tests.factories.pictures import PDF, png


@dataclass(frozen=True)
class Bureau:
    """A district's officer and checker, and a developer that is not in its pool yet."""

    district: District
    officer: Actor
    checker: Actor
    developer: Actor


@pytest.fixture
def bureau(session: Session) -> Bureau:
    district = make_district(session)
    made = Bureau(
        district,
        make_actor(session, role=Role.OFFICER, district=district),
        make_actor(session, role=Role.CHECKER, district=district),
        make_developer(session),
    )
    session.commit()
    return made


def papers(*kinds: Kind) -> list[Paper]:
    wanted = kinds or (Kind.LICENCE, Kind.UNDERTAKING)
    return [Paper(kind, io.BytesIO(PDF + kind.encode()), f"{kind}.pdf") for kind in wanted]


def apply(session: Session, bureau: Bureau) -> PoolMembership:
    made = service.apply(
        session,
        actor=bureau.developer,
        district_id=bureau.district.id,
        undertaking_version=CURRENT.version,
        accepted_by_name=" 周敏 ",
        papers=papers(),
    )
    session.commit()
    return made


def step(
    session: Session, bureau: Bureau, found: PoolMembership, action: str, reason: str | None = None
) -> None:
    service.propose(session, actor=bureau.officer, ref=found.ref, action=action, reason=reason)
    session.commit()
    service.decide(session, actor=bureau.checker, ref=found.ref, approve=True)
    session.commit()


def admitted(session: Session, bureau: Bureau) -> PoolMembership:
    found = apply(session, bureau)
    step(session, bureau, found, "admit")
    return found


def listed_homes(session: Session, bureau: Bureau, count: int) -> list[Home]:
    place = make_development(session, developer=bureau.developer, district=bureau.district)
    building = make_building(session, developer=bureau.developer, development=place)
    homes = [make_home(session, developer=bureau.developer, building=building) for _ in range(count)]
    for home in homes:
        service.publish(session, actor=bureau.developer, home_id=home.id)
    session.commit()
    return homes


def places(session: Session, homes: list[Home]) -> list[tuple[str, str | None]]:
    wanted = select(PoolListing).where(PoolListing.home_id.in_([home.id for home in homes]))
    rows = session.scalars(
        wanted.order_by(PoolListing.home_id), execution_options={"populate_existing": True}
    )
    return [(row.state, row.out_reason) for row in rows]


def told(session: Session) -> list[str]:
    return list(session.scalars(select(Notice.kind).order_by(Notice.id)))


def test_an_application_is_admitted_by_two_people_and_kept_with_its_papers(
    session: Session, bureau: Bureau
) -> None:
    found = apply(session, bureau)
    assert (found.state, found.accepted_by_name, found.undertaking_version) == ("submitted", "周敏", 1)
    assert {paper.kind for paper in list_documents(session, membership.owner_of(found))} == {
        "licence",
        "undertaking",
    }
    assert not queries.is_admitted(
        session, district_id=bureau.district.id, developer_id=bureau.developer.organisation
    )
    service.propose(session, actor=bureau.officer, ref=found.ref, action="admit")
    session.commit()
    with pytest.raises(SamePerson):
        service.decide(session, actor=bureau.officer, ref=found.ref, approve=True)
    session.rollback()
    service.decide(session, actor=bureau.checker, ref=found.ref, approve=True)
    session.commit()
    assert queries.is_admitted(
        session, district_id=bureau.district.id, developer_id=bureau.developer.organisation
    )
    steps = membership.list_steps(session, found)
    assert [(step.move.action, step.move.to_state) for step in steps] == [
        ("admit", "admitted"),
        ("apply", "submitted"),
    ]
    assert steps[0].move.approval_id is not None
    assert told(session) == ["pool_applied", "pool_applied", "developer_pool_admit"]


def test_changes_are_asked_and_sent_and_the_new_paper_takes_the_old_ones_place(
    session: Session, bureau: Bureau
) -> None:
    found = apply(session, bureau)
    with pytest.raises(DomainError, match="reason_missing"):
        service.propose(session, actor=bureau.officer, ref=found.ref, action="ask_changes", reason=" ")
    step(session, bureau, found, "ask_changes", "执照看不清")
    assert (found.state, found.reason) == ("changes_asked", "执照看不清")
    with pytest.raises(Conflict, match="changes_still_asked"):
        service.propose(session, actor=bureau.officer, ref=found.ref, action="admit")
    scan = Paper(Kind.LICENCE, io.BytesIO(png()), "执照.png")
    service.send_again(session, actor=bureau.developer, ref=found.ref, papers=[scan])
    session.commit()
    assert (found.state, found.reason) == ("submitted", None)
    kept = list_documents(session, membership.owner_of(found))
    assert sorted((paper.kind, paper.media_type) for paper in kept) == [
        ("licence", "image/png"),
        ("undertaking", "application/pdf"),
    ]
    step(session, bureau, found, "admit")
    assert found.state == "admitted"


def test_a_rejected_step_changes_nothing(session: Session, bureau: Bureau) -> None:
    found = apply(session, bureau)
    service.propose(session, actor=bureau.officer, ref=found.ref, action="admit")
    session.commit()
    with pytest.raises(Conflict, match="approval_pending"):
        service.propose(session, actor=bureau.officer, ref=found.ref, action="ask_changes", reason="x")
    service.decide(session, actor=bureau.checker, ref=found.ref, approve=False, reason="执照过期")
    session.commit()
    assert found.state == "submitted"
    assert [step.move.action for step in membership.list_steps(session, found)] == ["apply"]


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"undertaking_version": 99}, "undertaking_changed", "undertaking"),
        ({"accepted_by_name": " "}, "accepted_name_missing", "accepted_by_name"),
        ({"papers": papers(Kind.UNDERTAKING)}, "paper_missing", "licence"),
        ({"papers": papers(Kind.LICENCE)}, "paper_missing", "signed"),
        (
            {"papers": [*papers(Kind.UNDERTAKING), Paper(Kind.LICENCE, io.BytesIO(b"<html>"), "a.pdf")]},
            "document_type_unknown",
            "licence",
        ),
    ],
)
def test_an_application_is_refused_at_its_field(
    session: Session, bureau: Bureau, changes: dict[str, object], code: str, field: str
) -> None:
    values: dict[str, object] = {
        "undertaking_version": CURRENT.version,
        "accepted_by_name": "周敏",
        "papers": papers(),
        **changes,
    }
    with pytest.raises(DomainError) as refused:
        service.apply(session, actor=bureau.developer, district_id=bureau.district.id, **values)
    assert (refused.value.code, refused.value.field) == (code, field)


def test_a_developer_applies_once_a_district_until_it_leaves(session: Session, bureau: Bureau) -> None:
    found = apply(session, bureau)
    with pytest.raises(Conflict, match="application_waits"):
        apply(session, bureau)
    session.rollback()
    step(session, bureau, found, "admit")
    with pytest.raises(Conflict, match="already_admitted"):
        apply(session, bureau)
    session.rollback()
    step(session, bureau, found, "leave", "公司停业")
    again = apply(session, bureau)
    assert (again.id, again.state, again.reason) == (found.id, "submitted", None)


def test_suspension_takes_every_listing_out_at_once_and_purchases_go_on(
    session: Session, bureau: Bureau
) -> None:
    found = admitted(session, bureau)
    homes = listed_homes(session, bureau, 4)
    service.withdraw(session, actor=bureau.developer, home_id=homes[3].id)
    service.mark_locked(session, homes[1])
    session.commit()
    versions = [home.doc_version for home in homes]
    step(session, bureau, found, "suspend", "多次房票价高于现金价")
    out = ("out", "developer_suspended")
    assert places(session, homes) == [out, out, out, ("out", "withdrawn")]
    assert [home.doc_version - before for home, before in zip(homes, versions, strict=True)] == [1, 1, 1, 0]
    assert homes[1].status == "locked"
    with pytest.raises(NotAdmitted):
        service.publish(session, actor=bureau.developer, home_id=homes[0].id)
    session.rollback()
    service.mark_sold(session, locks.lock(session, Home, homes[1].id))
    session.commit()
    assert homes[1].status == "sold"


def test_lifting_lists_again_what_the_suspension_took_out_as_far_as_prices_allow(
    session: Session, bureau: Bureau
) -> None:
    found = admitted(session, bureau)
    homes = listed_homes(session, bureau, 3)
    service.withdraw(session, actor=bureau.developer, home_id=homes[2].id)
    session.commit()
    step(session, bureau, found, "suspend", "核查中")
    service.set_price(
        session, actor=bureau.developer, home_id=homes[1].id, kind="cash", amount_fen=1_000_000, reason="降"
    )
    session.commit()
    step(session, bureau, found, "lift")
    assert (found.state, found.reason) == ("admitted", None)
    assert places(session, homes) == [
        ("listed", None),
        ("out", "voucher_above_cash"),
        ("out", "withdrawn"),
    ]


def test_a_developer_leaves_only_when_nobody_buys_from_it(session: Session, bureau: Bureau) -> None:
    found = admitted(session, bureau)
    homes = listed_homes(session, bureau, 2)
    service.mark_locked(session, homes[0])
    session.commit()
    service.propose(session, actor=bureau.officer, ref=found.ref, action="leave", reason="申请退出")
    session.commit()
    with pytest.raises(Conflict, match="purchases_run"):
        service.decide(session, actor=bureau.checker, ref=found.ref, approve=True)
    session.rollback()
    service.mark_free(session, locks.lock(session, Home, homes[0].id))
    session.commit()
    service.decide(session, actor=bureau.checker, ref=found.ref, approve=True)
    session.commit()
    assert found.state == "left"
    assert places(session, homes) == [("out", "developer_left")] * 2


def test_what_was_asked_about_is_what_is_carried_out(session: Session, bureau: Bureau) -> None:
    found = apply(session, bureau)
    service.propose(session, actor=bureau.officer, ref=found.ref, action="admit")
    session.execute(text("UPDATE documents SET sha256 = repeat('a', 64) WHERE kind = 'licence'"))
    session.commit()
    with pytest.raises(Conflict, match="membership_moved"):
        service.decide(session, actor=bureau.checker, ref=found.ref, approve=True)


def test_another_district_and_another_company_see_nothing(session: Session, bureau: Bureau) -> None:
    found = apply(session, bureau)
    elsewhere = make_district(session)
    officer = make_actor(session, role=Role.OFFICER, district=elsewhere)
    rival = make_developer(session)
    for stranger in (officer, rival):
        with pytest.raises(NotFound):
            membership.get_membership(session, actor=stranger, ref=found.ref)
    with pytest.raises(NotFound):
        service.propose(session, actor=officer, ref=found.ref, action="admit")
    with pytest.raises(NotFound):
        service.decide(session, actor=officer, ref=found.ref, approve=True)
    with pytest.raises(NotFound):
        service.send_again(session, actor=rival, ref=found.ref, papers=papers())
    assert membership.list_memberships(session, actor=officer, limit=9) == []


def test_the_database_lists_nobody_who_is_not_admitted(session: Session, bureau: Bureau) -> None:
    found = admitted(session, bureau)
    homes = listed_homes(session, bureau, 1)
    session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
    with pytest.raises(IntegrityError, match="only homes of a developer admitted"):
        session.execute(text("UPDATE pool_memberships SET state = 'suspended', reason = 'x'"))
    session.rollback()
    step(session, bureau, found, "suspend", "核查中")
    with pytest.raises(IntegrityError, match="only homes of a developer admitted"):
        session.execute(text("UPDATE pool_listings SET state = 'listed', out_reason = NULL"))
    session.rollback()
    assert places(session, homes) == [("out", "developer_suspended")]


def test_every_step_from_every_state_is_known_or_refused() -> None:
    known = {state for state, _ in states.POOL} | set(states.POOL.values())
    for state in known - {"new"}:
        for action in {action for _, action in states.POOL}:
            if (state, action) in states.POOL:
                assert states.after_pool(state, action) in known
            else:
                with pytest.raises(Conflict):
                    states.after_pool(state, action)
    with pytest.raises(LookupError):
        states.after_pool("submitted", "dance")
    assert states.possible("submitted") == ("admit", "ask_changes")
    assert states.possible("suspended") == ("lift", "leave")
