"""Who may stand on a contract as a buyer (买受人): pure.

The policy says which kin of the holder may be named (``buyers`` in its file). What shows the kinship is our
own choice, the least that makes the rule more than words: the holder's own ID number; the roster, which two
teams have certified; else a paper that is kept with the contract.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Final

from app.core.errors import DomainError
from app.documents.rules import Upload
from app.policies.rules import Policy
from app.policies.schema import BUYERS
from app.projects import rules as persons

MOST_BUYERS: Final = 4
"""Our own choice: a couple and their parents, or their children; the quota of a usual form on paper."""
_LONGEST_NAME: Final = 60
_ROSTER_WORD: Final = {"holder": "self", "spouse": "spouse", "parent": "parent", "child": "child"}
"""What the roster calls a relation, and the policy; its ``other`` proves nothing."""


class Basis(StrEnum):
    """What shows that a buyer may be named."""

    HOLDER = "holder"
    """The holder; the ID number is the one on the roster, or the roster has none."""
    OTHER_ID = "other_id"
    """The holder by name, with another ID number than on the roster: somebody has to look."""
    ROSTER = "roster"
    """On the roster of the household, by ID number, name and relation."""
    PROOF = "proof"
    """A paper that proves the kinship."""


@dataclass(frozen=True, slots=True)
class BuyerTyped:
    """A buyer as typed from the contract; ``proof`` is a paper of kinship, None where none was sent.

    ``proof_kind`` is what paper that is (``kinship_models.KINDS``). A missing one is given later.

    An empty ``id_number`` stands for the one that was typed for this name before.
    """

    name: str
    relation: str
    id_number: str
    proof: Upload | None = None
    proof_kind: str = "other"


@dataclass(frozen=True, slots=True)
class OnRoster:
    """Who on the household's roster has a buyer's ID number."""

    name: str
    relation: str


def tidy(typed: Sequence[BuyerTyped], *, earlier: dict[str, str]) -> list[BuyerTyped]:
    """Return the buyers with names and ID numbers in one form; ``earlier`` are numbers typed before, by name.

    Raises DomainError at ``name_1``, ``relation_1``, ``id_number_1`` and so on: nobody, too many, no name, a
    word that is no relation, no ID number, somebody twice.
    """
    if not typed:
        raise DomainError("buyers_missing", "name_1")
    if len(typed) > MOST_BUYERS:
        raise DomainError("buyers_too_many", "name_1", most=MOST_BUYERS)
    found: list[BuyerTyped] = []
    for place, one in enumerate(typed, start=1):
        name = re.sub(r"\s+", " ", one.name).strip()
        if not name or len(name) > _LONGEST_NAME or not name.isprintable():
            raise DomainError("buyer_name_bad", f"name_{place}", most=_LONGEST_NAME)
        if one.relation not in BUYERS:
            raise DomainError("buyer_relation_missing", f"relation_{place}", name=name)
        number = persons.tidy_id(one.id_number) or earlier.get(name, "")
        if not persons.is_id_number(number):
            raise DomainError("buyer_id_bad", f"id_number_{place}", name=name)
        if any(number == before.id_number for before in found):
            raise DomainError("buyer_twice", f"id_number_{place}", name=name)
        found.append(replace(one, name=name, id_number=number))
    return found


def check_named(buyer: BuyerTyped, place: int, policies: Sequence[Policy]) -> None:
    """Refuse a buyer whom the policy of one of the vouchers that pay does not let stand on the contract.

    Raises DomainError at ``relation_1`` and so on, with the person, the policy and whom it names.
    """
    for policy in policies:
        verdict = policy.may_be_named(buyer.relation)
        if not verdict.allowed:
            raise DomainError(
                "buyer_not_named",
                f"relation_{place}",
                name=buyer.name,
                kin=buyer.relation,
                policy=policy.title,
                listed_kin=tuple(word for word in BUYERS if word in (policy.buyers or ())),
            )


def check_together(buyers: Sequence[BuyerTyped], policies: Sequence[Policy]) -> None:
    """Refuse buyers among whom one is missing that the policy of a voucher that pays wants there.

    Raises DomainError at ``relation_1``, with the policy and of whom it wants one.
    """
    for policy in policies:
        if not policy.may_buy_together([buyer.relation for buyer in buyers]).allowed:
            listed = tuple(word for word in BUYERS if word in (policy.one_buyer_of or ()))
            raise DomainError("buyers_without", "relation_1", policy=policy.title, listed_kin=listed)


def basis_of(
    buyer: BuyerTyped, place: int, *, holder: str, has_holder: bool, on_roster: OnRoster | None
) -> Basis | None:
    """Return what shows that a buyer may be named; None where only a paper can.

    ``has_holder`` tells whether the roster has a holder with an ID number. Raises DomainError at ``name_1``
    and so on for somebody who is said to be the holder and is called otherwise.
    """
    known = on_roster is not None and on_roster.name == buyer.name
    fits = on_roster is not None and _ROSTER_WORD.get(on_roster.relation) == buyer.relation
    if buyer.relation == "self":
        if known and fits:
            return Basis.HOLDER
        if buyer.name != holder:
            raise DomainError("buyer_not_holder", f"name_{place}", name=buyer.name, holder=holder)
        return Basis.OTHER_ID if has_holder else Basis.HOLDER
    return Basis.ROSTER if known and fits else None


def differ(buyers: Sequence[tuple[str, Basis]], quoted: Sequence[str]) -> bool:
    """Tell whether the buyers (name, basis) are not those that the quote named, where it named any."""
    others = bool(quoted) and sorted(name for name, _ in buyers) != sorted(quoted)
    return others or any(basis is Basis.OTHER_ID for _, basis in buyers)


def is_minor(id_number: str, signed_on: date) -> bool:
    """Tell whether the person of an ID number was not of age when the contract was signed."""
    return not persons.is_adult(id_number, signed_on)
