"""Runs of the price monitor: how the last one went, ordering and cancelling one, what each found."""

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.core.actor import WATCHERS, Role
from app.core.errors import DomainError
from app.extensions import db
from app.monitor import queries, runs
from app.monitor.models import MonitorRun
from app.web import monitor_runs
from app.web.access import actor, roles
from app.web.forms.base import Form
from app.web.language import gettext as _
from app.web.messages import message_of
from app.web.pages import paginate
from app.web.regulator import bp


@bp.get("/monitor/", endpoint="monitor")
@roles(Role.REGULATOR, *WATCHERS)
def runs_page() -> ResponseReturnValue:
    """Show the newest run, and those before it."""
    session, who = db.session(), actor()
    pages = paginate(queries.count_runs(session, actor=who))
    listed = queries.list_runs(session, actor=who, limit=pages.size, offset=pages.offset)
    page = render_template(
        "regulator/monitor.html",
        last=queries.last_run(session, actor=who),
        listed=listed,
        pages=pages,
        words=monitor_runs,
        form=Form(),
    )
    return _watched(page, listed[0] if listed else None)


@bp.post("/monitor/")
@roles(Role.REGULATOR)
def run_now() -> ResponseReturnValue:
    """Order a run; a worker takes it in a moment."""
    form = Form()
    if form.accept():
        try:
            with db.session().begin_nested():
                runs.order_later(db.session(), district_id=actor().district, actor=actor())
        except DomainError as error:
            flash(message_of(error))
        else:
            flash(_("已开始核对，这一页会自己更新。"))
    return redirect(url_for("regulator.monitor"), 303)


@bp.get("/monitor/<ref>")
@roles(Role.REGULATOR, *WATCHERS)
def monitor_run(ref: str) -> ResponseReturnValue:
    """Show what one run compared, found and changed."""
    session = db.session()
    run = queries.get_run(session, actor=actor(), ref=ref)
    changes = queries.count_changes(session, run=run) if run.state == "done" else {}
    page = render_template("regulator/monitor-run.html", run=run, changes=changes, words=monitor_runs)
    return _watched(page, run)


@bp.get("/monitor/<ref>/cancel")
@roles(Role.REGULATOR)
def cancel_run(ref: str) -> ResponseReturnValue:
    """Ask whether a run is to stop."""
    run = queries.get_run(db.session(), actor=actor(), ref=ref)
    if run.state not in runs.OPEN:
        return redirect(url_for("regulator.monitor_run", ref=ref))
    return render_template("regulator/monitor-cancel.html", run=run, form=Form(), words=monitor_runs)


@bp.post("/monitor/<ref>/cancel")
@roles(Role.REGULATOR)
def stop_run(ref: str) -> ResponseReturnValue:
    """Cancel a run that waits, or have one stop."""
    if Form().accept():
        runs.cancel(db.session(), actor=actor(), ref=ref)
        flash(_("已取消，正在写的一部分写完就停，线索不会改动。"))
    return redirect(url_for("regulator.monitor_run", ref=ref), 303)


def _watched(page: str, run: MonitorRun | None) -> Response:
    """Return a page; one that watched a run loads anew when the run is over."""
    if request.headers.get("HX-Request") and (run is None or run.state not in runs.OPEN):
        answer = make_response("", 200)
        answer.headers["HX-Redirect"] = request.path
        return answer
    return make_response(page)
