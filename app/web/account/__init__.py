"""Pages under /account: signing in, one's own password, second factor and devices, people one manages."""

from flask import Blueprint

bp = Blueprint("account", __name__, url_prefix="/account")

# Views attach themselves to the blueprint.
from app.web.account import (  # noqa: E402
    by_phone,  # noqa: F401
    claim,  # noqa: F401
    codes,  # noqa: F401
    forgot,  # noqa: F401
    home,  # noqa: F401
    notices,  # noqa: F401
    own_mail,  # noqa: F401
    own_phone,  # noqa: F401
    password,  # noqa: F401
    people,  # noqa: F401
    removal,  # noqa: F401
    second_factor,  # noqa: F401
    sign_in,  # noqa: F401
    sign_ins,  # noqa: F401
    tokens,  # noqa: F401
)
