"""The only writer of sheets: vouchers are printed on numbered paper, and spoiled sheets are accounted for."""

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.core import audit, clock, ids, locks
from app.core.actor import Actor, Role
from app.core.errors import Conflict, DomainError
from app.projects.queries import get_project
from app.vouchers import paper_queries as queries
from app.vouchers.models import Voucher
from app.vouchers.paper_models import CHOSEN, VoucherSheet
from app.vouchers.paper_rules import serials, tidy_serial
from app.vouchers.queries import get_voucher

MOST = 200
"""The most sheets of one printing: what one PDF holds."""


def print_project(
    session: Session, *, actor: Actor, project_id: int, first_serial: str, count: int
) -> list[VoucherSheet]:
    """Put a project's next unprinted vouchers on the next sheets of a pack, at most ``count``.

    Repeated it goes on where it stopped: what is on paper is not printed again. Raises Forbidden for anybody
    but an officer, NotFound, Conflict("paper_done") when nothing is left, DomainError at ``serial`` for a
    number that is none or was used.
    """
    actor.demand(Role.OFFICER)
    project = get_project(session, actor=actor, project_id=project_id)
    waiting = queries.list_unprinted(session, actor=actor, project_id=project.id, limit=min(count, MOST))
    if not waiting:
        raise Conflict("paper_done")
    return _print(session, actor, [voucher.id for voucher in waiting], first_serial)


def print_one(session: Session, *, actor: Actor, voucher_ref: str, serial: str) -> VoucherSheet:
    """Put one issued voucher on a sheet. Raises as ``print_project``, Conflict for one that is on paper."""
    actor.demand(Role.OFFICER)
    voucher = get_voucher(session, actor=actor, ref=voucher_ref)
    if voucher.state != "issued":
        raise Conflict("voucher_not_issued")
    return _print(session, actor, [voucher.id], serial)[0]


def spoil(session: Session, *, actor: Actor, serial: str, reason: str, new_serial: str) -> VoucherSheet:
    """Account for a spoiled sheet and put its voucher on another; returns the new one.

    Raises Forbidden for anybody but an officer, NotFound, Conflict for a sheet that was spoiled before,
    DomainError at ``reason`` or ``serial``.
    """
    actor.demand(Role.OFFICER)
    if reason not in CHOSEN:
        raise DomainError("reason_missing", field="reason")
    found = queries.get_sheet(session, actor=actor, serial=serial)
    locks.lock(session, Voucher, found.voucher_id)
    session.refresh(found)
    if found.spoiled_at is not None:
        raise Conflict("sheet_spoiled")
    found.spoiled_at, found.reason = clock.now(), reason
    session.flush()
    _note(session, actor, found, "sheet.spoil")
    return _print(session, actor, [found.voucher_id], new_serial, replaces=found.id)[0]


def void(session: Session, *, actor: Actor, voucher: Voucher, reason: str) -> None:
    """Take the sheet of a voucher out of use because it is not what it says any more, if it is on paper.

    ``reason``: the term is longer or corrected (``extended``), then the voucher waits to be printed on
    another; what was left went to other vouchers (``moved``); or it was reported ``lost``, then it is printed
    on another once two people freed it. The caller holds the voucher's lock.
    """
    statement = select(VoucherSheet).where(
        VoucherSheet.voucher_id == voucher.id, VoucherSheet.spoiled_at.is_(None)
    )
    found = session.scalars(statement, execution_options={"populate_existing": True}).first()
    if found is None:
        return
    found.spoiled_at, found.reason = clock.now(), reason
    session.flush()
    _note(session, actor, found, "sheet.spoil")


def _print(
    session: Session, actor: Actor, voucher_ids: list[int], first_serial: str, replaces: int | None = None
) -> list[VoucherSheet]:
    tidy = tidy_serial(first_serial)
    try:
        numbers = serials(tidy or "", len(voucher_ids))
    except ValueError as error:
        raise DomainError("serial_bad", field="serial") from error
    if any(voucher.is_stopped for voucher in locks.lock_all(session, Voucher, voucher_ids)):
        raise Conflict("voucher_stopped")
    moment, run_ref = clock.now(), ids.new_ref("DY")
    rows = [
        {
            "district_id": actor.district,
            "voucher_id": voucher_id,
            "serial": serial,
            "mark": ids.new_mark(),
            "run_ref": run_ref,
            "printed_at": moment,
            "printed_by_id": actor.user_id,
            "replaces_id": replaces,
        }
        for voucher_id, serial in zip(voucher_ids, numbers, strict=True)
    ]
    statement = insert(VoucherSheet).on_conflict_do_nothing().returning(VoucherSheet)
    sheets = list(session.scalars(statement, rows))
    if len(sheets) != len(rows):
        raise DomainError("serial_used", field="serial")
    for sheet in sheets:
        _note(session, actor, sheet, "sheet.print")
    return sorted(sheets, key=lambda sheet: sheet.serial)


def _note(session: Session, actor: Actor, sheet: VoucherSheet, action: str) -> None:
    audit.record(
        session,
        actor=actor,
        action=action,
        object_type="voucher_sheet",
        object_id=sheet.id,
        voucher_id=sheet.voucher_id,
    )
