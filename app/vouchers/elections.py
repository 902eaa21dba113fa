"""What vouchers say when a household changes its choice."""

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from app.core.errors import Conflict
from app.vouchers.models import Voucher


def refuse_with_voucher(session: Session, /, **ids: int) -> None:
    """Refuse the change while the household (``household_id``) has a voucher, issued or waiting.

    Raises Conflict.
    """
    has_one = exists().where(Voucher.household_id == ids["household_id"], Voucher.state != "rejected")
    if session.scalar(select(has_one)):
        raise Conflict("household_has_voucher")
