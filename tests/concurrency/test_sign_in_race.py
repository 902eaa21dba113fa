"""Many people signing in at the same moment, with fewer connections than people."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from threading import Barrier

from flask import Flask
from sqlalchemy.orm import Session

from app.core.actor import Role
from app.identity.models import User
from tests.database import beside
from tests.factories.identity import PASSWORD, make_actor, make_district

Transaction = Callable[[], AbstractContextManager[Session]]
AT_ONCE = 6


def test_nobody_waits_for_a_second_connection_while_holding_the_first(
    committed_app: Flask, transaction: Transaction
) -> None:
    """Each try is counted beside the sign-in's own transaction; a pool of three has no six to give."""
    with transaction() as session:
        district = make_district(session)
        actors = [make_actor(session, role=Role.OFFICER, district=district) for _ in range(AT_ONCE)]
        names = [session.get_one(User, actor.user_id).username for actor in actors]
    barrier = Barrier(AT_ONCE)

    def sign_in(name: str) -> int:
        client = app.test_client()
        page = client.get("/account/sign-in").get_data(as_text=True)
        token = re.findall(r'name="csrf_token"[^>]*value="([^"]+)"', page)[-1]
        barrier.wait(30)
        fields = {"username": name, "password": PASSWORD, "csrf_token": token}
        return client.post("/account/sign-in", data=fields).status_code

    with beside(committed_app, limits=True, database_pool=1) as app, ThreadPoolExecutor(AT_ONCE) as pool:
        statuses = [status for _ in range(3) for status in pool.map(sign_in, names)]
    assert statuses == [303] * AT_ONCE * 3
