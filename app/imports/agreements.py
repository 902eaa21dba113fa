"""A table of signed agreements: each row is entered as an officer would enter it from the paper.

The sum is not read but is that of the lines, so a table cannot name one that its lines do not make.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import clock
from app.core.actor import Actor
from app.core.errors import DomainError
from app.core.ids import normalise_ref
from app.core.money import MAX_FEN
from app.homes.errors import HomesMoved
from app.imports import readings
from app.imports.cells import Row, Value
from app.imports.lines import Known, LinesReader, LinesRow, as_cells, is_same, known_agreements, staged
from app.imports.readings import Unreadable
from app.projects import lines, service
from app.projects.models import Household
from app.projects.rules import MOST_RESIDENTS, is_agreement_number
from app.sales.rules import FIRST_DAY


@dataclass(frozen=True, slots=True)
class AgreementRow(LinesRow):
    """A signed agreement as its row tells it: the household by its reference, and the lines."""

    household: str
    signed_on: date | None
    entitled_m2: Decimal | None = None
    residents: int | None = None


class AgreementReader(LinesReader):
    """Reads a table of agreements."""

    def _home(self, row: Row, cells: dict[str, Value]) -> AgreementRow | None:
        told = super()._home(row, cells)
        household = self._try(row, "household", _household_of, cells.get("household"))
        signed_on = self._try(row, "signed_on", _day_of, cells.get("signed_on"))
        entitled_m2 = self._try(row, "entitled_area", readings.area_of, cells.get("entitled_area"))
        residents = self._try(row, "residents", _residents_of, cells.get("residents"))
        if told is None:
            return None
        if not self._faults and not 0 < (total_fen := lines.total_of(told.amounts)) <= MAX_FEN:
            code = "price_too_large" if total_fen > 0 else "agreement_without_sum"
            self._note(row, None, "home", Unreadable(code))
        return AgreementRow(
            told.number, told.holder, told.amounts, household or "", signed_on, entitled_m2, residents
        )


@dataclass(frozen=True, slots=True)
class Roster:
    """What a district has on record: the holder of each household by reference, and agreements by number."""

    holders: Mapping[str, str]
    agreements: Mapping[str, Known]


def load_roster(session: Session, district_id: int) -> Roster:
    """Return a district's households and agreements."""
    statement = select(Household.ref, Household.holder_name).where(Household.district_id == district_id)
    holders = {row.ref: row.holder_name for row in session.execute(statement)}
    return Roster(holders, known_agreements(session, district_id))


def find_refusal(row: AgreementRow, roster: Roster) -> DomainError | None:
    """Return why a row cannot be entered, at its column, or None."""
    holder = roster.holders.get(row.household)
    if holder is None:
        return DomainError("household_gone", "household")
    if row.holder and row.holder != holder:
        return DomainError("household_of_another", "holder", holder=holder)
    if not is_agreement_number(row.number):
        return DomainError("agreement_number_bad", "agreement_number")
    known = roster.agreements.get(row.number)
    if known is not None and not is_entered(row, known, holder):
        return DomainError("agreement_number_taken", "agreement_number")
    return None


def is_entered(row: AgreementRow, known: Known, holder: str) -> bool:
    """Tell whether the agreement of a row is on record as the row tells it."""
    told = ((row.entitled_m2, known.entitled_m2), (row.residents, known.residents))
    return known.holder == holder and is_same(row, known) and all(one in (None, its) for one, its in told)


def cells_of(row: AgreementRow) -> dict[str, str]:
    """Return a row as it is staged."""
    day = row.signed_on.isoformat() if row.signed_on else ""
    entitled = {"entitled_area": row.entitled_m2, "residents": row.residents}
    return {
        **as_cells(row),
        "household": row.household,
        "signed_on": day,
        **{name: str(figure) for name, figure in entitled.items() if figure is not None},
    }


def enter_all(session: Session, *, actor: Actor, run_id: int) -> int:
    """Enter the agreements of all good rows of a run; return how many.

    Raises HomesMoved when one cannot be entered any more: then nothing of this may be kept.
    """
    found = staged(session, run_id)
    refs = [cells["household"] for cells, _amounts in found]
    wanted = select(Household.ref, Household.id).where(
        Household.district_id == actor.district, Household.ref.in_(refs)
    )
    ids = {row.ref: row.id for row in session.execute(wanted)}
    for cells, amounts in found:
        try:
            service.create_agreement(
                session,
                actor=actor,
                household_id=ids[cells["household"]],
                number=cells["agreement_number"],
                compensation_fen=lines.total_of(amounts),
                signed_on=date.fromisoformat(cells["signed_on"]),
                lines=lines.signed_lines(amounts),
                entitled_m2=Decimal(cells["entitled_area"]) if "entitled_area" in cells else None,
                residents=int(cells["residents"]) if "residents" in cells else None,
            )
        except DomainError as moved:
            raise HomesMoved from moved
    return len(found)


def _household_of(value: Value) -> str:
    ref = normalise_ref(readings.text_of(value))
    if ref is None:
        raise Unreadable("household_gone")
    return ref


def _residents_of(value: Value) -> int | None:
    return readings.count_of(value, MOST_RESIDENTS) or None


def _day_of(value: Value) -> date:
    day = readings.day_of(value)
    if day is None:
        raise Unreadable("agreement_day_missing")
    if day > clock.today():
        raise Unreadable("contract_day_ahead")
    if day < FIRST_DAY:
        raise Unreadable("contract_day_early")
    return day
