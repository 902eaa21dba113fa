"""SMS: the protocol, and how an operator's class is taken in. The demo's gateway is app.gateways.outbox.

Which carrier stands behind it is the operator's: they write a class, put it on the Python path and name it in
a setting. docs/notices.md says how, and tests/contracts/test_sms.py is what it must pass.
"""

import importlib
import inspect
from enum import StrEnum
from typing import Any, Final, Protocol, cast


class Fate(StrEnum):
    """What became of a message that the gateway took."""

    UNKNOWN = "unknown"
    ARRIVED = "arrived"
    LOST = "lost"


class Sms(Protocol):
    """Sends short texts to one mobile number. One object serves all threads of a process."""

    def send(self, *, to: str, text: str, key: str) -> str:
        """Hand a text over and return what the gateway calls it; the same ``key`` twice is one message.

        ``to`` is eleven digits. It answers within 20 seconds. Raises Undeliverable or Unreachable, with the
        gateway's short code and nothing of number or text.
        """

    def fate(self, message_id: str) -> Fate:
        """Return what became of a text. Raises Unreachable."""


_METHODS: Final = {"send": ({"to", "text", "key"}, set()), "fate": (set(), {"message_id"})}
"""What each method is called with: by name, and by place."""


def load(path: str) -> Sms:
    """Return a gateway of the class that a dotted path names, such as ``carrier.gateway.CarrierSms``.

    The class is called without arguments; where its account and password come from is its own affair.
    Raises ValueError, in words for whoever set the path.
    """
    module_name, _, class_name = path.rpartition(".")
    if not module_name:
        raise ValueError(f"ANJU_SMS_CLASS {path!r} is no dotted path, such as carrier.gateway.CarrierSms")
    try:
        module = importlib.import_module(module_name)
    except ImportError as error:
        raise ValueError(f"ANJU_SMS_CLASS {path!r}: {module_name} cannot be imported ({error})") from error
    made = getattr(module, class_name, None)
    if not inspect.isclass(made):
        raise ValueError(f"ANJU_SMS_CLASS {path!r}: {module_name} has no class {class_name}")
    try:
        inspect.signature(made).bind()
    except TypeError as error:
        raise ValueError(f"ANJU_SMS_CLASS {path!r}: it must be made without arguments ({error})") from error
    for name, (by_name, by_place) in _METHODS.items():
        _check_method(path, name, getattr(made, name, None), by_name, by_place)
    return cast(Sms, made())


def _check_method(path: str, name: str, method: Any, by_name: set[str], by_place: set[str]) -> None:
    if not callable(method):
        raise ValueError(f"ANJU_SMS_CLASS {path!r} has no method {name}")  # noqa: TRY004  # a setting is wrong
    given = dict.fromkeys(by_name, "")
    try:
        inspect.signature(method).bind("self", *by_place, **given)
    except TypeError as error:
        raise ValueError(f"ANJU_SMS_CLASS {path!r}: {name} takes other arguments ({error})") from error


class _Process:
    """What the wiring set for this process."""

    sms: Sms | None = None


def use(sms: Sms | None) -> None:
    """Set how the process sends SMS; None where it sends none. Called by the wiring."""
    _Process.sms = sms


def current() -> Sms | None:
    """Return how SMS are sent; None where no gateway is set."""
    return _Process.sms
