"""What waits in a person's name, and what becomes of it when they leave."""

from typing import Any, Final

from sqlalchemy.orm import Session

from app.approvals.queries import count_pending_by
from app.cases.queries import count_opened_by
from app.core.actor import Role
from app.homes.membership import PROPOSAL
from app.identity.models import Membership
from app.identity.queries import count_tokens_of
from app.redemptions.service import VERIFY
from app.vouchers.batches import BATCH
from app.vouchers.service import ISSUE
from app.web.language import gettext as _
from app.web.language import lazy_gettext as _l

_ASKED: Final[dict[str, Any]] = {
    ISSUE: _l("提交的房票，等待复核"),
    BATCH: _l("提交的房票批次，等待复核"),
    VERIFY: _l("核验过的购房，等待复核"),
    PROPOSAL: _l("提出的入库申请处理意见，等待复核"),
}
_OTHER: Final = _l("其他申请，等待复核")
"""What somebody asked a second person to decide, by the kind of the request."""


def open_work(session: Session, *, person: Membership) -> list[tuple[str, int, str]]:
    """Return what waits in a person's name: what it is, how much of it, and who goes on with it."""
    if person.role == Role.DEVELOPER or person.district_id is None:
        tokens = count_tokens_of(session, person=person)
        ends = _("移出以后立即失效，用它的程序会停下来。请先由接手的人换上新的令牌。")
        return [(_("这个人生成的接口令牌"), tokens, ends)] if tokens else []
    pending = count_pending_by(session, user_id=person.user_id)
    anyone = _("由另一位复核人照常复核；被退回的，由接手的人重新提交。")
    found = [(str(_ASKED.get(kind, _OTHER)), count, anyone) for kind, count in sorted(pending.items())]
    opened = count_opened_by(session, user_id=person.user_id, district_id=person.district_id)
    if opened:
        found.append((_("立案的线索"), opened, _("由接手的人继续办理，本单位的同事都能看到。")))
    return found
