"""The only writer of developments, buildings, homes, their prices and the pool; one module for each noun.

Whatever touches a home's price, state or place in the pool first locks the home, and writes the new
``doc_version`` in the same transaction. A price change while a redemption holds the home is allowed: the
buyer's quote is frozen, and the listing must not show a price that is no longer true. It may also come back
into the pool then; it may not be withdrawn. A sold home changes no more.
"""

from app.homes.service.batches import reprice, undo_batch
from app.homes.service.bulk import Written, write_filings, write_homes
from app.homes.service.due import (
    catch_up,
    doubtful,
    judge_all,
    planned_due,
    promotions_due,
    settle,
    settle_due,
    settle_promotion,
)
from app.homes.service.filing import BUREAU_REASON, file_prices
from app.homes.service.homes import (
    create_home,
    delete_home,
    mark_free,
    mark_locked,
    mark_sold,
    update_home,
)
from app.homes.service.membership import Paper, apply, decide, propose, send_again
from app.homes.service.offline import (
    put_back,
    sell_all_offline,
    sell_offline,
    set_aside,
    settle_before_sale,
    take_all_back,
    take_back,
)
from app.homes.service.own import hold_names
from app.homes.service.pictures import add_picture, move_picture, remove_picture
from app.homes.service.places import (
    create_building,
    create_development,
    delete_building,
    delete_development,
    update_building,
    update_development,
)
from app.homes.service.planned_batches import cancel_planned_batch, plan_batch
from app.homes.service.plans import cancel_plan, note_refusal, plan_price
from app.homes.service.pool import publish, publish_many, withdraw
from app.homes.service.prices import FIRST_REASON, set_price
from app.homes.service.promotions import Scope, check_terms, declare_promotion, open_promotion, stop_promotion
from app.homes.service.returned import take_home_back

__all__ = [
    "BUREAU_REASON",
    "FIRST_REASON",
    "Paper",
    "Scope",
    "Written",
    "add_picture",
    "apply",
    "cancel_plan",
    "cancel_planned_batch",
    "catch_up",
    "check_terms",
    "create_building",
    "create_development",
    "create_home",
    "decide",
    "declare_promotion",
    "delete_building",
    "delete_development",
    "delete_home",
    "doubtful",
    "file_prices",
    "hold_names",
    "judge_all",
    "mark_free",
    "mark_locked",
    "mark_sold",
    "move_picture",
    "note_refusal",
    "open_promotion",
    "plan_batch",
    "plan_price",
    "planned_due",
    "promotions_due",
    "propose",
    "publish",
    "publish_many",
    "put_back",
    "remove_picture",
    "reprice",
    "sell_all_offline",
    "sell_offline",
    "send_again",
    "set_aside",
    "set_price",
    "settle",
    "settle_before_sale",
    "settle_due",
    "settle_promotion",
    "stop_promotion",
    "take_all_back",
    "take_back",
    "take_home_back",
    "undo_batch",
    "update_building",
    "update_development",
    "update_home",
    "withdraw",
    "write_filings",
    "write_homes",
]
