"""The persons of a household, and where each is reached."""

from collections.abc import Sequence
from typing import Final

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app.core.actor import Role
from app.extensions import db
from app.projects import persons, queries, rules
from app.projects.models import HouseholdPerson
from app.web.access import actor, roles
from app.web.acting import do_or_ask_again
from app.web.authority import bp
from app.web.forms.claims import RELATION_CHOICES, ContactForm, PersonForm
from app.web.language import gettext as _

RELATIONS: Final = {one.value: one.label for one in RELATION_CHOICES}
"""The words of each relation."""


@bp.get("/households/<ref>/persons/new")
@roles(Role.OFFICER)
def add_person(ref: str) -> ResponseReturnValue:
    """Ask for a person of the household."""
    return _add_page(ref, PersonForm())


@bp.post("/households/<ref>/persons/new")
@roles(Role.OFFICER)
def add_person_post(ref: str) -> ResponseReturnValue:
    """Enter a person of the household."""
    session, who, form = db.session(), actor(), PersonForm()
    household = queries.get_household(session, actor=who, ref=ref)
    return do_or_ask_again(
        form,
        lambda: persons.add_person(
            session,
            actor=who,
            household_id=household.id,
            name=form.name.value,
            relation=form.relation.value,
            id_number=form.id_number.value,
            phone=form.phone.data,
            mail=form.mail.data,
        ),
        again=lambda: _add_page(ref, form),
        done=_("%(name)s 已登记。", name=form.name.value),
        to=url_for("authority.household", ref=ref),
    )


@bp.get("/persons/<ref>/contact")
@roles(Role.OFFICER)
def change_contact(ref: str) -> ResponseReturnValue:
    """Ask where the person is reached now."""
    person = persons.get_person(db.session(), actor=actor(), ref=ref)
    return _contact_page(person, ContactForm(phone=persons.phone_of(person), mail=persons.mail_of(person)))


@bp.post("/persons/<ref>/contact")
@roles(Role.OFFICER)
def change_contact_post(ref: str) -> ResponseReturnValue:
    """Keep where the person is reached."""
    session, who, form = db.session(), actor(), ContactForm()
    person = persons.get_person(session, actor=who, ref=ref)
    if not form.accept():
        return _contact_page(person, form), 422
    persons.change_contact(session, actor=who, person_ref=ref, phone=form.phone.data, mail=form.mail.data)
    flash(_("联系方式已更新。"))
    household = queries.get_household_by_id(session, actor=who, household_id=person.household_id)
    return redirect(url_for("authority.household", ref=household.ref), 303)


def person_rows(found: Sequence[HouseholdPerson]) -> list[dict[str, str]]:
    """Return the persons of a household as staff see them: numbers masked."""
    rows = []
    for person in found:
        phone = persons.phone_of(person)
        rows.append(
            {
                "ref": person.ref,
                "name": person.name,
                "relation": person.relation,
                "id": rules.masked_id(persons.number_of(person)),
                "phone": rules.masked_phone(phone) if phone else "",
                "claimed": "yes" if person.user_id else "",
            }
        )
    return rows


def _add_page(ref: str, form: PersonForm) -> str:
    household = queries.get_household(db.session(), actor=actor(), ref=ref)
    return render_template("authority/add-person.html", household=household, form=form)


def _contact_page(person: HouseholdPerson, form: ContactForm) -> str:
    household = queries.get_household_by_id(db.session(), actor=actor(), household_id=person.household_id)
    return render_template("authority/contact.html", person=person, household=household, form=form)
