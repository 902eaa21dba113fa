"""The sweep as the worker runs it."""

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import jobs
from app.core.clock import FixedClock
from app.core.queue import enqueue
from app.extensions import db
from app.redemptions.models import Redemption, RedemptionMove
from tests.factories.redemptions import make_buyer, make_home, make_redemption, make_shop


def test_the_sweep_run_twice_expires_a_hold_once(committed_app: Flask, clock: FixedClock) -> None:
    with committed_app.app_context(), Session(db.engine, expire_on_commit=False) as session:
        shop = make_shop(session)
        locked = make_redemption(session, make_buyer(session, shop.desk), make_home(session, shop))
        clock.moment = locked.deadline_at
        for _ in range(2):
            enqueue(session, "redemptions.expire", timestamp=0)
        session.commit()
    jobs.run_waiting(committed_app)
    with committed_app.app_context(), Session(db.engine) as session:
        assert session.scalars(select(Redemption.state)).all() == ["expired"]
        moves = session.scalars(select(RedemptionMove.action).order_by(RedemptionMove.id))
        assert moves.all() == ["reserve", "expire"]
