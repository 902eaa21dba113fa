"""Pages under /regulator."""

from flask import Blueprint

bp = Blueprint("regulator", __name__, url_prefix="/regulator")

from app.web.regulator import (  # noqa: E402, F401  # views attach themselves to the blueprint
    addresses,
    courses,
    filings,
    import_files,
    imports,
    late,
    monitor,
    sales,
    sales_files,
    signals,
    together,
    triage,
)
