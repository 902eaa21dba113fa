"""What becomes of a leftover by a policy, parted to the fen, as it is shown and frozen: pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from app.policies.endings import lapse, leftover_payout
from app.policies.rules import Amount, Policy, Rule
from app.vouchers.ending_states import Kind

SHOWN_SCHEMA: Final = 1


@dataclass(frozen=True, slots=True)
class Figures:
    """What a voucher was and did, in fen; its leftover is all that was not spent."""

    face_fen: int
    spent_fen: int
    bonus_fen: int

    @property
    def leftover_fen(self) -> int:
        """What is left of the face."""
        return self.face_fen - self.spent_fen


@dataclass(frozen=True, slots=True)
class Parts:
    """A leftover in its parts, in fen: their sum is the leftover, none is below zero.

    ``effect`` is cash, void or agreement; None where the policy does not say, and then nothing is parted.
    """

    effect: str | None
    paid_fen: int
    returned_fen: int
    forfeited_fen: int
    rules: tuple[Rule, ...]


def parts_of(policy: Policy, kind: Kind, figures: Figures) -> Parts:
    """Return what a payout, a lapse or giving up does to a leftover."""
    known = {"face_fen": figures.face_fen, "spent_fen": figures.spent_fen, "bonus_fen": figures.bonus_fen}
    if kind is Kind.PAYOUT:
        return _parted("cash", leftover_payout(policy, **known), figures.leftover_fen)
    ending = lapse(policy, **known)
    if ending.effect is None:
        return Parts(None, 0, 0, 0, ending.payout.rules)
    return _parted(ending.effect, ending.payout, figures.leftover_fen)


def decided(effect: str, figures: Figures) -> Parts:
    """Return what the authority's own decision does, where the policy is silent: all or nothing is paid."""
    paid_fen = 0 if effect == "void" else figures.leftover_fen
    return Parts(effect, paid_fen, 0, figures.leftover_fen - paid_fen, ())


def freeze(rules: Iterable[Rule], *, policy_version_id: int) -> dict[str, Any]:
    """Return the rules as an ending keeps them."""
    kept = [{"path": rule.path, "code": rule.code, "figures": dict(rule.figures)} for rule in rules]
    return {"schema": SHOWN_SCHEMA, "policy_version_id": policy_version_id, "rules": kept}


def frozen_rules(shown: dict[str, Any]) -> tuple[Rule, ...]:
    """Return the rules that an ending kept."""
    return tuple(Rule(rule["path"], rule["code"], rule["figures"]) for rule in shown["rules"])


def _parted(effect: str, payout: Amount, leftover_fen: int) -> Parts:
    returned_fen = sum(int(rule.figures.get("taken_fen", 0)) for rule in payout.rules)
    forfeited_fen = leftover_fen - payout.fen - returned_fen
    return Parts(effect, payout.fen, returned_fen, forfeited_fen, payout.rules)
