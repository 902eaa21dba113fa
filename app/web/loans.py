"""Noting how far a loan is: the page and the post that household and officer share."""

from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from app.extensions import db
from app.payments.kinds import Kind, Stage
from app.redemptions import queries
from app.redemptions.errors import NotBuyer
from app.redemptions.models import Redemption
from app.redemptions.service import advance_loan
from app.redemptions.service.top_ups import loan_until
from app.redemptions.states import State
from app.web import formatting
from app.web import redemptions as words
from app.web.access import actor
from app.web.acting import do_or_ask_again
from app.web.forms.base import Form
from app.web.forms.payments import LoanPapersForm
from app.web.language import gettext as _
from app.web.top_ups import loan_step


def ask(ref: str, kind: str, stage: str, *, back: str) -> str:
    """Return the page that says what follows, and asks for bank and day once the papers are handed in."""
    return _page(ref, Kind(kind), Stage(stage), _form(stage), url_for(back, ref=ref))


def note(ref: str, kind: str, stage: str, *, back: str, on: str) -> ResponseReturnValue:
    """Note it, and lead on to ``on``; ``back`` is where the page came from."""
    form = _form(stage)
    _load(ref)

    def act() -> None:
        lender = form.lender if isinstance(form, LoanPapersForm) else None
        advance_loan(
            db.session(),
            actor=actor(),
            redemption_ref=ref,
            kind=Kind(kind),
            stage=Stage(stage),
            lender=lender,
        )

    return do_or_ask_again(
        form,
        act,
        again=lambda: _page(ref, Kind(kind), Stage(stage), form, url_for(back, ref=ref)),
        done=_("已经记下。请把这笔钱改成别的方式付。") if stage == Stage.REFUSED else _("已经记下。"),
        to=url_for(on, ref=ref),
    )


def _form(stage: str) -> Form:
    return LoanPapersForm() if stage == Stage.FILED else Form()


def _page(ref: str, kind: Kind, stage: Stage, form: Form, back: str) -> str:
    found = _load(ref)
    return render_template(
        "components/loan.html",
        redemption=found,
        title_=loan_step(kind, stage),
        notes=_follows(found, stage),
        form=form,
        back=back,
        words=words,
    )


def _follows(found: Redemption, stage: Stage) -> list[str]:
    """Return in sentences what follows from noting how far a loan is."""
    if stage is Stage.APPROVED:
        return [
            _("记下以后，等银行（公积金中心）把钱放到监管账户。放款以前不能核验。"),
            _("后来又没有放款的，可以再记“没有批准”；不能改回等审批。"),
        ]
    if stage is Stage.REFUSED:
        return [
            _("记下以后，这笔钱不再等银行（公积金中心）。这一步不能撤回。"),
            _("差的钱要改用别的方式付：请马上改一改钱从哪里来。差价没有付齐，不能核验。"),
            *([_("签合同的期限不变。")] if found.state == State.LOCKED else []),
        ]
    until = loan_until(db.session(), found)
    if until is not None:
        day = formatting.last_day(until)
        return [_("记下以后，按政策这套房锁定到 %(day)s24:00，只延这一次。", day=day)]
    return [_("锁定的期限不变，请在到期以前签合同。")] if found.state == State.LOCKED else []


def _load(ref: str) -> Redemption:
    """Return a purchase with its buyer's or an officer's eyes. Raises NotFound, NotBuyer."""
    who = actor()
    found = queries.get_redemption(db.session(), actor=who, ref=ref)
    if who.household_id is not None and found.household_id != who.household:
        raise NotBuyer
    return found
