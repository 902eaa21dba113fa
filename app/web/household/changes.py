"""What changes of a household's purchase after its contract: giving the home back, answering the company."""

from flask import Response, render_template, url_for
from flask.typing import ResponseReturnValue

from app.core.actor import Role
from app.extensions import db
from app.redemptions import beside, queries
from app.redemptions.change_states import Kind
from app.redemptions.errors import NotBuyer
from app.redemptions.service import changes
from app.redemptions.service.wishes import Wish
from app.redemptions.states import State
from app.web import changes as words
from app.web import changing
from app.web import redemptions as purchase_words
from app.web.access import actor, roles
from app.web.acting import do_or_ask_again
from app.web.files import takes_files
from app.web.forms.changes import MOST_SENT, UndoForm
from app.web.household import bp
from app.web.language import gettext as _


@bp.get("/redemptions/<ref>/undo")
@roles(Role.HOUSEHOLD)
def undo(ref: str) -> ResponseReturnValue:
    """Show what giving the home back means, and ask why."""
    return _undo_page(ref, UndoForm())


@bp.post("/redemptions/<ref>/undo")
@roles(Role.HOUSEHOLD, when="a contract is entered, nothing else is asked about it; two people decide")
@takes_files(most=MOST_SENT)
def undo_post(ref: str) -> ResponseReturnValue:
    """Ask to give the home back."""
    form = UndoForm()

    def ask() -> None:
        wish = Wish(Kind.WITHDRAW, form.reason.value, papers=form.sent)
        changes.ask(db.session(), actor=actor(), redemption_ref=ref, wish=wish)

    done = _("退房已经提出，房企和征收办会处理。")
    to = url_for("household.redemption", ref=ref)
    return do_or_ask_again(form, ask, again=lambda: _undo_page(ref, form), done=done, to=to)


@bp.get("/redemptions/<ref>/changes/<change>")
@roles(Role.HOUSEHOLD)
def change(ref: str, change: str) -> ResponseReturnValue:
    """Show a change: who asks, why, the sums before and after, and what the household may do."""
    return changing.show("household", ref, change)


@bp.post("/redemptions/<ref>/changes/<change>")
@roles(Role.HOUSEHOLD, when="the company asked, and nobody answered yet")
def change_post(ref: str, change: str) -> ResponseReturnValue:
    """Agree to what the company asks, or not."""
    return changing.take_answer("household", ref, change)


@bp.post("/redemptions/<ref>/changes/<change>/withdraw")
@roles(Role.HOUSEHOLD, when="the household asked, and no officer prepared it")
def withdraw_change(ref: str, change: str) -> ResponseReturnValue:
    """Take the own wish back."""
    return changing.take_back("household", ref, change)


@bp.get("/redemptions/<ref>/changes/<change>/papers/<paper>")
@roles(Role.HOUSEHOLD)
def change_paper(ref: str, change: str, paper: str) -> Response:
    """Hand out a paper of a change of the household's own purchase."""
    return changing.paper(ref, change, paper)


def _undo_page(ref: str, form: UndoForm) -> str:
    session, who = db.session(), actor()
    found = queries.get_redemption(session, actor=who, ref=ref)
    if found.household_id != who.household:
        raise NotBuyer
    spaces = [one for one in beside.list_spaces(session, found) if one.state == State.REDEEMED]
    every = [found, *spaces]
    paid = words.came_fen(session, Kind.WITHDRAW, every) or {}
    return render_template(
        "household/undo.html",
        redemption=found,
        spaces=spaces,
        comes_back=[
            (_("退回房票"), sum(map(purchase_words.spent_fen, every))),
            (_("退回您已经付的差价"), sum(paid.values())),
        ],
        paid=paid,
        notes=words.consequences(session, found, Kind.WITHDRAW),
        form=form,
        words=purchase_words,
    )
