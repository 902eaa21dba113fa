"""What a simulation knows: vouchers, homes bought with them, and what each step came to."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

from app.core.money import part_floor
from app.policies.bands import Used
from app.policies.joint import Place, PurchaseTerms
from app.policies.parted import Added, CameBack, Gave, counted, part_of_sums, parts
from app.policies.past import Past, added_m2
from app.policies.rules import Policy, Rule, Verdict
from app.policies.spared import Earned, divided, spared_paths
from app.policies.tiers import NOTHING, SPACES, Entitled, Tier
from app.reports.simulation.accounts import HOUSEHOLD, Account, Bought, PartBought
from app.reports.simulation.estates import Estate
from app.reports.simulation.scenario import Scenario
from app.reports.simulation.ways import Returns


@dataclass(frozen=True)
class Line:
    """An amount that a step came to, in fen, with the rules that made it."""

    of: str
    fen: int
    rules: tuple[Rule, ...]
    voucher: str | None = None
    facts: dict[str, int | Decimal] = field(default_factory=dict)
    """What the rules were applied to, so that their exact result before rounding can be told."""


@dataclass
class Outcome:
    """What a step came to: ``refused_by`` says which rule forbade it."""

    lines: list[Line] = field(default_factory=list)
    dates: dict[str, date] = field(default_factory=dict)
    notes: list[Rule] = field(default_factory=list)
    refused_by: Rule | None = None


class Refused(Exception):
    """A rule of the policy forbids the step."""

    def __init__(self, rule: Rule) -> None:
        super().__init__(rule.code)
        self.rule = rule


def demand(*verdicts: Verdict) -> None:
    """Refuse the step where one of the rules forbids it."""
    for verdict in verdicts:
        if not verdict.allowed:
            raise Refused(verdict.rule)


@dataclass
class Book:
    """The state of a simulation."""

    policy: Policy
    scenario: Scenario
    accounts: dict[str, Account] = field(default_factory=dict)
    homes: dict[str, Bought] = field(default_factory=dict)
    households: defaultdict[str, set[tuple[str, str]]] = field(default_factory=lambda: defaultdict(set))
    """What counts with each holder: all that was given to homes with vouchers that they ever held."""
    compensation: Counter[str] = field(default_factory=Counter)
    """What the household was promised for its old home, by part, in fen; under no name where none is said."""
    entitled: Entitled = NOTHING
    """What its agreements entitle to."""
    splits: int = 0
    """How often a voucher was parted."""
    returns: Returns = field(default_factory=Returns)
    """What of what was spent before a split came back since."""
    estates: dict[tuple[str, str], Estate] = field(default_factory=dict)
    """Who inherited, by the voucher and by who had held it."""

    def usable(self, ref: str, on: date) -> Account:
        """Return a voucher that can still be used on a day. Refused for another."""
        account = self.open(ref)
        if on > account.last_day:
            figures: dict[str, int | str] = {"last_day": account.last_day.isoformat()}
            raise Refused(Rule("valid", "voucher_lapsed", figures))
        return account

    def open(self, ref: str) -> Account:
        """Return a voucher that has not ended, its term over or not. Refused for another."""
        account = self.accounts.get(ref)
        if account is None:
            raise Refused(Rule("scenario", "never_made", {"name": ref}))
        if account.state != "open":
            raise Refused(Rule("scenario", "voucher_ended", {"voucher": ref, "state": account.state}))
        return account

    def holding(self, ref: str) -> Account:
        """Return the voucher to which the money of one comes back, ended or not: merged, that it became."""
        account = self.accounts[ref]
        return account if account.into is None else self.holding(account.into)

    def estate_of(self, part: PartBought) -> Estate | None:
        """Return who inherited a voucher that gave to a home, or what its holder made of it.

        None where nobody did, or somebody else had it by then.
        """
        account = self.accounts[part.ref]
        while (found := self.estates.get((account.ref, part.holder))) is None:
            if account.into is None or account.holder != part.holder:
                return None
            account = self.accounts[account.into]
        return found

    def bought(self, name: str) -> Bought:
        """Return a home that was bought and not cancelled. Refused for another."""
        home = self.homes.get(name)
        if home is None or home.is_cancelled:
            raise Refused(Rule("scenario", "never_made", {"name": name}))
        return home

    def place(
        self,
        district: str,
        area_m2: Decimal | None,
        kind: str,
        stage: str | None,
        development: str | None = None,
    ) -> Place:
        """Return what bonuses ask of a home in a district, and in a development where that is known."""
        names = {district, *(["own"] if district == self.scenario.district else [])}
        return Place(kind, area_m2, frozenset(names | ({development} if development else set())), stage)

    def together(self, account: Account, until: date) -> Used:
        """Return what all vouchers of a holder have, and spent on homes locked up to a day."""
        held = [one for one in self.accounts.values() if one.holder == account.holder and one.into is None]
        later = sum(
            part.spent_fen
            for home in self.homes.values()
            if not home.is_cancelled and home.on > until
            for part in home.parts
            if self.holding(part.ref) in held
        )
        return Used(sum(one.face_fen for one in held), sum(one.spent_fen for one in held) - later)

    def past(self, account: Account) -> Past:
        """Return what a voucher and its household did before."""
        household, stock = Counter[str](), dict[str, tuple[str, Decimal]]()
        for name, ref in self.households[account.holder]:
            home = self.homes[name]
            if not home.is_cancelled:
                household.update(next(part.earned for part in home.parts if part.ref == ref))
                stock[name] = (home.kind, home.area_m2)
        homes = [one for one in stock.values() if one[0] not in SPACES]
        priced = [rule.path for rule in self.policy.priced]
        held = [one for one in self.accounts.values() if one.holder == account.holder and one.into is None]
        together = Past(
            household_earned_fen=sum(household[path] for path in priced),
            each=tuple((rule.path, 0, household[rule.path]) for rule in self.policy.bonuses),
            household_homes=len(homes),
            household_m2=added_m2((), homes),
            household_pieces=tuple(sorted(Counter(kind for kind, _m2 in stock.values()).items())),
            household_face_fen=sum(one.face_fen for one in held),
            household_kinds=tuple(sorted(sum((one.kinds for one in held), Counter[str]()).items())),
        )
        earned = sum(
            (part.earned for home in self.homes.values() if not home.is_cancelled for part in home.parts),
            Counter[str](),
        )
        bought = [
            (home.kind, home.area_m2)
            for home in self.homes.values()
            if not home.is_cancelled and home.kind not in SPACES
        ]
        # Every voucher of a scenario stands over agreements of its one household, whoever holds it.
        return replace(
            self.counted(account).in_household(together),
            origin=1,
            origin_earned_fen=sum(earned[path] for path in priced),
            origin_each=tuple((rule.path, earned[rule.path]) for rule in self.policy.bonuses),
            origin_m2=added_m2((), bought),
        )

    def buy(self, bought: Bought) -> None:
        """Note a home, or a space, and what each voucher gave to it."""
        self.homes[bought.name] = bought
        for part in bought.parts:
            if part.spent_fen:
                account, gave = self.accounts[part.ref], (bought.name, part.ref)
                account.pay(part.spent_fen, part.earned, kind=bought.kind)
                account.line[gave] = ((),)
                account.answers += ((*gave, self._divided(part.earned)),)
                account.succeeds |= {gave}
                self.households[account.holder].add(gave)

    def _own(self, account: Account) -> Past:
        counted_for = Counter[str]()
        for name, ref in account.succeeds:
            if not self.homes[name].is_cancelled:
                part = next(one for one in self.homes[name].parts if one.ref == ref)
                counted_for.update(dict.fromkeys(part.counts_for, part.spent_fen))
        return Past(
            spent_fen=account.spent_fen,
            earned_fen=sum(account.earned[rule.path] for rule in self.policy.priced),
            homes=account.homes,
            each=tuple((rule.path, account.earned[rule.path], 0) for rule in self.policy.bonuses),
            kinds=tuple(sorted((kind, fen) for kind, fen in account.kinds.items() if fen)),
            pieces=tuple(sorted((kind, count) for kind, count in account.pieces.items() if count)),
            counted_for=tuple(sorted(counted_for.items())),
        )

    def counted(self, account: Account) -> Past:
        """Return what counts as done by a voucher alone, in its parts where the policy parts that."""
        if not self.policy.splits.is_past_parted:
            return self._own(account)
        priced = [rule.path for rule in self.policy.priced]
        gave, back = list[Gave](), list[CameBack]()
        for (name, ref), ways in account.line.items():
            home = self.homes[name]
            part = next(one for one in home.parts if one.ref == ref)
            bonus_fen = sum(part.earned[path] for path in priced)
            if not home.is_cancelled:
                weights = parts(map(self.returns.now, ways))
                one = Gave(*weights, name, home.kind, part.spent_fen, bonus_fen, part.earned, part.counts_for)
                gave.append(one)
            elif weight := self.returns.still_counted((name, ref), ways):
                back.append(CameBack(weight, part.spent_fen, bonus_fen, part.earned))
        then, now = parts(map(self.returns.now, account.ways))
        shares = {"share": then, "share_now": now}
        return counted(gave, own_fen=account.spent_fen, face_fen=account.issued_fen, **shares, back=back)

    def answered(self, account: Account) -> Earned:
        """Return the bonus of which an ending of a voucher takes back or not, what is paid in cash too."""
        if not self.policy.splits.is_past_parted:
            return self._divided(account.earned)
        every = (one for name, _ref, one in account.answers if not self.homes[name].is_cancelled)
        return sum(every, Earned())

    def _divided(self, earned: Mapping[str, int]) -> Earned:
        return divided(spared_paths(self.policy), earned, sum(earned.values()))

    def in_small(self, account: Account) -> tuple[Fraction, Fraction]:
        """Return which part of a sum for a voucher one has, and what rounding left off what it spent."""
        parted = self.counted(account).parted
        if parted is None:
            return Fraction(1), Fraction(0)
        if len(account.roots) > 1:
            return min(parted.part, parted.part_now), parted.rest
        ended = (
            (one.ended.part, parts(map(self.returns.now, one.ways))[1])
            for one in self.accounts.values()
            if one.ended is not None and one is not account and one.roots.keys() == account.roots.keys()
        )
        return part_of_sums(parted.part, parted.part_now, ended), parted.rest

    def weight(self, account: Account, gave: tuple[str, str]) -> Fraction:
        """Return which part of what was given to a home counts as spent with a voucher."""
        if not self.policy.splits.is_past_parted:
            return Fraction(1)
        return parts(map(self.returns.now, account.line.get(gave, ())))[1]

    def size_fen(self, account: Account) -> int:
        """Return how large a voucher is by its face, in fen: of a part that of the one that was issued."""
        parted = self.counted(account).parted
        return parted.size_fen if parted else account.face_fen

    def counted_face(self, account: Account) -> int:
        """Return the face of a voucher as shares of it count, in fen."""
        parted = self.counted(account).parted
        return account.face_fen + (parted.more_fen if parted else 0)

    def additions(self, account: Account) -> dict[str, int]:
        """Return what of a voucher's face, as shares of it count, was added, in fen by its path."""
        if not self.policy.splits.is_past_parted:
            was_fen = account.face_fen + account.gone_fen
            return {
                path: part_floor(fen, account.face_fen, was_fen) for path, fen in account.additions.items()
            }
        return self._added(account).of(self.counted_face(account))

    def is_part(self, account: Account) -> bool:
        """Tell whether a voucher counts as a part of those that were issued, and as no whole."""
        return self.policy.splits.is_past_parted and self._added(account).is_part

    def _added(self, account: Account) -> Added:
        is_part = any(part.denominator != 1 for part in account.roots.values())
        return Added(account.issued_fen, account.added, is_part)

    def give(self, account: Account, holder: str) -> None:
        """Let somebody hold a voucher: what it goes on counting for counts with them, too."""
        account.holder = holder
        self.households[holder] |= account.succeeds

    def terms(
        self, account: Account, tiers: Mapping[str, Tier | None], place: Place, *, locked_on: date
    ) -> PurchaseTerms:
        """Return on what terms a voucher earns its bonuses at these tiers, by bonus."""
        return PurchaseTerms(
            policy=self.policy,
            tiers={
                rule.path: tiers[rule.path] if rule.is_earned_by(keeps_bonus=account.has_bonus) else None
                for rule in self.policy.bonuses
            },
            face_fen=self.counted_face(account),
            old_area_m2=self.scenario.old_area_m2,
            past=self.past(account),
            place=place,
            compensation=self.compensation,
            agreed_on=account.agreed_on,
            entitled=self.entitled,
            later=self._later(account, place, locked_on),
        )

    def _later(self, account: Account, place: Place, locked_on: date) -> dict[str, tuple[Tier, ...]]:
        """Return from which tiers a day after the lock may choose, by bonus."""
        return {
            rule.path: self.policy.later_tiers(
                rule, account.counted_from(rule), locked_on, place.kind, agreed_on=account.agreed_on
            )
            if rule.is_earned_by(keeps_bonus=account.has_bonus)
            else ()
            for rule in self.policy.bonuses
            if rule.is_decided_later
        }

    def homes_m2(self) -> Decimal:
        """Return the area of the homes that the household has: bought with its vouchers, and otherwise."""
        bought = (
            home.area_m2
            for home in self.homes.values()
            if not home.is_cancelled and home.kind not in SPACES and home.holder == HOUSEHOLD
        )
        return sum(bought, self.scenario.other_homes_m2)

    def left_fen(self, *, without: str) -> int:
        """Return what the household's other vouchers still have, in fen."""
        return sum(
            one.available_fen
            for one in self.accounts.values()
            if one.holder == HOUSEHOLD and one.ref != without
        )
