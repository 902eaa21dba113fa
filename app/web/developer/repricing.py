"""New prices for many homes: chosen, worked out and shown, then applied whole; batches made, and undone."""

from typing import Any

from flask import flash, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.core import clock
from app.core.actor import Role
from app.core.errors import DomainError
from app.extensions import db
from app.homes import batches, planned_batches, service, stock
from app.homes.models import Development
from app.homes.repricing import Preview
from app.redemptions.touched import touched
from app.web import repricing as words
from app.web.access import SELLING, actor, roles
from app.web.acting import do_or_ask_again
from app.web.developer import bp
from app.web.export import csv_response
from app.web.forms.base import Choice
from app.web.forms.repricing import BatchForm, RepricingForm
from app.web.language import gettext as _
from app.web.pages import paginate
from app.web.touched import sentences

LINES_A_PAGE = 20


@bp.get("/developments/<ref>/repricing")
@roles(Role.DEVELOPER, duties=SELLING)
def reprice(ref: str) -> ResponseReturnValue:
    """Ask which homes and how; once the address says it, show what would come of it."""
    found, form = _open(ref)
    if not request.args.get("kind"):
        return _page(found, form, None, BatchForm())
    preview = _preview(found, form)
    return _page(found, form, preview, BatchForm()), 200 if preview else 400


@bp.post("/developments/<ref>/repricing")
@roles(Role.DEVELOPER, duties=SELLING)
def reprice_post(ref: str) -> ResponseReturnValue:
    """Write the prices that were shown, all or none."""
    (found, form), confirm = _open(ref), BatchForm()
    preview = _preview(found, form)
    if preview is None:
        return _page(found, form, None, confirm), 422

    def again() -> str:
        found, form = _open(ref)
        return _page(found, form, _preview(found, form), confirm)

    return do_or_ask_again(
        confirm,
        lambda: _write(found, form, confirm),
        sure=lambda: confirm.agrees(_consequences(preview)),
        again=again,
        to=str,
    )


def _write(found: Development, form: RepricingForm, confirm: BatchForm) -> str:
    """Write the new prices, or plan them for their day; return the address of what was made."""
    asked: dict[str, Any] = {
        "actor": actor(),
        "development_id": found.id,
        "selection": form.selection,
        "recipe": form.recipe,
        "leave_out": form.leaves_out,
        "reason": confirm.reason.value,
        "seen": confirm.seen.value,
    }
    if form.effective_at is None:
        made = service.reprice(db.session(), **asked)
        flash(_("%(count)d 套房的价格已修改。", count=made.homes))
        return url_for("developer.batch", ref=made.ref)
    planned = service.plan_batch(db.session(), effective_at=form.effective_at, **asked)
    flash(_("%(count)d 套房的调价计划已保存，到日子自动生效。生效以前可以整批取消。", count=planned.homes))
    return url_for("developer.planned_batch", ref=planned.first.ref)


@bp.get("/developments/<ref>/repricing.csv")
@roles(Role.DEVELOPER, duties=SELLING)
def export_repricing(ref: str) -> ResponseReturnValue:
    """Send the preview, with the same choice, as a file for a spreadsheet."""
    found, form = _open(ref)
    preview = _preview(found, form)
    if preview is None:
        return _page(found, form, None, BatchForm()), 400
    header = [_("房源编号"), _("房源"), _("原价（元）"), _("新价（元）"), _("结果"), _("说明")]
    return csv_response(f"repricing-{clock.today().isoformat()}", header, map(words.file_row, preview.lines))


@bp.get("/batches/")
@roles(Role.DEVELOPER)
def batch_list() -> ResponseReturnValue:
    """List the company's batches, the newest first."""
    session, who = db.session(), actor()
    pages = paginate(batches.count_batches(session, actor=who))
    views = batches.list_batches(session, actor=who, limit=pages.size, offset=pages.offset)
    return render_template(
        "developer/batches.html",
        views=views,
        pages=pages,
        words=words,
        planned=planned_batches.list_planned_batches(session, actor=who),
    )


@bp.get("/batches/<ref>")
@roles(Role.DEVELOPER)
def batch(ref: str) -> ResponseReturnValue:
    """Show a batch: who, why, and each home's price before and after."""
    session = db.session()
    view = batches.get_batch(session, actor=actor(), ref=ref)
    pages = paginate(view.batch.homes, size=LINES_A_PAGE)
    changes = batches.list_changes(session, view.batch, limit=pages.size, offset=pages.offset)
    return render_template(
        "developer/batch.html", view=view, rows=words.change_rows(changes), pages=pages, words=words
    )


@bp.get("/batches/<ref>/undo")
@roles(Role.DEVELOPER, duties=SELLING)
def undo_batch(ref: str) -> ResponseReturnValue:
    """Show what taking the batch back would do."""
    return _undo_page(ref, BatchForm())


@bp.post("/batches/<ref>/undo")
@roles(Role.DEVELOPER, duties=SELLING)
def undo_batch_post(ref: str) -> ResponseReturnValue:
    """Take the batch back, all of what was shown or nothing."""
    session, who, form = db.session(), actor(), BatchForm()
    preview = batches.preview_undo(session, actor=who, ref=ref)
    return do_or_ask_again(
        form,
        lambda: service.undo_batch(
            session, actor=who, batch_ref=ref, reason=form.reason.value, seen=form.seen.value
        ),
        sure=lambda: form.agrees(_consequences(preview)),
        again=lambda: _undo_page(ref, form),
        done=lambda made: _("%(count)d 套房的价格已改回。", count=made.homes),
        to=lambda made: url_for("developer.batch", ref=made.ref),
    )


def _open(ref: str) -> tuple[Development, RepricingForm]:
    session = db.session()
    found = stock.get_development(session, actor=actor(), ref=ref)
    form = RepricingForm()
    buildings = stock.list_buildings(session, development_id=found.id)
    form.building.choices = [Choice(one.name, one.name) for one in buildings]
    return found, form


def _preview(found: Development, form: RepricingForm) -> Preview | None:
    """Return what would come of it; None, with the form's errors, when the address asks for nothing right."""
    if not form.validate():
        return None
    try:
        return batches.preview(
            db.session(),
            actor=actor(),
            development_id=found.id,
            selection=form.selection,
            recipe=form.recipe,
            leave_out=form.leaves_out,
            effective_at=form.effective_at,
        )
    except DomainError as error:
        form.apply(error)
        return None


def _consequences(preview: Preview) -> list[str]:
    """Return what there is to know before the prices are written."""
    met = touched(db.session(), [line.home.id for line in preview.changing])
    return words.consequences(preview) + sentences(met)


def _page(found: Development, form: RepricingForm, preview: Preview | None, confirm: BatchForm) -> str:
    pages = paginate(len(preview.lines) if preview else 0, size=LINES_A_PAGE)
    lines = preview.lines[pages.offset : pages.offset + pages.size] if preview else []
    if preview:
        confirm.show(preview.seen)
    return render_template(
        "developer/repricing.html",
        development=found,
        chooser=form,
        form=form if form.errors else confirm,
        preview=preview,
        rows=words.line_rows(lines),
        pages=pages,
        confirm=confirm,
        consequences=_consequences(preview) if preview else [],
        query=request.args.to_dict(),
        words=words,
    )


def _undo_page(ref: str, form: BatchForm) -> str:
    session, who = db.session(), actor()
    view = batches.get_batch(session, actor=who, ref=ref)
    preview = batches.preview_undo(session, actor=who, ref=ref)
    pages = paginate(len(preview.lines), size=LINES_A_PAGE)
    form.show(preview.seen)
    return render_template(
        "developer/undo-batch.html",
        view=view,
        form=form,
        preview=preview,
        rows=words.line_rows(preview.lines[pages.offset : pages.offset + pages.size]),
        pages=pages,
        confirm=form,
        consequences=_consequences(preview),
        words=words,
    )
