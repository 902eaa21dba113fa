"""What households of the filled district follow, plan and get printed."""

from flask import Flask
from sqlalchemy import select

from app.core import clock
from app.core.actor import Role
from app.extensions import db
from app.following import papers, plans
from app.following.models import Change
from app.following.plan_queries import list_plans
from app.following.rules import Telling
from app.following.service import save_search
from app.homes.models import Home
from app.projects.queries import get_household_by_id
from app.search.request import SearchRequest
from tests.e2e.demo import actor_in
from tests.e2e.prepared.buying import free_home


def comparing_homes(app: Flask) -> str:
    """Return the address of two homes of the demo's developer beside each other."""
    with app.app_context():
        refs = [free_home(db.session(), place=place).ref for place in (0, 1)]
        return "/homes/compare?" + "&".join(f"home={ref}" for ref in refs)


def sharing_a_plan(app: Flask) -> str:
    """Let the demo's household share its plan, sums and all; return the address of the link."""
    with app.app_context():
        session = db.session()
        household = actor_in(session, Role.HOUSEHOLD)
        ref = list_plans(session, actor=household)[0].ref
        token = plans.share_plan(session, actor=household, ref=ref, with_sums=True)
        session.commit()
        return f"/plans/{token}"


def print_lists(app: Flask) -> str:
    """Let the demo's household have one list from the counter, and one that waits in a pile.

    Return the address where the authority prints the first one again.
    """
    with app.app_context():
        session, officer = db.session(), actor_in(db.session(), Role.OFFICER)
        household = actor_in(session, Role.HOUSEHOLD)
        asked = SearchRequest(rooms=(2,))
        saved = save_search(session, actor=household, request=asked, name="两室", telling=Telling.PAPER)
        homes = session.scalars(select(Home).where(Home.rooms == 2).order_by(Home.id).limit(2)).all()
        for number, home in enumerate(homes):
            session.add(
                Change(
                    district_id=saved.district_id,
                    household_id=saved.household_id,
                    saved_search_id=saved.id,
                    home_id=home.id,
                    doc_version=home.doc_version,
                    kind="new",
                    after_fen=46_000_000,
                    happened_at=clock.now(),
                )
            )
            session.flush()
            if number:
                of = get_household_by_id(session, actor=officer, household_id=household.household)
                papers.print_pile(session, actor=officer, project_id=of.project_id)
            else:
                own = papers.print_own(session, actor=household)
        session.commit()
        return f"/authority/lists/of-household/{own.ref}.pdf"
