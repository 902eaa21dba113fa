"""Who acts: a typed value that the edge builds once and services scope their queries by."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from app.core.errors import Forbidden


class Role(StrEnum):
    """What a membership lets a person do; the words of docs/access.md."""

    HOUSEHOLD = "household"
    DEVELOPER = "developer"
    OFFICER = "officer"
    CHECKER = "checker"
    REGULATOR = "regulator"
    AUDITOR = "auditor"
    INSPECTOR = "inspector"
    ADMINISTRATOR = "administrator"
    HELPER = "helper"
    """Somebody who helps households (帮办人) and has no voucher of their own."""


class Duty(StrEnum):
    """What a person of a developer is there for."""

    MANAGER = "manager"
    SALES = "sales"
    FINANCE = "finance"


class HelpLevel(StrEnum):
    """How far a helper (帮办人) may go for a household; each level includes those before it."""

    LOOK = "look"
    PREPARE = "prepare"
    ACT = "act"
    """Also what binds the household, each time with a code that was sent to the holder."""

    def reaches(self, other: "HelpLevel") -> bool:
        """Tell whether this level includes another."""
        order = list(HelpLevel)
        return order.index(self) >= order.index(other)


WATCHERS: Final = (Role.AUDITOR, Role.INSPECTOR)
"""They read everything of their district and change nothing; what they opened is on record."""


@dataclass(frozen=True, slots=True)
class Actor:
    """A signed-in person in one role, or the system itself (``user_id`` None, see ``system_actor``).

    ``district_id`` is set for every role but developer, whose stock is offered across districts;
    ``organisation_id`` for staff, ``household_id`` for a household; ``duty`` for people of a developer.
    """

    user_id: int | None
    role: Role | None
    district_id: int | None = None
    organisation_id: int | None = None
    household_id: int | None = None
    duty: Duty | None = None
    token_id: int | None = None
    """The token of the developer API by which a program acts for this person."""
    visit_id: int | None = None
    """The visit to the counter in which a clerk (``user_id``) acts for the household that stands there."""
    grant_id: int | None = None
    """The grant under which a helper (``user_id``) acts for the household."""
    level: HelpLevel | None = None
    """How far that helper may go."""
    helper_act_id: int | None = None
    """The act that the holder agreed to by a code; without it a helper binds nobody."""

    @property
    def district(self) -> int:
        """The district the actor is bound to; a missing one is a wiring error, never a person's."""
        if self.district_id is None:
            raise LookupError(f"{self.role} acts without a district")
        return self.district_id

    @property
    def organisation(self) -> int:
        """The organisation the actor works for; a missing one is a wiring error."""
        if self.organisation_id is None:
            raise LookupError(f"{self.role} acts without an organisation")
        return self.organisation_id

    @property
    def household(self) -> int:
        """The household the actor belongs to; a missing one is a wiring error."""
        if self.household_id is None:
            raise LookupError(f"{self.role} acts without a household")
        return self.household_id

    def demand(self, *roles: Role) -> None:
        """Raise Forbidden where the actor has none of the roles."""
        if self.role not in roles:
            raise Forbidden("wrong_role")


def system_actor(district_id: int | None = None) -> Actor:
    """Return the actor of jobs and event subscribers: no person, no role."""
    return Actor(user_id=None, role=None, district_id=district_id)
