"""The registry's nightly files, carried out from the folder where it leaves them; and homes entered twice."""

import hashlib
import io
import os
from pathlib import Path

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import apart
from app.core.actor import system_actor
from app.core.apart import Due
from app.core.queue import enqueue
from app.gateways import files
from app.identity.models import District
from app.jobs.runner import task
from app.sales import flows, queries, service
from app.sales.errors import SalesFileInvalid
from app.sales.reader import MOST_BYTES

FOLDER = "sales"
"""Beneath the data folder; in it a folder for each district, by its code."""


@task("sales.collect", cron="30 18 * * *")
def collect(session: Session) -> None:
    """Take every file that was not carried out yet (02:30 local); each is a job of its own."""
    root: Path = current_app.config["ANJU"].data_dir / FOLDER
    districts = {one.code: one.id for one in session.scalars(select(District).order_by(District.code))}
    found = [
        Due(str(path), district_id, _readable(path))
        for code, district_id in districts.items()
        for path in sorted((root / code).glob("*.csv"))
        if path.is_file() and not path.is_symlink()
    ]

    def take(name: str) -> None:
        path = Path(name)
        _take(session, districts[path.parent.name], path)

    apart.each(session, "sales.collect", found, take)


def _take(session: Session, district_id: int, path: Path) -> None:
    """Keep a file's bytes and have them carried out, unless they were."""
    with path.open("rb") as source:
        content = source.read(MOST_BYTES + 1)
    sha256 = hashlib.sha256(content).hexdigest()
    if queries.is_applied(session, district_id=district_id, sha256=sha256):
        return
    files.current().put(io.BytesIO(content), most=MOST_BYTES + 1)
    enqueue(
        session,
        "sales.load",
        lock=f"sales:{district_id}",
        district_id=district_id,
        sha256=sha256,
        called=_readable(path),
    )


def _readable(path: Path) -> str:
    """Return a file's name; the disk takes bytes in it that are no text, which the database does not."""
    return os.fsencode(path.name).decode("utf-8", "replace")


@task("sales.load")
def load(session: Session, district_id: int, sha256: str, called: str) -> None:
    """Carry one kept file out; one that breaks its contract is put on record with place and reason."""
    actor = system_actor(district_id)
    with files.current().open(sha256) as kept:
        content = kept.read()
    try:
        file = flows.receive(session, actor=actor, district_id=district_id, name=called, content=content)
        flows.carry_out(session, actor=actor, district_id=district_id, file_ref=file.ref)
    except SalesFileInvalid as problem:
        service.note_refused(
            session, actor=actor, district_id=district_id, sha256=sha256, name=called, problem=problem
        )


@task("sales.look_for_twins", gathers="home_ids")
def look_for_twins(session: Session, home_ids: list[int]) -> None:
    """Have twins settled of those of these homes that have any; few do."""
    service.settle_if_twins(session, home_ids=home_ids)


@task("sales.settle_twins")
def settle_twins(session: Session, home_id: int) -> None:
    """Set aside other entries of a home that was taken, or let the next one go on where it was let go."""
    service.settle_twins(session, home_id=home_id)
