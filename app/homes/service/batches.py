"""Writing new prices for many homes at once, all or nothing, and taking such a batch back."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ARRAY, BigInteger, ColumnElement, any_, bindparam, func, insert, select, update
from sqlalchemy.orm import Session

from app.core import audit, clock, locks
from app.core.actor import Actor
from app.core.errors import Conflict, DomainError
from app.core.ids import new_ref
from app.core.queue import enqueue
from app.homes import batches
from app.homes.batches import Selection
from app.homes.deals import has_due_plan
from app.homes.errors import BatchChanged, BatchRefused
from app.homes.models import Home, PriceVersion
from app.homes.pricing_models import PriceBatch
from app.homes.repricing import Preview, Recipe
from app.homes.rules import Amounts
from app.homes.service.due import settle_those
from app.homes.service.versions import leave_pools, tell_fallen

_INDEXED_AT_ONCE: Final = 2_000


def reprice(
    session: Session,
    *,
    actor: Actor,
    development_id: int,
    selection: Selection,
    recipe: Recipe,
    reason: str,
    seen: str,
    leave_out: bool = False,
) -> PriceBatch:
    """Give many homes new prices from now on, as a preview showed them: all of them or none.

    ``seen`` is the mark of that preview, ``leave_out`` as there: the recipe then names the homes left out.
    Raises NotFound, DomainError at ``reason``, BatchChanged when homes or prices changed since, BatchRefused
    when a new price is against a rule, DomainError when none changes.
    """
    batches.own(session, actor, development_id)
    ids = [home.id for home in batches.chosen(session, development_id=development_id, selection=selection)]
    stored = {"selection": asdict(selection), "way": recipe.way, "value": recipe.value}

    def look() -> Preview:
        return batches.preview(
            session,
            actor=actor,
            development_id=development_id,
            selection=selection,
            recipe=recipe,
            leave_out=leave_out,
        )

    made = {"development_id": development_id, "recipe": {**stored, "step_fen": recipe.step_fen}}
    return _write(session, actor, ids, look, reason, seen, made)


def undo_batch(session: Session, *, actor: Actor, batch_ref: str, reason: str, seen: str) -> PriceBatch:
    """Take a batch back: homes whose price still is the batch's get their price before it, within the rules.

    Raises as ``reprice``, and Conflict when it was taken back before.
    """
    view = batches.get_batch(session, actor=actor, ref=batch_ref)
    if view.undone_by is not None:
        raise Conflict("batch_undone")
    ids = list(session.scalars(select(PriceVersion.home_id).where(PriceVersion.batch_id == view.batch.id)))

    def look() -> Preview:
        return batches.preview_undo(session, actor=actor, ref=batch_ref)

    made = {"development_id": view.batch.development_id, "recipe": {"undoes": batch_ref}}
    return _write(session, actor, ids, look, reason, seen, {**made, "undoes_id": view.batch.id})


def _write(
    session: Session,
    actor: Actor,
    home_ids: list[int],
    look: Callable[[], Preview],
    reason: str,
    seen: str,
    made: dict[str, Any],
) -> PriceBatch:
    found = look_again(session, home_ids, look, reason, seen)
    moment = _start(session, found)
    if left := [line.home.ref for line in found.lines if line.verdict == "left"]:
        made = {**made, "recipe": {**made["recipe"], "left_out": left}}
    batch = PriceBatch(
        ref=new_ref("TJ"),
        kind=found.kind,
        homes=len(found.changing),
        before_fen=found.before_fen,
        after_fen=found.after_fen,
        reason=reason.strip(),
        author_id=actor.user_id,
        made_at=moment,
        **made,
    )
    session.add(batch)
    session.flush()
    _change_prices(session, batch, found, moment)
    fallen = leave_pools(session, _amounts_after(session, found), moment)
    _touch(session, found)
    audit.record(
        session,
        actor=actor,
        action="homes.reprice",
        object_type="price_batch",
        object_id=batch.id,
        kind=batch.kind,
        homes=batch.homes,
        before_fen=batch.before_fen,
        after_fen=batch.after_fen,
        seen=seen,
        listings_out=[listing.id for listing in fallen],
    )
    tell_fallen(session, fallen)
    return batch


def look_again(
    session: Session, home_ids: list[int], look: Callable[[], Preview], reason: str, seen: str
) -> Preview:
    """Lock the homes of a preview, work it out again, and return it if it is what was seen and may be.

    Raises DomainError at ``reason`` or when nothing changes, BatchChanged, BatchRefused.
    """
    if not reason.strip():
        raise DomainError("batch_reason_missing", "reason")
    locks.lock_all(session, Home, home_ids)
    settle_those(session, home_ids, has_due_plan(clock.now()))
    found = look()
    if found.seen != seen:
        raise BatchChanged
    if found.count("refused"):
        raise BatchRefused(found.count("refused"))
    if not found.changing:
        raise DomainError("batch_nothing")
    return found


def _start(session: Session, found: Preview) -> datetime:
    """Return when the new prices begin: never before those they end, whatever another server's clock said."""
    latest = select(func.max(PriceVersion.effective_from)).where(_current(found))
    return max(clock.now(), session.scalar(latest) or clock.now())


def _change_prices(session: Session, batch: PriceBatch, found: Preview, moment: datetime) -> None:
    session.execute(
        update(PriceVersion)
        .where(_current(found))
        .values(effective_to=moment)
        .execution_options(synchronize_session=False)
    )
    rows = [
        {
            "home_id": line.home.id,
            "kind": found.kind,
            "amount_fen": line.after_fen,
            "effective_from": moment,
            "reason": batch.reason,
            "source": "developer",
            "author_id": batch.author_id,
            "batch_id": batch.id,
        }
        for line in found.changing
    ]
    # Asked for something back, they go in by the thousand: the guards look once at each statement.
    session.execute(insert(PriceVersion).returning(PriceVersion.id), rows)


def _amounts_after(session: Session, found: Preview) -> dict[int, Amounts]:
    """Return the new prices of the homes that leave their pool."""
    leaving = [line.home for line in found.lines if line.verdict == "leaves"]
    return {row.home.id: row.amounts for row in batches.rows_of(session, leaving)}


def _touch(session: Session, found: Preview) -> None:
    ids = sorted(line.home.id for line in found.changing)
    session.execute(
        update(Home)
        .where(_among(Home.id, ids))
        .values(doc_version=Home.doc_version + 1)
        .execution_options(synchronize_session=False)
    )
    for start in range(0, len(ids), _INDEXED_AT_ONCE):
        enqueue(session, "search.index", home_ids=ids[start : start + _INDEXED_AT_ONCE])


def _current(found: Preview) -> ColumnElement[bool]:
    ids = [line.home.id for line in found.changing]
    return (
        _among(PriceVersion.home_id, ids)
        & (PriceVersion.kind == found.kind)
        & PriceVersion.effective_to.is_(None)
    )


def _among(column: Any, ids: list[int]) -> ColumnElement[bool]:
    return column == any_(bindparam(None, ids, type_=ARRAY(BigInteger)))  # type: ignore[no-any-return]  # any column
