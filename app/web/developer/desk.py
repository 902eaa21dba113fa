"""Where a developer starts: how the homes stand, and which of them wait for a lower voucher price."""

from typing import Final

from flask import render_template
from flask.typing import ResponseReturnValue

from app.core.actor import Role
from app.extensions import db
from app.homes import pricing, stock
from app.redemptions.queries import count_by_state
from app.redemptions.states import State
from app.sales import queries as sales
from app.sales.queries import SaleFilter
from app.sales.states import State as SaleState
from app.settlements import late_queries
from app.settlements.late_states import State as LateState
from app.web import promotions
from app.web import stock as words
from app.web.access import actor, roles
from app.web.developer import bp
from app.web.forms.pricing import ButtonForm
from app.web.language import lazy_gettext as _l
from app.web.pages import paginate

AT_THE_AUTHORITY: Final = {State.CONTRACTED: _l("等征收办核验"), State.CHECKED: _l("等征收办复核")}
"""The purchases whose next step is not the developer's."""


@bp.get("/")
@roles(Role.DEVELOPER)
def desk() -> ResponseReturnValue:
    """Show what there is to do, then the ways on."""
    session, who = db.session(), actor()
    counts = stock.count_homes(session, actor=who)
    pages = paginate(counts.to_mend, size=10)
    purchases = count_by_state(session, actor=who)
    to_mend = stock.list_homes_to_mend(session, actor=who, limit=pages.size, offset=pages.offset)
    return render_template(
        "developer/desk.html",
        counts=counts,
        developments=stock.count_developments(session, actor=who),
        to_mend=words.mend_rows(to_mend),
        pages=pages,
        refused_plans=pricing.list_refused_plans(session, actor=who),
        button=ButtonForm(),
        promotions=promotions,
        words=words,
        to_sign=purchases.get(State.LOCKED, 0),
        late_count=late_queries.count_late(session, actor=who, states=[LateState.REPORTED]),
        clashes=sales.count_sales(session, actor=who, wanted=SaleFilter(state=SaleState.CONFLICT)),
        elsewhere=[
            (name, purchases[state]) for state, name in AT_THE_AUTHORITY.items() if purchases.get(state)
        ],
    )
