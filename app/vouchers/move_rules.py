"""What vouchers become when they are transferred, split, merged or inherited, to the fen: pure.

Whatever is done, the vouchers that are taken end, and new ones stand for them: their faces and what is left
on them add up to those of the old ones. What an old one spent, earned and bought goes on counting with one of
them, its successor.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from app.core.money import part_floor
from app.policies.changes import TransferRule
from app.policies.rules import Policy
from app.vouchers.move_states import Kind

SHOWN_SCHEMA: Final = 1
ACTS: Final = {Kind.TRANSFER: "transfers", Kind.SPLIT: "splits", Kind.MERGE: "merges"}
"""What the policy's rule about each is called; how often a voucher is inherited no policy limits."""
MOST_HEIRS: Final = 6
"""Among so many heirs one voucher is parted at once."""
FOLLOW: Final = "voucher.follow"
"""Code of the transfer by which money that came back to a voucher follows the household to the one it has."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What goes with a voucher wherever it goes; the agreement and the day of issue tell when it began."""

    policy_version_id: int
    agreement_id: int
    issued_at: datetime
    starts_on: date
    expires_at: datetime
    extended_months: int = 0
    transfers: int = 0
    splits: int = 0
    merges: int = 0
    """How often it was transferred, split and merged."""
    earns_bonus: bool = True
    inheritances: int = 0
    """How often it was inherited."""
    stood_still_days: int = 0
    """For so many days its term stood still: its start and its tiers moved by them."""
    kin_transfers: int = 0
    """How often it was transferred to kin to whom transfers count apart; ``transfers`` counts the others."""


@dataclass(frozen=True, slots=True)
class Held:
    """A voucher as it stands; sums in fen, with all that counts as its own from before a move."""

    id: int
    ref: str
    face_fen: int
    left_fen: int
    earned_fen: int
    terms: Terms
    additions: Mapping[str, int] = field(default_factory=dict)
    """What of the face the policy had added, in fen, by the path of its rule."""

    @property
    def spent_fen(self) -> int:
        """What was spent of the face."""
        return self.face_fen - self.left_fen


@dataclass(frozen=True, slots=True)
class Made:
    """A voucher that comes of a move; sums in fen."""

    face_fen: int
    left_fen: int
    earned_fen: int
    terms: Terms
    succeeds: tuple[int, ...] = ()
    """Whose spending, bonus and homes go on counting with it, by voucher id."""
    is_others: bool = False
    """Whether it is the other party's."""
    additions: Mapping[str, int] = field(default_factory=dict)

    @property
    def spent_fen(self) -> int:
        """What counts as spent of its face from the first."""
        return self.face_fen - self.left_fen


@dataclass(frozen=True, slots=True)
class Share:
    """A part: its sum in fen, who is to live by it, whether it is the other party's, or which heir's."""

    fen: int
    residents: int = 0
    is_others: bool = False
    kin: str | None = None
    """What the heir of this part is to the holder."""


@dataclass(frozen=True, slots=True)
class Join:
    """A voucher of another household that is merged with those of who asks."""

    ref: str
    kin: str
    """What its holder is to who asks; ``other`` is no kin."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a household asks for; what the policy does not ask for may be left out."""

    kind: Kind
    refs: tuple[str, ...]
    shares: tuple[Share, ...] = ()
    kin: str | None = None
    """What the other party is to the holder; ``other`` is no kin."""
    is_divorce: bool = False
    residents: int | None = None
    other_homes_m2: Decimal | None = None
    died_on: date | None = None
    """When the holder died whose voucher is inherited."""
    waited_days: int = 0
    """For so many days after the death a home of the estate was being bought: nobody could inherit."""
    joins: tuple[Join, ...] = ()
    """Which of the vouchers are other households': merged, all is that of who asks."""

    @property
    def own_refs(self) -> tuple[str, ...]:
        """The vouchers of the household that asks."""
        joined = {join.ref for join in self.joins}
        return tuple(ref for ref in self.refs if ref not in joined)

    @property
    def owners(self) -> str:
        """Whose vouchers they are, as policies name it: of one ``household``, of ``kin``, of ``anybody``."""
        if not self.joins:
            return "household"
        return "anybody" if any(join.kin == "other" for join in self.joins) else "kin"

    @property
    def has_other(self) -> bool:
        """Whether somebody else gets a voucher by it, and has to consent."""
        return self.kind is Kind.TRANSFER or self.is_divorce

    @property
    def needs_consent(self) -> bool:
        """Whether another household has to consent: it gets a voucher, or gives one."""
        return self.has_other or bool(self.joins)


def transferred(held: Held, rule: TransferRule, kin: str | None) -> Made:
    """Return what a voucher is in the hands of kin of its holder: whole, with all that counted."""
    to_kin = kin in rule.kin
    terms = replace(
        held.terms,
        transfers=held.terms.transfers + (not to_kin),
        kin_transfers=held.terms.kin_transfers + to_kin,
        earns_bonus=held.terms.earns_bonus and rule.keeps_bonus(kin).allowed,
    )
    return replace(_whole(held, terms), is_others=True)


def parted(held: Held, shares: Sequence[Share]) -> list[Made]:
    """Return what stays of a voucher, and its parts behind it: each begins anew, what counted stays.

    Raises ValueError for shares that are nothing, or leave nothing.
    """
    moved_fen = sum(share.fen for share in shares)
    if not shares or min(share.fen for share in shares) <= 0 or moved_fen >= held.left_fen:
        raise ValueError(f"{moved_fen} of {held.left_fen} fen cannot be split off")
    return _apart(held, shares, replace(held.terms, splits=held.terms.splits + 1))


def inherited(
    held: Held,
    shares: Sequence[Share],
    policy: Policy,
    *,
    died_on: date,
    on: date,
    waited_days: int = 0,
) -> list[Made]:
    """Return what heirs get of a voucher on a day, the first with all that counted, the others beside it.

    Its term stood still since the death as the policy says. Raises ValueError for shares that are not exactly
    what is left.
    """
    if (
        not shares
        or min(share.fen for share in shares) <= 0
        or sum(one.fen for one in shares) != held.left_fen
    ):
        raise ValueError(f"{held.left_fen} fen cannot be parted among {len(shares)} heirs so")
    terms = after_death(held.terms, policy, died_on=died_on, on=on, waited_days=waited_days)
    mades = _apart(held, shares[1:], terms)
    return [replace(made, is_others=True) for made in mades]


def parted_back(fen: int, shares: Sequence[int]) -> list[int]:
    """Return what each heir has of money that comes back to who died, in fen, by what each inherited.

    Each has the part of it that the share was of all shares, rounded down; the first has the rest, as of what
    was spent before. Together it is exactly all of it. Raises ValueError without shares.
    """
    whole_fen = sum(shares)
    if not shares or min(shares) <= 0:
        raise ValueError(f"{fen} fen cannot be parted by {len(shares)} shares")
    others = [part_floor(fen, one, whole_fen) for one in shares[1:]]
    return [fen - sum(others), *others]


def after_death(terms: Terms, policy: Policy, *, died_on: date, on: date, waited_days: int = 0) -> Terms:
    """Return the terms of a voucher that is its heirs' on a day; ``waited_days`` as ``Wish`` says."""
    began_on = max(died_on, terms.starts_on)
    span, _rule = policy.inheritance.suspension(began_on, on, waited_days=waited_days)
    expires_at, moved_by = policy.stood_still(terms.expires_at, span)
    return replace(
        terms,
        starts_on=terms.starts_on + moved_by,
        expires_at=expires_at,
        inheritances=terms.inheritances + 1,
        stood_still_days=terms.stood_still_days + moved_by.days,
    )


def _apart(held: Held, shares: Sequence[Share], terms: Terms) -> list[Made]:
    moved_fen = sum(share.fen for share in shares)
    parts = [
        Made(
            one.fen,
            one.fen,
            0,
            terms,
            is_others=one.is_others,
            additions={path: part_floor(fen, one.fen, held.face_fen) for path, fen in held.additions.items()},
        )
        for one in shares
    ]
    stays = replace(
        _whole(held, terms),
        face_fen=held.face_fen - moved_fen,
        left_fen=held.left_fen - moved_fen,
        additions={
            path: fen - sum(part.additions[path] for part in parts) for path, fen in held.additions.items()
        },
    )
    return [stays, *parts]


def _whole(held: Held, terms: Terms) -> Made:
    return Made(held.face_fen, held.left_fen, held.earned_fen, terms, (held.id,), additions=held.additions)


def joined(helds: Sequence[Held]) -> Made:
    """Return what several vouchers are together: sums added up, the earliest start, the earliest end.

    Raises ValueError for fewer than two, or vouchers of several policy versions.
    """
    if len(helds) < 2 or len({one.terms.policy_version_id for one in helds}) > 1:
        raise ValueError(f"{len(helds)} vouchers cannot be merged")
    every = [one.terms for one in helds]
    first = min(every, key=lambda one: (one.starts_on, one.issued_at, one.agreement_id))
    terms = replace(
        first,
        expires_at=min(one.expires_at for one in every),
        extended_months=max(one.extended_months for one in every),
        transfers=max(one.transfers for one in every),
        kin_transfers=max(one.kin_transfers for one in every),
        splits=max(one.splits for one in every),
        merges=max(one.merges for one in every) + 1,
        inheritances=max(one.inheritances for one in every),
        earns_bonus=all(one.earns_bonus for one in every),
    )
    return Made(
        face_fen=sum(one.face_fen for one in helds),
        left_fen=sum(one.left_fen for one in helds),
        earned_fen=sum(one.earned_fen for one in helds),
        terms=terms,
        succeeds=tuple(one.id for one in helds),
        additions=dict(sum((Counter(one.additions) for one in helds), Counter())),
    )


def outcomes(policy: Policy, wish: Wish, helds: Sequence[Held], on: date) -> list[Made]:
    """Return what a wish makes of its vouchers on a day. Raises ValueError for sums that cannot be."""
    if wish.kind is Kind.INHERIT:
        known = {"died_on": wish.died_on or on, "on": on}
        return inherited(helds[0], wish.shares, policy, **known, waited_days=wish.waited_days)
    if wish.kind is Kind.TRANSFER:
        return [transferred(helds[0], policy.transfers, wish.kin)]
    return parted(helds[0], wish.shares) if wish.kind is Kind.SPLIT else [joined(helds)]


def as_json(wish: Wish, helds: Sequence[Held], mades: Sequence[Made]) -> dict[str, Any]:
    """Return a wish, and the vouchers before and after it, as a move keeps them."""
    whole = {
        "wish": asdict(wish),
        "held": [asdict(one) for one in helds],
        "made": [asdict(one) for one in mades],
    }
    plain: dict[str, Any] = json.loads(json.dumps(whole, default=str))
    return {"schema": SHOWN_SCHEMA, **plain}


def read_wish(shown: dict[str, Any]) -> Wish:
    """Return what was asked."""
    said = shown["wish"]
    area = said["other_homes_m2"]
    return Wish(
        **{
            **said,
            "kind": Kind(said["kind"]),
            "refs": tuple(said["refs"]),
            "shares": tuple(Share(**one) for one in said["shares"]),
            "other_homes_m2": None if area is None else Decimal(area),
            "joins": tuple(Join(**one) for one in said.get("joins", ())),
            "died_on": date.fromisoformat(said["died_on"]) if said.get("died_on") else None,
        }
    )


def tells_bonus(policy: Policy) -> bool:
    """Return whether what a purchase earns can be told of a day in a few words: of one bonus by its term."""
    bonus = policy.bonus
    is_of_agreement = bonus.fixed_by == "agreement" or bool(bonus.signed_from or bonus.signed_to)
    return not (policy.more_bonuses or bonus.counted_from != "start" or is_of_agreement)


def read_held(shown: dict[str, Any]) -> list[Held]:
    """Return the vouchers as they stood when a move was asked."""
    return [Held(**{**one, "terms": _terms(one["terms"])}) for one in shown["held"]]


def read_made(shown: dict[str, Any]) -> list[Made]:
    """Return what the vouchers were to become when a move was asked."""
    return [
        Made(**{**one, "terms": _terms(one["terms"]), "succeeds": tuple(one["succeeds"])})
        for one in shown["made"]
    ]


def digest(shown: dict[str, Any]) -> str:
    """Return the hash of the vouchers before and after: a form carries it, and a checker approves it."""
    both = [shown["held"], shown["made"]]
    text = json.dumps(both, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _terms(said: dict[str, Any]) -> Terms:
    return Terms(
        **{
            **said,
            "issued_at": datetime.fromisoformat(said["issued_at"]),
            "starts_on": date.fromisoformat(said["starts_on"]),
            "expires_at": datetime.fromisoformat(said["expires_at"]),
        }
    )
