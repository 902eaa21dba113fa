"""The frozen quote: what the household was shown, as JSON with a schema number.

Written once, never changed. Readers for every version that was ever written stay. Version 7:
``home`` the facts of the home, with its ``stage`` since that may count; ``prices`` filed, cash and voucher,
each with its version's id, amount and start; ``parts`` each voucher with its policy version, its rate and
when the rate ends, what it spends, earns and keeps;
``price_fen``, ``top_up_fen``; ``hold_until`` the end of the hold if the home is locked while the
quote lasts; ``hold_homes`` how many homes the household may then hold at once, this one included (null: any
number); ``promotions`` what the buyer gets of those open to voucher buyers, each with what it takes off the
voucher price or the stated worth of what it adds; ``net_fen`` the price less that worth. Each part also has
the ``base`` of its bonus, the ``rules`` that made it, and the ``past`` of its voucher where that counts (null
where not). ``place`` and ``of`` say which home it is of how many that are locked together, so that a voucher
has ``available_fen`` for it, and ``past``, after the homes before; ``buyers`` are the names that are to stand
in the contract; ``kin`` in a part is the consent by which another household's voucher pays (null: its own).
Where a policy has several bonuses, ``each`` of a part says what every one of them gives, those that are
paid in cash afterwards too, which count neither in ``bonus_fen`` nor in the price; ``past`` knows them by
their paths; ``counts_for`` of a part names those that are of what is spent on the homes that they are for,
where this is one of them. ``beside`` is the home that a space is bought beside (null for a home), and how
many spaces may be bought beside it; ``hold_spaces`` is ``hold_homes`` of spaces alone. Version 6 knew homes
alone. Version 5 knew one bonus a policy. Version 4 knew single homes, own vouchers and no names.
Version 3 knew only bonuses of the sum spent, at ``rate_bp``. Version 2 had no promotions: its price was the
voucher price. Version 1 had no ``hold_homes`` either.
Days are ISO dates (Asia/Shanghai), moments ISO timestamps in UTC, sums fen.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from app.homes.rules import StockKind, home_name
from app.policies.beyond import runs_on
from app.policies.later import event_of
from app.policies.paid_after import waits_for
from app.policies.past import Past
from app.policies.rules import Rule
from app.policies.small import Parted

SCHEMA: Final = 7


@dataclass(frozen=True, slots=True)
class HomeFacts:
    """The home as it was shown."""

    ref: str
    development_ref: str
    development: str
    developer_id: int
    developer: str
    district: str
    address: str
    building: str
    unit: str
    storey: int
    room: str
    kind: str
    rooms: int
    area_m2: Decimal
    stage: str | None = None
    """Whether it was built, ``finished`` or ``presale``; None in quotes made before that counted."""

    @property
    def line(self) -> str:
        """Which home it is, in a line."""
        return f"{self.development} {home_name(self.building, self.unit, self.room)}"


@dataclass(frozen=True, slots=True)
class PriceSeen:
    """One of the three prices: which version, how much (fen), and since when it holds."""

    version_id: int
    amount_fen: int
    effective_from: datetime


@dataclass(frozen=True, slots=True)
class PricesSeen:
    """The three prices."""

    filed: PriceSeen
    cash: PriceSeen
    voucher: PriceSeen


@dataclass(frozen=True, slots=True)
class PromotionSeen:
    """A promotion that the buyer gets: what it takes off, or what it adds at its stated worth, in fen."""

    promotion_id: int
    kind: str
    title: str
    off_fen: int
    worth_fen: int


@dataclass(frozen=True, slots=True)
class KinSeen:
    """The consent by which a voucher of another household pays: who gave it, up to how much, and how."""

    consent_ref: str
    household_id: int
    relation: str
    """What its holder is to the household that buys."""
    most_fen: int
    given_at: datetime
    way: str
    """``self``, by their own sign-in, or ``counter``, in person."""


@dataclass(frozen=True, slots=True)
class BonusSeen:
    """One of several bonuses of a part: what it gives (fen), to the price or in cash, and by which rules."""

    path: str
    base: str
    paid: str
    fen: int
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class PartSeen:
    """One voucher's part, with the rules that made it. ``rate_bp`` is in ten-thousandths of the base."""

    voucher_id: int
    voucher_ref: str
    voucher_expires_at: datetime
    policy_version_id: int
    policy_code: str
    policy_title: str
    policy_source: str
    available_fen: int
    limit_fen: int | None
    spent_fen: int
    bonus_fen: int
    leftover_fen: int
    rate_bp: int
    rate_last_day: date | None
    """The last day of this rate; None where no bonus is left."""
    next_rate_bp: int
    next_from: date | None
    base: str
    rules: tuple[Rule, ...]
    past: Past | None
    """What the voucher did before, where that decides its bonus; a lock demands that it is still so."""
    kin: KinSeen | None = None
    """By whose consent it pays; None for a voucher of the household that buys."""
    each: tuple[BonusSeen, ...] = ()
    """Every bonus where the policy has several, or pays it in cash; else the one is told by the part."""
    counts_for: tuple[str, ...] = ()
    """The bonuses of what is spent on the homes that they are for, this one among them, by their paths."""

    @property
    def bonuses(self) -> dict[str, int]:
        """What each of several bonuses gives towards the price, in fen, by its path."""
        return {one.path: one.fen for one in self.each if one.paid == "price"}

    @property
    def cash_bonuses(self) -> dict[str, int]:
        """The same of those that are paid in cash."""
        return {one.path: one.fen for one in self.each if one.paid == "cash"}

    @property
    def cash_fen(self) -> int:
        """What the voucher's household is paid after the purchase, in fen."""
        return sum(self.cash_bonuses.values())

    @property
    def joint_rules(self) -> tuple[Rule, ...]:
        """The rules that limit several bonuses together."""
        of_one = [rule for one in self.each for rule in one.rules]
        return tuple(rule for rule in self.rules if rule not in of_one)


@dataclass(frozen=True, slots=True)
class BesideSeen:
    """The home that a space is bought beside: which it is, and how many spaces it may have (None: any)."""

    home_ref: str
    line: str
    most: int | None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A quote's whole content."""

    home: HomeFacts
    prices: PricesSeen
    parts: tuple[PartSeen, ...]
    price_fen: int
    top_up_fen: int
    hold_until: datetime
    hold_homes: int | None
    promotions: tuple[PromotionSeen, ...]
    net_fen: int
    place: int
    of: int
    buyers: tuple[str, ...]
    beside: BesideSeen | None = None
    hold_spaces: int | None = None
    """As ``hold_homes``, of spaces alone; None also in quotes from before it was counted."""
    schema: int = field(default=SCHEMA)

    @property
    def is_home(self) -> bool:
        """Whether it is of a home; a space is one of those neither beside a home nor alone."""
        return not StockKind(self.home.kind).is_space

    @property
    def is_space_alone(self) -> bool:
        """Whether it is of a space that stands beside no home."""
        return not self.is_home and self.beside is None

    @property
    def spent_fen(self) -> int:
        """What the vouchers spend."""
        return sum(part.spent_fen for part in self.parts)

    @property
    def bonus_fen(self) -> int:
        """What the district adds."""
        return sum(part.bonus_fen for part in self.parts)

    @property
    def cash_fen(self) -> int:
        """What is paid to households after the purchase."""
        return sum(part.cash_fen for part in self.parts)

    @property
    def runs_on(self) -> bool:
        """Whether what is spent goes on bearing interest after the lock."""
        return any(runs_on(one.rules) for part in self.parts for one in part.each)

    @property
    def decided_by(self) -> str | None:
        """Which event after the lock decides what is paid in cash of at most ``cash_fen``; None: the lock."""
        events = (event_of(one.rules) for part in self.parts for one in part.each if part.spent_fen)
        return next((event for event in events if event), None)

    @property
    def paid_after(self) -> str | None:
        """What must be there before anything is paid in cash, such as the certificate; None: nothing."""
        events = (waits_for(one.rules) for part in self.parts for one in part.each)
        return next((event for event in events if event), None)

    @property
    def used_parts(self) -> tuple[PartSeen, ...]:
        """The vouchers that give something: those before the others may have been enough."""
        return tuple(part for part in self.parts if part.spent_fen)


def rules_at(rules: Iterable[Rule], path: str) -> tuple[Rule, ...]:
    """Return the rules that stand at or below a path of the policy."""
    return tuple(rule for rule in rules if rule.path == path or rule.path.startswith(f"{path}."))


def write(snapshot: Snapshot) -> dict[str, Any]:
    """Return the snapshot as JSON of the present version."""
    plain: dict[str, Any] = _plain(snapshot)
    return plain


def read(stored: Mapping[str, Any]) -> Snapshot:
    """Return a stored snapshot, whichever version it was written in. Raises KeyError for an unknown one."""
    return _READERS[stored["schema"]](stored)


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, tuple | list):
        return [_plain(inner) for inner in value]
    if isinstance(value, Mapping):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, date):
        return value.isoformat()
    if is_dataclass(value):
        return {item.name: _plain(getattr(value, item.name)) for item in fields(value)}
    return str(value) if isinstance(value, Decimal) else value


def _read_version_1(stored: Mapping[str, Any]) -> Snapshot:
    """Version 1 was written under policies that knew no limit of homes held at once."""
    return replace(_read_version_2({**stored, "hold_homes": None}), schema=1)


def _read_version_2(stored: Mapping[str, Any]) -> Snapshot:
    """Version 2 was written before promotions were data."""
    plain = {**stored, "promotions": (), "net_fen": stored["price_fen"]}
    return replace(_read_version_3(plain), schema=2)


def _read_version_3(stored: Mapping[str, Any]) -> Snapshot:
    """Version 3 was written before a bonus could be of anything but the sum spent."""
    parts = [
        {
            **part,
            "base": "spent",
            "rules": [{"path": "bonus.tiers", "code": "spent", "figures": {"rate_bp": part["rate_bp"]}}]
            if part["rate_bp"]
            else [{"path": "bonus.tiers", "code": "no_bonus", "figures": {}}],
            "past": None,
        }
        for part in stored["parts"]
    ]
    return replace(_read_version_4({**stored, "parts": parts}), schema=3)


def _read_version_4(stored: Mapping[str, Any]) -> Snapshot:
    """Version 4 was written when a household locked one home at a time, with its own vouchers."""
    parts = [{**part, "kin": None} for part in stored["parts"]]
    alone = {**stored, "parts": parts, "place": 1, "of": 1, "buyers": ()}
    return replace(_read_version_5(alone), schema=4)


def _read_version_5(stored: Mapping[str, Any]) -> Snapshot:
    """Version 5 was written when a policy paid one bonus, towards the price."""
    parts = [{**part, "each": []} for part in stored["parts"]]
    return replace(_read_version_6({**stored, "parts": parts}), schema=5)


def _read_version_6(stored: Mapping[str, Any]) -> Snapshot:
    """Version 6 was written when only homes were bought."""
    return replace(_read_version_7({**stored, "beside": None}), schema=6)


def _read_version_7(stored: Mapping[str, Any]) -> Snapshot:
    return Snapshot(
        home=HomeFacts(**{**stored["home"], "area_m2": Decimal(stored["home"]["area_m2"])}),
        prices=PricesSeen(**{item.name: _price(stored["prices"][item.name]) for item in fields(PricesSeen)}),
        parts=tuple(_part(part) for part in stored["parts"]),
        price_fen=stored["price_fen"],
        top_up_fen=stored["top_up_fen"],
        hold_until=datetime.fromisoformat(stored["hold_until"]),
        hold_homes=stored["hold_homes"],
        promotions=tuple(PromotionSeen(**one) for one in stored["promotions"]),
        net_fen=stored["net_fen"],
        place=stored["place"],
        of=stored["of"],
        buyers=tuple(stored["buyers"]),
        beside=stored["beside"] and BesideSeen(**stored["beside"]),
        hold_spaces=stored.get("hold_spaces"),
    )


def _price(stored: Mapping[str, Any]) -> PriceSeen:
    moment = datetime.fromisoformat(stored["effective_from"])
    return PriceSeen(stored["version_id"], stored["amount_fen"], moment)


def _part(stored: Mapping[str, Any]) -> PartSeen:
    days = {
        name: stored[name] and date.fromisoformat(stored[name]) for name in ("rate_last_day", "next_from")
    }
    expires_at = datetime.fromisoformat(stored["voucher_expires_at"])
    rules = tuple(Rule(**one) for one in stored["rules"])
    past = stored["past"] and _past(stored["past"])
    kin = stored["kin"] and _kin(stored["kin"])
    each = tuple(
        BonusSeen(**{**one, "rules": tuple(Rule(**rule) for rule in one["rules"])}) for one in stored["each"]
    )
    read = {"voucher_expires_at": expires_at, "rules": rules, "past": past, "kin": kin, "each": each}
    read["counts_for"] = tuple(stored.get("counts_for", ()))
    return PartSeen(**{**stored, **days, **read})


def _past(stored: Mapping[str, Any]) -> Past:
    each = tuple((path, own_fen, all_fen) for path, own_fen, all_fen in stored.get("each", ()))
    kinds = {
        name: tuple((kind, fen) for kind, fen in stored.get(name, ()))
        for name in ("kinds", "household_kinds", "pieces", "household_pieces", "counted_for")
    }
    for name in ("household_m2", "origin_m2"):
        kinds[name] = tuple((kind, Decimal(m2)) for kind, m2 in stored.get(name, ()))
    kinds["origin_each"] = tuple((path, fen) for path, fen in stored.get("origin_each", ()))
    parted = Parted.read(stored["parted"]) if stored.get("parted") else None
    return Past(**{**stored, "each": each, "parted": parted, **kinds})


def _kin(stored: Mapping[str, Any]) -> KinSeen:
    return KinSeen(**{**stored, "given_at": datetime.fromisoformat(stored["given_at"])})


_READERS: Final[dict[int, Callable[[Mapping[str, Any]], Snapshot]]] = {
    1: _read_version_1,
    2: _read_version_2,
    3: _read_version_3,
    4: _read_version_4,
    5: _read_version_5,
    6: _read_version_6,
    7: _read_version_7,
}
