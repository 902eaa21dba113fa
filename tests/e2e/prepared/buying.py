"""Purchases under way in the filled district: quotes, baskets, kin, locks, money."""

from flask import Flask
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from app.core.actor import Role
from app.extensions import db
from app.homes import service as homes
from app.homes.models import DWELLING, Development, Home
from app.homes.queries import current_prices
from app.identity.models import District
from app.payments import matching
from app.payments.models import StatementLine, TopUp
from app.redemptions import service as redemptions
from app.redemptions.models import BasketQuote, Quote, Redemption
from app.vouchers.models import Voucher
from app.vouchers.queries import wallet
from tests.e2e.demo import actor_in
from tests.factories.identity import make_actor
from tests.factories.payments import pay_in, statement, take_in


def make_a_quote(app: Flask) -> str:
    """Let the demo's household ask what a home costs; return the address of the quote."""
    with app.app_context():
        quote = _quote(db.session(), place=1)
        db.session.commit()
        return f"/household/quotes/{quote.ref}"


def fill_a_basket(app: Flask) -> str:
    """Let the demo's household collect two homes and ask what they cost; return the address of the quote."""
    with app.app_context():
        session = db.session()
        household = actor_in(session, Role.HOUSEHOLD)
        # The smallest: after the first of them there is voucher money for the second.
        smallest = _free_homes(session).order_by(Home.area_m2, Home.id).limit(2)
        refs = [home.ref for home in session.scalars(smallest)]
        for ref in refs:
            redemptions.add_home(session, actor=household, home_ref=ref)
        parts = [(purse.ref, None) for purse in wallet(session, household_id=household.household)]
        basket = redemptions.quote_basket(session, actor=household, home_refs=refs, parts=parts)
        session.commit()
        return f"/household/baskets/{basket.ref}"


def lower_a_price(app: Flask, basket: str) -> None:
    """Let the demo's developer lower the price of the first home of a basket's quote, by its address."""
    with app.app_context():
        session = db.session()
        asked = select(BasketQuote).where(BasketQuote.ref == basket.rsplit("/", 1)[-1])
        home_id = session.scalars(asked).one().quotes[0].home_id
        now = current_prices(session, [home_id])[home_id].voucher
        assert now is not None
        homes.set_price(
            session,
            actor=actor_in(session, Role.DEVELOPER),
            home_id=home_id,
            kind="voucher",
            amount_fen=now.amount_fen - 100_000,
            reason="让利",
        )
        session.commit()


def ask_kin(app: Flask) -> str:
    """Let the demo's household ask another one's voucher for help; return the address of its own request."""
    with app.app_context():
        session = db.session()
        household = actor_in(session, Role.HOUSEHOLD)
        other = select(Voucher).where(
            Voucher.state == "issued",
            Voucher.district_id == household.district,
            Voucher.household_id != household.household,
        )
        consent = redemptions.ask_kin(
            session,
            actor=household,
            home_ref=free_home(session, place=2).ref,
            voucher_ref=session.scalars(other.order_by(Voucher.id).limit(1)).one().ref,
            relation="child",
            most_fen=1_000_000,
        )
        session.commit()
        return f"/household/consents/{consent.ref}"


def receive_money(app: Flask) -> None:
    """Let a statement bring the demo's officer a sum that fits nothing, and one a colleague matched."""
    with app.app_context():
        session = db.session()
        officer = actor_in(session, Role.OFFICER)
        colleague = make_actor(
            session, role=Role.OFFICER, district=session.get_one(District, officer.district)
        )
        lines = ("E2E1,2016-05-25,12345.67,张三,购房款", "E2E2,2016-05-25,100,李四,购房款")
        take_in(session, officer, statement(*lines))
        session.commit()  # an act of its own: its locks end with it
        line = session.scalars(select(StatementLine).where(StatementLine.serial == "E2E2")).one()
        top_up = select(TopUp.ref).where(TopUp.district_id == officer.district).order_by(TopUp.id)
        matching.confirm(
            session,
            actor=colleague,
            line_ref=line.ref,
            top_up_ref=session.scalars(top_up.limit(1)).one(),
            over=True,
        )
        session.commit()


def pay_top_up(app: Flask, redemption_ref: str) -> None:
    """Let what a household adds itself arrive at the supervised account, and be matched."""
    with app.app_context():
        session = db.session()
        redemption = session.scalars(select(Redemption).where(Redemption.ref == redemption_ref)).one()
        pay_in(session, actor_in(session, Role.OFFICER), redemption)


def lock_a_home(app: Flask) -> None:
    """Let the demo's household lock a home of the demo's developer, with a part of one voucher."""
    with app.app_context():
        session = db.session()
        redemptions.reserve(
            session, actor=actor_in(session, Role.HOUSEHOLD), quote_ref=_quote(session, place=0).ref
        )
        session.commit()


def free_home(session: Session, *, place: int) -> Home:
    """Return one of the listed homes of the demo's developer, counted from 0 as they were entered."""
    return session.scalars(_free_homes(session).order_by(Home.id).offset(place).limit(1)).one()


def _free_homes(session: Session) -> Select[tuple[Home]]:
    """Return the statement that finds the listed homes of the demo's developer that nobody has locked."""
    developer = actor_in(session, Role.DEVELOPER)
    return (
        select(Home)
        .join(Home.development)
        .where(Development.developer_id == developer.organisation, Home.status == "free", DWELLING)
    )


def _quote(session: Session, *, place: int) -> Quote:
    household = actor_in(session, Role.HOUSEHOLD)
    first = wallet(session, household_id=household.household)[0]
    home = free_home(session, place=place)
    return redemptions.quote(session, actor=household, home_ref=home.ref, parts=[(first.ref, 10_000_000)])
