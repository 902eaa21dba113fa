"""Entering the contract of a locked home: typed with its buyers and scan, compared with the quote, sent."""

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.core import clock
from app.core.actor import Role
from app.core.errors import DomainError, NotFound
from app.extensions import db
from app.redemptions import contracts, queries, service, snapshot, states
from app.redemptions.contract_models import ContractEntry
from app.redemptions.models import Redemption
from app.redemptions.snapshot import Snapshot
from app.redemptions.states import Action, State
from app.web import redemptions as words
from app.web.access import SELLING, actor, roles
from app.web.acting import status_again
from app.web.developer import bp
from app.web.files import hand_out, takes_files
from app.web.forms.contracts import MOST_SENT, RedemptionContractForm, SendContractForm
from app.web.kin import BUYERS
from app.web.language import gettext as _
from app.web.security import let_files_open


@bp.get("/redemptions/<ref>/contract")
@roles(Role.DEVELOPER, duties=SELLING)
def contract(ref: str) -> ResponseReturnValue:
    """Show what was locked, and the boxes for the contract; ``?typed=`` fills in what was overtaken."""
    form, found = RedemptionContractForm(), _load(ref)
    overtaken = _overtaken(found, request.args.get("typed", ""))
    _fill(form, found, overtaken or _before(found))
    return _contract_page(found, form, overtaken=overtaken is not None)


@bp.post("/redemptions/<ref>/contract")
@roles(
    Role.DEVELOPER,
    duties=SELLING,
    when="locked and before the deadline, or not verified yet; on the terms of the quote, buyers whom the "
    "policy names",
)
@takes_files(most=MOST_SENT)
def contract_post(ref: str) -> ResponseReturnValue:
    """Check the contract and keep it as a draft, to be looked at beside the quote."""
    session, who, form = db.session(), actor(), RedemptionContractForm()
    if not form.accept():
        return _contract_page(_load(ref), form), 422
    try:
        entry = service.prepare_contract(session, actor=who, redemption_ref=ref, typed=form.typed())
    except NotFound:
        raise
    except DomainError as error:
        session.rollback()
        form.apply(error)
        return _contract_page(_load(ref), form), status_again(error)
    return redirect(url_for("developer.check_contract", ref=ref, entry=entry.ref), 303)


@bp.get("/redemptions/<ref>/contract/check")
@roles(Role.DEVELOPER, duties=SELLING)
def check_contract(ref: str) -> ResponseReturnValue:
    """Show what was typed beside the quote, line by line, before it is sent; ``?entry=``: what was typed."""
    form = SendContractForm()
    form.entry.data = request.args.get("entry", "")
    return _check_page(ref, form)


@bp.post("/redemptions/<ref>/contract/check")
@roles(Role.DEVELOPER, duties=SELLING, when="the draft that the page showed")
def check_contract_post(ref: str) -> ResponseReturnValue:
    """Send the contract; the clock stops."""
    session, who, form = db.session(), actor(), SendContractForm()
    if not form.accept():
        return _check_page(ref, form), 422
    try:
        service.send_contract(session, actor=who, redemption_ref=ref, entry_ref=form.entry.value)
    except NotFound:
        raise
    except DomainError as error:
        session.rollback()
        form.apply(error)
        return _check_page(ref, form), status_again(error)
    flash(_("合同已录入，征收办会核验。锁定不再计时。"))
    return redirect(url_for("developer.redemption", ref=ref), 303)


@bp.get("/redemptions/<ref>/contract/files/<paper>")
@roles(Role.DEVELOPER)
def contract_paper(ref: str, paper: str) -> Response:
    """Hand out a scan or a paper of kinship that the company sent."""
    states_ = ("draft", "current", "replaced")
    return hand_out(
        contracts.get_paper(db.session(), _load(ref), ref=paper, states=states_), public=False, opens=True
    )


def step_now(found: Redemption) -> Action | None:
    """Return whether the contract may be entered now, or corrected; None for neither."""
    for action in (Action.ENTER_CONTRACT, Action.CORRECT_CONTRACT):
        if states.may(Role.DEVELOPER, State(found.state), action):
            is_barred = queries.is_over(found, clock.now()) or (
                action is Action.CORRECT_CONTRACT and found.disputed_at is not None
            )
            return None if is_barred else action
    return None


def _load(ref: str) -> Redemption:
    return queries.get_redemption(db.session(), actor=actor(), ref=ref)


def _before(found: Redemption) -> ContractEntry | None:
    return contracts.find_draft(db.session(), found) or found.contract


def _overtaken(found: Redemption, ref: str) -> ContractEntry | None:
    return contracts.find_overtaken(db.session(), found, ref=ref, typed_by_id=actor().user_id)


def _fill(form: RedemptionContractForm, found: Redemption, before: ContractEntry | None) -> None:
    """Put into the boxes what was typed before; the first time, whom the quote names as buyers."""
    rows = form.rows()
    if before is None:
        named = [(name, "self") for name in _frozen(found).buyers] or [(found.household.holder_name, "self")]
    else:
        fill_contract(form, before)
        return
    for row, (name, relation) in zip(rows, named, strict=False):
        row["name"].data, row["relation"].data = name, relation


def fill_contract(form: RedemptionContractForm, before: ContractEntry) -> None:
    """Put into the boxes of a contract what was typed of it before, but for the ID numbers."""
    form.contract_number.data, form.contract_signed_on.data = before.number, before.signed_on
    form.area.data, form.price.data = before.area_m2, before.price_fen
    form.handover_by.data = before.handover_by
    for row, buyer in zip(form.rows(), before.buyers, strict=False):
        row["name"].data, row["relation"].data = buyer.name, buyer.relation


def _frozen(found: Redemption) -> Snapshot:
    return snapshot.read(found.quote.snapshot)


def _contract_page(found: Redemption, form: RedemptionContractForm, *, overtaken: bool = False) -> str:
    session, frozen, before = db.session(), _frozen(found), _before(found)
    return render_template(
        "developer/contract.html",
        redemption=found,
        frozen=frozen,
        form=form,
        step=step_now(found),
        nameable=[str(BUYERS[word]) for word in contracts.nameable(session, frozen)],
        before=contracts.seen(session, before) if before else None,
        overtaken=overtaken,
        words=words,
    )


def _check_page(ref: str, form: SendContractForm) -> str:
    session, found = db.session(), _load(ref)
    draft = contracts.find_draft(session, found)
    overtaken = _overtaken(found, form.entry.value)
    form.entry.data = draft.ref if draft else ""
    let_files_open()
    return render_template(
        "developer/check-contract.html",
        redemption=found,
        seen=contracts.seen(session, draft) if draft else None,
        lines=words.comparison(found, _frozen(found), draft) if draft else [],
        replaces=found.contract is not None,
        overtaken=overtaken,
        form=form,
        words=words,
    )
