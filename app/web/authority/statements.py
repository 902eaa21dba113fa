"""Bank statements: what was imported, and a second person who holds each against the bank's own."""

from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from app.core.actor import WATCHERS, Role
from app.extensions import db
from app.payments import statement_queries as queries
from app.payments import statements as service
from app.web import top_ups as words
from app.web.access import actor, roles
from app.web.acting import do_or_ask_again
from app.web.authority import bp
from app.web.forms.payments import DecideStatementForm
from app.web.language import gettext as _
from app.web.pages import paginate


@bp.get("/top-ups/statements/")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def statements() -> ResponseReturnValue:
    """List the statements that were imported, the newest first."""
    session, who = db.session(), actor()
    pages = paginate(queries.count_statements(session, actor=who))
    rows = queries.list_statements(session, actor=who, limit=pages.size, offset=pages.offset)
    names = queries.names_of(session, rows)
    return render_template("authority/statements.html", rows=rows, pages=pages, names=names, words=words)


@bp.get("/top-ups/statements/<ref>")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def statement(ref: str) -> ResponseReturnValue:
    """Show a statement; to the checker who decides on it nothing of what it sums up to."""
    return _page(ref, DecideStatementForm())


@bp.post("/top-ups/statements/<ref>")
@roles(Role.CHECKER, when="not who imported it; number and total off the bank's own are the same")
def decide_statement(ref: str) -> ResponseReturnValue:
    """Let the lines of a statement count, or reject it."""
    session, who, form = db.session(), actor(), DecideStatementForm()

    def decide() -> str:
        if form.decision.value == "approve":
            service.confirm(session, actor=who, ref=ref, count=form.count.data, total_fen=form.total.data)
            return _("和银行的一致，现在可以对账了。")
        service.reject(session, actor=who, ref=ref, reason=form.reason.value)
        return _("已退回，这份流水的到账都不算。")

    return do_or_ask_again(
        form,
        decide,
        again=lambda: _page(ref, form),
        done=str,
        to=url_for("authority.statement", ref=ref),
    )


def _page(ref: str, form: DecideStatementForm) -> str:
    session, who = db.session(), actor()
    found = queries.get_statement(session, actor=who, ref=ref)
    decides = who.role is Role.CHECKER and found.state == "waiting"
    pages = paginate(queries.count_lines(session, statement=found))
    lines = queries.list_lines(session, statement=found, limit=pages.size, offset=pages.offset)
    return render_template(
        "authority/statement.html",
        statement=found,
        accounts=queries.accounts_of(session, statement=found),
        names=queries.names_of(session, [found]),
        lines=[] if decides else lines,
        pages=pages,
        decides=decides,
        form=form,
        words=words,
    )
