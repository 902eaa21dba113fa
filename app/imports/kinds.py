"""The kinds of import: for each, how its rows are read and what they are held against."""

from collections.abc import Callable
from functools import partial
from typing import Any, Final, Protocol, TypeVar

from sqlalchemy.orm import Session

from app.core.ids import new_ref
from app.imports import agreements, compare, filings, lines, staging
from app.imports.agreements import AgreementReader, AgreementRow
from app.imports.cells import Merge
from app.imports.compare import Judged, Present
from app.imports.contracts import ContractReader, ContractRow
from app.imports.filings import FilingReader, FilingRow
from app.imports.home_rows import HomeReader, HomeRow
from app.imports.lines import LinesReader, LinesRow
from app.imports.models import ImportRun
from app.imports.places import Buildings
from app.imports.plan import Plan, SheetPlan
from app.imports.rows import Fault, Read, SheetReader, Told
from app.imports.staging import Staged
from app.imports.stocks import DistrictStock

R = TypeVar("R", bound=Told)

_TWICE: Final = ("twice_in_file", "room")


class Kind(Protocol[R]):
    """One kind of table, on the stock as it is at this moment."""

    twice: tuple[str, str]
    """Code and column of the fault of two rows that tell of the same."""

    def reader(self, sheet: SheetPlan, merges: list[Merge], /) -> SheetReader[R]:
        """Return the reader of one sheet."""

    def judge(self, one: Read[R], /) -> Staged | list[Fault]:
        """Return what a row without faults comes to, or why it cannot be used."""


class Homes:
    """A developer's homes with their prices, held against its development."""

    twice = _TWICE

    def __init__(self, session: Session, plan: Plan, development_id: int) -> None:
        self._stock, self._sizes = staging.load_stock(session, development_id, with_spaces=True)
        self.reader = partial(HomeReader, plan, Buildings(self._sizes))

    def judge(self, one: Read[HomeRow]) -> Staged | list[Fault]:
        """Return a home as new, changed or the same."""
        home = _told(one)
        present = self._stock.get(home.key)
        return _staged(one, compare.judge(home, present, self._sizes.get(home.building)), present)


class Filings:
    """A bureau's filed prices, held against the homes of its district."""

    twice = _TWICE

    def __init__(self, session: Session, plan: Plan, district_id: int) -> None:
        self.reader = partial(FilingReader, plan, DistrictStock(session, district_id))

    def judge(self, one: Read[FilingRow]) -> Staged | list[Fault]:
        """Return a filed price as changed or the same."""
        home = _told(one)
        return _staged(one, filings.judge(home), home.present)


class Contracts:
    """A registry's contracts; what comes of each is told by ``registering``, when all are staged."""

    twice = ("contract_twice_in_file", "contract_number")

    def __init__(self, session: Session, plan: Plan, district_id: int) -> None:
        self.reader = partial(ContractReader, plan, DistrictStock(session, district_id))

    def judge(self, one: Read[ContractRow]) -> Staged | list[Fault]:
        """Return a contract as one to be carried out."""
        told = _told(one)
        return Staged(one.sheet, one.row, "changed", told.place, told.development, contract=told.cells)


class Lines:
    """What agreements' sums are made of, held against the agreements of a district."""

    twice = ("agreement_twice_in_file", "agreement_number")

    def __init__(self, session: Session, plan: Plan, district_id: int) -> None:
        self.reader = partial(LinesReader, plan)
        self._known = lines.known_agreements(session, district_id)

    def judge(self, one: Read[LinesRow]) -> Staged | list[Fault]:
        """Return an agreement's lines as new to it or the same."""
        told = _told(one)
        known = self._known.get(told.number)
        refusal = lines.find_refusal(told, known)
        if refusal is not None:
            key = refusal.field or "agreement_number"
            return [Fault(one.columns.get(key), key, refusal.code, told.number, refusal.params)]
        same = known is not None and bool(known.lines)
        return Staged(one.sheet, one.row, "same" if same else "changed", contract=lines.as_cells(told))


class Agreements:
    """Signed agreements, held against the roster of a district."""

    twice = Lines.twice

    def __init__(self, session: Session, plan: Plan, district_id: int) -> None:
        self.reader = partial(AgreementReader, plan)
        self._roster = agreements.load_roster(session, district_id)

    def judge(self, one: Read[AgreementRow]) -> Staged | list[Fault]:
        """Return an agreement as new to the record or the same."""
        told = _told(one)
        refusal = agreements.find_refusal(told, self._roster)
        if refusal is not None:
            key = refusal.field or "agreement_number"
            return [Fault(one.columns.get(key), key, refusal.code, told.number, refusal.params)]
        same = told.number in self._roster.agreements
        return Staged(one.sheet, one.row, "same" if same else "changed", contract=agreements.cells_of(told))


def _told(one: Read[R]) -> R:
    if one.home is None:
        raise LookupError("a row with faults is not judged")
    return one.home


def _staged(one: Read[Any], judged: Judged, present: Present | None) -> Staged | list[Fault]:
    if judged.refusals:
        return [
            Fault(one.columns.get(key), key, refusal.code, "", refusal.params)
            for key, refusal in judged.refusals
        ]
    return Staged(
        sheet=one.sheet,
        row=one.row,
        verdict=judged.verdict,
        place=one.home.place if one.home else None,
        development=one.home.development if one.home else None,
        ref=new_ref("FY") if judged.verdict == "new" else None,
        present=present,
        values=judged.values,
        before=judged.before,
        leaves=judged.leaves,
    )


def open_kind(session: Session, run: ImportRun, plan: Plan) -> Kind[Any]:
    """Return the kind of a run with what its rows are held against."""
    if run.kind == "homes":
        return Homes(session, plan, run.development_id or 0)
    kinds: dict[str, Callable[[Session, Plan, int], Kind[Any]]] = {
        "filings": Filings,
        "sales": Contracts,
        "lines": Lines,
        "agreements": Agreements,
    }
    return kinds[run.kind](session, plan, run.district_id or 0)
