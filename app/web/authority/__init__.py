"""Pages under /authority: households, vouchers, verification, and the district's own state."""

from flask import Blueprint

bp = Blueprint("authority", __name__, url_prefix="/authority")

from app.web.authority import (  # noqa: E402, F401  # views attach themselves to the blueprint
    agreements,
    batches,
    cash_bonuses,
    changes,
    check_batches,
    checking,
    claims,
    conflicts,
    counter,
    counters,
    desk,
    endings,
    extension_batches,
    extensions,
    helpers,
    households,
    imports,
    letters,
    lost_factors,
    online,
    paper,
    persons,
    pool,
    printed_lists,
    projects,
    redemptions,
    refunds,
    settlements,
    sheets,
    statements,
    status,
    supervised,
    top_ups,
    trial_balances,
    trials,
    vouchers,
)
