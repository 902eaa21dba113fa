"""Who inherited a voucher in a simulation, and what of money that comes back is whose."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from app.policies.rules import Rule
from app.reports.simulation.accounts import Account
from app.vouchers.move_rules import parted_back


@dataclass(frozen=True)
class Heir:
    """Who had a voucher by an inheritance; the share in fen."""

    ref: str
    share_fen: int
    done: Mapping[str, int]
    """How often that voucher had been transferred, split, merged and inherited then."""

    def can_have(self, account: Account, on: date) -> bool:
        """Tell whether that voucher can be spent from on a day, and did not move since."""
        return account.state == "open" and account.done == self.done and on <= account.last_day


@dataclass(frozen=True)
class Estate:
    """The heirs of a voucher's holder, in their order; the first has what the voucher did."""

    heirs: tuple[Heir, ...]
    own: int
    """The number of the last split before the death."""
    among: int | None
    """The number of the parting among several heirs."""

    def parted(self, fen: int) -> list[tuple[Heir, int, Rule]]:
        """Return what each heir has of a sum that came back, in fen, and the rule that says so."""
        shares = [heir.share_fen for heir in self.heirs]
        sums = [fen] if len(shares) == 1 else parted_back(fen, shares)
        rest: dict[str, int | str] = {"came_fen": fen, "others_fen": fen - sums[0]}
        found = [(self.heirs[0], sums[0], Rule("inheritance", "heir_rest", rest))]
        for heir, part_fen in zip(self.heirs[1:], sums[1:], strict=True):
            by: dict[str, int | str] = {"share_fen": heir.share_fen, "shares_fen": sum(shares)}
            found.append((heir, part_fen, Rule("inheritance", "heir_share", {"came_fen": fen, **by})))
        return found


def estate_of(accounts: Sequence[Account], left_fen: int, *, own: int, among: int | None) -> Estate:
    """Return the estate that left these vouchers to heirs, the first with the rest of what was left."""
    others = [account.face_fen for account in accounts[1:]]
    shares = [left_fen - sum(others), *others]
    heirs = (
        Heir(account.ref, fen, Counter(account.done)) for account, fen in zip(accounts, shares, strict=True)
    )
    return Estate(tuple(heirs), own, among)
