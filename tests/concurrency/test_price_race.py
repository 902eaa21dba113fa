"""Changes of one home's prices at the same moment: it never stands listed above its cash price.

Each pair of changes is harmless alone and breaks the rule together. Both writers meet after all they read and
before either commits; with the locks on one of them cannot get that far, and the other goes on alone.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.locks import LockPolicy
from app.homes import queries, rules, service
from app.homes.models import Home
from tests.concurrency.race import NoLocks, Outcome, race
from tests.factories.homes import make_listed_home

Begin = Callable[[], AbstractContextManager[Session]]
Act = Callable[[Session, Actor, Home], object]


TRIGGERS = {"price_versions_pool_rule", "pool_listings_pool_rule"}


def lower_cash(session: Session, developer: Actor, home: Home) -> object:
    return service.set_price(
        session, actor=developer, home_id=home.id, kind="cash", amount_fen=50_000_000, reason="降价"
    )


def raise_voucher(session: Session, developer: Actor, home: Home) -> object:
    return service.set_price(
        session, actor=developer, home_id=home.id, kind="voucher", amount_fen=55_000_000, reason="涨价"
    )


def publish(session: Session, developer: Actor, home: Home) -> object:
    return service.publish(session, actor=developer, home_id=home.id)


def run(
    engine: Engine, developer: Actor, home: Home, acts: tuple[Act, Act], policy: LockPolicy | None = None
) -> list[str]:
    """Do both acts at once, each in its own transaction; return how they ended, in the order of ``acts``."""
    asked = [lambda session, act=act: act(session, developer, home) for act in acts]
    # Every act touches its home last, when it has read all that it judges by.
    outcomes = race(engine, asked, policy=policy, meet_at="UPDATE homes ")
    return [name_of(outcome) for outcome in outcomes]


def name_of(outcome: Outcome) -> str:
    """Return what a trigger is called that refused, or how it ended otherwise."""
    if isinstance(outcome, IntegrityError):
        return str(outcome.orig.diag.constraint_name)  # type: ignore[union-attr]  # the driver's own
    return str(outcome)


def stands_listed_against_the_rule(begin: Begin, home: Home) -> bool:
    with begin() as session:
        amounts = queries.current_prices(session, [home.id])[home.id].amounts
        listing = queries.find_listing(session, district_id=home.development.district_id, home_id=home.id)
        is_listed = listing is not None and listing.state == "listed"
        return is_listed and rules.find_breach(amounts) is not None


def listed_below(begin: Begin) -> tuple[Actor, Home]:
    """A listed home whose voucher price could still be raised."""
    with begin() as session:
        return make_listed_home(session, voucher_fen=50_000_000)


def withdrawn(begin: Begin) -> tuple[Actor, Home]:
    """A home that could be listed again, at a voucher price above the cash price to come."""
    with begin() as session:
        developer, home = make_listed_home(session, voucher_fen=55_000_000)
        service.withdraw(session, actor=developer, home_id=home.id)
        return developer, home


PAIRS = pytest.mark.parametrize(
    ("prepare", "first", "refusal"),
    [(listed_below, raise_voucher, "voucher_above_cash"), (withdrawn, publish, "voucher_above_cash")],
)


@PAIRS
def test_one_of_two_changes_at_once_sees_the_other(
    engine: Engine,
    transaction: Begin,
    prepare: Callable[[Begin], tuple[Actor, Home]],
    first: Act,
    refusal: str,
) -> None:
    for acts in ((first, lower_cash), (lower_cash, first)):
        developer, home = prepare(transaction)
        ended = dict(zip(acts, run(engine, developer, home, acts), strict=True))
        assert not stands_listed_against_the_rule(transaction, home)
        assert ended[lower_cash] == "done", "lowering is accepted, whoever comes first"
        assert ended[first] in {"done", refusal}


@PAIRS
def test_without_the_locks_the_database_itself_lets_one_through(
    engine: Engine,
    transaction: Begin,
    prepare: Callable[[Begin], tuple[Actor, Home]],
    first: Act,
    refusal: str,
) -> None:
    developer, home = prepare(transaction)
    ended = run(engine, developer, home, (first, lower_cash), NoLocks())
    assert ended.count("done") == 1
    assert set(ended) - {"done"} < TRIGGERS
    assert not stands_listed_against_the_rule(transaction, home)


@PAIRS
def test_without_locks_and_triggers_both_go_through_and_the_rule_is_broken(
    engine: Engine,
    transaction: Begin,
    as_owner: Callable[[str], None],
    prepare: Callable[[Begin], tuple[Actor, Home]],
    first: Act,
    refusal: str,
) -> None:
    for table in ("price_versions", "pool_listings"):
        as_owner(f"DROP TRIGGER {table}_pool_rule ON {table}")
    developer, home = prepare(transaction)
    assert run(engine, developer, home, (first, lower_cash), NoLocks()) == ["done", "done"]
    assert stands_listed_against_the_rule(transaction, home)
