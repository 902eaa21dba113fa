"""What a QR code on paper tells anybody: whether the paper holds, and nothing about whose it is."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy.orm import Session

from app.identity.models import District
from app.redemptions.states import State
from app.reports import clear_sheets, receipts
from app.vouchers import paper_queries
from app.vouchers.paper_models import VoucherSheet
from app.vouchers.queries import purse_of
from app.vouchers.rules import Standing


class Verdict(StrEnum):
    """What a paper is."""

    UNKNOWN = "unknown"
    GENUINE = "genuine"
    HELD = "held"
    """A part or all of it is promised to a home."""
    SPENT = "spent"
    LAPSED = "lapsed"
    ENDING = "ending"
    """What is left is being paid out or otherwise ended: nothing can be bought with it."""
    ENDED = "ended"
    MOVING = "moving"
    """It is being transferred, split or merged: nothing can be bought with it."""
    STOPPED = "stopped"
    """It is stopped (止付): nothing can be bought with it."""
    MOVED = "moved"
    """It was, and what was left is with other vouchers."""
    VOID = "void"
    REPLACED = "replaced"
    SHEET_HOLDS = "sheet_holds"
    SHEET_VOID = "sheet_void"
    RECEIPT_HOLDS = "receipt_holds"
    RECEIPT_ADJUSTED = "receipt_adjusted"
    """The purchase stands, at another price than was first paid."""
    RECEIPT_REVERSED = "receipt_reversed"
    """The purchase was undone: the paper is worth nothing."""


@dataclass(frozen=True, slots=True)
class Checked:
    """A paper as anybody may see it: what stands on it anyway, never whose it is.

    The face is shown, because a copied code on a forged sheet is found out by it.
    """

    verdict: Verdict
    district: str = ""
    serial: str = ""
    number_end: str = ""
    """The last five signs of the voucher's number."""
    face_fen: int = 0
    issued_at: datetime | None = None
    expires_at: datetime | None = None
    void_at: datetime | None = None
    version: int = 0
    purchase_end: str = ""
    """The last five signs of a purchase's reference, where the paper is its receipt."""
    price_fen: int = 0


def check(session: Session, *, mark: str) -> Checked:
    """Return what the paper with this mark is; an unknown or mistyped one is UNKNOWN."""
    sheet = paper_queries.find_by_mark(session, mark)
    if sheet is not None:
        return _voucher(session, sheet)
    clear = clear_sheets.find_by_mark(session, mark)
    if clear is None:
        return _receipt(session, mark)
    holds = clear_sheets.still_holds(session, clear)
    return Checked(
        Verdict.SHEET_HOLDS if holds else Verdict.SHEET_VOID,
        district=session.get_one(District, clear.district_id).name,
        issued_at=clear.made_at,
        void_at=clear.superseded_at,
        version=clear.version,
    )


def _receipt(session: Session, mark: str) -> Checked:
    bought = receipts.find_by_mark(session, mark)
    if bought is None or bought.state not in {State.REDEEMED, State.REVERSED}:
        return Checked(Verdict.UNKNOWN)
    verdict = Verdict.RECEIPT_ADJUSTED if bought.adjusted_fen else Verdict.RECEIPT_HOLDS
    return Checked(
        Verdict.RECEIPT_REVERSED if bought.state == State.REVERSED else verdict,
        district=session.get_one(District, bought.district_id).name,
        issued_at=bought.ended_at,
        purchase_end=bought.ref[-5:],
        price_fen=bought.present_price_fen,
    )


def _voucher(session: Session, sheet: VoucherSheet) -> Checked:
    purse = purse_of(session, sheet.voucher)
    if purse is None:
        return Checked(Verdict.UNKNOWN)
    if purse.standing is Standing.MOVED:
        verdict = Verdict.MOVED
    elif sheet.spoiled_at is not None:
        replaced = paper_queries.find_replacing(session, sheet) is not None
        verdict = Verdict.REPLACED if replaced else Verdict.VOID
    elif purse.held_fen and not purse.is_stopped:
        verdict = Verdict.HELD
    else:
        verdict = {
            Standing.USABLE: Verdict.GENUINE,
            Standing.HELD: Verdict.HELD,
            Standing.SPENT: Verdict.SPENT,
            Standing.LAPSED: Verdict.LAPSED,
            Standing.ENDING: Verdict.ENDING,
            Standing.ENDED: Verdict.ENDED,
            Standing.MOVING: Verdict.MOVING,
            Standing.STOPPED: Verdict.STOPPED,
        }[purse.standing]
    return Checked(
        verdict,
        district=session.get_one(District, sheet.district_id).name,
        serial=sheet.serial,
        number_end=purse.ref[-5:],
        face_fen=purse.face_fen,
        issued_at=purse.issued_at,
        expires_at=purse.expires_at,
        void_at=sheet.spoiled_at,
    )
