"""Sources of money for developers, and what came in from them."""

from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from app.core.actor import WATCHERS, Role
from app.extensions import db
from app.ledger.queries import balance
from app.settlements import funds as service
from app.web import settlements as words
from app.web.access import actor, roles
from app.web.acting import do_or_ask_again
from app.web.authority import bp
from app.web.forms.settlements import DecideReceiptForm, FundForm, FundReceiptForm
from app.web.language import gettext as _


@bp.get("/settlements/funds/")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def funds() -> ResponseReturnValue:
    """List the sources with what they hold, and what waits for a checker."""
    session, who = db.session(), actor()
    return render_template(
        "authority/funds.html",
        sources=service.list_sources(session, actor=who),
        waiting=service.list_receipts(session, actor=who),
        words=words,
    )


@bp.get("/settlements/funds/new")
@roles(Role.OFFICER)
def new_fund() -> ResponseReturnValue:
    """Ask for a source's name and its paper."""
    return render_template("authority/new-fund.html", form=FundForm())


@bp.post("/settlements/funds/new")
@roles(Role.OFFICER, when="no other source has the name")
def new_fund_post() -> ResponseReturnValue:
    """Open a source that holds nothing yet."""
    form = FundForm()

    def open_source() -> None:
        service.open_source(
            db.session(), actor=actor(), name=form["name"].value, document=form.document.value
        )

    return do_or_ask_again(
        form,
        open_source,
        again=lambda: render_template("authority/new-fund.html", form=form),
        done=_("资金来源已经登记。钱到账以后，请在它的页面登记到账。"),
        to=url_for("authority.funds"),
    )


@bp.get("/settlements/funds/<ref>")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def fund(ref: str) -> ResponseReturnValue:
    """Show a source, what came in from it, and a form for what comes next."""
    return _page(ref, FundReceiptForm())


@bp.post("/settlements/funds/<ref>")
@roles(Role.OFFICER, when="a checker confirms it")
def enter_fund_receipt(ref: str) -> ResponseReturnValue:
    """Enter what came in."""
    form = FundReceiptForm()

    def enter() -> None:
        service.enter_receipt(
            db.session(),
            actor=actor(),
            source_ref=ref,
            amount_fen=form.amount.value,
            received_on=form.received_on.value,
            reference=form.reference.value,
        )

    to = url_for("authority.fund", ref=ref)
    done = _("已提交复核，复核通过以后才能用来付款。")
    return do_or_ask_again(form, enter, again=lambda: _page(ref, form), done=done, to=to)


@bp.get("/settlements/receipts/<ref>")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def fund_receipt(ref: str) -> ResponseReturnValue:
    """Show one sum that came in, and ask a checker about it."""
    return _receipt_page(ref, DecideReceiptForm())


@bp.post("/settlements/receipts/<ref>")
@roles(Role.CHECKER, when="not who entered it; the sum typed anew is the same")
def decide_fund_receipt(ref: str) -> ResponseReturnValue:
    """Let the source hold it, or refuse it."""
    form, session = DecideReceiptForm(), db.session()

    def decide() -> None:
        service.decide_receipt(
            session,
            actor=actor(),
            ref=ref,
            approve=form.agrees,
            amount_fen=form.amount.data,
            reason=form.reason.value,
        )

    done = _("到账已经确认，可以用来付款。") if form.agrees else _("已退回。")
    to = url_for("authority.funds")
    return do_or_ask_again(form, decide, again=lambda: _receipt_page(ref, form), done=done, to=to)


def _page(ref: str, form: FundReceiptForm) -> str:
    session, who = db.session(), actor()
    source = service.get_source(session, actor=who, ref=ref)
    return render_template(
        "authority/fund.html",
        source=source,
        balance=balance(session, source.account_id),
        receipts=service.list_receipts(session, actor=who, source_id=source.id),
        may_enter=who.role is Role.OFFICER,
        may_decide=who.role is Role.CHECKER,
        form=form,
        words=words,
    )


def _receipt_page(ref: str, form: DecideReceiptForm) -> str:
    session, who = db.session(), actor()
    found = service.get_receipt(session, actor=who, ref=ref)
    may = who.role is Role.CHECKER and found.state == "proposed" and found.entered_by_id != who.user_id
    return render_template(
        "authority/fund-receipt.html", receipt=found, form=form, may_decide=may, words=words
    )
