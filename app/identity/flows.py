"""Secrets on their way to their owner: a gateway is never called inside a transaction.

What is to be sent is read in one transaction, which is closed before the gateway is called. A worker that
dies after the call sends again under the same key, which a gateway knows as the same message.
"""

from typing import Final

from sqlalchemy.orm import Session

from app.gateways import mail, sms
from app.gateways.delivery import Undeliverable
from app.identity import phones, rules, staffing
from app.identity.phones import Parcel

_LINK_SUBJECT: Final = "重新设置登录密码"
_LINK_TEXT: Final = (
    "有人要重新设置您在安居的登录密码。是您本人的，请在 {minutes} 分钟内打开下面的链接，只能用一次："
    "\n\n{link}\n\n"
    "不是您本人的，不用理会，密码不会变。工作人员不会向您要这个链接，请不要转发给任何人。"
)


def send_code(session: Session, *, code_id: int, page: str | None = None) -> None:
    """Send a code to its telephone or mail box; harmless again, and once the code is used or too old.

    ``page`` is the address of the page that takes the secret of a link for a new password. Raises
    Unreachable, for the job to be tried again.
    """
    parcel = phones.find_parcel(session, code_id=code_id)
    text = _text_of(session, parcel, page) if parcel else ""
    session.commit()
    if parcel is None:
        return
    try:
        _send(parcel, text)
    except Undeliverable:
        return


def _text_of(session: Session, parcel: Parcel, page: str | None) -> str:
    """Return what is sent; the secret of a link is made here, and only its hash stays."""
    if parcel.link_for is None:
        return parcel.text
    secret = staffing.issue_own_reset(session, user_id=parcel.link_for)
    minutes = int(rules.RESET_LASTS.total_seconds() // 60)
    return _LINK_TEXT.format(link=f"{page}?link={secret}", minutes=minutes)


def _send(parcel: Parcel, text: str) -> None:
    gateway, server = sms.current(), mail.current()
    if parcel.way == "sms" and gateway is not None:
        gateway.send(to=parcel.to, text=text, key=parcel.key)
    elif parcel.way == "mail" and server is not None:
        subject = _LINK_SUBJECT if parcel.link_for is not None else phones.MAIL_SUBJECT
        server.send(to=parcel.to, subject=f"【安居房票】{subject}", text=text, key=parcel.key)
