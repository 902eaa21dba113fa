"""Paper: vouchers on numbered sheets, the issue register, spoiled sheets, clear sheets."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.core.actor import WATCHERS, Role
from app.documents import pdf
from app.extensions import db
from app.identity.models import District
from app.projects import roster
from app.projects.queries import get_household
from app.reports import clear_sheets, voucher_paper
from app.vouchers import paper as service
from app.vouchers import paper_queries as queries
from app.vouchers.paper_models import CHOSEN
from app.vouchers.paper_queries import Line, Wanted
from app.vouchers.queries import get_voucher
from app.web import paper as words
from app.web.access import actor, roles
from app.web.acting import do_or_ask_again
from app.web.authority import bp
from app.web.clear_sheets import clear_pdf
from app.web.export import csv_response, pdf_response, xlsx_response
from app.web.forms.base import Choice
from app.web.forms.issuing import (
    ClearForm,
    ClearRunForm,
    PrintForm,
    PrintOneForm,
    RegisterForm,
    SpoilForm,
)
from app.web.language import gettext as _
from app.web.pages import paginate, printed


@bp.get("/register")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def register() -> ResponseReturnValue:
    """Show the issue register: every voucher, the sheets it was on, and those that were spoiled."""
    session, who, form = db.session(), actor(), _register_form()
    rows, pages = None, None
    if form.accept():
        wanted = _wanted(form)
        pages = paginate(queries.count_lines(session, actor=who, wanted=wanted))
        rows = queries.list_lines(session, actor=who, wanted=wanted, offset=pages.offset, limit=pages.size)
    query = {name: value for name, value in request.args.items() if name != "page"}
    page = render_template(
        "authority/register.html", form=form, rows=rows, pages=pages, words=words, query=query
    )
    return page, 422 if rows is None else 200


@bp.get("/register.csv")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def register_csv() -> ResponseReturnValue:
    """Give out the register as CSV, as it is filtered."""
    return csv_response("register", words.REGISTER, words.register_rows(_register_lines()))


@bp.get("/register.xlsx")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def register_xlsx() -> ResponseReturnValue:
    """Give out the register as a workbook, as it is filtered."""
    return xlsx_response("register", words.REGISTER, words.register_rows(_register_lines()))


@bp.get("/register.pdf")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def register_pdf() -> ResponseReturnValue:
    """Give out the register for printing, as it is filtered."""
    lines = _register_lines()
    kind = words.KINDS.get(request.args.get("kind", ""), "")
    facts = [
        (_("城区"), db.session().get_one(District, actor().district).name),
        (_("项目"), request.args.get("project", "")),
        (_("纸张"), str(kind)),
        (_("查找"), request.args.get("words", "")),
        (_("共"), _("%(count)d 条", count=len(lines))),
    ]
    sheet = words.register_list(lines, [fact for fact in facts if fact[1]], printed=printed())
    return pdf_response("register", pdf.render("list", sheet))


@bp.get("/projects/<path:name>/paper")
@roles(Role.OFFICER)
def project_paper(name: str) -> ResponseReturnValue:
    """Show how much of a project is on paper, its printings, and ask for the next sheets."""
    return _project_page(name, PrintForm())


@bp.post("/projects/<path:name>/paper")
@roles(Role.OFFICER)
def project_paper_post(name: str) -> ResponseReturnValue:
    """Put the next vouchers on the next sheets."""
    session, who, form = db.session(), actor(), PrintForm()
    found = roster.get_project_by_name(session, actor=who, name=name)
    return do_or_ask_again(
        form,
        lambda: service.print_project(
            session,
            actor=who,
            project_id=found.id,
            first_serial=form.serial.value,
            count=form.count.value,
        ),
        again=lambda: _project_page(name, form),
        done=lambda sheets: _(
            "已登记 %(count)d 张，纸张 %(first)s 到 %(last)s。请打开下面最新的一份打印。",
            count=len(sheets),
            first=sheets[0].serial,
            last=sheets[-1].serial,
        ),
        to=url_for("authority.project_paper", name=name),
    )


@bp.get("/paper/<run_ref>.pdf")
@roles(Role.OFFICER)
def paper_run(run_ref: str) -> ResponseReturnValue:
    """Give out the sheets of one printing as one PDF; ``from`` begins at a serial, after a paper jam."""
    session, who = db.session(), actor()
    sheets = queries.list_run(session, actor=who, run_ref=run_ref, start=request.args.get("from", ""))
    content = voucher_paper.render_sheets(session, actor=who, sheets=sheets, address_of=words.check_address)
    return pdf_response(run_ref, content)


@bp.get("/vouchers/<ref>/paper")
@roles(Role.OFFICER)
def voucher_sheets(ref: str) -> ResponseReturnValue:
    """Show the sheets that a voucher was on, and ask for one where it is on none."""
    return _voucher_page(ref, PrintOneForm())


@bp.post("/vouchers/<ref>/paper")
@roles(Role.OFFICER, when="issued, not on paper")
def voucher_sheets_post(ref: str) -> ResponseReturnValue:
    """Put the voucher on a sheet."""
    session, who, form = db.session(), actor(), PrintOneForm()
    get_voucher(session, actor=who, ref=ref)
    return do_or_ask_again(
        form,
        lambda: service.print_one(session, actor=who, voucher_ref=ref, serial=form.serial.value),
        again=lambda: _voucher_page(ref, form),
        done=_("已登记，请打开下面的纸张打印。"),
        to=url_for("authority.voucher_sheets", ref=ref),
    )


@bp.get("/sheets/<serial>/spoil")
@roles(Role.OFFICER)
def spoil_sheet(serial: str) -> ResponseReturnValue:
    """Ask why a sheet is spoiled, and on which one the voucher goes."""
    return _spoil_page(serial, _spoil_form())


@bp.post("/sheets/<serial>/spoil")
@roles(Role.OFFICER)
def spoil_sheet_post(serial: str) -> ResponseReturnValue:
    """Void the sheet and put its voucher on the new one."""
    session, who, form = db.session(), actor(), _spoil_form()
    found = queries.get_sheet(session, actor=who, serial=serial)
    return do_or_ask_again(
        form,
        lambda: service.spoil(
            session, actor=who, serial=serial, reason=form.reason.value, new_serial=form.serial.value
        ),
        again=lambda: _spoil_page(serial, form),
        done=_("纸张 %(serial)s 已作废，请打开新的一张打印。", serial=serial),
        to=url_for("authority.voucher_sheets", ref=found.voucher.ref),
    )


@bp.get("/projects/<path:name>/clear-sheets")
@roles(Role.OFFICER)
def project_clear_sheets(name: str) -> ResponseReturnValue:
    """Show how many households of a project have a clear sheet, and ask for the next ones."""
    return _clear_run_page(name, ClearRunForm())


@bp.post("/projects/<path:name>/clear-sheets")
@roles(Role.OFFICER)
def project_clear_sheets_post(name: str) -> ResponseReturnValue:
    """Make the next clear sheets."""
    session, who, form = db.session(), actor(), ClearRunForm()
    found = roster.get_project_by_name(session, actor=who, name=name)
    return do_or_ask_again(
        form,
        lambda: clear_sheets.make_project(session, actor=who, project_id=found.id, count=form.count.value),
        again=lambda: _clear_run_page(name, form),
        done=_("明白纸已做好，请打开下面最新的一份打印。"),
        to=url_for("authority.project_clear_sheets", name=name),
    )


@bp.get("/clear-sheets/<run_ref>.pdf")
@roles(Role.OFFICER)
def clear_run(run_ref: str) -> ResponseReturnValue:
    """Give out the clear sheets of one printing as one PDF."""
    return clear_pdf(run_ref)


@bp.get("/households/<ref>/clear-sheet")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def clear_sheet(ref: str) -> ResponseReturnValue:
    """Show the versions of a household's clear sheet."""
    session, who = db.session(), actor()
    found = get_household(session, actor=who, ref=ref)
    return render_template(
        "authority/clear-sheet.html",
        household=found,
        versions=clear_sheets.list_versions(session, actor=who, household_id=found.id),
        form=ClearForm(),
        may_print=who.role is Role.OFFICER,
    )


@bp.post("/households/<ref>/clear-sheet")
@roles(Role.OFFICER, when="with an issued voucher")
def clear_sheet_post(ref: str) -> ResponseReturnValue:
    """Make the sheet of today, a new version where what it says changed."""
    session, who = db.session(), actor()
    found = get_household(session, actor=who, ref=ref)
    if ClearForm().accept():
        clear_sheets.make(session, actor=who, household_id=found.id)
        flash(_("明白纸已做好，请打开下面最新的一版打印。"))
    return redirect(url_for("authority.clear_sheet", ref=ref), 303)


def _register_form() -> RegisterForm:
    form = RegisterForm()
    standings = roster.list_standings(db.session(), actor=actor())
    form.project.choices = [Choice(one.project.name, one.project.name) for one in standings]
    form.kind.choices = [Choice(kind, str(text)) for kind, text in words.KINDS.items()]
    return form


def _wanted(form: RegisterForm) -> Wanted:
    project = None
    if form.project.value:
        project = roster.get_project_by_name(db.session(), actor=actor(), name=form.project.value).id
    return Wanted(project, form.kind.value or "", form.words.value)


def _register_lines() -> list[Line]:
    form = _register_form()
    wanted = _wanted(form) if form.accept() else Wanted()
    return queries.list_lines(db.session(), actor=actor(), wanted=wanted)


def _spoil_form() -> SpoilForm:
    form = SpoilForm()
    form.reason.choices = [Choice(reason, str(words.REASONS[reason])) for reason in CHOSEN]
    return form


def _project_page(name: str, form: PrintForm) -> str:
    session, who = db.session(), actor()
    found = roster.get_project_by_name(session, actor=who, name=name)
    printed, left = queries.count_paper(session, actor=who, project_id=found.id)
    return render_template(
        "authority/project-paper.html",
        project=found,
        printed=printed,
        left=left,
        runs=queries.list_runs(session, actor=who, project_id=found.id),
        form=form,
    )


def _voucher_page(ref: str, form: PrintOneForm) -> str:
    session, who = db.session(), actor()
    found = get_voucher(session, actor=who, ref=ref)
    sheets = queries.list_of_voucher(session, voucher=found)
    return render_template(
        "authority/voucher-paper.html",
        voucher=found,
        sheets=sheets,
        live=any(sheet.spoiled_at is None for sheet in sheets),
        by_hand=voucher_paper.unprintable(session, actor=who, voucher=found),
        form=form,
        words=words,
    )


def _spoil_page(serial: str, form: SpoilForm) -> str:
    found = queries.get_sheet(db.session(), actor=actor(), serial=serial)
    return render_template("authority/spoil-sheet.html", sheet=found, form=form)


def _clear_run_page(name: str, form: ClearRunForm) -> str:
    session, who = db.session(), actor()
    found = roster.get_project_by_name(session, actor=who, name=name)
    made, households = clear_sheets.count_sheets(session, actor=who, project_id=found.id)
    return render_template(
        "authority/project-clear-sheets.html",
        project=found,
        made=made,
        households=households,
        runs=clear_sheets.list_runs(session, actor=who, project_id=found.id),
        form=form,
    )
