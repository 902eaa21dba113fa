"""Whatever is sent to the API, it answers as it describes itself: drawn requests, good ones and bad ones.

``ANJU_API_CASES=5000`` draws as many, and others than here at every run.
"""

import os
from collections.abc import Iterator
from typing import Final

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.schemas import BaseSchema
from sqlalchemy import delete

from app.core.rates import RateCounter
from app.identity import tokens
from app.identity.tokens import Scope
from tests.database import beside
from tests.web.api.promise import PREFIX
from tests.web.stocked import Shop
from tests.web.town import saved

CASES: Final = int(os.environ.get("ANJU_API_CASES", "200"))
CHECKED: Final = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "allow_header_conformance",
)
OF_BODIES: Final = ("negative_data_rejection",)
"""Not of addresses: on the way there, a wrong kind of value often becomes a text like any other."""


@pytest.fixture(scope="module")
def described(shop: Shop) -> Iterator[BaseSchema]:
    """The API as it runs for real, with its limits, as a program meets it that reads its description."""
    with beside(shop.app, limits=True) as app:
        yield schemathesis.openapi.from_wsgi(f"{PREFIX}/openapi.json", app)


def begin_another_minute(shop: Shop) -> None:
    with saved(shop.app) as session:
        session.execute(delete(RateCounter))


@pytest.fixture(scope="module")
def token(shop: Shop) -> str:
    """The Authorization of a developer's program with every scope."""
    with saved(shop.app) as session:
        secret, _ = tokens.create_token(
            session, actor=shop.stock.seller, name="x", scopes=list(Scope), days=1
        )
        return f"Bearer {secret}"


def test_every_answer_is_one_of_those_described(described: BaseSchema, token: str, shop: Shop) -> None:
    load_all_checks()
    checks = {
        False: CHECKS.get_by_names(list(CHECKED)),
        True: CHECKS.get_by_names([*CHECKED, *OF_BODIES]),
    }
    operations = [found.ok() for found in described.get_all_operations()]
    refs = [home.ref for home in shop.stock.homes.values()]
    senders: list[dict[str, str]] = [{"Authorization": token}, {"Authorization": token}, {}]
    seen: set[tuple[str, int]] = set()

    @settings(max_examples=CASES, derandomize=CASES == 200, suppress_health_check=list(HealthCheck))
    @given(st.data())
    def ask(data: st.DataObject) -> None:
        operation = data.draw(st.sampled_from(operations))
        mode = data.draw(st.sampled_from(GenerationMode))
        ours = {"ref": data.draw(st.sampled_from(refs))} if "{ref}" in operation.path else {}
        case = data.draw(operation.as_strategy(generation_mode=mode, path_parameters=ours or None))
        response = case.call(headers=data.draw(st.sampled_from(senders)))
        seen.add((operation.label, response.status_code))
        if response.status_code == 429:
            begin_another_minute(shop)
        case.validate_response(response, checks=checks[operation.path.startswith("/developer")])

    ask()
    assert {label for label, _ in seen} == {operation.label for operation in operations}
    assert {label for label, status in seen if status == 200} >= {
        operation.label for operation in operations if operation.method == "get"
    }
