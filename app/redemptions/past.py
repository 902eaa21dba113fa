"""What vouchers did before, as far as it decides the bonus and the homes they may still buy."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Final

from sqlalchemy import ARRAY, CTE, BigInteger, ColumnElement, any_, bindparam, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from app.core import clock
from app.core.prepared import Prepared
from app.homes.models import Home
from app.policies.entitled import Entitled, asked
from app.policies.joint import Place, PurchaseTerms
from app.policies.limits import Spent
from app.policies.needs import (
    asks_compensation,
    asks_old_area,
    counts_agreements,
    counts_household,
    depends_on_past,
    parts_past,
)
from app.policies.past import Past, added, added_m2
from app.policies.spans import Span
from app.policies.tiers import NOTHING, SPACES
from app.projects.models import Agreement, AgreementLine, Household
from app.redemptions.models import Allocation, Redemption
from app.redemptions.origins import origins
from app.redemptions.parted import pasts as parts_of_past
from app.redemptions.parted_back import left_of
from app.redemptions.rules import Plan, Source, fill
from app.redemptions.snapshot import HomeFacts, PartSeen
from app.redemptions.states import COUNTING
from app.vouchers import entitled_corrections
from app.vouchers.models import Voucher
from app.vouchers.queries import WalletVoucher, purses_by_id

ANYWHERE: Final = Place()
"""A home of which nothing is known yet."""


def pasts(
    session: Session,
    voucher_ids: Collection[int],
    *,
    shared: Collection[int] = (),
    parted: Collection[int] = (),
    once: Collection[int] = (),
) -> dict[int, Past]:
    """Return what each voucher and its household promised or paid before, by voucher id.

    With a voucher counts what those did that it succeeds, whoever held them; with a household what all
    vouchers did that it ever held, and those that they succeed: each of them once. Of ``shared`` ones also
    what all vouchers that the household holds have and spent. With ``parted`` ones counts of what those did
    that they came of as much as a split gave them (``Policy.splits``). Of those that earn something ``once``
    by their agreements also what all vouchers over these earned.
    """
    if not voucher_ids:
        return {}
    asked_of = list(voucher_ids)
    lines = set(_OWN_LINE.rows(session, of_vouchers=asked_of))
    known = {of: Past() for of, _voucher_id in lines}
    stock: dict[int, dict[int, tuple[str, Decimal]]] = {of: {} for of in known}
    for of, *row, redemption_id, area_m2, kind in _BEFORE.rows(session, of_vouchers=asked_of):
        bought = _Bought(*(*row, kind))
        known[of] = known[of].plus(bought.own if (of, bought.voucher_id) in lines else bought.of_kin)
        stock[of][redemption_id] = (kind, area_m2)
    homes = {of: [one for one in some.values() if one[0] not in SPACES] for of, some in stock.items()}
    together = households(session, shared)
    in_parts = {of: past for of, past in parts_of_past(session, parted).items() if of in known}
    by_origin = origins(session, once)
    return {
        of: replace(
            in_parts[of].in_household(past) if of in in_parts else past,
            household_homes=len(homes[of]),
            household_m2=added_m2((), homes[of]),
            household_pieces=tuple(sorted(Counter(kind for kind, _m2 in stock[of].values()).items())),
            household_face_fen=together[of].face_fen if of in together else 0,
            household_kinds=tuple(sorted(together[of].kinds.items())) if of in together else (),
            origin=by_origin[of].origin if of in by_origin else 0,
            origin_earned_fen=by_origin[of].origin_earned_fen if of in by_origin else 0,
            origin_each=by_origin[of].origin_each if of in by_origin else (),
            origin_m2=by_origin[of].origin_m2 if of in by_origin else (),
        )
        for of, past in known.items()
    }


def households(
    session: Session, voucher_ids: Collection[int], *, before: datetime | None = None
) -> dict[int, Spent]:
    """Return what all vouchers that each one's household holds have and spent, by voucher id.

    Each with what those did that it succeeds, as it counts for itself: what a voucher in other hands did is
    theirs to count. On homes locked before a moment, where one is given.
    """
    if not voucher_ids:
        return {}
    beside = aliased(Voucher)
    pairs = session.execute(
        select(Voucher.id, beside.id)
        .join(beside, beside.household_id == Voucher.household_id)
        .where(Voucher.id.in_(voucher_ids), beside.state == "issued")
    ).all()
    every = {one for _of, one in pairs}
    faces = {purse.id: purse.own_face_fen for purse in purses_by_id(session, every)}
    line = line_of(Voucher.id.in_(every), of_household=False)
    spent = (
        select(line.c.of, Home.kind, func.sum(Allocation.spent_fen - Allocation.back_fen))
        .join(Allocation, Allocation.voucher_id == line.c.id)
        .join(Redemption, Redemption.id == Allocation.redemption_id)
        .join(Home, Home.id == Redemption.home_id)
        .where(Redemption.state.in_(COUNTING))
        .group_by(line.c.of, Home.kind)
    )
    if before is not None:
        spent = spent.where(Redemption.locked_at < before)
    kinds: dict[int, Counter[str]] = {one: Counter() for one in every}
    for of, kind, fen in session.execute(spent):
        kinds[of][kind] += int(fen)
    found = {of: Spent(0, {}) for of in voucher_ids}
    for of, one in pairs:
        found[of] = Spent(found[of].face_fen + faces[one], Counter(found[of].kinds) + kinds[one])
    return found


@dataclass(frozen=True, slots=True)
class _Bought:
    """What one voucher gave to one home, or to a space, and earned there, in fen."""

    voucher_id: int
    spent_fen: int
    bonus_fen: int
    bonuses: Mapping[str, int]
    cash_bonuses: Mapping[str, int]
    cash_fen: int
    counts_for: Sequence[str]
    kind: str

    @property
    def is_home(self) -> bool:
        """Whether it counts as a home: a space does not."""
        return self.kind not in SPACES

    @property
    def own(self) -> Past:
        """What it leaves behind for that voucher."""
        return Past.own(
            self.spent_fen,
            self.bonus_fen,
            self._each,
            homes=int(self.is_home),
            kind=self.kind,
            counts_for=self.counts_for,
        )

    @property
    def of_kin(self) -> Past:
        """What it leaves behind for the other vouchers of the household."""
        return Past.of_kin(self.bonus_fen, self._each, spent_fen=self.spent_fen, kind=self.kind)

    @property
    def _each(self) -> dict[str, int]:
        """What each of several bonuses gives; what went back of them is taken from the later ones first."""
        return left_of(self.bonuses, self.bonus_fen) | left_of(self.cash_bonuses, self.cash_fen)


def line_of(wanted: ColumnElement[bool], *, of_household: bool) -> CTE:
    """Return pairs of a wanted voucher and one that counts with it, itself included, each pair once."""
    first = select(Voucher.id.label("of"), Voucher.id.label("id")).where(wanted)
    if of_household:
        beside = aliased(Voucher)
        first = (
            select(Voucher.id.label("of"), beside.id.label("id"))
            .join(beside, beside.household_id == Voucher.household_id)
            .where(wanted)
        )
    line = first.cte("household_line" if of_household else "own_line", recursive=True)
    before = aliased(Voucher)
    return line.union(select(line.c.of, before.id).join(before, before.successor_id == line.c.id))


_WANTED: Final = Voucher.id == any_(bindparam("of_vouchers", type_=ARRAY(BigInteger)))
_own: Final = line_of(_WANTED, of_household=False)
_OWN_LINE: Final = Prepared(select(_own.c.of, _own.c.id))
_of_household: Final = line_of(_WANTED, of_household=True)
_BEFORE: Final = Prepared(
    select(
        *(_of_household.c.of, Allocation.voucher_id),
        Allocation.spent_fen - Allocation.back_fen,
        Allocation.bonus_fen - Allocation.bonus_back_fen,
        Allocation.bonuses,
        Allocation.cash_bonuses,
        Allocation.cash_fen - Allocation.cash_back_fen,
        Allocation.counts_for,
        *(Allocation.redemption_id, Home.area_m2, Home.kind),
    )
    .join(Allocation, Allocation.voucher_id == _of_household.c.id)
    .join(Redemption, Redemption.id == Allocation.redemption_id)
    .join(Home, Home.id == Redemption.home_id)
    .where(or_(*(Redemption.state == state for state in COUNTING)))
)
"""What all vouchers of a household, and those that they succeed, gave and earned; put together once: it is
asked at each quote and each lock, and takes longer to put together than to answer."""


def advance(
    known: Mapping[int, Past],
    parts: Iterable[PartSeen],
    owners: Mapping[int, int],
    stand_on: Mapping[int, int],
    *,
    home: HomeFacts,
) -> dict[int, Past]:
    """Return the pasts, by voucher id, once one more home, or a space, is bought with these parts.

    For what is bought together; a space counts as no home. ``owners`` are the households of the vouchers,
    ``stand_on`` those whose agreements stand behind them, by voucher id: also where only another asks that.
    """
    kind = home.kind
    paying = [part for part in parts if part.spent_fen]
    buying = {owners[part.voucher_id] for part in paying}
    is_home = kind not in SPACES
    origin_of = {part.voucher_id: stand_on[part.voucher_id] for part in paying}
    over = set(origin_of.values())
    after = dict(known)
    for part in paying:
        bought = _Bought(
            part.voucher_id,
            part.spent_fen,
            part.bonus_fen,
            part.bonuses,
            part.cash_bonuses,
            part.cash_fen,
            part.counts_for,
            kind,
        )
        for voucher_id, past in after.items():
            more = (bought.own if voucher_id == part.voucher_id else bought.of_kin).over(
                origin_of[part.voucher_id]
            )
            is_kin = owners[voucher_id] == owners[part.voucher_id]
            after[voucher_id] = past.plus(more if is_kin else more.only_origin())
    counting = {voucher_id for voucher_id in after if is_home and owners[voucher_id] in buying}
    return {
        voucher_id: replace(
            past,
            household_homes=known[voucher_id].household_homes + (voucher_id in counting),
            household_m2=added_m2(
                known[voucher_id].household_m2, [(kind, home.area_m2)] if voucher_id in counting else ()
            ),
            origin_m2=added_m2(
                past.origin_m2, [(kind, home.area_m2)] if is_home and past.origin in over else ()
            ),
            household_pieces=added(
                known[voucher_id].household_pieces, ((kind, int(owners[voucher_id] in buying)),)
            ),
        )
        for voucher_id, past in after.items()
    }


def place_of_bonus(home: Home, *, own: str) -> Place:
    """Return what a bonus asks of a home; ``own`` is the code of the district that issued the voucher."""
    code = home.development.district.code
    names = {code, home.development.ref, *(["own"] if code == own else [])}
    return Place(home.kind, home.area_m2, frozenset(names), home.development.stage)


def counts_past(purse: WalletVoucher) -> bool:
    """Tell whether what a voucher, or what it came of, did before decides what it earns, or may buy.

    Where only splits ask it, one that came of no move has nothing to tell: most quotes then read no past.
    """
    return depends_on_past(purse.policy) or (purse.came_of_move and parts_past(purse.policy))


def terms_of(
    session: Session, purses: Collection[WalletVoucher], *, place: Place, moment: datetime
) -> dict[int, PurchaseTerms]:
    """Return on what terms each voucher earns its bonuses on a home that is locked now, by voucher id.

    Asks about the past only where a policy makes it count.
    """
    bound = [purse for purse in purses if counts_past(purse)]
    shared = [purse.id for purse in purses if counts_household(purse.policy)]
    parted = [purse.id for purse in purses if purse.came_of_move and purse.policy.splits.is_past_parted]
    once = [purse.id for purse in purses if counts_agreements(purse.policy)]
    known = pasts(session, [purse.id for purse in bound], shared=shared, parted=parted, once=once)
    of_share = [purse.id for purse in purses if asks_compensation(purse.policy)]
    compensations = _compensations(session, of_share)
    areas = _old_areas(session, [purse.id for purse in purses if asks_old_area(purse.policy)])
    entitled = _entitled(session, [purse.id for purse in purses if asked(purse.policy)], moment)
    return {
        purse.id: PurchaseTerms(
            policy=purse.policy,
            tiers={rule.path: purse.promised_tier(rule, moment, place.kind) for rule in purse.policy.bonuses},
            face_fen=purse.own_face_fen + purse.parted_fen,
            old_area_m2=areas.get(purse.id, Decimal(0)),
            past=known.get(purse.id, Past()),
            place=place,
            compensation=compensations.get(purse.id, {}),
            agreed_on=purse.agreed_on,
            entitled=entitled.get(purse.id, NOTHING),
            later={
                rule.path: purse.later_tiers(rule, moment, place.kind)
                for rule in purse.policy.bonuses
                if rule.is_decided_later
            },
        )
        for purse in purses
    }


def covers(session: Session, purses: Collection[WalletVoucher], *, place: Place = ANYWHERE) -> dict[str, int]:
    """Return by reference the highest price in fen that what is available pays, with a lock's bonus now.

    Without a ``place`` for a home of which nothing is known: what asks for its area or district pays none.
    """
    terms_by_id = terms_of(session, purses, place=place, moment=clock.now())
    return {purse.ref: terms_by_id[purse.id].cover(purse.available_fen) for purse in purses}


def cover_together(session: Session, purses: Collection[WalletVoucher]) -> int:
    """Return the highest price in fen that the vouchers of one household pay together, locked now.

    What a household earns once, or up to a cap, it earns once: this may be less than the sum of ``covers``.
    """
    terms_by_id = terms_of(session, purses, place=ANYWHERE, moment=clock.now())
    total, before, others = 0, list[Past](), 0
    for purse in purses:
        terms = terms_by_id[purse.id]
        for one in before:
            terms = terms.after(one)
        cover = terms.cover(purse.available_fen, others_fen=others)
        spent = terms.payable(purse.available_fen, others_fen=others)
        others += spent
        each = dict(terms.priced.earning(cover).bonus(spent).each)
        before.append(Past.of_kin(cover - spent, each, spent_fen=spent).over(purse.agreed_by))
        total += cover
    return total


def foresee(session: Session, purses: Collection[WalletVoucher], *, place: Place, payable_fen: int) -> Plan:
    """Return how all these vouchers would pay a price in fen, locked now: nothing is frozen by it."""
    terms = terms_of(session, purses, place=place, moment=clock.now())
    sources = [
        Source(purse.ref, purse.available_fen, None, own.priced, own.limits, purse.household_id)
        for purse, own in ((purse, terms[purse.id]) for purse in purses)
    ]
    return fill(payable_fen, sources)


@dataclass(frozen=True, slots=True)
class Prospect:
    """Days in which a voucher's bonuses stay the same, and the highest price in fen it pays then.

    ``cover_fen`` is None when they are over.
    """

    span: Span
    cover_fen: int | None
    is_now: bool


def prospects(session: Session, purse: WalletVoucher) -> list[Prospect]:
    """Return every span of a voucher's bonuses with what it would pay, if nothing else is bought before."""
    now = clock.now()
    today, terms = clock.legal_day(now), terms_of(session, [purse], place=ANYWHERE, moment=now)[purse.id]
    none = {rule.path: None for rule in purse.policy.bonuses}

    def cover(span: Span) -> int:
        tiers = {**none, **{rule.path: tier for rule, tier in span.tiers}}
        return replace(terms, tiers=tiers).cover(purse.available_fen)

    return [
        Prospect(
            span,
            cover(span) if today <= span.last_day else None,
            span.first_day <= today <= span.last_day,
        )
        for span in purse.spans()
    ]


def _compensations(session: Session, voucher_ids: Collection[int]) -> dict[int, Counter[str]]:
    """Return what the household of each voucher's agreement was promised, by part, in fen.

    Of all its agreements for which vouchers were issued, whoever holds them now; under no part's name where
    an agreement does not say its parts.
    """
    found = {voucher_id: Counter[str]() for voucher_id in voucher_ids}
    if not voucher_ids:
        return found
    own = aliased(Agreement)
    issued = aliased(Voucher)
    statement = (
        select(Voucher.id, Agreement.compensation_fen, AgreementLine.kind, AgreementLine.amount_fen)
        .join(own, own.id == Voucher.agreement_id)
        .join(Agreement, Agreement.household_id == own.household_id)
        .outerjoin(AgreementLine, AgreementLine.agreement_id == Agreement.id)
        .where(Voucher.id.in_(voucher_ids))
        .where(exists().where(issued.agreement_id == Agreement.id, issued.issued_at.is_not(None)))
    )
    for voucher_id, whole_fen, kind, part_fen in session.execute(statement):
        found[voucher_id][kind or ""] += part_fen if kind else whole_fen
    return found


def _entitled(session: Session, voucher_ids: Collection[int], moment: datetime) -> dict[int, Entitled]:
    """Return what the household of each voucher's agreement was entitled to at a moment, by all of them.

    As far as vouchers were issued for them, whoever holds those now.
    """
    found = dict.fromkeys(voucher_ids, NOTHING)
    if not voucher_ids:
        return found
    own, issued = aliased(Agreement), aliased(Voucher)
    statement = (
        select(Voucher.id, Agreement.id, Agreement.entitled_m2, Agreement.residents)
        .join(own, own.id == Voucher.agreement_id)
        .join(Agreement, Agreement.household_id == own.household_id)
        .where(Voucher.id.in_(voucher_ids))
        .where(exists().where(issued.agreement_id == Agreement.id, issued.issued_at.is_not(None)))
    )
    rows = session.execute(statement).all()
    before = entitled_corrections.before(session, {row[1] for row in rows}, moment)
    for voucher_id, agreement_id, m2, residents in rows:
        stood = before.get(agreement_id, entitled_corrections.Figures(m2, residents))
        found[voucher_id] = found[voucher_id].plus(stood.entitled)
    return found


def _old_areas(session: Session, voucher_ids: Collection[int]) -> dict[int, Decimal]:
    """Return of which area the home was that each voucher was issued for, whoever holds it now."""
    if not voucher_ids:
        return {}
    statement = (
        select(Voucher.id, Household.old_area_m2)
        .join(Agreement, Agreement.id == Voucher.agreement_id)
        .join(Household, Household.id == Agreement.household_id)
        .where(Voucher.id.in_(voucher_ids))
    )
    return {row.id: row.old_area_m2 for row in session.execute(statement)}
