"""The audit trail: one row a command, in its transaction, chained so that no change goes unseen.

64 chains, because one would make every transaction of the district wait for every other. A transaction takes
one head that is free as its last lock. Each row's mac covers the previous row's, so a changed, missing or
reordered row breaks the chain, and each head has its own mac, so a cut-off end shows too; only a rollback of
a whole chain with its head needs the anchor (a digest of the heads kept outside the database). Rows carry
ids, never personal data.
"""

import hashlib
import hmac
import json
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any, Final, cast

from sqlalchemy import (
    CTE,
    CheckConstraint,
    LargeBinary,
    SmallInteger,
    Table,
    bindparam,
    event,
    func,
    insert,
    select,
    union_all,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.core import clock, pending
from app.core.actor import Actor
from app.core.db import Base, Instant, append_only
from app.core.prepared import Prepared

CHAINS: Final = 64
_GENESIS: Final = b"\0" * 32
_PENDING: Final = "audit rows"
_ALONG: Final = "along the audit rows"


class AuditHead(Base):
    """The end of one chain."""

    __tablename__ = "audit_heads"
    __table_args__ = (CheckConstraint(f"chain >= 0 AND chain < {CHAINS}", name="chain_range"),)

    chain: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    seq: Mapped[int]
    last_mac: Mapped[bytes] = mapped_column(LargeBinary)
    key_id: Mapped[str]
    own_mac: Mapped[bytes] = mapped_column(LargeBinary)


class AuditRow(Base):
    """What was done, by whom, to what."""

    __tablename__ = "audit_rows"

    chain: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[Instant]
    user_id: Mapped[int | None]
    role: Mapped[str | None]
    district_id: Mapped[int | None]
    action: Mapped[str] = mapped_column(index=True)
    object_type: Mapped[str]
    object_id: Mapped[int | None]
    detail: Mapped[dict[str, Any]] = mapped_column(JSONB)
    key_id: Mapped[str]
    mac: Mapped[bytes] = mapped_column(LargeBinary)


append_only(AuditRow.__table__)


@dataclass(frozen=True)
class Keyring:
    """The mac keys by id; the current one signs, all of them verify."""

    current: str
    keys: Mapping[str, bytes]

    def mac(self, key_id: str, message: bytes) -> bytes:
        """Return HMAC-SHA256 under a key of the ring. Raises KeyError for a key that is not in it."""
        return hmac.digest(self.keys[key_id], message, hashlib.sha256)


class _Process:
    """What the wiring set for this process."""

    keyring: Keyring | None = None


def configure(keyring: Keyring) -> None:
    """Set the process's keys. Called by the wiring."""
    _Process.keyring = keyring


def _ring() -> Keyring:
    if _Process.keyring is None:
        raise RuntimeError("the audit trail has no keys: create_app configures them")
    return _Process.keyring


def record(
    session: Session, *, actor: Actor, action: str, object_type: str, object_id: int | None, **detail: Any
) -> None:
    """Note a command; its row is written as the last thing before the transaction commits.

    ``action`` reads "voucher.issue"; ``detail`` holds declared keys and ids, sums in fen, hashes: never
    names, numbers of identity papers or other personal data.
    """
    row = {
        "at": clock.now(),
        "user_id": actor.user_id,
        "role": actor.role.value if actor.role else None,
        "district_id": actor.district_id,
        "action": action,
        "object_type": object_type,
        "object_id": object_id,
        "detail": {**detail, **_by_way_of(actor)},
    }
    pending.note(session, _PENDING, row)


def _by_way_of(actor: Actor) -> dict[str, int]:
    """Return through what a person acted, if not by their own hand."""
    ways = {
        "token_id": actor.token_id,
        "visit_id": actor.visit_id,
        "grant_id": actor.grant_id,
        "helper_act_id": actor.helper_act_id,
    }
    return {name: value for name, value in ways.items() if value is not None}


def write_along(session: Session, statement: CTE, **values: Any) -> bool:
    """Have something written by the last statement of a transaction about to commit, which writes its rows.

    ``values`` are those of its parameters. False for a transaction without rows, where nothing is done.
    """
    if not pending.is_noted(session, _PENDING):
        return False
    pending.note(session, _ALONG, (statement, values))
    return True


@event.listens_for(Session, "before_commit")
def _write(session: Session) -> None:
    noted, along = pending.take(session, _PENDING), pending.take(session, _ALONG)
    if not noted:
        return
    session.flush()
    ring = _ring()
    chain, seq, last_mac = _take_head(session)
    rows = []
    for one in noted:
        seq += 1
        row = {**one, "chain": chain, "seq": seq, "key_id": ring.current}
        row["mac"] = last_mac = ring.mac(ring.current, _row_message(row, last_mac))
        rows.append(row)
    own_mac = ring.mac(ring.current, _head_message(chain, seq, last_mac))
    head = {"chain": chain, "seq": seq, "last_mac": last_mac, "key_id": ring.current, "own_mac": own_mac}
    if earlier := rows[:-_TOGETHER]:
        session.execute(_INSERT_ROWS, earlier)
    values = _prefixed("head", head)
    last = rows[-_TOGETHER:]
    for place, row in enumerate(last):
        values |= _prefixed(f"row{place}", row)
    for _statement, more in along:
        values |= more
    _insert_last(len(last), tuple(statement for statement, _values in along)).run(session, **values)


def _prefixed(prefix: str, values: Mapping[str, Any]) -> dict[str, Any]:
    return {f"{prefix}_{name}": value for name, value in values.items()}


_HEADS: Final = cast(Table, AuditHead.__table__)
_HEAD: Final = select(_HEADS.c.chain, _HEADS.c.seq, _HEADS.c.last_mac)
_FREE_HEAD: Final = Prepared(
    _HEAD.order_by(_HEADS.c.chain).limit(1).with_for_update(key_share=True, skip_locked=True)
)
_CHOSEN_HEAD: Final = Prepared(
    _HEAD.where(_HEADS.c.chain == bindparam("chosen")).with_for_update(key_share=True)
)
_ROWS: Final = cast(Table, AuditRow.__table__)
_INSERT_ROWS: Final = insert(_ROWS)
_MOVE_HEAD: Final = (
    update(_HEADS)
    .where(_HEADS.c.chain == bindparam("head_chain"))
    .values({name: bindparam(f"head_{name}") for name in ("seq", "last_mac", "key_id", "own_mac")})
)
_TOGETHER: Final = 4
"""So many rows at most are written by the statement that moves the head; hardly a command has more."""


@cache
def _insert_last(count: int, along: tuple[CTE, ...]) -> Prepared:
    """Build the statement that writes a transaction's last rows and moves the head: every one ends with it.

    Once for each number of rows, and for what is written along with them.
    """
    rows = [
        select(*(bindparam(f"row{place}_{column.name}", type_=column.type) for column in _ROWS.c))
        for place in range(count)
    ]
    given = union_all(*rows) if rows[1:] else rows[0]
    moved = _MOVE_HEAD.cte("moved")
    return Prepared(insert(_ROWS).from_select(list(_ROWS.c), given).add_cte(moved, *along))


def _take_head(session: Session) -> tuple[int, int, bytes]:
    """Lock the end of a chain and return it: chain, seq, mac of its last row."""
    free = _FREE_HEAD.first(session)
    if free is None:
        (free,) = _CHOSEN_HEAD.rows(session, chosen=secrets.randbelow(CHAINS))
    chain, seq, last_mac = free
    return chain, seq, last_mac


def _canonical(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _row_message(row: Mapping[str, Any], previous: bytes) -> bytes:
    at: datetime = row["at"]
    fields = {
        name: row[name] for name in ("user_id", "role", "district_id", "action", "object_type", "object_id")
    }
    body = _canonical({**fields, "at": at.astimezone(UTC).isoformat(), "detail": row["detail"]})
    return b"|".join(
        (row["key_id"].encode(), b"%d|%d" % (row["chain"], row["seq"]), previous.hex().encode(), body)
    )


def _head_message(chain: int, seq: int, last_mac: bytes) -> bytes:
    return b"head|%d|%d|%s" % (chain, seq, last_mac.hex().encode())


def initialise(session: Session) -> None:
    """Create the heads of a new database; does nothing once any head exists, so it cannot hide a lost one."""
    if session.scalar(select(func.count()).select_from(AuditHead)):
        return
    ring = _ring()
    heads = [
        {
            "chain": chain,
            "seq": 0,
            "last_mac": _GENESIS,
            "key_id": ring.current,
            "own_mac": ring.mac(ring.current, _head_message(chain, 0, _GENESIS)),
        }
        for chain in range(CHAINS)
    ]
    session.execute(pg_insert(AuditHead).values(heads).on_conflict_do_nothing())


@dataclass(frozen=True)
class Breach:
    """One thing that does not hold: which chain, at which row, and why."""

    chain: int
    seq: int
    reason: str


def heads_digest(session: Session) -> dict[str, Any]:
    """Return the heads as an anchor to be kept outside the database."""
    heads = session.scalars(select(AuditHead).order_by(AuditHead.chain))
    chains = {str(head.chain): {"seq": head.seq, "mac": head.last_mac.hex()} for head in heads}
    return {"schema": 1, "at": clock.system_now().isoformat(), "chains": chains}


def verify(session: Session, anchor: Mapping[str, Any] | None = None) -> tuple[int, list[Breach]]:
    """Walk every chain and return (rows walked, breaches).

    With an anchor (see ``heads_digest``) each chain must also reach at least the anchored row, unchanged:
    that is what finds a database that was rolled back.
    """
    anchored: dict[int, dict[str, Any]] = {
        int(chain): point for chain, point in (anchor["chains"].items() if anchor else ())
    }
    heads = {head.chain: head for head in session.scalars(select(AuditHead))}
    walked = 0
    breaches: list[Breach] = []
    for chain in range(CHAINS):
        count, found = _verify_chain(session, chain, heads.get(chain), anchored.get(chain))
        walked += count
        breaches += found
    strays = select(AuditRow.chain, AuditRow.seq).where((AuditRow.chain < 0) | (AuditRow.chain >= CHAINS))
    breaches += [Breach(chain, seq, "row outside the chains") for chain, seq in session.execute(strays)]
    return walked, breaches


def _verify_chain(
    session: Session, chain: int, head: AuditHead | None, point: Mapping[str, Any] | None
) -> tuple[int, list[Breach]]:
    ring = _ring()
    breaches: list[Breach] = []
    previous, seq, at_anchor = _GENESIS, 0, _GENESIS.hex()
    for row in _rows(session, chain):
        seq += 1
        if row.seq != seq:
            breaches.append(Breach(chain, seq, "row missing"))
            seq = row.seq
        message = _row_message({name: getattr(row, name) for name in _ROW_FIELDS}, previous)
        if row.key_id not in ring.keys:
            breaches.append(Breach(chain, seq, "unknown key"))
        elif not hmac.compare_digest(ring.mac(row.key_id, message), row.mac):
            breaches.append(Breach(chain, seq, "row changed"))
        previous = row.mac
        if point and seq == point["seq"]:
            at_anchor = previous.hex()
    breaches += _verify_head(ring, chain, head, seq, previous)
    if point and (seq < point["seq"] or not hmac.compare_digest(at_anchor, point["mac"])):
        breaches.append(Breach(chain, point["seq"], "differs from the anchor"))
    return seq, breaches


def _verify_head(
    ring: Keyring, chain: int, head: AuditHead | None, seq: int, last_mac: bytes
) -> list[Breach]:
    if head is None:
        return [Breach(chain, seq, "head missing")]
    if head.key_id not in ring.keys:
        return [Breach(chain, seq, "unknown key")]
    own = ring.mac(head.key_id, _head_message(chain, head.seq, head.last_mac))
    if not hmac.compare_digest(own, head.own_mac):
        return [Breach(chain, seq, "head changed")]
    if head.seq != seq or head.last_mac != last_mac:
        return [Breach(chain, seq, "chain cut off or extended")]
    return []


_ROW_FIELDS: Final = (
    *(
        "chain",
        "seq",
        "at",
        "user_id",
        "role",
        "district_id",
        "action",
        "object_type",
        "object_id",
        "detail",
        "key_id",
    ),
)


def _rows(session: Session, chain: int) -> Iterator[Any]:
    statement = select(AuditRow.__table__).where(AuditRow.chain == chain).order_by(AuditRow.seq)
    yield from session.execute(statement, execution_options={"yield_per": 1000})
