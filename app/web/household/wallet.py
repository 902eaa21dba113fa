"""What a household has: all vouchers, and each one."""

from flask import render_template
from flask.typing import ResponseReturnValue

from app.core import clock
from app.core.actor import Role
from app.extensions import db
from app.redemptions.past import covers
from app.redemptions.queries import count_redemptions, list_redemptions
from app.redemptions.states import ACTIVE
from app.vouchers import queries
from app.vouchers.rules import Standing
from app.web import redemptions as redemption_words
from app.web import vouchers as words
from app.web.access import actor, roles
from app.web.household import bp


@bp.get("/")
@roles(Role.HOUSEHOLD)
def wallet() -> ResponseReturnValue:
    """Show what the household has, what it covers today, until when, and what is under way."""
    session, who = db.session(), actor()
    purses = queries.wallet(session, household_id=who.household)
    usable = [purse for purse in purses if purse.standing is Standing.USABLE]
    covered = covers(session, usable)
    return render_template(
        "household/wallet.html",
        purses=purses,
        available_fen=sum(purse.available_fen for purse in usable),
        covered_fen=sum(covered.values()),
        covers=covered,
        waiting=queries.count_waiting(session, household_id=who.household),
        buying=list_redemptions(session, actor=who, states=ACTIVE),
        words=words,
        redemption_words=redemption_words,
        now=clock.now(),
    )


@bp.get("/vouchers/<ref>")
@roles(Role.HOUSEHOLD)
def voucher(ref: str) -> ResponseReturnValue:
    """Show one voucher: its money, its term, its bonus tiers, and everything that moved it."""
    session, who = db.session(), actor()
    purse = queries.get_purse(session, actor=who, ref=ref)
    paid = list_redemptions(
        session,
        actor=who,
        voucher_id=purse.id,
        limit=count_redemptions(session, actor=who, voucher_id=purse.id),
    )
    return render_template(
        "household/voucher.html",
        purse=purse,
        cover_fen=covers(session, [purse])[purse.ref],
        tiers=words.tier_rows(purse.policy.bonus.base, purse.policy.tiers_of(purse.starts_on), purse.tier),
        moves=words.movement_rows(queries.movements_of(session, purse), paid),
        words=words,
    )
