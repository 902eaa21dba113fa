"""Where the district's debt to developers stands, part by part, and the transfers behind each purchase."""

from collections.abc import Iterable

from flask import Response, render_template, url_for
from flask.typing import ResponseReturnValue

from app.core import clock
from app.core.actor import WATCHERS, Actor, Role
from app.extensions import db
from app.policies.settling import APPLIED
from app.redemptions import queries as redemptions
from app.reports.running_interest import KINDS, Running, list_running
from app.settlements import claim_queries, funds, reports
from app.settlements.ledger_queries import entries_of
from app.settlements.shares import Scope, Share, list_shares, purchases_of
from app.web import redemptions as purchase_words
from app.web import settlements as words
from app.web.access import actor, roles
from app.web.authority import bp
from app.web.export import xlsx_response
from app.web.forms.base import Choice
from app.web.forms.settlements import PartFilterForm
from app.web.language import gettext as _
from app.web.pages import paginate


@bp.get("/settlements/")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def settlements() -> ResponseReturnValue:
    """Show sums, ages, what waits for which event, and when money is needed."""
    session, who, today = db.session(), actor(), clock.today()
    shares = list_shares(session, Scope(who.district))
    rows = reports.rows_of(shares, today=today)
    sums = reports.sums_of(rows)
    return render_template(
        "authority/settlements.html",
        totals=words.total_rows(reports.totals_of(shares)),
        any_owed=bool(shares),
        sums=sums,
        due_fen=sum(sums[name] for name in (*reports.AGES, APPLIED)),
        early_fen=sum(sums[name] for name in words.EVENTS),
        need=reports.cash_need(rows, today=today),
        interest=dict(reports.interest_need(rows, today=today)),
        running=_sums(list_running(session, district_id=who.district, today=today)),
        claims=_claims(who),
        held_fen=sum(one.balance.available_fen for one in funds.list_sources(session, actor=who)),
        developers=_by_developer(shares),
        words=words,
    )


@bp.get("/settlements/interest/")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def running_interest() -> ResponseReturnValue:
    """List what bears interest that the district will owe households, each with the way to it."""
    every = list_running(db.session(), district_id=actor().district, today=clock.today())
    pages = paginate(len(every))
    return render_template(
        "authority/running-interest.html",
        rows=every[pages.offset : pages.offset + pages.size],
        sums=_sums(every),
        pages=pages,
        words=words,
    )


@bp.get("/settlements/parts/")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def settlement_parts() -> ResponseReturnValue:
    """List the parts of one age, event or month, each with the way to its transfers."""
    session, form, today = db.session(), PartFilterForm(), clock.today()
    form.show.choices = _choices()
    rows, pages, purchases, outstanding_fen, interest_fen = None, None, {}, 0, 0
    interest_back_fen = 0
    if form.accept():
        found = _shown(form)
        sign = -1 if form.show.value == "back" else 1
        outstanding_fen = sum(max(0, sign * row.part.outstanding_fen) for row in found)
        interest_fen = sum(reports.expected_interest(row, today=today) for row in found)
        interest_back_fen = sum(row.part.interest_back_fen for row in found)
        pages = paginate(len(found))
        rows = found[pages.offset : pages.offset + pages.size]
        purchases = purchases_of(session, {row.share.redemption_id for row in rows})
    page = render_template(
        "authority/settlement-parts.html",
        form=form,
        rows=rows,
        pages=pages,
        which=next((one.label for one in form.show.choices if one.value == form.show.value), None),
        outstanding_fen=outstanding_fen,
        interest_fen=interest_fen,
        interest_back_fen=interest_back_fen,
        purchases=purchases,
        today=today,
        words=words,
        purchase_words=purchase_words,
    )
    return page, 422 if rows is None else 200


@bp.get("/settlements/parts.xlsx")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def settlement_parts_file() -> Response:
    """Give the same list as a workbook."""
    form = PartFilterForm()
    form.show.choices = _choices()
    found = _shown(form) if form.accept() else []
    purchases = purchases_of(db.session(), {row.share.redemption_id for row in found})
    return xlsx_response("settlement-parts", words.STATEMENT, words.statement_rows(found, purchases))


@bp.get("/settlements/purchases/<ref>")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def settlement_purchase(ref: str) -> ResponseReturnValue:
    """Show what is owed for one home: each voucher's share, its parts, and every transfer behind them."""
    session, who = db.session(), actor()
    found = redemptions.get_redemption(session, actor=who, ref=ref)
    shares = list_shares(session, Scope(found.district_id, redemption_ids=[found.id]))
    return render_template(
        "authority/settlement-purchase.html",
        redemption=found,
        rows=reports.rows_of(shares, today=clock.today()),
        shares=shares,
        entries=entries_of(session, found.id),
        back=url_for("authority.settlement_parts"),
        words=words,
        purchase_words=purchase_words,
    )


def _shown(form: PartFilterForm) -> list[reports.Row]:
    today = clock.today()
    rows = reports.rows_of(list_shares(db.session(), Scope(actor().district)), today=today)
    found = reports.shown(rows, form.show.value, today=today)
    return sorted(found, key=lambda row: (row.part.due_on is None, row.part.due_on or today, row.share.key))


def _choices() -> list[Choice]:
    months = [month for month, _fen in reports.cash_need([], today=clock.today())]
    return [
        *(Choice(name, str(word)) for name, word in words.STANDINGS.items()),
        Choice(reports.INTEREST, _("在计息，或者利息还没有付")),
        Choice(reports.INTEREST_BACK, _("利息多付，要房企退回")),
        *(Choice(f"{month:%Y-%m}", words.month_name(month)) for month in months),
    ]


def _claims(who: Actor) -> dict[str, int]:
    """Return how many claims wait for whom; of the approved those in a batch stand apart."""
    session = db.session()
    counts = {
        state: claim_queries.count_claims(session, actor=who, states=[state])
        for state in ("submitted", "checked", "approved")
    }
    waiting = claim_queries.count_payable(session, district_id=who.district)
    return {
        "submitted": counts["submitted"],
        "checked": counts["checked"],
        "approved": waiting,
        "batched": counts["approved"] - waiting,
    }


def _sums(running: Iterable[Running]) -> dict[str, tuple[int, int, int]]:
    """Return of each kind how many there are, and their interest today and a month later, in fen."""
    found = dict.fromkeys(KINDS, (0, 0, 0))
    for one in running:
        count, now_fen, later_fen = found[one.kind]
        found[one.kind] = (count + 1, now_fen + one.now_fen, later_fen + one.later_fen)
    return found


def _by_developer(shares: list[Share]) -> list[tuple[str, reports.Totals]]:
    """Return the sums of each developer, the largest debt first."""
    of: dict[int, list[Share]] = {}
    for share in shares:
        of.setdefault(share.developer_id, []).append(share)
    first = {share.developer_id: share.redemption_id for share in shares}
    purchases = purchases_of(db.session(), first.values())
    found = [
        (purchases[first[developer]].home.development.developer.name, reports.totals_of(own))
        for developer, own in of.items()
    ]
    return sorted(found, key=lambda one: -one[1].outstanding_fen)
