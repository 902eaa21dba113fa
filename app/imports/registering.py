"""A run of contracts, handed to the one service that carries contracts out (``app.sales``).

Whatever table they came from, they go there as the registry's own file: two tables that say the same are one
file, on record beside those that the command and the nightly job bring. Like those they are carried out part
by part, so that no home is locked for long.
"""

import hashlib
import io
from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.core import clock
from app.core.actor import Actor
from app.gateways import files
from app.homes.errors import HomesMoved
from app.imports.errors import FileRefused
from app.imports.models import ImportRow, ImportRun
from app.sales import reader, writer
from app.sales import service as sales
from app.sales.flows import PART
from app.sales.reader import Contract
from app.sales.service import Part

_FIRST_LINE: Final = 2
"""Of the registry's file: the line below its heading."""


def foresee(session: Session, *, run_id: int) -> dict[str, Any]:
    """Write beside each contract of a run what would come of it, and return what that comes to.

    ``outcomes`` by name, ``changed`` and ``same``, ``earlier`` (contracts of files before that would now find
    their home). Empty for other kinds of run. Raises FileRefused for too many.
    """
    run = session.get_one(ImportRun, run_id)
    if run.kind != "sales" or run.district_id is None:
        return {}
    places, contracts = _staged(session, run_id)
    if len(contracts) > reader.MOST_ROWS:
        raise FileRefused("import_too_many_contracts", most=reader.MOST_ROWS)
    sha256 = hashlib.sha256(writer.as_file(contracts)).hexdigest()
    outcome = sales.foresee(session, district_id=run.district_id, sha256=sha256, contracts=contracts)
    _note(session, run_id, places, outcome.by_line)
    counted = Counter(outcome.by_line.values())
    same = counted["unchanged"]
    return {
        "outcomes": dict(counted), "changed": len(contracts) - same, "same": same, "earlier": outcome.earlier,
    }  # fmt: skip


def carry_out_part(session: Session, *, actor: Actor, run: ImportRun) -> Part:
    """Carry the next contracts of a run out, as they were foreseen, in the caller's transaction.

    Those before ``run.done`` are carried out. Raises HomesMoved when something else would come of one of the
    others now: then nothing of this part may be kept; and Busy.
    """
    places, contracts = _staged(session, run.id)
    content = writer.as_file(contracts)
    kept = files.current().put(io.BytesIO(content), most=len(content))
    part = sales.take_part(
        session,
        actor=actor,
        district_id=run.district_id or 0,
        sha256=kept.sha256,
        name=run.file_name,
        contracts=contracts,
        most=PART,
    )
    statement = select(ImportRow.sheet, ImportRow.row, ImportRow.outcome).where(ImportRow.run_id == run.id)
    foreseen = {(sheet, row): told for sheet, row, told in session.execute(statement)}
    if any(
        foreseen[places[contract.line]] != part.by_line[contract.line]
        for contract in contracts[run.done : part.done]
    ):
        raise HomesMoved
    return part


def _staged(session: Session, run_id: int) -> tuple[dict[int, tuple[int, int]], list[Contract]]:
    """Return a run's contracts as lines of the registry's file, and by line the sheet and row of each."""
    statement = (
        select(ImportRow.sheet, ImportRow.row, ImportRow.contract)
        .where(ImportRow.run_id == run_id, ImportRow.verdict != "bad", ImportRow.contract.is_not(None))
        .order_by(ImportRow.sheet, ImportRow.row)
    )
    places: dict[int, tuple[int, int]] = {}
    contracts = []
    for line, (sheet, row, cells) in enumerate(session.execute(statement), _FIRST_LINE):
        places[line] = (sheet, row)
        contracts.append(reader.contract_of(line, cells, clock.today()))
    return places, contracts


def _note(
    session: Session, run_id: int, places: Mapping[int, tuple[int, int]], by_line: Mapping[int, str]
) -> None:
    rows = [
        {
            "run_id": run_id,
            "sheet": places[line][0],
            "row": places[line][1],
            "outcome": outcome,
            "verdict": "same" if outcome == "unchanged" else "changed",
        }
        for line, outcome in by_line.items()
    ]
    if rows:
        session.execute(update(ImportRow), rows)
