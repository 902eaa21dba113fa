"""Two sales people type the contract of one home at once: one draft stands."""

from collections.abc import Callable

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from app.core.actor import Actor, Role
from app.core.locks import LockPolicy
from app.identity.models import Organisation
from app.redemptions import service
from app.redemptions.contract_models import ContractEntry
from app.redemptions.models import Redemption
from tests.concurrency.race import Act, NoLocks, race
from tests.factories.contracts import typed
from tests.factories.identity import make_actor
from tests.factories.redemptions import make_buyer, make_home, make_redemption, make_shop


def typing(actor: Actor, redemption: Redemption, number: str) -> Act:
    ref, paper = redemption.ref, typed(redemption, number=number)
    return lambda session: service.prepare_contract(session, actor=actor, redemption_ref=ref, typed=paper)


@pytest.mark.parametrize(
    ("policy", "drop_index"),
    [
        pytest.param(None, False, id="locks and index"),
        pytest.param(None, True, id="locks alone"),
        pytest.param(NoLocks(), False, id="index alone"),
        pytest.param(NoLocks(), True, id="neither: the race"),
    ],
)
def test_two_who_type_at_once_leave_one_draft_but_without_lock_and_index_two(
    engine: Engine,
    setting: Session,
    as_owner: Callable[[str], None],
    policy: LockPolicy | None,
    drop_index: bool,
) -> None:
    shop = make_shop(setting)
    redemption = make_redemption(setting, make_buyer(setting, shop.desk), make_home(setting, shop))
    colleague = make_actor(
        setting, role=Role.DEVELOPER, organisation=setting.get_one(Organisation, shop.developer.organisation)
    )
    setting.commit()
    if drop_index:
        as_owner("DROP INDEX uq_contract_entries_draft")
    acts = [typing(shop.developer, redemption, "网签-甲"), typing(colleague, redemption, "网签-乙")]
    outcomes = race(engine, acts, policy=policy, meet_at="INSERT INTO contract_entries ")
    raced = policy is not None and drop_index
    drafts = setting.scalars(select(ContractEntry.number).where(ContractEntry.state == "draft")).all()
    assert len(drafts) == (2 if raced else 1), outcomes
    if policy is None:
        assert outcomes == ["done", "done"]
        assert send_both(engine, setting, shop.developer, redemption) == ["contract_draft_gone", "done"]


def send_both(engine: Engine, setting: Session, actor: Actor, redemption: Redemption) -> list[str]:
    """Return what comes of sending, at once, the draft that each of the two looked at."""
    refs = setting.scalars(select(ContractEntry.ref)).all()
    acts: list[Act] = [
        lambda session, entry_ref=ref: service.send_contract(  # type: ignore[misc]  # one each
            session, actor=actor, redemption_ref=redemption.ref, entry_ref=entry_ref
        )
        for ref in refs
    ]
    return sorted(map(str, race(engine, acts)))
