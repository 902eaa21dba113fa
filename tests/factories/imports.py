"""Imports taken as far as a test wants, by the same steps as a person and a worker take."""

import io
from typing import Any

from flask import Flask
from sqlalchemy.orm import Session

from app import jobs
from app.core.actor import Actor
from app.extensions import db
from app.gateways import files
from app.homes.models import Development
from app.imports import layouts, service
from app.imports.columns import TABLES
from app.imports.heads import Sample
from app.imports.models import ImportRun
from app.imports.service import BureauKind
from tests.web.town import saved

MOST = 30 * 1024 * 1024


def send(session: Session, content: bytes, *, actor: Actor, development: Development, name: str) -> ImportRun:
    """Return a run that waits for a worker's first look."""
    stored = files.current().put(io.BytesIO(content), most=MOST)
    return service.start(session, actor=actor, development_id=development.id, stored=stored, file_name=name)


def send_of_bureau(
    session: Session, content: bytes, *, actor: Actor, kind: BureauKind, name: str
) -> ImportRun:
    """Return a bureau's run that waits for a worker's first look."""
    stored = files.current().put(io.BytesIO(content), most=MOST)
    return service.start_for_bureau(session, actor=actor, kind=kind, stored=stored, file_name=name)


def plan(session: Session, run: ImportRun, *, actor: Actor, **more: Any) -> ImportRun:
    """Plan a run as the guesses say."""
    table = TABLES[run.kind]
    samples = [Sample.from_json(stored) for stored in (run.samples or {})["sheets"]]
    found = layouts.find_heads(samples, table, {})
    grouped = layouts.group(found, table, {})
    chosen = layouts.make_plan(
        samples,
        found,
        {layout.head.signature: layout.columns for layout in grouped},
        table=table,
        buildings=layouts.proposed_buildings(samples, grouped),
        **more,
    )
    return service.set_plan(session, actor=actor, ref=run.ref, plan=chosen, heads=list(found.values()))


def previewed(
    app: Flask,
    content: bytes,
    *,
    actor: Actor,
    development: Development,
    name: str = "销控表.xlsx",
    **more: Any,
) -> ImportRun:
    """Return a run that was read and waits for the order, or the state it stopped in."""
    with saved(app) as session:
        run_id = send(session, content, actor=actor, development=development, name=name).id
    return _read(app, run_id, actor, more)


def previewed_of_bureau(
    app: Flask, content: bytes, *, actor: Actor, kind: BureauKind, name: str = "备案价.xlsx", **more: Any
) -> ImportRun:
    """Return a bureau's run that was read and waits for the order, or the state it stopped in."""
    with saved(app) as session:
        run_id = send_of_bureau(session, content, actor=actor, kind=kind, name=name).id
    return _read(app, run_id, actor, more)


def _read(app: Flask, run_id: int, actor: Actor, more: dict[str, Any]) -> ImportRun:
    jobs.run_waiting(app)
    with saved(app) as session:
        run = session.get_one(ImportRun, run_id)
        if run.state == "planning":
            plan(session, run, actor=actor, **more)
    jobs.run_waiting(app)
    return fetch(app, run_id)


def applied(app: Flask, run: ImportRun, *, actor: Actor, leave_out: bool = False) -> ImportRun:
    """Return the run after its order was carried out."""
    with saved(app) as session:
        service.order(session, actor=actor, ref=run.ref, reason="五月调价", leave_out=leave_out)
    jobs.run_waiting(app)
    return fetch(app, run.id)


def fetch(app: Flask, run_id: int) -> ImportRun:
    """Return a run as it is now."""
    with app.app_context():
        run = db.session().get_one(ImportRun, run_id)
        db.session().expunge(run)
        return run
