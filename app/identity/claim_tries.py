"""How often numbers and codes of a household may be tried: pure rules on who shares a count with whom."""

import hashlib
from typing import Final

from app.core.rates import Bucket
from app.identity.tries import HOUR, MINUTE, network

CLAIM_TRIES: Final = 5
"""So many wrong claims of one voucher; then only the counter opens it again."""
_FOREVER: Final = 366 * 24 * HOUR


def claim_lock(voucher_ref: str) -> Bucket:
    """Return the count of wrong claims of a voucher number, whether or not there is such a voucher."""
    return Bucket(_key("claim", voucher_ref), most=CLAIM_TRIES, seconds=_FOREVER)


def claim_tries(*, voucher_ref: str, address: str) -> list[Bucket]:
    """Return the counts of a wrong claim: by address first, so that one address cannot lock all vouchers."""
    at_address = Bucket(_key("claim-address", network(address)), most=20, seconds=HOUR)
    return [at_address, claim_lock(voucher_ref)]


def code_requests(*, phone: str, address: str, kind: str = "phone") -> list[Bucket]:
    """Return the counts of asking for a code: by address, then one a minute and a few a day by number.

    For a new password (``kind`` "reset") what was typed is counted, whether or not anybody goes by it.
    """
    return [
        Bucket(_key(f"{kind}-address", network(address)), most=20, seconds=HOUR),
        Bucket(_key(f"{kind}-minute", phone), most=1, seconds=MINUTE),
        Bucket(_key(f"{kind}-hour", phone), most=5, seconds=HOUR),
        Bucket(_key(f"{kind}-day", phone), most=10, seconds=24 * HOUR),
    ]


def code_tries(*, code_id: int, phone: str, address: str) -> list[Bucket]:
    """Return the counts of a wrong code: by address, five of one code, and what one number bears.

    Six digits are few: without a count by number, many addresses with many codes would find one in time. It
    is kept for unknown numbers too.
    """
    return [
        Bucket(_key("phone-code-address", network(address)), most=50, seconds=HOUR),
        Bucket(_key("phone-code", str(code_id)), most=5, seconds=24 * HOUR),
        Bucket(_key("phone-wrong-day", phone), most=10, seconds=24 * HOUR),
        Bucket(_key("phone-wrong-week", phone), most=30, seconds=7 * 24 * HOUR),
    ]


def act_requests(*, grant_id: int) -> list[Bucket]:
    """Return the counts of a helper's asking the holder for a code.

    They are the grant's own: a helper must not use up what lets the holder sign in.
    """
    return [
        Bucket(_key("act-ask-hour", str(grant_id)), most=10, seconds=HOUR),
        Bucket(_key("act-ask-day", str(grant_id)), most=30, seconds=24 * HOUR),
    ]


def act_tries(*, code_id: int, grant_id: int) -> list[Bucket]:
    """Return the counts of a wrong code for an act: five of one code, and what one grant bears."""
    return [
        Bucket(_key("act-code", str(code_id)), most=5, seconds=24 * HOUR),
        Bucket(_key("act-wrong-day", str(grant_id)), most=15, seconds=24 * HOUR),
    ]


def invitations(*, household_id: int) -> list[Bucket]:
    """Return the count of messages to helpers that one household has sent: they go to any number."""
    return [Bucket(_key("help-invite-day", str(household_id)), most=10, seconds=24 * HOUR)]


def kin_requests(*, household_id: int) -> list[Bucket]:
    """Return the count of requests for a kin's voucher that one household has made: each sends a message."""
    return [Bucket(_key("kin-ask-day", str(household_id)), most=10, seconds=24 * HOUR)]


def _key(kind: str, *parts: str) -> str:
    return f"{kind}:{hashlib.sha256(repr(parts).encode()).hexdigest()[:32]}"
