"""What a household sees of the homes that it holds or bought itself."""

from collections.abc import Iterable
from dataclasses import dataclass

from flask import url_for
from sqlalchemy.orm import Session

from app.core import clock
from app.core.actor import Role
from app.redemptions.queries import is_over, own_purchases
from app.redemptions.states import State
from app.web.access import find_actor
from app.web.language import gettext as _


@dataclass(frozen=True)
class OwnHome:
    """A home of one's own purchase: the word and the tone of its tag, a sentence, the purchase's address."""

    tag: tuple[str, str]
    text: str
    href: str


def own_homes(session: Session, home_ids: Iterable[int]) -> dict[int, OwnHome]:
    """Return, of these homes, those that whoever is signed in holds or bought; {} for all but households."""
    who = find_actor()
    if who is None or who.role is not Role.HOUSEHOLD:
        return {}
    found, now = {}, clock.now()
    for one in own_purchases(session, actor=who, home_ids=home_ids):
        if is_over(one, now):
            continue
        bought = one.state == State.REDEEMED
        found[one.home_id] = OwnHome(
            tag=(_("您买下的"), "good") if bought else (_("您锁定的"), "wait"),
            text=_("这套房是您用房票买下的。") if bought else _("这套房是您锁定的，给您留着。"),
            href=url_for("household.redemption", ref=one.ref),
        )
    return found
