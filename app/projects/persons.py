"""The persons of a household: the only writer, and where the household is reached."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Final

from sqlalchemy import ARRAY, BigInteger, String, any_, bindparam, case, or_, select
from sqlalchemy.orm import Session

from app.core import audit, clock
from app.core.actor import Actor
from app.core.db import unless_taken
from app.core.errors import DomainError, NotFound
from app.core.ids import new_ref
from app.core.prepared import Prepared
from app.core.sealing import blind_index, blind_indexes, seal, unseal
from app.identity import phones
from app.notices.addresses import Address
from app.notices.service import Recipient, tell
from app.projects import rules
from app.projects.errors import PersonKnown
from app.projects.models import ID_NUMBER, MAIL, PHONE, HouseholdPerson
from app.projects.queries import get_household_by_id

_HOLDER_FIRST = case((HouseholdPerson.relation == "holder", 0), else_=1)


def add_person(
    session: Session,
    *,
    actor: Actor,
    household_id: int,
    name: str,
    relation: str,
    id_number: str,
    phone: str | None = None,
    mail: str | None = None,
) -> HouseholdPerson:
    """Enter a person of a household; ``id_number`` may be typed in any usual way.

    Raises NotFound for another district's household, DomainError at ``id_number`` for one that is none,
    PersonKnown for one that the household has.
    """
    household = get_household_by_id(session, actor=actor, household_id=household_id)
    number = rules.tidy_id(id_number)
    if not rules.is_id_number(number):
        raise DomainError("id_number_bad", field="id_number")
    person = HouseholdPerson(
        district_id=household.district_id,
        household_id=household.id,
        ref=new_ref("ZR"),
        name=name,
        relation=relation,
        id_number=seal(number, purpose=ID_NUMBER.purpose, owner=household.id),
        id_index=blind_index(number, purpose=ID_NUMBER.purpose),
        phone=_sealed(phone, PHONE.purpose, household.id),
        mail=_sealed(mail, MAIL.purpose, household.id),
    )
    with unless_taken(session, "uq_household_persons_household_id_id_index", PersonKnown()):
        session.add(person)
    _note(session, actor, person, "person.add")
    return person


def change_contact(
    session: Session, *, actor: Actor, person_ref: str, phone: str | None, mail: str | None
) -> HouseholdPerson:
    """Change where a person of the actor's district is reached. Raises NotFound."""
    person = get_person(session, actor=actor, ref=person_ref)
    person.phone = _sealed(phone, PHONE.purpose, person.household_id)
    person.mail = _sealed(mail, MAIL.purpose, person.household_id)
    session.flush()
    _note(session, actor, person, "person.change_contact")
    tell(
        session,
        kind="contact_changed",
        to=Recipient(district_id=person.district_id, household_id=person.household_id),
        event=f"person.change_contact:{person.id}:{clock.system_now().isoformat()}",
    )
    return person


def join(session: Session, *, actor: Actor, person: HouseholdPerson, user_id: int, phone: str | None) -> None:
    """Note who claimed the account with a person's ID number, and the number they proved."""
    person.user_id = user_id
    if phone is not None:
        person.phone = _sealed(phone, PHONE.purpose, person.household_id)
    session.flush()
    _note(session, actor, person, "person.join")


def list_persons(session: Session, *, actor: Actor, household_id: int) -> Sequence[HouseholdPerson]:
    """Return the persons of a household of the actor's district, the holder first."""
    statement = select(HouseholdPerson).where(
        HouseholdPerson.household_id == household_id, HouseholdPerson.district_id == actor.district
    )
    return session.scalars(statement.order_by(_HOLDER_FIRST, HouseholdPerson.id)).all()


def get_person(session: Session, *, actor: Actor, ref: str) -> HouseholdPerson:
    """Return a person of a household of the actor's district. Raises NotFound."""
    statement = select(HouseholdPerson).where(
        HouseholdPerson.ref == ref, HouseholdPerson.district_id == actor.district
    )
    person = session.scalars(statement).first()
    if person is None:
        raise NotFound("household_person_gone")
    return person


def find_adult_by_last_six(
    session: Session, *, household_id: int | None, last: str
) -> HouseholdPerson | None:
    """Return the adult of a household whose ID number ends so, or None; every number is compared."""
    of_household = select(HouseholdPerson).where(HouseholdPerson.household_id == household_id)
    found = None
    for person in session.scalars(of_household.order_by(HouseholdPerson.id)):
        number = number_of(person)
        if rules.ends_with(number, last) and rules.is_adult(number, clock.today()):
            found = person
    return found


def find_by_id(session: Session, *, household_id: int, id_number: str) -> HouseholdPerson | None:
    """Return the person of a household who has a tidy ID number, or None."""
    statement = select(HouseholdPerson).where(
        HouseholdPerson.household_id == household_id,
        HouseholdPerson.id_index.in_(blind_indexes(id_number, purpose=ID_NUMBER.purpose)),
    )
    return session.scalars(statement).first()


def find_or_holder(
    session: Session, *, household_id: int, id_number: str
) -> tuple[tuple[str, str] | None, bool]:
    """Return who of a household has a tidy ID number, name and relation, and whether the roster has a holder.

    One question, for every buyer of every contract asks it.
    """
    indexes = blind_indexes(id_number, purpose=ID_NUMBER.purpose)
    found = _PERSON_OR_HOLDER.rows(session, household_id=household_id, indexes=indexes)
    person = next(((name, relation) for index, name, relation in found if index in indexes), None)
    return person, any(relation == "holder" for _index, _name, relation in found)


_PERSON_OR_HOLDER: Final = Prepared(
    select(HouseholdPerson.id_index, HouseholdPerson.name, HouseholdPerson.relation).where(
        HouseholdPerson.household_id == bindparam("household_id"),
        or_(
            HouseholdPerson.id_index == any_(bindparam("indexes", type_=ARRAY(String))),
            HouseholdPerson.relation == "holder",
        ),
    )
)


def number_of(person: HouseholdPerson) -> str:
    """Return a person's ID number; who shows it shows it masked."""
    return unseal(person.id_number, purpose=ID_NUMBER.purpose, owner=person.household_id)


def holder_numbers(session: Session, *, household_ids: Collection[int]) -> dict[int, str]:
    """Return the ID numbers of the holders of households, where the roster has them, by household."""
    statement = select(HouseholdPerson).where(
        HouseholdPerson.household_id.in_(household_ids), HouseholdPerson.relation == "holder"
    )
    return {
        one.household_id: number_of(one)
        for one in session.scalars(statement.order_by(HouseholdPerson.id.desc()))
    }


def phone_of(person: HouseholdPerson) -> str | None:
    """Return where a person is called, or None."""
    return unseal(person.phone, purpose=PHONE.purpose, owner=person.household_id) if person.phone else None


def mail_of(person: HouseholdPerson) -> str | None:
    """Return where a person gets mail, or None."""
    return unseal(person.mail, purpose=MAIL.purpose, owner=person.household_id) if person.mail else None


class PersonsBook:
    """The address book of messages: a household is reached where its first person with a number is."""

    def of_households(self, session: Session, household_ids: Collection[int]) -> Mapping[int, Address]:
        """Return the first number and mail address of each household, the holder's before others'."""
        persons: dict[int, list[HouseholdPerson]] = defaultdict(list)
        wanted = bindparam("ids", list(household_ids), type_=ARRAY(BigInteger))
        statement = select(HouseholdPerson).where(HouseholdPerson.household_id == any_(wanted))
        for person in session.scalars(statement.order_by(_HOLDER_FIRST, HouseholdPerson.id)):
            persons[person.household_id].append(person)
        return {household_id: _address(found) for household_id, found in persons.items()}

    def of_user(self, session: Session, user_id: int) -> Address:
        """Return where the person is reached who signs in so: what they have proven, else what is known."""
        known = _address(
            session.scalars(select(HouseholdPerson).where(HouseholdPerson.user_id == user_id)).all()
        )
        return Address(
            phone=phones.find_phone(session, user_id=user_id) or known.phone,
            mail=phones.find_mail(session, user_id=user_id) or known.mail,
        )


def _address(persons: Sequence[HouseholdPerson]) -> Address:
    return Address(
        phone=next((phone for one in persons if (phone := phone_of(one))), None),
        mail=next((mail for one in persons if (mail := mail_of(one))), None),
    )


def _sealed(plain: str | None, purpose: str, household_id: int) -> str | None:
    return seal(plain, purpose=purpose, owner=household_id) if plain else None


def _note(session: Session, actor: Actor, person: HouseholdPerson, action: str) -> None:
    audit.record(
        session,
        actor=actor,
        action=action,
        object_type="household_person",
        object_id=person.id,
        household_id=person.household_id,
    )
