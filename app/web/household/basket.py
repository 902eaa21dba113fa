"""The basket (选房篮): homes collected, one quote over all of them, and one lock."""

from collections.abc import Sequence

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.core import clock
from app.core.actor import HelpLevel, Role
from app.core.errors import DomainError
from app.extensions import db
from app.homes.models import Home
from app.homes.promotions import lowest_net, opened
from app.homes.queries import Prices, current_prices, with_spaces
from app.payments.account_queries import find_current_of
from app.policies.tiers import SPACES
from app.redemptions import basket_queries, queries, rules, service, snapshot
from app.redemptions.errors import Refusal
from app.redemptions.helped import Deed
from app.redemptions.models import BasketQuote
from app.redemptions.past import cover_together, covers
from app.vouchers.queries import WalletVoucher
from app.web import redemptions as words
from app.web import stock
from app.web.access import actor, roles
from app.web.acting import status_again
from app.web.forms.base import Form
from app.web.forms.household import BasketQuoteForm, LockForm, WithoutForm
from app.web.helping import ask_holder
from app.web.household import bp
from app.web.language import gettext as _
from app.web.messages import message_of
from app.web.purses import kin_names, own_of, usable


@bp.get("/basket/")
@roles(Role.HOUSEHOLD, helper=HelpLevel.LOOK)
def basket() -> ResponseReturnValue:
    """Show the homes collected, with what each costs now, and let the household choose its vouchers."""
    homes = _homes()
    purses = _usable(homes)
    return _basket_page(BasketQuoteForm.for_purses(purses), homes, purses)


@bp.post("/basket/")
@roles(Role.HOUSEHOLD, helper=HelpLevel.PREPARE)
def quote_basket() -> ResponseReturnValue:
    """Freeze one quote over all homes of the basket and lead on to it."""
    session, who = db.session(), actor()
    rows = basket_queries.list_basket(session, actor=who)
    homes = [row.home for row in rows]
    purses = _usable(homes)
    form = BasketQuoteForm.for_purses(purses)
    if not form.accept():
        return _basket_page(form, homes, purses), 422
    refs = [home.ref for home in homes]
    beside = {row.home.ref: row.beside.ref for row in rows if row.beside is not None}
    try:
        made = service.quote_basket(
            session, actor=who, home_refs=refs, parts=form.parts, beside=beside, wallet=own_of(purses)
        )
    except DomainError as error:
        session.rollback()
        form.apply(error)
        homes = _homes()
        return _basket_page(form, homes, _usable(homes), words.refusals_of(error)), status_again(error)
    return redirect(url_for("household.basket_quote", ref=made.ref), 303)


@bp.post("/basket/homes/<ref>")
@roles(Role.HOUSEHOLD, helper=HelpLevel.PREPARE)
def add_to_basket(ref: str) -> ResponseReturnValue:
    """Put a home into the basket; the way on is the basket, which tells what comes next."""
    if Form().accept():
        try:
            service.add_home(db.session(), actor=actor(), home_ref=ref)
        except DomainError as error:
            flash(message_of(error))
        else:
            flash(_("已放进选房篮。可以继续找房，也可以一起算报价。"))
    return redirect(url_for("household.basket"), 303)


@bp.post("/basket/homes/<ref>/remove")
@roles(Role.HOUSEHOLD, helper=HelpLevel.PREPARE)
def remove_from_basket(ref: str) -> ResponseReturnValue:
    """Take a home out; the page says how to put it back."""
    if Form().accept():
        service.remove_home(db.session(), actor=actor(), home_ref=ref)
        flash(_("已移出选房篮。想放回去，请打开这套房的页面再加入。"))
    return redirect(url_for("household.basket"), 303)


@bp.post("/basket/homes/<ref>/up")
@roles(Role.HOUSEHOLD, helper=HelpLevel.PREPARE)
def move_in_basket(ref: str) -> ResponseReturnValue:
    """Let a home change places with the one before it."""
    if Form().accept():
        service.move_up(db.session(), actor=actor(), home_ref=ref)
    return redirect(url_for("household.basket"), 303)


@bp.get("/baskets/<ref>")
@roles(Role.HOUSEHOLD, helper=HelpLevel.LOOK)
def basket_quote(ref: str) -> ResponseReturnValue:
    """Show the frozen quote over several homes, every sum with its rule, and ask for confirmation."""
    return _quote_page(basket_queries.get_basket_quote(db.session(), actor=actor(), ref=ref), LockForm())


@bp.post("/baskets/<ref>")
@roles(
    Role.HOUSEHOLD,
    helper=HelpLevel.ACT,
    when="the quote is fresh, every home free, the vouchers hold the sum: all or none",
)
def lock_basket(ref: str) -> ResponseReturnValue:
    """Lock all homes on the terms of the quote, or none."""
    session, who, form = db.session(), actor(), LockForm()
    if not form.accept():
        return _quote_page(basket_queries.get_basket_quote(session, actor=who, ref=ref), form), 422
    try:
        if who.grant_id is not None:
            basket_queries.get_basket_quote(session, actor=who, ref=ref)
            return ask_holder(Deed.RESERVE_BASKET, ref)
        locked = service.reserve_basket(session, actor=who, basket_ref=ref)
    except DomainError as error:
        # What the service wrote before it refused must not colour the page that tells why.
        session.rollback()
        return _refused_page(ref, form, error), status_again(error)
    told = words.counted([one.home.kind for one in locked])
    flash(_("%(what)s已经一起为您锁定。请点开每一笔，看到哪里签合同、还要付多少。", what=told))
    return redirect(url_for("household.redemptions"), 303)


@bp.post("/baskets/<ref>/without")
@roles(Role.HOUSEHOLD, helper=HelpLevel.PREPARE)
def quote_without(ref: str) -> ResponseReturnValue:
    """Make a new quote over the basket's other homes."""
    session, who, form = db.session(), actor(), WithoutForm()
    asked = basket_queries.get_basket_quote(session, actor=who, ref=ref)
    if not form.accept():
        return _quote_page(asked, LockForm()), 422
    try:
        made = service.requote_basket(session, actor=who, basket_ref=ref, without=form.refs)
    except DomainError as error:
        session.rollback()
        return _refused_page(ref, LockForm(), error), status_again(error)
    return redirect(url_for("household.basket_quote", ref=made.ref), 303)


def _homes() -> list[Home]:
    return [row.home for row in basket_queries.list_basket(db.session(), actor=actor())]


def _beside() -> dict[str, Home]:
    """Return beside which home each space of the basket is to stand, by the space's reference."""
    rows = basket_queries.list_basket(db.session(), actor=actor())
    return {row.home.ref: row.beside for row in rows if row.beside is not None}


def _usable(homes: Sequence[Home]) -> list[WalletVoucher]:
    return usable([home.id for home in homes])


def _basket_page(
    form: BasketQuoteForm,
    homes: Sequence[Home],
    purses: Sequence[WalletVoucher],
    refusals: Sequence[Refusal] = (),
) -> str:
    session, who, now = db.session(), actor(), clock.now()
    form.describe(purses, covers(session, purses), kin_names([home.id for home in homes]))
    prices = current_prices(session, [home.id for home in homes])
    obstacles = {
        home.id: message_of(DomainError(code))
        for home in homes
        if (
            code := queries.find_obstacle(
                session, district_id=who.district, home=home, prices=prices[home.id], moment=now
            )
        )
    }
    beside, more = _beside(), sum(home.kind == "home" for home in homes)
    held = queries.list_held(session, household_id=who.household, moment=now)
    most = rules.loosest(purse.policy.hold_homes for purse in purses)
    return render_template(
        "household/basket.html",
        homes=homes,
        what=words.counted([home.kind for home in homes]),
        beside=beside,
        spacious=_spacious(homes, purses),
        payable={home.id: _payable(prices[home.id]) for home in homes},
        total_fen=sum(_payable(prices[home.id]) or 0 for home in homes),
        covered_fen=cover_together(session, purses),
        obstacles=obstacles,
        purses=purses,
        held=held,
        most=most,
        full=bool(homes) and rules.is_full(len(held), most, more=more),
        form=form,
        button=Form(),
        refusals=words.told_refusals(refusals),
        words=words,
        place=_place,
        stock=stock,
        now=now,
    )


def _spacious(homes: Sequence[Home], purses: Sequence[WalletVoucher]) -> set[int]:
    """Return the homes beside which there is something that a voucher may buy, by id."""
    if not any(purse.policy.usable_on & SPACES for purse in purses):
        return set()
    places = with_spaces(db.session(), {home.development_id for home in homes})
    return {home.id for home in homes if home.kind == "home" and home.development_id in places}


def _place(home: Home) -> str:
    return words.place(home)


def _payable(prices: Prices) -> int | None:
    """Return what a home costs a voucher buyer now, in fen; None while it has no voucher price."""
    if prices.voucher is None:
        return None
    return lowest_net(prices.voucher.amount_fen, opened(prices.deals)).payable_fen


def _refused_page(ref: str, form: LockForm, error: DomainError) -> str:
    form.apply(error)
    asked = basket_queries.get_basket_quote(db.session(), actor=actor(), ref=ref)
    return _quote_page(asked, form, words.refusals_of(error))


def _quote_page(asked: BasketQuote, form: LockForm, refusals: Sequence[Refusal] = ()) -> str:
    session, now = db.session(), clock.now()
    frozen = [snapshot.read(quote.snapshot) for quote in asked.quotes]
    return render_template(
        "household/basket-quote.html",
        quote=asked,
        frozen=frozen,
        what=words.counted([one.home.kind for one in frozen]),
        vouchers=words.basket_vouchers(frozen),
        price_fen=sum(one.price_fen for one in frozen),
        spent_fen=sum(one.spent_fen for one in frozen),
        bonus_fen=sum(one.bonus_fen for one in frozen),
        top_up_fen=sum(one.top_up_fen for one in frozen),
        hold_until=min(one.hold_until for one in frozen),
        form=form,
        without=WithoutForm(formdata=None, homes=" ".join(one.home_ref for one in refusals)),
        refusals=words.told_refusals(refusals),
        left=len(frozen) - len(refusals),
        accounts=find_current_of(session, [one.home.development_ref for one in frozen]),
        words=words,
        now=now,
        lapsed=now >= asked.expires_at,
        redemptions=basket_queries.redemptions_of_basket(session, asked),
        refused=request.method == "POST",
    )
