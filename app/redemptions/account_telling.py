"""What households are told when the account changes that they pay their part of a price into."""

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.notices.service import Message, Recipient, tell_all
from app.payments.account_models import SupervisedAccount
from app.payments.queries import list_owing
from app.redemptions import snapshot
from app.redemptions.models import Redemption
from app.redemptions.rules import redemption_of


def tell_account_changed(session: Session, /, **ids: int) -> None:
    """Handle ``payments.account_changed``: tell whoever has money to pay for a home of the development."""
    account = session.get_one(SupervisedAccount, ids["account_id"])
    owing = [redemption_of(owner) for owner in list_owing(session, development_id=account.development_id)]
    buying = session.scalars(
        select(Redemption)
        .where(Redemption.id.in_(owing))
        .options(joinedload(Redemption.quote))
        .order_by(Redemption.id)
    )
    tell_all(
        session,
        [
            Message(
                "top_up_account_changed",
                Recipient(district_id=one.district_id, household_id=one.household_id),
                f"supervised_account:{account.ref}:{one.id}",
                one.ref,
                {"home": snapshot.read(one.quote.snapshot).home.line, "account": account.number[-4:]},
            )
            for one in buying
        ],
    )
