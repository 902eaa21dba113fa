"""Issuing in batches: an officer's preview, and the checker's way through a batch."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.approvals.queries import find_latest, names_of
from app.core.actor import WATCHERS, Role
from app.core.errors import DomainError, NotFound
from app.extensions import db
from app.policies import queries as policies
from app.projects import roster
from app.projects.models import Project
from app.vouchers import batch_queries as queries
from app.vouchers import batches as service
from app.vouchers.batch_rules import LeftOut
from app.vouchers.errors import BatchUnable
from app.web import batches as words
from app.web import policies as policy_words
from app.web import vouchers as voucher_words
from app.web.access import actor, roles
from app.web.acting import do_or_ask_again
from app.web.authority import bp
from app.web.authority.households import offered_by_key
from app.web.authority.too_late import find_decision, too_late
from app.web.errors import status_of
from app.web.forms.authority import ReasonForm
from app.web.forms.base import Choice
from app.web.forms.issuing import ApproveBatchForm, OpenSampleForm, SubmitBatchForm
from app.web.language import gettext as _
from app.web.pages import paginate
from app.web.policies import LINES
from app.web.restarts import ISSUE, find_stopped

ROWS: Final = 100
"""How many vouchers of a batch stand on a page."""


@bp.get("/projects/<path:name>/batch")
@roles(Role.OFFICER)
def new_batch(name: str) -> ResponseReturnValue:
    """Show whom a batch would issue vouchers to, what it is worth, and who is left out and why."""
    found = roster.get_project_by_name(db.session(), actor=actor(), name=name)
    return _preview_page(found, _batch_form())


@bp.post("/projects/<path:name>/batch")
@roles(Role.OFFICER, when="roster locked")
def new_batch_post(name: str) -> ResponseReturnValue:
    """Submit the batch that was shown."""
    session, who, form = db.session(), actor(), _batch_form()
    found = roster.get_project_by_name(session, actor=who, name=name)
    if not form.accept():
        return _preview_page(found, form), 422
    version = offered_by_key()[form.policy_version.value]
    try:
        batch = service.submit(
            session,
            actor=who,
            project_id=found.id,
            policy_version_id=version.id,
            seen=form.seen.value,
        )
    except DomainError as error:
        session.rollback()
        form.apply(error)
        unable = error.unable if isinstance(error, BatchUnable) else {}
        return _preview_page(found, form, unable), status_of(error)
    flash(_("批次已提交，等待复核人复核。"))
    return redirect(url_for("authority.batch", ref=batch.ref), 303)


@bp.get("/batches/<ref>")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def batch(ref: str) -> ResponseReturnValue:
    """Show a batch: its figures, what does not fit first, the sample, and how far it has come."""
    session, who = db.session(), actor()
    found = queries.get_batch(session, actor=who, ref=ref)
    rows = queries.check(session, actor=who, batch=found)
    opened = queries.openings(session, batch=found)
    asked = find_latest(session, actor=who, kind=service.BATCH, subject_id=found.id)
    waits = found.state == "submitted"
    pages = paginate(len(rows), size=ROWS)
    return render_template(
        "authority/batch.html",
        batch=found,
        rows=words.checked_rows(rows[pages.offset : pages.offset + pages.size]),
        pages=pages,
        faults=sum(bool(row.faults) for row in rows) if waits else 0,
        largest=max(rows, key=lambda row: row.voucher.face_fen),
        cash_fen=sum(row.face.cash_fen for row in rows if row.face),
        sample=queries.sample_of(found, [row.voucher for row in rows]),
        opened={voucher_id for voucher_id, user_id in opened if user_id == who.user_id},
        openings=len(opened),
        asked=asked,
        names=names_of(session, asked),
        stopped=find_stopped(session, ISSUE, actor=who, ref=ref),
        may_decide=waits and who.role is Role.CHECKER,
        words=words,
    )


@bp.get("/batches/<ref>/sample/<voucher_ref>")
@roles(Role.CHECKER)
def sample(ref: str, voucher_ref: str) -> ResponseReturnValue:
    """Show one voucher of the sample beside its agreement, line by line."""
    return _sample_page(ref, voucher_ref, OpenSampleForm())


@bp.post("/batches/<ref>/sample/<voucher_ref>")
@roles(Role.CHECKER, when="batch waits")
def sample_post(ref: str, voucher_ref: str) -> ResponseReturnValue:
    """Record that it was compared, and go on to the next."""
    session, who, form = db.session(), actor(), OpenSampleForm()
    if not form.accept():
        return _sample_page(ref, voucher_ref, form), 422
    service.open_sample(session, actor=who, batch_ref=ref, voucher_ref=voucher_ref)
    found = queries.get_batch(session, actor=who, ref=ref)
    opened = queries.openings(session, batch=found)
    drawn = queries.sample_of(found, queries.list_members(session, batch=found))
    following = next((one for one in drawn if (one.id, who.user_id) not in opened), None)
    if following is None:
        flash(_("抽中的房票都核对过了。"))
        return redirect(url_for("authority.batch", ref=ref), 303)
    return redirect(url_for("authority.sample", ref=ref, voucher_ref=following.ref), 303)


@bp.get("/batches/<ref>/approve")
@roles(Role.CHECKER)
def approve_batch(ref: str) -> ResponseReturnValue:
    """Put the batch's figures before the checker once more."""
    decided = _decided(ref, _("通过整批，发放房票"))
    return decided or _decide_page(ref, ApproveBatchForm(), "authority/approve-batch.html")


@bp.post("/batches/<ref>/approve")
@roles(Role.CHECKER, when="not by the officer who submitted it; sample opened")
def approve_batch_post(ref: str) -> ResponseReturnValue:
    """Approve the whole batch."""
    session, who, form = db.session(), actor(), ApproveBatchForm()
    return do_or_ask_again(
        form,
        lambda: service.approve(session, actor=who, batch_ref=ref),
        again=lambda: _decide_page(ref, form, "authority/approve-batch.html"),
        done=_("整批已通过，正在发放。"),
        to=url_for("authority.batch", ref=ref),
    )


@bp.get("/batches/<ref>/return")
@roles(Role.CHECKER)
def return_batch(ref: str) -> ResponseReturnValue:
    """Ask why the batch goes back."""
    decided = _decided(ref, _("退回整批"))
    return decided or _decide_page(ref, ReasonForm(), "authority/return-batch.html")


@bp.post("/batches/<ref>/return")
@roles(Role.CHECKER, when="not by the officer who submitted it")
def return_batch_post(ref: str) -> ResponseReturnValue:
    """Send the whole batch back to the officer."""
    session, who, form = db.session(), actor(), ReasonForm()
    return do_or_ask_again(
        form,
        lambda: service.send_back(session, actor=who, batch_ref=ref, reason=form.reason.value),
        again=lambda: _decide_page(ref, form, "authority/return-batch.html"),
        done=_("整批已退回经办人。"),
        to=url_for("authority.batch", ref=ref),
    )


def _batch_form() -> SubmitBatchForm:
    offered = offered_by_key()
    form = SubmitBatchForm(policy_version=next(iter(offered), None))
    form.policy_version.choices = [
        Choice(key, version.title, _("第 %(version)d 版", version=version.version))
        for key, version in offered.items()
    ]
    return form


def _preview_page(
    project: Project, form: SubmitBatchForm, unable: Mapping[int, LeftOut] = MappingProxyType({})
) -> str:
    """Return the page; agreements that the chosen policy is ``unable`` to are left out as all others are."""
    seen = queries.preview(db.session(), actor=actor(), project_id=project.id).without(unable)
    pages = paginate(len(seen.entries), size=ROWS)
    form.seen.data = seen.mark
    return render_template(
        "authority/new-batch.html",
        project=project,
        preview=seen,
        form=form,
        offered=[policies.policy_of(version) for version in offered_by_key().values()],
        entries=words.entry_rows(seen.entries[pages.offset : pages.offset + pages.size]),
        pages=pages,
        left_out=words.left_out_rows(seen.left_out),
        left_out_counts=words.left_out_counts(seen.left_out),
        parts_named=policy_words.parts_named,
        unlined=sum(entry.lines_fen is None for entry in seen.entries),
    )


def _sample_page(ref: str, voucher_ref: str, form: OpenSampleForm) -> str:
    session, who = db.session(), actor()
    found = queries.get_batch(session, actor=who, ref=ref)
    rows = queries.check(session, actor=who, batch=found)
    drawn = queries.sample_of(found, [row.voucher for row in rows])
    place = next((number for number, one in enumerate(drawn) if one.ref == voucher_ref), None)
    if place is None:
        raise NotFound("voucher_gone")
    voucher = drawn[place]
    return render_template(
        "authority/sample.html",
        batch=found,
        row=next(row for row in rows if row.voucher.id == voucher.id),
        place=place + 1,
        count=len(drawn),
        opened=(voucher.id, who.user_id) in queries.openings(session, batch=found),
        form=form,
        words=words,
        line_names=LINES,
        in_cash=voucher_words.paid_in_cash(voucher.agreement, policies.policy_of(found.policy_version)),
    )


def _decided(ref: str, title: str) -> ResponseReturnValue | None:
    found = queries.get_batch(db.session(), actor=actor(), ref=ref)
    made = find_decision(service.BATCH, found.id)
    return too_late(title, made, url_for("authority.batch", ref=ref)) if made else None


def _decide_page(ref: str, form: ApproveBatchForm | ReasonForm, template: str) -> str:
    found = queries.get_batch(db.session(), actor=actor(), ref=ref)
    return render_template(template, batch=found, form=form)
