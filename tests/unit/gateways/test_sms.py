"""An operator's SMS class is taken in, or refused in words they understand."""

import pytest

from app.gateways import sms
from app.gateways.sms import Fate

HERE = __name__


class GoodSms:
    """What an operator writes."""

    def send(self, *, to: str, text: str, key: str) -> str:  # the protocol's
        return key

    def fate(self, message_id: str) -> Fate:  # the protocol's
        return Fate.ARRIVED


class NeedsAccount(GoodSms):
    def __init__(self, account: str) -> None:
        self.account = account


class WithoutFate:
    def send(self, *, to: str, text: str, key: str) -> str:  # the protocol's
        return key


class OtherSend(GoodSms):
    def send(self, phone: str, body: str) -> str:  # type: ignore[override]  # wrong on purpose
        return body


NO_CLASS = 5


def test_a_class_is_made_and_used() -> None:
    assert sms.load(f"{HERE}.GoodSms").send(to="13805560000", text="x", key="k") == "k"


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("GoodSms", "no dotted path"),
        ("carrier.nowhere.CarrierSms", "cannot be imported"),
        (f"{HERE}.Missing", "has no class Missing"),
        (f"{HERE}.NO_CLASS", "has no class NO_CLASS"),
        (f"{HERE}.NeedsAccount", "without arguments"),
        (f"{HERE}.WithoutFate", "has no method fate"),
        (f"{HERE}.OtherSend", "send takes other arguments"),
    ],
)
def test_what_is_wrong_with_it_is_said(path: str, told: str) -> None:
    with pytest.raises(ValueError, match=told) as refused:
        sms.load(path)
    assert "ANJU_SMS_CLASS" in str(refused.value)
