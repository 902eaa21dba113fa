"""flask policy adopt commits what it adopts."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import audit
from app.policies.models import PolicyVersion
from tests.factories.identity import make_district
from tests.factories.policies import HAILING


def test_a_file_is_adopted_once_and_audited(
    committed_app: Flask, transaction: Callable[[], AbstractContextManager[Session]], tmp_path: Path
) -> None:
    file = tmp_path / "policy.yaml"
    file.write_text(HAILING, encoding="utf-8")
    with transaction() as session:
        audit.initialise(session)
        code = make_district(session).code
    arguments = ["policy", "adopt", "--district", code, str(file)]
    for _ in range(2):
        result = committed_app.test_cli_runner().invoke(args=arguments)
        assert (result.exit_code, "hailing-2023 version 1" in result.output) == (0, True), result.output
    with transaction() as session:
        (version,) = session.scalars(select(PolicyVersion)).all()
        actions = session.scalars(
            select(audit.AuditRow.object_id).where(audit.AuditRow.action == "policy.adopt")
        ).all()
        assert actions == [version.id]
