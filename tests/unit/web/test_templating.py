"""Templates in their surroundings: sentences, and what they import from each other."""

from collections import OrderedDict

import pytest
from flask import Flask
from jinja2 import DictLoader

from app.extensions import babel
from app.web import templating


@pytest.fixture
def app() -> Flask:
    app = Flask("templates")
    app.jinja_environment = templating.PageEnvironment
    babel.init_app(app)
    templating.register(app)
    return app


@pytest.mark.parametrize(
    ("name", "source", "said"),
    [
        ("a.html", "{{ _('共 %(count)d 套', count=3) }}", "共 3 套"),
        ("b.html", "{{ _('%(name)s，好', name='<b>') }}", "&lt;b&gt;，好"),
        ("c.html", "{{ _('<b>好</b>') }}", "<b>好</b>"),
        ("d.html", "{{ _('奖励 5%%') }}", "奖励 5%"),
        ("e.txt", "{{ _('%(name)s，好', name='<b>') }}", "<b>，好"),
    ],
)
def test_a_sentence_is_filled_and_its_values_escaped(app: Flask, name: str, source: str, said: str) -> None:
    app.jinja_loader = DictLoader({name: source})  # type: ignore[misc]  # a cached property
    with app.test_request_context():
        assert app.jinja_env.get_template(name).render() == said


def test_what_is_imported_knows_the_names_of_the_page(app: Flask) -> None:
    parts = "{% macro told() %}{{ site }} {{ own|default('-') }}{% endmacro %}"
    page = "{% from 'parts.html' import told with context %}{{ told() }}"
    apart = "{% from 'parts.html' import told %}{{ told() }}"
    app.jinja_loader = DictLoader({"parts.html": parts, "page.html": page, "apart.html": apart})  # type: ignore[misc]
    app.jinja_env.globals["site"] = "安居"
    assert app.jinja_env.get_template("page.html").render(own="我") == "安居 我"
    assert app.jinja_env.get_template("apart.html").render(own="我") == "安居 -"
    assert app.jinja_env.get_template("apart.html", globals={"own": "页"}).render() == "安居 页"


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("{{ told.name }}{{ told.absent|default('-') }}{{ told.absent }}", "甲-"),
        ("{% for name, value in told.items() %}{{ name }} {% endfor %}", "name items "),
        ("{{ told['items'] }}", "1"),
        ("{{ told.name.absent|default('-') }}", "-"),
        ("{{ number.real }}{{ others.name }}", "7乙"),
    ],
)
def test_an_entry_is_named_like_an_attribute_which_comes_first(app: Flask, source: str, said: str) -> None:
    app.jinja_loader = DictLoader({"page.html": source})  # type: ignore[misc]  # a cached property
    page = app.jinja_env.get_template("page.html")
    assert page.render(told={"name": "甲", "items": 1}, number=7, others=OrderedDict(name="乙")) == said
