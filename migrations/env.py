"""How migrations run: `flask db upgrade`, as the owner of the tables, one transaction each."""

from typing import Any

from alembic import context
from alembic.operations import MigrationScript
from alembic.script import ScriptDirectory
from flask import current_app
from sqlalchemy import create_engine, pool, text
from sqlalchemy.engine import make_url

from app.core.db import Base

# A migration that waits for a lock makes everybody behind it wait: better that it fails and is run again.
SESSION_OPTIONS = "-c lock_timeout=5s -c statement_timeout=0 -c idle_in_transaction_session_timeout=0"

# Two deployments that start at once migrate one after the other. The number only has to be ours.
MIGRATION_LOCK = 7_263_001

QUEUE_PREFIX = "procrastinate_"


def include_name(name: str | None, kind: str, parents: Any) -> bool:
    """Leave the queue's tables out of autogenerate: a migration applies their own SQL."""
    return not (kind == "table" and name is not None and name.startswith(QUEUE_PREFIX))


def number_revisions(migration_context: Any, revision: Any, directives: list[MigrationScript]) -> None:
    """Give a revision the first number that is free, whichever came last; leave no empty ones behind."""
    script = directives[0]
    if getattr(context.config.cmd_opts, "autogenerate", False) and script.upgrade_ops.is_empty():
        directives.clear()
        return
    taken = ScriptDirectory.from_config(context.config).walk_revisions()
    script.rev_id = f"{max((int(one.revision) for one in taken), default=0) + 1:04}"


def run() -> None:
    """Migrate the database that the app's settings name."""
    settings = current_app.config["ANJU"]
    url = make_url(str(settings.owner_database_url or settings.database_url)).set(
        drivername="postgresql+psycopg"
    )
    options = {"options": SESSION_OPTIONS, "application_name": "anju-migrations"}
    engine = create_engine(url, poolclass=pool.NullPool, connect_args=options)
    with engine.connect() as connection:
        connection.execute(text("SELECT pg_advisory_lock(:number)"), {"number": MIGRATION_LOCK})
        connection.commit()
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            transaction_per_migration=True,
            compare_type=True,
            compare_server_default=True,
            include_name=include_name,
            process_revision_directives=number_revisions,
        )
        context.run_migrations()


run()
