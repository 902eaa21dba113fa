"""Sales tables from spreadsheets: sending a file, its columns, the preview, the order to apply it."""

from typing import Final

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.core.actor import Role
from app.core.errors import DomainError
from app.extensions import db
from app.gateways import files
from app.homes import stock
from app.homes.models import Development
from app.imports import archive, queries, service, states
from app.imports.heads import Sample
from app.imports.models import ImportRun
from app.imports.plan import Plan
from app.web import imports as words
from app.web.access import SELLING, actor, roles
from app.web.developer import bp
from app.web.files import takes_files
from app.web.forms.imports import ApplyForm, DiscardForm, ImportFileForm, PlanPage, typed_heads
from app.web.language import gettext as _
from app.web.pages import paginate

MOST_BYTES: Final = 30 * 1024 * 1024
SHOWN: Final = ("bad", "changed", "leaving", "new")


@bp.get("/developments/<ref>/import")
@roles(Role.DEVELOPER, duties=SELLING)
def import_file(ref: str) -> ResponseReturnValue:
    """Ask for a file, offer the template and the stock as a file, list what was sent before."""
    return _file_page(stock.get_development(db.session(), actor=actor(), ref=ref), ImportFileForm())


@bp.post("/developments/<ref>/import")
@roles(Role.DEVELOPER, duties=SELLING)
@takes_files(most=MOST_BYTES)
def import_file_post(ref: str) -> ResponseReturnValue:
    """Keep the file and have a worker look at it."""
    session, who, form = db.session(), actor(), ImportFileForm()
    development = stock.get_development(session, actor=who, ref=ref)
    if not form.accept():
        return _file_page(development, form), 422
    try:
        archive.judge(form.file.stream, form.file.filename)
        form.file.stream.seek(0)
        stored = files.current().put(form.file.stream, most=MOST_BYTES)
        run = service.start(
            session,
            actor=who,
            development_id=development.id,
            stored=stored,
            file_name=form.file.filename,
        )
    except DomainError as error:
        form.apply(error)
        return _file_page(development, form), 422
    return redirect(url_for("developer.import_run", ref=run.ref), 303)


@bp.get("/imports/<ref>")
@roles(Role.DEVELOPER, duties=SELLING)
def import_run(ref: str) -> ResponseReturnValue:
    """Show how far a file is: at work, waiting for its columns, previewed, applied, given up."""
    run = _run(ref)
    if run.state == "planning":
        return _moved_on(make_response(redirect(url_for("developer.import_columns", ref=ref))))
    if run.state == "ready":
        return _moved_on(make_response(_preview_page(run, ApplyForm())))
    page = make_response(
        render_template(
            "developer/import-run.html", run=run, words=words, working=run.state in states.WORKING
        )
    )
    return page if run.state in states.WORKING else _moved_on(page)


@bp.get("/imports/<ref>/columns")
@roles(Role.DEVELOPER, duties=SELLING)
def import_columns(ref: str) -> ResponseReturnValue:
    """Ask which sheets and columns are what."""
    run = _run(ref)
    if run.state not in ("planning", "ready"):
        return redirect(url_for("developer.import_run", ref=ref))
    return _columns_page(run, _plan_page(run))


@bp.post("/imports/<ref>/columns")
@roles(Role.DEVELOPER, duties=SELLING)
def import_columns_post(ref: str) -> ResponseReturnValue:
    """Have the file read as planned; where a head was corrected, first ask for its columns."""
    run = _run(ref)
    if run.state not in ("planning", "ready"):
        return redirect(url_for("developer.import_run", ref=ref), 303)
    page = _plan_page(run)
    form = page.form
    if not form.accept():
        return _columns_page(run, page), 422
    try:
        plan, heads = page.plan()
        service.set_plan(db.session(), actor=actor(), ref=ref, plan=plan, heads=heads)
    except DomainError as error:
        form.apply(error)
        return _columns_page(run, page), 422
    return redirect(url_for("developer.import_run", ref=ref), 303)


@bp.get("/imports/<ref>/rows")
@roles(Role.DEVELOPER, duties=SELLING)
def import_rows(ref: str) -> ResponseReturnValue:
    """List rows of one sort: with problems, changed, leaving the pool, new."""
    session, run = db.session(), _run(ref)
    shown = request.args.get("show", "bad")
    shown = shown if shown in SHOWN else "bad"
    counts = run.counts or {}
    pages = paginate(counts.get(shown, 0), size=20)
    listed = (
        queries.list_bad_rows(session, run_id=run.id, limit=pages.size, offset=pages.offset)
        if shown == "bad"
        else queries.list_rows(
            session,
            run_id=run.id,
            verdict="changed" if shown == "leaving" else shown,
            leaving=shown == "leaving",
            limit=pages.size,
            offset=pages.offset,
        )
    )
    return render_template(
        "developer/import-rows.html",
        run=run,
        rows=listed,
        shown=shown,
        counts=counts,
        sheets=queries.sheet_names(run),
        pages=pages,
        words=words,
    )


@bp.post("/imports/<ref>/apply")
@roles(Role.DEVELOPER, duties=SELLING)
def import_apply_post(ref: str) -> ResponseReturnValue:
    """Have the good rows applied, all together."""
    run, form = _run(ref), ApplyForm()
    if run.state != "ready":
        return redirect(url_for("developer.import_run", ref=ref), 303)
    if not form.accept():
        return _preview_page(run, form), 422
    try:
        service.order(
            db.session(),
            actor=actor(),
            ref=ref,
            reason=form.reason.value,
            leave_out="yes" in form.leave_out.values,
        )
    except DomainError as error:
        form.apply(error)
        return _preview_page(run, form), 422
    return redirect(url_for("developer.import_run", ref=ref), 303)


@bp.post("/imports/<ref>/discard")
@roles(Role.DEVELOPER, duties=SELLING)
def import_discard_post(ref: str) -> ResponseReturnValue:
    """Drop the file; nothing of it was applied."""
    run, form = _run(ref), DiscardForm()
    if form.accept():
        service.discard(db.session(), actor=actor(), ref=ref)
        flash(_("这次导入已放弃，房源没有任何改动。"))
    return redirect(url_for("developer.import_file", ref=run.development.ref), 303)


def _run(ref: str) -> ImportRun:
    return queries.get_run(db.session(), actor=actor(), ref=ref)


def _moved_on(response: Response) -> Response:
    """Have a page that watched the work load anew: what it watched is over."""
    if request.headers.get("HX-Request"):
        answer = make_response("", 200)
        answer.headers["HX-Redirect"] = request.path
        return answer
    return response


def _plan_page(run: ImportRun) -> PlanPage:
    samples = [Sample.from_json(stored) for stored in (run.samples or {})["sheets"]]
    plan = Plan.from_json(run.plan) if run.plan else None
    page = PlanPage(samples, plan, typed_heads(samples, plan))
    signatures = [head.signature for head in page.found.values()]
    page.build(
        queries.remembered_columns(
            db.session(), developer_id=run.developer_id, kind=run.kind, signatures=signatures
        )
    )
    return page


def _columns_page(run: ImportRun, page: PlanPage) -> str:
    page.form.seen_heads.data = page.heads_now
    return render_template("developer/import-columns.html", run=run, page=page, form=page.form, words=words)


def _preview_page(run: ImportRun, form: ApplyForm) -> str:
    session = db.session()
    return render_template(
        "developer/import-preview.html",
        run=run,
        counts=run.counts or {},
        form=form,
        discard=DiscardForm(),
        common=queries.common_faults(session, run_id=run.id, limit=5),
        skipped=words.skipped(run),
        words=words,
    )


def _file_page(development: Development, form: ImportFileForm) -> str:
    session = db.session()
    pages = paginate(queries.count_runs(session, development_id=development.id), size=10)
    runs = queries.list_runs(session, development_id=development.id, limit=pages.size, offset=pages.offset)
    return render_template(
        "developer/import.html", development=development, form=form, runs=runs, pages=pages, words=words
    )
