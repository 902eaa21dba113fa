"""Vouchers of kin: which consents there are, and what they let a quote spend. Reads only."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final, TypeVarTuple, cast

from sqlalchemy import Select, Table, bindparam, or_, select
from sqlalchemy.orm import Session, joinedload

from app.core.actor import Actor
from app.core.errors import NotFound
from app.core.prepared import Among, Prepared, held
from app.homes.models import Home
from app.policies.models import PolicyVersion
from app.policies.queries import policy_known_by
from app.redemptions.models import KinConsent
from app.redemptions.snapshot import KinSeen, PartSeen
from app.vouchers.models import Voucher

Columns = TypeVarTuple("Columns")

_WHOLE = (
    joinedload(KinConsent.home).joinedload(Home.building),
    joinedload(KinConsent.home).joinedload(Home.development),
    joinedload(KinConsent.household),
    joinedload(KinConsent.owner),
    joinedload(KinConsent.voucher).joinedload(Voucher.policy_version),
    joinedload(KinConsent.redemption),
)


def get_consent(session: Session, *, actor: Actor, ref: str) -> KinConsent:
    """Return a consent that the acting household asked for or is asked for. Raises NotFound."""
    wanted = _seen(select(KinConsent), actor, ref)
    consent = session.scalars(wanted.options(*_WHOLE), execution_options={"populate_existing": True}).first()
    if consent is None:
        raise NotFound("consent_gone")
    return consent


def voucher_behind(session: Session, *, actor: Actor, ref: str) -> int:
    """Return which voucher such a consent is of, by id, before that is locked. Raises NotFound."""
    voucher_id: int | None = session.scalar(_seen(select(KinConsent.voucher_id), actor, ref))
    if voucher_id is None:
        raise NotFound("consent_gone")
    return voucher_id


def _seen(statement: Select[*Columns], actor: Actor, ref: str) -> Select[*Columns]:
    own = or_(KinConsent.household_id == actor.household, KinConsent.owner_id == actor.household)
    return statement.where(KinConsent.ref == ref, KinConsent.district_id == actor.district, own)


def list_consents(session: Session, *, actor: Actor) -> Sequence[KinConsent]:
    """Return what the acting household asked others for, and is asked for, the newest first."""
    own = or_(KinConsent.household_id == actor.household, KinConsent.owner_id == actor.household)
    wanted = select(KinConsent).where(KinConsent.district_id == actor.district, own)
    return session.scalars(wanted.options(*_WHOLE).order_by(KinConsent.id.desc())).all()


def given(
    session: Session, *, household_id: int, home_ids: Collection[int], moment: datetime
) -> Sequence[KinConsent]:
    """Return the consents by which others' vouchers may pay now for some homes that a household buys.

    By their age; what belongs to them is read when asked for.
    """
    rows, names = _GIVEN.rows(session, home_ids, household_id=household_id, moment=moment), _COLUMNS.keys()
    return [held(session, KinConsent, dict(zip(names, row, strict=True))) for row in rows]


_COLUMNS: Final = cast(Table, KinConsent.__table__).c
_GIVEN: Final = Among(
    KinConsent.home_id,
    lambda among: (
        select(*_COLUMNS)
        .where(
            KinConsent.household_id == bindparam("household_id"),
            among,
            KinConsent.state == "given",
            KinConsent.ends_at > bindparam("moment"),
        )
        .order_by(KinConsent.id)
    ),
)


def allowed_relations(session: Session, *, actor: Actor) -> frozenset[str] | None:
    """Return what a buyer may be to the holder by some policy of the district's vouchers; None: anything.

    Which voucher is asked for is not known yet; its own policy decides (``service.ask_kin``).
    """
    named = [
        policy_known_by(session, version_id=version_id, digest=digest).buyers
        for version_id, digest in _IN_USE.rows(session, district_id=actor.district)
    ]
    return None if None in named else frozenset[str]().union(*(buyers for buyers in named if buyers))


_IN_USE: Final = Prepared(
    select(PolicyVersion.id, PolicyVersion.sha256).where(
        PolicyVersion.id.in_(
            select(Voucher.policy_version_id).where(
                Voucher.district_id == bindparam("district_id"), Voucher.state == "issued"
            )
        )
    )
)


def seen(consent: KinConsent) -> KinSeen:
    """Return a given consent as a quote freezes it. Raises ValueError for one that was not given."""
    if consent.given_at is None or consent.way is None:
        raise ValueError(f"consent {consent.ref} was not given")
    return KinSeen(
        consent_ref=consent.ref,
        household_id=consent.owner_id,
        relation=consent.relation,
        most_fen=consent.most_fen,
        given_at=consent.given_at,
        way=consent.way,
    )


def holds(consent: KinConsent | None, part: PartSeen, *, home_id: int, moment: datetime) -> bool:
    """Tell whether a consent still covers a part of a quote: given, for this home, not over, not exceeded."""
    return (
        consent is not None
        and consent.state == "given"
        and moment < consent.ends_at
        and consent.home_id == home_id
        and part.spent_fen <= consent.most_fen
    )


def consents_of(session: Session, parts: Sequence[PartSeen]) -> Mapping[str, KinConsent]:
    """Return the consents that the parts of quotes rest on, as they are now, by reference."""
    refs = [part.kin.consent_ref for part in parts if part.kin]
    if not refs:
        return {}
    wanted = select(KinConsent).where(KinConsent.ref.in_(refs))
    found = session.scalars(wanted, execution_options={"populate_existing": True})
    return {consent.ref: consent for consent in found}
