"""Claiming an account as a person does it, page by page; and as somebody tries it whose account it is not."""

import re
import threading
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app import jobs
from app.core import rates
from app.core.actor import Actor
from app.core.audit import AuditRow
from app.gateways import sms
from app.gateways.outbox import OutboxMessage
from app.identity.claim_tries import claim_lock, claim_tries, code_requests, code_tries
from app.identity.counters import set_counter
from app.projects.models import Household
from app.vouchers import claims
from app.vouchers import paper as paper_vouchers
from app.vouchers.models import Voucher
from tests.factories.projects import make_id_number, make_person
from tests.factories.vouchers import Desk, make_desk, make_voucher
from tests.web.linting import LintingClient
from tests.web.sending import form_of, text_of
from tests.web.town import saved

Enter = Callable[[Actor], LintingClient]
HOLDER = make_id_number(1)
PASSWORD = "ping-guo-hong-le"
CLAIM = "/account/claim"


@pytest.fixture
def client(committed_app: Flask) -> LintingClient:
    """A passer-by beside whom others may be signed in: one whose context is kept would lend them theirs."""
    committed_app.test_client_class = LintingClient
    found = committed_app.test_client()
    assert isinstance(found, LintingClient)
    return found


class Paper:
    """A household with a voucher, and the sheet that was printed for it."""

    def __init__(self, session: Session) -> None:
        self.desk: Desk = make_desk(session)
        self.voucher: Voucher = make_voucher(session, desk=self.desk)
        session.commit()
        household = session.get_one(Household, self.voucher.household_id)
        make_person(session, officer=self.desk.officer, household=household, id_number=HOLDER)
        set_counter(
            session,
            actor=self.desk.officer,
            address="湖心北路 1 号一楼",
            phone="0556-5550000",
            hours="周一到周五",
        )
        session.commit()
        self.code = claims.make_code(session, actor=self.desk.officer, voucher_ref=self.voucher.ref)


@pytest.fixture
def paper(committed_app: Flask) -> Paper:
    with saved(committed_app) as session:
        return Paper(session)


def answer(client: LintingClient, **typed: str) -> TestResponse:
    """Answer the question on the page and follow to the next."""
    page = client.get(CLAIM)
    action, sent = form_of(page)
    response = client.post(action, data={**sent, **typed})
    return client.get(response.location) if response.status_code == 303 else response


def start(client: LintingClient, paper: Paper, last_six: str = HOLDER[-6:]) -> TestResponse:
    answer(client, number=paper.voucher.ref)
    answer(client, code=paper.code)
    return answer(client, last_six=last_six)


def codes_sent(app: Flask) -> list[str]:
    jobs.run_waiting(app)
    with saved(app) as session:
        texts = [one.text for one in session.scalars(select(OutboxMessage).order_by(OutboxMessage.id))]
    return [one.split("验证码是 ")[1][:6] for one in texts if "验证码是" in one]


def test_without_a_telephone_a_password_is_enough(client: LintingClient, paper: Paper) -> None:
    assert "第 1 步，共 4 步" in text_of(client.get(CLAIM))
    page = start(client, paper)
    assert "您的手机号是多少？" in text_of(page)
    assert "请设置登录密码" in text_of(answer(client, none="1"))
    assert "请设置登录密码" in text_of(answer(client, new_password=""))
    page = answer(client, new_password=PASSWORD)
    assert "账号领取好了" in page.get_data(as_text=True)
    assert paper.voucher.ref in text_of(page)


def test_with_a_telephone_no_password_is_needed_and_the_telephone_signs_in(
    committed_app: Flask, client: LintingClient, paper: Paper
) -> None:
    start(client, paper)
    assert "短信里的验证码" in text_of(answer(client, phone="+86 138-0556-0000"))
    (code,) = codes_sent(committed_app)
    wrong = answer(client, phone_code="000000" if code != "000000" else "111111")
    assert wrong.status_code == 422
    page = answer(client, phone_code=code)
    assert "用手机 138****0000 收验证码" in text_of(page)
    client.post("/account/sign-out", data=form_of_sign_out(page))
    sign_in = client.get("/account/phone")
    _action, sent = form_of(sign_in)
    _wait_a_minute("13805560000")
    client.post("/account/phone", data={**sent, "phone": "１３８０５５６００００"})
    _, code = codes_sent(committed_app)
    _action, sent = form_of(client.get("/account/phone"))
    response = client.post("/account/phone", data={**sent, "phone_code": code})
    assert response.location == "/household/"


def test_claiming_again_by_telephone_signs_out_whoever_was_in(
    committed_app: Flask, client: LintingClient, paper: Paper
) -> None:
    start(client, paper)
    answer(client, none="1")
    answer(client, new_password=PASSWORD)
    assert client.get("/household/").status_code == 200
    with saved(committed_app) as session:
        paper.code = claims.make_code(session, actor=paper.desk.officer, voucher_ref=paper.voucher.ref)
    again = committed_app.test_client()
    assert isinstance(again, LintingClient)
    start(again, paper)
    answer(again, phone="13805560000")
    (code,) = codes_sent(committed_app)
    answer(again, phone_code=code)
    assert again.get("/household/").status_code == 200
    assert client.get("/household/").status_code == 302


def _wait_a_minute(phone: str) -> None:
    minute = next(one for one in code_requests(phone=phone, address="") if one.key.startswith("phone-minute"))
    rates.PostgresCounters("anju-postgresql://").clear(minute.key)


def form_of_sign_out(page: TestResponse) -> dict[str, str]:
    found = re.search(r'name="csrf_token" value="([^"]+)"', page.get_data(as_text=True))
    assert found
    return {"csrf_token": found[1]}


def test_the_square_code_fills_in_number_and_code(client: LintingClient, paper: Paper) -> None:
    answered = client.get(f"{CLAIM}?number={paper.voucher.ref}&code={paper.code}")
    assert answered.location == CLAIM
    assert "最后六位" in text_of(client.get(CLAIM))
    assert "您的手机号是多少？" in text_of(answer(client, last_six=HOLDER[-6:]))


def print_paper(committed_app: Flask, paper: Paper, serial: str = "A0012001") -> str:
    """Print the voucher on a numbered sheet; return the mark in its square code."""
    with saved(committed_app) as session:
        sheet = paper_vouchers.print_one(
            session, actor=paper.desk.officer, voucher_ref=paper.voucher.ref, serial=serial
        )
        return sheet.mark


def test_the_square_code_of_the_paper_voucher_stands_for_its_number(
    committed_app: Flask, client: LintingClient, paper: Paper
) -> None:
    mark = print_paper(committed_app, paper)
    way = f"{CLAIM}?paper={mark}"
    assert f'href="{way}"' in client.get(f"/check/{mark}").get_data(as_text=True)
    assert client.get(way).location == CLAIM
    page = text_of(client.get(CLAIM))
    assert "领取码是多少？" in page
    assert f"编号最后五位是 {paper.voucher.ref[-5:]}" in page
    assert paper.voucher.ref not in page, "a photograph of the code gives nobody the number"
    with client.session_transaction() as cookie:
        assert paper.voucher.ref not in str(cookie["claim"])
    answer(client, code=paper.code)
    assert "您的手机号是多少？" in text_of(answer(client, last_six=HOLDER[-6:]))


def test_wrong_tries_by_the_paper_count_for_its_voucher(
    committed_app: Flask, client: LintingClient, paper: Paper
) -> None:
    mark = print_paper(committed_app, paper)
    client.get(f"{CLAIM}?paper={mark}")
    answer(client, code=paper.code)
    assert answer(client, last_six="000000").status_code == 422
    assert rates.PostgresCounters("anju-postgresql://").get(claim_lock(paper.voucher.ref).key) == 1


def test_spoiled_paper_and_unknown_marks_stand_for_nothing(
    committed_app: Flask, client: LintingClient, paper: Paper
) -> None:
    mark = print_paper(committed_app, paper)
    client.get(f"{CLAIM}?paper={mark}")
    answer(client, code=paper.code)
    with saved(committed_app) as session:
        paper_vouchers.spoil(
            session, actor=paper.desk.officer, serial="A0012001", reason="lost", new_serial="A0012002"
        )
    page = answer(client, last_six=HOLDER[-6:])
    assert "请从头再来一次" in text_of(page)
    for gone in (mark, "7K2M99QX4HT3BW8RD2XY", ""):
        client.get(f"{CLAIM}?paper={gone}")
        assert "房票编号是多少？" in text_of(client.get(CLAIM))


def test_going_back_from_the_code_asks_for_the_number(
    committed_app: Flask, client: LintingClient, paper: Paper
) -> None:
    client.get(f"{CLAIM}?paper={print_paper(committed_app, paper)}")
    client.get(f"{CLAIM}?back=1")
    assert "房票编号是多少？" in text_of(client.get(CLAIM))


@pytest.mark.parametrize(
    "query", ["number=FP-22222-22222&code=", "number=x&code=y", "number=GF-22222-22222&code=1"]
)
def test_a_broken_square_code_fills_in_nothing(client: LintingClient, query: str) -> None:
    client.get(f"{CLAIM}?{query}")
    assert "房票编号是多少？" in text_of(client.get(CLAIM))


def test_small_letters_full_width_digits_and_dashes_do_not_matter(
    client: LintingClient, paper: Paper
) -> None:
    wide = str.maketrans("0123456789X", "０１２３４５６７８９ｘ")
    answer(client, number=paper.voucher.ref.lower().replace("-", " "))
    answer(client, code=paper.code.lower().replace("-", ""))
    assert "您的手机号是多少？" in text_of(answer(client, last_six=HOLDER[-6:].translate(wide)))


def test_a_slip_is_found_before_it_counts(client: LintingClient, paper: Paper) -> None:
    slipped = paper.voucher.ref[:-1] + ("A" if paper.voucher.ref[-1] != "A" else "B")
    assert answer(client, number=slipped).status_code == 422
    assert answer(client, number="GF-22222-22222").status_code == 422
    answer(client, number=paper.voucher.ref)
    assert answer(client, code="22222-22223").status_code == 422
    answer(client, code=paper.code)
    assert answer(client, last_six="1234").status_code == 422
    assert rates.PostgresCounters("anju-postgresql://").get(claim_lock(paper.voucher.ref).key) == 0


def wrong_once(client: LintingClient, number: str, code: str) -> str:
    client.get(f"{CLAIM}?again=1")
    answer(client, number=number)
    answer(client, code=code)
    page = answer(client, last_six="000000")
    assert page.status_code == 422
    return re.sub(r"\s+", " ", text_of(page))


def test_five_wrong_tries_lock_a_number_whether_or_not_there_is_such_a_voucher(
    client: LintingClient, paper: Paper
) -> None:
    nobody = "FP-22222-22222"
    for number in (paper.voucher.ref, nobody):
        answers = [wrong_once(client, number, paper.code) for _ in range(6)]
        assert ["已经锁住" in one for one in answers] == [False] * 5 + [True]
        assert all("湖心北路 1 号一楼" in one for one in answers)
    assert wrong_once(client, nobody, paper.code) == wrong_once(client, paper.voucher.ref, paper.code)


def test_a_locked_voucher_opens_to_nobody_until_the_counter_unlocks_it(
    committed_app: Flask, client: LintingClient, paper: Paper, enter: Enter
) -> None:
    for _ in range(5):
        wrong_once(client, paper.voucher.ref, paper.code)
    for _ in range(2):
        client.get(f"{CLAIM}?again=1")
        assert "已经锁住" in text_of(start(client, paper)), "the right answers come too late"
    with saved(committed_app) as session:
        stopped = select(AuditRow.detail).where(AuditRow.action == "identity.stopped_guessing")
        assert session.scalars(stopped).all() == [{"kind": "claim"}], "once, and without the voucher"
    officer = enter(paper.desk.officer)
    address = f"/authority/vouchers/{paper.voucher.ref}/unlock"
    page = officer.get(address)
    assert "已锁住" in text_of(page)
    _action, sent = form_of(page)
    assert officer.post(address, data={**sent, "reason": "本人带身份证到窗口"}).status_code == 422
    _action, sent = form_of(officer.get(address))
    done = officer.post(address, data={**sent, "seen": "yes", "reason": "本人带身份证到窗口"})
    assert done.status_code == 303
    client.get(f"{CLAIM}?again=1")
    assert "您的手机号是多少？" in text_of(start(client, paper))


def test_the_count_survives_the_refused_request_and_is_kept_by_all_processes(
    committed_app: Flask, client: LintingClient, paper: Paper
) -> None:
    wrong_once(client, paper.voucher.ref, paper.code)
    other_process = rates.PostgresCounters("anju-postgresql://")
    assert other_process.get(claim_lock(paper.voucher.ref).key) == 1
    start(client, paper)
    assert other_process.get(claim_lock(paper.voucher.ref).key) == 1, "what went well is given back"


def test_fifty_guesses_at_one_moment_are_judged_five_times(paper: Paper, committed_app: Flask) -> None:
    judged: list[int] = []
    barrier = threading.Barrier(10)

    def guess(number: int) -> None:
        barrier.wait()
        for _ in range(5):
            if rates.take([claim_lock(paper.voucher.ref)]) is None:
                judged.append(number)

    threads = [threading.Thread(target=guess, args=(number,)) for number in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(judged) == 5


def test_one_address_does_not_lock_every_voucher(paper: Paper, committed_app: Flask) -> None:
    full = None
    tried = 0
    while full is None:
        full = rates.take(claim_tries(voucher_ref=f"FP-{tried:05d}-22222", address="203.0.113.7"))
        tried += 1
    assert full.bucket.key.startswith("claim-address")
    assert tried == 21


def test_no_question_is_skipped(client: LintingClient, paper: Paper) -> None:
    page = client.get(CLAIM)
    action, sent = form_of(page)
    for step in ("id", "phone", "sent", "password"):
        response = client.post(
            action,
            data={**sent, "step": step, "last_six": HOLDER[-6:], "new_password": PASSWORD},
        )
        assert response.status_code == 303
        assert "房票编号是多少？" in text_of(client.get(CLAIM))


def test_a_code_for_one_proof_is_not_taken_for_another(
    committed_app: Flask, client: LintingClient, paper: Paper
) -> None:
    start(client, paper)
    answer(client, phone="13805560000")
    (code,) = codes_sent(committed_app)
    with client.session_transaction() as cookie:
        asked = cookie["claim"]["asked"]
    with saved(committed_app) as session:
        other = Paper(session)
    client.get(f"{CLAIM}?again=1")
    start(client, other)
    with client.session_transaction() as cookie:
        cookie["claim"] = {**cookie["claim"], "asked": asked}
    assert answer(client, phone_code=code).status_code == 422


def test_five_wrong_digits_spend_a_code(committed_app: Flask, client: LintingClient, paper: Paper) -> None:
    start(client, paper)
    answer(client, phone="13805560000")
    (code,) = codes_sent(committed_app)
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"
    for _ in range(5):
        assert "验证码不对" in text_of(answer(client, phone_code=wrong))
    assert "已经作废" in text_of(answer(client, phone_code=code))


def test_a_number_bears_ten_wrong_codes_a_day_from_wherever_they_come(committed_app: Flask) -> None:
    taken = 0
    for number in range(100):
        counts = code_tries(code_id=number, phone="13805560000", address=f"203.0.113.{number}")
        taken += rates.take(counts) is None
    assert taken == 10


def test_without_a_gateway_nobody_is_asked_for_a_telephone(
    committed_app: Flask, client: LintingClient, paper: Paper
) -> None:
    kept = sms.current()
    sms.use(None)
    try:
        assert "用手机验证码登录" not in text_of(client.get("/account/sign-in"))
        assert "请设置登录密码" in text_of(start(client, paper))
        assert "账号领取好了" in answer(client, new_password=PASSWORD).get_data(as_text=True)
    finally:
        sms.use(kept)


def test_a_code_is_sent_once_a_minute(committed_app: Flask, client: LintingClient, paper: Paper) -> None:
    start(client, paper)
    answer(client, phone="13805560000")
    client.get(f"{CLAIM}?back=1")
    page = answer(client, phone="13805560000")
    assert "请过一分钟再发" in text_of(page)
    assert len(codes_sent(committed_app)) == 1


def test_known_and_unknown_numbers_get_the_same_page(client: LintingClient, paper: Paper) -> None:
    pages = []
    for phone in ("13805560000", "13905561111"):
        client.get("/account/phone?again=1")
        _action, sent = form_of(client.get("/account/phone"))
        assert client.post("/account/phone", data={**sent, "phone": phone}).status_code == 303
        pages.append(text_of(client.get("/account/phone")))
    assert pages[0] == pages[1]


def test_a_sheet_is_shown_once_to_the_clerk_who_printed_it(paper: Paper, enter: Enter) -> None:
    address = f"/authority/vouchers/{paper.voucher.ref}/sheet"
    officer, checker = enter(paper.desk.officer), enter(paper.desk.checker)
    page = officer.get(address)
    assert "还没有用过的领取单" in text_of(page)
    _action, sent = form_of(page)
    assert officer.post(address, data=sent).status_code == 303
    sheet = officer.get(address)
    found = re.search(r"[2-9A-Z]{5}-[2-9A-Z]{5}(?= )", text_of(sheet).replace(paper.voucher.ref, ""))
    assert found
    code = found[0]
    assert "data:image/svg+xml" in sheet.get_data(as_text=True)
    assert "0556-5550000" in text_of(sheet)
    assert code not in checker.get(address).get_data(as_text=True)
    assert code != paper.code


def test_a_sheet_of_another_district_is_not_there(committed_app: Flask, paper: Paper, enter: Enter) -> None:
    with saved(committed_app) as session:
        stranger = make_desk(session).officer
    client = enter(stranger)
    for page in ("sheet", "unlock"):
        assert client.get(f"/authority/vouchers/{paper.voucher.ref}/{page}").status_code == 404
