"""What the registry's word about one contract comes to. Pure.

Forecast and execution ask the same function, the one about a picture in memory, the other about rows that it
has locked.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from app.sales import states
from app.sales.reader import Contract
from app.sales.states import Action, State

OUTCOMES: Final = {
    State.STANDING: "sold",
    State.CONFLICT: "conflict",
    State.CANCELLED: "cancelled",
    State.NOTED: "noted",
    State.UNMATCHED: "unmatched",
    State.DOUBTFUL: "doubtful",
}

_DECIDED: Final = frozenset({State.STANDING, State.CONFLICT, State.REJECTED})
_LANDED: Final = {
    Action.CANCEL: frozenset({State.CANCELLED}),
    Action.NOTE: frozenset({State.NOTED}),
    Action.MISS: frozenset({State.UNMATCHED}) | _DECIDED,
    Action.SELL: _DECIDED,
    Action.DOUBT: _DECIDED,
}
"""Where a contract stays that the registry wants there: what was decided about it stays decided.

One that has its home keeps it when that home is called otherwise now.
"""


@dataclass(frozen=True, slots=True)
class Known:
    """A contract on record, as far as a decision depends on it."""

    state: State
    key: str
    home_id: int | None
    says_new: bool
    """Whether the file says something else of it, or confirms it for the first time."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of a contract: first it is corrected or amended, then it takes a step."""

    step: Action | None
    """None: it stays where it is."""
    before: State | None
    """Its state; None for one that is not on record, also after a correction."""
    after: State
    home_id: int | None
    """The home it has then."""
    corrects: bool
    """The one on record ends, and a new one begins."""
    amends: bool
    outcome: str

    @property
    def frees(self) -> bool:
        """Whether the home that it had sold is free again."""
        return self.before is State.STANDING and self.step in (Action.CANCEL, Action.NOTE)


def decide(
    contract: Contract,
    known: Known | None,
    homes: Sequence[int],
    *,
    statuses: Mapping[int, str],
    paid_home: int | None,
) -> Decision:
    """Return what becomes of a contract that these homes answer to, by id, ascending.

    ``statuses`` are those of the homes now; ``paid_home`` is the home of the purchase by voucher that has
    the contract's number.
    """
    renamed = known is not None and known.key != contract.key
    corrects = renamed and known is not None and known.home_id is not None and known.home_id not in homes
    now = None if corrects else known
    wanted = _wanted(contract, homes, paid_home)
    if now is not None and _stays(now, wanted, found=bool(homes), renamed=renamed):
        step, home_id = None, now.home_id
    else:
        step = _land(statuses[homes[0]]) if wanted is Action.SELL else wanted
        home_id = _home(now, wanted, homes, paid_home)
    before = None if now is None else now.state
    after = _after(before, step)
    amends = now is not None and now.says_new
    if corrects:
        outcome = "corrected"
    elif after != before:
        outcome = OUTCOMES[after]
    else:
        outcome = "amended" if amends else "unchanged"
    return Decision(step, before, after, home_id, corrects, amends, outcome)


def _wanted(contract: Contract, homes: Sequence[int], paid_home: int | None) -> Action:
    if contract.is_cancelled:
        return Action.CANCEL
    # The registry has a purchase's contract at an address that is nobody's: a person says whether it is that
    # purchase's home.
    if paid_home is not None and not homes:
        return Action.DOUBT
    # A number typed at another home's redemption is a slip or worse: this home is sold all the same.
    if contract.by_voucher or paid_home in homes:
        return Action.NOTE
    if len(homes) > 1:
        return Action.DOUBT
    return Action.SELL if homes else Action.MISS


def _stays(known: Known, wanted: Action, *, found: bool, renamed: bool) -> bool:
    if known.state is State.DOUBTFUL:
        # A doubt is the officer's, unless the registry itself ends it.
        ends = wanted in (Action.CANCEL, Action.NOTE) or (renamed and wanted in (Action.MISS, Action.SELL))
        return not ends
    if not found and wanted in (Action.MISS, Action.DOUBT) and known.home_id is not None:
        return True
    return known.state in _LANDED[wanted]


def _after(before: State | None, step: Action | None) -> State:
    if step is not None:
        return states.STEPS[before or states.NEW, step]
    if before is None:
        raise LookupError("a new contract comes on record by a step")
    return before


def _land(status: str) -> Action:
    return Action.SELL if status == "free" else Action.CLASH


def _home(known: Known | None, wanted: Action, homes: Sequence[int], paid_home: int | None) -> int | None:
    """Return the home that a contract has after its step: the one it had, else the one found now."""
    if known is not None and known.state is State.DOUBTFUL:
        return homes[0] if wanted is Action.SELL else known.home_id
    if known is not None and known.home_id is not None:
        return known.home_id
    if len(homes) == 1:
        return homes[0]
    return paid_home if paid_home in homes else None


FACTS: Final = (
    *("signed_on", "development_name", "building_name", "unit", "room", "match_key", "price_fen", "payment"),
    *("fit_out", "is_bulk", "is_staff", "is_cancelled", "by_voucher"),
)
"""The columns of a record that a file fills."""


def facts_of(contract: Contract) -> dict[str, Any]:
    """Return what a file says of a contract, by column of the record."""
    return {
        "signed_on": contract.signed_on,
        "development_name": contract.development,
        "building_name": contract.building,
        "unit": contract.unit,
        "room": contract.room,
        "match_key": contract.key,
        "price_fen": contract.price_fen,
        "payment": contract.payment,
        "fit_out": contract.fit_out,
        "is_bulk": contract.is_bulk,
        "is_staff": contract.is_staff,
        "is_cancelled": contract.is_cancelled,
        "by_voucher": contract.by_voucher,
    }
