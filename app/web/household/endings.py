"""How a household's voucher ends: asking for the leftover, giving it up, and where that stands."""

from flask import abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.core import clock
from app.core.actor import HelpLevel, Role
from app.core.errors import DomainError, NotFound
from app.extensions import db
from app.policies.queries import policy_of
from app.redemptions.queries import list_redemptions
from app.redemptions.states import ACTIVE
from app.reports.claim_paper import render_claim
from app.reports.give_up_paper import render_give_up
from app.vouchers import ending_queries as queries
from app.vouchers import ending_states as states
from app.vouchers import endings as service
from app.vouchers import lapse_claims
from app.vouchers.ending_models import VoucherEnding
from app.vouchers.ending_payees import stops_but_death
from app.vouchers.ending_queries import Outlook
from app.vouchers.ending_states import Action, Kind
from app.vouchers.models import Voucher
from app.vouchers.move_queries import payees_of
from app.vouchers.queries import get_purse, get_voucher
from app.web import endings as words
from app.web import lapse_claims as claims
from app.web import redemptions as redemption_words
from app.web.access import actor, roles
from app.web.acting import do_or_ask_again
from app.web.export import pdf_response
from app.web.forms.endings import AskPayoutForm, ClaimRestForm, SeenForm, WithdrawForm
from app.web.household import bp
from app.web.language import gettext as _
from app.web.messages import message_of
from app.web.stops import evidence_of


@bp.get("/vouchers/<ref>/payout")
@roles(Role.HOUSEHOLD)
def ask_payout(ref: str) -> ResponseReturnValue:
    """Show rule, band and sum of a payout, and what stands against it; then ask for the account."""
    return _ask_page(ref, Kind.PAYOUT, AskPayoutForm())


@bp.post("/vouchers/<ref>/payout")
@roles(Role.HOUSEHOLD, when="within the term, nothing held for a home, and the sum is the one shown")
def ask_payout_post(ref: str) -> ResponseReturnValue:
    """Ask for the leftover."""
    return _ask(ref, Kind.PAYOUT)


@bp.get("/vouchers/<ref>/give-up")
@roles(Role.HOUSEHOLD)
def give_up(ref: str) -> ResponseReturnValue:
    """Show what giving the voucher up means, and what stands against it."""
    return _ask_page(ref, Kind.GIVE_UP, _give_up_form(ref))


@bp.post("/vouchers/<ref>/give-up")
@roles(Role.HOUSEHOLD, when="the policy allows it, and as for a payout")
def give_up_post(ref: str) -> ResponseReturnValue:
    """Give the voucher up."""
    return _ask(ref, Kind.GIVE_UP)


@bp.get("/endings/<ref>")
@roles(Role.HOUSEHOLD, helper=HelpLevel.LOOK)
def ending(ref: str) -> ResponseReturnValue:
    """Show an ending: the sums as they were shown, and where it stands."""
    session, who = db.session(), actor()
    found = queries.get_ending(session, actor=who, ref=ref)
    return render_template(
        "household/ending.html",
        ending=found,
        policy=policy_of(found.voucher.policy_version),
        may_withdraw=who.grant_id is None and states.may(who.role, found.kind, found.state, Action.WITHDRAW),
        form=WithdrawForm(),
        papers=evidence_of("give_up") if (found.kind, found.state) == ("give_up", "asked") else [],
        claim_rows=claims.rows(found),
        may_claim=_may_claim(found),
        words=words,
    )


@bp.get("/endings/<ref>/claim")
@roles(Role.HOUSEHOLD)
def claim_rest(ref: str) -> ResponseReturnValue:
    """Show what a claim of what is left after the term brings today and later; then ask for the account."""
    return _claim_page(ref, ClaimRestForm())


@bp.post("/endings/<ref>/claim")
@roles(Role.HOUSEHOLD, when="the term is over, the last day for it is not, and the sum is the one shown")
def claim_rest_post(ref: str) -> ResponseReturnValue:
    """Claim what is left after the term."""
    form = ClaimRestForm()
    return do_or_ask_again(
        form,
        lambda: lapse_claims.claim(
            db.session(), actor=actor(), ending_ref=ref, payee=form.typed, seen_fen=form.seen_fen
        ),
        again=lambda: _claim_page(ref, form),
        done=_("申请已经提交，金额按今天算。"),
        to=url_for("household.ending", ref=ref),
    )


def _may_claim(found: VoucherEnding) -> bool:
    is_open = states.may(actor().role, found.kind, found.state, Action.CLAIM) and found.claimed_on is None
    return actor().grant_id is None and is_open and bool(claims.sum_on(found, clock.today()))


def _claim_page(ref: str, form: ClaimRestForm) -> str:
    session = db.session()
    found = queries.get_ending(session, actor=actor(), ref=ref)
    voucher, now_fen = found.voucher, claims.sum_on(found, clock.today())
    if not form.is_submitted():
        form.payee.data = payees_of(session, voucher)[0]
    form.seen.data = str(now_fen or 0)
    block = None
    if not _may_claim(found):
        block = words.next_of(found) if now_fen else message_of(DomainError("claim_pays_nothing"))
    return render_template(
        "household/claim-rest.html",
        ending=found,
        policy=policy_of(voucher.policy_version),
        now_fen=now_fen or 0,
        block=block,
        # The one that waits for the heirs holds no claim.
        stopped=bool(stops_but_death(session, voucher)),
        claim_rows=claims.rows(found),
        form=form,
        words=words,
    )


@bp.get("/endings/<ref>/form.pdf")
@roles(Role.HOUSEHOLD)
def ending_paper(ref: str) -> ResponseReturnValue:
    """Give the form that a household signs which gives its voucher up, or claims what is left of it."""
    session = db.session()
    found = queries.get_ending(session, actor=actor(), ref=ref)
    if found.claim_until is not None:
        return pdf_response(found.ref, render_claim(session, ending=found))
    if found.kind != Kind.GIVE_UP:
        abort(404)
    return pdf_response(found.ref, render_give_up(session, ending=found))


@bp.post("/endings/<ref>/withdraw")
@roles(Role.HOUSEHOLD, when="no officer has looked at it yet")
def withdraw_ending(ref: str) -> ResponseReturnValue:
    """Take the wish back."""
    session = db.session()
    if WithdrawForm().accept():
        try:
            service.withdraw(session, actor=actor(), ending_ref=ref)
        except NotFound:
            raise
        except DomainError as error:
            session.rollback()
            flash(message_of(error), "important")
        else:
            flash(_("申请已经撤回，房票在使用期限内可以继续用。"))
    return redirect(url_for("household.ending", ref=ref), 303)


def _ask(ref: str, kind: Kind) -> ResponseReturnValue:
    session, who = db.session(), actor()
    form = AskPayoutForm() if kind is Kind.PAYOUT else _give_up_form(ref)
    return do_or_ask_again(
        form,
        lambda: service.ask(
            session,
            actor=who,
            voucher_ref=ref,
            kind=kind,
            payee=form.typed if isinstance(form, AskPayoutForm) else None,
            seen_fen=form.seen_fen,
        ),
        again=lambda: _ask_page(ref, kind, form),
        done=_("申请已经提交。办结以前，这张房票不能再买房。"),
        to=lambda made: url_for("household.ending", ref=made.ref),
    )


def _outlook(ref: str, kind: Kind) -> tuple[Voucher, Outlook]:
    session = db.session()
    purse = get_purse(session, actor=actor(), ref=ref)
    voucher = get_voucher(session, actor=actor(), ref=purse.ref)
    return voucher, queries.outlook(session, voucher, kind)


def _give_up_form(ref: str) -> AskPayoutForm | SeenForm:
    _voucher, now = _outlook(ref, Kind.GIVE_UP)
    return AskPayoutForm() if now.parts.effect == "cash" else SeenForm()


def _ask_page(ref: str, kind: Kind, form: AskPayoutForm | SeenForm) -> str:
    session, who = db.session(), actor()
    voucher, now = _outlook(ref, kind)
    if isinstance(form, AskPayoutForm) and not form.is_submitted():
        form.payee.data = payees_of(session, voucher)[0]
    form.seen.data = str(now.parts.paid_fen)
    held = now.block == "ending_homes_held"
    return render_template(
        "household/ask-ending.html",
        voucher=voucher,
        now=now,
        policy=policy_of(voucher.policy_version),
        live=queries.find_live(session, voucher_id=voucher.id),
        buying=list_redemptions(session, actor=who, states=ACTIVE, voucher_id=voucher.id) if held else [],
        block=message_of(DomainError(now.block)) if now.block else None,
        form=form,
        words=words,
        redemption_words=redemption_words,
        moment=clock.now(),
    )
