"""Price signals: the list, its file, one signal, and the two decisions on it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from typing import Any, Final

from flask import Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.cases import filters, queries, service
from app.cases.area_evidence import AreaEvidence
from app.cases.errors import SignalDecided
from app.cases.evidence import AnyEvidence, ContractEvidence, Evidence
from app.cases.filters import SignalFilter
from app.cases.queries import SignalView
from app.core import clock
from app.core.actor import WATCHERS, Role
from app.extensions import db
from app.web import area_signals, contract_signals, formatting, signals
from app.web import sales as sale_words
from app.web.access import actor, roles
from app.web.export import csv_response, xlsx_response
from app.web.forms.base import Choice
from app.web.forms.regulator import DismissForm, OpenCaseForm, SignalFilterForm
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
    asked = {name: value for name, value in asdict(wanted).items() if value}
    export = url_for("regulator.export_signals", sort=sort, **asked)
    workbook = url_for("regulator.export_signals_workbook", sort=sort, **asked)
    return render_template(
        "regulator/signals.html",
        form=form,
        views=views,
        pages=pages,
        words=signals,
        export=export,
        workbook=workbook,
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


def _export(send: Callable[[str, Sequence[str], Iterable[Sequence[str]]], Response]) -> ResponseReturnValue:
    form, wanted, sort = _filter()
    if wanted is None:
        return render_template("regulator/signals.html", form=form, views=None), 400
    views = queries.list_signals(db.session(), actor=actor(), wanted=wanted, sort=sort)
    return send(f"signals-{clock.today().isoformat()}", _header(), [_file_row(view) for view in views])


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
        present=signals.present(session, view),
        history=signals.history_rows(view, signals.history(session, view)),
        may_decide=who.role is Role.REGULATOR and view.signal.state == "signal",
    )


@bp.get("/signals/<ref>/dismiss")
@roles(Role.REGULATOR)
def dismiss_signal(ref: str) -> ResponseReturnValue:
    """Ask why the signal is dismissed."""
    return _decision_page("regulator/dismiss.html", ref, DismissForm())


@bp.post("/signals/<ref>/dismiss")
@roles(Role.REGULATOR, when="undecided; with a reason")
def dismiss_signal_post(ref: str) -> ResponseReturnValue:
    """Dismiss the signal."""
    form = DismissForm()
    if not form.accept():
        return _decision_page("regulator/dismiss.html", ref, form), 422
    service.dismiss(db.session(), actor=actor(), signal_ref=ref, reason=form.reason.value)
    flash(_("线索已排除，房企会看到排除的理由。"))
    return redirect(url_for("regulator.signal", ref=ref), 303)


@bp.get("/signals/<ref>/open")
@roles(Role.REGULATOR)
def open_case(ref: str) -> ResponseReturnValue:
    """Ask why a case is opened."""
    return _decision_page("regulator/open.html", ref, OpenCaseForm())


@bp.post("/signals/<ref>/open")
@roles(Role.REGULATOR, when="undecided; with a reason")
def open_case_post(ref: str) -> ResponseReturnValue:
    """Open a case on the signal."""
    form = OpenCaseForm()
    if not form.accept():
        return _decision_page("regulator/open.html", ref, form), 422
    service.open_case(db.session(), actor=actor(), signal_ref=ref, reason=form.reason.value)
    flash(_("已立案，房企会看到“已立案”，看不到立案的理由。"))
    return redirect(url_for("regulator.signal", ref=ref), 303)


def _decision_page(template: str, ref: str, form: DismissForm | OpenCaseForm) -> str:
    view = queries.get_signal(db.session(), actor=actor(), ref=ref)
    if view.signal.state != "signal":
        raise SignalDecided
    return render_template(template, view=view, words=signals, form=form)


def _filter() -> tuple[SignalFilterForm, SignalFilter | None, str]:
    """Return the form, what it asks for (None when the address holds something wrong), and the order."""
    session, who = db.session(), actor()
    form = SignalFilterForm()
    names = queries.list_developers(session, actor=who)
    form.developer.choices = [Choice(name, name) for name in names]
    form.state.choices = [Choice(state, state) for state in (EVERY_STATE, *signals.STATES)]
    good = form.accept()
    form.state.data = form.state.data or EVERY_STATE
    wanted = SignalFilter(
        state="" if form.state.value == EVERY_STATE else form.state.value,
        grade=form.grade.value,
        developer=form.developer.value,
        words=form.words.value,
    )
    found = filters.count_by(session, actor=who, wanted=wanted, facet="state")
    counts = {state: found.get(state, 0) for state in signals.STATES}
    form.state.choices = [
        Choice(EVERY_STATE, _("全部（%(count)d）", count=sum(counts.values()))),
        *(
            Choice(state, _("%(state)s（%(count)d）", state=words, count=counts[state]))
            for state, (words, _tone) in signals.STATES.items()
        ),
    ]
    return form, wanted if good else None, form.sort.value or "waiting"


def _header() -> list[str]:
    return [
        _("编号"),
        _("级别"),
        _("处理情况"),
        _("发现时间（北京时间）"),
        _("城区"),
        _("房企"),
        _("楼盘"),
        _("房号"),
        _("问题"),
        _("偏高的价格（元）"),
        _("偏高价格生效时间"),
        _("对照的价格"),
        _("对照价格（元）"),
        _("对照价格生效时间"),
        _("相差（元）"),
        _("相差比例"),
        _("退出房源库时间"),
        _("合同编号"),
        _("合同签订日期"),
        _("合同总价（元）"),
        _("付款方式"),
        _("计算的优惠"),
        _("处理时间"),
        _("处理人"),
        _("处理理由"),
    ]


def _file_row(view: SignalView) -> list[str]:
    found, decision = view.evidence, view.decision
    cells: list[Any] = [
        view.signal.ref,
        view.signal.grade,
        signals.STATES[view.signal.state][0],
        formatting.file_moment(view.signal.opened_at),
        found.district,
        found.developer,
        *signals.address(found),
        signals.headline(found),
        *_prices(found),
        formatting.file_yuan(found.difference_fen),
        signals.rate(found),
        *_contract(found),
        formatting.file_moment(decision.at) if decision else "",
        (decision.by if decision else None) or "",
        (decision.reason if decision else None) or "",
    ]
    return [str(cell) for cell in cells]


def _prices(found: AnyEvidence) -> list[Any]:
    if isinstance(found, ContractEvidence):
        declared = _("签订当天的最低现金净价")
        return [
            "",
            "",
            declared,
            formatting.file_yuan(found.net_fen),
            formatting.file_moment(found.lowest_at),
        ]
    if isinstance(found, AreaEvidence):
        return ["", "", _("同类现金成交"), "", ""]
    return [
        formatting.file_yuan(found.dearer.amount_fen),
        formatting.file_moment(found.dearer.effective_from),
        signals.against_name(found),
        formatting.file_yuan(found.compared.amount_fen),
        formatting.file_moment(found.compared.effective_from),
    ]


def _contract(found: AnyEvidence) -> list[Any]:
    if not isinstance(found, ContractEvidence):
        left = formatting.file_moment(found.left_pool_at) if isinstance(found, Evidence) else ""
        return [left, "", "", "", "", ""]
    contract = found.contract
    return [
        "",
        contract.number,
        contract.signed_on.isoformat(),
        formatting.file_yuan(contract.price_fen),
        sale_words.PAYMENTS[contract.payment] if contract.payment else "",
        contract_signals.promotions_told(found),
    ]
