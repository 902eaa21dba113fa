"""A household reads the rule and what each voucher would be, asks, and follows it to the new vouchers."""

import io
from collections.abc import Callable

import pypdfium2
import pytest
import yaml
from flask import Flask
from sqlalchemy import select

from app.core.actor import Actor, Role
from app.core.audit import AuditRow
from app.vouchers.move_queries import list_made, list_moves
from tests.factories.contracts import SCAN
from tests.factories.identity import make_actor
from tests.factories.moves import MOVING, carry_out, make_holder, other_of, split_of, transfer_of
from tests.factories.policies import HAILING
from tests.factories.redemptions import Buyer, Shop, make_buyer, make_home, make_redemption, make_shop, redeem
from tests.factories.vouchers import make_desk
from tests.web.linting import LintingClient
from tests.web.sending import form_to, links, send, text_of, token_of
from tests.web.town import saved

Enter = Callable[[Actor], LintingClient]
WAN = 1_000_000


def make(app: Flask, policy: str = MOVING) -> tuple[Shop, Buyer]:
    """Return a district of a policy with a household of two vouchers, that bought a home with the first."""
    with saved(app) as session:
        shop = make_shop(session, desk=make_desk(session, policy=policy))
        buyer = make_buyer(session, shop.desk, faces=(120 * WAN, 30 * WAN))
        own = Buyer(buyer.actor, buyer.household, buyer.vouchers[:1])
        redeem(session, shop, make_redemption(session, own, make_home(session, shop, voucher_fen=42 * WAN)))
        return shop, buyer


def prepared() -> dict[str, object]:
    """Return what an officer sends of the papers."""
    return {"evidence": "转让协议，2018年3月2日", "paper_1": (io.BytesIO(SCAN), "协议.pdf"), "checked": "yes"}


def test_a_policy_without_merges_offers_none_and_draws_no_outcome(enter: Enter, committed_app: Flask) -> None:
    _shop, buyer = make(committed_app, MOVING.replace("merges: 2", "merges: 0"))
    ours, (first, second) = enter(buyer.actor), (one.ref for one in buyer.vouchers)
    assert "没有两张可以合并的房票" in text_of(ours.get("/household/merge"))
    assert "没有两张可以合并" in text_of(ours.get(f"/household/merge?vouchers={first}&vouchers={second}"))
    with_none = MOVING.replace("transfers: 2", "transfers: 0")
    _shop, other = make(committed_app, with_none)
    page = text_of(enter(other.actor).get(f"/household/vouchers/{other.vouchers[0].ref}/transfer"))
    assert ("不可以转让" in page, "办结以后的房票" in page) == (True, False)


def press(client: LintingClient, page: str, act: str, **typed: str) -> int:
    """Fill in one of the forms of a move's page and send it; return the answer's status."""
    action = f"{page}/{act}"
    return client.post(action, data={**form_to(client.get(page), action), **typed}).status_code


def carried_out(shop: Shop, page: str, officer: LintingClient, checker: LintingClient) -> None:
    """Take a move that is ready through both people, with its papers."""
    desk = f"/authority/moves/{page.rsplit('/', 1)[-1]}"
    assert "等待办理的转让、拆分、合并和继承（1 件）" in text_of(officer.get("/authority/"))
    without = send(officer, f"{desk}/prepare", {"evidence": "协议", "checked": "yes"})
    assert "请至少上传一份材料的扫描件" in text_of(without)
    assert send(officer, f"{desk}/prepare", prepared()).status_code == 303
    assert "协议.pdf" in links(checker.get(desk))
    assert checker.get(links(checker.get(desk))["协议.pdf"]).status_code == 200
    (scan,) = (to for to in links(checker.get(f"{desk}/approve")).values() if "/papers/" in to)
    assert checker.get(scan).status_code == 200, "who approves looks at the papers where it is done"
    number, shown = other_of(5).id_number, f"{desk}/number"
    assert number not in text_of(checker.get(f"{desk}/approve"))
    sent = checker.post(shown, data=form_to(checker.get(f"{desk}/approve"), shown))
    assert number in text_of(sent), "the checker compares it with the scan"
    approval = form_to(sent, f"{desk}/approve")
    assert checker.post(f"{desk}/approve", data={**approval, "checked": "yes"}).status_code == 303
    assert checker.post(shown, data=approval).status_code == 409, "decided, it is masked again"


def asked(ours: LintingClient, voucher: str) -> str:
    """Ask for a transfer after two slips; return the address of its page."""
    shown = text_of(ours.get(f"{voucher}/transfer"))
    for words in (
        "按政策可以转让 2 次，已经转让 0 次",
        "对方用它买房，奖励照旧",
        "¥850,000",
        "换发的一张",
        "要不回来",
    ):
        assert words in shown
    form = {"name": "王秀英", "id_number": other_of(5).id_number, "kin": "child"}
    assert "请看清上面的内容" in text_of(send(ours, f"{voucher}/transfer", form))
    wrong = send(ours, f"{voucher}/transfer", {**form, "name": "王秀兰", "understood": "yes"})
    assert "姓名和身份证号对不上" in text_of(wrong)
    sent = send(ours, f"{voucher}/transfer", {**form, "understood": "yes"})
    assert sent.status_code == 303
    return str(sent.location)


@pytest.mark.parametrize(("kin", "has"), [("child", "奖励照旧"), ("sibling", "没有奖励")])
def test_who_keeps_the_bonus_is_told_before_and_after_it_is_said_who_takes_it(
    enter: Enter, committed_app: Flask, kin: str, has: str
) -> None:
    keeps = "transfers: {times: 2, register: needed, bonus: {kept_by: [child, spouse]}}"
    _shop, buyer = make(committed_app, MOVING.replace("transfers: 2", keeps))
    ours, voucher = enter(buyer.actor), f"/household/vouchers/{buyer.vouchers[0].ref}"
    shown = text_of(ours.get(f"{voucher}/transfer"))
    assert "转让给配偶、子女的，对方用它买房，奖励照旧；转让给别人的，对方买房没有奖励了" in shown
    assert "看转让给谁" in shown
    form = {"name": "王秀英", "id_number": other_of(5).id_number, "kin": kin, "understood": "yes"}
    sent = send(ours, f"{voucher}/transfer", form)
    assert sent.status_code == 303
    after = text_of(ours.get(str(sent.location)))
    assert ("没有奖励 " in after) == (has == "没有奖励"), "the row says it"


def test_how_often_it_may_go_to_kin_and_to_others_is_told(enter: Enter, committed_app: Flask) -> None:
    rules = yaml.safe_load(MOVING)
    rules["transfers"] = {"times": 1, "kin": {"to": ["spouse", "child"], "times": "any"}}
    rules["splits"] = {"times": 1, "to_month": 6, "only": "unused"}
    shop, buyer = make(committed_app, yaml.safe_dump(rules, allow_unicode=True))
    voucher, ours = buyer.vouchers[1], enter(buyer.actor)
    shown = text_of(ours.get(f"/household/vouchers/{voucher.ref}/transfer"))
    assert "按政策转让给配偶、子女不限次数，已经办了 0 次" in shown
    assert "按政策可以转让给其他人 1 次，已经转让给其他人 0 次" in shown
    assert "看转让给谁" in shown, "as what it counts"
    shown = text_of(ours.get(f"/household/vouchers/{voucher.ref}/split"))
    assert "只有没有用过的房票可以拆分" in shown
    assert "可以申请拆分的时间：使用期限第 6 个月为止" in shown
    with saved(committed_app) as session:
        (given,) = carry_out(session, shop.desk, buyer.actor, transfer_of(voucher), other_of(7))
        move = given.move
        assert move is not None
        ref = move.ref
    shown = text_of(ours.get(f"/household/moves/{ref}"))
    assert "按政策转让给配偶、子女不限次数，已经办了 0 次" in shown, "as it was when it was asked"
    assert "转让给近亲属 1 次" in shown
    assert "看转让给谁" not in shown


def test_a_bonus_of_who_takes_over_is_told_before_and_after(enter: Enter, committed_app: Flask) -> None:
    keeps = "transfers: {times: 2, bonus: {kept_by: [spouse]}}"
    rules = yaml.safe_load(MOVING.replace("transfers: 2", keeps))
    tiers = [{"from_month": 1, "to_month": 18, "rate": "5%"}]
    others = {"base": "spent", "fixed_by": "lock", "earned_by": "transferee", "tiers": tiers}
    rules["bonus"] = [rules["bonus"], others]
    _shop, buyer = make(committed_app, yaml.safe_dump(rules, allow_unicode=True))
    ours, voucher = enter(buyer.actor), f"/household/vouchers/{buyer.vouchers[0].ref}"
    assert "受让人" not in text_of(ours.get(voucher)), "the holder's own bonus is another one"
    shown = text_of(ours.get(f"{voucher}/transfer"))
    assert "转让给配偶的，对方用它买房，奖励照旧；转让给别人的，按政策给受让人的标准奖励" in shown
    form = {"name": "王秀英", "id_number": other_of(5).id_number, "kin": "child", "understood": "yes"}
    sent = send(ours, f"{voucher}/transfer", form)
    assert "奖励按受让人的标准 " in text_of(ours.get(str(sent.location)))
    assert ours.get(f"{sent.location}/form.pdf").data.startswith(b"%PDF")


def test_from_the_rule_to_the_new_holders_wallet(enter: Enter, committed_app: Flask) -> None:
    shop, buyer = make(committed_app)
    with saved(committed_app) as session:
        taker = make_holder(session, shop.desk, number=5)
    ours, theirs = enter(buyer.actor), enter(taker.actor)
    voucher = f"/household/vouchers/{buyer.vouchers[0].ref}"
    assert {"转让给别人", "拆分、离婚分割", "和自家的合并"} <= set(links(ours.get(voucher)))
    page = asked(ours, voucher)
    assert "等对方同意" in text_of(ours.get(page))
    assert links(ours.get(voucher))["看办到哪一步了，要带什么材料"] == page
    assert "正在办理转让" in text_of(ours.get(f"{voucher}/transfer"))
    assert other_of(5).id_number not in text_of(ours.get(page))
    assert ours.get(f"{page}/form.pdf").data.startswith(b"%PDF")
    assert "要把房票给您，请您决定" in " ".join(links(theirs.get("/household/")))
    for shown in (text_of(theirs.get("/household/")), text_of(theirs.get(page))):
        assert "等您决定" in shown
        assert "等对方同意" not in shown
    assert "请看清楚，再决定要不要" in text_of(theirs.get(page))
    assert press(theirs, page, "consent", understood="yes") == 303
    carried_out(shop, page, enter(shop.desk.officer), enter(shop.desk.checker))
    assert "已办结" in text_of(theirs.get(page))
    assert "换发以前用掉" in text_of(theirs.get("/household/"))
    with saved(committed_app) as session:
        (new,) = list_made(session, move=list_moves(session, actor=shop.desk.officer)[0])
        seen = session.scalars(select(AuditRow).where(AuditRow.action == "move.reveal")).all()
        assert [row.user_id for row in seen] == [shop.desk.checker.user_id]
    got = text_of(theirs.get(f"/household/vouchers/{new.ref}"))
    assert "转让，从原房票转入" in got
    assert "按补偿协议" not in got, "the agreement is another household's"
    old = text_of(ours.get(voucher))
    assert "已换发" in old
    assert "转到新房票" in old
    assert "用不完怎么办" not in old, "nothing is left of it"
    for act in ("", "/transfer", "/split", "/split?first=1&second=&why=own"):
        assert theirs.get(f"{voucher}{act}").status_code == 404
    token = token_of(theirs.get("/household/"))
    assert theirs.post(f"{voucher}/split", data={"csrf_token": token}).status_code == 404


def test_the_register_says_who_holds_what_and_is_read_by_auditors(enter: Enter, committed_app: Flask) -> None:
    shop, buyer = make(committed_app)
    with saved(committed_app) as session:
        (new,) = carry_out(
            session, shop.desk, buyer.actor, transfer_of(buyer.vouchers[0]), other_of(9, "李建国")
        )
        auditor = make_actor(session, role=Role.AUDITOR, district=shop.desk.district)
    officer = enter(shop.desk.officer)
    for reader in (officer, enter(auditor)):
        assert "李建国（子女） 340803************" in text_of(reader.get("/authority/moves/register"))
        assert reader.get("/authority/moves/register.xlsx").status_code == 200
    told = officer.get("/authority/moves/register.csv").get_data(as_text=True)
    assert "340803************" in told
    assert new.ref in told
    assert "已换发" in text_of(officer.get(f"/authority/vouchers/{buyer.vouchers[0].ref}"))
    assert "换发的房票：看怎么来的" in links(officer.get(f"/authority/vouchers/{new.ref}"))
    assert enter(buyer.actor).get("/authority/moves/register").status_code == 403


def test_a_split_and_a_merge_show_what_each_voucher_will_be(enter: Enter, committed_app: Flask) -> None:
    _shop, buyer = make(committed_app)
    ours = enter(buyer.actor)
    first, second = (voucher.ref for voucher in buyer.vouchers)
    split = f"/household/vouchers/{first}/split"
    assert "看拆分以后的样子" in text_of(ours.get(split))
    wrong = ours.get(f"{split}?first=900000&second=&why=own")
    assert "拆出的金额要小于现在的余额" in text_of(wrong)
    chosen = f"{split}?first=300000&second=0.01&why=own"
    page = text_of(ours.get(chosen))
    for words in ("留下的一张", "拆出第 1 张", "¥300,000", "¥0.01", "¥549,999.99", "买房奖励", "已办过"):
        assert words in page
    sent = send(ours, chosen, {"understood": "yes"})
    assert sent.status_code == 303
    waits = text_of(ours.get(sent.location))
    assert "等待经办人核对" in waits
    assert "到窗口要带的材料 本人身份证，当面核对 签了字的申请表" in waits
    assert press(ours, sent.location, "withdraw") == 303
    assert "要带的材料" not in text_of(ours.get(sent.location))
    divorce = text_of(ours.get(f"{split}?first=300000&second=&why=divorce"))
    assert "对方身份证号码" in divorce
    bring = "到窗口要带的材料 双方身份证，当面核对 签了字的申请表 离婚证"
    assert bring in divorce, "before anything is asked"
    assert "余额 ¥850,000，使用期限到" in text_of(ours.get("/household/merge")), "which of them it is"
    assert 'name="look"' in ours.get("/household/merge").text, "else a form without a tick sends nothing"
    nothing = ours.get("/household/merge?look=yes")
    assert nothing.status_code == 422, "nothing is ticked"
    assert "请至少选两张房票" in text_of(nothing)
    merged = f"/household/merge?vouchers={first}&vouchers={second}"
    assert "合并至少要选两张房票" in text_of(ours.get(f"/household/merge?vouchers={first}"))
    assert "¥1,150,000" in text_of(ours.get(merged))
    assert send(ours, merged, {"understood": "yes"}).status_code == 303
    assert "余额，办理期间不能用" in text_of(ours.get("/household/"))
    assert "余额，办理期间不能用" in text_of(ours.get(f"/household/vouchers/{first}"))
    assert "变更办理中" in text_of(ours.get("/household/"))


def test_who_divorces_reads_of_a_former_spouse_and_what_both_bring(
    enter: Enter, committed_app: Flask
) -> None:
    _shop, buyer = make(committed_app)
    ours, voucher = enter(buyer.actor), f"/household/vouchers/{buyer.vouchers[0].ref}"
    other = {"name": other_of(5).name, "id_number": other_of(5).id_number, "understood": "yes"}
    sent = send(ours, f"{voucher}/split?first=300000&second=&why=divorce", other)
    told = text_of(ours.get(str(sent.location)))
    assert "对方是申请人的什么人 原配偶" in told
    assert "双方身份证，当面核对 签了字的申请表 离婚证；法院判决、调解离婚的没有，不用带" in told
    form = pypdfium2.PdfDocument(ours.get(f"{sent.location}/form.pdf").data)
    assert "原配偶" in form[0].get_textpage().get_text_range()
    assert "持有人去世了，家里人怎么办" in text_of(ours.get(voucher))
    assert "全体继承人签了字的继承申请表" in text_of(ours.get(voucher))


PARTED = MOVING.replace("splits: 2", "splits: {times: 2, past: parted}")


@pytest.mark.parametrize(
    ("policy", "told"),
    [
        (MOVING, "以前用掉的金额和得到的奖励算在留下的一张上。"),
        (PARTED, "按每张余额的多少分摊到各张上。拆分不会让奖励变多，也不会让余额更容易兑付。"),
    ],
    ids=["kept", "parted"],
)
def test_a_split_says_where_what_was_used_counts_and_both_vouchers_lead_there(
    enter: Enter, committed_app: Flask, policy: str, told: str
) -> None:
    shop, buyer = make(committed_app, policy)
    ours, before = enter(buyer.actor), buyer.vouchers[0]
    old = f"/household/vouchers/{before.ref}"
    asked = text_of(ours.get(f"{old}/split?first=300000&second=&why=own"))
    assert told in asked
    assert ("分摊到各张上" in asked) == (policy == PARTED)
    assert "看换成了什么" not in text_of(ours.get(old)), "nothing came of it yet"
    with saved(committed_app) as session:
        news = [one.ref for one in carry_out(session, shop.desk, buyer.actor, split_of(before, 30 * WAN))]
    move = links(ours.get(old))["这张房票已经换发，看换成了什么"]
    shown = ours.get(move)
    assert told in text_of(shown)
    assert len(news) == 2
    for ref in news:
        assert f"看新的房票 {ref}" in links(shown)
        assert links(ours.get(f"/household/vouchers/{ref}"))["这张房票是换发的，看怎么来的"] == move


def test_who_holds_none_signs_at_the_counter_and_the_papers_are_the_offices(
    enter: Enter, committed_app: Flask
) -> None:
    shop, buyer = make(committed_app)
    ours, officer, checker = enter(buyer.actor), enter(shop.desk.officer), enter(shop.desk.checker)
    page = f"/household/vouchers/{buyer.vouchers[1].ref}/transfer"
    person = {"name": "李建国", "id_number": other_of(9).id_number}
    sent = send(ours, page, {**person, "kin": "other", "understood": "yes"})
    desk = f"/authority/moves/{sent.location.rsplit('/', 1)[-1]}"
    assert "对方当面签字" in links(officer.get(desk))
    other = {**person, "name": "李四", "checked": "yes"}
    assert "姓名和身份证号对不上" in text_of(send(officer, f"{desk}/witness", other))
    assert send(officer, f"{desk}/witness", {**person, "checked": "yes"}).status_code == 303
    assert send(officer, f"{desk}/prepare", prepared()).status_code == 303
    assert send(checker, f"{desk}/send-back", {"reason": "缺户口簿"}).status_code == 303
    assert "缺户口簿" in text_of(officer.get(desk))
    assert send(officer, f"{desk}/refuse", {"reason": "材料不齐"}).status_code == 303
    assert "没有通过" in text_of(ours.get(sent.location))


@pytest.mark.parametrize("act", ["转让给别人", "拆分、离婚分割", "和自家的合并"])
def test_what_the_policy_does_not_know_is_not_offered(enter: Enter, committed_app: Flask, act: str) -> None:
    _shop, buyer = make(committed_app, HAILING.replace("transfers: 1", "transfers: 0"))
    assert act not in links(enter(buyer.actor).get(f"/household/vouchers/{buyer.vouchers[0].ref}"))


@pytest.mark.parametrize(("kin", "proves"), [("child", True), ("other", False)])
def test_who_is_no_kin_brings_no_proof_of_it(
    enter: Enter, committed_app: Flask, kin: str, proves: bool
) -> None:
    _shop, buyer = make(committed_app, MOVING)
    ours = enter(buyer.actor)
    form = {"name": "王秀英", "id_number": other_of(5).id_number, "kin": kin, "understood": "yes"}
    sent = send(ours, f"/household/vouchers/{buyer.vouchers[0].ref}/transfer", form)
    assert ("亲属关系证明" in text_of(ours.get(sent.location))) == proves
