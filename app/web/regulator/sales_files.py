"""The registry's files of contracts, whichever road they came: what each would do, or did."""

from typing import Any, Final

from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from app.core.actor import WATCHERS, Role
from app.extensions import db
from app.sales import flows, queries
from app.sales.errors import SalesFileInvalid
from app.sales.models import SalesFile
from app.web import sales_files as words
from app.web.access import actor, roles
from app.web.acting import do_or_ask_again
from app.web.forms.sales import ApplyFileForm
from app.web.language import gettext as _
from app.web.language import lazy_gettext as _l
from app.web.pages import paginate
from app.web.regulator import bp

MOST_ROWS: Final = 2_000
"""More take longer than a page may; the command and the nightly job carry out whole years."""

STATES: Final = {
    "read": (_l("等确认"), "wait"),
    "part": (_l("采用到一半"), "wait"),
    "applied": (_l("已采用"), "good"),
    "refused": (_l("有错误，没有采用"), "bad"),
}


@bp.get("/sales-files/", endpoint="sales_files")
@roles(Role.REGULATOR, *WATCHERS)
def list_page() -> ResponseReturnValue:
    """List the files of the district, the newest first."""
    session, who = db.session(), actor()
    pages = paginate(queries.count_files(session, actor=who))
    rows = queries.list_files(session, actor=who, limit=pages.size, offset=pages.offset)
    return render_template(
        "regulator/sales-files.html", rows=rows, pages=pages, state_of=_state, states=STATES
    )


@bp.get("/sales-files/<ref>")
@roles(Role.REGULATOR, *WATCHERS)
def sales_file(ref: str) -> ResponseReturnValue:
    """Show a file: what it would do, or what it did."""
    return _file_page(ref, ApplyFileForm())


@bp.post("/sales-files/<ref>")
@roles(Role.REGULATOR)
def sales_file_post(ref: str) -> ResponseReturnValue:
    """Carry the file out."""
    session, who, form = db.session(), actor(), ApplyFileForm()

    def carry_out() -> None:
        try:
            flows.carry_out(session, actor=who, district_id=who.district, file_ref=ref, most_rows=MOST_ROWS)
        except SalesFileInvalid as error:
            raise words.in_words(error) from error

    return do_or_ask_again(
        form,
        carry_out,
        again=lambda: _file_page(ref, form),
        done=_("文件已采用。"),
        to=url_for("regulator.sales_file", ref=ref),
    )


def _file_page(ref: str, form: ApplyFileForm) -> str:
    who = actor()
    found = queries.get_file(db.session(), actor=who, ref=ref)
    return render_template(
        "regulator/sales-file.html",
        file=found,
        state=STATES[_state(found)],
        problem=words.problem_in_words(found.problem) if found.problem else None,
        counts=_counts(found),
        notable=[_line(one) for one in (found.outcome or {}).get("notable", ())],
        may_apply=found.state == "read" and who.role == Role.REGULATOR,
        form=form,
    )


def _state(file: SalesFile) -> str:
    """Return the state of a file; one that somebody began to carry out, and did not end, has its own."""
    return file.state if file.done is None else "part"


def _counts(file: SalesFile) -> list[list[str]]:
    counted: dict[str, int] = (file.outcome or {}).get("counts", {})
    return [[str(told), str(counted[name])] for name, told in words.OUTCOMES.items() if name in counted]


def _line(one: dict[str, Any]) -> list[str]:
    line = _("第 %(line)d 行", line=one["line"]) if one["line"] else _("以前的文件")
    return [line, str(one["contract"]), str(words.OUTCOMES[one["outcome"]])]
