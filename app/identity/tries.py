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


def network(address: str) -> str:
    """Return whom an address stands for: itself, or its /64, all of which one subscriber of IPv6 has."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped is None:
        return str(IPv6Address(int(parsed) >> 64 << 64))
    return str(parsed)


def _key(kind: str, *parts: str) -> str:
    """Return a key that shows its kind and hides names and addresses."""
    return f"{kind}:{hashlib.sha256(repr(parts).encode()).hexdigest()[:32]}"
