"""How a household pays its top-up: where to, how much, what to write; on a page and on paper.

A paper names one account for ever: a change of the account leaves what it said as it was.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from app.core.actor import HelpLevel, Role
from app.core.capitals import in_capitals
from app.core.errors import NotFound
from app.documents import pdf
from app.extensions import db
from app.gateways.stripe import current
from app.identity.counters import find_counter
from app.payments.account_models import SupervisedAccount
from app.payments.account_queries import get_told
from app.payments.card_queries import taken_by_dispute
from app.payments.kinds import Kind, Stage
from app.redemptions import queries, service
from app.redemptions.errors import NotBuyer
from app.redemptions.models import Redemption
from app.redemptions.top_up_queries import TopUpStanding, find_top_up
from app.web import cards as card_words
from app.web import formatting, loans
from app.web import redemptions as words
from app.web import top_ups as money_words
from app.web.access import actor, roles
from app.web.acting import do_or_ask_again
from app.web.export import pdf_response
from app.web.forms.payments import SplitForm
from app.web.household import bp
from app.web.kin import MONEY
from app.web.language import gettext as _
from app.web.pages import printed
from app.web.supervised import NEVER_A_PERSON


@bp.get("/redemptions/<ref>/pay")
@roles(Role.HOUSEHOLD, helper=HelpLevel.LOOK)
def pay(ref: str) -> ResponseReturnValue:
    """Show where to pay a top-up, how much is missing and what to write with the transfer."""
    found, top_up = _load(ref)
    return render_template(
        "household/pay.html",
        redemption=found,
        top_up=top_up,
        counter=find_counter(db.session(), district_id=found.district_id),
        never_a_person=NEVER_A_PERSON,
        words=words,
        money_words=money_words,
        money=MONEY,
        disputes=taken_by_dispute(db.session(), top_up.online),
        card_words=card_words,
        online_open=current() is not None and Kind.OWN in top_up.kinds and bool(top_up.missing_fen),
    )


@bp.get("/redemptions/<ref>/money")
@roles(Role.HOUSEHOLD, helper=HelpLevel.LOOK)
def split(ref: str) -> ResponseReturnValue:
    """Ask where the household's own money comes from."""
    return _split_page(ref, SplitForm())


@bp.post("/redemptions/<ref>/money")
@roles(Role.HOUSEHOLD, when="the kinds are those the policy allows, their sum is the top-up")
def split_post(ref: str) -> ResponseReturnValue:
    """Say where the household's own money comes from."""
    form = SplitForm()
    _load(ref)

    def say() -> None:
        service.split_top_up(db.session(), actor=actor(), redemption_ref=ref, wanted=form.split)

    to, done = url_for("household.pay", ref=ref), _("已经记下钱从哪里来。")
    return do_or_ask_again(form, say, again=lambda: _split_page(ref, form), done=done, to=to)


@bp.get("/redemptions/<ref>/loan/<any(loan, fund):kind>/<any(filed, approved, refused):stage>")
@roles(Role.HOUSEHOLD)
def loan(ref: str, kind: str, stage: str) -> ResponseReturnValue:
    """Show what follows from how far a loan is, and ask for bank and day once the papers are handed in."""
    return loans.ask(ref, kind, stage, back="household.pay")


@bp.post("/redemptions/<ref>/loan/<any(loan, fund):kind>/<any(filed, approved, refused):stage>")
@roles(Role.HOUSEHOLD, when="it follows the one before; a lock is lengthened once, by the policy")
def loan_post(ref: str, kind: str, stage: str) -> ResponseReturnValue:
    """Note how far a loan is."""
    # What a bank refused is to be paid otherwise, which is said where the money is said to come from.
    on = "household.split" if stage == Stage.REFUSED else "household.pay"
    return loans.note(ref, kind, stage, back="household.pay", on=on)


@bp.get("/redemptions/<ref>/slips/<account>.pdf")
@roles(Role.HOUSEHOLD, helper=HelpLevel.LOOK)
def slip(ref: str, account: str) -> ResponseReturnValue:
    """Give the paper to take to the bank; one that named an account since replaced says what it said."""
    found, top_up = _load(ref)
    told = get_told(db.session(), development_id=found.home.development_id, ref=account)
    return pdf_response(top_up.ref, pdf.render("slip", _paper(found, top_up, told)))


@dataclass(frozen=True)
class Slip:
    """What the template ``slip`` shows, every line as it is printed."""

    title: str
    warning: str
    facts: Sequence[tuple[str, str]]
    sum: str
    capitals: str
    about: Sequence[tuple[str, str]]
    replaced: str
    counter: str
    printed: str


def _load(ref: str) -> tuple[Redemption, TopUpStanding]:
    session, who = db.session(), actor()
    found = queries.get_redemption(session, actor=who, ref=ref)
    if found.household_id != who.household:
        raise NotBuyer
    top_up = find_top_up(session, found)
    if top_up is None:
        raise NotFound("top_up_gone")
    return found, top_up


def _split_page(ref: str, form: SplitForm) -> str:
    found, top_up = _load(ref)
    for kind in Kind:
        if kind not in top_up.kinds:
            del form[kind]
    if not form.is_submitted():
        said = {part.kind: part.amount_fen for part in top_up.parts}
        for kind in top_up.kinds:
            form[kind].data = said.get(kind) or None
    refused = [str(MONEY[kind]) for kind in Kind if kind not in top_up.kinds]
    return render_template(
        "household/split.html",
        redemption=found,
        top_up=top_up,
        form=form,
        refused=_("、").join(refused),
        words=words,
    )


def _paper(found: Redemption, top_up: TopUpStanding, account: SupervisedAccount) -> Slip:
    counter = find_counter(db.session(), district_id=found.district_id)
    over = account.replaced_at
    # What a bank lends it pays itself: the paper is for whoever goes to the counter.
    own_fen = top_up.amount_fen - top_up.lent_fen
    if own_fen <= 0:
        own_fen = top_up.amount_fen
    return Slip(
        title=_("自付差价付款单"),
        warning=str(NEVER_A_PERSON),
        facts=[
            (_("收款户名"), account.holder_name),
            (_("开户银行"), account.bank),
            (_("账号"), formatting.account(account.number)),
            (_("附言（备注）写"), top_up.ref),
        ],
        sum=formatting.yuan(own_fen),
        capitals=in_capitals(own_fen),
        about=[
            *_beside(_("另由银行（公积金中心）付"), top_up.amount_fen - own_fen),
            *_beside(_("打印以前已经到账"), top_up.arrived_fen),
            (_("购房人"), found.household.holder_name),
            (_("房源"), words.place(found.home)),
            (_("购房编号"), found.ref),
            (_("账户编号"), account.ref),
        ],
        replaced=_("这个账户从 %(day)s起不再使用，请重新打印付款单。", day=formatting.day(over))
        if over
        else "",
        counter=_("有疑问，请到%(place)s，电话 %(phone)s。", place=counter.address, phone=counter.phone)
        if counter
        else _("有疑问，请到征收办窗口。"),
        printed=printed(),
    )


def _beside(what: str, fen: int) -> list[tuple[str, str]]:
    return [(what, formatting.yuan(fen))] if fen else []
