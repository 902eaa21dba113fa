"""Developers' claims: an officer checks, a checker approves, either may refuse."""

from enum import StrEnum
from typing import Final

from flask import Response, render_template, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from app.core.actor import WATCHERS, Actor, Role
from app.extensions import db
from app.payments.account_queries import find_proposed
from app.redemptions.models import Redemption
from app.settlements import accounts
from app.settlements import claim_queries as queries
from app.settlements import claims as service
from app.settlements.money_models import SettlementClaim
from app.settlements.offers import Payee
from app.web import redemptions as purchase_words
from app.web import settlements as words
from app.web.access import actor, roles
from app.web.authority import bp
from app.web.authority.cases import CaseDesk, Step
from app.web.files import hand_out
from app.web.forms.authority import SendBackForm, StateFilterForm
from app.web.forms.base import Form
from app.web.forms.settlements import ApproveClaimForm, CheckedClaimForm
from app.web.language import lazy_gettext as _l
from app.web.listing import list_page, offer_states
from app.web.statements import claim_file


class Act(StrEnum):
    """What can be done to a claim."""

    CHECK = "check"
    APPROVE = "approve"
    REFUSE = "refuse"


_STEPS: Final = {
    Act.CHECK: Step(
        _l("核对拨付申请"),
        _l("核对无误，提交复核"),
        _l("由另一个人复核，批准以后才能付款。"),
        _l("已提交复核。"),
        CheckedClaimForm,
    ),
    Act.APPROVE: Step(
        _l("批准拨付"),
        _l("批准拨付"),
        _l("可以放进拨付批次，付到上面的账户。"),
        _l("已批准，可以放进拨付批次。"),
        ApproveClaimForm,
    ),
    Act.REFUSE: Step(
        _l("退回拨付申请"),
        _l("确认退回"),
        _l("这些款项还是应付房款，房企可以重新申请。"),
        _l("已退回房企。"),
        SendBackForm,
        warning=True,
    ),
}


@bp.get("/settlements/claims/")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def claims() -> ResponseReturnValue:
    """List the developers' claims, all or those in one state."""
    form = StateFilterForm()
    offer_states(form.state, words.CLAIM_STATES)
    return list_page(
        "authority/claims.html",
        form,
        count=queries.count_claims,
        rows=queries.list_claims,
        wanted=lambda: {"states": [form.state.value] if form.state.value else None},
        words=words,
    )


@bp.get("/settlements/claims/<ref>")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def claim(ref: str) -> ResponseReturnValue:
    """Show a claim with its lines, its payee and what may be done."""
    session, who, found = db.session(), actor(), _get(ref)
    lines = queries.lines_of(session, [found.id])
    payments = queries.payments_of(session, found)
    is_live = any(one.state in {"sent", "paid"} for one in payments)
    is_open = found.state in {"submitted", "checked", "approved"} and not is_live
    changed = len(service.changed(session, found, lines)) if is_open else 0
    return render_template(
        "authority/claim.html",
        claim=found,
        lines=words.line_rows(lines, purchase_link),
        payments=payments,
        papers=queries.papers_of(session, found),
        account=_account(found),
        changed=changed,
        unpaid=words.is_unpaid(found, payments),
        new_account=_waits_for_account(found),
        acts=_desk.offered(ref, lambda act: _may(who, found, act, changed=changed, is_live=is_live)),
        words=words,
    )


@bp.get("/settlements/claims/<ref>/files/<paper>")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def claim_paper(ref: str, paper: str) -> Response:
    """Hand out a paper of a claim."""
    found = queries.get_paper(db.session(), actor=actor(), ref=ref, paper=paper)
    return hand_out(found, public=False, opens=True)


@bp.get("/settlements/claims/<ref>/lines.<any(xlsx, csv, pdf):form>")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def claim_lines(ref: str, form: str) -> Response:
    """Give the lines of a claim as a workbook, as CSV, or as a paper to tick off."""
    return claim_file(form, _get(ref))


def purchase_link(redemption: Redemption) -> Markup:
    """Return the way to what is owed for a home."""
    href = url_for("authority.settlement_purchase", ref=redemption.ref)
    return Markup('<a class="govuk-link" href="{}">{}</a>').format(
        href, purchase_words.place(redemption.home)
    )


def may_refuse(who: Actor, found: SettlementClaim, *, is_live: bool) -> bool:
    """Tell whether somebody may send a claim back now."""
    if who.role is Role.OFFICER:
        return found.state == "submitted"
    return who.role is Role.CHECKER and found.state in {"checked", "approved"} and not is_live


def _may(who: Actor, found: SettlementClaim, act: Act, *, changed: int, is_live: bool) -> bool:
    """Tell whether somebody may take this step; the page shows its buttons by it."""
    if act is Act.REFUSE:
        return may_refuse(who, found, is_live=is_live)
    if changed:
        return False
    if act is Act.CHECK:
        return who.role is Role.OFFICER and found.state == "submitted"
    return who.role is Role.CHECKER and found.state == "checked" and found.checked_by_id != who.user_id


def _is_open(found: SettlementClaim, act: Act) -> bool:
    """Tell whether a step is not taken yet; what changed since the claim is said when it is taken."""
    live = any(one.state in {"sent", "paid"} for one in queries.payments_of(db.session(), found))
    return _may(actor(), found, act, changed=0, is_live=live)


def _get(ref: str) -> SettlementClaim:
    return queries.get_claim(db.session(), actor=actor(), ref=ref)


def _account(found: SettlementClaim) -> queries.Account | None:
    return queries.find_account(
        db.session(),
        district_id=found.district_id,
        developer_id=found.developer_id,
        payee=Payee(found.development_id),
    )


def _waits_for_account(found: SettlementClaim) -> bool:
    """Tell whether a new account of the claim's payee waits for a second person."""
    if found.development_id is not None:
        return find_proposed(db.session(), development_id=found.development_id) is not None
    own = {"district_id": found.district_id, "developer_id": found.developer_id}
    return accounts.find(db.session(), **own, state="proposed") is not None


def _page(found: SettlementClaim, act: Act, form: Form) -> str:
    return render_template(
        "authority/claim-act.html",
        claim=found,
        lines=words.line_rows(queries.lines_of(db.session(), [found.id]), purchase_link),
        papers=queries.papers_of(db.session(), found),
        account=_account(found),
        step=_STEPS[act],
        form=form,
        words=words,
    )


_desk: Final = CaseDesk("claim", "/settlements/claims", _STEPS, _get, _page, _is_open, kind=service.APPROVE)


@_desk.step(Act.CHECK, Role.OFFICER, when="submitted, and owed as it was claimed; a checker approves it")
def _check(found: SettlementClaim, _given: Form) -> None:
    """Say that the claim is right."""
    service.check(db.session(), actor=actor(), ref=found.ref)


@_desk.step(Act.APPROVE, Role.CHECKER, when="checked by somebody else, and owed as it was claimed")
def _approve(found: SettlementClaim, form: ApproveClaimForm) -> None:
    """Accept the claim."""
    service.approve(db.session(), actor=actor(), ref=found.ref, seen=form.seen.value)


@_desk.step(
    Act.REFUSE,
    Role.OFFICER,
    Role.CHECKER,
    when="an officer before it is checked, then a checker; not while it is paid",
)
def _refuse(found: SettlementClaim, form: SendBackForm) -> None:
    """Send a claim back; what was accepted is owed again."""
    service.refuse(db.session(), actor=actor(), ref=found.ref, reason=form.reason.value, seen=form.seen.value)
