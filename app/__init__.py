"""Anju (安居): homes that developers list, households find, and vouchers buy at fair prices."""

from flask import Flask

from config import Settings


def create_app(settings: Settings | None = None) -> Flask:
    """Return the app; settings come from the environment unless given.

    Raises pydantic's ValidationError, naming the variable, when a setting is missing or wrong.
    """
    # Python runs this file before any module of ours: a pure one must not load the web to be imported.
    from app import wiring  # noqa: PLC0415  # for that reason

    if settings is None and wiring.needs_no_settings():
        return wiring.build_for_files()
    return wiring.build(settings or wiring.read_settings())
