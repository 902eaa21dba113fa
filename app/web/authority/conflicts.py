"""Contracts that claim a home which a household has locked: seen by the authority, decided by an officer."""

from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from app.core import clock
from app.core.actor import WATCHERS, Role
from app.extensions import db
from app.redemptions.states import ACTIVE
from app.sales import matching, queries, service
from app.sales.models import CashSale
from app.sales.queries import SaleFilter
from app.sales.states import State
from app.web import redemptions as redemption_words
from app.web import sales as words
from app.web.access import actor, roles
from app.web.acting import do_or_ask_again
from app.web.authority import bp
from app.web.forms.base import Choice
from app.web.forms.sales import NO_HOME, ChooseHomeForm, ConflictFilterForm, DecisionForm
from app.web.language import gettext as _
from app.web.language import lazy_gettext as _l
from app.web.pages import paginate


@bp.get("/conflicts/")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def conflicts() -> ResponseReturnValue:
    """List the district's conflicts: those that wait, or all there were."""
    session, who, form = db.session(), actor(), ConflictFilterForm()
    if not form.accept():
        return render_template("authority/conflicts.html", form=form, rows=None, words=words), 400
    wanted = SaleFilter(clashed=True, undecided=form.state.value != "all")
    pages = paginate(queries.count_sales(session, actor=who, wanted=wanted))
    rows = queries.list_sales(session, actor=who, wanted=wanted, limit=pages.size, offset=pages.offset)
    return render_template("authority/conflicts.html", form=form, rows=rows, pages=pages, words=words)


@bp.get("/conflicts/<ref>")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def conflict(ref: str) -> ResponseReturnValue:
    """Show a conflict: contract and lock side by side, the rule, and what happened."""
    session, who = db.session(), actor()
    found = queries.get_sale(session, actor=who, ref=ref)
    return render_template(
        "authority/conflict.html",
        sale=found,
        older=_is_older(found),
        timeline=words.timeline(queries.story(session, found), names=True),
        may_decide=who.role == Role.OFFICER and found.state == State.CONFLICT,
        may_choose=who.role == Role.OFFICER and found.state == State.DOUBTFUL,
        candidates=matching.candidates_of(session, found.id, ended=True),
        words=words,
        redemption_words=redemption_words,
        now=clock.now(),
    )


@bp.get("/conflicts/<ref>/decide")
@roles(Role.OFFICER)
def decide_conflict(ref: str) -> ResponseReturnValue:
    """Ask for the decision, its reason, and the word that the registry was looked at."""
    return _decision_page(ref, DecisionForm())


@bp.post("/conflicts/<ref>/decide")
@roles(Role.OFFICER)
def decide_conflict_post(ref: str) -> ResponseReturnValue:
    """Decide: the lock stands, or the contract does."""
    session, who, form = db.session(), actor(), DecisionForm()
    queries.get_sale(session, actor=who, ref=ref)

    def decide() -> bool:
        upholds = form.outcome.value == "contract"
        act = service.uphold if upholds else service.reject
        act(session, actor=who, sale_ref=ref, reason=form.reason.value)
        return upholds

    return do_or_ask_again(
        form,
        decide,
        again=lambda: _decision_page(ref, form),
        done=lambda upheld: (
            _("已决定：线下合同在先。锁定已解除，房票金额全部退回，这套房记为已售出。")
            if upheld
            else _("已决定：锁定有效。线下合同不予采纳。")
        ),
        to=url_for("authority.conflict", ref=ref),
    )


@bp.get("/conflicts/<ref>/choose")
@roles(Role.OFFICER)
def choose_home(ref: str) -> ResponseReturnValue:
    """Ask which home the contract sold, why, and for the word that the registry was looked at."""
    return _choice_page(ref, ChooseHomeForm())


@bp.post("/conflicts/<ref>/choose")
@roles(Role.OFFICER, when="in doubt; with a reason")
def choose_home_post(ref: str) -> ResponseReturnValue:
    """Say which home a doubtful contract sold, or that it was none of them."""
    session, form = db.session(), ChooseHomeForm()
    form.home.choices = _homes_to_choose(ref)
    return do_or_ask_again(
        form,
        lambda: service.choose(
            session,
            actor=actor(),
            sale_ref=ref,
            home_ref=None if form.home.value == NO_HOME else form.home.value,
            reason=form.reason.value,
        ),
        again=lambda: _choice_page(ref, form),
        done=lambda sale: str(_CHOSEN[State(sale.state)]),
        to=url_for("authority.conflict", ref=ref),
    )


_CHOSEN = {
    State.STANDING: _l("已认定：这套房记为已售出，其余的房恢复原来的上架状态。"),
    State.CONFLICT: _l("已认定：这套房有住户锁定或已经售出，请按合同冲突处理；其余的房恢复原来的上架状态。"),
    State.NOTED: _l("已认定：这是住户用房票购房的合同，只作登记；其余的房恢复原来的上架状态。"),
    State.REJECTED: _l("已认定：都不是，这些房恢复原来的上架状态。"),
}


def _homes_to_choose(ref: str) -> list[Choice]:
    session = db.session()
    found = queries.get_sale(session, actor=actor(), ref=ref)
    return [
        *(
            Choice(
                row.home.ref,
                words.home_title(row.home),
                hint=_(
                    "%(developer)s · %(standing)s",
                    developer=row.home.development.developer.name,
                    standing=words.home_standing(row.home),
                ),
            )
            for row in matching.candidates_of(session, found.id)
        ),
        Choice(NO_HOME, _("都不是"), hint=_("这份合同不采纳，这些房恢复原来的上架状态")),
    ]


def _choice_page(ref: str, form: ChooseHomeForm) -> str:
    session = db.session()
    found = queries.get_sale(session, actor=actor(), ref=ref)
    rows = matching.candidates_of(session, found.id)
    form.home.choices = _homes_to_choose(ref)
    return render_template("authority/choose-home.html", sale=found, rows=rows, form=form, words=words)


def _is_older(sale: CashSale) -> bool | None:
    """Tell whether the contract was signed on the day of the lock or before; None without a lock."""
    if sale.redemption is None:
        return None
    return sale.signed_on <= clock.legal_day(sale.redemption.locked_at)


def _decision_page(ref: str, form: DecisionForm) -> str:
    found = queries.get_sale(db.session(), actor=actor(), ref=ref)
    return render_template(
        "authority/decide-conflict.html",
        sale=found,
        older=_is_older(found),
        held=found.redemption is not None and found.redemption.state in ACTIVE,
        form=form,
        words=words,
    )
