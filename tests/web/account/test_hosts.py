"""What stands in the Host header reaches no redirect and no link."""

from collections.abc import Iterator

import pytest
from flask import Flask
from pydantic import ValidationError

from config import Settings
from tests.database import beside


@pytest.fixture
def guarded(app: Flask) -> Iterator[Flask]:
    with beside(app, trusted_hosts=["anju.example.cn"]) as other:
        yield other


def test_a_host_that_is_not_ours_is_refused_in_plain_words(guarded: Flask) -> None:
    for address in ("/homes", "/account/sign-in", "/authority", "/static/nothing", "/nowhere"):
        response = guarded.test_client().get(address, headers={"Host": "evil.example"})
        assert (response.status_code, response.mimetype) == (400, "text/plain")
        assert "evil" not in response.get_data(as_text=True)
        assert response.location is None


def test_our_own_host_is_served(guarded: Flask) -> None:
    response = guarded.test_client().get("/account/sign-in", headers={"Host": "anju.example.cn:8443"})
    assert response.status_code == 200


@pytest.mark.parametrize(
    ("address", "target"),
    [
        ("/authority", "/authority/"),
        ("/regulator/signals?state=open", "/regulator/signals/?state=open"),
        ("//evil.example/..//authority", "/"),
        ("/authority//households", "/authority/"),
    ],
)
def test_the_routers_redirects_name_no_host(app: Flask, address: str, target: str) -> None:
    response = app.test_client().get(address, headers={"Host": "evil.example"})
    location = response.location or ""
    assert "evil.example" not in location.partition("/")[0]
    assert not location.startswith(("http", "//", "/\\"))
    if response.status_code == 308:
        assert location.startswith(target)


def test_production_does_not_start_without_its_name_or_its_limits(app: Flask) -> None:
    settings: Settings = app.config["ANJU"]
    given = settings.model_dump() | {"mode": "production", "limits": True}
    with pytest.raises(ValidationError, match="ANJU_TRUSTED_HOSTS"):
        Settings.model_validate(given)
    with pytest.raises(ValidationError, match="ANJU_LIMITS"):
        Settings.model_validate(given | {"trusted_hosts": ["anju.example.cn"], "limits": False})
    assert Settings.model_validate(given | {"trusted_hosts": ["anju.example.cn"]}).mode == "production"
