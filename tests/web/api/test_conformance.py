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
from schemathesis import APIOperation, Case, GenerationMode
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
    operations = [found.ok() for found in described.get_all_operations()]
    each = -(-CASES // (len(operations) * len(GenerationMode)))
    for operation in operations:
        seen: set[int] = set()
        for mode in GenerationMode:
            seen |= ask(operation, mode, each, shop=shop, token=token)
        if operation.method == "get":
            assert 200 in seen, operation.label


def ask(operation: APIOperation, mode: GenerationMode, cases: int, *, shop: Shop, token: str) -> set[int]:
    """Send drawn requests, two of three with a token; return the statuses of the answers."""
    checks = CHECKS.get_by_names([*CHECKED, *(OF_BODIES if operation.path.startswith("/developer") else ())])
    refs = [home.ref for home in shop.stock.homes.values()]
    ours = "{ref}" in operation.path and mode is GenerationMode.POSITIVE
    paths = st.sampled_from([{"ref": ref} for ref in refs]) if ours else st.none()
    drawn = paths.flatmap(lambda path: operation.as_strategy(generation_mode=mode, path_parameters=path))
    senders = st.sampled_from([{"Authorization": token}, {"Authorization": token}, {}])
    seen: set[int] = set()

    @settings(max_examples=cases, derandomize=CASES == 200, suppress_health_check=list(HealthCheck))
    @given(case=drawn, headers=senders)
    def send(case: Case, headers: dict[str, str]) -> None:
        response = case.call(headers=headers)
        seen.add(response.status_code)
        if response.status_code == 429:
            begin_another_minute(shop)
        case.validate_response(response, checks=checks)

    send()
    return seen
