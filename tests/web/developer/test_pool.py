"""Joining a pool, from the application to a suspension, by the pages of both sides."""

import io
from dataclasses import dataclass
from typing import Any

import pytest
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from app.core.actor import Actor, Duty, Role
from app.homes import service
from app.homes.models import Home
from app.identity.models import District
from tests.factories.homes import admit, make_building, make_developer, make_development, make_home
from tests.factories.identity import make_actor, make_district
from tests.factories.pictures import PDF, png
from tests.web.developer.conftest import Begin, Enter
from tests.web.linting import LintingClient
from tests.web.sending import form_of, send, text_of


@dataclass(frozen=True)
class Scene:
    """A district with two people of its authority, and a company that is not in its pool."""

    district: District
    manager: LintingClient
    officer: LintingClient
    checker: LintingClient
    developer: Actor


@pytest.fixture
def scene(transaction: Begin, enter: Enter) -> Scene:
    with transaction() as session:
        district = make_district(session)
        developer = make_developer(session)
        officer, checker = (
            make_actor(session, role=role, district=district) for role in (Role.OFFICER, Role.CHECKER)
        )
    return Scene(district, enter(developer), enter(officer), enter(checker), developer)


def send_papers(browser: LintingClient, address: str, **typed: Any) -> TestResponse:
    sent = form_of(browser.get(address))[1]
    for name in ("licence", "signed", "other"):
        sent.pop(name, None)
        if name in typed:
            content = typed.pop(name)
            sent[name] = FileStorage(io.BytesIO(content), filename=f"{name}.pdf", name=name)
    boundary, body = encode_multipart({**sent, **typed})
    return browser.post(address, data=body, content_type=f"multipart/form-data; boundary={boundary}")


def apply(scene: Scene, **typed: Any) -> TestResponse:
    whole = {
        "licence": PDF + b"1",
        "signed": PDF + b"2",
        "accepted_by_name": "周敏",
        "undertaking": "yes",
        **typed,
    }
    whole = {name: value for name, value in whole.items() if value != ""}
    return send_papers(scene.manager, f"/developer/pool/apply/{scene.district.code}", **whole)


def step(scene: Scene, ref: str, action: str, reason: str = "") -> None:
    address = f"/authority/pool/{ref}"
    assert send(scene.officer, f"{address}/propose", {"action": action, "reason": reason}).status_code == 303
    assert send(scene.checker, f"{address}/decide", {"decision": "approve"}).status_code == 303


def test_an_application_goes_back_and_forth_and_is_admitted(scene: Scene) -> None:
    assert "没有申请" in text_of(scene.manager.get("/developer/pool/"))
    made = apply(scene)
    assert made.status_code == 303
    page = text_of(scene.manager.get(made.location))
    for words in ("已提交，等核对", "周敏", "营业执照：licence.pdf", "同一套房，房票价不高于现金价"):
        assert words in page
    ref = made.location.rpartition("/")[2]
    assert "等待核对的入库申请" in text_of(scene.officer.get("/authority/"))

    address = f"/authority/pool/{ref}"
    refused = send(scene.officer, f"{address}/propose", {"action": "ask_changes", "reason": ""})
    assert refused.status_code == 422
    assert "请写明理由" in text_of(refused)
    step(scene, ref, "ask_changes", "执照看不清")
    page = scene.manager.get(made.location)
    assert "执照看不清" in text_of(page)
    again = send_papers(scene.manager, f"{made.location}/again", licence=png())
    assert again.status_code == 303

    send(scene.officer, f"{address}/propose", {"action": "admit"})
    assert "正在等复核人复核" in text_of(scene.officer.get(f"{address}/propose"))
    assert "等待复核的入库事项" in text_of(scene.checker.get("/authority/"))
    rejected = send(scene.checker, f"{address}/decide", {"decision": "reject", "reason": ""})
    assert "请写明理由" in text_of(rejected)
    send(scene.checker, f"{address}/decide", {"decision": "reject", "reason": "法人不一致"})
    assert "法人不一致" in text_of(scene.officer.get(address))
    assert "法人不一致" not in text_of(scene.manager.get(made.location))
    step(scene, ref, "admit")
    assert "已入库" in text_of(scene.manager.get("/developer/pool/"))
    assert "已入库" in text_of(scene.officer.get("/authority/pool/?state=admitted"))
    assert "没有这样的房企" in text_of(scene.officer.get("/authority/pool/?state=left"))
    assert "已经有申请" in text_of(scene.manager.get(f"/developer/pool/apply/{scene.district.code}"))
    assert "现在不需要补正" in text_of(scene.manager.get(f"{made.location}/again"))


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ({"licence": b""}, "请上传这份材料"),
        ({"signed": b"<html>"}, "这个文件的内容不是 JPEG、PNG、WebP、PDF"),
        ({"accepted_by_name": ""}, "请输入接受承诺的人的姓名"),
        ({"undertaking": ""}, "请看完承诺书，勾选接受后再提交"),
    ],
)
def test_an_incomplete_application_is_refused_at_its_field(
    scene: Scene, typed: dict[str, Any], message: str
) -> None:
    if typed.get("licence") == b"":
        address = f"/developer/pool/apply/{scene.district.code}"
        words = {"accepted_by_name": "周敏", "undertaking": "yes"}
        answer = send_papers(scene.manager, address, signed=PDF, **words)
    else:
        answer = apply(scene, **typed)
    assert answer.status_code == 422
    assert message in text_of(answer)
    assert "没有申请" in text_of(scene.manager.get("/developer/pool/"))


def test_papers_are_for_the_company_and_its_authority_alone(
    scene: Scene, transaction: Begin, enter: Enter
) -> None:
    ref = apply(scene).location.rpartition("/")[2]
    page = scene.officer.get(f"/authority/pool/{ref}").get_data(as_text=True)
    address = page[page.index(f"/authority/pool/{ref}/papers/") :].partition('"')[0]
    served = scene.officer.get(address)
    assert (served.status_code, served.mimetype) == (200, "application/pdf")
    assert served.headers["Content-Disposition"].startswith("attachment")
    assert served.headers["Cache-Control"] == "no-store"
    own = address.replace("/authority", "/developer")
    assert scene.manager.get(own).status_code == 200
    with transaction() as session:
        rival = make_developer(session)
        elsewhere = make_actor(session, role=Role.OFFICER, district=make_district(session))
    assert enter(rival).get(own).status_code == 404
    assert enter(rival).get(f"/developer/pool/{ref}").status_code == 404
    stranger = enter(elsewhere)
    for path in (address, f"/authority/pool/{ref}", f"/authority/pool/{ref}/propose"):
        assert stranger.get(path).status_code == 404
    assert "房企提交入库申请以后" in text_of(stranger.get("/authority/pool/"))
    assert (
        stranger.get(address.replace("/authority/pool", "/pictures").replace("/papers", "")).status_code
        == 404
    )


def test_only_the_manager_binds_the_company(scene: Scene, transaction: Begin, enter: Enter) -> None:
    with transaction() as session:
        district = make_district(session)
        sales = make_actor(session, role=Role.DEVELOPER, duty=Duty.SALES)
    browser = enter(sales)
    assert browser.get(f"/developer/pool/apply/{district.code}").status_code == 403
    assert "申请入库" not in text_of(browser.get("/developer/pool/"))


def test_a_suspended_company_is_told_and_its_homes_are_out_for_everybody(
    scene: Scene, transaction: Begin
) -> None:
    with transaction() as session:
        ref = admit(session, scene.developer, scene.district).ref
        place = make_development(session, developer=scene.developer, district=scene.district)
        building = make_building(session, developer=scene.developer, development=place)
        home: Home = make_home(session, developer=scene.developer, building=building)
        service.publish(session, actor=scene.developer, home_id=home.id)
    step(scene, ref, "suspend", "多次房票价高于现金价")
    assert "多次房票价高于现金价" in text_of(scene.manager.get(f"/developer/pool/{ref}"))
    page = text_of(scene.manager.get(f"/developer/homes/{home.ref}"))
    assert "随入库暂停退出" in page
    assert "现在没有入库" in page
    passer_by = scene.manager.application.test_client()
    assert "入库资格正在暂停" in text_of(passer_by.get(f"/homes/{home.ref}"))
    step(scene, ref, "lift")
    assert "已上架" in text_of(scene.manager.get(f"/developer/homes/{home.ref}"))
    step(scene, ref, "leave", "公司申请退出")
    assert "公司申请退出" in text_of(scene.manager.get(f"/developer/pool/{ref}"))
    assert "随房企退出" in text_of(scene.manager.get(f"/developer/homes/{home.ref}"))
