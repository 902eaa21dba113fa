"""The pages of an import, the same for developers and bureaus, each below its own addresses."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from typing import Any, Final

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.core.errors import DomainError, NotFound
from app.extensions import db
from app.gateways import files
from app.gateways.files import StoredFile
from app.homes import filings
from app.imports import archive, queries, service, states, writing
from app.imports.cells import Source
from app.imports.columns import TABLES
from app.imports.heads import Sample
from app.imports.models import ImportFault, ImportRun
from app.imports.plan import Plan
from app.imports.sources import open_source
from app.web import imports as words
from app.web.access import actor
from app.web.acting import do_or_ask_again
from app.web.errors import status_of
from app.web.forms.base import Choice
from app.web.forms.imports import ApplyForm, DiscardForm, ImportFileForm, OrderForm, PlanPage, typed_heads
from app.web.import_kinds import KINDS
from app.web.language import gettext as _
from app.web.pages import paginate
from app.web.restarts import find_stopped_import

MOST_BYTES: Final = 30 * 1024 * 1024
MOST_FAULTS: Final = 5_000
SHOWN: Final = ("bad", "changed", "leaving", "new")
_WORKBOOK: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


Page = Callable[[str], ResponseReturnValue]
Mark = Callable[[Page], Page]
"""Says of a page who may open it: ``roles``."""


@dataclass(frozen=True, slots=True)
class Pages:
    """Where an audience's pages stand: those of a run, the one that takes a file, what the file is about."""

    audience: str
    file_page: Callable[[ImportRun], str]
    about: Callable[[ImportRun], tuple[str, str]]
    """The name of what was imported into, and the address where it is seen."""

    def to(self, page: str, run: ImportRun, **more: Any) -> str:
        """Return the address of one of a run's pages."""
        return url_for(f"{self.audience}.import_{page}", ref=run.ref, **more)


def offer_pages(bp: Blueprint, pages: Pages, *, reads: Mark, writes: Mark) -> None:
    """Give the imports of an audience their pages, below ``/imports/<ref>``.

    ``reads`` and ``writes`` mark who may open a page, and who may send its form.
    """

    def of_these(view: Callable[[Pages, str], ResponseReturnValue]) -> Page:
        def page(ref: str) -> ResponseReturnValue:
            return view(pages, ref)

        page.__doc__ = view.__doc__
        return page

    for path, name, show in (
        ("", "run", show_run),
        ("/columns", "columns", show_columns),
        ("/rows", "rows", show_rows),
        ("/marked.xlsx", "marked", marked),
    ):
        bp.get(f"/imports/<ref>{path}", endpoint=f"import_{name}")(reads(of_these(show)))
    for name, take in (("columns", take_columns), ("apply", take_order), ("discard", take_discard)):
        bp.post(f"/imports/<ref>/{name}", endpoint=f"import_{name}_post")(writes(of_these(take)))


def take_file(
    pages: Pages,
    form: ImportFileForm,
    start: Callable[[StoredFile, str], ImportRun],
    *,
    again: Callable[[], str],
) -> ResponseReturnValue:
    """Keep the file of a form, start its run and lead to it; else ask ``again`` with what is wrong."""
    if not form.accept():
        return again(), 422
    try:
        archive.judge(form.file.stream, form.file.filename)
        form.file.stream.seek(0)
        run = start(files.current().put(form.file.stream, most=MOST_BYTES), form.file.filename)
    except DomainError as error:
        form.apply(error)
        return again(), status_of(error)
    return redirect(pages.to("run", run), 303)


def show_run(pages: Pages, ref: str) -> ResponseReturnValue:
    """Show how far a file is: at work, waiting for its columns, previewed, applied, given up."""
    run = _run(ref)
    if run.state == "planning":
        return _moved_on(make_response(redirect(pages.to("columns", run))))
    if run.state == "ready":
        return _moved_on(make_response(_preview_page(pages, run, _order_form(run))))
    if run.state not in states.WORKING:
        return _moved_on(make_response(_page("run", pages, run, working=False, stopped=None)))
    stopped = find_stopped_import(db.session(), actor=actor(), run=run)
    page = _page("run", pages, run, working=stopped is None, stopped=stopped)
    return page if stopped is None else _moved_on(make_response(page))


def show_columns(pages: Pages, ref: str) -> ResponseReturnValue:
    """Ask which sheets and columns are what."""
    run = _run(ref)
    if run.state not in ("planning", "ready"):
        return redirect(pages.to("run", run))
    return _columns_page(pages, run, _plan_page(run))


def take_columns(pages: Pages, ref: str) -> ResponseReturnValue:
    """Have the file read as planned; where a head was corrected, first ask for its columns."""
    run = _run(ref)
    if run.state not in ("planning", "ready"):
        return redirect(pages.to("run", run), 303)
    page = _plan_page(run)

    def plan() -> None:
        chosen, heads = page.plan()
        service.set_plan(db.session(), actor=actor(), ref=ref, plan=chosen, heads=heads)

    return do_or_ask_again(
        page.form, plan, again=lambda: _columns_page(pages, run, page), to=pages.to("run", run)
    )


def show_rows(pages: Pages, ref: str) -> ResponseReturnValue:
    """List rows of one sort: with problems, changed, leaving the pool, new."""
    session, run = db.session(), _run(ref)
    shown = request.args.get("show", "bad")
    outcome = shown if shown in words.OUTCOMES else None
    shown = "changed" if outcome else shown if shown in SHOWN else "bad"
    counts = run.counts or {}
    counted = counts.get("outcomes", {}).get(outcome, 0) if outcome else counts.get(shown, 0)
    page = paginate(counted, size=20)
    if shown == "bad":
        rows: Any = queries.list_bad_rows(session, run_id=run.id, limit=page.size, offset=page.offset)
    else:
        rows = queries.list_rows(
            session,
            run_id=run.id,
            verdict="changed" if shown == "leaving" else shown,
            leaving=shown == "leaving",
            outcome=outcome,
            limit=page.size,
            offset=page.offset,
        )
    sheets = queries.sheet_names(run)
    title = words.rows_title(run, outcome or shown)
    return _page("rows", pages, run, rows=rows, shown=shown, sheets=sheets, page=page, title=title)


def take_order(pages: Pages, ref: str) -> ResponseReturnValue:
    """Have the good rows applied, all together."""
    run = _run(ref)
    form = _order_form(run)
    if run.state != "ready":
        return redirect(pages.to("run", run), 303)

    def order() -> None:
        reason = form.reason.value if isinstance(form, ApplyForm) else ""
        leave_out = "yes" in form.leave_out.values
        service.order(db.session(), actor=actor(), ref=ref, reason=reason, leave_out=leave_out)

    return do_or_ask_again(
        form, order, again=lambda: _preview_page(pages, run, form), to=pages.to("run", run)
    )


def take_discard(pages: Pages, ref: str) -> ResponseReturnValue:
    """Drop the file; nothing of it was applied."""
    run, form = _run(ref), DiscardForm()
    if form.accept():
        service.discard(db.session(), actor=actor(), ref=ref)
        flash(_("这次导入已放弃，什么都没有改动。"))
    return redirect(pages.file_page(run), 303)


def marked(_pages: Pages, ref: str) -> Response:
    """Hand out the sent workbook with its bad cells marked; of a text file, or a large one, its bad rows."""
    session, run = db.session(), _run(ref)
    if run.samples is None:
        raise NotFound("import_not_found")
    faults = list(queries.list_faults(session, run_id=run.id, limit=MOST_FAULTS))
    return workbook(f"marked-{ref}", _marked(run, faults))


def workbook(name: str, content: bytes) -> Response:
    """Return a workbook for download; ``name`` is plain ASCII, without the ending."""
    response = Response(content, mimetype=_WORKBOOK)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.xlsx"'
    return response


def table_file(name: str, ending: str, layout: writing.Layout, lines: writing.Lines) -> Response:
    """Return a table in our own columns for download, as a workbook or as text."""
    if ending == "xlsx":
        return workbook(name, writing.as_workbook(lines, layout))
    response = Response("".join(writing.as_csv(lines, layout)), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def _run(ref: str) -> ImportRun:
    return queries.get_run(db.session(), actor=actor(), ref=ref)


def _moved_on(response: Response) -> Response:
    """Have a page that watched the work load anew: what it watched is over."""
    if request.headers.get("HX-Request"):
        answer = make_response("", 200)
        answer.headers["HX-Redirect"] = request.path
        return answer
    return response


def _order_form(run: ImportRun) -> OrderForm:
    return ApplyForm() if run.kind == "homes" else OrderForm()


def _plan_page(run: ImportRun) -> PlanPage:
    session = db.session()
    samples = [Sample.from_json(stored) for stored in (run.samples or {})["sheets"]]
    plan = Plan.from_json(run.plan) if run.plan else None
    page = PlanPage(samples, plan, typed_heads(samples, plan), TABLES[run.kind], run.file_name)
    signatures = [head.signature for head in page.found.values()]
    remembered = queries.remembered_columns(
        session, organisation_id=run.organisation_id, kind=run.kind, signatures=signatures
    )
    page.build(remembered, _developments(run))
    return page


def _developments(run: ImportRun) -> list[Choice]:
    if run.kind not in ("filings", "sales"):
        return []
    return [
        Choice(place.ref, _("%(name)s（%(developer)s）", name=place.name, developer=place.developer.name))
        for place in filings.list_developments(db.session(), actor=actor(), limit=None)
    ]


def _page(name: str, pages: Pages, run: ImportRun, **context: Any) -> str:
    return render_template(
        f"imports/{name}.html",
        run=run,
        pages=pages,
        words=words,
        kind=KINDS[run.kind],
        counts=run.counts or {},
        **context,
    )


def _columns_page(pages: Pages, run: ImportRun, page: PlanPage) -> str:
    page.form.seen_heads.data = page.heads_now
    return _page("columns", pages, run, page=page, form=page.form)


def _preview_page(pages: Pages, run: ImportRun, form: OrderForm) -> str:
    common = queries.common_faults(db.session(), run_id=run.id, limit=5)
    skipped = words.skipped(run)
    return _page("preview", pages, run, form=form, discard=DiscardForm(), common=common, skipped=skipped)


def _marked(run: ImportRun, faults: list[ImportFault]) -> bytes:
    samples = (run.samples or {})["sheets"]
    cells = sum(
        sheet["count"] * max((len(texts) for _, texts in sheet["rows"]), default=0) for sheet in samples
    )
    with closing(files.current().open(run.file_sha256)) as content:
        if archive.judge(content, run.file_name) == "xlsx" and cells <= writing.MOST_MARKED:
            content.seek(0)
            return writing.marked_workbook(content, faults, words.reason)
        return _bad_rows(run, faults, open_source(content, run.file_name))


def _bad_rows(run: ImportRun, faults: list[ImportFault], source: Source) -> bytes:
    reasons: dict[tuple[int, int], list[str]] = {}
    for fault in faults:
        reasons.setdefault((fault.sheet, fault.row), []).append(words.fault_line(fault))
    names = queries.sheet_names(run)
    rows = [
        (index, row)
        for index in sorted({sheet for sheet, _row in reasons})
        for row in source.rows(index)
        if (index, row.number) in reasons
    ]
    width = max((len(row.cells) for _index, row in rows), default=0)
    lines = [(names.get(index, ""), "\n".join(reasons[index, row.number]), row) for index, row in rows]
    return writing.bad_rows_workbook(lines, width)
