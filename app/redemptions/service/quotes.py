"""Making quotes: of one home, or of several together."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Final

from sqlalchemy.orm import Session

from app.core import audit, clock
from app.core.actor import Actor
from app.core.errors import DomainError
from app.core.ids import new_ref
from app.core.prepared import Insert
from app.homes import service as homes
from app.homes.models import Home
from app.homes.queries import get_public_home, list_public_stock
from app.projects import helping_acts
from app.redemptions import basket_queries, ground, quoting, snapshot, states
from app.redemptions.beside import is_space
from app.redemptions.errors import BasketRefused, Refusal
from app.redemptions.market import Market, look
from app.redemptions.models import BasketQuote, Quote
from app.redemptions.rules import MOST_HOMES_IN_BASKET, is_full, quote_expires_at
from app.redemptions.snapshot import Snapshot
from app.redemptions.states import Action
from app.vouchers.queries import WalletVoucher


def quote(
    session: Session,
    *,
    actor: Actor,
    home_ref: str,
    parts: Sequence[tuple[str, int | None]],
    wallet: Sequence[WalletVoucher] = (),
) -> Quote:
    """Freeze what a home costs the acting household with these vouchers, spent in this order.

    ``parts`` are voucher references, each with the most to spend of it in fen, or None; ``wallet`` the
    household's own vouchers, where the caller has read them in this transaction. Raises NotFound for an
    unknown home or somebody else's voucher; Conflict when the home is not listed in the household's district,
    locked or sold; DomainError at ``vouchers`` when none is chosen, one twice, or one cannot pay (lapsed,
    empty, limit, kind); VoucherShareLow, FirstPurchaseLow, and HoldsFull while the household could not lock
    it anyway.
    """
    states.demand(actor.role, Action.RESERVE)
    home = get_public_home(session, ref=home_ref)
    market = _look(session, actor, [home])
    moment = market.moment
    chosen = quoting.choose(
        session, actor=actor, home_ids=[home.id], parts=parts, moment=moment, wallet=wallet
    )
    frozen = quoting.freeze_now(session, actor=actor, home=home, chosen=chosen, market=market, place=1, of=1)
    _check_room(session, actor, market, [frozen])
    made = _write(session, actor, home, frozen, moment, None)
    helping_acts.note_prepared(
        session,
        actor=actor,
        what="quote",
        about_ref=made.ref,
        place=ground.place_of(home),
        sum_fen=frozen.price_fen,
        told="helper_prepared",
    )
    return made


def quote_basket(
    session: Session,
    *,
    actor: Actor,
    home_refs: Sequence[str],
    parts: Sequence[tuple[str, int | None]],
    beside: Mapping[str, str] = MappingProxyType({}),
    wallet: Sequence[WalletVoucher] = (),
) -> BasketQuote:
    """Freeze what several homes cost together, in this order: each gets what those before it left.

    ``parts`` and ``wallet`` as in ``quote``, each limit over all homes. ``beside`` says of each space, by
    reference, which home it is bought beside, in the same basket or bought before; homes are paid before
    spaces. Raises BasketRefused with every home that cannot be had and why; DomainError at ``homes`` for no
    home, one twice or too many of them; else as ``quote``.
    """
    states.demand(actor.role, Action.RESERVE)
    wanted = _wanted(session, home_refs)
    home_ids = [home.id for home in wanted]
    market = _look(session, actor, wanted)
    moment = market.moment
    chosen = quoting.choose(
        session, actor=actor, home_ids=home_ids, parts=parts, moment=moment, wallet=wallet
    )
    frozen = _freeze_all(session, actor, wanted, chosen, market, beside)
    _check_room(session, actor, market, frozen)
    basket = BasketQuote(
        district_id=actor.district,
        ref=new_ref("LB"),
        household_id=actor.household,
        made_at=moment,
        expires_at=quote_expires_at(moment),
    )
    session.add(basket)
    session.flush()
    for home, one in zip(wanted, frozen, strict=True):
        _write(session, actor, home, one, moment, basket)
    helping_acts.note_prepared(
        session,
        actor=actor,
        what="quote_basket",
        about_ref=basket.ref,
        place="、".join(ground.place_of(home) for home in wanted),
        sum_fen=sum(one.price_fen for one in frozen),
        told="helper_prepared",
    )
    return basket


def requote_basket(
    session: Session, *, actor: Actor, basket_ref: str, without: Collection[str]
) -> BasketQuote:
    """Make a new quote of a basket's homes but some (references), with the same vouchers in the same order.

    Raises NotFound for somebody else's quote, DomainError("basket_empty") when no home is left, else as
    ``quote_basket``.
    """
    earlier = basket_queries.get_basket_quote(session, actor=actor, ref=basket_ref)
    frozen = [snapshot.read(quote.snapshot) for quote in earlier.quotes]
    beside = {one.home.ref: one.beside.home_ref for one in frozen if one.beside}
    gone = {*without, *(space for space, home in beside.items() if home in without)}
    refs = [one.home.ref for one in frozen if one.home.ref not in gone]
    # The first home has all that the household chose: those behind it see what is left of each limit.
    parts = [(part.voucher_ref, part.limit_fen) for part in frozen[0].parts]
    return quote_basket(session, actor=actor, home_refs=refs, parts=parts, beside=beside)


def _wanted(session: Session, home_refs: Sequence[str]) -> list[Home]:
    if not home_refs:
        raise DomainError("basket_empty", "homes")
    if len(home_refs) > MOST_HOMES_IN_BASKET:
        raise DomainError("basket_full", "homes", most=MOST_HOMES_IN_BASKET)
    if len(set(home_refs)) < len(home_refs):
        raise DomainError("home_chosen_twice", "homes")
    return sorted(list_public_stock(session, refs=home_refs), key=is_space)


def _look(session: Session, actor: Actor, wanted: Sequence[Home]) -> Market:
    """Return how homes stand once what is due for them is carried out.

    Its moment is one for all of a quote: at midnight another tier, deadline and life of the quote begin.
    """
    market = look(session, actor=actor, homes=wanted, moment=clock.now())
    if not market.has_due:
        return market
    homes.catch_up(session, home_ids=[home.id for home in wanted])
    return look(session, actor=actor, homes=wanted, moment=clock.now())


def _check_room(session: Session, actor: Actor, market: Market, frozen: Sequence[Snapshot]) -> None:
    """Refuse a household that could not hold all of this anyway. Raises HoldsFull, SpacesHeldFull."""
    more, moment = sum(one.is_home for one in frozen), market.moment
    if more and is_full(market.holding, frozen[0].hold_homes, more=more):
        ground.check_room(session, frozen[0], household_id=actor.household, moment=moment, more=more)
    ground.check_spaces(session, frozen, household_id=actor.household, moment=moment)


def _freeze_all(
    session: Session,
    actor: Actor,
    wanted: Sequence[Home],
    chosen: Sequence[quoting.Chosen],
    market: Market,
    beside: Mapping[str, str],
) -> list[Snapshot]:
    """Freeze home after home, all or none."""
    outcomes = quoting.outcomes(
        session, actor=actor, homes=wanted, chosen=chosen, market=market, beside=beside
    )
    refusals = [
        Refusal(home.ref, ground.place_of(home), one)
        for home, one in zip(wanted, outcomes, strict=True)
        if isinstance(one, DomainError)
    ]
    if refusals:
        raise BasketRefused(refusals, code="basket_not_quoted")
    return [one for one in outcomes if isinstance(one, Snapshot)]


_INSERT_QUOTE: Final = Insert(
    Quote,
    (
        *("district_id", "ref", "household_id", "home_id", "basket_quote_id", "place", "snapshot"),
        *("made_at", "expires_at"),
    ),
)


def _write(
    session: Session,
    actor: Actor,
    home: Home,
    frozen: Snapshot,
    moment: datetime,
    basket: BasketQuote | None,
) -> Quote:
    values = {
        "district_id": actor.district,
        "ref": new_ref("BJ"),
        "household_id": actor.household,
        "home_id": home.id,
        "basket_quote_id": basket.id if basket else None,
        "place": frozen.place,
        "snapshot": snapshot.write(frozen),
        "made_at": moment,
        "expires_at": quote_expires_at(moment),
    }
    made = _INSERT_QUOTE.made(session, **values)
    audit.record(
        session,
        actor=actor,
        action="redemption.quote",
        object_type="quote",
        object_id=made.id,
        home_id=home.id,
        price_fen=frozen.price_fen,
        top_up_fen=frozen.top_up_fen,
    )
    return made
