"""flask access: who may do what, and who may open which address, both read off the marks on the views."""

import click
from flask import Flask, current_app
from flask.cli import AppGroup
from werkzeug.routing import Rule

from app.core.actor import Duty, Role
from app.web.access import Access, access_of

group = AppGroup("access", help="Who may do what.")

_OWN = {
    Role.HOUSEHOLD: "own household",
    Role.DEVELOPER: "own company",
    Role.HELPER: "own grants",
}
"""What everybody's acts are confined to; all others are confined to their district."""


def permissions_of(app: Flask) -> str:
    """Return what each role may do, as a Markdown table: one row for each act and each page that is no form.

    The action is the view's own sentence, so nothing is said twice; a page that only asks for what its act
    needs has no row of its own.
    """
    lines = ["| thing | action | role | condition |", "|---|---|---|---|"]
    for thing, rule in sorted(((_thing(rule), rule) for rule in _rules(app)), key=_by_thing):
        demand = access_of(app, rule.endpoint) or Access(frozenset())
        sentence = (app.view_functions[rule.endpoint].__doc__ or "").split("\n")[0].strip().rstrip(".")
        if f"{rule.endpoint}_post" not in app.view_functions:
            lines.append(f"| {thing} | {sentence} | {_names(demand)} | {_condition(demand)} |")
    return "\n".join(lines)


def table_of(app: Flask) -> str:
    """Return every route with the roles that may use it, as a Markdown table sorted by address."""
    lines = ["| address | method | who |", "|---|---|---|"]
    for rule in sorted(_rules(app), key=lambda rule: (rule.rule, _methods(rule))):
        demand = access_of(app, rule.endpoint) or Access(frozenset())
        lines.append(f"| `{rule.rule}` | {_methods(rule)} | {_names(demand)} |")
    return "\n".join(lines)


def _rules(app: Flask) -> list[Rule]:
    return [rule for rule in app.url_map.iter_rules() if rule.endpoint != "static"]


def _by_thing(row: tuple[str, Rule]) -> tuple[str, str, str]:
    thing, rule = row
    return thing, rule.rule, _methods(rule)


def _methods(rule: Rule) -> str:
    return ", ".join(sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}))


def _thing(rule: Rule) -> str:
    """Return what an address is about: its folder and the first noun in it."""
    parts = [part for part in rule.rule.split("/") if part and not part.startswith("<")]
    return " ".join(parts[:2]) or "home page"


def _names(demand: Access) -> str:
    if demand.scope is not None and demand.token_only:
        return f"token ({demand.scope.value})"
    if not demand.roles:
        return "anybody"
    if demand.roles == set(Role) and demand.duties == set(Duty):
        return "everybody signed in"
    return ", ".join(_name(demand, role) for role in Role if role in demand.roles)


def _name(demand: Access, role: Role) -> str:
    """Return the role, and the duties where not every one of a developer's people may."""
    if role is not Role.DEVELOPER or demand.duties == set(Duty):
        return role.value
    return f"{role.value} ({' or '.join(duty.value for duty in Duty if duty in demand.duties)})"


def _condition(demand: Access) -> str:
    if demand.scope is not None and demand.token_only:
        own = [_OWN[Role.DEVELOPER]]
    elif demand.roles == set(Role):
        own = ["own account"]
    else:
        own = sorted({_OWN.get(role, "own district") for role in demand.roles})
    helped = [f"a helper from {demand.helper.value} on"] if demand.helper else []
    return "; ".join([*own, *helped, *([demand.when] if demand.when else [])])


@group.command("table")
def table() -> None:
    """Print the two tables, as docs/access.md holds them."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # a proxy
    click.echo(f"{permissions_of(app)}\n\n{table_of(app)}")
