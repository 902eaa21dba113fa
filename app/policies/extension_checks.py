"""What a policy file says of who may have a longer term, and what of it cannot be, or does nothing. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import yaml

from app.policies.shape import Problems, child
from app.policies.spending import most_spent

FROM: Final = "extension_spent_from"
ABOVE: Final = "extension_spent_above"


def check_extension(problems: Problems, node: yaml.Node, body: Mapping[str, Any]) -> None:
    """Blame a part of the face that nobody spends, that is said twice, or that opens no extension."""
    valid = body["valid"]
    here, said = child(node, "valid"), [word for word in (FROM, ABOVE) if word in valid]
    if len(said) > 1:
        problems.blame(child(here, ABOVE), f"valid.{ABOVE}", f"may have only {FROM} or {ABOVE}")
    if said and not valid["extension_months"]:
        reason = "only means something with extension_months"
        problems.blame(child(here, said[0]), f"valid.{said[0]}", reason)
    if valid.get(ABOVE) == 10_000:
        reason = "must be below 100%: more than the face is never spent"
        problems.blame(child(here, ABOVE), f"valid.{ABOVE}", reason)


def extension_doubts(body: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the paths of such words that hold and are likely not meant so, each with the reason."""
    valid, most = body["valid"], most_spent(body)
    never = f"is never reached: limits let {most / 100:g}% of the face be spent"
    if valid.get(FROM) == 0:
        yield f"valid.{FROM}", "has no effect: every voucher has spent 0%"
    elif valid.get(FROM, 0) > most:
        yield f"valid.{FROM}", never
    elif valid.get(FROM) == 10_000:
        yield f"valid.{FROM}", "is 100%, where nothing is left to be spent longer"
    if most < 10_000 and valid.get(ABOVE, 0) >= most:
        yield f"valid.{ABOVE}", never
