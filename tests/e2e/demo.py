"""The demo district as tests meet it: filled once a run, copied for whoever writes to it."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from flask import Flask
from psycopg import sql
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import create_app
from app.core import clock, rates
from app.core.actor import Actor, Role
from app.demo import databases, district
from app.demo.accounts import DEMO_ACCOUNTS
from app.demo.databases import Addresses
from app.extensions import BESIDE, db
from app.gateways.outbox import OutboxMessage
from app.identity.models import Membership, User
from app.identity.queries import actor_of
from tests.database import Cluster, disconnect, settings_for
from tests.e2e.browser import Live

ACCOUNTS = {account.role: account for account in reversed(DEMO_ACCOUNTS)}
"""The first of each role; a developer's manager."""


@dataclass(frozen=True)
class FilledDistrict:
    """A database with the demo in it, and the business moment at which its story ends."""

    name: str
    ends_at: datetime


def filled_district(cluster: Cluster) -> FilledDistrict:
    """Return the filled district that all suites of a run copy from, filling it if nobody has."""
    name, ends_at = cluster.shared("demo", _fill)
    return FilledDistrict(name, datetime.fromisoformat(ends_at))


def _fill(addresses: Addresses) -> str:
    """Fill a database as the demo does, and run the jobs that this left behind; return when it ends."""
    app = create_app(settings_for(addresses))
    with (
        app.app_context(),
        db.engine.begin() as connection,
        Session(connection, join_transaction_mode="create_savepoint", expire_on_commit=False) as session,
    ):
        district.fill(session, say=lambda step: None, whole=False)
        ends_at = clock.now()
        session.commit()
    Live(app, "").run_jobs()
    disconnect(app)
    return ends_at.isoformat()


@contextmanager
def open_copy(cluster: Cluster, filled: FilledDistrict) -> Iterator[Flask]:
    """Lend an app on a copy of the filled district while the block runs."""
    name = cluster.new_name()
    app = create_app(settings_for(_copy(cluster, filled, name)))
    try:
        yield app
    finally:
        disconnect(app)
        cluster.drop(name)


def begin_again(app: Flask, cluster: Cluster, filled: FilledDistrict) -> None:
    """Put a new copy of a filled district in the place of the app's database.

    An app that has drawn its pages once does it again at a third of the price: its templates, statements and
    routes are compiled.
    """
    with app.app_context():
        name = db.engine.url.database
        assert name
        rates.PostgresCounters.engine = db.engines[BESIDE]
    disconnect(app)
    cluster.drop(name)
    _copy(cluster, filled, name)


def _copy(cluster: Cluster, filled: FilledDistrict, name: str) -> Addresses:
    command = sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {} STRATEGY FILE_COPY")
    with cluster.server.connect() as connection:
        connection.execute(command.format(*map(sql.Identifier, (name, filled.name, databases.OWNER))))
    return databases.addresses(cluster.server, name)


def code_to(live: Live, phone: str) -> str:
    """Return the newest code that was sent to a telephone, once the worker has sent it."""
    live.run_jobs()
    with live.app.app_context():
        to_phone = select(OutboxMessage).where(OutboxMessage.address == phone).order_by(OutboxMessage.id)
        texts = [one.text for one in db.session.scalars(to_phone)]
    return re.findall(r"验证码是 (\d{6})", "".join(texts))[-1]


def actor_in(session: Session, role: Role) -> Actor:
    """Return the demo's person in that role."""
    named = select(Membership).join(Membership.user).where(User.username == ACCOUNTS[role].username)
    return actor_of(session.scalars(named).one())
