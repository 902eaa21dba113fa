"""flask access: who may open what."""

import click
from flask import Flask, current_app
from flask.cli import AppGroup

from app.core.actor import Duty, Role
from app.web.access import Access, access_of

group = AppGroup("access", help="Who may open what.")


def table_of(app: Flask) -> str:
    """Return every route with the roles that may use it, as a Markdown table sorted by address."""
    lines = ["| address | method | who |", "|---|---|---|"]
    rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint != "static"]
    for rule in sorted(rules, key=lambda rule: (rule.rule, sorted(rule.methods or ()))):
        demand = access_of(app, rule.endpoint)
        allowed = demand.roles if demand else frozenset()
        names = ", ".join(_name(demand, role) for role in Role if role in allowed) or "anybody"
        methods = ", ".join(sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}))
        lines.append(f"| `{rule.rule}` | {methods} | {names} |")
    return "\n".join(lines)


def _name(demand: Access | None, role: Role) -> str:
    """Return the role, and the duties where not every one of a developer's people may."""
    if role is not Role.DEVELOPER or demand is None or demand.duties == set(Duty):
        return role.value
    return f"{role.value} ({' or '.join(duty.value for duty in Duty if duty in demand.duties)})"


@group.command("table")
def table() -> None:
    """Print the access table, as docs/access.md holds it."""
    click.echo(table_of(current_app._get_current_object()))  # type: ignore[attr-defined]  # a proxy
