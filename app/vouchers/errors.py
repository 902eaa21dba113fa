"""Refusals of vouchers."""

from app.core.errors import Conflict, DomainError


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
