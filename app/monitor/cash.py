"""Which contracts say what a cash buyer pays: said once for rows in hand, and once for the database."""

from sqlalchemy import ColumnElement

from app.sales.models import CashSale


def why_left_out(sale: CashSale) -> str | None:
    """Return why a contract says nothing about what a cash buyer pays; None when it does."""
    reasons = {
        "voucher_paid": sale.by_voucher,
        "cancelled": sale.is_cancelled or sale.state == "cancelled",
        "bulk": sale.is_bulk,
        "staff": sale.is_staff,
        "not_standing": sale.state != "standing",
        "unregistered": sale.registered_at is None,
        "no_price": sale.price_fen is None,
    }
    return next((reason for reason, holds in reasons.items() if holds), None)


def counts_as_cash() -> ColumnElement[bool]:
    """Return the condition under which ``why_left_out`` finds no reason."""
    return (
        ~CashSale.by_voucher
        & ~CashSale.is_cancelled
        & ~CashSale.is_bulk
        & ~CashSale.is_staff
        & (CashSale.state == "standing")
        & CashSale.registered_at.is_not(None)
        & CashSale.price_fen.is_not(None)
    )
