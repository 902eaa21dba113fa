"""Reading a whole file against the stock, a batch of rows at a time; the flow commits each."""

from collections.abc import Hashable, Iterator
from typing import Any, Final

from sqlalchemy.orm import Session

from app.imports import service, staging
from app.imports.cells import Source
from app.imports.kinds import Kind
from app.imports.plan import Plan
from app.imports.rows import Fault, Read, TableReader, Told
from app.imports.staging import Staged

_BATCH: Final = 5_000
"""Rows staged, and progress told, at a time."""


class Reading:
    """One reading of one file."""

    def __init__(self, session: Session, run_id: int, kind: Kind[Any], plan: Plan, source: Source) -> None:
        self._session, self._run_id, self._plan, self._source = session, run_id, plan, source
        self._kind = kind
        self._reader: TableReader[Any] = TableReader(kind.reader)
        self._names = {sheet.index: sheet.name for sheet in plan.sheets}
        self._first: dict[Hashable, tuple[int, int]] = {}
        self._twins: dict[tuple[int, int], Fault] = {}
        """First rows of what came again, each with the fault that says so."""
        self._faults: list[tuple[int, int, Fault]] = []

    def stage(self, total: int) -> Iterator[None]:
        """Stage every row, then call those bad whose home came again further down.

        Pauses after each batch, for the caller to commit it. ``total`` is what progress is told against.
        """
        batch: list[Staged] = []
        for done, one in enumerate(self._rows(), 1):
            batch.append(self._judge(one))
            if len(batch) == _BATCH:
                self._keep(batch, done)
                yield
                batch = []
        self._faults += [(sheet, row, fault) for (sheet, row), fault in self._twins.items()]
        self._keep(batch, total)
        staging.call_bad(self._session, self._run_id, list(self._twins))
        yield

    @property
    def skipped(self) -> dict[str, int]:
        """How many lines were passed over, by reason."""
        return dict(self._reader.skipped)

    def _rows(self) -> Iterator[Read[Any]]:
        sheets = self._source.sheets
        for sheet in self._plan.sheets:
            yield from self._reader.read(sheet, self._source.rows(sheet.index), sheets[sheet.index].merges)

    def _judge(self, one: Read[Any]) -> Staged:
        if one.home is None:
            return self._bad(one, one.faults)
        twin = self._twin(one, one.home)
        if twin:
            return self._bad(one, [twin])
        judged = self._kind.judge(one)
        return judged if isinstance(judged, Staged) else self._bad(one, judged)

    def _bad(self, one: Read[Any], faults: list[Fault]) -> Staged:
        self._faults += [(one.sheet, one.row, fault) for fault in faults]
        place = (one.home.place, one.home.development) if one.home else (None, None)
        return Staged(one.sheet, one.row, "bad", *place)

    def _twin(self, one: Read[Any], told: Told) -> Fault | None:
        """Return the fault of what stood further up already, and note it for that row as well."""
        first = self._first.setdefault(told.key, (one.sheet, one.row))
        if first == (one.sheet, one.row):
            return None
        self._twins.setdefault(first, self._says_twice(one, one.sheet, one.row))
        return self._says_twice(one, *first)

    def _says_twice(self, one: Read[Any], sheet: int, row: int) -> Fault:
        params = {"sheet": self._names[sheet], "row": row}
        code, key = self._kind.twice
        return Fault(one.columns.get(key), key, code, "", params)

    def _keep(self, batch: list[Staged], done: int) -> None:
        staging.copy_rows(self._session, self._run_id, batch)
        staging.copy_faults(self._session, self._run_id, self._faults)
        service.note_progress(self._session, run_id=self._run_id, done=done)
        self._faults = []
