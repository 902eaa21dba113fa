"""Refusals of vouchers."""

from collections.abc import Mapping, Sequence
from typing import Final

from app.core.errors import Conflict, DomainError
from app.vouchers.batch_rules import LeftOut

_MOST_NAMED: Final = 5
"""How many agreements a sentence names; a page lists all of them."""


class AlreadyVouched(Conflict):
    """The agreement has a voucher, or one that waits for a decision: its sum is given out once."""

    def __init__(self) -> None:
        super().__init__("agreement_has_voucher")


class AgreementChanged(Conflict):
    """The agreement's sum is no longer the one that was submitted for approval."""

    def __init__(self) -> None:
        super().__init__("agreement_changed")


class ClaimRefused(DomainError):
    """Number, code and ID number do not fit together: one answer, whichever of them is wrong."""

    def __init__(self) -> None:
        super().__init__("claim_wrong")


class NotEligible(Conflict):
    """The household chose cash, or something about it is not settled."""

    def __init__(self, code: str) -> None:
        super().__init__(code)


class DecidedAsBatch(Conflict):
    """The voucher was submitted in a batch, which is decided as a whole."""

    def __init__(self) -> None:
        super().__init__("voucher_in_batch")


class BatchChanged(Conflict):
    """The roster moved on since it was shown: what would be submitted is not what was looked at."""

    def __init__(self) -> None:
        super().__init__("issue_batch_changed")


class BatchUnable(Conflict):
    """Over some agreements no voucher can be issued under the policy: ``unable`` says why, by their ids."""

    def __init__(self, unable: Mapping[int, LeftOut], numbers: Sequence[str], *, is_all: bool) -> None:
        named = (*numbers[:_MOST_NAMED], *(["……"] if len(numbers) > _MOST_NAMED else []))
        code = "issue_batch_unable_all" if is_all else "issue_batch_unable"
        super().__init__(code, count=len(numbers), numbers=named)
        self.unable = unable


class BatchMismatch(Conflict):
    """Vouchers of the batch no longer fit their agreements or their households' choice."""

    def __init__(self, count: int) -> None:
        super().__init__("issue_batch_mismatch", count=count)


class SampleUnopened(DomainError):
    """The checker has not opened every voucher of the sample yet."""

    def __init__(self, left: int) -> None:
        super().__init__("issue_batch_sample_unopened", left=left)
