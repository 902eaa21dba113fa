"""Two entries of one dwelling: whichever is taken first has the address, and the other is set aside.

A home that is entered at a taken address is found when it is entered. These were entered before either was
taken, so they are looked for whenever one of them is, or is let go; the regulator says what they are.
"""

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy.orm import Session

from app.core import clock, locks
from app.core.errors import Conflict
from app.core.queue import enqueue
from app.homes import service as homes
from app.homes.models import Home
from app.redemptions import service as redemptions
from app.redemptions.models import Redemption
from app.sales import addresses, telling
from app.sales.address_models import AddressDoubt
from app.sales.service import steps
from app.sales.service.addresses import put_in_doubt


def look_for_twins(session: Session, /, **ids: int) -> None:
    """Handle a home that was locked, sold or let go: its twins are settled by a job. Ids: ``home_id``.

    Not at once: homes are locked before the vouchers and purchases that this transaction holds already.
    """
    enqueue(session, "sales.look_for_twins", home_ids=[ids["home_id"]])


def settle_if_twins(session: Session, *, home_ids: Collection[int]) -> None:
    """Have the twins settled of those of these homes that share their address with another, each by a job.

    A transaction of its own for each: who holds the homes of one address may not go on to those of another.
    """
    for home_id in addresses.with_namesakes(session, home_ids):
        enqueue(session, "sales.settle_twins", home_id=home_id)


def refuse_second_of_twins(session: Session, /, **ids: int) -> None:
    """Handle ``redemptions.verifying``: nobody verifies a purchase whose address another home had first.

    Of two twins that were locked at one moment both are on record by now, so at least the second sees the
    first, whether the job has come by or not. Ids: ``home_id``. Raises Conflict.
    """
    home_id = ids["home_id"]
    group = addresses.taken_at_address_of(session, home_id)
    if group == [home_id]:
        return
    ahead = addresses.ahead_of(addresses.turns_of(session, group), home_id)
    apart = addresses.told_apart(session, group) if ahead else set()
    if any(frozenset((home_id, one)) not in apart for one in ahead):
        raise Conflict("address_in_doubt")


def settle_twins(session: Session, *, home_id: int) -> None:
    """Set aside whoever has the address of a home that was taken before it, and give way where none was.

    A free home leaves the pool; the purchase of a held one is disputed; of a sold one the regulator is told.
    A held home that nothing is ahead of any more goes on. Run again it changes nothing.
    """
    group = addresses.twins_of(session, home_id)
    if len(group) < 2:  # a home alone has no twin
        return
    rows = {home.id: home for home in locks.lock_all(session, Home, group)}
    holders = redemptions.lock_holds(session, list(rows.values()))
    # Again, now that nobody can move or take them.
    places = addresses.places_of(session, rows)
    place = places[home_id]
    here = [one for one in rows if place.is_same_as(places[one])]
    turns = addresses.turns_of(session, here)
    ahead = {one: addresses.ahead_of(turns, one) for one in here}
    yielded = _end_yielded(session, ahead, turns)
    known = {(row.home_id, row.sold_home_id) for row in addresses.open_doubts(session, here)}
    apart = addresses.told_apart(session, here)
    pairs = [
        (one, other)
        for one in here
        for other in sorted(ahead[one])
        if (one, other) not in known and frozenset((one, other)) not in apart
    ]
    doubts = put_in_doubt(session, places, pairs) if pairs else []
    _set_aside(session, [rows[one] for one in sorted({one for one, _other in pairs})], holders)
    telling.tell_addresses(session, doubts, holders)
    for one in sorted(yielded):
        if steps.ease(session, rows[one], holders.get(one), restore=True):
            telling.tell_address_over(session, yielded[one], holders.get(one))


def _end_yielded(
    session: Session, ahead: Mapping[int, set[int]], turns: Mapping[int, addresses.Turn]
) -> dict[int, AddressDoubt]:
    """End the doubts of taken homes about others that are not ahead of them any more; one of each home."""
    ended = [
        row for row in addresses.open_doubts(session, turns) if row.sold_home_id not in ahead[row.home_id]
    ]
    for row in ended:
        row.state, row.ended_at = "yielded", clock.now()
    session.flush()
    return {row.home_id: row for row in ended}


def _set_aside(session: Session, found: Sequence[Home], holders: Mapping[int, Redemption]) -> None:
    for home in found:
        if home.status == "sold":
            continue
        if home.id in holders:
            redemptions.set_disputed(holders[home.id], disputed=True)
        homes.set_aside(session, home)
    session.flush()
