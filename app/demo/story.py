"""What happened in the demo district before the visitor came: vouchers, purchases, price signals."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.cases import service as cases
from app.cases.models import Signal
from app.core import clock
from app.core.actor import Actor
from app.demo.households import Family
from app.homes import service as homes
from app.homes.models import Home
from app.homes.queries import current_prices
from app.policies.models import PolicyVersion
from app.redemptions import service as redemptions
from app.vouchers import service as vouchers
from app.vouchers.models import Voucher


@dataclass(frozen=True)
class Cast:
    """Who acts in the demo."""

    officer: Actor
    checker: Actor
    regulator: Actor
    developers: dict[int, Actor]
    """By organisation id."""
    households: dict[int, Actor]
    """By household id."""


class Calendar:
    """The business clock while the demo is written: it only moves forward."""

    def __init__(self, first: datetime) -> None:
        self._clock = clock.FixedClock(first)
        clock.use(self._clock)

    def pass_time(self, **step: int) -> None:
        """Let some time go by."""
        self._clock.advance(timedelta(**step))


@dataclass(frozen=True)
class Purchase:
    """How far one household of the story has come with one home."""

    family: int
    home: int
    ends: str


PURCHASES: Final = (
    *(Purchase(family, family * 7 + 5, "redeemed") for family in range(1, 11)),
    *(Purchase(family, family * 7 + 5, "checked") for family in (11, 12)),
    *(Purchase(family, family * 7 + 5, "contracted") for family in (13, 14, 15)),
    Purchase(16, 115, "cancelled"),
    Purchase(17, 122, "refused"),
    *(Purchase(family, family * 7 + 5, "locked") for family in (18, 19, 20)),
    Purchase(21, 20, "locked"),
)
"""Which family buys which home (places in their lists), and where it stands; the rest only looks on."""

LOWERED: Final = (
    (8, 12_000_00, "dismissed"),
    (58, 25_000_00, "opened"),
    (108, 18_000_00, None),
    (158, 6_000_00, None),
)
"""Which homes' cash prices were lowered below the voucher price, by how many fen, and what was decided."""

WITHOUT_VOUCHER: Final = 4
WAITING: Final = 4
REJECTED: Final = 1


def issue(
    session: Session, *, cast: Cast, families: Sequence[Family], policy: PolicyVersion
) -> list[list[Voucher]]:
    """Issue vouchers for all but the last families: they wait for officer or checker, or were rejected."""
    issued: list[list[Voucher]] = []
    for family in families[:-WITHOUT_VOUCHER]:
        submitted = [
            vouchers.submit(
                session, actor=cast.officer, agreement_id=agreement.id, policy_version_id=policy.id
            )
            for agreement in family.agreements
        ]
        issued.append(submitted)
        session.commit()
    for group in issued[: -WAITING - REJECTED]:
        for voucher in group:
            vouchers.approve(session, actor=cast.checker, voucher_id=voucher.id)
            session.commit()
    for group in issued[-WAITING - REJECTED : -WAITING]:
        for voucher in group:
            vouchers.reject(
                session,
                actor=cast.checker,
                voucher_id=voucher.id,
                reason="协议编号与档案不一致，请核对后重新提交。",
            )
            session.commit()
    return issued[: -WAITING - REJECTED]


def buy(
    session: Session,
    *,
    cast: Cast,
    calendar: Calendar,
    families: Sequence[Family],
    vouchers_of: Sequence[Sequence[Voucher]],
    stock: Sequence[Home],
) -> None:
    """Let the families of the story buy."""
    for number, purchase in enumerate(PURCHASES):
        calendar.pass_time(hours=3)
        home = stock[purchase.home]
        household = cast.households[families[purchase.family].household.id]
        _buy_one(session, cast, household, vouchers_of[purchase.family], home, purchase.ends, number)
        session.commit()


def _buy_one(
    session: Session,
    cast: Cast,
    household: Actor,
    held: Sequence[Voucher],
    home: Home,
    ends: str,
    number: int,
) -> None:
    parts = [(voucher.ref, None) for voucher in held]
    quote = redemptions.quote(session, actor=household, home_ref=home.ref, parts=parts)
    redemption = redemptions.reserve(session, actor=household, quote_ref=quote.ref)
    ref = redemption.ref
    session.commit()
    if ends == "locked":
        return
    if ends == "cancelled":
        redemptions.cancel(session, actor=household, redemption_ref=ref)
        return
    redemptions.enter_contract(
        session,
        actor=cast.developers[home.development.developer_id],
        redemption_ref=ref,
        contract_number=f"菱房合 2016{number + 1:04}",
        signed_on=clock.today(),
        area_m2=home.area_m2,
        price_fen=redemption.price_fen,
    )
    session.commit()
    if ends == "contracted":
        return
    if ends == "refused":
        reason = "合同上的买受人与房票持有人不一致，请核对后重新办理。"
        redemptions.refuse(session, actor=cast.officer, redemption_ref=ref, reason=reason)
        return
    redemptions.verify_first(session, actor=cast.officer, redemption_ref=ref)
    session.commit()
    if ends == "redeemed":
        redemptions.verify_second(session, actor=cast.checker, redemption_ref=ref)


def lower_prices(session: Session, *, cast: Cast, calendar: Calendar, stock: Sequence[Home]) -> None:
    """Let developers lower cash prices below the voucher price, and the regulator decide on two."""
    for place, by_fen, decision in LOWERED:
        calendar.pass_time(hours=5)
        home = stock[place]
        voucher_price = current_prices(session, [home.id])[home.id].voucher
        if voucher_price is None:
            raise LookupError(f"home {home.ref} has no voucher price")
        homes.set_price(
            session,
            actor=cast.developers[home.development.developer_id],
            home_id=home.id,
            kind="cash",
            amount_fen=voucher_price.amount_fen - by_fen,
            reason="周末特价",
        )
        session.commit()
        calendar.pass_time(hours=20)
        _decide(session, cast, home, decision)
        session.commit()


def _decide(session: Session, cast: Cast, home: Home, decision: str | None) -> None:
    signal = session.scalars(select(Signal).where(Signal.home_id == home.id)).one()
    if decision == "dismissed":
        reason = "现金价为一天的店庆价，房企已书面说明并承诺同价，本次不立案。"
        cases.dismiss(session, actor=cast.regulator, signal_ref=signal.ref, reason=reason)
    elif decision == "opened":
        cases.open_case(
            session, actor=cast.regulator, signal_ref=signal.ref, reason="同一套房现金价更低，需要房企说明。"
        )
