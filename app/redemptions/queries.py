"""Reading quotes and redemptions: a household's own, a developer's own, for others their district's."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeVarTuple

from sqlalchemy import ARRAY, BigInteger, Select, any_, bindparam, func, select, text
from sqlalchemy.orm import Session, joinedload, selectinload

from app.core.actor import Actor, Role
from app.core.errors import NotFound
from app.homes.models import Development, Home, PoolListing, PriceVersion
from app.homes.queries import find_listing
from app.identity.models import User
from app.ledger.models import LedgerTransfer
from app.redemptions.models import Allocation, Quote, Redemption, RedemptionMove
from app.redemptions.rules import obstacle
from app.redemptions.states import ACTIVE, Action, State

Columns = TypeVarTuple("Columns")


@dataclass(frozen=True, slots=True)
class TimelineStep:
    """One step of a redemption's story; ``by`` is the person's display name, None for the system."""

    action: Action
    from_state: State | None
    to_state: State
    at: datetime
    role: Role | None
    by: str | None
    reason: str | None


_QUOTE: Final = select(Quote).where(
    Quote.ref == bindparam("ref"),
    Quote.household_id == bindparam("household_id"),
    Quote.district_id == bindparam("district_id"),
)


def get_quote(session: Session, *, actor: Actor, ref: str) -> Quote:
    """Return a quote of the household that acts (``snapshot.read`` its content). Raises NotFound."""
    values = {"ref": ref, "household_id": actor.household, "district_id": actor.district}
    quote = session.scalars(_QUOTE, values).first()
    if quote is None:
        raise NotFound("quote_gone")
    return quote


def find_redemption_of(session: Session, *, quote: Quote) -> Redemption | None:
    """Return what a quote became, or None while it was never locked."""
    return session.scalars(select(Redemption).where(Redemption.quote_id == quote.id)).first()


def find_active(session: Session, *, home_id: int) -> Redemption | None:
    """Return the redemption that holds a home, also one whose deadline has passed; None when nobody does."""
    statement = select(Redemption).where(Redemption.home_id == home_id, Redemption.state.in_(ACTIVE))
    return session.scalars(statement, execution_options={"populate_existing": True}).first()


def is_over(redemption: Redemption, moment: datetime) -> bool:
    """Tell whether a hold's deadline passed without a contract: the home is as good as free."""
    return redemption.state == State.LOCKED and moment >= redemption.deadline_at


def find_obstacle(session: Session, *, district_id: int, home: Home, moment: datetime) -> str | None:
    """Return the code of what keeps a district's households from a home right now; None when it is free."""
    listing = find_listing(session, district_id=district_id, home_id=home.id)
    holder = find_active(session, home_id=home.id) if home.status == "locked" else None
    return obstacle(
        status=home.status,
        listing_state=listing.state if listing else None,
        is_overdue=holder is not None and is_over(holder, moment),
    )


@dataclass(frozen=True, slots=True)
class Ground:
    """What a lock stands on, as it is now; true as long as the home is locked."""

    listing_state: str | None
    prices_current: int
    """How many of the quote's three price versions are still in force."""
    used_as: str | None
    """The redemption that the quote became."""
    overdue: tuple[int, ...]
    """The hold on the home whose deadline has passed, if any."""


_LISTING: Final = select(PoolListing.state).where(
    PoolListing.district_id == bindparam("district_id"), PoolListing.home_id == bindparam("home_id")
)
_CURRENT: Final = select(func.count()).where(
    PriceVersion.id == any_(bindparam("version_ids", type_=ARRAY(BigInteger))),
    PriceVersion.effective_to.is_(None),
)
_USED: Final = select(Redemption.ref).where(Redemption.quote_id == bindparam("quote_id"))
_OVERDUE: Final = select(func.array_agg(Redemption.id)).where(
    Redemption.home_id == bindparam("home_id"),
    Redemption.state == State.LOCKED,
    Redemption.deadline_at <= bindparam("moment"),
)
_GROUND: Final = select(*(part.scalar_subquery() for part in (_LISTING, _CURRENT, _USED, _OVERDUE)))


def read_ground(session: Session, *, quote: Quote, version_ids: Collection[int], moment: datetime) -> Ground:
    """Return what a lock of the quote stands on: one question, because every lock asks it."""
    values = {
        "district_id": quote.district_id,
        "home_id": quote.home_id,
        "quote_id": quote.id,
        "version_ids": list(version_ids),
        "moment": moment,
    }
    listing_state, current, used_as, overdue = session.execute(_GROUND, values).one()
    return Ground(listing_state, current, used_as, tuple(overdue or ()))


def scoped(statement: Select[*Columns], actor: Actor) -> Select[*Columns]:
    """Return the statement limited to the redemptions that an actor may see."""
    if actor.role == Role.DEVELOPER:
        return statement.where(Redemption.developer_id == actor.organisation)
    statement = statement.where(Redemption.district_id == actor.district)
    if actor.role == Role.HOUSEHOLD:
        return statement.where(Redemption.household_id == actor.household)
    return statement


_WHOLE: Final = (
    joinedload(Redemption.home).joinedload(Home.building),
    joinedload(Redemption.home).joinedload(Home.development).joinedload(Development.developer),
    joinedload(Redemption.home).joinedload(Home.development).joinedload(Development.district),
    joinedload(Redemption.household),
    joinedload(Redemption.quote),
    selectinload(Redemption.allocations).joinedload(Allocation.voucher),
)
"""Loads, with a redemption, its home and place, household, quote, and each voucher's part."""


def get_redemption(session: Session, *, actor: Actor, ref: str) -> Redemption:
    """Return a redemption that the actor may see, whole. Raises NotFound for anybody else's."""
    statement = scoped(select(Redemption).where(Redemption.ref == ref), actor).options(*_WHOLE)
    redemption = session.scalars(statement).first()
    if redemption is None:
        raise NotFound("redemption_gone")
    return redemption


def list_redemptions(
    session: Session,
    *,
    actor: Actor,
    states: Collection[State] | None = None,
    voucher_id: int | None = None,
    offset: int = 0,
    limit: int = 20,
) -> Sequence[Redemption]:
    """Return redemptions that the actor may see, whole, the newest first.

    ``states`` and ``voucher_id`` limit them to those in some states, and to those that a voucher pays for.
    """
    statement = _filtered(select(Redemption), actor, states, voucher_id).options(*_WHOLE)
    return session.scalars(statement.order_by(Redemption.id.desc()).offset(offset).limit(limit)).all()


def count_redemptions(
    session: Session,
    *,
    actor: Actor,
    states: Collection[State] | None = None,
    voucher_id: int | None = None,
) -> int:
    """Return how many redemptions ``list_redemptions`` would list without a limit."""
    return session.scalars(_filtered(select(func.count(Redemption.id)), actor, states, voucher_id)).one()


def count_by_state(session: Session, *, actor: Actor) -> dict[State, int]:
    """Return how many redemptions the actor may see in each state; states without any are absent."""
    statement = scoped(select(Redemption.state, func.count()), actor).group_by(Redemption.state)
    return {State(state): count for state, count in session.execute(statement)}


def _filtered(
    statement: Select[*Columns], actor: Actor, states: Collection[State] | None, voucher_id: int | None
) -> Select[*Columns]:
    statement = scoped(statement, actor)
    if states is not None:
        statement = statement.where(Redemption.state.in_(states))
    if voucher_id is not None:
        statement = statement.where(Redemption.allocations.any(Allocation.voucher_id == voucher_id))
    return statement


def timeline(session: Session, redemption: Redemption) -> list[TimelineStep]:
    """Return everything that happened to a redemption, oldest first."""
    statement = (
        select(RedemptionMove, User.display_name)
        .outerjoin(User, User.id == RedemptionMove.user_id)
        .where(RedemptionMove.redemption_id == redemption.id)
        .order_by(RedemptionMove.id)
    )
    return [
        TimelineStep(
            action=Action(move.action),
            from_state=State(move.from_state) if move.from_state else None,
            to_state=State(move.to_state),
            at=move.at,
            role=Role(move.role) if move.role else None,
            by=name,
            reason=move.reason,
        )
        for move, name in session.execute(statement)
    ]


def transfers_of(session: Session, redemption: Redemption) -> Sequence[LedgerTransfer]:
    """Return the promises a redemption made, vouchers' own money and bonus, oldest first."""
    promised = select(Allocation.transfer_id).where(Allocation.redemption_id == redemption.id)
    bonus = select(Allocation.bonus_transfer_id).where(Allocation.redemption_id == redemption.id)
    statement = select(LedgerTransfer).where(LedgerTransfer.id.in_(promised) | LedgerTransfer.id.in_(bonus))
    return session.scalars(statement.order_by(LedgerTransfer.id)).all()


@dataclass(frozen=True, slots=True)
class Breach:
    """One thing that does not hold between redemptions and what lies below them."""

    rule: str
    district_id: int | None
    object_type: str
    object_id: int | None
    detail: str


_PROMISES: Final = """
    WITH promises AS (
        SELECT a.id, a.district_id, a.redemption_id, a.transfer_id, a.spent_fen AS amount_fen,
               v.account_id AS debit_account_id
        FROM allocations a JOIN vouchers v ON v.id = a.voucher_id
        UNION ALL
        SELECT a.id, a.district_id, a.redemption_id, a.bonus_transfer_id, a.bonus_fen, b.id
        FROM allocations a
        LEFT JOIN ledger_accounts b ON b.district_id = a.district_id AND b.kind = 'bonus'
        WHERE a.bonus_fen > 0
    )
"""
"""What the allocations say was promised: from which account, how much, by which transfer."""

_PROOFS: Final = {
    "an allocation's promises are in the ledger": """
        SELECT p.district_id, 'allocation', p.id, format('transfer %s', p.transfer_id)
        FROM promises p LEFT JOIN ledger_transfers t ON t.id = p.transfer_id
        LEFT JOIN ledger_accounts c ON c.id = t.credit_account_id
        WHERE (t.kind, t.district_id, t.debit_account_id, t.amount_fen, c.kind)
              IS DISTINCT FROM
              ('pending', p.district_id, p.debit_account_id, p.amount_fen, 'developer_payable')
    """,
    "a transfer is promised by one allocation": """
        SELECT min(district_id), 'transfer', transfer_id, format('%s allocations', count(*))
        FROM promises GROUP BY transfer_id HAVING count(*) > 1
    """,
    "promises end with their redemption": """
        SELECT r.district_id, 'redemption', r.id,
               format('%s, but transfer %s %s', r.state, p.transfer_id, coalesce(e.kind, 'is open'))
        FROM redemptions r JOIN promises p ON p.redemption_id = r.id
        LEFT JOIN ledger_transfers e ON e.pending_id = p.transfer_id
        WHERE e.kind IS DISTINCT FROM CASE
              WHEN r.state = 'redeemed' THEN 'post'
              WHEN r.state IN ('cancelled', 'refused', 'expired') THEN 'void' END
    """,
    "a redemption's promise in the ledger has its allocation": """
        SELECT t.district_id, 'transfer', t.id, t.code
        FROM ledger_transfers t LEFT JOIN promises p ON p.transfer_id = t.id
        WHERE t.kind = 'pending' AND t.code LIKE 'redemption.%' AND p.transfer_id IS NULL
    """,
    "vouchers, bonus and top-up are the price": """
        SELECT r.district_id, 'redemption', r.id,
               format('%s of %s', coalesce(sum(a.spent_fen + a.bonus_fen), 0) + r.top_up_fen, r.price_fen)
        FROM redemptions r LEFT JOIN allocations a ON a.redemption_id = r.id
        GROUP BY r.id HAVING coalesce(sum(a.spent_fen + a.bonus_fen), 0) + r.top_up_fen <> r.price_fen
    """,
    "a redemption is what its quote said": """
        SELECT r.district_id, 'redemption', r.id, format('quote %s', q.ref)
        FROM redemptions r JOIN quotes q ON q.id = r.quote_id
        WHERE (r.household_id, r.home_id, r.price_fen, r.top_up_fen) IS DISTINCT FROM
              (q.household_id, q.home_id, (q.snapshot ->> 'price_fen')::bigint,
               (q.snapshot ->> 'top_up_fen')::bigint)
    """,
    "vouchers pay for their own household": """
        SELECT r.district_id, 'redemption', r.id, format('voucher %s', v.ref)
        FROM redemptions r JOIN allocations a ON a.redemption_id = r.id JOIN vouchers v ON v.id = a.voucher_id
        WHERE v.household_id <> r.household_id
    """,
    "a home is locked, sold or free as its redemptions say": """
        SELECT NULL::bigint, 'home', id, format('%s, but %s buying and %s bought', status, buying, bought)
        FROM (
            SELECT h.id, h.status, count(r.id) FILTER (WHERE r.ended_at IS NULL) AS buying,
                   count(r.id) FILTER (WHERE r.state = 'redeemed') AS bought
            FROM homes h LEFT JOIN redemptions r ON r.home_id = h.id GROUP BY h.id
        ) AS counted
        WHERE (buying, bought) <> ((status = 'locked')::int, (status = 'sold')::int)
    """,
    "an issued voucher received its face value": """
        SELECT v.district_id, 'voucher', v.id, format('%s of %s', coalesce(t.received, 0), v.face_fen)
        FROM vouchers v
        LEFT JOIN (SELECT credit_account_id, sum(amount_fen) AS received FROM ledger_transfers
                   WHERE code = 'voucher.issue' GROUP BY credit_account_id) t
               ON t.credit_account_id = v.account_id
        WHERE coalesce(t.received, 0) <> CASE WHEN v.state = 'issued' THEN v.face_fen ELSE 0 END
    """,
}
"""Each rule with the query that finds what breaks it: district, kind of object, its id, detail."""


def verify(session: Session) -> list[Breach]:
    """Return everything in which redemptions, vouchers, homes and the ledger disagree.

    Run it in one REPEATABLE READ transaction, with ``ledger.queries.verify``.
    """
    breaches = []
    for rule, proof in _PROOFS.items():
        breaches += [Breach(rule, *row) for row in session.execute(text(_PROMISES + proof))]
    return breaches
