"""From the developer's report of a handover to the household's word, and to the certificate, page by page."""

from collections.abc import Callable

from flask import Flask

from app.core.actor import Actor
from tests.factories.policies import HAILING
from tests.factories.redemptions import make_shop
from tests.factories.settlements import make_sold
from tests.factories.vouchers import make_desk
from tests.web.contracting import sent_file
from tests.web.linting import LintingClient
from tests.web.sending import links, send, text_of
from tests.web.town import make_town, saved

Enter = Callable[[Actor], LintingClient]
BY_PROGRESS = (
    HAILING
    + """
settlement:
  tranches:
    - {event: frame_checked, share: 70%, pay_within: {days: 15}}
    - {event: building_registered, share: 30%, pay_within: {days: 15}}
"""
)


def test_a_handover_is_objected_to_then_confirmed_and_the_certificate_compared(
    enter: Enter, committed_app: Flask
) -> None:
    town = make_town(committed_app)
    with saved(committed_app) as session:
        buyer, redemption = make_sold(session, town.shop)
        ref = redemption.ref
    developer, household = enter(town.shop.developer), enter(buyer.actor)
    page = f"/developer/redemptions/{ref}"
    assert links(developer.get(page))["报告交房"] == f"{page}/handover"
    typed = {"happened_on": "2016-06-01", "file": sent_file()}
    assert send(developer, f"{page}/handover", {"happened_on": "2016-06-01"}).status_code == 422
    assert send(developer, f"{page}/handover", typed).status_code == 303
    assert "等住户确认" in text_of(developer.get(page))
    assert "确认交房，等您答复" in text_of(household.get("/household/")), "where a household begins"
    own = household.get(f"/household/redemptions/{ref}")
    answer = links(own)["确认交房，或者说哪里不对"]
    assert send(household, answer, {"decision": "object", "reason": ""}).status_code == 422
    assert send(household, answer, {"decision": "object", "reason": "还没有交钥匙"}).status_code == 303
    assert "还没有交钥匙" in text_of(developer.get(page))
    assert "等您答复" not in text_of(household.get("/household/"))
    again = {"happened_on": "2016-06-01", "file": sent_file(b"%PDF-1.7\n% again\n%%EOF\n")}
    assert send(developer, f"{page}/handover", again).status_code == 303
    answer = links(household.get(f"/household/redemptions/{ref}"))["确认交房，或者说哪里不对"]
    opened = household.get(links(household.get(answer))["合同.pdf（在新窗口打开）"])
    assert opened.status_code == 200
    assert send(household, answer, {"decision": "confirm"}).status_code == 303
    assert "住户已确认" in text_of(household.get(f"/household/redemptions/{ref}"))
    proof = {"happened_on": "2016-06-01", "number": "皖（2016）第1号", "file": sent_file()}
    assert send(developer, f"{page}/certificate", proof).status_code == 303
    officer = enter(town.shop.desk.officer)
    listed = officer.get("/authority/settlements/milestones/")
    (address,) = [href for href in links(listed).values() if "/milestones/JD-" in href]
    assert send(officer, address, {"decision": "confirm"}).status_code == 303
    assert "没有等核对的不动产权证" in text_of(officer.get("/authority/settlements/milestones/"))
    assert "征收办已核对" in text_of(officer.get(f"/authority/redemptions/{ref}"))


def test_the_inspection_of_the_frame_and_the_registration_are_asked_for_where_a_policy_pays_by_them(
    enter: Enter, committed_app: Flask
) -> None:
    town = make_town(committed_app)
    with saved(committed_app) as session:
        shop = make_shop(session, desk=make_desk(session, policy=BY_PROGRESS))
        _, redemption = make_sold(session, shop)
        _, other = make_sold(session, town.shop)
        ref = redemption.ref
        unasked = f"/developer/redemptions/{other.ref}"
    developer, officer = enter(shop.developer), enter(shop.desk.officer)
    page = f"/developer/redemptions/{ref}"
    offered = links(developer.get(page))
    assert offered["报告主体结构验收"] == f"{page}/frame_checked"
    assert offered["报告楼栋首次登记"] == f"{page}/building_registered"
    assert "报告主体结构封顶" not in offered
    assert "报告楼栋首次登记" not in links(enter(town.shop.developer).get(unasked))
    assert "登记机构出具的" in text_of(developer.get(f"{page}/building_registered"))
    assert "监理或者主管部门盖章的" in text_of(developer.get(f"{page}/frame_checked"))
    for kind in ("frame_checked", "building_registered"):
        missing = send(developer, f"{page}/{kind}", {"happened_on": "2016-06-01"})
        assert missing.status_code == 422
        typed = {"happened_on": "2016-06-01", "file": sent_file(f"%PDF-1.7\n% {kind}\n%%EOF\n".encode())}
        assert send(developer, f"{page}/{kind}", typed).status_code == 303
        listed = officer.get("/authority/settlements/milestones/")
        (address,) = [href for href in links(listed).values() if "/milestones/JD-" in href]
        asked = text_of(officer.get(address))
        assert ("查这一栋的首次登记" in asked) is (kind == "building_registered")
        assert send(officer, address, {"decision": "confirm"}).status_code == 303
    told = text_of(developer.get(page))
    assert told.count("征收办已核对") == 2
    assert "报告主体结构验收" not in links(developer.get(page))
