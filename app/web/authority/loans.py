"""Loans and money of the fund that purchases wait for: listed, filtered, given out."""

from typing import Final

from flask.typing import ResponseReturnValue

from app.core.actor import WATCHERS, Role
from app.core.spreadsheet import Cell
from app.extensions import db
from app.redemptions import loans as queries
from app.redemptions.loans import Loan
from app.web import formatting
from app.web import redemptions as words
from app.web.access import actor, roles
from app.web.authority import bp
from app.web.export import csv_response, xlsx_response
from app.web.forms.authority import StateFilterForm
from app.web.kin import MONEY
from app.web.language import lazy_gettext as _l
from app.web.listing import list_page, offer_states

STATES: Final = {
    "late": (_l("过了放款日还没有到账"), "bad"),
    "asked": (_l("还没有交材料"), "wait"),
    "filed": (_l("材料已交，等审批"), "wait"),
    "approved": (_l("已经批准，等放款"), "info"),
    "refused": (_l("没有批准，要另想办法"), "bad"),
}
# What a file says is Chinese, whatever its reader reads pages in.
_HEADER: Final = [
    "购房编号",
    "房源",
    "被征收人",
    "哪种钱",
    "金额(元)",
    "办到哪一步",
    "银行",
    "预计放款日",
    "过期",
]
_STAGES: Final = {"asked": "未交材料", "filed": "等审批", "approved": "等放款", "refused": "没有批准"}


@bp.get("/loans/")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def loans() -> ResponseReturnValue:
    """List the loans that purchases under way wait for, those expected first in front."""
    form = _filter()
    return list_page(
        "authority/loans.html",
        form,
        count=queries.count_loans,
        rows=queries.list_loans,
        wanted=lambda: {"states": form.states(())},
        states=STATES,
        money=MONEY,
        words=words,
    )


@bp.get("/loans/loans.csv")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def loans_csv() -> ResponseReturnValue:
    """Give out the loans that the filter leaves as CSV."""
    return csv_response("loans", _HEADER, _rows())


@bp.get("/loans/loans.xlsx")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def loans_xlsx() -> ResponseReturnValue:
    """Give out the loans that the filter leaves as a workbook."""
    return xlsx_response("loans", _HEADER, _rows())


def _filter() -> StateFilterForm:
    form = StateFilterForm()
    offer_states(form.state, STATES)
    return form


def _rows() -> list[list[Cell]]:
    form = _filter()
    states = form.states(()) if form.accept() else []
    return [_row(one) for one in queries.list_loans(db.session(), actor=actor(), states=states, limit=None)]


def _row(loan: Loan) -> list[Cell]:
    part, redemption = loan.part, loan.redemption
    return [
        redemption.ref,
        str(words.place(redemption.home)),
        redemption.household.holder_name,
        str(MONEY[part.kind]),
        formatting.file_yuan(part.amount_fen),
        _STAGES[part.stage or "asked"],
        part.bank or "",
        part.expected_on,
        "是" if loan.is_late else "",
    ]
