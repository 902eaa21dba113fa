"""The household's word that its home was not handed over as agreed (逾期交房)."""

from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from app.core.actor import Role
from app.core.errors import NotFound
from app.extensions import db
from app.redemptions import queries as redemptions
from app.redemptions.models import Redemption
from app.settlements import late as service
from app.settlements import late_queries as queries
from app.web import late as late_words
from app.web import redemptions as words
from app.web.access import actor, roles
from app.web.acting import do_or_ask_again
from app.web.forms.base import Form
from app.web.forms.settlements import ReportLateForm
from app.web.household import bp
from app.web.language import gettext as _
from app.web.messages import message_of


@bp.get("/redemptions/<ref>/late")
@roles(Role.HOUSEHOLD)
def late(ref: str) -> ResponseReturnValue:
    """Show what was reported of a purchase and how it goes on; else ask what is wrong."""
    return _page(_load(ref), ReportLateForm())


@bp.post("/redemptions/<ref>/late")
@roles(
    Role.HOUSEHOLD, when="written off, the agreed day has passed, no handover reported; also at the counter"
)
def late_post(ref: str) -> ResponseReturnValue:
    """Report a late handover to developer and authority."""
    form, found = ReportLateForm(), _load(ref)

    def report() -> None:
        told = service.Told(form.kind.value, form.reason.value)
        service.report(db.session(), actor=actor(), redemption_ref=ref, told=told)

    done = _("已告诉房企和征收办。房企答复以后您会收到消息。")
    to = url_for("household.late", ref=ref)
    return do_or_ask_again(form, report, again=lambda: _page(found, form), done=done, to=to)


@bp.post("/redemptions/<ref>/late/withdraw")
@roles(Role.HOUSEHOLD, when="reported and not over")
def withdraw_late(ref: str) -> ResponseReturnValue:
    """Take back what was reported of a late handover."""
    form, found = Form(), _load(ref)
    reported = queries.find_open(db.session(), found)
    if reported is None:
        raise NotFound("late_gone")
    late_ref = reported.ref

    def withdraw() -> None:
        service.withdraw(db.session(), actor=actor(), ref=late_ref)

    to = url_for("household.redemption", ref=ref)
    return do_or_ask_again(
        form, withdraw, again=lambda: _page(_load(ref), ReportLateForm()), done=_("已撤回。"), to=to
    )


def _load(ref: str) -> Redemption:
    """Return the household's own purchase. Raises NotFound for one that its voucher only helps to pay."""
    who = actor()
    found = redemptions.get_redemption(db.session(), actor=who, ref=ref)
    if found.household_id != who.household:
        raise NotFound("late_gone")
    return found


def _page(found: Redemption, form: ReportLateForm) -> str:
    session = db.session()
    refusal = service.why_not(session, found)
    return render_template(
        "household/late.html",
        redemption=found,
        found=next(iter(queries.list_of(session, found)), None),
        refusal=None if refusal is None else message_of(refusal),
        agreed_on=queries.agreed_on(found),
        form=form,
        bare=Form(),
        late_words=late_words,
        words=words,
    )
