"""A longer term for many vouchers: an officer sees who may have it and proposes, a checker decides."""

from typing import Final

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.approvals.queries import find_latest, names_of
from app.core.actor import WATCHERS, Role
from app.extensions import db
from app.projects import roster
from app.projects.models import Project
from app.vouchers import batch_queries
from app.vouchers import extension_batches as service
from app.vouchers import extension_queries as queries
from app.vouchers.extension_models import ExtensionBatch
from app.web import extensions as words
from app.web.access import actor, roles
from app.web.acting import do_or_ask_again
from app.web.authority import bp
from app.web.authority.cases import Answer, CaseDesk, Step
from app.web.forms.authority import SendBackForm
from app.web.forms.base import Choice, Form
from app.web.forms.endings import ApproveExtensionBatchForm, ExtensionBatchForm, ExtensionScopeForm
from app.web.language import gettext as _
from app.web.language import lazy_gettext as _l
from app.web.pages import paginate
from app.web.restarts import EXTEND, find_stopped

ROWS: Final = 100
"""How many vouchers stand on a page."""
_STEPS: Final = {
    Answer.APPROVE: Step(
        _l("同意整批延期"),
        _l("通过，整批延期"),
        _l("逐张延期，并通知每一户。奖励的档期不变。原来的纸质房票作废，要换印。"),
        _l("整批延期已通过，正在逐张办理。"),
        ApproveExtensionBatchForm,
    ),
    Answer.RETURN: Step(
        _l("退回整批延期"),
        _l("确认退回"),
        _l("使用期限不变。"),
        _l("整批延期已退回，使用期限不变。"),
        SendBackForm,
        warning=True,
    ),
}


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
    return do_or_ask_again(
        form,
        lambda: service.propose(
            session,
            actor=who,
            project_id=found.id,
            months=scope.months.value,
            issued_ref=scope.issued.data or None,
            reason=form.reason.value,
            evidence=form.evidence.value,
            seen=form.seen.value,
        ),
        again=lambda: _preview_page(found, scope, form, shows=True),
        done=_("整批延期已提交复核。"),
        to=lambda batch: url_for("authority.extension_batch", ref=batch.ref),
    )


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
        rows=words.rows_of_batch(rows),
        pages=pages,
        asked=asked,
        names=names_of(session, asked),
        stopped=find_stopped(session, EXTEND, actor=who, ref=ref),
        acts=_desk.offered(ref, lambda step: _may(found, step)),
        words=words,
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


def _get(ref: str) -> ExtensionBatch:
    return queries.get_batch(db.session(), actor=actor(), ref=ref)


def _page(found: ExtensionBatch, step: Answer, form: Form) -> str:
    return render_template("authority/decide-extension-batch.html", batch=found, form=form, step=_STEPS[step])


def _may(found: ExtensionBatch, _step: Answer) -> bool:
    return actor().role is Role.CHECKER and found.state == "proposed"


_desk: Final = CaseDesk(
    "extension_batch", "/extensions/batches", _STEPS, _get, _page, _may, kind=service.BATCH
)


@_desk.step(Answer.APPROVE, Role.CHECKER, when="not by the officer who proposed it")
def _approve(found: ExtensionBatch, form: ApproveExtensionBatchForm) -> None:
    """Have all these terms lengthened."""
    service.approve(db.session(), actor=actor(), batch_ref=found.ref, seen=form.seen.value)


@_desk.step(Answer.RETURN, Role.CHECKER, when="not by the officer who proposed it")
def _return(found: ExtensionBatch, form: SendBackForm) -> None:
    """Send the whole back: every term stays."""
    service.send_back(
        db.session(),
        actor=actor(),
        batch_ref=found.ref,
        reason=form.reason.value,
        seen=form.seen.value,
    )
