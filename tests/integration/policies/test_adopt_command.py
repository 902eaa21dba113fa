"""flask policy adopt commits what it adopts."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import audit
from app.core.actor import system_actor
from app.identity.models import District
from app.policies import service
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


def test_a_new_file_says_what_a_split_does_to_the_past(
    committed_app: Flask, transaction: Callable[[], AbstractContextManager[Session]], tmp_path: Path
) -> None:
    """Without a word each part of a voucher would earn a cap of one anew; what was adopted before goes on."""
    file = tmp_path / "policy.yaml"
    bonus, capped = "  fixed_by: lock", "  fixed_by: lock\n  caps: [{of: voucher, yuan: 10000}]"
    policy = HAILING.replace(bonus, capped, 1)
    with transaction() as session:
        audit.initialise(session)
        code = make_district(session).code
    arguments = ["policy", "adopt", "--yes", "--district", code, str(file)]

    def adopted(splits: str) -> tuple[int, str]:
        file.write_text(policy + splits, encoding="utf-8")
        result = committed_app.test_cli_runner().invoke(args=arguments)
        return result.exit_code, result.output

    assert adopted("")[0] == 0, "nothing may be split"
    exit_code, output = adopted("splits: 1\n")
    assert (exit_code, "splits.past" in output) == (1, True)
    assert adopted("splits: {times: 1, past: stays}\n")[0] == 0
    assert adopted("splits: {times: 1, past: parted}\n")[0] == 0
    with transaction() as session:
        (district,) = session.scalars(select(District)).all()
        unsaid = policy + "splits: 1\n"
        service.adopt(session, actor=system_actor(district.id), district_id=district.id, text=unsaid)
    assert adopted("splits: 1\n")[0] == 0, "the same rules are the version they already are"


def test_what_may_surprise_is_told_and_asked_for_before_a_voucher_keeps_it_for_life(
    committed_app: Flask, transaction: Callable[[], AbstractContextManager[Session]], tmp_path: Path
) -> None:
    file = tmp_path / "policy.yaml"
    file.write_text(HAILING.replace("rate: 20%", "rate: 60%"), encoding="utf-8")
    with transaction() as session:
        audit.initialise(session)
        code = make_district(session).code
    arguments = ["policy", "adopt", "--district", code, str(file)]

    def adopted(*words: str, said: str = "") -> tuple[int, bool]:
        result = committed_app.test_cli_runner().invoke(args=[*arguments, *words], input=said)
        assert "bonus.tiers[0].rate: look again: " in result.output
        return result.exit_code, "version 1 stands" in result.output

    assert [adopted(), adopted(said="n\n")] == [(1, False)] * 2
    with transaction() as session:
        assert not session.scalars(select(PolicyVersion)).all()
    assert adopted(said="y\n") == (0, True)
    assert adopted("--yes") == (0, True)
