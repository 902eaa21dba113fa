"""Giving a proof that a buyer on the contract is kin of the voucher's holder."""

from flask.typing import ResponseReturnValue

from app.core.actor import Role
from app.documents.rules import MOST_BYTES
from app.web import giving_kinship
from app.web.access import SELLING, roles
from app.web.developer import bp
from app.web.files import takes_files
from app.web.forms.kinship import GiveKinshipForm


@bp.get("/redemptions/<ref>/kinship/<place>")
@roles(Role.DEVELOPER, duties=SELLING)
def kinship(ref: str, place: str) -> ResponseReturnValue:
    """Ask for the proof of kinship of one buyer."""
    return giving_kinship.page(ref, place, GiveKinshipForm(), side="developer")


@bp.post("/redemptions/<ref>/kinship/<place>")
@roles(Role.DEVELOPER, duties=SELLING, when="a contract is entered and not verified; no proof accepted")
@takes_files(most=MOST_BYTES)
def kinship_post(ref: str, place: str) -> ResponseReturnValue:
    """Give the proof of kinship of one buyer; an officer looks at it."""
    return giving_kinship.give(ref, place, side="developer")
