"""Several signals at once: chosen in the list, looked at together, then taken a step further, all or none."""

import hashlib
from dataclasses import dataclass
from typing import Any, Final

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.cases import queries, service, states, triage
from app.cases.errors import TooManySignals
from app.cases.queries import SignalView
from app.core.actor import Role
from app.core.errors import Busy, Conflict, DomainError
from app.extensions import db
from app.web import signals
from app.web.access import actor, roles
from app.web.errors import status_of
from app.web.forms.base import Choice
from app.web.forms.signals import (
    NOBODY,
    AssignForm,
    ChosenActForm,
    ChosenForm,
    DismissChosenForm,
    MergeForm,
    WatchForm,
)
from app.web.language import gettext as _
from app.web.regulator import bp

_FORMS: Final[dict[str, type[ChosenActForm]]] = {
    "assign": AssignForm,
    "watch": WatchForm,
    "merge": MergeForm,
    "dismiss": DismissChosenForm,
}


@dataclass(frozen=True)
class Chosen:
    """What was chosen, of which some may be past the step."""

    act: str
    able: list[SignalView]
    unable: list[SignalView]
    """Those that cannot take the step any more."""

    @property
    def refs(self) -> list[str]:
        """Return the references of those that can."""
        return [view.signal.ref for view in self.able]

    @property
    def mark(self) -> str:
        """Return a mark of how they stand, to notice a colleague who was faster."""
        standing = [(view.signal.ref, view.steps[-1].id) for view in self.able]
        return hashlib.sha256(repr(standing).encode()).hexdigest()


@bp.get("/signals/together")
@roles(Role.REGULATOR)
def together() -> ResponseReturnValue:
    """Show what a step will do to the chosen signals, and ask for what it needs."""
    chosen = _chosen()
    if chosen is None:
        flash(_("请先在列表里勾选线索，再选要做的事。"), "important")
        return redirect(url_for("regulator.signals"))
    return _page(chosen, _form(chosen))


@bp.post("/signals/together")
@roles(Role.REGULATOR, when="undecided, of one company to be merged; as they were shown")
def together_post() -> ResponseReturnValue:
    """Take the chosen signals one step further, all or none."""
    session, chosen = db.session(), _chosen()
    if chosen is None:
        return redirect(url_for("regulator.signals"), 303)
    form = _form(chosen)
    if not form.accept():
        return _page(chosen, form), 422
    try:
        if form.seen.value != chosen.mark:
            raise Conflict("signals_moved")
        _carry(chosen, form)
    except Busy:
        raise
    except DomainError as error:
        session.rollback()
        form.apply(error)
        return _page(_chosen() or chosen, form), status_of(error)
    flash(_done(chosen.act, len(chosen.able)))
    if len(chosen.able) == 1 and not chosen.unable:
        return redirect(url_for("regulator.signal", ref=chosen.refs[0]), 303)
    return redirect(url_for("regulator.signals"), 303)


def _chosen() -> Chosen | None:
    """Return what the address names; None when it names nothing, or no step. Raises SignalGone."""
    form = ChosenForm()
    form.ref.choices = [Choice(ref, ref) for ref in form.ref.values]
    if not form.accept() or not form.refs() or form.act.value not in _FORMS:
        return None
    if len(form.refs()) > triage.MOST:
        raise TooManySignals(triage.MOST)
    views = queries.get_signals(db.session(), actor=actor(), refs=form.refs())
    able = [view for view in views if (view.signal.state, form.act.value) in states.SIGNAL]
    return Chosen(form.act.value, able, [view for view in views if view not in able])


def _form(chosen: Chosen) -> ChosenActForm:
    form = _FORMS[chosen.act]()
    if isinstance(form, AssignForm):
        people = queries.list_colleagues(db.session(), actor=actor())
        form.assignee.choices = [
            *(Choice(one.username, one.display_name) for one in people),
            Choice(NOBODY, _("不分派给任何人")),
        ]
    if isinstance(form, MergeForm):
        form.main.choices = [
            Choice(
                view.signal.ref,
                signals.headline(view.evidence),
                hint=f"{view.signal.ref} · {signals.place(view.evidence)}",
            )
            for view in chosen.able
        ]
    return form


def _carry(chosen: Chosen, form: Any) -> None:
    told: dict[str, Any] = {"actor": actor(), "signal_refs": chosen.refs}
    session = db.session()
    if isinstance(form, AssignForm):
        name = None if form.assignee.value == NOBODY else form.assignee.value
        triage.assign(session, **told, username=name)
    elif isinstance(form, WatchForm):
        triage.watch(session, **told, until=form.until.value, reason=form.reason.value)
    elif isinstance(form, MergeForm):
        triage.merge(session, **told, main_ref=form.main.value, reason=form.reason.value)
    else:
        service.decide(session, **told, action="dismiss", reason=form.reason.value)


def _done(act: str, count: int) -> str:
    return {
        "assign": _("已分派 %(count)d 条线索。", count=count),
        "watch": _("已把 %(count)d 条线索列为关注。", count=count),
        "merge": _("已把 %(count)d 条线索合并成一条。", count=count),
        "dismiss": _("已排除 %(count)d 条线索，房企会看到排除的理由。", count=count),
    }[act]


def _page(chosen: Chosen, form: ChosenActForm) -> str:
    form.seen.data = chosen.mark
    hidden = ("csrf_token", "request_id", "seen")
    return render_template(
        "regulator/together.html",
        chosen=chosen,
        form=form,
        words=signals,
        fields=[field for field in form if field.name not in hidden],
    )
