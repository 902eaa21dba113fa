"""Developers' claims: an officer checks, a checker approves, either may refuse."""

from collections.abc import Callable
from typing import Any

from flask import Response, render_template, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from app.core.actor import WATCHERS, Actor, Role
from app.extensions import db
from app.redemptions.models import Redemption
from app.settlements import claim_queries as queries
from app.settlements import claims as service
from app.settlements.money_models import SettlementClaim
from app.settlements.offers import Payee
from app.web import redemptions as purchase_words
from app.web import settlements as words
from app.web.access import actor, roles
from app.web.acting import do_or_ask_again
from app.web.authority import bp
from app.web.files import hand_out
from app.web.forms.authority import ReasonForm, StateFilterForm
from app.web.forms.base import Form
from app.web.language import gettext as _
from app.web.listing import list_page, offer_states


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
    return _page(ref, Form(formdata=None))


@bp.post("/settlements/claims/<ref>/check")
@roles(Role.OFFICER, when="submitted, and owed as it was claimed; a checker approves it")
def check_claim(ref: str) -> ResponseReturnValue:
    """Say that the claim is right."""
    return _act(ref, lambda who: service.check(db.session(), actor=who, ref=ref), _("已提交复核。"))


@bp.post("/settlements/claims/<ref>/approve")
@roles(Role.CHECKER, when="checked by somebody else, and owed as it was claimed")
def approve_claim(ref: str) -> ResponseReturnValue:
    """Accept the claim."""
    done = _("已批准，可以放进拨付批次。")
    return _act(ref, lambda who: service.approve(db.session(), actor=who, ref=ref), done)


@bp.get("/settlements/claims/<ref>/refuse")
@roles(Role.OFFICER, Role.CHECKER)
def refuse_claim(ref: str) -> ResponseReturnValue:
    """Ask why a claim is sent back."""
    return _refuse_page(ref, ReasonForm())


@bp.post("/settlements/claims/<ref>/refuse")
@roles(
    Role.OFFICER, Role.CHECKER, when="an officer before it is checked, then a checker; not while it is paid"
)
def refuse_claim_post(ref: str) -> ResponseReturnValue:
    """Send a claim back; what was accepted is owed again."""
    form = ReasonForm()

    def refuse() -> None:
        service.refuse(db.session(), actor=actor(), ref=ref, reason=form.reason.value)

    to = url_for("authority.claim", ref=ref)
    return do_or_ask_again(form, refuse, again=lambda: _refuse_page(ref, form), done=_("已退回房企。"), to=to)


@bp.get("/settlements/claims/<ref>/files/<paper>")
@roles(Role.OFFICER, Role.CHECKER, *WATCHERS)
def claim_paper(ref: str, paper: str) -> Response:
    """Hand out a paper of a claim."""
    found = queries.get_paper(db.session(), actor=actor(), ref=ref, paper=paper)
    return hand_out(found, public=False, opens=True)


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


def _act(ref: str, act: Callable[[Actor], Any], done: str) -> ResponseReturnValue:
    form = Form()
    to = url_for("authority.claim", ref=ref)
    return do_or_ask_again(form, lambda: act(actor()), again=lambda: _page(ref, form), done=done, to=to)


def _page(ref: str, form: Form) -> str:
    session, who = db.session(), actor()
    found = queries.get_claim(session, actor=who, ref=ref)
    lines = queries.lines_of(session, [found.id])
    payments = queries.payments_of(session, found)
    is_live = any(one.state in {"sent", "paid"} for one in payments)
    is_open = found.state in {"submitted", "checked", "approved"} and not is_live
    own = found.checked_by_id is not None and found.checked_by_id == who.user_id
    return render_template(
        "authority/claim.html",
        claim=found,
        lines=words.line_rows(lines, purchase_link),
        payments=payments,
        papers=queries.papers_of(session, found),
        account=queries.find_account(
            session,
            district_id=found.district_id,
            developer_id=found.developer_id,
            payee=Payee(found.development_id),
        ),
        changed=len(service.changed(session, found, lines)) if is_open else 0,
        may_check=who.role is Role.OFFICER and found.state == "submitted",
        may_approve=who.role is Role.CHECKER and found.state == "checked" and not own,
        may_refuse=may_refuse(who, found, is_live=is_live),
        form=form,
        words=words,
    )


def _refuse_page(ref: str, form: ReasonForm) -> str:
    found = queries.get_claim(db.session(), actor=actor(), ref=ref)
    return render_template("authority/refuse-claim.html", claim=found, form=form)
