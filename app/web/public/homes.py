"""The page of a home, and of a development."""

from collections.abc import Sequence
from typing import Final

from flask import render_template, request
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from sqlalchemy.orm import Session

from app.core.actor import Role
from app.core.errors import NotFound
from app.core.ids import normalise_ref
from app.core.sidelog import write_apart
from app.extensions import db
from app.following.models import Favourite
from app.following.queries import find_favourite
from app.following.viewed import note_view
from app.homes.queries import (
    PriceChange,
    count_offers,
    count_price_changes,
    current_prices,
    get_public_development,
    get_public_home,
    list_offers,
    list_price_changes,
    list_spaces,
    pictures_of,
    with_spaces,
)
from app.homes.rules import Amounts, find_breach
from app.monitor import comparison
from app.payments.account_queries import find_current
from app.search import engine, source
from app.search.documents import HomeFacts
from app.search.queries import similar
from app.web import formatting, promotions, stock
from app.web.access import find_actor, public
from app.web.forms.base import Form
from app.web.language import gettext as _
from app.web.pages import paginate
from app.web.public import bp, comparables, words
from app.web.public.own import own_homes
from app.web.public.ways import back_from_a_home, searched
from app.web.purses import buys_alone, by_fit, usable_for
from app.web.signals import PRICES

MOST_CHANGES: Final = 10
MOST_SIMILAR: Final = 3
PRICE_NAMES: Final = {str(kind): name for kind, name in PRICES.items()}


@bp.get("/homes/<ref>")
@public
def show_home(ref: str) -> ResponseReturnValue:
    """Show a home that is or was listed: its prices side by side, facts, history, and the way to buy it."""
    session = db.session()
    home = get_public_home(session, ref=_ref(ref, "home_not_found"))
    prices = current_prices(session, [home.id])[home.id]
    amounts = prices.amounts
    facts = _as_of_now(source.load(session, [home.id])[home.id], amounts)
    changes = list_price_changes(session, home_id=home.id, limit=MOST_CHANGES, since=facts.first_listed_at)
    count = count_price_changes(session, home_id=home.id, since=facts.first_listed_at)
    who = find_actor()
    buyer = bool(who and who.role is Role.HOUSEHOLD and who.district_id == home.development.district_id)
    fitting, misfits = by_fit(home, usable_for(home) if buyer else [], facts.voucher_net.payable_fen)
    return render_template(
        "public/show-home.html",
        home=facts,
        development=home.development,
        account=find_current(session, development_id=home.development_id),
        words=words,
        nets=promotions.nets(amounts),
        own=own_homes(session, [home.id]).get(home.id),
        has_spaces=bool(with_spaces(session, [home.development_id])),
        back=back_from_a_home(),
        searched=searched(),
        stock=stock,
        filed_note=stock.filed_note(prices.filed),
        pictures=pictures_of(session, home),
        place_pictures=pictures_of(session, home.development),
        history=_history(changes, facts),
        compared=comparison.of_home(session, home),
        comparable_words=comparables,
        more=count > MOST_CHANGES,
        buyer=buyer,
        purses=fitting,
        misfits=misfits,
        role=who.role if who else None,
        basket_form=Form(),
        favourite=_favourite(session, home.id),
        similar=_similar(session, facts),
        way_back=request.full_path.rstrip("?"),
    )


@bp.get("/homes/<ref>/prices")
@public
def price_history(ref: str) -> ResponseReturnValue:
    """Show every price of a home since it was first listed, whatever happened to its listing since."""
    session = db.session()
    home = get_public_home(session, ref=_ref(ref, "home_not_found"))
    facts = source.load(session, [home.id])[home.id]
    since = facts.first_listed_at
    pages = paginate(count_price_changes(session, home_id=home.id, since=since))
    changes = list_price_changes(session, home_id=home.id, limit=pages.size, offset=pages.offset, since=since)
    return render_template(
        "public/price-history.html", home=facts, history=_history(changes, facts), pages=pages
    )


@bp.get("/developments/<ref>")
@public
def show_development(ref: str) -> ResponseReturnValue:
    """Show a development and its homes in the pool, those that can be chosen first."""
    session = db.session()
    development = get_public_development(session, ref=_ref(ref, "development_not_found"))
    pages = paginate(count_offers(session, development_id=development.id))
    offers = list_offers(session, development_id=development.id, limit=pages.size, offset=pages.offset)
    facts = source.load(session, [offer.home.id for offer in offers])
    own = own_homes(session, facts)
    cards = [
        words.card(facts[offer.home.id], own=own.get(offer.home.id))
        for offer in offers
        if offer.home.id in facts
    ]
    return render_template(
        "public/show-development.html",
        development=development,
        spaces=list_spaces(session, development_id=development.id),
        alone=buys_alone(),
        account=find_current(session, development_id=development.id),
        words=words,
        stock=stock,
        pictures=pictures_of(session, development),
        cards=cards,
        pages=pages,
    )


def _favourite(session: Session, home_id: int) -> Favourite | None:
    """Return the favourite of a household that looks at a home, and remember that it looked."""
    who = find_actor()
    if who is None or who.role is not Role.HOUSEHOLD:
        return None
    if who.level is None:
        write_apart(db.session.session_factory, lambda apart: note_view(apart, actor=who, home_id=home_id))
    return find_favourite(session, actor=who, home_id=home_id)


def _similar(session: Session, home: HomeFacts) -> list[dict[str, object]]:
    others = similar(session, engine.current(), home, limit=MOST_SIMILAR)
    own = own_homes(session, [other.home_id for other in others])
    return [words.card(other, own=own.get(other.home_id)) for other in others]


def _as_of_now(facts: HomeFacts, amounts: Amounts) -> HomeFacts:
    """Return the facts with the prices of this very moment, whether or not the job of the minute has come."""
    breach = find_breach(amounts) if facts.listed else None
    return facts._replace(
        cash_fen=amounts.cash_fen or facts.cash_fen,
        voucher_fen=amounts.voucher_fen or facts.voucher_fen,
        listed=facts.listed and breach is None,
        out_reason=breach or facts.out_reason,
    )


def _ref(typed: str, code: str) -> str:
    """Return a reference in its usual form; one that cannot be right is not looked for."""
    ref = normalise_ref(typed)
    if ref is None:
        raise NotFound(code)
    return ref


def _history(changes: Sequence[PriceChange], home: HomeFacts) -> list[list[str | Markup]]:
    """Return the rows of the price history."""
    return [
        [
            formatting.time_element(change.version.effective_from),
            str(PRICE_NAMES[change.version.kind]),
            _change(change, home),
            change.version.filing_number or "",
        ]
        for change in changes
    ]


def _change(change: PriceChange, home: HomeFacts) -> str:
    now = formatting.yuan(change.version.amount_fen)
    if change.before_fen is None or change.version.effective_from <= home.first_listed_at:
        return now
    before = formatting.yuan(change.before_fen)
    if change.before_fen < change.version.amount_fen:
        return _("由 %(before)s 涨到 %(now)s", before=before, now=now)
    return _("由 %(before)s 降到 %(now)s", before=before, now=now)
