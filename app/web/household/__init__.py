"""Pages under /household: what the voucher is worth, choosing a home, and where a purchase stands."""

from flask import Blueprint

bp = Blueprint("household", __name__, url_prefix="/household")

from app.web.household import (  # noqa: E402, F401  # views attach themselves to bp
    basket,
    buying,
    changes,
    clear_sheet,
    consents,
    endings,
    favourites,
    handovers,
    helpers,
    joining,
    kinship,
    late,
    moves,
    online,
    paying,
    plans,
    redemptions,
    searches,
    spaces,
    stops,
    wallet,
)
