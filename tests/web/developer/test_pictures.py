"""Floor plans and photos: sent, shown to the public safely, put in order, removed."""

import io
from typing import Any

import pytest
from justhtml import JustHTML
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from app.homes import service
from app.homes.models import Home
from tests.factories.homes import make_developer, make_home
from tests.factories.pictures import GPS, PDF, exif, jpeg, png
from tests.web.developer.conftest import Begin, Company, Enter
from tests.web.linting import LintingClient
from tests.web.sending import form_of, send, text_of, token_of

WORDS = {"kind": "floor_plan", "caption": "三室户型图，客厅朝南"}


@pytest.fixture
def home(company: Company, transaction: Begin) -> Home:
    with transaction() as session:
        made = make_home(session, developer=company.actor, building=company.building)
        service.publish(session, actor=company.actor, home_id=made.id)
        return made


def upload(browser: LintingClient, ref: str, content: bytes, **typed: Any) -> TestResponse:
    address = f"/developer/pictures/{ref}/"
    page = browser.get(address)
    token = {"csrf_token": token_of(page), "request_id": typed.pop("request_id", "")}
    name = typed.pop("name", "IMG_0001.jpg")
    # Encoded here: the client's own encoding leaves a temporary file open behind a large one.
    file = FileStorage(io.BytesIO(content), filename=name, name="file")
    boundary, body = encode_multipart({**token, **WORDS, **typed, "file": file})
    return browser.post(address, data=body, content_type=f"multipart/form-data; boundary={boundary}")


def images(page: TestResponse) -> list[tuple[str, str]]:
    found = JustHTML(page.get_data(as_text=True), sanitize=False).query("main img")
    return [(str(image.attrs["src"]), str(image.attrs["alt"])) for image in found]


def test_a_picture_is_shown_to_everybody_without_its_place_and_runs_nothing(
    browser: LintingClient, company: Company, home: Home
) -> None:
    assert "还没有图片" in text_of(browser.get(f"/developer/pictures/{home.ref}/"))
    answer = upload(browser, home.ref, jpeg(exif(way_up=6)), name="<script>.jpg")
    assert answer.status_code == 303
    assert upload(browser, company.development.ref, png(), caption="小区大门").status_code == 303
    passer_by = browser.application.test_client()
    page = passer_by.get(f"/homes/{home.ref}")
    assert [alt for _src, alt in images(page)] == ["三室户型图，客厅朝南", "小区大门"]
    assert "Set-Cookie" not in page.headers, "without a form there is no token to keep"
    assert passer_by.get("/account/sign-in").status_code == 200
    first = passer_by.get(images(page)[0][0])  # brings a cookie, which nobody on the way may keep
    assert ("Set-Cookie" in first.headers, first.headers["Cache-Control"]) == (True, "no-store")
    served = passer_by.get(images(page)[0][0])
    assert served.status_code == 200
    assert GPS not in served.get_data()
    assert served.mimetype == "image/jpeg"
    assert served.headers["X-Content-Type-Options"] == "nosniff"
    assert served.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert "max-age=3600" in served.headers["Cache-Control"]
    assert (
        passer_by.get(images(page)[0][0], headers={"If-None-Match": served.headers["ETag"]}).status_code
        == 304
    )
    assert [alt for _, alt in images(passer_by.get(f"/developments/{company.development.ref}"))] == [
        "小区大门"
    ]


def test_pictures_of_what_was_never_listed_are_its_companys_alone(
    browser: LintingClient, company: Company, transaction: Begin, enter: Enter
) -> None:
    with transaction() as session:
        draft = make_home(session, developer=company.actor, building=company.building)
        rival = make_developer(session)
    upload(browser, draft.ref, png())
    (own, _alt), *_ = images(browser.get(f"/developer/pictures/{draft.ref}/"))
    assert browser.get(own).headers["Cache-Control"] == "no-store"
    picture = own.rpartition("/")[2]
    stranger = browser.application.test_client()
    assert stranger.get(f"/pictures/{draft.ref}/{picture}").status_code == 404
    other = enter(rival)
    assert other.get(own).status_code == 404
    assert other.get(f"/developer/pictures/{draft.ref}/").status_code == 404
    token = token_of(other.get("/developer/"))
    for address in (f"/developer/pictures/{draft.ref}/", f"{own}/move", f"{own}/remove"):
        assert other.post(address, data={"csrf_token": token}).status_code == 404


@pytest.mark.parametrize(
    ("content", "typed", "message"),
    [
        (b"<html><script>alert(1)</script></html>", {"name": "a.jpg"}, "这个文件的内容不是 JPEG、PNG、WebP"),
        (PDF, {}, "这个文件的内容不是 JPEG、PNG、WebP"),
        (jpeg()[:-2], {}, "这张图片不完整"),
        (png(), {"caption": " "}, "请输入图片说明"),
        (png(), {"kind": ""}, "请选择图片的种类"),
        (b"\xff\xd8\xff" + b"\0" * (8 * 1024 * 1024), {}, "文件超过 8 MB"),
    ],
)
def test_a_picture_is_refused_at_its_field(
    browser: LintingClient, home: Home, content: bytes, typed: dict[str, str], message: str
) -> None:
    answer = upload(browser, home.ref, content, **typed)
    assert answer.status_code == 422
    assert message in text_of(answer)
    assert images(browser.get(f"/homes/{home.ref}")) == []


def test_no_file_and_a_far_too_large_one(browser: LintingClient, home: Home) -> None:
    address = f"/developer/pictures/{home.ref}/"
    assert "请选择图片" in text_of(send(browser, address, WORDS))
    answer = upload(browser, home.ref, b"\0" * (9 * 1024 * 1024))
    assert answer.status_code == 413
    assert "上传的内容太大" in text_of(answer)


def test_the_same_form_with_another_file_is_another_picture(browser: LintingClient, home: Home) -> None:
    request_id = form_of(browser.get(f"/developer/pictures/{home.ref}/"))[1]["request_id"]
    for width in (1, 1, 2):
        assert upload(browser, home.ref, png(width=width), request_id=request_id).status_code == 303
    assert len(images(browser.get(f"/homes/{home.ref}"))) == 2


def test_pictures_are_put_in_order_and_removed(browser: LintingClient, home: Home) -> None:
    for number in (1, 2, 3):
        upload(browser, home.ref, png(width=number), caption=f"第 {number} 张")
    page = browser.get(f"/developer/pictures/{home.ref}/")
    third = images(page)[2][0]
    token = token_of(page)
    browser.post(f"{third}/move", data={"csrf_token": token})
    browser.post(f"{images(page)[0][0]}/move?way=back", data={"csrf_token": token})
    page = browser.get(f"/homes/{home.ref}")
    assert [alt for _, alt in images(page)] == ["第 3 张", "第 1 张", "第 2 张"]
    assert "第 3 张" in text_of(browser.get(f"{third}/remove"))
    assert send(browser, f"{third}/remove").status_code == 303
    assert [alt for _, alt in images(browser.get(f"/homes/{home.ref}"))] == ["第 1 张", "第 2 张"]
    assert browser.get(third).status_code == 404
    assert browser.get(third.replace("/developer", "")).status_code == 404


def test_twelve_are_the_most(browser: LintingClient, home: Home) -> None:
    for number in range(12):
        upload(browser, home.ref, png(width=number + 1))
    assert "已经有 12 张" in text_of(browser.get(f"/developer/pictures/{home.ref}/"))
    answer = upload(browser, home.ref, png(width=40))
    assert answer.status_code == 422
