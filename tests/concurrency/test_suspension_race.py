"""A home is published while its developer is suspended: afterwards nothing of the developer stands listed.

Both have read before either writes. With the triggers, whoever writes second waits for the first and is
refused, or told to try again; the control runs without them, and leaves a home listed that nobody may list.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from threading import Event

from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from app.core.actor import Actor, Role
from app.homes import membership, queries, service
from app.homes.models import Home
from tests.concurrency.race import PATIENCE, race
from tests.factories.homes import admit, make_building, make_developer, make_development, make_home
from tests.factories.identity import make_actor, make_district

Begin = Callable[[], AbstractContextManager[Session]]


@dataclass(frozen=True)
class Scene:
    """An admitted developer with a home not listed yet, and two people who suspend it."""

    developer: Actor
    checker: Actor
    home: Home
    ref: str


def make_scene(begin: Begin) -> Scene:
    with begin() as session:
        district = make_district(session)
        developer = make_developer(session)
        ref = admit(session, developer, district).ref
        place = make_development(session, developer=developer, district=district)
        building = make_building(session, developer=developer, development=place)
        home = make_home(session, developer=developer, building=building)
        officer = make_actor(session, role=Role.OFFICER, district=district)
        checker = make_actor(session, role=Role.CHECKER, district=district)
    with begin() as session:
        service.propose(session, actor=officer, ref=ref, action="suspend", reason="核查中")
    return Scene(developer, checker, home, ref)


def suspend(session: Session, scene: Scene) -> object:
    return service.decide(session, actor=scene.checker, ref=scene.ref, approve=True)


def publish(session: Session, scene: Scene) -> object:
    return service.publish(session, actor=scene.developer, home_id=scene.home.id)


def run(engine: Engine, scene: Scene, *, publisher_waits: bool = False) -> list[str]:
    """Suspend and publish at once; return how each ended. ``publisher_waits``: it commits last."""
    suspended = Event()

    def suspending(session: Session) -> None:
        suspend(session, scene)
        event.listen(session, "after_commit", lambda _: suspended.set())

    def publishing(session: Session) -> None:
        publish(session, scene)
        session.flush()
        if publisher_waits:
            assert suspended.wait(PATIENCE)

    written = ("INSERT INTO pool_listings ", "UPDATE pool_memberships ")
    return [str(outcome) for outcome in race(engine, [suspending, publishing], meet_at=written)]


def is_listed(begin: Begin, scene: Scene) -> bool:
    with begin() as session:
        return bool(queries.offers(session, home_ids=[scene.home.id]))


def state_of(begin: Begin, scene: Scene) -> str:
    with begin() as session:
        return membership.get_membership(session, actor=scene.checker, ref=scene.ref).state


def test_publishing_and_suspending_at_once_leave_nothing_listed(engine: Engine, transaction: Begin) -> None:
    for _ in range(6):
        scene = make_scene(transaction)
        # Whoever is told to try again does; the suspension then finds the home listed and takes it out.
        assert run(engine, scene) in (["done", "not_admitted"], ["done", "done"])
        assert state_of(transaction, scene) == "suspended"
        assert not is_listed(transaction, scene)


def test_without_the_triggers_a_home_stays_listed(
    engine: Engine, transaction: Begin, as_owner: Callable[[str], None]
) -> None:
    scene = make_scene(transaction)
    as_owner("DROP TRIGGER pool_listings_membership ON pool_listings")
    as_owner("DROP TRIGGER pool_memberships_membership ON pool_memberships")
    assert run(engine, scene, publisher_waits=True) == ["done", "done"]
    assert state_of(transaction, scene) == "suspended"
    assert is_listed(transaction, scene)
