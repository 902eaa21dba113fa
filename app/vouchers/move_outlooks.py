"""What a move would make of vouchers now, and what stands against it: stops, sums, and the policy's rules."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core import clock
from app.core.money import part_floor
from app.ledger.queries import balances
from app.ledger.rules import Balance
from app.policies.changes import HandRule
from app.policies.needs import counts_agreements
from app.policies.queries import policy_of
from app.policies.rules import Policy, Rule, Verdict
from app.vouchers import estates, purchases
from app.vouchers.extension_models import VoucherExtension
from app.vouchers.models import Voucher
from app.vouchers.move_rules import (
    ACTS,
    Held,
    Made,
    Terms,
    Wish,
    after_death,
    as_json,
    digest,
    outcomes,
    transferred,
)
from app.vouchers.move_states import Kind
from app.vouchers.queries import live_of, purses, starts, wallet
from app.vouchers.stop_queries import has_frozen_sum
from app.vouchers.stop_queries import live_of as stops_of


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a wish would make of its vouchers now; ``block`` is the code of what stands against it, if any."""

    wish: Wish
    policy: Policy
    held: Sequence[Held]
    made: Sequence[Made]
    block: str | None
    rule: Rule | None
    """The policy's rule that stands against it, with its figures."""

    @property
    def shown(self) -> dict[str, Any]:
        """The whole as a move keeps it."""
        return as_json(self.wish, self.held, self.made)

    @property
    def mark(self) -> str:
        """What tells this outlook from any other: whoever asks asks for what they saw.

        Of a transfer a page is shown before it is said to whom, and tells in words who keeps the bonus.
        """
        if self.wish.kind is not Kind.TRANSFER:
            return digest(self.shown)
        seen = [transferred(one, self.policy.transfers, None) for one in self.held]
        return digest(as_json(self.wish, self.held, seen))


def outlook(
    session: Session,
    vouchers: Sequence[Voucher],
    wish: Wish,
    *,
    own_move: bool = False,
    on: date | None = None,
) -> Outlook:
    """Return what a wish would make of issued vouchers now: of one household, or of several to be merged.

    What was not said yet (who takes it, who lives by it) is not judged. ``own_move``: they are in the very
    move that is looked at. ``on``: as if it was asked, or heirs had got them, that day. ``made`` is empty for
    sums that cannot be.
    """
    policy = policy_of(vouchers[0].policy_version)
    money = balances(session, [voucher.account_id or 0 for voucher in vouchers])
    held = _held(session, vouchers, money)
    found = _never(policy, wish)
    block = None if found else _stopped(session, wish, held, vouchers, money, own_move=own_move)
    block, rule = block or _parted_wrongly(wish, held), None
    if found or block is None:
        verdicts = _verdicts(session, policy, wish, vouchers, held, on or clock.today())
        found = found or next((one for one in verdicts if not one[1].allowed), None)
        block, rule = (found[0], found[1].rule) if found else (None, None)
    try:
        made = outcomes(policy, wish, held, on or clock.today())
    except ValueError:
        made = []
    return Outlook(wish, policy, held, made, block, rule)


def _held(session: Session, vouchers: Sequence[Voucher], money: dict[int, Balance]) -> list[Held]:
    earned = purchases.current().earned(session, [voucher.id for voucher in vouchers])
    followed = estates.followed_to(session, vouchers)
    return [
        Held(
            id=voucher.id,
            ref=voucher.ref,
            face_fen=voucher.face_fen + followed[voucher.id],
            left_fen=money[voucher.account_id or 0].available_fen,
            earned_fen=earned.get(voucher.id, 0),
            terms=terms_of(session, voucher),
            additions={
                path: part_floor(fen, voucher.face_fen + followed[voucher.id], voucher.face_fen)
                for path, fen in voucher.additions.items()
            },
        )
        for voucher in vouchers
    ]


def terms_of(session: Session, voucher: Voucher) -> Terms:
    """Return what would go with an issued voucher. Raises ValueError for one that was never issued."""
    if voucher.issued_at is None or voucher.expires_at is None:
        raise ValueError(f"voucher {voucher.id} was never issued")
    longer = select(func.coalesce(func.sum(VoucherExtension.months), 0)).where(
        VoucherExtension.voucher_id == voucher.id, VoucherExtension.state == "approved"
    )
    return Terms(
        policy_version_id=voucher.policy_version_id,
        agreement_id=voucher.agreement_id,
        issued_at=voucher.issued_at,
        starts_on=starts(voucher, policy_of(voucher.policy_version), voucher.issued_at),
        expires_at=voucher.expires_at,
        extended_months=voucher.extended_months + int(session.scalars(longer).one()),
        transfers=voucher.transfers_done,
        kin_transfers=voucher.kin_transfers_done,
        splits=voucher.splits_done,
        merges=voucher.merges_done,
        earns_bonus=voucher.earns_bonus,
        inheritances=voucher.inheritances_done,
        stood_still_days=voucher.stood_still_days,
    )


def _never(policy: Policy, wish: Wish) -> tuple[str, Verdict] | None:
    """Return the refusal of a move that a policy allows to no voucher.

    It goes before all that may pass: nobody shall cancel a home for a move that cannot be.
    """
    act = ACTS.get(wish.kind)
    if act is None or getattr(policy, act).is_allowed:
        return None
    return f"{wish.kind}_not_allowed", policy.may_change(act, 0)


def _stopped(
    session: Session,
    wish: Wish,
    held: Sequence[Held],
    vouchers: Sequence[Voucher],
    money: dict[int, Balance],
    *,
    own_move: bool,
) -> str | None:
    """Return what about the vouchers themselves stands against any move."""
    voucher_ids = [voucher.id for voucher in vouchers]
    waiting = select(VoucherExtension.id).where(
        VoucherExtension.voucher_id.in_(voucher_ids), VoucherExtension.state == "proposed"
    )
    purses = [money[voucher.account_id or 0] for voucher in vouchers]
    checks = (
        ("voucher_moved", any(voucher.state != "issued" for voucher in vouchers)),
        *_stops(session, wish, vouchers),
        ("move_open", not own_move and any(voucher.is_moving for voucher in vouchers)),
        ("ending_open", bool(live_of(session, voucher_ids))),
        ("extension_waits", session.scalars(waiting.limit(1)).first() is not None),
        (
            "move_term_over",
            any(_is_over(wish, one, voucher) for one, voucher in zip(held, vouchers, strict=True)),
        ),
        ("voucher_sum_frozen", has_frozen_sum(session, voucher_ids)),
        ("move_homes_held", any(purse.held_fen for purse in purses)),
        ("move_nothing_left", any(not purse.available_fen for purse in purses)),
    )
    return next((code for code, applies in checks if applies), None)


def _stops(session: Session, wish: Wish, vouchers: Sequence[Voucher]) -> list[tuple[str, bool]]:
    """Return what of the stops stands against a wish: any, but to an inheritance its own death."""
    if wish.kind is not Kind.INHERIT:
        return [("voucher_stopped", any(voucher.is_stopped for voucher in vouchers))]
    stops = stops_of(session, [vouchers[0].id]).get(vouchers[0].id, [])
    deaths = [stop for stop in stops if stop.kind == "death" and stop.died_on == wish.died_on]
    return [
        ("inherit_no_death", not deaths),
        ("inherit_other_stop", len(stops) > len(deaths)),
        ("stop_waits", any(stop.wish is not None for stop in deaths)),
    ]


def _is_over(wish: Wish, held: Held, voucher: Voucher) -> bool:
    """Tell whether a term is over; one of a voucher to inherit may have stood still since the death."""
    now, today, expires_at = clock.now(), clock.today(), held.terms.expires_at
    if wish.kind is not Kind.INHERIT or wish.died_on is None:
        return expires_at <= now
    policy, known = policy_of(voucher.policy_version), {"died_on": wish.died_on, "on": today}
    later = after_death(held.terms, policy, **known, waited_days=wish.waited_days)
    return clock.start_of_day(wish.died_on) >= expires_at or later.expires_at <= now


def _parted_wrongly(wish: Wish, held: Sequence[Held]) -> str | None:
    """Return what about sums and number of the vouchers stands against a wish."""
    if wish.kind is Kind.SPLIT:
        if not wish.shares or any(share.fen <= 0 for share in wish.shares):
            return "split_nothing"
        if sum(share.fen for share in wish.shares) >= held[0].left_fen:
            return "split_all"
    if wish.kind is Kind.INHERIT and (
        any(share.fen <= 0 for share in wish.shares)
        or sum(share.fen for share in wish.shares) != held[0].left_fen
    ):
        return "inherit_shares"
    if wish.kind is Kind.MERGE:
        if len(held) < 2:
            return "merge_one"
        if len({one.terms.policy_version_id for one in held}) > 1:
            return "merge_policies"
    return None


def _verdicts(
    session: Session,
    policy: Policy,
    wish: Wish,
    vouchers: Sequence[Voucher],
    held: Sequence[Held],
    asked_on: date,
) -> Iterator[tuple[str, Verdict]]:
    """Yield what the rules of the policy say of a wish, each with the code of its refusal."""
    if wish.kind is Kind.INHERIT:
        for share in wish.shares:
            if share.kin is not None:
                yield "inherit_not_kin", policy.inheritance.may_inherit(share.kin)
        return
    act = ACTS[wish.kind]
    spent = _spent(session, policy, wish.kind, vouchers)
    for one in held if wish.kind is not Kind.TRANSFER else ():
        yield f"{wish.kind}_used_up", policy.may_change(act, getattr(one.terms, act))
        yield from _occasion(policy, wish.kind, one, asked_on, spent[one.id])
    if wish.kind is Kind.MERGE:
        yield "merge_agreements", _of_one_household(policy, vouchers)
        code = "merge_not_kin" if policy.merges.of == "kin" else "merge_not_own"
        yield code, policy.merges.may_join(wish.owners)
    elif wish.kind is Kind.SPLIT:
        yield "split_parts", policy.splits.may_part(len(wish.shares) + 1)
        stays_fen = held[0].left_fen - sum(share.fen for share in wish.shares)
        for part_fen in (*(share.fen for share in wish.shares), stays_fen):
            yield "split_small", policy.splits.may_have(part_fen, face_fen=held[0].face_fen)
        yield from _split_floor(session, policy, wish, vouchers[0], held[0])
    else:
        yield from _transfer_rules(policy, wish.kin, held[0], asked_on, spent[held[0].id])
        yield from _transfer_floor(session, policy, wish, vouchers[0])


def _spent(session: Session, policy: Policy, kind: Kind, vouchers: Sequence[Voucher]) -> Counter[int]:
    """Return what of vouchers is spent, in fen by id, where a policy asks it.

    What came back to others, or to who died and his other heirs, is neither left of the face nor spent.
    """
    rule: HandRule = getattr(policy, ACTS[kind])
    asked = purses(session, vouchers) if rule.is_unused_only else []
    return Counter({one.id: one.own_face_fen - one.available_fen for one in asked})


def _occasion(
    policy: Policy, kind: Kind, held: Held, asked_on: date, spent_fen: int
) -> Iterator[tuple[str, Verdict]]:
    """Yield whether a voucher is one that may be moved, and whether it is the time."""
    rule: HandRule = getattr(policy, ACTS[kind])
    yield f"{kind}_used", rule.may_go(spent_fen)
    yield f"{kind}_not_then", rule.is_open(held.terms.starts_on, asked_on)


def _transfer_rules(
    policy: Policy, kin: str | None, held: Held, asked_on: date, spent_fen: int
) -> Iterator[tuple[str, Verdict]]:
    rule, terms = policy.transfers, held.terms
    done = {"done": terms.transfers, "done_to_kin": terms.kin_transfers}
    yield "transfer_used_up", rule.may_again(None, **done)
    yield from _occasion(policy, Kind.TRANSFER, held, asked_on, spent_fen)
    if kin is not None:
        yield "transfer_not_kin", rule.may_take(kin)
        code = "transfer_kin_used_up" if kin in rule.kin else "transfer_others_used_up"
        yield code, rule.may_again(kin, **done)


def _of_one_household(policy: Policy, vouchers: Sequence[Voucher]) -> Verdict:
    """Judge whether vouchers stand on one household's agreements, where these earn something once.

    One that is made of others stands on one agreement: what the others have yet to earn would be gone.
    """
    households = {voucher.agreement.household_id for voucher in vouchers}
    is_one = len(households) == 1 or not counts_agreements(policy)
    return Verdict(is_one, Rule("merges", "of_other_agreements", {"households": len(households)}))


def _transfer_floor(
    session: Session, policy: Policy, wish: Wish, voucher: Voucher
) -> Iterator[tuple[str, Verdict]]:
    floor = policy.transfers.floor
    if floor is None or wish.residents is None:
        return
    others = (one for one in wallet(session, household_id=voucher.household_id) if one.id != voucher.id)
    yield (
        "move_floor",
        floor.holds(
            homes_m2=_homes_m2(session, voucher, wish),
            left_fen=sum(one.available_fen for one in others),
            residents=wish.residents,
        ),
    )


def _split_floor(
    session: Session, policy: Policy, wish: Wish, voucher: Voucher, held: Held
) -> Iterator[tuple[str, Verdict]]:
    floor = policy.splits.floor
    if floor is None or wish.residents is None:
        return
    for share in wish.shares:
        yield (
            "move_floor",
            floor.holds(homes_m2=Decimal(0), left_fen=share.fen, residents=share.residents),
        )
    yield (
        "move_floor",
        floor.holds(
            homes_m2=_homes_m2(session, voucher, wish),
            left_fen=held.left_fen - sum(share.fen for share in wish.shares),
            residents=max(0, wish.residents - sum(share.residents for share in wish.shares)),
        ),
    )


def _homes_m2(session: Session, voucher: Voucher, wish: Wish) -> Decimal:
    bought = purchases.current().homes_m2(session, voucher.household_id)
    return bought + (wish.other_homes_m2 or Decimal(0))


def asks_floor(policy: Policy, kind: Kind) -> bool:
    """Tell whether the policy asks for a floor of area, and so who lives by the vouchers."""
    rules = {Kind.TRANSFER: policy.transfers.floor, Kind.SPLIT: policy.splits.floor}
    return rules.get(kind) is not None
