"""What happened in the demo district before the visitor came: vouchers, purchases, price signals."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.cases import service as cases
from app.cases.models import Signal
from app.core import clock
from app.core.actor import Actor
from app.demo.calendar import Calendar
from app.demo.households import Family, id_number
from app.demo.papers import contract_scan, kinship_paper
from app.homes import service as homes
from app.homes.models import Home
from app.homes.queries import current_prices
from app.payments import matching, statements
from app.payments import queries as paid
from app.policies.models import PolicyVersion
from app.projects import persons
from app.redemptions import flows
from app.redemptions import service as redemptions
from app.redemptions.buyers import BuyerTyped
from app.redemptions.contract import ContractTyped
from app.redemptions.models import Redemption
from app.redemptions.rules import top_up_owner
from app.redemptions.states import State
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


def _may(day: int, hour: int, minute: int = 0) -> datetime:
    """Return a moment of May 2016, as the clock on the wall shows it."""
    return datetime(2016, 5, day, hour, minute, tzinfo=clock.LEGAL_ZONE)


SUBMITTING: Final = _may(16, 10)
APPROVING: Final = _may(17, 8, 40)
LOCKING: Final = _may(19, 13)
SIGNING: Final = _may(21, 9, 10)
"""A Saturday: people go to the sales office when they do not work."""
VERIFYING: Final = _may(23, 8, 40)
WRITING_OFF: Final = _may(24, 8, 45)
THE_END: Final = _may(25, 9)
"""A Wednesday morning: the visitor arrives when the desks open."""


@dataclass(frozen=True)
class Purchase:
    """How far one household of the story has come with one home."""

    family: int
    home: int
    ends: str
    buyers: str = "holder"
    """Who stands on the contract: the holder, a couple of the roster, or a grown child instead."""


PURCHASES: Final = (
    *(Purchase(family, family * 7 + 5, "redeemed") for family in range(1, 11)),
    *(Purchase(family, family * 7 + 5, "checked") for family in (11, 12)),
    *(Purchase(family, family * 7 + 5, "contracted") for family in (13, 15)),
    Purchase(14, 103, "contracted", buyers="couple"),
    Purchase(16, 115, "cancelled"),
    Purchase(17, 122, "refused", buyers="child"),
    *(Purchase(family, family * 7 + 5, "locked") for family in (18, 19, 20)),
    Purchase(21, 20, "drafted"),
)
"""Which family buys which home (places in their lists), and where it stands; the rest only looks on."""

PARKER: Final = 2
"""Which family buys a parking space beside its home, the first of the garage."""


@dataclass(frozen=True)
class Slip:
    """A cash price lowered below the voucher price: by how many fen, when, and what came of it."""

    home: int
    by_fen: int
    at: datetime
    decision: str | None = None
    decided_at: datetime | None = None


SLIPS: Final = (
    Slip(8, 12_000_00, _may(18, 9, 40), "dismissed", _may(18, 15, 20)),
    Slip(58, 25_000_00, _may(18, 16, 10), "opened", _may(19, 9, 30)),
    Slip(108, 18_000_00, _may(19, 10, 5)),
    Slip(158, 6_000_00, _may(19, 11, 15)),
)

WITHOUT_VOUCHER: Final = 4
WAITING: Final = 4
REJECTED: Final = 1


def issue(
    session: Session,
    *,
    cast: Cast,
    calendar: Calendar,
    families: Sequence[Family],
    policy: PolicyVersion,
) -> list[list[Voucher]]:
    """Issue vouchers for all but the last families: they wait for officer or checker, or were rejected."""
    issued: list[list[Voucher]] = []
    calendar.go_to(SUBMITTING)
    for family in families[:-WITHOUT_VOUCHER]:
        submitted = [
            vouchers.submit(
                session, actor=cast.officer, agreement_id=agreement.id, policy_version_id=policy.id
            )
            for agreement in family.agreements
        ]
        issued.append(submitted)
        session.commit()
        calendar.pass_time(minutes=5)
    calendar.go_to(APPROVING)
    for group in issued[: -WAITING - REJECTED]:
        for voucher in group:
            vouchers.approve(session, actor=cast.checker, voucher_id=voucher.id)
            session.commit()
        calendar.pass_time(minutes=5)
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


@dataclass(frozen=True)
class Deal:
    """One purchase under way: what the story wants of it, and the lock that stands in the books."""

    purchase: Purchase
    household: Actor
    home: Home
    redemption: Redemption
    held: Sequence[Voucher]


def buy(
    session: Session,
    *,
    cast: Cast,
    calendar: Calendar,
    families: Sequence[Family],
    vouchers_of: Sequence[Sequence[Voucher]],
    stock: Sequence[Home],
    spaces: Sequence[Home],
) -> None:
    """Let the families of the story buy: first all lock, then they sign, then the desks verify.

    One of them buys a space as well; it stands behind its home all the way.
    """
    calendar.go_to(LOCKING)
    deals = []
    for purchase in PURCHASES:
        household = cast.households[families[purchase.family].household.id]
        held, home = vouchers_of[purchase.family], stock[purchase.home]
        deals.append(_lock(session, calendar, purchase, household, home, held))
        calendar.pass_time(minutes=48)
    deals += [
        _lock_beside(session, calendar, deal, spaces[0]) for deal in deals if deal.purchase.family == PARKER
    ]
    calendar.go_to(SIGNING)
    for number, deal in enumerate(deals):
        if deal.purchase.ends != "locked":
            _sign_or_cancel(session, cast, deal, number)
            calendar.pass_time(minutes=25)
    calendar.go_to(VERIFYING)
    for deal in deals:
        if deal.purchase.ends in {"refused", "redeemed"}:
            _verify_or_refuse(session, cast, calendar, deal)
    calendar.go_to(WRITING_OFF)
    _write_off(session, cast, calendar, [deal for deal in deals if deal.purchase.ends == "redeemed"])
    for deal in deals:
        if deal.purchase.ends == "checked":
            _verify_or_refuse(session, cast, calendar, deal)


def _lock(
    session: Session,
    calendar: Calendar,
    purchase: Purchase,
    household: Actor,
    home: Home,
    held: Sequence[Voucher],
) -> Deal:
    parts = [(voucher.ref, None) for voucher in held]
    quote = redemptions.quote(session, actor=household, home_ref=home.ref, parts=parts)
    session.commit()
    calendar.pass_time(minutes=7)
    redemption = redemptions.reserve(session, actor=household, quote_ref=quote.ref)
    session.commit()
    return Deal(purchase, household, home, redemption, held)


def _lock_beside(session: Session, calendar: Calendar, deal: Deal, space: Home) -> Deal:
    """Let a family lock a space beside its home, with the vouchers that pay for that."""
    quote = redemptions.quote_basket(
        session,
        actor=deal.household,
        home_refs=[space.ref],
        parts=[(voucher.ref, None) for voucher in deal.held],
        beside={space.ref: deal.home.ref},
    )
    session.commit()
    calendar.pass_time(minutes=7)
    (redemption,) = redemptions.reserve_basket(session, actor=deal.household, basket_ref=quote.ref)
    session.commit()
    return Deal(deal.purchase, deal.household, space, redemption, deal.held)


def _sign_or_cancel(session: Session, cast: Cast, deal: Deal, number: int) -> None:
    ref = deal.redemption.ref
    if deal.purchase.ends == "cancelled":
        redemptions.cancel(session, actor=deal.household, redemption_ref=ref)
    else:
        typed = ContractTyped(
            number=f"菱房合 2016{number + 1:04}",
            signed_on=clock.today(),
            area_m2=deal.home.area_m2,
            price_fen=deal.redemption.price_fen,
            buyers=_buyers(session, cast, deal),
            scan=contract_scan(),
        )
        developer = cast.developers[deal.home.development.developer_id]
        if deal.purchase.ends == "drafted":
            redemptions.prepare_contract(session, actor=developer, redemption_ref=ref, typed=typed)
        else:
            redemptions.enter_contract(session, actor=developer, redemption_ref=ref, typed=typed)
    session.commit()


def _buyers(session: Session, cast: Cast, deal: Deal) -> list[BuyerTyped]:
    """Return who signs."""
    known = persons.list_persons(session, actor=cast.officer, household_id=deal.redemption.household_id)
    by_relation = {one.relation: one for one in known}
    holder = by_relation["holder"]
    if deal.purchase.buyers == "child":
        name, number = f"{holder.name[0]}晓明", id_number(1985, 300 + deal.purchase.family)
        return [BuyerTyped(name, "child", number, kinship_paper())]
    found = [BuyerTyped(holder.name, "self", persons.number_of(holder))]
    if deal.purchase.buyers == "couple":
        spouse = by_relation["spouse"]
        found.append(BuyerTyped(spouse.name, "spouse", persons.number_of(spouse)))
    return found


def _verify_or_refuse(session: Session, cast: Cast, calendar: Calendar, deal: Deal) -> None:
    ref = deal.redemption.ref
    redemptions.open_case(session, actor=cast.officer, redemption_ref=ref)
    session.commit()
    calendar.pass_time(minutes=1)
    if deal.purchase.ends == "refused":
        reason = "合同上的买受人与房票持有人不一致，持有人说没有同意。请核对后重新办理。"
        redemptions.refuse_case(
            session, actor=cast.officer, redemption_ref=ref, reason=reason, opens_next=False
        )
    else:
        _pay_top_up(session, cast, deal.redemption)
        redemptions.verify_case(session, actor=cast.officer, redemption_ref=ref, opens_next=False)
    session.commit()
    calendar.pass_time(minutes=19)


def _write_off(session: Session, cast: Cast, calendar: Calendar, deals: Sequence[Deal]) -> None:
    """Let the checker open a sample and approve what is plain together, then decide the odd ones."""
    checker = cast.checker
    batch = redemptions.make_batch(session, actor=checker)
    ref = redemptions.open_sample(session, actor=checker, batch_ref=batch.ref)
    while ref:
        session.commit()
        calendar.pass_time(minutes=2)
        ref = redemptions.look(session, actor=checker, batch_ref=batch.ref, redemption_ref=ref)
    redemptions.approve_batch(session, actor=checker, batch_ref=batch.ref)
    session.commit()
    flows.carry_out(session, batch_id=batch.id)
    for deal in deals:
        session.refresh(deal.redemption)
        if deal.redemption.state == State.CHECKED:
            redemptions.open_case(session, actor=checker, redemption_ref=deal.redemption.ref)
            session.commit()
            calendar.pass_time(minutes=3)
            redemptions.verify_case(
                session, actor=checker, redemption_ref=deal.redemption.ref, opens_next=False
            )
            session.commit()


def _pay_top_up(session: Session, cast: Cast, redemption: Redemption) -> None:
    """Let a household's top-up arrive by bank transfer and the officer match it, where one is due."""
    owner = top_up_owner(redemption.id)
    due = paid.find_top_up(session, district_id=redemption.district_id, owner=owner)
    if due is None:
        return
    cells = [
        f"ICBC2016{redemption.id:08}",
        f"{clock.today()}",
        f"{due.amount_fen // 100}.{due.amount_fen % 100:02}",
    ]
    line = ",".join([*cells, due.payer_name, due.ref])
    content = f"流水号,交易日期,收入金额,对方户名,摘要\n{line}\n".encode()
    take_in(session, cast, content)
    received = next(one for one in paid.list_lines(session, actor=cast.officer) if one.serial == cells[0])
    matching.confirm(session, actor=cast.officer, line_ref=received.ref, top_up_ref=due.ref)
    session.commit()


def take_in(session: Session, cast: Cast, content: bytes) -> None:
    """Let the officer import a statement, and the checker read the same off the bank's own."""
    made = statements.import_statement(session, actor=cast.officer, content=content).statement
    if made is None:
        raise LookupError("a statement of the story brought nothing new")
    session.commit()
    statements.confirm(session, actor=cast.checker, ref=made.ref, count=made.count, total_fen=made.sum_fen)
    session.commit()


def lower_prices(session: Session, *, cast: Cast, calendar: Calendar, stock: Sequence[Home]) -> None:
    """Let developers lower cash prices below the voucher price, and the regulator decide on two."""
    for slip in SLIPS:
        calendar.go_to(slip.at)
        home = stock[slip.home]
        voucher_price = current_prices(session, [home.id])[home.id].voucher
        if voucher_price is None:
            raise LookupError(f"home {home.ref} has no voucher price")
        homes.set_price(
            session,
            actor=cast.developers[home.development.developer_id],
            home_id=home.id,
            kind="cash",
            amount_fen=voucher_price.amount_fen - slip.by_fen,
            reason="月中特价",
        )
        session.commit()
        if slip.decided_at:
            calendar.go_to(slip.decided_at)
            _decide(session, cast, home, slip.decision)
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
