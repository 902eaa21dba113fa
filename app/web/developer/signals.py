"""The company's own price signals: which home, what is wrong, what it answers, what became of it."""

from flask import Response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.cases import answers, queries, states
from app.cases.filters import SignalFilter
from app.cases.queries import SignalView
from app.core.actor import Role
from app.documents.rules import MOST_BYTES
from app.extensions import db
from app.web import area_signals, contract_signals, late_settlement
from app.web import signals as words
from app.web.access import SELLING, actor, may_open, roles
from app.web.acting import do_or_ask_again
from app.web.developer import bp
from app.web.files import hand_out, takes_files
from app.web.forms.signals import AnswerForm
from app.web.language import gettext as _
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
        area_words=area_signals,
        most_homes=area_signals.most_homes(request.args.get("homes")),
        present=words.present(session, view),
        late=late_settlement.lines(session, view),
        history=words.history_rows(view, words.history(session, view)),
        files=answers.files_of(session, [step.id for step in view.answers]),
        may_answer=may_open("developer.answer_signal") and (view.signal.state, "answer") in states.SIGNAL,
    )


@bp.get("/signals/<ref>/answer")
@roles(Role.DEVELOPER, duties=SELLING)
def answer_signal(ref: str) -> ResponseReturnValue:
    """Ask what the company answers."""
    view = queries.get_signal(db.session(), actor=actor(), ref=ref)
    states.after(view.signal.state, "answer")
    return _answer_page(view, AnswerForm())


@bp.post("/signals/<ref>/answer")
@roles(Role.DEVELOPER, duties=SELLING, when="undecided or a case")
@takes_files(most=AnswerForm.MOST_FILES * MOST_BYTES)
def answer_signal_post(ref: str) -> ResponseReturnValue:
    """Keep the answer and its files; the regulator is told."""
    session, form = db.session(), AnswerForm()
    view = queries.get_signal(session, actor=actor(), ref=ref)
    return do_or_ask_again(
        form,
        lambda: answers.answer(
            session, actor=actor(), signal_ref=ref, text=form.text.value, files=form.sent()
        ),
        again=lambda: _answer_page(view, form),
        done=_("答复已提交，监管部门马上收到消息。"),
        to=url_for("developer.signal", ref=ref),
    )


@bp.get("/signals/<ref>/files/<file>")
@roles(Role.DEVELOPER)
def signal_file(ref: str, file: str) -> Response:
    """Hand out a file that the company sent with an answer."""
    found = answers.get_file(db.session(), actor=actor(), signal_ref=ref, file_ref=file)
    return hand_out(found, public=False)


def _answer_page(view: SignalView, form: AnswerForm) -> str:
    late = late_settlement.lines(db.session(), view)
    return render_template("developer/answer-signal.html", view=view, words=words, form=form, late=late)
