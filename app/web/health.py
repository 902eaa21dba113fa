"""/healthz: the process answers. /readyz: everything it needs answers, each part named."""

from collections.abc import Callable
from datetime import timedelta

from alembic.config import Config
from alembic.script import ScriptDirectory
from flask import Blueprint, current_app, jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from app.core import clock
from app.extensions import db
from app.search import engine
from app.web.access import public

bp = Blueprint("health", __name__)

WORKER_SILENT_AFTER = timedelta(seconds=60)


@bp.get("/healthz")
@public
def healthz() -> ResponseReturnValue:
    """Answer 200: the process is alive."""
    return {"status": "ok"}


@bp.get("/readyz")
@public
def readyz() -> ResponseReturnValue:
    """Answer 200 when every part is ready, else 503; the body says which part is not."""
    parts = {name: _answers(check, db.session()) for name, check in CHECKS.items()}
    ready = all(parts.values())
    return jsonify({"status": "ready" if ready else "not ready", "parts": parts}), 200 if ready else 503


def _answers(check: Callable[[Session], bool], session: Session) -> bool:
    try:
        return check(session)
    except SQLAlchemyError:
        session.rollback()
        return False


def _database(session: Session) -> bool:
    """With a C locale pg_trgm finds no trigrams in Chinese, and search would be empty without an error."""
    return bool(session.scalar(text("SELECT cardinality(show_trgm('房票')) > 0")))


def _migrations(session: Session) -> bool:
    directory = ScriptDirectory.from_config(_alembic())
    applied = set(session.scalars(text("SELECT version_num FROM alembic_version")))
    return applied == set(directory.get_heads())


def _alembic() -> Config:
    config = Config()
    config.set_main_option("script_location", current_app.extensions["migrate"].directory)
    return config


def _worker(session: Session) -> bool:
    beat = session.scalar(text("SELECT max(last_heartbeat) FROM procrastinate_workers"))
    return beat is not None and clock.system_now() - beat < WORKER_SILENT_AFTER


def _search(_session: Session) -> bool:
    """Ask the own engine for a home that cannot be: even an empty answer shows that it works.

    Where another one answers and is down, this one stands in: the platform is ready.
    """
    return not engine.own().stamps([0])


CHECKS: dict[str, Callable[[Session], bool]] = {
    "database": _database,
    "migrations": _migrations,
    "worker": _worker,
    "search": _search,
}
