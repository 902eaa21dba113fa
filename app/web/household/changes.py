"""What changes of a household's purchase after its contract: giving the home back, answering the company."""

from flask import Response, render_template, url_for
from flask.typing import ResponseReturnValue

from app.core.actor import Role
from app.extensions import db
from app.redemptions import change_queries, queries
from app.redemptions.change_states import Kind
from app.redemptions.errors import NotBuyer
from app.redemptions.service import changes
from app.redemptions.service.wishes import Wish
from app.web import changes as words
from app.web import redemptions as purchase_words
from app.web.access import actor, roles
from app.web.acting import do_or_ask_again
from app.web.files import hand_out, takes_files
from app.web.forms.base import Form
from app.web.forms.changes import MOST_SENT, AnswerForm, UndoForm
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
    return _change_page(ref, change, AnswerForm())


@bp.post("/redemptions/<ref>/changes/<change>")
@roles(Role.HOUSEHOLD, when="the company asked, and nobody answered yet")
def change_post(ref: str, change: str) -> ResponseReturnValue:
    """Agree to what the company asks, or not."""
    form = AnswerForm()
    words.load(db.session(), actor(), ref=ref, change_ref=change)

    def answer() -> None:
        changes.answer(
            db.session(),
            actor=actor(),
            change_ref=change,
            agrees=form.decision.value == "agree",
            words=form.reason.value,
        )

    to = url_for("household.change", ref=ref, change=change)
    done = _("答复已经记下，由征收办决定。")
    return do_or_ask_again(form, answer, again=lambda: _change_page(ref, change, form), done=done, to=to)


@bp.post("/redemptions/<ref>/changes/<change>/withdraw")
@roles(Role.HOUSEHOLD, when="the household asked, and no officer prepared it")
def withdraw_change(ref: str, change: str) -> ResponseReturnValue:
    """Take the own wish back."""
    words.load(db.session(), actor(), ref=ref, change_ref=change)
    form, page = Form(), lambda: _change_page(ref, change, form)
    to = url_for("household.redemption", ref=ref)
    return do_or_ask_again(
        form,
        lambda: changes.withdraw(db.session(), actor=actor(), change_ref=change),
        again=page,
        done=_("已经撤回，购房照旧。"),
        to=to,
    )


@bp.get("/redemptions/<ref>/changes/<change>/papers/<paper>")
@roles(Role.HOUSEHOLD)
def change_paper(ref: str, change: str, paper: str) -> Response:
    """Hand out a paper of a change of the household's own purchase."""
    session = db.session()
    found, _redemption = words.load(session, actor(), ref=ref, change_ref=change)
    return hand_out(change_queries.get_paper(session, found, ref=paper), public=False, opens=True)


def _undo_page(ref: str, form: UndoForm) -> str:
    session, who = db.session(), actor()
    found = queries.get_redemption(session, actor=who, ref=ref)
    if found.household_id != who.household:
        raise NotBuyer
    return render_template(
        "household/undo.html",
        redemption=found,
        notes=words.consequences(session, found, Kind.WITHDRAW),
        form=form,
        words=purchase_words,
    )


def _change_page(ref: str, change: str, form: Form) -> str:
    session, who = db.session(), actor()
    found, redemption = words.load(session, who, ref=ref, change_ref=change)
    return render_template(
        "household/change.html",
        seen=words.seen(session, found, redemption, role=who.role),
        form=form if isinstance(form, AnswerForm) else AnswerForm(),
        errors=form.error_list,
        bare=Form(),
        words=purchase_words,
    )
