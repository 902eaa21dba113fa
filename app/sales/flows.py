"""A file of contracts on its way in: kept under its hash, put on record, and carried out when that is wanted.

Page, command and nightly job take the same two steps; each is repeatable, and a file is one file by its
content. It is carried out part by part, each a transaction of its own.
"""

import hashlib
import io
from typing import Final

from sqlalchemy.orm import Session

from app.core import clock
from app.core.actor import Actor
from app.core.errors import DomainError, NotFound
from app.gateways import files
from app.sales import queries, reader, service
from app.sales.models import SalesFile

PART: Final = 250
"""Contracts carried out in one transaction: their homes are locked for a fraction of a second."""


def receive(
    session: Session,
    *,
    actor: Actor,
    district_id: int,
    name: str,
    content: bytes,
    most_rows: int = reader.MOST_ROWS,
) -> SalesFile:
    """Read a file, keep it, and put on record what it would do. Raises SalesFileInvalid."""
    contracts = reader.read(content, today=clock.today(), most_rows=most_rows)
    kept = files.current().put(io.BytesIO(content), most=reader.MOST_BYTES)
    return service.receive_file(
        session,
        actor=actor,
        district_id=district_id,
        sha256=kept.sha256,
        name=name,
        contracts=contracts,
    )


def carry_out(
    session: Session,
    *,
    actor: Actor,
    district_id: int,
    file_ref: str,
    most_rows: int = reader.MOST_ROWS,
) -> SalesFile:
    """Carry a kept file out, or go on where somebody stopped; one that was carried out stays as it is.

    Each part is committed: what is done stays done, also when a later one fails. Raises NotFound for another
    district's, DomainError when the kept bytes are not those that were received, SalesFileInvalid, Busy.
    """
    sha256 = queries.hash_of(session, district_id=district_id, file_ref=file_ref)
    if sha256 is None:
        raise NotFound("sales_file_gone")
    with files.current().open(sha256) as kept:
        content = kept.read()
    if hashlib.sha256(content).hexdigest() != sha256:
        raise DomainError("sales_file_changed")
    contracts = reader.read(content, today=clock.today(), most_rows=most_rows)
    while True:
        file = service.apply_file(
            session,
            actor=actor,
            district_id=district_id,
            file_ref=file_ref,
            contracts=contracts,
            most=PART,
        )
        session.commit()
        if file.state == "applied":
            return file
