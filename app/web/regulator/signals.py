"""Price signals: the list, its files, and one signal."""

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from flask import Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.cases import answers, evidence, filters, queries
from app.cases.filters import Facet, SignalFilter
from app.core import clock
from app.core.actor import WATCHERS, Role
from app.core.spreadsheet import Cell
from app.extensions import db
from app.monitor import queries as monitor_queries
from app.web import (
    area_signals,
    contract_signals,
    late_settlement,
    monitor_runs,
    signal_files,
    signal_paper,
    signals,
)
from app.web.access import actor, roles
from app.web.export import csv_response, pdf_response, xlsx_response
from app.web.files import hand_out
from app.web.forms.base import Choice, Form
from app.web.forms.fields import ChoiceField
from app.web.forms.signals import SignalFilterForm
from app.web.language import gettext as _
from app.web.pages import paginate
from app.web.regulator import bp

EVERY_STATE: Final = "all"
"""What the address says for signals of whatever state."""


@bp.get("/")
@roles(Role.REGULATOR, *WATCHERS)
def desk() -> ResponseReturnValue:
    """Lead on to the signals, the regulator's first work."""
    return redirect(url_for("regulator.signals"))


@bp.get("/signals/", endpoint="signals")
@roles(Role.REGULATOR, *WATCHERS)
def list_page() -> ResponseReturnValue:
    """List the signals of the district, filtered by the address."""
    session, who = db.session(), actor()
    form, wanted, sort = _filter()
    if wanted is None:
        return render_template("regulator/signals.html", form=form, views=None), 400
    pages = paginate(queries.count_signals(session, actor=who, wanted=wanted))
    views = queries.list_signals(
        session, actor=who, wanted=wanted, sort=sort, limit=pages.size, offset=pages.offset
    )
    asked = _address(wanted)
    return render_template(
        "regulator/signals.html",
        form=form,
        views=views,
        pages=pages,
        words=signals,
        last_run=monitor_queries.last_run(session, actor=who),
        run_words=monitor_runs,
        export=url_for("regulator.export_signals", sort=sort, **asked),
        workbook=url_for("regulator.export_signals_workbook", sort=sort, **asked),
    )


@bp.get("/signals.csv")
@roles(Role.REGULATOR, *WATCHERS)
def export_signals() -> ResponseReturnValue:
    """Send the list, with the same filters, as a file for a spreadsheet."""
    return _export(csv_response)


@bp.get("/signals.xlsx")
@roles(Role.REGULATOR, *WATCHERS)
def export_signals_workbook() -> ResponseReturnValue:
    """Send the same as an Excel workbook."""
    return _export(xlsx_response)


def _export(send: Callable[[str, Sequence[str], Iterable[Sequence[Cell]]], Response]) -> ResponseReturnValue:
    form, wanted, sort = _filter()
    if wanted is None:
        return render_template("regulator/signals.html", form=form, views=None), 400
    views = queries.list_signals(db.session(), actor=actor(), wanted=wanted, sort=sort)
    rows = [signal_files.row(view) for view in views]
    return send(f"signals-{clock.today().isoformat()}", signal_files.header(), rows)


@bp.get("/signals/<ref>")
@roles(Role.REGULATOR, *WATCHERS)
def signal(ref: str) -> ResponseReturnValue:
    """Show a signal with its evidence, the home's price history and what was done."""
    session, who = db.session(), actor()
    view = queries.get_signal(session, actor=who, ref=ref)
    return render_template(
        "regulator/signal.html",
        view=view,
        words=signals,
        contract_words=contract_signals,
        area_words=area_signals,
        most_homes=area_signals.most_homes(request.args.get("homes")),
        present=signals.present(session, view),
        late=late_settlement.lines(session, view),
        history=signals.history_rows(view, signals.history(session, view)),
        merged=queries.list_merged(session, actor=who, view=view),
        files=answers.files_of(session, [step.id for step in view.answers]),
        button=Form(),
        is_mine=view.signal.assignee_id == who.user_id,
    )


@bp.get("/signals/<ref>.json")
@roles(Role.REGULATOR, *WATCHERS)
def signal_evidence(ref: str) -> Response:
    """Send the frozen evidence as it is stored, with its hash: every number recomputes from this file."""
    view = queries.get_signal(db.session(), actor=actor(), ref=ref)
    stored = view.signal.evidence
    body = {"signal": ref, "sha256": evidence.digest(stored), "evidence": stored}
    response = Response(json.dumps(body, ensure_ascii=False, indent=1), mimetype="application/json")
    response.headers["Content-Disposition"] = f'attachment; filename="{ref}.json"'
    return response


@bp.get("/signals/<ref>.pdf")
@roles(Role.REGULATOR, *WATCHERS)
def signal_sheet(ref: str) -> Response:
    """Send the signal as a sheet to be signed."""
    session = db.session()
    view = queries.get_signal(session, actor=actor(), ref=ref)
    late = late_settlement.lines(session, view)
    return pdf_response(ref, signal_paper.render(view, evidence.digest(view.signal.evidence), late=late))


@bp.get("/signals/<ref>/files/<file>")
@roles(Role.REGULATOR, *WATCHERS)
def signal_file(ref: str, file: str) -> Response:
    """Hand out a file that the company sent with an answer."""
    found = answers.get_file(db.session(), actor=actor(), signal_ref=ref, file_ref=file)
    return hand_out(found, public=False)


def _address(wanted: SignalFilter) -> dict[str, Any]:
    """Return the filter as the address says it."""
    told = {name: getattr(wanted, name) for name in SignalFilter.__dataclass_fields__}
    return {name: str(value) for name, value in told.items() if value}


def _filter() -> tuple[SignalFilterForm, SignalFilter | None, str]:
    """Return the form, what it asks for (None when the address holds something wrong), and the order."""
    session, who = db.session(), actor()
    form = SignalFilterForm()
    form.developer.choices = [Choice(name, name) for name in queries.list_developers(session, actor=who)]
    form.development.choices = [
        Choice(ref, name) for ref, name in queries.list_developments(session, actor=who)
    ]
    form.state.choices = [
        Choice(EVERY_STATE, _("全部")),
        *(Choice(state, str(words)) for state, (words, _tone) in signals.STATES.items()),
    ]
    good = form.accept()
    form.state.data = form.state.data or EVERY_STATE
    wanted = SignalFilter(
        state="" if form.state.value == EVERY_STATE else form.state.value,
        grade=form.grade.value,
        level=form.level.value,
        kind=form.kind.value,
        developer=form.developer.value,
        development=form.development.value,
        assigned=form.assigned.value,
        answer=form.answer.value,
        first=form.first.data,
        last=form.last.data,
        words=form.words.value,
    )
    if good:
        _count(form, wanted)
    return form, wanted if good else None, form.sort.value or "waiting"


_COUNTED: Final[tuple[Facet, ...]] = (
    "state",
    "assigned",
    "answer",
    "developer",
    "development",
    "grade",
    "level",
    "kind",
)


def _count(form: SignalFilterForm, wanted: SignalFilter) -> None:
    """Say beside each option how many signals there are of it under the other filters."""
    for facet in _COUNTED:
        field: ChoiceField = form[facet]
        counts: dict[str, Any] = filters.count_by(db.session(), actor=actor(), wanted=wanted, facet=facet)
        if facet == "state":
            counts[EVERY_STATE] = sum(counts.values())
        field.choices = [
            Choice(
                choice.value,
                _("%(label)s（%(count)d）", label=choice.label, count=counts.get(choice.value, 0)),
            )
            for choice in field.choices
        ]
