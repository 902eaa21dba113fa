"""What changes of a sold home after its contract: measured, undone, and answering the household."""

from flask import Response, render_template, url_for
from flask.typing import ResponseReturnValue

from app.core.actor import Role
from app.extensions import db
from app.redemptions import contracts, queries, snapshot
from app.redemptions.change_states import Kind
from app.redemptions.service import changes
from app.redemptions.service.wishes import Wish
from app.web import changes as words
from app.web import changing
from app.web import redemptions as purchase_words
from app.web.access import SELLING, actor, roles
from app.web.acting import do_or_ask_again
from app.web.developer import bp
from app.web.developer.contracts import fill_contract
from app.web.files import takes_files
from app.web.forms.changes import MOST_SENT, AreaForm, AskForm, ChangedContractForm
from app.web.forms.contracts import MOST_SENT as MOST_OF_CONTRACT
from app.web.kin import BUYERS
from app.web.language import gettext as _


@bp.get("/redemptions/<ref>/ask/<any(area, cancel):kind>")
@roles(Role.DEVELOPER, duties=SELLING)
def ask_change(ref: str, kind: str) -> ResponseReturnValue:
    """Say what follows, and ask for reason and paper."""
    return _ask_page(ref, kind, _form(kind))


@bp.post("/redemptions/<ref>/ask/<any(area, cancel):kind>")
@roles(
    Role.DEVELOPER,
    duties=SELLING,
    when="written off, or to undo it a contract is entered; nothing else is asked; two people decide",
)
@takes_files(most=MOST_SENT)
def ask_change_post(ref: str, kind: str) -> ResponseReturnValue:
    """Put it before the household."""
    form = _form(kind)

    def ask() -> None:
        area_m2, price_fen = (form.area.data, form.price.data) if isinstance(form, AreaForm) else (None, None)
        wish = Wish(Kind(kind), form.reason.value, price_fen=price_fen, area_m2=area_m2, papers=form.sent)
        changes.ask(db.session(), actor=actor(), redemption_ref=ref, wish=wish)

    done = _("已提出，等购房人答复。购房人会收到消息。")
    to = url_for("developer.redemption", ref=ref)
    return do_or_ask_again(form, ask, again=lambda: _ask_page(ref, kind, form), done=done, to=to)


@bp.get("/redemptions/<ref>/ask/contract")
@roles(Role.DEVELOPER, duties=SELLING)
def change_contract(ref: str) -> ResponseReturnValue:
    """Show the contract's boxes, filled in as it stands."""
    form = ChangedContractForm()
    before = queries.get_redemption(db.session(), actor=actor(), ref=ref).contract
    if before is not None:
        fill_contract(form, before)
    return _contract_page(ref, form)


@bp.post("/redemptions/<ref>/ask/contract")
@roles(
    Role.DEVELOPER,
    duties=SELLING,
    when="written off; nothing else is asked; buyers whom the policy names; two people decide",
)
@takes_files(most=MOST_OF_CONTRACT)
def change_contract_post(ref: str) -> ResponseReturnValue:
    """Put the changed contract before the household."""
    form = ChangedContractForm()

    def ask() -> None:
        wish = Wish(Kind.CONTRACT, form.reason.value, contract=form.typed())
        changes.ask(db.session(), actor=actor(), redemption_ref=ref, wish=wish)

    return do_or_ask_again(
        form,
        ask,
        again=lambda: _contract_page(ref, form),
        done=_("已提出，等购房人答复。购房人会收到消息。"),
        to=url_for("developer.redemption", ref=ref),
    )


@bp.get("/redemptions/<ref>/changes/<change>")
@roles(Role.DEVELOPER)
def change(ref: str, change: str) -> ResponseReturnValue:
    """Show a change: who asks, why, the sums before and after, and what the company may do."""
    return changing.show("developer", ref, change)


@bp.post("/redemptions/<ref>/changes/<change>")
@roles(Role.DEVELOPER, duties=SELLING, when="the household asked, and nobody answered yet")
def change_post(ref: str, change: str) -> ResponseReturnValue:
    """Agree to what the household asks, or not."""
    return changing.take_answer("developer", ref, change)


@bp.post("/redemptions/<ref>/changes/<change>/withdraw")
@roles(Role.DEVELOPER, duties=SELLING, when="the company asked, and no officer prepared it")
def withdraw_change(ref: str, change: str) -> ResponseReturnValue:
    """Take the own wish back."""
    return changing.take_back("developer", ref, change)


@bp.get("/redemptions/<ref>/changes/<change>/papers/<paper>")
@roles(Role.DEVELOPER)
def change_paper(ref: str, change: str, paper: str) -> Response:
    """Hand out a paper of a change of one of the company's homes."""
    return changing.paper(ref, change, paper)


def _form(kind: str) -> AskForm:
    form = AreaForm() if kind == Kind.AREA else AskForm()
    form.papers.required = True
    return form


def _ask_page(ref: str, kind: str, form: AskForm) -> str:
    session = db.session()
    found = queries.get_redemption(session, actor=actor(), ref=ref)
    return render_template(
        "developer/ask-change.html",
        redemption=found,
        kind=kind,
        title_=words.KINDS[kind],
        notes=words.consequences(session, found, Kind(kind)),
        form=form,
        words=purchase_words,
    )


def _contract_page(ref: str, form: ChangedContractForm) -> str:
    session = db.session()
    found = queries.get_redemption(session, actor=actor(), ref=ref)
    frozen = snapshot.read(found.quote.snapshot)
    return render_template(
        "developer/change-contract.html",
        redemption=found,
        nameable=[str(BUYERS[word]) for word in contracts.nameable(session, frozen)],
        notes=words.consequences(session, found, Kind.CONTRACT),
        form=form,
        words=purchase_words,
    )
