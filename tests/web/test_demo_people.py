"""The demo tells the ID numbers of its people; nowhere else is there such a page."""

from collections.abc import Iterator

import pytest
import structlog
from flask import Flask

from app import create_app
from app.demo.known import list_known, list_strangers
from app.projects.rules import check_sign
from tests.database import disconnect
from tests.web.linting import LintingClient
from tests.web.sending import text_of


@pytest.fixture
def visitor(committed_app: Flask) -> Iterator[LintingClient]:
    """A passer-by at an app in demo mode."""
    earlier = structlog.get_config()
    app = create_app(committed_app.config["ANJU"].model_copy(update={"mode": "demo"}))
    app.test_client_class = LintingClient
    try:
        client = app.test_client()
        assert isinstance(client, LintingClient)
        yield client
    finally:
        disconnect(app)
        structlog.configure(**earlier)


def test_outside_the_demo_there_is_no_such_page(client: LintingClient) -> None:
    for address in ("/demo/people", "/demo/people/", "/demo/outbox"):
        assert client.get(address).status_code == 404
    assert "/demo/" not in client.get("/account/sign-in").text


def test_a_visitor_reads_whom_the_counter_knows_and_whom_it_does_not(visitor: LintingClient) -> None:
    shown = text_of(visitor.get("/demo/people"))
    for one in [member for known in list_known() for member in known.members] + list_strangers():
        assert one.name in shown
        assert one.id_number in shown
        assert check_sign(one.id_number[:17]) == one.id_number[17]
    assert "陈桂兰（household）：还没有买房" in shown
    assert visitor.get("/demo/people").text.count("<details") >= len(list_known()), "one line a household"
    assert "/demo/people" in visitor.get("/demo/outbox").text
