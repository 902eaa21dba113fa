"""Pages under /developer."""

from flask import Blueprint

bp = Blueprint("developer", __name__, url_prefix="/developer")

from app.web.developer import (  # noqa: E402, F401  # views attach themselves to the blueprint
    changes,
    contracts,
    desk,
    developments,
    editing,
    homes,
    import_files,
    imports,
    kinship,
    late,
    listing,
    milestones,
    pictures,
    plans,
    pool,
    promotions,
    redemptions,
    repricing,
    sales,
    settlements,
    signals,
    spaces,
    supervised,
)
