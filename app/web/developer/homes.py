"""Homes: filling one in, its prices and their history, into the pool and out of it."""

from flask import flash, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.core.actor import Role
from app.extensions import db
from app.homes import queries, rules, service, stock
from app.homes.doubts import Doubt, doubt_prices
from app.homes.filings import filed_of
from app.homes.models import Development
from app.homes.rules import Amounts
from app.homes.stock import StockHome
from app.redemptions.touched import touched
from app.sales.addresses import find_of_home as find_double
from app.sales.matching import find_doubt_of_home
from app.sales.queries import find_of_home
from app.web import formatting, promotions
from app.web import stock as words
from app.web.access import SELLING, actor, roles
from app.web.acting import do_or_ask_again
from app.web.developer import bp
from app.web.doubts import question
from app.web.forms.base import Choice
from app.web.forms.developer import HomeForm, PriceForm, PublishForm, SpaceForm, WithdrawForm
from app.web.language import gettext as _
from app.web.pages import paginate
from app.web.signals import PRICES
from app.web.touched import sentences


@bp.get("/developments/<ref>/homes/new")
@roles(Role.DEVELOPER, duties=SELLING)
def new_home(ref: str) -> ResponseReturnValue:
    """Ask which home it is and what it costs."""
    found = stock.get_development(db.session(), actor=actor(), ref=ref)
    form = HomeForm(building=request.args.get("building"))
    offer_buildings(form, found)
    return _new_home_page(found, form)


@bp.post("/developments/<ref>/homes/new")
@roles(Role.DEVELOPER, duties=SELLING)
def new_home_post(ref: str) -> ResponseReturnValue:
    """Create the home with its prices."""
    session, who, form = db.session(), actor(), HomeForm()
    found = stock.get_development(session, actor=who, ref=ref)
    buildings = offer_buildings(form, found)
    return do_or_ask_again(
        form,
        lambda: service.create_home(
            session,
            actor=who,
            building_id=buildings[form.building.value],
            **form.facts(),
            filed_fen=form.filed_price.value,
            filing_number=form.filing_number.value,
            cash_fen=form.cash_price.data,
            voucher_fen=form.voucher_price.data,
        ),
        sure=lambda: form.is_sure(_new_home_doubts(found, form)),
        again=lambda: _new_home_page(found, form),
        done=_("房源已保存，还没有上架。"),
        to=lambda made: url_for("developer.home", ref=made.ref),
    )


@bp.get("/homes/<ref>")
@roles(Role.DEVELOPER)
def home(ref: str) -> ResponseReturnValue:
    """Show a home: its three prices, its place in the pool, what to do next, how the prices came about."""
    session = db.session()
    row = stock.get_home(session, actor=actor(), ref=ref)
    pages = paginate(queries.count_price_changes(session, home_id=row.home.id), size=10)
    changes = queries.list_price_changes(session, home_id=row.home.id, limit=pages.size, offset=pages.offset)
    return render_template(
        "developer/home.html",
        row=row,
        amounts=row.prices.amounts,
        nets=promotions.nets(row.prices.amounts),
        filed=filed_of(session, [row.home.id])[row.home.id],
        obstacle=words.obstacle(session, row),
        claim=find_of_home(session, home_id=row.home.id),
        doubt=find_doubt_of_home(session, home_id=row.home.id),
        address=find_double(session, home_id=row.home.id),
        history=[words.history_item(change) for change in changes],
        pages=pages,
        words=words,
    )


@bp.get("/homes/<ref>/prices")
@roles(Role.DEVELOPER, duties=SELLING)
def change_price(ref: str) -> ResponseReturnValue:
    """Ask which price changes, to what and why; ``?kind=`` chooses one beforehand."""
    row = _open_home(ref)
    form = PriceForm(kind=request.args.get("kind"))
    return _price_page(row, form)


@bp.post("/homes/<ref>/prices")
@roles(Role.DEVELOPER, duties=SELLING, when="no price that breaks a rule may be raised")
def change_price_post(ref: str) -> ResponseReturnValue:
    """Change the price."""
    row, form = _open_home(ref), PriceForm()

    def sure() -> bool:
        doubts = [question(doubt) for doubt in _price_doubts(row, _kind_of(form), form.amount.value)]
        return form.agrees(doubts + _meets(row))

    def change() -> None:
        kind, listed = _kind_of(form), row.listing is not None and row.listing.state == "listed"
        version = service.set_price(
            db.session(),
            actor=actor(),
            home_id=row.home.id,
            kind=kind,
            amount_fen=form.amount.value,
            reason=form.reason.value,
            filing_number=form.filing_number.data,
            seen_version=form.seen_version,
        )
        after = row.prices.amounts.with_price(kind, version.amount_fen)
        if listed and rules.find_breach(after):
            flash(words.fallen(after), "important")
        else:
            amount = formatting.yuan(version.amount_fen)
            flash(_("%(price)s已改为 %(amount)s。", price=PRICES[kind], amount=amount))

    return do_or_ask_again(
        form,
        change,
        sure=sure,
        again=lambda: _price_page(_open_home(ref), form),
        to=url_for("developer.home", ref=ref),
    )


@bp.get("/homes/<ref>/publish")
@roles(Role.DEVELOPER, duties=SELLING)
def publish(ref: str) -> ResponseReturnValue:
    """Show what the pool will show, and ask for confirmation."""
    return _publish_page(stock.get_home(db.session(), actor=actor(), ref=ref), PublishForm())


@bp.post("/homes/<ref>/publish")
@roles(Role.DEVELOPER, duties=SELLING, when="admitted to the pool; voucher price not above cash or filed")
def publish_post(ref: str) -> ResponseReturnValue:
    """List the home in the pool of its district."""
    session, who, form = db.session(), actor(), PublishForm()
    row = stock.get_home(session, actor=who, ref=ref)
    return do_or_ask_again(
        form,
        lambda: service.publish(session, actor=who, home_id=row.home.id, seen_version=form.seen_version),
        again=lambda: _publish_page(stock.get_home(session, actor=who, ref=ref), form),
        done=_("房源已上架，持房票的住户很快就能查到。"),
        to=url_for("developer.home", ref=ref),
    )


@bp.get("/homes/<ref>/withdraw")
@roles(Role.DEVELOPER, duties=SELLING)
def withdraw(ref: str) -> ResponseReturnValue:
    """Say what withdrawing means, and ask for confirmation."""
    return _withdraw_page(stock.get_home(db.session(), actor=actor(), ref=ref), WithdrawForm())


@bp.post("/homes/<ref>/withdraw")
@roles(Role.DEVELOPER, duties=SELLING)
def withdraw_post(ref: str) -> ResponseReturnValue:
    """Take the home out of the pool."""
    session, who, form = db.session(), actor(), WithdrawForm()
    row = stock.get_home(session, actor=who, ref=ref)
    return do_or_ask_again(
        form,
        lambda: service.withdraw(session, actor=who, home_id=row.home.id),
        sure=lambda: form.agrees(_meets(row, withdrawing=True)),
        again=lambda: _withdraw_page(_open_home(ref), form),
        done=_("房源已下架，价格和历史都还保留。"),
        to=url_for("developer.home", ref=ref),
    )


def _open_home(ref: str) -> StockHome:
    return stock.get_home(db.session(), actor=actor(), ref=ref)


def _meets(row: StockHome, *, withdrawing: bool = False) -> list[str]:
    """Return what a change means for people who are buying this home."""
    return sentences(touched(db.session(), [row.home.id]), withdrawing=withdrawing)


def offer_buildings(form: HomeForm | SpaceForm, found: Development) -> dict[str, int]:
    """Let a form choose among a development's buildings; return their ids by name."""
    buildings = {one.name: one.id for one in stock.list_buildings(db.session(), development_id=found.id)}
    form.building.choices = [Choice(name, name) for name in buildings]
    return buildings


def _new_home_doubts(found: Development, form: HomeForm) -> list[Doubt]:
    amounts = Amounts(form.filed_price.value, form.cash_price.data, form.voucher_price.data)
    median = stock.median_unit_price(db.session(), development_id=found.id)
    return [*form.doubts(), *doubt_prices(amounts, form.area_m2.value, median_unit_fen=median)]


def _new_home_page(found: Development, form: HomeForm) -> str:
    return render_template("developer/new-home.html", development=found, form=form)


def _kind_of(form: PriceForm) -> rules.PriceKind:
    return next(kind for kind in rules.KINDS if kind == form.kind.value)


def _price_page(row: StockHome, form: PriceForm) -> str:
    if row.prices.filed and row.prices.filed.source == "bureau":
        form.kind.choices = [choice for choice in form.kind.choices if choice.value != "filed"]
        del form["filing_number"]
    form.show(row.home.doc_version)
    return render_template(
        "developer/prices.html",
        row=row,
        amounts=row.prices.amounts,
        consequences=_meets(row),
        form=form,
        words=words,
    )


def _price_doubts(row: StockHome, kind: rules.PriceKind, amount_fen: int) -> list[Doubt]:
    home = row.home
    if home.kind != "home":
        return []
    median = stock.median_unit_price(db.session(), development_id=home.development_id, leave_out=home.id)
    return doubt_prices(Amounts().with_price(kind, amount_fen), home.area_m2, median_unit_fen=median)


def _publish_page(row: StockHome, form: PublishForm) -> str:
    form.show(row.home.doc_version)
    return render_template(
        "developer/publish.html",
        row=row,
        amounts=row.prices.amounts,
        obstacle=words.obstacle(db.session(), row),
        form=form,
        words=words,
    )


def _withdraw_page(row: StockHome, form: WithdrawForm) -> str:
    consequences = _meets(row, withdrawing=True)
    return render_template(
        "developer/withdraw.html", row=row, consequences=consequences, form=form, words=words
    )
