"""What lower packages report and people are told of."""

from sqlalchemy.orm import Session

from app.core import clock
from app.notices.service import Recipient, tell


def tell_password_changed(session: Session, /, **ids: int) -> None:
    """Handle ``identity.password_changed``: tell the person, each time it happens."""
    user_id = ids["user_id"]
    event = f"password:{user_id}:{clock.system_now().isoformat()}"
    tell(session, kind="password_changed", to=Recipient(user_id=user_id), event=event)


def tell_factor_cleared(session: Session, /, **ids: int) -> None:
    """Handle ``identity.factor_cleared``: tell the household, whose person is told besides."""
    to = Recipient(district_id=ids["district_id"], household_id=ids["household_id"])
    tell(session, kind="factor_cleared", to=to, event=f"factor_cleared:{ids['clearing_id']}")


def tell_phone_forgotten(session: Session, /, **ids: int) -> None:
    """Handle ``identity.phone_forgotten``: tell the person where they are still reached."""
    user_id = ids["user_id"]
    event = f"own_phone:{user_id}:{clock.system_now().isoformat()}"
    tell(session, kind="own_phone_changed", to=Recipient(user_id=user_id), event=event)


def tell_factor_off(session: Session, /, **ids: int) -> None:
    """Handle ``identity.factor_off``: tell the person, each time it happens."""
    user_id = ids["user_id"]
    event = f"factor_off:{user_id}:{clock.system_now().isoformat()}"
    tell(session, kind="factor_off", to=Recipient(user_id=user_id), event=event)
