"""The only writer of sources of money (资金来源), and of what came in from them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.core import audit, clock, locks
from app.core.actor import Actor, Role
from app.core.db import unless_taken
from app.core.errors import Conflict, DomainError, Forbidden, NotFound, stated
from app.core.ids import new_ref
from app.ledger import service as ledger
from app.ledger.bank import tidy_reference
from app.ledger.queries import balances
from app.ledger.rules import AccountKind, Balance
from app.settlements.money_models import FundReceipt, FundSource


def open_source(session: Session, *, actor: Actor, name: str, document: str) -> FundSource:
    """Open a source as an officer, with a ledger account that holds nothing yet.

    Raises Forbidden, DomainError at ``name`` for one that is missing or used, at ``document`` without one.
    """
    actor.demand(Role.OFFICER)
    name, document = name.strip(), document.strip()
    for field, value in (("name", name), ("document", document)):
        if not value:
            raise DomainError("fund_unnamed", field)
    ref = new_ref("ZJ")
    account = ledger.open_account(
        session, district_id=actor.district, kind=AccountKind.FUND, owner=f"fund:{ref}"
    )
    made = FundSource(
        district_id=actor.district,
        ref=ref,
        name=name,
        document=document,
        account_id=account.id,
        made_by_id=actor.user_id,
        made_at=clock.now(),
    )
    with unless_taken(session, "uq_fund_sources_district_id_name", DomainError("fund_name_used", "name")):
        session.add(made)
    _note(session, actor, "open_fund", "fund_source", made.id)
    return made


def enter_receipt(
    session: Session, *, actor: Actor, source_ref: str, amount_fen: int, received_on: date, reference: str
) -> FundReceipt:
    """Enter as an officer what came in from a source; it pays nobody before a checker has confirmed it.

    Raises Forbidden, NotFound, DomainError at ``received_on`` for a day to come, at ``reference`` without one
    or for one that came before.
    """
    actor.demand(Role.OFFICER)
    source = get_source(session, actor=actor, ref=source_ref)
    if received_on > clock.today():
        raise DomainError("received_ahead", "received_on")
    made = FundReceipt(
        district_id=actor.district,
        ref=new_ref("DZ"),
        source_id=source.id,
        amount_fen=amount_fen,
        received_on=received_on,
        bank_reference=tidy_reference(reference, field="reference"),
        state="proposed",
        entered_by_id=actor.user_id,
        entered_at=clock.now(),
    )
    with unless_taken(session, "uq_fund_receipts_reference", DomainError("bank_reference_used", "reference")):
        session.add(made)
    _note(session, actor, "enter_receipt", "fund_receipt", made.id)
    return made


def decide_receipt(
    session: Session,
    *,
    actor: Actor,
    ref: str,
    approve: bool,
    amount_fen: int | None = None,
    reason: str = "",
) -> FundReceipt:
    """Confirm as a checker what came in, typing its sum anew off the bank's paper, or refuse it.

    Raises Forbidden, NotFound, Conflict when it was decided, DomainError at ``amount`` for another sum, at
    ``reason`` for a refusal without one.
    """
    actor.demand(Role.CHECKER)
    wanted = select(FundReceipt.id).where(FundReceipt.ref == ref, FundReceipt.district_id == actor.district)
    receipt_id = session.scalar(wanted)
    if receipt_id is None:
        raise NotFound("receipt_gone")
    found = locks.lock(session, FundReceipt, receipt_id)
    if found.state != "proposed":
        raise Conflict("receipt_decided")
    if found.entered_by_id == actor.user_id:
        raise Forbidden("approval_same_person")
    if approve:
        if amount_fen != found.amount_fen:
            raise DomainError("receipt_sum_differs", "amount")
        found.transfer_id = _receive(session, found)
    found.reason = None if approve else stated(reason)
    found.state = "current" if approve else "refused"
    found.decided_by_id, found.decided_at = actor.user_id, clock.now()
    _note(session, actor, "confirm_receipt" if approve else "refuse_receipt", "fund_receipt", found.id)
    return found


def _receive(session: Session, found: FundReceipt) -> int:
    (funding,) = ledger.control_accounts(session, district_id=found.district_id, kinds=(AccountKind.FUNDING,))
    return ledger.transfer(
        session,
        district_id=found.district_id,
        debit_id=funding,
        credit_id=session.get_one(FundSource, found.source_id).account_id,
        amount_fen=found.amount_fen,
        code="settlement.fund",
        key=f"settlement.fund:{found.id}",
    )


@dataclass(frozen=True, slots=True)
class Held:
    """A source and what it holds, in fen."""

    source: FundSource
    balance: Balance


def get_source(session: Session, *, actor: Actor, ref: str) -> FundSource:
    """Return a source of the actor's district. Raises NotFound."""
    wanted = select(FundSource).where(FundSource.ref == ref, FundSource.district_id == actor.district)
    found = session.scalars(wanted).first()
    if found is None:
        raise NotFound("fund_gone")
    return found


def list_sources(session: Session, *, actor: Actor) -> list[Held]:
    """Return the district's sources with what they hold, by name."""
    wanted = select(FundSource).where(FundSource.district_id == actor.district).order_by(FundSource.name)
    sources = session.scalars(wanted).all()
    held = balances(session, [one.account_id for one in sources])
    return [Held(one, held[one.account_id]) for one in sources]


def list_receipts(session: Session, *, actor: Actor, source_id: int | None = None) -> Sequence[FundReceipt]:
    """Return what came in, from one source or (None) what waits for a checker, the newest first."""
    wanted = select(FundReceipt).where(FundReceipt.district_id == actor.district)
    if source_id is None:
        wanted = wanted.where(FundReceipt.state == "proposed")
    else:
        wanted = wanted.where(FundReceipt.source_id == source_id)
    return session.scalars(
        wanted.options(joinedload(FundReceipt.source)).order_by(FundReceipt.id.desc())
    ).all()


def get_receipt(session: Session, *, actor: Actor, ref: str) -> FundReceipt:
    """Return one sum that came in. Raises NotFound."""
    wanted = select(FundReceipt).where(FundReceipt.ref == ref, FundReceipt.district_id == actor.district)
    found = session.scalars(wanted.options(joinedload(FundReceipt.source))).first()
    if found is None:
        raise NotFound("receipt_gone")
    return found


def _note(session: Session, actor: Actor, verb: str, object_type: str, object_id: int) -> None:
    session.flush()
    audit.record(
        session, actor=actor, action=f"settlements.{verb}", object_type=object_type, object_id=object_id
    )
