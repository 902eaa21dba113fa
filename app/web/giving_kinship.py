"""Giving a proof of kinship: the page and the post that household and developer share."""

from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from app.extensions import db
from app.redemptions import contracts, kinship_queries, kinship_states, queries
from app.redemptions.errors import NotBuyer
from app.redemptions.kinship_states import Action
from app.redemptions.models import Redemption
from app.redemptions.service import kinship as service
from app.web import redemptions as words
from app.web.access import actor
from app.web.acting import do_or_ask_again
from app.web.forms.kinship import GiveKinshipForm
from app.web.language import gettext as _


def page(ref: str, place: str, form: GiveKinshipForm, *, side: str) -> str:
    """Return the page that asks for the paper of one buyer; ``side`` is the folder of whoever gives it."""
    session, found = db.session(), _load(ref)
    buyer = kinship_queries.get_buyer(found, _number(place))
    seen = contracts.seen(session, found.contract) if found.contract else None
    shown = next(one for one in seen.buyers if one.place == buyer.place) if seen else None
    latest = kinship_queries.latest_of(session, [buyer.id]).get(buyer.id)
    state = kinship_queries.state_of(latest)
    return render_template(
        "components/give-kinship.html",
        redemption=found,
        buyer=shown,
        refused=kinship_queries.list_refused(session, buyer, but=latest),
        may_give=found.state == "contracted" and kinship_states.may(actor().role, state, Action.GIVE),
        back=url_for(f"{side}.redemption", ref=ref),
        form=form,
        words=words,
    )


def give(ref: str, place: str, *, side: str) -> ResponseReturnValue:
    """Give it, and lead back to the purchase."""
    form = GiveKinshipForm()

    def act() -> None:
        service.give(db.session(), actor=actor(), redemption_ref=ref, place=_number(place), paper=form.paper)

    to = url_for(f"{side}.redemption", ref=ref)
    done = _("证明已交，征收办核对以后会有消息。")
    return do_or_ask_again(form, act, again=lambda: page(ref, place, form, side=side), done=done, to=to)


def _number(place: str) -> int:
    """Return the place as it stands in an address; 0, where nobody stands, for what is no number."""
    return int(place) if place.isdecimal() else 0


def _load(ref: str) -> Redemption:
    """Return a purchase that the actor sells or buys. Raises NotFound, NotBuyer for a voucher that helps."""
    who = actor()
    found = queries.get_redemption(db.session(), actor=who, ref=ref)
    if who.household_id is not None and found.household_id != who.household:
        raise NotBuyer
    return found
