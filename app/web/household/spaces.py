"""Parking spaces and store rooms, beside a home (房旁车位) or alone: what there is, and into the basket."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.core.actor import HelpLevel, Role
from app.core.errors import DomainError
from app.extensions import db
from app.homes.queries import get_public_development, get_public_home, list_spaces
from app.policies.tiers import SPACES
from app.redemptions import basket_queries, service
from app.web import redemptions as words
from app.web.access import actor, roles
from app.web.forms.base import Form
from app.web.household import bp
from app.web.language import gettext as _
from app.web.messages import message_of
from app.web.purses import buys_alone, most_alone, usable
from app.web.stock import STOCK_KINDS, storey_line


@bp.get("/homes/<ref>/spaces")
@roles(Role.HOUSEHOLD, helper=HelpLevel.LOOK)
def spaces(ref: str) -> ResponseReturnValue:
    """Show what may be bought beside a home: the free spaces of its development, each with its prices."""
    session, who = db.session(), actor()
    home = get_public_home(session, ref=ref)
    policies = [purse.policy for purse in usable([home.id]) if purse.policy.usable_on & SPACES]
    limits = {policy.spaces_a_home for policy in policies}
    most = max((limit for limit in limits if limit is not None), default=None)
    return render_template(
        "household/spaces.html",
        home=home,
        spaces=list_spaces(session, development_id=home.development_id),
        collected={row.home_id for row in basket_queries.list_basket(session, actor=who)},
        open=bool(policies),
        told=None if None in limits or most is None else _("一套房旁边最多买 %(most)d 个。", most=most),
        alone=buys_alone(),
        kinds=STOCK_KINDS,
        storey=storey_line,
        place=words.place,
        button=Form(),
    )


@bp.get("/developments/<ref>/spaces")
@roles(Role.HOUSEHOLD, helper=HelpLevel.LOOK)
def spaces_alone(ref: str) -> ResponseReturnValue:
    """Show what may be bought in a development without a home, each with its prices."""
    session = db.session()
    development = get_public_development(session, ref=ref)
    return render_template(
        "household/spaces-alone.html",
        development=development,
        spaces=list_spaces(session, development_id=development.id),
        collected={row.home_id for row in basket_queries.list_basket(session, actor=actor())},
        open=(is_open := buys_alone()),
        most=most_alone() if is_open else None,
        kinds=STOCK_KINDS,
        storey=storey_line,
        button=Form(),
    )


@bp.post("/homes/<ref>/spaces/<space>")
@roles(Role.HOUSEHOLD, helper=HelpLevel.PREPARE)
def add_space(ref: str, space: str) -> ResponseReturnValue:
    """Put a space into the basket, beside a home that lies there or is bought."""
    if Form().accept():
        try:
            service.add_home(db.session(), actor=actor(), home_ref=space, beside_ref=ref)
        except DomainError as error:
            flash(message_of(error))
        else:
            flash(_("已放进选房篮，和房一起算报价。"))
    return redirect(url_for("household.basket"), 303)
