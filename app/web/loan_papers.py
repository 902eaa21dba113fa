"""Noting that the papers of a loan were handed in: the page and the post that household and officer share."""

from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from app.extensions import db
from app.payments.kinds import Kind, Stage
from app.redemptions import queries
from app.redemptions.errors import NotBuyer
from app.redemptions.models import Redemption
from app.redemptions.service import advance_loan
from app.redemptions.service.top_ups import loan_until
from app.web import redemptions as words
from app.web.access import actor
from app.web.acting import do_or_ask_again
from app.web.forms.payments import LoanPapersForm
from app.web.kin import MONEY
from app.web.language import gettext as _


def page(ref: str, kind: str, form: LoanPapersForm, *, back: str) -> str:
    """Return the page that asks for bank and day, and says until when the home would stay locked."""
    found = _load(ref)
    return render_template(
        "components/loan-papers.html",
        redemption=found,
        money=MONEY[kind],
        until=loan_until(db.session(), found),
        form=form,
        back=url_for(back, ref=ref),
        words=words,
    )


def file(ref: str, kind: str, *, back: str) -> ResponseReturnValue:
    """Note it, and lead back to ``back``."""
    form = LoanPapersForm()

    def act() -> None:
        advance_loan(
            db.session(),
            actor=actor(),
            redemption_ref=ref,
            kind=Kind(kind),
            stage=Stage.FILED,
            lender=form.lender,
        )

    to = url_for(back, ref=ref)
    return do_or_ask_again(
        form, act, again=lambda: page(ref, kind, form, back=back), done=_("已经记下。"), to=to
    )


def _load(ref: str) -> Redemption:
    """Return a purchase with its buyer's or an officer's eyes. Raises NotFound, NotBuyer."""
    who = actor()
    found = queries.get_redemption(db.session(), actor=who, ref=ref)
    if who.household_id is not None and found.household_id != who.household:
        raise NotBuyer
    return found
