"""Reading a whole file against the stock, a batch of rows a transaction."""

from collections.abc import Iterator
from typing import Final

from sqlalchemy.orm import Session

from app.core.ids import new_ref
from app.imports import compare, service, staging
from app.imports.cells import Source
from app.imports.places import Buildings
from app.imports.plan import Plan
from app.imports.rows import Fault, HomeRow, Read, TableReader
from app.imports.staging import Key, Staged

_BATCH: Final = 5_000
"""Rows staged, and progress told, at a time."""


class Reading:
    """One reading of one file."""

    def __init__(
        self, session: Session, run_id: int, development_id: int, plan: Plan, source: Source
    ) -> None:
        self._session, self._run_id, self._plan, self._source = session, run_id, plan, source
        self._stock, self._sizes = staging.load_stock(session, development_id)
        session.commit()
        self._reader = TableReader(plan, Buildings(self._sizes))
        self._names = {sheet.index: sheet.name for sheet in plan.sheets}
        self._first: dict[Key, tuple[int, int]] = {}
        self._twins: dict[tuple[int, int], Fault] = {}
        """First rows of homes that came again, each with the fault that says so."""
        self._faults: list[tuple[int, int, Fault]] = []

    def stage(self, total: int) -> None:
        """Stage every row, then call those bad whose home came again further down.

        ``total`` is what progress is told against.
        """
        batch: list[Staged] = []
        for done, one in enumerate(self._rows(), 1):
            batch.append(self._judge(one))
            if len(batch) == _BATCH:
                self._keep(batch, done)
                batch = []
        self._faults += [(sheet, row, fault) for (sheet, row), fault in self._twins.items()]
        self._keep(batch, total)
        staging.call_bad(self._session, self._run_id, list(self._twins))
        self._session.commit()

    @property
    def skipped(self) -> dict[str, int]:
        """How many lines were passed over, by reason."""
        return dict(self._reader.skipped)

    def _rows(self) -> Iterator[Read]:
        sheets = self._source.sheets
        for sheet in self._plan.sheets:
            yield from self._reader.read(sheet, self._source.rows(sheet.index), sheets[sheet.index].merges)

    def _judge(self, one: Read) -> Staged:
        if one.home is None:
            return self._bad(one, None, one.faults)
        twin = self._twin(one, one.home)
        if twin:
            return self._bad(one, one.home, [twin])
        present = self._stock.get(one.home.key)
        judged = compare.judge(one.home, present, self._sizes.get(one.home.building))
        if judged.refusals:
            refusals = [
                Fault(one.columns.get(key), key, refusal.code, "", refusal.params)
                for key, refusal in judged.refusals
            ]
            return self._bad(one, one.home, refusals)
        return Staged(
            sheet=one.sheet,
            row=one.row,
            verdict=judged.verdict,
            key=one.home.key,
            ref=new_ref("FY") if judged.verdict == "new" else None,
            present=present,
            values=judged.values,
            before=judged.before,
            leaves=judged.leaves,
        )

    def _bad(self, one: Read, home: HomeRow | None, faults: list[Fault]) -> Staged:
        self._faults += [(one.sheet, one.row, fault) for fault in faults]
        return Staged(one.sheet, one.row, "bad", home.key if home else None)

    def _twin(self, one: Read, home: HomeRow) -> Fault | None:
        """Return the fault of a home that stood further up already, and note it for that row as well."""
        first = self._first.setdefault(home.key, (one.sheet, one.row))
        if first == (one.sheet, one.row):
            return None
        self._twins.setdefault(first, self._says_twice(one, one.sheet, one.row))
        return self._says_twice(one, *first)

    def _says_twice(self, one: Read, sheet: int, row: int) -> Fault:
        params = {"sheet": self._names[sheet], "row": row}
        return Fault(one.columns.get("room"), "room", "twice_in_file", "", params)

    def _keep(self, batch: list[Staged], done: int) -> None:
        staging.copy_rows(self._session, self._run_id, batch)
        staging.copy_faults(self._session, self._run_id, self._faults)
        service.note_progress(self._session, run_id=self._run_id, done=done)
        self._session.commit()
        self._faults = []
