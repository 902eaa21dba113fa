"""Reading claims, their lines and papers, and whether their payee has an account."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, func, literal, select, union_all
from sqlalchemy.orm import Session, aliased, joinedload

from app.core.actor import Actor, Role
from app.core.errors import Conflict, NotFound
from app.documents.models import Document
from app.documents.queries import Owner, get_document, list_documents
from app.homes.models import Home
from app.payments.account_models import SupervisedAccount
from app.payments.account_queries import find_current
from app.redemptions.models import Redemption
from app.settlements import accounts
from app.settlements.money_models import DeveloperAccount, SettlementClaim, SettlementLine
from app.settlements.offers import Payee
from app.settlements.payment_models import SettlementPayment


@dataclass(frozen=True, slots=True)
class Account:
    """Where a payee's money goes: holder, bank and number as two people confirmed them."""

    holder_name: str
    bank: str
    number: str


def owner_of(claim: SettlementClaim) -> Owner:
    """Return what the papers of a claim belong to."""
    return Owner("settlement_claim", claim.id)


def find_account(session: Session, *, district_id: int, developer_id: int, payee: Payee) -> Account | None:
    """Return the account in use of a payee, or None."""
    if payee.development_id is None:
        own = accounts.find(session, district_id=district_id, developer_id=developer_id, state="current")
        return Account(own.holder_name, own.bank, own.number) if own else None
    escrow = find_current(session, development_id=payee.development_id)
    return Account(escrow.holder_name, escrow.bank, escrow.number) if escrow else None


def demand_account(session: Session, *, district_id: int, developer_id: int, payee: Payee) -> Account:
    """Return the account in use of a payee. Raises Conflict without one."""
    found = find_account(session, district_id=district_id, developer_id=developer_id, payee=payee)
    if found is None:
        raise Conflict("payee_without_account")
    return found


def get_claim(session: Session, *, actor: Actor, ref: str) -> SettlementClaim:
    """Return a claim: the developer's own, for others one of their district. Raises NotFound."""
    wanted = select(SettlementClaim).where(SettlementClaim.ref == ref, *_seen(actor)).options(*_WHOLE)
    found = session.scalars(wanted).first()
    if found is None:
        raise NotFound("claim_gone")
    return found


def list_claims(
    session: Session,
    *,
    actor: Actor,
    states: Collection[str] | None = None,
    district_id: int | None = None,
    limit: int = 20,
    offset: int = 0,
) -> Sequence[SettlementClaim]:
    """Return the claims that the actor may see, all or in some states, the newest first."""
    wanted = select(SettlementClaim).where(*_seen(actor), *_limited(states, district_id)).options(*_WHOLE)
    return session.scalars(wanted.order_by(SettlementClaim.id.desc()).limit(limit).offset(offset)).all()


def count_claims(
    session: Session, *, actor: Actor, states: Collection[str] | None = None, district_id: int | None = None
) -> int:
    """Return how many claims ``list_claims`` lists."""
    wanted = select(func.count(SettlementClaim.id)).where(*_seen(actor), *_limited(states, district_id))
    return session.scalars(wanted).one()


def accounts_of(
    session: Session, claims: Iterable[SettlementClaim], state: str = "current"
) -> dict[int, Account | None]:
    """Return the account in use of each claim's payee, by claim id; one question, however many payees.

    ``state``: "proposed" for the one that waits for its second person instead.
    """
    asked = list(claims)
    own = [claim for claim in asked if claim.development_id is None]
    wanted = union_all(
        select(
            DeveloperAccount.district_id,
            DeveloperAccount.developer_id.label("payee_id"),
            *_shown(DeveloperAccount),
        ).where(
            DeveloperAccount.district_id.in_({claim.district_id for claim in own}),
            DeveloperAccount.developer_id.in_({claim.developer_id for claim in own}),
            DeveloperAccount.state == state,
        ),
        select(literal(_ESCROW), SupervisedAccount.development_id, *_shown(SupervisedAccount)).where(
            SupervisedAccount.development_id.in_({claim.development_id for claim in asked} - {None}),
            SupervisedAccount.state == state,
        ),
    )
    found = {(row[0], row[1]): Account(*row[2:]) for row in session.execute(wanted)} if asked else {}
    return {
        claim.id: found.get(
            (claim.district_id, claim.developer_id)
            if claim.development_id is None
            else (_ESCROW, claim.development_id)
        )
        for claim in asked
    }


_ESCROW: Final = 0
"""Stands in the place of a district: a development has one account, whoever pays."""


def _shown(table: type[DeveloperAccount] | type[SupervisedAccount]) -> tuple[ColumnElement[str], ...]:
    return table.holder_name.expression, table.bank.expression, table.number.expression


def list_payable(session: Session, *, district_id: int) -> Sequence[SettlementClaim]:
    """Return the approved claims that no payment is under way for, the oldest first."""
    wanted = select(SettlementClaim).where(*_payable(district_id)).options(*_WHOLE)
    return session.scalars(wanted.order_by(SettlementClaim.id)).all()


def count_payable(session: Session, *, district_id: int) -> int:
    """Count the approved claims that no payment is under way for."""
    return session.scalar(select(func.count(SettlementClaim.id)).where(*_payable(district_id))) or 0


def _payable(district_id: int) -> tuple[ColumnElement[bool], ...]:
    live = select(SettlementPayment.id).where(
        SettlementPayment.claim_id == SettlementClaim.id, SettlementPayment.state.in_(("sent", "paid"))
    )
    return (
        SettlementClaim.district_id == district_id,
        SettlementClaim.state == "approved",
        ~live.exists(),
    )


def lines_of(session: Session, claim_ids: Collection[int]) -> list[SettlementLine]:
    """Return the lines of claims in their order, with homes and vouchers."""
    wanted = (
        select(SettlementLine)
        .where(SettlementLine.claim_id.in_(claim_ids))
        .options(
            joinedload(SettlementLine.redemption).joinedload(Redemption.home).joinedload(Home.building),
            joinedload(SettlementLine.redemption).joinedload(Redemption.home).joinedload(Home.development),
            joinedload(SettlementLine.redemption).joinedload(Redemption.household),
            joinedload(SettlementLine.voucher),
        )
        .order_by(SettlementLine.id)
    )
    return list(session.scalars(wanted))


def has_later_lines(session: Session, claim: SettlementClaim, *, or_interest: bool) -> bool:
    """Tell whether a later claim took more of a part that this one took, or also interest on its payment."""
    own, later = aliased(SettlementLine), aliased(SettlementLine)
    follows = (own.kind == later.kind) & (own.turn < later.turn)
    borne = literal(or_interest) & (own.kind == "tranche") & (later.kind == "interest") & (own.id < later.id)
    wanted = select(later.id).join(
        own,
        (own.redemption_id == later.redemption_id)
        & (own.voucher_id == later.voucher_id)
        & (own.place == later.place)
        & (follows | borne),
    )
    standing = wanted.where(own.claim_id == claim.id, own.stands, later.stands, later.claim_id != claim.id)
    return session.scalars(standing.limit(1)).first() is not None


def find_live_payment(session: Session, claim: SettlementClaim) -> SettlementPayment | None:
    """Return the payment of a claim that is under way or was made, or None."""
    wanted = select(SettlementPayment).where(
        SettlementPayment.claim_id == claim.id, SettlementPayment.state.in_(("sent", "paid"))
    )
    return session.scalars(wanted).first()


def undone_by(session: Session, *, actor: Actor, claims: Collection[SettlementClaim]) -> frozenset[int]:
    """Return the claims, by id, whose last payment failed or came back by the actor's own word.

    Somebody else pays them anew: one person alone would have a developer paid twice. A batch that was sent
    back since does not count: the bank never heard of it.
    """
    last = select(func.max(SettlementPayment.id)).where(
        SettlementPayment.claim_id.in_([c.id for c in claims]), SettlementPayment.batch_state != "refused"
    )
    wanted = select(SettlementPayment.claim_id).where(
        SettlementPayment.id.in_(last.group_by(SettlementPayment.claim_id)),
        SettlementPayment.undone_by_id == actor.user_id,
    )
    return frozenset(session.scalars(wanted))


def payments_of(session: Session, claim: SettlementClaim) -> Sequence[SettlementPayment]:
    """Return every payment of a claim, also what failed or came back, the oldest first."""
    wanted = select(SettlementPayment).where(SettlementPayment.claim_id == claim.id)
    wanted = wanted.options(joinedload(SettlementPayment.batch)).order_by(SettlementPayment.id)
    return session.scalars(wanted).all()


def papers_of(session: Session, claim: SettlementClaim) -> Sequence[Document]:
    """Return the papers of a claim."""
    return list_documents(session, owner_of(claim))


def get_paper(session: Session, *, actor: Actor, ref: str, paper: str) -> Document:
    """Return one paper of a claim that the actor may see. Raises NotFound."""
    return get_document(session, owner_of(get_claim(session, actor=actor, ref=ref)), ref=paper)


_WHOLE = (joinedload(SettlementClaim.developer), joinedload(SettlementClaim.development))


def _seen(actor: Actor) -> tuple[ColumnElement[bool], ...]:
    if actor.role is Role.DEVELOPER:
        return (SettlementClaim.developer_id == actor.organisation,)
    return (SettlementClaim.district_id == actor.district,)


def _limited(states: Collection[str] | None, district_id: int | None) -> tuple[ColumnElement[bool], ...]:
    return (
        *((SettlementClaim.state.in_(states),) if states else ()),
        *((SettlementClaim.district_id == district_id,) if district_id else ()),
    )
