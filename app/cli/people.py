"""flask people: the first people of a district or company, and the way back in when nobody can help."""

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.cli.groups import CommandGroup
from app.core.actor import Duty, Role, system_actor
from app.core.errors import DomainError
from app.extensions import db
from app.identity import factors, rules, service, staffing
from app.identity.models import District, Membership, Organisation, User
from app.identity.queries import find_factor

group = CommandGroup("people", help="The first people, and the way back in.")


@group.command("district")
@click.argument("code")
@click.argument("name")
def district(code: str, name: str) -> None:
    """Open a district: CODE stands in addresses and files, NAME on pages."""
    session = db.session()
    if not rules.DISTRICT_CODE.fullmatch(code):
        raise click.ClickException("a code is of small letters, digits and hyphens, such as linghu")
    if session.scalars(select(District).where(District.code == code)).first() is not None:
        raise click.ClickException(f"there is a district {code!r} already")
    service.create_district(session, code=code, name=name)
    session.commit()
    click.echo(f"{name} is open; invite its first administrator")


@group.command("invite")
@click.option("--role", type=click.Choice([role.value for role in rules.KINDS]), required=True)
@click.option("--duty", type=click.Choice([duty.value for duty in Duty]), help="Of a developer's person.")
@click.option("--district", "code", help="The district's code; developers have none.")
@click.option("--organisation", required=True, help="Made if there is none of this name.")
@click.option("--username", required=True)
@click.option("--name", required=True)
def invite(
    role: str, duty: str | None, code: str | None, organisation: str, username: str, name: str
) -> None:
    """Invite somebody to any place; prints the one-time code. The first administrator begins so."""
    session = db.session()
    if (role == Role.DEVELOPER) != (duty is not None):
        raise click.ClickException("a developer's person has a duty, nobody else has one")
    workplace = _organisation(session, Role(role), code, organisation)
    place = staffing.Place(workplace, Role(role), Duty(duty) if duty else None)
    actor = system_actor(workplace.district_id)
    try:
        secret, row = staffing.invite(session, actor=actor, place=place, username=username, display_name=name)
    except DomainError as error:
        raise click.ClickException(error.code.replace("_", " ")) from error
    session.commit()
    click.echo(f"{row.username} joins at /account/invitation with the code {secret} within 7 days")


@group.command("reset")
@click.option("--username", required=True)
@click.option("--clear-factor", is_flag=True, help="Take off a lost second factor as well.")
def reset(username: str, clear_factor: bool) -> None:
    """Print a code for a new password: for an administrator whom nobody can help."""
    session = db.session()
    named = select(Membership).join(Membership.user).where(User.username == username)
    live = named.where(Membership.ended_at.is_(None))
    person = session.scalars(live).first()
    if person is None:
        raise click.ClickException(f"nobody signs in as {username!r}")
    actor = system_actor(person.district_id)
    code = staffing.issue_reset_to(session, actor=actor, person=person)
    if clear_factor and find_factor(session, user_id=person.user_id) is not None:
        factors.clear(session, actor=actor, user_id=person.user_id)
    session.commit()
    click.echo(f"{username} chooses a password at /account/reset with the code {code} within 30 minutes")


def _organisation(session: Session, role: Role, district_code: str | None, name: str) -> Organisation:
    kind = rules.KINDS[role]
    district = None
    if district_code is not None:
        district = session.scalars(select(District).where(District.code == district_code)).first()
        if district is None:
            raise click.ClickException(f"there is no district {district_code!r}")
    if (role is Role.DEVELOPER) != (district is None):
        raise click.ClickException("a developer has no district, everybody else has one")
    found = session.scalars(select(Organisation).where(Organisation.name == name)).first()
    if found is None:
        return service.create_organisation(session, kind=kind, name=name, district=district)
    if found.kind != kind or found.district_id != (district.id if district else None):
        raise click.ClickException(f"{name} is another kind of organisation, or another district's")
    return found
