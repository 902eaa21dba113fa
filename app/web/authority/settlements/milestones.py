"""What was reported of homes and buildings, and the word on all but a handover."""

from flask import Response, render_template, url_for
from flask.typing import ResponseReturnValue

from app.core.actor import WATCHERS, Role
from app.extensions import db
from app.redemptions import queries as redemptions
from app.settlements import milestone_queries as queries
from app.settlements import milestones as service
from app.web import redemptions as purchase_words
from app.web import settlements as words
from app.web.access import actor, roles
from app.web.acting import do_or_ask_again
from app.web.authority import bp
from app.web.files import hand_out, takes_files
from app.web.forms.settlements import MOST_SENT, AnswerCertificateForm, CertificateForm
from app.web.language import gettext as _
from app.web.pages import paginate


@bp.get("/settlements/milestones/")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def milestones() -> ResponseReturnValue:
    """List what waits for an officer, and how many handovers wait for households."""
    session, who = db.session(), actor()
    pages = paginate(queries.count_waiting(session, actor=who, kinds=service.BY_OFFICERS))
    rows = queries.list_waiting(
        session, actor=who, kinds=service.BY_OFFICERS, limit=pages.size, offset=pages.offset
    )
    return render_template(
        "authority/milestones.html",
        rows=rows,
        pages=pages,
        handovers=queries.count_waiting(session, actor=who, kinds=[service.HANDOVER]),
        words=words,
        purchase_words=purchase_words,
    )


@bp.get("/settlements/milestones/<ref>")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def milestone(ref: str) -> ResponseReturnValue:
    """Show one report with its papers, and ask an officer about all but a handover."""
    return _page(ref, AnswerCertificateForm())


@bp.post("/settlements/milestones/<ref>")
@roles(
    Role.OFFICER,
    Role.CHECKER,
    when="no handover, not answered, reported by others; a checker only of a certificate",
)
def milestone_post(ref: str) -> ResponseReturnValue:
    """Note that it is as the register or the site has it, or send it back."""
    form, session = AnswerCertificateForm(), db.session()
    agrees = form.decision.data == "confirm"
    brought = queries.is_brought(session, queries.get_milestone(session, actor=actor(), ref=ref))

    def answer() -> None:
        if agrees:
            service.confirm(session, actor=actor(), ref=ref)
        else:
            service.object_to(session, actor=actor(), ref=ref, reason=form.reason.value)

    sent_back = _("已退回，住户会收到消息。") if brought else _("已退回，房企会收到消息。")
    done = _("已核对，房企会收到消息。") if agrees else sent_back
    to = url_for("authority.milestones")
    return do_or_ask_again(form, answer, again=lambda: _page(ref, form), done=done, to=to)


@bp.get("/settlements/milestones/<ref>/files/<paper>")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def milestone_paper(ref: str, paper: str) -> Response:
    """Hand out a paper that the developer sent."""
    found = queries.get_paper(db.session(), actor=actor(), ref=ref, paper=paper)
    return hand_out(found, public=False, opens=True)


@bp.get("/redemptions/<ref>/certificate")
@roles(Role.OFFICER)
def report_certificate(ref: str) -> ResponseReturnValue:
    """Ask for the certificate that a household brought to the counter."""
    return _brought(ref, CertificateForm())


@bp.post("/redemptions/<ref>/certificate")
@roles(Role.OFFICER, when="written off; no other report of the certificate stands")
@takes_files(most=MOST_SENT)
def report_certificate_post(ref: str) -> ResponseReturnValue:
    """Put it before another person, who looks it up in the register."""
    form = CertificateForm()

    def report() -> None:
        told = service.Reported(service.CERTIFICATE, form.happened_on.value, form.paper, form.number.value)
        service.report(db.session(), actor=actor(), redemption_ref=ref, told=told)

    done, to = _("已登记，等另一个人核对。"), url_for("authority.redemption", ref=ref)
    return do_or_ask_again(form, report, again=lambda: _brought(ref, form), done=done, to=to)


def _brought(ref: str, form: CertificateForm) -> str:
    return render_template(
        "authority/report-certificate.html",
        redemption=redemptions.get_redemption(db.session(), actor=actor(), ref=ref),
        form=form,
        purchase_words=purchase_words,
    )


def _page(ref: str, form: AnswerCertificateForm) -> str:
    session, who = db.session(), actor()
    found = queries.get_milestone(session, actor=who, ref=ref)
    waits = found.state == "reported" and found.kind in service.BY_OFFICERS
    return render_template(
        "authority/milestone.html",
        milestone=found,
        brought=queries.is_brought(session, found),
        redemption=redemptions.get_redemption(session, actor=who, ref=found.redemption.ref),
        papers=queries.papers_of(session, found),
        may_answer=waits and who.role in service.ANSWERS[found.kind] and found.reported_by_id != who.user_id,
        form=form,
        words=words,
        purchase_words=purchase_words,
    )
