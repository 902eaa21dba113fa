"""A longer term for a voucher (延期): an officer proposes, a checker decides."""

from typing import Final

from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from app.approvals.queries import find_latest, names_of
from app.core.actor import WATCHERS, Role
from app.extensions import db
from app.vouchers import extension_queries
from app.vouchers import extensions as service
from app.vouchers.extension_models import VoucherExtension
from app.vouchers.queries import get_voucher
from app.web import extensions as words
from app.web.access import actor, roles
from app.web.acting import do_or_ask_again
from app.web.authority import bp
from app.web.authority.cases import Answer, CaseDesk, Step
from app.web.forms.authority import SendBackForm
from app.web.forms.base import Form
from app.web.forms.endings import ApproveExtensionForm, ExtendForm
from app.web.language import gettext as _
from app.web.language import lazy_gettext as _l
from app.web.pages import paginate

_STEPS: Final = {
    Answer.APPROVE: Step(
        _l("同意延期"),
        _l("通过，延长期限"),
        _l("奖励的档期不变。原来的纸质房票作废，要换印。"),
        _l("已延期。原来的纸质房票已经作废，请换印。"),
        ApproveExtensionForm,
    ),
    Answer.RETURN: Step(
        _l("退回延期"),
        _l("确认退回"),
        _l("使用期限不变。"),
        _l("延期已退回，使用期限不变。"),
        SendBackForm,
        warning=True,
    ),
}


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
    form = ExtendForm()
    return do_or_ask_again(
        form,
        lambda: service.propose(
            db.session(),
            actor=actor(),
            voucher_ref=ref,
            months=form.months.value,
            reason=form.reason.value,
            evidence=form.evidence.value,
        ),
        again=lambda: _extend_page(ref, form),
        done=_("延期已提交复核。"),
        to=lambda made: url_for("authority.extension", ref=made.ref),
    )


@bp.get("/extensions/<ref>")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def extension(ref: str) -> str:
    """Show an extension: the days, the reason, who proposed it and who decided."""
    return _extension_page(ref)


def _extend_page(ref: str, form: ExtendForm) -> str:
    session, who = db.session(), actor()
    voucher = get_voucher(session, actor=who, ref=ref)
    left = service.months_left(session, voucher)
    use = words.use_of(voucher, service.asked_use(session, [voucher]).get(voucher.id))
    return render_template("authority/extend.html", voucher=voucher, left=left, use=use, form=form)


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
        acts=_desk.offered(ref, lambda step: _may(found, step)),
        words=words,
    )


def _get(ref: str) -> VoucherExtension:
    return service.get_extension(db.session(), actor=actor(), ref=ref)


def _page(found: VoucherExtension, step: Answer, form: Form) -> str:
    return render_template("authority/decide-extension.html", extension=found, form=form, step=_STEPS[step])


def _may(found: VoucherExtension, _step: Answer) -> bool:
    return actor().role is Role.CHECKER and found.state == "proposed" and found.batch_id is None


_desk: Final = CaseDesk("extension", "/extensions", _STEPS, _get, _page, _may, kind=service.EXTEND)


@_desk.step(Answer.APPROVE, Role.CHECKER, when="not by the officer who proposed it")
def _approve(found: VoucherExtension, form: ApproveExtensionForm) -> None:
    """Lengthen the term."""
    service.approve(db.session(), actor=actor(), extension_ref=found.ref, seen=form.seen.value)


@_desk.step(Answer.RETURN, Role.CHECKER, when="not by the officer who proposed it")
def _return(found: VoucherExtension, form: SendBackForm) -> None:
    """Send the proposal back: the term stays."""
    service.send_back(
        db.session(),
        actor=actor(),
        extension_ref=found.ref,
        reason=form.reason.value,
        seen=form.seen.value,
    )
