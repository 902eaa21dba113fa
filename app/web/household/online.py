"""Paying a top-up online: in parts where it is large, on a page of Stripe's, and what became of each part.

The browser's return proves nothing: the page says what our own rows say, and asks Stripe when it is told to.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from flask import current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.core.actor import HelpLevel, Role
from app.core.capitals import in_capitals
from app.core.errors import DomainError, NotFound
from app.documents import pdf
from app.extensions import db
from app.gateways import stripe
from app.identity.counters import find_counter
from app.payments import cards
from app.payments.card_models import CardPayment
from app.payments.card_queries import taken_by_dispute
from app.payments.card_rules import MOST_FEN, parts_of
from app.payments.kinds import Kind
from app.redemptions import flows, queries
from app.redemptions.errors import NotBuyer
from app.redemptions.models import Redemption
from app.redemptions.top_up_queries import TopUpStanding, find_top_up
from app.web import cards as card_words
from app.web import formatting
from app.web import redemptions as words
from app.web.access import actor, roles
from app.web.acting import do_or_ask_again
from app.web.export import pdf_response
from app.web.forms.base import Form
from app.web.forms.payments import OnlineForm
from app.web.household import bp
from app.web.language import gettext as _
from app.web.messages import message_of
from app.web.pages import printed
from app.web.security import let_forms_lead_to


@bp.get("/redemptions/<ref>/online")
@roles(Role.HOUSEHOLD, helper=HelpLevel.LOOK)
def online(ref: str) -> ResponseReturnValue:
    """Show how far paying online is, and what comes next."""
    return _page(ref, OnlineForm())


@bp.get("/redemptions/<ref>/online/<payment>.pdf")
@roles(Role.HOUSEHOLD, helper=HelpLevel.LOOK)
def online_receipt(ref: str, payment: str) -> ResponseReturnValue:
    """Give the receipt of a part that was paid online."""
    found, top_up = _load(ref)
    paid = next((one for one in top_up.online if one.ref == payment and one.paid_at), None)
    if paid is None:
        raise NotFound("card_gone")
    return pdf_response(paid.ref, pdf.render("online", _receipt(found, top_up, paid)))


@bp.post("/redemptions/<ref>/online")
@roles(Role.HOUSEHOLD, when="own money is allowed, the part is missing, no other part is under way")
def pay_online(ref: str) -> ResponseReturnValue:
    """Begin to pay a part online, and lead to Stripe's page."""
    session, form = db.session(), OnlineForm()
    found, top_up = _load(ref)
    here = url_for("household.online", ref=ref, _external=True)

    def pay() -> str:
        url = flows.pay_online(
            session,
            actor=actor(),
            redemption_ref=found.ref,
            amount_fen=form.amount.value,
            title=_("自付差价 %(ref)s", ref=top_up.ref),
            success_url=here,
            cancel_url=here,
        )
        if url is None:
            flash(_("支付页面没有打开，没有扣钱。请再试一次，或者用银行转账。"), "important")
        return url or url_for("household.online", ref=ref)

    return do_or_ask_again(form, pay, again=lambda: _page(ref, form), to=str)


@bp.post("/redemptions/<ref>/online/go-on")
@roles(Role.HOUSEHOLD, when="a part is under way")
def go_on_online(ref: str) -> ResponseReturnValue:
    """Lead to Stripe's page of the part that is under way."""
    return _do(ref, lambda: flows.go_on_online(db.session(), actor=actor(), redemption_ref=ref))


@bp.post("/redemptions/<ref>/online/look")
@roles(Role.HOUSEHOLD, when="a part is under way")
def look_online(ref: str) -> ResponseReturnValue:
    """Ask Stripe what became of the part that is under way."""
    return _do(ref, lambda: flows.look_online(db.session(), actor=actor(), redemption_ref=ref))


@bp.post("/redemptions/<ref>/online/give-up")
@roles(Role.HOUSEHOLD, when="a part is under way; what was paid counts all the same")
def give_up_online(ref: str) -> ResponseReturnValue:
    """Let nobody pay the part under way any more."""
    return _do(ref, lambda: flows.give_up_online(db.session(), actor=actor(), redemption_ref=ref))


@dataclass(frozen=True)
class Receipt:
    """What the template ``online`` shows, every line as it is printed."""

    title: str
    sum: str
    capitals: str
    facts: Sequence[tuple[str, str]]
    note: str
    counter: str
    printed: str


def _receipt(found: Redemption, top_up: TopUpStanding, paid: CardPayment) -> Receipt:
    counter = find_counter(db.session(), district_id=found.district_id)
    return Receipt(
        title=_("在线支付收据"),
        sum=formatting.yuan(paid.captured_fen),
        capitals=in_capitals(paid.captured_fen),
        facts=[
            (_("收据编号"), paid.ref),
            (_("到账"), formatting.moment(paid.paid_at) if paid.paid_at else ""),
            (_("自付差价编号"), top_up.ref),
            (_("购房人"), found.household.holder_name),
            (_("房源"), words.place(found.home)),
            (_("购房编号"), found.ref),
        ],
        note=_("这笔钱记在上面的自付差价里。购房没有办成，会退回付款的卡或账户。"),
        counter=_("有疑问，请到%(place)s，电话 %(phone)s。", place=counter.address, phone=counter.phone)
        if counter
        else _("有疑问，请到征收办窗口。"),
        printed=printed(),
    )


def _do(ref: str, act: Callable[[], str | None]) -> ResponseReturnValue:
    """Do what a button asks for, and lead where it leads."""
    session = db.session()
    under_way = _under_way(_load(ref)[1])
    if not Form().accept():
        return _page(ref, OnlineForm(formdata=None)), 422
    try:
        url = act()
    except DomainError as error:
        session.rollback()
        flash(message_of(error), "important")
        return redirect(url_for("household.online", ref=ref), 303)
    if url is None and under_way is not None:
        _say_what_became_of(ref, under_way.ref)
    return _lead(ref, url)


def _say_what_became_of(ref: str, payment: str) -> None:
    """Say what there is of a part once a button was pressed: what seems to do nothing is pressed again."""
    now = next(one for one in _load(ref)[1].online if one.ref == payment)
    if now.state in cards.UNDER_WAY:
        flash(
            _("查过了，支付公司还没有收到这一笔。刚付过的，等一分钟再查；没有付的，可以接着付，也可以放弃。"),
            "important",
        )
    elif now.paid_at:
        flash(_("%(sum)s 已经到账。", sum=formatting.yuan(now.captured_fen or now.amount_fen)))
    else:
        flash(_("这一笔没有付，已经结束，没有扣钱。"))


def _under_way(top_up: TopUpStanding) -> CardPayment | None:
    """Return the part that somebody may be paying at this moment, or None."""
    return next((one for one in top_up.online if one.state in cards.UNDER_WAY), None)


def _lead(ref: str, url: str | None) -> ResponseReturnValue:
    return redirect(url or url_for("household.online", ref=ref), 303)


def _load(ref: str) -> tuple[Redemption, TopUpStanding]:
    session, who = db.session(), actor()
    found = queries.get_redemption(session, actor=who, ref=ref)
    if found.household_id != who.household:
        raise NotBuyer
    top_up = find_top_up(session, found)
    if top_up is None or (stripe.current() is None and not top_up.online):
        raise NotFound("top_up_gone")
    return found, top_up


def _page(ref: str, form: OnlineForm) -> str:
    found, top_up = _load(ref)
    parts = parts_of(top_up.own_missing_fen) if Kind.OWN in top_up.kinds else ()
    if not form.is_submitted():
        form.amount.data = parts[0] if parts else None
    let_forms_lead_to(current_app.config["CHECKOUT_URL"])
    return render_template(
        "household/online.html",
        redemption=found,
        top_up=top_up,
        under_way=_under_way(top_up),
        parts=parts,
        most_fen=MOST_FEN,
        form=form,
        plain=Form(formdata=None),
        open=stripe.current() is not None,
        percent=min(100, top_up.arrived_fen * 100 // top_up.amount_fen),
        counter=find_counter(db.session(), district_id=found.district_id),
        card_words=card_words,
        words=words,
        disputes=taken_by_dispute(db.session(), top_up.online),
    )
