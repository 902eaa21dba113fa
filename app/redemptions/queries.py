"""Reading quotes and redemptions: a household's own, a developer's own, for others their district's."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeVarTuple, cast

from sqlalchemy import ColumnElement, Select, Table, and_, bindparam, func, not_, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from app.core.actor import Actor, Role
from app.core.errors import NotFound
from app.core.prepared import Prepared, held
from app.core.proofs import Breach, find_breaches
from app.homes.models import DWELLING, Development, Home
from app.homes.queries import Prices, listing_states
from app.homes.rules import Amounts, find_breach
from app.identity.models import User
from app.redemptions.cap_proofs import CAPS
from app.redemptions.cash_proofs import CASH
from app.redemptions.change_proofs import CHANGES
from app.redemptions.kinship_models import KinshipProof
from app.redemptions.models import (
    Allocation,
    KinConsent,
    Quote,
    Redemption,
    RedemptionMove,
)
from app.redemptions.proofs import PROMISES, PROOFS
from app.redemptions.rules import obstacle, redemption_of
from app.redemptions.scope import scoped
from app.redemptions.states import ACTIVE, Action, State
from app.vouchers.back_proofs import BACKS
from app.vouchers.back_sum_proofs import BACK_SUMS
from app.vouchers.band_proofs import BANDS
from app.vouchers.claim_proofs import CLAIMS
from app.vouchers.extension_proofs import EXTENSIONS
from app.vouchers.family_proofs import FAMILIES
from app.vouchers.heir_proofs import HEIRS_BACK
from app.vouchers.models import Voucher
from app.vouchers.move_proofs import MOVES
from app.vouchers.parted_proofs import PARTED_PASTS
from app.vouchers.payee_proofs import ENDING_PAYEES
from app.vouchers.payout_proofs import PAYOUTS
from app.vouchers.proofs import ENDINGS
from app.vouchers.stop_proofs import STOPS
from app.vouchers.term_proofs import TERMS

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
    at_counter: bool
    """Whether a clerk did it for the household at the counter."""
    by_helper: bool
    """Whether a helper did it with the holder's code."""


_QUOTE: Final = select(Quote).where(
    Quote.ref == bindparam("ref"),
    Quote.basket_quote_id.is_(None),
    Quote.household_id == bindparam("household_id"),
    Quote.district_id == bindparam("district_id"),
)


def get_quote(session: Session, *, actor: Actor, ref: str) -> Quote:
    """Return a quote over one home of the household that acts (``snapshot.read`` its content).

    Raises NotFound, also for one that belongs to a basket: those are locked together.
    """
    values = {"ref": ref, "household_id": actor.household, "district_id": actor.district}
    quote = session.scalars(_QUOTE, values).first()
    if quote is None:
        raise NotFound("quote_gone")
    return quote


PURSE_IDS: Final = (
    select(func.array_agg(Voucher.id))
    .where(Voucher.household_id == bindparam("household_id"), Voucher.state == "issued")
    .scalar_subquery()
)
"""The ids of a household's issued vouchers; null where there are none."""
_QUOTES: Final = cast(Table, Quote.__table__)
TO_LOCK: Final = (*_QUOTES.c, PURSE_IDS)
"""The columns that ``quotes_to_lock`` reads."""
_QUOTE_TO_LOCK: Final = Prepared(_QUOTE.with_only_columns(*TO_LOCK))


def get_quote_to_lock(session: Session, *, actor: Actor, ref: str) -> tuple[Quote, list[int]]:
    """Return a quote as ``get_quote`` does, with the ids of all the household's issued vouchers."""
    asked = {"ref": ref, "household_id": actor.household, "district_id": actor.district}
    (quote,), purse_ids = quotes_to_lock(session, _QUOTE_TO_LOCK.rows(session, **asked))
    return quote, purse_ids


def quotes_to_lock(session: Session, rows: Sequence[Sequence[Any]]) -> tuple[list[Quote], list[int]]:
    """Return the quotes of rows of ``TO_LOCK``, with the ids of the household's issued vouchers.

    Raises NotFound without any row.
    """
    if not rows:
        raise NotFound("quote_gone")
    names = _QUOTES.c.keys()
    quotes = [held(session, Quote, dict(zip(names, row[:-1], strict=True))) for row in rows]
    return quotes, rows[0][-1] or []


def find_redemption_of(session: Session, *, quote: Quote) -> Redemption | None:
    """Return what a quote became, or None while it was never locked."""
    return session.scalars(select(Redemption).where(Redemption.quote_id == quote.id)).first()


def find_active(session: Session, *, home_id: int) -> Redemption | None:
    """Return the redemption that holds a home, also one whose deadline has passed; None when nobody does."""
    statement = select(Redemption).where(Redemption.home_id == home_id, Redemption.state.in_(ACTIVE))
    return session.scalars(statement, execution_options={"populate_existing": True}).first()


def list_held(session: Session, *, household_id: int, moment: datetime) -> Sequence[Redemption]:
    """Return the homes a household holds: locked, not past the deadline, no contract; the first to end first.

    Their homes are loaded, with building and development.
    """
    return _held(session, household_id, moment, Redemption.home.has(DWELLING))


def list_spaces_held(session: Session, *, household_id: int, moment: datetime) -> Sequence[Redemption]:
    """Return the spaces that a household holds without a home, as ``list_held``."""
    is_alone = and_(Redemption.beside_id.is_(None), Redemption.home.has(not_(DWELLING)))
    return _held(session, household_id, moment, is_alone)


def _held(
    session: Session, household_id: int, moment: datetime, which: ColumnElement[bool]
) -> Sequence[Redemption]:
    statement = (
        select(Redemption)
        .where(
            Redemption.household_id == household_id,
            which,
            Redemption.state == State.LOCKED,
            Redemption.deadline_at > moment,
        )
        .options(
            joinedload(Redemption.home).joinedload(Home.building),
            joinedload(Redemption.home).joinedload(Home.development),
        )
        .order_by(Redemption.deadline_at, Redemption.id)
    )
    return session.scalars(statement).all()


HELD: Final = select(func.count(Redemption.id)).where(
    Redemption.household_id == bindparam("household_id"),
    Redemption.home.has(DWELLING),
    Redemption.state == State.LOCKED,
    Redemption.deadline_at > bindparam("moment"),
)
"""Selects how many homes ``list_held`` would list."""
_HELD: Final = Prepared(HELD)


def count_held(session: Session, *, household_id: int, moment: datetime) -> int:
    """Return how many homes ``list_held`` would list."""
    ((count,),) = _HELD.rows(session, household_id=household_id, moment=moment)
    return int(count)


def is_over(redemption: Redemption, moment: datetime) -> bool:
    """Tell whether a hold's deadline passed without a contract: the home is as good as free."""
    return redemption.state == State.LOCKED and moment >= redemption.deadline_at


def find_obstacle(
    session: Session, *, district_id: int, home: Home, prices: Prices, moment: datetime
) -> str | None:
    """Return the code of what keeps a district's households from a home right now; None when it is free.

    ``prices`` are those in force.
    """
    states = listing_states(session, district_id=district_id, home_ids=[home.id])
    return obstacle_to(
        session, home=home, amounts=prices.amounts, listing_state=states.get(home.id), moment=moment
    )


def obstacle_to(
    session: Session, *, home: Home, amounts: Amounts, listing_state: str | None, moment: datetime
) -> str | None:
    """Return the same for a home whose place in the district's pool is known."""
    if find_breach(amounts):
        # Also when a promotion or a planned price just began, and the job has not taken the home out yet.
        return "home_sold" if home.status == "sold" else "home_not_listed"
    holder = find_active(session, home_id=home.id) if home.status == "locked" else None
    return obstacle(
        status=home.status,
        listing_state=listing_state,
        is_overdue=holder is not None and is_over(holder, moment),
    )


_WHOLE: Final = (
    joinedload(Redemption.home).joinedload(Home.building),
    joinedload(Redemption.home).joinedload(Home.development).joinedload(Development.developer),
    joinedload(Redemption.home).joinedload(Home.development).joinedload(Development.district),
    joinedload(Redemption.household),
    joinedload(Redemption.quote),
    joinedload(Redemption.contract),
    selectinload(Redemption.allocations).joinedload(Allocation.voucher),
)
"""Loads, with a redemption, its home and place, household, quote, and each voucher's part."""


_LISTED: Final = (
    joinedload(Redemption.home).joinedload(Home.building),
    joinedload(Redemption.home).joinedload(Home.development),
    joinedload(Redemption.household),
)
"""Loads which home it is and who buys it."""


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
    """Return redemptions that the actor may see, the newest first, with what a list tells of each.

    ``states`` and ``voucher_id`` limit them to those in some states, and to those that a voucher pays for:
    of these each voucher's part is loaded, too.
    """
    parts = () if voucher_id is None else (selectinload(Redemption.allocations),)
    statement = _filtered(select(Redemption), actor, states, voucher_id).options(*_LISTED, *parts)
    return session.scalars(statement.order_by(Redemption.id.desc()).offset(offset).limit(limit)).all()


def own_purchases(session: Session, *, actor: Actor, home_ids: Iterable[int]) -> Sequence[Redemption]:
    """Return the redemptions by which the acting household holds or has bought some of these homes."""
    statement = select(Redemption).where(
        Redemption.household_id == actor.household,
        Redemption.district_id == actor.district,
        Redemption.home_id.in_(list(home_ids)),
        Redemption.state.in_({*ACTIVE, State.REDEEMED}),
    )
    return session.scalars(statement).all()


def buyers_of(session: Session, *, home_ids: Iterable[int]) -> dict[int, frozenset[int]]:
    """Return the households that hold or bought these homes, by home id; homes without any are left out."""
    statement = (
        select(Redemption.home_id, func.array_agg(Redemption.household_id))
        .where(Redemption.home_id.in_(list(home_ids)), Redemption.state.in_({*ACTIVE, State.REDEEMED}))
        .group_by(Redemption.home_id)
    )
    return {home_id: frozenset(households) for home_id, households in session.execute(statement)}


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
            at_counter=move.visit_id is not None,
            by_helper=move.helper_act_id is not None,
        )
        for move, name in session.execute(statement)
    ]


def moves_of_visit(session: Session, *, visit_id: int) -> Sequence[RedemptionMove]:
    """Return what a clerk did for a household in one visit to the counter, oldest first, homes loaded."""
    whole = joinedload(RedemptionMove.redemption).joinedload(Redemption.home)
    statement = select(RedemptionMove).where(RedemptionMove.visit_id == visit_id)
    return session.scalars(statement.options(whole).order_by(RedemptionMove.id)).all()


def has_acted_at_counter(session: Session, *, redemption_id: int, user_id: int | None) -> bool:
    """Tell whether a person did any step of a redemption for its household at the counter.

    Asking for a kin's voucher that pays for it, consenting for the voucher's holder, and giving the proof of
    a buyer's kinship are such steps.
    """
    return session.scalar(select(acted_at_counter(redemption_id, user_id))) or False


def acted_at_counter(redemption_id: Any, user_id: Any) -> ColumnElement[bool]:
    """Return the same as a condition; both are ids, or expressions of ids."""
    own = (
        RedemptionMove.redemption_id == redemption_id,
        RedemptionMove.user_id == user_id,
        RedemptionMove.visit_id.is_not(None),
    )
    of_kin = (
        KinConsent.redemption_id == redemption_id,
        or_(KinConsent.asked_by_id == user_id, KinConsent.given_by_id == user_id),
    )
    of_buyer = (KinshipProof.redemption_id == redemption_id, KinshipProof.given_by_id == user_id)
    return or_(
        select(RedemptionMove.id).where(*own).exists(),
        select(KinConsent.id).where(*of_kin).exists(),
        select(KinshipProof.id).where(*of_buyer).exists(),
    )


def purchase_of(session: Session, owner: str) -> Redemption:
    """Return the purchase that a top-up is for, whole, by the owner that payments name."""
    wanted = select(Redemption).where(Redemption.id == redemption_of(owner)).options(*_WHOLE)
    return session.scalars(wanted).one()


def verify(session: Session) -> list[Breach]:
    """Return everything in which redemptions, vouchers, homes and the ledger disagree."""
    rules = {**PROOFS, **CAPS, **CHANGES, **CASH, **ENDINGS, **PAYOUTS, **CLAIMS, **BANDS, **EXTENSIONS}
    rules |= {**BACKS, **BACK_SUMS, **FAMILIES, **PARTED_PASTS, **MOVES, **HEIRS_BACK, **ENDING_PAYEES}
    rules |= {**STOPS, **TERMS}
    return find_breaches(session, rules, given=PROMISES)
