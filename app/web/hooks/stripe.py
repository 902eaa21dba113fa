"""Stripe's events: signed, taken in once, and looked at by a job; what is none of ours is let go."""

from flask import request
from flask.typing import ResponseReturnValue

from app.core.errors import DomainError, NotFound
from app.extensions import csrf, db
from app.gateways import stripe
from app.payments import cards
from app.web.access import public
from app.web.hooks import bp


@bp.post("/stripe")
@csrf.exempt  # type: ignore[untyped-decorator]  # Flask-WTF is untyped
@public
def stripe_event() -> ResponseReturnValue:
    """Take in an event of Stripe's; only its signature says whose it is, and nothing it says is believed."""
    gateway = stripe.current()
    if gateway is None:
        raise NotFound("not_found")
    try:
        event = gateway.read_event(request.get_data(), request.headers.get("Stripe-Signature", ""))
    except stripe.Forged as error:
        raise DomainError("hook_unsigned") from error
    cards.note_event(db.session(), event)
    return "", 204
