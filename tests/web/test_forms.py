"""Forms as a person meets them: messages at their fields, nothing typed is lost."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

GOOD = {
    "name": "滨江花园",
    "filed_price": "45.6万",
    "area": "89.5",
    "storey": "11",
    "ready_on": "2016年12月31日",
    "kind": "presale",
    "district": "gang",
    "extras": ["lift", "car"],
    "password": " secret ",
    "agreed": "yes",
}
PAGES = [
    "/",
    "/gallery/lists",
    "/gallery/lists?page=5",
    "/gallery/lists?page=999",
    "/gallery/search",
    "/gallery/confirm",
    "/gallery/cases",
    "/gallery/cases?state=gone",
    "/gallery/cases?state=unknown",
]


@pytest.fixture
def page(gallery: Flask) -> FlaskClient:
    return gallery.test_client()


def hidden(client: FlaskClient, path: str) -> dict[str, str]:
    html = client.get(path).get_data(as_text=True)
    return dict(re.findall(r'name="(csrf_token|request_id)" type="hidden" value="([^"]+)"', html))


def send(client: FlaskClient, path: str = "/gallery/form", **changes: object):
    return client.post(path, data={**hidden(client, path), **GOOD, **changes})


@pytest.mark.parametrize("path", [*PAGES, "/gallery/missing", "/nowhere"])
def test_every_component_makes_a_good_page(page: FlaskClient, path: str):
    assert page.get(path).status_code in {200, 404, 422}


def test_good_input_is_typed_and_leads_on(page: FlaskClient):
    response = send(page)
    assert (response.status_code, response.location) == (303, "/gallery/lists")
    assert "备案价 ¥456,000" in page.get("/gallery/lists").get_data(as_text=True)


def test_empty_post_is_answered_at_every_required_field(page: FlaskClient):
    response = page.post("/gallery/form", data=hidden(page, "/gallery/form"))
    html = response.get_data(as_text=True)
    summary = html[
        html.index("govuk-error-summary__list") : html.index("</ul>", html.index("govuk-error-summary__list"))
    ]
    assert response.status_code == 422
    assert re.findall(r'href="#(\w+)"', summary) == [
        *("name", "filed_price", "area", "storey", "ready_on", "kind", "district", "password", "agreed")
    ]
    for message in ("请输入楼盘名称", "请选择房源类型", "请勾选确认后再继续"):
        assert message in summary


@pytest.mark.parametrize(
    ("field", "typed", "message"),
    [
        ("name", "楼" * 21, "楼盘名称最多 20 个字"),
        ("name", "滨江\x00花园", "楼盘名称含有看不见的控制字符"),
        ("filed_price", "四十万", "备案价要写成数字"),
        ("filed_price", "-5", "备案价不能是负数"),
        ("filed_price", "0", "备案价不能低于 ¥0.01"),
        ("filed_price", "1.234", "备案价最多写到分"),
        ("area", "0", "建筑面积要大于 0"),
        ("area", "99999", "建筑面积不能超过 10,000.00 ㎡"),
        ("storey", "3.5", "所在楼层要写成整数"),
        ("storey", "99", "所在楼层不能大于 80"),
        ("ready_on", "2016-02-30", "不是日历上有的日子"),
        ("ready_on", "2015-12-31", "交房日期不能早于2016年1月1日（星期五）"),
        ("kind", "castle", "请从列出的选项中选择房源类型"),
        ("extras", "pool", "请从列出的选项中选择附带"),
    ],
)
def test_bad_input_gets_a_message_and_is_kept(page: FlaskClient, field: str, typed: str, message: str):
    response = send(page, **{field: typed})
    html = response.get_data(as_text=True)
    assert response.status_code == 422
    assert html.count(message) == 2  # in the summary and at the field
    if field not in {"kind", "extras"}:
        assert f'value="{typed.replace(chr(0), "")}"' in html
    assert 'value="45.6万"' in html or field == "filed_price"
    assert "secret" not in html


def test_ticks_and_choices_survive_an_error(page: FlaskClient):
    html = send(page, name="").get_data(as_text=True)
    for value in ("presale", "lift", "car", "yes"):
        assert re.search(rf'value="{value}" checked', html)
    assert re.search(r'<option value="gang" selected', html)


def test_refusal_of_the_domain_stands_at_its_field(page: FlaskClient):
    html = send(page, filed_price="1").get_data(as_text=True)
    assert html.count("用户名或密码不正确") == 2
    assert 'href="#filed_price"' in html


def test_request_id_survives_an_error_and_is_replaced_when_it_is_none(page: FlaskClient):
    given = hidden(page, "/gallery/form")
    kept = page.post("/gallery/form", data=given).get_data(as_text=True)
    assert given["request_id"] in kept
    forged = page.post("/gallery/form", data={**given, "request_id": "<x>"}).get_data(as_text=True)
    assert re.search(r'name="request_id" type="hidden" value="[0-9a-f-]{36}"', forged)


def test_label_can_be_the_heading(page: FlaskClient):
    html = page.get("/gallery/question").get_data(as_text=True)
    assert re.search(r"<h1[^>]*>\s*<label", html)
