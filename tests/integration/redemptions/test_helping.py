"""A helper looks, prepares and acts for a household, as far as the grant goes and no longer."""

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.core import audit, clock
from app.core.actor import Actor, HelpLevel, Role
from app.core.audit import AuditRow
from app.core.clock import FixedClock
from app.core.errors import Conflict, DomainError, Forbidden, NotFound
from app.identity import phones
from app.identity.credentials import PhoneCode
from app.identity.models import Membership, User
from app.notices.models import Notice
from app.notices.queries import list_inbox
from app.projects import helping, helping_acts, helping_queries
from app.projects.helping_models import HelperAct
from app.redemptions import helped, service
from app.redemptions.helped import Deed
from app.redemptions.models import KinConsent, Redemption, RedemptionMove
from tests.factories.helping import HOLDER_PHONE, PHONE, Helper, invite, make_helper
from tests.factories.identity import make_actor, make_district
from tests.factories.projects import make_person
from tests.factories.redemptions import Buyer, Shop, make_buyer, make_home, make_quote, make_shop


@pytest.fixture
def shop(session: Session) -> Shop:
    audit.initialise(session)
    return make_shop(session)


@pytest.fixture
def buyer(session: Session, shop: Shop) -> Buyer:
    found = make_buyer(session, shop.desk)
    make_person(session, officer=shop.desk.officer, household=found.household, phone=HOLDER_PHONE)
    session.commit()
    return found


@pytest.fixture
def helper(session: Session, buyer: Buyer) -> Helper:
    return make_helper(session, buyer.actor)


def code_of(session: Session) -> str:
    """Return the newest code for an act, as the holder's telephone shows it."""
    newest = select(PhoneCode).where(PhoneCode.purpose == "act").order_by(PhoneCode.id.desc()).limit(1)
    return phones.text_of(session.scalars(newest).one()).split("验证码是 ")[1][:6]


def ask(session: Session, helper: Helper, buyer: Buyer, shop: Shop) -> tuple[HelperAct, str]:
    quote = make_quote(session, buyer, make_home(session, shop))
    asked = helped.ask(session, actor=helper.acting, deed=Deed.RESERVE, ref=quote.ref)
    session.commit()
    return asked


def test_an_act_is_the_households_own_step_and_names_who_did_it(
    session: Session, shop: Shop, buyer: Buyer, helper: Helper
) -> None:
    act, token = ask(session, helper, buyer, shop)
    sent = phones.text_of(session.scalars(select(PhoneCode).order_by(PhoneCode.id.desc()).limit(1)).one())
    for words in ("李小红", "锁定", act.place, "462,000 元", "10 分钟"):
        assert words in sent
    ref = helped.carry_out(session, actor=helper.acting, act_ref=act.ref, token=token, code=code_of(session))
    session.commit()
    redemption = session.scalars(select(Redemption).where(Redemption.ref == ref)).one()
    move = session.scalars(select(RedemptionMove).where(RedemptionMove.redemption_id == redemption.id)).one()
    assert (move.user_id, move.helper_act_id) == (helper.own.user_id, act.id)
    row = session.scalars(select(AuditRow).where(AuditRow.action == "redemption.reserve")).one()
    assert (row.user_id, row.detail["grant_id"], row.detail["helper_act_id"]) == (
        helper.own.user_id,
        helper.grant.id,
        act.id,
    )
    told = session.scalars(select(Notice).where(Notice.kind == "helper_acted")).one()
    assert told.household_id == buyer.household.id
    log = helping_queries.list_log(session, grant=helper.grant)
    assert [entry.what for entry in log] == ["reserve", "ask_reserve", "accept"]
    assert log[0].sum_fen == redemption.price_fen


def test_a_basket_is_locked_once_by_the_code_for_its_own_quote_and_no_other(
    session: Session, shop: Shop, buyer: Buyer, helper: Helper
) -> None:
    refs = [make_home(session, shop).ref for _ in range(2)]
    quoted = [
        service.quote_basket(session, actor=helper.acting, home_refs=order, parts=buyer.parts())
        for order in (refs, refs[::-1])
    ]
    asked = []
    for one in quoted:
        act, token = helped.ask(session, actor=helper.acting, deed=Deed.RESERVE_BASKET, ref=one.ref)
        asked.append((act, token, code_of(session)))
        session.commit()
    (first, first_token, first_code), (second, second_token, _second_code) = asked
    assert "一起锁定 2 套房" in first.words
    assert "合计 924,000 元" in first.words
    for act, token in ((second, second_token), (second, first_token)):
        with pytest.raises(DomainError, match="phone_code_wrong"):
            helped.carry_out(session, actor=helper.acting, act_ref=act.ref, token=token, code=first_code)
        session.rollback()
    done = helped.carry_out(
        session, actor=helper.acting, act_ref=first.ref, token=first_token, code=first_code
    )
    session.commit()
    assert done == quoted[0].ref
    moves = session.scalars(select(RedemptionMove)).all()
    assert [(move.user_id, move.helper_act_id) for move in moves] == [(helper.own.user_id, first.id)] * 2
    log = helping_queries.list_log(session, grant=helper.grant)
    assert [entry.what for entry in log] == [
        "reserve_basket",
        *["ask_reserve_basket"] * 2,
        *["quote_basket"] * 2,
        "accept",
    ]
    assert len(session.scalars(select(Notice).where(Notice.kind == "helper_acted")).all()) == 1


def test_kin_are_answered_with_the_holders_code_and_by_nobody_of_the_other_side(
    session: Session, shop: Shop, buyer: Buyer, helper: Helper
) -> None:
    other = make_buyer(session, shop.desk)
    make_person(session, officer=shop.desk.officer, household=other.household, phone="13800009999")

    def ask_kin(actor: Actor) -> KinConsent:
        consent = service.ask_kin(
            session,
            actor=actor,
            home_ref=make_home(session, shop).ref,
            voucher_ref=buyer.vouchers[0].ref,
            relation="child",
            most_fen=1_000_000,
        )
        session.commit()
        return consent

    wanted = ask_kin(other.actor)
    for bind in (
        lambda: service.give_consent(
            session, actor=helper.acting, consent_ref=wanted.ref, seen_fen=wanted.most_fen
        ),
        lambda: service.end_consent(session, actor=helper.acting, consent_ref=wanted.ref),
    ):
        with pytest.raises(Forbidden, match="helper_needs_code"):
            bind()
        session.rollback()
    act, token = helped.ask(session, actor=helper.acting, deed=Deed.GIVE_CONSENT, ref=wanted.ref)
    assert "最多出 10,000 元" in act.words
    session.commit()
    assert wanted.state == "asked"
    helped.carry_out(session, actor=helper.acting, act_ref=act.ref, token=token, code=code_of(session))
    session.commit()
    assert (wanted.state, wanted.given_by_id) == ("given", helper.own.user_id)

    theirs = helping.invite(
        session,
        actor=other.actor,
        name="李小红",
        phone=PHONE,
        relation="child",
        level=HelpLevel.ACT,
        months=3,
    )
    both = helping.acting(helper.own, helping.accept(session, actor=helper.own, grant_ref=theirs.ref))
    for asker in (both, other.actor):  # who helps both households, whoever asked
        again = ask_kin(asker)
        with pytest.raises(Forbidden, match="consent_same_clerk"):
            helped.ask(session, actor=helper.acting, deed=Deed.GIVE_CONSENT, ref=again.ref)
    with pytest.raises(Forbidden, match="consent_not_yours"):
        helped.ask(session, actor=both, deed=Deed.GIVE_CONSENT, ref=again.ref)
    taken_back = service.end_consent(session, actor=both, consent_ref=again.ref)
    assert taken_back.state == "withdrawn"
    told = session.scalars(select(Notice.kind).where(Notice.kind == "helper_asked_kin")).all()
    assert len(told) == 1


def test_without_the_code_no_service_binds_the_household(
    session: Session, shop: Shop, buyer: Buyer, helper: Helper
) -> None:
    quote = make_quote(session, buyer, make_home(session, shop))
    with pytest.raises(Forbidden, match="helper_needs_code"):
        service.reserve(session, actor=helper.acting, quote_ref=quote.ref)
    session.rollback()


def test_a_code_is_good_once_and_for_its_own_act(
    session: Session, shop: Shop, buyer: Buyer, helper: Helper
) -> None:
    first, first_token = ask(session, helper, buyer, shop)
    first_code = code_of(session)
    second, second_token = ask(session, helper, buyer, shop)
    second_code = code_of(session)

    def carry_out(act: HelperAct, token: str, code: str) -> None:
        with session.begin_nested():
            helped.carry_out(session, actor=helper.acting, act_ref=act.ref, token=token, code=code)
        session.commit()

    for token, code in ((second_token, second_code), (first_token, second_code), (second_token, first_code)):
        with pytest.raises(DomainError, match="phone_code_wrong"):
            carry_out(first, token, code)
    carry_out(first, first_token, first_code)
    with pytest.raises(DomainError, match="phone_code_wrong"):
        carry_out(first, first_token, first_code)
    session.execute(update(PhoneCode).values(ends_at=clock.system_now() - timedelta(seconds=1)))
    with pytest.raises(DomainError, match="phone_code_wrong"):
        carry_out(second, second_token, second_code)


def test_it_lasts_ten_minutes(session: Session, shop: Shop, buyer: Buyer, helper: Helper) -> None:
    ask(session, helper, buyer, shop)
    row = session.scalars(select(PhoneCode).order_by(PhoneCode.id.desc()).limit(1)).one()
    assert row.ends_at - row.made_at == timedelta(minutes=10)


@pytest.mark.parametrize(
    ("level", "may_prepare", "may_act"),
    [(HelpLevel.LOOK, False, False), (HelpLevel.PREPARE, True, False), (HelpLevel.ACT, True, True)],
)
def test_each_level_goes_as_far_as_it_says(
    session: Session, shop: Shop, buyer: Buyer, level: HelpLevel, may_prepare: bool, may_act: bool
) -> None:
    helper = make_helper(session, buyer.actor, level=level)
    home = make_home(session, shop)
    with nullcontext() if may_prepare else pytest.raises(Forbidden, match="helper_level"):
        service.quote(session, actor=helper.acting, home_ref=home.ref, parts=buyer.parts())
    told = session.scalars(select(Notice).where(Notice.kind == "helper_prepared")).all()
    assert len(told) == may_prepare
    session.rollback()
    quote = make_quote(session, buyer, home)
    with nullcontext() if may_act else pytest.raises(Forbidden, match="helper_level"):
        helped.ask(session, actor=helper.acting, deed=Deed.RESERVE, ref=quote.ref)
    asked = session.scalars(select(HelperAct)).all()
    assert len(asked) == may_act


def _ended_by_holder(session: Session, buyer: Buyer, helper: Helper, _shop: Shop, _clock: FixedClock) -> None:
    helping.end(session, actor=buyer.actor, grant_ref=helper.grant.ref)


def _ended_by_clerk(session: Session, _buyer: Buyer, helper: Helper, shop: Shop, _clock: FixedClock) -> None:
    helping.end(session, actor=shop.desk.officer, grant_ref=helper.grant.ref, reason="本人来电")


def _term_over(_session: Session, _buyer: Buyer, helper: Helper, _shop: Shop, clock: FixedClock) -> None:
    clock.advance(helper.grant.ends_on - date(2016, 6, 1) + timedelta(days=1))


def _suspended(session: Session, buyer: Buyer, _helper: Helper, _shop: Shop, _clock: FixedClock) -> None:
    session.execute(update(User).where(User.id == buyer.actor.user_id).values(active=False))


def _became_staff(session: Session, _buyer: Buyer, helper: Helper, shop: Shop, _clock: FixedClock) -> None:
    other = make_actor(session, role=Role.OFFICER, district=shop.desk.district)
    session.execute(
        update(Membership).where(Membership.user_id == other.user_id).values(user_id=helper.own.user_id)
    )


End = Callable[[Session, Buyer, Helper, Shop, FixedClock], None]


ENDS = [_ended_by_holder, _ended_by_clerk, _term_over, _suspended, _became_staff]


@pytest.mark.parametrize("end", ENDS, ids=lambda end: end.__name__)
def test_what_ends_the_grant_ends_an_act_that_is_under_way(
    session: Session, shop: Shop, buyer: Buyer, helper: Helper, clock: FixedClock, end: End
) -> None:
    act, token = ask(session, helper, buyer, shop)
    code = code_of(session)
    end(session, buyer, helper, shop, clock)
    session.commit()
    assert helping_queries.find_active(session, user_id=helper.own.user_id or 0, ref=helper.grant.ref) is None
    with pytest.raises(Forbidden, match="help_over"):
        helped.carry_out(session, actor=helper.acting, act_ref=act.ref, token=token, code=code)
    with pytest.raises(Forbidden, match="help_over"):
        service.quote(
            session, actor=helper.acting, home_ref=make_home(session, shop).ref, parts=buyer.parts()
        )


def test_the_last_day_still_counts(session: Session, helper: Helper, clock: FixedClock) -> None:
    clock.advance(helper.grant.ends_on - date(2016, 6, 1))
    assert helping_queries.find_active(session, user_id=helper.own.user_id or 0, ref=helper.grant.ref)


def test_both_sides_are_told_of_the_end_and_the_holder_a_week_before(
    session: Session, buyer: Buyer, helper: Helper, clock: FixedClock
) -> None:
    def told() -> list[str]:
        kinds = select(Notice.kind).where(Notice.kind.contains("help"))
        return list(session.scalars(kinds.order_by(Notice.id)))

    helping.remind(session)
    assert told() == ["helper_accepted"]
    clock.advance(helper.grant.ends_on - date(2016, 6, 1) - timedelta(days=7))
    for _twice in range(2):
        helping.remind(session)
    assert told() == ["helper_accepted", "helper_ends_soon"]
    clock.advance(timedelta(days=8))
    assert [helping.close_overdue(session), helping.close_overdue(session)] == [1, 0]
    assert told() == ["helper_accepted", "helper_ends_soon", "helper_ended", "help_ended"]
    mine = session.scalars(select(Notice).where(Notice.kind == "help_ended")).one()
    assert mine.user_id == helper.own.user_id
    assert buyer.household.holder_name not in mine.text


def test_a_household_may_extend_and_nobody_longer_than_a_year(
    session: Session, buyer: Buyer, helper: Helper, clock: FixedClock
) -> None:
    clock.advance(timedelta(days=30))
    extended = helping.extend(session, actor=buyer.actor, grant_ref=helper.grant.ref, months=12)
    assert extended.ends_on == date(2017, 7, 1)
    with pytest.raises(DomainError, match="helper_term_bad"):
        helping.extend(session, actor=buyer.actor, grant_ref=helper.grant.ref, months=24)
    with pytest.raises(Forbidden):
        helping.extend(session, actor=helper.acting, grant_ref=helper.grant.ref, months=12)
    helping.end(session, actor=buyer.actor, grant_ref=helper.grant.ref)
    with pytest.raises(Conflict, match="help_ended"):
        helping.extend(session, actor=buyer.actor, grant_ref=helper.grant.ref, months=1)


def test_a_helper_invites_and_ends_nobody_else(session: Session, buyer: Buyer, helper: Helper) -> None:
    with pytest.raises(Forbidden):
        invite(session, helper.acting, phone="13700003333")
    with pytest.raises(Forbidden):
        helping.end(session, actor=helper.acting, grant_ref=helper.grant.ref)
    assert list_inbox(session, actor=helper.acting) == []
    assert list_inbox(session, actor=buyer.actor)


def test_the_code_never_goes_to_the_helper(
    session: Session, shop: Shop, buyer: Buyer, helper: Helper
) -> None:
    with pytest.raises(DomainError, match="helper_phone_is_own"):
        invite(session, buyer.actor, phone=HOLDER_PHONE)
    other = make_buyer(session, shop.desk)
    make_person(session, officer=shop.desk.officer, household=other.household)
    with pytest.raises(DomainError, match="helper_needs_phone"):
        invite(session, other.actor, level=HelpLevel.ACT)
    invite(session, other.actor, level=HelpLevel.PREPARE)
    phones.keep_phone(session, actor=buyer.actor, user_id=buyer.actor.user_id or 0, phone="13600004444")
    assert helping_queries.holder_phone(session, helper.grant) == HOLDER_PHONE
    helper.grant.person.user_id = buyer.actor.user_id
    assert helping_queries.holder_phone(session, helper.grant) == "13600004444", "what was proven goes first"
    helper.grant.person.user_id = helper.own.user_id
    assert helping_queries.holder_phone(session, helper.grant) is None


def test_staff_and_the_households_own_people_do_not_help(session: Session, shop: Shop, buyer: Buyer) -> None:
    refused = {
        "13900000001": (shop.desk.officer, "helper_is_staff"),
        "13900000002": (shop.developer, "helper_is_staff"),
        "13900000003": (buyer.actor, "helper_is_own"),
    }
    for phone, (actor, reason) in refused.items():
        grant = invite(session, buyer.actor, phone=phone)
        phones.keep_phone(session, actor=actor, user_id=actor.user_id or 0, phone=phone)
        with pytest.raises(DomainError, match=reason):
            helping.accept(session, actor=actor, grant_ref=grant.ref)


def test_a_number_that_staff_have_proven_helps_nobody(
    session: Session, shop: Shop, buyer: Buyer, helper: Helper
) -> None:
    officer = shop.desk.officer
    phones.keep_phone(session, actor=officer, user_id=officer.user_id or 0, phone="13900000001")
    with pytest.raises(DomainError, match="helper_is_staff"):
        invite(session, buyer.actor, phone="13900000001")
    me = helper.own.user_id or 0
    assert helping_queries.find_active(session, user_id=me, ref=helper.grant.ref)
    phones.forget_phone(session, actor=helper.own, user_id=me)
    phones.keep_phone(session, actor=shop.developer, user_id=shop.developer.user_id or 0, phone=PHONE)
    assert helping_queries.find_active(session, user_id=me, ref=helper.grant.ref) is None


def test_an_invitation_is_only_for_its_number(session: Session, buyer: Buyer, helper: Helper) -> None:
    other = invite(session, buyer.actor, phone="13700003333")
    for ref in (other.ref, "BB-00000-00000"):
        with pytest.raises(NotFound, match="help_gone"):
            helping.accept(session, actor=helper.own, grant_ref=ref)
        with pytest.raises(NotFound, match="help_gone"):
            helping.give_up(session, actor=helper.own, grant_ref=ref)
    with pytest.raises(NotFound):
        helping.open_account(session, phone="13700009999")


def test_another_district_and_another_household_find_nothing(
    session: Session, shop: Shop, helper: Helper
) -> None:
    stranger = make_buyer(session, shop.desk)
    elsewhere = make_shop(session).desk.officer
    for actor in (stranger.actor, elsewhere):
        with pytest.raises(NotFound, match="help_gone"):
            helping.end(session, actor=actor, grant_ref=helper.grant.ref, reason="x")
    with pytest.raises(NotFound):
        helping_queries.get_act(session, actor=replace(helper.acting, grant_id=0), ref="DQ-00000-00000")


def test_a_page_is_logged_once_a_day(session: Session, helper: Helper, clock: FixedClock) -> None:
    for _twice in range(2):
        helping_acts.note_read(session, grant=helper.grant, what="household.wallet")
    clock.advance(timedelta(days=1))
    helping_acts.note_read(session, grant=helper.grant, what="household.wallet")
    log = helping_queries.list_log(session, grant=helper.grant)
    assert [entry.what for entry in log] == ["household.wallet", "household.wallet", "accept"]


COPY = (
    "INSERT INTO helper_grants (district_id, ref, household_id, person_id, name, relation, phone, level, "
    "from_on, ends_on, invited_at, phone_index, accepted_at, user_id) SELECT district_id, ref || 'x', "
    "household_id, person_id, name, relation, phone, level, from_on, ends_on, invited_at, {values} "
    "FROM helper_grants"
)
BREAKS = {
    "ck_helper_grants_term": "UPDATE helper_grants SET ends_on = from_on",
    "ck_helper_grants_level": "UPDATE helper_grants SET level = 'all'",
    "ck_helper_grants_accepted": "UPDATE helper_grants SET user_id = NULL",
    "ck_helper_grants_one_end": "UPDATE helper_grants SET ended_at = now()",
    "ck_helper_grants_end_reason": (
        "UPDATE helper_grants SET ended_at = invited_at, ended_by = 'household', end_reason = 'x'"
    ),
    "fk_helper_grants_district_id_household_id": COPY.format(values="'other', NULL, NULL").replace(
        "SELECT district_id,", "SELECT (SELECT max(id) FROM districts WHERE id <> district_id),"
    ),
    "uq_helper_grants_phone": COPY.format(values="phone_index, NULL, NULL"),
    "uq_helper_grants_active": COPY.format(values="'other', accepted_at, user_id"),
}


@pytest.mark.parametrize("constraint", BREAKS)
def test_the_database_refuses_what_the_services_never_write(
    session: Session, helper: Helper, constraint: str
) -> None:
    assert helper.grant.accepted_at
    make_district(session)
    with pytest.raises(IntegrityError, match=constraint):
        session.execute(text(BREAKS[constraint]))


def test_ever_new_helpers_need_an_end_of_old_ones(session: Session, buyer: Buyer) -> None:
    grants = [invite(session, buyer.actor, phone=f"1370000333{number}") for number in range(5)]
    with pytest.raises(DomainError, match="helpers_full"):
        invite(session, buyer.actor, phone="13700004444")
    helping.end(session, actor=buyer.actor, grant_ref=grants[0].ref)
    with pytest.raises(DomainError, match="helper_invited_already"):
        invite(session, buyer.actor, phone="13700003331")


def test_the_actor_of_a_helper_is_the_household(helper: Helper, buyer: Buyer) -> None:
    assert helper.acting == Actor(
        user_id=helper.own.user_id,
        role=Role.HOUSEHOLD,
        district_id=buyer.actor.district_id,
        household_id=buyer.household.id,
        grant_id=helper.grant.id,
        level=HelpLevel.ACT,
    )
