"""Reading vouchers: what is available, held and spent comes from the ledger, never from the voucher's row."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, joinedload

from app.core import clock
from app.core.actor import Actor, Role
from app.core.errors import NotFound
from app.ledger.models import LedgerTransfer
from app.ledger.queries import Movement, movements
from app.policies.rules import HOME, BonusRule, Policy, Tier
from app.policies.spans import Span, spans
from app.projects.models import Agreement, Household
from app.vouchers import purchases, purse_rows
from app.vouchers.claw_backs import given_back
from app.vouchers.ending_models import VoucherEnding
from app.vouchers.ending_states import GONE, LIVE, WAITING
from app.vouchers.models import Voucher
from app.vouchers.move_models import MovePart
from app.vouchers.move_rules import FOLLOW
from app.vouchers.purse_rows import PurseRow
from app.vouchers.rules import Standing, standing
from app.vouchers.stop_models import VoucherStop
from app.vouchers.stop_queries import frozen_fen
from app.vouchers.stop_queries import live_of as stops_of


@dataclass(frozen=True)
class WalletVoucher:
    """An issued voucher as its household sees it at one moment; sums in fen."""

    id: int
    ref: str
    household_id: int
    account_id: int
    face_fen: int
    additions: Mapping[str, int]
    """What of the face the policy added to the compensation, in fen, by the path of its rule."""
    available_fen: int
    held_fen: int
    spent_fen: int
    leaving_fen: int
    """What two people are about to let out of it, by ``ending``."""
    left_fen: int
    """What left it otherwise than for a home: paid out, void, or back under the agreement."""
    moved_fen: int
    """What went to other vouchers, when it was transferred, split or merged."""
    before_fen: int
    """What counts as spent of its face from the vouchers that it came of."""
    came_of_move: bool
    """Whether it came of others, by whatever move."""
    parted_fen: int
    """So much more counts as spent, and of its face, where the policy parts the past with a split."""
    parted_rest: Fraction
    """What rounding left off that."""
    counted_additions: Mapping[str, int]
    """What counts as added of that face: there it is the part that it was at the issue."""
    is_part: bool
    """Whether it is there a part of a voucher, and no whole: what is lost of that is rounded up."""
    part: Fraction
    """Which part it is there of the voucher that was issued: it has as much of a sum for a voucher."""
    gone_fen: int
    """What of its face those had spent and got back since: it is not this one's to spend."""
    issued_at: datetime
    issued_on: date
    agreed_by: int
    """The household whose agreement stands behind it, whoever holds it."""
    agreed_on: date
    """The day of that agreement."""
    starts_on: date
    """From when the term counts: as the policy says, and later by the days that it stood still."""
    stood_still_days: int
    """For so many days the term stood still, since a holder's death."""
    expires_at: datetime
    policy: Policy
    policy_version_id: int
    earns_bonus: bool
    """Whether it kept its bonus: transferred it may have lost that, for none or for another."""
    is_moving: bool
    stops: Sequence[VoucherStop]
    """What holds it, or a sum of it, now."""
    frozen_fen: int
    """What courts froze of it by sums."""
    standing: Standing
    ending: VoucherEnding | None
    """How it ends, once that was asked for or its term was over."""

    def counted_from(self, rule: BonusRule) -> date:
        """Return the day from which the months and days of a bonus's tiers count."""
        still = timedelta(days=0 if rule.counted_from == "start" else self.stood_still_days)
        return rule.counted(start=self.starts_on, issued_on=self.issued_on, agreed_on=self.agreed_on) + still

    def promised_tier(self, rule: BonusRule, moment: datetime, kind: str = HOME) -> Tier | None:
        """Return the tier of a bonus that a lock made at a moment is sure of; None where it earns none."""
        if not rule.is_earned_by(keeps_bonus=self.earns_bonus):
            return None
        return self.policy.promised_tier(
            self.counted_from(rule), moment, self.expires_at, kind, bonus=rule, agreed_on=self.agreed_on
        )

    def later_tiers(self, rule: BonusRule, moment: datetime, kind: str = HOME) -> tuple[Tier, ...]:
        """Return from which tiers of a bonus a day after a lock made at a moment may choose."""
        if not rule.is_earned_by(keeps_bonus=self.earns_bonus):
            return ()
        start, day = self.counted_from(rule), clock.legal_day(moment)
        return self.policy.later_tiers(rule, start, day, kind, agreed_on=self.agreed_on)

    def hold_until(self, moment: datetime, kind: str = HOME, *, is_delay_of_others: bool = False) -> datetime:
        """Return the moment from which a home locked then is free again without a contract, in UTC.

        A contract that has to be signed within a tier has time until that tier ends; longer where others are
        late and the policy does not hold it against the household.
        """
        until = self.policy.hold_until(moment)
        return min(until, self._end_of_tier(moment, kind, is_delay_of_others=is_delay_of_others) or until)

    def _end_of_tier(self, moment: datetime, kind: str, *, is_delay_of_others: bool) -> datetime | None:
        """Return the end of the tier within which a contract has to be signed; None for no such tier."""
        return self.policy.end_of_tier(
            moment,
            self._counted,
            agreed_on=self.agreed_on,
            kind=kind,
            is_delay_of_others=is_delay_of_others,
            keeps_bonus=self.earns_bonus,
        )

    def loan_until(self, moment: datetime, kind: str = HOME, *, locked_at: datetime) -> datetime | None:
        """Return until when a home stays locked whose loan is asked for then; None for a silent policy.

        Never beyond the tier of its lock, and its grace, in which the contract has to be signed.
        """
        until = self.policy.loan_until(moment)
        return until and min(until, self._end_of_tier(locked_at, kind, is_delay_of_others=False) or until)

    def spans(self) -> list[Span]:
        """Return when its bonuses change, and what each pays between; nothing where it earns none."""
        return spans(
            self.policy,
            self._counted,
            agreed_on=self.agreed_on,
            expires_at=self.expires_at,
            keeps_bonus=self.earns_bonus,
        )

    @property
    def _counted(self) -> dict[str, date]:
        return {rule.path: self.counted_from(rule) for rule in self.policy.bonuses}

    @property
    def is_stopped(self) -> bool:
        """Whether a stop holds the whole of it."""
        return any(stop.is_whole for stop in self.stops)

    @property
    def own_face_fen(self) -> int:
        """Its face as shares and bonuses count it: less what went back to those that it came of."""
        return self.face_fen - self.gone_fen

    @property
    def received_fen(self) -> int:
        """What it could buy for when it came: its face, less what counts as spent from before."""
        return self.own_face_fen - self.before_fen


def wallet(session: Session, *, household_id: int) -> list[WalletVoucher]:
    """Return a household's issued vouchers, the one that lapses first in front."""
    return _purses(session, purse_rows.of_household(session, household_id))


def purse_of(session: Session, voucher: Voucher) -> WalletVoucher | None:
    """Return an issued voucher with its money; None for one that was never issued."""
    return next(iter(purses(session, [voucher])), None)


def get_purse(session: Session, *, actor: Actor, ref: str) -> WalletVoucher:
    """Return an issued voucher of the household that acts. Raises NotFound for anybody else's."""
    purse = purse_of(session, get_voucher(session, actor=actor, ref=ref))
    if purse is None:
        raise NotFound("voucher_gone")
    return purse


def get_voucher(session: Session, *, actor: Actor, ref: str) -> Voucher:
    """Return a voucher: of the household that acts, or for staff of their district. Raises NotFound."""
    statement = (
        select(Voucher)
        .where(Voucher.ref == ref, Voucher.district_id == actor.district)
        .options(
            joinedload(Voucher.policy_version),
            joinedload(Voucher.agreement),
            joinedload(Voucher.household).joinedload(Household.project),
        )
    )
    if actor.role == Role.HOUSEHOLD:
        statement = statement.where(Voucher.household_id == actor.household)
    voucher = session.scalars(statement).first()
    if voucher is None:
        raise NotFound("voucher_gone")
    return voucher


def list_of_household(session: Session, *, actor: Actor, household_id: int) -> Sequence[Voucher]:
    """Return every voucher of a household of the actor's district, whatever its state, newest first."""
    statement = (
        select(Voucher)
        .where(Voucher.household_id == household_id, Voucher.district_id == actor.district)
        .options(joinedload(Voucher.agreement))
        .order_by(Voucher.id.desc())
    )
    return session.scalars(statement).all()


def find_for_agreement(session: Session, *, actor: Actor, agreement_id: int) -> Voucher | None:
    """Return the voucher that was submitted over an agreement and not rejected, or None."""
    statement = select(Voucher).where(
        Voucher.agreement_id == agreement_id,
        Voucher.district_id == actor.district,
        Voucher.state != "rejected",
        Voucher.move_id.is_(None),
    )
    return session.scalars(statement).first()


def count_vouchers(session: Session, *, actor: Actor, state: str | None = None, singly: bool = False) -> int:
    """Return how many vouchers ``list_vouchers`` would list without a limit."""
    statement = select(func.count(Voucher.id)).where(*_in_state(actor, state, singly=singly))
    return session.scalars(statement).one()


def list_vouchers(
    session: Session,
    *,
    actor: Actor,
    state: str | None = None,
    singly: bool = False,
    offset: int = 0,
    limit: int = 20,
) -> Sequence[Voucher]:
    """Return vouchers of the actor's district; those that wait are oldest first, all others newest first.

    ``singly`` leaves out those that are decided as part of a batch.
    """
    statement = select(Voucher).where(*_in_state(actor, state, singly=singly))
    order = Voucher.id if state == "submitted" else Voucher.id.desc()
    statement = statement.options(joinedload(Voucher.household), joinedload(Voucher.agreement))
    return session.scalars(statement.order_by(order).offset(offset).limit(limit)).all()


def movements_of(session: Session, purse: WalletVoucher) -> Sequence[Movement]:
    """Return what moved a voucher's money, oldest first."""
    return movements(session, purse.account_id)


def purses(session: Session, vouchers: Iterable[Voucher]) -> list[WalletVoucher]:
    """Return those of the vouchers that were issued, with their money as it is now, in the given order."""
    return purses_by_id(session, [voucher.id for voucher in vouchers])


def purses_by_id(session: Session, voucher_ids: Iterable[int]) -> list[WalletVoucher]:
    """Return the same of vouchers that need not be read for it."""
    return _purses(session, purse_rows.of(session, list(voucher_ids)))


def _purses(session: Session, rows: Sequence[PurseRow]) -> list[WalletVoucher]:
    endings = _endings_of(session, [row.id for row in rows if row.has_ending])
    stops = stops_of(session, [row.id for row in rows if row.has_stop])
    moved = _moved(session, [row.id for row in rows if row.state == "moved"])
    over = given_back(session, [one for several in endings.values() for one in several])
    came_of = [row.id for row in rows if row.move_id is not None]
    before = purchases.current().spent_before(session, came_of)
    in_parts = [row.id for row in rows if row.move_id is not None and row.policy.splits.is_past_parted]
    parted = purchases.current().parted(session, in_parts)
    moment = clock.now()
    return [
        _purse(
            row,
            endings.get(row.id, []),
            stops.get(row.id, []),
            moved.get(row.id, 0),
            over.get(row.id, 0),
            before.get(row.id, 0),
            parted.get(row.id),
            moment,
        )
        for row in rows
    ]


def starts(voucher: Voucher, policy: Policy, issued_at: datetime) -> date:
    """Return the day from which the term of a voucher issued then counts."""
    return _starts(policy, issued_at, voucher.agreement, voucher.stood_still_days)


def _starts(policy: Policy, issued_at: datetime, agreed: Agreement | PurseRow, still_days: int) -> date:
    still = timedelta(days=still_days)
    if policy.start_event not in ("agreement", "vacated"):
        return policy.starts_on(issued_at) + still
    return policy.starts_on(issued_at, agreed_on=begun_on(agreed, policy)) + still


def begun_on(agreed: Agreement | PurseRow, policy: Policy) -> date | None:
    """Return the day of an agreement that starts a term: it was signed, or the old home handed over.

    None while that is not known.
    """
    return agreed.vacated_on if policy.start_event == "vacated" else agreed.signed_on


def _in_state(actor: Actor, state: str | None, *, singly: bool) -> list[ColumnElement[bool]]:
    wanted = [Voucher.district_id == actor.district]
    if state:
        wanted.append(Voucher.state == state)
    if singly:
        wanted.append(Voucher.batch_id.is_(None))
    return wanted


def live_of(session: Session, voucher_ids: Collection[int]) -> dict[int, VoucherEnding]:
    """Return the newest ending of each voucher that was neither refused nor withdrawn, by voucher id."""
    return {key: endings[-1] for key, endings in _endings_of(session, voucher_ids).items()}


def _endings_of(session: Session, voucher_ids: Collection[int]) -> dict[int, list[VoucherEnding]]:
    """Return the endings of vouchers that stand, oldest first: one, and what came back after it."""
    if not voucher_ids:
        return {}
    statement = select(VoucherEnding).where(
        VoucherEnding.voucher_id.in_(voucher_ids), VoucherEnding.state.in_(LIVE)
    )
    found: dict[int, list[VoucherEnding]] = {}
    for ending in session.scalars(statement.order_by(VoucherEnding.id)):
        found.setdefault(ending.voucher_id, []).append(ending)
    return found


def _moved(session: Session, voucher_ids: Collection[int]) -> dict[int, int]:
    """Return what of vouchers went to others, by voucher id."""
    if not voucher_ids:
        return {}
    followed = (
        select(func.coalesce(func.sum(LedgerTransfer.amount_fen), 0))
        .where(LedgerTransfer.debit_account_id == Voucher.account_id, LedgerTransfer.code == FOLLOW)
        .scalar_subquery()
    )
    statement = (
        select(MovePart.voucher_id, MovePart.left_fen + followed)
        .join(Voucher, Voucher.id == MovePart.voucher_id)
        .where(MovePart.voucher_id.in_(voucher_ids), MovePart.dropped_at.is_(None))
    )
    return {voucher_id: int(fen) for voucher_id, fen in session.execute(statement)}


def _purse(
    row: PurseRow,
    endings: Sequence[VoucherEnding],
    stops: Sequence[VoucherStop],
    moved_fen: int,
    over_fen: int,
    before_fen: int,
    small: purchases.InSmall | None,
    moment: datetime,
) -> WalletVoucher:
    starts_on = _starts(row.policy, row.issued_at, row, row.stood_still_days)
    leaving_fen = sum(one.leftover_fen for one in endings if one.transfer_ids and one.state in WAITING)
    left_fen = sum(one.leftover_fen for one in endings if one.state in GONE) - over_fen
    frozen = frozen_fen(stops)
    money = row.money
    held_fen = money.held_fen - leaving_fen - frozen
    return WalletVoucher(
        id=row.id,
        ref=row.ref,
        household_id=row.household_id,
        account_id=row.account_id,
        face_fen=row.face_fen,
        additions=row.additions,
        available_fen=money.available_fen,
        held_fen=held_fen,
        spent_fen=money.spent_fen - left_fen - moved_fen,
        leaving_fen=leaving_fen,
        left_fen=left_fen,
        moved_fen=moved_fen,
        before_fen=before_fen,
        came_of_move=row.move_id is not None,
        parted_fen=small.more_fen if small else 0,
        counted_additions=small.added.of(row.face_fen + small.more_fen) if small else row.additions,
        is_part=small is not None and small.added.is_part,
        part=small.part if small else Fraction(1),
        parted_rest=small.rest if small else Fraction(0),
        gone_fen=row.face_fen - money.received_fen - before_fen,
        issued_at=row.issued_at,
        issued_on=clock.legal_day(row.issued_at),
        agreed_by=row.agreed_by,
        agreed_on=row.signed_on,
        starts_on=starts_on,
        stood_still_days=row.stood_still_days,
        expires_at=row.expires_at,
        policy=row.policy,
        policy_version_id=row.policy_version_id,
        earns_bonus=row.earns_bonus,
        is_moving=row.is_moving,
        stops=stops,
        frozen_fen=frozen,
        standing=standing(
            available_fen=money.available_fen,
            held_fen=held_fen,
            stopped=row.is_stopped,
            leaving=bool(leaving_fen) if leaving_fen or left_fen else None,
            moving=None if row.state == "issued" and not row.is_moving else row.is_moving,
            expires_at=row.expires_at,
            now=moment,
        ),
        ending=endings[-1] if endings else None,
    )
