"""A batch whose job failed for good is set going again, or ended where that may be, on record."""

from flask import render_template
from flask.typing import ResponseReturnValue

from app.core import restarts as service
from app.core.actor import Role
from app.extensions import db
from app.identity.queries import names_of
from app.web import restarts as words
from app.web.access import actor, roles
from app.web.acting import do_or_ask_again
from app.web.authority import bp
from app.web.forms.authority import EndForm, RestartForm
from app.web.language import gettext as _

RESTARTS_SHOWN = 20


@bp.get("/batches/<ref>/restart")
@roles(Role.OFFICER, Role.ADMINISTRATOR)
def restart(ref: str) -> ResponseReturnValue:
    """Tell what became of a batch's job, and ask why it is set going again."""
    return _page(ref, RestartForm())


@bp.post("/batches/<ref>/restart")
@roles(Role.OFFICER, Role.ADMINISTRATOR, when="its job failed for good")
def restart_post(ref: str) -> ResponseReturnValue:
    """Set a batch going again whose job failed for good."""
    session, who, form = db.session(), actor(), RestartForm()
    kind = words.kind_of(session, actor=who, ref=ref)
    return do_or_ask_again(
        form,
        lambda: service.restart(session, kind.batches, actor=who, ref=ref, reason=form.reason.value),
        again=lambda: _page(ref, form),
        done=_("已重新办理，一般几分钟内有结果。"),
        to=words.way_back(session, kind, actor=who, ref=ref),
    )


@bp.get("/batches/<ref>/end")
@roles(Role.OFFICER, Role.ADMINISTRATOR)
def end_stopped(ref: str) -> ResponseReturnValue:
    """Tell what became of an import's job, and ask why it is ended."""
    return _page(ref, EndForm())


@bp.post("/batches/<ref>/end")
@roles(Role.OFFICER, Role.ADMINISTRATOR, when="an import whose job failed for good")
def end_stopped_post(ref: str) -> ResponseReturnValue:
    """End an import whose job failed for good."""
    session, who, form = db.session(), actor(), EndForm()
    kind = words.kind_of(session, actor=who, ref=ref)
    return do_or_ask_again(
        form,
        lambda: service.end(session, kind.batches, actor=who, ref=ref, reason=form.reason.value),
        again=lambda: _page(ref, form),
        done=_("这次导入已经结束，请上传的人改好再传。"),
        to=words.way_back(session, kind, actor=who, ref=ref),
    )


def _page(ref: str, form: RestartForm | EndForm) -> str:
    session, who = db.session(), actor()
    kind = words.kind_of(session, actor=who, ref=ref)
    earlier = service.list_restarts(session, actor=who, ref=ref, limit=RESTARTS_SHOWN)
    return render_template(
        "authority/restart.html",
        ref=ref,
        kind=kind,
        found=words.find_stopped(session, kind, actor=who, ref=ref),
        earlier=earlier,
        names=names_of(session, (one.asked_by_id for one in earlier)),
        form=form,
        back=words.way_back(session, kind, actor=who, ref=ref),
        ends=isinstance(form, EndForm),
    )
