"""What every SMS gateway keeps to: the demo's, and an operator's named by CONTRACT_SMS_CLASS.

An operator's class is tried against the carrier's test account; CONTRACT_SMS_NUMBER gets the texts.
"""

import os
import uuid
from collections.abc import Callable

import pytest
from flask import Flask

from app.core.ids import new_code
from app.extensions import db
from app.gateways import outbox, sms
from app.gateways.delivery import Undeliverable
from app.gateways.sms import Fate, Sms

CLASS = os.environ.get("CONTRACT_SMS_CLASS")
NUMBER = os.environ.get("CONTRACT_SMS_NUMBER", "13805560000")
MADE: list[Callable[[], Sms]] = [lambda: outbox.OutboxSms(outbox.Outbox(db.session.session_factory))]
if CLASS:
    MADE.append(lambda: sms.load(CLASS or ""))


@pytest.fixture(params=MADE)
def gateway(request: pytest.FixtureRequest, committed_app: Flask) -> Sms:
    with committed_app.app_context():
        made: Sms = request.param()
    return made


def test_a_text_taken_has_a_name_and_a_fate(gateway: Sms, committed_app: Flask) -> None:
    with committed_app.app_context():
        taken = gateway.send(
            to=NUMBER, text="【安居房票】对接测试，请不用理会。", key=f"contract-{uuid.uuid4()}"
        )
        assert taken
        assert isinstance(taken, str)
        assert gateway.fate(taken) in set(Fate)


def test_the_same_key_twice_is_one_message(gateway: Sms, committed_app: Flask) -> None:
    """Whoever counts what arrived finds one; the gateway gives both the same name."""
    key, text = f"contract-{uuid.uuid4()}", f"【安居房票】对接测试 {new_code()}"
    with committed_app.app_context():
        assert gateway.send(to=NUMBER, text=text, key=key) == gateway.send(to=NUMBER, text=text, key=key)


@pytest.mark.parametrize("number", ["1", "not a number", ""])
def test_a_number_that_is_none_is_refused_with_a_code_that_tells_nothing(
    gateway: Sms, committed_app: Flask, number: str
) -> None:
    with committed_app.app_context(), pytest.raises(Undeliverable) as refused:
        gateway.send(to=number, text="秘密", key=f"contract-{uuid.uuid4()}")
    assert len(refused.value.code) <= 40
    assert "秘密" not in refused.value.code
    assert len(number) < 2 or number not in refused.value.code


def test_a_message_nobody_knows_is_not_said_to_have_arrived_by_an_error(
    gateway: Sms, committed_app: Flask
) -> None:
    with committed_app.app_context():
        assert gateway.fate(f"nobody's-{uuid.uuid4()}") in set(Fate)
