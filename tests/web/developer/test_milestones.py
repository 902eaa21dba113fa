"""From the developer's report of a handover to the household's word, and to the certificate, page by page."""

from collections.abc import Callable

from flask import Flask

from app.core.actor import Actor
from tests.factories.settlements import make_sold
from tests.web.contracting import sent_file
from tests.web.linting import LintingClient
from tests.web.sending import links, send, text_of
from tests.web.town import make_town, saved

Enter = Callable[[Actor], LintingClient]


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
