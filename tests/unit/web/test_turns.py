"""Every state of a purchase tells every party in a sentence what happens next and who has to act."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask_babel import Babel

from app.core.actor import WATCHERS, Role
from app.redemptions.models import Redemption
from app.redemptions.states import NEXT, State
from app.web.turns import DISPUTED, OWED, PROOF_WAITS, TURNS, UNPAID, UNPROVED, turn

NOW = datetime(2016, 5, 25, 1, tzinfo=UTC)
PARTIES = (Role.HOUSEHOLD, Role.DEVELOPER, Role.OFFICER, Role.CHECKER)
YOURS = "轮到您"


def redemption(state: State, **values: object) -> Redemption:
    kept = {
        "state": state.value,
        "locked_at": NOW,
        "deadline_at": datetime(2016, 6, 9, 16, tzinfo=UTC),
        "answered_at": None,
        "disputed_at": None,
        "top_up_fen": 0,
        "own_adjusted_fen": 0,
    }
    return Redemption(**kept | values)


def told(app: Flask, found: Redemption, role: Role | None, **values: Any) -> str:
    with app.test_request_context():
        sentences = turn(found, role=role, now=NOW, **values)
    assert all(one.endswith("。") for one in sentences), sentences
    return "".join(sentences)


@pytest.fixture(scope="module")
def app() -> Flask:
    """Nothing but what words need."""
    app = Flask(__name__)
    Babel(app, default_locale="zh_CN")
    return app


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("role", PARTIES)
def test_each_party_reads_what_comes_next_and_only_who_must_act_is_addressed(
    app: Flask, state: State, role: Role
) -> None:
    said = told(app, redemption(state), role)
    step = NEXT.get(state)
    # To lock is the household's part of the first step: it goes to sign.
    acts = {step.role} | ({Role.HOUSEHOLD} if state is State.LOCKED else set()) if step else set()
    assert (YOURS in said) == (role in acts), said
    if step and role not in acts:
        assert "轮到" in said, "who acts is named"
        assert "不用做什么" in said, "and that it is not the reader"
    if state is State.LOCKED:
        assert "最晚到 2016年6月9日（星期四）24:00，还剩 15 天。" in said


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("role", [*sorted(WATCHERS), None])
def test_who_only_watches_is_never_asked_to_act(app: Flask, state: State, role: Role | None) -> None:
    said = told(app, redemption(state), role)
    assert said
    assert "您" not in said


def test_every_table_knows_every_party() -> None:
    assert set(TURNS) == set(State)
    for table in (*TURNS.values(), UNPAID, OWED, UNPROVED, PROOF_WAITS, DISPUTED):
        assert set(table) == {*PARTIES, Role.AUDITOR}


@pytest.mark.parametrize("state", [State.CONTRACTED, State.REDEEMED])
@pytest.mark.parametrize("role", PARTIES)
def test_while_the_top_up_is_missing_the_household_acts(app: Flask, state: State, role: Role) -> None:
    said = told(app, redemption(state), role, missing_fen=1_234_550)
    assert "¥12,345.50" in said
    assert "全部办完了" not in said
    assert (YOURS in said) == (role is Role.HOUSEHOLD)


@pytest.mark.parametrize("state", [State.CONTRACTED, State.CHECKED])
@pytest.mark.parametrize("role", PARTIES)
def test_while_another_contract_claims_the_home_the_officer_acts(
    app: Flask, state: State, role: Role
) -> None:
    said = told(app, redemption(state, disputed_at=NOW), role, missing_fen=1)
    assert "线下合同" in said
    assert (YOURS in said) == (role is Role.OFFICER)


@pytest.mark.parametrize("role", [Role.HOUSEHOLD, Role.DEVELOPER])
def test_the_developers_answer_has_a_day_until_it_is_given(app: Flask, role: Role) -> None:
    assert "2016年5月30日（星期一）24:00" in told(app, redemption(State.LOCKED), role)
    assert "5月30日" not in told(app, redemption(State.LOCKED, answered_at=NOW), role)


@pytest.mark.parametrize("role", PARTIES)
def test_a_hold_past_its_deadline_is_over_before_anything_swept_it(app: Flask, role: Role) -> None:
    over = redemption(State.LOCKED, locked_at=NOW - timedelta(days=16), deadline_at=NOW)
    assert told(app, over, role) == told(app, redemption(State.EXPIRED), role)


def test_nothing_is_all_done_for_a_household_that_is_still_owed_a_bonus_in_cash(app: Flask) -> None:
    assert "全部办完了" in told(app, redemption(State.REDEEMED), Role.HOUSEHOLD)
    owed = told(app, redemption(State.REDEEMED), Role.HOUSEHOLD, cash_waits=True)
    assert "全部办完了" not in owed
    assert "现金奖励还没有付" in owed
    first = told(app, redemption(State.REDEEMED), Role.HOUSEHOLD, cash_waits=True, missing_fen=1)
    assert "轮到您" in first, "what the household has to do itself comes first"


def test_only_who_paid_something_itself_reads_that_it_goes_back(app: Flask) -> None:
    assert "您自己付的" not in told(app, redemption(State.REVERSED), Role.HOUSEHOLD)
    assert "您自己付的" in told(app, redemption(State.REVERSED, top_up_fen=1), Role.HOUSEHOLD)
    assert "您自己付的" not in told(
        app, redemption(State.REVERSED, top_up_fen=1, own_adjusted_fen=-1), Role.HOUSEHOLD
    )
