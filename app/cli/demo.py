"""flask demo: the whole platform on this machine, with made-up data."""

import json
import os
import sys
from collections.abc import Callable
from functools import partial

import click
from alembic import command
from alembic.util import CommandError
from flask import current_app
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app.cli.groups import CommandGroup
from app.cli.rights import grant_from_settings
from app.core import audit, clock
from app.demo import district
from app.demo.accounts import DEMO_ACCOUNTS, DemoAccount
from app.demo.databases import Addresses
from app.demo.environment import given_database, home, maker
from app.demo.errors import CannotStart
from app.demo.monitoring import run_monitor
from app.demo.reference import score
from app.demo.supervisor import Hooks, Supervisor, Wishes
from app.extensions import db, reading
from app.identity.models import District

group = CommandGroup("demo", help="The demo: everything on this machine, with made-up data.")


@group.command("up")
@click.option(
    "--port", type=int, default=8000, show_default=True, envvar="PORT", help="Where the pages answer."
)
@click.option("--reset", is_flag=True, help="Delete the data of earlier runs first.")
@click.option("--small", is_flag=True, help="Fill only the visitor's story, which takes seconds.")
@click.option(
    "--search",
    type=click.Choice(["postgresql", "elasticsearch"]),
    default="postgresql",
    show_default=True,
    help="What answers searches.",
)
@click.option(
    "--payments",
    type=click.Choice(["off", "fake"]),
    default="off",
    show_default=True,
    help="fake: a top-up can be paid online, at a made-up Stripe on the next port.",
)
def up(port: int, reset: bool, small: bool, search: str, payments: str) -> None:
    """Start everything, keep it up, and stop it all on ctrl-C."""
    if not current_app.config["DEMO"]:
        raise click.ClickException("This is not demo mode. Start the demo with `make demo`.")
    given: Addresses | None = given_database(os.environ)
    wishes = Wishes(
        port=port,
        reset=reset,
        given=given,
        elasticsearch=search == "elasticsearch",
        payments=payments == "fake",
        maker=maker(os.environ),
    )
    supervisor = Supervisor(home(os.environ), wishes, click.echo)
    supervisor.run(
        Hooks(_preparations(small=small), on_ready=lambda: _welcome(supervisor), heartbeat=_apart(_beat))
    )
    click.echo("Stopped. The data is kept; `make demo` goes on where you left.")


@group.command("accounts")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def accounts(as_json: bool) -> None:
    """Print one sign-in per role and duty."""
    rows = [account.as_json() for account in DEMO_ACCOUNTS]
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
    else:
        _print_sign_ins()


@group.command("fill")
@click.option("--small", is_flag=True, help="Fill only the visitor's story, which takes seconds.")
def fill(small: bool) -> None:
    """Fill the district, or resume its clock where that was done: `up` does this too."""
    if not current_app.config["DEMO"]:
        raise click.ClickException("This is not demo mode: made-up data stays out of a real district.")
    _fill(small=small)
    run_monitor()


@group.command("score")
def score_command() -> None:
    """Compare the reference district's signals with what is planted in it; exit 1 when the goal is missed."""
    with reading() as session:
        wanted = select(District.id).where(District.code == district.DISTRICT_CODE)
        district_id = session.scalar(wanted)
        if district_id is None:
            raise click.ClickException("the demo district is not there: `make demo` fills it")
        scores = score.score(session, district_id=district_id)
    click.echo(f"{'kind':<28}{'wanted':>8}{'found':>8}{'missed':>8}{'false':>8}")
    for one in scores:
        counts = (one.found, one.missed, one.false)
        told = "".join(f"{len(names):>8}" for names in counts) if one.tested else "   not tested for yet"
        click.echo(f"{one.kind:<28}{len(one.wanted):>8}{told}")
        for what, names in (("missed", one.missed), ("false", one.false)):
            if one.tested and names:
                click.echo(f"  {what}: {', '.join(names)}")
    sys.exit(0 if all(one.holds for one in scores) else 1)


def _preparations(*, small: bool) -> dict[str, Callable[[], None]]:
    return {
        "Bringing the tables up to date": _apart(_migrate),
        "Preparing the audit trail": _apart(_prepare_audit),
        "Filling the demo district, unless it is there": _apart(partial(_fill, small=small)),
        "Running the price monitor, unless it ran before": _apart(run_monitor),
    }


def _apart(action: Callable[[], None]) -> Callable[[], None]:
    """Give each call a context, and so a database session, of its own: ctrl-C may cut it off anywhere."""

    def run() -> None:
        with current_app.app_context():
            action()

    return run


def _migrate() -> None:
    """Bring the tables up to date, and the rights of the app's role with them."""
    try:
        command.upgrade(current_app.extensions["migrate"].migrate.get_config(), "head")
    except CommandError as error:
        text = f"The data comes from another version of Anju ({error}). `make demo RESET=1` starts over."
        raise CannotStart(text) from error
    grant_from_settings()


def _prepare_audit() -> None:
    """Create the heads of the audit chains."""
    audit.initialise(db.session())
    db.session.commit()


def _fill(*, small: bool) -> None:
    """Fill the district in one database transaction: a fill that is cut off leaves nothing."""
    with (
        db.engine.begin() as connection,
        Session(connection, join_transaction_mode="create_savepoint", expire_on_commit=False) as session,
    ):
        if district.is_filled(session):
            clock.start_stored_clock(session, district.FIRST_MOMENT)
        else:
            district.fill(session, say=lambda text: click.echo(f"    {text}"), whole=not small)
        session.commit()


def _beat() -> None:
    """Record that the demo is alive, so that its business clock stops with it; a lost beat does no harm."""
    session = db.session()
    try:
        clock.keep_stored_clock(session)
        session.commit()
    except OperationalError:
        session.rollback()


def _welcome(supervisor: Supervisor) -> None:
    click.echo(f"\nAnju is ready: {supervisor.address}\n")
    _print_sign_ins()
    if supervisor.stripe_address:
        click.echo(
            f"\nPayments online go to a made-up Stripe, whose bank sits at {supervisor.stripe_address}/"
        )
    click.echo("\nLogs: var/log/. Stop with ctrl-C.")


def _print_sign_ins() -> None:
    click.echo("Sign in as:")
    for account in DEMO_ACCOUNTS:
        click.echo(
            f"  {_what(account):<20} {account.username:<14} {account.password}   "
            f"{account.name}, {account.organisation}"
        )


def _what(account: DemoAccount) -> str:
    return f"{account.role.value}, {account.duty.value}" if account.duty else account.role.value
