"""A household's lost second factor: an officer who has seen the ID card takes it off, and says why."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from app.core.actor import Actor, Role
from app.identity.models import Membership, SecondFactor
from app.notices.models import Notice
from tests.factories.identity import make_actor
from tests.factories.vouchers import make_desk
from tests.web.linting import LintingClient
from tests.web.sending import send, text_of
from tests.web.town import Town, make_town, saved

Enter = Callable[[Actor], LintingClient]
TYPED = {"seen": "yes", "reason": "手机丢了，恢复码也找不到了。"}


@pytest.fixture
def town(committed_app: Flask) -> Town:
    """A household whose person has a second factor."""
    town = make_town(committed_app)
    with saved(committed_app) as session:
        session.execute(
            text(
                "INSERT INTO second_factors (user_id, secret, started_at, confirmed_at, last_step)"
                " VALUES (:id, 'x', now(), now(), 1)"
            ),
            {"id": town.buyer.actor.user_id},
        )
    return town


def address(app: Flask, who: Actor) -> str:
    with saved(app) as session:
        ref = session.scalars(select(Membership.ref).where(Membership.user_id == who.user_id)).one()
        return f"/authority/people/{ref}/second-factor"


def factors_left(app: Flask) -> int:
    with saved(app) as session:
        return len(session.scalars(select(SecondFactor)).all())


def test_an_officer_takes_it_off_and_prints_the_form(committed_app: Flask, town: Town, enter: Enter) -> None:
    holder, clerk = enter(town.buyer.actor), enter(town.shop.desk.officer)
    page = f"/authority/households/{town.buyer.household.ref}"
    assert address(committed_app, town.buyer.actor) in clerk.get(page).get_data(as_text=True)
    done = send(clerk, address(committed_app, town.buyer.actor), TYPED)
    assert done.status_code == 303, text_of(done)
    form = text_of(clerk.get(done.location))
    assert TYPED["reason"] in form
    assert "本人签字" in form
    assert done.location in clerk.get(page).get_data(as_text=True)
    assert factors_left(committed_app) == 0
    assert holder.get("/account/").status_code == 302
    with saved(committed_app) as session:
        told = session.scalars(select(Notice).where(Notice.kind.in_(("factor_cleared", "factor_off")))).all()
        assert {(one.kind, one.household_id, one.user_id) for one in told} == {
            ("factor_cleared", town.buyer.household.id, None),
            ("factor_off", None, town.buyer.actor.user_id),
        }


@pytest.mark.parametrize("missing", ["seen", "reason"])
def test_without_card_or_reason_it_stays(
    committed_app: Flask, town: Town, enter: Enter, missing: str
) -> None:
    typed = {name: value for name, value in TYPED.items() if name != missing}
    refused = send(
        enter(town.shop.desk.officer), address(committed_app, town.buyer.actor), {**typed, missing: ""}
    )
    assert refused.status_code == 422
    assert factors_left(committed_app) == 1


def test_nobody_else_does_and_no_staff_are_helped_so(committed_app: Flask, town: Town, enter: Enter) -> None:
    with saved(committed_app) as session:
        elsewhere = make_desk(session).officer
        administrator = make_actor(session, role=Role.ADMINISTRATOR, district=town.shop.desk.district)
    page, colleague = (address(committed_app, who) for who in (town.buyer.actor, town.shop.desk.checker))
    assert enter(elsewhere).get(page).status_code == 404
    assert enter(administrator).get(page).status_code == 403
    assert enter(town.shop.desk.officer).get(colleague).status_code == 404
    assert factors_left(committed_app) == 1


def test_the_form_is_never_changed_and_not_another_districts(
    committed_app: Flask, town: Town, enter: Enter
) -> None:
    done = send(enter(town.shop.desk.officer), address(committed_app, town.buyer.actor), TYPED)
    with saved(committed_app) as session:
        elsewhere = make_desk(session).officer
    assert enter(elsewhere).get(done.location).status_code == 404
    for statement in ("UPDATE factor_clearings SET reason = 'x'", "DELETE FROM factor_clearings"):
        with pytest.raises(DBAPIError), saved(committed_app) as session:
            session.execute(text(statement))
    copied = (
        "INSERT INTO factor_clearings"
        " (district_id, ref, household_id, user_id, cleared_by_id, reason, cleared_at)"
        " SELECT district_id, 'x', household_id, user_id, user_id, reason, cleared_at FROM factor_clearings"
    )
    with pytest.raises(DBAPIError, match="second_person"), saved(committed_app) as session:
        session.execute(text(copied))
