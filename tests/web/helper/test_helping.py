"""Who helps a household: invited by the holder, on its own pages, so far and no further."""

import re
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app import jobs
from app.core.actor import Actor, HelpLevel, Role
from app.core.clock import FixedClock
from app.gateways.outbox import OutboxMessage
from app.identity import phones
from app.identity.models import User
from app.projects import helping
from app.projects.helping_models import HelperAct, HelperGrant, HelperLogEntry
from app.projects.persons import number_of
from app.redemptions import service
from app.redemptions.models import KinConsent, Quote, Redemption
from app.web import helping as words
from app.web.access import access_of
from tests.factories.helping import HOLDER_PHONE, PHONE, invite
from tests.factories.identity import make_actor
from tests.factories.projects import make_person
from tests.factories.redemptions import Buyer, make_buyer, make_home, make_quote
from tests.web.linting import LintingClient
from tests.web.sending import form_of, send, text_of, token_of
from tests.web.town import Town, make_town, saved

Enter = Callable[[Actor], LintingClient]


@pytest.fixture
def town(committed_app: Flask) -> Town:
    town = make_town(committed_app)
    with saved(committed_app) as session:
        make_person(
            session, officer=town.shop.desk.officer, household=town.buyer.household, phone=HOLDER_PHONE
        )
    return town


@pytest.fixture
def client(committed_app: Flask) -> LintingClient:
    """A passer-by beside whom others may be signed in."""
    committed_app.test_client_class = LintingClient
    found = committed_app.test_client()
    assert isinstance(found, LintingClient)
    return found


def texts_to(app: Flask, phone: str) -> list[str]:
    jobs.run_waiting(app)
    with saved(app) as session:
        sent = select(OutboxMessage).where(OutboxMessage.address == phone).order_by(OutboxMessage.id)
        return [one.text for one in session.scalars(sent)]


def code_to(app: Flask, phone: str) -> str:
    return re.findall(r"验证码是 (\d{6})", "".join(texts_to(app, phone)))[-1]


def press(client: LintingClient, address: str, page: str = "/helper/") -> TestResponse:
    return client.post(address, data={"csrf_token": token_of(client.get(page))})


def sign_in_by_phone(app: Flask, client: LintingClient, phone: str) -> TestResponse:
    send(client, "/account/phone", {"phone": phone})
    return send(client, "/account/phone", {"phone_code": code_to(app, phone)})


def grant_of(app: Flask) -> HelperGrant:
    with saved(app) as session:
        return session.scalars(select(HelperGrant)).one()


def join(app: Flask, town: Town, client: LintingClient, level: HelpLevel = HelpLevel.ACT) -> HelperGrant:
    """Let the daughter be invited, sign in, accept and enter."""
    with saved(app) as session:
        grant = invite(session, town.buyer.actor, level=level)
    sign_in_by_phone(app, client, PHONE)
    assert send(client, f"/helper/{grant.ref}/accept", {"sure": "yes"}).status_code == 303
    assert press(client, f"/helper/{grant.ref}/enter").location == "/household/"
    return grant


def ask_kin(session: Session, town: Town, asker: Buyer, holder: Buyer) -> str:
    """Return the reference of a request for 1 万 of the holder's first voucher."""
    asked = service.ask_kin(
        session,
        actor=asker.actor,
        home_ref=make_home(session, town.shop).ref,
        voucher_ref=holder.vouchers[0].ref,
        relation="child",
        most_fen=1_000_000,
    )
    return asked.ref


def ask_to_lock(app: Flask, town: Town, client: LintingClient) -> str:
    quote = send(client, f"/household/homes/{town.home.ref}/quote").location
    asked = send(client, quote)
    assert asked.status_code == 303, text_of(asked)
    return str(asked.location)


def enter_code(client: LintingClient, act: str, code: str) -> TestResponse:
    page = client.get(act).get_data(as_text=True)
    found = re.search(
        r'name="request_id" type="hidden" value="([^"]+)"|name="request_id" value="([^"]+)"', page
    )
    sent = {"csrf_token": token_of(client.get(act)), "phone_code": code}
    return client.post(act, data=sent | ({"request_id": found[1] or found[2]} if found else {}))


def test_from_the_grandmothers_invitation_to_the_home_that_her_daughter_locks(
    committed_app: Flask, town: Town, enter: Enter, client: LintingClient
) -> None:
    holder = enter(town.buyer.actor)
    typed = {"name": "李小红", "phone": "139 0000 1111", "relation": "child", "level": "act", "months": "3"}
    invited = send(holder, "/household/helpers/new", typed)
    assert "等对方确认" in text_of(holder.get(invited.location))
    (sms,) = texts_to(committed_app, PHONE)
    assert "王**" in sms
    assert "王秀英" not in sms
    assert sign_in_by_phone(committed_app, client, PHONE).location == "/helper/"
    grant = grant_of(committed_app)
    assert send(client, f"/helper/{grant.ref}/accept").status_code == 422
    assert send(client, f"/helper/{grant.ref}/accept", {"sure": "yes"}).status_code == 303
    assert client.get("/household/").status_code == 403, "only after entering"
    press(client, f"/helper/{grant.ref}/enter")
    assert "您正在为 王** 代办" in client.get("/household/").get_data(as_text=True)
    act = ask_to_lock(committed_app, town, client)
    told = texts_to(committed_app, HOLDER_PHONE)[-1]
    for word in ("李小红", "锁定", "462,000 元", "10 分钟"):
        assert word in told
    wrong = enter_code(client, act, "000000")
    assert wrong.status_code == 422
    assert "验证码不对" in text_of(wrong)
    done = enter_code(client, act, code_to(committed_app, HOLDER_PHONE))
    assert done.status_code == 303, text_of(done)
    assert "由帮办人代办" in text_of(holder.get(done.location))
    log = text_of(holder.get(f"/household/helpers/{grant.ref}"))
    for line in ("看了房票总览", "算了一份报价", "给您发了验证码", "凭您的验证码，锁定了房源"):
        assert log.count(line) == 1, line
    assert "帮办人替您办了事" in text_of(holder.get("/account/notices/"))


def test_an_unknown_number_gets_the_same_page_and_no_message(
    committed_app: Flask, town: Town, client: LintingClient
) -> None:
    with saved(committed_app) as session:
        invite(session, town.buyer.actor)
    pages = []
    for phone in (PHONE, "13911112222"):
        client.get("/account/phone?again=1")
        send(client, "/account/phone", {"phone": phone})
        pages.append(text_of(client.get("/account/phone")))
    assert pages[0] == pages[1]
    assert texts_to(committed_app, "13911112222") == []


@pytest.mark.parametrize("level", list(HelpLevel))
def test_each_page_opens_as_far_as_the_grant_goes(
    committed_app: Flask, town: Town, client: LintingClient, level: HelpLevel
) -> None:
    with saved(committed_app) as session:
        quote = make_quote(session, town.buyer, town.home)
    join(committed_app, town, client, level)
    home, frozen = f"/household/homes/{town.home.ref}/quote", f"/household/quotes/{quote.ref}"
    assert client.get("/household/").status_code == client.get(frozen).status_code == 200
    token = token_of(client.get(home))
    may_prepare, may_act = level.reaches(HelpLevel.PREPARE), level is HelpLevel.ACT
    sent = {"csrf_token": token, "vouchers": [voucher.ref for voucher in town.buyer.vouchers]}
    assert client.post(home, data=sent).status_code == (303 if may_prepare else 403)
    assert client.post(frozen, data={"csrf_token": token}).status_code == (303 if may_act else 403)
    for mine in (
        "/account/",
        "/account/password",
        "/account/second-factor",
        "/household/helpers/",
        "/account/notices/",
    ):
        refused = client.get(mine)
        assert refused.status_code == 403
        assert "只有本人能打开" in refused.get_data(as_text=True)
    with saved(committed_app) as session:
        assert session.scalars(select(Redemption)).all() == []


@pytest.mark.parametrize("level", list(HelpLevel))
def test_basket_kin_and_clear_sheet_open_as_far_as_the_grant_goes(
    committed_app: Flask, town: Town, client: LintingClient, level: HelpLevel
) -> None:
    """Each step of the basket and of kin, by everybody who helps; what is another's is not there."""
    with saved(committed_app) as session:
        other = make_buyer(session, town.shop.desk)
        theirs = service.quote_basket(
            session, actor=other.actor, home_refs=[town.home.ref], parts=other.parts()
        )
        ours = service.quote_basket(
            session, actor=town.buyer.actor, home_refs=[town.home.ref], parts=town.buyer.parts()
        )
        wanted = ask_kin(session, town, other, town.buyer)
        strange = ask_kin(session, town, other, make_buyer(session, town.shop.desk))
    grant = join(committed_app, town, client, level)
    may_prepare, may_act = level.reaches(HelpLevel.PREPARE), level is HelpLevel.ACT
    refs = (theirs.ref, strange)
    for page in ("basket/", f"baskets/{ours.ref}", "clear-sheet", "consents/", f"consents/{wanted}"):
        assert client.get(f"/household/{page}").status_code == 200, page
    shown = text_of(client.get(f"/household/consents/{wanted}"))
    assert ("您只能看到这里" in shown) == (not may_act), "whoever cannot decide is told who can"
    token = token_of(client.get("/household/basket/"))

    def post(path: str, **typed: object) -> TestResponse:
        return client.post(f"/household/{path}", data={"csrf_token": token, **typed})

    for path in (f"baskets/{refs[0]}", f"consents/{refs[1]}"):
        assert client.get(f"/household/{path}").status_code == 404, path
        if may_act:
            assert post(path, sum="100").status_code in (404, 422), path

    typed = {"voucher": other.vouchers[0].ref, "relation": "parent", "most": "1万"}
    chosen = [voucher.ref for voucher in town.buyer.vouchers]
    for path, sent in (
        (f"basket/homes/{town.home.ref}", {}),
        (
            "basket/",
            {"vouchers": chosen, **{f"turn_{ref.replace('-', '_')}": n for n, ref in enumerate(chosen, 1)}},
        ),
        (f"basket/homes/{town.home.ref}/up", {}),
        (f"basket/homes/{town.home.ref}/remove", {}),
        (f"homes/{town.home.ref}/kin", typed),
        ("clear-sheet", {}),
    ):
        answer = post(path, **sent)
        assert answer.status_code == (303 if may_prepare else 403), (path, text_of(answer))
    acts = [post(f"baskets/{ours.ref}"), post(f"consents/{wanted}", sum="1000000")]
    assert [one.status_code for one in acts] == [303 if may_act else 403] * 2
    assert post(f"consents/{wanted}/end", sum="1000000").status_code == (303 if may_act else 403)
    with saved(committed_app) as session:
        assert session.scalars(select(Redemption)).all() == []
        assert set(session.scalars(select(KinConsent.state).where(KinConsent.ref == wanted))) == {"asked"}
        noted = set(session.scalars(select(HelperLogEntry.what).where(HelperLogEntry.grant_id == grant.id)))
    assert {"household.basket", "household.clear_sheet", "household.consent"} <= noted
    prepared = {"basket_add", "quote_basket", "basket_remove", "ask_kin", "clear_sheet"}
    assert noted & prepared == (prepared if may_prepare else set())
    asked = {"ask_reserve_basket", "ask_give_consent", "ask_end_consent"}
    assert noted & asked == (asked if may_act else set())


def test_a_basket_is_locked_with_the_code_for_this_very_quote(
    committed_app: Flask, town: Town, client: LintingClient, enter: Enter
) -> None:
    with saved(committed_app) as session:
        homes = [town.home.ref, make_home(session, town.shop).ref]
        quoted = [
            service.quote_basket(session, actor=town.buyer.actor, home_refs=refs, parts=town.buyer.parts())
            for refs in (homes, homes[::-1])
        ]
    grant = join(committed_app, town, client)
    first = send(client, f"/household/baskets/{quoted[0].ref}").location
    told = texts_to(committed_app, HOLDER_PHONE)[-1]
    for word in ("李小红", "一起锁定 2 套房", "合计 924,000 元"):
        assert word in told
    code = code_to(committed_app, HOLDER_PHONE)
    second = send(client, f"/household/baskets/{quoted[1].ref}").location
    assert "验证码不对" in text_of(enter_code(client, second, code))
    send(client, f"/household/baskets/{quoted[0].ref}")
    done = enter_code(client, first, code_to(committed_app, HOLDER_PHONE))
    assert "验证码不对" in text_of(done), "each asking is an act of its own"
    third = send(client, f"/household/baskets/{quoted[0].ref}").location
    done = enter_code(client, third, code_to(committed_app, HOLDER_PHONE))
    assert done.location == "/household/redemptions/", text_of(done)
    log = text_of(enter(town.buyer.actor).get(f"/household/helpers/{grant.ref}"))
    assert log.count("凭您的验证码，一起锁定了几套房") == 1
    late = send(client, f"/household/baskets/{quoted[1].ref}").location
    refused = text_of(enter_code(client, late, code_to(committed_app, HOLDER_PHONE)))
    assert "这些房现在不能锁定" in refused, "which, and why, stands where the code is typed"


def test_pages_are_closed_to_helpers_unless_they_say_otherwise(app: Flask) -> None:
    open_to_helpers = {
        endpoint
        for rule in app.url_map.iter_rules()
        if (demand := access_of(app, endpoint := rule.endpoint)) and demand.helper is not None
    }
    pages = {one for one in open_to_helpers if one.startswith("household.")}
    posts = {
        "household.make_quote",
        "household.lock",
        "household.cancel_post",
        "household.quote_basket",
        "household.add_to_basket",
        "household.remove_from_basket",
        "household.move_in_basket",
        "household.add_space",
        "household.add_favourite",
        "household.remove_favourite",
        "household.note_favourite_post",
        "household.save_search_post",
        "household.change_search_post",
        "household.stop_search",
        "household.delete_search",
        "household.print_searches",
        "household.make_plan",
        "household.add_to_plan_post",
        "household.change_plan_post",
        "household.move_in_plan",
        "household.remove_from_plan",
        "household.plan_into_basket",
        "household.delete_plan",
        "household.quote_without",
        "household.lock_basket",
        "household.ask_kin_post",
        "household.give_consent",
        "household.end_consent",
        "household.clear_sheet_post",
    }
    assert pages - posts <= set(words.WHAT), "each page that a helper reads has its words in the log"
    assert not {one for one in open_to_helpers if one.startswith(("account.", "authority."))}


def test_five_wrong_codes_spend_it_and_the_right_one_comes_too_late(
    committed_app: Flask, town: Town, client: LintingClient
) -> None:
    join(committed_app, town, client)
    act = ask_to_lock(committed_app, town, client)
    code = code_to(committed_app, HOLDER_PHONE)
    wrong = "000000" if code != "000000" else "111111"
    answers = [text_of(enter_code(client, act, wrong)) for _ in range(6)]
    assert ["错了太多次" in one for one in answers] == [False] * 5 + [True]
    assert "错了太多次" in text_of(enter_code(client, act, code))
    press(client, f"{act}/again", page=act)
    assert enter_code(client, act, code_to(committed_app, HOLDER_PHONE)).status_code == 303


def test_a_code_is_for_one_act_and_one_time(committed_app: Flask, town: Town, client: LintingClient) -> None:
    join(committed_app, town, client)
    first = ask_to_lock(committed_app, town, client)
    code = code_to(committed_app, HOLDER_PHONE)
    second = ask_to_lock(committed_app, town, client)
    assert enter_code(client, second, code).status_code == 422
    assert enter_code(client, first, code).status_code == 422, "the browser waits for the second's code"
    newest = code_to(committed_app, HOLDER_PHONE)
    assert enter_code(client, first, newest).status_code == 422
    done = enter_code(client, second, newest)
    assert done.status_code == 303
    send(client, f"{done.location}/cancel")
    assert enter_code(client, second, newest).status_code == 409
    with saved(committed_app) as session:
        assert len(session.scalars(select(Redemption)).all()) == 1
        assert len(session.scalars(select(HelperAct).where(HelperAct.agreed_at.is_not(None))).all()) == 1


def test_what_is_anothers_is_not_there(
    committed_app: Flask, town: Town, client: LintingClient, enter: Enter
) -> None:
    grant = join(committed_app, town, client)
    act = ask_to_lock(committed_app, town, client)
    with saved(committed_app) as session:
        other = make_buyer(session, town.shop.desk)
        make_person(session, officer=town.shop.desk.officer, household=other.household, phone="13800009999")
        theirs = invite(session, other.actor, phone="13900007777")
        stranger = make_actor(session, role=Role.HELPER)
    assert client.get(f"/household/vouchers/{other.vouchers[0].ref}").status_code == 404
    for ref in (theirs.ref, "BB-00000-00000"):
        assert client.get(f"/helper/{ref}/accept").status_code == 404
        for verb in ("enter", "give-up"):
            assert press(client, f"/helper/{ref}/{verb}").status_code == 404
    alone = enter(stranger)
    assert alone.get(act).status_code == 404
    assert press(alone, f"/helper/{grant.ref}/enter").status_code == 404
    neighbour = enter(other.actor)
    for page in ("", "/paper", "/extend", "/end"):
        assert neighbour.get(f"/household/helpers/{grant.ref}{page}").status_code == 404
    with alone.session_transaction() as cookie:
        cookie["helping"] = grant.ref
    assert alone.get("/household/").location == "/helper/"


def _ends(app: Flask, town: Town, grant: HelperGrant, clock: FixedClock) -> None:
    with saved(app) as session:
        helping.end(session, actor=town.buyer.actor, grant_ref=grant.ref)


def _runs_out(app: Flask, town: Town, grant: HelperGrant, clock: FixedClock) -> None:
    clock.advance(grant.ends_on - date(2016, 6, 1) + timedelta(days=1))


def _is_suspended(app: Flask, town: Town, grant: HelperGrant, clock: FixedClock) -> None:
    with saved(app) as session:
        session.execute(update(User).where(User.id == town.buyer.actor.user_id).values(active=False))


@pytest.mark.parametrize("over", [_ends, _runs_out, _is_suspended], ids=lambda over: over.__name__)
def test_the_end_comes_at_once_also_between_two_pages(
    committed_app: Flask, town: Town, client: LintingClient, clock: FixedClock, over: Callable[..., None]
) -> None:
    grant = join(committed_app, town, client)
    quote = f"/household/homes/{town.home.ref}/quote"
    _action, sent = form_of(client.get(quote))
    over(committed_app, town, grant, clock)
    late = client.post(quote, data=sent)
    assert late.location == "/helper/"
    assert "已经结束，或者暂时停用" in client.get("/helper/").get_data(as_text=True)
    assert client.get("/household/").status_code == 403
    with saved(committed_app) as session:
        assert session.scalars(select(Quote)).all() == []


def test_a_neighbour_with_a_voucher_of_their_own_goes_from_one_to_the_other(
    committed_app: Flask, town: Town, enter: Enter
) -> None:
    with saved(committed_app) as session:
        own = make_buyer(session, town.shop.desk)
        phones.keep_phone(session, actor=own.actor, user_id=own.actor.user_id or 0, phone=PHONE)
        grant = invite(session, town.buyer.actor)
    neighbour = enter(own.actor)
    send(neighbour, f"/helper/{grant.ref}/accept", {"sure": "yes"})
    press(neighbour, f"/helper/{grant.ref}/enter")
    assert neighbour.get(f"/household/vouchers/{town.buyer.vouchers[0].ref}").status_code == 200
    assert neighbour.get(f"/household/vouchers/{own.vouchers[0].ref}").status_code == 404
    press(neighbour, "/helper/leave")
    assert neighbour.get(f"/household/vouchers/{own.vouchers[0].ref}").status_code == 200
    assert neighbour.get(f"/household/vouchers/{town.buyer.vouchers[0].ref}").status_code == 404


def test_a_clerk_invites_at_the_counter_and_ends_on_request(
    committed_app: Flask, town: Town, enter: Enter
) -> None:
    with saved(committed_app) as session:
        person = make_person(
            session, officer=town.shop.desk.officer, household=town.buyer.household, relation="spouse"
        )
        six = number_of(person)[-6:]
    clerk = enter(town.shop.desk.officer)
    household = f"/authority/households/{town.buyer.household.ref}"
    send(clerk, f"{household}/counter", {"seen": "yes", "last_six": six})
    typed = {"name": "李小红", "phone": PHONE, "relation": "child", "level": "prepare", "months": "12"}
    invited = send(clerk, "/household/helpers/new", typed)
    assert "本人签字" in text_of(clerk.get(f"{invited.location}/paper"))
    ended = clerk.post(
        "/authority/counter/end",
        data={"csrf_token": token_of(clerk.get("/household/"))},
        follow_redirects=True,
    )
    assert "李小红" in text_of(ended)
    grant = grant_of(committed_app)
    assert (grant.person_id, grant.visit_id is not None) == (person.id, True)
    assert send(clerk, f"/authority/helpers/{grant.ref}/end").status_code == 422
    assert send(clerk, f"/authority/helpers/{grant.ref}/end", {"reason": "本人来电"}).status_code == 303
    assert grant_of(committed_app).ended_by == "authority"
    assert "本人来电" in text_of(clerk.get(household))


def test_the_log_is_written_once_a_day_a_kind(
    committed_app: Flask, town: Town, client: LintingClient, clock: FixedClock
) -> None:
    join(committed_app, town, client)
    for _twice in range(2):
        client.get("/household/")
    clock.advance(timedelta(days=1))
    client.get("/household/")
    with saved(committed_app) as session:
        reads = session.scalars(select(HelperLogEntry).where(HelperLogEntry.read_on.is_not(None))).all()
        assert [(one.what, one.read_on) for one in reads] == [
            ("household.wallet", date(2016, 6, 1)),
            ("household.wallet", date(2016, 6, 2)),
        ]
