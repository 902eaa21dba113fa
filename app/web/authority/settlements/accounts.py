"""Developers' own bank accounts, each confirmed by a checker who types its number anew."""

from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from app.core.actor import WATCHERS, Role
from app.extensions import db
from app.identity.queries import names_of
from app.settlements import accounts as service
from app.web import settlements as words
from app.web.access import actor, roles
from app.web.acting import do_or_ask_again
from app.web.authority import bp
from app.web.forms.settlements import DecideDeveloperAccountForm
from app.web.language import gettext as _
from app.web.pages import paginate


@bp.get("/settlements/accounts/")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def developer_accounts() -> ResponseReturnValue:
    """List the accounts, those that wait first."""
    session, who = db.session(), actor()
    pages = paginate(service.count_all(session, district_id=who.district))
    rows = service.list_all(session, district_id=who.district, limit=pages.size, offset=pages.offset)
    return render_template("authority/developer-accounts.html", rows=rows, pages=pages, words=words)


@bp.get("/settlements/accounts/<ref>")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def developer_account(ref: str) -> ResponseReturnValue:
    """Show an account; to a checker without its number while it waits, which is to be typed anew."""
    return _page(ref, DecideDeveloperAccountForm())


@bp.post("/settlements/accounts/<ref>")
@roles(Role.CHECKER, when="not who entered it; the number typed anew is the same")
def decide_developer_account(ref: str) -> ResponseReturnValue:
    """Let the developer be paid to it, or refuse it."""
    form, session = DecideDeveloperAccountForm(), db.session()

    def decide() -> None:
        service.decide(
            session,
            actor=actor(),
            ref=ref,
            approve=form.agrees,
            number=form.number.value,
            reason=form.reason.value,
        )

    done = _("账户开始使用，以后的批次付到这个账户。") if form.agrees else _("已退回。")
    to = url_for("authority.developer_accounts")
    return do_or_ask_again(form, decide, again=lambda: _page(ref, form), done=done, to=to)


def _page(ref: str, form: DecideDeveloperAccountForm) -> str:
    session, who = db.session(), actor()
    found = service.get(session, actor=who, ref=ref)
    return render_template(
        "authority/developer-account.html",
        account=found,
        names=names_of(session, (found.entered_by_id, found.decided_by_id)),
        may_decide=who.role is Role.CHECKER and found.state == "proposed",
        form=form,
        words=words,
    )
