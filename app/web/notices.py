"""The words that everybody sees of the same message: its state, its road, and where it leads."""

from collections.abc import Iterable
from typing import Any, Final

from flask import url_for

from app.core.actor import Role
from app.notices.models import Notice, NoticeAttempt
from app.notices.rules import Outcome, State
from app.notices.templates.base import Way
from app.web import access, formatting
from app.web.language import gettext as _
from app.web.language import lazy_gettext as _l

WAYS: Final = {Way.SMS: _l("短信"), Way.MAIL: _l("电子邮件"), Way.PRINT: _l("纸质信")}

OUTCOMES: Final = {
    Outcome.TAKEN: _l("已交给运营商"),
    Outcome.ARRIVED: _l("已送达"),
    Outcome.LOST: _l("没有送达"),
    Outcome.REFUSED: _l("号码或邮箱收不到"),
    Outcome.UNREACHABLE: _l("暂时发不出，稍后再试"),
    Outcome.NO_ADDRESS: _l("没有登记号码或邮箱"),
    Outcome.PRINTED: _l("已打印"),
}

STATES: Final[dict[State, tuple[Any, str]]] = {
    State.INBOX: (_l("只在站内"), "plain"),
    State.DUE: (_l("正在发送"), "info"),
    State.SENT: (_l("已发出"), "info"),
    State.ARRIVED: (_l("已送达"), "good"),
    State.TO_PRINT: (_l("等待打印寄送"), "wait"),
    State.PRINTED: (_l("已打印寄送"), "good"),
    State.FAILED: (_l("只在站内，未能送达"), "plain"),
}

_PAGES: Final = {
    ("redemption", Role.HOUSEHOLD): "household.redemption",
    ("redemption", Role.DEVELOPER): "developer.redemption",
    ("redemption", Role.OFFICER): "authority.redemption",
    ("redemption", Role.CHECKER): "authority.redemption",
    ("consent", Role.HOUSEHOLD): "household.consent",
    ("saved_search", Role.HOUSEHOLD): "household.saved_search",
    ("home", Role.HOUSEHOLD): "public.show_home",
    ("claim", Role.DEVELOPER): "developer.claim",
    ("late", Role.DEVELOPER): "developer.late_handover",
    ("pool", Role.DEVELOPER): "developer.pool",
    ("pool", Role.OFFICER): "authority.pool_member",
    ("pool", Role.CHECKER): "authority.pool_member",
    ("sale", Role.DEVELOPER): "developer.sale",
    ("sale", Role.OFFICER): "authority.conflict",
    ("sale", Role.CHECKER): "authority.conflict",
    ("sale", Role.REGULATOR): "regulator.sale",
    ("home", Role.DEVELOPER): "developer.home",
    ("address", Role.REGULATOR): "regulator.address",
    ("voucher", Role.HOUSEHOLD): "household.voucher",
    ("ending", Role.HOUSEHOLD): "household.ending",
    ("move", Role.HOUSEHOLD): "household.move",
    ("helper", Role.HOUSEHOLD): "household.helper",
    ("signal", Role.DEVELOPER): "developer.signal",
    ("signal", Role.REGULATOR): "regulator.signal",
}


def target(notice: Notice, role: Role | None) -> str | None:
    """Return the address of what a message is about, or None where its reader has no page for that."""
    if notice.about_type == "account":
        return url_for("account.home")
    if notice.about_type == "payee_account":
        return _payee_page(notice.about_ref)
    endpoint = _PAGES.get((notice.about_type, role)) if role else None
    if endpoint is None or notice.about_ref is None or not access.may_open(endpoint):
        return None
    return url_for(endpoint, ref=notice.about_ref)


def _payee_page(seen_at: str | None) -> str | None:
    """Return where a company sees the account that it is paid to: a development's, or its own."""
    if seen_at is None:  # told before the message kept it
        return None
    if seen_at.startswith("DV-"):
        return url_for("developer.supervised_account", ref=seen_at)
    return url_for("developer.settlement", code=seen_at)


def state(notice: Notice) -> tuple[Any, str]:
    """Return word and tone for where a message stands on its way out."""
    return STATES[State(notice.state)]


def attempt_rows(attempts: Iterable[NoticeAttempt]) -> list[list[Any]]:
    """Return the rows of a message's delivery record, oldest first."""
    return [
        [
            formatting.time_element(attempt.at),
            WAYS[Way(attempt.way)],
            OUTCOMES[Outcome(attempt.outcome)],
            _("代码 %(code)s", code=attempt.detail) if attempt.detail else "",
        ]
        for attempt in attempts
    ]
