"""A household reports the paper of its voucher lost (挂失)."""

from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from app.core.actor import Role
from app.extensions import db
from app.vouchers import stops as service
from app.vouchers.queries import get_purse
from app.web import stops as words
from app.web.access import actor, roles
from app.web.acting import do_or_ask_again
from app.web.forms.stops import ReportLossForm
from app.web.household import bp
from app.web.language import gettext as _


@bp.get("/vouchers/<ref>/lost")
@roles(Role.HOUSEHOLD)
def report_loss(ref: str) -> ResponseReturnValue:
    """Say what reporting a loss means, and ask how it came."""
    return _page(ref, ReportLossForm())


@bp.post("/vouchers/<ref>/lost")
@roles(Role.HOUSEHOLD, when="the voucher is issued, and not reported lost already")
def report_loss_post(ref: str) -> ResponseReturnValue:
    """Stop the voucher; its paper is void at once."""
    form = ReportLossForm()
    return do_or_ask_again(
        form,
        lambda: service.report_loss(db.session(), actor=actor(), voucher_ref=ref, reason=form.reason.value),
        again=lambda: _page(ref, form),
        done=_("已经挂失，原来的纸质房票作废。请带身份证到窗口补发。"),
        to=url_for("household.voucher", ref=ref),
    )


def _page(ref: str, form: ReportLossForm) -> str:
    purse = get_purse(db.session(), actor=actor(), ref=ref)
    return render_template("household/report-loss.html", purse=purse, form=form, words=words)
