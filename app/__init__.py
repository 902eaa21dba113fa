"""Anju (安居): homes listed by developers, found by households, bought with housing vouchers at fair prices."""

from flask import Flask

from config import Settings


def create_app(settings: Settings | None = None, *, patient: bool = False) -> Flask:
    """Return the app; settings come from the environment unless given.

    ``patient`` gives the database timeouts of workers and commands. Raises pydantic's ValidationError, naming the
    variable, when a setting is missing or wrong.
    """
    # Imported here because Python runs this file before any module of ours: a pure one (money, the offline monitor)
    # must not load the web to be imported.
    from app import wiring

    return wiring.build(settings or Settings(), patient=patient)  # type: ignore[call-arg]  # from the environment
