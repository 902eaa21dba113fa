"""What the demo's developers did with prices before the visitor came: promotions, prices of many homes."""

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from sqlalchemy.orm import Session

from app.core import clock
from app.core.actor import Actor
from app.demo.calendar import Calendar
from app.demo.story import THE_END, Cast
from app.homes import batches
from app.homes import service as homes
from app.homes.batches import Selection
from app.homes.models import Home
from app.homes.promotions import PromotionKind
from app.homes.queries import current_prices
from app.homes.repricing import Recipe

BUILDING: Final = slice(75, 100)
"""The building it all happens in: everybody gets a parking place, some cash buyers something off for bringing
a friend, and the upper storeys became cheaper for voucher buyers."""
REFERRAL_FEN: Final = 2_000_00
LAST_DAY: Final = date(2016, 6, 30)
NEXT_PRICES_FROM: Final = date(2016, 7, 15)


def set_prices(session: Session, *, cast: Cast, calendar: Calendar, stock: Sequence[Home]) -> None:
    """Declare the promotions, and lower the voucher prices of half a building."""
    calendar.go_to(THE_END.replace(day=THE_END.day - 1, hour=15))
    building = stock[BUILDING]
    _promise_parking(session, cast, building[0])
    _promise_referral(session, cast, building)
    calendar.pass_time(minutes=20)
    _lower_upper_storeys(session, cast, building[0])
    calendar.pass_time(minutes=20)
    _plan_lower_storeys(session, cast, building[0])
    calendar.pass_time(minutes=20)


def _developer(cast: Cast, home: Home) -> Actor:
    return cast.developers[home.development.developer_id]


def _promise_parking(session: Session, cast: Cast, home: Home) -> None:
    homes.declare_promotion(
        session,
        actor=_developer(cast, home),
        development_id=home.development_id,
        scope=homes.Scope(building_id=home.building_id),
        kind=PromotionKind.PARKING,
        title="购房送地下车位一个",
        worth_fen=60_000_00,
        stackable=True,
        open_to_vouchers=True,
        first_day=THE_END.date(),
        last_day=LAST_DAY,
        reason="端午促销，房票购房同等享受",
    )
    session.commit()


def _promise_referral(session: Session, cast: Cast, building: Sequence[Home]) -> None:
    """Only for homes that stay within the rule: a voucher gets more off them than the promotion."""
    prices = current_prices(session, [home.id for home in building])
    cheap = [
        home
        for home in building
        if (cash := prices[home.id].cash)
        and (voucher := prices[home.id].voucher)
        and cash.amount_fen - voucher.amount_fen > REFERRAL_FEN
    ]
    homes.declare_promotion(
        session,
        actor=_developer(cast, cheap[0]),
        development_id=cheap[0].development_id,
        scope=homes.Scope(home_ids=[home.id for home in cheap]),
        kind=PromotionKind.REFERRAL,
        title="老带新减 2,000 元",
        off_fen=REFERRAL_FEN,
        stackable=False,
        open_to_vouchers=False,
        first_day=THE_END.date(),
        last_day=LAST_DAY,
        reason="老业主介绍的现金购房人",
    )
    session.commit()


def _lower_upper_storeys(session: Session, cast: Cast, home: Home) -> None:
    developer = _developer(cast, home)
    chosen = Selection(building=home.building.name, first_storey=10)
    recipe = Recipe(kind="voucher", way="percent", value=-50)
    seen = batches.preview(
        session, actor=developer, development_id=home.development_id, selection=chosen, recipe=recipe
    ).seen
    homes.reprice(
        session,
        actor=developer,
        development_id=home.development_id,
        selection=chosen,
        recipe=recipe,
        reason="高楼层房票价下调 0.5%",
        seen=seen,
    )
    session.commit()


def _plan_lower_storeys(session: Session, cast: Cast, home: Home) -> None:
    """The lower storeys follow, for those in whose way no rule stands."""
    asked: dict[str, Any] = {
        "actor": _developer(cast, home),
        "development_id": home.development_id,
        "selection": Selection(building=home.building.name, last_storey=6),
        "recipe": Recipe(kind="voucher", way="percent", value=-50),
        "effective_at": clock.start_of_day(NEXT_PRICES_FROM),
        "leave_out": True,
    }
    seen = batches.preview(session, **asked).seen
    homes.plan_batch(session, reason="低楼层房票价下调 0.5%", seen=seen, **asked)
    session.commit()
