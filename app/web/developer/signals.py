"""The company's own price signals: which home, what is wrong, what became of it."""

from flask import render_template
from flask.typing import ResponseReturnValue

from app.cases import queries
from app.cases.filters import SignalFilter
from app.core.actor import Role
from app.extensions import db
from app.web import contract_signals
from app.web import signals as words
from app.web.access import actor, roles
from app.web.developer import bp
from app.web.pages import paginate


@bp.get("/signals/")
@roles(Role.DEVELOPER)
def signals() -> ResponseReturnValue:
    """List the company's signals, undecided ones first."""
    session, who = db.session(), actor()
    pages = paginate(queries.count_signals(session, actor=who, wanted=SignalFilter()))
    views = queries.list_signals(
        session, actor=who, wanted=SignalFilter(), limit=pages.size, offset=pages.offset
    )
    return render_template("developer/signals.html", views=views, pages=pages, words=words)


@bp.get("/signals/<ref>")
@roles(Role.DEVELOPER)
def signal(ref: str) -> ResponseReturnValue:
    """Show one of them, without what the regulator keeps to itself."""
    session, who = db.session(), actor()
    view = queries.get_signal(session, actor=who, ref=ref)
    return render_template(
        "developer/signal.html",
        view=view,
        words=words,
        contract_words=contract_signals,
        present=words.present(session, view),
        history=words.history_rows(view, words.history(session, view)),
    )
