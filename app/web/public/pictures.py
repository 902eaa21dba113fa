"""Pictures of homes and developments that are or were listed."""

from flask import Response

from app.documents.queries import get_document
from app.documents.rules import Access
from app.extensions import db
from app.homes.models import Development, Home
from app.homes.queries import get_public_development, get_public_home, owner_of
from app.web.access import public
from app.web.files import hand_out
from app.web.public import bp


@bp.get("/pictures/<ref>/<picture>")
@public
def picture(ref: str, picture: str) -> Response:
    """Hand out a picture of the home or development that ``ref`` names."""
    session = db.session()
    thing: Home | Development
    if ref.startswith("DV"):
        thing = get_public_development(session, ref=ref)
    else:
        thing = get_public_home(session, ref=ref)
    found = get_document(session, owner_of(thing), ref=picture, access=Access.PUBLIC)
    return hand_out(found, public=True)
