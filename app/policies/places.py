"""Whether what a policy names is there: developments, which the package above knows; the wiring says who."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from sqlalchemy.orm import Session

from app.policies.checks import bonuses_of
from app.policies.schema import DEVELOPMENT

Missing: TypeAlias = Callable[[Session, Collection[str]], Collection[str]]
"""Tells which of these references are of no development."""


class _Process:
    """What the wiring set for this process."""

    missing: Missing | None = None


def use(missing: Missing) -> None:
    """Set who answers. Called by the wiring."""
    _Process.missing = missing


def unknown(session: Session, body: Mapping[str, Any]) -> list[str]:
    """Return the paths of a body that name a development which is not there, each with its reference."""
    named = dict(_developments(body))
    if not named:
        return []
    if _Process.missing is None:
        raise RuntimeError("nobody knows the developments: create_app says who does")
    gone = _Process.missing(session, set(named.values()))
    return [f"{path} ({ref})" for path, ref in named.items() if ref in gone]


def _developments(body: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    lists = [("areas", body["areas"])]
    lists += (
        (f"areas_of[{place}].areas", one["areas"]) for place, one in enumerate(body.get("areas_of", ()))
    )
    lists += ((f"{path}.areas", bonus["areas"]) for _where, path, bonus in bonuses_of(body))
    for path, areas in lists:
        for place, one in enumerate(areas if isinstance(areas, Sequence) else ()):
            if DEVELOPMENT.fullmatch(one):
                yield f"{path}[{place}]", one
