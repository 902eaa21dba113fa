"""The only writer of extensions (延期): an officer proposes one with its reason, a checker decides."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, joinedload

from app.approvals import service as approvals
from app.core import audit, clock, ids, locks
from app.core.actor import Actor, Role
from app.core.db import unless_taken
from app.core.errors import Conflict, DomainError, NotFound, stated
from app.policies.bands import Used
from app.policies.queries import policy_of
from app.policies.reach import START
from app.vouchers import ending_queries, paper, telling
from app.vouchers.counted import counted
from app.vouchers.extension_models import VoucherExtension
from app.vouchers.models import Voucher
from app.vouchers.queries import begun_on, get_voucher

EXTEND: Final = "voucher.extend"
"""Kind of the approval: an officer asks, a checker decides."""
_PAYLOAD_SCHEMA: Final = 1


def months_left(session: Session, voucher: Voucher) -> int:
    """Return by how many months a voucher may still be extended under its policy."""
    return policy_of(voucher.policy_version).extension_months - _granted(session, voucher)


def asked_use(session: Session, vouchers: Collection[Voucher]) -> dict[int, Used]:
    """Return what counts as spent of the faces of vouchers whose policy asks for it, by voucher id.

    Homes that are being bought are not spent yet.
    """
    asked = [one for one in vouchers if policy_of(one.policy_version).extension_reach != START]
    return {voucher_id: one.used for voucher_id, one in counted(session, asked).items()} if asked else {}


def is_unused(voucher: Voucher, used: Used | None) -> bool:
    """Tell whether a voucher spent less of its face than its policy asks for; ``used`` as ``asked_use``."""
    return used is not None and not policy_of(voucher.policy_version).may_extend(used).allowed


def propose(
    session: Session, *, actor: Actor, voucher_ref: str, months: int, reason: str, evidence: str
) -> VoucherExtension:
    """Propose a longer term as an officer, for a checker to decide; the bonus tiers stay where they are.

    Raises Forbidden, NotFound; Conflict once the term is over, where the scheme's last day leaves no more,
    less of the face is spent than the policy asks for, the voucher is ending, or another extension waits;
    DomainError at ``months`` for more than the policy
    leaves, at ``reason`` or ``evidence`` without.
    """
    actor.demand(Role.OFFICER)
    voucher = locks.lock(session, Voucher, get_voucher(session, actor=actor, ref=voucher_ref).id)
    from_expires_at = _demand_running(session, voucher)
    reason = stated(reason)
    if not evidence.strip():
        raise DomainError("evidence_missing", "evidence")
    before = _granted(session, voucher)
    most = policy_of(voucher.policy_version).extension_months
    if not 0 < months <= most - before:
        raise DomainError("extension_months", "months", most=most, left=most - before)
    used = asked_use(session, [voucher]).get(voucher.id)
    if is_unused(voucher, used):
        raise Conflict("extension_unused")
    to_expires_at = term_end(voucher, before + months, granted=before)
    if to_expires_at <= from_expires_at:
        raise Conflict("extension_no_longer")
    extension = VoucherExtension(
        district_id=voucher.district_id,
        ref=ids.new_ref("YC"),
        voucher_id=voucher.id,
        state="proposed",
        months=months,
        before_months=before,
        most_months=most,
        from_expires_at=from_expires_at,
        to_expires_at=to_expires_at,
        reason=reason,
        evidence=evidence.strip(),
        proposed_at=clock.now(),
    )
    with unless_taken(session, "uq_voucher_extensions_step", Conflict("extension_waits")):
        session.add(extension)
    approvals.request(
        session, actor=actor, kind=EXTEND, subject_id=extension.id, payload=payload_of(extension, used)
    )
    note(session, actor, extension, "extension.propose")
    return extension


def _demand_running(session: Session, voucher: Voucher) -> datetime:
    """Return when the term ends that may still be lengthened. Raises Conflict where it may not."""
    if voucher.state != "issued" or voucher.expires_at is None:
        raise Conflict("voucher_not_issued")
    if clock.now() >= voucher.expires_at:
        raise Conflict("extension_too_late")
    _demand_not_ending(session, voucher)
    if voucher.is_moving:
        raise Conflict("move_open")
    return voucher.expires_at


def approve(
    session: Session, *, actor: Actor, extension_ref: str, seen: str | None = None
) -> VoucherExtension:
    """Lengthen a voucher's term as a checker; the sheet it is printed on is void from now on.

    What was proposed in time may be approved later: until then the voucher does not lapse. ``seen`` as in
    ``approvals.decide``. Raises Forbidden, NotFound, Conflict, also where a purchase was undone since and
    less is spent than the policy asks for; SamePerson for whoever proposed it.
    """
    extension, voucher = _take(session, actor, extension_ref)
    _demand_not_ending(session, voucher)
    asked = approvals.decide(
        session, actor=actor, kind=EXTEND, subject_id=extension.id, approve=True, seen=seen
    )
    if is_unused(voucher, asked_use(session, [voucher]).get(voucher.id)):
        raise Conflict("extension_unused")
    if not is_as_asked(extension, asked.payload) or voucher.expires_at != extension.from_expires_at:
        raise Conflict("extension_changed")
    grant(session, actor=actor, extension=extension, voucher=voucher)
    return extension


def grant(session: Session, *, actor: Actor, extension: VoucherExtension, voucher: Voucher) -> None:
    """Carry out an approved extension: term, paper and news. The caller holds the voucher's lock."""
    extension.state, voucher.expires_at = "approved", extension.to_expires_at
    session.flush()
    paper.void(session, actor=actor, voucher=voucher, reason="extended")
    note(session, actor, extension, "extension.approve")
    telling.tell_extended(session, voucher, extension)


def send_back(
    session: Session, *, actor: Actor, extension_ref: str, reason: str, seen: str | None = None
) -> VoucherExtension:
    """Return a proposal as a checker, with the reason; the term stays. Raises as ``approve``."""
    extension, _ = _take(session, actor, extension_ref)
    approvals.decide(
        session, actor=actor, kind=EXTEND, subject_id=extension.id, approve=False, reason=reason, seen=seen
    )
    extension.state = "returned"
    session.flush()
    note(session, actor, extension, "extension.return")
    return extension


def get_extension(session: Session, *, actor: Actor, ref: str) -> VoucherExtension:
    """Return an extension of the actor's district, as it is now. Raises NotFound."""
    statement = (
        select(VoucherExtension)
        .where(VoucherExtension.ref == ref, VoucherExtension.district_id == actor.district)
        .options(joinedload(VoucherExtension.voucher).joinedload(Voucher.household))
    )
    found = session.scalars(statement, execution_options={"populate_existing": True}).first()
    if found is None:
        raise NotFound("extension_gone")
    return found


def count_extensions(session: Session, *, actor: Actor, state: str | None = None) -> int:
    """Return how many extensions ``list_extensions`` would list without a limit."""
    return session.scalars(select(func.count(VoucherExtension.id)).where(*_in(actor, state))).one()


def list_extensions(
    session: Session, *, actor: Actor, state: str | None = None, offset: int = 0, limit: int = 20
) -> list[VoucherExtension]:
    """Return single extensions of the actor's district, those that wait in front, the newest first."""
    statement = (
        select(VoucherExtension)
        .where(*_in(actor, state))
        .options(joinedload(VoucherExtension.voucher).joinedload(Voucher.household))
        .order_by(VoucherExtension.state != "proposed", VoucherExtension.id.desc())
    )
    return list(session.scalars(statement.offset(offset).limit(limit)))


def first_proposed_at(session: Session, *, actor: Actor) -> datetime | None:
    """Return since when the extension that waits longest has waited, or None."""
    return session.scalars(
        select(func.min(VoucherExtension.proposed_at)).where(*_in(actor, "proposed"))
    ).one()


def list_of_voucher(session: Session, *, voucher_id: int) -> list[VoucherExtension]:
    """Return every extension of a voucher, the newest first."""
    statement = select(VoucherExtension).where(VoucherExtension.voucher_id == voucher_id)
    return list(session.scalars(statement.order_by(VoucherExtension.id.desc())))


def _granted(session: Session, voucher: Voucher) -> int:
    statement = select(func.coalesce(func.sum(VoucherExtension.months), 0)).where(
        VoucherExtension.voucher_id == voucher.id, VoucherExtension.state == "approved"
    )
    return voucher.extended_months + int(session.scalars(statement).one())


def term_end(voucher: Voucher, months: int, *, granted: int) -> datetime:
    """Return when the term ends with so many months more in all, counted from its beginning as all are.

    ``granted`` of them it has. A merged voucher may end before its own months do, an inherited one later, for
    its term stood still: so much earlier or later it ends with more of them, too.
    """
    policy = policy_of(voucher.policy_version)
    if voucher.issued_at is None or voucher.expires_at is None:
        raise ValueError(f"voucher {voucher.id} was never issued")
    issued_at, agreed_on = voucher.issued_at, begun_on(voucher.agreement, policy)
    now = policy.expires_at(issued_at, agreed_on=agreed_on, extended_by=granted)
    later = policy.expires_at(issued_at, agreed_on=agreed_on, extended_by=months)
    if voucher.move_id is None:
        return later  # it ends when its policy says, whatever was known of working days when it was issued
    return policy.moved_on(later + (voucher.expires_at - now))


def _take(session: Session, actor: Actor, ref: str) -> tuple[VoucherExtension, Voucher]:
    """Return a proposal that waits for the checker, with its voucher, locked."""
    actor.demand(Role.CHECKER)
    voucher_id = get_extension(session, actor=actor, ref=ref).voucher_id
    voucher = locks.lock(session, Voucher, voucher_id)
    extension = get_extension(session, actor=actor, ref=ref)
    if extension.state != "proposed":
        raise Conflict("extension_decided")
    if extension.batch_id is not None:
        raise Conflict("extension_in_batch")
    return extension, voucher


def _demand_not_ending(session: Session, voucher: Voucher) -> None:
    if ending_queries.find_live(session, voucher_id=voucher.id) is not None:
        raise Conflict("ending_open")


def _in(actor: Actor, state: str | None) -> list[ColumnElement[bool]]:
    wanted = [VoucherExtension.district_id == actor.district, VoucherExtension.batch_id.is_(None)]
    return [*wanted, VoucherExtension.state == state] if state else wanted


def payload_of(extension: VoucherExtension, used: Used | None = None) -> dict[str, Any]:
    """Return what a checker is asked about an extension, frozen; with what is spent where the policy asks."""
    spent = {} if used is None else {"used": _frozen(used)}
    return {
        "schema": _PAYLOAD_SCHEMA,
        "voucher_id": extension.voucher_id,
        "months": extension.months,
        "before_months": extension.before_months,
        "to_expires_at": extension.to_expires_at.isoformat(),
        **spent,
    }


def is_as_asked(extension: VoucherExtension, payload: Mapping[str, Any]) -> bool:
    """Tell whether a checker was asked about an extension as it is; what was spent then is not held to."""
    return {name: value for name, value in payload.items() if name != "used"} == payload_of(extension)


def _frozen(used: Used) -> dict[str, Any]:
    return {"face_fen": used.face_fen, "spent_fen": used.spent_fen, "rest": str(used.rest)}


def note(session: Session, actor: Actor, extension: VoucherExtension, action: str) -> None:
    """Write a step of an extension into the audit trail."""
    audit.record(
        session,
        actor=actor,
        action=action,
        object_type="voucher_extension",
        object_id=extension.id,
        voucher_id=extension.voucher_id,
        months=extension.months,
    )
