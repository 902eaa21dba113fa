"""The web edge: parse, authorise, call one service or flow, render."""

from flask import Flask
from flask_babel import get_locale

from app.web import (
    access,
    access_table,
    account,
    api,
    authority,
    demo,
    developer,
    errors,
    files,
    formatting,
    health,
    helper,
    helping,
    hooks,
    household,
    logs,
    metrics,
    pages,
    public,
    rates,
    regulator,
    security,
    templating,
    unsent,
)

BLUEPRINTS = (
    public.bp,
    account.bp,
    household.bp,
    helper.bp,
    developer.bp,
    authority.bp,
    regulator.bp,
    api.bp,
    hooks.bp,
    health.bp,
    metrics.bp,
)


def register(app: Flask) -> None:
    """Attach every page, and what stands around them."""
    logs.register(app)
    files.register(app)
    unsent.register(app)
    app.before_request(access.enforce)
    app.after_request(access.note_use)
    app.after_request(helping.note_read)
    security.register(app)
    rates.register(app)
    errors.register(app)
    formatting.register(app)
    templating.register(app)
    pages.register(app)
    app.jinja_env.globals["get_locale"] = get_locale
    app.cli.add_command(access_table.group)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    if app.config["DEMO"]:
        app.register_blueprint(demo.bp)
