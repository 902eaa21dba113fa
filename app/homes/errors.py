"""Refusals of homes. Sums travel as fen; the edge gives them their shape."""

from app.core.errors import Conflict, DomainError


class VoucherAboveCash(DomainError):
    """The voucher price would be above the cash price; ``most_fen`` is the highest that keeps the rule."""

    def __init__(self, *, voucher_fen: int, cash_fen: int, most_fen: int) -> None:
        sums = {"voucher_fen": voucher_fen, "cash_fen": cash_fen, "most_fen": most_fen}
        super().__init__("voucher_above_cash", "voucher_price", **sums)


class VoucherAboveFiled(DomainError):
    """The voucher price would be above the filed price; ``most_fen`` is the highest that keeps the rule."""

    def __init__(self, *, voucher_fen: int, filed_fen: int, most_fen: int) -> None:
        sums = {"voucher_fen": voucher_fen, "filed_fen": filed_fen, "most_fen": most_fen}
        super().__init__("voucher_above_filed", "voucher_price", **sums)


class VoucherAboveNet(DomainError):
    """The voucher buyer's net price would be above the lowest net cash price.

    ``most_fen`` is the highest voucher price that keeps the rule.
    """

    def __init__(self, *, net_fen: int, cash_net_fen: int, most_fen: int) -> None:
        sums = {"net_fen": net_fen, "cash_net_fen": cash_net_fen, "most_fen": most_fen}
        super().__init__("voucher_above_net", "voucher_price", **sums)


class CashAboveFiled(DomainError):
    """The cash price would be raised above the filed price."""

    def __init__(self, *, cash_fen: int, filed_fen: int) -> None:
        super().__init__("cash_above_filed", "cash_price", cash_fen=cash_fen, filed_fen=filed_fen)


class NotAdmitted(DomainError):
    """The developer is not admitted (入库) to the pool of the district."""

    def __init__(self, district: str) -> None:
        super().__init__("not_admitted", district=district)


class HomeChanged(Conflict):
    """Somebody changed the home since the page was shown."""

    def __init__(self) -> None:
        super().__init__("home_changed")


class PlaceChanged(Conflict):
    """Somebody changed the development or the building since the page was shown."""

    def __init__(self) -> None:
        super().__init__("place_changed")


class HomesMoved(Conflict):
    """Homes changed, or came into being, since a change of many was compared with them."""

    def __init__(self) -> None:
        super().__init__("homes_moved")


class CandidatesChanged(Conflict):
    """Homes that were about to be listed together changed since they were shown: none was listed."""

    def __init__(self) -> None:
        super().__init__("candidates_changed")


class BatchRefused(DomainError):
    """The new prices of so many ``homes`` are against a rule: none was changed."""

    def __init__(self, homes: int) -> None:
        super().__init__("batch_refused", homes=homes)


class BatchChanged(Conflict):
    """Homes or prices changed since the new prices were shown: none was changed."""

    def __init__(self) -> None:
        super().__init__("batch_changed")


class StopBreaksRule(DomainError):
    """Without the promotion, voucher buyers of so many listed homes would pay more than the rule allows."""

    def __init__(self, homes: int) -> None:
        super().__init__("promotion_stop_breaks_rule", homes=homes)
