"""Where a household's purchases stand, and giving up a lock."""

from datetime import datetime

from flask import Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.core import clock
from app.core.actor import HelpLevel, Role
from app.core.errors import DomainError, NotFound
from app.extensions import db
from app.homes.queries import with_spaces
from app.redemptions import beside, cash_queries, contracts, queries, service, snapshot, states
from app.redemptions.cash_models import CashBonus
from app.redemptions.cash_states import UNPAID
from app.redemptions.errors import NotBuyer
from app.redemptions.helped import Deed
from app.redemptions.models import Redemption
from app.redemptions.states import Action, State
from app.redemptions.top_up_queries import find_top_up
from app.reports import receipts
from app.sales.addresses import find_of_home as find_double
from app.sales.queries import conflicts_of
from app.settlements import late, late_queries
from app.settlements import milestone_queries as milestones
from app.settlements.glance import PurchaseGlance, look_at
from app.web import cash_bonuses as cash_words
from app.web import changes as change_words
from app.web import kinship as kinship_words
from app.web import late as late_words
from app.web import redemptions as words
from app.web import sales as sale_words
from app.web import settlements as settlement_words
from app.web.access import actor, roles
from app.web.acting import do_or_ask_again
from app.web.export import pdf_response
from app.web.files import hand_out
from app.web.forms.household import CancelForm
from app.web.helping import ask_holder
from app.web.household import bp
from app.web.language import gettext as _
from app.web.messages import message_of
from app.web.pages import paginate
from app.web.paper import check_address
from app.web.supervised import NEVER_A_PERSON


@bp.get("/redemptions/")
@roles(Role.HOUSEHOLD, helper=HelpLevel.LOOK)
def redemptions() -> ResponseReturnValue:
    """List the household's purchases, the newest first."""
    session, who = db.session(), actor()
    pages = paginate(queries.count_redemptions(session, actor=who), size=10)
    rows = queries.list_redemptions(session, actor=who, offset=pages.offset, limit=pages.size)
    return render_template(
        "household/redemptions.html", rows=rows, pages=pages, own=who.household, words=words, now=clock.now()
    )


@bp.get("/redemptions/<ref>")
@roles(Role.HOUSEHOLD, helper=HelpLevel.LOOK)
def redemption(ref: str) -> ResponseReturnValue:
    """Show one purchase: its steps, who must act, its money, what happened."""
    session, now = db.session(), clock.now()
    who = actor()
    found = queries.get_redemption(session, actor=who, ref=ref)
    by_kin = found.household_id != who.household
    there = look_at(session, found)
    story = queries.timeline(session, found)
    top_up = find_top_up(session, found)
    may_cancel = states.may(Role.HOUSEHOLD, State(found.state), Action.CANCEL)
    contract = contracts.seen(session, found.contract) if found.contract and not by_kin else None
    changes = change_words.told(session, found, role=who.role, own=not by_kin, has_any=there.has_changes)
    is_kept = not by_kin and changes.under_way is None
    cash_bonuses = _cash_bonuses(found, there)
    return render_template(
        "household/redemption.html",
        redemption=found,
        frozen=snapshot.read(found.quote.snapshot),
        spaces=beside.list_spaces(session, found) if there.has_spaces and not by_kin else [],
        may_add_space=is_kept and _may_add_space(found, now),
        progress=words.progress(
            found,
            story,
            now,
            role=Role.HOUSEHOLD,
            top_up=top_up,
            proof=kinship_words.standing(contract),
            changing=changes.under_way,
            cash_waits=any(one.state in UNPAID for one in cash_bonuses),
        ),
        wanting=kinship_words.wanting(contract) if found.state == State.CONTRACTED else [],
        timeline=words.timeline(story, names=False),
        by_kin=by_kin,
        contract=contract,
        top_up=top_up,
        given=[part for part in found.allocations if part.voucher.household_id == who.household],
        cash_bonuses=cash_bonuses,
        cash_words=cash_words,
        may_cancel=may_cancel and not by_kin and beside.state_shown(found, now) == found.state,
        may_extend=not by_kin and service.may_extend(found, now),
        form=CancelForm(),
        dispute=_dispute(found, there),
        changes=changes,
        milestones=milestones.list_of(session, found) if there.has_milestones and not by_kin else [],
        lates=late_queries.list_of(session, found) if there.has_lates and not by_kin else [],
        may_report_late=not by_kin and late.why_not(session, found) is None,
        late_words=late_words,
        settlement_words=settlement_words,
        words=words,
        never_a_person=NEVER_A_PERSON,
        now=now,
    )


def _cash_bonuses(redemption: Redemption, there: PurchaseGlance) -> list[CashBonus]:
    """Return what the household that acts is paid in cash for a purchase."""
    if not there.has_cash_bonuses:
        return []
    household_id = actor().household
    return [one for one in cash_queries.list_of(db.session(), redemption) if one.household_id == household_id]


def _may_add_space(redemption: Redemption, now: datetime) -> bool:
    """Tell whether there is a space to buy beside a home whose purchase stands."""
    stands = redemption.state in beside.STANDING and not queries.is_over(redemption, now)
    if beside.is_space(redemption.home) or not stands:
        return False
    return bool(with_spaces(db.session(), [redemption.home.development_id]))


@bp.get("/redemptions/<ref>/contract/files/<paper>")
@roles(Role.HOUSEHOLD, helper=HelpLevel.ACT)
def contract_paper(ref: str, paper: str) -> Response:
    """Hand out the scan of the household's own contract; those whose vouchers help do not get it."""
    session, who = db.session(), actor()
    found = queries.get_redemption(session, actor=who, ref=ref)
    if found.household_id != who.household:
        raise NotFound("document_gone")
    states_ = [state for state in change_words.paper_states(found) if state != "replaced"]
    return hand_out(contracts.get_paper(session, found, ref=paper, states=states_), public=False, opens=True)


@bp.get("/redemptions/<ref>/receipt.pdf")
@roles(Role.HOUSEHOLD, helper=HelpLevel.LOOK, when="written off")
def receipt(ref: str) -> Response:
    """Give the receipt of a finished purchase as a paper with a QR code."""
    session, who = db.session(), actor()
    found = queries.get_redemption(session, actor=who, ref=ref)
    if found.household_id != who.household:
        raise NotFound("receipt_not_yet")
    return pdf_response(found.ref, receipts.render(session, found, address_of=check_address))


@bp.post("/redemptions/<ref>/extend")
@roles(Role.HOUSEHOLD, when="the developer did not answer in time; once")
def extend(ref: str) -> ResponseReturnValue:
    """Lengthen the hold for nothing, in one tap."""
    session = db.session()
    if CancelForm().accept():
        try:
            service.extend(session, actor=actor(), redemption_ref=ref)
        except NotFound:
            raise
        except DomainError as error:
            session.rollback()
            flash(message_of(error))
        else:
            flash(_("锁定已经免费延期。"))
    return redirect(url_for("household.redemption", ref=ref), 303)


@bp.get("/redemptions/<ref>/cancel")
@roles(Role.HOUSEHOLD, helper=HelpLevel.ACT)
def cancel(ref: str) -> ResponseReturnValue:
    """Ask whether the lock shall really be given up."""
    return _cancel_page(ref, CancelForm())


@bp.post("/redemptions/<ref>/cancel")
@roles(Role.HOUSEHOLD, helper=HelpLevel.ACT)
def cancel_post(ref: str) -> ResponseReturnValue:
    """Give up the lock."""
    form = CancelForm()

    def give_up() -> object:
        if actor().grant_id is not None:
            return ask_holder(Deed.CANCEL, ref)
        return service.cancel(db.session(), actor=actor(), redemption_ref=ref)

    return do_or_ask_again(
        form,
        give_up,
        again=lambda: _cancel_page(ref, form),
        done=_("锁定已经取消，房票金额全部退回。"),
        to=url_for("household.redemption", ref=ref),
    )


def _dispute(found: Redemption, there: PurchaseGlance) -> list[str]:
    """Return what to know about a contract, or another home, that claims this one; nothing where none did."""
    session = db.session()
    doubt = find_double(session, home_id=found.home_id) if found.disputed_at is not None else None
    told = sale_words.household_address_note(doubt) if doubt else []
    sale = conflicts_of(session, [found.id]).get(found.id) if there.is_contested else None
    told += sale_words.household_note(found, sale) if sale else []
    if not told and found.disputed_at is not None:
        told = sale_words.household_number_note()
    return told


def _cancel_page(ref: str, form: CancelForm) -> str:
    found = queries.get_redemption(db.session(), actor=actor(), ref=ref)
    if found.household_id != actor().household:
        raise NotBuyer
    spaces = beside.list_spaces(db.session(), found)
    return render_template(
        "household/cancel.html", redemption=found, lost=words.lost_beside(spaces), form=form, words=words
    )
