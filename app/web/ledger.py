"""The words of the ledger's pages: what accounts hold, what a transfer does."""

from typing import Final

from app.core.spreadsheet import Cell
from app.ledger.rules import AccountKind, TransferKind
from app.ledger.trial import TrialRow
from app.web import formatting
from app.web.language import lazy_gettext as _l

KINDS: Final = {
    AccountKind.VOUCHER: _l("房票"),
    AccountKind.ISSUE: _l("房票发放"),
    AccountKind.BONUS: _l("购房奖励"),
    AccountKind.DEVELOPER_PAYABLE: _l("应付房企"),
    AccountKind.TOP_UP: _l("自付差价"),
    AccountKind.SUPERVISED: _l("监管账户"),
    AccountKind.CARD: _l("在线支付"),
    AccountKind.HOUSEHOLD_PAYABLE: _l("应付被征收户"),
    AccountKind.AGREEMENT: _l("退回补偿协议"),
    AccountKind.BANK: _l("银行付出"),
    AccountKind.FUND: _l("拨付资金"),
    AccountKind.FUNDING: _l("资金来源"),
    AccountKind.CLAIM: _l("房企请款"),
    AccountKind.LATE_INTEREST: _l("逾期付款利息"),
}
"""What accounts of a kind hold."""

TRANSFERS: Final = {
    TransferKind.SINGLE: _l("转入"),
    TransferKind.PENDING: _l("锁定"),
    TransferKind.POST: _l("锁定后转入"),
    TransferKind.VOID: _l("解除锁定"),
}
"""What a transfer does; only what is 转入 counts in a trial balance."""

TRIAL_HEADER: Final = ("科目", "期初余额（元）", "借方发生额（元）", "贷方发生额（元）", "期末余额（元）")


def trial_cells(row: TrialRow) -> tuple[Cell, ...]:
    """Return a row of a trial balance as a file has it, in yuan."""
    sums = (row.opening_fen, row.debits_fen, row.credits_fen, row.closing_fen)
    return str(KINDS[AccountKind(row.kind)]), *map(formatting.file_yuan, sums)
