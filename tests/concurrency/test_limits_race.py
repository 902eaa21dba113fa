"""A household saves two searches at once where one more is allowed: the second one is refused."""

import pytest
from sqlalchemy import Engine, func, select, text
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.locks import LockPolicy
from app.following import service
from app.following.models import SavedSearch
from app.following.rules import MOST_SEARCHES, Telling
from app.search.request import SearchRequest
from tests.concurrency.race import Act, NoLocks, race
from tests.factories.redemptions import make_buyer
from tests.factories.vouchers import make_desk


def saving(actor: Actor, rooms: int) -> Act:
    request = SearchRequest(rooms=(rooms,))

    def act(session: Session) -> None:
        service.save_search(session, actor=actor, request=request, name="一个", telling=Telling.NEVER)

    return act


@pytest.mark.parametrize(
    ("policy", "outcomes"),
    [
        pytest.param(None, ["done", "searches_full"], id="locks"),
        pytest.param(NoLocks(), ["done", "done"], id="none: the race"),
    ],
)
def test_two_at_once_do_not_save_one_too_many_but_without_locks_they_do(
    engine: Engine, setting: Session, policy: LockPolicy | None, outcomes: list[str]
) -> None:
    who = make_buyer(setting, make_desk(setting)).actor
    setting.execute(
        text(
            "INSERT INTO saved_searches (district_id, household_id, ref, name, query, telling, saved_at)"
            " SELECT :district, :household, 'SS-' || n, 'n', 'q=' || n, 'never', now()"
            " FROM generate_series(2, :most) AS n"
        ),
        {"district": who.district, "household": who.household, "most": MOST_SEARCHES},
    )
    setting.commit()
    acts = [saving(who, 2), saving(who, 3)]
    found = race(engine, acts, policy=policy, meet_at="INSERT INTO saved_searches ")
    assert sorted(map(str, found)) == outcomes
    count = setting.scalars(select(func.count(SavedSearch.id))).one()
    assert count == MOST_SEARCHES + outcomes.count("done") - 1
