"""What the demo's household keeps an eye on: homes whose prices fall, a plan of two, and a search."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.following import plans, service, watching
from app.following.rules import Telling
from app.homes.models import Home
from app.search import service as search
from app.search import source
from app.search.postgres import PostgresEngine
from app.search.request import SearchRequest
from app.vouchers.queries import wallet


def follow(session: Session, *, household: Actor, stock: Sequence[Home], building: Sequence[Home]) -> None:
    """Let the household choose three homes of a building, plan with two, and have a search watched."""
    see(session, [home.id for home in stock])
    listed = source.load(session, [home.id for home in building])
    chosen = [home for home in building if home.id in listed][-3:]
    for home in chosen:
        service.add_favourite(session, actor=household, home_ref=home.ref)
    service.note_favourite(session, actor=household, home_ref=chosen[0].ref, note="离外孙的学校近")
    plan = plans.create_plan(
        session,
        actor=household,
        name="离学校近的两套",
        voucher_ref=wallet(session, household_id=household.household)[0].ref,
    )
    plans.add_homes(session, actor=household, ref=plan.ref, home_refs=[home.ref for home in chosen[:2]])
    service.save_search(
        session,
        actor=household,
        request=SearchRequest(rooms=(3,), price_max=80_000_000),
        name="三室，80 万以内",
        telling=Telling.DAILY,
    )
    session.commit()


def see(session: Session, home_ids: Sequence[int]) -> None:
    """Write the documents of these homes, and what their changes mean to the household.

    In the transaction that fills the demo: a connection of its own would see none of these homes.
    """
    own = PostgresEngine(lambda: session)
    search.index(session, engine=own, home_ids=home_ids)
    watching.look(session, engine=own, home_ids=home_ids)
    session.commit()
