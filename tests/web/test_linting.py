"""The proofreader itself: it passes a good page, and finds each fault put into it."""

import pytest
from flask import Flask

from tests.web.linting import BadPage, LintingClient, problems

GOOD = """<!DOCTYPE html>
<html lang="zh-CN">
<head><title>错误：填写房源 - 安居</title><script nonce="n1">1</script></head>
<body>
<main>
<div class="govuk-error-summary"><h2>有些内容需要修改</h2>
<ul class="govuk-error-summary__list"><li><a href="#price">请输入现金价</a></li></ul></div>
<h1>填写房源</h1>
<form method="post" action="/homes">
<input type="hidden" name="csrf_token" value="t">
<label for="price">现金价</label>
<p id="price-hint">元</p>
<input id="price" name="price" aria-describedby="price-hint">
<fieldset><legend>类型</legend>
<input type="radio" name="kind" id="a" value="a"><label for="a">现房</label>
<input type="radio" name="kind" id="b" value="b"><label for="b">期房</label>
</fieldset>
<button>保存</button>
</form>
<h2>变化</h2>
<table><thead><tr><th>日期</th></tr></thead><tbody><tr><td>今天</td></tr></tbody></table>
<p><a href="/homes">返回</a> <img src="/x.png" alt=""></p>
</main>
</body>
</html>"""


def test_good_page_passes():
    assert problems(GOOD, nonce="n1") == []


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("</table>", "", "closes while"),
        ("<td>今天</td>", "<td>今天", "closes while"),
        ("<p id=", "<p><div>x</div></p><p id=", "block"),
        ("<tr><td>今天", "<tr><div>x</div><td>今天", "may not stand in <tr>"),
        ("<li><a href", "x<li><a href", "text stands directly"),
        (
            '<a href="/homes">返回</a>',
            '<a href="/homes">返回<a href="/x">y</a></a>',
            "may not stand in a link",
        ),
        ('<input id="price"', '<input id="price" name="twice"', "twice"),
        ("<button>保存</button>", "<form></form><button>保存</button>", "a form stands in a form"),
        ("</main>", "</p></main>", "closes nothing"),
        ('lang="zh-CN"', 'lang="en"', "lang is"),
        ("<h1>填写房源</h1>", "<h1>填写房源</h1><h1>填写房源</h1>", "2 h1"),
        ("<h1>填写房源</h1>", "", "0 h1"),
        ("<h1>填写房源</h1>", "<h1>别的</h1>", "does not hold the h1"),
        ("<h2>变化</h2>", "<h4>变化</h4>", "comes an h4"),
        ("错误：填写", "填写", "exactly when"),
        ('class="govuk-error-summary"', 'class="x"', "exactly when"),
        ('id="price-hint"', 'id="price"', "stands 2 times"),
        ('aria-describedby="price-hint"', 'aria-describedby="gone"', "points to nothing"),
        ('href="#price"', 'href="#gone"', "which is no field"),
        ('href="#price"', 'href="#price-hint"', "which is no field"),
        ('<label for="price">现金价</label>', "", "has no label"),
        ('<label for="price">现金价</label>', '<label for="price"></label>', "has no label"),
        ("<button>保存</button>", "<button></button>", "a button says nothing"),
        ("<legend>类型</legend>", "", "no legend"),
        ("<fieldset><legend>类型</legend>", "<div>", "share no fieldset"),
        ('<input type="hidden" name="csrf_token" value="t">', "", "carries no token"),
        (' alt=""', "", "has no alt"),
        ('href="/homes"', 'href=""', "leads to ''"),
        ('href="/homes"', 'href="#"', "leads to '#'"),
        ('href="/homes"', 'href="/homes/None"', "leads to '/homes/None'"),
        ('href="/homes"', 'href="javascript:alert(1)"', "is a script"),
        ('href="/homes">返回', 'href="/homes">', "says nothing"),
        ('nonce="n1"', "", "without the response's nonce"),
        ('nonce="n1"', 'nonce="n2"', "without the response's nonce"),
        ("<main>", '<main style="color:red">', "inline style"),
        ("<main>", '<main onclick="x()">', "inline onclick"),
    ],
)
def test_each_fault_is_found(old: str, new: str, complaint: str):
    assert old in GOOD
    found = problems(GOOD.replace(old, new), nonce="n1")
    assert any(complaint in problem for problem in found), found


@pytest.fixture
def bad_app() -> Flask:
    app = Flask("bad")
    app.test_client_class = LintingClient
    app.add_url_rule("/bad", "bad", lambda: "<p>no page at all")
    app.add_url_rule("/moved", "moved", lambda: ("<p>moved", 303, {"Location": "/bad"}))
    app.add_url_rule("/data", "data", lambda: {"a": 1})
    return app


def test_client_raises_for_a_bad_page(bad_app: Flask):
    with pytest.raises(BadPage, match="never closed"):
        bad_app.test_client().get("/bad")


def test_client_follows_redirects_only_on_request(bad_app: Flask):
    client = bad_app.test_client()
    assert client.get("/moved").status_code == 303
    assert client.get("/data").status_code == 200
    with pytest.raises(BadPage):
        client.get("/moved", follow_redirects=True)


def test_of_pages_that_differ_in_their_token_and_nonce_alone_one_is_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    written = '<input type="hidden" name="csrf_token" value="{}"><script nonce="{}">1</script>{}'
    said = iter([("a", "n1", "一"), ("b", "n2", "一"), ("c", "n1", "二"), ("d", "n3", "一")])
    read: list[str] = []
    monkeypatch.setattr("tests.web.linting.problems", lambda html, **_: read.append(html) or [])
    app = Flask("same")
    app.test_client_class = LintingClient

    @app.route("/")
    def page() -> tuple[str, dict[str, str]]:
        token, nonce, words = next(said)
        policy = {"Content-Security-Policy": f"script-src 'nonce-{nonce}'"}
        return written.format(token, "n1" if words == "二" else nonce, words), policy

    for _ in range(4):
        app.test_client().get("/")
    assert [html[-1] for html in read] == ["一", "二"]
