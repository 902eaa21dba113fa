"""What somebody asks of a purchase after its contract, and whether it can be asked."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.errors import Conflict, DomainError
from app.documents import service as documents
from app.documents.rules import Upload
from app.redemptions import change_queries, contracts, measured, snapshot
from app.redemptions.change_models import PurchaseChange
from app.redemptions.change_states import Kind
from app.redemptions.contract import ContractTyped
from app.redemptions.models import Redemption
from app.redemptions.rules import common_kinds

ANSWER_WORKING_DAYS: Final = 5
"""Our own choice: so long the other side may think; then the authority decides without its answer."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody asks, with its papers. Of a price (fen) or an area (㎡) what the kind needs."""

    kind: Kind
    reason: str
    price_fen: int | None = None
    area_m2: Decimal | None = None
    source: str | None = None
    contract: ContractTyped | None = None
    papers: Sequence[Upload] = ()


def price_of(session: Session, redemption: Redemption, wish: Wish) -> int:
    """Return what the home is to cost, in fen. Raises DomainError at ``price`` or ``area``, Conflict."""
    now_fen, price_fen = redemption.present_price_fen, wish.price_fen
    if wish.contract is not None:
        price_fen = wish.contract.price_fen
    if wish.kind is Kind.AREA:
        signed = redemption.contract_area_m2
        if wish.area_m2 is None or wish.area_m2 <= 0 or signed is None or wish.area_m2 == signed:
            raise DomainError("change_area_missing", "area")
        # Measured once more, the rule has no price to begin from: somebody has to say what is agreed.
        if price_fen is None and not change_queries.was_measured(session, redemption):
            price_fen = measured.price_of(now_fen, signed_m2=signed, measured_m2=wish.area_m2)
    if price_fen is None or price_fen <= 0:
        raise DomainError("change_price_missing", "price")
    if wish.kind is Kind.PRICE and price_fen >= now_fen:
        raise DomainError("change_price_not_lower", "price", now_fen=now_fen)
    if price_fen > now_fen:
        frozen = snapshot.read(redemption.quote.snapshot)
        if not common_kinds(contracts.policies_of(session, frozen)):
            raise Conflict("top_up_not_allowed")
    return price_fen


def keep_papers(session: Session, actor: Actor, change: PurchaseChange, papers: Sequence[Upload]) -> None:
    """Keep the papers of a change. Raises DomainError at ``papers`` for what ``documents`` refuses."""
    owner = change_queries.owner_of(change)
    for paper in papers:
        documents.keep_paper(session, actor=actor, owner=owner, paper=paper, field="papers")
