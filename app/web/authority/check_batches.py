"""Batches of the second person (抽查批次): a sample opened first, then everything approved together."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.core.actor import WATCHERS, Role
from app.core.errors import DomainError
from app.extensions import db
from app.redemptions import batch_queries, service
from app.redemptions.checking_models import CheckBatch
from app.web import checking as words
from app.web.access import actor, roles
from app.web.authority import bp
from app.web.errors import status_of
from app.web.forms.base import Form
from app.web.forms.checking import ApproveCheckBatchForm, NextForm
from app.web.language import gettext as _
from app.web.restarts import CHECK, find_stopped


@bp.post("/verification/batches")
@roles(Role.CHECKER)
def make_check_batch() -> ResponseReturnValue:
    """Put what has nothing odd about it into a batch."""
    form = NextForm()
    if not form.accept():
        return redirect(url_for("authority.verification"), 303)
    development = words.development_of(form.queue.value)
    batch = service.make_batch(db.session(), actor=actor(), development_ref=development)
    return redirect(url_for("authority.check_batch", ref=batch.ref), 303)


@bp.get("/verification/batches/<ref>")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def check_batch(ref: str) -> ResponseReturnValue:
    """Show what a batch holds, how far its sample is, and what became of each case."""
    return _page(ref, ApproveCheckBatchForm())


@bp.post("/verification/batches/<ref>/sample")
@roles(Role.CHECKER, when="one's own batch")
def open_check_sample(ref: str) -> ResponseReturnValue:
    """Open the next case of the sample."""
    return _act(ref, lambda: service.open_sample(db.session(), actor=actor(), batch_ref=ref))


@bp.post("/verification/batches/<ref>/sample/<redemption_ref>")
@roles(Role.CHECKER, when="one's own batch, the case was opened")
def look_at_check_sample(ref: str, redemption_ref: str) -> ResponseReturnValue:
    """Note that a sampled case is as its contract says, and open the next."""
    return _act(
        ref,
        lambda: service.look(db.session(), actor=actor(), batch_ref=ref, redemption_ref=redemption_ref),
    )


@bp.post("/verification/batches/<ref>/approve")
@roles(Role.CHECKER, when="one's own batch, the whole sample was looked at")
def approve_check_batch(ref: str) -> ResponseReturnValue:
    """Approve everything in the batch; the worker writes off case after case."""

    def approve() -> None:
        service.approve_batch(db.session(), actor=actor(), batch_ref=ref)
        flash(_("整批已通过，系统正在逐笔核销，可以离开这个页面。"))

    return _act(ref, approve, ApproveCheckBatchForm())


@bp.post("/verification/batches/<ref>/drop")
@roles(Role.CHECKER)
def drop_check_batch(ref: str) -> ResponseReturnValue:
    """Give up a batch that is not decided."""

    def drop() -> None:
        service.drop_batch(db.session(), actor=actor(), batch_ref=ref)
        flash(_("批次已放弃，里面的购房照旧等复核。"))

    return _act(ref, drop)


def _act(ref: str, act: words.Act, sent: Form | None = None) -> ResponseReturnValue:
    """Do what one of the page's buttons asks; without ``sent`` it asks nothing besides."""
    form = sent or Form()
    if not form.accept():
        return _page(ref, form), 422
    try:
        opened = act()
    except DomainError as error:
        db.session.rollback()
        form.apply(error)
        return _page(ref, form), status_of(error)
    if opened:
        return redirect(url_for("authority.verify_redemption", ref=opened), 303)
    return redirect(url_for("authority.check_batch", ref=ref), 303)


def _page(ref: str, form: Form) -> str:
    session, who = db.session(), actor()
    batch = batch_queries.get_batch(session, actor=who, ref=ref)
    return render_template(
        "authority/check-batch.html",
        batch=batch,
        form=form,
        approving=form if isinstance(form, ApproveCheckBatchForm) else ApproveCheckBatchForm(),
        outcomes=batch_queries.outcomes_of(session, batch),
        by=batch_queries.name_of(session, batch),
        rows=batch_queries.list_batch_cases(session, batch),
        stopped=find_stopped(session, CHECK, actor=who, ref=ref),
        is_own=_is_open_for(batch, who.user_id),
        may_drop=who.role == Role.CHECKER and batch.state == "open",
        words=words,
    )


def _is_open_for(batch: CheckBatch, user_id: int | None) -> bool:
    return batch.state == "open" and batch.user_id == user_id
