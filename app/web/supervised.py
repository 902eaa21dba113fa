"""The words and the parts of a page that developer, authority and household see of a supervised account."""

from collections.abc import Sequence
from typing import Any, Final

from app.payments.account_queries import Entry
from app.web import formatting
from app.web.language import gettext as _
from app.web.language import lazy_gettext as _l

STATES: Final[dict[str, tuple[Any, str]]] = {
    "proposed": (_l("等第二个人复核"), "wait"),
    "current": (_l("正在使用"), "good"),
    "replaced": (_l("已经换掉"), "plain"),
    "refused": (_l("没有通过"), "bad"),
}
"""The word and the tone of each state."""

NEVER_A_PERSON: Final = _l("只付进监管账户，绝不转给个人。有人让您转给个人的，不要转，马上告诉征收办。")
"""The sentence beside every account that a household pays into."""


def history(entries: Sequence[Entry], *, names: bool) -> list[dict[str, Any]]:
    """Return what happened to a development's account, newest first; ``names`` shows the people."""
    items: list[dict[str, Any]] = []
    for one in entries:
        account = one.account
        which = _("%(bank)s，%(number)s", bank=account.bank, number=formatting.account(account.number))
        entered = {"title": _("填报监管账户"), "at": account.entered_at, "text": which}
        items.append(entered | {"by": one.entered_by if names else None})
        if account.decided_at and account.state != "refused":
            title = _("复核通过，开始使用") if account.decided_by_id else _("以前登记的，没有复核人的记录")
            items.append(
                {
                    "title": title,
                    "at": account.decided_at,
                    "text": which,
                    "by": one.decided_by if names else None,
                }
            )
        elif account.decided_at:
            text = _("%(which)s。理由：%(reason)s", which=which, reason=account.reason)
            items.append(
                {"title": _("没有通过"), "at": account.decided_at, "text": text}
                | {"by": one.decided_by if names else None}
            )
        if account.replaced_at:
            items.append({"title": _("换成新账户"), "at": account.replaced_at, "text": which, "by": None})
    return sorted(items, key=lambda item: item["at"], reverse=True)
