"""One replay from the empty database to the proof."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from app import create_app
from app.demo.households import PROJECTS
from tests.database import Cluster, disconnect, settings_for
from tests.replay import people, processors, steps
from tests.replay.browser import Figures
from tests.replay.ground import Clerk, morning, patient_session
from tests.replay.plan import diary, part_of_round, totals
from tests.replay.play import Player
from tests.replay.proof import Proof, prove
from tests.replay.served import METER, serve
from tests.replay.yardstick import Bare, measure


@dataclass(frozen=True)
class Outcome:
    """What a replay showed: the proof, what the browsers saw, and how long the ground and the round took."""

    proof: Proof
    figures: Figures
    ground_seconds: float
    seconds: float
    behind_seconds: float
    """How long the worker still had messages and the like to do when the last person was done."""
    processors: Mapping[str, float]
    """Seconds of processor time that each side of the round took."""
    web: Mapping[str, tuple[int, float]]
    """Requests and the web's processor seconds by route."""
    bare: Sequence[Bare] = ()
    """What the machine is worth, before the round and after it."""


def replay(
    cluster: Cluster,
    *,
    share: float,
    say: Callable[[str], None],
    pages: bool = False,
    measured: float | None = None,
) -> Outcome:
    """Replay a share of the round's vouchers on a database of its own, which is dropped in the end.

    ``pages``: with all pages that people look at around a step, and a sign-in each day. ``measured``: for how
    many seconds the machine is measured before the round and after it; not at all by itself.
    """
    bare = [measure(cluster, seconds=measured)] if measured else []
    name = cluster.new_name()
    app = create_app(settings_for(cluster.clone(name)))
    try:
        with patient_session(app) as session:
            began = time.monotonic()
            part = part_of_round(share)
            clerk = Clerk(session, part)
            ground = clerk.lay_ground()
            book = diary(part, ground.stock)
            expected = totals(part, book.bought)
            say(f"the ground: {len(part.seats)} households, {len(ground.stock.refs)} homes on offer")
            with serve(app) as served:
                served.start_clock(morning(book.days[0]))
                served.wait_for_jobs()
                _count_tables(cluster, name)
                say(f"the round: {expected.vouchers} vouchers, {expected.homes} homes, {len(book.days)} days")
                ground_seconds = time.monotonic() - began
                player = Player(
                    served,
                    ground,
                    clerk,
                    book,
                    [name for name, _ in PROJECTS],
                    manner=people if pages else steps,
                    daily=pages,
                )
                before = processors.read(served.roots)
                player.play(say)
                seconds = time.monotonic() - began - ground_seconds
                served.wait_for_jobs()
                behind = time.monotonic() - began - ground_seconds - seconds
                spent = processors.since(before, processors.read(served.roots))
                proof = prove(session, served, expected=expected, bought=book.bought, stock=ground.stock)
        web = processors.by_route(METER)
        if measured:
            bare.append(measure(cluster, seconds=measured))
        return Outcome(proof, player.figures, ground_seconds, seconds, behind, spent, web, bare)
    finally:
        disconnect(app)
        cluster.drop(name)


def _count_tables(cluster: Cluster, name: str) -> None:
    """Have the tables counted that were filled a moment ago.

    A server does so within a minute, and until then may keep plans that read them whole. Those that are
    empty, or nearly, are left alone: a table that is known to be small is read whole by every plan made then,
    however it grows; one that was never counted is taken to fill ten pages.
    """
    with cluster.server.connect(name) as connection:
        filled = connection.execute(
            "SELECT format('ANALYZE %s', relid::regclass) FROM pg_stat_user_tables "
            "WHERE n_mod_since_analyze > 0 AND pg_relation_size(relid) > 10 * 8192"
        ).fetchall()
        for (command,) in filled:
            connection.execute(command)
