"""What a regulator does with one signal: decide it, ask the company, note something, take it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.cases import queries, service, states, triage
from app.cases.errors import SignalDecided, SignalMerged
from app.cases.queries import SignalView
from app.core.actor import Role
from app.core.errors import Busy, DomainError
from app.extensions import db
from app.identity.models import User
from app.web import signals
from app.web.access import actor, roles
from app.web.errors import status_of
from app.web.forms.base import Form
from app.web.forms.signals import AskForm, DismissForm, OpenCaseForm, RemarkForm, SplitForm
from app.web.language import gettext as _
from app.web.language import lazy_gettext as _l
from app.web.regulator import bp


@dataclass(frozen=True)
class Act:
    """A step on one signal: its page, what it leads to, and who carries it out."""

    form: type[Form]
    title: Any
    after: Any
    button: Any
    done: Any
    carry: Callable[[str, Any], object]
    warning: bool = False


def _dismiss(ref: str, form: DismissForm) -> object:
    return service.dismiss(db.session(), actor=actor(), signal_ref=ref, reason=form.reason.value)


def _open(ref: str, form: OpenCaseForm) -> object:
    return service.open_case(db.session(), actor=actor(), signal_ref=ref, reason=form.reason.value)


def _ask(ref: str, form: AskForm) -> object:
    return triage.ask(
        db.session(), actor=actor(), signal_ref=ref, question=form.question.value, due=form.due.value
    )


def _remark(ref: str, form: RemarkForm) -> object:
    return triage.remark(db.session(), actor=actor(), signal_ref=ref, text=form.reason.value)


def _split(ref: str, form: SplitForm) -> object:
    return triage.split(db.session(), actor=actor(), signal_ref=ref, reason=form.reason.value)


_ACTS: Final = {
    "dismiss": Act(
        DismissForm,
        _l("排除这条线索"),
        _l(
            "线索关闭，不能再改，合并进来的线索一起排除。"
            "房源不会自动上架：房企把价格改好以后，可以自己重新上架。"
        ),
        _l("确认排除"),
        _l("线索已排除，房企会看到排除的理由。"),
        _dismiss,
        warning=True,
    ),
    "open": Act(
        OpenCaseForm,
        _l("对这条线索立案"),
        _l("线索转为案件，不能再排除，合并进来的线索一起立案。证据已经固定，房企会看到“已立案”。"),
        _l("确认立案"),
        _l("已立案，房企会看到“已立案”，看不到立案的理由。"),
        _open,
    ),
    "ask": Act(
        AskForm,
        _l("请房企答复"),
        _l("房企马上收到消息。到期没有答复，列表里会标出来。"),
        _l("发给房企"),
        _l("已发给房企，答复会出现在这一页。"),
        _ask,
    ),
    "remark": Act(
        RemarkForm,
        _l("写备注"),
        _l("备注记入经过，房企看不到。"),
        _l("保存备注"),
        _l("备注已保存。"),
        _remark,
    ),
    "split": Act(
        SplitForm,
        _l("从合并中拆出"),
        _l("这条线索回到“待处理”，单独处理。"),
        _l("确认拆出"),
        _l("已拆出，这条线索回到“待处理”。"),
        _split,
    ),
}


@bp.get("/signals/<ref>/<any(dismiss, open, ask, remark, split):act>")
@roles(Role.REGULATOR)
def signal_act(ref: str, act: str) -> ResponseReturnValue:
    """Ask for what a step needs: a reason, a question, a note."""
    form = _ACTS[act].form()
    if isinstance(form, AskForm):
        form.due.data = triage.usual_due()
    view = queries.get_signal(db.session(), actor=actor(), ref=ref)
    states.after(view.signal.state, act)
    return _page(view, act, form)


@bp.post("/signals/<ref>/<any(dismiss, open, ask, remark, split):act>")
@roles(Role.REGULATOR, when="undecided, or a case for questions and notes; with a reason")
def signal_act_post(ref: str, act: str) -> ResponseReturnValue:
    """Carry the step out."""
    session, form = db.session(), _ACTS[act].form()
    if not form.accept():
        return _page(queries.get_signal(session, actor=actor(), ref=ref), act, form), 422
    try:
        _ACTS[act].carry(ref, form)
    except (Busy, SignalDecided, SignalMerged):
        raise
    except DomainError as error:
        if error.field is None:
            raise
        session.rollback()
        form.apply(error)
        return _page(queries.get_signal(session, actor=actor(), ref=ref), act, form), status_of(error)
    flash(str(_ACTS[act].done))
    return redirect(url_for("regulator.signal", ref=ref), 303)


@bp.post("/signals/<ref>/take")
@roles(Role.REGULATOR, when="undecided or a case")
def take_signal(ref: str) -> ResponseReturnValue:
    """Take the signal: from now on it is one's own work."""
    session, who = db.session(), actor()
    if Form().accept():
        name = session.get_one(User, who.user_id).username
        triage.assign(session, actor=who, signal_refs=[ref], username=name)
        flash(_("这条线索现在由您处理。"))
    return redirect(url_for("regulator.signal", ref=ref), 303)


def _page(view: SignalView, name: str, form: Form) -> str:
    act = _ACTS[name]
    return render_template(
        "regulator/signal-act.html",
        view=view,
        words=signals,
        form=form,
        title=act.title,
        after=act.after,
        button=act.button,
        warning=act.warning,
        fields=[field for field in form if field.name not in ("csrf_token", "request_id")],
    )
