"""How often what may be tried: pure rules on who shares a count with whom.

A count by name alone would let a stranger lock the owner out. So there are three, each stopped at before the
next is touched: by address, by address and name, and by name; the first two are too small for one address to
fill the third. Whoever signed in on a device before has a count of their own there: no stranger fills it.
"""

import hashlib
from ipaddress import IPv6Address, ip_address
from typing import Final

from app.core.rates import Bucket

MINUTE: Final = 60
HOUR: Final = 60 * MINUTE


def sign_in_tries(*, username: str, address: str, device: str | None) -> list[Bucket]:
    """Return the counts of a wrong password; ``device`` is the name a known device goes by, else None."""
    name, place = username.strip().casefold(), network(address)
    at_address = Bucket(_key("sign-in-address", place), most=30, seconds=5 * MINUTE)
    if device is not None:
        return [at_address, Bucket(_key("sign-in-device", device, name), most=10, seconds=15 * MINUTE)]
    return [
        at_address,
        Bucket(_key("sign-in-address-name", place, name), most=6, seconds=5 * MINUTE),
        Bucket(_key("sign-in-name", name), most=30, seconds=HOUR),
    ]


def password_tries(*, user_id: int) -> list[Bucket]:
    """Return the count of a wrong present password, typed by whoever is signed in."""
    return [Bucket(_key("password", str(user_id)), most=5, seconds=15 * MINUTE)]


def factor_tries(*, user_id: int, device: str | None) -> list[Bucket]:
    """Return the counts of a wrong code of the second step; whoever gets there knows the password."""
    if device is not None:
        return [Bucket(_key("factor-device", device, str(user_id)), most=5, seconds=15 * MINUTE)]
    return [
        Bucket(_key("factor", str(user_id)), most=5, seconds=15 * MINUTE),
        Bucket(_key("factor-day", str(user_id)), most=30, seconds=24 * HOUR),
    ]


def code_tries(*, address: str) -> list[Bucket]:
    """Return the count of a wrong code of an invitation or a reset."""
    return [Bucket(_key("code-address", network(address)), most=10, seconds=15 * MINUTE)]


def network(address: str) -> str:
    """Return whom an address stands for: itself, or its /64, all of which one subscriber of IPv6 has."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if not isinstance(parsed, IPv6Address):
        return str(parsed)
    return str(parsed.ipv4_mapped or IPv6Address(int(parsed) >> 64 << 64))


def _key(kind: str, *parts: str) -> str:
    """Return a key that shows its kind and hides names and addresses."""
    return f"{kind}:{hashlib.sha256(repr(parts).encode()).hexdigest()[:32]}"
