"""Two entries of one dwelling are locked by two households at once: one purchase is verified, never both."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.redemptions import service as buying
from app.redemptions.events import verifying
from app.redemptions.models import Redemption
from app.sales import service as sales
from tests.concurrency.race import PURCHASE, Act, race
from tests.factories.redemptions import contract, make_buyer, make_home, make_quote, make_shop


@pytest.fixture
def unguarded() -> Iterator[None]:
    """Nobody is asked before a purchase is verified, as it was before twins were looked for."""
    asked, verifying.subscribers = verifying.subscribers, []
    yield
    verifying.subscribers = asked


def reserving(ref: str, actor: Actor) -> Act:
    return lambda session: buying.reserve(session, actor=actor, quote_ref=ref)


def verify_both_at_once(engine: Engine, setting: Session) -> list[str]:
    """Return what becomes of twins that are locked, contracted and verified side by side."""
    shop = make_shop(setting)
    home, twin = make_home(setting, shop), make_home(setting, shop)
    twin.unit, twin.room, twin.storey = f"0{home.unit}", home.room, home.storey
    setting.commit()
    buyers = [make_buyer(setting, shop.desk) for _ in range(2)]
    quotes = [make_quote(setting, who, one).ref for who, one in zip(buyers, (home, twin), strict=True)]
    locking = [reserving(ref, who.actor) for ref, who in zip(quotes, buyers, strict=True)]
    assert race(engine, locking, meet_at=PURCHASE) == ["done", "done"]
    refs = [contract(setting, shop, one).ref for one in setting.scalars(select(Redemption))]
    officer = shop.desk.officer
    acts: list[Act] = [
        lambda session, ref=ref: buying.verify_first(session, actor=officer, redemption_ref=ref)  # type: ignore[misc]  # one each
        for ref in refs
    ]
    verified = race(engine, acts)
    race(engine, [lambda session: sales.settle_twins(session, home_id=home.id)] * 2)
    return sorted(map(str, verified))


def test_of_twins_locked_at_one_moment_one_is_verified(engine: Engine, setting: Session) -> None:
    assert verify_both_at_once(engine, setting) == ["address_in_doubt", "done"]
    setting.expire_all()
    found = {one.state: one.disputed_at for one in setting.scalars(select(Redemption))}
    assert (found["checked"], found["contracted"] is None) == (None, False)


@pytest.mark.usefixtures("unguarded")
def test_without_the_guard_both_are_verified(engine: Engine, setting: Session) -> None:
    assert verify_both_at_once(engine, setting) == ["done", "done"]
