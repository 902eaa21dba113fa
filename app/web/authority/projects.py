"""Projects: their rosters, what each household chose, and what is not settled."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.core.actor import WATCHERS, Role
from app.core.errors import Conflict
from app.extensions import db
from app.projects import queries, roster
from app.projects.models import Election
from app.vouchers import batch_queries
from app.web import batches as words
from app.web.access import actor, roles
from app.web.acting import do_or_ask_again
from app.web.authority import bp
from app.web.forms.issuing import DisputeForm, ElectForm, LockForm, SettleForm, UnlockForm
from app.web.language import gettext as _


@bp.get("/projects/")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def projects() -> ResponseReturnValue:
    """List the district's projects with the figures of their rosters."""
    rows = roster.list_standings(db.session(), actor=actor())
    return render_template("authority/projects.html", rows=rows)


@bp.get("/projects/<path:name>/roster")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def project(name: str) -> ResponseReturnValue:
    """Show a project: its roster's figures, its lock, and its batches."""
    session, who = db.session(), actor()
    found = roster.get_project_by_name(session, actor=who, name=name)
    seen = batch_queries.preview(session, actor=who, project_id=found.id)
    return render_template(
        "authority/project.html",
        project=found,
        standing=roster.list_standings(session, actor=who, project_id=found.id)[0],
        ready=len(seen.entries),
        left_out=words.left_out_counts(seen.left_out),
        batches=batch_queries.list_batches(session, actor=who, project_id=found.id),
        words=words,
    )


@bp.get("/projects/<path:name>/lock")
@roles(Role.OFFICER)
def lock_roster(name: str) -> ResponseReturnValue:
    """Put the roster's figures before the officer once more."""
    return _lock_page(name, LockForm())


@bp.post("/projects/<path:name>/lock")
@roles(Role.OFFICER)
def lock_roster_post(name: str) -> ResponseReturnValue:
    """Lock the roster."""
    session, who, form = db.session(), actor(), LockForm()
    found = roster.get_project_by_name(session, actor=who, name=name)
    return do_or_ask_again(
        form,
        lambda: roster.lock(session, actor=who, project_id=found.id),
        again=lambda: _lock_page(name, form),
        done=_("名册已锁定，可以发放房票了。"),
        to=url_for("authority.project", name=name),
    )


@bp.get("/projects/<path:name>/unlock")
@roles(Role.OFFICER)
def unlock_roster(name: str) -> ResponseReturnValue:
    """Ask why the roster is opened again."""
    return _unlock_page(name, UnlockForm())


@bp.post("/projects/<path:name>/unlock")
@roles(Role.OFFICER, when="with a reason")
def unlock_roster_post(name: str) -> ResponseReturnValue:
    """Open the roster again."""
    session, who, form = db.session(), actor(), UnlockForm()
    found = roster.get_project_by_name(session, actor=who, name=name)
    return do_or_ask_again(
        form,
        lambda: roster.unlock(session, actor=who, project_id=found.id, reason=form.reason.value),
        again=lambda: _unlock_page(name, form),
        done=_("名册已打开。改完以后请再次锁定。"),
        to=url_for("authority.project", name=name),
    )


@bp.get("/households/<ref>/election")
@roles(Role.OFFICER)
def elect(ref: str) -> ResponseReturnValue:
    """Ask what the household takes."""
    found = queries.get_household(db.session(), actor=actor(), ref=ref)
    return _elect_page(ref, ElectForm(elects=found.elects))


@bp.post("/households/<ref>/election")
@roles(Role.OFFICER, when="roster open; without a voucher")
def elect_post(ref: str) -> ResponseReturnValue:
    """Record what the household takes."""
    session, who, form = db.session(), actor(), ElectForm()
    queries.get_household(session, actor=who, ref=ref)
    return do_or_ask_again(
        form,
        lambda: roster.elect(session, actor=who, household_ref=ref, elects=Election(form.elects.value)),
        again=lambda: _elect_page(ref, form),
        done=_("已记下这一户的选择。"),
        to=url_for("authority.household", ref=ref),
    )


@bp.get("/households/<ref>/dispute")
@roles(Role.OFFICER)
def dispute(ref: str) -> ResponseReturnValue:
    """Show what is not settled about a household, or ask for it."""
    return _dispute_page(ref, DisputeForm())


@bp.post("/households/<ref>/dispute")
@roles(Role.OFFICER)
def dispute_post(ref: str) -> ResponseReturnValue:
    """Record what is not settled."""
    session, who, form = db.session(), actor(), DisputeForm()
    queries.get_household(session, actor=who, ref=ref)
    if not form.accept():
        return _dispute_page(ref, form), 422
    roster.dispute(session, actor=who, household_ref=ref, about=form.reason.value)
    flash(_("已记下。了结以前不给这一户发房票。"))
    return redirect(url_for("authority.household", ref=ref), 303)


@bp.post("/households/<ref>/settled")
@roles(Role.OFFICER)
def settle_post(ref: str) -> ResponseReturnValue:
    """Record that the dispute is settled."""
    if not SettleForm().accept():
        raise Conflict("bad_request")
    roster.settle(db.session(), actor=actor(), household_ref=ref)
    flash(_("已记下：这一户的争议已经了结。"))
    return redirect(url_for("authority.household", ref=ref), 303)


def _lock_page(name: str, form: LockForm) -> str:
    session, who = db.session(), actor()
    found = roster.get_project_by_name(session, actor=who, name=name)
    standing = roster.list_standings(session, actor=who, project_id=found.id)[0]
    return render_template("authority/lock-roster.html", project=found, standing=standing, form=form)


def _unlock_page(name: str, form: UnlockForm) -> str:
    found = roster.get_project_by_name(db.session(), actor=actor(), name=name)
    return render_template("authority/unlock-roster.html", project=found, form=form)


def _elect_page(ref: str, form: ElectForm) -> str:
    found = queries.get_household(db.session(), actor=actor(), ref=ref)
    return render_template("authority/elect.html", household=found, form=form)


def _dispute_page(ref: str, form: DisputeForm) -> str:
    found = queries.get_household(db.session(), actor=actor(), ref=ref)
    return render_template("authority/dispute.html", household=found, form=form, settle=SettleForm())
