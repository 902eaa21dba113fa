"""From a home to a lock: choose vouchers, read the frozen quote, confirm."""

from collections.abc import Sequence

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.core import clock
from app.core.actor import HelpLevel, Role
from app.core.errors import DomainError
from app.extensions import db
from app.homes.models import Home
from app.homes.promotions import lowest_net, opened
from app.homes.queries import Prices, current_prices, get_public_home, kind_of_public_home
from app.identity.models import District
from app.payments.account_queries import find_current_of
from app.policies.joint import Place
from app.redemptions import queries, rules, service, snapshot
from app.redemptions.helped import Deed
from app.redemptions.models import Quote
from app.redemptions.past import covers, foresee, place_of_bonus
from app.vouchers.queries import WalletVoucher
from app.web import promotions
from app.web import redemptions as words
from app.web.access import actor, roles
from app.web.acting import status_again
from app.web.forms.household import LockForm, QuoteForm
from app.web.helping import ask_holder
from app.web.household import bp
from app.web.language import gettext as _
from app.web.messages import message_of
from app.web.public.own import own_homes
from app.web.public.ways import searched
from app.web.purses import by_fit, kin_names, own_of, usable_for, usable_on


@bp.get("/homes/<ref>/quote")
@roles(Role.HOUSEHOLD, helper=HelpLevel.LOOK)
def choose(ref: str) -> ResponseReturnValue:
    """Show a home's price beside what the vouchers cover, and let the household choose among them."""
    home = get_public_home(db.session(), ref=ref)
    purses = usable_for(home)
    return _choose_page(home, QuoteForm.for_purses(purses), purses)


@bp.post("/homes/<ref>/quote")
@roles(Role.HOUSEHOLD, helper=HelpLevel.PREPARE)
def make_quote(ref: str) -> ResponseReturnValue:
    """Freeze a quote and lead on to it."""
    session = db.session()
    purses = usable_on(*kind_of_public_home(session, ref=ref))
    form = QuoteForm.for_purses(purses)
    if not form.accept():
        return _choose_page(get_public_home(session, ref=ref), form, purses), 422
    try:
        made = service.quote(session, actor=actor(), home_ref=ref, parts=form.parts, wallet=own_of(purses))
    except DomainError as error:
        form.apply(error)
        return _choose_page(get_public_home(session, ref=ref), form, purses), status_again(error)
    return redirect(url_for("household.quote", ref=made.ref), 303)


@bp.get("/quotes/<ref>")
@roles(Role.HOUSEHOLD, helper=HelpLevel.LOOK)
def quote(ref: str) -> ResponseReturnValue:
    """Show a frozen quote, every sum with its rule, and ask for confirmation."""
    return _quote_page(queries.get_quote(db.session(), actor=actor(), ref=ref), LockForm())


@bp.post("/quotes/<ref>")
@roles(
    Role.HOUSEHOLD,
    helper=HelpLevel.ACT,
    when="the quote is fresh, the home free, the vouchers hold the sum",
)
def lock(ref: str) -> ResponseReturnValue:
    """Lock the home on the terms of the quote."""
    session, who, form = db.session(), actor(), LockForm()
    if not form.accept():
        return _quote_page(queries.get_quote(session, actor=who, ref=ref), form), 422
    try:
        if who.grant_id is not None:
            queries.get_quote(session, actor=who, ref=ref)
            return ask_holder(Deed.RESERVE, ref)
        redemption = service.reserve(session, actor=who, quote_ref=ref)
    except DomainError as error:
        # What the service wrote before it refused must not colour the page that tells why.
        session.rollback()
        form.apply(error)
        return _quote_page(queries.get_quote(session, actor=who, ref=ref), form), status_again(error)
    flash(_("房源已经为您锁定。请按下面的步骤办理。"))
    return redirect(url_for("household.redemption", ref=redemption.ref), 303)


def _place(home: Home) -> Place:
    own = db.session().get_one(District, actor().district).code
    return place_of_bonus(home, own=own)


def _choose_page(home: Home, form: QuoteForm, purses: Sequence[WalletVoucher]) -> str:
    session, who = db.session(), actor()
    form.describe(purses, covers(session, purses, place=_place(home)), kin_names([home.id]))
    prices = current_prices(session, [home.id])[home.id]
    fitting, misfits = by_fit(home, purses, _payable(prices))
    now = clock.now()
    obstacle = queries.find_obstacle(session, district_id=who.district, home=home, prices=prices, moment=now)
    held = queries.list_held(session, household_id=who.household, moment=now)
    most = rules.loosest(purse.policy.hold_homes for purse in purses)
    return render_template(
        "household/choose.html",
        home=home,
        form=form,
        prices=prices,
        nets=promotions.nets(prices.amounts),
        purses=fitting,
        misfits=misfits,
        plan=_plan(home, prices, fitting),
        obstacle=message_of(DomainError(obstacle)) if obstacle else None,
        held=held,
        most=most,
        full=rules.is_full(len(held), most),
        words=words,
        now=now,
        own=own_homes(session, [home.id]).get(home.id),
        searched=searched(),
        place=words.place(home),
        supervised=words.SUPERVISED,
    )


def _payable(prices: Prices) -> int | None:
    """Return the price in fen, less the promotions that voucher buyers have; None where there is none."""
    if prices.voucher is None:
        return None
    return lowest_net(prices.voucher.amount_fen, opened(prices.deals)).payable_fen


def _plan(home: Home, prices: Prices, purses: Sequence[WalletVoucher]) -> rules.Plan | None:
    """Return how all usable vouchers would pay, for orientation before anything is frozen."""
    payable_fen = _payable(prices)
    if payable_fen is None or not purses:
        return None
    return foresee(db.session(), purses, place=_place(home), payable_fen=payable_fen)


def _quote_page(asked: Quote, form: LockForm) -> str:
    session, now = db.session(), clock.now()
    frozen = snapshot.read(asked.snapshot)
    held = queries.list_held(session, household_id=asked.household_id, moment=now)
    return render_template(
        "household/quote.html",
        quote=asked,
        frozen=frozen,
        account=find_current_of(session, [frozen.home.development_ref])[frozen.home.development_ref],
        held=held,
        full=rules.is_full(len(held), frozen.hold_homes),
        form=form,
        words=words,
        now=now,
        lapsed=now >= asked.expires_at,
        redemption=queries.find_redemption_of(session, quote=asked),
        refused=request.method == "POST",
    )
