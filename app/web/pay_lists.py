"""The words that the authority sees of payments to households and of their lists."""

from typing import Any, Final

from markupsafe import Markup

from app.core.spreadsheet import Cell
from app.settlements import household_sums
from app.settlements.household_sums import Owner
from app.settlements.pay_list_models import PayLine
from app.settlements.pay_list_queries import owner_of as owner_of
from app.settlements.pay_receipts import Judged
from app.vouchers.ending_models import VoucherEnding
from app.web import endings, formatting
from app.web.language import gettext as _
from app.web.language import lazy_gettext as _l

HELD: Final[dict[str, Any]] = {
    "stopped": _l("房票止付，止付结束以后再付"),
    "death": _l("持有人去世，等登记继承人的账户"),
    "heirs": _l("房票由继承人承继了，登记的账户不是继承人的"),
    "nothing": _l("按这一天算，没有要付的"),
    "returned": _l("没有付成或者账户不对，等另一个账户"),
    "renewed": _l("换了账户，等复核"),
    "undone": _l("上次没有付成是您登记的，要由另一位同事放进清单"),
    "sum": _l("过了清单的付款日，利息变了，和清单的金额不一样"),
}
"""Why a sum is not put before the bank."""

LINE_STATES: Final[dict[str, tuple[Any, str]]] = {
    "listed": (_l("等银行回单"), "wait"),
    "paid": (_l("已付款"), "good"),
    "failed": (_l("没有付成"), "bad"),
    "recalled": (_l("账户不对，已撤下"), "bad"),
    "given_up": (_l("没有付，已作废"), "plain"),
}

_USUAL_NAME: Final = 4
"""Signs of a name that stay on one line: almost all names have no more."""

_AGAINST: Final[dict[str, Any]] = {
    "unknown": _l("没有这个付款编号"),
    "other_list": _l("是另一份清单的付款编号"),
    "double": _l("同一个付款编号在文件里不止一次"),
    "unclear": _l("看不出付成了没有，请等银行办完"),
    "answered": _l("已经登记过另一个结果"),
    "closed": _l("这一笔已经从清单撤下，不能付；银行付了的，请找银行查"),
    "sum": _l("金额和清单不一样"),
    "account": _l("收款账号和批准的不一样"),
    "day": _l("付款日期早于批准那天，或者在以后"),
    "serial": _l("银行流水号重复，或者登记过别的付款"),
    "done": _l("已经登记过"),
}


def against(judged: Judged) -> str:
    """Return why a line of a receipt is not marked."""
    if judged.code == "since":
        due = formatting.yuan(judged.due_fen or 0)
        return _("列入清单以后应付改成 %(due)s，和清单不一样，请找银行查", due=due)
    if judged.code == "noted":
        noted = formatting.yuan(judged.due_fen or 0)
        return _(
            "这笔付款已经登记，但登记的是 %(noted)s，和银行付的不一样。"
            "请核实银行实际付了多少，差额找银行或收款人办",
            noted=noted,
        )
    if judged.code == "twice":
        return _(
            "银行付了两次：这笔钱已经按流水号 %(serial)s 付过。请马上找银行和收款人追回",
            serial=judged.elsewhere,
        )
    if judged.code == "listed_anew":
        return _(
            "清单作废以后银行还是付了，这笔钱又在清单 %(list)s 里，会付第二次。请马上叫银行停付，"
            "请复核人作废清单 %(list)s，再回来登记",
            list=judged.elsewhere,
        )
    return str(_AGAINST[judged.code or "done"])


def result_of(judged: Judged) -> str:
    """Return what a line of a receipt says of its payment."""
    said = judged.said
    if said.failure or said.paid_on is None:
        return said.failure
    # As banks write days: beside the file, and short enough for a table of seven columns on paper.
    return _("%(day)s 已付，流水号 %(serial)s", day=said.paid_on.isoformat(), serial=said.serial)


def what_of(owner: Owner) -> str:
    """Return what a sum is paid for."""
    return str(endings.KINDS[owner.kind]) if isinstance(owner, VoucherEnding) else _("现金奖励")


def endpoint_of(owner: Owner) -> str:
    """Return the endpoint of the page about a sum."""
    return "authority.ending" if isinstance(owner, VoucherEnding) else "authority.cash_bonus"


def name_of(owner: Owner) -> str:
    """Return who is paid: the name of the account, without one the household's."""
    household = owner.voucher.household if isinstance(owner, VoucherEnding) else owner.household
    return owner.payee_name or household.holder_name


def whole_name_of(owner: Owner) -> str | Markup:
    """Return who is paid for a cell of a table, where no line breaks within a name of the usual length."""
    name = name_of(owner)
    return formatting.unbroken(name) if len(name) <= _USUAL_NAME else name


def account_of(owner: Owner) -> str:
    """Return bank and last digits of the account that is paid; empty without one."""
    number = household_sums.account_of(owner)
    if number is None:
        return ""
    return _("%(bank)s，尾号 %(end)s", bank=owner.bank or "", end=number[-4:])


def bank_row(line: PayLine) -> list[Cell]:
    """Return a line as the bank's table has it: its reference, the account, the sum, and what it is for."""
    owner = owner_of(line)
    purpose = (
        _("房票余额 %(ref)s", ref=owner.ref)
        if isinstance(owner, VoucherEnding)
        else _("房票奖励 %(ref)s", ref=owner.ref)
    )
    account = household_sums.account_of(owner) or ""
    amount = formatting.file_yuan(line.amount_fen)
    return [line.ref, owner.payee_name or "", owner.bank or "", account, amount, purpose]
