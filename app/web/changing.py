"""The page of a change after the contract, which household and developer share: see it, answer, withdraw."""

from flask import Response, render_template, url_for
from flask.typing import ResponseReturnValue

from app.extensions import db
from app.redemptions import change_queries
from app.redemptions.service import changes
from app.web import changes as words
from app.web import redemptions as purchase_words
from app.web.access import actor
from app.web.acting import do_or_ask_again
from app.web.files import hand_out
from app.web.forms.base import Form
from app.web.forms.changes import AnswerForm
from app.web.language import gettext as _


def show(side: str, ref: str, change: str, form: Form | None = None) -> str:
    """Return the page of a change below the addresses of one side; ``form`` is what was sent, if anything."""
    session, who = db.session(), actor()
    found, redemption = words.load(session, who, ref=ref, change_ref=change)
    return render_template(
        "components/change.html",
        side=side,
        seen=words.seen(session, found, redemption, role=who.role),
        form=form,
        answer=form if isinstance(form, AnswerForm) else AnswerForm(formdata=None),
        bare=Form(formdata=None),
        words=purchase_words,
    )


def take_answer(side: str, ref: str, change: str) -> ResponseReturnValue:
    """Note whether the side that was asked agrees."""
    form = AnswerForm()
    words.load(db.session(), actor(), ref=ref, change_ref=change)
    return do_or_ask_again(
        form,
        lambda: changes.answer(
            db.session(),
            actor=actor(),
            change_ref=change,
            agrees=form.decision.value == "agree",
            words=form.reason.value,
        ),
        again=lambda: show(side, ref, change, form),
        done=_("答复已经记下，由征收办决定。"),
        to=url_for(f"{side}.change", ref=ref, change=change),
    )


def take_back(side: str, ref: str, change: str) -> ResponseReturnValue:
    """Take the own wish back."""
    form = Form()
    words.load(db.session(), actor(), ref=ref, change_ref=change)
    return do_or_ask_again(
        form,
        lambda: changes.withdraw(db.session(), actor=actor(), change_ref=change),
        again=lambda: show(side, ref, change, form),
        done=_("已经撤回，购房照旧。"),
        to=url_for(f"{side}.redemption", ref=ref),
    )


def paper(ref: str, change: str, paper: str) -> Response:
    """Hand out a paper of a change of one of the own purchases."""
    session = db.session()
    found, _redemption = words.load(session, actor(), ref=ref, change_ref=change)
    return hand_out(change_queries.get_paper(session, found, ref=paper), public=False, opens=True)
