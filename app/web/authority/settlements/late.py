"""Late handovers of the district: the list with ages, its file, one report, and the telephone."""

from collections.abc import Collection, Sequence

from flask import Response, render_template, url_for
from flask.typing import ResponseReturnValue

from app.core.actor import WATCHERS, Role
from app.extensions import db
from app.redemptions import queries as redemptions
from app.settlements import late as service
from app.settlements import late_queries as queries
from app.settlements.late_models import LateHandover
from app.settlements.late_states import OPEN
from app.web import late as late_words
from app.web import redemptions as words
from app.web.access import actor, roles
from app.web.acting import do_or_ask_again
from app.web.authority import bp
from app.web.export import xlsx_response
from app.web.forms.settlements import CloseLateForm, LateFilterForm, ReportLateForm
from app.web.language import gettext as _
from app.web.messages import message_of
from app.web.pages import paginate


@bp.get("/settlements/late/")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def late_handovers() -> ResponseReturnValue:
    """List the late handovers that are open, or in one state, of one age; the oldest first."""
    session, who, form = db.session(), actor(), _filter()
    rows, pages = None, None
    if form.accept():
        states, age = _wanted(form), form.age.value
        pages = paginate(queries.count_late(session, actor=who, states=states, age=age))
        rows = queries.list_late(
            session, actor=who, states=states, age=age, limit=pages.size, offset=pages.offset
        )
    page = render_template(
        "authority/late-handovers.html",
        form=form,
        rows=rows,
        pages=pages,
        ages=[
            (word, age, queries.count_late(session, actor=who, states=OPEN, age=age))
            for age, word in late_words.AGES.items()
        ],
        late_words=late_words,
        words=words,
    )
    return page, 422 if rows is None else 200


@bp.get("/settlements/late.xlsx")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def late_handovers_file() -> Response:
    """Give the list of late handovers as a workbook."""
    form = _filter()
    rows: Sequence[LateHandover] = []
    if form.accept():
        rows = queries.list_late(db.session(), actor=actor(), states=_wanted(form), age=form.age.value)
    return xlsx_response("late-handovers", late_words.FILE, late_words.file_rows(rows))


@bp.get("/settlements/late/<ref>")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def late_handover(ref: str) -> ResponseReturnValue:
    """Show one report of a late handover with its steps, and ask an officer why it may end."""
    return _page(ref, CloseLateForm())


@bp.post("/settlements/late/<ref>")
@roles(Role.OFFICER, when="not over")
def close_late(ref: str) -> ResponseReturnValue:
    """End a report of a late handover with a reason."""
    form = CloseLateForm()

    def close() -> None:
        service.close(db.session(), actor=actor(), ref=ref, reason=form.reason.value)

    to = url_for("authority.late_handovers")
    done = _("已了结。住户和房企会收到消息。")
    return do_or_ask_again(form, close, again=lambda: _page(ref, form), done=done, to=to)


@bp.get("/redemptions/<ref>/late")
@roles(Role.OFFICER)
def report_late(ref: str) -> ResponseReturnValue:
    """Ask what a household says on the telephone."""
    return _report_page(ref, ReportLateForm())


@bp.post("/redemptions/<ref>/late")
@roles(Role.OFFICER, when="written off, the agreed day has passed, no handover reported; told by telephone")
def report_late_post(ref: str) -> ResponseReturnValue:
    """Report a late handover for a household that telephoned."""
    form = ReportLateForm()

    def report() -> None:
        told = service.Told(form.kind.value, form.reason.value)
        service.report(db.session(), actor=actor(), redemption_ref=ref, told=told)

    done = _("已登记，房企会收到消息。")
    to = url_for("authority.redemption", ref=ref)
    return do_or_ask_again(form, report, again=lambda: _report_page(ref, form), done=done, to=to)


def _filter() -> LateFilterForm:
    form = LateFilterForm()
    form.state.choices, form.age.choices = late_words.state_choices(), late_words.age_choices()
    return form


def _wanted(form: LateFilterForm) -> Collection[str]:
    return [form.state.value] if form.state.value else OPEN


def _page(ref: str, form: CloseLateForm) -> str:
    found = queries.get_late(db.session(), actor=actor(), ref=ref)
    return render_template(
        "authority/late-handover.html", found=found, form=form, late_words=late_words, words=words
    )


def _report_page(ref: str, form: ReportLateForm) -> str:
    session = db.session()
    found = redemptions.get_redemption(session, actor=actor(), ref=ref)
    refusal = service.why_not(session, found)
    return render_template(
        "authority/report-late.html",
        redemption=found,
        agreed_on=queries.agreed_on(found),
        refusal=None if refusal is None else message_of(refusal),
        form=form,
        words=words,
    )
