"""Who gets a voucher by a move, by real name: who takes it over, the heirs, and as which household."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.errors import Conflict, DomainError
from app.core.sealing import blind_index, seal
from app.policies.queries import policy_of
from app.projects import takers
from app.projects.models import Household
from app.projects.rules import is_id_number, tidy_id
from app.vouchers import move_outlooks, stop_ends
from app.vouchers.models import Voucher
from app.vouchers.move_models import HEIR_NUMBER, OTHER_NUMBER, VoucherHeir, VoucherMove
from app.vouchers.move_outlooks import Outlook
from app.vouchers.move_queries import number_of, number_of_heir
from app.vouchers.move_rules import Made, Share, Wish, inherited, read_held, read_wish


@dataclass(frozen=True, slots=True)
class Other:
    """Who takes a voucher over, or inherits it, by real name and ID number as they were typed."""

    name: str
    id_number: str


def demand_said(now: Outlook, other: Other | None) -> None:
    """Have what the policy asks for. Raises DomainError at the field that is missing or wrong."""
    wish = now.wish
    if wish.has_other:
        if other is None or not other.name.strip():
            raise DomainError("move_other_missing", "name")
        if wish.kin is None:
            raise DomainError("kin_missing", "kin")
        if not is_id_number(tidy_id(other.id_number)):
            raise DomainError("id_number_bad", "id_number")
    if move_outlooks.asks_floor(now.policy, wish.kind) and wish.residents is None:
        raise DomainError("residents_missing", "residents")


def name_other(session: Session, move: VoucherMove, other: Other, wish: Wish) -> None:
    """Name who takes a voucher over in a move that is about to be written.

    Raises DomainError at ``id_number`` for the holder, or for a name that is not the number's.
    """
    number = tidy_id(other.id_number)
    own = session.get_one(Household, move.household_id)
    found = takers.find_household(session, district_id=move.district_id, id_number=number)
    if found is not None and found.id == own.id:
        raise DomainError("move_other_self", "id_number")
    if found is not None and found.holder_name != other.name.strip():
        raise DomainError("move_other_person", "id_number")
    move.other_household_id = found.id if found else None
    move.other_name, move.kin = other.name.strip(), wish.kin
    move.other_number = seal(number, purpose=OTHER_NUMBER.purpose, owner=move.household_id)
    move.other_index = blind_index(number, purpose=OTHER_NUMBER.purpose)


def holder(session: Session, actor: Actor, move: VoucherMove) -> Household:
    """Return the household that gets a voucher, entered in the register if the person has none."""
    if move.other_household_id is not None:
        return session.get_one(Household, move.other_household_id)
    return takers.enter(session, actor=actor, name=move.other_name or "", id_number=number_of(move) or "")


def enters_somebody(move: VoucherMove) -> bool:
    """Tell whether a move may enter somebody as a household who was none when it was asked."""
    unknown = [heir for heir in move.heirs if heir.household_id is None]
    return bool(unknown) or (move.other_name is not None and move.other_household_id is None)


def demand_heirs(shares: Sequence[Share], heirs: Sequence[Other]) -> None:
    """Have each heir's name, number and kinship, each person once. Raises DomainError at ``name_1``."""
    if not shares or len(shares) != len(heirs):
        raise DomainError("inherit_shares")
    seen: set[str] = set()
    for place, (share, heir) in enumerate(zip(shares, heirs, strict=True), start=1):
        number = tidy_id(heir.id_number)
        if share.kin is None:
            raise DomainError("kin_missing", f"kin_{place}")
        if not heir.name.strip():
            raise DomainError("move_other_missing", f"name_{place}")
        if not is_id_number(number):
            raise DomainError("id_number_bad", f"id_number_{place}")
        if number in seen:
            raise DomainError("heir_twice", f"id_number_{place}")
        seen.add(number)


def write_heirs(session: Session, move: VoucherMove, shares: Sequence[Share], heirs: Sequence[Other]) -> None:
    """Write down who inherits which share, numbers sealed. Raises DomainError at ``id_number_1``."""
    for place, (share, heir) in enumerate(zip(shares, heirs, strict=True), start=1):
        number = tidy_id(heir.id_number)
        found = takers.find_household(session, district_id=move.district_id, id_number=number)
        if found is not None and found.id == move.household_id:
            raise DomainError("heir_is_holder", f"id_number_{place}")
        if found is not None and found.holder_name != heir.name.strip():
            raise DomainError("move_other_person", f"id_number_{place}")
        session.add(
            VoucherHeir(
                move_id=move.id,
                place=place,
                district_id=move.district_id,
                name=heir.name.strip(),
                number=seal(number, purpose=HEIR_NUMBER.purpose, owner=move.id),
                number_index=blind_index(number, purpose=HEIR_NUMBER.purpose),
                kin=share.kin or "",
                share_fen=share.fen,
                household_id=found.id if found else None,
            )
        )
    session.flush()
    session.expire(move, ["heirs"])  # it was read when there were none yet


def settle(
    session: Session, actor: Actor, move: VoucherMove, voucher: Voucher, on: date | None
) -> list[tuple[Made, int]]:
    """Return what each heir gets on a day, with the household that gets it; the stop for the death ends.

    Who is no household of the district is entered as one. Raises Conflict("move_changed") where terms were
    shown for no day.
    """
    wish, (held,) = read_wish(move.shown), read_held(move.shown)
    if on is None or wish.died_on is None:
        raise Conflict("move_changed")
    policy, known = policy_of(voucher.policy_version), {"died_on": wish.died_on, "on": on}
    mades = inherited(held, wish.shares, policy, **known, waited_days=wish.waited_days)
    stop_ends.end_inherited(session, actor=actor, voucher=voucher, move_id=move.id)
    for heir in move.heirs:
        if heir.household_id is None:
            number = number_of_heir(heir)
            heir.household_id = takers.enter(session, actor=actor, name=heir.name, id_number=number).id
    session.flush()
    return [(made, heir.household_id or 0) for made, heir in zip(mades, move.heirs, strict=True)]
