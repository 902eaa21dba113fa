"""New voucher prices for 1,000 listed homes in one batch; baseline: one service call a home."""

import time

from flask import Flask

from app import create_app
from app.core.actor import Actor
from app.homes import batches, service
from app.homes.batches import Selection
from app.homes.repricing import Recipe
from tests.bench.harness import Result, compared
from tests.database import Cluster, disconnect, settings_for
from tests.factories.homes import make_building, make_developer, make_development, make_home
from tests.factories.identity import make_district
from tests.web.town import saved

HOMES, SINGLE = 1_000, 200


def run() -> list[Result]:
    """Fill a database of its own, measure, and return the figure."""
    cluster = Cluster()
    cluster.open()
    name = cluster.new_name()
    app = create_app(settings_for(cluster.clone(name)))
    try:
        return [_measure(app)]
    finally:
        disconnect(app)
        cluster.drop(name)
        cluster.close()


def _measure(app: Flask) -> Result:
    with saved(app) as session:
        district = make_district(session)
        actor = make_developer(session, admitted_to=district)
        development = make_development(session, developer=actor, district=district)
        building = make_building(session, developer=actor, development=development)
        made = [make_home(session, developer=actor, building=building).id for _ in range(HOMES)]
        for home_id in made:
            service.publish(session, actor=actor, home_id=home_id)
            session.commit()
    began = time.perf_counter()
    for home_id in made[:SINGLE]:
        with saved(app) as session:
            service.set_price(
                session, actor=actor, home_id=home_id, kind="voucher", amount_fen=54_000_000, reason="x"
            )
    one = (time.perf_counter() - began) / SINGLE
    return compared(
        f"new prices for {HOMES} homes at once", "s", _batch(app, actor, development.id), one * HOMES
    )


def _batch(app: Flask, actor: Actor, development_id: int) -> float:
    recipe, chosen = Recipe("voucher", "percent", -100), Selection()
    began = time.perf_counter()
    with saved(app) as session:
        seen = batches.preview(
            session, actor=actor, development_id=development_id, selection=chosen, recipe=recipe
        ).seen
        batch = service.reprice(
            session,
            actor=actor,
            development_id=development_id,
            selection=chosen,
            recipe=recipe,
            reason="统一调价",
            seen=seen,
        )
        assert batch.homes == HOMES
    return time.perf_counter() - began
