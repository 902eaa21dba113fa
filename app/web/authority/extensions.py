"""A longer term for a voucher (延期): an officer proposes, a checker decides."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.approvals.queries import find_latest, names_of
from app.core.actor import WATCHERS, Role
from app.core.errors import DomainError, NotFound
from app.extensions import db
from app.vouchers import extension_queries
from app.vouchers import extensions as service
from app.vouchers.queries import get_voucher
from app.web import endings as words
from app.web.access import actor, roles
from app.web.acting import do_or_ask_again
from app.web.authority import bp
from app.web.errors import status_of
from app.web.forms.authority import ReasonForm
from app.web.forms.endings import ApproveExtensionForm, ExtendForm
from app.web.language import gettext as _
from app.web.pages import paginate


@bp.get("/extensions/")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def extensions() -> str:
    """List extensions, those that wait in front."""
    session, who = db.session(), actor()
    pages = paginate(service.count_extensions(session, actor=who))
    rows = service.list_extensions(session, actor=who, offset=pages.offset, limit=pages.size)
    return render_template(
        "authority/extensions.html",
        rows=rows,
        pages=pages,
        batches=extension_queries.list_batches(session, actor=who),
        words=words,
    )


@bp.get("/vouchers/<ref>/extend")
@roles(Role.OFFICER)
def extend_voucher(ref: str) -> ResponseReturnValue:
    """Ask by how many months, why, and on what evidence."""
    return _extend_page(ref, ExtendForm())


@bp.post("/vouchers/<ref>/extend")
@roles(Role.OFFICER, when="within the term, and within the policy's months")
def extend_voucher_post(ref: str) -> ResponseReturnValue:
    """Propose the longer term."""
    session, form = db.session(), ExtendForm()
    if not form.accept():
        return _extend_page(ref, form), 422
    try:
        made = service.propose(
            session,
            actor=actor(),
            voucher_ref=ref,
            months=form.months.value,
            reason=form.reason.value,
            evidence=form.evidence.value,
        )
    except NotFound:
        raise
    except DomainError as error:
        session.rollback()
        form.apply(error)
        return _extend_page(ref, form), status_of(error)
    flash(_("延期已提交复核。"))
    return redirect(url_for("authority.extension", ref=made.ref), 303)


@bp.get("/extensions/<ref>")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def extension(ref: str) -> str:
    """Show an extension: the days, the reason, who proposed it and who decided."""
    return _extension_page(ref)


@bp.get("/extensions/<ref>/approve")
@roles(Role.CHECKER)
def approve_extension(ref: str) -> ResponseReturnValue:
    """Put reason and days before the checker once more."""
    return _decide_page(ref, ApproveExtensionForm(), approves=True)


@bp.post("/extensions/<ref>/approve")
@roles(Role.CHECKER, when="not by the officer who proposed it")
def approve_extension_post(ref: str) -> ResponseReturnValue:
    """Lengthen the term."""
    form = ApproveExtensionForm()
    return do_or_ask_again(
        form,
        lambda: service.approve(db.session(), actor=actor(), extension_ref=ref),
        again=lambda: _decide_page(ref, form, approves=True),
        done=_("已延期。原来的纸质房票已经作废，请换印。"),
        to=url_for("authority.extension", ref=ref),
    )


@bp.get("/extensions/<ref>/return")
@roles(Role.CHECKER)
def return_extension(ref: str) -> ResponseReturnValue:
    """Ask why it is sent back."""
    return _decide_page(ref, ReasonForm(), approves=False)


@bp.post("/extensions/<ref>/return")
@roles(Role.CHECKER, when="not by the officer who proposed it")
def return_extension_post(ref: str) -> ResponseReturnValue:
    """Send the proposal back: the term stays."""
    form = ReasonForm()
    return do_or_ask_again(
        form,
        lambda: service.send_back(db.session(), actor=actor(), extension_ref=ref, reason=form.reason.value),
        again=lambda: _decide_page(ref, form, approves=False),
        done=_("延期已退回，使用期限不变。"),
        to=url_for("authority.extension", ref=ref),
    )


def _extend_page(ref: str, form: ExtendForm) -> str:
    session, who = db.session(), actor()
    voucher = get_voucher(session, actor=who, ref=ref)
    left = service.months_left(session, voucher)
    return render_template("authority/extend.html", voucher=voucher, left=left, form=form)


def _extension_page(ref: str) -> str:
    session, who = db.session(), actor()
    found = service.get_extension(session, actor=who, ref=ref)
    asked = find_latest(session, actor=who, kind=service.EXTEND, subject_id=found.id)
    return render_template(
        "authority/extension.html",
        extension=found,
        batch=extension_queries.find_batch(session, extension=found),
        asked=asked,
        names=names_of(session, asked),
        may_decide=who.role is Role.CHECKER and found.state == "proposed" and found.batch_id is None,
        words=words,
    )


def _decide_page(ref: str, form: ApproveExtensionForm | ReasonForm, *, approves: bool) -> str:
    found = service.get_extension(db.session(), actor=actor(), ref=ref)
    return render_template("authority/decide-extension.html", extension=found, form=form, approves=approves)
