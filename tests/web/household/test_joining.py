"""A mother merges her voucher with her son's: what each reads before, and who gives it back."""

from collections.abc import Callable

from flask import Flask

from app.core.actor import Actor
from app.vouchers.move_queries import list_made, list_moves
from tests.factories.moves import MOVING, make_holder, other_of
from tests.factories.redemptions import Buyer
from tests.factories.vouchers import Desk, make_desk
from tests.web.household.test_moves import prepared, press
from tests.web.linting import LintingClient
from tests.web.sending import form_to, links, send, text_of
from tests.web.town import saved

Enter = Callable[[Actor], LintingClient]
WAN = 1_000_000
WITH = "/household/merge/with"


def make(app: Flask) -> tuple[Desk, Buyer, Buyer]:
    with saved(app) as session:
        desk = make_desk(session, policy=MOVING.replace("merges: 2", "merges: {times: 2, of: kin}"))
        mother, son = (
            make_holder(session, desk, number=number, faces=(fen,))
            for number, fen in ((1, 120 * WAN), (2, 50 * WAN))
        )
        return desk, mother, son


def typed(mother: Buyer, son: Buyer, **otherwise: str) -> dict[str, str]:
    return {
        "own": mother.vouchers[0].ref,
        "voucher_1": son.vouchers[0].ref.lower().replace("-", " "),
        "name_1": "王秀英",
        "id_number_1": other_of(2).id_number,
        "kin_1": "child",
        **otherwise,
    }


def asked(ours: LintingClient, mother: Buyer, son: Buyer) -> str:
    """Ask as the pages lead there; return the address of the move."""
    shown = send(ours, WITH, typed(mother, son))
    assert shown.status_code == 200
    text = text_of(shown)
    for words in ("¥1,700,000", "全部归王秀英一家", "要不回来", "王秀英（子女）", "可以和亲属的房票合并"):
        assert words in text
    form = form_to(shown, f"{WITH}/ask?others=1")
    unread = ours.post(f"{WITH}/ask?others=1", data=form)
    assert "请看清上面的内容" in text_of(unread)
    form = form_to(unread, f"{WITH}/ask?others=1")
    sent = ours.post(f"{WITH}/ask?others=1", data={**form, "understood": "yes"})
    assert sent.status_code == 303
    return str(sent.location)


def test_both_read_whose_it_will_be_before_they_say_yes(enter: Enter, committed_app: Flask) -> None:
    desk, mother, son = make(committed_app)
    ours, theirs, officer, checker = map(enter, (mother.actor, son.actor, desk.officer, desk.checker))
    assert "和别家的合并" in links(ours.get(f"/household/vouchers/{mother.vouchers[0].ref}"))
    assert "填 2 张的表" in text_of(ours.get(WITH))
    assert "别家的第 2 张" in text_of(ours.get(f"{WITH}?others=2"))
    page = asked(ours, mother, son)
    assert "等其他各家同意" in text_of(ours.get(page))
    assert "要和您家的房票合并，请您决定" in " ".join(links(theirs.get("/household/")))
    shown = text_of(theirs.get(page))
    for words in ("并进他家的", "¥1,700,000", "全部归王秀英一家", "自己不能再用，也要不回来", "还没有"):
        assert words in shown
    assert theirs.get(f"{page}/form.pdf").data.startswith(b"%PDF")
    assert press(theirs, page, "consent", understood="yes") == 303
    assert "收回我家的同意，不合并了" in theirs.get(page).get_data(as_text=True)
    work = f"/authority/moves/{page.rsplit('/', 1)[-1]}"
    assert "户口簿" in text_of(officer.get(f"{work}/prepare"))
    assert send(officer, f"{work}/prepare", prepared()).status_code == 303
    assert "其他各家" in text_of(checker.get(f"{work}/approve"))
    assert other_of(2).id_number not in text_of(checker.get(f"{work}/approve"))
    whole = checker.post(f"{work}/number", data=form_to(checker.get(f"{work}/approve"), f"{work}/number"))
    assert other_of(2).id_number in text_of(whole)
    approval = form_to(whole, f"{work}/approve")
    assert checker.post(f"{work}/approve", data={**approval, "checked": "yes"}).status_code == 303
    with saved(committed_app) as session:
        (new,) = list_made(session, move=list_moves(session, actor=desk.officer)[0])
    assert "¥1,700,000" in text_of(ours.get(f"/household/vouchers/{new.ref}"))
    assert theirs.get(f"/household/vouchers/{new.ref}").status_code == 404
    register = text_of(officer.get("/authority/moves/register"))
    for words in ("王秀英（子女） 340803************", son.vouchers[0].ref, new.ref):
        assert words in register
    assert "500000" in officer.get("/authority/moves/register.csv").get_data(as_text=True)


def test_a_slip_says_only_that_it_does_not_fit_and_whoever_consented_may_leave(
    enter: Enter, committed_app: Flask
) -> None:
    desk, mother, son = make(committed_app)
    ours, theirs, officer = map(enter, (mother.actor, son.actor, desk.officer))
    for slip in ({"name_1": "李四"}, {"id_number_1": other_of(9).id_number}, {"voucher_1": "FP-1"}):
        wrong = send(ours, WITH, typed(mother, son, **slip))
        assert wrong.status_code == 422
        assert "房票编号、姓名和身份证号码对不上" in text_of(wrong)
    stranger = send(ours, WITH, typed(mother, son, kin_1="other"))
    assert "政策只允许和亲属的房票合并" in text_of(stranger)
    assert "我看明白了" not in text_of(stranger)
    page = asked(ours, mother, son)
    work = f"/authority/moves/{page.rsplit('/', 1)[-1]}"
    card = {"name": "王秀英", "id_number": other_of(2).id_number, "checked": "yes"}
    assert send(officer, f"{work}/witness", card).status_code == 303
    assert press(theirs, page, "withdraw") == 303
    assert "已经撤回" in text_of(ours.get(page))
    again = asked(ours, mother, son)
    assert press(theirs, again, "decline") == 303
    assert "对方没有同意" in text_of(ours.get(again))
