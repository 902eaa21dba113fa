"""Who is told when a price signal is opened."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy.orm import Session

from app.cases.evidence import ContractEvidence, Evidence
from app.cases.models import Signal, SignalMove
from app.core import clock
from app.homes.rules import home_name
from app.identity.queries import organisations_of
from app.notices.service import Recipient, tell

_TOLD_ONE_BY_ONE: Final = 5
"""More signals than these from one act are one message, not a flood."""


def tell_opened(session: Session, signal: Signal, found: Evidence | ContractEvidence) -> None:
    """Tell the district's regulators and the developer. Called in the transaction that opened the signal."""
    home = f"{found.home.development} {home_name(found.home.building, found.home.unit, found.home.room)}"
    event = f"signal.open:{signal.id}"
    for organisation_id in organisations_of(session, district_id=signal.district_id, kind="regulator"):
        tell(
            session,
            kind="signal_opened",
            to=Recipient(district_id=signal.district_id, organisation_id=organisation_id),
            event=event,
            about_ref=signal.ref,
            signal=signal.ref,
            home=home,
            developer=found.developer,
        )
    of_contract = isinstance(found, ContractEvidence)
    tell(
        session,
        kind="developer_contract_signal" if of_contract else "developer_signal_opened",
        to=Recipient(district_id=signal.district_id, organisation_id=signal.developer_id),
        event=event,
        about_ref=signal.ref,
        signal=signal.ref,
        home=home,
    )


def tell_many(session: Session, opened: Sequence[tuple[Signal, Evidence]]) -> None:
    """Tell the same about signals that one act opened: of more than a few in one message a side.

    All are of one developer, as one act changes the prices of one.
    """
    if len(opened) <= _TOLD_ONE_BY_ONE:
        for signal, found in opened:
            tell_opened(session, signal, found)
        return
    for district_id in sorted({signal.district_id for signal, _found in opened}):
        mine = [(signal, found) for signal, found in opened if signal.district_id == district_id]
        _tell_batch(session, *mine[0], count=len(mine))


def _tell_batch(session: Session, first: Signal, found: Evidence, *, count: int) -> None:
    told = {
        "event": f"signals.open:{first.id}",
        "about_ref": first.ref,
        "signal": first.ref,
        "count": str(count),
        "development": found.home.development,
    }
    for organisation_id in organisations_of(session, district_id=first.district_id, kind="regulator"):
        to = Recipient(district_id=first.district_id, organisation_id=organisation_id)
        tell(session, kind="signals_opened", to=to, developer=found.developer, **told)
    owner = Recipient(district_id=first.district_id, organisation_id=first.developer_id)
    tell(session, kind="developer_signals_opened", to=owner, **told)


def tell_assigned(session: Session, first: Signal, move: SignalMove, *, count: int) -> None:
    """Tell a colleague that signals are theirs now: the first by name, and how many."""
    tell(
        session,
        kind="signals_assigned",
        to=Recipient(user_id=move.assignee_id),
        event=f"signals.assign:{move.id}",
        about_ref=first.ref,
        signal=first.ref,
        count=str(count),
    )


def tell_asked(session: Session, signal: Signal, move: SignalMove) -> None:
    """Tell the company what it is asked, and by when."""
    tell(
        session,
        kind="developer_signal_asked",
        to=Recipient(district_id=signal.district_id, organisation_id=signal.developer_id),
        event=f"signal.ask:{move.id}",
        about_ref=signal.ref,
        signal=signal.ref,
        deadline=clock.end_of_day(move.until) if move.until else None,
    )


def tell_answered(session: Session, signal: Signal, move: SignalMove) -> None:
    """Tell the district's regulators that the company has answered."""
    for organisation_id in organisations_of(session, district_id=signal.district_id, kind="regulator"):
        tell(
            session,
            kind="signal_answered",
            to=Recipient(district_id=signal.district_id, organisation_id=organisation_id),
            event=f"signal.answer:{move.id}",
            about_ref=signal.ref,
            signal=signal.ref,
        )
