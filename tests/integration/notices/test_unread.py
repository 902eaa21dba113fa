"""How many messages are unread is asked by every page: it is looked up, in a district of many messages."""

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from app.core.actor import Actor, Role
from app.notices.queries import count_unread
from tests.cursors import watch
from tests.database import Cluster

PERSON = Actor(user_id=17, role=Role.CHECKER)
HOUSEHOLD = replace(PERSON, role=Role.HOUSEHOLD, household_id=17)
DESK = replace(PERSON, organisation_id=1)
TOLD = text("""
    INSERT INTO notices (district_id, ref, user_id, household_id, organisation_id, kind, once, subject, text,
                         about_type, must_see, written_at, read_at, read_by_id, state, tries)
    SELECT 1, 'T' || n, CASE WHEN n % 10 = 0 THEN n % 500 END, CASE WHEN n % 10 > 1 THEN n % 5000 END,
           CASE WHEN n % 10 = 1 THEN n % 40 END, 'voucher_issued', 'once' || n, '房票已发放',
           repeat('字', 99), 'voucher', false, now(),
           CASE WHEN n % 3 > 0 THEN now() END, CASE WHEN n % 3 > 0 THEN 1 END, 'inbox', 0
    FROM generate_series(1, 40000) AS n
""")
"""Most are households', most are read; a desk has hundreds that nobody read."""


@pytest.fixture(scope="module")
def owner(cluster: Cluster) -> Iterator[Connection]:
    """The tables' owner on a database with 40,000 messages, to people who need not exist."""
    name = cluster.new_name()
    engine = create_engine(make_url(cluster.clone(name).owner).set(drivername="postgresql+psycopg"))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        keys = "SELECT conname FROM pg_constraint WHERE conrelid = 'notices'::regclass AND contype = 'f'"
        for key in connection.scalars(text(keys)).all():
            connection.execute(text(f"ALTER TABLE notices DROP CONSTRAINT {key}"))
        connection.execute(TOLD)
        connection.execute(text("VACUUM ANALYZE notices"))
        yield connection
    engine.dispose()
    cluster.drop(name)


def plan(connection: Connection, actor: Actor) -> str:
    """Return how the database finds what ``count_unread`` asks, for values it does not know beforehand."""
    asked: list[str] = []
    with Session(connection) as session:
        restore = watch(connection.connection, lambda query: asked.append(str(query)))
        count_unread(session, actor=actor)
        restore()
    (question,) = asked
    mine = {"user_id": actor.user_id, "household_id": actor.household_id}
    known = {**mine, "organisation_id": actor.organisation_id}
    cursor = connection.connection.cursor()
    cursor.execute(f"EXPLAIN (COSTS OFF) {question}", known)
    return "\n".join(line for (line,) in cursor.fetchall())


@pytest.mark.parametrize(
    ("actor", "recipients"),
    [
        pytest.param(PERSON, {"user"}, id="person"),
        pytest.param(HOUSEHOLD, {"user", "household"}, id="household"),
        pytest.param(DESK, {"user", "organisation"}, id="desk"),
    ],
)
def test_what_is_unread_is_looked_up_in_the_indexes_of_what_is_unread(
    owner: Connection, actor: Actor, recipients: set[str]
) -> None:
    shown = plan(owner, actor)
    wanted = {f"ix_notices_unread_{one}" for one in recipients}
    assert set(re.findall(r"ix_\w+", shown)) == wanted, shown
    assert shown.count("Index Cond") == len(wanted), shown
    assert "Filter" not in shown, "only what counts is read"
    assert "Seq Scan" not in shown
