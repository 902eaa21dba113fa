"""What a household has: all vouchers, and each one."""

from flask import render_template
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from app.core import clock
from app.core.actor import Actor, HelpLevel, Role
from app.documents import pdf
from app.extensions import db
from app.redemptions.models import Redemption
from app.redemptions.past import cover_together, covers
from app.redemptions.queries import list_redemptions
from app.redemptions.states import ACTIVE
from app.settlements.glance import Glance, look
from app.settlements.milestone_queries import list_waiting
from app.settlements.milestones import HANDOVER
from app.vouchers import queries
from app.vouchers.move_queries import list_of_household as list_moves
from app.vouchers.rules import Standing
from app.web import changes as change_words
from app.web import endings as ending_words
from app.web import moves as move_words
from app.web import redemptions as redemption_words
from app.web import stops as stop_words
from app.web import vouchers as words
from app.web.access import actor, roles
from app.web.export import pdf_response
from app.web.forms.household import BudgetForm
from app.web.household import bp, statement
from app.web.language import gettext as _


@bp.get("/")
@roles(Role.HOUSEHOLD, helper=HelpLevel.LOOK)
def wallet() -> ResponseReturnValue:
    """Show what the household has, what it can buy today, until when, and what is under way."""
    session, who, form, now = db.session(), actor(), BudgetForm(), clock.now()
    glance = look(session, actor=who, moment=now)
    purses = queries.wallet(session, household_id=who.household)
    usable = [purse for purse in purses if purse.standing is Standing.USABLE]
    covered = covers(session, usable)
    own_fen = (form.own.data or 0) if form.accept() else 0
    return render_template(
        "household/wallet.html",
        form=form,
        own_fen=own_fen,
        purses=purses,
        available_fen=sum(purse.available_fen for purse in usable),
        covered_fen=cover_together(session, usable),
        covers=covered,
        asked_by_kin=glance.asked_by_kin,
        moves=list_moves(session, household_id=who.household) if glance.has_moves else [],
        to_answer=_to_answer(session, who, glance),
        move_words=move_words,
        waiting=glance.submitted,
        own=who.household,
        buying=list_redemptions(session, actor=who, states=ACTIVE) if glance.is_buying else [],
        words=words,
        ending_words=ending_words,
        stop_words=stop_words,
        redemption_words=redemption_words,
        now=now,
    )


def _to_answer(session: Session, who: Actor, glance: Glance) -> list[tuple[str, Redemption]]:
    """Return what of a purchase waits for the household's word, and which purchase."""
    handovers = list_waiting(session, actor=who, kinds=[HANDOVER]) if glance.has_handovers else []
    changes = change_words.waiting_for(session, who) if glance.has_changes else []
    return [
        *((_("确认交房"), one.redemption) for one in handovers),
        *((str(change_words.KINDS[one.kind]), one.redemption) for one in changes),
    ]


@bp.get("/vouchers/<ref>")
@roles(Role.HOUSEHOLD, helper=HelpLevel.LOOK)
def voucher(ref: str) -> ResponseReturnValue:
    """Show one voucher: what its face is made of, its money, its term and bonus, and every movement."""
    found = statement.of(db.session(), actor=actor(), ref=ref)
    return render_template(
        "household/voucher.html",
        one=found,
        purse=found.purse,
        words=words,
        ending_words=ending_words,
        stop_words=stop_words,
        heirs_bring=stop_words.evidence_of("inherit"),
    )


@bp.get("/vouchers/<ref>/statement.pdf")
@roles(Role.HOUSEHOLD, helper=HelpLevel.LOOK)
def voucher_paper(ref: str) -> ResponseReturnValue:
    """Give a voucher's statement as a paper in large type."""
    found = statement.of(db.session(), actor=actor(), ref=ref)
    return pdf_response(found.purse.ref, pdf.render("wallet", statement.paper(found)))
