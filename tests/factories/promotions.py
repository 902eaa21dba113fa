"""Promotions, declared through the service."""

from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from app.core import clock
from app.core.actor import Actor
from app.homes import service
from app.homes.models import Home
from app.homes.promotions import PromotionKind
from app.homes.service.promotions import Declared, Scope


def declare(session: Session, developer: Actor, home: Home, **given: Any) -> Declared:
    """Declare a promotion of today for one home; 2 万 off for whoever pays at once, unless told otherwise."""
    values: dict[str, Any] = {
        "development_id": home.development_id,
        "scope": Scope(home_ids=(home.id,)),
        "kind": PromotionKind.FULL,
        "title": "一次性付款优惠",
        "off_fen": 2_000_000,
        "stackable": False,
        "open_to_vouchers": False,
        "first_day": clock.today(),
        "last_day": date(2016, 12, 31),
        "reason": "促销",
        **given,
    }
    return service.declare_promotion(session, actor=developer, **values)
