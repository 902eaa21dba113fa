"""The supervised accounts of the district's developments: entered by one person, confirmed by a second."""

from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from app.core.actor import WATCHERS, Role
from app.extensions import db
from app.payments import account_queries as queries
from app.payments import accounts
from app.web import supervised as words
from app.web.access import actor, roles
from app.web.acting import do_or_ask_again
from app.web.authority import bp
from app.web.authority.too_late import Decision, too_late
from app.web.forms.payments import AccountForm, DecideAccountForm
from app.web.language import gettext as _
from app.web.pages import paginate


@bp.get("/supervised/")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def supervised_accounts() -> ResponseReturnValue:
    """List the district's developments with their accounts, those that wait for a checker first."""
    session, who = db.session(), actor()
    pages = paginate(queries.count_places(session, actor=who))
    rows = queries.list_places(session, actor=who, limit=pages.size, offset=pages.offset)
    return render_template("authority/supervised-accounts.html", rows=rows, pages=pages, words=words)


@bp.get("/supervised/<ref>")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def supervised_account(ref: str) -> ResponseReturnValue:
    """Show a development's account, the one that waits, and those before."""
    session, who = db.session(), actor()
    found = queries.get_development(session, actor=who, ref=ref)
    proposed = queries.find_proposed(session, development_id=found.id)
    return render_template(
        "authority/supervised-account.html",
        development=found,
        current=queries.find_current(session, development_id=found.id),
        proposed=proposed,
        history=words.history(queries.list_history(session, development_id=found.id), names=True),
        may_enter=who.role is Role.OFFICER and proposed is None,
        may_decide=who.role is Role.CHECKER and proposed is not None,
        words=words,
    )


@bp.get("/supervised/<ref>/new")
@roles(Role.OFFICER)
def new_supervised_account(ref: str) -> ResponseReturnValue:
    """Ask for a new account."""
    return _enter_page(ref, AccountForm())


@bp.post("/supervised/<ref>/new")
@roles(Role.OFFICER, when="no other one waits; a checker confirms it")
def new_supervised_account_post(ref: str) -> ResponseReturnValue:
    """Put a new account before a checker."""
    form = AccountForm()
    return do_or_ask_again(
        form,
        lambda: accounts.propose(db.session(), actor=actor(), development_ref=ref, typed=form.typed),
        again=lambda: _enter_page(ref, form),
        done=_("已提交复核人复核。复核通过以前，购房人看到的还是原来的账户。"),
        to=url_for("authority.supervised_account", ref=ref),
    )


@bp.get("/supervised/<ref>/decide")
@roles(Role.CHECKER)
def decide_supervised_account(ref: str) -> ResponseReturnValue:
    """Put the account beside the agreement, to be typed again."""
    if made := _decision(ref):
        return too_late(_("复核监管账户"), made, url_for("authority.supervised_account", ref=ref))
    return _decide_page(ref, DecideAccountForm())


@bp.post("/supervised/<ref>/decide")
@roles(Role.CHECKER, when="not who entered it; the number typed anew is the same")
def decide_supervised_account_post(ref: str) -> ResponseReturnValue:
    """Let households pay into the account, or refuse it."""
    session, who, form = db.session(), actor(), DecideAccountForm()

    def decide() -> bool:
        approve = form.decision.value == "approve"
        about = {"development_ref": ref, "account_ref": form.account.value}
        if approve:
            accounts.confirm(session, actor=who, **about, number=form.number.value)
        else:
            accounts.refuse(session, actor=who, **about, reason=form.reason.value)
        return approve

    return do_or_ask_again(
        form,
        decide,
        again=lambda: _decide_page(ref, form),
        done=lambda approved: _("监管账户开始使用，购房人现在看到的就是它。") if approved else _("已退回。"),
        to=url_for("authority.supervised_account", ref=ref),
    )


def _enter_page(ref: str, form: AccountForm) -> str:
    found = queries.get_development(db.session(), actor=actor(), ref=ref)
    back = url_for("authority.supervised_account", ref=ref)
    return render_template("account/supervised.html", development=found, form=form, back=back)


def _decision(ref: str) -> Decision | None:
    """Return what was decided about the account entered last; None while it waits, or before any was."""
    session = db.session()
    found = queries.get_development(session, actor=actor(), ref=ref)
    entered = queries.list_history(session, development_id=found.id)
    if not entered or entered[0].account.decided_at is None:
        return None
    last = entered[0].account
    word = "rejected" if last.state == "refused" else "approved"
    return Decision(word, entered[0].decided_by, last.decided_at, last.reason)


def _decide_page(ref: str, form: DecideAccountForm) -> str:
    session = db.session()
    found = queries.get_development(session, actor=actor(), ref=ref)
    proposed = queries.find_proposed(session, development_id=found.id)
    form.account.data = proposed.ref if proposed else ""
    return render_template(
        "authority/decide-supervised.html",
        development=found,
        proposed=proposed,
        current=queries.find_current(session, development_id=found.id),
        form=form,
    )
