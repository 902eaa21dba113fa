"""A longer term for many vouchers: an officer sees who may have it and proposes, a checker decides."""

from typing import Final

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.approvals.queries import find_latest, names_of
from app.core.actor import WATCHERS, Role
from app.core.errors import DomainError, NotFound
from app.extensions import db
from app.projects import roster
from app.projects.models import Project
from app.vouchers import batch_queries
from app.vouchers import extension_batches as service
from app.vouchers import extension_queries as queries
from app.web import endings as words
from app.web.access import actor, roles
from app.web.acting import do_or_ask_again
from app.web.authority import bp
from app.web.errors import status_of
from app.web.forms.authority import ReasonForm
from app.web.forms.base import Choice
from app.web.forms.endings import ApproveExtensionBatchForm, ExtensionBatchForm, ExtensionScopeForm
from app.web.language import gettext as _
from app.web.pages import paginate

ROWS: Final = 100
"""How many vouchers stand on a page."""


@bp.get("/projects/<path:name>/extensions")
@roles(Role.OFFICER)
def new_extension_batch(name: str) -> ResponseReturnValue:
    """Ask how much longer; show whose vouchers would be, until when, and which would not and why."""
    found = roster.get_project_by_name(db.session(), actor=actor(), name=name)
    scope = _scope_form(found)
    valid = scope.accept()
    return _preview_page(found, scope, ExtensionBatchForm(), shows=valid), 200 if valid else 400


@bp.post("/projects/<path:name>/extensions")
@roles(Role.OFFICER, when="within the term, and within the policy's months of each")
def new_extension_batch_post(name: str) -> ResponseReturnValue:
    """Propose what was shown."""
    session, who, form = db.session(), actor(), ExtensionBatchForm()
    found = roster.get_project_by_name(session, actor=who, name=name)
    scope = _scope_form(found)
    if not scope.accept() or not request.args:
        return _preview_page(found, scope, form, shows=False), 422
    if not form.accept():
        return _preview_page(found, scope, form, shows=True), 422
    try:
        batch = service.propose(
            session,
            actor=who,
            project_id=found.id,
            months=scope.months.value,
            issued_ref=scope.issued.data or None,
            reason=form.reason.value,
            evidence=form.evidence.value,
            seen=form.seen.value,
        )
    except NotFound:
        raise
    except DomainError as error:
        session.rollback()
        form.apply(error)
        return _preview_page(found, scope, form, shows=True), status_of(error)
    flash(_("整批延期已提交复核。"))
    return redirect(url_for("authority.extension_batch", ref=batch.ref), 303)


@bp.get("/extensions/batches/<ref>")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def extension_batch(ref: str) -> ResponseReturnValue:
    """Show a batch: its figures, the reason, every voucher, and those that were left out first."""
    session, who = db.session(), actor()
    found = queries.get_batch(session, actor=who, ref=ref)
    asked = find_latest(session, actor=who, kind=service.BATCH, subject_id=found.id)
    pages = paginate(found.count, size=ROWS)
    rows = queries.list_of_batch(session, batch=found, offset=pages.offset, limit=pages.size)
    return render_template(
        "authority/extension-batch.html",
        batch=found,
        counts=queries.count_of_batch(session, batch=found),
        rows=words.extension_rows(rows),
        pages=pages,
        asked=asked,
        names=names_of(session, asked),
        may_decide=who.role is Role.CHECKER and found.state == "proposed",
        words=words,
    )


@bp.get("/extensions/batches/<ref>/approve")
@roles(Role.CHECKER)
def approve_extension_batch(ref: str) -> ResponseReturnValue:
    """Put figures and reason before the checker once more."""
    return _decide_page(ref, ApproveExtensionBatchForm(), approves=True)


@bp.post("/extensions/batches/<ref>/approve")
@roles(Role.CHECKER, when="not by the officer who proposed it")
def approve_extension_batch_post(ref: str) -> ResponseReturnValue:
    """Have all these terms lengthened."""
    form = ApproveExtensionBatchForm()
    return do_or_ask_again(
        form,
        lambda: service.approve(db.session(), actor=actor(), batch_ref=ref),
        again=lambda: _decide_page(ref, form, approves=True),
        done=_("整批延期已通过，正在逐张办理。"),
        to=url_for("authority.extension_batch", ref=ref),
    )


@bp.get("/extensions/batches/<ref>/return")
@roles(Role.CHECKER)
def return_extension_batch(ref: str) -> ResponseReturnValue:
    """Ask why it is sent back."""
    return _decide_page(ref, ReasonForm(), approves=False)


@bp.post("/extensions/batches/<ref>/return")
@roles(Role.CHECKER, when="not by the officer who proposed it")
def return_extension_batch_post(ref: str) -> ResponseReturnValue:
    """Send the whole back: every term stays."""
    form = ReasonForm()
    return do_or_ask_again(
        form,
        lambda: service.send_back(db.session(), actor=actor(), batch_ref=ref, reason=form.reason.value),
        again=lambda: _decide_page(ref, form, approves=False),
        done=_("整批延期已退回，使用期限不变。"),
        to=url_for("authority.extension_batch", ref=ref),
    )


def _scope_form(project: Project) -> ExtensionScopeForm:
    form = ExtensionScopeForm()
    issued = batch_queries.list_batches(db.session(), actor=actor(), project_id=project.id, state="issued")
    form.issued.choices = [
        Choice(one.ref, _("发放批次 %(ref)s（%(count)d 张）", ref=one.ref, count=one.count)) for one in issued
    ]
    return form


def _preview_page(
    project: Project, scope: ExtensionScopeForm, form: ExtensionBatchForm, *, shows: bool
) -> str:
    seen = None
    if shows and request.args:
        seen = queries.preview(
            db.session(),
            actor=actor(),
            project_id=project.id,
            months=scope.months.value,
            issued_ref=scope.issued.data or None,
        )
        form.seen.data = seen.mark
    pages = paginate(len(seen.fits) if seen else 0, size=ROWS)
    ends = [fit.standing.longer_until for fit in seen.fits] if seen else []
    return render_template(
        "authority/new-extension-batch.html",
        project=project,
        scope=scope,
        form=form if shows else scope,
        seen=seen,
        ends=ends,
        rows=words.fit_rows(seen.fits[pages.offset : pages.offset + pages.size]) if seen else [],
        left_out=words.left_out_rows(seen.left_out) if seen else [],
        left_out_counts=words.left_out_counts(seen) if seen else [],
        pages=pages,
    )


def _decide_page(ref: str, form: ApproveExtensionBatchForm | ReasonForm, *, approves: bool) -> str:
    found = queries.get_batch(db.session(), actor=actor(), ref=ref)
    return render_template("authority/decide-extension-batch.html", batch=found, form=form, approves=approves)
