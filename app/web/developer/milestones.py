"""Reporting what happened to a home that vouchers bought, or to its building."""

from typing import Final

from flask import Response, render_template, url_for
from flask.typing import ResponseReturnValue

from app.core.actor import Role
from app.extensions import db
from app.policies.settling import PROGRESS, REGISTERED
from app.redemptions import queries as redemptions
from app.settlements import milestone_queries as queries
from app.settlements import milestones
from app.settlements.milestones import CERTIFICATE, Reported
from app.web import redemptions as purchase_words
from app.web import settlements as words
from app.web.access import SELLING, actor, roles
from app.web.acting import do_or_ask_again
from app.web.developer import bp
from app.web.files import hand_out, takes_files
from app.web.forms.settlements import (
    MOST_SENT,
    CertificateForm,
    HandoverForm,
    ProgressForm,
    RegistrationForm,
)
from app.web.language import gettext as _

_OF_A_KIND: Final = f"/redemptions/<ref>/<any({', '.join(words.MILESTONES)}):kind>"


@bp.get(_OF_A_KIND)
@roles(Role.DEVELOPER, duties=SELLING)
def report_milestone(ref: str, kind: str) -> ResponseReturnValue:
    """Ask for the day and the paper."""
    return _page(ref, kind, _form(kind))


@bp.post(_OF_A_KIND)
@roles(Role.DEVELOPER, duties=SELLING, when="written off; no other report of the kind stands")
@takes_files(most=MOST_SENT)
def report_milestone_post(ref: str, kind: str) -> ResponseReturnValue:
    """Put it before the household, or before an officer."""
    form = _form(kind)

    def report() -> None:
        number = form.number.value if isinstance(form, CertificateForm) else ""
        told = Reported(kind, form.happened_on.value, form.paper, number)
        milestones.report(db.session(), actor=actor(), redemption_ref=ref, told=told)

    by_officer = kind in milestones.BY_OFFICERS
    done = _("已报告，等征收办核对。") if by_officer else _("已报告，等住户确认。住户会收到消息。")
    to = url_for("developer.redemption", ref=ref)
    return do_or_ask_again(form, report, again=lambda: _page(ref, kind, form), done=done, to=to)


@bp.get("/milestones/<ref>/files/<paper>")
@roles(Role.DEVELOPER)
def milestone_paper(ref: str, paper: str) -> Response:
    """Hand out a paper that the company sent."""
    found = queries.get_paper(db.session(), actor=actor(), ref=ref, paper=paper)
    return hand_out(found, public=False, opens=True)


def _form(kind: str) -> HandoverForm:
    if kind == REGISTERED:
        return RegistrationForm()
    if kind in PROGRESS:
        return ProgressForm()
    return CertificateForm() if kind == CERTIFICATE else HandoverForm()


def _page(ref: str, kind: str, form: HandoverForm) -> str:
    found = redemptions.get_redemption(db.session(), actor=actor(), ref=ref)
    return render_template(
        "developer/report-milestone.html",
        redemption=found,
        kind=kind,
        form=form,
        words=words,
        purchase_words=purchase_words,
    )
