"""Entering a contract: buyers and scan, what is refused, the look before sending, who sees it."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from flask import Flask

from app.core import clock as clocks
from app.core.actor import Actor, Role
from app.homes import service as homes
from app.identity.models import Organisation
from app.redemptions.models import Redemption
from tests.factories.contracts import HOLDER_ID, SCAN
from tests.factories.identity import make_actor
from tests.factories.payments import pay_in
from tests.factories.projects import make_id_number
from tests.factories.redemptions import (
    contract,
    make_buyer,
    make_home,
    make_redemption,
    make_shop,
    verify_first,
)
from tests.web.contracting import CONTRACT, enter_contract, sent_file, type_contract
from tests.web.linting import LintingClient
from tests.web.sending import form_of, links, send, text_of
from tests.web.town import Town, make_town, saved

Enter = Callable[[Actor], LintingClient]

SPOUSE = {"name_2": "李建国", "relation_2": "spouse", "id_number_2": make_id_number(8)}


@pytest.fixture
def town(committed_app: Flask) -> Town:
    return make_town(committed_app)


@pytest.fixture
def locked(town: Town, committed_app: Flask) -> Redemption:
    with saved(committed_app) as session:
        return make_redemption(session, town.buyer, town.home)


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ({"contract_number": ""}, "请输入网签合同编号"),
        ({"contract_number": "网" * 61}, "网签合同编号最多 60 个字"),
        ({"contract_signed_on": "昨天"}, "签订日期要写成年月日"),
        ({"contract_signed_on": "2016-06-02"}, "签订日期不能晚于今天"),
        ({"contract_signed_on": "2016-05-31"}, "签订日期不能早于锁定房源的那一天"),
        ({"area": "89.51"}, "建筑面积 89.50 ㎡ 不一致"),
        ({"area": "很大"}, "合同上的建筑面积要写成数字"),
        ({"price": "462,000.01"}, "房票价 ¥462,000 不一致"),
        ({"price": ""}, "请输入合同总价"),
        ({"name_1": "", "id_number_1": "", "relation_1": ""}, "请填写合同上的买受人"),
        ({"name_1": ""}, "请填写这位买受人的姓名"),
        ({"name_1": "王" * 61}, "买受人姓名最多 60 个字"),
        ({"name_1": "张三"}, "房票持有人是王秀英，张三不是本人"),
        ({"relation_1": ""}, "请选择王秀英是房票持有人的什么人"),
        ({"relation_1": "cousin"}, "请从列出的选项中选择"),
        ({"id_number_1": HOLDER_ID[:-1]}, "王秀英的身份证号码不对"),
        ({**SPOUSE, "id_number_2": HOLDER_ID}, "李建国的身份证号码和前面一位买受人相同"),
        (
            {**SPOUSE, "relation_2": "sibling"},
            "买受人只能是房票持有人的本人、配偶、父母、子女；李建国是兄弟姐妹，不能写在合同上",
        ),
    ],
)
def test_a_contract_that_may_not_be_is_refused_at_its_field(
    enter: Enter, town: Town, locked: Redemption, typed: dict[str, str], message: str
) -> None:
    refused = type_contract(enter(town.shop.developer), locked.ref, **typed)
    assert refused.status_code == 422
    assert message in text_of(refused)
    _, kept = form_of(refused)
    boxes = {name: value for name, value in {**CONTRACT, **typed}.items() if not name.startswith("relation")}
    assert {name: kept[name] for name in boxes} == boxes


@pytest.mark.parametrize(
    ("file", "message"),
    [
        ((b"", ""), "请上传合同的扫描件"),
        ((b"", "合同.pdf"), "这个文件的内容不是 JPEG、PNG、WebP、PDF"),
        ((b"<html><script>alert(1)</script>", "合同.pdf"), "这个文件的内容不是 JPEG、PNG、WebP、PDF"),
        ((b"\x89PNG\r\n\x1a\n broken", "合同.png"), "这张图片不完整"),
        ((SCAN + b"0" * 8 * 1024 * 1024, "合同.pdf"), "文件超过 8 MB"),
    ],
)
def test_what_is_no_scan_is_refused(
    enter: Enter, town: Town, locked: Redemption, file: tuple[bytes, str], message: str
) -> None:
    refused = type_contract(enter(town.shop.developer), locked.ref, scan=sent_file(*file))
    assert refused.status_code == 422
    assert message in text_of(refused)
    assert "没有等着提交的合同" in text_of(
        enter(town.shop.developer).get(f"/developer/redemptions/{locked.ref}/contract/check")
    )


def test_a_contract_after_the_deadline_is_refused(
    enter: Enter, town: Town, locked: Redemption, clock: clocks.FixedClock
) -> None:
    developer = enter(town.shop.developer)
    address = f"/developer/redemptions/{locked.ref}/contract"
    _, sent = form_of(developer.get(address))
    clock.advance(timedelta(days=16))
    refused = developer.post(address, data={**sent, **CONTRACT, "scan": sent_file()})
    assert refused.status_code == 409
    assert "锁定期限已过" in text_of(refused)
    assert "现在不能填写合同" in text_of(developer.get(address))


def test_a_number_is_used_once(enter: Enter, town: Town, locked: Redemption, committed_app: Flask) -> None:
    with saved(committed_app) as session:
        contract(session, town.shop, locked, number="网签-1")
        other = make_redemption(session, make_buyer(session, town.shop.desk), make_home(session, town.shop))
    refused = type_contract(enter(town.shop.developer), other.ref, contract_number="网签-1")
    assert refused.status_code == 422
    assert "已经用在另一笔购房上" in text_of(refused)


def test_of_two_colleagues_who_type_at_once_one_sends_and_the_other_keeps_what_was_typed(
    enter: Enter, town: Town, locked: Redemption, committed_app: Flask
) -> None:
    with saved(committed_app) as session:
        second = make_actor(
            session,
            role=Role.DEVELOPER,
            organisation=session.get_one(Organisation, town.shop.developer.organisation),
        )
    mine, theirs = enter(town.shop.developer), enter(second)
    looked_at = type_contract(mine, locked.ref, contract_number="网签-甲").location
    _, seen = form_of(mine.get(looked_at))
    assert "网签-乙" in text_of(
        theirs.get(type_contract(theirs, locked.ref, contract_number="网签-乙").location)
    )
    refused = mine.post(looked_at, data=seen)
    assert refused.status_code == 409
    assert "有同事重新填写过" in text_of(refused)
    assert "网签-乙" in text_of(refused)
    again = mine.get(links(refused)["用我填的重新核对"])
    assert form_of(again)[1]["contract_number"] == "网签-甲"
    assert send(theirs, looked_at).status_code == 303
    late = mine.post(looked_at, data=seen)
    assert late.status_code == 409
    assert "用我填的重新核对" not in links(theirs.get(looked_at))


def test_buyers_who_differ_are_lit_before_sending_and_at_both_desks(
    enter: Enter, town: Town, locked: Redemption, committed_app: Flask
) -> None:
    developer, officer = enter(town.shop.developer), enter(town.shop.desk.officer)
    proof = {"proof_2": sent_file(b"%PDF-1.7 kin", "结婚证.pdf")}
    looked_at = type_contract(developer, locked.ref, **SPOUSE, **proof)
    page = developer.get(looked_at.location)
    assert "1 处不一致 买受人" in text_of(page)
    assert "王秀英、李建国" in text_of(page)
    assert HOLDER_ID not in page.get_data(as_text=True)
    assert locked.ref in text_of(enter(town.buyer.actor).get("/household/redemptions/"))
    assert "网签-2016-00017" not in text_of(
        enter(town.buyer.actor).get(f"/household/redemptions/{locked.ref}")
    )
    assert send(developer, looked_at.location).status_code == 303

    with saved(committed_app) as session:
        pay_in(session, town.shop.desk.officer, session.get_one(Redemption, locked.id))
    address = f"/authority/redemptions/{locked.ref}/verify"
    accept_proofs(officer, locked.ref)
    case = officer.get(address)
    assert "1 处不一致 买受人" in text_of(case)
    assert "不在名册上，要有亲属关系证明" in text_of(case)
    assert '<object class="anju-scan"' in case.get_data(as_text=True)
    assert "object-src 'self'" in case.headers["Content-Security-Policy"]
    unexplained = send(officer, address)
    assert "请写明为什么仍然可以通过" in text_of(unexplained)
    assert send(officer, address, {"explanation": "夫妻共同购买，结婚证已核对"}).status_code == 303
    second = text_of(enter(town.shop.desk.checker).get(address))
    assert "合同买受人和报价不同" in second


def accept_proofs(officer: LintingClient, ref: str) -> None:
    """Let an officer accept every paper of kinship of a contract."""
    seen = links(officer.get(f"/authority/redemptions/{ref}"))
    papers = [href for text, href in seen.items() if text.startswith("核对") and "/kinship/" in href]
    assert papers
    for paper in papers:
        assert send(officer, paper, {"decision": "accept"}).status_code == 303


def test_a_correction_keeps_what_was_before_and_what_was_seen_is_what_is_verified(
    enter: Enter, town: Town, locked: Redemption, committed_app: Flask
) -> None:
    developer, officer = enter(town.shop.developer), enter(town.shop.desk.officer)
    enter_contract(developer, locked.ref)
    with saved(committed_app) as session:
        pay_in(session, town.shop.desk.officer, session.get_one(Redemption, locked.id))
    address = f"/authority/redemptions/{locked.ref}"
    _, opened = form_of(officer.get(f"{address}/verify"))

    # Neither the scan nor the ID number is sent again: both are kept.
    changed = {"contract_number": "网签-2016-00071", "id_number_1": "", "scan": sent_file(b"", "")}
    assert "更正合同" in text_of(developer.get(f"/developer/redemptions/{locked.ref}"))
    enter_contract(developer, locked.ref, **changed)
    late = officer.post(f"{address}/verify", data=opened)
    assert "您打开以后，房企更正了合同" in text_of(late)
    page = officer.get(address)
    assert "更正以前的合同 合同编号 网签-2016-00017" in text_of(page)
    assert len([one for one in links(page).values() if "/contract/files/" in one]) >= 1
    assert send(officer, f"{address}/verify").status_code == 303
    assert "现在不能填写合同" in text_of(developer.get(f"/developer/redemptions/{locked.ref}/contract"))


def test_the_contract_itself_proves_no_kinship(enter: Enter, town: Town, locked: Redemption) -> None:
    developer = enter(town.shop.developer)
    refused = type_contract(developer, locked.ref, **SPOUSE, proof_2=sent_file(name="结婚证.pdf"))
    assert refused.status_code == 422
    assert "李建国的亲属关系证明和合同扫描件是同一个文件" in text_of(refused)


def test_one_paper_of_kinship_serves_two_buyers_and_a_child_is_pointed_out(
    enter: Enter, town: Town, locked: Redemption, committed_app: Flask
) -> None:
    developer, officer = enter(town.shop.developer), enter(town.shop.desk.officer)
    child = make_id_number(9, born=date(2008, 3, 4))
    kin = {
        **SPOUSE,
        "name_3": "李小宝",
        "relation_3": "child",
        "id_number_3": child,
        **{f"proof_{place}": sent_file(b"%PDF-1.7 family", "户口簿.pdf") for place in (2, 3)},
    }
    looked_at = type_contract(developer, locked.ref, **kin)
    assert "李小宝 （子女） 未成年" in text_of(developer.get(looked_at.location))
    assert send(developer, looked_at.location).status_code == 303
    with saved(committed_app) as session:
        pay_in(session, town.shop.desk.officer, session.get_one(Redemption, locked.id))
    address = f"/authority/redemptions/{locked.ref}/verify"
    assert "未成年" in text_of(officer.get(address))
    accept_proofs(officer, locked.ref)
    assert send(officer, address, {"explanation": "全家共同购买，户口簿已核对"}).status_code == 303
    assert "有未成年的买受人，由监护人代签" in text_of(enter(town.shop.desk.checker).get(address))


def test_a_price_that_changed_after_the_lock_changes_no_contract(
    enter: Enter, town: Town, locked: Redemption, committed_app: Flask
) -> None:
    developer = enter(town.shop.developer)
    address = type_contract(developer, locked.ref).location
    with saved(committed_app) as session:
        homes.set_price(
            session,
            actor=town.shop.developer,
            home_id=town.home.id,
            kind="voucher",
            amount_fen=45_000_000,
            reason="让利",
        )
    assert "¥450,000" not in text_of(developer.get(address))
    assert send(developer, address).status_code == 303
    assert "合同总价 ¥462,000" in text_of(developer.get(f"/developer/redemptions/{locked.ref}"))


def test_a_correction_that_comes_after_the_verification_is_refused(
    enter: Enter, town: Town, locked: Redemption, committed_app: Flask
) -> None:
    developer = enter(town.shop.developer)
    enter_contract(developer, locked.ref)
    form = f"/developer/redemptions/{locked.ref}/contract"
    _, open_form = form_of(developer.get(form))
    address = type_contract(developer, locked.ref, contract_number="网签-改").location
    _, open_check = form_of(developer.get(address))
    with saved(committed_app) as session:
        verify_first(session, town.shop, session.get_one(Redemption, locked.id))
    for where, sent in ((form, {**open_form, **CONTRACT, "scan": sent_file()}), (address, open_check)):
        refused = developer.post(where, data=sent)
        assert refused.status_code == 409
        assert "合同不能再更正" in text_of(refused)
    assert "网签-改" not in text_of(enter(town.shop.desk.officer).get(f"/authority/redemptions/{locked.ref}"))


def test_a_draft_that_another_replaced_is_not_sent(enter: Enter, town: Town, locked: Redemption) -> None:
    developer = enter(town.shop.developer)
    address = type_contract(developer, locked.ref).location
    _, shown = form_of(developer.get(address))
    type_contract(developer, locked.ref, contract_number="网签-2")
    refused = developer.post(address, data=shown)
    assert refused.status_code == 409
    assert "有同事重新填写过" in text_of(refused)
    assert send(developer, address).status_code == 303


def test_a_scan_is_for_its_parties_and_nobody_else(
    enter: Enter, town: Town, locked: Redemption, committed_app: Flask
) -> None:
    developer = enter(town.shop.developer)
    enter_contract(developer, locked.ref)
    with saved(committed_app) as session:
        elsewhere = make_shop(session)
        neighbour = make_buyer(session, town.shop.desk)
        district = town.shop.desk.district
        auditor, regulator = (
            make_actor(session, role=role, district=district) for role in (Role.AUDITOR, Role.REGULATOR)
        )
    page = enter(town.buyer.actor).get(f"/household/redemptions/{locked.ref}")
    scan = next(one for one in links(page).values() if "/contract/files/" in one)
    shown = "340803************"
    assert shown in text_of(page)
    assert HOLDER_ID not in page.get_data(as_text=True)
    paper = scan.rpartition("/")[2]

    def status(who: Actor, part: str) -> int:
        return enter(who).get(f"/{part}/redemptions/{locked.ref}/contract/files/{paper}").status_code

    desk = town.shop.desk
    handed = enter(town.buyer.actor).get(scan)
    assert handed.data == SCAN
    assert handed.headers["Cache-Control"] == "no-store"
    assert "frame-ancestors 'self'" in handed.headers["Content-Security-Policy"]
    assert [status(one, "authority") for one in (desk.officer, desk.checker, auditor)] == [200, 200, 200]
    assert status(town.shop.developer, "developer") == 200
    assert status(neighbour.actor, "household") == 404
    assert status(elsewhere.developer, "developer") == 404
    assert status(elsewhere.desk.officer, "authority") == 404
    assert status(regulator, "authority") in {403, 404}


def test_a_scan_of_another_purchase_is_not_found_by_this_ones_address(
    enter: Enter, town: Town, locked: Redemption, committed_app: Flask
) -> None:
    with saved(committed_app) as session:
        other = make_redemption(session, make_buyer(session, town.shop.desk), make_home(session, town.shop))
        contract(session, town.shop, other)
        verify_first(session, town.shop, other)
    developer = enter(town.shop.developer)
    enter_contract(developer, locked.ref)
    page = developer.get(f"/developer/redemptions/{locked.ref}")
    paper = next(one for one in links(page).values() if "/contract/files/" in one).rpartition("/")[2]
    address = f"/developer/redemptions/{other.ref}/contract/files/{paper}"
    assert developer.get(address).status_code == 404
