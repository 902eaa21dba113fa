"""Reading top-ups and statement lines of a district."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, TypeVarTuple

from sqlalchemy import ColumnElement, Select, bindparam, exists, func, or_, select
from sqlalchemy.orm import Session, aliased, joinedload

from app.core.actor import Actor
from app.core.errors import NotFound
from app.core.prepared import Prepared, Whole
from app.identity import queries as identity
from app.ledger.models import LedgerAccount
from app.payments.card_models import CardPayment
from app.payments.kinds import Kind
from app.payments.models import LineAside, LineMatch, StatementLine, TopUp, TopUpPart
from app.payments.money import NET, net_fen
from app.payments.refund_models import Refund
from app.payments.rules import Waiting

Columns = TypeVarTuple("Columns")


def find_top_up(session: Session, *, district_id: int, owner: str) -> TopUp | None:
    """Return what is expected for an owner, its parts loaded on demand, or None."""
    return _TOP_UP.first(session, district_id=district_id, owner=owner)


EXPECTED: Final = select(TopUp).where(
    TopUp.district_id == bindparam("district_id"), TopUp.owner == bindparam("owner")
)
"""The question for what is expected for an owner."""
_TOP_UP: Final = Whole(TopUp, EXPECTED)


def due_fen(top_up: TopUp) -> int:
    """Return what a top-up needs to keep, in fen: nothing once it has ended."""
    return 0 if top_up.ended_at else top_up.wanted_fen


def missing_of(session: Session, top_up: TopUp) -> int:
    """Return what has not arrived of a top-up, in fen."""
    return _missing(due_fen(top_up), net_fen(session, top_up))


def surplus_of(session: Session, top_up: TopUp) -> int:
    """Return what of a top-up is to be given back and not promised back yet, in fen."""
    return _surplus(due_fen(top_up), net_fen(session, top_up))


def _missing(due_fen: int, net_fen: int) -> int:
    return max(0, due_fen - net_fen)


def _surplus(due_fen: int, net_fen: int) -> int:
    return max(0, net_fen - due_fen)


@dataclass(frozen=True, slots=True)
class Standing:
    """What came of a top-up, in fen, and of what there is more to read."""

    net_fen: int
    missing_fen: int
    surplus_fen: int
    has_parts: bool
    """Whether somebody said where the money comes from."""
    has_lines: bool
    has_refunds: bool
    is_online: bool
    """Whether anything was, or is being, paid by card."""


def standing_of(session: Session, top_up: TopUp) -> Standing:
    """Return how a top-up stands, by one question: before it is paid there is nothing more to read."""
    asked = {"top_up_id": top_up.id, "account_id": top_up.ledger_account_id}
    ((net, *there_are),) = _STANDING.rows(session, **asked)
    due, net = due_fen(top_up), int(net)
    return Standing(net, _missing(due, net), _surplus(due, net), *there_are)


_STANDING: Final = Prepared(
    select(
        NET,
        exists().where(TopUpPart.top_up_id == bindparam("top_up_id")),
        exists().where(LineMatch.top_up_id == bindparam("top_up_id"), LineMatch.taken_back_at.is_(None)),
        exists().where(Refund.top_up_id == bindparam("top_up_id")),
        exists().where(CardPayment.top_up_id == bindparam("top_up_id")),
    ).where(LedgerAccount.id == bindparam("account_id"))
)


def missing_fen(session: Session, *, district_id: int, owner: str) -> int:
    """Return what has not arrived of what is expected for an owner, in fen; 0 where nothing is expected."""
    top_up = find_top_up(session, district_id=district_id, owner=owner)
    return missing_of(session, top_up) if top_up else 0


def arrived_by_kind(session: Session, top_up: TopUp) -> dict[Kind, int]:
    """Return what has arrived of a top-up and was not given back, in fen, by kind of money."""
    arrived = (
        select(LineMatch.kind, func.sum(LineMatch.amount_fen - LineMatch.refunded_fen))
        .where(LineMatch.top_up_id == top_up.id, LineMatch.taken_back_at.is_(None))
        .group_by(LineMatch.kind)
    )
    found = {Kind(kind): int(fen) for kind, fen in session.execute(arrived)}
    online = session.scalar(
        select(func.sum(CardPayment.captured_fen - CardPayment.refunded_fen)).where(
            CardPayment.top_up_id == top_up.id
        )
    )
    if online:
        found[Kind.OWN] = found.get(Kind.OWN, 0) + int(online)
    return found


_IS_MISSING: Final = TopUp.ended_at.is_(None) & (TopUp.amount_fen + TopUp.adjusted_fen > NET)
"""Whether something of a top-up has not arrived, asked beside its account in the ledger."""


def list_waiting(session: Session, *, actor: Actor, owners: Collection[str]) -> list[Waiting]:
    """Return the top-ups of these owners that have not arrived whole, the oldest first."""
    wanted = (
        select(TopUp, NET)
        .join(LedgerAccount, LedgerAccount.id == TopUp.ledger_account_id)
        .where(TopUp.district_id == actor.district, TopUp.owner.in_(owners))
        .where(_IS_MISSING)
    )
    return [
        Waiting(one.ref, one.payer_name, one.wanted_fen - int(so_far), one.development_id)
        for one, so_far in session.execute(wanted.order_by(TopUp.id))
    ]


def list_owing(session: Session, *, development_id: int) -> Sequence[str]:
    """Return the owners of the top-ups for homes of a development that have not arrived whole."""
    return session.scalars(
        select(TopUp.owner)
        .join(LedgerAccount, LedgerAccount.id == TopUp.ledger_account_id)
        .where(TopUp.development_id == development_id, _IS_MISSING)
        .order_by(TopUp.id)
    ).all()


@dataclass(frozen=True, slots=True)
class LineFilter:
    """Which lines a list shows: those in a state, that a word is in, received between two days."""

    state: str | None = None
    words: str = ""
    first: date | None = None
    last: date | None = None


OPEN = LineFilter(state="open")
COUNTS: Final[ColumnElement[bool]] = StatementLine.statement_state == "confirmed"
"""Whether a second person confirmed the statement that brought a line; no other is listed, or found."""


def list_lines(
    session: Session, *, actor: Actor, wanted: LineFilter = OPEN, limit: int = 100, offset: int = 0
) -> Sequence[StatementLine]:
    """Return lines, those that nobody has matched unless told otherwise, the oldest first."""
    statement = _filtered(select(StatementLine), actor, wanted).options(joinedload(StatementLine.account))
    return session.scalars(statement.order_by(StatementLine.id).limit(limit).offset(offset)).all()


def count_lines(session: Session, *, actor: Actor, wanted: LineFilter = OPEN) -> int:
    """Return how many lines ``list_lines`` would list without a limit."""
    return session.scalars(_filtered(select(func.count(StatementLine.id)), actor, wanted)).one()


def _filtered(statement: Select[*Columns], actor: Actor, wanted: LineFilter) -> Select[*Columns]:
    statement = statement.where(StatementLine.district_id == actor.district, COUNTS)
    if wanted.state:
        statement = statement.where(StatementLine.state == wanted.state)
    if wanted.first:
        statement = statement.where(StatementLine.received_on >= wanted.first)
    if wanted.last:
        statement = statement.where(StatementLine.received_on <= wanted.last)
    if wanted.words:
        matched = (
            select(LineMatch.line_id)
            .join(TopUp, TopUp.id == LineMatch.top_up_id)
            .where(LineMatch.taken_back_at.is_(None), TopUp.ref.contains(wanted.words, autoescape=True))
        )
        columns = (StatementLine.serial, StatementLine.payer_name, StatementLine.memo)
        found = [column.contains(wanted.words, autoescape=True) for column in columns]
        statement = statement.where(or_(*found, StatementLine.id.in_(matched)))
    return statement


def get_line(session: Session, *, actor: Actor, ref: str) -> StatementLine:
    """Return a line of the actor's district that counts. Raises NotFound."""
    line = _LINE.first(session, ref=ref, district_id=actor.district)
    if line is None:
        raise NotFound("statement_line_gone")
    return line


_LINE: Final = Whole(
    StatementLine,
    select(StatementLine).where(
        StatementLine.ref == bindparam("ref"), StatementLine.district_id == bindparam("district_id"), COUNTS
    ),
)


def find_match(session: Session, *, line: StatementLine) -> LineMatch | None:
    """Return the standing match of a line, its top-up loaded on demand, or None."""
    wanted = select(LineMatch).where(LineMatch.line_id == line.id, LineMatch.taken_back_at.is_(None))
    return session.scalars(wanted).first()


def matches_of(session: Session, line_ids: Collection[int]) -> dict[int, LineMatch]:
    """Return the standing matches of lines, their top-ups loaded, by line."""
    wanted = select(LineMatch).where(LineMatch.line_id.in_(line_ids), LineMatch.taken_back_at.is_(None))
    return {one.line_id: one for one in session.scalars(wanted.options(joinedload(LineMatch.top_up)))}


def list_arrived(session: Session, *, top_up: TopUp) -> Sequence[LineMatch]:
    """Return the standing matches of a top-up, their lines loaded, the oldest first."""
    wanted = select(LineMatch).where(LineMatch.top_up_id == top_up.id, LineMatch.taken_back_at.is_(None))
    return session.scalars(wanted.options(joinedload(LineMatch.line)).order_by(LineMatch.id)).all()


@dataclass(frozen=True, slots=True)
class LineStory:
    """What was done with a line: matches and settings aside, oldest first, and people's names by id."""

    matches: Sequence[LineMatch]
    asides: Sequence[LineAside]
    names: dict[int | None, str]


def story_of(session: Session, *, line: StatementLine) -> LineStory:
    """Return everything that was ever done with a line."""
    matches = session.scalars(
        select(LineMatch)
        .where(LineMatch.line_id == line.id)
        .options(joinedload(LineMatch.top_up))
        .order_by(LineMatch.id)
    ).all()
    asides = session.scalars(
        select(LineAside).where(LineAside.line_id == line.id).order_by(LineAside.id)
    ).all()
    people = {one for row in matches for one in (row.matched_by_id, row.taken_back_by_id)}
    people |= {one for row in asides for one in (row.by_id, row.back_by_id)}
    return LineStory(matches, asides, identity.names_of(session, people))


def list_twins(session: Session, *, line: StatementLine) -> Sequence[StatementLine]:
    """Return lines that may be the same money: of one day, sum and payer, or of one serial."""
    same_money = (
        (StatementLine.received_on == line.received_on)
        & (StatementLine.amount_fen == line.amount_fen)
        & (StatementLine.payer_name == line.payer_name)
    )
    wanted = select(StatementLine).where(
        StatementLine.district_id == line.district_id,
        StatementLine.id != line.id,
        COUNTS,
        or_(same_money, StatementLine.serial == line.serial),
    )
    return session.scalars(wanted.order_by(StatementLine.id).limit(10)).all()


def known_accounts(
    session: Session, *, actor: Actor, serials: Collection[str]
) -> dict[tuple[str, date, int], set[tuple[int | None, str]]]:
    """Return the district's lines with these serials, by serial, day and sum (fen).

    Of each the account, and the state of its statement; lines of a rejected one are as if they never came.
    """
    columns = (StatementLine.serial, StatementLine.received_on, StatementLine.amount_fen)
    wanted = select(*columns, StatementLine.account_id, StatementLine.statement_state).where(
        StatementLine.district_id == actor.district,
        StatementLine.serial.in_(serials),
        StatementLine.statement_state != "rejected",
    )
    found: dict[tuple[str, date, int], set[tuple[int | None, str]]] = {}
    for serial, day, amount_fen, account_id, state in session.execute(wanted):
        found.setdefault((serial, day, amount_fen), set()).add((account_id, state))
    return found


def count_alike(session: Session, *, actor: Actor, line_ids: Collection[int]) -> int:
    """Return how many of these lines have a serial that another line of the district has too."""
    other = aliased(StatementLine)
    wanted = select(func.count(StatementLine.id)).where(
        StatementLine.id.in_(line_ids),
        select(other.id)
        .where(
            other.district_id == actor.district,
            other.statement_state != "rejected",
            other.serial == StatementLine.serial,
            other.id != StatementLine.id,
        )
        .exists(),
    )
    return session.scalars(wanted).one()
