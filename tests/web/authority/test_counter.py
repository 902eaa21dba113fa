"""A clerk acts for a household that stands at the counter: on its pages, marked as such, and no longer."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from app.core import clock
from app.core.actor import Actor, Role
from app.core.audit import AuditRow
from app.core.errors import Forbidden, NotFound
from app.homes.models import Home
from app.identity.models import SignIn
from app.notices.models import Notice
from app.projects import visits
from app.projects.models import CounterVisit
from app.redemptions import service
from app.redemptions.errors import ActedAtCounter
from app.redemptions.models import Redemption, RedemptionMove
from tests.factories.identity import make_actor
from tests.factories.projects import make_id_number, make_person
from tests.factories.redemptions import contract, make_buyer
from tests.factories.vouchers import make_desk
from tests.web.linting import LintingClient
from tests.web.sending import form_of, send, text_of, token_of
from tests.web.town import Town, make_town, saved

Enter = Callable[[Actor], LintingClient]
HOLDER = make_id_number(1)


@pytest.fixture
def town(committed_app: Flask) -> Town:
    town = make_town(committed_app)
    with saved(committed_app) as session:
        make_person(session, officer=town.shop.desk.officer, household=town.buyer.household, id_number=HOLDER)
    return town


@pytest.fixture
def clerk(town: Town, enter: Enter) -> LintingClient:
    return enter(town.shop.desk.officer)


def address(town: Town) -> str:
    return f"/authority/households/{town.buyer.household.ref}/counter"


def begin(clerk: LintingClient, town: Town) -> None:
    answer = send(clerk, address(town), {"seen": "yes", "last_six": HOLDER[-6:]})
    assert answer.location == "/household/", text_of(answer)


def lock(clerk: LintingClient, home: Home) -> str:
    """Lock a home as the household would; return the address of the purchase."""
    quote = send(clerk, f"/household/homes/{home.ref}/quote")
    locked = send(clerk, quote.location)
    assert locked.status_code == 303, text_of(locked)
    return str(locked.location)


def test_the_households_own_pages_do_what_it_came_for(
    committed_app: Flask, town: Town, clerk: LintingClient
) -> None:
    begin(clerk, town)
    assert "窗口代办中" in clerk.get("/household/").get_data(as_text=True)
    purchase = lock(clerk, town.home)
    page = text_of(clerk.get(purchase))
    assert "被征收户（由窗口代办）" in page
    assert send(clerk, f"{purchase}/cancel").status_code == 303
    with saved(committed_app) as session:
        moves = session.scalars(select(RedemptionMove).order_by(RedemptionMove.id)).all()
        visit = session.scalars(select(CounterVisit)).one()
        assert [(move.action, move.user_id, move.visit_id) for move in moves] == [
            ("reserve", town.shop.desk.officer.user_id, visit.id),
            ("cancel", town.shop.desk.officer.user_id, visit.id),
        ]
        rows = session.scalars(select(AuditRow).where(AuditRow.action.startswith("redemption."))).all()
        assert {row.detail["visit_id"] for row in rows} == {visit.id}
        assert {row.user_id for row in rows} == {town.shop.desk.officer.user_id}
        assert session.scalars(select(Notice).where(Notice.kind == "lock_made")).one().household_id


def test_it_ends_by_the_button_with_a_form_to_sign(town: Town, clerk: LintingClient) -> None:
    begin(clerk, town)
    lock(clerk, town.home)
    token = token_of(clerk.get("/household/"))
    ended = clerk.post("/authority/counter/end", data={"csrf_token": token}, follow_redirects=True)
    page = text_of(ended)
    assert "窗口代办记录" in page
    assert "本人签字" in page
    assert "锁定房源" in page
    assert "打印这份记录，请本人签字" in page
    assert "窗口代办中" not in ended.get_data(as_text=True)
    assert clerk.get("/household/").status_code == 403
    assert clerk.get("/authority/").status_code == 200


def test_a_loss_reported_there_stands_on_the_form(town: Town, clerk: LintingClient) -> None:
    begin(clerk, town)
    lost = f"/household/vouchers/{town.buyer.vouchers[0].ref}/lost"
    assert send(clerk, lost, {"reason": "搬家时丢了", "understood": "yes"}).status_code == 303
    token = token_of(clerk.get("/household/"))
    ended = clerk.post("/authority/counter/end", data={"csrf_token": token}, follow_redirects=True)
    page = text_of(ended)
    for words in ("挂失", "搬家时丢了", "正在止付", town.buyer.vouchers[0].ref):
        assert words in page
    assert "这次只查询" not in page


def test_the_household_sees_that_it_was_done_at_the_counter(
    town: Town, clerk: LintingClient, enter: Enter
) -> None:
    begin(clerk, town)
    purchase = lock(clerk, town.home)
    assert "被征收户（由窗口代办）" in text_of(enter(town.buyer.actor).get(purchase))


@pytest.mark.parametrize(
    "typed", [{"last_six": HOLDER[-6:]}, {"seen": "yes"}, {"seen": "yes", "last_six": "000000"}]
)
def test_without_the_id_card_nothing_begins(town: Town, clerk: LintingClient, typed: dict[str, str]) -> None:
    answer = send(clerk, address(town), typed)
    assert answer.status_code == 422
    assert clerk.get("/household/").status_code == 403


def test_a_clerk_does_not_guess_id_numbers(town: Town, clerk: LintingClient) -> None:
    for _ in range(5):
        assert send(clerk, address(town), {"seen": "yes", "last_six": "000000"}).status_code == 422
    answer = send(clerk, address(town), {"seen": "yes", "last_six": HOLDER[-6:]})
    assert answer.status_code == 429
    assert clerk.get("/household/").status_code == 403


def test_it_ends_after_fifteen_minutes_without_a_page(
    committed_app: Flask, town: Town, clerk: LintingClient
) -> None:
    begin(clerk, town)
    quote = send(clerk, f"/household/homes/{town.home.ref}/quote").location
    _action, sent = form_of(clerk.get(quote))
    with saved(committed_app) as session:
        session.execute(update(CounterVisit).values(seen_at=clock.system_now() - timedelta(minutes=14)))
    assert clerk.get("/household/").status_code == 200
    with saved(committed_app) as session:
        assert clock.system_now() - session.scalars(select(CounterVisit.seen_at)).one() < timedelta(minutes=1)
        session.execute(update(CounterVisit).values(seen_at=clock.system_now() - timedelta(minutes=15)))
    late = clerk.post(quote, data=sent)
    assert late.status_code == 403
    assert "已经自动结束" in late.get_data(as_text=True)
    with saved(committed_app) as session:
        assert session.scalars(select(Redemption)).all() == []


def test_while_it_lasts_the_clerk_is_the_household_and_nothing_else(town: Town, clerk: LintingClient) -> None:
    begin(clerk, town)
    for page in ("/authority/", "/authority/vouchers/", address(town)):
        answer = clerk.get(page)
        assert answer.status_code == 403
        assert "结束代办" in answer.get_data(as_text=True)


def test_another_households_things_stay_out_of_reach(
    committed_app: Flask, town: Town, clerk: LintingClient
) -> None:
    with saved(committed_app) as session:
        other = make_buyer(session, town.shop.desk)
    begin(clerk, town)
    assert clerk.get(f"/household/vouchers/{other.vouchers[0].ref}").status_code == 404


def test_it_belongs_to_one_sign_in(town: Town, clerk: LintingClient, enter: Enter) -> None:
    begin(clerk, town)
    assert enter(town.shop.desk.officer).get("/household/").status_code == 403


def test_it_ends_with_the_next_one(committed_app: Flask, town: Town, clerk: LintingClient) -> None:
    begin(clerk, town)
    with saved(committed_app) as session:
        other = make_buyer(session, town.shop.desk)
        make_person(
            session, officer=town.shop.desk.officer, household=other.household, id_number=make_id_number(2)
        )
        sign_in_id = session.scalars(select(CounterVisit.sign_in_id)).one()
        visits.begin(
            session,
            actor=town.shop.desk.officer,
            sign_in_id=sign_in_id,
            household_ref=other.household.ref,
            last_six=make_id_number(2)[-6:],
        )
    assert clerk.get(f"/household/vouchers/{town.buyer.vouchers[0].ref}").status_code == 404
    assert clerk.get(f"/household/vouchers/{other.vouchers[0].ref}").status_code == 200


def test_a_clerk_who_was_removed_acts_for_nobody(
    committed_app: Flask, town: Town, clerk: LintingClient
) -> None:
    begin(clerk, town)
    with saved(committed_app) as session:
        session.execute(
            text("UPDATE memberships SET ended_at = now() WHERE user_id = :id"),
            {"id": town.shop.desk.officer.user_id},
        )
    assert clerk.get("/household/").status_code == 302


def test_another_district_and_other_roles_do_not_begin(committed_app: Flask, town: Town) -> None:
    with saved(committed_app) as session:
        elsewhere = make_desk(session)
        _refused(session, town, elsewhere.officer, NotFound)
        for role in (Role.CHECKER, Role.ADMINISTRATOR, Role.REGULATOR, Role.AUDITOR):
            somebody = make_actor(session, role=role, district=town.shop.desk.district)
            _refused(session, town, somebody, Forbidden)


def _refused(session: Session, town: Town, actor: Actor, refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        visits.begin(
            session,
            actor=actor,
            sign_in_id=session.scalars(select(SignIn.id)).first() or 0,
            household_ref=town.buyer.household.ref,
            last_six=HOLDER[-6:],
        )


def test_the_form_of_another_district_is_not_there(
    committed_app: Flask, town: Town, clerk: LintingClient, enter: Enter
) -> None:
    begin(clerk, town)
    with saved(committed_app) as session:
        stranger = make_desk(session).officer
        ref = session.scalars(select(CounterVisit.ref)).one()
    assert enter(stranger).get(f"/authority/counter/{ref}").status_code == 404


def test_whoever_acted_at_the_counter_verifies_nothing_of_it(
    committed_app: Flask, town: Town, clerk: LintingClient, enter: Enter
) -> None:
    """Neither as the officer who verifies first, nor as a checker, which the same person may become."""
    begin(clerk, town)
    lock(clerk, town.home)
    with saved(committed_app) as session:
        redemption = session.scalars(select(Redemption)).one()
        contract(session, town.shop, redemption)
        ref, desk = redemption.ref, town.shop.desk
    with pytest.raises(ActedAtCounter), saved(committed_app) as session:
        service.verify_first(session, actor=desk.officer, redemption_ref=ref)
    page = enter(desk.officer).get(f"/authority/redemptions/{ref}")
    assert "要由另一位同事核验" in text_of(page)
    assert f"/authority/redemptions/{ref}/verify" not in page.get_data(as_text=True)
    refused = send(enter(desk.officer), f"/authority/redemptions/{ref}/verify")
    assert refused.status_code == 403
    assert "这笔购房是您在窗口代办的" in text_of(refused)
    with saved(committed_app) as session:
        colleague = make_actor(session, role=Role.OFFICER, district=desk.district)
        service.verify_first(session, actor=colleague, redemption_ref=ref, explanation="身份证原件已核对")
    promoted = replace(desk.officer, role=Role.CHECKER)
    with pytest.raises(ActedAtCounter), saved(committed_app) as session:
        service.verify_second(session, actor=promoted, redemption_ref=ref)
    with saved(committed_app) as session:
        service.verify_second(session, actor=desk.checker, redemption_ref=ref)
